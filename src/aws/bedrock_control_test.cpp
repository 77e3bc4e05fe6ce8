#include "aws/bedrock_control.h"

#include <gtest/gtest.h>

#include <string>

namespace kakehashi::aws {
namespace {

const ControlScope kScope{"222222222222", "ap-northeast-1"};
const std::string kProfile = "jp.anthropic.claude-haiku-4-5-20251001-v1:0";
const ApplicationProfile kApplications[] = {{"abcdefgh1234", "city", "of the city", kProfile}};

std::string text(const json::value& value, std::string_view key) {
    return std::string(json::find_string(value, key).value_or("?"));
}

TEST(InferenceProfiles, AreThoseOfTheSourceRegion) {
    const auto body = list_inference_profiles(built_in_catalog(), kScope, {});
    ASSERT_TRUE(body);
    const json::array& all = body->at("inferenceProfileSummaries").as_array();
    EXPECT_EQ(all.size(), built_in_catalog().profiles_from("ap-northeast-1").size());
    for (const json::value& summary : all) {
        EXPECT_EQ(text(summary, "type"), "SYSTEM_DEFINED");
        EXPECT_EQ(text(summary, "status"), "ACTIVE");
        EXPECT_FALSE(text(summary, "inferenceProfileId").starts_with("us."));
        EXPECT_FALSE(summary.at("models").as_array().empty());
    }
}

TEST(InferenceProfiles, GetShowsWhatTheJpProfileIs) {
    const std::string arn = inference_profile_arn("ap-northeast-1", "222222222222", kProfile);
    for (const std::string& identifier : {kProfile, arn}) {
        const auto body = get_inference_profile(built_in_catalog(), kScope, identifier);
        ASSERT_TRUE(body) << identifier;
        EXPECT_EQ(text(*body, "inferenceProfileName"), "JP Anthropic Claude Haiku 4.5");
        EXPECT_EQ(text(*body, "inferenceProfileArn"), arn);
        EXPECT_EQ(
            json::serialize(body->at("models")),
            R"([{"modelArn":"arn:aws:bedrock:ap-northeast-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"},)"
            R"({"modelArn":"arn:aws:bedrock:ap-northeast-3::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"}])"
        );
    }
    for (const std::string& neighbour :
         {std::string(),
          kProfile + " ",
          std::string("us.") + kProfile.substr(3),
          inference_profile_arn("ap-northeast-1", "999999999999", kProfile),
          inference_profile_arn("ap-northeast-3", "222222222222", kProfile)}) {
        const auto body = get_inference_profile(built_in_catalog(), kScope, neighbour);
        ASSERT_FALSE(body) << neighbour;
        EXPECT_EQ(body.error().code, "ResourceNotFoundException");
    }
}

TEST(InferenceProfiles, ApplicationOnesAreListedByTheirType) {
    ListInferenceProfilesRequest request;
    request.type = "APPLICATION";
    const auto body = list_inference_profiles(built_in_catalog(), kScope, request, kApplications);
    ASSERT_TRUE(body);
    ASSERT_EQ(body->at("inferenceProfileSummaries").as_array().size(), 1U);
    const json::value& summary = body->at("inferenceProfileSummaries").at(0);
    EXPECT_EQ(
        text(summary, "inferenceProfileArn"),
        "arn:aws:bedrock:ap-northeast-1:222222222222:application-inference-profile/abcdefgh1234"
    );
    EXPECT_EQ(summary.at("models").as_array().size(), 2U);
    EXPECT_TRUE(get_inference_profile(built_in_catalog(), kScope, "abcdefgh1234", kApplications));
    EXPECT_FALSE(get_inference_profile(built_in_catalog(), kScope, "abcdefgh1234"));
}

TEST(InferenceProfiles, PagesJoinToTheWhole) {
    ListInferenceProfilesRequest request;
    request.max_results = "3";
    std::size_t seen = 0;
    for (int pages = 0; pages < 100; ++pages) {
        const auto body = list_inference_profiles(built_in_catalog(), kScope, request);
        ASSERT_TRUE(body);
        seen += body->at("inferenceProfileSummaries").as_array().size();
        const auto token = json::find_string(*body, "nextToken");
        if (!token) break;
        request.next_token = *token;
    }
    EXPECT_EQ(seen, built_in_catalog().profiles_from("ap-northeast-1").size());
}

TEST(InferenceProfiles, RefusesWrongParameters) {
    const ListInferenceProfilesRequest requests[] = {
        {"application", {}, {}},
        {{}, "0", {}},
        {{}, "1001", {}},
        {{}, "x", {}},
        {{}, {}, "x"},
        {{}, {}, "9999"}};
    for (const auto& request : requests) {
        const auto body = list_inference_profiles(built_in_catalog(), kScope, request);
        ASSERT_FALSE(body);
        EXPECT_EQ(body.error().code, "ValidationException");
    }
}

TEST(FoundationModels, AreFilteredByProviderModalityAndInferenceType) {
    const auto ids = [](const ListFoundationModelsRequest& request) {
        const auto body = list_foundation_models(built_in_catalog(), kScope, request);
        EXPECT_TRUE(body);
        std::string found;
        for (const json::value& model : body->at("modelSummaries").as_array())
            found += text(model, "modelId") + "\n";
        return found;
    };
    EXPECT_NE(ids({}).find("anthropic.claude-haiku-4-5"), std::string::npos);
    EXPECT_EQ(ids({"amazon", {}, {}}).find("anthropic"), std::string::npos);
    EXPECT_EQ(ids({{}, {}, "ON_DEMAND"}).find("haiku-4-5"), std::string::npos);
    EXPECT_NE(ids({{}, {}, "ON_DEMAND"}).find("claude-3-haiku"), std::string::npos);
    EXPECT_EQ(ids({{}, "EMBEDDING", {}}), "amazon.titan-embed-text-v2:0\n");
    EXPECT_FALSE(list_foundation_models(built_in_catalog(), kScope, {{}, "text", {}}));
}

TEST(FoundationModels, GetShowsOneOfThisRegion) {
    const auto body = get_foundation_model(
        built_in_catalog(), kScope, "anthropic.claude-3-5-sonnet-20240620-v1:0"
    );
    ASSERT_TRUE(body);
    EXPECT_EQ(text(body->at("modelDetails").at("modelLifecycle"), "status"), "LEGACY");
    EXPECT_FALSE(get_foundation_model(built_in_catalog(), kScope, kProfile));
    const ControlScope osaka{"222222222222", "ap-northeast-3"};
    EXPECT_FALSE(
        get_foundation_model(built_in_catalog(), osaka, "anthropic.claude-3-5-sonnet-20240620-v1:0")
    );
}

TEST(InferenceProfiles, WhatAwsTellsBecomesACatalogEntry) {
    for (const InferenceProfile* profile : built_in_catalog().profiles_from("ap-northeast-1")) {
        const auto body = get_inference_profile(built_in_catalog(), kScope, profile->id);
        ASSERT_TRUE(body);
        const auto read = read_inference_profile(*body, "ap-northeast-1", "2026-11-24");
        ASSERT_TRUE(read) << profile->id;
        EXPECT_EQ(read->destinations, profile->destinations) << profile->id;
        EXPECT_EQ(read->model, profile->model);
        EXPECT_EQ(read->sources, RegionSet{"ap-northeast-1"});
        EXPECT_TRUE(built_in_catalog().with(*read));
    }
}

TEST(InferenceProfiles, WhatIsNoProfileBecomesNoEntry) {
    const auto body = get_inference_profile(built_in_catalog(), kScope, kProfile);
    ASSERT_TRUE(body);
    for (const char* key : {"inferenceProfileId", "inferenceProfileName", "models"}) {
        json::value broken = *body;
        broken.as_object().erase(key);
        const auto read = read_inference_profile(broken, "ap-northeast-1", "2026-11-24");
        ASSERT_FALSE(read) << key;
        EXPECT_EQ(read.error(), key);
    }
    json::value mixed = *body;
    mixed.at("models").at(1).at("modelArn") =
        "arn:aws:bedrock:us-east-1::foundation-model/other.model";
    const auto read = read_inference_profile(mixed, "ap-northeast-1", "2026-11-24");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), "models[1].modelArn");
}

}  // namespace
}  // namespace kakehashi::aws

#include "aws/catalog.h"

#include "base/json.h"

#include <gtest/gtest.h>

#include <algorithm>

extern "C" const char kakehashi_data_bedrock_models_json[],
    kakehashi_data_bedrock_models_json_end[];

namespace kakehashi::aws {
namespace {

constexpr const char* kHaiku = "anthropic.claude-haiku-4-5-20251001-v1:0";

TEST(Catalog, TheBuiltInOneReads) {
    const auto catalog =
        read_catalog({kakehashi_data_bedrock_models_json, kakehashi_data_bedrock_models_json_end});
    if (!catalog)
        for (const Problem& problem : catalog.error())
            ADD_FAILURE() << text(problem, Language::English);
    EXPECT_FALSE(built_in_catalog().date().empty());
}

TEST(Catalog, EveryJpProfileStaysInJapan) {
    const RegionSet japan{"ap-northeast-1", "ap-northeast-3"};
    int found = 0;
    for (const InferenceProfile& profile : built_in_catalog().profiles()) {
        if (!profile.id.starts_with("jp.")) continue;
        ++found;
        EXPECT_EQ(profile.sources, japan) << profile.id;
        EXPECT_EQ(profile.destinations, japan) << profile.id;
    }
    EXPECT_EQ(found, 8);
}

TEST(Catalog, OtherPrefixesLeaveJapan) {
    const Catalog& catalog = built_in_catalog();
    const RegionSet japan{"ap-northeast-1", "ap-northeast-3"};
    for (const InferenceProfile& profile : catalog.profiles()) {
        EXPECT_EQ(profile.destinations.unbounded(), profile.id.starts_with("global."))
            << profile.id;
        EXPECT_EQ(profile.destinations.within(japan), profile.id.starts_with("jp.")) << profile.id;
    }
    const InferenceProfile* apac = catalog.profile("apac.anthropic.claude-sonnet-4-20250514-v1:0");
    ASSERT_NE(apac, nullptr);
    EXPECT_EQ(apac->destinations.size(), 8U);
}

TEST(Catalog, NamesOnlyRegionsThatAreKnownAndOffersModelsWhereProfilesRunThem) {
    const Catalog& catalog = built_in_catalog();
    for (const InferenceProfile& profile : catalog.profiles()) {
        const FoundationModel* model = catalog.model(profile.model);
        ASSERT_NE(model, nullptr) << profile.id;
        for (const std::string& region : profile.destinations.ids())
            EXPECT_NE(find_region(region), nullptr) << profile.id << " " << region;
        if (!profile.destinations.unbounded()) {
            EXPECT_TRUE(profile.destinations.within(model->regions)) << profile.id;
        }
    }
}

TEST(Catalog, FindsByTheExactIdAlone) {
    const Catalog& catalog = built_in_catalog();
    ASSERT_NE(catalog.model(kHaiku), nullptr);
    EXPECT_TRUE(catalog.model(kHaiku)->on_demand.empty());
    EXPECT_EQ(catalog.model(kHaiku)->product_id, "prod-xdkflymybwmvi");
    EXPECT_EQ(catalog.model("anthropic.claude-haiku-4-5-20251001-v1"), nullptr);
    EXPECT_EQ(catalog.profile(kHaiku), nullptr);
    EXPECT_EQ(catalog.profile("JP." + std::string(kHaiku)), nullptr);
}

TEST(Catalog, ListsProfilesOfOneSourceRegion) {
    const auto from_osaka = built_in_catalog().profiles_from("ap-northeast-3");
    EXPECT_TRUE(std::ranges::any_of(from_osaka, [](auto* p) { return p->id.starts_with("jp."); }));
    EXPECT_TRUE(std::ranges::none_of(from_osaka, [](auto* p) { return p->id.starts_with("us."); }));
    EXPECT_TRUE(built_in_catalog().profiles_from("").empty());
}

TEST(Catalog, PrintsAsItWasRead) {
    const auto again = read_catalog(to_json(built_in_catalog()));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, built_in_catalog());
}

TEST(Catalog, TakesAProfileThatAwsHasToldOf) {
    InferenceProfile profile{
        "jp.new", "JP New", kHaiku, {"ap-northeast-1"}, {"ap-northeast-1"}, "test"};
    const auto catalog = built_in_catalog().with(profile);
    ASSERT_TRUE(catalog);
    ASSERT_NE(catalog->profile("jp.new"), nullptr);
    EXPECT_EQ(built_in_catalog().profile("jp.new"), nullptr);
    profile.destinations = {"us-east-1"};
    EXPECT_EQ(catalog->with(profile)->profile("jp.new")->destinations, RegionSet{"us-east-1"});
    EXPECT_EQ(catalog->with(profile)->profiles().size(), catalog->profiles().size());
    profile.destinations = {};
    EXPECT_FALSE(catalog->with(profile));
    profile.destinations = {"us-east-1"};
    profile.model = "no.such";
    EXPECT_FALSE(catalog->with(profile));
}

// A small catalog, in which one piece is replaced.
std::string catalog_with(const std::string& from, const std::string& to) {
    std::string text = R"({"date": "2026-11-24", "source": "test", "models": [
        {"id": "a.b", "provider": "A", "name": "B", "regions": ["ap-northeast-1"], "on_demand": [],
         "input": ["TEXT"], "output": ["TEXT"], "streaming": true, "source": "test"}], "profiles": [
        {"id": "jp.a.b", "name": "JP", "model": "a.b", "sources": ["ap-northeast-1"],
         "destinations": ["ap-northeast-1"], "source": "test"}]})";
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(Catalog, RefusesWhatIsNotOne) {
    ASSERT_TRUE(read_catalog(catalog_with("a.b", "a.b")));
    struct Row {
        std::string from, to, id;
    };
    const Row rows[] = {
        {R"("date": "2026-11-24")", R"("date": "today")", "aws.catalog.bad_date"},
        {R"("date": "2026-11-24", )", "", "aws.catalog.missing_key"},
        {R"("name": "B")", R"("name": "B", "nmae": "B")", "aws.catalog.unknown_key"},
        {R"("name": "B")", R"("name": 1)", "aws.catalog.wrong_kind"},
        {R"("name": "B")", R"("name": "")", "aws.catalog.wrong_kind"},
        {R"("id": "a.b")", R"("id": "a.b ")", "aws.catalog.bad_id"},
        {R"("on_demand": [])", R"("on_demand": ["us-east-1"])", "aws.catalog.not_offered"},
        {R"("on_demand": [])", R"("on_demand": ["Tokyo"])", "aws.catalog.bad_region"},
        {R"("on_demand": [])", R"("on_demand": ["us-east-1", "*"])", "aws.catalog.bad_region"},
        {R"("model": "a.b")", R"("model": "a.c")", "aws.catalog.unknown_model"},
        {R"("id": "jp.a.b")", R"("id": "a.b")", "aws.catalog.twice"},
        {R"("destinations": ["ap-northeast-1"])", R"("destinations": [])", "aws.catalog.empty"},
        {R"("streaming": true)", R"("streaming": 1)", "aws.catalog.wrong_kind"},
        {R"("streaming": true)", R"("output_tokens_max": 0)", "aws.catalog.wrong_kind"},
        {R"("models": [)", R"("models": ["x", )", "aws.catalog.wrong_kind"},
        {R"("source": "test", "models")", R"("date": "x", "models")", "base.json.duplicate_key"},
    };
    for (const auto& row : rows) {
        const auto& to = row.to;
        const auto catalog = read_catalog(catalog_with(row.from, to));
        ASSERT_FALSE(catalog) << to;
        const auto names_it = [&row](const Problem& problem) {
            return problem.what.id.name() == row.id;
        };
        EXPECT_TRUE(std::ranges::any_of(catalog.error(), names_it)) << to;
        for (const Problem& problem : catalog.error())
            EXPECT_TRUE(has_text(problem.what.id));
    }
    EXPECT_FALSE(read_catalog(""));
    EXPECT_FALSE(read_catalog("[]"));
}

TEST(ModelId, ResolvesEveryForm) {
    const Catalog& catalog = built_in_catalog();
    const std::string haiku = kHaiku;
    const std::string account = "arn:aws:bedrock:ap-northeast-1:222222222222:";
    struct Row {
        std::string text;
        ModelKind kind;
        std::string id, region, account;
    };
    const std::string tokyo = "ap-northeast-1", operator_account = "222222222222";
    const Row rows[] = {
        {haiku, ModelKind::FoundationModel, haiku, "", ""},
        {"jp." + haiku, ModelKind::InferenceProfile, "jp." + haiku, "", ""},
        {"arn:aws:bedrock:us-east-1::foundation-model/" + haiku,
         ModelKind::FoundationModelArn,
         haiku,
         "us-east-1",
         ""},
        {account + "inference-profile/jp." + haiku,
         ModelKind::InferenceProfileArn,
         "jp." + haiku,
         tokyo,
         operator_account},
        {account + "application-inference-profile/abcdefgh1234",
         ModelKind::ApplicationInferenceProfileArn,
         "abcdefgh1234",
         tokyo,
         operator_account},
        {account + "provisioned-model/abcdefgh1234",
         ModelKind::ProvisionedModelArn,
         "abcdefgh1234",
         tokyo,
         operator_account},
        {account + "custom-model/amazon.nova/abcdefgh1234",
         ModelKind::CustomModelArn,
         "amazon.nova/abcdefgh1234",
         tokyo,
         operator_account},
        {account + "custom-model-deployment/abcdefgh1234",
         ModelKind::CustomModelDeploymentArn,
         "abcdefgh1234",
         tokyo,
         operator_account},
        {account + "imported-model/abcdefgh1234",
         ModelKind::ImportedModelArn,
         "abcdefgh1234",
         tokyo,
         operator_account},
        {account + "prompt/ABCDEFGHIJ:1",
         ModelKind::PromptArn,
         "ABCDEFGHIJ:1",
         tokyo,
         operator_account},
        {account + "prompt-router/a", ModelKind::PromptRouterArn, "a", tokyo, operator_account},
        {account + "default-prompt-router/a:1",
         ModelKind::PromptRouterArn,
         "a:1",
         tokyo,
         operator_account},
        {"arn:aws:sagemaker:ap-northeast-1:222222222222:endpoint/e",
         ModelKind::SageMakerEndpointArn,
         "e",
         tokyo,
         operator_account},
    };
    for (const Row& row : rows) {
        const auto reference = resolve_model_id(catalog, row.text);
        ASSERT_TRUE(reference) << row.text;
        EXPECT_EQ(reference->kind, row.kind) << row.text;
        EXPECT_EQ(reference->text, row.text);
        EXPECT_EQ(reference->id, row.id);
        EXPECT_EQ(reference->region, row.region);
        EXPECT_EQ(reference->account, row.account);
    }
}

TEST(ModelId, RefusesTheNeighbours) {
    const std::string haiku = kHaiku;
    struct Row {
        std::string text;
        ModelIdError error;
    };
    const Row rows[] = {
        {"", ModelIdError::NotAModelId},
        {haiku + " ", ModelIdError::NotAModelId},
        {"jp." + haiku + "\n", ModelIdError::NotAModelId},
        {"jp.anthropic.claude-haiku-4-5-20251001-v1%3A0", ModelIdError::NotAModelId},
        {"jp.\xD0\xB0nthropic.claude-haiku-4-5-20251001-v1:0", ModelIdError::NotAModelId},
        {"JP." + haiku, ModelIdError::NotInTheCatalog},
        {"jp.jp." + haiku, ModelIdError::NotInTheCatalog},
        {"abcdefgh1234", ModelIdError::NotInTheCatalog},
        {"ARN:aws:bedrock:ap-northeast-1::foundation-model/" + haiku, ModelIdError::NotAModelId},
        {"arn:aws:bedrock:::foundation-model/" + haiku, ModelIdError::NotAModelId},
        {"arn:aws:bedrock:ap-northeast-1::foundation-model/", ModelIdError::NotAModelId},
        {"arn:aws:bedrock:ap-northeast-1::foundation-model/jp." + haiku,
         ModelIdError::NotInTheCatalog},
        {"arn:aws:bedrock:ap-northeast-1:222222222222:foundation-model/" + haiku,
         ModelIdError::NotAModelId},
        {"arn:aws:bedrock:ap-northeast-1::inference-profile/jp." + haiku,
         ModelIdError::NotAModelId},
        {"arn:aws:bedrock:*:222222222222:inference-profile/jp." + haiku, ModelIdError::NotAModelId},
        {"arn:aws:bedrock:ap-northeast-1:222222222222:inference-profile/" + haiku,
         ModelIdError::NotInTheCatalog},
        {"arn:aws-cn:bedrock:cn-north-1::foundation-model/" + haiku, ModelIdError::OtherPartition},
        {"arn:aws:bedrock-runtime:ap-northeast-1::foundation-model/" + haiku,
         ModelIdError::NotAModelId},
        {"arn:aws:bedrock:ap-northeast-1:222222222222:guardrail/a", ModelIdError::NotAModelId},
        {"arn:aws:bedrock:ap-northeast-1:222222222222:imported-model/a/b",
         ModelIdError::NotAModelId},
        {std::string(kModelIdBytesMax + 1, 'a'), ModelIdError::TooLong},
    };
    for (const auto& [text, error] : rows) {
        const auto reference = resolve_model_id(built_in_catalog(), text);
        ASSERT_FALSE(reference) << text;
        EXPECT_EQ(reference.error(), error) << text;
    }
}

TEST(ModelId, WritesArns) {
    EXPECT_EQ(foundation_model_arn("r", "m"), "arn:aws:bedrock:r::foundation-model/m");
    EXPECT_EQ(inference_profile_arn("r", "a", "p"), "arn:aws:bedrock:r:a:inference-profile/p");
}

}  // namespace
}  // namespace kakehashi::aws

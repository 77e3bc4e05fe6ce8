#include "design/render.h"

#include <gtest/gtest.h>

namespace kakehashi::design {
namespace {

config::Municipality municipality(std::string name, config::CallerKind kind) {
    config::Municipality out;
    out.name = std::move(name);
    out.account = "111111111111";
    out.role_arn = "arn:aws:iam::222222222222:role/kakehashi-operator";
    out.external_id = "00112233445566778899aabbccddeeff";
    out.caller.kind = kind;
    return out;
}

std::string without_comments(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        if (text[at] != '#') out += text.substr(at, end - at + 1);
        at = end + 1;
    }
    return out;
}

TEST(AwsConfig, CrossesFromEachKindOfWorkload) {
    struct Row {
        config::CallerKind kind;
        const char* source;
    };
    for (const auto& [kind, source] :
         {Row{config::CallerKind::Ec2, "Ec2InstanceMetadata"},
          Row{config::CallerKind::Ecs, "EcsContainer"},
          Row{config::CallerKind::Lambda, "Environment"}}) {
        config::Configuration configuration;
        configuration.municipalities.push_back(municipality("a", kind));
        EXPECT_EQ(
            without_comments(aws_config(configuration)),
            "\n[profile kakehashi]\n"
            "role_arn = arn:aws:iam::222222222222:role/kakehashi-operator\n"
            "credential_source = " +
                std::string(source) +
                "\nexternal_id = 00112233445566778899aabbccddeeff\n"
                "role_session_name = kakehashi-sdk\n"
                "region = ap-northeast-1\n"
                "sts_regional_endpoints = regional\n"
        );
    }
}

TEST(AwsConfig, SaysThatLambdasKeysComeBeforeAProfile) {
    config::Configuration configuration;
    configuration.municipalities = {municipality("a", config::CallerKind::Ec2)};
    EXPECT_EQ(aws_config(configuration).find("Session("), std::string::npos);
    configuration.municipalities.push_back(municipality("b", config::CallerKind::Lambda));
    const std::string text = aws_config(configuration);
    const auto first = text.find("Session(profile_name=\"kakehashi-b\")");
    EXPECT_LT(text.find("[profile kakehashi-a]"), first);
    EXPECT_LT(first, text.find("[profile kakehashi-b]"));
}

TEST(AwsConfig, GivesEachMunicipalityItsOwnProfile) {
    config::Configuration configuration;
    configuration.municipalities = {
        municipality("a", config::CallerKind::Ec2), municipality("b", config::CallerKind::Ecs)};
    configuration.municipalities.push_back(municipality("unknown", config::CallerKind::Ec2));
    configuration.municipalities.back().role_arn.reset();
    configuration.municipalities[1].external_id.reset();
    const std::string text = aws_config(configuration);
    EXPECT_NE(text.find("[profile kakehashi-a]"), text.npos);
    EXPECT_NE(text.find("[profile kakehashi-b]"), text.npos);
    EXPECT_EQ(text.find("unknown"), text.npos);
    EXPECT_EQ(text.find("external_id", text.find("kakehashi-b]")), text.npos);
}

}  // namespace
}  // namespace kakehashi::design

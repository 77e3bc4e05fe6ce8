#include "session/profile.h"

#include <gtest/gtest.h>

namespace kakehashi::session {
namespace {

using Kind = ProviderError::Kind;

SharedConfig config_of(std::string text) {
    auto config = parse_shared_config({"config", std::move(text), "", ""});
    EXPECT_TRUE(config);
    return *std::move(config);
}

// "first | role, role": who comes first and which roles follow, in order.
std::string shown(const ProfilePlan& plan) {
    std::string out;
    if (const auto* own = std::get_if<SessionCredentials>(&plan.first)) {
        out = own->credentials.access_key_id + "/" + own->credentials.secret_access_key.reveal() +
              "/" + own->credentials.session_token.reveal();
    } else if (const auto* process = std::get_if<ProcessCommand>(&plan.first)) {
        out = "$ " + process->command.reveal();
    } else {
        out = name_of(std::get<Source>(plan.first));
    }
    for (const ProfileRole& role : plan.roles) {
        out += " | " + role.role_arn + " " + role.session_name;
        if (role.external_id) out += " x=" + *role.external_id;
        if (role.duration) out += " " + std::to_string(role.duration->count()) + "s";
    }
    return out;
}

constexpr const char* kKeys = "aws_access_key_id=AK\naws_secret_access_key=SK\n";

TEST(Profile, PlansWhatItAsksFor) {
    const std::string keys = kKeys;
    struct Row {
        std::string config, plan;
    };
    const Row rows[] = {
        {"[profile a]\n" + keys, "AK/SK/"},
        {"[profile a]\n" + keys + "aws_session_token=T\n", "AK/SK/T"},
        {"[profile a]\ncredential_process = prog \"x y\"\n", "$ prog \"x y\""},
        {"[profile a]\nrole_arn=R\ncredential_source=Ec2InstanceMetadata\nexternal_id=E\n"
         "role_session_name=S\nduration_seconds=900\n",
         "IMDSv2 | R S x=E 900s"},
        {"[profile a]\nrole_arn=R\ncredential_source=EcsContainer\n", "ECS | R "},
        {"[profile a]\nrole_arn=R\ncredential_source=Environment\n", "environment | R "},
        {"[profile a]\nrole_arn=R\nsource_profile=b\n[profile b]\n" + keys, "AK/SK/ | R "},
        {"[profile a]\nrole_arn=R\nsource_profile=a\n" + keys, "AK/SK/ | R "},
        {"[profile a]\nrole_arn=R3\nsource_profile=b\n[profile b]\nrole_arn=R2\nsource_profile=c\n"
         "[profile c]\nrole_arn=R1\ncredential_source=Ec2InstanceMetadata",
         "IMDSv2 | R1  | R2  | R3 "},
        {"[profile a]\nrole_arn=R\nsource_profile=default\n[default]\n" + keys, "AK/SK/ | R "},
    };
    for (const auto& [text, want] : rows) {
        const auto plan = plan_profile(config_of(text), "a");
        ASSERT_TRUE(plan && *plan) << text;
        EXPECT_EQ(shown(**plan), want) << text;
    }
    for (const char* nothing : {"[profile a]\nregion=x\n", "[profile a]\n"}) {
        const auto plan = plan_profile(config_of(nothing), "a");
        ASSERT_TRUE(plan) << nothing;
        EXPECT_FALSE(*plan) << nothing;
    }
    EXPECT_FALSE(*plan_profile(config_of(""), "default"));
}

TEST(Profile, RefusesWhatLeadsNowhere) {
    const std::string keys = kKeys;
    struct Row {
        std::string config;
        Kind kind;
        std::string subject;
    };
    std::string deep;
    for (std::size_t i = 0; i <= kProfileChainMax; ++i) {
        deep += "[profile " + (i == 0 ? std::string("a") : "p" + std::to_string(i)) +
                "]\nrole_arn=R\nsource_profile=p" + std::to_string(i + 1) + "\n";
    }
    const Row rows[] = {
        {"", Kind::UnknownProfile, "a"},
        {"[profile a]\naws_access_key_id=AK\n", Kind::Incomplete, "aws_secret_access_key"},
        {"[profile a]\nrole_arn=R\n", Kind::ProfileContradicts, "a"},
        {"[profile a]\nrole_arn=R\nsource_profile=b\ncredential_source=Environment\n",
         Kind::ProfileContradicts,
         "a"},
        {"[profile a]\nrole_arn=R\ncredential_source=imds\n",
         Kind::UnknownCredentialSource,
         "imds"},
        {"[profile a]\nrole_arn=R\nsource_profile=b\n", Kind::UnknownProfile, "b"},
        {"[profile a]\nrole_arn=R\nsource_profile=default\n", Kind::UnknownProfile, "default"},
        {"[profile a]\nrole_arn=R\nsource_profile=b\n[profile b]\nregion=x\n",
         Kind::Incomplete,
         "aws_access_key_id"},
        {"[profile a]\nrole_arn=R\nsource_profile=a\n", Kind::ProfileLoop, "a"},
        {"[profile a]\nrole_arn=R\nsource_profile=b\n[profile b]\nrole_arn=R\nsource_profile=a\n",
         Kind::ProfileLoop,
         "a"},
        {deep, Kind::ProfileLoop, "p8"},
        {"[profile a]\nrole_arn=R\ncredential_source=Environment\nduration_seconds=1h\n",
         Kind::Incomplete,
         "duration_seconds"},
        {"[profile a]\nrole_arn=R\ncredential_source=Environment\nduration_seconds=43201\n",
         Kind::Incomplete,
         "duration_seconds"},
    };
    for (const auto& [text, kind, subject] : rows) {
        const auto plan = plan_profile(config_of(text), "a");
        ASSERT_FALSE(plan) << text;
        EXPECT_EQ(plan.error().kind, kind) << text;
        EXPECT_EQ(plan.error().subject, subject) << text;
    }
}

}  // namespace
}  // namespace kakehashi::session

#include "iam/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kakehashi::iam {
namespace {

TEST(Policy, KeepsWhatAPersonWantsToKnow) {
    auto policy = parse_policy(
        R"({"Version":"2012-10-17","Statement":[
             {"Sid":"A","Effect":"Allow","Action":["s3:Get*","sts:*"],"Resource":"*"},
             {"Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:s3:::b"}]})",
        "p",
        PolicyType::Identity
    );
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->name(), "p");
    EXPECT_EQ(policy->type(), PolicyType::Identity);
    ASSERT_EQ(policy->statement_count(), 2U);
    EXPECT_EQ(policy->effect(0), Effect::Allow);
    EXPECT_EQ(policy->effect(1), Effect::Deny);
    EXPECT_EQ(policy->sid(0), "A");
    EXPECT_EQ(policy->sid(1), "");
    EXPECT_NE(json::find(policy->document(), "Statement"), nullptr);
}

// A statement that lacks nothing but Principal or Resource, with `extra` in it.
std::string with(const std::string& extra) {
    return R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*")" + extra + "}}";
}
constexpr const char* kEveryone = R"(,"Principal":"*")";
constexpr const char* kAny = R"(,"Resource":"*")";

TEST(Policy, AsksForTheElementsOfItsType) {
    using Type = PolicyType;
    struct Row {
        Type type;
        bool with_neither, with_principal, with_resource, with_both;
    };
    const Row rows[] = {
        {Type::Identity, false, false, true, false},
        {Type::Boundary, false, false, true, false},
        {Type::Session, false, false, true, false},
        {Type::Scp, false, false, true, false},
        {Type::Resource, false, true, false, true},
        {Type::Trust, false, true, false, false},
        {Type::Rcp, false, false, false, true},
        {Type::Endpoint, false, false, false, true},
    };
    for (const auto& row : rows) {
        const auto reads = [&](const std::string& extra) {
            return parse_policy(with(extra), "", row.type).has_value();
        };
        const int type = static_cast<int>(row.type);
        EXPECT_EQ(reads(""), row.with_neither) << type;
        EXPECT_EQ(reads(kEveryone), row.with_principal) << type;
        EXPECT_EQ(reads(kAny), row.with_resource) << type;
        EXPECT_EQ(reads(std::string(kEveryone) + kAny), row.with_both) << type;
    }
}

TEST(Policy, SaysWhereItIsWrong) {
    struct Row {
        PolicyType type;
        std::string text;
        std::string path, id;
    };
    const auto s = [](const std::string& extra) { return with(kAny + extra); };
    const auto r = [](const std::string& extra) { return with(kAny + extra); };
    const Row rows[] = {
        {PolicyType::Identity, "[]", "", "iam.policy.not_an_object"},
        {PolicyType::Identity, "{}", "", "iam.policy.missing"},
        {PolicyType::Identity, "{", "", "base.json.syntax"},
        {PolicyType::Identity, R"({"Statement":1})", "Statement", "iam.policy.not_statements"},
        {PolicyType::Identity, R"({"Statement":[1]})", "Statement[0]", "iam.policy.not_an_object"},
        {PolicyType::Identity,
         R"({"Statement":[],"Version":"2012-10-18"})",
         "Version",
         "iam.policy.version"},
        {PolicyType::Identity, R"({"Statement":[],"Id":1})", "Id", "iam.policy.not_a_text"},
        {PolicyType::Identity,
         R"({"Statement":[],"version":"2012-10-17"})",
         "version",
         "iam.policy.unknown_element_near"},
        {PolicyType::Identity,
         s(R"(,"Actoin":"x")"),
         "Statement.Actoin",
         "iam.policy.unknown_element_near"},
        {PolicyType::Identity, s(R"(,"NotAction":"s3:*")"), "Statement.Action", "iam.policy.both"},
        {PolicyType::Identity, s(R"(,"Sid":1)"), "Statement.Sid", "iam.policy.not_a_text"},
        {PolicyType::Identity,
         s(R"(,"Condition":[])"),
         "Statement.Condition",
         "iam.policy.not_an_object"},
        {PolicyType::Identity,
         s(R"(,"Condition":{"StringLke":{"a":"b"}})"),
         "Statement.Condition.StringLke",
         "iam.policy.operator_near"},
        {PolicyType::Identity,
         s(R"(,"Condition":{"StringLike":"b"})"),
         "Statement.Condition.StringLike",
         "iam.policy.not_an_object"},
        {PolicyType::Identity,
         s(R"(,"Condition":{"StringLike":{"a:b":["x",{}]}})"),
         "Statement.Condition.StringLike.a:b[1]",
         "iam.policy.not_a_text"},
        {PolicyType::Identity,
         s(R"(,"Condition":{"StringLike":{"a:b":"${x"}})"),
         "Statement.Condition.StringLike.a:b",
         "iam.policy.variable"},
        {PolicyType::Identity,
         R"({"Statement":{"Effect":"allow","Action":"*","Resource":"*"}})",
         "Statement.Effect",
         "iam.policy.effect"},
        {PolicyType::Identity,
         R"({"Statement":{"Action":"*","Resource":"*"}})",
         "Statement",
         "iam.policy.missing"},
        {PolicyType::Identity,
         R"({"Statement":{"Effect":"Deny","Action":"s3","Resource":"*"}})",
         "Statement.Action",
         "iam.policy.action"},
        {PolicyType::Identity,
         R"({"Statement":{"Effect":"Deny","Action":["s3:*","s3:a:b"],"Resource":"*"}})",
         "Statement.Action[1]",
         "iam.policy.action"},
        {PolicyType::Identity,
         R"({"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"bucket"}})",
         "Statement.Resource",
         "iam.policy.resource"},
        {PolicyType::Identity,
         with(std::string(kAny) + kEveryone),
         "Statement.Principal",
         "iam.policy.misplaced"},
        {PolicyType::Trust,
         with(std::string(kAny) + kEveryone),
         "Statement.Resource",
         "iam.policy.misplaced"},
        {PolicyType::Trust,
         with(R"(,"Principal":{"AWS":["*","x"]})"),
         "Statement.Principal.AWS[1]",
         "iam.policy.principal"},
        {PolicyType::Trust,
         with(R"(,"Principal":{"Aws":"*"})"),
         "Statement.Principal.Aws",
         "iam.policy.unknown_element_near"},
        {PolicyType::Trust,
         with(R"(,"Principal":"111111111111")"),
         "Statement.Principal",
         "iam.policy.principal"},
        {PolicyType::Resource,
         R"({"Statement":{"Effect":"Allow","NotPrincipal":"*","Action":"*","Resource":"*"}})",
         "Statement.NotPrincipal",
         "iam.policy.not_principal_allow"},
        {PolicyType::Rcp,
         r(R"(,"Principal":{"AWS":"111111111111"})"),
         "Statement.Principal",
         "iam.policy.rcp_principal"},
        {PolicyType::Rcp,
         R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}})",
         "Statement.Effect",
         "iam.policy.rcp_allow"},
    };
    for (const auto& [type, text, path, id] : rows) {
        auto policy = parse_policy(text, "", type);
        ASSERT_FALSE(policy) << text;
        ASSERT_EQ(policy.error().size(), 1U) << text;
        EXPECT_EQ(policy.error()[0].where.path, path) << text;
        EXPECT_EQ(policy.error()[0].what.id.name(), id) << text;
        EXPECT_TRUE(has_text(policy.error()[0].what.id)) << id;
    }
}

TEST(Policy, FindsEveryProblemUpToALimit) {
    std::string text = R"({"Statement":[{}])";
    text += "}";
    auto few = parse_policy(text, "", PolicyType::Identity);
    ASSERT_FALSE(few);
    EXPECT_EQ(few.error().size(), 3U);  // Effect, Action, Resource

    std::string many = R"({"Statement":[{})";
    for (int i = 0; i < 10'000; ++i)
        many += ",{}";
    auto policy = parse_policy(many + "]}", "", PolicyType::Identity);
    ASSERT_FALSE(policy);
    EXPECT_EQ(policy.error().size(), 50U);

    std::string too_many = R"({"Statement":[{})";
    for (int i = 0; i < 20'000; ++i)
        too_many += ",{}";
    auto refused = parse_policy(too_many + "]}", "", PolicyType::Identity);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error()[0].what.id.name(), "iam.policy.too_many");
}

TEST(Policy, NamesTheLineOfBrokenJson) {
    auto policy = parse_policy("{\n\"Statement\": [}\n", "", PolicyType::Identity);
    ASSERT_FALSE(policy);
    EXPECT_EQ(policy.error()[0].where.line, 2U);
}

}  // namespace
}  // namespace kakehashi::iam

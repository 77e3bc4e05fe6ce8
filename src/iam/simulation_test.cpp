#include "iam/simulation.h"

#include "base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What is decided stands in tests/iam; here, how a line is read and written.
namespace kakehashi::iam {
namespace {

constexpr const char* kRequest =
    R"("request":{"action":"s3:GetObject","principal":"arn:aws:iam::111111111111:user/bob",)"
    R"("resource":{"resource":"arn:aws:s3:::b/k","accountId":"111111111111"},)"
    R"("contextVariables":{"aws:SourceIp":"10.0.0.1"}})";

std::string line(const std::string& more) {
    return std::string(R"({"name":"n","simulation":{)") + kRequest + more + "}}";
}

TEST(Simulation, WritesOneLineWithItsReasons) {
    const Evaluated answer = evaluate_line(
        line(R"(,"identityPolicies":[{"name":"p","policy":{"Version":"2012-10-17","Statement":[)"
             R"({"Sid":"S","Effect":"Deny","Action":"*","Resource":"*"},)"
             R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":"true"}}})"
             R"(]}}])"),
        Language::English
    );
    EXPECT_FALSE(answer.failed);
    EXPECT_EQ(
        answer.line,
        R"({"name":"n","decision":"ExplicitlyDenied","blockedBy":["identity"],)"
        R"("statements":[{"policyType":"identity","policy":"p","statement":0,"sid":"S","effect":"Deny"}],)"
        R"("missingKeys":["a:b"],"reason":"with an explicit deny in an identity-based policy"})"
    );
}

TEST(Simulation, AnswersBadInputWithItsPlace) {
    struct Row {
        std::string line;
        const char* error;
    };
    const Row rows[] = {
        {"", "this is not JSON"},
        {"{", "this is not JSON"},
        {"[]", "must be an object"},
        {"{}", "simulation"},
        {R"({"name":"n","simulation":{}})", "simulation.request"},
        {R"({"simulation":{"request":{}}})", "simulation.request.action"},
        {line(R"(,"identitypolicies":[])"), "simulation.identitypolicies"},
        {line(R"(,"identityPolicies":{})"), "simulation.identityPolicies"},
        {line(R"(,"identityPolicies":[1])"), "simulation.identityPolicies[0]"},
        {line(R"(,"identityPolicies":[{"name":"p"}])"), "simulation.identityPolicies[0].policy"},
        {line(
             R"(,"identityPolicies":[{"name":"p","policy":{"Statement":[{"Effect":"Deny","Action":"x"}]}}])"
         ),
         "simulation.identityPolicies[0].policy.Statement[0].Action"},
        {line(R"(,"sessionPolicy":{})"), "simulation.sessionPolicy"},
        {line(R"(,"serviceControlPolicies":[{"orgIdentifier":"r"}])"),
         "simulation.serviceControlPolicies[0].policies"},
    };
    for (const auto& [text, error] : rows) {
        const Evaluated answer = evaluate_line(text, Language::English);
        EXPECT_TRUE(answer.failed) << text;
        const auto value = json::parse(answer.line);
        ASSERT_TRUE(value) << answer.line;
        EXPECT_NE(json::find(*value, "name"), nullptr) << answer.line;
        EXPECT_THAT(
            std::string(json::find_string(*value, "error").value_or("")), testing::HasSubstr(error)
        );
    }
}

TEST(Simulation, TakesContextValuesAsTextOrTexts) {
    const auto with = [](const std::string& value) {
        std::string text = line("");
        text.replace(text.find(R"("10.0.0.1")"), 10, value);
        return evaluate_line(text, Language::English).failed;
    };
    EXPECT_FALSE(with(R"("x")"));
    EXPECT_FALSE(with(R"(["x","y"])"));
    EXPECT_FALSE(with("[]"));
    EXPECT_TRUE(with("1"));
    EXPECT_TRUE(with("true"));
    EXPECT_TRUE(with("[1]"));
    EXPECT_TRUE(with("{}"));
    EXPECT_TRUE(with("null"));
}

TEST(Simulation, SurvivesBeingCutAnywhere) {
    const std::string whole = line(R"(,"vpcEndpointPolicies":[],"resourcePolicy":null)");
    ASSERT_FALSE(evaluate_line(whole, Language::English).failed);
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        EXPECT_TRUE(evaluate_line(whole.substr(0, bytes), Language::Japanese).failed) << bytes;
    }
}

}  // namespace
}  // namespace kakehashi::iam

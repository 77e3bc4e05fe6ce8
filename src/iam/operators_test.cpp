#include "iam/decide.h"

#include <gtest/gtest.h>

#include <string>

// Each condition operator, through a policy and a decision: what meets it is allowed, its neighbour
// is not. How each compares is told in condition_test.cpp.
namespace kakehashi::iam {
namespace {

constexpr const char* kKey = "aws:RequestTag/x";

bool allowed(const std::string& name, const std::string& written, const char* asked) {
    const std::string text =
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",)"
        R"("Condition":{")" +
        name + R"(":{")" + kKey + R"(":")" + written + R"("}}}})";
    const auto policy = parse_policy(text, "p", PolicyType::Identity);
    EXPECT_TRUE(policy) << text;
    if (!policy) return false;
    Request request;
    request.action = "s3:GetObject";
    request.principal = "arn:aws:iam::111111111111:user/u";
    request.resource = "arn:aws:s3:::b/o";
    if (asked) request.context.set(kKey, asked);
    PolicySet policies;
    policies.identity = {*policy};
    return decide(request, policies).allowed();
}

TEST(Operators, EachDecidesThroughAPolicy) {
    struct Row {
        const char *name, *written, *meets, *fails;  // nullptr: the key is not there
    };
    const Row rows[] = {
        {"StringEquals", "a", "a", "A"},
        {"StringNotEquals", "a", "b", "a"},
        {"StringEqualsIgnoreCase", "a", "A", "b"},
        {"StringNotEqualsIgnoreCase", "a", "b", "A"},
        {"StringLike", "a*", "ab", "b"},
        {"StringNotLike", "a*", "b", "ab"},
        {"NumericEquals", "5", "5.0", "6"},
        {"NumericNotEquals", "5", "6", "5"},
        {"NumericLessThan", "5", "4", "5"},
        {"NumericLessThanEquals", "5", "5", "6"},
        {"NumericGreaterThan", "5", "6", "5"},
        {"NumericGreaterThanEquals", "5", "5", "4"},
        {"DateEquals", "2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"},
        {"DateNotEquals", "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-24T00:00:00Z"},
        {"DateLessThan", "2026-11-24T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"},
        {"DateLessThanEquals",
         "2026-11-24T00:00:00Z",
         "2026-11-24T00:00:00Z",
         "2026-11-25T00:00:00Z"},
        {"DateGreaterThan", "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z", "2026-11-24T00:00:00Z"},
        {"DateGreaterThanEquals",
         "2026-11-24T00:00:00Z",
         "2026-11-24T00:00:00Z",
         "2026-11-23T00:00:00Z"},
        {"Bool", "true", "true", "false"},
        {"BinaryEquals", "YWJj", "YWJj", "YWJk"},
        {"IpAddress", "10.0.0.0/8", "10.1.2.3", "11.1.2.3"},
        {"NotIpAddress", "10.0.0.0/8", "11.1.2.3", "10.1.2.3"},
        {"ArnEquals", "arn:aws:iam::*:role/a", "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"},
        {"ArnNotEquals", "arn:aws:iam::*:role/a", "arn:aws:iam::1:role/b", "arn:aws:iam::1:role/a"},
        {"ArnLike", "arn:aws:iam::*:role/a", "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"},
        {"ArnNotLike", "arn:aws:iam::*:role/a", "arn:aws:iam::1:role/b", "arn:aws:iam::1:role/a"},
        {"Null", "true", nullptr, "a"},
        {"StringEqualsIfExists", "a", nullptr, "b"},
        {"NumericLessThanIfExists", "5", nullptr, "5"},
    };
    for (const auto& [name, written, meets, fails] : rows) {
        EXPECT_TRUE(allowed(name, written, meets)) << name;
        EXPECT_FALSE(allowed(name, written, fails)) << name;
    }
}

}  // namespace
}  // namespace kakehashi::iam

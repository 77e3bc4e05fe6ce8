#include "base/json.h"
#include "base/peak_memory.h"
#include "base/problem.h"
#include "iam/decide.h"
#include "iam/simulation.h"

#include <gtest/gtest.h>

#include <string>

// Policies made to harm whoever reads them (P17). What they cost is counted, never timed.
namespace kakehashi::iam {
namespace {

constexpr std::size_t kTimes = 20;  // memory beside the size of what was given

std::string repeated(const std::string& text, std::size_t times, const std::string& between = ",") {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) {
        if (i > 0) out += between;
        out += text;
    }
    return out;
}

std::string numbered(std::size_t count, const std::string& before, const std::string& after) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) out += ",";
        out.append(before).append(std::to_string(i)).append(after);
    }
    return out;
}

std::string policy(const std::string& statements) {
    return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
}
const std::string kStatement = R"({"Effect":"Allow","Action":"*","Resource":"*"})";
std::string statement(const std::string& more) {
    return kStatement.substr(0, kStatement.size() - 1) + "," + more + "}";
}

Request request() {
    Request made;
    made.action = "s3:GetObject";
    made.principal = "arn:aws:iam::111111111111:user/u";
    made.resource = "arn:aws:s3:::" + std::string(1000, 'a');
    made.context.set("k", std::string(1000, 'a'));
    made.context.set_many("many", {"a"});
    return made;
}

Decision decided(const Policy& policy) {
    PolicySet set;
    (policy.type() == PolicyType::Resource ? set.resource.emplace(policy)
                                           : set.identity.emplace_back(policy));
    return decide(request(), set);
}

struct Row {
    const char* what;
    std::string text;
    Result result;
    PolicyType type = PolicyType::Identity;
};

void expect_only_large(const Row& row) {
    const PeakMemory peak;
    const auto read = parse_policy(row.text, "p", row.type);
    ASSERT_TRUE(read) << row.what;
    EXPECT_EQ(decided(*read).result, row.result) << row.what;
    EXPECT_LE(peak.bytes(), kTimes * row.text.size())
        << row.what << " times " << peak.bytes() / row.text.size();
}

TEST(Hostile, P17_LargePoliciesAreOnlyLarge) {
    const std::string in_resource = R"({"Effect":"Deny","Action":"*","Principal":{"Service":[)";
    const Row rows[] = {
        {"10,000 statements", policy(repeated(kStatement, 10'000)), Result::Allowed},
        {"10,000 statements that do not match",
         policy(repeated(R"({"Effect":"Deny","NotAction":"*","NotResource":"*"})", 10'000)),
         Result::ImplicitlyDenied},
        {"10,000 statements, each with a condition",
         policy(repeated(statement(R"("Condition":{"StringEquals":{"k":"b"}})"), 10'000)),
         Result::ImplicitlyDenied},
        {"values with wildcards",
         policy(
             statement(R"("Condition":{"StringLike":{"k":[)" + repeated("\"*b\"", 10'000) + "]}}")
         ),
         Result::ImplicitlyDenied},
        {"values with variables",
         policy(statement(
             R"("Condition":{"StringLike":{"k":[)" + repeated("\"${k}b\"", 10'000) + "]}}"
         )),
         Result::ImplicitlyDenied},
        {"addresses",
         policy(statement(
             R"("Condition":{"NotIpAddress":{"k":[)" + repeated("\"10.0.0.0/8\"", 10'000) + "]}}"
         )),
         Result::Allowed},
        {"keys that are missing",
         policy(statement(
             R"("Condition":{"StringNotEquals":{)" + numbered(10'000, "\"missing", "\":\"b\"") +
             "}}"
         )),
         Result::Allowed},
        {"actions",
         policy(
             R"({"Effect":"Allow","Resource":"*","Action":[)" + repeated("\"ec2:*\"", 20'000) + "]}"
         ),
         Result::ImplicitlyDenied},
        {"resources",
         policy(
             R"({"Effect":"Allow","Action":"*","Resource":[)" +
             repeated("\"arn:aws:s3:::b*\"", 10'000) + "]}"
         ),
         Result::ImplicitlyDenied},
        {"resources in short form",
         policy(
             R"({"Effect":"Allow","Action":"*","Resource":[)" + repeated("\"arn:b*\"", 10'000) +
             "]}"
         ),
         Result::ImplicitlyDenied},
        {"services",
         policy(in_resource + repeated("\"b\"", 20'000) + "]}}"),
         Result::ImplicitlyDenied,
         PolicyType::Resource},
    };
    for (const Row& row : rows)
        expect_only_large(row);
}

TEST(Hostile, P17_AQuarterOfAMillionValuesAreOnlyMany) {
    const std::string values = repeated("\"b\"", 250'000);
    expect_only_large(
        {"250,000 values",
         policy(statement(R"("Condition":{"StringNotEquals":{"k":[)" + values + "]}}")),
         Result::Allowed}
    );
}

// Wildcards cost at most |pattern| · |text| (Wildcard.P17_…); these are the texts that make other
// matchers stand still.
TEST(Hostile, P17_StarsAndVariablesEnd) {
    const std::string stars = repeated("*a", 500, "");
    const std::string variables = repeated("${k}", 20'000, "");
    const Row rows[] = {
        {"stars",
         policy(statement(R"("Condition":{"StringLike":{"k":")" + stars + R"(*b"}})")),
         Result::ImplicitlyDenied},
        {"stars, 1,000 times",
         policy(statement(
             R"("Condition":{"StringLike":{"k":[)" + repeated("\"*a*a*a*b\"", 1'000) + "]}}"
         )),
         Result::ImplicitlyDenied},
        {"a variable, 20,000 times: 20 MB, were it written out",
         policy(statement(R"("Condition":{"StringLike":{"k":")" + variables + R"("}})")),
         Result::ImplicitlyDenied},
        {"the same, wanted not to match",
         policy(statement(R"("Condition":{"StringNotLike":{"k":")" + variables + R"("}})")),
         Result::Allowed},
        {"the same in a resource",
         policy(R"({"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::)" + variables + "\"}"),
         Result::ImplicitlyDenied},
        {"a variable without a value after what is too long",
         policy(statement(R"("Condition":{"StringNotLike":{"k":")" + variables + R"(${none}"}})")),
         Result::ImplicitlyDenied},
        {"defaults",
         policy(statement(
             R"("Condition":{"StringLike":{"k":")" + repeated("${n,'aaaa'}", 250, "") + R"("}})"
         )),
         Result::Allowed},
    };
    for (const Row& row : rows) {
        const auto read = parse_policy(row.text, "p", row.type);
        ASSERT_TRUE(read) << row.what;
        const PeakMemory peak;
        EXPECT_EQ(decided(*read).result, row.result) << row.what;
        EXPECT_LE(peak.bytes(), kTimes * row.text.size()) << row.what;
    }
}

TEST(Hostile, P17_RefusesWithAPlace) {
    const auto nested = [](std::size_t times) {
        return policy(statement(
            R"("Condition":{"StringEquals":{"k":)" + repeated(R"({"a":)", times, "") + "1" +
            repeated("}", times, "") + "}}"
        ));
    };
    struct Refused {
        const char* what;
        std::string text;
        const char* path;  // of the first problem, or "" for one of JSON, which has a line
    };
    const Refused rows[] = {
        {"nested values", nested(100), "Statement[0].Condition.StringEquals.k"},
        {"values nested too deep", nested(200), ""},
        {"values nested without end", repeated(R"({"Statement":[)", 20'000, ""), ""},
        {"nested operators",
         policy(statement(R"("Condition":{"Null":{"k":{"StringEquals":{}}}})")),
         "Statement[0].Condition.Null.k"},
        {"nested statements", policy("[[[{}]]]"), "Statement[0]"},
        {"too many statements", policy(repeated(kStatement, 20'001)), "Statement"},
        {"20,000 unknown elements", "{" + numbered(20'000, "\"x", "\":0") + "}", "x0"},
        {"unknown operators",
         policy(statement(R"("Condition":{)" + numbered(10'000, "\"x", "\":0") + "}")),
         "Statement[0].Condition.x0"},
        {"one key twice", policy(statement(repeated(R"("Sid":"a")", 20'000))), ""},
        {"a variable that is not closed",
         policy(statement(
             R"("Condition":{"StringLike":{"k":")" + repeated("${", 20'000, "") + R"("}})"
         )),
         "Statement[0].Condition.StringLike.k"},
    };
    for (const Refused& row : rows) {
        const PeakMemory peak;
        const auto read = parse_policy(row.text, "p", PolicyType::Identity);
        ASSERT_FALSE(read) << row.what;
        const Location& where = read.error().front().where;
        EXPECT_EQ(where.path, row.path) << row.what;
        EXPECT_EQ(where.line, where.path.empty() ? 1U : 0U) << row.what;
        EXPECT_LE(peak.bytes(), kTimes * row.text.size() + 10'000U) << row.what;
    }
}

TEST(Hostile, P17_LinesOfEvaluateToo) {
    const auto line = [](const std::string& context, const std::string& more) {
        return R"({"name":"n","simulation":{"request":{"action":"s3:GetObject","principal":"u","resource":{"resource":"*"},"contextVariables":{)" +
               context + "}}" + more + "}}";
    };
    const std::string document = policy(
        statement(R"("Condition":{"StringNotEquals":{"k":[)" + repeated("\"b\"", 20'000) + "]}}")
    );
    struct Line {
        const char* what;
        std::string text;
        bool failed;
    };
    const Line rows[] = {
        {"a large policy",
         line(R"("k":"a")", R"(,"identityPolicies":[{"policy":)" + document + "}]"),
         false},
        {"a key with many values",
         line(R"("k":[)" + repeated("\"aaaaaaaa\"", 10'000) + "]", ""),
         false},
        {"as many keys as are read", line(numbered(1'000, "\"aws:k", "\":\"value\""), ""), false},
        {"more keys than that", line(numbered(20'000, "\"", "\":\"\""), ""), true},
        {"unknown members", line("", "," + numbered(10'000, "\"", "\":\"\"")), true},
        {"policies that are none",
         line("", R"(,"identityPolicies":[)" + repeated("0", 20'000) + "]"),
         true},
        {"a line that never ends", std::string(1'000'000, '['), true},
    };
    for (const Line& row : rows) {
        const PeakMemory peak;
        const Evaluated answer = evaluate_line(row.text, Language::English);
        EXPECT_EQ(answer.failed, row.failed) << row.what << answer.line.substr(0, 200);
        EXPECT_LE(peak.bytes(), kTimes * row.text.size())
            << row.what << " times " << peak.bytes() / row.text.size();
        EXPECT_LE(answer.line.size(), row.text.size()) << row.what;
    }
}

}  // namespace
}  // namespace kakehashi::iam

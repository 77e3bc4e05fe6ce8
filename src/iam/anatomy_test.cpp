#include "iam/anatomy.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kakehashi::iam {
namespace {

Policy policy(const std::string& statement, PolicyType type = PolicyType::Identity) {
    auto read =
        parse_policy(R"({"Version":"2012-10-17","Statement":[)" + statement + "]}", "test", type);
    EXPECT_TRUE(read) << statement;
    return *std::move(read);
}

std::string written(const PatternPieces& pieces) {
    std::string out;
    for (const PatternPiece& piece : pieces) {
        switch (piece.kind) {
            case PatternPiece::Kind::Text:
                out += "<" + piece.text + ">";
                break;
            case PatternPiece::Kind::AnyText:
                out += "*";
                break;
            case PatternPiece::Kind::AnyCharacter:
                out += "?";
                break;
            case PatternPiece::Kind::Variable:
                out += "$" + piece.text + (piece.otherwise ? "=" + *piece.otherwise : "");
                break;
        }
    }
    return out;
}

TEST(Anatomy, ShowsTheResourcesByTheirParts) {
    struct Row {
        std::string resource, parts;
    };
    for (const auto& [resource, parts] :
         {Row{"*", ""},
          Row{"arn:aws:s3:::b/*", "<aws>|<s3>|||<b/>*"},
          Row{"arn:a?s:*:${aws:x, 'y'}:1:a*b${*}", "<a>?<s>|*|$aws:x=y|<1>|<a>*<b*>"},
          Row{"arn:aws:iam::*", "<aws>|<iam>||*"}}) {
        const auto found = anatomy(
            policy(
                R"({"Sid":"S","Effect":"Allow","NotAction":"S3:Get*","Resource":")" + resource +
                R"("})"
            ),
            0
        );
        EXPECT_EQ(found.effect, Effect::Allow);
        EXPECT_EQ(found.sid, "S");
        EXPECT_EQ(found.actions_listed, Listed::AllBut);
        EXPECT_EQ(written(found.actions.at(0)), "<s3:get>*");
        std::string all;
        for (const PatternPieces& part : found.resources->at(0))
            all +=
                (all.empty() && &part == found.resources->at(0).data() ? "" : "|") + written(part);
        EXPECT_EQ(all, parts) << resource;
    }
}

TEST(Anatomy, AsksTheQuestionsOfDecide) {
    const Policy endpoint = policy(
        R"({"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111111111111:role/r","222222222222"]},
            "Action":"bedrock:invoke*","Resource":"*"})",
        PolicyType::Endpoint
    );
    EXPECT_TRUE(acts_on(endpoint, 0, "bedrock:InvokeModel"));
    EXPECT_FALSE(acts_on(endpoint, 0, "bedrock:CountTokens"));
    const auto named = principals_of(endpoint, 0);
    ASSERT_TRUE(named);
    EXPECT_EQ(named->arns, std::vector<std::string>{"arn:aws:iam::111111111111:role/r"});
    EXPECT_EQ(named->accounts, std::vector<std::string>{"222222222222"});
    const auto grant = [&](const char* principal) {
        return names_caller(endpoint, 0, principal, {}, Boundary::Absent);
    };
    EXPECT_EQ(grant("arn:aws:sts::111111111111:assumed-role/r/s"), Grant::Role);
    EXPECT_EQ(grant("arn:aws:sts::111111111111:assumed-role/other/s"), Grant::None);
    EXPECT_EQ(grant("arn:aws:sts::222222222222:assumed-role/other/s"), Grant::Account);
    EXPECT_EQ(caller_of("arn:aws:sts::222222222222:assumed-role/o/s").account, "222222222222");
    EXPECT_EQ(caller_of("ec2.amazonaws.com").kind, CallerKind::Other);
    EXPECT_TRUE(is_bound_by_rcp("STS:AssumeRole"));
    EXPECT_FALSE(is_bound_by_rcp("bedrock:InvokeModel"));
}

// Whatever can be read compares like one of the telling values.
TEST(Anatomy, TellingValuesTellAllValuesApart) {
    struct Row {
        std::string condition;
        std::vector<std::string> probes;
    };
    const Row rows[] = {
        {R"({"NumericLessThan":{"k":["3","7.5"]}})", {"-1", "0", "3", "3.1", "5", "7.5", "1e9"}},
        {R"({"NumericNotEquals":{"k":"3"}})", {"2", "3", "3.0", "4"}},
        {R"({"DateGreaterThan":{"k":"2026-01-01T00:00:00Z"}})",
         {"2025-01-01", "2026-01-01", "1767225601", "2026-01-01T00:00:00.5Z", "9999-12-31"}},
        {R"({"IpAddress":{"k":["10.0.0.0/8","192.168.4.7"]}})",
         {"9.255.255.255", "10.0.0.0", "10.3.4.5", "11.0.0.0", "192.168.4.7", "::1"}},
        {R"({"NotIpAddress":{"k":"2001:db8::/33"}})",
         {"2001:db8::1", "2001:db8:8000::", "1.2.3.4", "2001:db7::"}},
    };
    for (const auto& [condition, probes] : rows) {
        const Policy one = policy(
            R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":)" + condition + "}"
        );
        const auto values = telling_values(one, 0, 0);
        for (const std::string& probe : probes) {
            const bool wanted = value_matches(one, 0, 0, probe);
            EXPECT_TRUE(std::any_of(
                values.begin(),
                values.end(),
                [&](const std::string& value) { return value_matches(one, 0, 0, value) == wanted; }
            )) << condition
               << " " << probe;
        }
    }
    EXPECT_EQ(
        telling_values(
            policy(
                R"({"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"k":"10.1.2.0/23"}}})"
            ),
            0,
            0
        ),
        (std::vector<std::string>{"10.1.2.0", "10.1.4.0", "0.0.0.0", "::"})
    );
}

}  // namespace
}  // namespace kakehashi::iam

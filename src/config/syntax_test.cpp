#include "config/detail/syntax.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kakehashi::config::detail {
namespace {

struct Row {
    const char* name;
    bool (*form)(std::string_view);
    std::vector<std::string> accepted, refused;
};

TEST(Syntax, TakesEachFormAndRefusesItsNeighbours) {
    const Row rows[] = {
        {"account",
         is_account,
         {"111111111111", "000000000001"},
         {"", "11111111111", "1111111111111", "11111111111a", "１１１１１１１１１１１１"}},
        {"region",
         is_region,
         {"ap-northeast-1", "us-gov-west-1"},
         {"",
          "ap",
          "ap-northeast",
          "ap-northeast-",
          "ap-northeast-1a",
          "ap-northeast-12",
          "AP-northeast-1",
          "ap--1",
          "japan-east-1",
          "ap-northeast-1 "}},
        {"name",
         is_name,
         {"sample-city", "A_1", std::string(64, 'x')},
         {"", "-x", "a/b", "..", "a b", "市", std::string(65, 'x')}},
        {"role",
         is_role_arn,
         {"arn:aws:iam::222222222222:role/a", "arn:aws:iam::222222222222:role/p/a"},
         {"",
          "arn:aws:iam::222222222222:role/",
          "arn:aws:iam::222222222222:user/a",
          "arn:aws:iam:::role/a",
          "arn:aws:sts::222222222222:role/a",
          "arn:aws:iam:x:222222222222:role/a",
          "arn:aws:iam::22222222222:role/a"}},
        {"external id",
         is_external_id,
         {"ab", "a:b/c=d@e,f.g+h-i_j", std::string(1224, 'x')},
         {"", "a", "a b", "a!", "日本", std::string(1225, 'x')}},
        {"session",
         is_session_name,
         {"ab", "kakehashi-{host}", "{user}@{host}", "{host}", std::string(64, 'x')},
         {"",
          "a",
          "a b",
          "a/b",
          "a:b",
          "{hosts}",
          "{",
          "{host",
          "}",
          std::string(65, 'x'),
          "{host}" + std::string(63, 'x')}},
        {"network",
         is_ipv4_network,
         {"0.0.0.0/0", "10.20.0.0/16", "10.1.2.3/32", "255.255.255.255/32"},
         {"",
          "10.20.0.0",
          "10.20.0.0/",
          "10.20.0.0/33",
          "10.20.0.1/16",
          "10.20.0/16",
          "10.020.0.0/16",
          "256.0.0.0/8",
          "10.20.0.0/016",
          "10.20.0.0/16 ",
          "1.0.0.0/0",
          "::/0",
          "10.20.0.0.0/16",
          "-1.0.0.0/8"}},
        {"VPC network",
         is_vpc_network,
         {"10.0.0.0/16", "10.0.0.0/28"},
         {"10.0.0.0/15", "10.0.0.0/29"}},
        {"VPC id", is_vpc_id, {"vpc-0abc"}, {"", "vpc-", "subnet-0abc", "vpc-0 abc"}},
        {"type",
         is_resource_type_pattern,
         {"AWS::Logs::LogGroup", "AWS::AppConfig::*", "AWS::Logs::Log*"},
         {"",
          "*",
          "AWS::*",
          "AWS::*::*",
          "::Logs::X",
          "AWS::Logs::",
          "AWS::Logs",
          "AWS::Logs::*Group",
          "AWS::Lo gs::X"}},
    };
    for (const Row& row : rows) {
        for (const std::string& text : row.accepted) {
            EXPECT_TRUE(row.form(text)) << row.name << ": " << text;
        }
        for (const std::string& text : row.refused) {
            EXPECT_FALSE(row.form(text)) << row.name << ": " << text;
        }
    }
}

}  // namespace
}  // namespace kakehashi::config::detail

#pragma once

#include <string_view>

// The forms that single values have. Pure; safe from every thread.
namespace kakehashi::config::detail {

bool is_account(std::string_view text);   // 12 digits
bool is_region(std::string_view text);    // "ap-northeast-1", whether or not AWS has it
bool is_name(std::string_view text);      // of a municipality or unit: fit for a file's name
bool is_role_arn(std::string_view text);  // arn:aws:iam::ACCOUNT:role/…
bool is_arn(std::string_view text);
bool is_external_id(std::string_view text);  // STS AssumeRole: 2–1224 of [\w+=,.@:\/-]
bool is_vpc_id(std::string_view text);
bool is_ipv4_network(std::string_view text);  // "10.20.0.0/16", no bit set after the prefix
bool is_vpc_network(std::string_view text);   // the same, /16 to /28 as EC2 wants it
bool is_resource_type_pattern(std::string_view text);  // "AWS::Logs::LogGroup", "AWS::Logs::*"

// STS AssumeRole: 2–64 of [\w+=,.@-], once {host} and {user} are filled in.
bool is_session_name(std::string_view text);

}  // namespace kakehashi::config::detail

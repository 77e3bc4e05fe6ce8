#pragma once

#include "base/problem.h"
#include "iam/policy.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

// The principals that templates declare. Values, made by `build_world` and then constant.
namespace kakehashi::cloud {

using Tags = std::map<std::string, std::string>;

struct Role {
    std::string account, name, path;  // path "/" or "/a/b/"
    std::string arn;                  // with its path
    std::string unique_id;            // "AROA…"
    iam::Policy trust;
    std::vector<iam::Policy> identity = {};
    std::optional<std::vector<iam::Policy>> boundary = {};
    std::chrono::seconds session_max{3600};  // MaxSessionDuration
    Tags tags = {};
    Location where = {};
};

struct User {
    std::string account, name, arn;
    std::string unique_id = {};  // "AIDA…"
    std::vector<iam::Policy> identity = {};
    std::optional<std::vector<iam::Policy>> boundary = {};
    Tags tags = {};
    Location where = {};
};

struct InstanceProfile {
    std::string account, name, arn;
    std::string unique_id = {};  // "AIPA…"
    std::string role = {};       // name, in the same account
    Location where = {};
};

}  // namespace kakehashi::cloud

#pragma once

#include "base/problem.h"
#include "iam/policy.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

// CodeArtifact's domains and repositories, as templates declare them. Values, made by `build_world`
// and then constant.
namespace kakehashi::cloud {

struct CodeArtifactDomain {
    std::string account, name;
    std::optional<iam::Policy> policy = {};  // resource-based; absent: none
    std::map<std::string, std::string> tags = {};
    Location where = {};
};

struct CodeArtifactRepository {
    std::string account, domain, name;
    std::optional<iam::Policy> policy = {};
    std::vector<std::string> upstreams = {};             // names in the same domain
    std::vector<std::string> external_connections = {};  // "public:pypi"
    std::map<std::string, std::string> tags = {};
    Location where = {};
};

}  // namespace kakehashi::cloud

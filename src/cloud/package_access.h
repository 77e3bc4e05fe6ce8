#pragma once

#include "cloud/authorization.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a request to CodeArtifact, or an unsigned one to the repository of Amazon Linux 2023, must
// be allowed (twin.md §6, aws-facts §6).
namespace kakehashi::cloud {

// Which domain a request means: it need not exist.
struct DomainName {
    std::string owner, name;
};

// codeartifact:GetAuthorizationToken on the domain, and the sts:GetServiceBearerToken that
// CodeArtifact asks for on the caller's behalf, through no endpoint of the caller's.
// Source: CodeArtifact User Guide, "AWS CodeArtifact authentication and tokens".
std::vector<Leg> authorization_token_legs(
    const World& world,
    const DomainName& domain,
    std::chrono::seconds duration
);

enum class RepositoryAction { GetRepositoryEndpoint, ReadFromRepository };
std::vector<Leg> repository_legs(
    const World& world,
    RepositoryAction action,
    const DomainName& domain,
    std::string_view repository
);

// Whether PyPI's packages are in it: it, or an upstream of it, is connected to public:pypi.
bool has_pypi(const World& world, const CodeArtifactRepository& repository);

// The bucket that dnf of Amazon Linux 2023 reads in the world's Region, without credentials.
std::string al2023_bucket(const World& world);

// An unsigned s3:GetObject of that bucket, whose own policy lets everybody read.
std::vector<Leg> public_object_legs(const World& world, std::string_view key);

// The policy that a domain or a repository of the world has; nullopt: there is no such resource, or
// it has none.
std::optional<iam::Policy> package_policy(const World& world, std::string_view arn);

}  // namespace kakehashi::cloud

#include "cloud/package_access.h"

#include "base/arn.h"
#include "base/text.h"

#include <algorithm>
#include <set>

namespace kakehashi::cloud {
namespace {

constexpr std::string_view kPypi = "public:pypi";
constexpr const char* kCodeArtifact = "codeartifact.amazonaws.com";

std::string arn_of(const World& world, const DomainName& domain, const std::string& resource) {
    return "arn:aws:codeartifact:" + world.region() + ":" + domain.owner + ":" + resource;
}

// What of a resource, if it exists, bears on the request: its tags and its own policy.
template <class Resource>
void add_resource(const Resource* resource, Leg& leg) {
    if (!resource) return;
    leg.resource_policy = resource->policy;
    for (const auto& [key, value] : resource->tags) {
        leg.keys.emplace_back("aws:ResourceTag/" + key, value);
    }
}

// Unverified: that the keys of a forwarded request name CodeArtifact.
Leg bearer_token_leg(const World& world, std::chrono::seconds duration) {
    Leg leg;
    leg.action = "sts:GetServiceBearerToken";
    leg.resource = "*";
    leg.forwarded = true;
    leg.keys = {
        {"aws:RequestedRegion", world.region()},
        {"sts:AWSServiceName", kCodeArtifact},
        {"sts:DurationSeconds", std::to_string(duration.count())},
        {"aws:ViaAWSService", "true"},
        {"aws:CalledViaFirst", kCodeArtifact},
        {"aws:CalledViaLast", kCodeArtifact}};
    leg.lists = {{"aws:CalledVia", {kCodeArtifact}}};
    return leg;
}

// The bucket belongs to AWS; what it says is our reading of what it does.
iam::Policy public_bucket_policy(const std::string& bucket) {
    const std::string text =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::)" +
        bucket + R"(/*"}]})";
    return *iam::parse_policy(text, bucket, iam::PolicyType::Resource);
}

}  // namespace

std::vector<Leg> authorization_token_legs(
    const World& world,
    const DomainName& domain,
    std::chrono::seconds duration
) {
    Leg leg;
    leg.action = "codeartifact:GetAuthorizationToken";
    leg.resource = arn_of(world, domain, "domain/" + domain.name);
    leg.resource_account = domain.owner;
    leg.keys = {{"aws:RequestedRegion", world.region()}};
    add_resource(world.codeartifact_domain(domain.owner, domain.name), leg);
    return {std::move(leg), bearer_token_leg(world, duration)};
}

std::vector<Leg> repository_legs(
    const World& world,
    RepositoryAction action,
    const DomainName& domain,
    std::string_view repository
) {
    Leg leg;
    leg.action = action == RepositoryAction::GetRepositoryEndpoint
                     ? "codeartifact:GetRepositoryEndpoint"
                     : "codeartifact:ReadFromRepository";
    leg.resource =
        arn_of(world, domain, "repository/" + domain.name + "/" + std::string(repository));
    leg.resource_account = domain.owner;
    leg.keys = {{"aws:RequestedRegion", world.region()}};
    add_resource(world.codeartifact_repository(domain.owner, domain.name, repository), leg);
    return {std::move(leg)};
}

bool has_pypi(const World& world, const CodeArtifactRepository& repository) {
    std::vector<const CodeArtifactRepository*> waiting = {&repository};
    std::set<const CodeArtifactRepository*> seen = {&repository};
    while (!waiting.empty()) {
        const CodeArtifactRepository& next = *waiting.back();
        waiting.pop_back();
        const auto& connections = next.external_connections;
        if (std::find(connections.begin(), connections.end(), kPypi) != connections.end())
            return true;
        for (const std::string& name : next.upstreams) {
            const auto* upstream = world.codeartifact_repository(next.account, next.domain, name);
            if (upstream && seen.insert(upstream).second) waiting.push_back(upstream);
        }
    }
    return false;
}

// Source: the mirror list of the image's own dnf configuration, 2026-11 (aws-facts §6).
std::string al2023_bucket(const World& world) {
    return "al2023-repos-" + world.region() + "-de612dc2";
}

std::vector<Leg> public_object_legs(const World& world, std::string_view key) {
    const std::string bucket = al2023_bucket(world);
    Leg leg;
    leg.action = "s3:GetObject";
    leg.resource = "arn:aws:s3:::" + bucket + "/" + std::string(key);
    leg.keys = {{"aws:RequestedRegion", world.region()}};
    leg.resource_policy = public_bucket_policy(bucket);
    return {std::move(leg)};
}

std::optional<iam::Policy> package_policy(const World& world, std::string_view arn) {
    const auto parsed = parse_arn(arn);
    if (!parsed || parsed->service != "codeartifact") return std::nullopt;
    const auto parts = split(parsed->resource, '/');
    if (parts.size() == 2 && parts[0] == "domain") {
        const auto* domain = world.codeartifact_domain(parsed->account, parts[1]);
        return domain ? domain->policy : std::nullopt;
    }
    if (parts.size() != 3 || parts[0] != "repository") return std::nullopt;
    const auto* found = world.codeartifact_repository(parsed->account, parts[1], parts[2]);
    return found ? found->policy : std::nullopt;
}

}  // namespace kakehashi::cloud

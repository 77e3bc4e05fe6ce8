#pragma once

#include "base/message.h"
#include "base/outside.h"
#include "base/secret.h"
#include "base/time.h"
#include "cloud/reach.h"
#include "cloud/world.h"
#include "http/handler.h"
#include "http/transport.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Both accounts of a world, answering as AWS does: STS, Bedrock Runtime, Bedrock, CodeArtifact, S3
// and what gives a workload its credentials, each as an http::Handler. Nothing here opens a socket;
// `cli` puts a server in front of each. What is decided is decided by `cloud`. The accounts are the
// same from wherever somebody calls; what is reached, and what a policy sees of the way, is a
// standpoint's.
namespace kakehashi::twin {

enum class Service {
    Sts,
    BedrockRuntime,
    Bedrock,
    Imds,
    CodeArtifact,              // its API: tokens, and where a repository is
    CodeArtifactRepositories,  // the packages
    S3,
    ContainerCredentials
};
inline constexpr Service kServices[] = {
    Service::Sts,
    Service::BedrockRuntime,
    Service::Bedrock,
    Service::Imds,
    Service::CodeArtifact,
    Service::CodeArtifactRepositories,
    Service::S3,
    Service::ContainerCredentials};
const char* name(Service service);  // "sts", "bedrock-runtime", … "codeartifact", "s3"
// As in the service name of its VPC endpoint: "codeartifact.api"; "" : it has none, because it is
// on the workload's own machine.
const char* endpoint_service(Service service);

class State;
class Standpoint;

// Thread rule: one strand.
class Twin {
public:
    struct Outside {              // all of it outlives the twin
        const Clock& clock;       // the machine's
        http::Timer& timer;       // for delays that a script asks for, and for what never comes
        Files* files = nullptr;   // null: the folders that the configuration names are empty
        std::string folder = {};  // where the configuration is, which they are relative to
    };
    // `place`: of the first standpoint, which is meant wherever none is named.
    Twin(
        std::shared_ptr<const cloud::World> world,
        const cloud::Place& place,
        const Outside& outside
    );
    ~Twin();

    // Made when a place is first asked for; lives as long as the twin.
    const Standpoint& stand_at(const cloud::Place& place);
    const Standpoint& first_standpoint() const;

    http::Handler& handler(Service service);
    // Requires: `from` is this twin's.
    http::Handler& handler(Service service, const Standpoint& from);
    // What a client finds when it calls the service.
    const cloud::Reach& reach(Service service) const;
    const cloud::World& world() const;
    // The service answers at `origin` ("https://127.0.0.1:8443") too: who asks by an address is led
    // on by addresses.
    void listens_at(Service service, std::string origin);
    // The names that the service has on AWS, for certificates: "*." stands for one label.
    std::vector<std::string> host_names(Service service) const;

    struct Variable {
        std::string name;
        SecretString value;
    };
    // What AWS sets in the environment of the workload there: a task's says where its credentials
    // are, a function's holds them. Empty for an instance, and where the role does not let the
    // service assume it.
    std::vector<Variable> environment(const Standpoint& from);

    const Clock& signing_clock() const;  // for Date headers
    // Moves account time (expiry, rotation, quotas), not signing time.
    void advance(std::chrono::seconds by);
    TimePoint account_time() const;

    // CloudTrail-shaped events, oldest first, one JSON object each; the last kEventsKept of them.
    std::vector<std::string> events() const;

    // One decision at length. `request_id` absent: the last refusal, else the services of the
    // crossing that are silent here, unless it was made, else that all was allowed; a service's
    // name ("sts", "s3", "codeartifact.api"): whether and why it is silent. nullopt: there is no
    // such request. Silence is that of `from`; nullptr: of the first standpoint.
    std::optional<std::string> explain(
        std::optional<std::string_view> request_id,
        Language language,
        const Standpoint* from = nullptr
    ) const;
    // The same as one JSON object; of several silent services the first, `also` names the others.
    std::optional<std::string> explain_as_json(
        std::optional<std::string_view> request_id,
        Language language,
        const Standpoint* from = nullptr
    ) const;

private:
    struct Stand;  // a standpoint with its handlers
    Stand& find_or_make(const cloud::Place& place);

    std::unique_ptr<State> state_;
    std::vector<std::unique_ptr<Stand>> stands_;  // the first of them first
};

inline constexpr std::size_t kEventsKept = 2000;
inline constexpr std::size_t kRefusalsKept = 200;
inline constexpr std::size_t kSessionsKept = 10000;
inline constexpr std::size_t kPackageTokensKept = 1000;

}  // namespace kakehashi::twin

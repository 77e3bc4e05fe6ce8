#pragma once

#include "base/message.h"
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

// Both accounts of a world, answering as AWS does: STS, Bedrock Runtime, Bedrock and the instance
// metadata service, each as an http::Handler. Nothing here opens a socket; `cli` puts a server in
// front of each. What is decided is decided by `cloud`. The accounts are the same from wherever
// somebody calls; what is reached, and what a policy sees of the way, is a standpoint's.
namespace kakehashi::twin {

enum class Service { Sts, BedrockRuntime, Bedrock, Imds };
inline constexpr Service kServices[] = {
    Service::Sts,
    Service::BedrockRuntime,
    Service::Bedrock,
    Service::Imds};
const char* name(Service service);  // "sts", "bedrock-runtime", "bedrock", "imds"

class State;
class Standpoint;

// Thread rule: one strand.
class Twin {
public:
    struct Outside {         // both outlive the twin
        const Clock& clock;  // the machine's
        http::Timer& timer;  // for delays that a script asks for
    };
    // `place`: of the first standpoint, which is meant wherever none is named.
    Twin(std::shared_ptr<const cloud::World> world, cloud::Place place, Outside outside);
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
    // The names that the service has on AWS, for certificates.
    std::vector<std::string> host_names(Service service) const;

    const Clock& signing_clock() const;  // for Date headers
    // Moves account time (expiry, rotation, quotas), not signing time.
    void advance(std::chrono::seconds by);
    TimePoint account_time() const;

    // CloudTrail-shaped events, oldest first, one JSON object each; the last kEventsKept of them.
    std::vector<std::string> events() const;

    // One decision at length, as text. `request_id` absent: the last refusal, else the services
    // of the crossing that are silent here, unless it was made, else that all was allowed; a
    // service's name: whether and why it is silent. nullopt: there is no such request.
    // Silence is that of `from`; nullptr: of the first standpoint.
    std::optional<std::string> explain(
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

}  // namespace kakehashi::twin

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
// front of each. What is decided is decided by `cloud`.
namespace kakehashi::twin {

enum class Service { Sts, BedrockRuntime, Bedrock, Imds };
inline constexpr Service kServices[] = {
    Service::Sts,
    Service::BedrockRuntime,
    Service::Bedrock,
    Service::Imds};
const char* name(Service service);  // "sts", "bedrock-runtime", "bedrock", "imds"

class State;

// Thread rule: one strand.
class Twin {
public:
    struct Outside {         // both outlive the twin
        const Clock& clock;  // the machine's
        http::Timer& timer;  // for delays that a script asks for
    };
    Twin(std::shared_ptr<const cloud::World> world, cloud::Place place, Outside outside);
    ~Twin();

    http::Handler& handler(Service service);
    // What the client at this twin's place finds when it calls the service. IMDS is on the
    // instance itself; outside there is none.
    cloud::Reach reach(Service service) const;
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
    std::optional<std::string> explain(
        std::optional<std::string_view> request_id,
        Language language
    ) const;

private:
    std::string silences(Language language) const;

    std::unique_ptr<State> state_;
    std::vector<std::unique_ptr<http::Handler>> handlers_;
};

inline constexpr std::size_t kEventsKept = 2000;
inline constexpr std::size_t kRefusalsKept = 200;
inline constexpr std::size_t kSessionsKept = 10000;

}  // namespace kakehashi::twin

#pragma once

#include "cloud/world.h"

#include <string>
#include <string_view>

// Whether, and how, a place can reach a service: DNS, routes, network ACLs, security groups
// (twin.md §2.1). Any failure is silence, never an error body.
namespace kakehashi::cloud {

// Where a client stands.
struct Place {
    std::string account;                 // "" outside
    const Instance* instance = nullptr;  // null: outside any VPC
    unsigned hops = 1;  // to the instance's interface; 2 in a container behind a bridge

    bool operator==(const Place&) const = default;
};

// "outside"; "operator" or a municipality's name, alone or followed by "/LOGICAL_ID".
// Errors: a Message that names what there is.
Expected<Place, Message> find_place(const World& world, std::string_view text);

struct Reach {
    enum class Outcome { Endpoint, Internet, Silence, NoName };
    Outcome outcome = Outcome::Silence;
    const Endpoint* endpoint = nullptr;
    std::string vpc;             // of the source, when it comes through an endpoint
    std::string source_address;  // private through an endpoint, public else
    // Why it is silent: an id of check.md; "" where a service has no endpoint that the crossing
    // does not need.
    std::string finding;
    Location where;  // what to mend

    bool reachable() const { return outcome == Outcome::Endpoint || outcome == Outcome::Internet; }
};

// `service` as in an endpoint's service name: "sts", "bedrock-runtime", in the world's Region.
Reach reach(const World& world, const Place& place, std::string_view service);

}  // namespace kakehashi::cloud

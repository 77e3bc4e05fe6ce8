#pragma once

#include "cloud/world.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// What stands in the way, for those who explain or mend it. Pointers into the world; null where the
// kind says nothing of them.
struct Obstacle {
    enum class Kind {
        NoEndpoint,               // none of the service in `vpc`
        InterfaceForGateway,      // `endpoint` is one; only a gateway's route leads to the name
        GatewayForInterface,      // `endpoint` is one; the service has no gateway
        DnsSupportOff,            // of `vpc`: no name resolves at all
        DnsHostnamesOff,          // of `vpc`: `endpoint` has private DNS, which then does nothing
        PrivateDnsOff,            // of `endpoint`
        NoInterface,              // `endpoint` has no subnet
        RouteTableNotAssociated,  // `endpoint`, a gateway, lists other tables
        NetworkAcl,               // `acl` of `subnet` refuses `needed`, by `entry` if that is there
        GroupEgress,              // `groups` of the instance, towards `other_side`
        GroupIngress              // `groups` of the endpoint, from `other_side`
    };
    Kind kind = Kind::NoEndpoint;
    const Vpc* vpc = nullptr;            // the instance's; null: no template has it
    const Endpoint* endpoint = nullptr;  // is there and does not serve
    const Subnet* subnet = nullptr;      // whose ACL it is; of a gateway service: the instance's
    const RouteTable* route_table = nullptr;  // of that subnet; null: the VPC's main one
    const NetworkAcl* acl = nullptr;
    const NetworkAclEntry* entry = nullptr;  // a Deny, or null: no entry allows it
    NetworkAclEntry needed = {};             // direction, ports and the other side, as an Allow
    // Ids; without any the interface is in the VPC's default group.
    const std::vector<std::string>* groups = nullptr;
    // What a rule for TCP 443 would have to let through: an address, or the groups of what has it.
    Ipv4 other_side = 0;
    const std::vector<std::string>* other_groups = nullptr;
    std::string_view prefix_list = {};  // or the list that holds it: of a gateway's service
};

struct Reach {
    enum class Outcome { Endpoint, Internet, Silence, NoName };
    Outcome outcome = Outcome::Silence;
    const Endpoint* endpoint = nullptr;
    std::string vpc;             // of the source, when it comes through an endpoint
    std::string source_address;  // private through an endpoint, public else
    // Why it is silent: an id of check.md; "" where the crossing does not need the service and
    // no id of the crossing is its cause.
    std::string finding;
    Location where;                    // what to mend
    std::optional<Obstacle> obstacle;  // there unless it is reachable

    bool reachable() const { return outcome == Outcome::Endpoint || outcome == Outcome::Internet; }
};

// `service` as in an endpoint's service name, in the world's Region: "sts", "bedrock-runtime",
// "codeartifact.api", "codeartifact.repositories"; "s3" by the names that Amazon Linux's packages
// have (s3.dualstack), which no interface endpoint serves. A client tries every address that DNS
// gives, those of its own zone first: one that answers is enough.
Reach reach(const World& world, const Place& place, std::string_view service);

}  // namespace kakehashi::cloud

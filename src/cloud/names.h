#pragma once

#include "base/ipv4.h"
#include "cloud/reach.h"

#include <string>
#include <string_view>
#include <vector>

// What the network looks like from one place: names, addresses, and who answers there.
namespace kakehashi::cloud {

// Of the VPC's resolver (Amazon Route 53 Resolver). It knows the public names of the world also
// where no way leads to them: their addresses lead nowhere then.
struct NameAnswer {
    enum class Status {
        Addresses,
        NoSuchName,
        NoResolver  // the VPC's DNS support is off
    };
    Status status = Status::NoSuchName;
    std::vector<Ipv4> addresses = {};  // the one in the place's own zone first
};

// `name`: lower case, without the final dot. Private names of interface endpoints (also
// vpce-….amazonaws.com ones) are private addresses; other names of AWS are public ones out of a
// block for documentation (RFC 5737), the same for a name on every run; so is any name that may
// exist on the internet.
NameAnswer resolve(const World& world, const Place& place, std::string_view name);

// A service that answers at the place, with the addresses at which it does.
struct Door {
    std::string service;  // as in an endpoint's service name: "sts", "codeartifact.api", "s3"
    Reach reach;          // reachable
    std::vector<Ipv4> addresses;
    std::vector<std::string> names;  // for its certificate; "*.d.codeartifact.…" too
};
// Every door of the services that the twin plays: one for each endpoint that answers, whether or
// not the service's own names lead to it, and one for the public addresses, if a way leads there.
// No two share an address. What is not there is silent.
std::vector<Door> doors(const World& world, const Place& place);

}  // namespace kakehashi::cloud

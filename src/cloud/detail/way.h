#pragma once

#include "cloud/reach.h"

#include <optional>
#include <string_view>
#include <vector>

// The pieces of a way from an instance to a service: what `reach` and `doors` are made of.
namespace kakehashi::cloud {

// Of a service on the internet. Addresses for documentation (RFC 5737) stand for AWS's.
Ipv4 public_address(std::string_view service);

// Whether the service's own names lead to the endpoint's interfaces, in its VPC (null: not known).
bool gives_private_names(const Vpc* vpc, const Endpoint& endpoint);

// As DNS gives them: those of `zone` first. Amazon VPC, "AWS PrivateLink concepts", Private DNS.
std::vector<const NetworkInterface*> interfaces_from(
    const World& world,
    const Endpoint& endpoint,
    std::string_view zone
);

// To the first interface that answers; else why the first one does not.
Reach through_interfaces(const World& world, const Instance& instance, const Endpoint& endpoint);
// To the service's public address: through a gateway endpoint, if the service has such, or over the
// internet. nullopt: no way leads there, or it is closed.
std::optional<Reach> to_public_address(
    const World& world,
    const Instance& instance,
    std::string_view service
);
Reach from_outside();

}  // namespace kakehashi::cloud

#pragma once

#include "cloud/reach.h"

#include <optional>
#include <string_view>

// Security groups and network ACLs on a way, for HTTPS.
namespace kakehashi::cloud {

// Between an instance of the endpoint's VPC and one of its interfaces: both sides of both.
std::optional<Obstacle> obstacle_before(
    const World& world,
    const Instance& instance,
    const Endpoint& endpoint,
    const NetworkInterface& target
);
// Between an instance and the service's public address: the instance's side alone. `gateway`: the
// endpoint that the route leads to; null: none.
std::optional<Obstacle> obstacle_outside(
    const World& world,
    const Instance& instance,
    std::string_view service,
    const Endpoint* gateway
);

}  // namespace kakehashi::cloud

#pragma once

#include "check/found.h"
#include "cloud/world.h"

#include <vector>

// What one of two pairs allows alone of what makes a model run, asked as the residency proof asks.
// Pure; safe from every thread.
namespace kakehashi::check {

struct OnlyThere {
    // Policies: a declared role or user, wherever it calls from. Network: anybody, whatever its
    // rights are, from a municipality's VPC. A request that both let through and that was refused
    // before is one that the policies or the network refused before, so nothing lies between.
    enum class By { Policies, Network } by = By::Policies;
    Witness witness;      // replayed: allowed in the one world and not in the other
    Location where = {};  // the role, the user, the endpoint or the route
};

struct Difference {
    std::vector<OnlyThere> gained, lost;  // by policies: one of each principal and action; by the
                                          // network: one of each route, and endpoint and action
    std::vector<Message> unknown;         // what could not be decided
};
Difference difference(const cloud::World& before, const cloud::World& after);

}  // namespace kakehashi::check

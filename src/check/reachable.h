#pragma once

#include "base/expected.h"
#include "check/found.h"
#include "check/search.h"
#include "cloud/world.h"

#include <optional>
#include <string>
#include <vector>

// Questions that a person asks of policies, by the same search as the proof. Whatever is answered
// with a request was replayed. Pure; safe from every thread.
namespace kakehashi::check {

struct Reachable {
    enum class Can { Yes, No, Unknown } can = Can::No;
    std::optional<Witness> witness = {};        // of Yes
    Message why = {"check.reach.gave_up"_msg};  // of Unknown
    SearchSize size = {};
};

// Whether `principal` (a role's name, or the ARN of a declared role or user) may do `action` on
// some resource that the pattern `resource` fits, in any circumstances. Errors: what is no
// principal of this world, no action, no ARN.
Expected<Reachable, Message> can(
    const cloud::World& world,
    const std::string& principal,
    const std::string& action,
    const std::string& resource
);

// What makes a model run and is allowed by one of two worlds alone: at most one request for each
// principal and action.
struct Difference {
    std::vector<Witness> gained, lost;
    std::vector<Message> unknown;  // what could not be decided
};
Difference difference(const cloud::World& before, const cloud::World& after);

}  // namespace kakehashi::check

#pragma once

#include "base/expected.h"
#include "check/found.h"
#include "check/search.h"
#include "cloud/world.h"

#include <optional>
#include <string>

// Questions that a person asks of policies, by the same search as the proof. Whatever is answered
// with a request was replayed. Pure; safe from every thread.
namespace kakehashi::check {

struct Reachable {
    enum class Can { Yes, No, Unknown };
    struct Part {
        Can can = Can::No;
        std::optional<Witness> witness = {};        // of Yes
        Message why = {"check.reach.gave_up"_msg};  // of Unknown
    };
    Part by_policies;  // wherever it calls from
    // From a municipality's VPC, its routes, endpoints and endpoint policies applied. Whether
    // security groups and network ACLs let it reach the endpoint is not asked.
    Part from_inside;
    SearchSize size = {};
};

// Whether `principal` (a role's name, or the ARN of a declared role or user) may do `action` on
// some resource that the pattern `resource` fits, in any circumstances. Errors: what is no
// principal of this world, no action, no ARN; an action that its service does not have.
Expected<Reachable, Message> can(
    const cloud::World& world,
    const std::string& principal,
    const std::string& action,
    const std::string& resource
);

}  // namespace kakehashi::check

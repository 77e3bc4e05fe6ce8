#pragma once

#include "check/detail/pair.h"
#include "cloud/authorization.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Concrete requests for findings: made from the text of a statement, kept only when cloud allows
// them.
namespace kakehashi::check {

// The request as it was decided.
Witness witness_of(const iam::Request& request);

// A role's request from outside any VPC that the statement lets through and nothing denies:
// `resources` are tried first, then what the statement's own patterns stand for.
std::optional<Witness> request_through(
    const Pair& pair,
    const cloud::Role& role,
    const StatementText& statement,
    std::string_view action,
    const std::vector<std::string>& resources
);

// The same for a given leg, whichever statement allows it.
std::optional<Witness> allowed_request(const Pair& pair, const cloud::Role& role, cloud::Leg leg);

// What a role's policies say of a leg if everything were allowed besides: only denies (and
// boundaries, SCPs) count.
iam::Decision decision_with_everything_allowed(
    const Pair& pair,
    const cloud::Role& role,
    cloud::Leg leg
);

// Bedrock's leg on a foundation model, with aws:RequestedRegion as Bedrock sets it. `region` "":
// the model behind a `global.` profile.
cloud::Leg model_leg(std::string_view action, const std::string& region, const std::string& model);

// Whether a resource-side policy (trust, endpoint) admits somebody who may do anything on their own
// side, with every condition met that does not ask who they are. The request that was decided.
struct Admission {
    const StatementText* statement = nullptr;
    Witness witness;
};
struct Stranger {
    std::string account, role;  // "444455556666", "stranger"
};
std::optional<Admission> admits(
    const Pair& pair,
    const iam::Policy& policy,
    const StatementText& statement,
    const Stranger& stranger,
    std::string_view action,
    const std::string& resource
);

// A text that the pattern matches: wildcards become letters.
std::string example_of(std::string_view pattern);

}  // namespace kakehashi::check

#pragma once

#include "cloud/session.h"
#include "iam/decide.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

// One request as the (action, resource) pairs that IAM decides, and the decision (twin.md §2.5–6).
namespace kakehashi::cloud {

struct Leg {
    std::string action, resource;
    std::string resource_account = {};  // "": counts as the principal's own
    const Role* target = nullptr;       // STS: the role whose trust policy bears on this
    bool needs_target = false;          // STS: a role that does not exist trusts nobody
    // A destination of cross-Region inference that the router did not choose is judged by SCPs
    // alone, by all others alone, or by everything: the switches scp_cris and identity_cris.
    enum class JudgedBy { Everything, ScpAlone, AllButScp } judged_by = JudgedBy::Everything;
    // A call that the service makes on the caller's behalf: through no endpoint, and without the
    // keys of the caller's network.
    bool forwarded = false;
    std::vector<std::pair<std::string, std::string>> keys = {};  // added to the context
    std::vector<std::pair<std::string, std::vector<std::string>>> lists = {};  // many-valued ones
    std::optional<iam::Policy> resource_policy = {};  // of the resource itself
};

// A leg with all that was asked, so that it can be asked again with one thing changed.
struct LegDecision {
    Leg leg;
    iam::Request request;
    iam::PolicySet policies;
    iam::Decision decision;
};

// The decision of a leg's request by its policies: iam's own, and what the switches
// endpoint_policy_profile_key and session_arn_grant make of it.
iam::Decision decide(const World& world, const LegDecision& leg);

// Which leg, and which policy type of it, AWS names in its refusal.
struct Named {
    std::size_t leg = 0;
    iam::PolicyType type = iam::PolicyType::Identity;
    bool explicit_deny = false;
};

struct Authorization {
    std::vector<LegDecision> legs;
    std::optional<Named> named;  // absent: allowed

    bool allowed() const { return !named; }
};

// Every leg must be allowed. Pure; safe from every thread.
Authorization authorize(
    const World& world,
    const Session& session,
    const RequestFacts& facts,
    std::vector<Leg> legs
);

// The same legs with the same keys, asked again: in another world, which differs in what its files
// say, or with something changed in their requests. Requires: `session` is in `world`.
Authorization decide_again(
    const World& world,
    const Session& session,
    std::vector<LegDecision> legs
);

// sts:AssumeRole, with sts:TagSession and sts:SetSourceIdentity where the request needs them.
std::vector<Leg> assume_role_legs(
    const World& world,
    const Session& caller,
    const aws::AssumeRoleRequest& request
);

// sts:GetCallerIdentity: identity policies are not asked, the endpoint's is (unverified: a switch).
Authorization authorize_caller_identity(
    const World& world,
    const Session& session,
    const RequestFacts& facts
);

// AWS's sentence for the refusal. Between accounts that share no organisation, STS gives no reason:
// it must not tell whether the role exists. Requires: !authorization.allowed().
std::string refusal_text(
    const World& world,
    const Session& session,
    const Authorization& authorization
);

}  // namespace kakehashi::cloud

#include "cloud/authorization.h"

#include "base/arn.h"
#include "base/fence.h"
#include "cloud/package_access.h"

#include <algorithm>
#include <array>
#include <memory>
#include <tuple>
#include <utility>

namespace kakehashi::cloud {
namespace {

using iam::PolicyType;

constexpr std::string_view kGetCallerIdentity = "sts:GetCallerIdentity";

// Which type is named when several stand in the way (aws-facts §2; unverified, switch
// policy_named).
constexpr std::array kReported = {
    PolicyType::Scp,
    PolicyType::Rcp,
    PolicyType::Boundary,
    PolicyType::Session,
    PolicyType::Endpoint,
    PolicyType::Resource,
    PolicyType::Trust,
    PolicyType::Identity,
};

std::size_t rank(const World& world, PolicyType type) {
    const auto found = std::find(kReported.begin(), kReported.end(), type);
    const auto place = static_cast<std::size_t>(found - kReported.begin());
    const bool identity_first =
        world.configuration().twin.switches.policy_named == config::PolicyNamed::IdentityFirst;
    return identity_first ? kReported.size() - place : place;
}

// AWS's own policy that lets everything pass, for what does not bear on a leg.
const iam::Policy& everything() {
    static const iam::Policy kEverything = *iam::parse_policy(
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
        "everything",
        PolicyType::Identity
    );
    return kEverything;
}

// An endpoint without a policy of its own has the default one: everybody, everything.
const iam::Policy& default_endpoint_policy() {
    static const iam::Policy kDefault = *iam::parse_policy(
        R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]})",
        "default endpoint policy",
        PolicyType::Endpoint
    );
    return kDefault;
}

void add_principal_policies(const Session& session, iam::PolicySet& out) {
    if (session.role) {
        out.identity = session.role->identity;
        out.boundary = session.role->boundary;
    } else if (session.user) {
        out.identity = session.user->identity;
        out.boundary = session.user->boundary;
    }
    out.session = session.session_policies;
}

const Organization::Membership* membership(const World& world, const std::string& account) {
    const auto& organization = world.organization();
    if (!organization ||
        (organization->management_account == account && in_force("scp.management-account")))
        return nullptr;
    return organization->find(account);
}

// What a role that does not exist says: it trusts nobody.
const iam::Policy& trust_in_nobody() {
    static const iam::Policy kNobody = *iam::parse_policy(
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"Service":"none.invalid"},"Action":"sts:AssumeRole"}]})",
        "no such role",
        PolicyType::Trust
    );
    return kNobody;
}

iam::PolicySet policies_for(
    const World& world,
    const Session& session,
    const RequestFacts& facts,
    const Leg& leg
) {
    iam::PolicySet out;
    if (leg.judged_by != Leg::JudgedBy::AllButScp) {
        if (const auto* member = membership(world, session.account)) out.scp = member->scp;
    }
    if (leg.judged_by == Leg::JudgedBy::ScpAlone) {
        out.identity = {everything()};
        return out;
    }
    add_principal_policies(session, out);
    if (leg.target) out.resource = leg.target->trust;
    if (leg.resource_policy) out.resource = leg.resource_policy;
    if (leg.needs_target && !leg.target) out.resource = trust_in_nobody();
    const std::string owner = leg.resource_account.empty() ? session.account : leg.resource_account;
    if (const auto* member = membership(world, owner)) out.rcp = member->rcp;
    if (world.configuration().twin.switches.bedrock_rcp == config::BedrockRcp::Applied &&
        leg.action.starts_with("bedrock:")) {
        out.rcp_services = iam::PolicySet::RcpServices::Every;
    }
    if (const Endpoint* endpoint = facts.reach.endpoint;
        endpoint && (!leg.forwarded || !in_force("endpoint.near-legs-alone"))) {
        out.endpoint = {endpoint->policy ? *endpoint->policy : default_endpoint_policy()};
    }
    return out;
}

// `shared`: the request's.
iam::Context context_for(const Leg& leg, const std::shared_ptr<const iam::Context>& shared) {
    iam::Context context(shared);
    if (leg.forwarded && in_force("keys.near-legs-alone")) remove_network_keys(context);
    if (!leg.resource_account.empty()) context.set("aws:ResourceAccount", leg.resource_account);
    for (const auto& [key, value] : leg.keys) {
        context.set(key, value);
    }
    for (const auto& [key, values] : leg.lists) {
        context.set_many(key, values);
    }
    return context;
}

void add_blocks(const iam::Decision& from, PolicyType type, iam::Decision& to) {
    if (std::count(from.blocked_by.begin(), from.blocked_by.end(), type) == 0) return;
    to.blocked_by.push_back(type);
    if (to.result != iam::Result::ExplicitlyDenied) to.result = from.result;
}

// The endpoint's policy by itself, asked without bedrock:InferenceProfileArn.
iam::Decision decide_without_profile_key(const LegDecision& leg) {
    iam::PolicySet others = leg.policies;
    others.endpoint.reset();
    iam::Decision decision = iam::decide(leg.request, others);
    iam::Request request = leg.request;
    request.context.erase("bedrock:InferenceProfileArn");
    iam::PolicySet endpoint_alone;
    endpoint_alone.identity = {everything()};
    endpoint_alone.endpoint = leg.policies.endpoint;
    // Nothing else may refuse, so the resource counts as the principal's own.
    request.resource_account.clear();
    const iam::Decision judged = iam::decide(request, endpoint_alone);
    for (const iam::StatementMatch& match : judged.statements) {
        if (match.type == PolicyType::Endpoint) decision.statements.push_back(match);
    }
    add_blocks(judged, PolicyType::Endpoint, decision);
    return decision;
}

// A policy that names the session itself lifts the session policy's limits, but not here.
void judge_session_policy(const LegDecision& leg, iam::Decision& decision) {
    iam::PolicySet session_alone;
    session_alone.identity = {everything()};
    session_alone.session = leg.policies.session;
    iam::Request request = leg.request;
    request.resource_account.clear();
    add_blocks(iam::decide(request, session_alone), PolicyType::Session, decision);
}

bool denies(const iam::Decision& decision, PolicyType type) {
    return std::any_of(
        decision.statements.begin(),
        decision.statements.end(),
        [&](const iam::StatementMatch& match) {
            return match.type == type && match.policy.effect(match.statement) == iam::Effect::Deny;
        }
    );
}

// Explicit denies of all legs first, then implicit ones, each in the order of the types
// (unverified: the switches leg_named and policy_named).
std::optional<Named> choose_named(const World& world, const std::vector<LegDecision>& legs) {
    const bool explicit_first =
        world.configuration().twin.switches.leg_named == config::LegNamed::ExplicitFirst;
    const auto weight = [&](const Named& named) {
        const std::size_t leg = explicit_first ? 0 : named.leg;
        return std::tuple(leg, named.explicit_deny ? 0 : 1, rank(world, named.type), named.leg);
    };
    std::optional<Named> best;
    for (std::size_t i = 0; i < legs.size(); ++i) {
        for (PolicyType type : legs[i].decision.blocked_by) {
            const Named candidate{i, type, denies(legs[i].decision, type)};
            if (!best || weight(candidate) < weight(*best)) best = candidate;
        }
    }
    return best;
}

// IAM User Guide, "Pass session tags in AWS STS": tags that a chain hands on are part of the
// request like new ones, and need sts:TagSession too.
void add_request_tags(const Tags& tags, const aws::AssumeRoleRequest& request, Leg& leg) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : tags) {
        leg.keys.emplace_back("aws:RequestTag/" + key, value);
        keys.push_back(key);
    }
    if (!keys.empty()) leg.lists.emplace_back("aws:TagKeys", std::move(keys));
    if (!request.transitive_tag_keys.empty()) {
        leg.lists.emplace_back("sts:TransitiveTagKeys", request.transitive_tag_keys);
    }
}

}  // namespace

iam::Decision decide(const World& world, const LegDecision& leg) {
    const auto& switches = world.configuration().twin.switches;
    const bool without_profile =
        leg.policies.endpoint && switches.endpoint_policy_profile_key == config::Presence::Absent;
    iam::Decision decision =
        without_profile ? decide_without_profile_key(leg) : iam::decide(leg.request, leg.policies);
    if (leg.policies.session && decision.allowed() &&
        switches.session_arn_grant == config::SessionArnGrant::Limited) {
        judge_session_policy(leg, decision);
    }
    // What stands here for "nothing to ask" is no statement of anybody's.
    std::erase_if(decision.statements, [](const iam::StatementMatch& match) {
        const auto* compiled = &match.policy.compiled();
        return compiled == &everything().compiled();
    });
    return decision;
}

Authorization authorize(
    const World& world,
    const Session& session,
    const RequestFacts& facts,
    std::vector<Leg> legs
) {
    Authorization out;
    out.legs.reserve(legs.size());
    const auto context =
        std::make_shared<const iam::Context>(request_context(world, session, facts));
    for (Leg& leg : legs) {
        LegDecision& each = out.legs.emplace_back();
        each.request.action = leg.action;
        each.request.principal = session.arn;
        each.request.resource = leg.resource;
        each.request.resource_account = leg.resource_account;
        each.request.context = context_for(leg, context);
        each.policies = policies_for(world, session, facts, leg);
        each.leg = std::move(leg);
        each.decision = decide(world, each);
    }
    out.named = choose_named(world, out.legs);
    return out;
}

namespace {

// No policy of the principal's can refuse GetCallerIdentity.
void ask_the_endpoint_alone(iam::PolicySet& policies) {
    iam::PolicySet endpoint;
    endpoint.identity = {everything()};
    endpoint.endpoint = std::move(policies.endpoint);
    policies = std::move(endpoint);
}

const Endpoint* endpoint_of(const World& world, const iam::Context& context) {
    const auto* id = context.find("aws:SourceVpce");
    if (!id || id->values.empty()) return nullptr;
    const auto& all = world.endpoints();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Endpoint& each) {
        return each.id == id->values.front();
    });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

Authorization decide_again(
    const World& world,
    const Session& session,
    std::vector<LegDecision> legs
) {
    Authorization out;
    for (LegDecision& each : legs) {
        if (each.leg.needs_target) each.leg.target = world.role(each.leg.resource);
        if (each.leg.action.starts_with("codeartifact:")) {
            each.leg.resource_policy = package_policy(world, each.leg.resource);
        }
        RequestFacts facts;
        facts.reach.endpoint = endpoint_of(world, each.request.context);
        each.policies = policies_for(world, session, facts, each.leg);
        if (each.leg.action == kGetCallerIdentity) ask_the_endpoint_alone(each.policies);
        each.decision = decide(world, each);
    }
    out.legs = std::move(legs);
    out.named = choose_named(world, out.legs);
    return out;
}

std::vector<Leg> assume_role_legs(
    const World& world,
    const Session& caller,
    const aws::AssumeRoleRequest& request
) {
    Leg leg;
    leg.action = "sts:AssumeRole";
    leg.resource = request.role_arn;
    leg.needs_target = true;
    leg.target = world.role(request.role_arn);
    if (const auto arn = parse_arn(request.role_arn)) leg.resource_account = arn->account;
    leg.keys = {
        {"aws:RequestedRegion", world.region()},
        {"sts:RoleSessionName", request.role_session_name}};
    if (request.external_id) leg.keys.emplace_back("sts:ExternalId", *request.external_id);
    const std::string identity = request.source_identity.value_or(caller.source_identity);
    if (!identity.empty()) leg.keys.emplace_back("sts:SourceIdentity", identity);
    const Tags tags = passed_tags(caller, request);
    add_request_tags(tags, request, leg);

    std::vector<Leg> legs;
    legs.push_back(std::move(leg));
    const auto also = [&](const char* action) {
        Leg copy = legs.front();
        copy.action = action;
        legs.push_back(std::move(copy));
    };
    if (!tags.empty() && in_force("sts.TagSession")) also("sts:TagSession");
    if (!identity.empty() && in_force("sts.SetSourceIdentity"))
        also("sts:SetSourceIdentity");  // also one that the session already has
    return legs;
}

Authorization authorize_caller_identity(
    const World& world,
    const Session& session,
    const RequestFacts& facts
) {
    Leg leg;
    leg.action = kGetCallerIdentity;
    leg.resource = "*";
    leg.keys = {{"aws:RequestedRegion", world.region()}};
    leg.forwarded = world.configuration().twin.switches.caller_identity_endpoint_policy ==
                    config::Obedience::Ignores;
    Authorization out = authorize(world, session, facts, {std::move(leg)});
    LegDecision& only = out.legs.front();
    ask_the_endpoint_alone(only.policies);
    only.decision = decide(world, only);
    out.named = choose_named(world, out.legs);
    return out;
}

std::string refusal_text(
    const World& world,
    const Session& session,
    const Authorization& authorization
) {
    const Named& named = *authorization.named;
    const LegDecision& leg = authorization.legs[named.leg];
    std::string text =
        "User: " + session.arn + " is not authorized to perform: " + leg.request.action;
    const std::string resource = " on resource: " + leg.request.resource;
    const bool sts = leg.request.action.starts_with("sts:");
    const std::string& owner = leg.request.resource_account;
    if (sts && !owner.empty() && !world.same_organization(session.account, owner)) {
        return text + resource;
    }
    iam::Decision shown;
    shown.result =
        named.explicit_deny ? iam::Result::ExplicitlyDenied : iam::Result::ImplicitlyDenied;
    shown.blocked_by = {named.type};
    // IAM User Guide, "Troubleshoot access denied error messages": trust policies name no resource.
    if (named.type != PolicyType::Trust) text += resource;
    return text + " " + iam::reason_clause(shown, leg.request.action);
}

}  // namespace kakehashi::cloud

#include "cloud/explanation.h"

#include "base/arn.h"
#include "cloud/detail/mending.h"

#include <algorithm>
#include <utility>

namespace kakehashi::cloud {
namespace {

using iam::PolicyType;

constexpr int kRoundsMax = 8;          // edits, one after the other
constexpr std::size_t kTriesMax = 12;  // candidates of a round that are tried on the files

// "global." is decided for a model without a Region: it may run anywhere.
std::vector<std::string> models_outside(const World& world, const Authorization& authorization) {
    const auto& allowed = world.configuration().bedrock.allowed_regions;
    std::vector<std::string> out;
    for (const LegDecision& leg : authorization.legs) {
        const auto arn = parse_arn(leg.request.resource);
        if (!arn || !arn->resource.starts_with("foundation-model/")) continue;
        const bool stays = std::find(allowed.begin(), allowed.end(), arn->region) != allowed.end();
        if (!stays) out.push_back(leg.request.resource);
    }
    return out;
}

// --- what stands in the way ---

std::vector<std::pair<std::string, std::string>> fields_of(
    const Session& session,
    const LegDecision& leg
) {
    return {
        {"action", leg.request.action},
        {"resource", leg.request.resource},
        {"principal", session.principal_arn},
        {"role", session.role ? session.role->name : session.arn}};
}

Message obstacle_message(const Session& session, const LegDecision& leg, PolicyType type) {
    auto fields = fields_of(session, leg);
    switch (type) {
        case PolicyType::Identity:
            break;
        case PolicyType::Boundary:
            return {"cloud.obstacle.boundary"_msg, std::move(fields)};
        case PolicyType::Session:
            return {"cloud.obstacle.session"_msg, std::move(fields)};
        case PolicyType::Resource:
            return {"cloud.obstacle.resource"_msg, std::move(fields)};
        case PolicyType::Trust:
            return {"cloud.obstacle.trust"_msg, std::move(fields)};
        case PolicyType::Scp:
            return {"cloud.obstacle.scp"_msg, std::move(fields)};
        case PolicyType::Rcp:
            return {"cloud.obstacle.rcp"_msg, std::move(fields)};
        case PolicyType::Endpoint:
            return {"cloud.obstacle.endpoint"_msg, std::move(fields)};
    }
    return {"cloud.obstacle.identity"_msg, std::move(fields)};
}

void add_matched(const World& world, const LegDecision& leg, std::vector<StatementView>& out) {
    for (const iam::StatementMatch& match : leg.decision.statements) {
        out.push_back(
            {leg.request.action,
             leg.request.resource,
             match.type,
             match.policy.effect(match.statement),
             match.policy.name(),
             match.policy.sid(match.statement),
             world.where(match)}
        );
    }
}

// --- the smallest edit ---

// The first edit of a round that is enough, else the one that leaves least. nullopt: none helps.
struct Step {
    Edit edit;
    Asked after;
};
std::optional<Step> best_step(const Asked& asked) {
    std::vector<Candidate> candidates = sent_edits(asked);
    for (Candidate& each : policy_edits(asked)) {
        candidates.push_back(std::move(each));
    }
    std::optional<Step> best;
    std::size_t least = obstacles_in(asked.decided), tries = 0;
    for (Candidate& each : candidates) {
        if (each.left >= least || ++tries > kTriesMax) continue;
        auto after = asked_again(asked, each.edit);
        const std::size_t left = after ? obstacles_in(after->decided) : least;
        if (left >= least) continue;
        least = left;
        best = Step{std::move(each.edit), *std::move(after)};
        if (least == 0) break;
    }
    return best;
}

void mend(const Asked& first, Explanation& out) {
    Asked asked = first;
    for (int round = 0; round < kRoundsMax && !asked.decided.allowed(); ++round) {
        auto step = best_step(asked);
        if (!step) break;
        point_into(*first.world, step->edit);
        out.edits.push_back(std::move(step->edit));
        asked = std::move(step->after);
    }
    out.proven = asked.decided.allowed();
}

// Nothing is opened: the request asks for a profile that stays inside.
void stay_inside(const Asked& asked, Explanation& out) {
    const World& world = *asked.world;
    const LegDecision& first = asked.decided.legs.front();
    const auto arn = parse_arn(out.outside.front());
    const auto slash = arn ? arn->resource.find('/') : std::string::npos;
    const std::string model = slash == std::string::npos ? "" : arn->resource.substr(slash + 1);
    const auto* profile = profile_inside(world, model);
    if (!profile) return;
    out.edits = {profile_edit(profile->id)};
    const auto kind = first.request.action.ends_with("ResponseStream") ? InvocationKind::Streaming
                                                                       : InvocationKind::Unary;
    out.proven = may_invoke(asked, profile->id, kind);
}

}  // namespace

Edit profile_edit(const std::string& profile) {
    return {
        {"cloud.edit.use_profile"_msg, {{"profile", profile}}},
        {},
        {{Change::Of::Request, Change::Operation::Set, "", "modelId", json::value(profile)}}};
}

bool may_invoke(const Asked& asked, const std::string& model_id, InvocationKind kind) {
    const World& world = *asked.world;
    const auto invocation = resolve_invocation(world, asked.session.account, model_id);
    if (!invocation || asked.decided.legs.empty()) return false;
    iam::Context context = asked.decided.legs.front().request.context;
    context.erase("bedrock:InferenceProfileArn");
    std::vector<LegDecision> legs;
    for (const std::string& region : invocation->destinations) {
        for (Leg& leg : invocation_legs(world, asked.session, *invocation, {kind, region})) {
            LegDecision each;
            each.request = {
                leg.action, asked.session.arn, leg.resource, leg.resource_account, context};
            for (const auto& [key, value] : leg.keys) {
                each.request.context.set(key, value);
            }
            each.leg = std::move(leg);
            legs.push_back(std::move(each));
        }
    }
    return decide_again(world, asked.session, std::move(legs)).allowed();
}

Explanation explain(
    const World& world,
    const Session& session,
    const Authorization& authorization
) {
    Explanation out;
    out.outside = models_outside(world, authorization);
    for (const LegDecision& leg : authorization.legs) {
        add_matched(world, leg, out.matched);
        for (const PolicyType type : leg.decision.blocked_by) {
            out.missing.push_back(obstacle_message(session, leg, type));
        }
    }
    std::stable_sort(out.matched.begin(), out.matched.end(), [](const auto& a, const auto& b) {
        return a.effect == iam::Effect::Deny && b.effect == iam::Effect::Allow;
    });
    const Asked asked{&world, session, authorization};
    if (!out.outside.empty()) {
        stay_inside(asked, out);
        return out;
    }
    out.finding = finding_of_refusal(world, authorization);
    mend(asked, out);
    return out;
}

}  // namespace kakehashi::cloud

#include "cloud/explanation.h"

#include "base/arn.h"

#include <algorithm>
#include <array>
#include <functional>

namespace kakehashi::cloud {
namespace {

using iam::PolicyType;

// --- changing one thing of a question ---

// The policies of one type in a set, each behind a function that puts another in its place.
void for_each_policy(
    iam::PolicySet& set,
    PolicyType type,
    const std::function<void(iam::Policy&)>& visit
) {
    const auto all = [&](std::vector<iam::Policy>& policies) {
        std::for_each(policies.begin(), policies.end(), visit);
    };
    switch (type) {
        case PolicyType::Identity:
            return all(set.identity);
        case PolicyType::Boundary:
            if (set.boundary) all(*set.boundary);
            return;
        case PolicyType::Session:
            if (set.session) all(*set.session);
            return;
        case PolicyType::Endpoint:
            if (set.endpoint) all(*set.endpoint);
            return;
        case PolicyType::Resource:
        case PolicyType::Trust:
            if (set.resource) visit(*set.resource);
            return;
        case PolicyType::Scp:
            for (iam::Level& level : set.scp)
                all(level.policies);
            return;
        case PolicyType::Rcp:
            for (iam::Level& level : set.rcp)
                all(level.policies);
            return;
    }
}

// The policy with `statements` instead of its own; itself if they cannot be read.
iam::Policy with_statements(const iam::Policy& policy, json::array statements) {
    json::object document = policy.document().as_object();
    document["Statement"] = std::move(statements);
    auto changed = iam::read_policy(document, policy.name(), policy.type());
    return changed ? *std::move(changed) : policy;
}

json::array statements_of(const iam::Policy& policy) {
    const json::value* found = json::find(policy.document(), "Statement");
    if (found && found->is_array()) return found->as_array();
    return found ? json::array{*found} : json::array{};
}

iam::Policy without_statement(const iam::Policy& policy, std::size_t index) {
    json::array statements = statements_of(policy);
    if (statements.size() <= 1) {
        // A document needs a statement; one that matches nothing takes the last one's place.
        statements = {json::object{
            {"Effect", "Deny"}, {"Action", "none:None"}, {"Resource", "arn:aws:none:::none"}}};
        if (policy.type() == PolicyType::Trust) statements[0].as_object().erase("Resource");
    } else {
        statements.erase(statements.begin() + static_cast<std::ptrdiff_t>(index));
    }
    return with_statements(policy, std::move(statements));
}

json::object allowing_statement(
    const LegDecision& leg,
    PolicyType type,
    std::string_view principal
) {
    json::object statement{{"Effect", "Allow"}, {"Action", leg.request.action}};
    if (type != PolicyType::Trust) statement["Resource"] = leg.request.resource;
    if (type == PolicyType::Trust) statement["Principal"] = json::object{{"AWS", principal}};
    if (type == PolicyType::Endpoint || type == PolicyType::Resource || type == PolicyType::Rcp) {
        statement["Principal"] = "*";
    }
    return statement;
}

bool blocked_by(const iam::Decision& decision, PolicyType type) {
    return std::find(decision.blocked_by.begin(), decision.blocked_by.end(), type) !=
           decision.blocked_by.end();
}

// --- one obstacle, one edit ---

struct Obstacle {
    const LegDecision* leg;
    PolicyType type;
    const Session* session;
};

std::string role_name(const Session& session) {
    return session.role ? session.role->name : session.arn;
}

std::vector<std::pair<std::string, std::string>> fields_of(const Obstacle& obstacle) {
    return {
        {"action", obstacle.leg->request.action},
        {"resource", obstacle.leg->request.resource},
        {"principal", obstacle.session->principal_arn},
        {"role", role_name(*obstacle.session)},
        {"policy_type", iam::name(obstacle.type)}};
}

// Every statement that denies explicitly has to go, or to leave this request out.
std::vector<Edit> narrow_denies(
    const World& world,
    const Obstacle& obstacle,
    LegDecision& changed
) {
    std::vector<Edit> edits;
    for (const iam::StatementMatch& match : obstacle.leg->decision.statements) {
        const bool denies = match.policy.effect(match.statement) == iam::Effect::Deny;
        if (match.type != obstacle.type || !denies) continue;
        for_each_policy(changed.policies, match.type, [&](iam::Policy& policy) {
            if (&policy.compiled() != &match.policy.compiled()) return;
            policy = without_statement(policy, match.statement);
        });
        auto fields = fields_of(obstacle);
        fields.emplace_back("sid", match.policy.sid(match.statement));
        fields.emplace_back("policy", match.policy.name());
        Message what{"cloud.edit.narrow_deny"_msg, std::move(fields)};
        edits.push_back({std::move(what), world.where(match)});
    }
    return edits;
}

// Keys of the caller's request that a trust policy pins: changing what is sent is the smaller edit.
struct SentKey {
    std::string_view key, setting;
};
constexpr std::array kSentKeys = {
    SentKey{"sts:ExternalId", "external_id"},
    SentKey{"sts:RoleSessionName", "session_name"},
};

// The first text that some condition of the policy compares `key` with.
std::optional<std::string> compared_with(const iam::Policy& policy, std::string_view key) {
    for (const json::value& statement : statements_of(policy)) {
        const json::object* conditions = json::find_object(statement, "Condition");
        if (!conditions) continue;
        for (const auto& [name, operands] : *conditions) {
            if (std::string_view(name).starts_with("StringNot")) continue;
            const json::value* wanted = json::find(operands, key);
            if (wanted && wanted->is_array() && !wanted->as_array().empty()) {
                wanted = &wanted->as_array().front();
            }
            if (wanted && wanted->is_string()) return std::string(json::view(wanted->as_string()));
        }
    }
    return std::nullopt;
}

std::optional<Edit> send_what_is_asked(
    const World& world,
    const Obstacle& obstacle,
    LegDecision& changed
) {
    if (obstacle.type != PolicyType::Trust || !changed.policies.resource) return std::nullopt;
    for (const SentKey& sent : kSentKeys) {
        const auto wanted = compared_with(*changed.policies.resource, sent.key);
        if (!wanted) continue;
        LegDecision attempt = changed;
        std::string value = *wanted;
        std::replace(value.begin(), value.end(), '*', 'x');
        attempt.request.context.set(sent.key, std::move(value));
        attempt.decision = iam::decide(attempt.request, attempt.policies);
        if (blocked_by(attempt.decision, PolicyType::Trust)) continue;
        changed = std::move(attempt);
        auto fields = fields_of(obstacle);
        fields.emplace_back("setting", sent.setting);
        fields.emplace_back("wanted", *wanted);
        Location at{world.configuration().file};
        for (const auto& municipality : world.configuration().municipalities) {
            if (municipality.account == obstacle.session->account) {
                at = municipality.where.of(sent.setting);
            }
        }
        return Edit{{"cloud.edit.send_setting"_msg, std::move(fields)}, std::move(at)};
    }
    return std::nullopt;
}

iam::Policy new_policy(json::object statement, PolicyType type) {
    json::object document{
        {"Version", "2012-10-17"}, {"Statement", json::array{std::move(statement)}}};
    auto made = iam::read_policy(document, "new", type);
    static const iam::Policy kNothing = *iam::parse_policy(
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"none:None","Resource":"*"}]})",
        "nothing",
        PolicyType::Identity
    );
    return made ? *std::move(made) : kNothing;
}

// Adds a statement that allows just this; where there is no policy yet, a new one.
void add_statement(LegDecision& changed, const Obstacle& obstacle) {
    json::object statement =
        allowing_statement(*obstacle.leg, obstacle.type, obstacle.session->principal_arn);
    bool added = false;
    for_each_policy(changed.policies, obstacle.type, [&](iam::Policy& policy) {
        json::array statements = statements_of(policy);
        statements.emplace_back(statement);
        policy = with_statements(policy, std::move(statements));
        added = true;
    });
    if (added) return;
    const iam::Policy made = new_policy(std::move(statement), obstacle.type);
    if (obstacle.type == PolicyType::Identity) changed.policies.identity.push_back(made);
    if (obstacle.type == PolicyType::Session) changed.policies.session = {made};
    if (obstacle.type == PolicyType::Trust) changed.policies.resource = made;
    for (iam::Level& level : changed.policies.scp) {
        if (obstacle.type == PolicyType::Scp && level.policies.empty()) level.policies = {made};
    }
}

// Where a person adds the statement: the first policy of that type, or what it belongs to.
Location place_to_add(const World& world, const Obstacle& obstacle) {
    iam::PolicySet set = obstacle.leg->policies;
    std::optional<Location> at;
    for_each_policy(set, obstacle.type, [&](iam::Policy& policy) {
        const Location here = world.where(policy);
        if (!at && !here.path.empty()) at = here;
    });
    if (at) return *at;
    if (obstacle.leg->leg.target) return obstacle.leg->leg.target->where;
    return obstacle.session->role ? obstacle.session->role->where : Location{};
}

std::vector<Edit> edits_for(const World& world, const Obstacle& obstacle, LegDecision& changed) {
    std::vector<Edit> edits = narrow_denies(world, obstacle, changed);
    changed.decision = iam::decide(changed.request, changed.policies);
    if (!blocked_by(changed.decision, obstacle.type)) return edits;
    if (auto edit = send_what_is_asked(world, obstacle, changed)) {
        edits.push_back(*std::move(edit));
        return edits;
    }
    add_statement(changed, obstacle);
    changed.decision = iam::decide(changed.request, changed.policies);
    Message what{"cloud.edit.add_allow"_msg, fields_of(obstacle)};
    edits.push_back({std::move(what), place_to_add(world, obstacle)});
    return edits;
}

// --- which finding it is ---

std::string sts_finding(const Obstacle& obstacle, const std::vector<Edit>& edits) {
    if (obstacle.type == PolicyType::Endpoint) return "endpoint-policy-blocks";
    if (obstacle.type != PolicyType::Trust && obstacle.type != PolicyType::Resource) {
        return "caller-may-not-assume";
    }
    for (const Edit& edit : edits) {
        for (const auto& [name, value] : edit.what.fields) {
            if (name == "setting" && value == "external_id") return "external-id-differs";
            if (name == "setting" && value == "session_name") return "session-name-refused";
        }
    }
    return obstacle.leg->request.action == "sts:TagSession" ? "tag-session-missing"
                                                            : "trust-does-not-name-caller";
}

// Whether the same role could make the other kind of call: then only streaming is shut.
bool unary_is_allowed(const LegDecision& leg) {
    iam::Request unary = leg.request;
    unary.action = "bedrock:InvokeModel";
    return iam::decide(unary, leg.policies).allowed();
}

std::string bedrock_finding(const World& world, const Obstacle& obstacle) {
    const LegDecision& leg = *obstacle.leg;
    if (obstacle.type == PolicyType::Endpoint) return "endpoint-policy-blocks";
    const auto arn = parse_arn(leg.request.resource);
    const auto& allowed = world.configuration().bedrock.allowed_regions;
    const bool japan =
        arn && std::find(allowed.begin(), allowed.end(), arn->region) != allowed.end();
    if (!japan) return "operator-may-not-invoke";
    const bool model = arn->resource.starts_with("foundation-model/");
    const bool denied = leg.decision.result == iam::Result::ExplicitlyDenied;
    if (model && (denied || obstacle.type == PolicyType::Scp)) {
        return "region-deny-blocks-destination";
    }
    if (leg.request.action.ends_with("ResponseStream") && unary_is_allowed(leg)) {
        return "streaming-denied";
    }
    return model && arn->region != world.region() ? "destination-missing"
                                                  : "operator-may-not-invoke";
}

}  // namespace

Explanation explain(
    const World& world,
    const Session& session,
    const Authorization& authorization
) {
    Explanation out;
    const Named& named = *authorization.named;
    for (std::size_t i = 0; i < authorization.legs.size(); ++i) {
        const LegDecision& leg = authorization.legs[i];
        for (const iam::StatementMatch& match : leg.decision.statements) {
            out.matched.push_back(
                {leg.request.action,
                 leg.request.resource,
                 match.type,
                 match.policy.effect(match.statement),
                 match.policy.name(),
                 match.policy.sid(match.statement),
                 world.where(match)}
            );
        }
        LegDecision changed = leg;
        for (PolicyType type : leg.decision.blocked_by) {
            const Obstacle obstacle{&leg, type, &session};
            auto edits = edits_for(world, obstacle, changed);
            if (i == named.leg && type == named.type) {
                const bool sts = leg.request.action.starts_with("sts:");
                out.finding = sts ? sts_finding(obstacle, edits) : bedrock_finding(world, obstacle);
            }
            Message missing{"cloud.obstacle"_msg, fields_of(obstacle)};
            out.missing.push_back(std::move(missing));
            for (Edit& edit : edits) {
                const bool known =
                    std::any_of(out.edits.begin(), out.edits.end(), [&](const Edit& other) {
                        return other.what.id == edit.what.id &&
                               other.what.fields == edit.what.fields;
                    });
                if (!known) out.edits.push_back(std::move(edit));
            }
        }
    }
    std::stable_sort(out.matched.begin(), out.matched.end(), [](const auto& a, const auto& b) {
        return a.effect == iam::Effect::Deny && b.effect == iam::Effect::Allow;
    });
    return out;
}

}  // namespace kakehashi::cloud

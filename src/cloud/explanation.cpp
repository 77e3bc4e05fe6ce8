#include "cloud/explanation.h"

#include "base/arn.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

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

iam::Policy without_statements(const iam::Policy& policy, const std::set<std::size_t>& indexes) {
    json::array kept;
    const json::array all = statements_of(policy);
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!indexes.contains(i)) kept.push_back(all[i]);
    }
    if (kept.empty()) {
        // A document needs a statement; one that matches nothing takes the last one's place.
        json::object nothing{
            {"Effect", "Deny"}, {"Action", "none:None"}, {"Resource", "arn:aws:none:::none"}};
        if (policy.type() == PolicyType::Trust) {
            nothing = {
                {"Effect", "Deny"},
                {"Action", "sts:AssumeRole"},
                {"Principal", json::object{{"Service", "none.invalid"}}}};
        } else if (policy.type() != PolicyType::Identity) {
            if (policy.type() == PolicyType::Endpoint || policy.type() == PolicyType::Rcp ||
                policy.type() == PolicyType::Resource) {
                nothing["Principal"] = "*";
            }
        }
        kept.push_back(std::move(nothing));
    }
    return with_statements(policy, std::move(kept));
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

std::string name_of(const iam::StatementMatch& match) {
    const std::string& sid = match.policy.sid(match.statement);
    return sid.empty() ? "Statement[" + std::to_string(match.statement) + "]" : sid;
}

// Every statement that denies explicitly has to go, or to leave this request out.
std::vector<Edit> narrow_denies(
    const World& world,
    const Obstacle& obstacle,
    LegDecision& changed
) {
    std::vector<Edit> edits;
    std::map<const void*, std::set<std::size_t>> denying;  // by the compiled policy
    for (const iam::StatementMatch& match : obstacle.leg->decision.statements) {
        const bool denies = match.policy.effect(match.statement) == iam::Effect::Deny;
        if (match.type != obstacle.type || !denies) continue;
        if (!denying[&match.policy.compiled()].insert(match.statement).second) continue;
        auto fields = fields_of(obstacle);
        fields.emplace_back("sid", name_of(match));
        fields.emplace_back("policy", match.policy.name());
        Message what{"cloud.edit.narrow_deny"_msg, std::move(fields)};
        edits.push_back({std::move(what), world.where(match)});
    }
    for_each_policy(changed.policies, obstacle.type, [&](iam::Policy& policy) {
        const auto found = denying.find(&policy.compiled());
        if (found != denying.end()) policy = without_statements(policy, found->second);
    });
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

Edit setting_edit(
    const World& world,
    const Obstacle& obstacle,
    const SentKey& sent,
    std::string wanted
) {
    auto fields = fields_of(obstacle);
    fields.emplace_back("setting", sent.setting);
    fields.emplace_back("wanted", std::move(wanted));
    Location at{world.configuration().file};
    for (const auto& municipality : world.configuration().municipalities) {
        if (municipality.account == obstacle.session->account) {
            at = municipality.where.of(sent.setting);
        }
    }
    return Edit{{"cloud.edit.send_setting"_msg, std::move(fields)}, std::move(at)};
}

// One setting if that is enough, else all that the trust policy pins; empty: that does not help.
std::vector<Edit> send_what_is_asked(
    const World& world,
    const Obstacle& obstacle,
    LegDecision& changed
) {
    if (obstacle.type != PolicyType::Trust || !changed.policies.resource) return {};
    LegDecision with_all = changed;
    std::vector<Edit> edits;
    for (const SentKey& sent : kSentKeys) {
        const auto wanted = compared_with(*changed.policies.resource, sent.key);
        if (!wanted) continue;
        std::string value = *wanted;
        std::replace(value.begin(), value.end(), '*', 'x');
        LegDecision attempt = changed;
        attempt.request.context.set(sent.key, value);
        attempt.decision = decide(world, attempt);
        with_all.request.context.set(sent.key, std::move(value));
        edits.push_back(setting_edit(world, obstacle, sent, *wanted));
        if (blocked_by(attempt.decision, PolicyType::Trust)) continue;
        changed = std::move(attempt);
        return {std::move(edits.back())};
    }
    with_all.decision = decide(world, with_all);
    if (edits.empty() || blocked_by(with_all.decision, PolicyType::Trust)) return {};
    changed = std::move(with_all);
    return edits;
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

// Where a person adds the statement: the first policy of that type that is theirs, or what it
// belongs to.
Location place_to_add(const World& world, const Obstacle& obstacle) {
    iam::PolicySet set = obstacle.leg->policies;
    std::optional<Location> at;
    for_each_policy(set, obstacle.type, [&](iam::Policy& policy) {
        if (!at && world.is_own(policy)) at = world.where(policy);
    });
    if (at) return *at;
    if (obstacle.type == PolicyType::Scp || obstacle.type == PolicyType::Rcp) {
        return Location{world.configuration().file};
    }
    if (obstacle.type == PolicyType::Trust && obstacle.leg->leg.target) {
        return obstacle.leg->leg.target->where;
    }
    return obstacle.session->role ? obstacle.session->role->where : Location{};
}

Edit allow_edit(const World& world, const Obstacle& obstacle) {
    if (obstacle.type == PolicyType::Session) {
        return {{"cloud.edit.pass_session_policy"_msg, fields_of(obstacle)}, {}};
    }
    const Leg& leg = obstacle.leg->leg;
    if (obstacle.type == PolicyType::Trust && leg.needs_target && !leg.target) {
        return {{"cloud.edit.declare_role"_msg, fields_of(obstacle)}, {}};
    }
    return {{"cloud.edit.add_allow"_msg, fields_of(obstacle)}, place_to_add(world, obstacle)};
}

std::vector<Edit> edits_for(const World& world, const Obstacle& obstacle, LegDecision& changed) {
    std::vector<Edit> edits = narrow_denies(world, obstacle, changed);
    changed.decision = decide(world, changed);
    if (!blocked_by(changed.decision, obstacle.type)) return edits;
    auto settings = send_what_is_asked(world, obstacle, changed);
    if (settings.empty()) {
        add_statement(changed, obstacle);
        settings.push_back(allow_edit(world, obstacle));
        changed.decision = decide(world, changed);
    }
    edits.insert(edits.end(), settings.begin(), settings.end());
    return edits;
}

// --- which finding it is ---

std::string sts_finding(const Obstacle& obstacle, const std::vector<Edit>& edits) {
    if (obstacle.type == PolicyType::Endpoint) return "endpoint-policy-blocks";
    if (obstacle.leg->request.action == "sts:TagSession") return "tag-session-missing";
    if (obstacle.type != PolicyType::Trust && obstacle.type != PolicyType::Resource) {
        return "caller-may-not-assume";
    }
    for (const Edit& edit : edits) {
        for (const auto& [name, value] : edit.what.fields) {
            if (name == "setting" && value == "external_id") return "external-id-differs";
            if (name == "setting" && value == "session_name") return "session-name-refused";
        }
    }
    return "trust-does-not-name-caller";
}

// Whether the same role could make the other kind of call: then only streaming is shut.
bool unary_is_allowed(const World& world, LegDecision leg) {
    leg.request.action = "bedrock:InvokeModel";
    return decide(world, leg).allowed();
}

std::string bedrock_finding(const World& world, const Obstacle& obstacle) {
    const LegDecision& leg = *obstacle.leg;
    if (obstacle.type == PolicyType::Endpoint) return "endpoint-policy-blocks";
    const auto arn = parse_arn(leg.request.resource);
    const bool model = arn && arn->resource.starts_with("foundation-model/");
    const bool denied = leg.decision.result == iam::Result::ExplicitlyDenied;
    if (model && (denied || obstacle.type == PolicyType::Scp)) {
        return "region-deny-blocks-destination";
    }
    if (leg.request.action.ends_with("ResponseStream") && unary_is_allowed(world, leg)) {
        return "streaming-denied";
    }
    return model && arn->region != world.region() ? "destination-missing"
                                                  : "operator-may-not-invoke";
}

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

// --- putting it together ---

Message obstacle_message(const Obstacle& obstacle) {
    auto fields = fields_of(obstacle);
    switch (obstacle.type) {
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

std::string* field(Message& message, std::string_view name) {
    for (auto& [key, value] : message.fields) {
        if (key == name) return &value;
    }
    return nullptr;
}

bool same_place(const Edit& a, const Edit& b) {
    return text(a.where) == text(b.where);
}

// Once each; statements to be added at one place for one action become one with several resources.
void add_edit(std::vector<Edit>& edits, Edit edit) {
    const auto same_text = [&](const Edit& other) {
        return same_place(other, edit) &&
               text(other.what, Language::English) == text(edit.what, Language::English);
    };
    if (std::any_of(edits.begin(), edits.end(), same_text)) return;
    for (Edit& other : edits) {
        const bool both_add = other.what.id == "cloud.edit.add_allow"_msg &&
                              edit.what.id == other.what.id && same_place(other, edit);
        if (!both_add || *field(other.what, "action") != *field(edit.what, "action")) continue;
        *field(other.what, "resource") += ", " + *field(edit.what, "resource");
        return;
    }
    edits.push_back(std::move(edit));
}

// A refused leg: what stands in its way, and the edits that turn that round.
void add_obstacles(
    const World& world,
    const Session& session,
    const LegDecision& leg,
    std::optional<PolicyType> named,
    Explanation& out
) {
    LegDecision changed = leg;
    for (PolicyType type : leg.decision.blocked_by) {
        const Obstacle obstacle{&leg, type, &session};
        out.missing.push_back(obstacle_message(obstacle));
        if (!out.outside.empty()) continue;
        auto edits = edits_for(world, obstacle, changed);
        if (type == named) {
            const bool sts = leg.request.action.starts_with("sts:");
            out.finding = sts ? sts_finding(obstacle, edits) : bedrock_finding(world, obstacle);
        }
        for (Edit& edit : edits) {
            add_edit(out.edits, std::move(edit));
        }
    }
    out.mended.push_back(std::move(changed));
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

}  // namespace

Explanation explain(
    const World& world,
    const Session& session,
    const Authorization& authorization
) {
    Explanation out;
    out.outside = models_outside(world, authorization);
    const Named& named = *authorization.named;
    for (std::size_t i = 0; i < authorization.legs.size(); ++i) {
        const LegDecision& leg = authorization.legs[i];
        add_matched(world, leg, out.matched);
        if (leg.decision.allowed()) continue;
        const auto type = i == named.leg ? std::optional(named.type) : std::nullopt;
        add_obstacles(world, session, leg, type, out);
    }
    out.proven = std::all_of(out.mended.begin(), out.mended.end(), [](const LegDecision& leg) {
        return leg.decision.allowed();
    });
    std::stable_sort(out.matched.begin(), out.matched.end(), [](const auto& a, const auto& b) {
        return a.effect == iam::Effect::Deny && b.effect == iam::Effect::Allow;
    });
    return out;
}

}  // namespace kakehashi::cloud

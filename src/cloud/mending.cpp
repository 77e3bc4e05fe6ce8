#include "cloud/detail/mending.h"

#include "base/arn.h"

#include <algorithm>
#include <utility>

namespace kakehashi::cloud {

using iam::PolicyType;

bool blocked_by(const iam::Decision& decision, PolicyType type) {
    return std::find(decision.blocked_by.begin(), decision.blocked_by.end(), type) !=
           decision.blocked_by.end();
}

json::array statements_of(const iam::Policy& policy) {
    const json::value* found = json::find(policy.document(), "Statement");
    if (found && found->is_array()) return found->as_array();
    return found ? json::array{*found} : json::array{};
}

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

std::size_t obstacles_in(const Authorization& decided) {
    std::size_t out = 0;
    for (const LegDecision& leg : decided.legs) {
        if (leg.decision.allowed()) continue;
        out += leg.decision.blocked_by.size();
        for (const iam::StatementMatch& match : leg.decision.statements) {
            if (match.policy.effect(match.statement) == iam::Effect::Deny) ++out;
        }
    }
    return out;
}

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

void change_request(const Change& change, Asked& asked) {
    if (change.of != Change::Of::Request) return;
    const auto* text = change.value.if_string();
    const std::string value = text ? std::string(json::view(*text)) : "";
    if (change.path == "Policy") asked.session.session_policies.reset();
    for (LegDecision& leg : asked.decided.legs) {
        if (change.path == "ExternalId" || change.path == "RoleSessionName") {
            leg.request.context.set("sts:" + change.path, value);
        }
        if (change.path != "RoleArn") continue;
        leg.leg.resource = leg.request.resource = value;
        const auto arn = parse_arn(value);
        leg.leg.resource_account = leg.request.resource_account = arn ? arn->account : "";
    }
}

std::optional<Asked> asked_again(const Asked& asked, const Edit& edit) {
    Asked out = asked;
    const bool files =
        std::any_of(edit.changes.begin(), edit.changes.end(), [](const Change& change) {
            return change.of == Change::Of::File;
        });
    if (files) {
        auto world = with_changes(*asked.world, edit.changes);
        if (!world) return std::nullopt;
        out.kept = *std::move(world);
        out.world = out.kept.get();
        out.session = in_world(*out.world, std::move(out.session));
    }
    for (const Change& change : edit.changes) {
        change_request(change, out);
    }
    out.decided = decide_again(*out.world, out.session, std::move(out.decided.legs));
    return out;
}

void point_into(const World& world, Edit& edit) {
    if (edit.where.file.empty() || edit.where.file == world.configuration().file) return;
    for (const Account& account : world.accounts()) {
        for (const auto& stack : account.stacks) {
            if (stack->file == edit.where.file) edit.where.line = stack->line_of(edit.where.path);
        }
    }
}

}  // namespace kakehashi::cloud

#include "cloud/operator_role.h"

#include "base/json.h"
#include "base/text.h"
#include "iam/decide.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace kakehashi::cloud {
namespace {

// What a configuration says of the request. Every other key, the caller's network foremost, is only
// known when the request is made.
constexpr std::array kKnownKeys = {
    std::string_view("aws:principalarn"),
    std::string_view("aws:principalaccount"),
    std::string_view("sts:externalid"),
    std::string_view("sts:rolesessionname"),
};

bool is_known(std::string_view key) {
    return std::ranges::find(kKnownKeys, lower_ascii(key)) != kKnownKeys.end();
}

// Takes the conditions on unknown keys out of a statement. True: there were some.
bool take_out_unknown_keys(json::object& statement) {
    json::value* condition = statement.if_contains("Condition");
    if (!condition || !condition->is_object()) return false;
    json::object left;
    bool taken = false;
    for (const auto& [test, keys] : condition->as_object()) {
        const json::object* asked = keys.if_object();
        if (!asked) continue;
        json::object known;
        for (const auto& [key, value] : *asked) {
            if (is_known(json::view(key))) known[key] = value;
            taken = taken || !is_known(json::view(key));
        }
        if (!known.empty()) left[test] = std::move(known);
    }
    *condition = std::move(left);
    return taken;
}

// The trust policy as far as it can be judged beforehand: an unknown key may well fit an Allow, and
// need not fit a Deny. nullopt: nothing is left of it.
std::optional<iam::Policy> judgeable(const iam::Policy& trust) {
    json::value document = trust.document();
    json::object* object = document.if_object();
    json::value* statements = object ? object->if_contains("Statement") : nullptr;
    if (!statements) return std::nullopt;
    json::array all = statements->is_array() ? statements->as_array() : json::array{*statements};
    json::array left;
    for (json::value& each : all) {
        json::object* statement = each.if_object();
        if (!statement) continue;
        const bool open = take_out_unknown_keys(*statement);
        if (open && json::find_string(each, "Effect") == "Deny") continue;
        const json::value* condition = statement->if_contains("Condition");
        const bool empty = condition && condition->is_object() && condition->as_object().empty();
        if (empty) statement->erase("Condition");
        left.push_back(std::move(each));
    }
    if (left.empty()) return std::nullopt;
    *statements = std::move(left);
    auto policy = iam::read_policy(std::move(document), trust.name(), iam::PolicyType::Trust);
    return policy ? std::optional(*std::move(policy)) : std::nullopt;
}

bool trusts(
    const Role& target,
    const iam::Policy& trust,
    const Role& caller,
    const config::Municipality& municipality
) {
    std::string session = replaced(municipality.session_name, "{host}", "host");
    session = replaced(std::move(session), "{user}", "user");
    iam::Request request;
    request.action = "sts:AssumeRole";
    request.principal = "arn:aws:sts::" + caller.account + ":assumed-role/" + caller.name + "/s";
    request.resource = target.arn;
    request.resource_account = target.account;
    request.context.set("aws:PrincipalArn", caller.arn);
    request.context.set("aws:PrincipalAccount", caller.account);
    request.context.set("sts:RoleSessionName", std::move(session));
    if (municipality.external_id) request.context.set("sts:ExternalId", *municipality.external_id);
    iam::PolicySet policies;
    policies.identity = caller.identity;
    policies.resource = trust;
    const auto decision = iam::decide(request, policies);
    const auto& blocked = decision.blocked_by;
    return std::find(blocked.begin(), blocked.end(), iam::PolicyType::Trust) == blocked.end();
}

}  // namespace

Expected<std::string, Message> operator_role_of(
    const World& world,
    const config::Municipality& municipality
) {
    if (municipality.role_arn) return *municipality.role_arn;
    const std::string& owner = world.configuration().operator_account.account;
    const std::vector<const Role*> callers = world.roles_of(municipality.account);
    std::vector<std::string> found;
    for (const Role* target : world.roles_of(owner)) {
        const auto trust = judgeable(target->trust);
        if (!trust) continue;
        const bool let_in = std::any_of(callers.begin(), callers.end(), [&](const Role* caller) {
            return caller != target && trusts(*target, *trust, *caller, municipality);
        });
        if (let_in) found.push_back(target->arn);
    }
    if (found.size() == 1) return found.front();
    std::string all;
    for (const std::string& arn : found) {
        all += (all.empty() ? "" : ", ") + arn;
    }
    if (found.empty()) {
        return Failure{Message{"cloud.operator_role.none"_msg, {{"name", municipality.name}}}};
    }
    return Failure{
        Message{"cloud.operator_role.several"_msg, {{"name", municipality.name}, {"roles", all}}}};
}

}  // namespace kakehashi::cloud

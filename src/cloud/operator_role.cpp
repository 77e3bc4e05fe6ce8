#include "cloud/operator_role.h"

#include "base/text.h"
#include "iam/decide.h"

#include <algorithm>
#include <vector>

namespace kakehashi::cloud {
namespace {

bool trusts(const Role& target, const Role& caller, const config::Municipality& municipality) {
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
    policies.resource = target.trust;
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
        const bool let_in = std::any_of(callers.begin(), callers.end(), [&](const Role* caller) {
            return caller != target && trusts(*target, *caller, municipality);
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

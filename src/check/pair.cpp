#include "check/detail/pair.h"

#include "base/arn.h"
#include "base/text.h"

#include <algorithm>

namespace kakehashi::check {
namespace {

// The account of an AWS principal: an ARN's, or an account id that stands alone.
std::string account_of(std::string_view principal) {
    if (const auto arn = parse_arn(principal)) return arn->account;
    return principal.size() == 12 ? std::string(principal) : std::string();
}

std::string logical_id(std::string_view path) {
    constexpr std::string_view kResources = "Resources.";
    if (!path.starts_with(kResources)) return {};
    path.remove_prefix(kResources.size());
    return std::string(path.substr(0, path.find('.')));
}

}  // namespace

Location DeclaredResource::where(std::string_view below) const {
    std::string path = "Resources." + resource->logical_id;
    if (!below.empty()) path.append(".Properties.").append(below);
    const std::size_t line = stack->line_of(path);
    return {stack->file, line, std::move(path)};
}

const json::value* DeclaredResource::find(std::string_view property) const {
    return json::find(resource->properties, property);
}

std::string DeclaredResource::text(std::string_view property) const {
    const json::value* value = find(property);
    return value ? texts_of(value).front() : std::string();
}

bool DeclaredResource::flag(std::string_view property) const {
    return equal_ignoring_case(text(property), "true");
}

Pair::Pair(const cloud::World& world) : world_(world) {
    for (const auto& municipality : world.configuration().municipalities) {
        municipality_names_.emplace(municipality.account, municipality.name);
    }
    for (const cloud::Account& account : world.accounts()) {
        for (const auto& stack : account.stacks) {
            for (const cfn::Resource& resource : stack->resources) {
                by_place_.emplace(std::pair(stack->file, resource.logical_id), resources_.size());
                resources_.push_back({&account, stack.get(), &resource});
            }
        }
    }
    for (std::size_t i = 0; has_account(strangers_account_); ++i) {
        strangers_account_.replace(6, 6, std::to_string(100000 + i));
    }
    add_operator_roles();
}

bool Pair::has_account(std::string_view id) const {
    return is_operator(id) || is_municipality(id);
}

bool Pair::is_municipality(std::string_view account) const {
    return municipality_names_.contains(account);
}

bool Pair::is_operator(std::string_view account) const {
    return world_.configuration().operator_account.account == account;
}

// Those whom the trust policy's text lets in, by name or by a condition on who they are.
std::set<std::string> Pair::municipalities_in(const cloud::Role& role) const {
    std::set<std::string> names;
    const auto add = [&](const std::string& principal) {
        const auto found = municipality_names_.find(account_of(principal));
        if (found != municipality_names_.end()) names.insert(found->second);
    };
    for (const StatementText& statement : statements(role.trust)) {
        if (!statement.allows()) continue;
        std::for_each(statement.aws_principals.begin(), statement.aws_principals.end(), add);
        if (!statement.everyone) continue;
        for (const ConditionText& condition : statement.conditions) {
            const bool who =
                condition.is("aws:PrincipalArn") || condition.is("aws:PrincipalAccount");
            if (who) std::for_each(condition.values.begin(), condition.values.end(), add);
        }
    }
    return names;
}

void Pair::add_operator_roles() {
    std::map<std::string, std::set<std::string>, std::less<>> configured;  // by the role's ARN
    for (const auto& municipality : world_.configuration().municipalities) {
        if (municipality.role_arn) configured[*municipality.role_arn].insert(municipality.name);
    }
    for (const cloud::Role& role : world_.roles()) {
        if (!is_operator(role.account)) continue;
        std::set<std::string> names = municipalities_in(role);
        if (const auto found = configured.find(role.arn); found != configured.end()) {
            names.insert(found->second.begin(), found->second.end());
        }
        if (!names.empty()) operator_roles_.push_back({&role, std::move(names)});
    }
}

const DeclaredResource* Pair::resource(const Location& where) const {
    const auto found = by_place_.find({where.file, logical_id(where.path)});
    return found == by_place_.end() ? nullptr : &resources_[found->second];
}

const std::vector<StatementText>& Pair::statements(const iam::Policy& policy) const {
    const auto [place, fresh] = statements_.try_emplace(&policy.compiled());
    if (fresh) place->second = statements_of(policy);
    return place->second;
}

Location Pair::where(const StatementText& statement, std::string_view below) const {
    return world_.where(
        iam::StatementMatch{statement.policy.type(), statement.policy, statement.index}, below
    );
}

Location Pair::where(const cloud::Role& role, const StatementText& statement) const {
    return world_.is_own(statement.policy) ? where(statement) : attachment(role, statement.policy);
}

Location Pair::attachment(const cloud::Role& role, const iam::Policy& policy) const {
    const DeclaredResource* declared = resource(role.where);
    if (!declared) return role.where;
    const auto arns = texts_of(declared->find("ManagedPolicyArns"));
    const auto found = std::find(arns.begin(), arns.end(), arn_of(policy));
    if (found == arns.end()) return role.where;
    return declared->where("ManagedPolicyArns[" + std::to_string(found - arns.begin()) + "]");
}

Found found(
    std::string_view id,
    Location where,
    MessageId what,
    std::vector<std::pair<std::string, std::string>> fields
) {
    return {std::string(id), std::move(where), Message{std::move(what), std::move(fields)}};
}

std::string arn_of(const iam::Policy& policy) {
    return policy.name().substr(0, policy.name().find(' '));
}

std::string listed(const std::vector<std::string>& items, std::size_t items_max) {
    std::string out;
    for (std::size_t i = 0; i < items.size() && i < items_max; ++i) {
        out += (out.empty() ? "" : ", ") + items[i];
    }
    if (items.size() > items_max) out += ", …";
    return out;
}

}  // namespace kakehashi::check

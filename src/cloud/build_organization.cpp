#include "cloud/detail/builder.h"

#include <algorithm>

// The organisation, its SCPs and RCPs, and what else is declared apart from roles and networks.
namespace kakehashi::cloud {
namespace {

constexpr std::string_view kFullAccess =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
constexpr std::string_view kRcpFullAccess =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]})";

// AWS attaches these itself, to every level. Our own text, so reading it cannot fail.
iam::Policy full_access(iam::PolicyType type) {
    const bool scp = type == iam::PolicyType::Scp;
    return *iam::parse_policy(
        scp ? kFullAccess : kRcpFullAccess, scp ? "FullAWSAccess" : "RCPFullAWSAccess", type
    );
}

}  // namespace

void WorldBuilder::declare_application_profile(const Declared& declared) {
    const auto arn = declared.stack->attribute(declared.resource.logical_id, "InferenceProfileArn");
    const auto model_source = declared.properties.nested("ModelSource");
    const auto account =
        std::find_if(world_.accounts_.begin(), world_.accounts_.end(), [&](const Account& each) {
            return each.id == declared.account;
        });
    if (!arn || !model_source) return;
    account->application_profiles[text_of(*arn).value_or("")] =
        model_source->text_or("CopyFrom", "");
}

void WorldBuilder::declare_organization_policy(const Declared& declared) {
    const std::string kind = declared.properties.text_or("Type", "");
    const bool scp = kind == "SERVICE_CONTROL_POLICY";
    if (!scp && kind != "RESOURCE_CONTROL_POLICY") return;  // tags, backups: they refuse no request
    auto policy = read_document(
        declared,
        "Content",
        declared.properties.text_or("Name", declared.resource.logical_id),
        scp ? iam::PolicyType::Scp : iam::PolicyType::Rcp
    );
    if (!policy) return;
    template_policies_.push_back(
        {*std::move(policy), declared.properties.texts("TargetIds"), declared.account}
    );
}

// From the configuration, or, when only templates speak of one, the accounts that they name.
void WorldBuilder::build_organization() {
    const auto& described = world_.configuration_.twin.organization;
    if (!described && template_policies_.empty()) return;
    Organization organization;
    if (described) {
        organization.id = described->id;
        organization.management_account = described->management_account;
        for (const auto& unit : described->units) {
            for (const std::string& account : unit.accounts) {
                add_member(organization, account);
            }
        }
    }
    // An account that no unit holds stands below the root.
    for (const Account& account : world_.accounts_) {
        if (described || std::any_of(
                             template_policies_.begin(),
                             template_policies_.end(),
                             [&](const TemplatePolicy& policy) {
                                 return policy.account == account.id ||
                                        std::count(
                                            policy.targets.begin(), policy.targets.end(), account.id
                                        ) != 0;
                             }
                         )) {
            add_member(organization, account.id);
        }
    }
    for (const TemplatePolicy& each : template_policies_) {
        attach_policy_to(organization, each.policy, each.targets);
    }
    if (described) {
        for (const auto& each : described->policies) {
            const auto text = files_.find(each.file);
            if (text == files_.end()) continue;  // cli has said that it cannot be read
            const bool scp = each.type == config::OrganizationPolicyType::Scp;
            auto policy = iam::parse_policy(
                text->second, each.file, scp ? iam::PolicyType::Scp : iam::PolicyType::Rcp
            );
            if (!policy) {
                for (Problem found : policy.error()) {
                    found.where.file = each.file;
                    problems_.push_back(std::move(found));
                }
                continue;
            }
            remember(*policy, {nullptr, Location{each.file}});
            attach_policy_to(organization, *policy, each.targets);
        }
    }
    world_.organization_ = std::move(organization);
}

// One level for the root, one for each unit on the way down, one for the account itself.
void WorldBuilder::add_member(Organization& organization, const std::string& account) {
    if (organization.members.contains(account)) return;
    std::vector<std::string> levels = {account};
    const auto& described = world_.configuration_.twin.organization;
    if (described) {
        const auto holds = [&](const config::OrganizationUnit& unit) {
            return std::count(unit.accounts.begin(), unit.accounts.end(), account) != 0;
        };
        auto unit = std::find_if(described->units.begin(), described->units.end(), holds);
        while (unit != described->units.end()) {
            levels.push_back(unit->name);
            if (!unit->parent) break;
            unit = std::find_if(
                described->units.begin(),
                described->units.end(),
                [&, parent = *unit->parent](const auto& other) { return other.name == parent; }
            );
        }
    }
    levels.push_back("root");
    std::reverse(levels.begin(), levels.end());
    Organization::Membership membership;
    membership.path = organization.id + "/" + organization.root + "/";
    for (const std::string& level : levels) {
        if (level != "root" && level != account) membership.path += "ou-" + level + "/";
        membership.scp.push_back({level, {}});
        membership.rcp.push_back({level, {full_access(iam::PolicyType::Rcp)}});
        if (!described || described->full_access) {
            membership.scp.back().policies.push_back(full_access(iam::PolicyType::Scp));
        }
    }
    organization.members.emplace(account, std::move(membership));
}

void WorldBuilder::attach_policy_to(
    Organization& organization,
    const iam::Policy& policy,
    const std::vector<std::string>& targets
) {
    const bool scp = policy.type() == iam::PolicyType::Scp;
    for (auto& [account, membership] : organization.members) {
        for (iam::Level& level : scp ? membership.scp : membership.rcp) {
            const bool is_root = level.target == "root";
            const bool named = std::any_of(targets.begin(), targets.end(), [&](const auto& target) {
                return target == level.target || (is_root && target.starts_with("r-"));
            });
            if (named) level.policies.push_back(policy);
        }
    }
}

}  // namespace kakehashi::cloud

#include "base/text.h"
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

// An account that is not in this world is a target like any other; a unit has to be described.
bool is_target(const config::Organization& described, const std::string& target) {
    const bool account = target.size() == 12 && parse_count(target);
    return account || target == "root" ||
           std::any_of(
               described.units.begin(),
               described.units.end(),
               [&](const config::OrganizationUnit& unit) { return unit.name == target; }
           );
}

}  // namespace

void WorldBuilder::declare_application_profile(const Declared& declared) {
    const auto arn = declared.stack->attribute(declared.resource.logical_id, "InferenceProfileArn");
    const auto model_source = declared.properties.nested("ModelSource");
    if (model_source) refuse_unknown_keys(declared, "ModelSource", *model_source, {"CopyFrom"});
    if (!arn || !model_source) return;
    world_.accounts_.find(declared.account)->application_profiles[text_of(*arn).value_or("")] =
        model_source->text_or("CopyFrom", "");
}

void WorldBuilder::declare_guardrail(const Declared& declared) {
    const auto arn = declared.stack->attribute(declared.resource.logical_id, "GuardrailArn");
    if (!arn) return;
    world_.accounts_.find(declared.account)->guardrails.insert(text_of(*arn).value_or(""));
}

void WorldBuilder::declare_organizational_unit(const Declared& declared) {
    unit_names_[declared.resource.physical_id] = declared.properties.text_or("Name", "");
}

std::string WorldBuilder::policy_target(const std::string& id) const {
    const auto named = unit_names_.find(id);
    if (named != unit_names_.end()) return named->second;
    return id.starts_with("r-") ? "root" : id;
}

void WorldBuilder::declare_organization_policy(const Declared& declared) {
    const std::string kind = declared.properties.text_or("Type", "");
    check_word(
        declared,
        "Type",
        {"SERVICE_CONTROL_POLICY",
         "RESOURCE_CONTROL_POLICY",
         "AISERVICES_OPT_OUT_POLICY",
         "BACKUP_POLICY",
         "BEDROCK_POLICY",
         "CHATBOT_POLICY",
         "DECLARATIVE_POLICY_EC2",
         "INSPECTOR_POLICY",
         "S3_POLICY",
         "SECURITYHUB_POLICY",
         "TAG_POLICY",
         "UPGRADE_ROLLOUT_POLICY"}
    );
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
        {*std::move(policy),
         declared.properties.texts("TargetIds"),
         declared.account,
         declared.where("TargetIds")}
    );
}

// From the configuration; when only templates speak of one, the accounts that they name are in it
// and the rest of it is as the configuration's defaults have it.
void WorldBuilder::build_organization() {
    const auto& said = world_.configuration_.twin.organization;
    if (!said && template_policies_.empty()) return;
    const config::Organization described = said.value_or(config::Organization{});
    Organization organization;
    organization.id = described.id;
    organization.management_account = described.management_account;
    const auto named_by_templates = [&](const std::string& account) {
        const auto names = [&](const TemplatePolicy& policy) {
            return policy.account == account ||
                   std::count(policy.targets.begin(), policy.targets.end(), account) != 0;
        };
        return std::any_of(template_policies_.begin(), template_policies_.end(), names);
    };
    for (const config::OrganizationUnit& unit : described.units) {
        for (const std::string& account : unit.accounts) {
            add_member(organization, described, account);
        }
    }
    for (const Account& account : world_.accounts_.all()) {
        if (said || named_by_templates(account.id)) {
            add_member(organization, described, account.id);
        }
    }
    for (TemplatePolicy& each : template_policies_) {
        for (std::string& target : each.targets) {
            target = policy_target(target);
            if (!is_target(described, target)) {
                problem("cloud.organization.unknown_target"_msg, each.where, {{"target", target}});
            }
        }
        attach_policy_to(organization, each.policy, each.targets);
    }
    for (const auto& each : described.policies) {
        read_organization_policy(organization, each);
    }
    world_.organization_ = std::move(organization);
}

void WorldBuilder::read_organization_policy(
    Organization& organization,
    const config::OrganizationPolicy& described
) {
    const auto text = files_.find(described.file);
    if (text == files_.end()) return;  // cli has said that it cannot be read
    world_.policy_texts_[described.file] = text->second;
    const bool scp = described.type == config::OrganizationPolicyType::Scp;
    auto policy = iam::parse_policy(
        text->second, described.file, scp ? iam::PolicyType::Scp : iam::PolicyType::Rcp
    );
    if (!policy) {
        const auto lines = cfn::read_document(text->second, described.file);
        for (Problem found : policy.error()) {
            found.where.file = described.file;
            if (lines && found.where.line == 0)
                found.where.line = lines->line_of(found.where.path).value_or(0);
            problems_.push_back(std::move(found));
        }
        return;
    }
    PolicySource source{nullptr, Location{described.file, 1}};
    if (auto lines = cfn::read_document(text->second, described.file))
        source.file = *std::move(lines);
    remember(*policy, std::move(source));
    attach_policy_to(organization, *policy, described.targets);
}

// One level for the root, one for each unit on the way down, one for the account itself.
void WorldBuilder::add_member(
    Organization& organization,
    const config::Organization& described,
    const std::string& account
) {
    if (organization.members.contains(account)) return;
    std::vector<std::string> levels = {account};
    const auto holds = [&](const config::OrganizationUnit& unit) {
        return std::count(unit.accounts.begin(), unit.accounts.end(), account) != 0;
    };
    auto unit = std::find_if(described.units.begin(), described.units.end(), holds);
    while (unit != described.units.end()) {
        levels.push_back(unit->name);
        if (!unit->parent) break;
        unit = std::find_if(
            described.units.begin(),
            described.units.end(),
            [&, parent = *unit->parent](const auto& other) { return other.name == parent; }
        );
    }
    levels.emplace_back("root");
    std::reverse(levels.begin(), levels.end());
    Organization::Membership membership;
    membership.path = organization.id + "/" + organization.root + "/";
    for (const std::string& level : levels) {
        if (level != "root" && level != account) membership.path += "ou-" + level + "/";
        membership.scp.push_back({level, {}});
        membership.rcp.push_back({level, {full_access(iam::PolicyType::Rcp)}});
        if (described.full_access) {
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
            const auto named = std::find(targets.begin(), targets.end(), level.target);
            if (named != targets.end()) level.policies.push_back(policy);
        }
    }
}

}  // namespace kakehashi::cloud

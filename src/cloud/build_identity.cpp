#include "base/arn.h"
#include "base/hash.h"
#include "base/text.h"
#include "cloud/detail/builder.h"

#include <algorithm>

// Roles, users, instance profiles and what is attached to them.
// Source: CloudFormation User Guide, the AWS::IAM types.
namespace kakehashi::cloud {
namespace {

constexpr std::string_view kIdAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kIdLength = 17;  // after its four letters
// IAM User Guide, "Update the maximum session duration for a role".
constexpr std::int64_t kSessionMaxLeast = 3600, kSessionMaxMost = 43200;

std::string unique_id(std::string_view prefix, const Declared& declared) {
    const std::string seed =
        declared.account + "/" + declared.stack->settings.name + "/" + declared.resource.logical_id;
    return std::string(prefix) + stable_id(seed, kIdAlphabet, kIdLength);
}

std::string attribute(const Declared& declared, std::string_view name) {
    const auto value = declared.stack->attribute(declared.resource.logical_id, name);
    return value ? text_of(*value).value_or("") : "";
}

std::string indexed(std::string_view list, std::size_t index, std::string_view member = "") {
    return std::string(list) + "[" + std::to_string(index) + "]" + std::string(member);
}

json::value* member(json::value* value, std::string_view key) {
    return value && value->is_object() ? value->as_object().if_contains(key) : nullptr;
}

// A list's items, or the one thing that stands there without a list.
std::vector<json::value*> items_of(json::value* value) {
    std::vector<json::value*> out;
    if (value && value->is_array()) {
        for (json::value& item : value->as_array()) {
            out.push_back(&item);
        }
    } else if (value) {
        out.push_back(value);
    }
    return out;
}

// Every text below Principal and NotPrincipal under "AWS". Borrows from the document.
std::vector<json::value*> aws_principals(json::value& document) {
    std::vector<json::value*> out;
    for (json::value* statement : items_of(member(&document, "Statement"))) {
        for (const char* element : {"Principal", "NotPrincipal"}) {
            for (json::value* text : items_of(member(member(statement, element), "AWS"))) {
                if (text->is_string()) out.push_back(text);
            }
        }
    }
    return out;
}

}  // namespace

void WorldBuilder::declare_role(const Declared& declared) {
    check_range(declared, "MaxSessionDuration", kSessionMaxLeast, kSessionMaxMost);
    auto trust = read_document(
        declared, "AssumeRolePolicyDocument", declared.resource.physical_id, iam::PolicyType::Trust
    );
    if (!trust) return;
    Role role{
        declared.account,
        declared.resource.physical_id,
        declared.properties.text_or("Path", "/"),
        attribute(declared, "Arn"),
        unique_id("AROA", declared),
        *std::move(trust)};
    role.session_max =
        std::chrono::seconds(declared.properties.number("MaxSessionDuration").value_or(3600));
    role.tags = declared.properties.tags();
    role.where = declared.where();
    std::vector<std::string> names = {role.arn, name_in(role.account, role.name)};
    world_.roles_.add(std::move(role), std::move(names), {declared.account});
}

void WorldBuilder::declare_user(const Declared& declared) {
    User user{declared.account, declared.resource.physical_id, attribute(declared, "Arn")};
    user.unique_id = unique_id("AIDA", declared);
    user.tags = declared.properties.tags();
    user.where = declared.where();
    if (!declared.properties.texts("Groups").empty()) refuse_group(declared);
    std::vector<std::string> names = {user.arn, name_in(user.account, user.name)};
    world_.users_.add(std::move(user), std::move(names));
}

void WorldBuilder::declare_instance_profile(const Declared& declared) {
    InstanceProfile profile{
        declared.account, declared.resource.physical_id, attribute(declared, "Arn")};
    profile.unique_id = unique_id("AIPA", declared);
    const auto roles = declared.properties.texts("Roles");
    if (!roles.empty()) profile.role = roles.front();
    if (roles.size() != 1)
        problem("cloud.instance_profile.roles"_msg, declared.where("Roles"));  // AWS takes one
    profile.where = declared.where();
    std::vector<std::string> names = {name_in(profile.account, profile.name)};
    world_.instance_profiles_.add(std::move(profile), std::move(names), {declared.account});
}

void WorldBuilder::check_instance_profile(const Declared& declared) {
    if (!problems_.empty()) return;  // a role whose policies are refused is not there either
    for (const std::string& name : declared.properties.texts("Roles")) {
        if (world_.role(declared.account, name)) continue;
        problem("cloud.role.unknown"_msg, declared.where("Roles"), {{"name", name}});
    }
}

void WorldBuilder::declare_managed_policy(const Declared& declared) {
    const CustomerPolicy policy{&declared.resource, declared.stack, declared.account};
    customer_policies_.emplace(declared.resource.physical_id, policy);
}

// The policies that a role or a user lists itself: inline, managed, and its boundary.
void WorldBuilder::attach_policies(const Declared& declared) {
    const bool is_role = declared.resource.type == "AWS::IAM::Role";
    const auto attach = [&](const iam::Policy& policy) {
        if (is_role) attach_to_role(declared, declared.resource.physical_id, policy);
        if (!is_role) attach_to_user(declared, declared.resource.physical_id, policy);
    };
    const auto inline_policies = declared.properties.items("Policies");
    for (std::size_t i = 0; i < inline_policies.size(); ++i) {
        auto policy = read_document(
            declared,
            indexed("Policies", i, ".PolicyDocument"),
            inline_policies[i].text_or("PolicyName", ""),
            iam::PolicyType::Identity
        );
        if (policy) attach(*policy);
    }
    const auto arns = declared.properties.texts("ManagedPolicyArns");
    for (std::size_t i = 0; i < arns.size(); ++i) {
        const auto below = indexed("ManagedPolicyArns", i);
        if (auto policy = policy_by_arn(declared, arns[i], below, iam::PolicyType::Identity)) {
            attach(*policy);
        }
    }
    const auto boundary = declared.properties.text("PermissionsBoundary");
    if (!boundary) return;
    auto policy =
        policy_by_arn(declared, *boundary, "PermissionsBoundary", iam::PolicyType::Boundary);
    if (!policy) return;
    const std::string arn = attribute(declared, "Arn");
    if (Role* role = world_.roles_.find(arn)) role->boundary = {*policy};
    if (User* user = world_.users_.find(arn)) user->boundary = {*policy};
}

void WorldBuilder::attach_managed_policy(const Declared& declared) {
    auto policy = policy_by_arn(
        declared, declared.resource.physical_id, "PolicyDocument", iam::PolicyType::Identity
    );
    if (!policy) return;
    world_.customer_policies_.emplace(declared.resource.physical_id, *policy);
    attach_to_named(declared, *policy);
}

void WorldBuilder::attach_inline_policy(const Declared& declared) {
    auto name = declared.properties.text_or("PolicyName", "");
    auto policy =
        read_document(declared, "PolicyDocument", std::move(name), iam::PolicyType::Identity);
    if (policy) attach_to_named(declared, *policy);
}

void WorldBuilder::attach_role_policy(const Declared& declared) {
    auto name = declared.properties.text_or("PolicyName", "");
    auto policy =
        read_document(declared, "PolicyDocument", std::move(name), iam::PolicyType::Identity);
    if (policy) attach_to_role(declared, declared.properties.text_or("RoleName", ""), *policy);
}

void WorldBuilder::attach_user_policy(const Declared& declared) {
    auto name = declared.properties.text_or("PolicyName", "");
    auto policy =
        read_document(declared, "PolicyDocument", std::move(name), iam::PolicyType::Identity);
    if (policy) attach_to_user(declared, declared.properties.text_or("UserName", ""), *policy);
}

// Groups give users rights by a way that nothing here follows yet; passing them over would judge
// those users by too little.
void WorldBuilder::refuse_group(const Declared& declared) {
    problem("cloud.group.not_supported"_msg, declared.where());
}

bool WorldBuilder::is_unknown_principal(std::string_view text) const {
    const auto arn = parse_arn(text);
    if (!arn || !world_.account(arn->account)) return false;
    if (arn->service == "iam" && arn->resource.starts_with("role/")) return !world_.role(text);
    if (arn->service == "iam" && arn->resource.starts_with("user/")) return !world_.user(text);
    const auto parts = split(arn->resource, '/');
    return arn->service == "sts" && parts.size() == 3 && parts[0] == "assumed-role" &&
           !world_.role(arn->account, parts[1]);
}

// IAM keeps a principal as its unique id, so a role that is gone (or that no template makes) is
// nobody, also when another one gets its name. IAM User Guide, "Principal": the policy then shows
// the id in the ARN's place.
void WorldBuilder::forget_unknown_principals(const Declared& declared) {
    Role* role = world_.roles_.find(name_in(declared.account, declared.resource.physical_id));
    if (!role) return;
    json::value document = role->trust.document();
    bool changed = false;
    for (json::value* text : aws_principals(document)) {
        const std::string arn(json::view(text->as_string()));
        if (!is_unknown_principal(arn)) continue;
        const bool user = arn.find(":user/") != std::string::npos;
        *text = std::string(user ? "AIDA" : "AROA") + stable_id(arn, kIdAlphabet, kIdLength);
        changed = true;
    }
    if (!changed) return;
    auto trust = iam::read_policy(document, role->trust.name(), iam::PolicyType::Trust);
    if (!trust) return;
    remember(*trust, {declared.stack, declared.where("AssumeRolePolicyDocument")});
    role->trust = *std::move(trust);
}

// Unverified, so a switch: an endpoint policy may name a role that is not there yet.
void WorldBuilder::check_endpoint_principals(const Declared& declared) {
    const auto& switches = world_.configuration_.twin.switches;
    if (switches.endpoint_policy_unknown_principal == config::UnknownPrincipal::Accepted) return;
    const json::value* found = declared.properties.find("PolicyDocument");
    if (!found) return;
    json::value document = *found;
    if (const auto* text = document.if_string()) {
        auto read = json::parse(json::view(*text));
        if (!read) return;  // attach_endpoint has said so
        document = *std::move(read);
    }
    for (const json::value* text : aws_principals(document)) {
        const std::string arn(json::view(text->as_string()));
        const auto parts = parse_arn(arn);
        if (!parts || parts->account == declared.account || !is_unknown_principal(arn)) continue;
        problem(
            "cloud.endpoint.unknown_principal"_msg, declared.where("PolicyDocument"), {{"arn", arn}}
        );
    }
}

// AWS's own policies come from the dated bundle, the customer's from the account's templates.
std::optional<iam::Policy> WorldBuilder::policy_by_arn(
    const Declared& declared,
    std::string_view arn,
    std::string_view below,
    iam::PolicyType type
) {
    if (const auto own = customer_policies_.find(arn); own != customer_policies_.end()) {
        const CustomerPolicy& found = own->second;
        const Declared at{
            found.account, found.stack, *found.resource, Properties(found.resource->properties)};
        return read_document(at, "PolicyDocument", std::string(arn), type);
    }
    if (auto policy = saved_policy(arn, type)) return policy;
    if (auto policy = managed_policies_->find(arn, type)) {
        remember(*policy, {nullptr, Location{policy->name()}});
        return policy;
    }
    refuse_unknown_policy(declared, arn, below);
    return std::nullopt;
}

std::optional<iam::Policy> WorldBuilder::saved_policy(std::string_view arn, iam::PolicyType type) {
    const auto& folder = world_.configuration_.templates.managed_policies;
    const std::string name = managed_policy_name(arn);
    if (!folder || name.empty()) return std::nullopt;
    const auto found = files_.find(*folder + "/" + name + ".json");
    if (found == files_.end()) return std::nullopt;
    const auto& [file, text] = *found;
    const bool first = saved_policies_.insert(file).second;
    auto policy = read_managed_policy(text, arn, type);
    if (policy) {
        remember(*policy, {nullptr, Location{policy->name()}});
        if (first) {
            assume("cloud.assume.managed_policy"_msg, {{"policy", policy->name()}, {"file", file}});
        }
        return *std::move(policy);
    }
    for (Problem& each : std::move(policy).error()) {
        each.where.file = file;
        if (first) problems_.push_back(std::move(each));
    }
    return std::nullopt;
}

void WorldBuilder::refuse_unknown_policy(
    const Declared& declared,
    std::string_view arn,
    std::string_view below
) {
    const std::string name = managed_policy_name(arn);
    if (name.empty()) {
        return problem(
            "cloud.managed_policies.not_ours"_msg,
            declared.where(below),
            {{"arn", std::string(arn)}}
        );
    }
    const auto& folder = world_.configuration_.templates.managed_policies;
    const std::string file = folder.value_or("managed-policies") + "/" + name + ".json";
    if (saved_policies_.contains(file)) return;  // it is there and cannot be read
    problem(
        folder ? "cloud.managed_policies.not_saved"_msg : "cloud.managed_policies.unknown"_msg,
        declared.where(below),
        {{"arn", std::string(arn)}, {"date", managed_policies_->date()}, {"file", file}}
    );
}

// To the roles and users that the policy's own resource lists.
void WorldBuilder::attach_to_named(const Declared& declared, const iam::Policy& policy) {
    for (const std::string& name : declared.properties.texts("Roles")) {
        attach_to_role(declared, name, policy);
    }
    for (const std::string& name : declared.properties.texts("Users")) {
        attach_to_user(declared, name, policy);
    }
    if (!declared.properties.texts("Groups").empty()) refuse_group(declared);
}

void WorldBuilder::attach_to_role(
    const Declared& declared,
    const std::string& name,
    const iam::Policy& policy
) {
    if (Role* role = world_.roles_.find(name_in(declared.account, name))) {
        role->identity.push_back(policy);
    } else if (name != declared.resource.physical_id) {  // else its trust policy was refused
        problem("cloud.role.unknown"_msg, declared.where(), {{"name", name}});
    }
}

void WorldBuilder::attach_to_user(
    const Declared& declared,
    const std::string& name,
    const iam::Policy& policy
) {
    if (User* user = world_.users_.find(name_in(declared.account, name))) {
        user->identity.push_back(policy);
    } else {
        problem("cloud.user.unknown"_msg, declared.where(), {{"name", name}});
    }
}

}  // namespace kakehashi::cloud

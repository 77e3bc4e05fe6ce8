#include "cloud/world.h"

#include "cloud/detail/builder.h"

#include <algorithm>
#include <array>

namespace kakehashi::cloud {
// --- looking things up ---

const Account* World::account(std::string_view id) const {
    return accounts_.find(id);
}

const Account* World::account_named(std::string_view name) const {
    return accounts_.find(name_in("", name));
}

const Role* World::role(std::string_view arn) const {
    return roles_.find(arn);
}

const Role* World::role(std::string_view account, std::string_view name) const {
    return roles_.find(name_in(account, name));
}

std::vector<const Role*> World::roles_of(std::string_view account) const {
    return roles_.in(account);
}

const User* World::user(std::string_view arn) const {
    return users_.find(arn);
}

const InstanceProfile* World::instance_profile(std::string_view account, std::string_view name)
    const {
    return instance_profiles_.find(name_in(account, name));
}

const iam::Policy* World::customer_policy(std::string_view arn) const {
    const auto found = customer_policies_.find(arn);
    return found == customer_policies_.end() ? nullptr : &found->second;
}

const Vpc* World::vpc(std::string_view id) const {
    return vpcs_.find(id);
}

const Subnet* World::subnet(std::string_view id) const {
    return subnets_.find(id);
}

const RouteTable* World::route_table(std::string_view id) const {
    return route_tables_.find(id);
}

const NetworkAcl* World::network_acl(std::string_view id) const {
    return network_acls_.find(id);
}

const SecurityGroup* World::security_group(std::string_view id) const {
    return security_groups_.find(id);
}

const Endpoint* World::endpoint(std::string_view id) const {
    return endpoints_.find(id);
}

std::vector<const Endpoint*> World::endpoints_in(std::string_view vpc) const {
    return endpoints_.in(vpc);
}

std::vector<const Instance*> World::instances_of(std::string_view account) const {
    return instances_.in(account);
}

const CodeArtifactDomain* World::codeartifact_domain(
    std::string_view account,
    std::string_view name
) const {
    return codeartifact_domains_.find(name_in(account, name));
}

const CodeArtifactRepository* World::codeartifact_repository(
    std::string_view account,
    std::string_view domain,
    std::string_view name
) const {
    return codeartifact_repositories_.find(name_in(name_in(account, domain), name));
}

bool World::same_organization(const std::string& a, const std::string& b) const {
    if (a == b) return true;
    return organization_ && organization_->find(a) && organization_->find(b);
}

std::vector<cfn::PassedOver> World::passed_over() const {
    std::vector<cfn::PassedOver> all;
    for (const Account& account : accounts_.all()) {
        for (const auto& stack : account.stacks) {
            all.insert(all.end(), stack->passed_over.begin(), stack->passed_over.end());
        }
    }
    return all;
}

std::vector<cfn::PassedOver> World::set_aside() const {
    std::vector<cfn::PassedOver> all;
    for (const Account& account : accounts_.all()) {
        for (const auto& stack : account.stacks) {
            all.insert(all.end(), stack->set_aside.begin(), stack->set_aside.end());
        }
    }
    return all;
}

Location World::where(const iam::Policy& policy) const {
    const auto found = sources_.find(&policy.compiled());
    return found == sources_.end() ? Location{policy.name()} : found->second.where;
}

bool World::is_own(const iam::Policy& policy) const {
    const auto found = sources_.find(&policy.compiled());
    if (found == sources_.end()) return false;
    return found->second.stack || !found->second.where.file.starts_with("arn:");
}

const PolicySource* World::source(const iam::Policy& policy) const {
    const auto found = sources_.find(&policy.compiled());
    return found == sources_.end() ? nullptr : &found->second;
}

std::size_t PolicySource::line_of(std::string_view path) const {
    if (stack) return stack->line_of(path);
    return file ? file->line_of(path).value_or(where.line) : where.line;
}

Location World::where(const iam::StatementMatch& match, std::string_view below) const {
    Location at = where(match.policy);
    const auto found = sources_.find(&match.policy.compiled());
    if (found == sources_.end()) return at;
    const bool listed = json::find_array(match.policy.document(), "Statement") != nullptr;
    at.path += at.path.empty() ? "Statement" : ".Statement";
    if (listed) at.path += "[" + std::to_string(match.statement) + "]";
    if (!below.empty()) at.path.append(".").append(below);
    at.line = found->second.line_of(at.path);
    return at;
}

std::vector<std::string> files_of(const config::Configuration& configuration) {
    std::vector<std::string> files = configuration.operator_account.templates;
    for (const auto& municipality : configuration.municipalities) {
        files.insert(files.end(), municipality.templates.begin(), municipality.templates.end());
    }
    if (configuration.twin.organization) {
        for (const auto& policy : configuration.twin.organization->policies) {
            files.push_back(policy.file);
        }
    }
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    return files;
}

Expected<std::shared_ptr<const World>, Problems> build_world(
    config::Configuration configuration,
    const std::map<std::string, std::string>& files
) {
    return WorldBuilder(std::move(configuration), files).build();
}

Expected<std::shared_ptr<const World>, Problems> build_partial_world(
    config::Configuration configuration,
    const std::map<std::string, std::string>& files
) {
    WorldBuilder builder(std::move(configuration), files);
    builder.set_unsupported_aside();
    return builder.build();
}

// --- building ---

std::string Declared::path(std::string_view below) const {
    std::string out = "Resources." + resource.logical_id;
    if (!below.empty()) out.append(".Properties.").append(below);
    return out;
}

Location Declared::where(std::string_view below) const {
    std::string at = path(below);
    const std::size_t line = stack->line_of(at);
    return {stack->file, line, std::move(at)};
}

WorldBuilder::WorldBuilder(
    config::Configuration configuration,
    const std::map<std::string, std::string>& files
)
    : files_(files) {
    world_.configuration_ = std::move(configuration);
    world_.catalog_ = &aws::built_in_catalog();
}

Expected<std::shared_ptr<const World>, Problems> WorldBuilder::build() {
    choose_managed_policies();
    add_accounts();
    if (!problems_.empty()) return Failure{std::move(problems_)};
    run_steps(&TypeSteps::declare);
    assume_networks();
    run_steps(&TypeSteps::attach);
    assume_workloads();
    run_steps(&TypeSteps::finish);
    place_instances();
    build_organization();
    if (!problems_.empty()) return Failure{std::move(problems_)};
    return std::shared_ptr<const World>(std::make_shared<World>(std::move(world_)));
}

void WorldBuilder::choose_managed_policies() {
    const auto dates = managed_policy_dates();
    const auto& wanted = world_.configuration_.twin.managed_policies;
    std::string date = wanted.value_or(dates.back());
    if (std::find(dates.begin(), dates.end(), date) == dates.end()) {
        std::string known;
        for (const std::string& each : dates) {
            known += (known.empty() ? "" : ", ") + each;
        }
        problem(
            "cloud.managed_policies.no_such_date"_msg,
            world_.configuration_.twin.where.of("managed_policies"),
            {{"date", date}, {"known", known}}
        );
        date = dates.back();
    }
    world_.managed_policies_date_ = date;
    managed_policies_.emplace(std::move(date));
}

void WorldBuilder::add_accounts() {
    const config::Configuration& configuration = world_.configuration_;
    const auto& owner = configuration.operator_account;
    Account first{owner.account, "operator", configuration.twin.operator_account};
    resolve_stacks(first, owner.templates, owner.parameters);
    add_account(std::move(first));
    for (const auto& municipality : configuration.municipalities) {
        const auto state = configuration.twin.municipality_accounts.find(municipality.name);
        Account account{municipality.account, municipality.name};
        if (state != configuration.twin.municipality_accounts.end()) account.state = state->second;
        resolve_stacks(account, municipality.templates, municipality.parameters);
        add_account(std::move(account));
    }
}

void WorldBuilder::add_account(Account account) {
    std::vector<std::string> names = {account.id, name_in("", account.name)};
    world_.accounts_.add(std::move(account), std::move(names));
}

namespace {

// Those that the template declares. What no template declares the last one gets, so that cfn says
// it. `taken`: by this template and the ones before it.
config::Parameters parameters_of(
    const cfn::Template& read,
    const config::Parameters& all,
    bool last,
    std::set<std::string>& taken
) {
    config::Parameters out;
    for (const auto& [name, value] : all) {
        const bool declared = read.line_of("Parameters." + name).has_value();
        if (declared) taken.insert(name);
        const bool unknown = last && !taken.contains(name);
        if (declared || unknown) out[name] = value;
    }
    return out;
}

}  // namespace

// Stacks of an account are resolved in their order; each sees what the ones before it export, and
// gets the parameters that it declares.
void WorldBuilder::resolve_stacks(
    Account& account,
    const std::vector<std::string>& templates,
    const config::Parameters& parameters
) {
    cfn::StackSettings settings;
    settings.account = account.id;
    settings.region = world_.region();
    settings.inert = world_.configuration_.templates.inert;
    settings.unsupported = unsupported_;
    if (templates.empty()) {
        problem(
            "cloud.template.none"_msg,
            Location{world_.configuration_.file},
            {{"account", account.name}}
        );
    }
    std::set<std::string> taken;
    for (std::size_t i = 0; i < templates.size(); ++i) {
        const auto text = files_.find(templates[i]);
        if (text == files_.end()) continue;  // cli has said that it cannot be read
        auto read = cfn::read_template(text->second, templates[i]);
        const bool last = i + 1 == templates.size();
        if (read) settings.parameters = parameters_of(*read, parameters, last, taken);
        settings.name = "kakehashi-" + account.name + (i == 0 ? "" : "-" + std::to_string(i + 1));
        auto stack = read ? cfn::resolve(*read, settings)
                          : Expected<cfn::Stack, Problems>(Failure{std::move(read).error()});
        if (!stack) {
            problems_.insert(problems_.end(), stack.error().begin(), stack.error().end());
            settings.exports = cfn::StackSettings::Exports::Partial;
            continue;
        }
        settings.imports.insert(stack->exports.begin(), stack->exports.end());
        account.stacks.push_back(std::make_shared<const cfn::Stack>(*std::move(stack)));
    }
}

void WorldBuilder::run_steps(Step TypeSteps::*pass) {
    for (const Account& account : world_.accounts_.all()) {
        for (const auto& stack : account.stacks) {
            for (const cfn::Resource& resource : stack->resources) {
                const TypeSteps* steps = steps_of(resource.type);
                if (!steps || !(steps->*pass)) continue;
                const Declared declared{
                    account.id, stack, resource, Properties(resource.properties)};
                (this->*(steps->*pass))(declared);
            }
        }
    }
}

// What each resource type means here. A type that is not in the list was judged by cfn: it is
// supported and says nothing about the crossing (docs/cloud.md says why, type by type).
const WorldBuilder::TypeSteps* WorldBuilder::steps_of(std::string_view type) {
    using B = WorldBuilder;
    static constexpr std::array kSteps = {
        TypeSteps{
            "AWS::Bedrock::ApplicationInferenceProfile",
            &B::declare_application_profile,
            nullptr,
            nullptr},
        TypeSteps{
            "AWS::Bedrock::EnforcedGuardrailConfiguration", &B::refuse_type, nullptr, nullptr},
        TypeSteps{"AWS::Bedrock::Guardrail", &B::declare_guardrail, nullptr, nullptr},
        TypeSteps{"AWS::Bedrock::ResourcePolicy", &B::refuse_type, nullptr, nullptr},
        TypeSteps{"AWS::CodeArtifact::Domain", &B::declare_codeartifact_domain, nullptr, nullptr},
        TypeSteps{
            "AWS::CodeArtifact::Repository", &B::declare_codeartifact_repository, nullptr, nullptr},
        TypeSteps{"AWS::EC2::DHCPOptions", &B::declare_dhcp_options, nullptr, nullptr},
        TypeSteps{"AWS::EC2::EIP", nullptr, nullptr, &B::attach_address},
        TypeSteps{"AWS::EC2::EIPAssociation", nullptr, nullptr, &B::attach_address},
        TypeSteps{"AWS::EC2::Instance", nullptr, &B::attach_instance, nullptr},
        TypeSteps{"AWS::EC2::NetworkAcl", &B::declare_network_acl, nullptr, nullptr},
        TypeSteps{"AWS::EC2::NetworkAclEntry", nullptr, &B::attach_network_acl_entry, nullptr},
        TypeSteps{"AWS::EC2::PrefixList", &B::declare_prefix_list, nullptr, nullptr},
        TypeSteps{"AWS::EC2::Route", nullptr, &B::attach_route, &B::check_route},
        TypeSteps{"AWS::EC2::RouteTable", &B::declare_route_table, nullptr, nullptr},
        TypeSteps{"AWS::EC2::SecurityGroup", &B::declare_security_group, nullptr, nullptr},
        TypeSteps{"AWS::EC2::SecurityGroupEgress", nullptr, &B::attach_egress, nullptr},
        TypeSteps{"AWS::EC2::SecurityGroupIngress", nullptr, &B::attach_ingress, nullptr},
        TypeSteps{"AWS::EC2::Subnet", &B::declare_subnet, nullptr, nullptr},
        TypeSteps{
            "AWS::EC2::SubnetNetworkAclAssociation", nullptr, &B::attach_network_acl, nullptr},
        TypeSteps{
            "AWS::EC2::SubnetRouteTableAssociation", nullptr, &B::attach_route_table, nullptr},
        TypeSteps{"AWS::EC2::VPC", &B::declare_vpc, nullptr, nullptr},
        TypeSteps{"AWS::EC2::VPCCidrBlock", nullptr, &B::attach_vpc_block, nullptr},
        TypeSteps{"AWS::EC2::VPCDHCPOptionsAssociation", nullptr, &B::attach_dhcp_options, nullptr},
        TypeSteps{
            "AWS::EC2::VPCEndpoint", nullptr, &B::attach_endpoint, &B::check_endpoint_principals},
        TypeSteps{"AWS::EC2::VPCGatewayAttachment", nullptr, &B::attach_internet_gateway, nullptr},
        TypeSteps{"AWS::ECS::Service", nullptr, &B::attach_service, nullptr},
        TypeSteps{"AWS::ECS::TaskDefinition", &B::declare_task_definition, nullptr, nullptr},
        TypeSteps{"AWS::IAM::Group", nullptr, &B::refuse_group, nullptr},
        TypeSteps{
            "AWS::IAM::InstanceProfile",
            &B::declare_instance_profile,
            nullptr,
            &B::check_instance_profile},
        TypeSteps{
            "AWS::IAM::ManagedPolicy",
            &B::declare_managed_policy,
            &B::attach_managed_policy,
            nullptr},
        TypeSteps{"AWS::IAM::Policy", nullptr, &B::attach_inline_policy, nullptr},
        TypeSteps{
            "AWS::IAM::Role", &B::declare_role, &B::attach_policies, &B::forget_unknown_principals},
        TypeSteps{"AWS::IAM::RolePolicy", nullptr, &B::attach_role_policy, nullptr},
        TypeSteps{"AWS::IAM::User", &B::declare_user, &B::attach_policies, nullptr},
        TypeSteps{"AWS::IAM::UserPolicy", nullptr, &B::attach_user_policy, nullptr},
        TypeSteps{"AWS::Lambda::Function", nullptr, &B::attach_function, nullptr},
        TypeSteps{
            "AWS::Organizations::OrganizationalUnit",
            &B::declare_organizational_unit,
            nullptr,
            nullptr},
        TypeSteps{"AWS::Organizations::Policy", &B::declare_organization_policy, nullptr, nullptr},
        TypeSteps{"AWS::Route53::HostedZone", &B::refuse_aws_names, nullptr, nullptr},
        TypeSteps{"AWS::Route53::RecordSet", &B::refuse_aws_names, nullptr, nullptr},
        TypeSteps{
            "Custom::KakehashiInvocationLogging", &B::check_custom_resource, nullptr, nullptr},
    };
    const auto found = std::find_if(kSteps.begin(), kSteps.end(), [&](const TypeSteps& steps) {
        return steps.type == type;
    });
    return found == kSteps.end() ? nullptr : &*found;
}

void WorldBuilder::refuse_type(const Declared& declared) {
    problem("cloud.type.not_judged"_msg, declared.where(), {{"type", declared.resource.type}});
}

void WorldBuilder::unknown_reference(
    const Declared& declared,
    std::string_view below,
    const std::string& id
) {
    problem("cloud.reference.unknown"_msg, declared.where(below), {{"id", id}});
}

void WorldBuilder::refuse_unknown_keys(
    const Declared& declared,
    std::string_view below,
    const Properties& object,
    std::initializer_list<std::string_view> known
) {
    for (const std::string& key : object.keys()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const std::string at = std::string(below) + "." + key;
        problem("cloud.property.unknown"_msg, declared.where(at), {{"property", key}});
    }
}

void WorldBuilder::check_word(
    const Declared& declared,
    std::string_view below,
    std::initializer_list<std::string_view> known
) {
    const auto word = declared.properties.text(below);
    if (!word || std::find(known.begin(), known.end(), *word) != known.end()) return;
    std::string all;
    for (std::string_view one : known) {
        all.append(all.empty() ? "" : ", ").append(one);
    }
    problem("cloud.property.word"_msg, declared.where(below), {{"word", *word}, {"known", all}});
}

void WorldBuilder::check_range(
    const Declared& declared,
    std::string_view below,
    std::int64_t least,
    std::int64_t most
) {
    const auto value = declared.properties.number(below);
    if (!value || (*value >= least && *value <= most)) return;
    problem(
        "cloud.property.range"_msg,
        declared.where(below),
        {{"least", std::to_string(least)}, {"most", std::to_string(most)}}
    );
}

void WorldBuilder::problem(
    MessageId id,
    Location where,
    std::vector<std::pair<std::string, std::string>> fields
) {
    add({{std::move(id), std::move(fields)}, std::move(where)});
}

// A policy that is attached in two places is read twice, and told once.
void WorldBuilder::add(Problem found) {
    for (const Problem& told : problems_) {
        const Location& at = told.where;
        if (at.file == found.where.file && at.path == found.where.path &&
            told.what.id == found.what.id) {
            return;
        }
    }
    problems_.push_back(std::move(found));
}

std::optional<iam::Policy> WorldBuilder::read_document(
    const Declared& declared,
    std::string_view below,
    std::string name,
    iam::PolicyType type
) {
    const std::string path = declared.path(below);
    const json::value* document = nullptr;
    // `below` is "PolicyDocument" or "Policies[1].PolicyDocument".
    if (const auto dot = below.find("]."); dot != below.npos) {
        const auto open = below.find('[');
        const auto* list = declared.properties.find(below.substr(0, open));
        const std::size_t index = std::stoul(std::string(below.substr(open + 1, dot - open - 1)));
        document = json::find(list->as_array()[index], below.substr(dot + 2));
    } else {
        document = declared.properties.find(below);
    }
    if (!document) return std::nullopt;
    const auto* text = document->if_string();
    auto policy = text ? iam::parse_policy(json::view(*text), std::move(name), type)
                       : iam::read_policy(*document, std::move(name), type);
    if (!policy) {
        for (Problem& found : std::move(policy).error()) {
            std::string at = path;
            if (!found.where.path.empty()) at += "." + found.where.path;
            const std::size_t line = declared.stack->line_of(at);
            found.where = {declared.stack->file, line, std::move(at)};
            add(std::move(found));
        }
        return std::nullopt;
    }
    remember(*policy, {declared.stack, declared.where(below)});
    return *policy;
}

void WorldBuilder::remember(const iam::Policy& policy, PolicySource source) {
    world_.sources_.insert_or_assign(&policy.compiled(), std::move(source));
}

}  // namespace kakehashi::cloud

#pragma once

#include "cloud/detail/properties.h"
#include "cloud/managed_policies.h"
#include "cloud/world.h"

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kakehashi::cloud {

// One resource of a stack, while the world is built.
struct Declared {  // NOLINT(cppcoreguidelines-pro-type-member-init): made with all of them
    const std::string& account;
    const std::shared_ptr<const cfn::Stack>& stack;
    const cfn::Resource& resource;
    Properties properties;

    std::string path(std::string_view below = "") const;  // "Resources.X.Properties.Below"
    Location where(std::string_view below = "") const;
};

// Makes a World of a configuration and the texts of its files: first everything that has a name
// (roles, networks), then what is attached to it (policies, rules, routes), then what can be judged
// only when all of that is there, then the organisation.
class WorldBuilder {
public:
    WorldBuilder(
        config::Configuration configuration,
        const std::map<std::string, std::string>& files
    );
    void set_unsupported_aside() { unsupported_ = cfn::StackSettings::Unsupported::SetAside; }
    Expected<std::shared_ptr<const World>, Problems> build();

private:
    using Step = void (WorldBuilder::*)(const Declared&);
    struct TypeSteps {
        std::string_view type;
        Step declare, attach, finish;  // null: nothing to do in that pass
    };
    static const TypeSteps* steps_of(std::string_view type);

    // world.cpp
    void choose_managed_policies();
    void add_accounts();
    void add_account(Account account);
    void resolve_stacks(
        Account& account,
        const std::vector<std::string>& templates,
        const config::Parameters& parameters
    );
    void run_steps(Step TypeSteps::*pass);
    void add(Problem found);
    void problem(
        MessageId id,
        Location where,
        std::vector<std::pair<std::string, std::string>> fields = {}
    );
    // A resource that bears on the crossing in a way that nothing here judges.
    void refuse_type(const Declared& declared);
    // Says so where `id` names nothing of the templates: what is attached to it would go unseen.
    void unknown_reference(const Declared& declared, std::string_view below, const std::string& id);
    // Objects that cfn takes with any key: those that are not in `known` are problems.
    void refuse_unknown_keys(
        const Declared& declared,
        std::string_view below,
        const Properties& object,
        std::initializer_list<std::string_view> known
    );
    // A policy document that stands `below` the properties, as an object or as JSON text.
    std::optional<iam::Policy> read_document(
        const Declared& declared,
        std::string_view below,
        std::string name,
        iam::PolicyType type
    );
    void remember(const iam::Policy& policy, PolicySource source);

    // A word or a number of a property that AWS takes no other of; what is not there is fine.
    void check_word(
        const Declared& declared,
        std::string_view below,
        std::initializer_list<std::string_view> known
    );
    void check_range(
        const Declared& declared,
        std::string_view below,
        std::int64_t least,
        std::int64_t most
    );

    // build_identity.cpp
    void declare_role(const Declared& declared);
    void declare_user(const Declared& declared);
    void declare_instance_profile(const Declared& declared);
    void check_instance_profile(const Declared& declared);
    void attach_policies(const Declared& declared);  // of a role's or user's own properties
    void declare_managed_policy(const Declared& declared);
    void attach_managed_policy(const Declared& declared);  // AWS::IAM::ManagedPolicy's Roles, Users
    void attach_inline_policy(const Declared& declared);   // AWS::IAM::Policy
    void attach_role_policy(const Declared& declared);     // AWS::IAM::RolePolicy
    void attach_user_policy(const Declared& declared);     // AWS::IAM::UserPolicy
    void refuse_group(const Declared& declared);
    void forget_unknown_principals(const Declared& declared);
    // A role or user of one of the world's accounts that no template declares.
    bool is_unknown_principal(std::string_view text) const;
    std::optional<iam::Policy> policy_by_arn(
        const Declared& declared,
        std::string_view arn,
        std::string_view below,
        iam::PolicyType type
    );
    // From the folder of [templates] managed_policies. nullopt: it is not there, or no policy.
    std::optional<iam::Policy> saved_policy(std::string_view arn, iam::PolicyType type);
    void refuse_unknown_policy(
        const Declared& declared,
        std::string_view arn,
        std::string_view below
    );
    void attach_to_named(const Declared& declared, const iam::Policy& policy);
    void attach_to_role(
        const Declared& declared,
        const std::string& name,
        const iam::Policy& policy
    );
    void attach_to_user(
        const Declared& declared,
        const std::string& name,
        const iam::Policy& policy
    );

    // build_network.cpp
    void declare_vpc(const Declared& declared);
    void declare_subnet(const Declared& declared);
    void declare_route_table(const Declared& declared);
    void declare_network_acl(const Declared& declared);
    void declare_security_group(const Declared& declared);
    void attach_vpc_block(const Declared& declared);
    void attach_route(const Declared& declared);
    void attach_route_table(const Declared& declared);
    void attach_network_acl_entry(const Declared& declared);
    void attach_network_acl(const Declared& declared);
    void attach_ingress(const Declared& declared);
    void attach_egress(const Declared& declared);
    void attach_internet_gateway(const Declared& declared);
    void attach_endpoint(const Declared& declared);
    void attach_instance(const Declared& declared);
    void attach_address(const Declared& declared);
    void declare_prefix_list(const Declared& declared);
    void declare_dhcp_options(const Declared& declared);
    void attach_dhcp_options(const Declared& declared);
    void refuse_aws_names(const Declared& declared);
    void check_route(const Declared& declared);
    void check_endpoint_principals(const Declared& declared);
    void read_metadata_options(const Declared& declared, MetadataOptions& out);
    void check_ports(
        const Declared& declared,
        const Properties& rule,
        std::string_view below,
        std::string_view from_key,
        std::string_view to_key
    );
    GroupRule group_rule(const Declared& declared, const Properties& rule, std::string_view below);
    Ipv4 next_address(const Subnet& subnet);

    // assume.cpp
    void assume_networks();
    void assume_network(
        const config::Municipality& municipality,
        const config::ExistingVpc& existing
    );
    void assume_workloads();
    void assume_workload(const Account& account, const config::Municipality& municipality);
    std::set<std::string, std::less<>> endpoint_vpcs(const Account& account) const;
    std::vector<std::string> workload_subnets(const Account& account) const;
    std::vector<std::string> workload_groups(const Account& account) const;
    Instance assumed_instance(
        const Account& account,
        const config::Municipality& municipality,
        const std::string& role
    ) const;
    void place_instances();
    void assume(MessageId id, std::vector<std::pair<std::string, std::string>> fields);

    // build_workloads.cpp
    void attach_function(const Declared& declared);  // AWS::Lambda::Function
    void check_custom_resource(const Declared& declared);
    void declare_task_definition(const Declared& declared);
    void attach_service(const Declared& declared);  // AWS::ECS::Service
    void add_workloads(const std::vector<std::string>& subnets, const Instance& workload);

    // build_codeartifact.cpp
    void declare_codeartifact_domain(const Declared& declared);
    void declare_codeartifact_repository(const Declared& declared);

    // build_organization.cpp
    void declare_application_profile(const Declared& declared);
    void declare_guardrail(const Declared& declared);
    void declare_organizational_unit(const Declared& declared);
    std::string policy_target(const std::string& id) const;  // a unit's name for its id
    void declare_organization_policy(const Declared& declared);
    void build_organization();
    void read_organization_policy(
        Organization& organization,
        const config::OrganizationPolicy& described
    );
    void add_member(
        Organization& organization,
        const config::Organization& described,
        const std::string& account
    );
    void attach_policy_to(
        Organization& organization,
        const iam::Policy& policy,
        const std::vector<std::string>& targets
    );

    World world_;
    cfn::StackSettings::Unsupported unsupported_ = cfn::StackSettings::Unsupported::Refused;
    const std::map<std::string, std::string>& files_;  // outlives this
    Problems problems_;
    std::optional<ManagedPolicies> managed_policies_;
    struct CustomerPolicy {
        const cfn::Resource* resource;
        std::shared_ptr<const cfn::Stack> stack;
        std::string account;
    };
    std::map<std::string, CustomerPolicy, std::less<>> customer_policies_;  // by ARN
    std::map<std::string, std::string, std::less<>> task_roles_;            // by task definition
    std::vector<Instance> instances_;                                       // found so far
    std::set<std::string, std::less<>> addressed_;                          // Elastic IP: their ids
    std::map<std::string, unsigned> addresses_given_;                       // by subnet id
    std::map<std::string, std::string, std::less<>> unit_names_;            // by id
    std::set<std::string, std::less<>> prefix_lists_;                       // of the customer
    std::map<std::string, bool, std::less<>> amazon_dns_;                   // by DHCP options id
    struct TemplatePolicy {
        iam::Policy policy;
        std::vector<std::string> targets;
        std::string account;
        Location where;
    };
    std::vector<TemplatePolicy> template_policies_;      // AWS::Organizations::Policy
    std::set<std::string, std::less<>> saved_policies_;  // files that were told of
};

}  // namespace kakehashi::cloud

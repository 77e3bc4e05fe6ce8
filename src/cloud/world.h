#pragma once

#include "aws/catalog.h"
#include "base/expected.h"
#include "base/problem.h"
#include "cfn/stack.h"
#include "cfn/template.h"
#include "cloud/codeartifact.h"
#include "cloud/identity.h"
#include "cloud/indexed.h"
#include "cloud/network.h"
#include "cloud/organization.h"
#include "config/configuration.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// Both accounts of a crossing and their networks, as data: what `check` proves and the twin
// enforces. Built once from a configuration and its templates; constant from then on, so that it
// is safe from every thread. Pointers into it live as long as it does.
namespace kakehashi::cloud {

struct Account {
    std::string id;
    std::string name;  // "operator", or the municipality's
    config::TwinAccount state = {};
    std::vector<std::shared_ptr<const cfn::Stack>> stacks = {};
    std::map<std::string, std::string> application_profiles = {};  // ARN → what it copies from
    std::set<std::string, std::less<>> guardrails = {};            // ARNs
};

// Where a policy came from.
struct PolicySource {
    std::shared_ptr<const cfn::Stack> stack;  // null: AWS's own, or a file of its own
    Location where;                           // of the document
    std::optional<cfn::Template> file = {};   // where the lines of a file of its own are found

    std::size_t line_of(std::string_view path) const;  // of the place, or of the document
};

class World {
public:
    const config::Configuration& configuration() const { return configuration_; }
    const aws::Catalog& catalog() const { return *catalog_; }
    const std::string& region() const { return configuration_.bedrock.source_region; }
    const std::string& managed_policies_date() const { return managed_policies_date_; }

    const std::vector<Account>& accounts() const { return accounts_.all(); }
    const Account* account(std::string_view id) const;
    const Account* account_named(std::string_view name) const;

    const std::vector<Role>& roles() const { return roles_.all(); }
    const Role* role(std::string_view arn) const;
    const Role* role(std::string_view account, std::string_view name) const;
    std::vector<const Role*> roles_of(std::string_view account) const;
    const std::vector<User>& users() const { return users_.all(); }
    const User* user(std::string_view arn) const;
    const std::vector<InstanceProfile>& instance_profiles() const {
        return instance_profiles_.all();
    }
    const InstanceProfile* instance_profile(std::string_view account, std::string_view name) const;
    // A managed policy of a customer, by its ARN.
    const iam::Policy* customer_policy(std::string_view arn) const;

    const std::vector<Vpc>& vpcs() const { return vpcs_.all(); }
    const std::vector<Subnet>& subnets() const { return subnets_.all(); }
    const std::vector<RouteTable>& route_tables() const { return route_tables_.all(); }
    const std::vector<Endpoint>& endpoints() const { return endpoints_.all(); }
    const Endpoint* endpoint(std::string_view id) const;
    std::vector<const Endpoint*> endpoints_in(std::string_view vpc) const;
    const std::vector<Instance>& instances() const { return instances_.all(); }
    std::vector<const Instance*> instances_of(std::string_view account) const;
    const Vpc* vpc(std::string_view id) const;
    const Subnet* subnet(std::string_view id) const;
    const RouteTable* route_table(std::string_view id) const;
    const NetworkAcl* network_acl(std::string_view id) const;
    const SecurityGroup* security_group(std::string_view id) const;

    const CodeArtifactDomain* codeartifact_domain(std::string_view account, std::string_view name)
        const;
    const CodeArtifactRepository* codeartifact_repository(
        std::string_view account,
        std::string_view domain,
        std::string_view name
    ) const;

    const std::optional<Organization>& organization() const { return organization_; }
    // Whether both accounts are members of one organisation.
    bool same_organization(const std::string& a, const std::string& b) const;

    // What no template says and kakehashi.toml is taken at its word for: an existing VPC, a
    // workload that somebody else starts. Every proof leans on them.
    const std::vector<Message>& assumptions() const { return assumptions_; }

    // The texts of the organisation's policy files, by the name that the configuration has for
    // them.
    const std::map<std::string, std::string>& policy_texts() const { return policy_texts_; }

    // Resources that cannot touch the crossing and were not looked at.
    std::vector<cfn::PassedOver> passed_over() const;
    std::vector<cfn::PassedOver> set_aside() const;  // of `build_partial_world`

    // The line and path of a statement; of AWS's own policies their ARN and version.
    // `below`: "Action[0]".
    Location where(const iam::StatementMatch& match, std::string_view below = "") const;
    Location where(const iam::Policy& policy) const;
    // Whether somebody here can edit it: not AWS's own, not a default.
    bool is_own(const iam::Policy& policy) const;
    // nullptr: AWS's own, or a default.
    const PolicySource* source(const iam::Policy& policy) const;

private:
    friend class WorldBuilder;
    World() = default;
    config::Configuration configuration_;
    const aws::Catalog* catalog_ = nullptr;  // the built-in one, which outlives everything
    std::string managed_policies_date_;
    Indexed<Account> accounts_;
    Indexed<Role> roles_;
    Indexed<User> users_;
    Indexed<InstanceProfile> instance_profiles_;
    std::map<std::string, iam::Policy, std::less<>> customer_policies_;  // by ARN
    Indexed<Vpc> vpcs_;
    Indexed<Subnet> subnets_;
    Indexed<RouteTable> route_tables_;
    Indexed<NetworkAcl> network_acls_;
    Indexed<SecurityGroup> security_groups_;
    Indexed<Endpoint> endpoints_;
    Indexed<Instance> instances_;
    Indexed<CodeArtifactDomain> codeartifact_domains_;
    Indexed<CodeArtifactRepository> codeartifact_repositories_;
    std::optional<Organization> organization_;
    std::vector<Message> assumptions_;
    std::map<std::string, std::string> policy_texts_;
    std::unordered_map<const void*, PolicySource> sources_;  // by the compiled policy's address
};

// The files that `build_world` needs, as the configuration names them.
std::vector<std::string> files_of(const config::Configuration& configuration);

// `files`: name as in `files_of` → contents. Errors: everything that is wrong in the templates and
// in what the configuration says about them; nothing is skipped (twin.md §1).
Expected<std::shared_ptr<const World>, Problems> build_world(
    config::Configuration configuration,
    const std::map<std::string, std::string>& files
);

// The same, but resources of types that are not supported are left out and named by `set_aside`:
// good for findings, never for a verdict.
Expected<std::shared_ptr<const World>, Problems> build_partial_world(
    config::Configuration configuration,
    const std::map<std::string, std::string>& files
);

}  // namespace kakehashi::cloud

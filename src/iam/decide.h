#pragma once

#include "iam/context.h"
#include "iam/policy.h"

#include <optional>
#include <string>
#include <vector>

// How AWS decides one (action, resource) for one principal.
// Source: IAM User Guide, "Policy evaluation logic"; the rules stand in docs/iam.md.
namespace kakehashi::iam {

struct Request {
    std::string action;  // "bedrock:InvokeModel"
    std::string
        principal;         // ARN of a role session, role, user or account root; or a service's name
    std::string resource;  // ARN, or "*" for an action without one
    std::string resource_account;  // "" : the principal's own
    Context context;               // aws:PrincipalArn and the like are the caller's to set
};

// The policies attached at one level of an organisation.
struct Level {
    std::string target;  // "r-…", "ou-…" or an account id
    std::vector<Policy> policies;
};

// Every policy that bears on a request. Policies are shared handles, so a copy is cheap.
struct PolicySet {
    std::vector<Policy> identity;
    std::optional<std::vector<Policy>> boundary;  // absent: the principal has none
    std::optional<std::vector<Policy>> session;   // absent: none passed; present: their union
    std::optional<Policy> resource;               // a resource policy, or a role's trust policy
    std::optional<std::vector<Policy>> endpoint;  // absent: not through a VPC endpoint
    std::vector<Level> scp;                       // root → OU → account; empty: no organisation
    std::vector<Level> rcp;                       // of the resource's account; empty: none bear
    // Which requests those bear on: of the services that AWS lists, or every one.
    enum class RcpServices { Listed, Every } rcp_services = RcpServices::Listed;
};

enum class Result { Allowed, ImplicitlyDenied, ExplicitlyDenied };

// A statement that matched, or (for `nearest`) that would have but for what `missed` names.
struct StatementMatch {
    PolicyType type = PolicyType::Identity;
    Policy policy;
    std::size_t statement = 0;
};

struct Decision {
    Result result = Result::ImplicitlyDenied;
    // Every policy type that stands in the way, in AWS's order of reporting (facts: aws-facts §2);
    // the first is the one AWS names. Empty when allowed.
    std::vector<PolicyType> blocked_by;
    std::vector<StatementMatch> statements;  // that matched, allows and denies of every type
    std::vector<std::string>
        missing_keys;  // condition keys that were read and are not in the context

    bool allowed() const { return result == Result::Allowed; }
};

// Pure: same question, same answer. Never throws. Safe from every thread.
Decision decide(const Request& request, const PolicySet& policies);

// AWS's words after "… is not authorized to perform: A on resource: R ", "" when allowed; e.g.
// "because no identity-based policy allows the bedrock:InvokeModel action".
std::string reason_clause(const Decision& decision, std::string_view action);

const char* name(PolicyType type
);  // "identity", "pb", "session", "resource", "scp", "rcp", "vpce", "trust"

}  // namespace kakehashi::iam

#include "iam/decide.h"

#include "base/fence.h"
#include "base/text.h"
#include "iam/anatomy.h"
#include "iam/detail/compiled.h"

#include <algorithm>
#include <array>

namespace kakehashi::iam {
namespace {

using detail::Outcome;
using detail::Polarity;
using detail::Statement;

// The services whose resources obey RCPs; AWS adds to them, and Bedrock is not among them. Source:
// AWS Organizations User Guide, "Resource control policies", list as of 2026-09-26.
constexpr std::string_view kRcpServices[] = {
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
};
// The same page, "Resources and entities not restricted by RCPs".
constexpr std::string_view kNotBoundByRcp = "kms:retiregrant";

// What AWS names first when several policies refuse, explicit denies before implicit ones.
// Unverified; aws-facts §2.
constexpr std::array kReported = {
    PolicyType::Scp,
    PolicyType::Rcp,
    PolicyType::Boundary,
    PolicyType::Session,
    PolicyType::Endpoint,
    PolicyType::Trust,
    PolicyType::Resource,
    PolicyType::Identity,
};

struct Words {
    PolicyType type;
    const char* name;
    const char* noun;
    bool one_only;  // "the role trust policy"
};
// Source: IAM User Guide, "Troubleshoot access denied error messages".
constexpr Words kWords[] = {
    {PolicyType::Identity, "identity", "identity-based policy", false},
    {PolicyType::Boundary, "pb", "permissions boundary", false},
    {PolicyType::Session, "session", "session policy", false},
    {PolicyType::Resource, "resource", "resource-based policy", false},
    {PolicyType::Trust, "trust", "role trust policy", true},
    {PolicyType::Scp, "scp", "service control policy", false},
    {PolicyType::Rcp, "rcp", "resource control policy", false},
    {PolicyType::Endpoint, "vpce", "VPC endpoint policy", false},
};
const Words& words(PolicyType type) {
    for (const Words& one : kWords) {
        if (one.type == type) return one;
    }
    return kWords[0];
}

static_assert(std::is_sorted(std::begin(kRcpServices), std::end(kRcpServices)));

// What a policy, or several of one kind, say about the request.
struct Verdict {
    bool allows = false;
    bool denies = false;
    Grant grant = Grant::None;  // the closest naming of the caller by an Allow
};

void add(Verdict& all, const Verdict& one) {
    all.allows = all.allows || one.allows;
    all.denies = all.denies || one.denies;
    all.grant = std::max(all.grant, one.grant);
}

bool action_matches(
    const Statement& statement,
    std::string_view lower_action,
    const detail::Keys& keys
) {
    const auto matches = [&](const detail::Pattern& pattern) {
        return pattern.match(lower_action, keys) == Outcome::Matches;
    };
    const bool listed = std::any_of(statement.actions.begin(), statement.actions.end(), matches);
    if (!in_force("element.Action")) return true;
    const bool named = statement.action_polarity == Polarity::Named;
    return listed == (named || !in_force("element.NotAction"));
}

Grant naming(const Statement& statement, const detail::Caller& caller, Boundary boundary) {
    if (!statement.principals || !in_force("element.Principal")) return Grant::Principal;
    if (statement.principal_polarity == Polarity::Named || !in_force("element.NotPrincipal")) {
        return statement.principals->grant(caller);
    }
    // IAM User Guide, NotPrincipal: with Deny it "will always deny any IAM principal that has a
    // permissions boundary policy attached, regardless of the values".
    const bool bound = boundary == Boundary::Present && in_force("boundary.NotPrincipal");
    const bool exempt = !bound && statement.principals->exempts(caller);
    return exempt ? Grant::None : Grant::Principal;
}

// The request, made ready once, and what is found on the way.
class Evaluation {
public:
    Evaluation(const Request& request, Boundary boundary, Decision& decision)
        : caller_(detail::caller_of(request.principal, request.context)),
          action_(lower_ascii(request.action)),
          resource_(detail::arn_parts(request.resource)),
          keys_(request.context, decision.missing_keys),
          boundary_(boundary),
          decision_(decision) {}

    Verdict read(const Policy& policy) {
        Verdict verdict;
        const auto& statements = policy.compiled().statements;
        for (std::size_t i = 0; i < statements.size(); ++i) {
            const Statement& statement = statements[i];
            const Grant grant = granted(statement);
            if (grant == Grant::None) continue;
            decision_.statements.push_back({policy.type(), policy, i});
            if (statement.effect == Effect::Deny) {
                verdict.denies = true;
            } else {
                verdict.allows = true;
                verdict.grant = std::max(verdict.grant, grant);
            }
        }
        return verdict;
    }
    Verdict read(const std::vector<Policy>& policies) {
        Verdict verdict;
        for (const Policy& policy : policies)
            add(verdict, read(policy));
        return verdict;
    }
    // Every level must allow.
    Verdict read(const std::vector<Level>& levels) {
        Verdict verdict;
        verdict.allows = true;
        for (const Level& level : levels) {
            const Verdict one = read(level.policies);
            verdict.allows = (verdict.allows || !in_force("scp.every-level")) && one.allows;
            verdict.denies = verdict.denies || one.denies;
        }
        return verdict;
    }

    const detail::Caller& caller() const { return caller_; }
    const std::string& action() const { return action_; }

private:
    // None: the statement does not match.
    Grant granted(const Statement& statement) const {
        if (!action_matches(statement, action_, keys_)) return Grant::None;
        const Grant grant = naming(statement, caller_, boundary_);
        if (grant == Grant::None || !resource_matches(statement)) return Grant::None;
        for (const detail::Condition& condition : statement.conditions) {
            if (!holds(condition, keys_)) return Grant::None;
        }
        return grant;
    }

    // A variable without a value makes its pattern match nothing, and NotResource as a whole too.
    bool resource_matches(const Statement& statement) const {
        if (!statement.resources || !in_force("element.Resource")) return true;
        const bool named =
            statement.resource_polarity == Polarity::Named || !in_force("element.NotResource");
        bool unresolved = false;
        for (const detail::ArnPattern& pattern : *statement.resources) {
            const Outcome outcome = pattern.match(resource_, keys_);
            if (outcome == Outcome::Matches) return named;
            unresolved = unresolved || outcome == Outcome::Unresolved;
        }
        return !named && !(unresolved && in_force("variables.without-value"));
    }

    detail::Caller caller_;
    std::string action_;
    std::optional<detail::ArnParts> resource_;
    detail::Keys keys_;
    Boundary boundary_;
    Decision& decision_;  // outlives this
};

struct Blocks {
    enum class Kind { Deny, NoAllow } kind;
    void add(PolicyType type, bool when) {
        const char* rule = kind == Kind::Deny ? "deny." : "allow.";
        if (when && in_force(rule, name(type))) types.push_back(type);
    }
    std::vector<PolicyType> types = {};
    bool has(PolicyType type) const {
        return std::find(types.begin(), types.end(), type) != types.end();
    }
};

struct Verdicts {
    Verdict scp, rcp, identity;
    std::optional<Verdict> endpoint, boundary, session, resource;
    PolicyType resource_type = PolicyType::Resource;
};

Verdicts read_all(Evaluation& evaluation, const PolicySet& policies) {
    Verdicts all;
    all.scp = evaluation.read(policies.scp);
    if (policies.rcp_services == PolicySet::RcpServices::Every ||
        is_bound_by_rcp(evaluation.action())) {
        all.rcp = evaluation.read(policies.rcp);
    }
    if (policies.endpoint) all.endpoint = evaluation.read(*policies.endpoint);
    if (policies.boundary) all.boundary = evaluation.read(*policies.boundary);
    if (policies.session) all.session = evaluation.read(*policies.session);
    all.identity = evaluation.read(policies.identity);
    if (policies.resource) {
        all.resource = evaluation.read(*policies.resource);
        all.resource_type = policies.resource->type();
    }
    return all;
}

bool denies(const std::optional<Verdict>& verdict) {
    return verdict && verdict->denies;
}
bool withholds(const std::optional<Verdict>& verdict) {
    return verdict && !verdict->allows;
}

Blocks explicit_blocks(const Verdicts& all) {
    Blocks blocks{Blocks::Kind::Deny};
    blocks.add(PolicyType::Scp, all.scp.denies);
    blocks.add(PolicyType::Rcp, all.rcp.denies);
    blocks.add(PolicyType::Boundary, denies(all.boundary));
    blocks.add(PolicyType::Session, denies(all.session));
    blocks.add(PolicyType::Endpoint, denies(all.endpoint));
    blocks.add(all.resource_type, denies(all.resource));
    blocks.add(PolicyType::Identity, all.identity.denies);
    return blocks;
}

// Steps 2 to 7 of "Policy evaluation logic"; the numbers are those of docs/iam.md.
Blocks implicit_blocks(const Verdicts& all, const detail::Caller& caller, const Request& request) {
    Blocks blocks{Blocks::Kind::NoAllow};
    // 2: nothing to ask. RCPFullAWSAccess stands at every level and cannot be detached.
    blocks.add(PolicyType::Scp, !all.scp.allows);               // 3
    blocks.add(PolicyType::Endpoint, withholds(all.endpoint));  // 4

    const Grant grant = all.resource ? all.resource->grant : Grant::None;
    if (caller.kind == CallerKind::Other) {  // a service has no policies of its own
        blocks.add(all.resource_type, grant == Grant::None);
        return blocks;
    }
    const bool same_account = !in_force("account.other") || request.resource_account.empty() ||
                              request.resource_account == caller.account;
    const bool root = caller.kind == CallerKind::Root && in_force("caller.root");
    const bool resource_must_allow =
        !same_account || all.resource_type == PolicyType::Trust;  // 5, 6
    const bool identity_must_allow = !root && (!same_account || grant < Grant::Role);
    const bool limits_bind = !root && (!same_account || grant < Grant::Principal);
    blocks.add(all.resource_type, resource_must_allow && grant == Grant::None);
    blocks.add(PolicyType::Identity, identity_must_allow && !all.identity.allows);
    blocks.add(PolicyType::Boundary, limits_bind && withholds(all.boundary));
    blocks.add(PolicyType::Session, limits_bind && withholds(all.session));
    return blocks;
}

void append_in_order(const Blocks& blocks, std::vector<PolicyType>& out) {
    for (PolicyType type : kReported) {
        if (blocks.has(type) && std::find(out.begin(), out.end(), type) == out.end()) {
            out.push_back(type);
        }
    }
}

}  // namespace

bool is_bound_by_rcp(std::string_view action) {
    const std::string lower = lower_ascii(action);
    const std::string_view service = std::string_view(lower).substr(0, lower.find(':'));
    if (!in_force("rcp.services")) return true;
    return lower != kNotBoundByRcp &&
           std::binary_search(std::begin(kRcpServices), std::end(kRcpServices), service);
}

bool acts_on(const Policy& policy, std::size_t statement, std::string_view action) {
    static const Context kNoKeys;  // actions have no variables
    std::vector<std::string> missing;
    const detail::Keys keys(kNoKeys, missing);
    return action_matches(policy.compiled().statements.at(statement), lower_ascii(action), keys);
}

Grant names_caller(
    const Policy& policy,
    std::size_t statement,
    std::string_view principal,
    const Context& context,
    Boundary boundary
) {
    const detail::Caller caller = detail::caller_of(principal, context);
    return naming(policy.compiled().statements.at(statement), caller, boundary);
}

Decision decide(const Request& request, const PolicySet& policies) {
    Decision decision;
    const Boundary boundary = policies.boundary ? Boundary::Present : Boundary::Absent;
    Evaluation evaluation(request, boundary, decision);
    const Verdicts all = read_all(evaluation, policies);
    const Blocks denied = explicit_blocks(all);
    const Blocks withheld = implicit_blocks(all, evaluation.caller(), request);
    append_in_order(denied, decision.blocked_by);
    append_in_order(withheld, decision.blocked_by);
    decision.result = !denied.types.empty()    ? Result::ExplicitlyDenied
                      : withheld.types.empty() ? Result::Allowed
                                               : Result::ImplicitlyDenied;
    return decision;
}

std::string reason_clause(const Decision& decision, std::string_view action) {
    if (decision.blocked_by.empty()) return "";
    const Words& type = words(decision.blocked_by.front());
    const std::string noun = type.noun;
    if (decision.result == Result::ExplicitlyDenied) {
        const char* article = type.one_only ? "the " : type.noun[0] == 'i' ? "an " : "a ";
        return std::string("with an explicit deny in ") + article + noun;
    }
    return "because no " + noun + " allows the " + std::string(action) + " action";
}

const char* name(PolicyType type) {
    return words(type).name;
}

}  // namespace kakehashi::iam

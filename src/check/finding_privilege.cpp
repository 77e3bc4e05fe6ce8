#include "base/arn.h"
#include "base/text.h"
#include "check/detail/pair.h"
#include "check/detail/patch.h"
#include "check/detail/request.h"
#include "check/iam_actions.h"
#include "check/judgement.h"
#include "check/model_actions.h"
#include "config/external_id.h"

#include <algorithm>
#include <array>

// Who may do more than the crossing needs (check.md §2, "privilege").
namespace kakehashi::check {
namespace {

using Sink = std::vector<Found>;

std::string model_of(const Pair& pair) {
    for (const std::string& id : pair.world().configuration().bedrock.profiles) {
        if (const auto* profile = pair.world().catalog().profile(id)) return profile->model;
    }
    return "anthropic.claude-haiku-4-5-20251001-v1:0";
}

// --- of any role ---

// The first of `actions` that a statement of the role's lets through, for each of its policies.
struct Opened {
    const StatementText* statement = nullptr;
    std::string action;
    Witness witness;
};
template <class Actions>
std::vector<Opened> opened(
    const Pair& pair,
    const cloud::Role& role,
    const Actions& actions,
    const std::vector<std::string>& resources = {}
) {
    std::vector<Opened> out;
    for (const iam::Policy& policy : role.identity) {
        const auto first = [&]() -> std::optional<Opened> {
            for (const auto& action : actions) {
                for (const StatementText& statement : pair.statements(policy)) {
                    auto witness = request_through(pair, role, statement, action, resources);
                    if (witness)
                        return Opened{&statement, std::string(action), *std::move(witness)};
                }
            }
            return std::nullopt;
        }();
        if (first) out.push_back(*first);
    }
    return out;
}

Found role_finding(
    const Pair& pair,
    const cloud::Role& role,
    const Opened& open,
    std::string_view id,
    MessageId what
) {
    return found(
        id,
        pair.where(role, *open.statement),
        std::move(what),
        {{"role", role.name},
         {"action", open.action},
         {"policy", open.statement->policy.name()},
         {"statement", open.statement->name()}}
    );
}

const std::vector<std::string>& running_a_model() {
    static const std::vector<std::string> kNames = [] {
        std::vector<std::string> out;
        for (const ModelAction& action : model_actions()) {
            out.push_back(action.action);
        }
        return out;
    }();
    return kNames;
}

void caller_has_bedrock(const Pair& pair, Sink& out) {
    const std::string model = aws::foundation_model_arn(pair.world().region(), model_of(pair));
    for (const cloud::Role& role : pair.world().roles()) {
        if (!pair.is_municipality(role.account)) continue;
        for (const Opened& open : opened(pair, role, running_a_model(), {model})) {
            Found one = role_finding(
                pair, role, open, "caller-has-bedrock", "check.caller-has-bedrock.what"_msg
            );
            one.witness = open.witness;
            one.patch = detach_managed_policy(pair, role, open.statement->policy);
            out.push_back(std::move(one));
        }
    }
}

// The workload's rights, in both accounts, if no municipality says that it wants them.
void bootstrap_left_on(const Pair& pair, Sink& out) {
    const auto& municipalities = pair.world().configuration().municipalities;
    std::set<std::string> wanted;  // accounts
    for (const auto& municipality : municipalities) {
        if (!municipality.bootstrap.python) continue;
        wanted.insert(municipality.account);
        wanted.insert(pair.world().configuration().operator_account.account);
    }
    static constexpr std::array<std::string_view, 2> kActions = {
        "codeartifact:GetAuthorizationToken", "codeartifact:ReadFromRepository"};
    for (const cloud::Role& role : pair.world().roles()) {
        if (wanted.contains(role.account)) continue;
        for (const Opened& open : opened(pair, role, kActions)) {
            out.push_back(role_finding(
                pair, role, open, "bootstrap-left-on", "check.bootstrap-left-on.what"_msg
            ));
        }
    }
    for (const cloud::Endpoint& endpoint : pair.world().endpoints()) {
        const bool packages = endpoint.service.starts_with("codeartifact.");
        if (!packages || wanted.contains(endpoint.account)) continue;
        out.push_back(found(
            "bootstrap-left-on",
            endpoint.where,
            "check.bootstrap-left-on.endpoint"_msg,
            {{"service", endpoint.service}}
        ));
    }
}

// --- of trust policies ---

bool asks_for_tag(const StatementText& statement) {
    return std::any_of(
        statement.conditions.begin(),
        statement.conditions.end(),
        [](const ConditionText& condition) {
            return lower_ascii(condition.key).starts_with("aws:principaltag/");
        }
    );
}

// Somebody of `account` whom no template mentions gets in by this statement.
std::optional<Admission> stranger_gets_in(
    const Pair& pair,
    const cloud::Role& role,
    const StatementText& statement,
    const std::string& account
) {
    if (asks_for_tag(statement)) return std::nullopt;
    return admits(
        pair, role.trust, statement, {account, "any-other-role"}, "sts:AssumeRole", role.arn
    );
}

void trust_wildcard(const Pair& pair, Sink& out) {
    for (const cloud::Role& role : pair.world().roles()) {
        for (const StatementText& statement : pair.statements(role.trust)) {
            if (!statement.everyone && !statement.all_but_principals) continue;
            const auto admission =
                stranger_gets_in(pair, role, statement, pair.strangers_account());
            if (!admission) continue;
            out.push_back(found(
                "trust-wildcard",
                pair.where(statement),
                "check.trust-wildcard.what"_msg,
                {{"role", role.name}, {"statement", statement.name()}}
            ));
            out.back().witness = admission->witness;
        }
    }
}

// Accounts other than the role's own that the statement names as a whole.
std::vector<std::string> accounts_named(const cloud::Role& role, const StatementText& statement) {
    std::vector<std::string> out;
    for (const std::string& principal : statement.aws_principals) {
        const auto arn = parse_arn(principal);
        const std::string account = arn && arn->resource == "root" ? arn->account
                                    : principal.size() == 12       ? principal
                                                                   : "";
        if (!account.empty() && account != role.account) out.push_back(account);
    }
    return out;
}

void trust_account_root(const Pair& pair, Sink& out) {
    for (const cloud::Role& role : pair.world().roles()) {
        for (const StatementText& statement : pair.statements(role.trust)) {
            for (const std::string& account : accounts_named(role, statement)) {
                const auto admission = stranger_gets_in(pair, role, statement, account);
                if (!admission) continue;
                out.push_back(found(
                    "trust-account-root",
                    pair.where(statement),
                    "check.trust-account-root.what"_msg,
                    {{"role", role.name}, {"account", account}, {"statement", statement.name()}}
                ));
                out.back().witness = admission->witness;
            }
        }
    }
}

// --- the ExternalId ---

// The statements by which another account comes in.
std::vector<const StatementText*> foreign_grants(const Pair& pair, const OperatorRole& each) {
    std::vector<const StatementText*> out;
    for (const StatementText& statement : pair.statements(each.role->trust)) {
        if (!statement.allows() || !statement.covers("sts:AssumeRole")) continue;
        const auto& named = statement.aws_principals;
        const bool foreign = std::any_of(named.begin(), named.end(), [&](const std::string& text) {
            const auto arn = parse_arn(text);
            return (arn ? arn->account : text) != each.role->account;
        });
        if (foreign || statement.everyone) out.push_back(&statement);
    }
    return out;
}

const ConditionText* external_id_of(const StatementText& statement) {
    for (const ConditionText& condition : statement.conditions) {
        const bool asks = condition.is("sts:ExternalId") && !condition.negated &&
                          !condition.if_exists && condition.comparison.starts_with("string");
        if (asks) return &condition;
    }
    return nullptr;
}

void external_id_missing(const Pair& pair, Sink& out) {
    for (const OperatorRole& each : pair.operator_roles()) {
        for (const StatementText* statement : foreign_grants(pair, each)) {
            if (external_id_of(*statement)) continue;
            out.push_back(found(
                "external-id-missing",
                pair.where(*statement),
                "check.external-id-missing.what"_msg,
                {{"role", each.role->name}, {"statement", statement->name()}}
            ));
        }
    }
}

bool is_hard_to_guess(const std::string& external_id, const OperatorRole& each) {
    const auto& names = each.municipalities;
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        return config::external_id_bits(external_id, name) >= config::kExternalIdBitsMin;
    });
}

void external_id_guessable(const Pair& pair, Sink& out) {
    for (const OperatorRole& each : pair.operator_roles()) {
        for (const StatementText* statement : foreign_grants(pair, each)) {
            const ConditionText* asked = external_id_of(*statement);
            if (!asked) continue;
            for (const std::string& value : asked->values) {
                if (is_hard_to_guess(value, each)) continue;
                out.push_back(found(
                    "external-id-guessable",
                    pair.where(*statement, "Condition." + asked->written),
                    "check.external-id-guessable.what"_msg,
                    {{"role", each.role->name}, {"length", std::to_string(value.size())}}
                ));
            }
        }
    }
}

void shared_operator_role(const Pair& pair, Sink& out) {
    for (const OperatorRole& each : pair.operator_roles()) {
        if (each.municipalities.size() < 2) continue;
        const std::vector<std::string> names(
            each.municipalities.begin(), each.municipalities.end()
        );
        out.push_back(found(
            "shared-operator-role",
            each.role->where,
            "check.shared-operator-role.what"_msg,
            {{"role", each.role->name}, {"municipalities", listed(names)}}
        ));
    }
}

// --- what the operator's role may do ---

template <class Actions>
void operator_may(
    const Pair& pair,
    std::string_view id,
    const MessageId& what,
    const Actions& actions,
    Sink& out
) {
    for (const OperatorRole& each : pair.operator_roles()) {
        for (const Opened& open : opened(pair, *each.role, actions, {"*"})) {
            out.push_back(role_finding(pair, *each.role, open, id, what));
        }
    }
}

void operator_marketplace(const Pair& pair, Sink& out) {
    static constexpr std::array<std::string_view, 3> kActions = {
        "aws-marketplace:Subscribe",
        "aws-marketplace:AcceptAgreementRequest",
        "bedrock:CreateFoundationModelAgreement"};
    operator_may(
        pair, "operator-marketplace", "check.operator-marketplace.what"_msg, kActions, out
    );
}

// Of the actions that change something in Bedrock, those whose name says so; running a model does
// too in the reference's eyes.
const std::vector<std::string>& bedrock_changes() {
    static constexpr std::array<std::string_view, 5> kVerbs = {
        "Create", "Update", "Delete", "Put", "Register"};
    static const std::vector<std::string> kChanges = [] {
        std::vector<std::string> out;
        for (const IamAction& action : iam_service("bedrock")->actions) {
            const bool writes = action.level == "write" || action.level == "permissions";
            const std::string full = "bedrock:" + action.name;
            const bool by_name =
                std::any_of(kVerbs.begin(), kVerbs.end(), [&](std::string_view verb) {
                    return action.name.starts_with(verb);
                });
            if (writes && by_name) out.push_back(full);
        }
        // What it is about comes first, so that a sentence names it.
        std::stable_partition(out.begin(), out.end(), [](const std::string& action) {
            return action == "bedrock:CreateInferenceProfile";
        });
        return out;
    }();
    return kChanges;
}

// With one of these a role widens itself, or another that it can come to hold, or loses what
// limits it.
constexpr std::array<std::string_view, 16> kGrants = {
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutUserPolicy",
    "iam:AttachUserPolicy",
    "iam:PutGroupPolicy",
    "iam:AttachGroupPolicy",
    "iam:AddUserToGroup",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
};

// What starts something that runs as the role that it is given.
constexpr std::array<std::string_view, 9> kLaunches = {
    "lambda:CreateFunction",
    "ec2:RunInstances",
    "ecs:RunTask",
    "cloudformation:CreateStack",
    "codebuild:CreateProject",
    "glue:CreateJob",
    "sagemaker:CreateNotebookInstance",
    "ssm:StartAutomationExecution",
    "states:CreateStateMachine",
};

// The action on that very resource.
std::vector<Opened> opened_exactly(
    const Pair& pair,
    const cloud::Role& role,
    std::string_view action,
    const std::string& resource
) {
    auto all = opened(pair, role, std::array{action}, {resource});
    std::erase_if(all, [&](const Opened& open) { return open.witness.resource != resource; });
    return all;
}

void operator_may_create(const Pair& pair, Sink& out) {
    const std::string_view id = "operator-may-create";
    operator_may(pair, id, "check.operator-may-create.what"_msg, bedrock_changes(), out);
    operator_may(pair, id, "check.operator-may-create.grants"_msg, kGrants, out);
    for (const OperatorRole& each : pair.operator_roles()) {
        const cloud::Role& role = *each.role;
        const std::string other = "arn:aws:iam::" + role.account + ":role/any-other-role";
        for (const Opened& open : opened_exactly(pair, role, "sts:AssumeRole", other)) {
            out.push_back(
                role_finding(pair, role, open, id, "check.operator-may-create.assumes"_msg)
            );
        }
        const auto launches = opened(pair, role, kLaunches, {"*"});
        if (launches.empty()) continue;
        for (const Opened& open : opened_exactly(pair, role, "iam:PassRole", other)) {
            out.push_back(role_finding(pair, role, open, id, "check.operator-may-create.passes"_msg)
            );
            out.back().what.fields.emplace_back("beside", launches.front().action);
        }
    }
}

void one_account(const Pair& pair, Sink& out) {
    for (const config::Municipality& each : pair.world().configuration().municipalities) {
        if (!pair.is_operator(each.account)) continue;
        out.push_back(found(
            "one-account",
            each.where.of("account"),
            "check.one-account.what"_msg,
            {{"name", each.name}, {"account", each.account}}
        ));
    }
}

void bearer_token_allowed(const Pair& pair, Sink& out) {
    static constexpr std::array<std::string_view, 2> kActions = {
        "bedrock:CallWithBearerToken", "bedrock-mantle:CallWithBearerToken"};
    operator_may(
        pair, "bearer-token-allowed", "check.bearer-token-allowed.what"_msg, kActions, out
    );
}

bool mentions_endpoint(const Pair& pair, const iam::Policy& policy) {
    const auto& all = pair.statements(policy);
    return std::any_of(all.begin(), all.end(), [](const StatementText& statement) {
        return statement.has_condition("aws:SourceVpce") ||
               statement.has_condition("aws:SourceVpc");
    });
}

void source_vpce_missing(const Pair& pair, Sink& out) {
    for (const OperatorRole& each : pair.operator_roles()) {
        const auto& own = each.role->identity;
        const bool asks = mentions_endpoint(pair, each.role->trust) ||
                          std::any_of(own.begin(), own.end(), [&](const iam::Policy& policy) {
                              return mentions_endpoint(pair, policy);
                          });
        if (asks) continue;
        out.push_back(found(
            "source-vpce-missing",
            each.role->where,
            "check.source-vpce-missing.what"_msg,
            {{"role", each.role->name}}
        ));
    }
}

struct Row {
    std::string_view id;
    void (*look)(const Pair&, Sink&);
};
constexpr std::array kRows = {
    Row{"caller-has-bedrock", caller_has_bedrock},
    Row{"trust-account-root", trust_account_root},
    Row{"trust-wildcard", trust_wildcard},
    Row{"operator-marketplace", operator_marketplace},
    Row{"external-id-missing", external_id_missing},
    Row{"external-id-guessable", external_id_guessable},
    Row{"shared-operator-role", shared_operator_role},
    Row{"operator-may-create", operator_may_create},
    Row{"bearer-token-allowed", bearer_token_allowed},
    Row{"bootstrap-left-on", bootstrap_left_on},
    Row{"one-account", one_account},
    Row{"source-vpce-missing", source_vpce_missing},
};

}  // namespace

std::vector<Found> privilege_findings(const cloud::World& world) {
    const Pair pair(world);
    Sink out;
    for (const Row& row : kRows) {
        row.look(pair, out);
    }
    return out;
}

}  // namespace kakehashi::check

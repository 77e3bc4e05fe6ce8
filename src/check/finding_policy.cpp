#include "base/text.h"
#include "check/detail/pair.h"
#include "check/detail/patch.h"
#include "check/iam_actions.h"
#include "check/judgement.h"

#include <algorithm>
#include <array>
#include <unordered_set>

// Policies that do not say what their author meant, or that AWS would refuse (check.md §2,
// "policy"). Policies of people here alone: AWS's own are as they are.
namespace kakehashi::check {
namespace {

using Sink = std::vector<Found>;

// --- which policies there are ---

struct Held {
    iam::Policy policy;
    const cloud::Role* role = nullptr;  // who has it, or trusts by it
    const cloud::Endpoint* endpoint = nullptr;
};

// Every policy of the templates and of the organisation's files, each once.
class Policies {
public:
    explicit Policies(const Pair& pair) : pair_(pair) {
        const cloud::World& world = pair.world();
        for (const cloud::Role& role : world.roles()) {
            add({role.trust, &role});
            for (const iam::Policy& policy : role.identity) {
                add({policy, &role});
            }
            for (const iam::Policy& policy : role.boundary.value_or(std::vector<iam::Policy>{})) {
                add({policy, &role});
            }
        }
        for (const cloud::User& user : world.users()) {
            for (const iam::Policy& policy : user.identity) {
                add({policy});
            }
        }
        for (const cloud::Endpoint& endpoint : world.endpoints()) {
            if (endpoint.policy) add({*endpoint.policy, nullptr, &endpoint});
        }
        if (world.organization()) add_organization(*world.organization());
    }

    const std::vector<Held>& all() const { return all_; }

private:
    void add(Held held) {
        if (!pair_.world().is_own(held.policy)) return;
        if (seen_.insert(text(pair_.world().where(held.policy))).second)
            all_.push_back(std::move(held));
    }

    void add_organization(const cloud::Organization& organization) {
        for (const auto& [account, member] : organization.members) {
            for (const auto* levels : {&member.scp, &member.rcp}) {
                for (const iam::Level& level : *levels) {
                    for (const iam::Policy& policy : level.policies) {
                        add({policy});
                    }
                }
            }
        }
    }

    const Pair& pair_;  // outlives this
    std::vector<Held> all_;
    std::unordered_set<std::string> seen_;
};

template <class Look>  // void(const Held&, const StatementText&)
void for_each_statement(const Pair& pair, const Policies& policies, const Look& look) {
    for (const Held& held : policies.all()) {
        for (const StatementText& statement : pair.statements(held.policy)) {
            look(held, statement);
        }
    }
}

std::vector<std::pair<std::string, std::string>> fields_of(const StatementText& statement) {
    return {{"statement", statement.name()}, {"policy", statement.policy.name()}};
}

std::string path_of(const ConditionText& condition) {
    return "Condition." + condition.written + "." + condition.key;
}

// --- names that do not exist ---

struct ActionParts {
    std::string service, name;
};
std::optional<ActionParts> parts_of(const std::string& action) {
    const auto colon = action.find(':');
    if (colon == std::string::npos) return std::nullopt;
    return ActionParts{action.substr(0, colon), action.substr(colon + 1)};
}

std::optional<std::string> nearest_action(const IamService& service, const std::string& name) {
    std::vector<std::string_view> known;
    for (const IamAction& action : service.actions) {
        known.emplace_back(action.name);
    }
    const auto near = nearest(name, known);
    return near ? std::optional(service.name + ":" + std::string(*near)) : std::nullopt;
}

void unknown_action(const Pair& pair, const Policies& policies, Sink& out) {
    std::unordered_set<std::string> known;  // that were looked up already
    for_each_statement(pair, policies, [&](const Held&, const StatementText& statement) {
        const char* element = statement.all_but_actions ? "NotAction" : "Action";
        for (std::size_t i = 0; i < statement.actions.size(); ++i) {
            const std::string& action = statement.actions[i];
            const auto parts = parts_of(action);
            const IamService* service = parts ? iam_service(parts->service) : nullptr;
            if (!service || known.contains(action)) continue;
            if (!matching_actions(*service, parts->name).empty()) {
                known.insert(action);
                continue;
            }
            auto fields = fields_of(statement);
            fields.emplace_back("action", action);
            fields.emplace_back("service", service->name);
            out.push_back(found(
                "unknown-action",
                pair.where(statement, statement.item_path(element, i)),
                "check.unknown-action.what"_msg,
                std::move(fields)
            ));
            if (const auto near = nearest_action(*service, parts->name)) {
                out.back().fix = Message{"check.unknown-action.near"_msg, {{"near", *near}}};
            }
        }
    });
}

void unknown_condition_key(const Pair& pair, const Policies& policies, Sink& out) {
    std::unordered_set<std::string> known;
    for_each_statement(pair, policies, [&](const Held&, const StatementText& statement) {
        for (const ConditionText& condition : statement.conditions) {
            if (known.contains(condition.key)) continue;
            if (condition_key_known(condition.key) != KeyKnown::No) {
                known.insert(condition.key);
                continue;
            }
            auto fields = fields_of(statement);
            fields.emplace_back("key", condition.key);
            out.push_back(found(
                "unknown-condition-key",
                pair.where(statement, path_of(condition)),
                "check.unknown-condition-key.what"_msg,
                std::move(fields)
            ));
            const std::string near = nearest_condition_key(condition.key);
            if (near.empty()) continue;
            out.back().fix = Message{"check.unknown-action.near"_msg, {{"near", near}}};
        }
    });
}

// --- keys that a request does not have ---

// What a condition on a key that is missing says, always.
const char* outcome(const ConditionText& condition) {
    return condition.negated ? "true" : "false";
}

// Whose keys the reference gives action by action without gaps; AWS Marketplace's, for one, it does
// not (`aws-marketplace:ProductId` stands at no action, and Subscribe has it).
constexpr std::array<std::string_view, 2> kServicesWithAllKeys = {"bedrock", "sts"};

// A service's own key where none of the statement's actions sets it. False also where nothing is
// known of an action.
bool no_action_sets(const StatementText& statement, const std::string& key) {
    const auto parts = parts_of(key);
    const bool all_known = parts && std::any_of(
                                        kServicesWithAllKeys.begin(),
                                        kServicesWithAllKeys.end(),
                                        [&](std::string_view service) {
                                            return equal_ignoring_case(service, parts->service);
                                        }
                                    );
    if (statement.all_but_actions || !all_known) return false;
    for (const std::string& action : statement.actions) {
        const auto named = parts_of(action);
        const IamService* service = named ? iam_service(named->service) : nullptr;
        if (!service) return false;
        const auto matching = matching_actions(*service, named->name);
        if (matching.empty()) return false;  // unknown-action's
        for (const IamAction* each : matching) {
            if (std::any_of(each->keys.begin(), each->keys.end(), [&](const std::string& own) {
                    return same_condition_key(key, own);
                })) {
                return false;
            }
        }
    }
    return condition_key_known(key) == KeyKnown::Yes && !is_global_condition_key(key);
}

bool is_operators_role(const Pair& pair, const cloud::Role* role) {
    const auto& all = pair.operator_roles();
    return std::any_of(all.begin(), all.end(), [&](const OperatorRole& each) {
        return each.role == role;
    });
}

// Whether the statement bears on requests that come through the endpoints alone.
bool is_of_the_crossing(const Pair& pair, const Held& held, const StatementText& statement) {
    if (held.endpoint) return true;
    if (is_operators_role(pair, held.role)) return true;
    return held.role && pair.is_municipality(held.role->account) &&
           held.policy.type() == iam::PolicyType::Identity && statement.covers("sts:AssumeRole");
}

// A Deny for everyone who comes neither from these addresses nor through the endpoint is right.
bool asks_for_endpoint_too(const StatementText& statement) {
    return !statement.allows() &&
           (statement.has_condition("aws:SourceVpc") || statement.has_condition("aws:SourceVpce") ||
            statement.has_condition("aws:VpcSourceIp"));
}

// What is to be said of a condition on a key that is missing; nothing where it may be there.
std::optional<MessageId> missing_key(
    const Pair& pair,
    const Held& held,
    const StatementText& statement,
    const ConditionText& condition
) {
    if (condition.is("aws:SourceIp")) {
        const bool wrong =
            is_of_the_crossing(pair, held, statement) && !asks_for_endpoint_too(statement);
        return wrong ? std::optional("check.key-never-present.address"_msg) : std::nullopt;
    }
    const bool of_role = held.role && held.policy.type() == iam::PolicyType::Identity;
    if (condition.is("aws:username") && of_role) return "check.key-never-present.user"_msg;
    if (no_action_sets(statement, condition.key)) return "check.key-never-present.service"_msg;
    return std::nullopt;
}

void key_never_present(const Pair& pair, const Policies& policies, Sink& out) {
    for_each_statement(pair, policies, [&](const Held& held, const StatementText& statement) {
        for (const ConditionText& condition : statement.conditions) {
            if (condition.if_exists || condition.comparison == "null") continue;
            auto what = missing_key(pair, held, statement, condition);
            if (!what) continue;
            auto fields = fields_of(statement);
            fields.emplace_back("key", condition.key);
            fields.emplace_back("outcome", outcome(condition));
            out.push_back(found(
                "key-never-present",
                pair.where(statement, path_of(condition)),
                *std::move(what),
                std::move(fields)
            ));
        }
    });
}

// --- elements that are seldom meant ---

// Tags that a request may bring along: none of them is fine too.
bool may_be_empty(const ConditionText& condition) {
    return condition.is("aws:TagKeys") || condition.is("sts:TransitiveTagKeys");
}

bool wants_key(const StatementText& statement, const std::string& key) {
    const auto& all = statement.conditions;
    return std::any_of(all.begin(), all.end(), [&](const ConditionText& condition) {
        return condition.is(key) && condition.comparison == "null" && !condition.values.empty() &&
               equal_ignoring_case(condition.values.front(), "false");
    });
}

void for_all_values_allow(const Pair& pair, const Policies& policies, Sink& out) {
    for_each_statement(pair, policies, [&](const Held&, const StatementText& statement) {
        if (!statement.allows()) return;
        for (const ConditionText& condition : statement.conditions) {
            if (condition.set != ConditionText::Set::AllValues || may_be_empty(condition)) continue;
            if (wants_key(statement, condition.key)) continue;
            auto fields = fields_of(statement);
            fields.emplace_back("operator", condition.written);
            fields.emplace_back("key", condition.key);
            out.push_back(found(
                "for-all-values-allow",
                pair.where(statement, path_of(condition)),
                "check.for-all-values-allow.what"_msg,
                std::move(fields)
            ));
        }
    });
}

void not_principal(const Pair& pair, const Policies& policies, Sink& out) {
    for_each_statement(pair, policies, [&](const Held&, const StatementText& statement) {
        if (!statement.all_but_principals) return;
        out.push_back(found(
            "not-principal",
            pair.where(statement, "NotPrincipal"),
            "check.not-principal.what"_msg,
            fields_of(statement)
        ));
    });
}

// "${aws:username}" and the like; ${*}, ${?} and ${$} are escapes, and new ones too.
std::optional<std::string> variable_of(const StatementText& statement) {
    std::vector<std::string> texts = statement.resources;
    for (const ConditionText& condition : statement.conditions) {
        texts.insert(texts.end(), condition.values.begin(), condition.values.end());
    }
    for (const std::string& text : texts) {
        const auto open = text.find("${");
        const auto close = text.find('}', open);
        if (open != std::string::npos && close != std::string::npos) {
            return text.substr(open, close + 1 - open);
        }
    }
    return std::nullopt;
}

void old_version(const Pair& pair, const Policies& policies, Sink& out) {
    for (const Held& held : policies.all()) {
        const auto version = json::find_string(held.policy.document(), "Version");
        if (version == "2012-10-17") continue;
        for (const StatementText& statement : pair.statements(held.policy)) {
            const auto variable = variable_of(statement);
            if (!variable) continue;
            auto fields = fields_of(statement);
            fields.emplace_back("version", version.value_or("2008-10-17"));
            fields.emplace_back("variable", *variable);
            out.push_back(found(
                "old-version",
                pair.where(statement),
                "check.old-version.what"_msg,
                std::move(fields)
            ));
            out.back().patch = set_version(pair, held.policy);
            break;
        }
    }
}

// --- what AWS refuses ---

// Limits in characters without white space, or in pieces. Sources: IAM User Guide, "IAM and STS
// quotas"; AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies";
// CloudFormation User Guide, "Understand CloudFormation quotas".
constexpr std::size_t kInlineCharactersMax = 10'240;
constexpr std::size_t kManagedCharactersMax = 6'144;
constexpr std::size_t kTrustCharactersMax = 2'048;
constexpr std::size_t kEndpointCharactersMax = 20'480;
constexpr std::size_t kAttachedMax = 10;
constexpr std::size_t kRoleNameMax = 64;
constexpr std::size_t kResourcesMax = 500;

struct Size {
    std::size_t is = 0, limit = 0;
};
void add_if_too_large(
    Location where,
    MessageId what,
    const std::string& resource,
    Size size,
    Sink& out
) {
    if (size.is <= size.limit) return;
    out.push_back(found(
        "too-large",
        std::move(where),
        std::move(what),
        {{"resource", resource},
         {"size", std::to_string(size.is)},
         {"limit", std::to_string(size.limit)}}
    ));
}

std::size_t characters(const json::value& document) {
    return character_count(json::serialize(document));
}

void roles_too_large(const Pair& pair, Sink& out) {
    const cloud::World& world = pair.world();
    for (const cloud::Role& role : world.roles()) {
        std::size_t in_line = 0;
        std::size_t attached = 0;
        for (const iam::Policy& policy : role.identity) {
            const bool managed = policy.name().starts_with("arn:");
            attached += managed ? 1 : 0;
            in_line += managed ? 0 : characters(policy.document());
        }
        const Size name{role.name.size(), kRoleNameMax};
        const Size trust{characters(role.trust.document()), kTrustCharactersMax};
        add_if_too_large(role.where, "check.too-large.name"_msg, role.name, name, out);
        add_if_too_large(
            world.where(role.trust), "check.too-large.trust"_msg, role.name, trust, out
        );
        add_if_too_large(
            role.where,
            "check.too-large.inline"_msg,
            role.name,
            {in_line, kInlineCharactersMax},
            out
        );
        add_if_too_large(
            role.where, "check.too-large.attached"_msg, role.name, {attached, kAttachedMax}, out
        );
    }
}

void too_large(const Pair& pair, const Policies&, Sink& out) {
    roles_too_large(pair, out);
    for (const DeclaredResource& declared : pair.resources()) {
        const json::value* document = declared.find("PolicyDocument");
        const std::string& type = declared.resource->type;
        if (!document) continue;
        const std::size_t size = document->is_string() ? character_count(texts_of(document).front())
                                                       : characters(*document);
        if (type == "AWS::IAM::ManagedPolicy") {
            add_if_too_large(
                declared.where("PolicyDocument"),
                "check.too-large.managed"_msg,
                declared.resource->logical_id,
                {size, kManagedCharactersMax},
                out
            );
        } else if (type == "AWS::EC2::VPCEndpoint") {
            add_if_too_large(
                declared.where("PolicyDocument"),
                "check.too-large.endpoint"_msg,
                declared.resource->logical_id,
                {size, kEndpointCharactersMax},
                out
            );
        }
    }
    for (const cloud::Account& account : pair.world().accounts()) {
        for (const auto& stack : account.stacks) {
            const std::size_t count = stack->resources.size() + stack->passed_over.size();
            add_if_too_large(
                Location{stack->file},
                "check.too-large.template"_msg,
                stack->file,
                {count, kResourcesMax},
                out
            );
        }
    }
}

constexpr std::array<std::string_view, 10> kIdentifierKeys = {
    "aws:PrincipalAccount",
    "aws:PrincipalOrgID",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:VpceAccount",
    "aws:VpceOrgID"};
constexpr std::size_t kBesideWildcardMin = 6;

bool is_identifier(const ConditionText& condition) {
    return std::any_of(kIdentifierKeys.begin(), kIdentifierKeys.end(), [&](std::string_view key) {
        return condition.is(key);
    });
}

// Every wildcard has enough characters right before or right after it.
bool wildcards_are_anchored(std::string_view value) {
    for (std::size_t at = value.find_first_of("*?"); at != value.npos;
         at = value.find_first_of("*?", at + 1)) {
        const std::size_t before = at == 0 ? value.npos : value.find_last_of("*?", at - 1);
        const std::size_t run_before = before == value.npos ? at : at - before - 1;
        const std::size_t after = std::min(value.find_first_of("*?", at + 1), value.size());
        if (run_before < kBesideWildcardMin && after - at - 1 < kBesideWildcardMin) return false;
    }
    return true;
}

bool mixes_account(std::string_view arn) {
    const auto parts = split(arn, ':');
    if (parts.size() < 6 || parts[0] != "arn") return false;
    return has_wildcard(parts[4]) && parts[4] != "*" && parts[4] != "????????????";
}

// The rules below are from: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint
// policies".
std::optional<MessageId> broken_rule(const ConditionText& condition, const std::string& value) {
    const bool like = condition.comparison == "stringlike";
    const bool numeric = condition.comparison.starts_with("numeric");
    if (is_identifier(condition) && (numeric || (like && has_wildcard(value)))) {
        return "check.endpoint-policy-grammar.identifier"_msg;
    }
    if (like && !wildcards_are_anchored(value)) return "check.endpoint-policy-grammar.short"_msg;
    if (mixes_account(value)) return "check.endpoint-policy-grammar.account"_msg;
    return std::nullopt;
}

Found refused_by_endpoint(
    Location where,
    MessageId what,
    const std::string& key,
    const std::string& value
) {
    return found(
        "endpoint-policy-grammar",
        std::move(where),
        std::move(what),
        {{"key", key}, {"value", value}}
    );
}

void endpoint_conditions(const Pair& pair, const StatementText& statement, Sink& out) {
    for (const ConditionText& condition : statement.conditions) {
        for (const std::string& value : condition.values) {
            auto what = broken_rule(condition, value);
            if (!what) continue;
            out.push_back(refused_by_endpoint(
                pair.where(statement, path_of(condition)), *std::move(what), condition.key, value
            ));
        }
    }
}

void endpoint_resources(const Pair& pair, const StatementText& statement, Sink& out) {
    const char* element = statement.all_but_resources ? "NotResource" : "Resource";
    for (std::size_t i = 0; i < statement.resources.size(); ++i) {
        if (!mixes_account(statement.resources[i])) continue;
        out.push_back(refused_by_endpoint(
            pair.where(statement, statement.item_path(element, i)),
            "check.endpoint-policy-grammar.account"_msg,
            "",
            statement.resources[i]
        ));
    }
}

void gateway_principals(const Pair& pair, const StatementText& statement, Sink& out) {
    if (statement.everyone && statement.aws_principals.empty()) return;
    out.push_back(refused_by_endpoint(
        pair.where(statement, "Principal"), "check.endpoint-policy-grammar.gateway"_msg, "", ""
    ));
}

void endpoint_policy_grammar(const Pair& pair, const Policies& policies, Sink& out) {
    for_each_statement(pair, policies, [&](const Held& held, const StatementText& statement) {
        if (!held.endpoint) return;
        endpoint_conditions(pair, statement, out);
        endpoint_resources(pair, statement, out);
        if (held.endpoint->kind == cloud::Endpoint::Kind::Gateway) {
            gateway_principals(pair, statement, out);
        }
    });
}

struct Row {
    std::string_view id;
    void (*look)(const Pair&, const Policies&, Sink&);
};
constexpr std::array kRows = {
    Row{"unknown-action", unknown_action},
    Row{"too-large", too_large},
    Row{"endpoint-policy-grammar", endpoint_policy_grammar},
    Row{"unknown-condition-key", unknown_condition_key},
    Row{"key-never-present", key_never_present},
    Row{"for-all-values-allow", for_all_values_allow},
    Row{"not-principal", not_principal},
    Row{"old-version", old_version},
};

}  // namespace

std::vector<Found> policy_findings(const cloud::World& world) {
    const Pair pair(world);
    const Policies policies(pair);
    Sink out;
    for (const Row& row : kRows) {
        row.look(pair, policies, out);
    }
    return out;
}

}  // namespace kakehashi::check

#include "base/arn.h"
#include "base/text.h"
#include "cfn/template.h"
#include "cloud/detail/document_change.h"
#include "cloud/detail/mending.h"

#include <algorithm>
#include <set>
#include <utility>

// Edits of policies: each is judged in memory on the policy as it was resolved, and stands as a
// change of the file that the policy comes from.
namespace kakehashi::cloud {
namespace {

using iam::PolicyType;
using Operation = Change::Operation;

// One thing done to one policy's document.
struct PolicyEdit {
    const iam::Policy* policy;
    Operation operation;
    std::string below;  // the document: "Statement[0].Action"
    json::value value = nullptr;
    Message what;
};

bool contains(const std::vector<std::string>& all, std::string_view one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

void add_once(std::vector<std::string>& all, const std::string& one) {
    if (!contains(all, one)) all.push_back(one);
}

std::string statement_name(const iam::Policy& policy, std::size_t index) {
    const std::string& sid = policy.sid(index);
    return sid.empty() ? "Statement[" + std::to_string(index) + "]" : sid;
}

// What is there of an element: its items, or the one thing that stands without a list.
std::vector<std::string> texts_of(const json::value* value) {
    std::vector<std::string> out;
    const auto add = [&](const json::value& one) {
        if (one.is_string()) out.emplace_back(json::view(one.as_string()));
    };
    if (value && value->is_array()) {
        for (const json::value& item : value->as_array()) {
            add(item);
        }
    } else if (value) {
        add(*value);
    }
    return out;
}

json::value one_or_list(const std::vector<std::string>& texts) {
    if (texts.size() == 1) return json::value(texts.front());
    return json::array(texts.begin(), texts.end());
}

// A text of the context. nullptr: the key is missing or has many values.
const std::string* context_value(const iam::Context& context, std::string_view key) {
    const auto* entry = context.find(key);
    return entry && !entry->many && !entry->values.empty() ? &entry->values.front() : nullptr;
}

// The operator without its set and …IfExists: "StringEquals".
std::string_view plain_operator(std::string_view name) {
    if (const auto colon = name.find(':'); colon != name.npos) name.remove_prefix(colon + 1);
    if (name.ends_with("IfExists")) name.remove_suffix(8);
    return name;
}

bool is_negated(std::string_view op) {
    return op.find("Not") != op.npos;
}

bool lists_values(std::string_view op) {
    return op.starts_with("String") || op.starts_with("Arn") || op.ends_with("IpAddress");
}

class PolicyEdits {
public:
    explicit PolicyEdits(const Asked& asked)
        : asked_(asked),
          named_(*asked.decided.named),
          type_(named_.type),
          leg_(asked.decided.legs[named_.leg]),
          obstacles_(obstacles_in(asked.decided)) {}

    std::vector<Candidate> run() {
        if (named_.explicit_deny) {
            narrow_deny();
        } else {
            collect_needs();
            mend_statements();
            add_statement();
            mend_elsewhere();
        }
        std::stable_sort(out_.begin(), out_.end(), [](const Candidate& a, const Candidate& b) {
            return a.left < b.left;
        });
        return std::move(out_);
    }

private:
    const World& world() const { return *asked_.world; }

    Message message(MessageId id, std::vector<std::pair<std::string, std::string>> more = {})
        const {
        std::vector<std::pair<std::string, std::string>> fields = {
            {"action", joined(actions_, leg_.request.action)},
            {"resource", joined(resources_, leg_.request.resource)},
            {"principal", asked_.session.principal_arn}};
        for (auto& field : more) {
            fields.push_back(std::move(field));
        }
        return {std::move(id), std::move(fields)};
    }

    static std::string joined(const std::vector<std::string>& all, const std::string& otherwise) {
        std::string out;
        for (const std::string& each : all) {
            out += (out.empty() ? "" : ", ") + each;
        }
        return out.empty() ? otherwise : out;
    }

    // --- judging and writing ---

    std::size_t left_with(const iam::Policy& old, const std::optional<iam::Policy>& fresh) const {
        Authorization changed = asked_.decided;
        for (LegDecision& leg : changed.legs) {
            for_each_policy(leg.policies, old.type(), [&](iam::Policy& each) {
                if (&each.compiled() == &old.compiled() && fresh) each = *fresh;
            });
            leg.decision = decide(world(), leg);
        }
        return obstacles_in(changed);
    }

    void propose(const PolicyEdit& edit) {
        json::value document = edit.policy->document();
        if (!make_change(document, edit.operation, edit.below, edit.value)) return;
        auto fresh = iam::read_policy(document, edit.policy->name(), edit.policy->type());
        if (!fresh) return;
        const std::size_t left = left_with(*edit.policy, *fresh);
        if (left >= obstacles_) return;
        write(edit, left);
    }

    // As changes of the file, one for each place where the policy may stand in its source.
    void write(const PolicyEdit& edit, std::size_t left) {
        const PolicySource* source = world().source(*edit.policy);
        if (!source || !world().is_own(*edit.policy)) return;
        const std::string& above = source->where.path;
        const std::string path = above.empty() ? edit.below : above + "." + edit.below;
        if (!source->stack) {
            return add(edit, source->where.file, path, source->line_of(path), left);
        }
        for (const std::string& there : source_paths(document(*source->stack), path)) {
            add(edit, source->where.file, there, source->stack->line_of(path), left);
        }
    }

    void add(
        const PolicyEdit& edit,
        const std::string& file,
        const std::string& path,
        std::size_t line,
        std::size_t left
    ) {
        Change change{Change::Of::File, edit.operation, file, path, edit.value};
        out_.push_back({{edit.what, {file, line, path}, {std::move(change)}}, left});
    }

    const json::value& document(const cfn::Stack& stack) {
        auto found = documents_.find(&stack);
        if (found != documents_.end()) return found->second;
        const auto read = cfn::read_template(*stack.source, stack.file);
        json::value made = read ? cfn::document(*read) : json::value(nullptr);
        return documents_.emplace(&stack, std::move(made)).first->second;
    }

    static std::string below(const iam::Policy& policy, std::size_t statement) {
        const bool listed = json::find_array(policy.document(), "Statement") != nullptr;
        return listed ? "Statement[" + std::to_string(statement) + "]" : "Statement";
    }

    void edit_statement(
        const iam::Policy& policy,
        std::size_t statement,
        Operation operation,
        const std::string& element,
        json::value value = nullptr
    ) {
        const MessageId id = operation == Operation::Append ? "cloud.edit.statement_append"_msg
                             : operation == Operation::Set  ? "cloud.edit.statement_set"_msg
                                                            : "cloud.edit.statement_remove"_msg;
        const std::string shown =
            value.is_string() ? std::string(json::view(value.as_string())) : json::serialize(value);
        Message what = message(
            id,
            {{"policy", policy.name()},
             {"sid", statement_name(policy, statement)},
             {"element", element},
             {"value", shown}}
        );
        propose(
            {&policy,
             operation,
             below(policy, statement) + "." + element,
             std::move(value),
             std::move(what)}
        );
    }

    // --- an explicit deny ---

    // The last one first: those before it keep their places.
    const iam::StatementMatch* last_deny() const {
        const iam::StatementMatch* last = nullptr;
        for (const LegDecision& leg : asked_.decided.legs) {
            for (const iam::StatementMatch& match : leg.decision.statements) {
                if (match.type != type_) continue;
                if (match.policy.effect(match.statement) != iam::Effect::Deny) continue;
                const bool later = !last || (&match.policy.compiled() == &last->policy.compiled() &&
                                             match.statement > last->statement);
                if (later) last = &match;
            }
        }
        return last;
    }

    void narrow_deny() {
        const iam::StatementMatch* deny = last_deny();
        if (!deny) return;
        const json::array all = statements_of(deny->policy);
        const json::value& statement = all[deny->statement];
        narrow_conditions(*deny, statement);
        narrow_lists(*deny, statement);
        remove_deny(*deny, all.size());
        allow_instead(*deny, statement);
    }

    // "Everything but": one more that is left alone.
    void narrow_conditions(const iam::StatementMatch& deny, const json::value& statement) {
        const json::object* conditions = json::find_object(statement, "Condition");
        if (!conditions) return;
        for (const auto& [op, operands] : *conditions) {
            const std::string_view plain = plain_operator(op);
            if (!is_negated(plain) || !lists_values(plain) || !operands.is_object()) continue;
            for (const auto& [key, operand] : operands.as_object()) {
                const std::string* value = context_value(leg_.request.context, key);
                if (!value) continue;
                edit_statement(
                    deny.policy,
                    deny.statement,
                    Operation::Append,
                    "Condition." + std::string(op) + "." + std::string(key),
                    json::value(*value)
                );
            }
        }
    }

    void narrow_lists(const iam::StatementMatch& deny, const json::value& statement) {
        const auto narrow = [&](const std::string& element, const std::string& value) {
            if (json::find(statement, "Not" + element)) {
                edit_statement(
                    deny.policy,
                    deny.statement,
                    Operation::Append,
                    "Not" + element,
                    json::value(value)
                );
            }
            const json::array* list = json::find_array(statement, element);
            for (std::size_t i = 0; list && list->size() > 1 && i < list->size(); ++i) {
                edit_statement(
                    deny.policy,
                    deny.statement,
                    Operation::Remove,
                    element + "[" + std::to_string(i) + "]"
                );
            }
        };
        narrow("Action", leg_.request.action);
        narrow("Resource", leg_.request.resource);
    }

    void remove_deny(const iam::StatementMatch& deny, std::size_t statements) {
        Message what = message(
            "cloud.edit.narrow_deny"_msg,
            {{"sid", statement_name(deny.policy, deny.statement)}, {"policy", deny.policy.name()}}
        );
        if (statements > 1) {
            return propose(
                {&deny.policy, Operation::Remove, below(deny.policy, deny.statement), nullptr, what}
            );
        }
        remove_policy(deny.policy, std::move(what));  // IAM takes no policy without a statement
    }

    // The whole policy goes: from its role's list, from the organisation, from a template.
    void remove_policy(const iam::Policy& policy, Message what) {
        json::object nothing = policy.document().as_object();
        nothing["Statement"] = json::array{};
        const auto fresh = iam::read_policy(nothing, policy.name(), policy.type());
        if (!fresh) return;
        const std::size_t left = left_with(policy, *fresh);
        const PolicySource* source = world().source(policy);
        if (left >= obstacles_ || !source) return;
        const auto remove = [&](const Location& where) {
            Change change{Change::Of::File, Operation::Remove, where.file, where.path};
            out_.push_back({{what, where, {std::move(change)}}, left});
        };
        if (!world().is_own(policy)) return detach_managed(policy, what, left);
        if (!source->stack) return remove(of_organization(source->where.file));
        constexpr std::string_view kDocument = ".PolicyDocument", kContent = ".Properties.Content";
        Location where = source->where;
        const bool of_role = where.path.find(".Properties.Policies[") != where.path.npos;
        if (of_role && where.path.ends_with(kDocument)) {
            where.path.resize(where.path.size() - kDocument.size());
            remove(where);
        } else if (where.path.ends_with(kContent)) {
            where.path.resize(where.path.size() - kContent.size());
            remove(where);
        }
    }

    Location of_organization(const std::string& file) const {
        Location out{world().configuration().file, 0, "twin.organization"};
        const auto& organization = world().configuration().twin.organization;
        for (std::size_t i = 0; organization && i < organization->policies.size(); ++i) {
            if (organization->policies[i].file != file) continue;
            out = organization->policies[i].where.table;
            out.path = "twin.organization.policy[" + std::to_string(i) + "]";
        }
        return out;
    }

    // AWS's own policy is taken off the role.
    void detach_managed(const iam::Policy& policy, const Message& what, std::size_t left) {
        const auto* resource = role_resource();
        const json::array* arns =
            resource ? json::find_array(resource->properties, "ManagedPolicyArns") : nullptr;
        for (std::size_t i = 0; arns && i < arns->size(); ++i) {
            if ((*arns)[i] != policy.name().c_str()) continue;
            Location where = asked_.session.role->where;
            where.path += ".Properties.ManagedPolicyArns[" + std::to_string(i) + "]";
            Change change{Change::Of::File, Operation::Remove, where.file, where.path};
            out_.push_back({{what, where, {std::move(change)}}, left});
        }
    }

    // A statement that names just what is needed was meant to allow it.
    void allow_instead(const iam::StatementMatch& deny, const json::value& statement) {
        const auto actions = texts_of(json::find(statement, "Action"));
        const auto resources = texts_of(json::find(statement, "Resource"));
        const bool wide = std::any_of(actions.begin(), actions.end(), [](const std::string& each) {
            return each.find('*') != each.npos;
        });
        const bool sts = std::all_of(actions.begin(), actions.end(), [](const std::string& each) {
            return each.starts_with("sts:");
        });
        if (actions.empty() || wide || (contains(resources, "*") && !sts)) return;
        edit_statement(deny.policy, deny.statement, Operation::Set, "Effect", "Allow");
    }

    // --- an allow that is missing ---

    void collect_needs() {
        for (const LegDecision& leg : asked_.decided.legs) {
            if (!blocked_by(leg.decision, type_)) continue;
            add_once(actions_, leg.request.action);
            add_once(resources_, leg.request.resource);
        }
    }

    // Own policies of the type that bear on what is refused, once each.
    std::vector<iam::Policy> own_policies() const {
        std::vector<iam::Policy> out;
        std::set<const void*> seen;
        for (const LegDecision& leg : asked_.decided.legs) {
            if (!blocked_by(leg.decision, type_)) continue;
            iam::PolicySet set = leg.policies;
            for_each_policy(set, type_, [&](iam::Policy& policy) {
                if (!world().is_own(policy)) return;
                if (seen.insert(&policy.compiled()).second) out.push_back(policy);
            });
        }
        return out;
    }

    // Whether the statement is about things of the kind that is asked for: what lacks belongs
    // there, under the conditions that such things have.
    bool is_alike(const json::value& statement) const {
        const auto asked = parse_arn(leg_.request.resource);
        const auto named = texts_of(json::find(statement, "Resource"));
        return asked && std::any_of(named.begin(), named.end(), [&](const std::string& text) {
                   const auto arn = parse_arn(text);
                   const auto kind = asked->resource.substr(0, asked->resource.find('/') + 1);
                   return arn && arn->service == asked->service && arn->resource.starts_with(kind);
               });
    }

    void mend_statements() {
        policies_ = own_policies();
        for (const bool alike : {true, false}) {
            mend_statements(alike);
        }
    }

    void mend_statements(bool alike) {
        for (const iam::Policy& policy : policies_) {
            const json::array statements = statements_of(policy);
            for (std::size_t i = 0; i < statements.size(); ++i) {
                if (policy.effect(i) != iam::Effect::Allow || is_alike(statements[i]) != alike) {
                    continue;
                }
                mend_lists(policy, i, statements[i]);
                mend_principal(policy, i, statements[i]);
                mend_conditions(policy, i, statements[i]);
            }
        }
    }

    void mend_lists(const iam::Policy& policy, std::size_t i, const json::value& statement) {
        if (actions_.size() == 1 && json::find(statement, "Action")) {
            edit_statement(policy, i, Operation::Append, "Action", json::value(actions_[0]));
        }
        if (resources_.size() == 1 && json::find(statement, "Resource")) {
            edit_statement(policy, i, Operation::Append, "Resource", json::value(resources_[0]));
        }
    }

    // A principal that is nobody any more (IAM shows its id) gives its place to the caller.
    void mend_principal(const iam::Policy& policy, std::size_t i, const json::value& statement) {
        const json::object* principal = json::find_object(statement, "Principal");
        if (!principal) return;
        const auto named = texts_of(json::find(*principal, "AWS"));
        const bool nobody = std::all_of(named.begin(), named.end(), [](const std::string& text) {
            return text.starts_with("AROA") || text.starts_with("AIDA");
        });
        edit_statement(
            policy,
            i,
            nobody ? Operation::Set : Operation::Append,
            "Principal.AWS",
            json::value(asked_.session.principal_arn)
        );
    }

    void mend_conditions(const iam::Policy& policy, std::size_t i, const json::value& statement) {
        const json::object* conditions = json::find_object(statement, "Condition");
        if (!conditions) return;
        for (const auto& [op, operands] : *conditions) {
            if (!operands.is_object()) continue;
            for (const auto& [key, operand] : operands.as_object()) {
                mend_condition(policy, i, {op, key, operand});
            }
        }
        for (const auto& [op, operands] : *conditions) {
            if (!operands.is_object()) continue;
            for (const auto& [key, operand] : operands.as_object()) {
                std::string place = "Condition";
                if (conditions->size() > 1 || operands.as_object().size() > 1) {
                    place += "." + std::string(op);
                }
                if (operands.as_object().size() > 1) place += "." + std::string(key);
                edit_statement(policy, i, Operation::Remove, place);
            }
        }
    }

    struct Condition {
        std::string_view op, key;
        const json::value& operand;
    };
    void mend_condition(const iam::Policy& policy, std::size_t i, const Condition& condition) {
        const std::string_view plain = plain_operator(condition.op);
        const std::string* value = context_value(leg_.request.context, condition.key);
        if (!value || is_negated(plain) || !lists_values(plain)) return;
        edit_statement(
            policy,
            i,
            condition.operand.is_array() ? Operation::Append : Operation::Set,
            "Condition." + std::string(condition.op) + "." + std::string(condition.key),
            json::value(*value)
        );
    }

    json::object allowing_statement() const {
        const std::string& caller = asked_.session.principal_arn;
        json::object statement{{"Effect", "Allow"}};
        if (type_ == PolicyType::Endpoint || type_ == PolicyType::Rcp || caller.empty()) {
            statement["Principal"] = "*";
        } else if (type_ == PolicyType::Trust || type_ == PolicyType::Resource) {
            statement["Principal"] = json::object{{"AWS", caller}};
        }
        statement["Action"] = one_or_list(actions_);
        if (type_ != PolicyType::Trust) statement["Resource"] = one_or_list(resources_);
        if (type_ == PolicyType::Endpoint && !caller.empty()) {
            // Full access for everybody is another finding.
            statement["Condition"] =
                json::object{{"ArnEquals", json::object{{"aws:PrincipalArn", caller}}}};
        }
        return statement;
    }

    void add_statement() {
        for (const iam::Policy& policy : policies_) {
            propose(
                {&policy,
                 Operation::Append,
                 "Statement",
                 allowing_statement(),
                 message("cloud.edit.add_allow"_msg)}
            );
        }
    }

    // --- where no policy of one's own is there to be mended ---

    void mend_elsewhere() {
        switch (type_) {
            case PolicyType::Identity:
                return add_inline_policy();
            case PolicyType::Boundary:
                return remove_boundary();
            case PolicyType::Session:
                return pass_no_policy();
            case PolicyType::Trust:
                return mend_role();
            case PolicyType::Scp:
                return attach_full_access();
            case PolicyType::Resource:
            case PolicyType::Endpoint:
            case PolicyType::Rcp:
                return;
        }
    }

    const cfn::Resource* resource_at(const Location& where) const {
        for (const Account& account : world().accounts()) {
            for (const auto& stack : account.stacks) {
                if (stack->file != where.file || !where.path.starts_with("Resources.")) continue;
                if (const auto* found = stack->find(where.path.substr(10))) return found;
            }
        }
        return nullptr;
    }
    const cfn::Resource* role_resource() const {
        return asked_.session.role ? resource_at(asked_.session.role->where) : nullptr;
    }

    // Judged on the files alone; `left` orders them behind what was judged in memory.
    void add_unjudged(MessageId id, Location where, Change change) {
        change.file = where.file;
        if (change.path.empty()) change.path = where.path;
        where.path = change.path;
        out_.push_back({{message(std::move(id)), std::move(where), {std::move(change)}}, 0});
    }

    void add_inline_policy() {
        const auto& session = asked_.session;
        if (!session.role && !session.user) return;
        const Location where = session.role ? session.role->where : session.user->where;
        json::object document{
            {"Version", "2012-10-17"}, {"Statement", json::array{allowing_statement()}}};
        json::object policy{{"PolicyName", "kakehashi"}, {"PolicyDocument", std::move(document)}};
        add_unjudged(
            "cloud.edit.add_policy"_msg,
            where,
            {Change::Of::File,
             Operation::Append,
             "",
             where.path + ".Properties.Policies",
             std::move(policy)}
        );
    }

    void remove_boundary() {
        const auto& session = asked_.session;
        if (!session.role && !session.user) return;
        const Location where = session.role ? session.role->where : session.user->where;
        add_unjudged(
            "cloud.edit.remove_boundary"_msg,
            where,
            {Change::Of::File,
             Operation::Remove,
             "",
             where.path + ".Properties.PermissionsBoundary"}
        );
    }

    void pass_no_policy() {
        const Change change{Change::Of::Request, Operation::Remove, "", "Policy"};
        out_.push_back({{message("cloud.edit.pass_session_policy"_msg), {}, {change}}, 0});
    }

    void attach_full_access() {
        add_unjudged(
            "cloud.edit.full_access"_msg,
            Location{world().configuration().file},
            {Change::Of::File, Operation::Set, "", "twin.organization.full_access", true}
        );
    }

    // The role that is asked for is not there: another one was meant, or it has another name.
    void mend_role() {
        if (!leg_.leg.needs_target || leg_.leg.target) return;
        const auto asked = parse_arn(leg_.request.resource);
        const std::string account = asked ? asked->account : "";
        for (const Role& role : world().roles()) {
            if (role.account == asked_.session.account) continue;
            const Change change{
                Change::Of::Request, Operation::Set, "", "RoleArn", json::value(role.arn)};
            out_.push_back(
                {{message("cloud.edit.send_role"_msg, {{"role", role.arn}}), role.where, {change}},
                 0}
            );
        }
        const auto slash = asked ? asked->resource.rfind('/') : std::string::npos;
        if (slash == std::string::npos) return;
        const std::string name = asked->resource.substr(slash + 1);
        for (const Role* role : world().roles_of(account)) {
            add_unjudged(
                "cloud.edit.declare_role"_msg,
                role->where,
                {Change::Of::File,
                 Operation::Set,
                 "",
                 role->where.path + ".Properties.RoleName",
                 json::value(name)}
            );
        }
    }

    const Asked& asked_;  // outlives this
    const Named named_;
    const PolicyType type_;
    const LegDecision& leg_;
    const std::size_t obstacles_;
    std::vector<std::string> actions_, resources_;
    std::vector<iam::Policy> policies_;
    std::map<const cfn::Stack*, json::value> documents_;
    std::vector<Candidate> out_;
};

}  // namespace

std::vector<Candidate> policy_edits(const Asked& asked) {
    return PolicyEdits(asked).run();
}

}  // namespace kakehashi::cloud

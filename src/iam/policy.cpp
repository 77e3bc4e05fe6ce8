#include "iam/policy.h"

#include "base/fence.h"
#include "base/text.h"
#include "iam/detail/compiled.h"

#include <algorithm>

namespace kakehashi::iam {
namespace {

using detail::ArnPattern;
using detail::Pattern;
using detail::Polarity;
using detail::Statement;
using detail::Variables;
using detail::Wildcards;

// A hostile document is refused before it costs time; AWS's own limit is 20,480 characters at most.
constexpr std::size_t kStatementsMax = 20'000;
constexpr std::size_t kProblemsMax = 50;  // nobody reads more

// What the grammar asks for by the type of policy.
struct Rules {
    enum class Element { Required, Optional, Refused };
    Element principal, resource;
};
Rules rules(PolicyType type) {
    using Element = Rules::Element;
    switch (type) {
        case PolicyType::Identity:
        case PolicyType::Boundary:
        case PolicyType::Session:
        case PolicyType::Scp:
            return {Element::Refused, Element::Required};
        // Policies of ECR repositories and others bear on their own resource and name none.
        case PolicyType::Resource:
            return {Element::Required, Element::Optional};
        case PolicyType::Trust:
            return {Element::Required, Element::Refused};
        case PolicyType::Rcp:
        case PolicyType::Endpoint:
            return {Element::Required, Element::Required};
    }
    return {Element::Refused, Element::Required};
}

std::string plain(const json::value& value) {
    return value.is_string() ? std::string(json::view(value.get_string())) : json::serialize(value);
}

// How many texts an element has that takes one or an array of them.
std::size_t count(const json::value& value) {
    return value.is_array() ? value.get_array().size() : 1;
}

class Reader {
public:
    explicit Reader(PolicyType type) : type_(type) {}

    void document(const json::value& value) {
        const json::object* top = value.if_object();
        if (top == nullptr) return problem("", "iam.policy.not_an_object"_msg);
        known_elements(*top, "", {"Version", "Id", "Statement"});
        version(*top);
        if (const json::value* id = top->if_contains("Id"); id != nullptr && !id->is_string()) {
            problem("Id", "iam.policy.not_a_text"_msg);
        }
        const json::value* list = top->if_contains("Statement");
        if (list == nullptr) return missing("", "Statement");
        if (list->is_object()) return statement(list->get_object(), "Statement");
        if (!list->is_array()) return problem("Statement", "iam.policy.not_statements"_msg);
        if (list->get_array().size() > kStatementsMax) {
            return problem(
                "Statement", "iam.policy.too_many"_msg, {{"count", std::to_string(kStatementsMax)}}
            );
        }
        statements.reserve(list->get_array().size());
        for (std::size_t i = 0; i < list->get_array().size(); ++i) {
            const json::value& one = list->get_array()[i];
            const std::string path = at("Statement", i);
            if (one.is_object()) {
                statement(one.get_object(), path);
            } else {
                problem(path, "iam.policy.not_an_object"_msg);
            }
        }
    }

    std::vector<Statement> statements;
    Problems problems;

private:
    using Fields = std::vector<std::pair<std::string, std::string>>;
    using Element = Rules::Element;

    static std::string at(std::string_view path, std::size_t index) {
        return std::string(path) + "[" + std::to_string(index) + "]";
    }
    static std::string below(std::string_view path, std::string_view key) {
        return path.empty() ? std::string(key) : std::string(path) + "." + std::string(key);
    }
    void problem(std::string_view path, MessageId id, Fields fields = {}) {
        if (problems.size() >= kProblemsMax) return;
        problems.push_back({{std::move(id), std::move(fields)}, {"", 0, std::string(path)}});
    }
    void missing(std::string_view path, std::string_view element) {
        problem(path, "iam.policy.missing"_msg, {{"element", std::string(element)}});
    }

    void known_elements(
        const json::object& object,
        std::string_view path,
        const std::vector<std::string_view>& known
    ) {
        for (const auto& member : object) {
            const std::string_view key(member.key().data(), member.key().size());
            if (std::find(known.begin(), known.end(), key) != known.end()) continue;
            unknown(
                below(path, key),
                key,
                known,
                "iam.policy.unknown_element"_msg,
                "iam.policy.unknown_element_near"_msg
            );
        }
    }
    void unknown(
        std::string_view path,
        std::string_view name,
        const std::vector<std::string_view>& known,
        MessageId plain_id,
        MessageId near_id
    ) {
        if (problems.size() >= kProblemsMax) return;
        const auto near = nearest(name, known);
        Fields fields{{"name", std::string(name)}};
        if (near) fields.emplace_back("near", std::string(*near));
        problem(path, near ? std::move(near_id) : std::move(plain_id), std::move(fields));
    }

    // Without a Version the language is that of 2008, which has no variables.
    void version(const json::object& top) {
        const json::value* value = top.if_contains("Version");
        if (value == nullptr) return;
        const std::string text = plain(*value);
        if (text == "2012-10-17") {
            if (in_force("variables.resolved")) variables_ = Variables::Resolved;
        } else if (text != "2008-10-17" || !value->is_string()) {
            problem("Version", "iam.policy.version"_msg, {{"version", text}});
        }
    }

    void statement(const json::object& object, const std::string& path) {
        known_elements(
            object,
            path,
            {"Sid",
             "Effect",
             "Principal",
             "NotPrincipal",
             "Action",
             "NotAction",
             "Resource",
             "NotResource",
             "Condition"}
        );
        Statement one;
        if (const json::value* sid = object.if_contains("Sid")) {
            if (sid->is_string()) {
                one.sid = plain(*sid);
            } else {
                problem(below(path, "Sid"), "iam.policy.not_a_text"_msg);
            }
        }
        effect(object, path, one);
        principals(object, path, one);
        actions(object, path, one);
        resources(object, path, one);
        conditions(object, path, one);
        if (type_ == PolicyType::Rcp) resource_control(object, path, one);
        statements.push_back(std::move(one));
    }

    void effect(const json::object& object, const std::string& path, Statement& one) {
        const json::value* value = object.if_contains("Effect");
        if (value == nullptr) return missing(path, "Effect");
        const std::string text = plain(*value);
        if (value->is_string() && text == "Allow") {
            one.effect = Effect::Allow;
        } else if (!value->is_string() || text != "Deny") {
            problem(below(path, "Effect"), "iam.policy.effect"_msg, {{"effect", text}});
        }
    }

    // Of "Action" and "NotAction", say, the one that is there. nullptr: neither, or a problem.
    const json::value* either(
        const json::object& object,
        const std::string& path,
        const std::string& name,
        Element element,
        Polarity& polarity,
        std::string& found
    ) {
        const json::value* named = object.if_contains(name);
        const json::value* all_but = object.if_contains("Not" + name);
        polarity = named != nullptr ? Polarity::Named : Polarity::AllBut;
        found = below(path, named != nullptr ? name : "Not" + name);
        if (named != nullptr && all_but != nullptr) {
            problem(found, "iam.policy.both"_msg, {{"element", name}});
            return nullptr;
        }
        const json::value* value = named != nullptr ? named : all_but;
        if (value == nullptr && element == Element::Required) missing(path, name);
        if (value == nullptr || element != Element::Refused) return value;
        problem(found, "iam.policy.misplaced"_msg, {{"element", name}, {"type", iam_type_name()}});
        return nullptr;
    }
    std::string iam_type_name() const {
        switch (type_) {
            case PolicyType::Identity:
                return "identity";
            case PolicyType::Boundary:
                return "boundary";
            case PolicyType::Session:
                return "session";
            case PolicyType::Resource:
                return "resource";
            case PolicyType::Trust:
                return "trust";
            case PolicyType::Scp:
                return "SCP";
            case PolicyType::Rcp:
                return "RCP";
            case PolicyType::Endpoint:
                return "endpoint";
        }
        return "";
    }

    // Calls `take(text, path)` for one text or each of an array.
    template <class Take>
    void texts(const json::value& value, const std::string& path, Take take) {
        if (value.is_string()) return take(json::view(value.get_string()), path);
        if (!value.is_array()) return problem(path, "iam.policy.not_texts"_msg);
        for (std::size_t i = 0; i < value.get_array().size(); ++i) {
            const json::value& one = value.get_array()[i];
            if (one.is_string()) {
                take(json::view(one.get_string()), at(path, i));
            } else {
                problem(at(path, i), "iam.policy.not_a_text"_msg);
            }
        }
    }

    void actions(const json::object& object, const std::string& path, Statement& one) {
        std::string found;
        const json::value* value =
            either(object, path, "Action", Element::Required, one.action_polarity, found);
        if (value == nullptr) return;
        one.actions.reserve(count(*value));
        texts(*value, found, [&](std::string_view text, const std::string& where) {
            const std::size_t colon = text.find(':');
            const bool whole = text.find(':', colon + 1) == text.npos && colon != 0;
            const bool service = colon != text.npos && whole && colon + 1 < text.size();
            if (text != "*" && !service) {
                return problem(where, "iam.policy.action"_msg, {{"action", std::string(text)}});
            }
            one.actions.push_back(
                *Pattern::read(lower_ascii(text), Wildcards::Active, Variables::Literal)
            );
        });
    }

    void resources(const json::object& object, const std::string& path, Statement& one) {
        std::string found;
        const json::value* value =
            either(object, path, "Resource", rules(type_).resource, one.resource_polarity, found);
        if (value == nullptr) return;
        one.resources.emplace().reserve(count(*value));
        // IAM takes an ARN that ends early in `*`; RCPs do not.
        const auto short_forms =
            type_ == PolicyType::Rcp ? ArnPattern::Short::Refused : ArnPattern::Short::EndingInStar;
        texts(*value, found, [&](std::string_view text, const std::string& where) {
            auto pattern = ArnPattern::read(text, variables_, short_forms);
            if (pattern) return one.resources->push_back(*std::move(pattern));
            problem(where, "iam.policy.resource"_msg, {{"resource", std::string(text)}});
        });
    }

    void principals(const json::object& object, const std::string& path, Statement& one) {
        std::string found;
        const json::value* value = either(
            object, path, "Principal", rules(type_).principal, one.principal_polarity, found
        );
        if (value == nullptr) return;
        // IAM User Guide: "NotPrincipal must be used with Deny. Using it with Allow is not
        // supported."
        if (one.principal_polarity == Polarity::AllBut && one.effect == Effect::Allow) {
            problem(found, "iam.policy.not_principal_allow"_msg);
        }
        one.principals.emplace();
        if (value->is_string() && json::view(value->get_string()) == "*") {
            one.principals->everyone = true;
        } else if (value->is_object()) {
            principal_map(value->get_object(), found, *one.principals);
        } else {
            problem(found, "iam.policy.principal"_msg, {{"principal", plain(*value)}});
        }
    }
    void principal_map(
        const json::object& map,
        const std::string& path,
        detail::PrincipalList& list
    ) {
        static const std::vector<std::string_view> kTypes = {
            "AWS", "Service", "Federated", "CanonicalUser"};
        known_elements(map, path, kTypes);
        for (const auto& member : map) {
            const std::string_view type(member.key().data(), member.key().size());
            if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end()) continue;
            const std::string found = below(path, type);
            if (type != "AWS") list.others.reserve(list.others.size() + count(member.value()));
            texts(member.value(), found, [&](std::string_view text, const std::string& where) {
                if (type != "AWS") {
                    list.others.emplace_back(text);
                } else if (!detail::add_aws_principal(text, list)) {
                    problem(where, "iam.policy.principal"_msg, {{"principal", std::string(text)}});
                }
            });
        }
    }

    void conditions(const json::object& object, const std::string& path, Statement& one) {
        const json::value* value = object.if_contains("Condition");
        if (value == nullptr) return;
        const std::string found = below(path, "Condition");
        const json::object* operators = value->if_object();
        if (operators == nullptr) return problem(found, "iam.policy.not_an_object"_msg);
        std::size_t keys_written = 0;
        for (const auto& member : *operators) {
            if (const json::object* keys = member.value().if_object()) keys_written += keys->size();
        }
        one.conditions.reserve(keys_written);
        for (const auto& member : *operators) {
            const std::string_view name(member.key().data(), member.key().size());
            const std::string where = below(found, name);
            const auto op = detail::read_operator(name);
            if (!op) {
                unknown(
                    where,
                    name,
                    detail::operator_names(),
                    "iam.policy.operator"_msg,
                    "iam.policy.operator_near"_msg
                );
            } else if (!in_force("operator.", name)) {
                continue;
            } else if (const json::object* keys = member.value().if_object()) {
                for (const auto& key : *keys) {
                    condition(*op, {key.key().data(), key.key().size()}, key.value(), where, one);
                }
            } else {
                problem(where, "iam.policy.not_an_object"_msg);
            }
        }
    }
    void condition(
        const detail::Operator& op,
        std::string_view key,
        const json::value& value,
        const std::string& path,
        Statement& one
    ) {
        const std::string found = below(path, key);
        detail::Condition condition{op, std::string(key), {}};
        condition.values.reserve(count(value));
        const auto take = [&](const json::value& text, const std::string& where) {
            if (text.is_object() || text.is_array() || text.is_null()) {
                return problem(where, "iam.policy.not_a_text"_msg);
            }
            auto operand = detail::read_operand(plain(text), op.kind, variables_);
            if (operand) return condition.values.push_back(*std::move(operand));
            problem(where, "iam.policy.variable"_msg, {{"text", plain(text)}});
        };
        if (value.is_array()) {
            for (std::size_t i = 0; i < value.get_array().size(); ++i) {
                take(value.get_array()[i], at(found, i));
            }
        } else {
            take(value, found);
        }
        one.conditions.push_back(std::move(condition));
    }

    // Organizations User Guide, "RCP syntax": Principal is `*`, NotPrincipal and NotAction are not
    // taken, and Allow is RCPFullAWSAccess's alone.
    void resource_control(
        const json::object& object,
        const std::string& path,
        const Statement& one
    ) {
        for (const char* element : {"NotPrincipal", "NotAction"}) {
            if (!object.contains(element)) continue;
            problem(
                below(path, element),
                "iam.policy.misplaced"_msg,
                {{"element", element}, {"type", iam_type_name()}}
            );
        }
        if (one.principals && !one.principals->everyone) {
            problem(below(path, "Principal"), "iam.policy.rcp_principal"_msg);
        }
        if (one.effect != Effect::Allow) return;
        const auto any = [](const auto& pattern) { return pattern.any(); };
        const bool full = std::any_of(one.actions.begin(), one.actions.end(), any) &&
                          one.resources && one.resource_polarity == Polarity::Named &&
                          std::any_of(one.resources->begin(), one.resources->end(), any) &&
                          one.conditions.empty();
        if (!full) problem(below(path, "Effect"), "iam.policy.rcp_allow"_msg);
    }

    PolicyType type_;
    Variables variables_ = Variables::Literal;
};

}  // namespace

PolicyType Policy::type() const {
    return compiled_->type;
}
const std::string& Policy::name() const {
    return compiled_->name;
}
std::size_t Policy::statement_count() const {
    return compiled_->statements.size();
}
Effect Policy::effect(std::size_t statement) const {
    return compiled_->statements.at(statement).effect;
}
const std::string& Policy::sid(std::size_t statement) const {
    return compiled_->statements.at(statement).sid;
}
const json::value& Policy::document() const {
    return compiled_->document;
}

Expected<Policy, Problems> read_policy(json::value document, std::string name, PolicyType type) {
    Reader reader(type);
    reader.document(document);
    if (!reader.problems.empty()) return Failure{std::move(reader.problems)};
    auto compiled = std::make_shared<detail::CompiledPolicy>();
    compiled->type = type;
    compiled->name = std::move(name);
    compiled->document = std::move(document);
    compiled->statements = std::move(reader.statements);
    return Policy(std::move(compiled));
}

Expected<Policy, Problems> parse_policy(std::string_view text, std::string name, PolicyType type) {
    auto document = json::parse(text);
    if (document) return read_policy(*std::move(document), std::move(name), type);
    const Location where{"", document.error().line, ""};
    return Failure{Problems{{json::describe(document.error()), where}}};
}

}  // namespace kakehashi::iam

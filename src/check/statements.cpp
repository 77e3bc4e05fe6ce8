#include "check/detail/statements.h"

#include "base/text.h"
#include "base/wildcard.h"

#include <algorithm>

namespace kakehashi::check {
namespace {

bool take_prefix(std::string& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.erase(0, prefix.size());
    return true;
}

bool take_suffix(std::string& text, std::string_view suffix) {
    if (!text.ends_with(suffix)) return false;
    text.erase(text.size() - suffix.size());
    return true;
}

ConditionText read_condition(std::string_view written, std::string_view key) {
    ConditionText out;
    out.written = written;
    out.key = key;
    out.comparison = lower_ascii(written);
    if (take_prefix(out.comparison, "foranyvalue:")) out.set = ConditionText::Set::AnyValue;
    if (take_prefix(out.comparison, "forallvalues:")) out.set = ConditionText::Set::AllValues;
    out.if_exists = take_suffix(out.comparison, "ifexists");
    if (const auto no = out.comparison.find("not"); no != std::string::npos) {
        out.negated = true;
        out.comparison.erase(no, 3);
    }
    return out;
}

std::vector<ConditionText> conditions_of(const json::object& body) {
    std::vector<ConditionText> out;
    const json::object* operators = json::find_object(body, "Condition");
    if (!operators) return out;
    for (const auto& [name, keys] : *operators) {
        if (!keys.is_object()) continue;
        for (const auto& [key, values] : keys.as_object()) {
            out.push_back(read_condition(name, key));
            out.back().values = texts_of(&values);
        }
    }
    return out;
}

void read_principals(const json::object& body, StatementText& out) {
    const json::value* found = json::find(body, "Principal");
    if (const json::value* all_but = json::find(body, "NotPrincipal")) {
        found = all_but;
        out.all_but_principals = true;
    }
    if (!found) return;
    std::vector<std::string> named =
        found->is_string() ? texts_of(found) : texts_of(json::find(*found, "AWS"));
    for (std::string& text : named) {
        if (text == "*") {
            out.everyone = true;
        } else {
            out.aws_principals.push_back(std::move(text));
        }
    }
}

StatementText read_statement(
    const iam::Policy& policy,
    std::size_t index,
    const json::object& body
) {
    StatementText out{policy, index, policy.effect(index), &body};
    out.all_but_actions = body.contains("NotAction");
    out.all_but_resources = body.contains("NotResource");
    out.actions = texts_of(json::find(body, out.all_but_actions ? "NotAction" : "Action"));
    out.resources = texts_of(json::find(body, out.all_but_resources ? "NotResource" : "Resource"));
    read_principals(body, out);
    out.conditions = conditions_of(body);
    return out;
}

}  // namespace

bool ConditionText::is(std::string_view other_key) const {
    return equal_ignoring_case(key, other_key);
}

bool StatementText::covers(std::string_view action) const {
    const bool named = std::any_of(actions.begin(), actions.end(), [&](const std::string& pattern) {
        return matches_ignoring_case(pattern, action);
    });
    return named != all_but_actions;
}

bool StatementText::has_condition(std::string_view key) const {
    return std::any_of(conditions.begin(), conditions.end(), [&](const ConditionText& condition) {
        return condition.is(key);
    });
}

std::string StatementText::name() const {
    const std::string& sid = policy.sid(index);
    return sid.empty() ? "Statement[" + std::to_string(index) + "]" : sid;
}

std::string StatementText::item_path(std::string_view element, std::size_t item) const {
    std::string path(element);
    if (json::find_array(*body, element)) path += "[" + std::to_string(item) + "]";
    return path;
}

std::vector<StatementText> statements_of(const iam::Policy& policy) {
    std::vector<StatementText> out;
    const json::value* found = json::find(policy.document(), "Statement");
    if (!found) return out;
    if (const json::object* only = found->if_object()) {
        out.push_back(read_statement(policy, 0, *only));
    } else if (const json::array* list = found->if_array()) {
        for (std::size_t i = 0; i < list->size() && i < policy.statement_count(); ++i) {
            if (const json::object* body = (*list)[i].if_object()) {
                out.push_back(read_statement(policy, i, *body));
            }
        }
    }
    return out;
}

bool matches_ignoring_case(std::string_view pattern, std::string_view text) {
    if (!has_wildcard(pattern)) return equal_ignoring_case(pattern, text);
    const std::string folded = lower_ascii(pattern);
    return wildcard_match(std::string_view(folded), lower_ascii(text), kWildcards);
}

bool has_wildcard(std::string_view text) {
    return text.find_first_of("*?") != text.npos;
}

std::vector<std::string> texts_of(const json::value* value) {
    std::vector<std::string> out;
    if (!value) return out;
    const auto add = [&](const json::value& item) {
        out.push_back(
            item.is_string() ? std::string(json::view(item.as_string())) : json::serialize(item)
        );
    };
    if (const json::array* list = value->if_array()) {
        for (const json::value& item : *list) {
            add(item);
        }
    } else {
        add(*value);
    }
    return out;
}

}  // namespace kakehashi::check

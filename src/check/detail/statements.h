#pragma once

#include "base/json.h"
#include "iam/policy.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// A policy's statements as a person wrote them, for findings that speak of the text itself. What a
// statement means is iam's to say. Safe from every thread.
namespace kakehashi::check {

struct ConditionText {
    enum class Set : std::uint8_t { None, AnyValue, AllValues };
    std::string written;  // "ForAnyValue:StringLikeIfExists"
    std::string
        comparison;  // the same without prefix, Not and IfExists, in lower case: "stringlike"
    bool negated = false, if_exists = false;
    Set set = Set::None;
    std::string key;  // as it is written
    std::vector<std::string> values;

    bool is(std::string_view other_key) const;  // names match in any case
};

// Borrows from the policy's document, which `policy` keeps alive.
struct StatementText {
    iam::Policy policy;
    std::size_t index = 0;
    iam::Effect effect = iam::Effect::Deny;
    const json::object* body = nullptr;
    std::vector<std::string> actions = {}, resources = {};  // of Not… where that is written
    bool all_but_actions = false, all_but_resources = false;
    bool everyone = false;  // Principal "*" or {"AWS": "*"}
    bool all_but_principals = false;
    std::vector<std::string> aws_principals = {};  // the others under "AWS"
    std::vector<ConditionText> conditions = {};

    bool allows() const { return effect == iam::Effect::Allow; }
    bool covers(std::string_view action) const;  // "bedrock:InvokeModel"
    bool has_condition(std::string_view key) const;
    std::string name() const;  // its Sid, else "Statement[2]"
    // "Action[1]" for the second of a list, "Action" where no list stands.
    std::string item_path(std::string_view element, std::size_t item) const;
};

std::vector<StatementText> statements_of(const iam::Policy& policy);

// `*` and `?`, in any case.
bool matches_ignoring_case(std::string_view pattern, std::string_view text);
bool has_wildcard(std::string_view text);

// The texts of a value that is one text or a list of them.
std::vector<std::string> texts_of(const json::value* value);

}  // namespace kakehashi::check

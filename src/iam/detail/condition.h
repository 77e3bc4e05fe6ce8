#pragma once

#include "base/expected.h"
#include "base/time.h"
#include "iam/anatomy.h"
#include "iam/detail/pattern.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// One operator and one key of a Condition element.
// Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for
// multi-valued context keys".
namespace kakehashi::iam::detail {

using Kind = ConditionKind;
using Order = ConditionOrder;
using Set = ConditionSet;
using Operator = ConditionOperator;

// "ForAnyValue:StringNotLikeIfExists", in any case. nullopt: there is no such operator.
std::optional<Operator> read_operator(std::string_view name);
std::vector<std::string_view> operator_names(
);  // without prefixes and IfExists, for "did you mean"

// The first `prefix_bits` of an address; an address alone is its own network.
struct Network {
    std::array<unsigned char, 16> bytes{};
    std::uint8_t length = 0;  // 4 or 16
    std::uint8_t prefix_bits = 0;
    bool contains(const Network& address) const;
};
std::optional<Network> read_network(std::string_view text);
std::optional<TimePoint> read_date(std::string_view text);  // ISO 8601, or seconds since 1970

struct Unreadable {};  // as a number that is none: equals nothing
using Operand =
    std::variant<Unreadable, Pattern, ArnPattern, double, TimePoint, bool, std::string, Network>;

struct Condition {
    Operator op;
    std::string key;
    std::vector<Operand> values;
};

// nullopt: a policy variable that cannot be read.
std::optional<Operand> read_operand(std::string_view text, Kind kind, Variables variables);

bool holds(const Condition& condition, const Keys& keys);

// One text of the request beside the values of the policy.
bool value_holds(const Condition& condition, std::string_view asked, const Keys& keys);

}  // namespace kakehashi::iam::detail

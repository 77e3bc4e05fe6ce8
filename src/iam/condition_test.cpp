#include "iam/detail/condition.h"

#include <gtest/gtest.h>

namespace kakehashi::iam::detail {
namespace {

using Values = std::vector<std::string>;

Condition condition(const char* name, const Values& values) {
    const auto op = read_operator(name);
    EXPECT_TRUE(op) << name;
    Condition made{op.value_or(Operator{}), "k", {}};
    for (const std::string& value : values) {
        auto operand = read_operand(value, made.op.kind, Variables::Resolved);
        EXPECT_TRUE(operand) << value;
        if (operand) made.values.push_back(*std::move(operand));
    }
    return made;
}

bool holds_in(const char* name, const Values& values, const Context& context) {
    std::vector<std::string> missing;
    return holds(condition(name, values), Keys(context, missing));
}

TEST(Condition, ComparesByOperator) {
    struct Row {
        const char* name;
        Values written;
        const char* asked;
        bool holds;
    };
    const char* arn = "arn:aws:iam::111111111111:role/a/b";
    const Row rows[] = {
        {"StringEquals", {"a", "b"}, "b", true},
        {"StringEquals", {"a"}, "A", false},
        {"StringEquals", {"*"}, "x", false},
        {"StringEquals", {}, "x", false},
        {"StringNotEquals", {"a", "b"}, "b", false},
        {"StringNotEquals", {"a", "b"}, "c", true},
        {"StringNotEquals", {}, "x", true},
        {"stringequals", {"a"}, "a", true},
        {"StringEqualsIgnoreCase", {"aB"}, "Ab", true},
        {"StringNotEqualsIgnoreCase", {"aB"}, "Ab", false},
        {"StringLike", {"a*c"}, "abc", true},
        {"StringLike", {"a*c"}, "abC", false},
        {"StringNotLike", {"a*"}, "abc", false},
        {"NumericEquals", {"10"}, "10.0", true},
        {"NumericEquals", {"1e1"}, "10", true},
        {"NumericNotEquals", {"10"}, "10", false},
        {"NumericLessThan", {"10"}, "9", true},
        {"NumericLessThan", {"10"}, "10", false},
        {"NumericLessThanEquals", {"10"}, "10", true},
        {"NumericGreaterThan", {"10"}, "10", false},
        {"NumericGreaterThan", {"10"}, "11", true},
        {"NumericGreaterThanEquals", {"-2.5"}, "-2.5", true},
        {"NumericEquals", {"10"}, "ten", false},
        {"NumericEquals", {"ten"}, "10", false},
        {"NumericEquals", {"10"}, "10x", false},
        {"NumericEquals", {"10"}, "", false},
        {"NumericEquals", {"nan"}, "nan", false},
        {"NumericNotEquals", {"10"}, "ten", true},
        {"NumericNotEquals", {"ten"}, "10", true},
        {"DateEquals", {"2026-11-24T00:00:00Z"}, "2026-11-24", true},
        {"DateEquals", {"2026-11-24T09:00:00+09:00"}, "2026-11-24T00:00Z", true},
        {"DateEquals", {"1795478400"}, "2026-11-24T00:00:00Z", true},
        {"DateNotEquals", {"2026-11-24"}, "2026-11-25", true},
        {"DateLessThan", {"2026-11-24"}, "2026-11-23T23:59:59Z", true},
        {"DateLessThan", {"2026-11-24"}, "2026-11-24T00:00:00Z", false},
        {"DateLessThanEquals", {"2026-11-24"}, "2026-11-24T00:00:00Z", true},
        {"DateGreaterThan", {"2026-11-24"}, "2026-11-24T00:00:01Z", true},
        {"DateGreaterThanEquals", {"2026-11-24"}, "2026-11-23T00:00:00Z", false},
        {"DateLessThan", {"9999-12-31T23:59:59Z"}, "2026-11-24T00:00:00Z", true},
        {"DateLessThan", {"99999999999999"}, "2026-11-24T00:00:00Z", true},
        {"DateGreaterThan", {"0001-01-01"}, "2026-11-24T00:00:00Z", true},
        {"DateLessThan", {"9999-13-31"}, "2026-11-24T00:00:00Z", false},
        {"DateEquals", {"2026-13-01"}, "2026-13-01", false},
        {"DateNotEquals", {"2026-11-24"}, "soon", true},
        {"Bool", {"true"}, "TRUE", true},
        {"Bool", {"true"}, "false", false},
        {"Bool", {"yes"}, "yes", false},
        {"BinaryEquals", {"aGk="}, "aGk=", true},
        {"BinaryEquals", {"aGk="}, "aGo=", false},
        {"BinaryEquals", {"?"}, "?", false},
        {"IpAddress", {"10.0.0.0/8"}, "10.1.2.3", true},
        {"IpAddress", {"10.0.0.0/8"}, "11.1.2.3", false},
        {"IpAddress", {"10.0.0.9/8"}, "10.1.2.3", true},
        {"IpAddress", {"10.1.2.3"}, "10.1.2.3", true},
        {"IpAddress", {"10.1.2.128/25"}, "10.1.2.127", false},
        {"IpAddress", {"10.1.2.128/25"}, "10.1.2.129", true},
        {"IpAddress", {"0.0.0.0/0"}, "203.0.113.1", true},
        {"IpAddress", {"0.0.0.0/0"}, "2001:db8::1", false},
        {"IpAddress", {"2001:db8::/32"}, "2001:db8:1::1", true},
        {"IpAddress", {"2001:db8::/32"}, "2001:db9::1", false},
        {"IpAddress", {"10.0.0.0/33"}, "10.0.0.0", false},
        {"IpAddress", {"10.0.0.0/8"}, "10.1.2", false},
        {"NotIpAddress", {"10.0.0.0/8"}, "10.1.2.3", false},
        {"NotIpAddress", {"10.0.0.0/8"}, "2001:db8::1", true},
        {"NotIpAddress", {"10.0.0.0/8"}, "nowhere", true},
        {"ArnEquals", {"arn:aws:iam::*:role/a/*"}, arn, true},
        {"ArnLike", {"arn:aws:iam::111111111111:role/*"}, arn, true},
        {"ArnLike", {"arn:aws:iam:*:role/*"}, arn, false},
        {"ArnLike", {"*"}, arn, false},
        {"ArnLike", {"arn:aws:iam::*:role/*"}, "role/a", false},
        {"ArnNotLike", {"arn:aws:iam::*:role/*"}, arn, false},
        {"ArnNotEquals", {"arn:aws:iam::*:role/x"}, arn, true},
        {"Null", {"true"}, "x", false},
        {"Null", {"false"}, "x", true},
    };
    for (const auto& [name, written, asked, expected] : rows) {
        Context context;
        context.set("K", asked);
        EXPECT_EQ(holds_in(name, written, context), expected)
            << name << " " << testing::PrintToString(written) << " " << asked;
    }
}

TEST(Condition, JudgesAMissingKeyByItsOperator) {
    struct Row {
        const char* name;
        bool missing, empty;
    };
    const Row rows[] = {
        {"StringEquals", false, false},
        {"StringNotEquals", true, false},
        {"StringEqualsIfExists", true, true},
        {"StringNotEqualsIfExists", true, true},
        {"ForAnyValue:StringEquals", false, false},
        {"ForAnyValue:StringNotEquals", false, false},
        {"ForAnyValue:StringEqualsIfExists", true, true},
        {"ForAllValues:StringEquals", true, true},
        {"ForAllValues:StringNotEquals", true, true},
        {"NumericLessThan", false, false},
        {"NotIpAddress", true, false},
        {"Bool", false, false},
        {"BoolIfExists", true, true},
    };
    Context empty;
    empty.set_many("k", {});
    for (const auto& [name, missing, with_none] : rows) {
        EXPECT_EQ(holds_in(name, {"true"}, {}), missing) << name;
        EXPECT_EQ(holds_in(name, {"true"}, empty), with_none) << name;
    }
    EXPECT_TRUE(holds_in("Null", {"true"}, {}));
    EXPECT_FALSE(holds_in("Null", {"false"}, {}));
    EXPECT_TRUE(holds_in("Null", {"true"}, empty));
}

TEST(Condition, TakesSetsWithSetOperatorsOnly) {
    struct Row {
        const char* name;
        Values written;
        Values asked;
        bool holds;
    };
    const Row rows[] = {
        {"StringEquals", {"a"}, {"a"}, false},
        {"StringNotEquals", {"a"}, {"b"}, false},
        {"ForAnyValue:StringEquals", {"a", "x"}, {"b", "a"}, true},
        {"ForAnyValue:StringEquals", {"x"}, {"b", "a"}, false},
        {"ForAnyValue:StringNotEquals", {"a"}, {"b", "a"}, true},
        {"ForAnyValue:StringNotEquals", {"a", "b"}, {"b", "a"}, false},
        {"ForAllValues:StringLike", {"a*", "b*"}, {"b1", "a1"}, true},
        {"ForAllValues:StringLike", {"a*"}, {"b1", "a1"}, false},
        {"ForAllValues:StringNotLike", {"a*"}, {"b1", "c1"}, true},
        {"ForAllValues:StringNotLike", {"a*"}, {"b1", "a1"}, false},
        {"Null", {"false"}, {"a"}, true},
    };
    for (const auto& [name, written, asked, expected] : rows) {
        Context context;
        context.set_many("k", asked);
        EXPECT_EQ(holds_in(name, written, context), expected)
            << name << " " << testing::PrintToString(asked);
    }
    Context single;
    single.set("k", "a");
    EXPECT_TRUE(holds_in("ForAnyValue:StringEquals", {"a"}, single));
    EXPECT_TRUE(holds_in("ForAllValues:StringEquals", {"a"}, single));
    EXPECT_FALSE(holds_in("ForAllValues:StringEquals", {"b"}, single));
}

TEST(Condition, HasNoAnswerWhenAVariableHasNoValue) {
    Context context;
    context.set("k", "x");
    EXPECT_FALSE(holds_in("StringEquals", {"${aws:absent}"}, context));
    EXPECT_FALSE(holds_in("StringNotEquals", {"${aws:absent}"}, context));
    EXPECT_TRUE(holds_in("StringEquals", {"${aws:absent}", "x"}, context));
    EXPECT_TRUE(holds_in("StringEquals", {"${aws:absent, 'x'}"}, context));
}

TEST(Condition, RefusesOperatorsThatDoNotExist) {
    for (const char* name :
         {"",
          "StringLke",
          "NullIfExists",
          "ForAnyValue:Null",
          "ForSomeValues:StringEquals",
          "StringEqualsIfExist",
          "IfExists",
          "ForAnyValue:",
          "StringEquals "}) {
        EXPECT_FALSE(read_operator(name)) << name;
    }
}

}  // namespace
}  // namespace kakehashi::iam::detail

#include "iam/detail/condition.h"

#include "base/encoding.h"
#include "base/fence.h"
#include "base/text.h"

#include <algorithm>
#include <arpa/inet.h>

namespace kakehashi::iam::detail {
namespace {

// A TimePoint counts nanoseconds in 64 bits.
constexpr std::size_t kEpochSecondsMax = 8'000'000'000;  // in the year 2223
constexpr std::size_t kYearMin = 1970, kYearMax = 2222;
// The shorter forms of W3C's "Date and Time Formats": a day, or a time without seconds.
constexpr std::string_view kDayForm = "2026-11-24";
constexpr std::string_view kMinuteForm = "2026-11-24T08:33";
constexpr std::size_t kYearDigits = 4;

struct Named {
    std::string_view name;
    Kind kind;
    Order order = Order::Equal;
    bool negated = false;
};
constexpr Named kOperators[] = {
    {"StringEquals", Kind::String},
    {"StringNotEquals", Kind::String, Order::Equal, true},
    {"StringEqualsIgnoreCase", Kind::StringIgnoringCase},
    {"StringNotEqualsIgnoreCase", Kind::StringIgnoringCase, Order::Equal, true},
    {"StringLike", Kind::StringLike},
    {"StringNotLike", Kind::StringLike, Order::Equal, true},
    {"NumericEquals", Kind::Number},
    {"NumericNotEquals", Kind::Number, Order::Equal, true},
    {"NumericLessThan", Kind::Number, Order::Less},
    {"NumericLessThanEquals", Kind::Number, Order::LessOrEqual},
    {"NumericGreaterThan", Kind::Number, Order::Greater},
    {"NumericGreaterThanEquals", Kind::Number, Order::GreaterOrEqual},
    {"DateEquals", Kind::Date},
    {"DateNotEquals", Kind::Date, Order::Equal, true},
    {"DateLessThan", Kind::Date, Order::Less},
    {"DateLessThanEquals", Kind::Date, Order::LessOrEqual},
    {"DateGreaterThan", Kind::Date, Order::Greater},
    {"DateGreaterThanEquals", Kind::Date, Order::GreaterOrEqual},
    {"Bool", Kind::Bool},
    {"BinaryEquals", Kind::Binary},
    {"IpAddress", Kind::Ip},
    {"NotIpAddress", Kind::Ip, Order::Equal, true},
    {"ArnEquals", Kind::Arn},
    {"ArnNotEquals", Kind::Arn, Order::Equal, true},
    {"ArnLike", Kind::Arn},
    {"ArnNotLike", Kind::Arn, Order::Equal, true},
    {"Null", Kind::Null},
};

bool strip_prefix(std::string_view& text, std::string_view prefix) {
    if (!equal_ignoring_case(text.substr(0, prefix.size()), prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

bool strip_suffix(std::string_view& text, std::string_view suffix) {
    if (text.size() < suffix.size()) return false;
    if (!equal_ignoring_case(text.substr(text.size() - suffix.size()), suffix)) return false;
    text.remove_suffix(suffix.size());
    return true;
}

std::optional<bool> read_bool(std::string_view text) {
    if (equal_ignoring_case(text, "true")) return true;
    if (equal_ignoring_case(text, "false")) return false;
    return std::nullopt;
}

template <class T>
Operand operand_or_unreadable(std::optional<T> value) {
    return value ? Operand(*std::move(value)) : Operand(Unreadable{});
}

template <class T>
bool in_order(const T& asked, const T& written, Order order) {
    switch (order) {
        case Order::Equal:
            return asked == written;
        case Order::Less:
            return asked < written;
        case Order::LessOrEqual:
            return asked <= written;
        case Order::Greater:
            return asked > written;
        case Order::GreaterOrEqual:
            return asked >= written;
    }
    return false;
}

// One value of the request beside one value of the policy.
struct Comparison {
    std::string_view asked;
    const Operator& op;
    const Keys& keys;

    static Outcome outcome(bool matches) { return matches ? Outcome::Matches : Outcome::Differs; }

    Outcome operator()(const Unreadable&) const { return Outcome::Differs; }
    Outcome operator()(const Pattern& written) const {
        const bool folded = op.kind == Kind::StringIgnoringCase && in_force("operator.case");
        return written.match(asked, keys, folded ? Case::Ignored : Case::Sensitive);
    }
    Outcome operator()(const ArnPattern& written) const {
        const auto parts = arn_parts(asked);
        if (!parts) return Outcome::Differs;
        return written.match(parts, keys);
    }
    Outcome operator()(double written) const {
        const auto value = parse_decimal(asked);
        return outcome(value && in_order(*value, written, op.order));
    }
    Outcome operator()(TimePoint written) const {
        const auto value = read_date(asked);
        return outcome(value && in_order(*value, written, op.order));
    }
    Outcome operator()(bool written) const { return outcome(read_bool(asked) == written); }
    Outcome operator()(const std::string& written) const {
        return outcome(from_base64(asked) == written);
    }
    Outcome operator()(const Network& written) const {
        const auto value = read_network(asked);
        return outcome(value && written.contains(*value));
    }
};

bool null_holds(const Condition& condition, bool missing) {
    return std::any_of(condition.values.begin(), condition.values.end(), [&](const Operand& value) {
        const bool* wanted = std::get_if<bool>(&value);
        return wanted != nullptr && *wanted == missing;
    });
}

}  // namespace

std::optional<Operator> read_operator(std::string_view name) {
    Operator op;
    if (strip_prefix(name, "ForAnyValue:")) {
        op.set = in_force("operator.ForAnyValue") ? Set::AnyValue : Set::None;
    } else if (strip_prefix(name, "ForAllValues:")) {
        op.set = in_force("operator.ForAllValues") ? Set::AllValues : Set::None;
    }
    op.if_exists = strip_suffix(name, "IfExists") && in_force("operator.IfExists");
    for (const Named& known : kOperators) {
        if (!equal_ignoring_case(known.name, name)) continue;
        // "You can add IfExists to the end of any condition operator name except Null".
        if (known.kind == Kind::Null && (op.if_exists || op.set != Set::None)) return std::nullopt;
        op.kind = known.kind;
        op.order = known.order;
        op.negated = known.negated;
        return op;
    }
    return std::nullopt;
}

std::vector<std::string_view> operator_names() {
    std::vector<std::string_view> names;
    for (const Named& known : kOperators)
        names.push_back(known.name);
    return names;
}

bool Network::contains(const Network& address) const {
    if (length != address.length || prefix_bits > address.prefix_bits) return false;
    const std::size_t whole = prefix_bits / 8;
    if (!std::equal(
            bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(whole), address.bytes.begin()
        )) {
        return false;
    }
    const unsigned rest = prefix_bits % 8;
    if (rest == 0) return true;
    const unsigned mask = (0xFF00U >> rest) & 0xFFU;
    return ((bytes.at(whole) ^ address.bytes.at(whole)) & mask) == 0;
}

std::optional<Network> read_network(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string address(text.substr(0, slash));
    Network network;
    if (address.find('\0') != address.npos) return std::nullopt;
    if (inet_pton(AF_INET, address.c_str(), network.bytes.data()) == 1) {
        network.length = 4;
    } else if (inet_pton(AF_INET6, address.c_str(), network.bytes.data()) == 1) {
        network.length = 16;
    } else {
        return std::nullopt;
    }
    network.prefix_bits = static_cast<std::uint8_t>(network.length * 8U);
    if (slash == text.npos) return network;
    const auto bits = parse_count(text.substr(slash + 1));
    if (!bits || *bits > network.prefix_bits) return std::nullopt;
    network.prefix_bits = static_cast<std::uint8_t>(*bits);
    return network;
}

std::optional<TimePoint> read_date(std::string_view text) {
    if (const auto seconds = parse_count(text)) {
        return TimePoint(std::chrono::seconds(std::min(*seconds, kEpochSecondsMax)));
    }
    std::string whole(text);
    if (whole.size() == kDayForm.size()) whole += "T00:00:00Z";
    const std::size_t minutes_end = kMinuteForm.size();
    if (whole.size() > minutes_end && whole[minutes_end] != ':') whole.insert(minutes_end, ":00");
    const auto year = parse_count(text.substr(0, kYearDigits));
    if (!year || (*year >= kYearMin && *year <= kYearMax)) return parse_iso8601(whole);
    // "9999-12-31" is a way to say never: all that a TimePoint cannot hold is as far away.
    whole.replace(0, kYearDigits, "2000");
    if (!parse_iso8601(whole)) return std::nullopt;
    return TimePoint(std::chrono::seconds(*year > kYearMax ? kEpochSecondsMax : 0));
}

std::optional<Operand> read_operand(std::string_view text, Kind kind, Variables variables) {
    switch (kind) {
        case Kind::String:
        case Kind::StringIgnoringCase:
        case Kind::StringLike: {
            const auto wildcards = kind == Kind::StringLike && in_force("operator.wildcards")
                                       ? Wildcards::Active
                                       : Wildcards::Literal;
            auto pattern = Pattern::read(text, wildcards, variables);
            if (!pattern) return std::nullopt;
            return Operand(*std::move(pattern));
        }
        case Kind::Arn: {
            if (!Pattern::read(text, Wildcards::Active, variables)) return std::nullopt;
            if (text == "*") return Operand(Unreadable{});  // has not six parts to match alone
            return operand_or_unreadable(
                ArnPattern::read(text, variables, ArnPattern::Short::Refused)
            );
        }
        case Kind::Number:
            return operand_or_unreadable(parse_decimal(text));
        case Kind::Date:
            return operand_or_unreadable(read_date(text));
        case Kind::Bool:
        case Kind::Null:
            return operand_or_unreadable(read_bool(text));
        case Kind::Binary:
            return operand_or_unreadable(from_base64(text));
        case Kind::Ip:
            return operand_or_unreadable(read_network(text));
    }
    return Operand(Unreadable{});
}

// Values of the policy are alternatives; a negated operator wants none of them. A variable without
// a value matches nothing, and leaves a negated operator without an answer: it does not hold.
bool value_holds(const Condition& condition, std::string_view asked, const Keys& keys) {
    bool unresolved = false;
    for (const Operand& written : condition.values) {
        const Outcome one = std::visit(Comparison{asked, condition.op, keys}, written);
        if (one == Outcome::Matches) return !condition.op.negated;
        unresolved = unresolved || one == Outcome::Unresolved;
    }
    return condition.op.negated && !(unresolved && in_force("variables.without-value"));
}

bool holds(const Condition& condition, const Keys& keys) {
    const Operator& op = condition.op;
    const Context::Entry* entry = keys.find(condition.key);
    // Sets are never sent empty: one without values counts as a key that is not there.
    const bool missing = entry == nullptr || entry->values.empty();
    if (op.kind == Kind::Null) return null_holds(condition, missing);
    if (missing) {
        if (op.if_exists || op.set == Set::AllValues) return true;
        return op.set == Set::None && op.negated && entry == nullptr &&
               in_force("operator.missing-key");
    }
    const auto one = [&](const std::string& asked) { return value_holds(condition, asked, keys); };
    const auto& values = entry->values;
    switch (op.set) {
        case Set::AnyValue:
            return std::any_of(values.begin(), values.end(), one);
        case Set::AllValues:
            return std::all_of(values.begin(), values.end(), one);
        case Set::None:
            return !(entry->many && in_force("operator.single-value")) && one(values.front());
    }
    return false;
}

}  // namespace kakehashi::iam::detail

#include "iam/anatomy.h"

#include "iam/detail/compiled.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace kakehashi::iam {
namespace {

using detail::Network;
using detail::Operand;

const detail::Statement& compiled(const Policy& policy, std::size_t statement) {
    return policy.compiled().statements.at(statement);
}

struct PiecesOf {
    OperandPieces operator()(const detail::Unreadable&) const { return UnreadableOperand{}; }
    OperandPieces operator()(const detail::Pattern& pattern) const { return pattern.pieces(); }
    OperandPieces operator()(const detail::ArnPattern& pattern) const { return pattern.pieces(); }
    OperandPieces operator()(bool value) const { return value; }
    template <class Compared>
    OperandPieces operator()(const Compared&) const {
        return ComparedOperand{};
    }
};

ConditionAnatomy anatomy(const detail::Condition& condition) {
    ConditionAnatomy out{condition.op, condition.key, {}};
    out.operands.reserve(condition.values.size());
    for (const Operand& operand : condition.values)
        out.operands.push_back(std::visit(PiecesOf{}, operand));
    return out;
}

// --- texts on both sides of each boundary ---

std::string decimal(double value) {
    std::array<char, 64> text{};
    const auto [end, failed] = std::to_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc() ? std::string(text.data(), end) : "0";
}

std::string address_text(const std::array<unsigned char, 16>& bytes, int family) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    return inet_ntop(family, bytes.data(), text.data(), text.size()) ? text.data() : "";
}

// Addresses fall into intervals: those that begin where a network begins or just behind its end
// tell all apart.
void add_networks(const Network& network, std::vector<std::string>& out) {
    const int family = network.length == 4 ? AF_INET : AF_INET6;
    std::array<unsigned char, 16> first = network.bytes;
    std::array<unsigned char, 16> behind = network.bytes;
    for (std::size_t bit = network.prefix_bits; bit < std::size_t{network.length} * 8; ++bit) {
        const auto mask = static_cast<unsigned char>(0x80U >> (bit % 8));
        first.at(bit / 8) = static_cast<unsigned char>(first.at(bit / 8) & ~mask);
        behind.at(bit / 8) = static_cast<unsigned char>(behind.at(bit / 8) | mask);
    }
    for (std::size_t i = network.length; i > 0; --i) {  // one further, with its carry
        behind.at(i - 1) = static_cast<unsigned char>(behind.at(i - 1) + 1U);
        if (behind.at(i - 1) != 0) break;
    }
    out.push_back(address_text(first, family));
    out.push_back(address_text(behind, family));  // behind the last address: the first one again
}

struct TellingValues {
    std::vector<std::string>& out;  // outlives this

    void operator()(double value) const {
        constexpr double kEnd = std::numeric_limits<double>::max();
        for (double each :
             {value,
              value - 1,
              value + 1,
              std::nextafter(value, -kEnd),
              std::nextafter(value, kEnd)}) {
            if (std::isfinite(each)) out.push_back(decimal(each));
        }
    }
    // Fractions of a second are not read, so that seconds are neighbours.
    void operator()(TimePoint value) const {
        for (int seconds : {0, -1, 1}) {
            out.push_back(to_iso8601(value + std::chrono::seconds(seconds)));
        }
    }
    void operator()(const Network& network) const { add_networks(network, out); }
    template <class Other>
    void operator()(const Other&) const {}
};

}  // namespace

StatementAnatomy anatomy(const Policy& policy, std::size_t statement) {
    const detail::Statement& from = compiled(policy, statement);
    StatementAnatomy out;
    out.effect = from.effect;
    out.sid = from.sid;
    out.actions_listed = from.action_polarity;
    for (const detail::Pattern& action : from.actions)
        out.actions.push_back(action.pieces());
    out.resources_listed = from.resource_polarity;
    if (from.resources) {
        out.resources.emplace().reserve(from.resources->size());
        for (const detail::ArnPattern& resource : *from.resources)
            out.resources->push_back(resource.pieces());
    }
    out.conditions.reserve(from.conditions.size());
    for (const detail::Condition& condition : from.conditions)
        out.conditions.push_back(anatomy(condition));
    return out;
}

std::optional<NamedPrincipals> principals_of(const Policy& policy, std::size_t statement) {
    const detail::Statement& from = compiled(policy, statement);
    if (!from.principals) return std::nullopt;
    NamedPrincipals out;
    out.listed = from.principal_polarity;
    out.everyone = from.principals->everyone;
    out.accounts = from.principals->accounts;
    out.others = from.principals->others;
    for (const detail::NamedPrincipal& named : from.principals->named)
        out.arns.push_back(named.arn);
    return out;
}

bool condition_holds(
    const Policy& policy,
    std::size_t statement,
    std::size_t condition,
    const Context& context
) {
    std::vector<std::string> missing;
    const detail::Keys keys(context, missing);
    return holds(compiled(policy, statement).conditions.at(condition), keys);
}

bool value_matches(
    const Policy& policy,
    std::size_t statement,
    std::size_t condition,
    std::string_view text
) {
    static const Context kNoKeys;
    std::vector<std::string> missing;
    const detail::Keys keys(kNoKeys, missing);
    return value_holds(compiled(policy, statement).conditions.at(condition), text, keys);
}

std::vector<std::string> telling_values(
    const Policy& policy,
    std::size_t statement,
    std::size_t condition
) {
    const detail::Condition& from = compiled(policy, statement).conditions.at(condition);
    std::vector<std::string> out;
    for (const Operand& operand : from.values)
        std::visit(TellingValues{out}, operand);
    // An address of each family that begins it, and one point where no operand can be read.
    switch (from.op.kind) {
        case ConditionKind::Number:
            out.emplace_back("0");
            break;
        case ConditionKind::Date:
            out.emplace_back("2026-11-24T00:00:00Z");
            break;
        case ConditionKind::Ip:
            out.emplace_back("0.0.0.0");
            out.emplace_back("::");
            break;
        case ConditionKind::String:
        case ConditionKind::StringIgnoringCase:
        case ConditionKind::StringLike:
        case ConditionKind::Bool:
        case ConditionKind::Binary:
        case ConditionKind::Arn:
        case ConditionKind::Null:
            break;
    }
    return out;
}

CallerAnatomy caller_of(std::string_view principal) {
    static const Context kNoKeys;
    const detail::Caller caller = detail::caller_of(principal, kNoKeys);
    return {caller.kind, std::string(caller.account)};
}

}  // namespace kakehashi::iam

#pragma once

#include "base/time.h"
#include "iam/context.h"
#include "iam/policy.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What stands in a policy, for whoever reasons about policies instead of asking them, and the small
// questions of which `decide` is made. Pure; safe from every thread.
namespace kakehashi::iam {

// --- patterns ---

// One piece of a text that policies compare with.
struct PatternPiece {
    enum class Kind : std::uint8_t { Text, AnyText, AnyCharacter, Variable };
    Kind kind = Kind::Text;
    std::string text = {};                      // of Text as it is, of Variable its key
    std::optional<std::string> otherwise = {};  // a Variable's default
};
using PatternPieces = std::vector<PatternPiece>;

// An ARN's partition, service, Region, account and rest, each matching alone; the parts that are
// not there match everything. Without any it is `*`.
using ArnPieces = std::vector<PatternPieces>;

// --- conditions ---

// What two values are compared as. Equals of an ARN is Like, segment by segment.
enum class ConditionKind : std::uint8_t {
    String,
    StringIgnoringCase,
    StringLike,
    Number,
    Date,
    Bool,
    Binary,
    Ip,
    Arn,
    Null
};
enum class ConditionOrder : std::uint8_t { Equal, Less, LessOrEqual, Greater, GreaterOrEqual };
enum class ConditionSet : std::uint8_t { None, AnyValue, AllValues };

struct ConditionOperator {
    ConditionKind kind = ConditionKind::String;
    ConditionOrder order = ConditionOrder::Equal;
    bool negated = false;
    bool if_exists = false;
    ConditionSet set = ConditionSet::None;
};

struct UnreadableOperand {};  // as a number that is none: equals nothing
struct ComparedOperand {};    // a number, date, address or bytes: ask value_matches
using OperandPieces =
    std::variant<UnreadableOperand, ComparedOperand, PatternPieces, ArnPieces, bool>;

struct ConditionAnatomy {
    ConditionOperator op;
    std::string key;
    std::vector<OperandPieces> operands;
};

// --- statements ---

enum class Listed : std::uint8_t { Named, AllBut };  // Action or NotAction, and so on

struct StatementAnatomy {
    Effect effect = Effect::Deny;
    std::string sid;
    Listed actions_listed = Listed::Named;
    std::vector<PatternPieces> actions;  // in lower case
    Listed resources_listed = Listed::Named;
    std::optional<std::vector<ArnPieces>> resources;  // absent: the one that has the policy
    std::vector<ConditionAnatomy> conditions;
};
// Requires: `statement` < policy.statement_count(); so for everything below.
StatementAnatomy anatomy(const Policy& policy, std::size_t statement);

// Who a statement names.
struct NamedPrincipals {
    Listed listed = Listed::Named;
    bool everyone = false;
    std::vector<std::string> accounts;  // ids
    std::vector<std::string> arns;      // of roles, users and sessions
    std::vector<std::string> others;    // services, federations
};
std::optional<NamedPrincipals> principals_of(const Policy& policy, std::size_t statement);

// --- the questions of which `decide` is made ---

// How closely a statement names the caller.
enum class Grant : std::uint8_t { None, Account, Role, Principal };

bool acts_on(const Policy& policy, std::size_t statement, std::string_view action);

enum class Boundary : std::uint8_t { Absent, Present };  // of the principal, for NotPrincipal
Grant names_caller(
    const Policy& policy,
    std::size_t statement,
    std::string_view principal,
    const Context& context,
    Boundary boundary
);

// Requires: `condition` is an index of its conditions.
bool condition_holds(
    const Policy& policy,
    std::size_t statement,
    std::size_t condition,
    const Context& context
);
// Whether one text of the request compares as the condition wants it (a negated operator wants none
// of its operands). The set operator and …IfExists are not asked.
bool value_matches(
    const Policy& policy,
    std::size_t statement,
    std::size_t condition,
    std::string_view text
);
// Of a condition on numbers, dates or addresses: texts among which every text that is one of these
// has one that compares alike, with this condition and with every other whose texts are added.
std::vector<std::string> telling_values(
    const Policy& policy,
    std::size_t statement,
    std::size_t condition
);

bool is_bound_by_rcp(std::string_view action);  // of the services that AWS lists

enum class CallerKind : std::uint8_t { Root, User, Role, RoleSession, FederatedUser, Other };
struct CallerAnatomy {
    CallerKind kind = CallerKind::Other;
    std::string account;  // "" of Other: a service has none
};
CallerAnatomy caller_of(std::string_view principal);

}  // namespace kakehashi::iam

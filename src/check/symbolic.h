#pragma once

#include "check/formula.h"
#include "check/search.h"
#include "iam/anatomy.h"
#include "iam/decide.h"

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

// When policies allow a request of which only a part is known: the formula beside `iam::decide`,
// step by step (docs/proof.md). What decide.cpp and iam/detail do is the reference; both are held
// together by brute_force_test.cpp.
namespace kakehashi::check {

// Policies are taken apart once each. Keeps them. Thread rule: one strand.
class Anatomies {
public:
    const std::vector<iam::StatementAnatomy>& of(const iam::Policy& policy);

private:
    struct Kept {
        iam::Policy policy;
        std::vector<iam::StatementAnatomy> statements;
    };
    std::unordered_map<const void*, Kept> kept_;  // by the compiled policy's address
};

// How policies compare their condition keys. Numbers, dates and addresses have no patterns: one
// text stands for all that compare alike.
class KeyUses {
public:
    // `counts`: which statements do; nullptr: every one.
    using Counts = bool (*)(const iam::Policy& policy, std::size_t statement);
    void add(const iam::PolicySet& policies, Anatomies& anatomies, Counts counts = nullptr);

    struct Use {
        bool as_text = false;
        std::set<iam::ConditionKind> compared = {};  // numbers, dates, addresses
        std::vector<std::string> telling = {};       // sorted once it is asked for
        bool mixed() const { return compared.size() + (as_text ? 1U : 0U) > 1; }
    };
    const Use* find(const std::string& lower_key) const;
    bool empty() const { return uses_.empty(); }

private:
    void add(const iam::Policy& policy, Anatomies& anatomies, Counts counts);
    void note_variables(const iam::StatementAnatomy& statement);
    std::map<std::string, Use> uses_;
    std::set<const void*> seen_;  // compiled policies
};

// What is known of a request, and what is free.
struct Question {
    std::string action, principal;  // as iam::Request has them
    // Partition, service, Region, account, and the rest of the ARN: known, or a variable.
    // Absent: the resource is `*`.
    using Part = std::variant<std::string, Variable>;
    std::optional<std::array<Part, 5>> resource;
    std::string resource_account = {};          // as iam::Request has it
    std::vector<Domain> parts = {};             // of the variables of `resource`
    iam::Context known = {};                    // keys whose values are known
    std::map<std::string, Variable> same = {};  // lower-case keys that equal a part of the resource
    // What a key may be that is neither; nullopt: it is missing.
    std::function<std::optional<Domain>(std::string_view key)> free;
    // For constructs that are not understood.
    std::function<Location(const iam::Policy& policy, std::size_t statement)> where;
};

// Thread rule: one strand. Borrows everything that it is given.
class Symbolic {
public:
    Symbolic(const Question& question, Anatomies& anatomies, const KeyUses& uses);

    // Requires: `uses` has seen the policies. May be asked several times: the formulas share their
    // variables.
    Formula allowed(const iam::PolicySet& policies);
    // Whether a statement can match at all, for some principal and under some conditions.
    bool may_bear(const iam::Policy& policy, std::size_t statement);
    // One statement: action, principal, resource and conditions all match.
    Formula matches(const iam::Policy& policy, std::size_t statement, iam::Boundary boundary);

    const std::vector<Domain>& domains() const { return domains_; }
    // From here on the key counts as missing; "" for none. For what one policy is not told.
    void hide(std::string lower_key) { hidden_ = std::move(lower_key); }
    bool varies(std::string_view key) const;  // whether some policy asked for it and it is free
    // The request of one solution. Requires: `values` has one for each domain.
    iam::Request request(const std::vector<Value>& values) const;

private:
    struct Verdict {
        std::vector<Formula> allows = {}, denies = {};
        std::vector<Formula> as_role = {}, as_principal = {};  // allows that name the caller so
    };
    struct Texts;  // of patterns

    void read(const iam::Policy& policy, Verdict& verdict);
    Verdict read(const std::vector<iam::Policy>& policies);
    Formula every_level_allows(const std::vector<iam::Level>& levels, Formula& denied);
    Formula resource_matches(const iam::Policy& policy, std::size_t statement);
    Formula condition_holds(const iam::Policy& policy, std::size_t statement, std::size_t index);
    Formula text_condition(
        const iam::ConditionAnatomy& condition,
        const iam::Policy& policy,
        std::size_t statement
    );
    Formula compared_condition(
        const iam::ConditionAnatomy& condition,
        const iam::Policy& policy,
        std::size_t statement,
        std::size_t index
    );
    Formula shaped(const iam::ConditionAnatomy& condition, Side side);
    Formula null_condition(const iam::ConditionAnatomy& condition);
    Formula either(const iam::Policy& policy, std::size_t statement, std::string_view what) const;

    std::optional<Variable> variable_of(std::string_view key);  // nullopt: known, or missing
    struct Written;
    Written written(const iam::PatternPieces& pieces, iam::ConditionKind kind, bool without_colon);
    Written written_arn(const iam::ArnPieces& parts);
    struct ArnMatch;
    ArnMatch match_parts(const iam::ArnPieces& pattern, iam::Listed listed);
    // One part of the resource's ARN, the `index`th, and what it adds to the match.
    void match_part(
        const iam::PatternPieces& pattern,
        std::size_t index,
        iam::Listed listed,
        ArnMatch& out
    );
    void match_free_part(SymbolPattern symbols, std::size_t index, ArnMatch& out);

    const Question& question_;
    Anatomies& anatomies_;
    const KeyUses& uses_;
    std::string hidden_;
    iam::Boundary boundary_ = iam::Boundary::Absent;
    std::vector<Domain> domains_;
    std::map<std::string, std::optional<Variable>> variables_;  // by lower-case key
    std::vector<std::string> names_;                            // of the keys among the variables
};

}  // namespace kakehashi::check

#pragma once

#include "check/formula.h"

#include <cstddef>
#include <span>
#include <string>
#include <variant>
#include <vector>

// Whether a formula can be true, and by which values. Back-tracking over the formula, with one
// automaton walk for each variable (docs/decisions/0009). Deterministic: same question, same
// answer. Pure; safe from every thread.
namespace kakehashi::check {

// Steps for what nobody ought to wait for longer than two seconds. Measured with hostile patterns
// (`*a*b*c*` by the hundred): half a second of one core at -O2, 75 MB.
inline constexpr std::size_t kProofStepsMax = 20'000'000;
inline constexpr std::size_t kFormulaDepthMax = 1'000;  // All in Any in All …; deeper: GaveUp

struct Value {
    enum class Shape { Missing, One, Many } shape = Shape::Missing;
    std::vector<std::string> texts = {};  // one, or at least one
};

struct Satisfied {
    std::vector<Value> values;  // by variable; unconstrained ones are Missing if they may be
    std::vector<Problem> constructs = {};  // the Either parts that it leans on
};
struct Unsatisfiable {};
struct GaveUp {};  // the budget ended first, or the formula is nested too deeply
using SearchResult = std::variant<Satisfied, Unsatisfiable, GaveUp>;

struct SearchSize {            // what a proof prints
    std::size_t branches = 0;  // choices that were tried
    std::size_t states = 0;    // places of automata that were visited
};

// Requires: every variable of `formula` is < domains.size(). Adds to `size`.
SearchResult search(
    const Formula& formula,
    std::span<const Domain> domains,
    Budget& budget,
    SearchSize& size
);

}  // namespace kakehashi::check

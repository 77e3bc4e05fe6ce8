#pragma once

#include "base/problem.h"
#include "check/language.h"

#include <cstdint>
#include <memory>
#include <vector>

// What must hold of a request's free parts for it to be allowed. Values; safe from every thread.
namespace kakehashi::check {

using Variable = std::uint32_t;  // index into the domains that a search is given

// What one condition says of one variable, by the shape that its value has in a request. The value
// of a condition key is missing, one text, or several (a multi-valued key, of at least one text).
struct Atom {
    Variable variable = 0;
    bool if_missing = false;
    Side if_one = {};  // the text is on this side
    enum class Many : std::uint8_t { Never, SomeText, EveryText, Always } if_many = Many::Never;
    Side of_many = {};  // for SomeText and EveryText
};

// A negation-free tree over atoms and their negations: `negated` pushes it down to the atoms.
// Immutable; copies share it.
class Formula {
public:
    enum class Kind : std::uint8_t { True, False, Atom, NotAtom, Either, All, Any };

    static Formula truth(bool value);
    static Formula atom(Atom atom);
    // May be true or false: `construct` is where a person finds what was not understood. Its
    // negation may be either too.
    static Formula either(Problem construct);
    static Formula all(std::vector<Formula> parts);  // simplified: no True, flattened; none: True
    static Formula any(std::vector<Formula> parts);  // the same with False
    Formula negated() const;

    Kind kind() const;
    const Atom& atom() const;                   // Requires: Atom or NotAtom
    const Problem& construct() const;           // Requires: Either
    const std::vector<Formula>& parts() const;  // Requires: All or Any
    const void* identity() const { return node_.get(); }

private:
    struct Node;
    explicit Formula(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
    static Formula joined(Kind kind, std::vector<Formula> parts);  // Requires: All or Any
    Formula leaf_negated() const;
    std::shared_ptr<const Node> node_;
};

// What a variable may be before anything is asked of it.
struct Domain {
    bool may_be_missing = true, may_be_one = true, may_be_many = false;
    std::vector<Side> one = {};               // every single text is on all of these sides
    std::vector<Side> many = {};              // the same for each text of several
    std::vector<std::string> preferred = {};  // texts that make a better witness
};

}  // namespace kakehashi::check

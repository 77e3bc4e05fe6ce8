#include "check/formula.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace kakehashi::check {
namespace {

using Kind = Formula::Kind;

Formula is(Variable variable, const std::string& text) {
    Atom atom;
    atom.variable = variable;
    atom.if_one = {Language::exactly(text)};
    return Formula::atom(std::move(atom));
}

Formula not_understood() {
    return Formula::either({Message{"check.test"_msg}, Location{"operator.yaml", 7}});
}

std::string shape(const Formula& formula) {
    switch (formula.kind()) {
        case Kind::True:
            return "T";
        case Kind::False:
            return "F";
        case Kind::Atom:
            return "a" + std::to_string(formula.atom().variable);
        case Kind::NotAtom:
            return "!a" + std::to_string(formula.atom().variable);
        case Kind::Either:
            return "?";
        case Kind::All:
        case Kind::Any:
            break;
    }
    std::string parts;
    for (const Formula& part : formula.parts())
        parts += (parts.empty() ? "" : " ") + shape(part);
    return (formula.kind() == Kind::All ? "all(" : "any(") + parts + ")";
}

TEST(Formula, IsSimplifiedAsItIsBuilt) {
    const Formula yes = Formula::truth(true);
    const Formula no = Formula::truth(false);
    const Formula a = is(1, "a");
    const Formula b = is(2, "b");
    const Formula c = is(3, "c");
    const std::pair<Formula, std::string> rows[] = {
        {Formula::all({}), "T"},
        {Formula::any({}), "F"},
        {Formula::all({yes, yes}), "T"},
        {Formula::all({a, no, b}), "F"},
        {Formula::any({a, yes, b}), "T"},
        {Formula::any({no, no}), "F"},
        {Formula::all({a}), "a1"},
        {Formula::all({yes, a}), "a1"},
        {Formula::any({a, no}), "a1"},
        {Formula::all({Formula::all({a, b}), c}), "all(a1 a2 a3)"},
        {Formula::any({a, Formula::any({b, c})}), "any(a1 a2 a3)"},
        {Formula::all({Formula::any({a, b}), c}), "all(any(a1 a2) a3)"},
    };
    for (const auto& [formula, wanted] : rows)
        EXPECT_EQ(shape(formula), wanted);
}

TEST(Formula, IsNegatedDownToItsAtoms) {
    const Formula a = is(1, "a");
    const Formula b = is(2, "b");
    const std::pair<Formula, std::string> rows[] = {
        {Formula::truth(true), "F"},
        {Formula::truth(false), "T"},
        {a, "!a1"},
        {a.negated(), "a1"},
        {not_understood(), "?"},
        {Formula::all({a, b}), "any(!a1 !a2)"},
        {Formula::any({a, Formula::all({b, not_understood()})}), "all(!a1 any(!a2 ?))"},
    };
    for (const auto& [formula, wanted] : rows) {
        EXPECT_EQ(shape(formula.negated()), wanted);
        EXPECT_EQ(shape(formula.negated().negated()), shape(formula));
    }
}

TEST(Formula, KeepsWhatItWasMadeOf) {
    EXPECT_EQ(not_understood().construct().where.line, 7U);
    EXPECT_TRUE(is(1, "a").negated().atom().if_one.language.contains("a"));
}

TEST(Formula, MayBeNestedAsDeeplyAsAPolicyIsLong) {
    Formula formula = is(0, "a");
    for (Variable i = 0; i < 20'000; ++i) {
        formula =
            i % 2 == 0 ? Formula::all({is(1, "b"), formula}) : Formula::any({is(2, "c"), formula});
    }
    const Formula negated = formula.negated();
    EXPECT_EQ(formula.kind(), Kind::Any);
    EXPECT_EQ(negated.kind(), Kind::All);
}

// 2^60 paths lead through it, and sixty nodes.
TEST(Formula, NegatesASharedPartOnce) {
    Formula formula = is(0, "a");
    for (int i = 0; i < 60; ++i) {
        const Formula left = Formula::all({formula, is(1, "b")});
        const Formula right = Formula::all({formula, is(2, "c")});
        formula = Formula::any({left, right});
    }
    const Formula negated = formula.negated();
    const auto& parts = negated.parts();
    EXPECT_EQ(parts[0].parts()[0].identity(), parts[1].parts()[0].identity());
}

}  // namespace
}  // namespace kakehashi::check

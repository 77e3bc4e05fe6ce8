#include "check/search.h"

#include "check/brute_force.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <random>
#include <string>
#include <vector>

namespace kakehashi::check {
namespace {

using Many = Atom::Many;
using Shape = Value::Shape;
constexpr std::size_t kEnough = 1'000'000;

Language of(const std::string& pattern) {
    return Language({wildcards(pattern)});
}

// As a condition on one text; a missing key and several texts do not fulfil it.
Formula is(Variable variable, const std::string& pattern) {
    Atom atom;
    atom.variable = variable;
    atom.if_one = {of(pattern)};
    return Formula::atom(std::move(atom));
}

Formula is_not(Variable variable, const std::string& pattern) {
    Atom atom;
    atom.variable = variable;
    atom.if_one = {of(pattern), false};
    return Formula::atom(std::move(atom));
}

Formula is_missing(Variable variable) {
    Atom atom;
    atom.variable = variable;
    atom.if_missing = true;
    atom.if_one = {Language()};
    return Formula::atom(std::move(atom));
}

Formula several(Variable variable, Many many, const std::string& pattern) {
    Atom atom;
    atom.variable = variable;
    atom.if_one = {Language()};
    atom.if_many = many;
    atom.of_many = {of(pattern)};
    return Formula::atom(std::move(atom));
}

Formula not_understood(std::size_t line) {
    return Formula::either({Message{"check.test"_msg}, Location{"operator.yaml", line}});
}

Domain always_there() {
    Domain domain;
    domain.may_be_missing = false;
    return domain;
}

Domain always_several() {
    Domain domain;
    domain.may_be_missing = domain.may_be_one = false;
    domain.may_be_many = true;
    return domain;
}

struct Asked {
    SearchResult result;
    SearchSize size;
};

Asked ask(const Formula& formula, const std::vector<Domain>& domains, std::size_t steps = kEnough) {
    Budget budget(steps);
    SearchSize size;
    SearchResult result = search(formula, domains, budget, size);
    return {std::move(result), size};
}

std::string shown(const SearchResult& result) {
    if (std::holds_alternative<GaveUp>(result)) return "gave up";
    const auto* satisfied = std::get_if<Satisfied>(&result);
    if (satisfied == nullptr) return "never";
    std::string text;
    for (const Value& value : satisfied->values) {
        if (value.shape == Shape::Missing) text += " -";
        for (const std::string& one : value.texts)
            text += (value.shape == Shape::One ? " " : " +") + one;
    }
    for (const Problem& construct : satisfied->constructs)
        text += " leans on " + std::to_string(construct.where.line);
    return text.empty() ? text : text.substr(1);
}

TEST(Search, FindsValuesOrNone) {
    const Domain free;
    const Domain there = always_there();
    struct Row {
        Formula formula;
        std::vector<Domain> domains;
        std::string wanted;
    };
    const Row rows[] = {
        {Formula::truth(true), {}, ""},
        {Formula::truth(false), {}, "never"},
        {Formula::truth(true), {free}, "-"},
        {is(0, "a*"), {free}, "a"},
        {is(0, "a*").negated(), {free}, "-"},
        {is(0, "a*").negated(), {there}, ""},
        {Formula::all({is(0, "a*"), is(0, "*b")}), {free}, "ab"},
        {Formula::all({is(0, "a*"), is(0, "b*")}), {free}, "never"},
        {Formula::all({is(0, "a*"), is(0, "a*").negated()}), {free}, "never"},
        {Formula::all({is_missing(0), is(0, "a*")}), {free}, "never"},
        {is_missing(0), {there}, "never"},
        {is_missing(0).negated(), {free}, ""},
        {Formula::any({is(0, "a"), is(1, "b")}), {free, free}, "a -"},
        {Formula::all({Formula::any({is(0, "a"), is(1, "b")}), is(0, "c*")}), {free, free}, "c b"},
        {Formula::all(
             {Formula::any({is(0, "a"), is(1, "b")}),
              Formula::any({is(0, "b"), is(1, "a")}),
              Formula::any({is_missing(0), is(1, "a")})}
         ),
         {free, free},
         "a a"},
        {Formula::all({is(0, "a*"), is_not(0, "a"), is_not(0, "a?")}), {free}, "axx"},
    };
    for (std::size_t i = 0; i < std::size(rows); ++i)
        EXPECT_EQ(shown(ask(rows[i].formula, rows[i].domains).result), rows[i].wanted) << i;
}

TEST(Search, KeepsToTheDomains) {
    Domain domain = always_there();
    domain.one = {{of("jp.*")}};
    domain.preferred = {"global.x", "jp.claude"};
    EXPECT_EQ(shown(ask(Formula::truth(true), {domain}).result), "jp.claude");
    EXPECT_EQ(shown(ask(is_not(0, "*claude"), {domain}).result), "jp.");
    EXPECT_EQ(shown(ask(is(0, "global.*"), {domain}).result), "never");
    domain.one.push_back({of("us.*")});
    EXPECT_EQ(shown(ask(Formula::truth(true), {domain}).result), "never");
    domain.may_be_missing = true;
    EXPECT_EQ(shown(ask(Formula::truth(true), {domain}).result), "-");
    domain.may_be_missing = domain.may_be_one = false;
    EXPECT_EQ(shown(ask(Formula::truth(true), {domain}).result), "never");
}

TEST(Search, TellsSomeOfSeveralFromEach) {
    const Formula some_a = several(0, Many::SomeText, "a*");
    const Formula each_a = several(0, Many::EveryText, "a*");
    const Formula some_b = several(0, Many::SomeText, "b*");
    const Formula never = several(0, Many::Never, "a*");
    struct Row {
        Formula formula;
        std::string wanted;
    };
    const Row rows[] = {
        {some_a, "+a"},
        {each_a, "+a"},
        {Formula::all({some_a, some_b}), "+a +b"},
        {Formula::all({each_a, some_b}), "never"},
        {Formula::all({each_a, each_a.negated()}), "never"},
        {Formula::all({some_a, each_a.negated()}), "+a +"},
        {Formula::all({some_a.negated(), each_a}), "never"},  // a set has a text
        {never, "never"},
        {never.negated(), "+"},
        {several(0, Many::Always, "a*"), "+"},
        {several(0, Many::Always, "a*").negated(), "never"},
    };
    for (std::size_t i = 0; i < std::size(rows); ++i)
        EXPECT_EQ(shown(ask(rows[i].formula, {always_several()}).result), rows[i].wanted) << i;
    Domain domain = always_several();
    domain.many = {{of("b*")}};
    EXPECT_EQ(shown(ask(some_a, {domain}).result), "never");
}

TEST(Search, LeansOnAnEitherOnlyWhereItMust) {
    const Formula a = is(0, "a");
    struct Row {
        Formula formula;
        std::string wanted;
    };
    const Row rows[] = {
        {not_understood(1), "- leans on 1"},
        {not_understood(1).negated(), "- leans on 1"},
        {Formula::any({not_understood(1), a}), "a"},
        {Formula::all({not_understood(1), a}), "a leans on 1"},
        {Formula::all({Formula::any({not_understood(1), a}), is(0, "b")}), "b leans on 1"},
        {Formula::all({not_understood(1), is(0, "b"), a}), "never"},
        {Formula::any(
             {Formula::all({not_understood(1), not_understood(2)}), Formula::all({a, is(0, "b")})}
         ),
         "- leans on 1 leans on 2"},
    };
    for (std::size_t i = 0; i < std::size(rows); ++i)
        EXPECT_EQ(shown(ask(rows[i].formula, {Domain{}}).result), rows[i].wanted) << i;
}

TEST(Search, GivesUpWhereTheBudgetEnds) {
    std::vector<Formula> parts;
    for (char c = 'a'; c <= 'z'; ++c)
        parts.push_back(is(0, std::string("*") + c + "*" + c + "*"));
    Budget budget(50'000);
    SearchSize size;
    EXPECT_EQ(shown(search(Formula::all(parts), std::vector<Domain>(1), budget, size)), "gave up");
    EXPECT_TRUE(budget.exhausted());
    EXPECT_LE(size.states, 50'000U);
    EXPECT_EQ(shown(ask(is(0, "a*"), {Domain{}}, 10).result), "gave up");
}

// One branch is too hard for any budget, another is not.
TEST(Search, IsNotHeldUpByAHardBranch) {
    std::vector<Formula> hard;
    for (char c = 'a'; c <= 'z'; ++c)
        hard.push_back(is(0, std::string("*") + c + "*" + c + "*"));
    const Formula either_way = Formula::any({Formula::all(hard), is(1, "b")});
    EXPECT_EQ(shown(ask(either_way, std::vector<Domain>(2)).result), "- b");
    const Formula dead = Formula::any({Formula::all(hard), Formula::all({is(1, "b"), is(1, "c")})});
    EXPECT_EQ(shown(ask(dead, std::vector<Domain>(2), 500'000).result), "gave up");
}

TEST(Search, RefusesToDescendTooDeeply) {
    Formula formula = is(0, "a");
    for (std::size_t i = 0; i < 2 * kFormulaDepthMax; ++i) {
        formula =
            i % 2 == 0 ? Formula::all({is(1, "b"), formula}) : Formula::any({is(2, "c"), formula});
    }
    EXPECT_EQ(shown(ask(formula, std::vector<Domain>(3)).result), "gave up");
}

TEST(Search, AnswersTheSameEachTime) {
    std::vector<Formula> parts;
    for (Variable i = 0; i < 8; ++i)
        parts.push_back(Formula::any({is(i, "a*b"), is((i + 3) % 8, "*c*"), is((i + 5) % 8, "d")}));
    const Asked first = ask(Formula::all(parts), std::vector<Domain>(8));
    const Asked second = ask(Formula::all(parts), std::vector<Domain>(8));
    EXPECT_EQ(shown(first.result), shown(second.result));
    EXPECT_EQ(first.size.states, second.size.states);
    EXPECT_EQ(first.size.branches, second.size.branches);
}

// Deny statements by the thousand: each is looked at, none makes the search branch for nothing.
TEST(Search, TakesAPolicyOfThousandsOfStatements) {
    std::vector<Formula> parts = {is(0, "model/*")};
    for (int i = 0; i < 2'000; ++i) {
        const std::string name = "model/" + std::to_string(1'000 + i) + "*";
        parts.push_back(Formula::all({is(0, name), is(1, "a*")}).negated());
    }
    const Asked asked = ask(Formula::all(parts), std::vector<Domain>(2), kProofStepsMax);
    EXPECT_EQ(shown(asked.result), "model/ -");
    EXPECT_EQ(asked.size.branches, 0U);
}

// As an attacker of the verifier would write: only the budget ends it, and memory stays bounded.
TEST(Search, EndsWithHostilePatterns) {
    std::mt19937 random(5);
    std::vector<Formula> parts;
    for (int statement = 0; statement < 100; ++statement) {
        std::vector<Formula> conditions;
        for (int i = 0; i < 5; ++i) {
            std::string pattern = "*";
            for (int j = 0; j < 3; ++j)
                pattern += std::string(1, static_cast<char>('a' + random() % 26)) + "*";
            const Variable variable = static_cast<Variable>(random() % 20);
            conditions.push_back(
                random() % 2 == 0 ? is(variable, pattern) : is_not(variable, pattern)
            );
        }
        parts.push_back(Formula::any(std::move(conditions)));
    }
    const Asked asked =
        ask(Formula::all(parts), std::vector<Domain>(20, always_there()), kProofStepsMax / 100);
    EXPECT_NE(shown(asked.result), "never");
}

// Small worlds in full. A variable is missing, one of the texts "" to two characters, or a set of
// some of two texts; patterns name `a` alone, so that `b` stands for every other character.
constexpr std::size_t kValues = 1 + 7 + 3;
constexpr std::size_t kVariables = 3;
constexpr std::size_t kWorlds = kValues * kValues * kValues;
using Worlds = std::bitset<kWorlds>;

const std::array<std::string, 7> kTexts = {"", "a", "b", "aa", "ab", "ba", "bb"};
const std::array<std::string, 2> kMembers = {"a", "ab"};

Domain small_domain() {
    Domain domain;
    domain.may_be_many = true;
    domain.one = {{Language({wildcards(""), wildcards("?"), wildcards("??")})}};
    domain.many = {{Language({literal("a"), literal("ab")})}};
    return domain;
}

bool on_side(const Side& side, const std::string& text) {
    const auto& patterns = side.language.patterns();
    const auto fits = [&](const SymbolPattern& pattern) { return matches(pattern, text); };
    return std::any_of(patterns.begin(), patterns.end(), fits) == side.inside;
}

bool holds_of_set(const Atom& atom, std::size_t set) {  // a bit for each of kMembers
    bool some = false;
    bool every = true;
    for (std::size_t i = 0; i < kMembers.size(); ++i) {
        if ((set >> i & 1U) == 0) continue;
        const bool on = on_side(atom.of_many, kMembers[i]);
        some = some || on;
        every = every && on;
    }
    return atom.if_many == Many::Always || (atom.if_many == Many::SomeText && some) ||
           (atom.if_many == Many::EveryText && every);
}

bool holds_of(const Atom& atom, std::size_t value) {
    if (value == 0) return atom.if_missing;
    if (value <= kTexts.size()) return on_side(atom.if_one, kTexts[value - 1]);
    return holds_of_set(atom, value - kTexts.size());
}

std::size_t value_in(std::size_t world, Variable variable) {
    for (; variable > 0; --variable)
        world /= kValues;
    return world % kValues;
}

struct Pair {  // the same twice
    Formula formula;
    Worlds surely, perhaps;  // with every Either false, and true
};

Pair random_atom(std::mt19937& random, const std::vector<Language>& languages) {
    Atom atom;
    atom.variable = static_cast<Variable>(random() % kVariables);
    atom.if_missing = random() % 3 == 0;
    atom.if_one = {languages[random() % languages.size()], random() % 3 != 0};
    atom.if_many = static_cast<Many>(random() % 4);
    atom.of_many = {languages[random() % languages.size()], random() % 3 != 0};
    std::bitset<kValues> holds;
    for (std::size_t value = 0; value < kValues; ++value)
        holds[value] = holds_of(atom, value);
    Worlds worlds;
    for (std::size_t world = 0; world < kWorlds; ++world)
        worlds[world] = holds[value_in(world, atom.variable)];
    return {Formula::atom(std::move(atom)), worlds, worlds};
}

Pair random_tree(std::mt19937& random, const std::vector<Pair>& atoms, int depth) {
    const std::size_t dice = random() % 10;
    if (depth == 0 || dice < 2) {
        if (dice == 0 && random() % 8 == 0) return {not_understood(1), Worlds(), ~Worlds()};
        return atoms[random() % atoms.size()];
    }
    const bool all = random() % 2 == 0;
    Pair whole{Formula::truth(all), all ? ~Worlds() : Worlds(), all ? ~Worlds() : Worlds()};
    std::vector<Formula> parts;
    for (std::size_t i = 1 + random() % 4; i > 0; --i) {
        const Pair part = random_tree(random, atoms, depth - 1);
        parts.push_back(part.formula);
        whole.surely = all ? whole.surely & part.surely : whole.surely | part.surely;
        whole.perhaps = all ? whole.perhaps & part.perhaps : whole.perhaps | part.perhaps;
    }
    whole.formula = all ? Formula::all(std::move(parts)) : Formula::any(std::move(parts));
    if (random() % 4 != 0) return whole;
    return {whole.formula.negated(), ~whole.perhaps, ~whole.surely};
}

std::size_t value_of(const Value& value) {
    if (value.shape == Shape::Missing) return 0;
    if (value.shape == Shape::One) {
        std::string text = value.texts.at(0);
        for (char& c : text)
            c = c == 'a' ? 'a' : 'b';
        const auto* at = std::find(kTexts.begin(), kTexts.end(), text);
        return at == kTexts.end() ? kValues : 1 + static_cast<std::size_t>(at - kTexts.begin());
    }
    std::size_t set = 0;
    for (const std::string& text : value.texts) {
        const auto* at = std::find(kMembers.begin(), kMembers.end(), text);
        if (at == kMembers.end()) return kValues;
        set |= std::size_t{1} << static_cast<std::size_t>(at - kMembers.begin());
    }
    return kTexts.size() + set;
}

testing::AssertionResult agrees(const SearchResult& result, const Pair& asked) {
    const auto* satisfied = std::get_if<Satisfied>(&result);
    if (satisfied == nullptr) {
        if (std::holds_alternative<Unsatisfiable>(result) && asked.perhaps.none())
            return testing::AssertionSuccess();
        return testing::AssertionFailure() << shown(result) << ", yet there are values";
    }
    std::size_t world = 0;
    for (std::size_t i = satisfied->values.size(); i > 0; --i) {
        const std::size_t value = value_of(satisfied->values[i - 1]);
        if (value >= kValues) return testing::AssertionFailure() << shown(result) << " is nowhere";
        world = world * kValues + value;
    }
    const bool leans = !satisfied->constructs.empty();
    if (leans != asked.surely.none())
        return testing::AssertionFailure() << shown(result) << (leans ? ", not" : "") << " needed";
    if (!(leans ? asked.perhaps : asked.surely)[world])
        return testing::AssertionFailure() << shown(result) << " is wrong";
    return testing::AssertionSuccess();
}

TEST(Search, AgreesWithEveryWorldOfASmallAlphabet) {
    std::mt19937 random(20261125);
    std::vector<Language> languages = {Language(), Language::everything()};
    for (const char* pattern : {"a", "", "a*", "*a", "?", "a?", "*a*", "aa", "?a", "??"})
        languages.push_back(of(pattern));
    for (std::size_t i = 0; i < 8; ++i) {
        std::vector<SymbolPattern> both = languages[2 + random() % 10].patterns();
        both.push_back(languages[2 + random() % 10].patterns().front());
        languages.emplace_back(std::move(both));
    }
    const std::vector<Domain> domains(kVariables, small_domain());
    std::size_t unsatisfiable = 0;
    for (std::size_t i = 0; i < 25 * times(); ++i) {
        std::vector<Pair> atoms;
        for (std::size_t j = 0; j < 24; ++j)
            atoms.push_back(random_atom(random, languages));
        for (std::size_t j = 0; j < 200; ++j) {
            Pair asked = random_tree(random, atoms, 3);
            for (std::size_t k = random() % 6; k > 0; --k) {  // few trees alone are never true
                const Pair more = random_tree(random, atoms, 1);
                asked.formula = Formula::all({asked.formula, more.formula});
                asked.surely &= more.surely;
                asked.perhaps &= more.perhaps;
            }
            const SearchResult result = ask(asked.formula, domains).result;
            unsatisfiable += std::holds_alternative<Unsatisfiable>(result) ? 1U : 0U;
            ASSERT_TRUE(agrees(result, asked)) << i << ' ' << j;
        }
    }
    EXPECT_GT(unsatisfiable, 500 * times());
}

}  // namespace
}  // namespace kakehashi::check

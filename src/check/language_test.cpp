#include "check/language.h"

#include "base/wildcard.h"
#include "check/brute_force.h"

#include <gtest/gtest.h>

#include <bitset>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace kakehashi::check {
namespace {

constexpr std::size_t kEnough = 1'000'000;
using Texts = std::vector<std::string>;

Language of(const Texts& patterns) {
    std::vector<SymbolPattern> all;
    all.reserve(patterns.size());
    for (const std::string& pattern : patterns)
        all.push_back(wildcards(pattern));
    return Language(std::move(all));
}

SymbolPattern any_case(std::string_view lower) {
    SymbolPattern pattern = wildcards(lower);
    for (Symbol& symbol : pattern) {
        if (symbol.kind == Symbol::Kind::Character) symbol.kind = Symbol::Kind::CharacterAnyCase;
    }
    return pattern;
}

// `*` and `?` of an ARN's first parts.
SymbolPattern but_colon(std::string_view text) {
    SymbolPattern pattern = wildcards(text);
    for (Symbol& symbol : pattern) {
        if (symbol.kind == Symbol::Kind::AnyText) symbol.kind = Symbol::Kind::AnyTextButColon;
        if (symbol.kind == Symbol::Kind::AnyCharacter)
            symbol.kind = Symbol::Kind::AnyCharacterButColon;
    }
    return pattern;
}

Member member(const std::vector<Side>& sides, const Texts& preferred = {}) {
    Budget budget(kEnough);
    return common_member(sides, preferred, budget);
}

TEST(Language, ContainsWhatItsPatternsMatch) {
    struct Row {
        Language language;
        std::string text;
        bool contained;
    };
    const Row rows[] = {
        {Language(), "", false},
        {Language(), "a", false},
        {of({""}), "", true},
        {of({""}), "a", false},
        {Language::everything(), "", true},
        {Language::everything(), "a:b", true},
        {Language::exactly("a*"), "a*", true},
        {Language::exactly("a*"), "ab", false},
        {of({"a", "b?"}), "bx", true},
        {of({"a", "b?"}), "b", false},
        {of({"a", "b?"}), "bxx", false},
        {of({"*a*b"}), "xaxbab", true},
        {of({"*a*b"}), "xaxba", false},
        {of({"?"}), "\u67b6", true},  // one character, three bytes
        {of({"??"}), "\u67b6", false},
        {of({"\u67b6*"}), "\u67b6\u3051", true},
        {Language({any_case("a-z")}), "A-z", true},
        {Language({any_case("a-z")}), "A-", false},
        {Language({any_case("k")}), "\u212a", false},  // the sign for kelvin is no ASCII letter
        {Language({but_colon("*")}), "abc", true},
        {Language({but_colon("*")}), "a:c", false},
        {Language({but_colon("a?c")}), "a:c", false},
        {Language({but_colon("*:*")}), "a:c", true},
        {Language({but_colon("*:*")}), "a:b:c", false},
    };
    for (const auto& [language, text, contained] : rows)
        EXPECT_EQ(language.contains(text), contained) << text;
}

// A `*` before another that stops at colons must still be able to give way.
TEST(Language, GoesBackBehindAStarThatStopsAtColons) {
    SymbolPattern pattern = wildcards("*x");
    for (const Symbol& symbol : but_colon("*y"))
        pattern.push_back(symbol);
    EXPECT_TRUE(Language({pattern}).contains("x:xy"));
    EXPECT_FALSE(Language({pattern}).contains("x:y"));
}

TEST(Language, IsTheSameInWhateverNotation) {
    EXPECT_EQ(of({"a", "b**"}), of({"b*", "a", "a"}));
    EXPECT_EQ(of({"a", "b"}).hash(), of({"b", "a"}).hash());
    EXPECT_EQ(of({"*?*"}), of({"?*"}));
    EXPECT_EQ(of({"a", "**"}), Language::everything());
    EXPECT_FALSE(of({"ab"}) == of({"a", "b"}));
    EXPECT_FALSE(of({"a"}) == Language({any_case("a")}));
    EXPECT_TRUE(of({"a", "***"}).is_everything());
    EXPECT_FALSE(of({"?*"}).is_everything());
    EXPECT_FALSE(Language().is_everything());
}

TEST(CommonMember, IsAShortestText) {
    struct Row {
        std::vector<Side> sides;
        std::optional<std::string> text;  // nullopt: there is none
    };
    const Side no_text{Language::everything(), false};
    const Row rows[] = {
        {{}, ""},
        {{{Language()}}, std::nullopt},
        {{{Language(), false}}, ""},
        {{no_text}, std::nullopt},
        {{{of({""}), false}}, "x"},
        {{{of({"", "x", "?"}), false}}, "ax"},
        {{{of({"a*"})}}, "a"},
        {{{of({"a*"})}, {of({"a"}), false}}, "ax"},
        {{{of({"a*"})}, {of({"*b"})}}, "ab"},
        {{{of({"*ab"})}, {of({"*ba*"})}}, "bab"},
        {{{of({"a*"})}, {of({"b*"})}}, std::nullopt},
        {{{of({"a*"})}, {of({"a*"}), false}}, std::nullopt},
        {{{of({"a?*"})}, {of({"a*"}), false}}, std::nullopt},
        {{{of({"a*"})}, {of({"a?*"}), false}}, "a"},
        {{{of({"b", "a", "cc"})}}, "a"},
        {{{of({"b", "a", "cc"})}, {of({"?"}), false}}, "cc"},
        {{{Language({any_case("ab")})}, {of({"a*"}), false}}, "Ab"},
        {{{Language({any_case("ab")})}, {of({"a*", "A*"}), false}}, std::nullopt},
        {{{Language({any_case("ab")})}, {of({"*B"})}}, "aB"},
        {{{of({"?"})}, {Language({but_colon("?")}), false}}, ":"},
        {{{of({"*"})}, {Language({but_colon("*")}), false}}, ":"},
        {{{Language({but_colon("*")})}, {of({"*:*"})}}, std::nullopt},
        {{{of({"arn:aws:bedrock:*"})}, {of({"*:ap-northeast-1:*"}), false}}, "arn:aws:bedrock:"},
        {{{of({"\u67b6*"})}, {of({"\u67b6"}), false}}, "\u67b6x"},
    };
    for (std::size_t i = 0; i < std::size(rows); ++i) {
        const Member found = member(rows[i].sides);
        const bool wanted = rows[i].text.has_value();
        EXPECT_EQ(found.outcome, wanted ? Member::Outcome::Found : Member::Outcome::None) << i;
        EXPECT_EQ(found.text, rows[i].text.value_or("")) << i;
    }
}

TEST(CommonMember, TakesPreferredTextsInTheirOrderHoweverLong) {
    const std::vector<Side> sides = {{of({"a*"})}, {of({"a"}), false}};
    EXPECT_EQ(member(sides, {"b", "alpha", "ab"}).text, "alpha");
    EXPECT_EQ(member(sides, {"b", "a"}).text, "ax");
    EXPECT_EQ(member({{Language()}}, {"a"}).outcome, Member::Outcome::None);
}

TEST(CommonMember, FindsACharacterWhereAllReadableOnesAreTaken) {
    Texts taken = {"", ":"};
    for (char c = 0x20; c < 0x7F; ++c)
        taken.emplace_back(1, c);
    const Member found = member({{of(taken), false}, {of({"?"})}, {of({"*", "?"}), true}});
    // Among the patterns are "*" and "?": literally taken, so nothing of one character is left.
    EXPECT_EQ(found.outcome, Member::Outcome::None);
    std::vector<SymbolPattern> literals;
    for (const std::string& text : taken)
        literals.push_back(literal(text));
    EXPECT_EQ(member({{Language(literals), false}, {of({"?"})}}).text, "\u4e00");
}

TEST(CommonMember, StopsWhereTheBudgetEndsAndSpendsNoMore) {
    std::vector<Side> sides;
    for (char c = 'a'; c <= 'z'; ++c)
        sides.push_back({of({std::string("*") + c + "*" + c + "*"})});
    Budget budget(10'000);
    EXPECT_EQ(common_member(sides, {}, budget).outcome, Member::Outcome::Exhausted);
    EXPECT_TRUE(budget.exhausted());
    EXPECT_EQ(budget.spent(), 10'000U);
    EXPECT_EQ(common_member({}, {}, budget).outcome, Member::Outcome::Exhausted);
}

TEST(CommonMember, IsNotLostInManyPatterns) {
    Texts patterns;
    for (int i = 0; i < 500; ++i)
        patterns.push_back("arn:aws:bedrock:*:*:model/" + std::to_string(1000 + i) + "*");
    const Member found = member({{of(patterns)}, {of({"*:model/10*", "*:model/11*"}), false}});
    EXPECT_EQ(found.outcome, Member::Outcome::Found);
    EXPECT_TRUE(of(patterns).contains(found.text));
    EXPECT_FALSE(of({"*:model/10*", "*:model/11*"}).contains(found.text));
}

TEST(Budget, EndsExactly) {
    Budget budget(3);
    EXPECT_TRUE(budget.spend(2));
    EXPECT_EQ(budget.left(), 1U);
    EXPECT_FALSE(budget.exhausted());
    EXPECT_FALSE(budget.spend(2));
    EXPECT_TRUE(budget.exhausted());
    EXPECT_EQ(budget.spent(), 3U);
    EXPECT_FALSE(budget.spend(1));
    EXPECT_TRUE(budget.spend(0));
}

// Every text up to a length over an alphabet that is complete for the patterns: `b` stands for all
// characters that none of them names. So what they say of these texts they say of all.
class AllTexts {
public:
    static constexpr std::size_t kLengthMax = 5;
    static constexpr std::size_t kCount = 1365;  // 4^0 + … + 4^5
    using Set = std::bitset<kCount>;

    AllTexts() {
        texts_.emplace_back();
        for (std::size_t i = 0; texts_.size() < kCount; ++i) {
            for (const char c : {'a', 'A', ':', 'b'})
                texts_.push_back(texts_[i] + c);
        }
    }
    Set matching(const SymbolPattern& pattern) const {
        Set set;
        for (std::size_t i = 0; i < kCount; ++i)
            set[i] = matches(pattern, texts_[i]);
        return set;
    }
    const std::string& text(std::size_t i) const { return texts_[i]; }

private:
    Texts texts_;  // the shortest first
};

struct Known {
    SymbolPattern pattern;
    AllTexts::Set set;
};

SymbolPattern random_pattern(std::mt19937& random) {
    SymbolPattern pattern;
    for (std::size_t i = random() % 6; i > 0; --i) {
        const auto kind = static_cast<Symbol::Kind>(random() % 6);
        Symbol symbol{kind};
        if (kind == Symbol::Kind::Character) symbol.character = U"aA:"[random() % 3];
        if (kind == Symbol::Kind::CharacterAnyCase) symbol.character = U'a';
        pattern.push_back(symbol);
    }
    return pattern;
}

struct Question {
    std::vector<Side> sides;
    AllTexts::Set answer;
};

Question random_question(std::mt19937& random, const std::vector<Known>& known) {
    Question question;
    question.answer.set();
    for (std::size_t i = 1 + random() % 4; i > 0; --i) {
        std::vector<SymbolPattern> patterns;
        AllTexts::Set set;
        for (std::size_t j = random() % 4; j > 0; --j) {
            const Known& one = known[random() % known.size()];
            patterns.push_back(one.pattern);
            set |= one.set;
        }
        const bool inside = random() % 2 == 0;
        question.sides.push_back({Language(std::move(patterns)), inside});
        question.answer &= inside ? set : ~set;
    }
    return question;
}

bool on_all_sides(const std::vector<Side>& sides, const std::string& text) {
    for (const Side& side : sides) {
        bool contained = false;
        for (const SymbolPattern& pattern : side.language.patterns())
            contained = contained || matches(pattern, text);
        if (contained != side.language.contains(text)) return false;
        if (contained != side.inside) return false;
    }
    return true;
}

TEST(CommonMember, AgreesWithEveryTextOfAnAlphabet) {
    std::mt19937 random(20261124);
    const AllTexts all;
    std::vector<Known> known;
    for (std::size_t i = 0; i < 200; ++i) {
        SymbolPattern pattern = random_pattern(random);
        AllTexts::Set set = all.matching(pattern);
        known.push_back({std::move(pattern), set});
    }
    for (std::size_t i = 0; i < 20'000 * times(); ++i) {
        const Question question = random_question(random, known);
        const Member found = member(question.sides);
        ASSERT_NE(found.outcome, Member::Outcome::Exhausted) << i;
        if (found.outcome == Member::Outcome::None) {
            ASSERT_TRUE(question.answer.none()) << i;
            continue;
        }
        ASSERT_TRUE(on_all_sides(question.sides, found.text)) << i << ": " << found.text;
        const std::size_t first = question.answer._Find_first();
        const std::size_t shortest =
            first < AllTexts::kCount ? all.text(first).size() : AllTexts::kLengthMax + 1;
        ASSERT_LE(std::min(shortest, found.text.size()), found.text.size()) << i;
        ASSERT_EQ(std::min(found.text.size(), AllTexts::kLengthMax + 1), shortest) << i;
    }
}

}  // namespace
}  // namespace kakehashi::check

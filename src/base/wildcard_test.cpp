#include "base/wildcard.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kakehashi {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
    return wildcard_match(pattern, text, kWildcards);
}

TEST(Wildcard, MatchesWholeTexts) {
    struct Row {
        const char* pattern;
        const char* text;
        bool matches;
    };
    const Row rows[] = {
        {"", "", true},
        {"", "a", false},
        {"a", "A", false},
        {"a", "ab", false},
        {"a", "ba", false},
        {"*", "", true},
        {"?", "", false},
        {"?", "あ", true},
        {"??", "あ", false},
        {"あ", "あ", true},
        {"a*b*c", "a-b-b-c", true},
        {"a*b*c", "a-c-b", false},
        {"*ab", "aab", true},
        {"**", "x", true},
        {"*?", "", false},
    };
    for (const auto& [pattern, text, expected] : rows) {
        EXPECT_EQ(matches(pattern, text), expected) << pattern << " " << text;
    }
}

TEST(Wildcard, TakesWiderSymbolsForLiteralStars) {
    constexpr WildcardSymbols<char16_t> kWide{0x100, 0x101};
    EXPECT_TRUE(wildcard_match<char16_t>(u"*\u0100?", "*abc?", kWide));
    EXPECT_FALSE(wildcard_match<char16_t>(u"*\u0100?", "abc?", kWide));
    EXPECT_TRUE(wildcard_match<char16_t>(u"\u00E3\u0081\u0082\u0101", "ああ", kWide));
}

// A symbol that counts how often it is looked at.
struct CountedSymbol {
    char32_t value;

    static std::size_t& looks() {
        static std::size_t count = 0;
        return count;
    }
    CountedSymbol() = default;
    explicit constexpr CountedSymbol(char32_t symbol) : value(symbol) {}
    friend bool operator==(CountedSymbol a, CountedSymbol b) {
        ++looks();
        return a.value == b.value;
    }
};

std::size_t looks(std::string_view pattern, std::string_view text) {
    constexpr WildcardSymbols<CountedSymbol> kCounted{CountedSymbol(0x100), CountedSymbol(0x101)};
    std::vector<CountedSymbol> symbols;
    for (char c : pattern)
        symbols.emplace_back(c == '*' ? 0x100 : static_cast<unsigned char>(c));
    CountedSymbol::looks() = 0;
    wildcard_match<CountedSymbol>({symbols.data(), symbols.size()}, text, kCounted);
    return CountedSymbol::looks();
}

std::string repeated(const std::string& text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

// Counted, not timed. Three looks at most for each pair of a symbol and a byte; and with a pattern
// that stays the same, twice the text is twice the work.
TEST(Wildcard, P17_HostileStarsAreBounded) {
    struct Row {
        std::string pattern, text;
    };
    const Row rows[] = {
        {"*a*a*a*b", "a"},
        {repeated("*a", 100) + "*b", "a"},
        {"*" + repeated("a", 200) + "b", "a"},
        {repeated("*aab", 50), "aaab"},
        {repeated("*", 200) + "b", "a"},
        {repeated("a*", 100) + "b", "ab"},
    };
    constexpr std::size_t kLooksAtOnce = 3;
    for (const auto& [pattern, text] : rows) {
        std::size_t before = 0;
        for (std::size_t times = 1'000; times <= 8'000; times *= 2) {
            const std::string subject = repeated(text, times);
            const std::size_t now = looks(pattern, subject);
            EXPECT_LE(now, kLooksAtOnce * (pattern.size() + 1) * (subject.size() + 1)) << pattern;
            if (before > 0) {
                EXPECT_LE(now, 2 * before + kLooksAtOnce * pattern.size() * pattern.size())
                    << pattern;
            }
            before = now;
        }
    }
}

TEST(Wildcard, TakesNoLongerForHostileStars) {
    std::string pattern;
    for (int i = 0; i < 200; ++i)
        pattern += "*a";
    EXPECT_FALSE(matches(pattern + "*b", std::string(20'000, 'a')));
}

}  // namespace
}  // namespace kakehashi

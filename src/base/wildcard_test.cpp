#include "base/wildcard.h"

#include <gtest/gtest.h>

#include <string>

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

TEST(Wildcard, TakesNoLongerForHostileStars) {
    std::string pattern;
    for (int i = 0; i < 200; ++i)
        pattern += "*a";
    EXPECT_FALSE(matches(pattern + "*b", std::string(20'000, 'a')));
}

}  // namespace
}  // namespace kakehashi

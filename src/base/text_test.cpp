#include "base/text.h"

#include <gtest/gtest.h>

namespace kakehashi {
namespace {

TEST(Text, SplitsKeepingEmptyParts) {
    EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
    EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
}

TEST(Text, TrimsSpacesAndTabsOnly) {
    EXPECT_EQ(trimmed(" \ta b\t "), "a b");
    EXPECT_EQ(trimmed("\n"), "\n");
    EXPECT_EQ(trimmed(" "), "");
}

TEST(Text, CountsAreDigitsAlone) {
    EXPECT_EQ(parse_count("42"), 42U);
    for (const char* refused : {"", "+1", "-1", " 1", "1 ", "1x", "99999999999999999999999"}) {
        EXPECT_FALSE(parse_count(refused)) << refused;
    }
}

TEST(Text, DecimalsAreFiniteAndWhole) {
    EXPECT_EQ(parse_decimal("-1.5e3"), -1500.0);
    EXPECT_EQ(parse_decimal(".5"), 0.5);
    for (const char* refused :
         {"", "-", "+1", " 1", "1 ", "1x", "inf", "-inf", "nan", "0x10", "1e999"}) {
        EXPECT_FALSE(parse_decimal(refused)) << refused;
    }
}

TEST(Text, CountsCharactersNotBytes) {
    EXPECT_EQ(character_count(""), 0U);
    EXPECT_EQ(character_count("a架け橋😀"), 5U);
    EXPECT_EQ(next_character("架け", 0), 3U);
    EXPECT_EQ(next_character("架け", 3), 6U);
}

TEST(Text, KnowsUtf8FromItsNeighbours) {
    for (const char* good : {"", "a", "こんにちは", "\xF4\x8F\xBF\xBF"}) {
        EXPECT_TRUE(is_utf8(good)) << good;
    }
    for (const char* bad : {"\x80", "\xC0\x80", "\xE3\x81", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
        EXPECT_FALSE(is_utf8(bad));
    }
}

TEST(Text, ShowsForeignTextWithoutItsTricks) {
    EXPECT_EQ(shown("架け橋"), "架け橋");
    EXPECT_EQ(shown("a\x1B[2Jb\n"), "a\\u{1b}[2Jb\\u{a}");
    EXPECT_EQ(
        shown("a\xE2\x80\xAE"
              "b"),
        "a\\u{202e}b"
    );
    EXPECT_EQ(shown("\xFF"), "\\u{ff}");
    EXPECT_EQ(shown("aaaa", 2), "aa…");
}

TEST(Text, FindsTheNameThatWasMeant) {
    const std::vector<std::string_view> known = {"template", "account", "parameters"};
    EXPECT_EQ(nearest("templte", known), "template");
    EXPECT_EQ(nearest("acount", known), "account");
    EXPECT_FALSE(nearest("zzzzzz", known));
}

TEST(Text, ReplacesEveryOne) {
    EXPECT_EQ(replaced("{host}-{host}", "{host}", "{host}x"), "{host}x-{host}x");
    EXPECT_EQ(replaced("a", "", "b"), "a");
}

}  // namespace
}  // namespace kakehashi

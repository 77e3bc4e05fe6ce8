#include "base/columns.h"

#include "base/text.h"

#include <gmock/gmock.h>

namespace kakehashi {
namespace {

using testing::ElementsAre;

TEST(Columns, AreTwoForWideCharacters) {
    struct Row {
        const char* text;
        std::size_t columns;
    };
    for (const auto& [text, columns] :
         {Row{"", 0},
          Row{"abc", 3},
          Row{"架け橋", 6},
          Row{"\uff21\uff22\uff23", 6},
          Row{"\uff8a\uff7c", 2},
          Row{"か\u3099", 2},
          Row{"→ 東京", 6},
          Row{"é", 1}}) {
        EXPECT_EQ(columns_of(text), columns) << text;
    }
}

TEST(Wrapped, BreaksAtSpacesAndBetweenWideCharacters) {
    EXPECT_THAT(wrapped("", 10), ElementsAre(""));
    EXPECT_THAT(wrapped("one two three", 7), ElementsAre("one two", "three"));
    EXPECT_THAT(wrapped("a\nb", 7), ElementsAre("a", "b"));
    EXPECT_THAT(wrapped("averylongword is whole", 7), ElementsAre("averylongword", "is", "whole"));
    EXPECT_THAT(wrapped("国外に出ます", 8), ElementsAre("国外に出", "ます"));
    // A closing mark does not begin a line.
    EXPECT_THAT(wrapped("国外です。次", 8), ElementsAre("国外で", "す。次"));
    EXPECT_THAT(wrapped("`us-east-1` で実行", 12), ElementsAre("`us-east-1`", "で実行"));
}

TEST(Wrapped, LosesNothingButSpaces) {
    for (const char* text : {"a `b`を 橋、渡る。end", "(架け橋)の「反例」です", " leading"}) {
        for (std::size_t columns = 1; columns < 20; ++columns) {
            std::string joined;
            for (const std::string& line : wrapped(text, columns))
                joined += line;
            EXPECT_EQ(replaced(joined, " ", ""), replaced(text, " ", "")) << columns;
        }
    }
}

TEST(Padded, FillsByColumns) {
    EXPECT_EQ(padded("橋", 4), "橋  ");
    EXPECT_EQ(padded("abcd", 2), "abcd");
}

}  // namespace
}  // namespace kakehashi

#include "check/mend.h"

#include <gtest/gtest.h>

namespace kakehashi::check {
namespace {

const std::map<std::string, std::string> kTexts = {{"a.yaml", "1\n2\n3\n"}, {"b.yaml", "x"}};

Found patch(std::vector<LineEdit> edits) {
    Found out{"hop-limit", {}, {"check.text.nothing"_msg}};
    out.patch = std::move(edits);
    return out;
}

TEST(Mended, ReplacesRemovesAndInsertsLines) {
    struct Row {
        std::vector<LineEdit> edits;
        const char* text;
    };
    const Row rows[] = {
        {{{"a.yaml", 2, 2, "two\n"}}, "1\ntwo\n3\n"},
        {{{"a.yaml", 1, 2, ""}}, "3\n"},
        {{{"a.yaml", 2, 1, "new\n"}}, "1\nnew\n2\n3\n"},
        {{{"a.yaml", 4, 3, "new\n"}}, "1\n2\n3\nnew\n"},
        {{{"a.yaml", 3, 3, "three\n"}, {"a.yaml", 1, 0, "zero\n"}}, "zero\n1\n2\nthree\n"},
    };
    for (const auto& [edits, text] : rows) {
        const std::vector<Found> findings = {patch(edits)};
        const Mended out = mended(findings, kTexts);
        ASSERT_EQ(out.texts.size(), 1U) << text;
        EXPECT_EQ(out.texts.at("a.yaml"), text);
        EXPECT_EQ(out.found.size(), 1U);
    }
}

TEST(Mended, AppliesAPatchWholeOrNotAtAll) {
    const std::vector<Found> findings = {
        patch({{"a.yaml", 2, 2, "two\n"}}),
        patch({{"b.yaml", 1, 1, "y\n"}, {"a.yaml", 1, 2, ""}}),  // touches line 2 again
        patch({{"gone.yaml", 1, 1, ""}}),
        patch({{"a.yaml", 5, 5, ""}}),
        patch({{"a.yaml", 0, 0, ""}}),
        patch({}),
    };
    const Mended out = mended(findings, kTexts);
    ASSERT_EQ(out.found.size(), 1U);
    EXPECT_EQ(out.found[0], findings.data());
    EXPECT_EQ(out.texts, (std::map<std::string, std::string>{{"a.yaml", "1\ntwo\n3\n"}}));
}

TEST(Mended, TheSameInsertionCountsOnce) {
    const std::vector<Found> findings = {
        patch({{"a.yaml", 2, 1, "n\n"}}),
        patch({{"a.yaml", 2, 1, "n\n"}}),
        patch({{"a.yaml", 2, 1, "m\n"}})};
    EXPECT_EQ(mended(findings, kTexts).texts.at("a.yaml"), "1\nn\nm\n2\n3\n");
}

}  // namespace
}  // namespace kakehashi::check

#include "iam/detail/pattern.h"

#include <gtest/gtest.h>

namespace kakehashi::iam::detail {
namespace {

Outcome match(
    std::string_view pattern,
    std::string_view text,
    const Context& context = {},
    Variables variables = Variables::Resolved
) {
    std::vector<std::string> missing;
    auto read = Pattern::read(pattern, Wildcards::Active, variables);
    EXPECT_TRUE(read) << pattern;
    return read ? read->match(text, Keys(context, missing)) : Outcome::Differs;
}

TEST(Pattern, MatchesWholeTextsWithWildcards) {
    struct Row {
        const char* pattern;
        const char* text;
        bool matches;
    };
    const Row rows[] = {
        {"", "", true},
        {"", "a", false},
        {"a", "a", true},
        {"a", "A", false},
        {"a", "ab", false},
        {"a", "ba", false},
        {"*", "", true},
        {"*", "a/b:c", true},
        {"?", "", false},
        {"?", "a", true},
        {"?", "ab", false},
        {"?", "あ", true},
        {"??", "あ", false},
        {"a*c", "abbbc", true},
        {"a*c", "abbb", false},
        {"a*b*c", "a-b-b-c", true},
        {"a*b*c", "a-c-b", false},
        {"*ab", "aab", true},
        {"**", "x", true},
        {"a?c*", "abc", true},
        {"a?c*", "ac", false},
        {"*?", "", false},
    };
    for (const auto& [pattern, text, matches] : rows) {
        EXPECT_EQ(match(pattern, text) == Outcome::Matches, matches) << pattern << " " << text;
    }
}

TEST(Pattern, TakesNoLongerForHostileStars) {
    std::string pattern;
    for (int i = 0; i < 200; ++i)
        pattern += "*a";
    pattern += "*b";
    EXPECT_EQ(match(pattern, std::string(20'000, 'a')), Outcome::Differs);
}

TEST(Pattern, ResolvesVariablesAndNothingElse) {
    Context context;
    context.set("aws:username", "bob");
    context.set("aws:star", "*");
    context.set_many("aws:TagKeys", {"one"});
    struct Row {
        const char* pattern;
        const char* text;
        Outcome outcome;
    };
    const Row rows[] = {
        {"home/${aws:username}/*", "home/bob/x", Outcome::Matches},
        {"home/${AWS:UserName}/*", "home/bob/x", Outcome::Matches},
        {"home/${aws:username}/*", "home/eve/x", Outcome::Differs},
        {"${aws:username}${aws:username}", "bobbob", Outcome::Matches},
        {"${aws:star}", "*", Outcome::Matches},
        {"${aws:star}", "anything", Outcome::Differs},  // a value is never a wildcard
        {"${aws:absent}", "", Outcome::Unresolved},
        {"${aws:absent, 'none'}", "none", Outcome::Matches},
        {"${aws:absent,'none'}", "none", Outcome::Matches},
        {"${aws:absent, ''}x", "x", Outcome::Matches},
        {"${aws:absent, '}'}", "}", Outcome::Matches},
        {"${aws:username, 'none'}", "bob", Outcome::Matches},
        {"${aws:TagKeys}", "one", Outcome::Unresolved},  // many values are no text
        {"${*}", "*", Outcome::Matches},
        {"${*}", "a", Outcome::Differs},
        {"${?}", "?", Outcome::Matches},
        {"${?}", "a", Outcome::Differs},
        {"${$}{x}", "${x}", Outcome::Matches},
        {"a$b", "a$b", Outcome::Matches},
    };
    for (const auto& [pattern, text, outcome] : rows) {
        EXPECT_EQ(match(pattern, text, context), outcome) << pattern << " " << text;
    }
    EXPECT_EQ(
        match("${aws:username}", "${aws:username}", context, Variables::Literal), Outcome::Matches
    );
}

TEST(Pattern, RefusesVariablesThatAreNotClosedOrNotQuoted) {
    for (const char* text :
         {"${",
          "${}",
          "${ }",
          "${a",
          "a${b",
          "${a,}",
          "${a, b}",
          "${a, 'b}",
          "${a, 'b'",
          "${a, 'b'c}"}) {
        EXPECT_FALSE(Pattern::read(text, Wildcards::Active, Variables::Resolved)) << text;
        EXPECT_TRUE(Pattern::read(text, Wildcards::Active, Variables::Literal)) << text;
    }
}

TEST(Pattern, NotesEachMissingKeyOnce) {
    const Context context;
    std::vector<std::string> missing;
    const Keys keys(context, missing);
    auto pattern =
        Pattern::read("${aws:a}${aws:A}${aws:b, 'x'}", Wildcards::Active, Variables::Resolved);
    ASSERT_TRUE(pattern);
    EXPECT_EQ(pattern->match("", keys), Outcome::Unresolved);
    EXPECT_EQ(missing, std::vector<std::string>({"aws:a"}));
}

TEST(ArnPattern, MatchesPartByPart) {
    struct Row {
        const char* pattern;
        const char* text;
        bool matches;
    };
    const char* model = "arn:aws:bedrock:ap-northeast-1::foundation-model/anthropic.claude-v1:0";
    const Row rows[] = {
        {"*", model, true},
        {"*", "*", true},
        {"arn:aws:bedrock:*::foundation-model/*", model, true},
        {"arn:*:*:*:*:*", model, true},
        {"arn:aws:bedrock:*", model, true},  // the end left out
        {"arn:aws:bedrock:*:foundation-model/*", model, false},
        {"arn:aws:bed*:*:*:foundation-model/*:0", model, true},
        {"arn:aws:bedrock:ap-northeast-?::foundation-model/*", model, true},
        {"arn:aws:bedrock:ap-northeast-3::foundation-model/*", model, false},
        {"arn:aws:bedrock:ap-northeast-1:111111111111:foundation-model/*", model, false},
        {"arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b:c", true},
        {"arn:aws:s3:::bucket", "arn:aws:s3:::bucket/a", false},
        {"arn:aws:s3:::*", "*", false},
        {"arn:aws:s3:::*", "", false},
        {"arn:aws:s3:::*", "urn:aws:s3:::x", false},
    };
    const Context context;
    std::vector<std::string> missing;
    for (const auto& [pattern, text, matches] : rows) {
        auto read = ArnPattern::read(pattern, Variables::Resolved, ArnPattern::Short::EndingInStar);
        ASSERT_TRUE(read) << pattern;
        const Outcome outcome = read->match(arn_parts(text), Keys(context, missing));
        EXPECT_EQ(outcome == Outcome::Matches, matches) << pattern << " " << text;
    }
}

TEST(ArnPattern, DoesNotSplitVariables) {
    Context context;
    context.set("aws:username", "a:b");
    std::vector<std::string> missing;
    auto pattern = ArnPattern::read(
        "arn:aws:s3:::${aws:username}/${aws:x, 'c:d'}",
        Variables::Resolved,
        ArnPattern::Short::Refused
    );
    ASSERT_TRUE(pattern);
    const Keys keys(context, missing);
    EXPECT_EQ(pattern->match(arn_parts("arn:aws:s3:::a:b/c:d"), keys), Outcome::Matches);
}

TEST(ArnPattern, RefusesWhatIsNone) {
    for (const char* text :
         {"",
          "a*",
          "s3:*",
          "arn",
          "arn:",
          "arn:aws:s3",
          "arn:aws:s3:::${x",
          "arn:aws:s3:b",
          "urn:aws:s3:::b"}) {
        EXPECT_FALSE(ArnPattern::read(text, Variables::Resolved, ArnPattern::Short::EndingInStar))
            << text;
    }
    EXPECT_FALSE(ArnPattern::read("arn:aws:s3:*", Variables::Resolved, ArnPattern::Short::Refused));
}

}  // namespace
}  // namespace kakehashi::iam::detail

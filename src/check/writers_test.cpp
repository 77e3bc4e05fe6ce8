#include "base/columns.h"
#include "base/text.h"
#include "check/detail/page.h"
#include "check/judgement_json.h"
#include "check/judgement_page.h"
#include "check/judgement_sarif.h"
#include "check/judgement_text.h"
#include "finding/finding.h"

#include <gmock/gmock.h>

namespace kakehashi::check {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::sys_days kDay = std::chrono::year(2026) / 11 / 24;

Message said(std::string what) {
    return {"check.text.suppressed_until"_msg, {{"reason", std::move(what)}, {"until", "x"}}};
}

Found found(std::string id, std::size_t line) {
    return {std::move(id), {"operator.yaml", line, "Resources.Role"}, said("<b>&|` what")};
}

Witness leaving() {
    return {
        "arn:aws:sts::222222222222:assumed-role/r/s",
        "bedrock:InvokeModel",
        "arn:aws:bedrock:::foundation-model/a",
        "",
        {{"aws:RequestedRegion", {"unspecified"}}, {"aws:TagKeys", {"a", "b"}}},
        "global.anthropic.claude"};
}

Judgement refuted() {
    Judgement out;
    out.findings = {found("model-outside", 42), found("model-outside", 50), found("hop-limit", 7)};
    out.findings[0].witness = leaving();
    out.findings[0].patch = {
        {"operator.yaml", 42, 43, "      Resource: x\n"}, {"operator.yaml", 50, 49, "new\n"}};
    out.suppressed = {{found("imdsv1", 9), "an old | agent", kDay}};
    out.works = {
        Verdict::Refuted, {{"city", "converse", "jp.x", "", found("streaming-denied", 3)}}, 4};
    out.stays_in_japan.iam = {
        Verdict::Refuted,
        {{Verdict::Refuted, leaving(), {"operator.yaml", 42}, said("it opens it")}}};
    out.stays_in_japan.both = {
        Verdict::Unknown, {{Verdict::Unknown, {}, {}, said("not understood")}}};
    out.stays_in_japan.questions = 12;
    out.assumptions = {said("assumed")};
    return out;
}

const PageFacts kFacts = {
    {{"kakehashi.toml", "00ff"}},
    "222222222222",
    {"city (111111111111)"},
    {"ap-northeast-1"},
    {"jp.x"},
    "2025-10-26",
    "0.1",
    kDay};

// interfaces.md, "check --output json".
TEST(JudgementJson, HasTheShapeThatScriptsRelyOn) {
    const json::value out = judgement_json(refuted(), kakehashi::Language::English);
    const json::array& findings = *json::find_array(out, "findings");
    ASSERT_EQ(findings.size(), 3U);
    for (const char* key : {"id", "severity", "file", "path", "message", "fix"}) {
        EXPECT_TRUE(json::find_string(findings[0], key)) << key;
    }
    EXPECT_EQ(json::find(findings[0], "line")->to_number<int>(), 42);
    EXPECT_EQ(json::find_string(findings[0], "severity"), "error");
    EXPECT_EQ(
        json::find_string(*json::find_object(findings[0], "witness"), "action"),
        "bedrock:InvokeModel"
    );
    const json::object& proofs = *json::find_object(out, "proofs");
    const json::object& works = *json::find_object(proofs, "works");
    EXPECT_EQ(json::find_string(works, "verdict"), "refuted");
    EXPECT_EQ(json::find_string(*json::find_object(works, "broken"), "link"), "converse");
    const json::object& stays = *json::find_object(proofs, "stays_in_japan");
    EXPECT_EQ(json::find_string(stays, "verdict"), "refuted");
    EXPECT_EQ(json::find_string(*json::find_object(stays, "by"), "both"), "unknown");
    const json::object& counter = *json::find_object(stays, "counterexample");
    EXPECT_EQ(json::find_string(counter, "resource"), "arn:aws:bedrock:::foundation-model/a");
    const json::object& context = *json::find_object(counter, "context");
    EXPECT_EQ(json::find_string(context, "aws:RequestedRegion"), "unspecified");
    EXPECT_EQ(json::find_array(context, "aws:TagKeys")->size(), 2U);
    EXPECT_EQ(json::find_array(stays, "assumptions")->size(), 1U);
}

TEST(JudgementJson, HasEmptyObjectsWhereThereIsNothing) {
    const json::value out = judgement_json({}, kakehashi::Language::English);
    EXPECT_TRUE(json::find_array(out, "findings")->empty());
    const json::object& proofs = *json::find_object(out, "proofs");
    EXPECT_TRUE(json::find_object(*json::find_object(proofs, "works"), "broken")->empty());
    const json::object& stays = *json::find_object(proofs, "stays_in_japan");
    EXPECT_EQ(json::find_string(stays, "verdict"), "proven");
    EXPECT_TRUE(json::find_object(stays, "counterexample")->empty());
}

TEST(JudgementSarif, NamesEveryRuleAndPlace) {
    const std::string text = judgement_sarif(refuted(), "0.1", kakehashi::Language::English);
    EXPECT_EQ(text, judgement_sarif(refuted(), "0.1", kakehashi::Language::English));
    const auto parsed = json::parse(text);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(json::find_string(*parsed, "version"), "2.1.0");
    const json::value& run = json::find_array(*parsed, "runs")->at(0);
    const json::object& driver = *json::find_object(*json::find_object(run, "tool"), "driver");
    EXPECT_EQ(json::find_array(driver, "rules")->size(), finding::all().size());
    const json::array& results = *json::find_array(run, "results");
    ASSERT_EQ(results.size(), 4U);
    const json::value& first = results[0];
    const auto index = json::find(first, "ruleIndex")->to_number<std::size_t>();
    EXPECT_EQ(
        json::find_string(json::find_array(driver, "rules")->at(index), "id"), "model-outside"
    );
    EXPECT_THAT(json::serialize(first), HasSubstr(R"("region":{"startLine":42})"));
    EXPECT_THAT(json::serialize(first), HasSubstr(R"("witness":{"principal")"));
    // Lines 42 and 43 go; before line 50 one comes.
    EXPECT_THAT(
        json::serialize(first),
        HasSubstr(R"({"startLine":42,"startColumn":1,"endLine":44,"endColumn":1})")
    );
    EXPECT_THAT(
        json::serialize(first),
        HasSubstr(R"({"startLine":50,"startColumn":1,"endLine":50,"endColumn":1})")
    );
    EXPECT_THAT(json::serialize(results[3]), HasSubstr("suppressions"));
    EXPECT_THAT(json::serialize(results[2]), Not(HasSubstr("suppressions")));
}

TEST(JudgementText, SaysTheWorstFirstAndEachKindOnce) {
    const std::string out = judgement_text(refuted(), Paint::Plain, kakehashi::Language::English);
    EXPECT_THAT(out, HasSubstr("✗ stays in Japan"));
    EXPECT_THAT(out, HasSubstr("✗ model-outside  operator.yaml:42, :50\n"));
    EXPECT_THAT(out, HasSubstr("· hop-limit  operator.yaml:7\n"));
    EXPECT_THAT(out, HasSubstr("2 errors, 0 warnings, 1 note"));
    EXPECT_THAT(out, HasSubstr("asked as      global.anthropic.claude\n"));
    EXPECT_THAT(out, HasSubstr("an old | agent (until 2026-11-24)"));
    EXPECT_LT(out.find("stays in Japan"), out.find("model-outside"));
    EXPECT_LT(out.find("model-outside"), out.find("hop-limit"));
    EXPECT_EQ(out.find('\x1b'), out.npos);
    EXPECT_NE(
        judgement_text(refuted(), Paint::Colours, kakehashi::Language::English).find('\x1b'),
        out.npos
    );
}

TEST(JudgementText, IsShortWhenAllIsWell) {
    const std::string out = judgement_text({}, Paint::Plain, kakehashi::Language::English);
    EXPECT_THAT(out, HasSubstr("✓ stays in Japan"));
    EXPECT_THAT(out, HasSubstr("nothing was found"));
    EXPECT_LT(std::ranges::count(out, '\n'), 6);
}

TEST(JudgementText, KeepsToTheScreenInBothLanguages) {
    Judgement judgement = refuted();
    judgement.findings[0].what = said(std::string(60, 'x') + " " + std::string(60, 'y'));
    for (const kakehashi::Language language :
         {kakehashi::Language::Japanese, kakehashi::Language::English}) {
        const std::string out = judgement_text(judgement, Paint::Plain, language);
        for (const std::string_view line : split(out, '\n')) {
            EXPECT_LE(columns_of(line), 130U) << line;
        }
        EXPECT_THAT(out, Not(HasSubstr("check.")));
    }
}

TEST(JudgementPage, SaysEverythingAndEscapesIt) {
    for (const kakehashi::Language language :
         {kakehashi::Language::Japanese, kakehashi::Language::English}) {
        const std::string html = judgement_page(refuted(), kFacts, PageForm::Html, language);
        for (const char* part :
             {"222222222222",
              "00ff",
              "2026-11-24",
              "2025-10-26",
              "global.anthropic.claude",
              "model-outside",
              "an old | agent",
              "operator.yaml:42"}) {
            EXPECT_THAT(html, HasSubstr(part));
        }
        EXPECT_THAT(html, HasSubstr("&lt;b&gt;&amp;|` what"));
        EXPECT_THAT(html, Not(HasSubstr("<b>")));
        EXPECT_THAT(html, Not(HasSubstr("check.page")));
        EXPECT_THAT(html, Not(HasSubstr("http://")));
        const std::string markdown =
            judgement_page(refuted(), kFacts, PageForm::Markdown, language);
        EXPECT_THAT(markdown, HasSubstr("\\<b\\>\\&\\|\\` what"));
        EXPECT_THAT(markdown, HasSubstr("an old \\| agent"));
        EXPECT_TRUE(markdown.starts_with("# "));
    }
}

TEST(Page, CodeCannotEndItsOwnFence) {
    EXPECT_EQ(markdown_page({Code{"a\n````\n# b\n"}}), "`````\na\n````\n# b\n`````\n");
}

}  // namespace
}  // namespace kakehashi::check

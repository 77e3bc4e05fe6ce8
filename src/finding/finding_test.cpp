#include "finding/finding.h"

#include "base/message.h"

#include <gtest/gtest.h>

#include <set>

namespace kakehashi::finding {
namespace {

TEST(Finding, HasWordsInBothLanguages) {
    for (const Finding& finding : all()) {
        for (const Message& message : {title(finding), why(finding), fix(finding)}) {
            EXPECT_TRUE(has_text(message.id)) << message.id.name();
            EXPECT_NE(text(message, Language::Japanese), text(message, Language::English));
        }
    }
}

TEST(Finding, HasAnIdOnce) {
    std::set<std::string_view> ids;
    for (const Finding& finding : all()) {
        EXPECT_TRUE(ids.insert(finding.id).second) << finding.id;
        EXPECT_EQ(find(finding.id), &finding);
    }
    EXPECT_EQ(ids.size(), 83U);
}

TEST(Finding, IsNotFoundByItsNeighbours) {
    for (const char* id : {"", "model", "model-outside ", "Model-outside", "model_outside"}) {
        EXPECT_EQ(find(id), nullptr) << id;
    }
}

TEST(Finding, HasTheSeverityThatScriptsRelyOn) {
    EXPECT_EQ(find("model-outside")->severity, Severity::Error);
    EXPECT_EQ(find("region-deny-missing")->severity, Severity::Warning);
    EXPECT_EQ(find("source-vpce-missing")->severity, Severity::Note);
    EXPECT_EQ(find("throttled")->area, Area::Account);
    EXPECT_EQ(name(Severity::Warning), "warning");
    EXPECT_EQ(name(Area::Crossing), "crossing");
}

TEST(Finding, IsReportedByASetOfTools) {
    EXPECT_TRUE(includes(find("no-sts-endpoint")->reported_by, Reporter::Twin));
    EXPECT_FALSE(includes(find("no-sts-endpoint")->reported_by, Reporter::Doctor));
    EXPECT_TRUE(includes(Reporter::Check | Reporter::Twin, Reporter::Check));
    EXPECT_FALSE(includes(Reporter::None, Reporter::Twin));
}

}  // namespace
}  // namespace kakehashi::finding

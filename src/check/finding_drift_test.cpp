#include "check/finding_test.h"

namespace kakehashi::check {
namespace {

TEST(DriftFindings, TellWhatAManagedPolicyGained) {
    expect_finding(
        {"managed-policy-grew",
         "article",
         {{"municipality.yaml",
           "        - arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess\n",
           ""}},
         "municipality.yaml#Resources.CallerRole.Properties.ManagedPolicyArns[0]",
         FindingRow::Edits::Mend},
        drift_findings
    );
    const auto world = world_with("article", {});
    ASSERT_TRUE(world);
    const auto all = drift_findings(*world);
    // LimitedAccess of both roles and the operator's AWSMarketplaceRead-only; CodeArtifact's stood
    // still.
    ASSERT_EQ(all.size(), 3U) << all_places(all);
    const std::string said = text(all[0].what, ::kakehashi::Language::English);
    EXPECT_NE(said.find("2025-10-26 and 2026-08-22"), std::string::npos) << said;
    EXPECT_NE(said.find("bedrock"), std::string::npos) << said;
}

TEST(DriftFindings, AreSilentWithoutManagedPolicies) {
    const auto world = world_with("fenced", {});
    ASSERT_TRUE(world);
    EXPECT_EQ(all_places(drift_findings(*world)), "");
}

}  // namespace
}  // namespace kakehashi::check

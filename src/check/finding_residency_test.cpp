#include "check/finding_test.h"
#include "finding/finding.h"

#include <gmock/gmock.h>

namespace kakehashi::check {
namespace {

constexpr const char* kOperator = "operator.yaml";
constexpr const char* kDenyValue =
    "operator.yaml#Resources.OperatorRole.Properties.Policies[0].PolicyDocument.Statement[2]."
    "Condition.StringNotEquals.aws:RequestedRegion[";
constexpr const char* kRoleDeny = R"(                    aws:RequestedRegion:
                      - ap-northeast-1
                      - ap-northeast-3
      Tags:
        - { Key: Project, Value: kakehashi }
        - { Key: Municipality, Value: sample-city }

  # The use)";

// The list of the operator role's own Deny, written otherwise.
std::vector<cloud::TextEdit> regions(const std::string& list) {
    const std::string old =
        "                    aws:RequestedRegion:\n                      - ap-northeast-1\n        "
        "              - ap-northeast-3\n";
    return {{kOperator, kRoleDeny, replaced(kRoleDeny, old, list)}};
}

std::vector<cloud::TextEdit> allowing(const std::string& action, const std::string& resource) {
    return {
        {kOperator,
         "              - Sid: Profile\n",
         "              - { Sid: More, Effect: Allow, Action: '" + action + "', Resource: '" +
             resource + "' }\n              - Sid: Profile\n"}};
}

std::vector<cloud::TextEdit> adding(
    const std::string& file,
    const std::string& before,
    const std::string& resource
) {
    return {{file, before, resource + "\n" + before}};
}

std::vector<cloud::TextEdit> without_deny() {
    const std::string deny =
        R"(              # Holds whatever is attached to this role later. On the model's leg aws:RequestedRegion is where the model
              # runs: Tokyo or Osaka for jp., "unspecified" for global. A Deny of everything but Tokyo would break jp.
              - Sid: NothingOutsideJapan
                Effect: Deny
                Action: bedrock:*
                Resource: "*"
                Condition:
                  StringNotEquals:
)" + std::string(kRoleDeny).substr(0, std::string(kRoleDeny).find("      Tags:"));
    return {{kOperator, deny, ""}};
}

const std::vector<FindingRow>& rows() {
    using Edits = FindingRow::Edits;
    using Patch = FindingRow::Patch;
    static const std::vector<FindingRow> kRows = {
        {"managed-policy-opens-models",
         "article",
         {{kOperator, "        - arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess\n", ""}},
         "operator.yaml#Resources.OperatorRole.Properties.ManagedPolicyArns[0]",
         Edits::Mend,
         Patch::Mends},
        {"managed-policy-opens-models",
         "fenced",
         {{kOperator,
           "      # No AWS managed policy:",
           "      ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess]\n      # "
           "No AWS managed policy:"}},
         "operator.yaml#Resources.OperatorRole.Properties.ManagedPolicyArns",
         Edits::Break,
         Patch::Mends},
        {"profile-unknown",
         "fenced",
         allowing(
             "bedrock:InvokeModel",
             "arn:aws:bedrock:ap-northeast-1:222222222222:inference-profile/"
             "jp.anthropic.claude-unheard-of"
         ),
         "operator.yaml#Resources.OperatorRole.Properties.Policies[0].PolicyDocument.Statement[0]."
         "Resource"},
        {"profile-unknown",
         "fenced",
         {{"kakehashi.toml",
           "[\"jp.anthropic.claude-haiku-4-5-20251001-v1:0\"]",
           "[\"jp.anthropic.claude-unheard-of\"]"}},
         "kakehashi.toml#bedrock"},
        {"profile-unknown",
         "fenced",
         {{"kakehashi.toml", "[\"jp.anthropic", "[\"global.anthropic"}},
         "kakehashi.toml#bedrock.profiles"},
        {"foundation-model-direct",
         "fenced",
         {{kOperator,
           "                Condition:\n                  ArnEquals:\n                    "
           "bedrock:InferenceProfileArn: !Sub "
           "arn:${AWS::Partition}:bedrock:ap-northeast-1:${AWS::AccountId}:inference-profile/"
           "jp.anthropic.claude-haiku-4-5-20251001-v1:0\n              # Holds",
           "              # Holds"}},
         "operator.yaml#Resources.OperatorRole.Properties.Policies[0].PolicyDocument.Statement[1]"},
        {"region-deny-foreign",
         "fenced",
         regions(
             "                    aws:RequestedRegion:\n                      - ap-northeast-1\n   "
             "                   - us-east-1\n                      - ap-northeast-3\n"
         ),
         kDenyValue,
         Edits::Break,
         Patch::Mends},
        {"region-deny-foreign",
         "fenced",
         regions("                    aws:RequestedRegion: [ap-northeast-1, ap-northeast-3, "
                 "unspecified]  # for global.\n"),
         kDenyValue,
         Edits::Break,
         Patch::Mends},
        {"region-deny-foreign",
         "fenced",
         regions("                    aws:RequestedRegion: [ap-northeast-1, ap-northeast-3, "
                 "ap-northeast-2]\n"),
         kDenyValue,
         Edits::Break,
         Patch::Mends},
        {"region-deny-missing", "fenced", without_deny(), "operator.yaml#Resources.OperatorRole"},
        {"region-deny-blocks-destination",
         "fenced",
         regions("                    aws:RequestedRegion: ap-northeast-1\n"),
         "operator.yaml#Resources.OperatorRole.Properties.Policies[0].PolicyDocument.Statement[2]",
         Edits::Break,
         Patch::Mends},
        {"region-deny-blocks-destination",
         "fenced",
         regions("                    aws:RequestedRegion:\n                      - ap-northeast-1 "
                 " # Tokyo\n"),
         "operator.yaml#Resources.OperatorRole.Properties.Policies[0].PolicyDocument.Statement[2]",
         Edits::Break,
         Patch::Mends},
        {"guardrail-leaves-japan",
         "fenced",
         adding(
             kOperator,
             "  # The use-case form, the agreement",
             "  Guardrail:\n    Type: AWS::Bedrock::Guardrail\n    Properties:\n      Name: "
             "japanese\n      BlockedInputMessaging: no\n      BlockedOutputsMessaging: no\n      "
             "CrossRegionConfig: { GuardrailProfileArn: !Sub "
             "'arn:aws:bedrock:ap-northeast-1:${AWS::AccountId}:guardrail-profile/"
             "apac.guardrail.v1:0' }\n"
         ),
         "operator.yaml#Resources.Guardrail.Properties.CrossRegionConfig"},
        {"websearch-allowed",
         "fenced",
         allowing("bedrock-websearch:*", "*"),
         "operator.yaml#Resources.OperatorRole"},
        {"mantle-allowed",
         "fenced",
         allowing("bedrock-mantle:CreateInference", "*"),
         "operator.yaml#Resources.OperatorRole"},
        {"default-region-foreign",
         "fenced",
         {{"kakehashi.toml",
           "allowed_regions = [\"ap-northeast-1\", \"ap-northeast-3\"]",
           "allowed_regions = [\"ap-northeast-3\"]"}},
         "kakehashi.toml#bedrock"},
    };
    return kRows;
}

std::vector<Found> look(const cloud::World& world) {
    return residency_findings(world, ResidencyProof{});
}

TEST(ResidencyFindings, AreThereWithTheFaultAndNotWithoutIt) {
    for (const FindingRow& row : rows()) {
        SCOPED_TRACE(row.id);
        expect_finding(row, look);
    }
}

// model-outside and proof-unknown are what the proof says; the tests of judge have them whole.
TEST(ResidencyFindings, HaveARowEach) {
    for (const finding::Finding& each : finding::all()) {
        if (each.area != finding::Area::Residency) continue;
        const bool of_the_proof = each.id == "model-outside" || each.id == "proof-unknown";
        const auto& all = rows();
        EXPECT_TRUE(
            of_the_proof ||
            std::any_of(
                all.begin(), all.end(), [&](const FindingRow& row) { return each.id == row.id; }
            )
        ) << each.id;
    }
}

TEST(ResidencyFindings, AreSilentForTheFencedPair) {
    const auto world = world_with("fenced", {});
    ASSERT_TRUE(world);
    EXPECT_EQ(all_places(look(*world)), "");
}

TEST(ResidencyFindings, AreThoseOfTheArticle) {
    const auto world = world_with("article", {});
    ASSERT_TRUE(world);
    const auto all = look(*world);
    const auto opened = of_id(all, "managed-policy-opens-models");
    ASSERT_EQ(opened.size(), 2U) << all_places(all);  // both roles have it
    for (const Found& found : opened) {
        ASSERT_TRUE(found.witness);
        EXPECT_EQ(
            found.witness->resource,
            "arn:aws:bedrock:::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"
        );
        EXPECT_EQ(found.witness->model_id, "global.anthropic.claude-haiku-4-5-20251001-v1:0");
    }
    EXPECT_EQ(of_id(all, "foundation-model-direct").size(), 2U) << all_places(all);
    EXPECT_EQ(of_id(all, "region-deny-missing").size(), 1U) << all_places(all);
}

// The newest LimitedAccess brings two more ways.
TEST(ResidencyFindings, SeeWhatTheManagedPolicyGained) {
    const auto world = world_with(
        "article",
        {{"kakehashi.toml",
          "managed_policies = \"2025-10-26\"",
          "managed_policies = \"2026-08-22\""}}
    );
    ASSERT_TRUE(world);
    const auto all = look(*world);
    EXPECT_EQ(of_id(all, "websearch-allowed").size(), 2U) << all_places(all);
    EXPECT_EQ(of_id(all, "mantle-allowed").size(), 2U) << all_places(all);
}

TEST(ResidencyFindings, TellWhatTheProofRefutesAndCannotDecide) {
    const auto world = world_with("fenced", {});
    ASSERT_TRUE(world);
    ResidencyProof proof;
    const Witness witness{
        "arn:aws:sts::222222222222:assumed-role/r/s",
        "bedrock:InvokeModel",
        "arn:aws:bedrock:::foundation-model/m"};
    const Message why{"check.region-deny-missing.what"_msg, {{"role", "r"}}};
    const Doubt refuted{
        Verdict::Refuted, witness, Location{"operator.yaml", 7, "Resources.R"}, why};
    const Doubt unknown{Verdict::Unknown, {}, Location{"operator.yaml", 9, "Resources.S"}, why};
    proof.iam = {Verdict::Refuted, {refuted, unknown}};
    proof.both = {Verdict::Refuted, {refuted}};
    const auto all = residency_findings(*world, proof);
    ASSERT_EQ(all.size(), 2U) << all_places(all);
    EXPECT_EQ(all[0].id, "model-outside");
    EXPECT_EQ(all[0].witness->resource, witness.resource);
    EXPECT_EQ(all[0].where.line, 7U);
    EXPECT_EQ(all[1].id, "proof-unknown");
}

// An SCP for the whole organisation may let us-east-1 through for other services, if the role's own
// Deny closes it.
TEST(ResidencyFindings, AreSilentWhereAnotherDenyClosesTheHole) {
    const auto edits = allowing("bedrock:GetInferenceProfile", "*");
    auto more = edits;
    more.push_back(
        {kOperator,
         "              - { Sid: More,",
         "              - { Sid: Wide, Effect: Deny, Action: '*', Resource: '*', Condition: { "
         "StringNotEquals: { 'aws:RequestedRegion': [ap-northeast-1, ap-northeast-3, us-east-1] } "
         "} }\n              - { Sid: More,"}
    );
    const auto world = world_with("fenced", more);
    ASSERT_TRUE(world);
    EXPECT_EQ(all_places(of_id(look(*world), "region-deny-foreign")), "");
}

}  // namespace
}  // namespace kakehashi::check

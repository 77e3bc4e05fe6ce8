#include "check/finding_test.h"
#include "finding/finding.h"

#include <gmock/gmock.h>

namespace kakehashi::check {
namespace {

constexpr const char* kOperator = "operator.yaml";
constexpr const char* kMunicipality = "municipality.yaml";
constexpr const char* kTrust =
    "operator.yaml#Resources.OperatorRole.Properties.AssumeRolePolicyDocument";
constexpr const char* kOperatorRole = "operator.yaml#Resources.OperatorRole";
constexpr const char* kInvoke = R"(              - Sid: NothingOutsideJapan
                Effect: Deny
                Action: bedrock:*
                Resource: "*"
                Condition:
                  StringNotEquals:
                    aws:RequestedRegion:
                      - ap-northeast-1
                      - ap-northeast-3
      Tags:
        - { Key: Project, Value: kakehashi }
        - { Key: Municipality, Value: sample-city }

  # The use)";

// One more Allow for the operator's role.
std::vector<cloud::TextEdit> allowing(const std::string& action) {
    return {
        {kOperator,
         "              - Sid: Profile\n",
         "              - { Sid: More, Effect: Allow, Action: ['" + action +
             "'], Resource: '*' }\n              - Sid: Profile\n"}};
}

const std::vector<FindingRow>& rows() {
    using Edits = FindingRow::Edits;
    using Patch = FindingRow::Patch;
    static const std::vector<FindingRow> kRows = {
        {"caller-has-bedrock",
         "article",
         {{kMunicipality, "        - arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess\n", ""}},
         "municipality.yaml#Resources.CallerRole.Properties.ManagedPolicyArns[0]",
         Edits::Mend,
         Patch::Mends},
        {"caller-has-bedrock",
         "fenced",
         {{kMunicipality,
           "Action: sts:AssumeRole\n                Resource: !Sub",
           "Action: [sts:AssumeRole, 'bedrock:Invoke*']\n                Resource: '*' #"}},
         "municipality.yaml#Resources.CallerRole.Properties.Policies[0].PolicyDocument.Statement["
         "0]"},
        {"trust-account-root",
         "fenced",
         {{kOperator,
           "AWS: !Sub arn:${AWS::Partition}:iam::${MunicipalityAccount}:role/kakehashi-caller",
           "AWS: !Ref MunicipalityAccount"}},
         kTrust},
        {"trust-wildcard",
         "fenced",
         {{kOperator,
           "AWS: !Sub arn:${AWS::Partition}:iam::${MunicipalityAccount}:role/kakehashi-caller",
           "AWS: '*'"}},
         kTrust},
        {"operator-marketplace", "fenced", allowing("aws-marketplace:*"), kOperatorRole},
        {"external-id-missing",
         "fenced",
         {{kOperator,
           "              StringEquals:\n                sts:ExternalId: !Ref ExternalId\n",
           ""}},
         "operator.yaml#Resources.OperatorRole.Properties.AssumeRolePolicyDocument.Statement[0]"},
        {"external-id-guessable",
         "fenced",
         {{kOperator, "sts:ExternalId: !Ref ExternalId", "sts:ExternalId: sample-city-2026-0001"}},
         kTrust},
        {"shared-operator-role",
         "fenced",
         {{"kakehashi.toml",
           "[bedrock]\n",
           "[[municipality]]\nname = \"next-town\"\naccount = \"333333333333\"\ntemplate = "
           "\"municipality.yaml\"\nrole_arn = "
           "\"arn:aws:iam::222222222222:role/kakehashi-operator-sample-city\"\n\n[bedrock]\n"}},
         kOperatorRole},
        {"operator-may-create",
         "fenced",
         allowing("bedrock:CreateInferenceProfile"),
         kOperatorRole},
        {"operator-may-create", "fenced", allowing("iam:*"), kOperatorRole},
        {"operator-may-create", "fenced", allowing("iam:PutRolePolicy"), kOperatorRole},
        {"operator-may-create", "fenced", allowing("sts:AssumeRole"), kOperatorRole},
        {"operator-may-create",
         "fenced",
         allowing("iam:PassRole', 'lambda:CreateFunction"),
         kOperatorRole},
        {"one-account",
         "fenced",
         {{"kakehashi.toml", "account      = \"111111111111\"", "account = \"222222222222\""}},
         "kakehashi.toml#municipality"},
        {"bearer-token-allowed", "fenced", allowing("bedrock:Call*"), kOperatorRole},
        {"bootstrap-left-on",
         "article",
         {{"kakehashi.toml", "session_name =", "bootstrap = { python = true }\nsession_name ="}},
         "municipality.yaml#Resources.CallerRole.Properties.ManagedPolicyArns[1]",
         Edits::Mend},
        {"bootstrap-left-on",
         "article",
         {{"kakehashi.toml", "session_name =", "bootstrap = { python = true }\nsession_name ="}},
         "municipality.yaml#Resources.CodeArtifactApiEndpoint",
         Edits::Mend},
        {"source-vpce-missing",
         "fenced",
         {{kOperator,
           kInvoke,
           replaced(
               kInvoke,
               "                  StringNotEquals:\n",
               "                  StringNotEquals:\n                    aws:SourceVpce: "
               "vpce-0123456789abcdef0\n"
           )}},
         kOperatorRole,
         Edits::Mend},
    };
    return kRows;
}

TEST(PrivilegeFindings, AreThereWithTheFaultAndNotWithoutIt) {
    for (const FindingRow& row : rows()) {
        SCOPED_TRACE(row.id);
        expect_finding(row, privilege_findings);
    }
}

// Rows like these name every finding of the area that check reports.
TEST(PrivilegeFindings, HaveARowEach) {
    for (const finding::Finding& each : finding::all()) {
        if (each.area != finding::Area::Privilege) continue;
        if (!finding::includes(each.reported_by, finding::Reporter::Check)) continue;
        const auto& all = rows();
        EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const FindingRow& row) {
            return each.id == row.id;
        })) << each.id;
    }
}

TEST(PrivilegeFindings, AreSilentForTheFencedPairButForANote) {
    const auto world = world_with("fenced", {});
    ASSERT_TRUE(world);
    for (const Found& found : privilege_findings(*world)) {
        EXPECT_EQ(found.id, "source-vpce-missing") << all_places({found});
    }
}

TEST(PrivilegeFindings, AreThoseOfTheArticle) {
    const auto world = world_with("article", {});
    ASSERT_TRUE(world);
    const auto all = privilege_findings(*world);
    for (const char* id :
         {"caller-has-bedrock",
          "operator-marketplace",
          "external-id-missing",
          "source-vpce-missing",
          "operator-may-create",
          "bearer-token-allowed"}) {
        EXPECT_FALSE(of_id(all, id).empty()) << id;
    }
    EXPECT_TRUE(of_id(all, "trust-wildcard").empty());
    for (const Found& found : of_id(all, "caller-has-bedrock")) {
        ASSERT_TRUE(found.witness);
        EXPECT_EQ(found.witness->action, "bedrock:InvokeModel");
        EXPECT_THAT(found.witness->principal, testing::StartsWith("arn:aws:sts::111111111111:"));
    }
}

// What is bound otherwise is no fault: each of these was one edit away from a finding.
TEST(PrivilegeFindings, AreSilentWhereSomethingElseBinds) {
    struct Row {
        const char* id;
        std::vector<cloud::TextEdit> edits;
    };
    const std::string caller =
        "AWS: !Sub arn:${AWS::Partition}:iam::${MunicipalityAccount}:role/kakehashi-caller";
    const std::string by_arn =
        "              ArnEquals:\n                aws:PrincipalArn: !Sub "
        "arn:${AWS::Partition}:iam::${MunicipalityAccount}:role/kakehashi-caller\n              "
        "StringEquals:\n                sts:ExternalId";
    const std::string id = "              StringEquals:\n                sts:ExternalId";
    for (const Row& row : {
             Row{"operator-may-create", allowing("iam:PassRole")},
             Row{"operator-may-create", allowing("iam:GetRole")},
             Row{"operator-may-create",
                 {{kOperator,
                   "              - Sid: Profile\n",
                   "              - { Sid: More, Effect: Allow, Action: 'sts:AssumeRole', "
                   "Resource: "
                   "'arn:aws:iam::222222222222:role/one' }\n              - Sid: Profile\n"}}},
             Row{"trust-wildcard", {{kOperator, caller, "AWS: '*'"}, {kOperator, id, by_arn}}},
             Row{"trust-account-root",
                 {{kOperator, caller, "AWS: !Ref MunicipalityAccount"}, {kOperator, id, by_arn}}},
             Row{"external-id-guessable",
                 {{kOperator,
                   "sts:ExternalId: !Ref ExternalId",
                   "sts:ExternalId: 5b6f0b34-7f0e-4c8c-9c0e-0fd1bb2a3e55"}}},
             Row{"external-id-guessable",
                 {{kOperator,
                   "sts:ExternalId: !Ref ExternalId",
                   "sts:ExternalId: Zk3vQ9tYb1Lr8XcW0mPd7H"}}},
         }) {
        const auto world = world_with("fenced", row.edits);
        ASSERT_TRUE(world);
        EXPECT_TRUE(of_id(privilege_findings(*world), row.id).empty()) << row.id;
    }
}

}  // namespace
}  // namespace kakehashi::check

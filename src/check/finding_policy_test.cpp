#include "check/finding_test.h"
#include "check/iam_actions.h"
#include "finding/finding.h"

namespace kakehashi::check {
namespace {

constexpr const char* kOperator = "operator.yaml";
constexpr const char* kMunicipality = "municipality.yaml";
constexpr const char* kFirst =
    "operator.yaml#Resources.OperatorRole.Properties.Policies[0].PolicyDocument.Statement[0]";

// A statement in front of the operator role's others.
std::vector<cloud::TextEdit> saying(const std::string& statement) {
    return {
        {kOperator,
         "              - Sid: Profile\n",
         "              - { Sid: More, " + statement + " }\n              - Sid: Profile\n"}};
}

std::vector<cloud::TextEdit> at_endpoint(const std::string& condition) {
    return {
        {kMunicipality,
         "            Action: sts:GetCallerIdentity\n            Resource: \"*\"\n            "
         "Condition:\n",
         "            Action: sts:GetCallerIdentity\n            Resource: \"*\"\n            "
         "Condition:\n              " +
             condition + "\n"}};
}
constexpr const char* kEndpoint =
    "municipality.yaml#Resources.StsEndpoint.Properties.PolicyDocument.Statement[1]";

std::string many(const std::string& before, std::size_t count, const std::string& after) {
    std::string out = before;
    for (std::size_t i = 0; i < count; ++i) {
        out += (i ? ", " : "") + std::string("'arn:aws:s3:::a-bucket-with-a-rather-long-name-") +
               std::to_string(100000 + i) + "'";
    }
    return out + after;
}

const std::vector<FindingRow>& rows() {
    using Edits = FindingRow::Edits;
    using Patch = FindingRow::Patch;
    static const std::vector<FindingRow> kRows = {
        {"unknown-action",
         "fenced",
         saying("Effect: Allow, Action: ['bedrock:InvokeModel', 'bedrock:Converse'], Resource: "
                "'arn:aws:s3:::x'"),
         "operator.yaml#Resources.OperatorRole.Properties.Policies[0].PolicyDocument.Statement[0]."
         "Action[1]"},
        {"unknown-action",
         "fenced",
         saying("Effect: Deny, Action: 'sts:AssumeRoles*', Resource: '*'"),
         kFirst},
        {"too-large",
         "fenced",
         saying(many("Effect: Allow, Action: 's3:GetObject', Resource: [", 200, "]")),
         "operator.yaml#Resources.OperatorRole"},
        {"too-large",
         "fenced",
         {{kOperator, "kakehashi-*", "kakehashi-" + std::string(2048, 'x')}},
         "operator.yaml#Resources.OperatorRole.Properties.AssumeRolePolicyDocument"},
        {"too-large",
         "fenced",
         at_endpoint(many("StringLike: { 'aws:PrincipalTag/x': [", 400, "] }")),
         "municipality.yaml#Resources.StsEndpoint"},
        {"endpoint-policy-grammar",
         "fenced",
         at_endpoint("StringLike: { 'aws:PrincipalAccount': '1111*' }"),
         kEndpoint},
        {"endpoint-policy-grammar",
         "fenced",
         at_endpoint("StringLike: { 'aws:PrincipalTag/team': 'a*b' }"),
         kEndpoint},
        {"endpoint-policy-grammar",
         "fenced",
         at_endpoint("ArnLike: { 'aws:SourceArn': 'arn:aws:iam::1111*:role/caller' }"),
         kEndpoint},
        {"unknown-condition-key",
         "fenced",
         saying("Effect: Deny, Action: 'bedrock:*', Resource: '*', Condition: { StringEquals: { "
                "'aws:RequestRegion': us-east-1 } }"),
         kFirst},
        {"key-never-present",
         "fenced",
         saying("Effect: Deny, Action: 'bedrock:InvokeModel', Resource: '*', Condition: { "
                "NotIpAddress: { 'aws:SourceIp': 10.0.0.0/8 } }"),
         kFirst},
        {"key-never-present",
         "fenced",
         saying("Effect: Allow, Action: 'bedrock:InvokeModel', Resource: '*', Condition: { "
                "StringEquals: { 'sts:ExternalId': x } }"),
         kFirst},
        {"key-never-present",
         "fenced",
         saying("Effect: Allow, Action: 's3:GetObject', Resource: '*', Condition: { StringEquals: "
                "{ 'aws:username': somebody } }"),
         kFirst},
        {"for-all-values-allow",
         "fenced",
         saying("Effect: Allow, Action: 's3:GetObject', Resource: '*', Condition: { "
                "'ForAllValues:StringEquals': { 'aws:CalledVia': bedrock.amazonaws.com } }"),
         kFirst},
        {"not-principal",
         "fenced",
         {{kOperator,
           "            Principal:\n              AWS: !Sub "
           "arn:${AWS::Partition}:iam::${MunicipalityAccount}:role/kakehashi-caller",
           "            NotPrincipal:\n              AWS: !Sub "
           "arn:${AWS::Partition}:iam::${MunicipalityAccount}:role/kakehashi-caller"},
          {kOperator,
           "          - Sid: CallerOfOneMunicipality\n            Effect: Allow",
           "          - Sid: CallerOfOneMunicipality\n            Effect: Deny"}},
         "operator.yaml#Resources.OperatorRole.Properties.AssumeRolePolicyDocument.Statement[0]"},
        {"old-version",
         "article",
         {{kOperator,
           "                  - bedrock:InvokeModel\n                Resource:\n",
           "                  - bedrock:InvokeModel\n                Resource:\n                  "
           "- arn:aws:s3:::home/${aws:username}/*\n"},
          {kOperator,
           "          PolicyDocument:\n            Version: \"2012-10-17\"",
           "          PolicyDocument:\n            Version: \"2008-10-17\""}},
         "operator.yaml#Resources.OperatorRole.Properties.Policies[0].PolicyDocument.Statement[0]",
         Edits::Break,
         Patch::Mends},
        {"old-version",
         "article",
         {{kOperator,
           "                  - bedrock:InvokeModel\n                Resource:\n",
           "                  - bedrock:InvokeModel\n                Resource:\n                  "
           "- arn:aws:s3:::home/${aws:username}/*\n"},
          {kOperator,
           "          PolicyDocument:\n            Version: \"2012-10-17\"\n",
           "          PolicyDocument:\n"}},
         "operator.yaml#Resources.OperatorRole.Properties.Policies[0].PolicyDocument.Statement[0]",
         Edits::Break,
         Patch::Mends},
    };
    return kRows;
}

TEST(PolicyFindings, AreThereWithTheFaultAndNotWithoutIt) {
    for (const FindingRow& row : rows()) {
        SCOPED_TRACE(
            std::string(row.id) + " " + (row.edits.empty() ? "" : row.edits[0].to.substr(0, 120))
        );
        expect_finding(row, policy_findings);
    }
}

TEST(PolicyFindings, HaveARowEach) {
    for (const finding::Finding& each : finding::all()) {
        if (each.area != finding::Area::Policy) continue;
        if (each.id == "suppression-void") continue;  // judgement_test.cpp
        const auto& all = rows();
        EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const FindingRow& row) {
            return each.id == row.id;
        })) << each.id;
    }
}

TEST(PolicyFindings, AreSilentForBothExamples) {
    for (const char* example : {"fenced", "article"}) {
        const auto world = world_with(example, {});
        ASSERT_TRUE(world);
        EXPECT_EQ(all_places(policy_findings(*world)), "") << example;
    }
}

// What public templates do rightly.
TEST(PolicyFindings, AreSilentForTheRefusedNeighbours) {
    const char* statements[] = {
        // a data perimeter: neither from these addresses nor through the endpoint
        "Effect: Deny, Action: '*', Resource: '*', Condition: { NotIpAddressIfExists: { "
        "'aws:SourceIp': 10.0.0.0/8 }, StringNotEqualsIfExists: { 'aws:SourceVpc': vpc-1 }, "
        "BoolIfExists: { 'aws:ViaAWSService': 'false' } }",
        "Effect: Deny, Action: '*', Resource: '*', Condition: { NotIpAddress: { 'aws:SourceIp': "
        "10.0.0.0/8 }, StringNotEquals: { 'aws:SourceVpce': vpce-1 } }",
        // services whose actions are not held, and identity providers' keys
        "Effect: Allow, Action: 'newservice:DoIt', Resource: '*', Condition: { StringEquals: { "
        "'newservice:Key': x } }",
        "Effect: Allow, Action: 'ec2:DescribeVpcs', Resource: '*', Condition: { StringEquals: { "
        "'ec2:Region': x } }",
        "Effect: Allow, Action: 'bedrock:Invoke*', Resource: '*', Condition: { StringEquals: { "
        "'bedrock:InferenceProfileArn': x } }",
        "Effect: Allow, Action: ['iam:PassRole'], Resource: '*', Condition: { StringEquals: { "
        "'iam:PassedToService': ec2.amazonaws.com } }",
        "Effect: Allow, Action: 's3:PutObject', Resource: '*', Condition: { StringEquals: { "
        "'s3:RequestObjectTag/team': a, 'aws:RequestTag/team': a, 'AWS:principaltag/team': a } }",
        "Effect: Allow, Action: 'bedrock:TagResource', Resource: '*', Condition: { "
        "'ForAllValues:StringEquals': { 'aws:TagKeys': [team] } }",
        "Effect: Allow, Action: 's3:GetObject', Resource: '*', Condition: { "
        "'ForAllValues:StringEquals': { 'aws:CalledVia': x }, Null: { 'aws:CalledVia': 'false' } }",
        "Effect: Allow, Action: 's3:GetObject', Resource: "
        "'arn:aws:s3:::home/${aws:PrincipalTag/team}/*'",
        "Effect: Allow, Action: 'sts:AssumeRole', Resource: '*', Condition: { StringEquals: { "
        "'sts:ExternalId': x, 'sts:RoleSessionName': y } }",
    };
    for (const char* statement : statements) {
        const auto world = world_with("fenced", saying(statement));
        ASSERT_TRUE(world);
        EXPECT_EQ(all_places(policy_findings(*world)), "") << statement;
    }
    for (const char* condition :
         {"StringEquals: { 'aws:PrincipalAccount': '111111111111' }",
          "StringLike: { 'aws:PrincipalTag/team': 'residents-*' }",
          "ArnLike: { 'aws:SourceArn': 'arn:aws:iam::*:role/caller' }"}) {
        const auto world = world_with("fenced", at_endpoint(condition));
        ASSERT_TRUE(world);
        EXPECT_EQ(all_places(policy_findings(*world)), "") << condition;
    }
}

TEST(IamActions, AreReadFromTheirFile) {
    const IamService* bedrock = iam_service("Bedrock");
    ASSERT_TRUE(bedrock);
    EXPECT_EQ(matching_actions(*bedrock, "invokemodel").size(), 1U);
    EXPECT_EQ(matching_actions(*bedrock, "InvokeModel*").size(), 2U);
    EXPECT_TRUE(matching_actions(*bedrock, "Converse").empty());
    EXPECT_FALSE(iam_service("newservice"));
    EXPECT_EQ(condition_key_known("AWS:RequestedRegion"), KeyKnown::Yes);
    EXPECT_EQ(condition_key_known("aws:RequestTag/team"), KeyKnown::Yes);
    EXPECT_EQ(condition_key_known("aws:RequestTag/"), KeyKnown::No);
    EXPECT_EQ(condition_key_known("bedrock:InferenceProfile"), KeyKnown::No);
    EXPECT_EQ(condition_key_known("login.example.org:sub"), KeyKnown::NotHeld);
}

}  // namespace
}  // namespace kakehashi::check

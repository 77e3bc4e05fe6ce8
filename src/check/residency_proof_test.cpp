#include "check/assumptions.h"
#include "check/judgement.h"
#include "check/model_actions.h"
#include "cloud/example_world.h"
#include "iam/decide.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace kakehashi::check {
namespace {

using cloud::TextEdit;
using Files = std::map<std::string, std::string>;

std::shared_ptr<const cloud::World> world_of(
    const char* example,
    const std::vector<TextEdit>& edits = {},
    const Files& files = {}
) {
    auto world = cloud::example_world(example, edits, files);
    EXPECT_TRUE(world) << (world ? "" : cloud::all_texts(world.error()));
    if (!world) std::exit(1);
    return *std::move(world);
}

std::string shown(const ResidencyProof::Part& part) {
    std::string out = name(part.verdict);
    for (const Doubt& doubt : part.doubts) {
        out += "\n  " + kakehashi::text(doubt.where) + ": " +
               kakehashi::text(doubt.why, ::kakehashi::Language::English);
        if (doubt.witness) out += " [" + doubt.witness->model_id + "]";
    }
    return out;
}

// The request of a witness, asked once more, by other hands than the proof's.
bool declared_principal_may(const cloud::World& world, const Witness& witness) {
    iam::Request request;
    request.action = witness.action;
    request.principal = witness.principal;
    request.resource = witness.resource;
    request.resource_account = witness.resource_account;
    const cloud::Role* role = nullptr;
    for (const auto& [key, values] : witness.context) {
        request.context.set(key, values.front());
        if (key == "aws:PrincipalArn") role = world.role(values.front());
    }
    if (!role) return false;
    iam::PolicySet policies;
    policies.identity = role->identity;
    policies.boundary = role->boundary;
    return iam::decide(request, policies).allowed();
}

// --- edits of the fenced example ---

const TextEdit kNoDeny{"operator.yaml", "Action: bedrock:*\n", "Action: bedrock:None\n"};

TextEdit one_more_statement(const std::string& statement) {
    const std::string before = "              # Converse needs the first action";
    return {"operator.yaml", before, statement + before};
}
std::string statement(const std::string& actions, const std::string& resources) {
    return "              - Effect: Allow\n                " + actions + "\n                " +
           resources + "\n";
}
TextEdit route(const std::string& target, const std::string& destination = "0.0.0.0/0") {
    const std::string before = "  PrivateSubnetARoutes:\n";
    return {
        "municipality.yaml",
        before,
        "  WayOut:\n    Type: AWS::EC2::Route\n    Properties:\n      RouteTableId: !Ref "
        "PrivateRouteTable\n      DestinationCidrBlock: " +
            destination + "\n      " + target + "\n" + before};
}
const TextEdit kEndpointForAll{
    "municipality.yaml",
    "            Condition:\n"
    "              ArnEquals:\n"
    "                aws:PrincipalArn: !Sub "
    "arn:${AWS::Partition}:iam::${OperatorAccount}:role/kakehashi-operator-sample-city\n",
    ""};
const TextEdit kEndpointAnyModel{
    "municipality.yaml",
    "              - !Sub arn:${AWS::Partition}:bedrock:ap-northeast-3::foundation-model/",
    "              - \"*\"\n"
    "              - !Sub arn:${AWS::Partition}:bedrock:ap-northeast-3::foundation-model/"};

struct Row {
    std::string what;
    std::vector<TextEdit> edits;
    Verdict iam, network, both;
    std::string resource = {};  // how that of iam's witness begins
};

constexpr Verdict kProven = Verdict::Proven;
constexpr Verdict kRefuted = Verdict::Refuted;
constexpr Verdict kUnknown = Verdict::Unknown;
constexpr const char* kGlobal = "arn:aws:bedrock:::foundation-model/anthropic.claude-haiku-4-5";

void expect(const Row& row, const Files& files = {}) {
    SCOPED_TRACE(row.what);
    const auto world = world_of("fenced", row.edits, files);
    const ResidencyProof proof = prove_residency(*world);
    EXPECT_EQ(proof.iam.verdict, row.iam) << shown(proof.iam);
    EXPECT_EQ(proof.network.verdict, row.network) << shown(proof.network);
    EXPECT_EQ(proof.both.verdict, row.both) << shown(proof.both);
    for (const auto* part : {&proof.iam, &proof.network, &proof.both}) {
        EXPECT_EQ(part->doubts.empty(), part->verdict == Verdict::Proven);
        for (const Doubt& doubt : part->doubts) {
            EXPECT_EQ(doubt.witness.has_value(), doubt.verdict == Verdict::Refuted);
            EXPECT_NE(doubt.why.id.name(), "check.proof.replay");
            EXPECT_FALSE(doubt.where.file.empty());
        }
    }
    if (row.iam != Verdict::Refuted || proof.iam.doubts.empty()) return;
    const Witness& witness = *proof.iam.doubts.front().witness;
    EXPECT_EQ(witness.resource.substr(0, row.resource.size()), row.resource);
    EXPECT_TRUE(declared_principal_may(*world, witness)) << witness.resource;
}

TEST(ResidencyProof, TheFencedPairIsProvenInAllThree) {
    const auto world = world_of("fenced");
    const ResidencyProof proof = prove_residency(*world);
    EXPECT_EQ(proof.iam.verdict, Verdict::Proven) << shown(proof.iam);
    EXPECT_EQ(proof.network.verdict, Verdict::Proven) << shown(proof.network);
    EXPECT_EQ(proof.both.verdict, Verdict::Proven) << shown(proof.both);
    EXPECT_EQ(proof.verdict(), Verdict::Proven);
    EXPECT_FALSE(proof_assumptions(*world).empty());
}

TEST(ResidencyProof, TheArticleIsRefutedByAGlobalProfile) {
    const auto world = world_of("article");
    const ResidencyProof proof = prove_residency(*world);
    EXPECT_EQ(proof.verdict(), Verdict::Refuted);
    ASSERT_EQ(proof.iam.doubts.size(), 2U) << shown(proof.iam);  // both roles have the policy
    for (const Doubt& doubt : proof.iam.doubts) {
        ASSERT_TRUE(doubt.witness);
        EXPECT_EQ(doubt.witness->action, "bedrock:InvokeModel");
        EXPECT_EQ(doubt.witness->resource.substr(0, std::string(kGlobal).size()), kGlobal);
        EXPECT_EQ(doubt.witness->model_id, "global.anthropic.claude-haiku-4-5-20251001-v1:0");
        EXPECT_TRUE(declared_principal_may(*world, *doubt.witness));
        EXPECT_NE(doubt.where.file.find("AmazonBedrockLimitedAccess"), std::string::npos);
    }
    EXPECT_EQ(proof.network.verdict, Verdict::Refuted);
    ASSERT_FALSE(proof.both.doubts.empty());
    EXPECT_EQ(proof.both.doubts.front().where.file, "municipality.yaml");
    EXPECT_FALSE(proof.both.doubts.front().witness->endpoint.empty());
}

// Beside every model of every Region, the profile alone decides.
TEST(ResidencyProof, FollowsAnApplicationProfileToWhatItCopies) {
    const std::string own = "arn:aws:bedrock:ap-northeast-1:222222222222:";
    const std::string model = "anthropic.claude-haiku-4-5-20251001-v1:0";
    const std::string application = own + "application-inference-profile/abcdefghijkl";
    const auto copies = [&](const std::string& from) {
        return TextEdit{
            "kakehashi.toml",
            "source_region   =",
            "application_profiles = { \"" + application + "\" = \"" + from +
                "\" }\nsource_region   ="};
    };
    const TextEdit through_it = one_more_statement(statement(
        "Action: bedrock:InvokeModel",
        "Resource: arn:aws:bedrock:*::foundation-model/*\n"
        "                Condition: { ArnEquals: { bedrock:InferenceProfileArn: \"" +
            application + "\" } }"
    ));
    const Row rows[] = {
        {"of jp.", {copies("jp." + model)}, kProven, kProven, kProven},
        {"of jp., by its ARN",
         {copies(own + "inference-profile/jp." + model)},
         kProven,
         kProven,
         kProven},
        {"of a model here",
         {copies("arn:aws:bedrock:ap-northeast-1::foundation-model/" + model)},
         kProven,
         kProven,
         kProven},
        {"of global.", {copies("global." + model)}, kRefuted, kProven, kProven, kGlobal},
        {"of eu.", {copies("eu." + model)}, kRefuted, kProven, kProven, "arn:aws:bedrock:eu-"},
        {"of nobody knows what",
         {copies("zz.unheard.of-v1:0")},
         kRefuted,
         kProven,
         kProven,
         kGlobal},
        {"not declared", {}, kRefuted, kProven, kProven, kGlobal},
    };
    for (Row row : rows) {
        row.edits.push_back(kNoDeny);
        row.edits.push_back(through_it);
        expect(row);
    }
}

TEST(ResidencyProof, FindsTheHoleThatAnEditOpens) {
    const std::string any = "Resource: \"*\"";
    const std::string invoke = "Action: bedrock:InvokeModel";
    const std::string far = "arn:aws:bedrock:us-east-1::foundation-model/";
    const Row rows[] = {
        {"without the Deny the resources hold", {kNoDeny}, kProven, kProven, kProven},
        {"any resource, held by the Deny but where the place is unknown",
         {one_more_statement(statement(invoke, any))},
         kRefuted,
         kProven,
         kProven,
         "arn:aws:bedrock:ap-northeast-"},
        {"any resource and no Deny",
         {kNoDeny, one_more_statement(statement(invoke, any))},
         kRefuted,
         kProven,
         kProven,
         kGlobal},
        {"a model abroad and no Deny",
         {kNoDeny, one_more_statement(statement(invoke, "Resource: " + far + "a.b-v1:0"))},
         kRefuted,
         kProven,
         kProven,
         far + "a.b-v1:0"},
        {"a model abroad, behind the Deny",
         {one_more_statement(statement(invoke, "Resource: " + far + "a.b-v1:0"))},
         kProven,
         kProven,
         kProven},
        {"a Region abroad in the Deny's list",
         {{"operator.yaml",
           "                      - ap-northeast-3\n",
           "                      - ap-northeast-3\n                      - us-east-1\n"},
          one_more_statement(statement(invoke, "Resource: arn:aws:bedrock:*::foundation-model/*"))},
         kRefuted,
         kProven,
         kProven,
         far},
        {"models of every Region, behind the Deny",
         {one_more_statement(statement(invoke, "Resource: arn:aws:bedrock:*::foundation-model/*"))},
         kProven,
         kProven,
         kProven},
        {"models of every Region, through the profile of Japan alone",
         {kNoDeny,
          {"operator.yaml",
           "bedrock:ap-northeast-3::foundation-model/",
           "bedrock:*::foundation-model/"}},
         kProven,
         kProven,
         kProven},
        {"everything but S3",
         {kNoDeny, one_more_statement(statement("NotAction: s3:*", any))},
         kRefuted,
         kProven,
         kProven,
         kGlobal},
        {"all resources but one",
         {kNoDeny, one_more_statement(statement(invoke, "NotResource: arn:aws:bedrock:eu-*:*:*"))},
         kRefuted,
         kProven,
         kProven,
         kGlobal},
        {"a managed policy",
         {kNoDeny,
          {"operator.yaml",
           "      # No AWS managed policy:",
           "      ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess]\n"
           "      # No AWS managed policy:"}},
         kRefuted,
         kProven,
         kProven,
         kGlobal},
        {"an endpoint for everybody, to the models of Japan",
         {kEndpointForAll},
         kProven,
         kProven,
         kProven},
        {"an endpoint for everybody, to every model",
         {kEndpointForAll, kEndpointAnyModel},
         kProven,
         kRefuted,
         kRefuted},
        {"an endpoint for the operator's role, to every model",
         {kEndpointAnyModel},
         kProven,
         kRefuted,
         kProven},
        {"the same, and the role may too",
         {kEndpointAnyModel, kNoDeny, one_more_statement(statement(invoke, any))},
         kRefuted,
         kRefuted,
         kRefuted,
         kGlobal},
        {"an agent",
         {one_more_statement(statement("Action: bedrock:InvokeAgent", any))},
         kRefuted,
         kProven,
         kProven,
         "arn:aws:bedrock:ap-northeast-1:222222222222:agent-alias/"},
        {"a way to the internet",
         {route("NatGatewayId: nat-0123456789abcdef0")},
         kProven,
         kRefuted,
         kRefuted},
        {"another", {route("GatewayId: igw-0123456789abcdef0")}, kProven, kRefuted, kRefuted},
        {"a way to who knows where",
         {route("TransitGatewayId: tgw-0123456789abcdef0", "172.16.0.0/12")},
         kProven,
         kUnknown,
         kUnknown},
        {"the same, vouched for",
         {route("TransitGatewayId: tgw-0123456789abcdef0", "172.16.0.0/12"),
          {"kakehashi.toml",
           "external_id  =",
           "trusted_networks = [\"172.16.0.0/12\"]\nexternal_id  ="}},
         kProven,
         kProven,
         kProven},
    };
    for (const Row& row : rows)
        expect(row);
}

// What a hostile review got past an earlier proof, one row each.
TEST(ResidencyProof, IsNotFooledByAnUnusualWayOfNaming) {
    const std::string invoke = "Action: bedrock:InvokeModel";
    const std::string abroad = "Resource: arn:aws:bedrock:us-east-1::foundation-model/*\n";
    const auto endpoint_for = [](const std::string& condition) {
        TextEdit out = kEndpointForAll;
        out.to = "            Condition:\n              " + condition + "\n";
        return out;
    };
    const TextEdit fips{
        "municipality.yaml",
        "  CallerRole:\n",
        "  Fips:\n    Type: AWS::EC2::VPCEndpoint\n    Properties:\n"
        "      VpcEndpointType: Interface\n      VpcId: !Ref Vpc\n"
        "      ServiceName: com.amazonaws.ap-northeast-1.bedrock-runtime-fips\n"
        "      SubnetIds: [!Ref PrivateSubnetA]\n"
        "      SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]\n  CallerRole:\n"};
    const Row rows[] = {
        {"the endpoint of the same service for FIPS", {fips}, kProven, kRefuted, kRefuted},
        {"a key of the network that only a policy variable reads",
         {kNoDeny,
          one_more_statement(statement(
              invoke,
              abroad + "                Condition:\n                  StringNotEquals:\n"
                       "                    aws:RequestedRegion: ${aws:SourceVpce}"
          ))},
         kRefuted,
         kProven,
         kProven,
         "arn:aws:bedrock:us-east-1::foundation-model/"},
        {"a Region that may come, with two digits",
         {kNoDeny,
          one_more_statement(
              statement(invoke, "Resource: arn:aws:bedrock:eu-west-10::foundation-model/*")
          )},
         kRefuted,
         kProven,
         kProven,
         "arn:aws:bedrock:eu-west-10::foundation-model/"},
        {"every account but those that are spelled out",
         {kEndpointAnyModel,
          endpoint_for("StringNotEquals: { aws:PrincipalAccount: [\"111111111111\", "
                       "\"222222222222\", \"999999999999\"] }")},
         kProven,
         kRefuted,
         kRefuted},
        {"an account known by its resources alone",
         {kEndpointAnyModel,
          {"municipality.yaml",
           "              - \"*\"\n",
           "              - arn:aws:bedrock:us-east-1:333333333333:provisioned-model/*\n"},
          endpoint_for("StringEquals: { aws:ResourceAccount: \"333333333333\" }")},
         kProven,
         kRefuted,
         kRefuted},
        {"users by their name",
         {kEndpointAnyModel, endpoint_for("StringLike: { aws:username: eve }")},
         kProven,
         kRefuted,
         kRefuted},
        {"federated users",
         {kEndpointAnyModel,
          endpoint_for("ArnLike: { aws:PrincipalArn: \"arn:aws:sts::*:federated-user/*\" }")},
         kProven,
         kUnknown,
         kUnknown},
    };
    for (const Row& row : rows)
        expect(row);
}

TEST(ResidencyProof, AnotherPolicyClosesTheHoleAgain) {
    const TextEdit hole = one_more_statement(
        statement("Action: bedrock:InvokeModel", "Resource: arn:aws:bedrock:*::foundation-model/*")
    );
    const std::string organization = R"(
[twin.organization]
id = "o-gov"
[[twin.organization.policy]]
type = "SCP"
file = "scp.json"
targets = ["root"]

[twin.operator])";
    const TextEdit scp{"kakehashi.toml", "\n[twin.operator]", organization};
    const std::string guard =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"bedrock:*","Resource":"*",
            "Condition":{"StringNotEquals":{"aws:RequestedRegion":["ap-northeast-1","ap-northeast-3"]}}}]})";
    const std::string leaky = replaced(guard, "\"ap-northeast-3\"", "\"ap-northeast-*\"");
    expect({"open", {kNoDeny, hole}, kRefuted, kProven, kProven, kGlobal});
    expect({"an SCP", {kNoDeny, hole, scp}, kProven, kProven, kProven}, {{"scp.json", guard}});
    expect(
        {"an SCP with a pattern where there is none",
         {kNoDeny, hole, scp},
         kProven,
         kProven,
         kProven},
        {{"scp.json", leaky}}
    );
    expect(
        {"an SCP that lets a neighbour through",
         {kNoDeny, hole, scp},
         kRefuted,
         kProven,
         kProven,
         "arn:aws:bedrock:ap-northeast-2::foundation-model/"},
        {{"scp.json", replaced(leaky, "StringNotEquals", "StringNotLike")}}
    );
    const std::string before = "      # No AWS managed policy:";
    const TextEdit boundary{
        "operator.yaml", before, "      PermissionsBoundary: !Ref Limit\n" + before};
    const TextEdit limit{
        "operator.yaml",
        "Resources:\n",
        "Resources:\n"
        "  Limit:\n"
        "    Type: AWS::IAM::ManagedPolicy\n"
        "    Properties:\n"
        "      PolicyDocument:\n"
        "        Version: \"2012-10-17\"\n"
        "        Statement:\n"
        "          - Effect: Allow\n"
        "            Action: bedrock:*\n"
        "            Resource:\n"
        "              - arn:aws:bedrock:ap-northeast-1:*:*\n"
        "              - arn:aws:bedrock:ap-northeast-3:*:*\n"};
    expect({"a boundary", {kNoDeny, hole, boundary, limit}, kProven, kProven, kProven});
}

// What the proof cannot follow is never taken for a pass, and never for a hole.
TEST(ResidencyProof, SaysUnknownWithTheConstruct) {
    const std::string pinned = statement("Action: bedrock:InvokeModel", "Resource: \"*\"") +
                               "                Condition:\n"
                               "                  StringEquals:\n"
                               "                    aws:RequestTag/region: ${aws:UserAgent}\n";
    const auto world = world_of("fenced", {kNoDeny, one_more_statement(pinned)});
    const ResidencyProof proof = prove_residency(*world);
    ASSERT_FALSE(proof.iam.doubts.empty());
    const Doubt& doubt = proof.iam.doubts.front();
    if (doubt.verdict == Verdict::Refuted) {  // the search may hit on equal texts
        EXPECT_TRUE(declared_principal_may(*world, *doubt.witness));
    } else {
        EXPECT_EQ(doubt.why.id.name(), "check.construct.not_understood");
        EXPECT_EQ(doubt.where.file, "operator.yaml");
        EXPECT_GT(doubt.where.line, 0U);
    }
}

TEST(ModelActions, AreReadAndBeginWithTheMostTelling) {
    ASSERT_FALSE(model_actions().empty());
    EXPECT_EQ(model_actions().front().action, "bedrock:InvokeModel");
    EXPECT_EQ(model_actions().front().resources.front()->name, "foundation-model");
    EXPECT_EQ(model_actions_date().size(), std::string("2026-09-26").size());
    for (const ModelAction& action : model_actions())
        EXPECT_FALSE(action.resources.empty()) << action.action;
}

}  // namespace
}  // namespace kakehashi::check

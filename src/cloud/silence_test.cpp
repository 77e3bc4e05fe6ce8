#include "cloud/example_world.h"
#include "cloud/explanation.h"
#include "cloud/reach.h"

#include <gtest/gtest.h>

namespace kakehashi::cloud {
namespace {

constexpr const char* kAcl = R"(
  Acl:
    Type: AWS::EC2::NetworkAcl
    Properties: {VpcId: !Ref Vpc}
  AclOnA:
    Type: AWS::EC2::SubnetNetworkAclAssociation
    Properties: {SubnetId: !Ref PrivateSubnetA, NetworkAclId: !Ref Acl}
  Everything:
    Type: AWS::EC2::NetworkAclEntry
    Properties: {NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: -1, RuleAction: allow, Egress: true, CidrBlock: 0.0.0.0/0}
  AndBack:
    Type: AWS::EC2::NetworkAclEntry
    Properties: {NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: -1, RuleAction: allow, CidrBlock: 0.0.0.0/0}
  Denied:
    Type: AWS::EC2::NetworkAclEntry
    Properties: {NetworkAclId: !Ref Acl, RuleNumber: 90, Protocol: 6, RuleAction: deny, Egress: true, CidrBlock: 0.0.0.0/0, PortRange: {From: 443, To: 443}}
  PrivateRouteTable:)";
constexpr const char* kClosedAcl = R"(
  Acl:
    Type: AWS::EC2::NetworkAcl
    Properties: {VpcId: !Ref Vpc}
  AclOnA:
    Type: AWS::EC2::SubnetNetworkAclAssociation
    Properties: {SubnetId: !Ref PrivateSubnetA, NetworkAclId: !Ref Acl}
  PrivateRouteTable:)";

struct Fault {
    std::vector<TextEdit> edits;
    const char *service, *finding, *path;  // of the first change
    std::size_t edits_needed = 1;
};

TextEdit m(const char* from, const char* to) {
    return {"municipality.yaml", from, to};
}

std::string shown(const Explanation& why) {
    std::string out;
    for (const Edit& edit : why.edits) {
        for (const Change& change : edit.changes) {
            out += json::serialize(as_json(change)) + "\n";
        }
    }
    return out;
}

// Each obstacle → its finding → the change that opens the way, tried on the files.
TEST(Silence, IsOpenedByOneChange) {
    const TextEdit at_c =
        m("SubnetIds: [!Ref PrivateSubnetA, !Ref PrivateSubnetC]",
          "SubnetIds: [!Ref PrivateSubnetC]");
    const Fault rows[] = {
        {{m("${AWS::Region}.sts", "${AWS::Region}.logs")},
         "sts",
         "no-sts-endpoint",
         "Resources.StsEndpoint2"},
        {{m("${AWS::Region}.bedrock-runtime", "${AWS::Region}.logs")},
         "bedrock-runtime",
         "no-bedrock-endpoint",
         "Resources.BedrockRuntimeEndpoint2"},
        {{}, "codeartifact.api", "", "Resources.CodeartifactApiEndpoint"},
        {{}, "s3", "", "Resources.S3Endpoint", 2},  // and the instance's group lets it out
        {{m("PrivateDnsEnabled: true", "PrivateDnsEnabled: false")},
         "sts",
         "private-dns-off",
         "Resources.StsEndpoint.Properties.PrivateDnsEnabled"},
        {{m("EnableDnsHostnames: true", "EnableDnsHostnames: false")},
         "sts",
         "vpc-dns-off",
         "Resources.Vpc.Properties.EnableDnsHostnames"},
        {{m("EnableDnsSupport: true", "EnableDnsSupport: false")},
         "sts",
         "vpc-dns-off",
         "Resources.Vpc.Properties.EnableDnsSupport"},
        {{m("      SubnetIds: [!Ref PrivateSubnetA, !Ref PrivateSubnetC]\n", "")},
         "sts",
         "endpoint-not-in-az",
         "Resources.StsEndpoint.Properties.SubnetIds"},
        {{m("SourceSecurityGroupId: !GetAtt WorkloadSecurityGroup.GroupId",
            "CidrIp: 192.0.2.0/24")},
         "sts",
         "security-group-closed",
         nullptr},
        {{m("DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId",
            "CidrIp: 192.0.2.0/24")},
         "sts",
         "security-group-closed",
         "Resources.WorkloadSecurityGroup.Properties.SecurityGroupEgress"},
        {{m("VpcEndpointType: Interface", "VpcEndpointType: Gateway")},
         "sts",
         "no-sts-endpoint",
         "Resources.StsEndpoint.Properties.VpcEndpointType"},
        {{at_c, m("\n  PrivateRouteTable:", kAcl)}, "sts", "nacl-closed", "Resources.Denied"},
        {{at_c, m("\n  PrivateRouteTable:", kClosedAcl)},
         "sts",
         "nacl-closed",
         "Resources.CrossingOut",
         2},  // and the answers
    };
    for (const Fault& row : rows) {
        auto world = example_world("fenced", row.edits);
        ASSERT_TRUE(world) << row.service << all_texts(world.error());
        const Place place = *find_place(**world, "sample-city");
        const Explanation why = explain_silence(**world, place, row.service);
        EXPECT_EQ(why.finding, row.finding);
        EXPECT_TRUE(why.proven) << row.service << " " << row.finding << "\n" << shown(why);
        EXPECT_FALSE(why.missing.empty());
        ASSERT_EQ(why.edits.size(), row.edits_needed) << row.finding << "\n" << shown(why);
        const std::string path = why.edits[0].changes[0].path;
        EXPECT_EQ(row.path ? row.path : path, path) << shown(why);
        std::vector<Change> all;
        for (const Edit& edit : why.edits) {
            EXPECT_TRUE(has_text(edit.what.id)) << edit.what.id.name();
            all.insert(all.end(), edit.changes.begin(), edit.changes.end());
        }
        auto again = with_changes(**world, all);
        ASSERT_TRUE(again) << all_texts(again.error());
        const Place there = *find_place(**again, "sample-city");
        EXPECT_TRUE(reach(**again, there, row.service).reachable()) << row.finding;
    }
}

TEST(Silence, OfTheMetadataServiceIsOpenedOnTheInstance) {
    const Fault rows[] = {
        {{m("HttpEndpoint: enabled", "HttpEndpoint: disabled")},
         "",
         "imds-unreachable",
         "Resources.Workload.Properties.MetadataOptions.HttpEndpoint"},
        {{},
         "",
         "imds-hop-limit",
         "Resources.Workload.Properties.MetadataOptions.HttpPutResponseHopLimit"},
        {{m("      IamInstanceProfile: !Ref CallerInstanceProfile\n", "")},
         "",
         "no-instance-profile",
         "Resources.Workload.Properties.IamInstanceProfile"},
        {{m("Service: ec2.amazonaws.com", "Service: lambda.amazonaws.com")},
         "",
         "no-instance-profile",
         "Resources.CallerRole.Properties.AssumeRolePolicyDocument.Statement"},
    };
    for (const Fault& row : rows) {
        auto world = example_world("fenced", row.edits);
        ASSERT_TRUE(world) << all_texts(world.error());
        Place place = *find_place(**world, "sample-city");
        place.hops = 2;
        const Explanation why = explain_metadata(**world, place, row.finding);
        EXPECT_TRUE(why.proven) << row.finding;
        ASSERT_EQ(why.edits.size(), 1U) << row.finding;
        EXPECT_EQ(why.edits[0].changes[0].path, row.path);
    }
}

// What no policy refuses: the account's state, the model, the request.
TEST(Gate, IsOpenedByOneChange) {
    struct Row {
        std::vector<TextEdit> edits;
        const char *finding, *code, *message, *model, *change;
    };
    const auto k = [](const char* from, const char* to) {
        return TextEdit{"kakehashi.toml", from, to};
    };
    constexpr const char* kJp = "jp.anthropic.claude-haiku-4-5-20251001-v1:0";
    const std::string jp = std::string("modelId \"") + kJp + "\"";
    const std::string all_models =
        "twin.operator.subscriptions "
        "[\"anthropic.claude-haiku-4-5-20251001-v1:0\"]";
    const Row rows[] = {
        {{k("\"approved\"", "\"missing\"")},
         "form-missing",
         "ResourceNotFoundException",
         "",
         kJp,
         "twin.operator.use_case_form \"approved\""},
        {{k("\"JP\"", "\"KP\"")},
         "country-refused",
         "ValidationException",
         "",
         kJp,
         "twin.operator.country \"JP\""},
        {{k("[\"anthropic.claude-haiku-4-5-20251001-v1:0\"]\ncountry", "[]\ncountry")},
         "marketplace-missing",
         "AccessDeniedException",
         "",
         kJp,
         all_models.c_str()},
        {{k("country       =", "requests_per_minute = 0\ncountry =")},
         "quota-exceeded",
         "ThrottlingException",
         "Too many requests, please wait",
         kJp,
         "twin.operator.requests_per_minute 1000"},
        {{k("\n[twin.operator]",
            "\n[[twin.reply]]\nerror = \"ThrottlingException\"\n[twin.operator]")},
         "throttled",
         "ThrottlingException",
         "",
         kJp,
         "twin.reply[0].error null"},
        {{},
         "profile-unknown",
         "ValidationException",
         "",
         "anthropic.claude-haiku-4-5-20251001-v1:0",
         jp.c_str()},
        {{},
         "model-legacy",
         "ResourceNotFoundException",
         "",
         "anthropic.claude-3-5-sonnet-20240620-v1:0",
         jp.c_str()},
        {{},
         "wrong-source-region",
         "ValidationException",
         "",
         "us.anthropic.claude-haiku-4-5-20251001-v1:0",
         jp.c_str()},
        {{},
         "wrong-source-region",
         "InvalidSignatureException",
         "",
         kJp,
         "region \"ap-northeast-1\""},
        {{}, "clock-wrong", "InvalidSignatureException", "", kJp, "clock \"now\""},
        {{}, "credentials-expired", "ExpiredTokenException", "", kJp, "credentials \"fresh\""},
    };
    for (const Row& row : rows) {
        auto world = example_world("fenced", row.edits);
        ASSERT_TRUE(world) << row.finding << all_texts(world.error());
        const Role* role = (*world)->role("222222222222", "kakehashi-operator-sample-city");
        const Place place = *find_place(**world, "sample-city");
        const Session caller = *instance_session(**world, *place.instance, {});
        aws::AssumeRoleRequest request;
        request.role_session_name = "kakehashi-x";
        const Session session = assumed_session(*role, caller, request, {}, {});
        GateRefusal refusal;
        refusal.session = &session;
        refusal.finding = row.finding;
        refusal.code = row.code;
        refusal.message = row.message;
        refusal.parameters = {{"modelId", row.model}};
        refusal.context = iam::Context(
            standing_context(**world, session, reach(**world, place, "bedrock-runtime"))
        );
        const Explanation why = explain_gate(**world, refusal);
        EXPECT_TRUE(why.proven) << row.finding << "\n" << shown(why);
        EXPECT_EQ(why.finding, row.finding);
        ASSERT_EQ(why.edits.size(), 1U) << row.finding;
        ASSERT_EQ(why.edits[0].changes.size(), 1U) << row.finding;
        EXPECT_TRUE(has_text(why.edits[0].what.id)) << why.edits[0].what.id.name();
        const Change& change = why.edits[0].changes[0];
        EXPECT_EQ(change.path + " " + json::serialize(change.value), row.change);
    }
}

TEST(Gate, KnowsNoEditWhereTheRequestAloneCanTell) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world);
    GateRefusal refusal;
    refusal.code = "ValidationException";
    const Explanation why = explain_gate(**world, refusal);
    EXPECT_TRUE(why.edits.empty());
    EXPECT_FALSE(why.proven);
}

}  // namespace
}  // namespace kakehashi::cloud

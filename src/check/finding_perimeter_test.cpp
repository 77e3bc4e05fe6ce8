#include "check/finding_test.h"
#include "finding/finding.h"

namespace kakehashi::check {
namespace {

constexpr const char* kFile = "municipality.yaml";

std::vector<cloud::TextEdit> adding(const std::string& resource) {
    return {{kFile, "  CallerRole:\n    Type", resource + "\n  CallerRole:\n    Type"}};
}

const std::string kPeering =
    "  Peering:\n    Type: AWS::EC2::VPCPeeringConnection\n    Properties: { VpcId: !Ref Vpc, "
    "PeerVpcId: vpc-0123456789abcdef0 }\n"
    "  PeerRoute:\n    Type: AWS::EC2::Route\n    Properties:\n      RouteTableId: !Ref "
    "PrivateRouteTable\n      DestinationCidrBlock: 10.99.0.0/16\n      VpcPeeringConnectionId: "
    "!Ref Peering\n";
const std::string kGateway =
    "  Gateway:\n    Type: AWS::EC2::InternetGateway\n  Attachment:\n    Type: "
    "AWS::EC2::VPCGatewayAttachment\n    Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref "
    "Gateway }\n";

const std::vector<FindingRow>& rows() {
    using Edits = FindingRow::Edits;
    using Patch = FindingRow::Patch;
    static const std::string kPolicy =
        "      PolicyDocument: { Version: 2012-10-17, Statement: [{ Effect: Allow, Principal: '*', "
        "Action: 's3:GetObject', Resource: 'arn:aws:s3:::al2023-repos-ap-northeast-1-de612dc2/*' "
        "}] }\n";
    static const std::vector<FindingRow> kRows = {
        {"endpoint-full-access",
         "article",
         {{kFile,
           "      PrivateDnsEnabled: true\n      Tags:\n        - { Key: Name, Value: "
           "municipality-sts }",
           "      PrivateDnsEnabled: true\n      PolicyDocument: { Version: 2012-10-17, Statement: "
           "[{ Effect: Allow, Principal: '*', Action: 'sts:*', Resource: '*', Condition: { "
           "StringEquals: { 'aws:PrincipalAccount': '111111111111' } } }] }\n      Tags:\n        "
           "- { Key: Name, Value: municipality-sts }"}},
         "municipality.yaml#Resources.StsEndpoint",
         Edits::Mend},
        {"endpoint-full-access",
         "fenced",
         {{kFile,
           "            Action: sts:GetCallerIdentity\n            Resource: \"*\"\n            "
           "Condition:\n              ArnEquals:\n                aws:PrincipalArn:\n              "
           "    - !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:role/kakehashi-caller\n        "
           "          - !Sub "
           "arn:${AWS::Partition}:iam::${OperatorAccount}:role/kakehashi-operator-sample-city\n",
           "            Action: sts:*\n            Resource: \"*\"\n"}},
         "municipality.yaml#Resources.StsEndpoint.Properties.PolicyDocument.Statement[1]"},
        {"endpoint-foreign-principal",
         "fenced",
         {{kFile,
           "            Condition:\n              ArnEquals:\n                aws:PrincipalArn: "
           "!Sub "
           "arn:${AWS::Partition}:iam::${OperatorAccount}:role/kakehashi-operator-sample-city\n",
           ""}},
         "municipality.yaml#Resources.BedrockRuntimeEndpoint.Properties.PolicyDocument.Statement["
         "0]"},
        {"endpoint-foreign-principal",
         "fenced",
         {{kFile,
           "                aws:PrincipalArn: !Sub "
           "arn:${AWS::Partition}:iam::${OperatorAccount}:role/",
           "                aws:PrincipalArn: !Sub arn:${AWS::Partition}:iam::*:role/"}},
         "municipality.yaml#Resources.BedrockRuntimeEndpoint.Properties.PolicyDocument.Statement["
         "0]"},
        {"internet-gateway", "fenced", adding(kGateway), "municipality.yaml#Resources.Attachment"},
        {"nat",
         "fenced",
         adding("  Nat:\n    Type: AWS::EC2::NatGateway\n    Properties: { SubnetId: !Ref "
                "PrivateSubnetA, AllocationId: eipalloc-0123456789abcdef0 }\n"),
         "municipality.yaml#Resources.Nat"},
        {"public-address",
         "fenced",
         {{kFile,
           "CidrBlock: 10.20.0.0/24\n      MapPublicIpOnLaunch: false",
           "CidrBlock: 10.20.0.0/24\n      MapPublicIpOnLaunch: true"}},
         "municipality.yaml#Resources.PrivateSubnetA.Properties.MapPublicIpOnLaunch",
         Edits::Break,
         Patch::Mends},
        {"public-address",
         "fenced",
         adding("  Address:\n    Type: AWS::EC2::EIP\n    Properties: { Domain: vpc }\n"),
         "municipality.yaml#Resources.Address"},
        {"egress-open",
         "fenced",
         {{kFile,
           "DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId",
           "CidrIp: 0.0.0.0/0"}},
         "municipality.yaml#Resources.WorkloadSecurityGroup.Properties.SecurityGroupEgress[0]"},
        {"egress-open",
         "article",
         {{kFile,
           "      GroupDescription: The instance\n",
           "      GroupDescription: The instance\n      SecurityGroupEgress: [{ IpProtocol: tcp, "
           "FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/16 }]\n"}},
         "municipality.yaml#Resources.InstanceSecurityGroup",
         Edits::Mend},
        {"s3-gateway-open",
         "article",
         {{kFile,
           "      RouteTableIds: [!Ref PrivateRouteTable]\n",
           "      RouteTableIds: [!Ref PrivateRouteTable]\n" + kPolicy}},
         "municipality.yaml#Resources.S3Endpoint",
         Edits::Mend},
        {"imdsv1",
         "fenced",
         {{kFile, "        HttpTokens: required", "        HttpTokens: optional"}},
         "municipality.yaml#Resources.Workload.Properties.MetadataOptions.HttpTokens",
         Edits::Break,
         Patch::Mends},
        {"imdsv1",
         "fenced",
         {{kFile,
           "      MetadataOptions:\n        HttpEndpoint: enabled\n        HttpTokens: required\n  "
           "      HttpPutResponseHopLimit: 1\n",
           "      MetadataOptions: { HttpEndpoint: enabled, HttpTokens: optional }  # as it "
           "came\n"}},
         "municipality.yaml#Resources.Workload.Properties.MetadataOptions.HttpTokens",
         Edits::Break,
         Patch::Mends},
        {"peering", "fenced", adding(kPeering), "municipality.yaml#Resources.Peering"},
        {"peering", "fenced", adding(kPeering), "municipality.yaml#Resources.PeerRoute"},
        {"hop-limit",
         "fenced",
         {{kFile, "HttpPutResponseHopLimit: 1", "HttpPutResponseHopLimit: 3"}},
         "municipality.yaml#Resources.Workload.Properties.MetadataOptions.HttpPutResponseHopLimit",
         Edits::Break,
         Patch::Mends},
    };
    return kRows;
}

TEST(PerimeterFindings, AreThereWithTheFaultAndNotWithoutIt) {
    for (const FindingRow& row : rows()) {
        SCOPED_TRACE(row.id);
        expect_finding(row, perimeter_findings);
    }
}

TEST(PerimeterFindings, HaveARowEach) {
    for (const finding::Finding& each : finding::all()) {
        if (each.area != finding::Area::Perimeter) continue;
        const auto& all = rows();
        EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const FindingRow& row) {
            return each.id == row.id;
        })) << each.id;
    }
}

TEST(PerimeterFindings, AreSilentForTheFencedPair) {
    const auto world = world_with("fenced", {});
    ASSERT_TRUE(world);
    EXPECT_EQ(all_places(perimeter_findings(*world)), "");
}

TEST(PerimeterFindings, NameEveryInterfaceEndpointOfTheArticle) {
    const auto world = world_with("article", {});
    ASSERT_TRUE(world);
    const auto all = of_id(perimeter_findings(*world), "endpoint-full-access");
    EXPECT_EQ(all.size(), 7U) << all_places(all
    );  // four of the municipality, three of the operator
    for (const Found& found : all) {
        ASSERT_TRUE(found.witness);
        EXPECT_NE(found.witness->endpoint, "");
    }
}

// Networks that a person vouches for are no way out.
TEST(PerimeterFindings, TrustTheNetworksThatSomebodyVouchesFor) {
    auto edits = adding(kPeering);
    edits.push_back(
        {"kakehashi.toml",
         "session_name =",
         "trusted_networks = [\"10.99.0.0/16\"]\nsession_name ="}
    );
    const auto world = world_with("fenced", edits);
    ASSERT_TRUE(world);
    EXPECT_EQ(all_places(of_id(perimeter_findings(*world), "peering")), "");
}

}  // namespace
}  // namespace kakehashi::check

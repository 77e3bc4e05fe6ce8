#include "cloud/reach.h"

#include "cloud/example_world.h"

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
  PrivateRouteTable:)";

TEST(Reach, GoesThroughTheEndpointsOfTheClosedVpc) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world) << all_texts(world.error());
    auto place = find_place(**world, "sample-city");
    ASSERT_TRUE(place);
    for (const char* service : {"sts", "bedrock-runtime"}) {
        const Reach found = reach(**world, *place, service);
        ASSERT_EQ(found.outcome, Reach::Outcome::Endpoint) << service << " " << found.finding;
        EXPECT_EQ(found.endpoint->service, service);
        EXPECT_TRUE(found.source_address.starts_with("10.20."));
        EXPECT_TRUE(found.vpc.starts_with("vpc-"));
    }
    EXPECT_EQ(reach(**world, *place, "bedrock").outcome, Reach::Outcome::Silence);
    EXPECT_EQ(reach(**world, *place, "bedrock").finding, "");  // the crossing does not need it
}

TEST(Reach, IsSilentForEachThingThatIsMissing) {
    struct Row {
        TextEdit edit;
        const char* service = "";
        const char* finding = "";
    };
    const Row rows[] = {
        {{"municipality.yaml", "${AWS::Region}.sts", "${AWS::Region}.logs"},
         "sts",
         "no-sts-endpoint"},
        {{"municipality.yaml", "${AWS::Region}.bedrock-runtime", "${AWS::Region}.logs"},
         "bedrock-runtime",
         "no-bedrock-endpoint"},
        {{"municipality.yaml", "PrivateDnsEnabled: true", "PrivateDnsEnabled: false"},
         "sts",
         "private-dns-off"},
        {{"municipality.yaml", "EnableDnsHostnames: true", "EnableDnsHostnames: false"},
         "sts",
         "vpc-dns-off"},
        {{"municipality.yaml", "EnableDnsSupport: true", "EnableDnsSupport: false"},
         "sts",
         "vpc-dns-off"},
        {{"municipality.yaml",
          "SourceSecurityGroupId: !GetAtt WorkloadSecurityGroup.GroupId",
          "CidrIp: 192.0.2.0/24"},
         "sts",
         "security-group-closed"},
        {{"municipality.yaml",
          "DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId",
          "CidrIp: 192.0.2.0/24"},
         "sts",
         "security-group-closed"},
    };
    for (const auto& [edit, service, finding] : rows) {
        auto world = example_world("fenced", {edit});
        ASSERT_TRUE(world) << edit.to << "\n" << all_texts(world.error());
        auto place = find_place(**world, "sample-city");
        ASSERT_TRUE(place);
        const Reach found = reach(**world, *place, service);
        EXPECT_FALSE(found.reachable()) << edit.to;
        EXPECT_EQ(found.finding, finding) << edit.to;
        EXPECT_FALSE(found.where.file.empty()) << edit.to;
    }
}

TEST(Reach, JudgesNetworkAclsBothWays) {
    const std::string entry = R"(
  AclEntry%:
    Type: AWS::EC2::NetworkAclEntry
    Properties: {NetworkAclId: !Ref Acl, RuleNumber: %, Protocol: 6, RuleAction: allow,
                 Egress: @, CidrBlock: 0.0.0.0/0, PortRange: {From: 443, To: 443}})";
    // The endpoints of both zones: the workload's own subnet has no ACL between, so they move to C.
    const TextEdit other_subnet{
        "municipality.yaml",
        "SubnetIds: [!Ref PrivateSubnetA, !Ref PrivateSubnetC]",
        "SubnetIds: [!Ref PrivateSubnetC]"};
    auto closed = example_world(
        "fenced", {other_subnet, {"municipality.yaml", "\n  PrivateRouteTable:", kAcl}}
    );
    ASSERT_TRUE(closed) << all_texts(closed.error());
    auto place = find_place(**closed, "sample-city");
    ASSERT_TRUE(place);
    EXPECT_EQ(reach(**closed, *place, "sts").finding, "nacl-closed");

    const std::string out = replaced(replaced(entry, "%", "1"), "@", "true");
    std::string back = replaced(replaced(entry, "%", "2"), "@", "false");
    back = replaced(back, "{From: 443, To: 443}", "{From: 1024, To: 65535}");
    auto half = example_world(
        "fenced", {other_subnet, {"municipality.yaml", "\n  PrivateRouteTable:", out + kAcl}}
    );
    ASSERT_TRUE(half) << all_texts(half.error());
    EXPECT_EQ(reach(**half, *find_place(**half, "sample-city"), "sts").finding, "nacl-closed");
    auto open = example_world(
        "fenced", {other_subnet, {"municipality.yaml", "\n  PrivateRouteTable:", out + back + kAcl}}
    );
    ASSERT_TRUE(open) << all_texts(open.error());
    EXPECT_TRUE(reach(**open, *find_place(**open, "sample-city"), "sts").reachable());
}

TEST(Place, IsFoundByItsNames) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world);
    EXPECT_EQ(find_place(**world, "outside")->instance, nullptr);
    EXPECT_EQ(find_place(**world, "sample-city/Workload")->instance->logical_id, "Workload");
    for (const char* unknown : {"", "nowhere", "sample-city/", "sample-city/Other", "operator"}) {
        EXPECT_FALSE(find_place(**world, unknown)) << unknown;
    }
    const Reach outside = reach(**world, Place{}, "sts");
    EXPECT_EQ(outside.outcome, Reach::Outcome::Internet);
    EXPECT_EQ(outside.endpoint, nullptr);
}

}  // namespace
}  // namespace kakehashi::cloud

#include "cloud/reach.h"

#include "cloud/example_world.h"

#include <gtest/gtest.h>

namespace kakehashi::cloud {
namespace {

constexpr const char* kFile = "municipality.yaml";
using Kind = Obstacle::Kind;

// More resources of the municipality's template, indented by two.
TextEdit added(const std::string& resources) {
    return {kFile, "\n  PrivateRouteTable:", "\n" + resources + "\n  PrivateRouteTable:"};
}

std::string acl_of(const char* subnet) {
    return std::string(
               "  Acl:\n    Type: AWS::EC2::NetworkAcl\n    Properties: {VpcId: !Ref Vpc}\n"
               "  AclUse:\n    Type: AWS::EC2::SubnetNetworkAclAssociation\n"
               "    Properties: {NetworkAclId: !Ref Acl, SubnetId: !Ref "
           ) +
           subnet + "}\n";
}

struct Entry {
    int number;
    bool egress;
    const char* action;
    std::uint16_t first, last;
    const char* block = "0.0.0.0/0";
};

std::string entries(const std::vector<Entry>& all) {
    std::string out;
    for (const Entry& one : all) {
        out += "  Entry" + std::to_string(one.number) + (one.egress ? "Out" : "In") +
               ":\n    Type: AWS::EC2::NetworkAclEntry\n    Properties: {NetworkAclId: !Ref Acl, "
               "RuleNumber: " +
               std::to_string(one.number) + ", Protocol: 6, RuleAction: " + one.action +
               ", Egress: " + (one.egress ? "true" : "false") + ", CidrBlock: " + one.block +
               ", PortRange: {From: " + std::to_string(one.first) +
               ", To: " + std::to_string(one.last) + "}}\n";
    }
    return out;
}

const TextEdit kEndpointsInC = {
    kFile,
    "SubnetIds: [!Ref PrivateSubnetA, !Ref PrivateSubnetC]",
    "SubnetIds: [!Ref PrivateSubnetC]"};
const std::string kNat = R"(  Out:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref PrivateRouteTable, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: nat-1}
)";

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
        const char* example = "";
        std::vector<TextEdit> edits;
        const char* service = "";
        Kind kind = Kind::NoEndpoint;
        const char* finding = "";
        const char* where = "";
    };
    const TextEdit no_private_dns{kFile, "PrivateDnsEnabled: true", "PrivateDnsEnabled: false"};
    const TextEdit sts_gateway{
        kFile,
        "      VpcEndpointType: Interface\n      ServiceName: !Sub "
        "com.amazonaws.${AWS::Region}.sts",
        "      VpcEndpointType: Gateway\n      RouteTableIds: [!Ref PrivateRouteTable]\n      "
        "ServiceName: !Sub com.amazonaws.${AWS::Region}.sts"};
    const std::string repositories = "com.amazonaws.${AWS::Region}.codeartifact.repositories";
    const Row rows[] = {
        {"fenced",
         {{kFile, "${AWS::Region}.sts\n", "${AWS::Region}.logs\n"}},
         "sts",
         Kind::NoEndpoint,
         "no-sts-endpoint",
         "Resources.Vpc"},
        {"fenced",
         {{kFile, "${AWS::Region}.bedrock-runtime\n", "${AWS::Region}.bedrock\n"}},
         "bedrock-runtime",
         Kind::NoEndpoint,
         "no-bedrock-endpoint",
         "Resources.Vpc"},
        {"fenced", {}, "bedrock", Kind::NoEndpoint, "", "Resources.Vpc"},
        {"fenced", {}, "s3", Kind::NoEndpoint, "", "Resources.Vpc"},
        {"article",
         {{kFile, repositories, "com.amazonaws.${AWS::Region}.logs"}},
         "codeartifact.repositories",
         Kind::NoEndpoint,
         "",
         "Resources.Vpc"},
        {"fenced",
         {sts_gateway},
         "sts",
         Kind::GatewayForInterface,
         "no-sts-endpoint",
         "Resources.StsEndpoint"},
        {"fenced",
         {no_private_dns},
         "sts",
         Kind::PrivateDnsOff,
         "private-dns-off",
         "Resources.StsEndpoint"},
        {"article",
         {no_private_dns},
         "codeartifact.api",
         Kind::PrivateDnsOff,
         "private-dns-off",
         "Resources.CodeArtifactApiEndpoint"},
        {"fenced",
         {{kFile, "EnableDnsHostnames: true", "EnableDnsHostnames: false"}},
         "sts",
         Kind::DnsHostnamesOff,
         "vpc-dns-off",
         "Resources.Vpc"},
        {"fenced",
         {{kFile, "EnableDnsSupport: true", "EnableDnsSupport: false"}},
         "sts",
         Kind::DnsSupportOff,
         "vpc-dns-off",
         "Resources.Vpc"},
        {"article",
         {{kFile, "EnableDnsSupport: true", "EnableDnsSupport: false"}},
         "s3",
         Kind::DnsSupportOff,
         "vpc-dns-off",
         "Resources.Vpc"},
        {"fenced",
         {{kFile, "SubnetIds: [!Ref PrivateSubnetA, !Ref PrivateSubnetC]", "SubnetIds: []"}},
         "sts",
         Kind::NoInterface,
         "endpoint-not-in-az",
         "Resources.StsEndpoint"},
        {"fenced",
         {{kFile,
           "SourceSecurityGroupId: !GetAtt WorkloadSecurityGroup.GroupId",
           "CidrIp: 192.0.2.0/24"}},
         "sts",
         Kind::GroupIngress,
         "security-group-closed",
         "Resources.EndpointSecurityGroup"},
        {"fenced",
         {{kFile,
           "DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId",
           "CidrIp: 192.0.2.0/24"}},
         "sts",
         Kind::GroupEgress,
         "security-group-closed",
         "Resources.WorkloadSecurityGroup"},
        {"fenced",
         {kEndpointsInC, added(acl_of("PrivateSubnetA"))},
         "sts",
         Kind::NetworkAcl,
         "nacl-closed",
         "Resources.Acl"},
        {"fenced",
         {kEndpointsInC, added(acl_of("PrivateSubnetC"))},
         "sts",
         Kind::NetworkAcl,
         "nacl-closed",
         "Resources.Acl"},
    };
    for (const Row& row : rows) {
        const std::string said = std::string(row.service) + " " + row.where + " " + row.finding;
        auto world = example_world(row.example, row.edits);
        ASSERT_TRUE(world) << said << "\n" << all_texts(world.error());
        const Reach found = reach(**world, *find_place(**world, "sample-city"), row.service);
        EXPECT_FALSE(found.reachable()) << said;
        EXPECT_EQ(found.finding, row.finding) << said;
        EXPECT_EQ(found.where.path, row.where) << said;
        ASSERT_TRUE(found.obstacle) << said;
        EXPECT_EQ(found.obstacle->kind, row.kind) << said;
        const bool no_name = row.kind == Kind::DnsSupportOff;
        EXPECT_EQ(found.outcome == Reach::Outcome::NoName, no_name) << said;
    }
}

TEST(Reach, TellsWhatARuleWouldHaveToLetThrough) {
    auto world = example_world(
        "fenced",
        {{kFile,
          "SourceSecurityGroupId: !GetAtt WorkloadSecurityGroup.GroupId",
          "CidrIp: 192.0.2.0/24"}}
    );
    ASSERT_TRUE(world) << all_texts(world.error());
    const Place place = *find_place(**world, "sample-city");
    const auto closed = reach(**world, place, "sts").obstacle;
    ASSERT_TRUE(closed);
    EXPECT_EQ(closed->endpoint->service, "sts");
    EXPECT_EQ(*closed->groups, closed->endpoint->groups);
    EXPECT_EQ(closed->other_side, place.instance->address);
    EXPECT_EQ(*closed->other_groups, place.instance->groups);
    EXPECT_EQ(closed->vpc->id, place.instance->vpc);
}

TEST(Reach, JudgesNetworkAclsBothWays) {
    const Entry out{1, true, "allow", 443, 443}, back{1, false, "allow", 1024, 65535};
    const Entry in{1, false, "allow", 443, 443}, answer{1, true, "allow", 1024, 65535};
    struct Row {
        const char* subnet;
        std::vector<Entry> entries;
        bool passes;
        bool needed_egress = false;  // of what is refused
    };
    const Row rows[] = {
        {"PrivateSubnetA", {}, false, true},
        {"PrivateSubnetA", {out}, false, false},
        {"PrivateSubnetA", {back}, false, true},
        {"PrivateSubnetA", {out, back}, true},
        {"PrivateSubnetC", {in}, false, true},
        {"PrivateSubnetC", {answer}, false, false},
        {"PrivateSubnetC", {in, answer}, true},
        // The right ports, another side.
        {"PrivateSubnetA", {{1, true, "allow", 443, 443, "10.20.0.0/24"}, back}, false, true},
        {"PrivateSubnetA", {{1, true, "allow", 443, 443, "10.20.1.0/24"}, back}, true},
        {"PrivateSubnetA", {{1, true, "allow", 80, 442}, back}, false, true},
        // Each port is decided by the first entry that has it; all of them have to pass.
        {"PrivateSubnetA", {out, {1, false, "allow", 2000, 65535}}, false, false},
        {"PrivateSubnetA", {out, {1, false, "allow", 1024, 65534}}, false, false},
        {"PrivateSubnetA",
         {out, {1, false, "allow", 2000, 65535}, {2, false, "allow", 1024, 1999}},
         true},
        {"PrivateSubnetA",
         {out, {1, false, "deny", 3389, 3389}, {2, false, "allow", 0, 65535}},
         false,
         false},
        {"PrivateSubnetA", {out, {1, false, "deny", 22, 22}, {2, false, "allow", 0, 65535}}, true},
        {"PrivateSubnetA",
         {out, {1, false, "allow", 0, 65535}, {2, false, "deny", 3389, 3389}},
         true},
    };
    for (const Row& row : rows) {
        const std::string acl = acl_of(row.subnet) + entries(row.entries);
        auto world = example_world("fenced", {kEndpointsInC, added(acl)});
        ASSERT_TRUE(world) << acl << all_texts(world.error());
        const Reach found = reach(**world, *find_place(**world, "sample-city"), "sts");
        EXPECT_EQ(found.reachable(), row.passes) << acl;
        if (!found.obstacle) continue;
        EXPECT_EQ(found.obstacle->kind, Kind::NetworkAcl) << acl;
        EXPECT_EQ(found.obstacle->needed.egress, row.needed_egress) << acl;
        EXPECT_EQ(found.obstacle->acl->where.path, "Resources.Acl") << acl;
        const auto* entry = found.obstacle->entry;
        EXPECT_EQ(entry && !entry->allow, acl.find("deny") != acl.npos) << acl;
    }
}

// A client tries every address that DNS gives.
TEST(Reach, IsEnoughThatOneAddressAnswers) {
    const std::string closed = acl_of("PrivateSubnetC");
    auto one_zone = example_world("fenced", {added(closed)});
    ASSERT_TRUE(one_zone) << all_texts(one_zone.error());
    const auto near = reach(**one_zone, *find_place(**one_zone, "sample-city"), "sts");
    EXPECT_TRUE(near.reachable()) << near.finding;
    // The near interface refuses by its address, the far one is let in.
    auto far = example_world(
        "fenced",
        {{kFile,
          "DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId",
          "CidrIp: 10.20.1.0/24"}}
    );
    ASSERT_TRUE(far) << all_texts(far.error());
    EXPECT_TRUE(reach(**far, *find_place(**far, "sample-city"), "sts").reachable());
}

TEST(Reach, OfS3IsAGatewaysRoute) {
    struct Row {
        std::vector<TextEdit> edits;
        std::optional<Kind> kind;  // none: it is reached
        const char* where = "";
    };
    const std::string group = "GroupDescription: The instance\n      VpcId: !Ref Vpc\n";
    const auto egress = [&](const std::string& to) {
        return TextEdit{
            kFile,
            group,
            group + "      SecurityGroupEgress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, " +
                to + "}]\n"};
    };
    const TextEdit no_association{
        kFile,
        "SubnetId: !Ref PrivateSubnetA\n      RouteTableId",
        "SubnetId: !Ref PrivateSubnetC\n      RouteTableId"};
    const TextEdit interface {
        kFile, "VpcEndpointType: Gateway\n",
            "VpcEndpointType: Interface\n      SubnetIds: [!Ref PrivateSubnetA]\n      "
            "PrivateDnsEnabled: true\n"
    };
    const Entry out{1, true, "allow", 443, 443}, back{1, false, "allow", 1024, 65535};
    const Row rows[] = {
        {{}, std::nullopt},
        {{egress("DestinationPrefixListId: pl-61a54008")}, std::nullopt},
        {{egress("CidrIp: 0.0.0.0/0")}, std::nullopt},
        {{egress("CidrIp: 10.0.0.0/16")}, Kind::GroupEgress, "Resources.InstanceSecurityGroup"},
        {{egress("DestinationPrefixListId: pl-78a54011")},
         Kind::GroupEgress,
         "Resources.InstanceSecurityGroup"},
        {{{kFile, "RouteTableIds: [!Ref PrivateRouteTable]", "RouteTableIds: []"}},
         Kind::RouteTableNotAssociated,
         "Resources.S3Endpoint"},
        {{no_association}, Kind::RouteTableNotAssociated, "Resources.S3Endpoint"},
        {{interface}, Kind::InterfaceForGateway, "Resources.S3Endpoint"},
        {{{kFile, "${AWS::Region}.s3\n", "${AWS::Region}.dynamodb\n"}},
         Kind::NoEndpoint,
         "Resources.Vpc"},
        {{added(acl_of("PrivateSubnetA") + entries({out}))}, Kind::NetworkAcl, "Resources.Acl"},
        {{added(acl_of("PrivateSubnetA") + entries({back}))}, Kind::NetworkAcl, "Resources.Acl"},
        {{added(acl_of("PrivateSubnetA") + entries({out, back}))}, std::nullopt},
        // The ACL of another subnet has no part in it.
        {{added(acl_of("PrivateSubnetC"))}, std::nullopt},
        // What a policy says is a matter of the request.
        {{{kFile,
           "RouteTableIds: [",
           "PolicyDocument: {Version: '2012-10-17', Statement: []}\n      RouteTableIds: ["}},
         std::nullopt},
    };
    for (const Row& row : rows) {
        const std::string said = row.edits.empty() ? "" : row.edits.front().to;
        auto world = example_world("article", row.edits);
        ASSERT_TRUE(world) << said << all_texts(world.error());
        const Place place = *find_place(**world, "sample-city");
        const Reach found = reach(**world, place, "s3");
        EXPECT_EQ(found.reachable(), !row.kind) << said;
        EXPECT_EQ(
            found.finding.empty(),
            !row.kind || row.where == std::string("Resources.S3Endpoint") ||
                *row.kind == Kind::NoEndpoint
        ) << said;
        EXPECT_EQ(found.where.path, row.where) << said;
        EXPECT_EQ(found.obstacle ? std::optional(found.obstacle->kind) : std::nullopt, row.kind)
            << said;
        if (found.reachable()) {
            EXPECT_EQ(found.endpoint->kind, Endpoint::Kind::Gateway);
            EXPECT_EQ(found.source_address, ipv4_text(place.instance->address));
        }
    }
}

TEST(Reach, GoesOverTheInternetWhereARouteLeadsThere) {
    const TextEdit open_group{
        kFile,
        "DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId",
        "CidrIp: 0.0.0.0/0"};
    const TextEdit no_sts{kFile, "${AWS::Region}.sts\n", "${AWS::Region}.logs\n"};
    struct Row {
        std::vector<TextEdit> edits;
        Reach::Outcome outcome;
    };
    const Row rows[] = {
        {{no_sts, open_group, added(kNat)}, Reach::Outcome::Internet},
        {{no_sts, open_group}, Reach::Outcome::Silence},
        {{no_sts, added(kNat)}, Reach::Outcome::Silence},  // its group lets nothing out there
        {{no_sts, open_group, added(kNat + acl_of("PrivateSubnetA"))}, Reach::Outcome::Silence},
        {{open_group, added(kNat)}, Reach::Outcome::Endpoint},  // the name is a private one
    };
    for (const Row& row : rows) {
        auto world = example_world("fenced", row.edits);
        ASSERT_TRUE(world) << all_texts(world.error());
        const Reach found = reach(**world, *find_place(**world, "sample-city"), "sts");
        EXPECT_EQ(found.outcome, row.outcome) << row.edits.back().to;
        EXPECT_EQ(found.obstacle.has_value(), !found.reachable());
    }
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

TEST(Place, IsFoundAmongAHundredMunicipalities) {
    constexpr int kMunicipalities = 100;
    std::string text = read_example("fenced/kakehashi.toml");
    const auto begin = text.find("[[municipality]]");
    const std::string one = text.substr(begin, text.find("\n[bedrock]") - begin);
    std::string all;
    for (int i = 0; i < kMunicipalities; ++i) {
        const std::string name = "city-" + std::to_string(i);
        const std::string account = std::to_string(300000000000 + i);
        all +=
            replaced(replaced(one, "\"sample-city\"", "\"" + name + "\""), "111111111111", account);
    }
    auto world = example_world("fenced", {{"kakehashi.toml", one, all}});
    ASSERT_TRUE(world) << all_texts(world.error());
    for (int i = 0; i < kMunicipalities; ++i) {
        const auto place = find_place(**world, "city-" + std::to_string(i) + "/Workload");
        ASSERT_TRUE(place) << i;
        EXPECT_EQ(place->account, std::to_string(300000000000 + i));
        EXPECT_EQ(place->instance->account, place->account);
        EXPECT_EQ(reach(**world, *place, "sts").endpoint->account, place->account);
    }
    const auto unknown = find_place(**world, "city-100");
    ASSERT_FALSE(unknown);
    const std::string said = kakehashi::text(unknown.error(), Language::English);
    EXPECT_NE(said.find("city-0, "), said.npos) << said;
    EXPECT_EQ(said.find("city-99"), said.npos) << said;  // nobody reads them all
}

}  // namespace
}  // namespace kakehashi::cloud

#include "cloud/names.h"

#include "cloud/example_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>

namespace kakehashi::cloud {
namespace {

constexpr const char* kFile = "municipality.yaml";
using Status = NameAnswer::Status;

std::string text_of(const NameAnswer& answer) {
    if (answer.status == Status::NoSuchName) return "no such name";
    if (answer.status == Status::NoResolver) return "no resolver";
    std::string out;
    for (const Ipv4 address : answer.addresses) {
        out += (out.empty() ? "" : " ") + ipv4_text(address);
    }
    return out;
}

std::string text_of(const std::vector<Ipv4>& addresses) {
    return text_of(NameAnswer{Status::Addresses, addresses});
}

// "in" the VPC, "at" a service's public address, "nobody"'s.
std::string kind_of(const NameAnswer& answer) {
    if (answer.status != Status::Addresses) return text_of(answer);
    const std::string first = ipv4_text(answer.addresses.front());
    if (first.starts_with("10.")) return "in";
    return first.starts_with("198.51.100.") ? "at" : first.starts_with("192.0.2.") ? "nobody" : "?";
}

Place city(const World& world) {
    return *find_place(world, "sample-city");
}

const Endpoint* endpoint_of(const World& world, std::string_view service) {
    for (const Endpoint* endpoint : world.endpoints_in(city(world).instance->vpc)) {
        if (endpoint->service == service) return endpoint;
    }
    return nullptr;
}

const Door* door(const std::vector<Door>& all, std::string_view service, bool is_public = false) {
    for (const Door& each : all) {
        const bool here = each.reach.outcome == Reach::Outcome::Internet ||
                          each.reach.endpoint->kind == Endpoint::Kind::Gateway;
        if (each.service == service && here == is_public) return &each;
    }
    return nullptr;
}

bool has_name(const Door& door, std::string_view name) {
    return std::find(door.names.begin(), door.names.end(), name) != door.names.end();
}

TEST(Names, ResolveAsInTheArticlesVpc) {
    auto world = example_world("article");
    ASSERT_TRUE(world) << all_texts(world.error());
    struct Row {
        const char* name;
        const char* inside;
        const char* outside;
    };
    const std::string long_label(64, 'x');
    const std::string too_long = std::string(63, 'x') + "." + std::string(63, 'x') + "." +
                                 std::string(63, 'x') + "." + std::string(63, 'x') + ".jp";
    const Row rows[] = {
        {"sts.ap-northeast-1.amazonaws.com", "in", "at"},
        {"bedrock-runtime.ap-northeast-1.amazonaws.com", "in", "at"},
        {"codeartifact.ap-northeast-1.amazonaws.com", "in", "at"},
        {"municipality-111111111111.d.codeartifact.ap-northeast-1.amazonaws.com", "in", "at"},
        // Not one of the endpoint's names.
        {"d.codeartifact.ap-northeast-1.amazonaws.com", "nobody", "nobody"},
        {"codeartifact.api.ap-northeast-1.amazonaws.com", "nobody", "nobody"},
        {"x.sts.ap-northeast-1.amazonaws.com", "nobody", "nobody"},
        {"municipality-111111111111.d.codeartifact.ap-northeast-1.on.aws", "nobody", "nobody"},
        {"sts.amazonaws.com", "at", "at"},
        {"sts.us-east-1.amazonaws.com", "nobody", "nobody"},
        {"sts-fips.ap-northeast-1.amazonaws.com", "at", "at"},
        {"sts.ap-northeast-1.api.aws", "at", "at"},
        {"bedrock.ap-northeast-1.amazonaws.com", "at", "at"},
        {"bedrock-runtime.ap-northeast-3.amazonaws.com", "nobody", "nobody"},
        {"s3.ap-northeast-1.amazonaws.com", "at", "at"},
        {"bucket.s3.ap-northeast-1.amazonaws.com", "at", "at"},
        {"a.b.s3.ap-northeast-1.amazonaws.com", "at", "at"},
        {"al2023-repos-ap-northeast-1-de612dc2.s3.dualstack.ap-northeast-1.amazonaws.com",
         "at",
         "at"},
        {"s3.dualstack.ap-northeast-1.amazonaws.com", "at", "at"},
        {".s3.ap-northeast-1.amazonaws.com", "no such name", "no such name"},
        {"bucket.s3.ap-northeast-3.amazonaws.com", "nobody", "nobody"},
        {"pypi.org", "nobody", "nobody"},
        {"ip-10-0-0-5.ap-northeast-1.compute.internal", "in", "no such name"},
        {"ip-10-1-0-5.ap-northeast-1.compute.internal", "no such name", "no such name"},
        {"ip-10.0.0.5.ap-northeast-1.compute.internal", "no such name", "no such name"},
        {"ip-10-0-0.ap-northeast-1.compute.internal", "no such name", "no such name"},
        {"ip-10-0-0-5.ap-northeast-3.compute.internal", "no such name", "no such name"},
        {"vpce-0123456789abcdef0-abcdefgh.sts.ap-northeast-1.vpce.amazonaws.com",
         "no such name",
         "no such name"},
        {"", "no such name", "no such name"},
        {".", "no such name", "no such name"},
        {"com", "no such name", "no such name"},
        {"localhost", "no such name", "no such name"},
        {"app.localhost", "no such name", "no such name"},
        {"printer.local", "no such name", "no such name"},
        {"a..jp", "no such name", "no such name"},
        {"a.jp.", "no such name", "no such name"},
        {"x.invalid", "no such name", "no such name"},
        {"x.test", "no such name", "no such name"},
        {"www.example", "no such name", "no such name"},
        {"www.example.com", "nobody", "nobody"},
        {"metadata.google.internal", "no such name", "no such name"},
        {"5.0.0.10.in-addr.arpa", "no such name", "no such name"},
        {"169.254.169.254", "no such name", "no such name"},
        {"1.2.3", "no such name", "no such name"},
        {too_long.c_str(), "no such name", "no such name"},
    };
    for (const auto& [name, inside, outside] : rows) {
        EXPECT_EQ(kind_of(resolve(**world, city(**world), name)), inside) << name;
        EXPECT_EQ(kind_of(resolve(**world, Place{}, name)), outside) << name;
        EXPECT_EQ(
            text_of(resolve(**world, Place{}, name)), text_of(resolve(**world, Place{}, name))
        );
    }
    EXPECT_EQ(kind_of(resolve(**world, Place{}, long_label + ".jp")), "no such name");
    EXPECT_EQ(kind_of(resolve(**world, Place{}, long_label.substr(1) + ".jp")), "nobody");
}

TEST(Names, GiveTheOwnZoneFirst) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world) << all_texts(world.error());
    const char* sts = "sts.ap-northeast-1.amazonaws.com";
    EXPECT_EQ(text_of(resolve(**world, city(**world), sts)), "10.20.0.10 10.20.1.10");
    auto elsewhere = example_world(
        "fenced", {{kFile, "SubnetId: !Ref PrivateSubnetA  #", "SubnetId: !Ref PrivateSubnetC  #"}}
    );
    ASSERT_TRUE(elsewhere) << all_texts(elsewhere.error());
    EXPECT_EQ(text_of(resolve(**elsewhere, city(**elsewhere), sts)), "10.20.1.10 10.20.0.10");
}

TEST(Names, OfAnEndpointAreKnownEverywhere) {
    auto world = example_world("article");
    ASSERT_TRUE(world) << all_texts(world.error());
    const std::string name = endpoint_of(**world, "sts")->dns_name;
    const auto dot = name.find('.');
    const auto zonal = [&](const std::string& zone) {
        return name.substr(0, dot) + "-ap-northeast-1" + zone + name.substr(dot);
    };
    const Subnet* a = (*world)->subnet(endpoint_of(**world, "sts")->interfaces[0].subnet);
    const Subnet* c = (*world)->subnet(endpoint_of(**world, "sts")->interfaces[1].subnet);
    for (const Place& place : {city(**world), Place{}}) {
        const auto both = resolve(**world, place, name);
        EXPECT_EQ(both.addresses.size(), 2U);
        EXPECT_EQ(
            resolve(**world, place, zonal(a->zone.substr(14))).addresses,
            std::vector{both.addresses[0]}
        );
        EXPECT_EQ(
            resolve(**world, place, zonal(c->zone.substr(14))).addresses,
            std::vector{both.addresses[1]}
        );
        for (const std::string& wrong :
             {zonal("z"),
              zonal(""),
              "x." + name,
              "x" + name,
              name.substr(0, dot) + ".bedrock" + name.substr(dot + 4),
              name.substr(0, dot - 1) + name.substr(dot)}) {
            EXPECT_EQ(text_of(resolve(**world, place, wrong)), "no such name") << wrong;
        }
    }
    EXPECT_TRUE(endpoint_of(**world, "codeartifact.repositories")
                    ->dns_name.ends_with(".d.codeartifact.ap-northeast-1.vpce.amazonaws.com"));
    EXPECT_EQ(endpoint_of(**world, "s3")->dns_name, "");  // a gateway has none
}

TEST(Names, LeadToPublicAddressesWhenPrivateDnsIsOff) {
    const char* sts = "sts.ap-northeast-1.amazonaws.com";
    struct Row {
        TextEdit edit;
        const char* answer;
    };
    const Row rows[] = {
        {{kFile, "PrivateDnsEnabled: true", "PrivateDnsEnabled: false"}, "at"},
        {{kFile, "EnableDnsHostnames: true", "EnableDnsHostnames: false"}, "at"},
        {{kFile, "EnableDnsSupport: true", "EnableDnsSupport: false"}, "no resolver"},
        {{kFile, "${AWS::Region}.sts\n", "${AWS::Region}.logs\n"}, "at"},
        {{kFile, "SubnetIds: [!Ref PrivateSubnetA, !Ref PrivateSubnetC]", "SubnetIds: []"}, "at"},
        // What is closed still has its name.
        {{kFile,
          "SourceSecurityGroupId: !GetAtt WorkloadSecurityGroup.GroupId",
          "CidrIp: 192.0.2.0/24"},
         "in"},
    };
    for (const auto& [edit, answer] : rows) {
        auto world = example_world("fenced", {edit});
        ASSERT_TRUE(world) << edit.to << all_texts(world.error());
        EXPECT_EQ(kind_of(resolve(**world, city(**world), sts)), answer) << edit.to;
        EXPECT_EQ(kind_of(resolve(**world, Place{}, sts)), "at") << edit.to;
    }
    auto logs = example_world("fenced", {{kFile, "${AWS::Region}.sts\n", "${AWS::Region}.logs\n"}});
    ASSERT_TRUE(logs);
    EXPECT_EQ(kind_of(resolve(**logs, city(**logs), "logs.ap-northeast-1.amazonaws.com")), "in");
    EXPECT_EQ(door(doors(**logs, city(**logs)), "logs"), nullptr);  // nobody plays it
}

TEST(Doors, AreWhatTheArticlesInstanceReaches) {
    auto world = example_world("article");
    ASSERT_TRUE(world) << all_texts(world.error());
    const auto all = doors(**world, city(**world));
    EXPECT_EQ(all.size(), 5U);  // no control plane of Bedrock
    for (const char* service :
         {"sts", "bedrock-runtime", "codeartifact.api", "codeartifact.repositories"}) {
        const Door* one = door(all, service);
        ASSERT_NE(one, nullptr) << service;
        EXPECT_EQ(one->addresses.size(), 2U) << service;
        EXPECT_EQ(one->reach.endpoint->service, service);
        EXPECT_EQ(door(all, service, true), nullptr) << service;
    }
    EXPECT_TRUE(has_name(*door(all, "sts"), "sts.ap-northeast-1.amazonaws.com"));
    EXPECT_TRUE(has_name(*door(all, "sts"), "*.sts.ap-northeast-1.vpce.amazonaws.com"));
    EXPECT_FALSE(has_name(*door(all, "sts"), "sts.amazonaws.com"));
    EXPECT_TRUE(has_name(
        *door(all, "codeartifact.repositories"), "*.d.codeartifact.ap-northeast-1.amazonaws.com"
    ));
    const Door* s3 = door(all, "s3", true);
    ASSERT_NE(s3, nullptr);
    EXPECT_EQ(s3->reach.endpoint->kind, Endpoint::Kind::Gateway);
    EXPECT_TRUE(has_name(*s3, "*.s3.dualstack.ap-northeast-1.amazonaws.com"));
    EXPECT_EQ(
        s3->addresses,
        resolve(**world, city(**world), "b.s3.dualstack.ap-northeast-1.amazonaws.com").addresses
    );
}

TEST(Doors, OutsideAreThePublicOnesOfAllServices) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world) << all_texts(world.error());
    const auto all = doors(**world, Place{});
    EXPECT_EQ(all.size(), 6U);
    std::set<Ipv4> addresses;
    for (const Door& each : all) {
        EXPECT_EQ(each.reach.outcome, Reach::Outcome::Internet);
        ASSERT_EQ(each.addresses.size(), 1U);
        addresses.insert(each.addresses.front());
        for (const std::string& name : each.names) {
            EXPECT_EQ(resolve(**world, Place{}, replaced(name, "*", "x")).addresses, each.addresses)
                << name;
        }
    }
    EXPECT_EQ(addresses.size(), 6U);  // two services never share one
}

TEST(Doors, AreTheAddressesThatAnswer) {
    struct Row {
        std::vector<TextEdit> edits;
        const char* addresses;  // of sts; "": no door
    };
    const TextEdit acl{
        kFile,
        "\n  PrivateRouteTable:",
        "\n  Acl:\n    Type: AWS::EC2::NetworkAcl\n    Properties: {VpcId: !Ref Vpc}\n  Use:\n    "
        "Type: AWS::EC2::SubnetNetworkAclAssociation\n    Properties: {NetworkAclId: !Ref Acl, "
        "SubnetId: !Ref PrivateSubnetC}\n  PrivateRouteTable:"};
    const auto from_c = [](const TextEdit& edit) {
        return std::vector<TextEdit>{
            edit, {kFile, "SubnetId: !Ref PrivateSubnetA  #", "SubnetId: !Ref PrivateSubnetC  #"}};
    };
    const Row rows[] = {
        {{}, "10.20.0.10 10.20.1.10"},
        {{acl}, "10.20.0.10"},
        {from_c(acl), "10.20.1.10"},  // inside one subnet no ACL stands between
        {{{kFile,
           "DestinationSecurityGroupId: !GetAtt EndpointSecurityGroup.GroupId",
           "CidrIp: 10.20.1.0/24"}},
         "10.20.1.10"},
        {{{kFile,
           "SourceSecurityGroupId: !GetAtt WorkloadSecurityGroup.GroupId",
           "CidrIp: 192.0.2.0/24"}},
         ""},
        {{{kFile, "${AWS::Region}.sts\n", "${AWS::Region}.logs\n"}}, ""},
        {{{kFile,
           "VpcEndpointType: Interface\n      ServiceName: !Sub com.amazonaws.${AWS::Region}.sts",
           "ServiceName: !Sub com.amazonaws.${AWS::Region}.sts"}},
         ""},
        // Without private DNS who knows the endpoint's own name gets through.
        {{{kFile, "PrivateDnsEnabled: true", "PrivateDnsEnabled: false"}}, "10.20.0.10 10.20.1.10"},
    };
    for (const auto& [edits, addresses] : rows) {
        const std::string said = edits.empty() ? "" : edits.front().to;
        auto world = example_world("fenced", edits);
        ASSERT_TRUE(world) << said << all_texts(world.error());
        const auto all = doors(**world, city(**world));
        const Door* sts = door(all, "sts");
        EXPECT_EQ(sts ? text_of(sts->addresses) : "", addresses) << said;
        if (!sts) continue;
        EXPECT_TRUE(sts->reach.reachable());
        const bool named = has_name(*sts, "sts.ap-northeast-1.amazonaws.com");
        EXPECT_EQ(named, said.find("PrivateDnsEnabled: false") == said.npos) << said;
    }
}

TEST(Doors, OfS3AreAGatewaysOrAnInterfacesButNotForTheSameNames) {
    const std::string interface =
        "VpcEndpointType: Interface\n      SubnetIds: [!Ref PrivateSubnetA]\n      "
        "SecurityGroupIds: [!GetAtt EndpointSecurityGroup.GroupId]\n      PrivateDnsEnabled: "
        "true\n      ";
    const std::string all_resolvers =
        interface + "DnsOptions: {PrivateDnsOnlyForInboundResolverEndpoint: AllResolvers}\n      ";
    struct Row {
        std::string type;
        bool gateway, interface;
        const char* s3;  // where s3.REGION leads
    };
    const Row rows[] = {
        {"VpcEndpointType: Gateway\n      ", true, false, "at"},
        {"", true, false, "at"},  // what an endpoint is that does not say
        {interface, false, true, "at"},
        {all_resolvers, false, true, "in"},
    };
    for (const auto& [type, gateway, through_interface, s3] : rows) {
        auto world = example_world("article", {{kFile, "VpcEndpointType: Gateway\n      ", type}});
        ASSERT_TRUE(world) << type << all_texts(world.error());
        const Place place = city(**world);
        const auto all = doors(**world, place);
        EXPECT_EQ(door(all, "s3", true) != nullptr, gateway) << type;
        const Door* inside = door(all, "s3");
        EXPECT_EQ(inside != nullptr, through_interface) << type;
        EXPECT_EQ(kind_of(resolve(**world, place, "s3.ap-northeast-1.amazonaws.com")), s3) << type;
        EXPECT_EQ(kind_of(resolve(**world, place, "b.s3.ap-northeast-1.amazonaws.com")), s3);
        EXPECT_EQ(
            kind_of(resolve(**world, place, "b.s3.dualstack.ap-northeast-1.amazonaws.com")), "at"
        );
        if (!inside) continue;
        const std::string own = endpoint_of(**world, "s3")->dns_name;
        EXPECT_TRUE(has_name(*inside, "*." + own));
        EXPECT_FALSE(has_name(*inside, "*.s3.dualstack.ap-northeast-1.amazonaws.com"));
        EXPECT_EQ(resolve(**world, place, "bucket." + own).addresses, inside->addresses);
    }
}

TEST(Doors, LeadOverTheInternetWhereARouteDoes) {
    const TextEdit nat{
        kFile,
        "\n  PrivateRouteTable:",
        "\n  Out:\n    Type: AWS::EC2::Route\n    Properties: {RouteTableId: !Ref "
        "PrivateRouteTable, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: nat-1}\n  "
        "PrivateRouteTable:"};
    auto world = example_world("article", {nat});
    ASSERT_TRUE(world) << all_texts(world.error());
    const auto all = doors(**world, city(**world));
    const Door* sts = door(all, "sts", true);
    ASSERT_NE(sts, nullptr);
    EXPECT_TRUE(has_name(*sts, "sts.amazonaws.com"));
    EXPECT_EQ(sts->reach.outcome, Reach::Outcome::Internet);
    ASSERT_NE(door(all, "sts"), nullptr);  // the private name stays private
    EXPECT_NE(door(all, "bedrock", true), nullptr);
    EXPECT_EQ(door(all, "s3", true)->reach.outcome, Reach::Outcome::Endpoint);  // narrower route
}

}  // namespace
}  // namespace kakehashi::cloud

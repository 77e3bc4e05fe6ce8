#include "check/difference.h"

#include "cloud/example_world.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kakehashi::check {
namespace {

using cloud::TextEdit;
using By = OnlyThere::By;

std::shared_ptr<const cloud::World> world_of(const std::vector<TextEdit>& edits) {
    auto world = cloud::example_world("fenced", edits);
    EXPECT_TRUE(world) << (world ? "" : cloud::all_texts(world.error()));
    return world ? *world : nullptr;
}

std::string shown(const Difference& difference) {
    std::string out;
    for (const auto* all : {&difference.gained, &difference.lost}) {
        for (const OnlyThere& each : *all) {
            out += (all == &difference.lost ? "- " : "+ ") + text(each.where) + " " +
                   each.witness.principal + " " + each.witness.action + " " +
                   each.witness.resource + "\n";
        }
    }
    for (const Message& each : difference.unknown)
        out += "? " + text(each, ::kakehashi::Language::English) + "\n";
    return out;
}

TextEdit route(const std::string& target) {
    const std::string before = "  PrivateSubnetARoutes:\n";
    return {
        "municipality.yaml",
        before,
        "  WayOut:\n    Type: AWS::EC2::Route\n    Properties:\n      RouteTableId: !Ref "
        "PrivateRouteTable\n      DestinationCidrBlock: 0.0.0.0/0\n      " +
            target + "\n" + before};
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
const TextEdit kOneMoreModel{
    "operator.yaml",
    "              # Converse needs the first action",
    "              - Effect: Allow\n"
    "                Action: bedrock:InvokeModel\n"
    "                Resource: arn:aws:bedrock:ap-northeast-1::foundation-model/amazon.nova-*\n"
    "              # Converse needs the first action"};

struct Row {
    std::string what;
    std::vector<TextEdit> edits;
    std::optional<By> by;    // of all that is gained; absent: nothing is
    std::string where = {};  // how its file:line#path begins
    std::size_t unknown = 0;
};

// Each edit of the example opens something: it is gained by the one way and lost by the other.
TEST(Difference, TellsWhatAnEditOpensAndByWhat) {
    const Row rows[] = {
        {"nothing", {}, std::nullopt},
        {"a model more for the role", {kOneMoreModel}, By::Policies, "operator.yaml"},
        {"an endpoint policy that lets anybody through",
         {kEndpointForAll},
         By::Network,
         "municipality.yaml"},
        {"an endpoint policy that lets any model through",
         {kEndpointAnyModel},
         By::Network,
         "municipality.yaml"},
        {"a route to the internet",
         {route("GatewayId: igw-0123456789abcdef0")},
         By::Network,
         "municipality.yaml"},
        {"a route to a NAT gateway",
         {route("NatGatewayId: nat-0123456789abcdef0")},
         By::Network,
         "municipality.yaml"},
        {"a route to where nobody looks",
         {route("TransitGatewayId: tgw-0123456789abcdef0")},
         std::nullopt,
         "",
         1},
    };
    const auto plain = world_of({});
    ASSERT_TRUE(plain);
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        const auto edited = world_of(row.edits);
        ASSERT_TRUE(edited);
        const Difference opened = difference(*plain, *edited);
        EXPECT_EQ(opened.gained.empty(), !row.by) << shown(opened);
        EXPECT_TRUE(opened.lost.empty()) << shown(opened);
        EXPECT_EQ(opened.unknown.size(), row.unknown) << shown(opened);
        for (const OnlyThere& each : opened.gained) {
            EXPECT_EQ(each.by, *row.by) << shown(opened);
            EXPECT_TRUE(text(each.where).starts_with(row.where)) << text(each.where);
            EXPECT_NE(each.where.line, 0U);
        }
        const Difference closed = difference(*edited, *plain);
        EXPECT_TRUE(closed.gained.empty()) << shown(closed);
        EXPECT_EQ(closed.lost.size(), opened.gained.size()) << shown(closed);
    }
}

// What was open before is not gained.
TEST(Difference, DoesNotTellOfAnEndpointBesideAWayOut) {
    const auto open = world_of({route("GatewayId: igw-0123456789abcdef0")});
    const auto wider = world_of({route("GatewayId: igw-0123456789abcdef0"), kEndpointForAll});
    ASSERT_TRUE(open && wider);
    EXPECT_TRUE(difference(*open, *wider).gained.empty()) << shown(difference(*open, *wider));
}

}  // namespace
}  // namespace kakehashi::check

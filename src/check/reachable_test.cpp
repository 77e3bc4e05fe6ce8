#include "check/reachable.h"

#include "cloud/example_world.h"

#include <gtest/gtest.h>

namespace kakehashi::check {
namespace {

using Can = Reachable::Can;

TEST(Reachable, KnowsTheCrossingItselfAndItsNeighbours) {
    const auto world = cloud::example_world("fenced");
    ASSERT_TRUE(world);
    const std::string role = "arn:aws:iam::222222222222:role/";
    const std::string models = ":foundation-model/*";
    struct Row {
        std::string principal, action, resource;
        Can can, from_inside;
    };
    const Row rows[] = {
        {"kakehashi-caller",
         "sts:AssumeRole",
         role + "kakehashi-operator-sample-city",
         Can::Yes,
         Can::Yes},
        {"kakehashi-caller",
         "sts:AssumeRole",
         role + "kakehashi-activation-sample-city",
         Can::No,
         Can::No},
        {"kakehashi-caller", "bedrock:InvokeModel", "*", Can::No, Can::No},
        {role + "kakehashi-operator-sample-city",
         "bedrock:InvokeModel",
         "arn:aws:bedrock:ap-northeast-3:" + models,
         Can::Yes,
         Can::Yes},
        {role + "kakehashi-operator-sample-city",
         "bedrock:InvokeModel",
         "arn:aws:bedrock:us-east-1:" + models,
         Can::No,
         Can::No},
    };
    for (const auto& [principal, action, resource, wanted, inside] : rows) {
        const auto answer = can(**world, principal, action, resource);
        ASSERT_TRUE(answer) << resource;
        SCOPED_TRACE(principal + " " + action + " " + resource);
        EXPECT_EQ(answer->by_policies.can, wanted);
        EXPECT_EQ(answer->by_policies.witness.has_value(), wanted == Can::Yes);
        EXPECT_EQ(answer->from_inside.can, inside);
        EXPECT_EQ(answer->from_inside.witness.has_value(), inside == Can::Yes);
    }
}

// An endpoint policy that names another model, a route to where nobody looks.
TEST(Reachable, AsksTheNetworkForWhatPoliciesAllow) {
    struct Row {
        cloud::TextEdit edit;
        Can from_inside;
    };
    const std::string before = "  PrivateSubnetARoutes:\n";
    const auto route = [&](const std::string& target) {
        return cloud::TextEdit{
            "municipality.yaml",
            before,
            "  WayOut:\n    Type: AWS::EC2::Route\n    Properties:\n      RouteTableId: !Ref "
            "PrivateRouteTable\n      DestinationCidrBlock: 0.0.0.0/0\n      " +
                target + "\n" + before};
    };
    const Row rows[] = {
        {{"operator.yaml", "# no edit", "# no edit"}, Can::No},
        {route("GatewayId: igw-0123456789abcdef0"), Can::Yes},
        {route("TransitGatewayId: tgw-0123456789abcdef0"), Can::Unknown},
    };
    const cloud::TextEdit other_model{
        "operator.yaml",
        "              # Converse needs the first action",
        "              - Effect: Allow\n"
        "                Action: bedrock:InvokeModel\n"
        "                Resource: arn:aws:bedrock:ap-northeast-1::foundation-model/amazon.nova-*\n"
        "              # Converse needs the first action"};
    for (const auto& [edit, inside] : rows) {
        std::vector<cloud::TextEdit> edits = {other_model};
        if (edit.from != edit.to) edits.push_back(edit);
        const auto world = cloud::example_world("fenced", edits);
        ASSERT_TRUE(world) << cloud::all_texts(world.error());
        const auto answer =
            can(**world,
                "kakehashi-operator-sample-city",
                "bedrock:InvokeModel",
                "arn:aws:bedrock:ap-northeast-1::foundation-model/amazon.nova-pro-v1:0");
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->by_policies.can, Can::Yes);
        EXPECT_EQ(answer->from_inside.can, inside) << edit.to;
    }
}

TEST(Reachable, RefusesAnActionThatItsServiceDoesNotHave) {
    const auto world = cloud::example_world("fenced");
    ASSERT_TRUE(world);
    struct Row {
        std::string action, nearest;  // "": it is answered
    };
    const Row rows[] = {
        {"bedrock:InvokeModle", "bedrock:InvokeModel"},
        {"bedrok:InvokeModel", "bedrock:InvokeModel"},
        {"sts:AssumRole", "sts:AssumeRole"},
        {"bedrock:invokemodel", ""},
        {"kendra:Query", ""},  // of a service whose actions are not held
    };
    for (const auto& [action, nearest] : rows) {
        const auto answer = can(**world, "kakehashi-caller", action, "*");
        EXPECT_EQ(answer.has_value(), nearest.empty()) << action;
        if (answer || nearest.empty()) continue;
        EXPECT_EQ(answer.error().id.name(), "check.reach.misspelt_action");
        EXPECT_EQ(answer.error().fields.back().second, nearest);
    }
}

}  // namespace
}  // namespace kakehashi::check

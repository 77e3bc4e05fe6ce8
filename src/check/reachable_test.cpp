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
        Can can;
    };
    const Row rows[] = {
        {"kakehashi-caller", "sts:AssumeRole", role + "kakehashi-operator-sample-city", Can::Yes},
        {"kakehashi-caller", "sts:AssumeRole", role + "kakehashi-activation-sample-city", Can::No},
        {"kakehashi-caller", "bedrock:InvokeModel", "*", Can::No},
        {role + "kakehashi-operator-sample-city",
         "bedrock:InvokeModel",
         "arn:aws:bedrock:ap-northeast-3:" + models,
         Can::Yes},
        {role + "kakehashi-operator-sample-city",
         "bedrock:InvokeModel",
         "arn:aws:bedrock:us-east-1:" + models,
         Can::No},
    };
    for (const auto& [principal, action, resource, wanted] : rows) {
        const auto answer = can(**world, principal, action, resource);
        ASSERT_TRUE(answer) << resource;
        EXPECT_EQ(answer->can, wanted) << principal << " " << action << " " << resource;
        EXPECT_EQ(answer->witness.has_value(), wanted == Can::Yes);
    }
}

}  // namespace
}  // namespace kakehashi::check

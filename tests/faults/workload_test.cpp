#include "cloud/example_world.h"
#include "design/render.h"
#include "rehearsal.h"
#include "twin/standpoint.h"

#include <gtest/gtest.h>

namespace kakehashi::faults {
namespace {

// The fenced example with a task or a function that no template makes instead of its instance.
std::shared_ptr<const cloud::World> world_of(const std::string& kind, const std::string& trusted) {
    const std::string city = cloud::read_example("fenced/municipality.yaml");
    const auto begin = city.find("  Workload:\n    Type: AWS::EC2::Instance");
    const auto end = city.find("\nOutputs:", begin);
    const auto world = cloud::example_world(
        "fenced",
        {{"municipality.yaml", city.substr(begin, end - begin), ""},
         {"municipality.yaml", "    Value: !Ref Workload\n", "    Value: none\n"},
         {"municipality.yaml", "Service: ec2.amazonaws.com", "Service: " + trusted},
         {"kakehashi.toml",
          "external_id  =",
          "role_arn = \"arn:aws:iam::222222222222:role/kakehashi-operator-sample-city\"\n"
          "caller = { kind = \"" +
              kind + "\" }\nexternal_id  ="}}
    );
    if (world) return *world;
    ADD_FAILURE() << cloud::all_texts(world.error());
    return nullptr;
}

// What `render` writes into aws-config, and what AWS sets in the environment, lead across.
TEST(Workload, CrossesWithTheProfileThatIsRendered) {
    struct Row {
        const char *kind, *trusted;
        bool crosses;
    };
    for (const auto& [kind, trusted, crosses] :
         {Row{"ecs", "ecs-tasks.amazonaws.com", true},
          Row{"lambda", "lambda.amazonaws.com", true},
          Row{"ecs", "ec2.amazonaws.com", false},
          Row{"lambda", "ecs-tasks.amazonaws.com", false}}) {
        const auto world = world_of(kind, trusted);
        ASSERT_TRUE(world);
        TwinTransport transport;
        session::Machine machine(transport);
        const auto place = cloud::find_place(*world, "sample-city");
        ASSERT_TRUE(place);
        twin::Twin twin(world, *place, {machine.stage.clock, machine.stage});
        transport.join(twin, machine.stage);
        for (const auto& [name, value] : twin.environment(twin.first_standpoint())) {
            machine.environment.values[name] = value.reveal();
        }
        // Keys in the environment come before a profile: a function reads these in another way.
        machine.files.files.emplace("/aws-config", design::aws_config(world->configuration()));
        machine.environment.values["AWS_CONFIG_FILE"] = "/aws-config";
        machine.environment.values["AWS_PROFILE"] = "kakehashi";
        machine.environment.values["AWS_EC2_METADATA_DISABLED"] = "true";
        const auto chain = machine.chain();
        ASSERT_TRUE(chain) << kind;
        const auto found = machine.stage.run(chain->from_profile());
        const bool crossed = found && *found;
        EXPECT_EQ(crossed, crosses) << kind << " " << trusted;
        EXPECT_EQ(transport.calls(twin::Service::Sts), crosses ? 1 : 0);
        const int asked = transport.calls(twin::Service::ContainerCredentials);
        EXPECT_EQ(asked, crosses && std::string(kind) == "ecs" ? 1 : 0);
        EXPECT_EQ(transport.calls(twin::Service::Imds), 0);
    }
}

}  // namespace
}  // namespace kakehashi::faults

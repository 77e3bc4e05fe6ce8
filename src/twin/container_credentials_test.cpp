#include "twin/container_credentials.h"

#include "twin/detail/example_twin.h"

namespace kakehashi::twin {
namespace {

using namespace std::chrono_literals;

// The fenced example with a workload that no template makes instead of its instance, whose role
// `service` may assume.
ExampleTwin with_workload(const std::string& kind, const std::string& service) {
    const std::string city = cloud::read_example("fenced/municipality.yaml");
    const auto begin = city.find("  Workload:\n    Type: AWS::EC2::Instance");
    const auto end = city.find("\nOutputs:", begin);
    return ExampleTwin(
        "fenced",
        {{"municipality.yaml", city.substr(begin, end - begin), ""},
         {"municipality.yaml", "    Value: !Ref Workload\n", "    Value: none\n"},
         {"municipality.yaml", "Service: ec2.amazonaws.com", "Service: " + service},
         {"kakehashi.toml",
          "external_id  =",
          "caller = { kind = \"" + kind + "\" }\nexternal_id  ="}}
    );
}

std::map<std::string, std::string> environment(ExampleTwin& example) {
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : example.twin->environment(example.twin->first_standpoint())) {
        out[name] = value.reveal();
    }
    return out;
}

TEST(ContainerCredentials, AreATasksAlone) {
    ExampleTwin example = with_workload("ecs", "ecs-tasks.amazonaws.com");
    EXPECT_TRUE(example.twin->reach(Service::ContainerCredentials).reachable());
    EXPECT_FALSE(example.twin->reach(Service::Imds).reachable());
    EXPECT_EQ(example.twin->reach(Service::Imds).finding, "");
    EXPECT_EQ(example.get(Service::Imds, "/latest/meta-data/").status, 404);
    const auto variables = environment(example);
    ASSERT_EQ(variables.size(), 1U);
    const std::string path = variables.at("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const Received first = example.get(Service::ContainerCredentials, path);
    ASSERT_EQ(first.status, 200);
    EXPECT_TRUE(first.member("AccessKeyId").starts_with("ASIA"));
    EXPECT_EQ(first.member("RoleArn"), "arn:aws:iam::111111111111:role/kakehashi-caller");
    EXPECT_FALSE(first.member("Token").empty() || first.member("Expiration").empty());
    EXPECT_EQ(example.get(Service::ContainerCredentials, path).body, first.body);
    example.twin->advance(6h);
    const Received later = example.get(Service::ContainerCredentials, path);
    EXPECT_NE(later.member("AccessKeyId"), first.member("AccessKeyId"));
    for (const std::string& wrong : {std::string("/"), path + "/", path + "?x", path.substr(1)}) {
        EXPECT_EQ(example.get(Service::ContainerCredentials, wrong).status, 404) << wrong;
    }
    EXPECT_EQ(example.get(Service::ContainerCredentials, path, {}, "POST").status, 405);
}

TEST(ContainerCredentials, NeedARoleThatTrustsTheService) {
    ExampleTwin example = with_workload("ecs", "ec2.amazonaws.com");
    EXPECT_TRUE(environment(example).empty());
    const cloud::Place& place = example.twin->first_standpoint().place();
    const Received none =
        example.get(Service::ContainerCredentials, container_credentials_path(*place.instance));
    EXPECT_EQ(none.status, 404);
    EXPECT_EQ(none.member("code"), "NoCredentialsAssociated");
    const auto why = example.twin->explain(std::nullopt, Language::English);
    ASSERT_TRUE(why);
    EXPECT_NE(why->find("no-instance-profile"), std::string::npos);
}

TEST(Environment, HoldsAFunctionsCredentials) {
    ExampleTwin example = with_workload("lambda", "lambda.amazonaws.com");
    const auto variables = environment(example);
    ASSERT_EQ(variables.size(), 4U);
    EXPECT_FALSE(variables.at("AWS_LAMBDA_FUNCTION_NAME").empty());
    const aws::Credentials credentials{
        variables.at("AWS_ACCESS_KEY_ID"),
        SecretString(std::string(variables.at("AWS_SECRET_ACCESS_KEY"))),
        SecretString(std::string(variables.at("AWS_SESSION_TOKEN")))};
    const Received who = example.call(
        Service::Sts,
        "sts",
        {"GET", "/?Action=GetCallerIdentity&Version=2011-06-15"},
        credentials,
        "sts.ap-northeast-1.amazonaws.com"
    );
    EXPECT_EQ(who.status, 200) << who.body;
    EXPECT_NE(who.body.find("assumed-role/kakehashi-caller/"), std::string::npos);
    for (Service service : {Service::Imds, Service::ContainerCredentials}) {
        EXPECT_FALSE(example.twin->reach(service).reachable());
    }
    ExampleTwin stranger = with_workload("lambda", "ec2.amazonaws.com");
    EXPECT_TRUE(environment(stranger).empty());
}

TEST(Environment, SaysNothingToAnInstanceOrOutside) {
    ExampleTwin instance("fenced");
    EXPECT_TRUE(environment(instance).empty());
    EXPECT_EQ(instance.get(Service::ContainerCredentials, "/v2/credentials/0").status, 404);
    ExampleTwin outside("fenced", {}, "outside");
    EXPECT_TRUE(environment(outside).empty());
    EXPECT_EQ(outside.twin->reach(Service::Imds).finding, "imds-unreachable");
}

}  // namespace
}  // namespace kakehashi::twin

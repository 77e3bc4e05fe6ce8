#include "cloud/example_world.h"
#include "cloud/reach.h"
#include "cloud/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What kakehashi.toml vouches for where no template says it, and workloads that are no instances.
namespace kakehashi::cloud {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;
constexpr TimePoint kNow{1'795'509'217s};

constexpr std::string_view kToml = R"(
[operator]
account = "222222222222"
template = "operator.yaml"
[[municipality]]
name = "city"
account = "111111111111"
template = "municipality.yaml"
)";

constexpr std::string_view kOperator = R"(Resources:
  Nothing: { Type: AWS::Logs::LogGroup }
)";

// A role, two groups and an endpoint in a VPC that is there already.
constexpr std::string_view kTown = R"(Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: kakehashi-caller
      AssumeRolePolicyDocument:
        Statement: { Effect: Allow, Principal: { Service: SERVICE }, Action: sts:AssumeRole }
  Workloads:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: workloads
      VpcId: vpc-0a
  Endpoints:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: endpoints
      VpcId: vpc-0a
      SecurityGroupIngress: [{ IpProtocol: tcp, FromPort: 443, ToPort: 443, SourceSecurityGroupId: !Ref Workloads }]
  Sts:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      ServiceName: com.amazonaws.ap-northeast-1.sts
      VpcId: vpc-0a
      SubnetIds: [subnet-0c]
      SecurityGroupIds: [!Ref Endpoints]
      PrivateDnsEnabled: true
)";

std::string town(const std::string& service, const std::string& more = "") {
    return replaced(std::string(kTown), "SERVICE", service) + more;
}

Expected<std::shared_ptr<const World>, Problems> build(
    const std::string& municipality,
    const std::string& more_toml
) {
    auto configuration =
        config::read_configuration(std::string(kToml) + more_toml, "kakehashi.toml");
    EXPECT_TRUE(configuration) << more_toml;
    if (!configuration) return Failure{std::move(configuration).error()};
    return build_world(
        *std::move(configuration),
        {{"operator.yaml", std::string(kOperator)}, {"municipality.yaml", municipality}}
    );
}

std::shared_ptr<const World> built(const std::string& town, const std::string& more_toml) {
    auto world = build(town, more_toml);
    EXPECT_TRUE(world) << (world ? "" : all_texts(world.error()));
    return world ? *std::move(world) : nullptr;
}

std::vector<std::string> assumptions(const World& world) {
    std::vector<std::string> out;
    for (const Message& message : world.assumptions()) {
        out.push_back(message.id.name());
        EXPECT_EQ(text(message, Language::Japanese).find('{'), std::string::npos);
    }
    return out;
}

const std::string kExisting =
    "vpc = { id = \"vpc-0a\", subnets = [\"subnet-0a\", \"subnet-0b\"], endpoint_subnets = "
    "[\"subnet-0c\"], cidr = \"10.30.0.0/20\" }\n";

TEST(Assume, StandsOnAnExistingVpc) {
    const auto world = built(town("ec2.amazonaws.com"), kExisting);
    ASSERT_NE(world, nullptr);
    const Vpc* vpc = world->vpc("vpc-0a");
    ASSERT_NE(vpc, nullptr);
    EXPECT_TRUE(vpc->dns_support && vpc->dns_hostnames);
    EXPECT_EQ(vpc->where.line, 9U);
    ASSERT_NE(world->subnet("subnet-0c"), nullptr);
    EXPECT_NE(world->subnet("subnet-0a")->zone, world->subnet("subnet-0b")->zone);
    EXPECT_THAT(
        assumptions(*world),
        ElementsAre(
            "cloud.assumption.vpc",
            "cloud.assumption.routes",
            "cloud.assumption.dns",
            "cloud.assumption.workload"
        )
    );
}

TEST(Assume, TakesWhatIsSaidAboutDns) {
    const auto world = built(
        town("ec2.amazonaws.com"),
        replaced(kExisting, "cidr =", "dns_support = true, dns_hostnames = false, cidr =")
    );
    ASSERT_NE(world, nullptr);
    EXPECT_FALSE(world->vpc("vpc-0a")->dns_hostnames);
    EXPECT_EQ(assumptions(*world).size(), 3U);
    EXPECT_EQ(reach(*world, *find_place(*world, "city"), "sts").finding, "vpc-dns-off");
}

// In every subnet, in the groups that are no endpoint's, with the role's credentials if that kind
// of workload may have them.
TEST(Assume, PutsAWorkloadWhereNoTemplateMakesOne) {
    struct Row {
        const char *kind, *service, *session;
    };
    constexpr Row kRows[] = {
        {"ec2", "ec2.amazonaws.com", ":assumed-role/kakehashi-caller/i-"},
        {"ecs", "ecs-tasks.amazonaws.com", ":assumed-role/kakehashi-caller/"},
        {"lambda", "lambda.amazonaws.com", ":assumed-role/kakehashi-caller/kakehashi"},
        {"lambda", "ec2.amazonaws.com", nullptr},
        {"ec2", "lambda.amazonaws.com", nullptr},
    };
    for (const Row& row : kRows) {
        const auto world =
            built(town(row.service), kExisting + "caller = { kind = \"" + row.kind + "\" }\n");
        ASSERT_NE(world, nullptr);
        ASSERT_EQ(world->instances().size(), 3U);  // of nobody's outputs: every subnet of the VPC
        const Instance& first = world->instances().front();
        EXPECT_TRUE(first.assumed);
        EXPECT_EQ(first.logical_id, "Workload");
        EXPECT_EQ(first.subnet, "subnet-0a");
        EXPECT_EQ(first.groups.size(), 1U);
        const auto place = find_place(*world, "city/Workload-2");
        ASSERT_TRUE(place);
        EXPECT_TRUE(reach(*world, *place, "sts").reachable());
        const auto session = instance_session(*world, first, kNow);
        EXPECT_EQ(session.has_value(), row.session != nullptr) << row.kind << row.service;
        if (!session) continue;
        EXPECT_NE(session->arn.find(row.session), std::string::npos) << session->arn;
    }
}

TEST(Assume, TakesPlaceAndGroupFromTheOutputs) {
    const auto world = built(
        town(
            "ec2.amazonaws.com",
            "Outputs:\n"
            "  WorkloadSubnetIds: { Value: !Join [',', [subnet-0b]] }\n"
            "  WorkloadSecurityGroupId: { Value: !Ref Endpoints }\n"
        ),
        kExisting
    );
    ASSERT_NE(world, nullptr);
    ASSERT_EQ(world->instances().size(), 1U);
    EXPECT_EQ(world->instances()[0].subnet, "subnet-0b");
    EXPECT_FALSE(reach(*world, *find_place(*world, "city"), "sts").reachable());
}

// Physical ids of what a template makes are made up; a person knows the logical id.
TEST(Assume, NamesSubnetsAsTheirTemplateDoes) {
    const auto world = built(
        town(
            "ec2.amazonaws.com",
            "  PrivateSubnetA:\n"
            "    Type: AWS::EC2::Subnet\n"
            "    Properties: { VpcId: vpc-0a, CidrBlock: 10.30.8.0/24 }\n"
            "Outputs:\n"
            "  WorkloadSubnetIds: { Value: !Join [',', [!Ref PrivateSubnetA, subnet-0b]] }\n"
        ),
        kExisting
    );
    ASSERT_NE(world, nullptr);
    ASSERT_FALSE(world->assumptions().empty());
    const std::string said = text(world->assumptions().back(), Language::English);
    EXPECT_NE(said.find("in PrivateSubnetA, subnet-0b,"), said.npos) << said;
}

TEST(Assume, PutsNobodyWhereTheRoleIsMissingOrAnInstanceIs) {
    const auto other = built(town("ec2.amazonaws.com"), kExisting + "caller = { role = \"x\" }\n");
    ASSERT_NE(other, nullptr);
    EXPECT_TRUE(other->instances().empty());
    EXPECT_FALSE(find_place(*other, "city"));
    const auto fenced = example_world("fenced");
    ASSERT_TRUE(fenced);
    EXPECT_EQ((*fenced)->instances().size(), 1U);
    EXPECT_FALSE((*fenced)->instances()[0].assumed);
    EXPECT_TRUE((*fenced)->assumptions().empty());
}

constexpr std::string_view kFunction = R"(  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: ask
      Code: { ZipFile: "" }
      Role: !GetAtt Role.Arn
      VpcConfig: { SubnetIds: [subnet-0a, subnet-0b], SecurityGroupIds: [!Ref Workloads] }
)";

TEST(Workloads, StandInTheSubnetsOfFunctionsAndServices) {
    const auto lambda = built(town("lambda.amazonaws.com", std::string(kFunction)), kExisting);
    ASSERT_NE(lambda, nullptr);
    ASSERT_EQ(lambda->instances().size(), 2U);
    EXPECT_EQ(lambda->instances()[1].logical_id, "Function-2");
    const auto function = instance_session(*lambda, lambda->instances()[0], kNow);
    ASSERT_TRUE(function);
    EXPECT_EQ(function->arn, "arn:aws:sts::111111111111:assumed-role/kakehashi-caller/ask");
    EXPECT_TRUE(reach(*lambda, *find_place(*lambda, "city"), "sts").reachable());

    const auto ecs = built(
        town("ecs-tasks.amazonaws.com", R"(  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: { TaskRoleArn: !GetAtt Role.Arn }
  Service:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      NetworkConfiguration:
        AwsvpcConfiguration: { Subnets: [subnet-0a], SecurityGroups: [!Ref Workloads], AssignPublicIp: ENABLED }
)"),
        kExisting
    );
    ASSERT_NE(ecs, nullptr);
    ASSERT_EQ(ecs->instances().size(), 1U);
    EXPECT_TRUE(ecs->instances()[0].public_address);
    EXPECT_TRUE(instance_session(*ecs, ecs->instances()[0], kNow));
}

TEST(Workloads, TakeACustomResourceWhoseFunctionIsSeen) {
    const std::string resource = std::string(kFunction) + R"(  Logging:
    Type: Custom::KakehashiInvocationLogging
    Properties: { ServiceToken: TOKEN, LogGroupName: g, RoleArn: !GetAtt Role.Arn }
)";
    EXPECT_TRUE(build(
        town("lambda.amazonaws.com", replaced(resource, "TOKEN", "!GetAtt Function.Arn")), kExisting
    ));
    const auto foreign = build(
        town(
            "lambda.amazonaws.com",
            replaced(resource, "TOKEN", "arn:aws:lambda:ap-northeast-1:333333333333:function:other")
        ),
        kExisting
    );
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().front().what.id.name(), "cloud.reference.unknown");
}

// A value goes to the templates that declare it; what none declares is a problem.
TEST(Parameters, GoToTheTemplatesThatDeclareThem) {
    const std::string first = "Parameters: { A: { Type: String } }\n" + std::string(kOperator);
    const std::string second = "Parameters: { B: { Type: String } }\n" + std::string(kOperator);
    const auto with = [&](const std::string& parameters) {
        const std::string toml = replaced(
            std::string(kToml),
            "template = \"operator.yaml\"",
            "template = [\"a.yaml\", \"b.yaml\"]\nparameters = " + parameters
        );
        return build_world(
            *config::read_configuration(toml, "kakehashi.toml"),
            {{"a.yaml", first}, {"b.yaml", second}, {"municipality.yaml", std::string(kOperator)}}
        );
    };
    EXPECT_TRUE(with("{ A = \"1\", B = \"2\" }"));
    const auto missing = with("{ A = \"1\" }");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().front().what.id.name(), "cfn.parameter.missing");
    const auto unknown = with("{ A = \"1\", B = \"2\", Unheard = \"3\" }");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().size(), 1U);
    EXPECT_EQ(unknown.error().front().what.id.name(), "cfn.parameter.unknown");
}

}  // namespace
}  // namespace kakehashi::cloud

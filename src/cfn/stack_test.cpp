#include "cfn/stack.h"

#include "cfn/detail/attributes.h"
#include "cfn/detail/resource_types.h"

#include <gtest/gtest.h>

#include <regex>

namespace kakehashi::cfn {
namespace {

StackSettings settings() {
    StackSettings out;
    out.name = "town";
    out.account = "111111111111";
    out.region = "ap-northeast-1";
    return out;
}

Expected<Stack, Problems> resolved(std::string_view text, const StackSettings& with = settings()) {
    auto read = read_template(text, "town.yaml");
    if (!read) return Failure{std::move(read).error()};
    return resolve(*read, with);
}

constexpr std::string_view kTown = R"(Conditions:
  Open: !Equals [1, 2]
Resources:
  Role:
    Type: AWS::IAM::Role
    DependsOn: [Vpc, Logs]
    DeletionPolicy: Retain
    Metadata: {anything: !Sub "${Nowhere}"}
    Properties:
      Path: /gov/
      MaxSessionDuration: "3600"
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - !If
            - Open
            - Effect: Allow
            - !Ref AWS::NoValue
          - Effect: Deny
            Action: sts:AssumeRole
          - !If
            - Open
            - Effect: Deny
            - Effect: Allow
              Action: "*"
      Policies:
        - PolicyName: log
          PolicyDocument: {Resource: !GetAtt Logs.Arn}
  Profile:
    Type: AWS::IAM::InstanceProfile
    Properties: {Roles: [!Ref Role]}
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: p
      PolicyDocument: '{"Version": "2012-10-17"}'
      Roles: [!Ref Role]
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /town/log, NoSuchProperty: !Ref Nowhere}
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16, EnableDnsSupport: "true", EnableDnsHostnames: true}
  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !GetAtt Vpc.VpcId
      ServiceName: com.amazonaws.ap-northeast-1.sts
      VpcEndpointType: Interface
      SubnetIds: [!Ref A, !Ref A]
  Token:
    Type: AWS::EC2::VPCEndpoint
    Properties: {VpcId: !Ref Vpc, ServiceName: com.amazonaws.ap-northeast-1.codeartifact.api}
  Packages:
    Type: AWS::EC2::VPCEndpoint
    Properties: {VpcId: !Ref Vpc, ServiceName: com.amazonaws.ap-northeast-1.codeartifact.repositories}
  Public:
    Type: AWS::EC2::InternetGateway
    Condition: Open
Outputs:
  RoleArn: {Value: !GetAtt Role.Arn, Export: {Name: !Sub "${AWS::StackName}-role"}}
  Enis: {Value: !Join [" ", !GetAtt Endpoint.NetworkInterfaceIds]}
  Closed: {Condition: Open, Value: !Ref Public}
)";

TEST(Stack, HoldsPlainValuesOfTheKindsThatTypesSay) {
    const auto stack = resolved(kTown);
    ASSERT_TRUE(stack) << text(stack.error().front(), Language::English);
    std::string order;
    for (const Resource& one : stack->resources) {
        order += one.logical_id + " ";
    }
    EXPECT_EQ(order, "Role Profile Policy Vpc A Endpoint Token Packages ");
    const Resource& role = *stack->find("Role");
    EXPECT_EQ(role.type, "AWS::IAM::Role");
    EXPECT_EQ(role.line, 4U);
    EXPECT_EQ(
        json::serialize(role.properties),
        R"({"Path":"/gov/","MaxSessionDuration":3600,"AssumeRolePolicyDocument":{"Version":"2012-10-17",)"
        R"("Statement":[{"Effect":"Deny","Action":"sts:AssumeRole"},{"Effect":"Allow","Action":"*"}]},)"
        R"("Policies":[{"PolicyName":"log","PolicyDocument":{"Resource":"arn:aws:logs:ap-northeast-1:111111111111:log-group:/town/log:*"}}]})"
    );
    EXPECT_EQ(
        json::serialize(stack->find("Vpc")->properties),
        R"({"CidrBlock":"10.0.0.0/16","EnableDnsSupport":true,"EnableDnsHostnames":true})"
    );
    EXPECT_EQ(
        json::find_string(stack->find("Policy")->properties, "PolicyDocument"),
        R"({"Version": "2012-10-17"})"
    );
    EXPECT_FALSE(stack->find("Public"));
    EXPECT_FALSE(stack->find("Logs"));
}

TEST(Stack, GivesAnIdBeforeItIsResolved) {
    const auto stack = resolved(kTown);
    ASSERT_TRUE(stack);
    for (const char* id : {"Vpc", "A", "Endpoint"}) {
        const Resource& resource = *stack->find(id);
        EXPECT_EQ(physical_id(settings(), resource.type, id), resource.physical_id);
    }
    EXPECT_EQ(physical_id(settings(), "AWS::IAM::Role", "Role"), std::nullopt);  // has a name
    EXPECT_EQ(physical_id(settings(), "AWS::EC2::EIP", "Eip"), std::nullopt);
}

TEST(Stack, KnowsTheLineBehindEachPartThroughConditions) {
    const auto stack = resolved(kTown);
    ASSERT_TRUE(stack);
    const std::pair<std::string_view, std::size_t> rows[] = {
        {"Resources.Role", 4},
        {"Resources.Role.Properties", 9},
        {"Resources.Role.Properties.AssumeRolePolicyDocument.Statement[0]", 19},
        {"Resources.Role.Properties.AssumeRolePolicyDocument.Statement[0].Action", 20},
        {"Resources.Role.Properties.AssumeRolePolicyDocument.Statement[1]", 24},
        {"Resources.Role.Properties.AssumeRolePolicyDocument.Statement[1].Action", 25},
        {"Resources.Role.Properties.AssumeRolePolicyDocument.Statement[1].NotThere", 24},
        {"Resources.Role.Properties.Policies[0].PolicyDocument", 28},
        {"Resources.Nothing", 3},
        {"Nothing", 0},
        {"", 1},
    };
    for (const auto& [path, line] : rows) {
        EXPECT_EQ(stack->line_of(path), line) << path;
    }
}

TEST(Stack, NamesThingsAsAwsDoes) {
    const auto stack = resolved(kTown);
    ASSERT_TRUE(stack);
    const auto id = [&](std::string_view name) { return stack->find(name)->physical_id; };
    const auto attribute = [&](std::string_view name, std::string_view which) {
        const auto value = stack->attribute(name, which);
        return value ? json::serialize(*value) : "-";
    };
    const std::pair<std::string, std::string> rows[] = {
        {id("Role"), "town-Role-[A-Z0-9]{12}"},
        {attribute("Role", "Arn"), "\"arn:aws:iam::111111111111:role/gov/" + id("Role") + "\""},
        {attribute("Role", "RoleId"), "\"AROA[A-Z0-9]{17}\""},
        {attribute("Role", "RoleIdd"), "-"},
        {attribute("Nobody", "Arn"), "-"},
        {id("Profile"), "town-Profile-[A-Z0-9]{12}"},
        {id("Policy"), "arn:aws:iam::111111111111:policy/p"},
        {id("Vpc"), "vpc-[0-9a-f]{17}"},
        {id("A"), "subnet-[0-9a-f]{17}"},
        {id("Endpoint"), "vpce-[0-9a-f]{17}"},
        {attribute("Endpoint", "DnsEntries"),
         R"(\["Z[A-Z0-9]{13}:vpce-[0-9a-f]{17}-[a-z0-9]{8}\.sts\.ap-northeast-1\.vpce\.amazonaws\.com"\])"},
        {attribute("Token", "DnsEntries"),
         R"(.*:vpce-[0-9a-f]{17}-[a-z0-9]{8}\.api\.codeartifact\.ap-northeast-1\.vpce\.amazonaws\.com"\])"},
        {attribute("Packages", "DnsEntries"),
         R"(.*:vpce-[0-9a-f]{17}-[a-z0-9]{8}\.d\.codeartifact\.ap-northeast-1\.vpce\.amazonaws\.com"\])"},
        {stack->outputs.at("RoleArn"), "arn:aws:iam::111111111111:role/gov/town-Role-.*"},
        {stack->outputs.at("Enis"), "eni-[0-9a-f]{17} eni-[0-9a-f]{17}"},
        {stack->exports.at("town-role"), stack->outputs.at("RoleArn")},
    };
    for (const auto& [text, pattern] : rows) {
        EXPECT_TRUE(std::regex_match(text, std::regex(pattern))) << text << " " << pattern;
    }
    EXPECT_EQ(stack->outputs.size(), 2U);
    EXPECT_EQ(id("Vpc"), resolved(kTown)->find("Vpc")->physical_id);
    StackSettings other = settings();
    other.account = "222222222222";
    EXPECT_NE(id("Vpc"), resolved(kTown, other)->find("Vpc")->physical_id);
    const auto two = stack->outputs.at("Enis");
    EXPECT_NE(two.substr(0, 21), two.substr(22));
}

TEST(Stack, EveryPatternOfTheAttributeTableExpands) {
    json::object properties;
    for (const char* name :
         {"Name",
          "DomainName",
          "DomainOwner",
          "RepositoryName",
          "AvailabilityZone",
          "PrivateIpAddress",
          "RouteTableId",
          "DestinationCidrBlock",
          "VpcId",
          "CidrBlock",
          "DhcpOptionsId",
          "ResourceArn",
          "PolicyName",
          "RoleName",
          "UserName",
          "AliasName",
          "Bucket"}) {
        properties[name] = "x";
    }
    properties["ServiceName"] = "com.amazonaws.ap-northeast-1.sts";
    const StackSettings with = settings();
    const std::map<std::string_view, std::string_view> unknown = {
        {"AWS::EC2::EIP", ""},
        {"AWS::ECS::Service", ""},
        {"AWS::Organizations::Account", ""},
        {"AWS::Bedrock::GuardrailVersion", ""},
        {"AWS::CloudFormation::WaitConditionHandle", ""}};
    for (const std::string& type : judged_types()) {
        const Identity identity{type, "L", properties, with};
        const auto ref = reference(identity);
        EXPECT_EQ(ref.has_value(), !unknown.contains(type)) << type;
        EXPECT_EQ(ref.value_or("").find_first_of("{}[]"), std::string::npos) << *ref;
        for (std::string_view name : attribute_names(type)) {
            const auto value = attribute(identity, name);
            ASSERT_TRUE(value) << type << name;
            EXPECT_EQ(json::serialize(*value).find_first_of("{}"), std::string::npos)
                << type << name;
        }
    }
}

TEST(Stack, PassesOverWhatCannotTouchTheCrossingAndSaysSo) {
    StackSettings with = settings();
    with.inert = {"AWS::AppConfig::*", "Custom::Thing", "AWS::IAM::*"};
    const auto stack = resolved(
        "Resources:\n"
        "  Meta: {Type: AWS::CDK::Metadata, Properties: {Analytics: !Ref Nowhere}}\n"
        "  Alarm: {Type: AWS::CloudWatch::Alarm}\n"
        "  App: {Type: AWS::AppConfig::Application}\n"
        "  Thing: {Type: Custom::Thing, Properties: {X: !GetAtt A.B.C}}\n"
        "  Topic: {Type: AWS::SNS::Topic}\n"
        "  Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: clerk}}\n"
        "  Role: {Type: AWS::IAM::Role, Properties: {Description: !Ref Topic, "
        "AssumeRolePolicyDocument: {}}}\n",
        with
    );
    ASSERT_TRUE(stack) << text(stack.error().front(), Language::English);
    std::string told;
    for (const PassedOver& one : stack->passed_over) {
        EXPECT_TRUE(has_text(one.reason.id)) << one.reason.id.name();
        told += one.logical_id + " " + one.type + " " + one.reason.id.name() + " " +
                text(one.where) + "\n";
    }
    EXPECT_EQ(
        told,
        "Meta AWS::CDK::Metadata cfn.inert.metadata town.yaml:2: Resources.Meta\n"
        "Alarm AWS::CloudWatch::Alarm cfn.inert.watches town.yaml:3: Resources.Alarm\n"
        "App AWS::AppConfig::Application cfn.inert.declared town.yaml:4: Resources.App\n"
        "Thing Custom::Thing cfn.inert.declared town.yaml:5: Resources.Thing\n"
        "Topic AWS::SNS::Topic cfn.inert.notifies town.yaml:6: Resources.Topic\n"
        "Key AWS::IAM::AccessKey cfn.inert.keys town.yaml:7: Resources.Key\n"
    );
    ASSERT_EQ(
        stack->resources.size(), 1U
    );  // a type that can be judged is judged, whoever vouches for it
    EXPECT_EQ(
        json::find_string(stack->resources[0].properties, "Description")->substr(0, 45),
        "arn:aws:sns:ap-northeast-1:111111111111:town-"
    );
}

TEST(Stack, RefusesResourcesThatItCannotJudge) {
    struct Row {
        std::string resource, id, path;
    };
    const Row rows[] = {
        {"{Type: AWS::IAM::Rolle}", "cfn.type.unknown_near", ".Type"},
        {"{Type: AWS::Nothing::LikeThisAtAllInTheWorldOfAws}", "cfn.type.unknown", ".Type"},
        {"{Type: AWS::IAM::OIDCProvider}", "cfn.type.unsupported", ".Type"},
        {"{Type: Custom::Thing}", "cfn.type.unsupported", ".Type"},
        {"{Type: AWS::CloudFormation::Stack}", "cfn.type.unsupported", ".Type"},
        {"{Type: AWS::CloudFormation::CustomResource}", "cfn.type.unsupported", ".Type"},
        {"{Type: AWS::Logs::SubscriptionFilter}", "cfn.type.unsupported", ".Type"},
        {"{Type: AWS::Budgets::BudgetsAction}", "cfn.type.unsupported", ".Type"},
        {"{Type: AWS::Events::Rule, Properties: {Targets: []}}", "cfn.type.active", ".Type"},
        {"{Type: AWS::SNS::Topic, Properties: {Subscription: []}}", "cfn.type.active", ".Type"},
        {"{Type: AWS::EC2::VPC, Properties: {CidrBlok: x}}",
         "cfn.property.unknown_near",
         ".Properties.CidrBlok"},
        {"{Type: AWS::EC2::VPC, Properties: {Zzzzzzzzzzzzz: x}}",
         "cfn.property.unknown",
         ".Properties.Zzzzzzzzzzzzz"},
        {"{Type: AWS::EC2::VPC, Properties: {VpcId: x}}",
         "cfn.property.read_only",
         ".Properties.VpcId"},
        {"{Type: AWS::EC2::VPC, Properties: {CidrBlock: [x]}}",
         "cfn.property.kind",
         ".Properties.CidrBlock"},
        {"{Type: AWS::EC2::VPC, Properties: {EnableDnsSupport: yes}}",
         "cfn.property.kind",
         ".Properties.EnableDnsSupport"},
        {"{Type: AWS::EC2::VPC, Properties: {Ipv4NetmaskLength: 1.5}}",
         "cfn.property.kind",
         ".Properties.Ipv4NetmaskLength"},
        {"{Type: AWS::EC2::VPC, Properties: {Tags: {Key: a}}}",
         "cfn.property.kind",
         ".Properties.Tags"},
        {"{Type: AWS::EC2::VPC, Properties: {Tags: [{Key: a}]}}",
         "cfn.property.missing",
         ".Properties.Tags[0]"},
        {"{Type: AWS::EC2::VPC, Properties: {Tags: [{Key: a, Value: b, Wert: c}]}}",
         "cfn.property.unknown",
         ".Properties.Tags[0].Wert"},
        {"{Type: AWS::EC2::Subnet}", "cfn.property.missing", ".Properties"},
        {"{Type: AWS::EC2::Subnet, Properties: {CidrBlock: x}}",
         "cfn.property.missing",
         ".Properties"},
        {"{Type: AWS::EC2::VPC, Properties: []}", "cfn.resource.no_mapping", ".Properties"},
        {"{Type: AWS::EC2::VPC, Propertis: {}}", "cfn.key.unknown_near", ".Propertis"},
        {"{Type: AWS::EC2::VPC, Condition: Nope}", "cfn.condition.unknown", ".Condition"},
        {"{Type: AWS::EC2::VPC, DependsOn: Nope}", "cfn.resource.depends_on_nothing", ".DependsOn"},
        {"{Type: AWS::EC2::VPC, DependsOn: [[X]]}",
         "cfn.resource.depends_on_nothing",
         ".DependsOn[0]"},
        {"{Type: AWS::EC2::VPC, DependsOn: {}}", "cfn.resource.depends", ".DependsOn"},
        {"{Type: AWS::EC2::VPC, DependsOn: X}", "cfn.resource.cycle", ""},
        {"{Type: AWS::EC2::VPC, Properties: {CidrBlock: !Ref X}}", "cfn.resource.cycle", ""},
        {"{Type: [a]}", "cfn.resource.no_type", ""},
        {"{}", "cfn.resource.no_type", ""},
        {"x", "cfn.resource.no_mapping", ""},
    };
    for (const auto& [resource, id, path] : rows) {
        const auto stack = resolved("Resources:\n\n  X: " + resource + "\n");
        ASSERT_FALSE(stack) << resource;
        ASSERT_EQ(stack.error().size(), 1U)
            << resource << text(stack.error().back(), Language::English);
        const Problem& problem = stack.error().front();
        EXPECT_EQ(problem.what.id.name(), id) << resource;
        EXPECT_EQ(problem.where.path, "Resources.X" + path) << resource;
        EXPECT_EQ(problem.where.line, 3U) << resource;
        EXPECT_TRUE(has_text(problem.what.id)) << id;
    }
}

TEST(Stack, TellsCyclesThroughEveryKindOfReference) {
    for (const char* back :
         {"!Ref A",
          "!GetAtt A.CidrBlock",
          "!Sub '${A}'",
          "!Sub '${A.CidrBlock}'",
          "!Sub ['${x}', {x: !Ref A}]",
          "!If [C, !Ref A, x]",
          "!Select [0, [!Ref A]]",
          "{Fn::GetAtt: [A, CidrBlock]}"}) {
        const auto stack = resolved(
            std::string("Conditions: {C: !Equals [1, 1]}\nResources:\n") +
            "  A: {Type: AWS::EC2::VPC, DependsOn: B}\n" +
            "  B: {Type: AWS::EC2::VPC, Properties: {CidrBlock: " + back + "}}\n"
        );
        ASSERT_FALSE(stack) << back;
        EXPECT_EQ(stack.error().size(), 1U) << back;
        EXPECT_EQ(
            text(stack.error().front(), Language::English).find("A → B → A") != std::string::npos,
            true
        ) << back;
    }
    EXPECT_TRUE(resolved(  // the branch that is not taken, and a name that Fn::Sub brings itself,
                           // need nothing
        "Conditions: {C: !Equals [1, 1]}\nResources:\n  A: {Type: AWS::EC2::VPC, DependsOn: B}\n"
        "  B: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !If [C, !Sub ['${A}', {A: x}], !Ref "
        "A]}}\n"
    ));
}

TEST(Stack, RefusesOutputsThatCannotBe) {
    const std::pair<std::string, std::string> rows[] = {
        {"O: {}", "cfn.output.no_value"},
        {"O: {Value: {a: b}}", "cfn.output.no_text"},
        {"O: {Value: !Ref Eip}", "cfn.ref.attribute"},
        {"O: {Value: a, Export: {}}", "cfn.output.no_name"},
        {"O: {Value: a, Export: {Name: x}}\n  P: {Value: b, Export: {Name: x}}",
         "cfn.output.exported_twice"},
        {"O: {Value: a, Valu: b}", "cfn.key.unknown_near"},
        {"O-o: {Value: a}", "cfn.resource.name"},
        {"O: {Value: a, Condition: Nope}", "cfn.condition.unknown"},
    };
    for (const auto& [outputs, id] : rows) {
        const auto stack =
            resolved("Resources: {Eip: {Type: AWS::EC2::EIP}}\nOutputs:\n  " + outputs + "\n");
        ASSERT_FALSE(stack) << outputs;
        EXPECT_EQ(stack.error().size(), 1U) << outputs;
        EXPECT_EQ(stack.error().front().what.id.name(), id) << outputs;
        EXPECT_TRUE(has_text(stack.error().front().what.id)) << id;
    }
}

TEST(Stack, TellsEveryProblemUpToALimit) {
    const auto two = resolved(
        "Resources:\n  A: {Type: AWS::EC2::VPC, Properties: {X: 1, CidrBlock: !Ref Nope}}\n  B: "
        "{Type: AWS::EC2::Vpc}\n"
        "Outputs: {O: {Value: !Ref A}, P: {Value: !Ref B}}\n"
    );
    ASSERT_FALSE(two);
    EXPECT_EQ(two.error().size(), 3U);  // what follows from them is silent
    std::string many = "Resources:\n";
    for (int i = 0; i < 300; ++i) {
        many += "  R" + std::to_string(i) + ": {Type: X}\n";
    }
    const auto stack = resolved(many);
    ASSERT_FALSE(stack);
    EXPECT_EQ(stack.error().size(), kProblemsMax);
    EXPECT_FALSE(resolved("Resources: {'Fn::ForEach::X': []}\n"));
    EXPECT_FALSE(resolved("Resources: {A-b: {Type: AWS::EC2::VPC}}\n"));
}

TEST(Stack, SurvivesBeingCutAtEveryByte) {
    constexpr std::string_view kSmall =
        "Conditions: {C: !Equals [a, !Select [0, [a]]]}\nResources:\n  V:\n    Type: "
        "AWS::EC2::VPC\n"
        "    Properties:\n      CidrBlock: !If [C, !Sub '1${AWS::Region}', \"x\"]\n      Tags: "
        "[{Key: a, Value: 1}]\n"
        "Outputs:\n  O: {Value: !GetAtt V.VpcId, Export: {Name: n}}\n";
    std::size_t whole = 0;
    for (std::size_t i = 0; i <= kSmall.size(); ++i) {
        const auto stack = resolved(kSmall.substr(0, i));
        whole += stack ? 1U : 0U;
        EXPECT_TRUE(stack || !stack.error().empty()) << i;
    }
    EXPECT_GT(whole, 0U);
}

}  // namespace
}  // namespace kakehashi::cfn

#include "cloud/world.h"

#include "cloud/example_world.h"

#include <gtest/gtest.h>

namespace kakehashi::cloud {
namespace {

TEST(World, HoldsWhatTheExamplesDeclare) {
    for (const char* example : {"fenced", "article"}) {
        auto world = example_world(example);
        ASSERT_TRUE(world) << example << "\n" << all_texts(world.error());
        const World& built = **world;
        ASSERT_NE(built.account_named("operator"), nullptr);
        ASSERT_NE(built.account_named("sample-city"), nullptr);
        EXPECT_EQ(built.account("111111111111")->name, "sample-city");
        EXPECT_FALSE(built.endpoints().empty());
        EXPECT_FALSE(built.instances().empty());
        EXPECT_FALSE(built.organization());
    }
}

TEST(World, KnowsWhereAStatementStands) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world);
    const Role* role = (*world)->role("222222222222", "kakehashi-operator-sample-city");
    ASSERT_NE(role, nullptr);
    ASSERT_EQ(role->identity.size(), 1U);
    const iam::StatementMatch deny{iam::PolicyType::Identity, role->identity[0], 2};
    const Location at = (*world)->where(deny);
    EXPECT_EQ(at.file, "operator.yaml");
    EXPECT_EQ(at.path, "Resources.OperatorRole.Properties.Policies[0].PolicyDocument.Statement[2]");
    EXPECT_GT(at.line, 0U);
    EXPECT_EQ(role->identity[0].sid(2), "NothingOutsideJapan");
}

TEST(World, TakesManagedPoliciesOfTheDateThatIsAsked) {
    auto then = example_world("article");  // of the day on which the article was written
    auto newest = example_world("article", {{"kakehashi.toml", "managed_policies =", "# then:"}});
    ASSERT_TRUE(newest) << all_texts(newest.error());
    ASSERT_TRUE(then) << all_texts(then.error());
    EXPECT_NE((*newest)->managed_policies_date(), (*then)->managed_policies_date());
    const auto limited = [](const World& world) {
        for (const Role& role : world.roles()) {
            for (const iam::Policy& policy : role.identity) {
                if (policy.name().find("AmazonBedrockLimitedAccess") != std::string::npos) {
                    return policy.name();
                }
            }
        }
        return std::string();
    };
    EXPECT_NE(limited(**newest).find("(v9)"), std::string::npos) << limited(**newest);
    EXPECT_NE(limited(**then).find("(v1)"), std::string::npos) << limited(**then);
}

// What kakehashi does not bring a person saves beside the configuration.
TEST(World, TakesManagedPoliciesFromAFolder) {
    const TextEdit attached{
        "operator.yaml",
        "      # No AWS managed policy:",
        "      ManagedPolicyArns: [arn:aws:iam::aws:policy/job-function/ViewOnlyAccess]\n      # "
        "No AWS managed policy:"};
    const TextEdit told{
        "kakehashi.toml",
        "[bedrock]\n",
        "[templates]\nmanaged_policies = \"saved\"\n\n[bedrock]\n"};
    const std::string document =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:List*","Resource":"*"}]})";
    const std::string version =
        R"({"PolicyVersion":{"VersionId":"v9","Document":)" + document + "}}";
    struct Row {
        std::vector<TextEdit> edits;
        std::map<std::string, std::string> files;
        std::string said;  // the problem's id and file; "": none
        std::string name = {};
    };
    const std::string file = "saved/ViewOnlyAccess.json";
    const std::string arn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
    const Row rows[] = {
        {{attached}, {}, "cloud.managed_policies.unknown operator.yaml"},
        {{attached}, {{file, document}}, "cloud.managed_policies.unknown operator.yaml"},
        {{attached, told}, {}, "cloud.managed_policies.not_saved operator.yaml"},
        {{attached, told}, {{file, version}}, "", arn + " (v9)"},
        {{attached, told}, {{file, document}}, "", arn},
        {{attached, told},
         {{file, R"({"PolicyVersion":{}})"}},
         "cloud.managed_policies.no_document " + file},
    };
    for (const auto& [edits, files, said, name] : rows) {
        const auto world = example_world("fenced", edits, files);
        ASSERT_EQ(world.has_value(), said.empty()) << said;
        if (!world) {
            ASSERT_EQ(world.error().size(), 1U) << all_texts(world.error());
            const Problem& problem = world.error().front();
            EXPECT_EQ(std::string(problem.what.id.name()) + " " + problem.where.file, said);
            continue;
        }
        const auto* role = (*world)->role("222222222222", "kakehashi-operator-sample-city");
        ASSERT_NE(role, nullptr);
        EXPECT_EQ(role->identity.back().name(), name);
        EXPECT_FALSE((*world)->is_own(role->identity.back()));
        EXPECT_EQ((*world)->assumptions().back().id.name(), "cloud.assume.managed_policy");
    }
}

TEST(World, SaysWhatIsWrongWithFileAndLine) {
    struct Row {
        TextEdit edit;
        const char* said = "";
    };
    const Row rows[] = {
        {{"operator.yaml", "Effect: Deny", "Effect: Dany"}, "operator.yaml:"},
        {{"operator.yaml", "bedrock:InferenceProfileArn:", "bedrock:InferenceProfileArn: !Nope"},
         "operator.yaml:"},
        {{"municipality.yaml", "CidrBlock: 10.20.0.0/16", "CidrBlock: ten"}, "municipality.yaml:"},
        {{"municipality.yaml", "com.amazonaws.${AWS::Region}.sts", "com.example.sts"},
         "municipality.yaml:"},
        {{"municipality.yaml", "Type: AWS::EC2::RouteTable", "Type: AWS::EC2::RouteTabel"},
         "municipality.yaml:"},
        {{"kakehashi.toml", "seed = 1", "seed = 1\nmanaged_policies = \"2020-01-01\""},
         "kakehashi.toml:"},
    };
    for (const auto& [edit, said] : rows) {
        auto world = example_world("fenced", {edit});
        ASSERT_FALSE(world) << edit.to;
        EXPECT_NE(all_texts(world.error()).find(said), std::string::npos)
            << all_texts(world.error());
    }
}

// Every row is a template that cfn takes and that opens or closes the crossing in a way that this
// model does not follow: a problem with file and line, never a guess.
TEST(World, RefusesWhatItWouldJudgeWrongly) {
    struct Row {
        const char* resources = "";
        const char* said = "";
    };
    const Row rows[] = {
        {"Type: AWS::Bedrock::EnforcedGuardrailConfiguration\n    Properties: "
         "{GuardrailIdentifier: "
         "g, GuardrailVersion: '1'}",
         "AWS::Bedrock::EnforcedGuardrailConfiguration"},
        {"Type: AWS::Bedrock::ResourcePolicy\n    Properties: {PolicyDocument: {}, ResourceArn: "
         "'arn:aws:bedrock:ap-northeast-1:111111111111:guardrail/g'}",
         "AWS::Bedrock::ResourcePolicy"},
        {"Type: AWS::EC2::Route\n    Properties: {RouteTableId: !Ref PrivateRouteTable, "
         "DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: eigw-1}",
         "IPv4"},
        {"Type: AWS::EC2::Route\n    Properties: {RouteTableId: !Ref PrivateRouteTable, "
         "DestinationPrefixListId: pl-1, NatGatewayId: nat-1}",
         "IPv4"},
        {"Type: AWS::EC2::Route\n    Properties: {RouteTableId: rtb-elsewhere, "
         "DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: nat-1}",
         "`rtb-elsewhere`"},
        {"Type: AWS::EC2::Route\n    Properties: {RouteTableId: !Ref PrivateRouteTable, "
         "DestinationCidrBlock: 10.20.1.0/24, NetworkInterfaceId: eni-1}",
         "inside the VPC"},
        {"Type: AWS::EC2::VPCEndpoint\n    Properties: {VpcId: !Ref Vpc, ServiceName: !Sub "
         "'com.amazonaws.${AWS::Region}.s3', RouteTableIds: [rtb-elsewhere]}",
         "`rtb-elsewhere`"},
        {"Type: AWS::EC2::SubnetNetworkAclAssociation\n    Properties: {SubnetId: !Ref "
         "PrivateSubnetA, NetworkAclId: acl-elsewhere}",
         "`acl-elsewhere`"},
        {"Type: AWS::EC2::NetworkAclEntry\n    Properties: {NetworkAclId: !GetAtt "
         "Vpc.DefaultNetworkAcl, RuleNumber: 1, Protocol: -1, RuleAction: deny, CidrBlock: "
         "0.0.0.0/0}",
         "`acl-"},
        {"Type: AWS::EC2::SecurityGroupIngress\n    Properties: {GroupId: sg-elsewhere, "
         "IpProtocol: "
         "tcp, CidrIp: 0.0.0.0/0}",
         "`sg-elsewhere`"},
        {"Type: AWS::EC2::SecurityGroupIngress\n    Properties: {GroupId: !GetAtt "
         "EndpointSecurityGroup.GroupId, IpProtocol: tcp, SourceSecurityGroupName: x}",
         "names no address"},
        {"Type: AWS::EC2::DHCPOptions\n    Properties: {DomainNameServers: [10.20.0.9]}\n  Use:\n"
         "    Type: AWS::EC2::VPCDHCPOptionsAssociation\n    Properties: {DhcpOptionsId: !Ref "
         "Added, "
         "VpcId: !Ref Vpc}",
         "AmazonProvidedDNS"},
        {"Type: AWS::Route53::HostedZone\n    Properties: {Name: "
         "sts.ap-northeast-1.amazonaws.com.}",
         "sts.ap-northeast-1.amazonaws.com"},
        {"Type: AWS::IAM::User\n    Properties: {Groups: [admins]}", "groups"},
        {"Type: AWS::Organizations::Policy\n    Properties: {Name: p, Type: "
         "SERVICE_CONTROL_POLICY, "
         "TargetIds: [ou-1234-abcdefgh], Content: {Version: '2012-10-17', Statement: [{Effect: "
         "Deny, "
         "Action: '*', Resource: '*'}]}}",
         "`ou-1234-abcdefgh`"},
    };
    for (const auto& [resources, said] : rows) {
        const std::string added =
            "\n  Added:\n    " + std::string(resources) + "\n\n  StsEndpoint:";
        auto world = example_world("fenced", {{"municipality.yaml", "\n  StsEndpoint:", added}});
        ASSERT_FALSE(world) << resources;
        const std::string all = all_texts(world.error());
        EXPECT_NE(all.find(said), std::string::npos) << all;
        EXPECT_NE(all.find("municipality.yaml:"), std::string::npos) << all;
    }
}

TEST(World, RefusesWordsOfAnInstanceThatItDoesNotKnow) {
    const std::string plain =
        "      SubnetId: !Ref PrivateSubnetA  # gives no public address\n      SecurityGroupIds: "
        "[!GetAtt WorkloadSecurityGroup.GroupId]\n";
    struct Row {
        TextEdit edit;
        const char* said = "";
    };
    const Row rows[] = {
        {{"municipality.yaml", "HttpTokens: required", "HttpTokens: require"}, "`require`"},
        {{"municipality.yaml", "HttpEndpoint: enabled", "HttpEndpoint: disable"}, "`disable`"},
        {{"municipality.yaml",
          plain,
          "      NetworkInterfaces: [{DeviceIndex: '0', SubnetId: !Ref PrivateSubnetA, Groups: "
          "[]}]\n"},
         "`Groups`"},
        {{"municipality.yaml",
          plain,
          "      NetworkInterfaces: [{DeviceIndex: '0', NetworkInterfaceId: eni-1}]\n"},
         "interface"},
        {{"municipality.yaml",
          "SecurityGroupIds: [!GetAtt W",
          "SecurityGroupIds: [sg-0, !GetAtt W"},
         "`sg-0`"},
    };
    for (const auto& [edit, said] : rows) {
        auto world = example_world("fenced", {edit});
        ASSERT_FALSE(world) << edit.to;
        EXPECT_NE(all_texts(world.error()).find(said), std::string::npos)
            << all_texts(world.error());
    }
}

TEST(World, GivesAnInstanceItsElasticIp) {
    const std::string added =
        "\n  Address:\n    Type: AWS::EC2::EIP\n    Properties: {InstanceId: !Ref Workload}\n\n  "
        "StsEndpoint:";
    auto world = example_world("fenced", {{"municipality.yaml", "\n  StsEndpoint:", added}});
    ASSERT_TRUE(world) << all_texts(world.error());
    EXPECT_TRUE((*world)->instances().front().public_address);
}

TEST(World, PutsAnOrganisationTogether) {
    const std::string organization = R"(
[twin.organization]
id = "o-gov"
[[twin.organization.unit]]
name = "gov"
accounts = ["sample-city"]
[[twin.organization.policy]]
type = "SCP"
file = "scp.json"
targets = ["gov"]

[twin.operator])";
    auto world = example_world(
        "fenced",
        {{"kakehashi.toml", "\n[twin.operator]", organization}},
        {{"scp.json",
          R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:*","Resource":"*"}]})"}}
    );
    ASSERT_TRUE(world) << all_texts(world.error());
    const auto& built = (*world)->organization();
    ASSERT_TRUE(built);
    const auto* city = built->find("111111111111");
    ASSERT_NE(city, nullptr);
    EXPECT_EQ(city->path, "o-gov/r-root/ou-gov/");
    ASSERT_EQ(city->scp.size(), 3U);
    EXPECT_EQ(city->scp[1].policies.size(), 2U);
    const auto* owner = built->find("222222222222");
    ASSERT_NE(owner, nullptr);
    EXPECT_EQ(owner->scp.size(), 2U);
    EXPECT_TRUE((*world)->same_organization("111111111111", "222222222222"));
}

TEST(World, FindsTheLinesOfAPolicyInAFileOfItsOwn) {
    const std::string organization = R"(
[twin.organization]
[[twin.organization.policy]]
type = "SCP"
file = "scp.json"
targets = ["root"]

[twin.operator])";
    const std::string text = R"({
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Deny", "Action": "ec2:*", "Resource": "*"},
    {
      "Effect": "Deny",
      "Action": [
        "s3:GetObject",
        "s3:PutObject"
      ],
      "Resource": "*"
    }
  ]
})";
    const cloud::TextEdit told{"kakehashi.toml", "\n[twin.operator]", organization};
    auto world = example_world("fenced", {told}, {{"scp.json", text}});
    ASSERT_TRUE(world) << all_texts(world.error());
    const auto& policies = (*world)->organization()->find("222222222222")->scp[0].policies;
    const iam::Policy& policy = policies.back();
    struct Row {
        std::size_t statement;
        const char* below;
        std::size_t line;
    };
    for (const auto& [statement, below, line] :
         {Row{0, "", 4}, Row{1, "", 5}, Row{1, "Action", 7}, Row{1, "Action[1]", 9}}) {
        const Location at = (*world)->where({policy.type(), policy, statement}, below);
        EXPECT_EQ(at.file, "scp.json");
        EXPECT_EQ(at.line, line) << statement << below;
    }
    EXPECT_EQ((*world)->where(policy).line, 1U);
    const auto wrong = example_world(
        "fenced", {told}, {{"scp.json", replaced(text, "\"Deny\",\n", "\"Never\",\n")}}
    );
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().front().where.file, "scp.json");
    EXPECT_EQ(wrong.error().front().where.line, 6U);
}

TEST(World, NamesTheFilesThatItNeeds) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world);
    EXPECT_EQ(
        files_of((*world)->configuration()),
        (std::vector<std::string>{"municipality.yaml", "operator.yaml"})
    );
}

}  // namespace
}  // namespace kakehashi::cloud

#include "cfn/stack.h"

#include <gtest/gtest.h>

namespace kakehashi::cfn {
namespace {

StackSettings settings() {
    StackSettings out;
    out.name = "town";
    out.account = "111111111111";
    out.region = "ap-northeast-1";
    out.imports = {{"operator-role", "arn:aws:iam::222222222222:role/op"}};
    return out;
}

// A template whose one judged free-form place holds `value`; it is on line 23.
std::string with(std::string_view value) {
    return R"(Parameters:
  Stage: {Type: String, Default: prod}
  Count: {Type: Number, Default: "3"}
  Zones: {Type: CommaDelimitedList, Default: "a, b,c"}
  None: {Type: CommaDelimitedList, Default: ""}
Mappings:
  Map: {prod: {size: 9, list: [x, y]}, "012345678901": {size: 1}}
Conditions:
  Yes: !Equals [!Ref Stage, prod]
  No: !Not [!Condition Yes]
  Both: !And [!Condition Yes, !Equals [3, "3"], !Or [!Condition No, !Equals [[a], [a]]]]
  Region: !Equals [!Ref AWS::Region, ap-northeast-1]
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16}
  Gone:
    Type: AWS::EC2::VPC
    Condition: No
  It:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {value: )" +
           std::string(value) + "}\n";
}

TEST(Intrinsics, GiveWhatCloudFormationGives) {
    struct Row {
        std::string value, json;
    };
    const Row rows[] = {
        {"!Ref Stage", R"("prod")"},
        {"!Ref Count", R"("3")"},
        {"!Ref Zones", R"(["a","b","c"])"},
        {"!Ref None", "[]"},
        {"!Ref AWS::AccountId", R"("111111111111")"},
        {"!Ref AWS::Region", R"("ap-northeast-1")"},
        {"!Ref AWS::Partition", R"("aws")"},
        {"!Ref AWS::StackName", R"("town")"},
        {"!Ref AWS::URLSuffix", R"("amazonaws.com")"},
        {"!Ref AWS::NotificationARNs", "[]"},
        {"[1, !Ref AWS::NoValue, 2]", "[1,2]"},
        {"{a: !Ref AWS::NoValue, b: 1}", R"({"b":1})"},
        {"!GetAtt Vpc.CidrBlock", R"("10.0.0.0/16")"},
        {"!GetAtt [Vpc, CidrBlock]", R"("10.0.0.0/16")"},
        {"{Fn::GetAtt: [Vpc, !Select [0, [CidrBlock]]]}", R"("10.0.0.0/16")"},
        {"!Sub 'x-${Stage}-${AWS::Region}-${Vpc.CidrBlock}-${!Stage}-$Stage'",
         R"("x-prod-ap-northeast-1-10.0.0.0/16-${Stage}-$Stage")"},
        {"!Sub ['${A}${Stage}${A}', {A: !Ref Count}]", R"("3prod3")"},
        {"!Sub ['${Stage}', {Stage: own}]", R"("own")"},
        {"!Sub ''", R"("")"},
        {"!Sub ['${A}', {A: true}]", R"("true")"},
        {"!Sub ['${A}', {A: 012345678901}]", R"("012345678901")"},
        {"!Join [':', [a, 1, True, !Ref Stage]]", R"("a:1:true:prod")"},
        {"!Join ['', []]", R"("")"},
        {"!Join [',', !Ref Zones]", R"("a,b,c")"},
        {"!Join ['-', [a, !Ref AWS::NoValue, b]]", R"("a-b")"},
        {"!Select [1, !Ref Zones]", R"("b")"},
        {"!Select ['0', !GetAZs '']", R"("ap-northeast-1a")"},
        {"!GetAZs ''", R"(["ap-northeast-1a","ap-northeast-1c","ap-northeast-1d"])"},
        {"!GetAZs ap-northeast-3", R"(["ap-northeast-3a","ap-northeast-3b","ap-northeast-3c"])"},
        {"{Fn::GetAZs: !Ref AWS::Region}",
         R"(["ap-northeast-1a","ap-northeast-1c","ap-northeast-1d"])"},
        {"!Split ['|', 'a||b']", R"(["a","","b"])"},
        {"!Split ['::', 'a']", R"(["a"])"},
        {"!FindInMap [Map, !Ref Stage, size]", "9"},
        {"!FindInMap [Map, prod, list]", R"(["x","y"])"},
        {"!FindInMap [Map, 012345678901, size]", "1"},
        {"!If [Yes, 1, 2]", "1"},
        {"!If [No, 1, 2]", "2"},
        {"!If [Both, !If [No, 1, [x]], 2]", R"(["x"])"},
        {"!If [Region, 1, !Ref Gone]", "1"},
        {"!If [No, !Ref Gone, x]", R"("x")"},
        {"!ImportValue operator-role", R"("arn:aws:iam::222222222222:role/op")"},
        {"{Fn::ImportValue: !Sub 'operator-${R}'}", ""},
        {"{Fn::ImportValue: !Join ['-', [operator, role]]}",
         R"("arn:aws:iam::222222222222:role/op")"},
        {"!Base64 kakehashi", R"("a2FrZWhhc2hp")"},
        {"{Fn::Base64: !Sub '${Stage}'}", R"("cHJvZA==")"},
        {"!Cidr [192.168.0.0/24, 3, 5]",
         R"(["192.168.0.0/27","192.168.0.32/27","192.168.0.64/27"])"},
        {"!Cidr [!GetAtt Vpc.CidrBlock, '2', '8']", R"(["10.0.0.0/24","10.0.1.0/24"])"},
        {"!Cidr [255.255.255.0/24, 1, 8]", R"(["255.255.255.0/24"])"},
        {"{Condition: {StringEquals: {a: b}}, x: 1}",
         R"({"Condition":{"StringEquals":{"a":"b"}},"x":1})"},
        {"{Condition: {StringEquals: {a: b}}}", R"({"Condition":{"StringEquals":{"a":"b"}}})"},
        {"{Ref: a, b: 1}", R"({"Ref":"a","b":1})"},
        {"[1.5, true, '1', 0123]", R"([1.5E0,true,"1","0123"])"},
    };
    for (const auto& [value, json] : rows) {
        const auto read = read_template(with(value), "t.yaml");
        ASSERT_TRUE(read) << value;
        const auto stack = resolve(*read, settings());
        if (json.empty()) {
            EXPECT_FALSE(stack) << value;
            continue;
        }
        ASSERT_TRUE(stack) << value << text(stack.error().front(), Language::English);
        const auto& document =
            *json::find(stack->find("It")->properties, "AssumeRolePolicyDocument");
        EXPECT_EQ(json::serialize(*json::find(document, "value")), json) << value;
        EXPECT_EQ(stack->line_of("Resources.It.Properties.AssumeRolePolicyDocument.value"), 23U)
            << value;
    }
}

TEST(Intrinsics, RefuseTheirNeighbours) {
    const std::pair<std::string, std::string> rows[] = {
        {"!Ref Stge", "cfn.ref.unknown_near"},
        {"!Ref AWS::Rgion", "cfn.ref.unknown_near"},
        {"!Ref Somethingquitedifferent", "cfn.ref.unknown"},
        {"{Ref: [Stage]}", "cfn.ref.no_name"},
        {"!Ref Gone", "cfn.ref.not_created"},
        {"!GetAtt Vpc", "cfn.ref.no_name"},
        {"!GetAtt [Vpc]", "cfn.ref.no_name"},
        {"!GetAtt [Vpc, a, b]", "cfn.ref.no_name"},
        {"!GetAtt Vpc.CidrBlok", "cfn.ref.attribute"},
        {"!GetAtt Vpc.Ipv6CidrBlocks", "cfn.ref.attribute"},
        {"!GetAtt Stage.Arn", "cfn.ref.unknown"},
        {"!GetAtt Vpd.Arn", "cfn.ref.unknown_near"},
        {"!GetAtt Gone.CidrBlock", "cfn.ref.not_created"},
        {"!Sub '${Stge}'", "cfn.ref.unknown_near"},
        {"!Sub '${Vpc.X}'", "cfn.ref.attribute"},
        {"!Sub '${Zones}'", "cfn.sub.no_text"},
        {"!Sub '${Stage'", "cfn.sub.open"},
        {"!Sub '${}'", "cfn.ref.unknown"},
        {"!Sub '${AWS::NoValue}'", "cfn.sub.no_text"},
        {"!Sub [x]", "cfn.sub.no_source"},
        {"!Sub ['${A}', {A: [1]}]", "cfn.function.no_text"},
        {"!Sub {a: b}", "cfn.sub.no_source"},
        {"!Join [a]", "cfn.function.arguments"},
        {"!Join [a, b]", "cfn.function.no_list"},
        {"!Join [',', [[a]]]", "cfn.function.no_text"},
        {"!Join a", "cfn.function.arguments"},
        {"!Select [3, !Ref Zones]", "cfn.function.index"},
        {"!Select [-1, !Ref Zones]", "cfn.function.index"},
        {"!Select [a, !Ref Zones]", "cfn.function.index"},
        {"!Select [0, abc]", "cfn.function.no_list"},
        {"!Select [0, [!Ref AWS::NoValue]]", "cfn.function.index"},
        {"!Split ['', a]", "cfn.function.empty_delimiter"},
        {"!Split [a, [b]]", "cfn.function.no_text"},
        {"!FindInMap [Map, prod]", "cfn.function.arguments"},
        {"!FindInMap [Map, prod, size, {DefaultValue: 1}]", "cfn.function.arguments"},
        {"!FindInMap [Map, prd, size]", "cfn.map.unknown_near"},
        {"!FindInMap [Mapxxxxx, prod, size]", "cfn.map.unknown"},
        {"!If [Yes, 1]", "cfn.function.arguments"},
        {"!If [Yse, 1, 2]", "cfn.condition.unknown_near"},
        {"!If [!Equals [1, 1], 1, 2]", "cfn.function.arguments"},
        {"!Equals [1, 1]", "cfn.function.only_in_conditions"},
        {"!And [!Condition Yes, !Condition No]", "cfn.function.only_in_conditions"},
        {"!Condition Yes", "cfn.function.only_in_conditions"},
        {"!ImportValue operator-rol", "cfn.import.unknown_near"},
        {"!Base64 [a]", "cfn.function.no_text"},
        {"!Cidr [10.0.0.0/16, 1]", "cfn.function.arguments"},
        {"!Cidr [10.0.0/16, 1, 8]", "cfn.cidr.block"},
        {"!Cidr [10.0.0.0/33, 1, 8]", "cfn.cidr.block"},
        {"!Cidr ['fd00::/8', 1, 8]", "cfn.cidr.block"},
        {"!Cidr [10.0.0.0/16, 0, 8]", "cfn.cidr.count"},
        {"!Cidr [10.0.0.0/16, 257, 8]", "cfn.cidr.count"},
        {"!Cidr [10.0.0.0/24, 3, 7]", "cfn.cidr.room"},
        {"!Cidr [10.0.0.0/24, 1, 9]", "cfn.cidr.room"},
        {"!Cidr [10.0.0.0/24, 1, 0]", "cfn.cidr.room"},
        {"!GetAZs us-east-1", "cfn.zones.unknown"},
        {"{'Fn::Sup': x}", "cfn.function.unknown_near"},
        {"{'Fn::Zzzzzzzzzzzzzz': x}", "cfn.function.unknown"},
        {"!Transform {Name: x}", "cfn.function.unsupported"},
        {"!ToJsonString {a: 1}", "cfn.function.unsupported"},
        {"{'Fn::ForEach::X': [a]}", "cfn.function.unsupported"},
        {"{'Fn::Sub': x, a: 1}", "cfn.function.beside"},
        {"'{{resolve:ssm:/a}}'", "cfn.resolve.dynamic"},
        {"!Join [':', ['{{resolve', 'ssm:/a}}']]", "cfn.resolve.dynamic"},
        {"~", "cfn.resolve.null"},
        {"[1, null]", "cfn.resolve.null"},
    };
    for (const auto& [value, id] : rows) {
        const auto read = read_template(with(value), "t.yaml");
        ASSERT_TRUE(read) << value;
        const auto stack = resolve(*read, settings());
        ASSERT_FALSE(stack) << value;
        ASSERT_EQ(stack.error().size(), 1U)
            << value << text(stack.error().back(), Language::English);
        const Problem& problem = stack.error().front();
        EXPECT_EQ(problem.what.id.name(), id) << value;
        EXPECT_TRUE(has_text(problem.what.id)) << id;
        EXPECT_EQ(problem.where.line, 23U) << value;
        const std::string path = "Resources.It.Properties.AssumeRolePolicyDocument.value";
        EXPECT_EQ(problem.where.path.substr(0, path.size()), path) << value;
    }
}

TEST(Conditions, RefuseWhatCannotBeDecided) {
    const std::pair<std::string, std::string> rows[] = {
        {"A: !Condition B\n  B: !Condition A", "cfn.condition.cycle"},
        {"A: !Not [!Condition A]", "cfn.condition.cycle"},
        {"A: !Condition C", "cfn.condition.unknown_near"},
        {"A: true", "cfn.condition.no_condition"},
        {"A: !Ref AWS::Region", "cfn.condition.no_condition"},
        {"A: !And [!Equals [1, 1]]", "cfn.function.arguments"},
        {"A: !Or [!Equals [1, 1], true]", "cfn.condition.no_condition"},
        {"A: !Not [!Equals [1, 1], !Equals [1, 1]]", "cfn.function.arguments"},
        {"A: !Equals [1]", "cfn.function.arguments"},
        {"A: !Equals [!Ref V, 1]", "cfn.ref.in_condition"},
        {"A: !Equals [!GetAtt V.VpcId, 1]", "cfn.ref.in_condition"},
        {"A: !Equals [!Ref X, 1]", "cfn.ref.unknown_near"},
    };
    for (const auto& [conditions, id] : rows) {
        const auto read = read_template(
            "Conditions:\n  " + conditions + "\nResources:\n  V: {Type: AWS::EC2::VPC}\n", "t.yaml"
        );
        ASSERT_TRUE(read) << conditions;
        const auto stack = resolve(*read, settings());
        ASSERT_FALSE(stack) << conditions;
        EXPECT_EQ(stack.error().front().what.id.name(), id) << conditions;
        EXPECT_EQ(stack.error().front().where.path.substr(0, 11), "Conditions.") << conditions;
    }
}

TEST(Conditions, DoNotOverflowTheStack) {
    std::string chain = "Conditions:\n  C0: !Equals [1, 1]\n";
    for (int i = 1; i < 2000; ++i) {
        chain += "  C" + std::to_string(5000 - i) + ": !Condition C" +
                 (i == 1999 ? "0" : std::to_string(4999 - i)) + "\n";
    }
    const auto read = read_template(chain + "Resources:\n  V: {Type: AWS::EC2::VPC}\n", "t.yaml");
    ASSERT_TRUE(read);
    const auto stack = resolve(*read, settings());
    ASSERT_FALSE(stack);
    EXPECT_EQ(stack.error().front().what.id.name(), "cfn.resolve.too_deep");
}

TEST(Intrinsics, CannotMultiplyWithoutLimit) {
    std::string text =
        "Resources:\n  R0:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: " +
        std::string(100, 'x') + "\n      AssumeRolePolicyDocument: {}\n";
    for (int i = 1; i < 40; ++i) {
        const std::string before = "${R" + std::to_string(i - 1) + "}";
        text += "  R" + std::to_string(i) + ":\n    Type: AWS::IAM::Role\n    Properties:\n";
        text.append("      RoleName: !Sub '").append(before).append(before).append("'\n");
        text += "      AssumeRolePolicyDocument: {}\n";
    }
    const auto read = read_template(text, "t.yaml");
    ASSERT_TRUE(read);
    const auto stack = resolve(*read, settings());
    ASSERT_FALSE(stack);
    EXPECT_EQ(stack.error().front().what.id.name(), "cfn.resolve.too_large");
}

}  // namespace
}  // namespace kakehashi::cfn

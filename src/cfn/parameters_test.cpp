#include "cfn/stack.h"

#include <gtest/gtest.h>

namespace kakehashi::cfn {
namespace {

Expected<Stack, Problems> resolved(
    const std::string& parameter,
    std::map<std::string, std::string> given
) {
    const auto read = read_template(
        "Parameters:\n  P: " + parameter +
            "\nResources:\n  V: {Type: AWS::EC2::VPC}\nOutputs:\n  O: {Value: !Ref P}\n",
        "t.yaml"
    );
    StackSettings settings;
    settings.name = "s";
    settings.account = "111111111111";
    settings.region = "ap-northeast-1";
    settings.parameters = std::move(given);
    return resolve(*read, settings);
}

struct Row {
    std::string parameter;
    std::optional<std::string> given;
    std::string result;  // the output, or the id of the problem
};

std::map<std::string, std::string> as_map(const Row& row) {
    std::map<std::string, std::string> given;
    if (row.given) given["P"] = *row.given;
    return given;
}

TEST(Parameters, TakeWhatTheyAreMeantTo) {
    const Row rows[] = {
        {"{Type: String, Default: d}", std::nullopt, "d"},
        {"{Type: String, Default: d}", "g", "g"},
        {"{Type: String}", "", ""},
        {"{Type: String, Default: 012345678901}", std::nullopt, "012345678901"},
        {"{Type: String, AllowedValues: [a, 2, true]}", "2", "2"},
        {"{Type: String, AllowedPattern: '[a-z]+', MinLength: 2, MaxLength: 3}", "abc", "abc"},
        {"{Type: String, MaxLength: 2}", "日本", "日本"},
        {"{Type: Number, MinValue: 1, MaxValue: 3}", "3", "3"},
        {"{Type: Number, Default: 1.5}", std::nullopt, "1.5"},
        {"{Type: CommaDelimitedList}", "a, b", "a,b"},
        {"{Type: List<Number>}", "1,2", "1,2"},
        {"{Type: CommaDelimitedList, AllowedValues: [a, b]}", "b,a", "b,a"},
        {"{Type: 'AWS::EC2::VPC::Id'}", "vpc-1", "vpc-1"},
        {"{Type: 'List<AWS::EC2::Subnet::Id>'}", "subnet-1,subnet-2", "subnet-1,subnet-2"},
        {"{Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /aws/x}",
         "ami-1",
         "ami-1"},
        {"{Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /aws/service/x}",
         "ami-2",
         "ami-2"},
        {"{Type: 'AWS::SSM::Parameter::Value<List<String>>'}", "a,b", "a,b"},
        {"{Type: String, NoEcho: true, Description: x, ConstraintDescription: y}", "s", "s"},
    };
    for (const Row& row : rows) {
        const auto stack = resolved(row.parameter, as_map(row));
        ASSERT_TRUE(stack) << row.parameter << text(stack.error().front(), Language::English);
        EXPECT_EQ(stack->outputs.at("O"), row.result) << row.parameter;
    }
}

TEST(Parameters, RefuseEverythingElseAndNeverShowTheValue) {
    const Row rows[] = {
        {"{Type: String}", std::nullopt, "cfn.parameter.missing"},
        {"{Default: x}", "topsecret", "cfn.parameter.no_type"},
        {"{Type: Strin}", "topsecret", "cfn.parameter.type_near"},
        {"{Type: AWS::Something::Else}", "topsecret", "cfn.parameter.type"},
        {"{Type: 'List<CommaDelimitedList>'}", "topsecret", "cfn.parameter.type_near"},
        {"x", "topsecret", "cfn.parameter.no_mapping"},
        {"{Type: String, MinLenght: 1}", "topsecret", "cfn.key.unknown_near"},
        {"{Type: String, Default: [a]}", "topsecret", "cfn.parameter.no_scalar"},
        {"{Type: String, AllowedValues: a}", "topsecret", "cfn.parameter.no_list"},
        {"{Type: String, AllowedValues: [a]}", "topsecret", "cfn.parameter.not_allowed"},
        {"{Type: String, Default: b, AllowedValues: [a]}",
         std::nullopt,
         "cfn.parameter.not_allowed"},
        {"{Type: CommaDelimitedList, AllowedValues: [a]}",
         "a,topsecret",
         "cfn.parameter.not_allowed"},
        {"{Type: String, MinLength: 10}", "topsecret", "cfn.parameter.length"},
        {"{Type: String, MaxLength: 8}", "topsecret", "cfn.parameter.length"},
        {"{Type: String, MaxLength: x}", "topsecret", "cfn.parameter.no_number"},
        {"{Type: Number}", "topsecret", "cfn.parameter.no_number"},
        {"{Type: Number}", "1x", "cfn.parameter.no_number"},
        {"{Type: Number}", "", "cfn.parameter.no_number"},
        {"{Type: Number, MaxValue: 3}", "4", "cfn.parameter.range"},
        {"{Type: Number, MinValue: 3}", "2", "cfn.parameter.range"},
        {"{Type: String, AllowedPattern: '[a-z]'}", "topsecret", "cfn.parameter.mismatch"},
        {"{Type: String, AllowedPattern: '(a+)+$'}",
         std::string(4000, 'a') + "!",
         "cfn.parameter.mismatch"},
        {"{Type: String, AllowedPattern: '(?=a).*'}", "topsecret", "cfn.parameter.pattern"},
        {"{Type: String, AllowedPattern: '((a{1000}){1000}){1000}'}",
         "topsecret",
         "cfn.parameter.pattern"},
        {"{Type: String, AllowedPattern: '['}", "topsecret", "cfn.parameter.pattern"},
        {"{Type: String}", std::string(4097, 'x'), "cfn.parameter.too_long"},
        {"{Type: String}", "\xFF", "cfn.parameter.too_long"},
        {"{Type: 'AWS::EC2::VPC::Id'}", "subnet-1", "cfn.parameter.no_id"},
        {"{Type: 'List<AWS::EC2::Subnet::Id>'}", "subnet-1,vpc-2", "cfn.parameter.no_id"},
        {"{Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}",
         std::nullopt,
         "cfn.parameter.from_ssm"},
        {"{Type: 'AWS::SSM::Parameter::Value<String>', Default: /aws/service/x}",
         std::nullopt,
         "cfn.parameter.from_ssm"},
        {"{Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>'}",
         std::nullopt,
         "cfn.parameter.from_ssm"},
        {"{Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /own/x}",
         std::nullopt,
         "cfn.parameter.from_ssm"},
        {"{Type: 'AWS::SSM::Parameter::Value<List<AWS::EC2::Image::Id>>', Default: /aws/service/x}",
         std::nullopt,
         "cfn.parameter.from_ssm"},
        {"{Type: 'AWS::EC2::Image::Id', Default: /aws/service/x}",
         std::nullopt,
         "cfn.parameter.no_id"},
        {"{Type: Number}", "nan", "cfn.parameter.no_number"},
    };
    for (const Row& row : rows) {
        const auto stack = resolved(row.parameter, as_map(row));
        ASSERT_FALSE(stack) << row.parameter;
        const Problem& problem = stack.error().front();
        EXPECT_EQ(problem.what.id.name(), row.result) << row.parameter;
        EXPECT_EQ(problem.where.line, row.result == "cfn.parameter.from_ssm" ? 6U : 2U)
            << row.parameter;
        EXPECT_EQ(text(problem, Language::Japanese).find("topsecret"), std::string::npos)
            << row.parameter;
        EXPECT_TRUE(has_text(problem.what.id)) << row.result;
        EXPECT_EQ(stack.error().size(), 1U) << row.parameter;
    }
}

TEST(Parameters, AnImageThatAwsPublishesStandsForItself) {
    const std::string type = "{Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>'";
    const auto image = [&](const std::string& path) {
        const auto stack = resolved(type + ", Default: " + path + "}", {});
        return stack ? stack->outputs.at("O") : text(stack.error().front(), Language::English);
    };
    const std::string first = image("/aws/service/ami-amazon-linux-latest/x86_64");
    EXPECT_EQ(first.size(), std::string("ami-0123456789abcdef0").size()) << first;
    EXPECT_TRUE(first.starts_with("ami-")) << first;
    EXPECT_EQ(image("/aws/service/ami-amazon-linux-latest/x86_64"), first);
    EXPECT_NE(image("/aws/service/ami-amazon-linux-latest/arm64"), first);
    const auto given = resolved(type + "}", {{"P", "/aws/service/ami-amazon-linux-latest/x86_64"}});
    ASSERT_TRUE(given);
    EXPECT_EQ(given->outputs.at("O"), first);
}

TEST(Parameters, RefuseValuesForNobody) {
    const auto stack = resolved("{Type: String, Default: x}", {{"Q", "1"}});
    ASSERT_FALSE(stack);
    EXPECT_EQ(stack.error().front().what.id.name(), "cfn.parameter.unknown_near");
}

}  // namespace
}  // namespace kakehashi::cfn

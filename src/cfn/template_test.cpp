#include "cfn/template.h"

#include "cfn/detail/read.h"

#include <gtest/gtest.h>

namespace kakehashi::cfn {
namespace {

constexpr std::string_view kShort = R"(AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "${AWS::StackName}-x"
      Path: !Join ["", [/, a, /]]
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
          - Effect: Deny
      Tags: !If [A, !GetAtt Role.Arn, !Ref "AWS::NoValue"]
)";

struct Refused {
    std::string text, id;
    std::size_t line;
};

void expect_refused(const Refused& row) {
    const auto read = read_template(row.text, "t.yaml");
    ASSERT_FALSE(read) << row.text.substr(0, 60);
    const Problem& problem = read.error().front();
    EXPECT_EQ(problem.what.id.name(), row.id) << row.text.substr(0, 60);
    EXPECT_EQ(problem.where.line, row.line) << row.text.substr(0, 60);
    EXPECT_EQ(problem.where.file, "t.yaml");
    EXPECT_TRUE(has_text(problem.what.id)) << problem.what.id.name();
}

std::string repeated(std::string_view text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) {
        out += text;
    }
    return out;
}

TEST(Template, SaysWhereEachPartStands) {
    const auto read = read_template(kShort, "operator.yaml");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->file(), "operator.yaml");
    const std::pair<std::string_view, std::size_t> rows[] = {
        {"Resources", 2},
        {"Resources.Role", 3},
        {"Resources.Role.Properties.RoleName", 6},
        {"Resources.Role.Properties.RoleName.Fn::Sub", 6},
        {"Resources.Role.Properties.AssumeRolePolicyDocument", 8},
        {"Resources.Role.Properties.AssumeRolePolicyDocument.Statement[0]", 11},
        {"Resources.Role.Properties.AssumeRolePolicyDocument.Statement[0].Action", 12},
        {"Resources.Role.Properties.AssumeRolePolicyDocument.Statement[1]", 13},
    };
    for (const auto& [path, line] : rows) {
        EXPECT_EQ(read->line_of(path), line) << path;
    }
    for (std::string_view path :
         {"Resource",
          "Resources.Role.Type.X",
          "Resources[0]",
          "Resources.Role.",
          "Resources.Role.Properties.AssumeRolePolicyDocument.Statement[2]",
          "Resources.Role.Properties.AssumeRolePolicyDocument.Statement[x]",
          "Resources.Role.Properties.AssumeRolePolicyDocument.Statement[0"}) {
        EXPECT_FALSE(read->line_of(path)) << path;
    }
}

TEST(Template, ReadsLongAndShortFormsAndJsonAlike) {
    const auto brief =
        read_yaml("a: !GetAtt R.Arn\nb: !Ref X\nc: !If [C, !Sub x, 1]\nd: !Condition C\n");
    const auto full = read_yaml(
        "a: {Fn::GetAtt: R.Arn}\nb: {Ref: X}\nc: {Fn::If: [C, {Fn::Sub: x}, 1]}\nd: {Condition: "
        "C}\n"
    );
    const auto json = read_json(
        R"({"a":{"Fn::GetAtt":"R.Arn"},"b":{"Ref":"X"},"c":{"Fn::If":["C",{"Fn::Sub":"x"},1]},"d":{"Condition":"C"}})"
    );
    ASSERT_TRUE(brief && full && json);
    EXPECT_TRUE(equal(*brief, *full));
    EXPECT_TRUE(equal(*brief, *json));
}

TEST(Template, JsonHasLinesToo) {
    const auto json = read_json("{\n \"a\\\"}\":\n [1,\n  {\"b\": \"x\\n\"}],\n \"c\": true}");
    ASSERT_TRUE(json);
    const std::pair<std::string_view, std::size_t> rows[] = {
        {"a\"}", 2}, {"a\"}[0]", 3}, {"a\"}[1]", 4}, {"a\"}[1].b", 4}, {"c", 5}};
    for (const auto& [path, line] : rows) {
        const Step step = walk(*json, path);
        EXPECT_TRUE(step.exact) << path;
        EXPECT_EQ(step.node->line, line) << path;
    }
}

TEST(Template, ReadsScalarsAsTheCoreSchemaDoes) {
    using Kind = Node::Kind;
    const std::pair<std::string_view, Kind> rows[] = {
        {"true", Kind::Boolean},
        {"False", Kind::Boolean},
        {"yes", Kind::String},
        {"on", Kind::String},
        {"null", Kind::Null},
        {"~", Kind::Null},
        {"0", Kind::Integer},
        {"-7", Kind::Integer},
        {"222222222222", Kind::Integer},
        {"012345678901", Kind::String},
        {"00", Kind::String},
        {"0x1F", Kind::String},
        {"0.5", Kind::Double},
        {"1e3", Kind::Double},
        {"1.", Kind::Double},
        {".", Kind::String},
        {"1e", Kind::String},
        {"+", Kind::String},
        {"2012-10-17", Kind::String},
        {"2010-09-09", Kind::String},
        {"10.0.0.0/16", Kind::String},
        {"1.2.3", Kind::String},
        {"99999999999999999999", Kind::String},
        {"1e999", Kind::String},
        {".inf", Kind::String},
        {"'1'", Kind::String},
        {"\"true\"", Kind::String},
        {"!!str 12", Kind::String},
        {"|\n  12", Kind::String},
    };
    for (const auto& [text, kind] : rows) {
        const auto read = read_yaml("a: " + std::string(text) + "\n");
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(read->children.at(0).kind, kind) << text;
    }
}

TEST(Template, RefusesWhatIsNotYaml) {
    const Refused rows[] = {
        {"", "cfn.read.empty", 1},
        {" \n", "cfn.read.empty", 1},
        {"# nothing\n", "cfn.read.empty", 1},
        {"Resources:\n  A: [1\n  B: 2\n", "cfn.read.syntax", 4},
        {"Resources:\n  A: 'x\n", "cfn.read.syntax", 2},
        {"Resources:\n  A: 1\n  A: 2\n", "cfn.read.twice", 3},
        {"Resources:\n  ? [a]\n  : 1\n", "cfn.read.key", 2},
        {"Resources:\n  ? {a: 1}\n  : 1\n", "cfn.read.key", 2},
        {"Resources: &x\n  A: 1\nOutputs: *x\n", "cfn.read.alias", 3},
        {"Resources:\n  <<: {A: 1}\n", "cfn.read.merge", 2},
        {"Resources:\n  A: !Sup x\n", "cfn.read.tag_near", 2},
        {"Resources:\n  A: !!binary eA==\n", "cfn.read.tag", 2},
        {"Resources:\n  A: !<tag:x,2002:y> x\n", "cfn.read.tag", 2},
        {"Resources: {}\n---\nResources: {}\n", "cfn.read.second_document", 2},
        {"Resources:\n  A: \x01\n", "cfn.read.characters", 2},
        {"Resources:\n  A: \xC3(\n", "cfn.read.characters", 2},
        {"Resources:\n  A: \"\\ud800\"\n", "cfn.read.syntax", 2},
    };
    for (const Refused& row : rows) {
        expect_refused(row);
    }
}

TEST(Template, RefusesWhatIsNotJson) {
    const Refused rows[] = {
        {"{\n \"Resources\": {},\n}", "base.json.syntax", 3},
        {"{\"Resources\": {\n\"A\": 1,\n\"A\": 2}}", "base.json.duplicate_key", 3},
        {"{\"" + std::string(kKeyBytesMax + 1, 'k') + "\": 1}", "cfn.read.long_key", 1},
        {"{\"a\":" + std::string(kTemplateDepthMax, '[') + std::string(kTemplateDepthMax, ']') +
             "}",
         "cfn.read.too_deep",
         1},
        {"{\"a\":[" + repeated("0,", kTemplateNodesMax) + "0]}", "cfn.read.too_many", 1},
    };
    for (const Refused& row : rows) {
        expect_refused(row);
    }
}

TEST(Template, RefusesBombs) {
    std::string laughs = "a: &a [x, x]\n";
    for (char c = 'b'; c < 'l'; ++c) {
        const std::string before{'*', static_cast<char>(c - 1)};
        laughs.append({c, ':', ' ', '&', c}).append(" [").append(before);
        laughs.append(", ").append(before).append("]\n");
    }
    std::string deep_block;
    for (std::size_t i = 0; i <= kTemplateDepthMax; ++i) {
        deep_block += std::string(i, ' ') + "a:\n";
    }
    const Refused rows[] = {
        {laughs, "cfn.read.alias", 2},
        {"a: " + std::string(kTemplateDepthMax, '[') + std::string(kTemplateDepthMax, ']'),
         "cfn.read.too_deep",
         1},
        {"a: " + std::string(500'000, '['), "cfn.read.too_deep", 1},
        {"a: " + repeated("{a: ", 100'000), "cfn.read.too_deep", 1},
        {"a:\n- '[]'\n- " + repeated("[\n", 10'000), "cfn.read.too_deep", 1003},
        {deep_block, "cfn.read.too_deep", kTemplateDepthMax + 1},
        {"a: " + repeated("- ", 100'000), "cfn.read.syntax", 1},
        {"a:\n" + repeated("- x\n", kTemplateNodesMax + 1),
         "cfn.read.too_many",
         kTemplateNodesMax + 2},
        {std::string(kTemplateBytesMax + 1, ' '), "cfn.read.too_large", 0},
    };
    for (const Refused& row : rows) {
        expect_refused(row);
    }
    EXPECT_TRUE(read_yaml(
        "a: " + std::string(kTemplateDepthMax - 1, '[') + std::string(kTemplateDepthMax - 1, ']')
    ));
}

TEST(Template, RefusesSectionsThatItDoesNotUnderstand) {
    const Refused rows[] = {
        {"- a\n", "cfn.read.no_template", 1},
        {"text\n", "cfn.read.no_template", 1},
        {"Resources: {R: {}}\nOutput: {}\n", "cfn.section.unknown_near", 2},
        {"Resources: {R: {}}\nZzzzzzzzzzzz: {}\n", "cfn.section.unknown", 2},
        {"Transform: AWS::LanguageExtensions\nResources: {R: {}}\n", "cfn.section.unsupported", 1},
        {"Rules: {A: {}}\nResources: {R: {}}\n", "cfn.section.unsupported", 1},
        {"Rules: {CheckBootstrapVersion: {}, B: {}}\nResources: {R: {}}\n",
         "cfn.section.unsupported",
         1},
        {"AWSTemplateFormatVersion: 2012-10-17\nResources: {R: {}}\n", "cfn.section.version", 1},
        {"Resources: {R: {}}\nOutputs: [1]\n", "cfn.section.no_mapping", 2},
        {"Resources: {}\n", "cfn.section.no_resources", 1},
        {"Description: x\n", "cfn.section.no_resources", 1},
    };
    for (const Refused& row : rows) {
        expect_refused(row);
    }
    EXPECT_TRUE(read_template("Rules: {CheckBootstrapVersion: {}}\nResources: {R: {}}\n", "cdk"));
}

TEST(Template, TellsAllProblemsOfSections) {
    const auto read = read_template("Rules: {A: {}}\nHooks: {}\nOutput: {}\n", "t");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().size(), 4U);
}

}  // namespace
}  // namespace kakehashi::cfn

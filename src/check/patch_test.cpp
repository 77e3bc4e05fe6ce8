#include "check/detail/patch.h"

#include "check/finding_test.h"

namespace kakehashi::check {
namespace {

const std::string kTemplate = R"(Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties:
      # a comment of the whole
      CidrBlock: 10.0.0.0/16
      EnableDnsSupport: "true"   # quoted
      Tags: [{ Key: a, Value: b }]
  Flow:
    Type: AWS::EC2::VPC
    Properties: { CidrBlock: 10.0.0.0/16, EnableDnsSupport: !Equals }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Version: 2012-10-17, Statement: [] }
      ManagedPolicyArns:
        - arn:aws:iam::aws:policy/A
        - !Sub arn:${AWS::Partition}:iam::aws:policy/B   # the second
        - !If [Always, arn:aws:iam::aws:policy/C, !Ref AWS::NoValue]
  Other:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: { Version: 2012-10-17, Statement: [] }
      ManagedPolicyArns: [arn:aws:iam::aws:policy/A, "arn:aws:iam::aws:policy/B"] # two
Conditions:
  Always: !Equals [a, a]
)";

struct Stacked {
    cfn::Stack stack;
    DeclaredResource at(std::string_view id) const { return {nullptr, &stack, stack.find(id)}; }
};

std::optional<Stacked> stacked(const std::string& text) {
    auto read = cfn::read_template(text, "t.yaml");
    if (!read) return std::nullopt;
    cfn::StackSettings settings;
    settings.name = "s";
    settings.account = "111111111111";
    settings.region = "ap-northeast-1";
    auto stack = cfn::resolve(*read, settings);
    if (!stack) {
        ADD_FAILURE() << cloud::all_texts(stack.error());
        return std::nullopt;
    }
    return Stacked{*std::move(stack)};
}

const std::string& good() {
    static const std::string kGood =
        replaced(kTemplate, "EnableDnsSupport: !Equals", "EnableDnsSupport: true");
    return kGood;
}

TEST(Patch, ChangesOneLine) {
    const auto before = stacked(good());
    ASSERT_TRUE(before);
    const std::string arns = "Resources.Role.Properties.ManagedPolicyArns";
    const std::string others = "Resources.Other.Properties.ManagedPolicyArns";
    struct Row {
        Patch patch;
        const char *from, *to;
    };
    for (const auto& [patch, from, to] : {
             Row{set_property(before->at("Vpc"), "", "EnableDnsSupport", "false"),
                 "EnableDnsSupport: \"true\"   # quoted",
                 "EnableDnsSupport: false   # quoted"},
             Row{set_property(before->at("Vpc"), "", "EnableDnsHostnames", "true"),
                 "    Properties:\n      # a comment",
                 "    Properties:\n      EnableDnsHostnames: true\n      # a comment"},
             Row{set_property(before->at("Flow"), "", "EnableDnsSupport", "false"),
                 "EnableDnsSupport: true }",
                 "EnableDnsSupport: false }"},
             Row{remove_item(before->at("Role"), arns + "[0]"),
                 "        - arn:aws:iam::aws:policy/A\n",
                 ""},
             Row{remove_item(before->at("Role"), arns + "[1]"),
                 "        - !Sub arn:${AWS::Partition}:iam::aws:policy/B   # the second\n",
                 ""},
             Row{remove_item(before->at("Other"), others + "[0]"),
                 "[arn:aws:iam::aws:policy/A, \"arn:aws:iam::aws:policy/B\"]",
                 "[\"arn:aws:iam::aws:policy/B\"]"},
             Row{remove_item(before->at("Other"), others + "[1]"),
                 "[arn:aws:iam::aws:policy/A, \"arn:aws:iam::aws:policy/B\"]",
                 "[arn:aws:iam::aws:policy/A]"},
             Row{copy_item(before->at("Role"), arns + "[1]", "policy/B", "policy/D"),
                 "policy/B   # the second\n",
                 "policy/B   # the second\n        - !Sub "
                 "arn:${AWS::Partition}:iam::aws:policy/D\n"},
             Row{copy_item(before->at("Other"), others + "[1]", "policy/B", "policy/D"),
                 "\"arn:aws:iam::aws:policy/B\"]",
                 "\"arn:aws:iam::aws:policy/B\", \"arn:aws:iam::aws:policy/D\"]"},
         }) {
        ASSERT_FALSE(patch.empty()) << from;
        const std::string after = apply_edits(good(), patch);
        EXPECT_EQ(after, replaced(good(), from, to));
        EXPECT_TRUE(stacked(after)) << after;
    }
}

// Where a line does not show all of what it says, a person has to look.
TEST(Patch, LeavesToAPersonWhatIsNotSure) {
    const auto before = stacked(good());
    ASSERT_TRUE(before);
    const std::string arns = "Resources.Role.Properties.ManagedPolicyArns";
    EXPECT_TRUE(set_property(before->at("Flow"), "", "EnableDnsHostnames", "true").empty());
    EXPECT_TRUE(set_property(before->at("Vpc"), "", "Tags", "true").empty());
    EXPECT_TRUE(set_property(before->at("Role"), "", "AssumeRolePolicyDocument", "x").empty());
    EXPECT_TRUE(remove_item(before->at("Role"), arns + "[2]").empty());
    EXPECT_TRUE(remove_item(before->at("Role"), arns).empty());
    EXPECT_TRUE(copy_item(before->at("Role"), arns + "[0]", "policy/Z", "policy/D").empty());
    EXPECT_TRUE(copy_item(before->at("Role"), arns + "[2]", "policy/C", "policy/D").empty());
    const auto json = stacked(
        R"({"Resources":{"Vpc":{"Type":"AWS::EC2::VPC","Properties":{"CidrBlock":"10.0.0.0/16",
"EnableDnsSupport": false}}}})"
    );
    ASSERT_TRUE(json);
    EXPECT_TRUE(set_property(json->at("Vpc"), "", "EnableDnsSupport", "true").empty());
}

TEST(Patch, KeepsTheLineEndsOfTheFile) {
    const std::string text = replaced(good(), "\n", "\r\n");
    const auto before = stacked(text);
    ASSERT_TRUE(before);
    const Patch patch = set_property(before->at("Vpc"), "", "EnableDnsHostnames", "true");
    ASSERT_FALSE(patch.empty());
    EXPECT_EQ(patch[0].text, "      EnableDnsHostnames: true\r\n");
}

// Everything that can be mended in the article's pair, at once: it still reads, and no errors come
// that were not there.
TEST(Patch, MendsTheArticleAtOnce) {
    const auto world = world_with("article", {});
    ASSERT_TRUE(world);
    const auto look = [](const cloud::World& of) {
        std::vector<Found> all = residency_findings(of, {});
        for (auto* more : {&privilege_findings, &perimeter_findings, &policy_findings}) {
            auto found = more(of);
            all.insert(all.end(), found.begin(), found.end());
        }
        return all;
    };
    std::vector<LineEdit> edits;
    for (const Found& found : look(*world)) {
        for (const LineEdit& edit : found.patch) {
            const bool twice = std::any_of(edits.begin(), edits.end(), [&](const LineEdit& other) {
                return other.file == edit.file && other.first_line == edit.first_line;
            });
            if (!twice) edits.push_back(edit);
        }
    }
    EXPECT_EQ(edits.size(), 2U);  // LimitedAccess goes from both roles
    const auto mended = world_with("article", {}, edits);
    ASSERT_TRUE(mended);
    const auto after = look(*mended);
    for (const char* id :
         {"managed-policy-opens-models",
          "caller-has-bedrock",
          "operator-may-create",
          "bearer-token-allowed"}) {
        EXPECT_TRUE(of_id(after, id).empty()) << all_places(of_id(after, id));
    }
}

}  // namespace
}  // namespace kakehashi::check

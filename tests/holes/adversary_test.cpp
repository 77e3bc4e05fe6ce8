#include "base/text.h"
#include "check/judgement.h"
#include "cloud/world.h"
#include "config/configuration.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

// Policies that somebody wrote to make a judge hang: a verdict, or `unknown` with its reason, after
// a number of steps that is bounded. Steps are counted, never seconds.
namespace kakehashi::check {
namespace {

constexpr const char* kToml = R"([operator]
account = "222222222222"
template = "operator.yaml"
[[municipality]]
name = "sample-city"
account = "111111111111"
template = "municipality.yaml"
)";
constexpr const char* kMunicipality =
    "Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n    Properties: {CidrBlock: 10.0.0.0/16}\n";
constexpr const char* kRole = R"(Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: operator
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {AWS: "arn:aws:iam::111111111111:root"}, Action: "sts:AssumeRole"}
      Policies:
        - PolicyName: hostile
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
)";

constexpr std::size_t kStatements = 100;
constexpr std::size_t kKeys = 20;

// "*a*b*c*", another one for each number.
std::string nested(std::size_t number, std::size_t depth) {
    std::string out = "*";
    for (std::size_t i = 0; i < depth; ++i) {
        out += static_cast<char>('a' + (number * 7 + i * 3) % 26);
        out += '*';
    }
    return out;
}

struct Shape {
    const char* what;
    const char* operator_;  // of the conditions
    std::size_t depth;
    bool denies;  // every statement but the first
    bool spread;  // each statement asks for all keys; else one key has all values
};

std::string statement(const Shape& shape, std::size_t number) {
    const bool deny = shape.denies && number != 0;
    std::string out =
        std::string("              - Effect: ") + (deny ? "Deny" : "Allow") +
        "\n                Action: \"bedrock:Invoke" + (number % 2 ? "*o*e*" : "M*d*l*") +
        "\"\n                Resource: \"arn:aws:bedrock:*:*:" + nested(number, shape.depth) +
        "\"\n                Condition:\n                  " + shape.operator_ + ":\n";
    for (std::size_t key = 0; key < kKeys; ++key) {
        const std::string values = "\"" + nested(number + key, shape.depth) + "\", \"" +
                                   nested(number * key + 1, shape.depth) + "\"";
        const std::string name = shape.spread ? std::to_string(key) : std::to_string(key % 3);
        if (!shape.spread && key >= 3) break;
        out += "                    \"aws:RequestTag/k" + name + "\": [" + values + "]\n";
    }
    return out;
}

TEST(Adversary, GetsAVerdictOrAReasonWithinTheBudget) {
    const Shape shapes[] = {
        {"allows alone", "StringLike", 3, false, true},
        {"denies of one shape", "StringLike", 3, true, true},
        {"deep denies", "StringLike", 9, true, true},
        {"negated", "StringNotLike", 3, true, true},
        {"negated, deep", "StringNotLike", 9, false, true},
        {"folded", "StringNotEqualsIgnoreCase", 4, true, true},
        {"sets", "ForAnyValue:StringLike", 4, true, true},
        {"all of sets", "ForAllValues:StringNotLike", 4, true, true},
        {"few keys, many values", "StringNotLike", 6, true, false},
        {"if there is one", "StringLikeIfExists", 5, true, true},
    };
    for (const Shape& shape : shapes) {
        SCOPED_TRACE(shape.what);
        std::string role = kRole;
        for (std::size_t i = 0; i < kStatements; ++i)
            role += statement(shape, i);
        auto configuration = config::read_configuration(kToml, "kakehashi.toml");
        ASSERT_TRUE(configuration);
        const auto world = cloud::build_world(
            *std::move(configuration),
            {{"operator.yaml", role}, {"municipality.yaml", kMunicipality}}
        );
        ASSERT_TRUE(world) << text(world.error().front(), ::kakehashi::Language::English);
        const ResidencyProof proof = prove_residency(**world);
        EXPECT_EQ(proof.iam.doubts.empty(), proof.iam.verdict == Verdict::Proven);
        for (const Doubt& doubt : proof.iam.doubts) {
            EXPECT_EQ(doubt.witness.has_value(), doubt.verdict == Verdict::Refuted);
            EXPECT_NE(doubt.why.id.name(), "check.proof.replay");
            EXPECT_FALSE(text(doubt.why, ::kakehashi::Language::English).empty());
        }
        // One role, and nobody else who reaches an endpoint.
        EXPECT_LE(proof.size.branches + proof.size.states, 2 * kProofStepsMax);
        RecordProperty(shape.what, name(proof.iam.verdict));
    }
}

}  // namespace
}  // namespace kakehashi::check

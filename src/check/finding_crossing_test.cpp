#include "check/finding_test.h"
#include "finding/finding.h"

namespace kakehashi::check {
namespace {

constexpr const char* kOperator = "operator.yaml";
constexpr const char* kMunicipality = "municipality.yaml";

std::vector<Found> look(const cloud::World& world) {
    return crossing_findings(world, CrossingProof{});
}

const std::vector<FindingRow>& rows() {
    using Edits = FindingRow::Edits;
    using Patch = FindingRow::Patch;
    static const std::vector<FindingRow> kRows = {
        {"chained-duration",
         "fenced",
         {{kOperator,
           "      MaxSessionDuration: 3600\n      AssumeRolePolicyDocument:\n        Version: "
           "\"2012-10-17\"\n        Statement:\n          - Sid: CallerOfOne",
           "      MaxSessionDuration: 43200\n      AssumeRolePolicyDocument:\n        Version: "
           "\"2012-10-17\"\n        Statement:\n          - Sid: CallerOfOne"}},
         "operator.yaml#Resources.OperatorRole.Properties.MaxSessionDuration",
         Edits::Break,
         Patch::Mends},
        {"deploy-order",
         "fenced",
         {{kOperator,
           "AWS: !Sub arn:${AWS::Partition}:iam::${MunicipalityAccount}:role/kakehashi-caller\n    "
           "        Action: sts:AssumeRole\n            Condition:\n",
           "AWS: !Ref MunicipalityAccount\n            Action: sts:AssumeRole\n            "
           "Condition:\n              ArnEquals: { 'aws:PrincipalArn': !Sub "
           "'arn:aws:iam::${MunicipalityAccount}:role/kakehashi-caller' }\n"}},
         "operator.yaml#Resources.OperatorRole",
         Edits::Mend},
        {"not-deployable",
         "fenced",
         {{kMunicipality, "10.20.1.0/24", "10.20.0.32/27"}},
         "municipality.yaml#Resources.PrivateSubnetC.Properties.CidrBlock"},
        {"not-deployable",
         "fenced",
         {{kMunicipality, "10.20.1.0/24", "10.99.0.0/24"}},
         "municipality.yaml#Resources.PrivateSubnetC.Properties.CidrBlock"},
        {"not-deployable",
         "fenced",
         {{kMunicipality, "VpcEndpointType: Interface", "VpcEndpointType: Gateway"}},
         "municipality.yaml#Resources."},
        {"not-deployable",
         "fenced",
         {{kMunicipality, "      VpcEndpointType: Interface\n", ""}},
         "municipality.yaml#Resources."},
        {"wrong-source-region",
         "fenced",
         {{"kakehashi.toml",
           "[\"jp.anthropic.claude-haiku-4-5-20251001-v1:0\"]",
           "[\"us.anthropic.claude-sonnet-4-20250514-v1:0\"]"}},
         "kakehashi.toml#bedrock"},
    };
    return kRows;
}

TEST(CrossingFindings, AreThereWithTheFaultAndNotWithoutIt) {
    for (const FindingRow& row : rows()) {
        SCOPED_TRACE(row.id);
        expect_finding(row, look);
    }
}

// A broken link as the proof tells it, and the edit that mends it: afterwards the text has it.
TEST(CrossingFindings, MendBrokenLinks) {
    struct Row {
        const char* id;
        const char* destination;
        std::vector<cloud::TextEdit> edits;
        const char* file;
        const char* path;
        const char* mended;  // stands in the text then
    };
    const std::string streaming = "                  - bedrock:InvokeModelWithResponseStream\n";
    const std::string osaka =
        "                  - !Sub "
        "arn:${AWS::Partition}:bedrock:ap-northeast-3::foundation-model/"
        "anthropic.claude-haiku-4-5-20251001-v1:0\n                Condition:\n                  "
        "ArnEquals:\n                    bedrock:InferenceProfileArn: !Sub "
        "arn:${AWS::Partition}:bedrock:ap-northeast-1:${AWS::AccountId}:inference-profile/"
        "jp.anthropic.claude-haiku-4-5-20251001-v1:0\n              # Holds";
    const std::string no_osaka = osaka.substr(osaka.find("                Condition"));
    for (const Row& row : {
             Row{"private-dns-off",
                 "",
                 {{"municipality.yaml", "PrivateDnsEnabled: true", "PrivateDnsEnabled: false"}},
                 "municipality.yaml",
                 "Resources.StsEndpoint",
                 "PrivateDnsEnabled: true"},
             Row{"private-dns-off",
                 "",
                 {{"municipality.yaml", "      PrivateDnsEnabled: true\n", ""}},
                 "municipality.yaml",
                 "Resources.StsEndpoint",
                 "PrivateDnsEnabled: true"},
             Row{"vpc-dns-off",
                 "",
                 {{"municipality.yaml", "EnableDnsHostnames: true", "EnableDnsHostnames: false"}},
                 "municipality.yaml",
                 "Resources.Vpc",
                 "EnableDnsHostnames: true"},
             Row{"streaming-denied",
                 "",
                 {{kOperator, streaming, ""}},
                 kOperator,
                 "Resources.OperatorRole",
                 streaming.c_str()},
             Row{"destination-missing",
                 "ap-northeast-3",
                 {{kOperator, osaka, no_osaka}},
                 kOperator,
                 "Resources.OperatorRole",
                 osaka.c_str()},
         }) {
        SCOPED_TRACE(row.id);
        const auto world = world_with("fenced", row.edits);
        ASSERT_TRUE(world);
        CrossingProof proof{Verdict::Refuted};
        const Found cause{row.id, Location{row.file, 1, row.path}, {"check.deploy-order.what"_msg}};
        proof.broken.push_back({"sample-city", "converse", "", row.destination, cause});
        proof.broken.push_back({"sample-city", "converse-stream", "", row.destination, cause});
        const auto all = of_id(crossing_findings(*world, proof), row.id);
        ASSERT_EQ(all.size(), 1U) << "one cause is told once";
        ASSERT_FALSE(all[0].patch.empty());
        std::string source = cloud::read_example(std::string("fenced/") + row.file);
        for (const auto& edit : row.edits) {
            source = replaced(source, edit.from, edit.to);
        }
        EXPECT_EQ(source.find(row.mended), std::string::npos);
        source = apply_edits(source, all[0].patch);
        EXPECT_NE(source.find(row.mended), std::string::npos) << source;
        EXPECT_TRUE(world_with("fenced", row.edits, all[0].patch));
    }
}

TEST(CrossingFindings, SayNothingOfTheFencedPairButTheOrder) {
    const auto world = world_with("fenced", {});
    ASSERT_TRUE(world);
    const auto all = look(*world);
    EXPECT_EQ(all.size(), 1U) << all_places(all);
}

}  // namespace
}  // namespace kakehashi::check

#include "check/finding_test.h"
#include "finding/finding.h"

#include <gmock/gmock.h>

namespace kakehashi::check {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_days kToday = 2026y / 11 / 24;
constexpr const char* kOperator = "operator.yaml";
constexpr const char* kMunicipality = "municipality.yaml";

Judgement judged(
    const std::string& example,
    const std::vector<cloud::TextEdit>& edits = {},
    std::chrono::sys_days today = kToday
) {
    const auto world = world_with(example, edits);
    EXPECT_TRUE(world);
    return world ? judge(*world, today) : Judgement{};
}

std::vector<std::string> ids_of(const Judgement& judgement, finding::Severity severity) {
    std::vector<std::string> out;
    for (const Found& found : judgement.findings) {
        if (finding::find(found.id)->severity == severity) out.push_back(found.id);
    }
    return out;
}

TEST(Judgement, HasNothingToSayOfTheFencedPairButNotes) {
    const Judgement judgement = judged("fenced");
    EXPECT_FALSE(judgement.has_error());
    EXPECT_EQ(ids_of(judgement, finding::Severity::Error), std::vector<std::string>{})
        << all_places(judgement.findings);
    EXPECT_EQ(ids_of(judgement, finding::Severity::Warning), std::vector<std::string>{})
        << all_places(judgement.findings);
    EXPECT_EQ(judgement.works.verdict, Verdict::Proven);
    EXPECT_EQ(judgement.stays_in_japan.verdict(), Verdict::Proven);
    EXPECT_FALSE(judgement.assumptions.empty());
}

// twin.md §1: the twin refuses such a pair; a judgement says what it could not read, and proves
// nothing.
TEST(Judgement, ProvesNothingBesideAResourceThatItCannotRead) {
    std::map<std::string, std::string> texts;
    for (const char* file : {"kakehashi.toml", kOperator, kMunicipality}) {
        texts[file] = cloud::read_example(std::string("fenced/") + file);
    }
    texts[kOperator] = replaced(
        texts[kOperator], "Resources:\n", "Resources:\n  Cluster:\n    Type: AWS::EKS::Cluster\n"
    );
    const auto configuration =
        config::read_configuration(texts["kakehashi.toml"], "kakehashi.toml");
    ASSERT_TRUE(configuration);
    EXPECT_FALSE(cloud::build_world(*configuration, texts));
    const auto world = cloud::build_partial_world(*configuration, texts);
    ASSERT_TRUE(world) << cloud::all_texts(world.error());
    const Judgement judgement = judge(**world, kToday);
    EXPECT_TRUE(judgement.has_error());
    EXPECT_EQ(judgement.works.verdict, Verdict::Unknown);
    EXPECT_EQ(judgement.stays_in_japan.verdict(), Verdict::Unknown);
    const auto unknown = of_id(judgement.findings, "proof-unknown");
    ASSERT_EQ(unknown.size(), 1U) << all_places(judgement.findings);
    EXPECT_EQ(unknown[0].where.path, "Resources.Cluster.Type");
    EXPECT_NE(unknown[0].where.line, 0U);
}

// check.md: what the article's own pair must yield at least.
TEST(Judgement, FindsWhatIsWrongWithTheArticle) {
    const Judgement judgement = judged("article");
    EXPECT_TRUE(judgement.has_error());
    for (const char* id :
         {"model-outside",
          "managed-policy-opens-models",
          "foundation-model-direct",
          "caller-has-bedrock",
          "operator-marketplace",
          "external-id-missing",
          "source-vpce-missing",
          "endpoint-full-access"}) {
        EXPECT_FALSE(of_id(judgement.findings, id).empty()) << id;
    }
    const auto outside = of_id(judgement.findings, "model-outside");
    EXPECT_TRUE(std::any_of(outside.begin(), outside.end(), [](const Found& found) {
        return found.witness && found.witness->resource.starts_with("arn:aws:bedrock:::");
    })) << all_places(outside);
    EXPECT_TRUE(of_id(judgement.findings, "streaming-denied").empty());
    const Judgement without = judged(
        "article",
        {{kOperator, "        - arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess\n", ""}}
    );
    const auto denied = of_id(without.findings, "streaming-denied");
    ASSERT_EQ(denied.size(), 1U) << all_places(without.findings);
    EXPECT_FALSE(denied[0].patch.empty());
}

TEST(Judgement, PutsTheWorstFirst) {
    const Judgement judgement = judged("article");
    const auto& all = judgement.findings;
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const Found& a, const Found& b) {
        const auto key = [](const Found& found) {
            return std::tuple(
                finding::find(found.id)->severity, found.where.file, found.where.line
            );
        };
        return key(a) < key(b);
    })) << all_places(all);
}

// Every error that names a request was replayed, and every sentence has its words.
TEST(Judgement, SaysAllInBothLanguages) {
    for (const Found& found : judged("article").findings) {
        for (const auto language :
             {::kakehashi::Language::English, ::kakehashi::Language::Japanese}) {
            EXPECT_THAT(
                text(found.what, language), testing::Not(testing::ContainsRegex("\\{[a-z_]+\\}"))
            );
            EXPECT_TRUE(!found.fix || has_text(found.fix->id)) << found.id;
        }
        EXPECT_TRUE(finding::find(found.id)) << found.id;
    }
}

std::string suppression(const char* id, const char* where, const char* until) {
    return std::string("[[check.suppress]]\nid = \"") + id + "\"\n" +
           (*where ? std::string("where = \"") + where + "\"\n" : "") +
           "reason = \"agreed\"\nuntil = \"" + until + "\"\n\n[bedrock]\n";
}

TEST(Judgement, MovesWhatIsSuppressedUntilTheDayIsOver) {
    struct Row {
        const char *id, *where, *until;
        bool moved;
        const char* told;  // what suppression-void says; "": it is not there
    };
    for (const auto& [id, where, until, moved, told] : {
             Row{"source-vpce-missing", "", "2026-11-24", true, ""},
             Row{"source-vpce-missing", "operator.yaml", "2027-01-01", true, ""},
             Row{"source-vpce-missing",
                 "operator.yaml#Resources.OperatorRole",
                 "2026-11-24",
                 true,
                 ""},
             Row{"source-vpce-missing",
                 "operator.yaml#Resources.Operator",
                 "2026-11-24",
                 false,
                 "check.suppression.unused"},
             Row{"source-vpce-missing",
                 "municipality.yaml",
                 "2026-11-24",
                 false,
                 "check.suppression.unused"},
             Row{"source-vpce-missing", "", "2026-11-23", false, "check.suppression.expired"},
             Row{"nat", "", "2026-11-24", false, "check.suppression.unused"},
             Row{"no-such-finding", "", "2026-11-24", false, "check.suppression.unknown"},
         }) {
        const Judgement judgement =
            judged("fenced", {{"kakehashi.toml", "[bedrock]\n", suppression(id, where, until)}});
        EXPECT_EQ(of_id(judgement.findings, "source-vpce-missing").empty(), moved)
            << id << where << until;
        ASSERT_EQ(judgement.suppressed.size(), moved ? 1U : 0U);
        EXPECT_TRUE(!moved || judgement.suppressed[0].reason == "agreed");
        std::string said;
        for (const Found& found : of_id(judgement.findings, "suppression-void")) {
            said += found.what.id.name();
            EXPECT_EQ(found.where.file, "kakehashi.toml");
            EXPECT_NE(found.where.line, 0U);
        }
        EXPECT_EQ(said, told) << id << where << until;
    }
}

struct Crossing {
    const char* id;
    std::vector<cloud::TextEdit> edits;
    FindingRow::Patch patch = FindingRow::Patch::None;
};

// The crossing's broken links, as the proof finds them: each with the fault, none without it.
const std::vector<Crossing>& broken_links() {
    using Patch = FindingRow::Patch;
    static const std::string kStreaming =
        "                  - bedrock:InvokeModelWithResponseStream\n";
    static const std::string kSts = ".sts\n";
    static const std::vector<Crossing> kRows = {
        {"no-sts-endpoint", {{kMunicipality, "${AWS::Region}.sts\n", "${AWS::Region}.logs\n"}}},
        {"no-bedrock-endpoint", {{kMunicipality, ".bedrock-runtime\n", ".bedrock\n"}}},
        {"private-dns-off",
         {{kMunicipality, "PrivateDnsEnabled: true", "PrivateDnsEnabled: false"}},
         Patch::Mends},
        {"vpc-dns-off",
         {{kMunicipality, "EnableDnsHostnames: true", "EnableDnsHostnames: false"}},
         Patch::Mends},
        {"endpoint-not-in-az",
         {{kMunicipality,
           "      SubnetIds: [!Ref PrivateSubnetA, !Ref PrivateSubnetC]\n",
           "      SubnetIds: []\n"}}},
        {"security-group-closed",
         {{kMunicipality,
           "      FromPort: 443\n      ToPort: 443\n      SourceSecurityGroupId",
           "      FromPort: 80\n      ToPort: 80\n      SourceSecurityGroupId"}}},
        {"caller-may-not-assume",
         {{kMunicipality,
           "                Action: sts:AssumeRole\n                Resource: !Sub "
           "arn:${AWS::Partition}:iam::${OperatorAccount}:role/kakehashi-operator-sample-city",
           "                Action: sts:AssumeRole\n                Resource: !Sub "
           "arn:${AWS::Partition}:iam::${OperatorAccount}:role/another"}}},
        {"external-id-differs",
         {{"kakehashi.toml", "external_id  = \"f3b", "external_id  = \"aaa"}}},
        {"session-name-refused",
         {{"kakehashi.toml",
           "session_name = \"kakehashi-{host}\"",
           "session_name = \"x-{host}\""}}},
        {"operator-may-not-invoke",
         {{kOperator,
           "                Resource: !Sub "
           "arn:${AWS::Partition}:bedrock:ap-northeast-1:${AWS::AccountId}:inference-profile/"
           "jp.anthropic.claude-haiku-4-5-20251001-v1:0\n              # Bedrock",
           "                Resource: !Sub "
           "arn:${AWS::Partition}:bedrock:ap-northeast-1:${AWS::AccountId}:inference-profile/"
           "other\n              # Bedrock"}}},
        {"endpoint-policy-blocks",
         {{kMunicipality,
           "                aws:PrincipalArn: !Sub "
           "arn:${AWS::Partition}:iam::${OperatorAccount}:role/kakehashi-operator-sample-city",
           "                aws:PrincipalArn: !Sub "
           "arn:${AWS::Partition}:iam::${OperatorAccount}:role/another"}}},
        {"streaming-denied", {{kOperator, kStreaming, ""}}, Patch::Mends},
        {"nacl-closed",
         {{kMunicipality,
           "SubnetIds: [!Ref PrivateSubnetA, !Ref PrivateSubnetC]",
           "SubnetIds: [!Ref PrivateSubnetC]"},
          {kMunicipality,
           "  CallerRole:\n    Type",
           "  Acl:\n    Type: AWS::EC2::NetworkAcl\n    Properties: { VpcId: !Ref Vpc }\n  "
           "AclOfA:\n    Type: AWS::EC2::SubnetNetworkAclAssociation\n    Properties: { SubnetId: "
           "!Ref PrivateSubnetA, NetworkAclId: !Ref Acl }\n  CallerRole:\n    Type"}}},
        {"trust-does-not-name-caller",
         {{kOperator,
           "AWS: !Sub arn:${AWS::Partition}:iam::${MunicipalityAccount}:role/kakehashi-caller",
           "AWS: !Sub arn:${AWS::Partition}:iam::${MunicipalityAccount}:role/another"}}},
        {"destination-missing",
         {{kOperator,
           "                  - !Sub "
           "arn:${AWS::Partition}:bedrock:ap-northeast-3::foundation-model/"
           "anthropic.claude-haiku-4-5-20251001-v1:0\n                Condition:\n                 "
           " ArnEquals:\n                    bedrock:InferenceProfileArn: !Sub "
           "arn:${AWS::Partition}:bedrock:ap-northeast-1:${AWS::AccountId}:inference-profile/"
           "jp.anthropic.claude-haiku-4-5-20251001-v1:0\n              # Holds",
           "                Condition:\n                  ArnEquals:\n                    "
           "bedrock:InferenceProfileArn: !Sub "
           "arn:${AWS::Partition}:bedrock:ap-northeast-1:${AWS::AccountId}:inference-profile/"
           "jp.anthropic.claude-haiku-4-5-20251001-v1:0\n              # Holds"}},
         Patch::Mends},
    };
    return kRows;
}

TEST(Judgement, FindsBrokenLinksAndMendsThem) {
    for (const Crossing& row : broken_links()) {
        SCOPED_TRACE(row.id);
        std::vector<cloud::TextEdit> edits = row.edits;
        edits.push_back(
            {"kakehashi.toml",
             "session_name =",
             "role_arn = "
             "\"arn:aws:iam::222222222222:role/kakehashi-operator-sample-city\"\nsession_name ="}
        );
        const Judgement judgement = judged("fenced", edits);
        const auto found = of_id(judgement.findings, row.id);
        EXPECT_EQ(found.size(), 1U) << all_places(judgement.findings);
        if (found.empty()) continue;
        EXPECT_NE(judgement.works.verdict, Verdict::Proven);
        EXPECT_EQ(!found[0].patch.empty(), row.patch == FindingRow::Patch::Mends)
            << all_places(found);
        if (found[0].patch.empty()) continue;
        const auto patched = world_with("fenced", edits, found[0].patch);
        ASSERT_TRUE(patched);
        const auto after = of_id(judge(*patched, kToday).findings, row.id);
        EXPECT_TRUE(after.empty() || text(after[0].where) != text(found[0].where))
            << all_places(after);
    }
}

// The others of the area have their rows in finding_crossing_test.cpp.
TEST(Judgement, HasARowForEveryBrokenLink) {
    const std::vector<std::string_view> seen_in_the_text = {
        "wrong-source-region", "chained-duration", "deploy-order", "not-deployable"};
    for (const finding::Finding& each : finding::all()) {
        if (each.area != finding::Area::Crossing) continue;
        if (!finding::includes(each.reported_by, finding::Reporter::Check)) continue;
        const auto& all = broken_links();
        const bool row = std::any_of(all.begin(), all.end(), [&](const Crossing& link) {
            return each.id == link.id;
        });
        EXPECT_TRUE(
            row || std::count(seen_in_the_text.begin(), seen_in_the_text.end(), each.id) == 1
        ) << each.id;
    }
}

}  // namespace
}  // namespace kakehashi::check

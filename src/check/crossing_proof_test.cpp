#include "check/judgement.h"
#include "cloud/example_world.h"

#include <gtest/gtest.h>

namespace kakehashi::check {
namespace {

constexpr const char* kJp = "jp.anthropic.claude-haiku-4-5-20251001-v1:0";

CrossingProof crossing(const char* example, const std::vector<cloud::TextEdit>& edits = {}) {
    const auto world = cloud::example_world(example, edits);
    EXPECT_TRUE(world) << (world ? "" : cloud::all_texts(world.error()));
    return world ? prove_crossing(**world) : CrossingProof{};
}

TEST(CrossingProof, TheFencedCrossingWorksForEachDestinationAndKindOfCall) {
    const CrossingProof proof = crossing("fenced");
    EXPECT_EQ(proof.verdict, Verdict::Proven);
    EXPECT_TRUE(proof.broken.empty());
    EXPECT_EQ(proof.requests, 5U);  // AssumeRole; two destinations, unary and streaming
}

TEST(CrossingProof, NamesTheFirstBrokenLink) {
    struct Row {
        std::vector<cloud::TextEdit> edits;
        std::string link, finding, destination;
    };
    const std::string streaming = "                  - bedrock:InvokeModelWithResponseStream\n";
    const Row rows[] = {
        {{{"municipality.yaml", "PrivateDnsEnabled: true", "PrivateDnsEnabled: false"}},
         "sts-endpoint",
         "private-dns-off",
         ""},
        {{{"municipality.yaml", ".bedrock-runtime\n", ".bedrock\n"}},
         "bedrock-endpoint",
         "no-bedrock-endpoint",
         ""},
        {{{"kakehashi.toml", "session_name = \"kakehashi-{host}\"", "session_name = \"x-{host}\""}},
         "assume-role",
         "session-name-refused",
         ""},
        {{{"kakehashi.toml", "external_id  = \"f3", "external_id  = \"a3"}},
         "assume-role",
         "external-id-differs",
         ""},
        {{{"operator.yaml", streaming, ""}},
         "converse-stream",
         "streaming-denied",
         "ap-northeast-1"},
        {{{"operator.yaml",
           "                      - ap-northeast-1\n                      - ap-northeast-3\n",
           "                      - ap-northeast-1\n"}},
         "converse",
         "region-deny-blocks-destination",
         "ap-northeast-3"},
    };
    for (const auto& [edits, link, finding, destination] : rows) {
        const CrossingProof proof = crossing("fenced", edits);
        EXPECT_EQ(proof.verdict, Verdict::Refuted) << finding;
        ASSERT_EQ(proof.broken.size(), 1U) << finding;
        const BrokenLink& broken = proof.broken.front();
        EXPECT_EQ(broken.municipality, "sample-city");
        EXPECT_EQ(broken.link, link) << finding;
        EXPECT_EQ(broken.cause.id, finding);
        EXPECT_EQ(broken.destination, destination) << finding;
        EXPECT_FALSE(broken.cause.where.file.empty()) << finding;
    }
}

TEST(CrossingProof, TheArticleWorksButForStreamingWithoutTheManagedPolicy) {
    EXPECT_EQ(crossing("article").verdict, Verdict::Proven);
    const std::string managed = "        - arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess\n";
    const CrossingProof proof = crossing("article", {{"operator.yaml", managed, ""}});
    ASSERT_EQ(proof.broken.size(), 1U);
    EXPECT_EQ(proof.broken.front().cause.id, "streaming-denied");
    EXPECT_EQ(proof.broken.front().model_id, kJp);
    ASSERT_TRUE(proof.broken.front().cause.witness);
    EXPECT_TRUE(proof.broken.front().cause.fix);
}

}  // namespace
}  // namespace kakehashi::check

#include "twin/detail/example_twin.h"
#include "twin/metadata.h"

namespace kakehashi::twin {
namespace {

using namespace std::chrono_literals;
constexpr const char* kTtl = "X-aws-ec2-metadata-token-ttl-seconds";

Received put_token(ExampleTwin& example) {
    return example.get(Service::Imds, "/latest/api/token", {{kTtl, "60"}}, "PUT");
}

Received look(ExampleTwin& example, const std::string& path) {
    const std::string token = put_token(example).body;
    return example.get(Service::Imds, path, {{"X-aws-ec2-metadata-token", token}});
}

TEST(Imds, LosesTheTokenBeyondTheHopLimit) {
    struct Row {
        unsigned hops;
        const char* limit;  // a line of MetadataOptions
        bool lost;
    };
    const std::string options = "      MetadataOptions:\n        HttpTokens: required\n";
    const std::string type = "      InstanceType: t3.micro\n";
    for (const auto& [hops, limit, lost] :
         {Row{1, "", false},
          Row{2, "        HttpPutResponseHopLimit: 1\n", true},
          Row{2, "        HttpPutResponseHopLimit: 2\n", false},
          Row{3, "        HttpPutResponseHopLimit: 2\n", true}}) {
        ExampleTwin example(
            "article", {{"municipality.yaml", type, type + options + limit}}, "sample-city", hops
        );
        const Received token = put_token(example);
        EXPECT_EQ(token.status == 200, !lost) << hops << limit;
        ASSERT_EQ(example.timer.slept.size(), lost ? 1U : 0U);
        if (!lost) continue;
        EXPECT_GE(example.timer.slept.front(), 1h);
        const auto page = example.twin->explain(std::nullopt, Language::English);
        ASSERT_TRUE(page);
        EXPECT_NE(page->find("imds-hop-limit"), std::string::npos) << *page;
        // It is the token's answer alone that dies.
        EXPECT_EQ(example.get(Service::Imds, "/latest/meta-data/mac").status, 401);
        EXPECT_EQ(example.timer.slept.size(), 1U);
    }
}

TEST(Imds, ListsWhatItHas) {
    ExampleTwin example("article");
    EXPECT_EQ(look(example, "/").body, "latest/");
    EXPECT_EQ(look(example, "/latest/").body, "dynamic/\nmeta-data/");
    const std::string all = look(example, "/latest/meta-data/").body;
    EXPECT_EQ(look(example, "/latest/meta-data").body, all);
    for (const char* name :
         {"ami-id\n", "hostname\n", "iam/\n", "instance-id\n", "network/\n", "services/"}) {
        EXPECT_NE(all.find(name), std::string::npos) << name;
    }
    EXPECT_EQ(look(example, "/latest/meta-data/services/").body, "domain\npartition");
    EXPECT_EQ(look(example, "/latest/meta-data/services/domain").body, "amazonaws.com");
    EXPECT_EQ(look(example, "/latest/meta-data/services/partition").body, "aws");
    EXPECT_EQ(look(example, "/latest/meta-data/iam/").body, "info\nsecurity-credentials/");
    const std::string host = look(example, "/latest/meta-data/local-hostname").body;
    EXPECT_TRUE(host.starts_with("ip-10-") && host.ends_with(".ap-northeast-1.compute.internal"));
    EXPECT_EQ(look(example, "/latest/meta-data/hostname").body, host);
    EXPECT_TRUE(look(example, "/latest/meta-data/security-groups").body.starts_with("sg-"));
    for (const char* path :
         {"/latest/meta-data/public-keys/",
          "/latest/meta",
          "/latest/meta-data/services/doma",
          "//",
          "/latest/meta-data/tags/instance/"}) {
        EXPECT_EQ(look(example, path).status, 404) << path;
    }
    EXPECT_EQ(example.get(Service::Imds, "/latest/meta-data/").status, 401);
}

TEST(Imds, HasTagsWhereTheInstanceSaysSo) {
    const std::string type = "      InstanceType: t3.micro\n";
    ExampleTwin example(
        "article",
        {{"municipality.yaml",
          type,
          type + "      MetadataOptions: {HttpTokens: required, InstanceMetadataTags: enabled}\n"}}
    );
    const std::string names = look(example, "/latest/meta-data/tags/instance/").body;
    ASSERT_FALSE(names.empty());
    const std::string first = names.substr(0, names.find('\n'));
    EXPECT_FALSE(look(example, "/latest/meta-data/tags/instance/" + first).body.empty());
    EXPECT_EQ(look(example, "/latest/meta-data/tags/").body, "instance/");
    EXPECT_EQ(look(example, "/latest/meta-data/tags/instance/none").status, 404);
}

TEST(Metadata, ListsNamesRightBelowAPath) {
    const Metadata metadata = {{"/a/b", "1"}, {"/a/c/d", "2"}, {"/a/c/e", "3"}, {"/ab", "4"}};
    EXPECT_EQ(listing(metadata, "/a"), "b\nc/");
    EXPECT_EQ(listing(metadata, "/a/c/"), "d\ne");
    EXPECT_EQ(listing(metadata, "/"), "a/\nab");
    for (const char* path : {"/a/b", "/a/c/d/", "", "//", "/b"}) {
        EXPECT_EQ(listing(metadata, path).has_value(), *path == '\0') << path;
    }
}

}  // namespace
}  // namespace kakehashi::twin

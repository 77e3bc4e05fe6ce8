#include "twin/s3.h"

#include "twin/detail/example_twin.h"

namespace kakehashi::twin {
namespace {

constexpr const char* kBucket = "al2023-repos-ap-northeast-1-de612dc2";
const std::string kVirtual = std::string(kBucket) + ".s3.dualstack.ap-northeast-1.amazonaws.com";
constexpr const char* kMirrors = "/core/mirrors/latest/x86_64/mirror.list";

Received get(ExampleTwin& example, const std::string& host, const std::string& target) {
    return example.get(Service::S3, target, {{"Host", host}});
}

std::string below(const std::string& text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    if (at == text.npos) return "";
    const auto begin = at + from.size();
    return text.substr(begin, text.find(to, begin) - begin);
}

TEST(S3, IsReadAsDnfDoes) {
    ExampleTwin example("article");
    Received mirrors = get(example, kVirtual, kMirrors);
    ASSERT_EQ(mirrors.status, 200) << mirrors.body;
    const std::string origin = "https://" + kVirtual;
    ASSERT_TRUE(mirrors.body.starts_with(origin + "/") && mirrors.body.ends_with("/\n"));
    const std::string base =
        mirrors.body.substr(origin.size(), mirrors.body.size() - origin.size() - 1);
    const Received repomd = get(example, kVirtual, base + "repodata/repomd.xml");
    ASSERT_EQ(repomd.status, 200);
    const Received primary =
        get(example, kVirtual, base + below(repomd.body, "<location href=\"", "\""));
    ASSERT_EQ(primary.status, 200);
    EXPECT_EQ(below(repomd.body, "<size>", "</size>"), std::to_string(primary.body.size()));
    const Received package =
        get(example, kVirtual, base + below(primary.body, "<location href=\"", "\""));
    ASSERT_EQ(package.status, 200);
    EXPECT_TRUE(package.body.starts_with("\xED\xAB\xEE\xDB"));
    EXPECT_EQ(package.header("server"), "AmazonS3");
}

TEST(S3, KnowsItsNames) {
    ExampleTwin example("article");
    const std::string path = std::string("/") + kBucket + kMirrors;
    struct Row {
        std::string host, target;
        int status;
    };
    const Row rows[] = {
        {std::string(kBucket) + ".s3.ap-northeast-1.amazonaws.com", kMirrors, 200},
        {kVirtual + ":443", kMirrors, 200},
        {"s3.ap-northeast-1.amazonaws.com", path, 200},
        {"s3.dualstack.ap-northeast-1.amazonaws.com", path, 200},
        {"127.0.0.1:8443", path, 200},
        {"127.0.0.1:8443", kMirrors, 403},
        {std::string(kBucket) + ".s3.us-east-1.amazonaws.com", kMirrors, 403},
        {"other.s3.ap-northeast-1.amazonaws.com", kMirrors, 403},
        {"s3.amazonaws.com", path, 403},
        {"s3.ap-northeast-1.amazonaws.com", "/", 403},
        {"s3.ap-northeast-1.amazonaws.com", std::string("/") + kBucket, 403},
        {kVirtual, "/", 404},
        {kVirtual, "/core/mirrors/latest/sparc/mirror.list", 404},
        {kVirtual, "/core/mirrors/latest/x86_64/mirror.list/", 404},
        {kVirtual, "/%zz", 403},
    };
    for (const auto& [host, target, status] : rows) {
        const Received answer = get(example, host, target);
        EXPECT_EQ(answer.status, status) << host << target;
        if (status == 200) continue;
        EXPECT_EQ(answer.header("content-type"), "application/xml");
        const char* code = status == 404 ? "<Code>NoSuchKey</Code>" : "<Code>AccessDenied</Code>";
        EXPECT_NE(answer.body.find(code), std::string::npos) << answer.body;
    }
    const std::string mirror = get(example, "127.0.0.1:8443", path).body;
    EXPECT_TRUE(mirror.starts_with(std::string("https://127.0.0.1:8443/") + kBucket + "/core/"));
}

TEST(S3, TakesNoCredentialsAndNothingButReading) {
    ExampleTwin example("article");
    const std::vector<http::Header> host = {{"Host", kVirtual}};
    EXPECT_EQ(example.get(Service::S3, kMirrors, host, "HEAD").status, 200);
    for (const char* method : {"PUT", "POST", "DELETE"}) {
        EXPECT_EQ(example.get(Service::S3, kMirrors, host, method).status, 403) << method;
    }
    EXPECT_EQ(
        example.call(Service::S3, "s3", {"GET", kMirrors}, example.instance_credentials(), kVirtual)
            .status,
        403
    );
    EXPECT_EQ(get(example, kVirtual, std::string(kMirrors) + "?X-Amz-Signature=0").status, 403);
}

TEST(S3, ReadsTheFolderThatStandsForTheBucket) {
    ExampleTwin example(
        "article",
        {{"kakehashi.toml", "[operator]\n", "[twin.s3]\nal2023 = \"mirror\"\n[operator]\n"}}
    );
    example.files.texts = {
        {"/project/mirror/core/a b.rpm", "bytes"}, {"/project/kakehashi.toml", "secret"}};
    EXPECT_EQ(get(example, kVirtual, "/core/a%20b.rpm").body, "bytes");
    for (const char* target :
         {"/core/none.rpm",
          kMirrors,
          "/../kakehashi.toml",
          "/..%2Fkakehashi.toml",
          "/core/../../kakehashi.toml",
          "/core/./a%20b.rpm",
          "//core/a%20b.rpm",
          "/core/%00"}) {
        EXPECT_EQ(get(example, kVirtual, target).status, 404) << target;
    }
}

TEST(S3, AsksTheGatewaysPolicyAboutNobodyInParticular) {
    const std::string bucket = "arn:aws:s3:::al2023-repos-";
    ExampleTwin open("article");
    EXPECT_EQ(get(open, kVirtual, kMirrors).status, 200);
    const auto events = open.twin->events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_NE(events[0].find("\"accountId\":\"anonymous\""), std::string::npos);
    EXPECT_NE(events[0].find("\"eventName\":\"GetObject\""), std::string::npos);
}

TEST(BuiltInMirror, HasNothingElse) {
    EXPECT_TRUE(built_in_mirror("core/mirrors/2023.9/aarch64/mirror.list", "o"));
    for (const char* key :
         {"",
          "core",
          "core/mirrors/x86_64/mirror.list",
          "core/mirrors/l/x86_64/mirror.lis",
          "core/guids/kakehashi/x86_64/",
          "core/guids/kakehashi/x86_64/repodata",
          "core/guids/other/x86_64/repodata/repomd.xml",
          "core/guids/kakehashi/i386/repodata/repomd.xml",
          "Core/guids/kakehashi/x86_64/repodata/repomd.xml"}) {
        EXPECT_FALSE(built_in_mirror(key, "o")) << key;
    }
}

}  // namespace
}  // namespace kakehashi::twin

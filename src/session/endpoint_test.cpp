#include "session/endpoint.h"

#include "session/script.h"

#include <gtest/gtest.h>

namespace kakehashi::session {
namespace {

using Kind = EndpointError::Kind;
using Values = std::map<std::string, std::string, std::less<>>;

Expected<http::Origin, EndpointError> resolve(
    const std::string& service,
    Values values,
    const std::string& config = {}
) {
    MemoryEnvironment environment;
    environment.values = std::move(values);
    const auto shared = parse_shared_config({"config", config, "", ""});
    return resolve_endpoint({service, "ap-northeast-1", "default"}, environment, *shared);
}

TEST(Url, ReadsWhatOneCanCall) {
    struct Row {
        std::string text, shown, host;
    };
    const Row rows[] = {
        {"https://a.example", "https://a.example/", "a.example"},
        {"http://A.Example:80/", "http://a.example/", "a.example"},
        {"https://a:8443/x?y=1", "https://a:8443/x?y=1", "a"},
        {"http://[::1]:8080", "http://[::1]:8080/", "::1"},
        {"http://[FD00:ec2::23]/v1", "http://[fd00:ec2::23]/v1", "fd00:ec2::23"},
        {"http://127.0.0.1:1?x", "http://127.0.0.1:1/?x", "127.0.0.1"},
    };
    for (const auto& [text, shown, host] : rows) {
        const auto url = parse_url(text);
        ASSERT_TRUE(url) << text;
        EXPECT_EQ(url_of(url->origin, url->target), shown);
        EXPECT_EQ(url->origin.host, host) << "as net wants it";
    }
    const std::string refused[] = {
        "",
        "https://",
        "https:///x",
        "ftp://a",
        "//a",
        "a",
        "HTTPS://a",
        "https://u@a",
        "https://u:p@a",
        "https://a:0",
        "https://a:65536",
        "https://a:",
        "https://a:x",
        "https://a#f",
        "https://a/#f",
        "https://a b",
        "https://a/ b",
        "https://a/\r\nX: y",
        "https://[::1",
        "https://::1",
        "https://[]",
        "https://[a]",
        "https://[::g]",
        "https://a..b",
        "https://a.",
        "https://.a",
        "https://a/\xE3\x81\x82",
        "https://\xE3\x81\x82",
        "https://a%2eb",
        "https://" + std::string(254, 'a'),
        "https://a/" + std::string(2048, 'x'),
    };
    for (const std::string& text : refused) {
        EXPECT_FALSE(parse_url(text)) << text;
    }
}

TEST(Url, KnowsThisMachine) {
    for (const char* host : {"localhost", "127.0.0.1", "127.255.0.9", "::1"}) {
        EXPECT_TRUE(is_loopback(host)) << host;
    }
    for (const char* host :
         {"localhost.example",
          "127.0.0",
          "127.0.0.1.nip.io",
          "128.0.0.1",
          "::2",
          "127.0.0.256",
          "127.0.0.x",
          ""}) {
        EXPECT_FALSE(is_loopback(host)) << host;
    }
    EXPECT_EQ(shown_url("https://me:secret@a/x"), "https://…@a/x");
    EXPECT_EQ(shown_url("me:secret@a"), "…@a");
    EXPECT_EQ(shown_url("https://a/x"), "https://a/x");
}

TEST(Endpoint, ComesFromTheNearestThatNamesIt) {
    const std::string config =
        "[default]\nservices = s\nendpoint_url = https://profile\n"
        "[services s]\nbedrock_runtime =\n  endpoint_url = https://section\n";
    struct Row {
        std::string service;
        Values environment;
        std::string config, shown;
    };
    const Row rows[] = {
        {"sts", {}, "", "https://sts.ap-northeast-1.amazonaws.com/"},
        {"bedrock-runtime", {}, "", "https://bedrock-runtime.ap-northeast-1.amazonaws.com/"},
        {"sts",
         {{"AWS_ENDPOINT_URL_STS", "https://own"}, {"AWS_ENDPOINT_URL", "https://all"}},
         config,
         "https://own/"},
        {"bedrock-runtime",
         {{"AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "https://own:1"}},
         config,
         "https://own:1/"},
        {"bedrock-runtime",
         {{"AWS_ENDPOINT_URL_STS", "https://own"}},
         "",
         "https://bedrock-runtime.ap-northeast-1.amazonaws.com/"},
        {"bedrock-runtime", {{"AWS_ENDPOINT_URL", "https://all"}}, config, "https://all/"},
        {"bedrock-runtime", {{"AWS_ENDPOINT_URL", ""}}, config, "https://section/"},
        {"sts", {}, config, "https://profile/"},
        {"sts",
         {{"AWS_ENDPOINT_URL_STS", "x"}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True"}},
         config,
         "https://sts.ap-northeast-1.amazonaws.com/"},
        {"sts",
         {{"AWS_ENDPOINT_URL_STS", "x"}},
         "[default]\nignore_configured_endpoint_urls = true",
         "https://sts.ap-northeast-1.amazonaws.com/"},
        {"sts", {{"AWS_ENDPOINT_URL_STS", "http://127.0.0.1:4000"}}, "", "http://127.0.0.1:4000/"},
        {"sts",
         {{"AWS_ENDPOINT_URL_STS", "https://vpce-0a-b.sts.ap-northeast-1.vpce.amazonaws.com"}},
         "",
         "https://vpce-0a-b.sts.ap-northeast-1.vpce.amazonaws.com/"},
    };
    for (const Row& row : rows) {
        const auto origin = resolve(row.service, row.environment, row.config);
        ASSERT_TRUE(origin) << row.shown;
        EXPECT_EQ(url_of(*origin, "/"), row.shown);
    }
}

TEST(Endpoint, RefusesAndNamesBothRegions) {
    struct Row {
        std::string url;
        Kind kind;
        std::string region;
    };
    const Row rows[] = {
        {"sts.ap-northeast-1.amazonaws.com", Kind::BadUrl, ""},
        {"https://a/path", Kind::BadUrl, ""},
        {"https://a/?x", Kind::BadUrl, ""},
        {"https://sts.us-east-1.amazonaws.com.", Kind::BadUrl, ""},
        {"http://10.0.0.1", Kind::PlainHttp, ""},
        {"http://sts.ap-northeast-1.amazonaws.com", Kind::PlainHttp, ""},
        {"https://sts.us-east-1.amazonaws.com", Kind::OtherRegion, "us-east-1"},
        {"https://STS.US-EAST-1.AMAZONAWS.COM", Kind::OtherRegion, "us-east-1"},
        {"https://sts.amazonaws.com", Kind::OtherRegion, "us-east-1"},
        {"https://sts.us-east-1.api.aws", Kind::OtherRegion, "us-east-1"},
        {"https://sts.cn-north-1.amazonaws.com.cn", Kind::OtherRegion, "cn-north-1"},
        {"https://vpce-0a-b.sts.ap-northeast-3.vpce.amazonaws.com",
         Kind::OtherRegion,
         "ap-northeast-3"},
    };
    for (const auto& [url, kind, region] : rows) {
        const auto origin = resolve("sts", {{"AWS_ENDPOINT_URL_STS", url}});
        ASSERT_FALSE(origin) << url;
        EXPECT_EQ(origin.error().kind, kind) << url;
        EXPECT_EQ(origin.error().named_by, "AWS_ENDPOINT_URL_STS");
        for (const auto language : {Language::English, Language::Japanese}) {
            const std::string sentence = text(describe(origin.error()), language);
            if (region.empty()) continue;
            EXPECT_NE(sentence.find(region), sentence.npos) << sentence;
            EXPECT_NE(sentence.find("ap-northeast-1"), sentence.npos) << sentence;
        }
    }
}

}  // namespace
}  // namespace kakehashi::session

#include "session/shared_config.h"

#include <gtest/gtest.h>

namespace kakehashi::session {
namespace {

Expected<SharedConfig, Problem> parse(std::string config, std::string credentials = {}) {
    return parse_shared_config({"config", std::move(config), "credentials", std::move(credentials)}
    );
}

// A section and settings, `lines` altogether.
std::string many(std::size_t lines) {
    std::string out = "[default]\n";
    for (std::size_t i = 1; i < lines; ++i) {
        out += "k" + std::to_string(i) + "=1\n";
    }
    return out;
}

TEST(SharedConfig, ReadsWhatTheAwsCliReads) {
    struct Row {
        std::string config, credentials, profile, key, value;
    };
    const Row rows[] = {
        {"[default]\nregion = x\n", "", "default", "region", "x"},
        {"[profile default]\nregion = x", "", "default", "region", "x"},
        {"[profile a]\nregion=x\r\n", "", "a", "region", "x"},
        {"[ profile\t\"a b\" ] # why\nregion=x", "", "a b", "region", "x"},
        {"\xEF\xBB\xBF[default]\nregion=x", "", "default", "region", "x"},
        {"# c\n; c\n\n[default]\n# c\nREGION = a=b # no comment\n",
         "",
         "default",
         "region",
         "a=b # no comment"},
        {"[default]\na = 1\n  more\n\t and more\n", "", "default", "a", "1\nmore\nand more"},
        {"[sso-session s]\n  x\nodd = 1\nodd = 2\n[default]\na=1", "", "default", "a", "1"},
        {"[other]\na=1\n[default]\na=2", "", "default", "a", "2"},
        {"[default]\nb=1\n[default]\na=2", "", "default", "a", "2"},
        {"", "[me]\na=1", "me", "a", "1"},
        {"[profile me]\na=1\nb=2", "[me]\na=3", "me", "a", "3"},
        {"[profile me]\na=1\nb=2", "[me]\na=3", "me", "b", "2"},
        {"[default]\na = \xE3\x81\x82", "", "default", "a", "\xE3\x81\x82"},
    };
    for (const Row& row : rows) {
        const auto config = parse(row.config, row.credentials);
        ASSERT_TRUE(config) << row.config << text(config.error(), Language::English);
        const Section* profile = config->profile(row.profile);
        ASSERT_NE(profile, nullptr) << row.config;
        EXPECT_EQ(profile->value(row.key), row.value) << row.config;
    }
    EXPECT_EQ(parse("[a]\nx=1")->profile("a"), nullptr);
    EXPECT_EQ(parse("[default]\nx=")->profile("default")->value("x"), std::nullopt);
}

TEST(SharedConfig, RefusesWithFileAndLineAndNeverAValue) {
    const std::string secret = "CanarySecretValue";
    struct Row {
        std::string config, credentials, id, where;
    };
    const Row rows[] = {
        {"a = " + secret, "", "no_section", "config:1"},
        {"\n[default\na=1", "", "section", "config:2"},
        {"[default] x", "", "section", "config:1"},
        {"[profile ]", "", "section", "config:1"},
        {"", "[]", "section", "credentials:1"},
        {"[default]\n" + secret, "", "setting", "config:2"},
        {"[default]\n= " + secret, "", "setting", "config:2"},
        {"[default]\n\n  " + secret, "", "indented", "config:3"},
        {"[default]\na =\n  " + secret, "", "setting", "config:3"},
        {"[default]\ns =\n  a = 1\n  A = 2", "", "twice", "config:4"},
        {"[default]\na=1\nA=2", "", "twice", "config:3"},
        {"[profile x]\na=1\n[profile x]\na=2", "", "twice", "config:4"},
        {"[default]\na=1", "[default]\nb=1\n\nb=" + secret, "twice", "credentials:4"},
        {"[default]\na=\xff", "", "not_utf8", "config"},
        {"[default]\na=" + std::string(9000, 'x'), "", "line_too_long", "config:2"},
        {std::string(kSharedConfigBytesMax + 1, '\n'), "", "too_large", "config"},
        {many(kSharedSettingsMax + 1),
         "",
         "too_many",
         "config:" + std::to_string(kSharedSettingsMax + 1)},
    };
    for (const Row& row : rows) {
        const auto config = parse(row.config, row.credentials);
        ASSERT_FALSE(config) << row.id << " " << row.where;
        EXPECT_EQ(config.error().what.id.name(), "session.shared_config." + row.id) << row.where;
        EXPECT_EQ(text(config.error().where), row.where) << row.id;
        for (const auto language : {Language::English, Language::Japanese}) {
            EXPECT_EQ(text(config.error(), language).find(secret), std::string::npos);
        }
    }
}

TEST(SharedConfig, EveryPrefixIsReadOrRefused) {
    const std::string whole =
        "[profile a]\r\nservices = s\nrole_arn = r\n[services s]\nsts =\n  endpoint_url = "
        "http://x\n";
    for (std::size_t i = 0; i <= whole.size(); ++i) {
        const auto config = parse(whole.substr(0, i), whole.substr(i));
        EXPECT_TRUE(config || config.error().where.line != 0) << i;
    }
}

TEST(SharedConfig, FindsTheEndpointOfAService) {
    const auto config = parse(
        "[profile a]\nservices = s\nendpoint_url = https://all\n"
        "[profile b]\nservices = nowhere\n"
        "[services s]\nbedrock_runtime =\n  endpoint_url = https://bedrock\nsts =\n  region = x\n"
    );
    ASSERT_TRUE(config);
    EXPECT_EQ(config->endpoint_url("a", "bedrock_runtime"), "https://bedrock");
    EXPECT_EQ(config->endpoint_url("a", "sts"), "https://all");
    EXPECT_EQ(config->endpoint_url("b", "sts"), std::nullopt);
    EXPECT_EQ(config->endpoint_url("c", "sts"), std::nullopt);
}

}  // namespace
}  // namespace kakehashi::session

#include "config/configuration.h"
#include "design/render.h"

#include <gtest/gtest.h>

namespace kakehashi::design {
namespace {

config::Configuration read(Language language) {
    const InitChoices choices{
        "222222222222", "111111111111", "00112233445566778899aabbccddeeff", language};
    auto configuration =
        config::read_configuration(starting_configuration(choices), "kakehashi.toml");
    EXPECT_TRUE(configuration.has_value());
    return *std::move(configuration);
}

TEST(StartingConfiguration, IsTheSameInBothLanguages) {
    const auto ja = read(Language::Japanese);
    const auto en = read(Language::English);
    for (const auto& each : {ja, en}) {
        EXPECT_EQ(each.operator_account.account, "222222222222");
        ASSERT_EQ(each.municipalities.size(), 1U);
        EXPECT_EQ(each.municipalities[0].account, "111111111111");
        EXPECT_EQ(each.municipalities[0].external_id, "00112233445566778899aabbccddeeff");
        EXPECT_TRUE(each.suppressions.empty());
    }
    EXPECT_EQ(ja.municipalities[0].name, en.municipalities[0].name);
    EXPECT_EQ(ja.municipalities[0].caller.kind, en.municipalities[0].caller.kind);
    EXPECT_EQ(ja.bedrock.profiles, en.bedrock.profiles);
    EXPECT_EQ(
        ja.operator_account.options.activation_role, en.operator_account.options.activation_role
    );
}

// A comment that offers a setting must offer one that exists: with its # gone, the file still
// reads.
TEST(StartingConfiguration, ItsCommentedSettingsExist) {
    for (const Language language : {Language::Japanese, Language::English}) {
        std::string text = starting_configuration(
            {"222222222222", "111111111111", "0123456789abcdef0123456789abcdef", language}
        );
        std::string opened;
        for (std::size_t at = 0; at < text.size();) {
            const auto end = text.find('\n', at);
            std::string line = text.substr(at, end - at);
            at = end + 1;
            const auto key_end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_ ", 2);
            const bool setting =
                line.starts_with("# [[") || (line.starts_with("# ") && !line.starts_with("#  ") &&
                                             key_end != line.npos && line[key_end] == '=');
            opened += (setting ? line.substr(2) : line) + "\n";
        }
        const auto configuration = config::read_configuration(opened, "kakehashi.toml");
        ASSERT_TRUE(configuration) << text;
        EXPECT_EQ(configuration->suppressions.size(), 1U);
    }
}

}  // namespace
}  // namespace kakehashi::design

#include "cli/arguments.h"

#include <gtest/gtest.h>

#include <map>

namespace kakehashi::cli {
namespace {

class Variables : public Environment {
public:
    using Values = std::map<std::string, std::string, std::less<>>;
    explicit Variables(Values values = {}) : values_(std::move(values)) {}
    std::optional<std::string> get(std::string_view name) const override {
        const auto found = values_.find(name);
        return found == values_.end() ? std::nullopt : std::optional(found->second);
    }

private:
    Values values_;
};

template <class Options>
Options parsed(const std::vector<std::string>& arguments) {
    auto line = parse_arguments(arguments, Variables());
    if (!line.parsed) {
        ADD_FAILURE() << text(line.parsed.error().message, Language::English);
        return {};
    }
    return std::get<Options>(std::get<Command>(*line.parsed));
}

TEST(Arguments, ReadEachCommand) {
    const auto converse = parsed<ConverseOptions>(
        {"converse",
         "--config",
         "c.toml",
         "--model",
         "jp.x",
         "--max-tokens",
         "20",
         "--no-stream",
         "--file",
         "a.pdf",
         "--file",
         "b.png",
         "こんにちは",
         "世界"}
    );
    EXPECT_EQ(converse.config, "c.toml");
    EXPECT_EQ(converse.model, "jp.x");
    EXPECT_EQ(converse.max_tokens, 20U);
    EXPECT_FALSE(converse.stream);
    EXPECT_EQ(converse.files, (std::vector<std::string>{"a.pdf", "b.png"}));
    EXPECT_EQ(converse.words, (std::vector<std::string>{"こんにちは", "世界"}));
    EXPECT_TRUE(parsed<ConverseOptions>({"converse", "x"}).stream);
    EXPECT_EQ(parsed<EvaluateOptions>({"iam", "evaluate"}).output, Output::Text);
    EXPECT_EQ(parsed<ModelsOptions>({"models", "--output", "json"}).output, Output::Json);
    const auto up =
        parsed<TwinUpOptions>({"twin", "up", "--as", "operator", "--port", "sts=8443", "--detach"});
    EXPECT_EQ(up.place, "operator");
    EXPECT_TRUE(up.detach);
    ASSERT_EQ(up.ports.size(), 1U);
    EXPECT_EQ(up.ports[0].second, 8443);
    const auto clock = parsed<TwinAskOptions>({"twin", "clock", "--advance", "50m"});
    EXPECT_EQ(clock.what, TwinAskOptions::What::Clock);
    EXPECT_EQ(clock.advance, std::chrono::minutes(50));
    EXPECT_EQ(parsed<TwinAskOptions>({"twin", "explain", "abc"}).request_id, "abc");
    EXPECT_FALSE(parsed<TwinAskOptions>({"twin", "env"}).unset);
    EXPECT_TRUE(parsed<TwinAskOptions>({"twin", "env", "--unset"}).unset);
}

TEST(Arguments, RefuseWrongUse) {
    const std::vector<std::vector<std::string>> wrong = {
        {},
        {"nonsense"},
        {"twin"},
        {"twin", "sideways"},
        {"converse", "--no-such-option"},
        {"converse", "--max-tokens", "many"},
        {"converse", "--output", "xml"},
        {"twin", "clock"},
        {"twin", "clock", "--advance", "soon"},
        {"twin", "up", "--port", "sts"},
        {"twin", "up", "--port", "sts=70000"},
    };
    for (const auto& arguments : wrong) {
        const auto line = parse_arguments(arguments, Variables());
        ASSERT_FALSE(line.parsed) << (arguments.empty() ? "" : arguments.back());
        EXPECT_EQ(line.parsed.error().exit, Exit::Usage);
        for (Language language : {Language::Japanese, Language::English}) {
            EXPECT_FALSE(text(line.parsed.error().message, language).empty());
        }
    }
}

TEST(Arguments, ChooseTheLanguage) {
    EXPECT_EQ(parse_arguments({"--lang", "ja"}, Variables()).language, Language::Japanese);
    EXPECT_EQ(
        parse_arguments(
            {"--lang=en"}, Variables(Variables::Values{{"LANG", "ja_JP.UTF-8"}})
        ).language,
        Language::English
    );
    EXPECT_EQ(
        parse_arguments({}, Variables(Variables::Values{{"LANG", "ja_JP.UTF-8"}})).language,
        Language::Japanese
    );
    EXPECT_EQ(
        parse_arguments(
            {}, Variables(Variables::Values{{"LANG", "ja_JP.UTF-8"}, {"LC_ALL", "C"}})
        ).language,
        Language::English
    );
}

TEST(Arguments, DurationsHaveAUnit) {
    EXPECT_EQ(parse_duration("90s"), std::chrono::seconds(90));
    EXPECT_EQ(parse_duration("2h"), std::chrono::hours(2));
    EXPECT_EQ(parse_duration("1d"), std::chrono::hours(24));
    for (const char* refused :
         {"", "m", "5", "-5m", "5 m", "5w", "99999999999999999999s", "9999999999d"}) {
        EXPECT_FALSE(parse_duration(refused)) << refused;
    }
}

}  // namespace
}  // namespace kakehashi::cli

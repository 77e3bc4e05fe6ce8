#include "design/render.h"

#include "design/detail/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace kakehashi::design {
namespace {

using testing::ElementsAre;

constexpr std::string_view kOperator = "[operator]\naccount = \"222222222222\"\n";
constexpr std::string_view kCity = R"([[municipality]]
name = "sample-city"
account = "111111111111"
external_id = "f3b60f3a1c7e4c0d9a52d8e17b4496ce"
)";

config::Configuration read(const std::string& toml) {
    auto configuration = config::read_configuration(toml, "kakehashi.toml");
    EXPECT_TRUE(configuration) << toml;
    return configuration ? *std::move(configuration) : config::Configuration{};
}

// "id line path" of each problem.
std::vector<std::string> problems(const std::string& toml) {
    std::vector<std::string> out;
    const auto pair = render(read(toml));
    if (pair) return out;
    for (const Problem& problem : pair.error()) {
        EXPECT_EQ(problem.where.file, "kakehashi.toml");
        EXPECT_TRUE(has_text(problem.what.id)) << problem.what.id.name();
        for (const Language language : {Language::English, Language::Japanese}) {
            const std::string words = text(problem, language);
            EXPECT_EQ(words.find('{'), std::string::npos) << words;
        }
        out.push_back(
            problem.what.id.name() + " " + std::to_string(problem.where.line) + " " +
            problem.where.path
        );
    }
    return out;
}

std::string with(std::string_view more) {
    return std::string(kOperator).append(kCity).append(more);
}

TEST(Render, LeavesAloneWhatNamesItsTemplates) {
    const std::string toml = R"([operator]
account = "222222222222"
template = "a.yaml"
[[municipality]]
name = "sample-city"
account = "111111111111"
template = "b.yaml"
)";
    EXPECT_FALSE(is_rendered(read(toml)));
    const auto pair = render(read(toml));
    ASSERT_TRUE(pair);
    EXPECT_TRUE(pair->operator_templates.empty());
    EXPECT_TRUE(pair->municipality_templates.empty());
    EXPECT_THAT(pair->configuration.operator_account.templates, ElementsAre("a.yaml"));
}

TEST(Render, FillsInWhatTheFilesAreCalledAndWhatIsAssumed) {
    const auto pair = render(read(with("[operator.options]\norganization_scp = true\n")));
    ASSERT_TRUE(pair);
    const config::Configuration& filled_in = pair->configuration;
    EXPECT_THAT(
        filled_in.operator_account.templates, ElementsAre("operator.yaml", "organization.yaml")
    );
    const config::Municipality& city = filled_in.municipalities.front();
    EXPECT_THAT(city.templates, ElementsAre("municipality.yaml"));
    EXPECT_EQ(city.role_arn, "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city");
    const auto several = render(read(with(R"([[municipality]]
name = "other"
account = "333333333333"
external_id = "f3b60f3a1c7e4c0d9a52d8e17b4496ce"
)")));
    ASSERT_TRUE(several);
    EXPECT_EQ(several->municipality_templates.back().name, "municipality-other.yaml");
}

TEST(Render, RefusesWhatItCannotMakeWithTheLine) {
    struct Row {
        std::string more;  // below the operator and the city of lines 1 to 6
        std::string problem;
    };
    const std::string bedrock = "[bedrock]\nprofiles = [";
    const Row rows[] = {
        {bedrock + "\"global.anthropic.claude-sonnet-4-5-20250929-v1:0\"]",
         "design.profile.anywhere 8 bedrock.profiles"},
        {bedrock + "\"apac.anthropic.claude-sonnet-4-20250514-v1:0\"]",
         "design.profile.leaves 8 bedrock.profiles"},
        {bedrock + "\"au.anthropic.claude-haiku-4-5-20251001-v1:0\"]",
         "design.profile.not_callable 8 bedrock.profiles"},
        {bedrock + "\"jp.anthropic.claude-haiku-4-5\"]",
         "design.profile.unknown 8 bedrock.profiles"},
        {bedrock + "\"anthropic.claude-haiku-4-5-20251001-v1:0\"]",
         "design.profile.no_profile 8 bedrock.profiles"},
        {bedrock + "\"arn:aws:bedrock:ap-northeast-1:333333333333:inference-profile/"
                   "jp.anthropic.claude-haiku-4-5-20251001-v1:0\"]",
         "design.profile.elsewhere 8 bedrock.profiles"},
        {bedrock + "\"arn:aws:bedrock:ap-northeast-1:222222222222:application-inference-profile/"
                   "a1b2c3d4e5f6\"]",
         "design.profile.source_unknown 8 bedrock.profiles"},
        {"[bedrock]\nsource_region = \"ap-northeast-2\"\nprofiles = "
         "[\"jp.anthropic.claude-haiku-4-5-20251001-v1:0\"]",
         "design.source_region.not_allowed 8 bedrock.source_region"},
        {"[bedrock]\nallowed_regions = [\"ap-northeast-1\"]",
         "design.profile.leaves 7 bedrock.profiles"},
        {"vpc = { zones = [\"a\", \"b\"] }", "design.vpc.zone 7 municipality[0].vpc"},
        {"vpc = { cidr = \"10.0.0.0/28\" }", "design.vpc.small 7 municipality[0].vpc"},
        {"vpc = { cidr = \"10.0.0.0/26\", zones = [\"a\", \"c\", \"d\"] }", ""},
        {"vpc = { cidr = \"10.0.0.0/27\", zones = [\"a\", \"c\", \"d\"] }",
         "design.vpc.small 7 municipality[0].vpc"},
        {"trusted_networks = [\"10.0.0.0/8\"]",
         "design.vpc.overlap 7 municipality[0].trusted_networks"},
        {"trusted_networks = [\"10.20.255.0/24\"]",
         "design.vpc.overlap 7 municipality[0].trusted_networks"},
        {"trusted_networks = [\"10.21.0.0/16\"]", ""},
        {"vpc = { id = \"vpc-0a\" }", "design.vpc.no_subnets 7 municipality[0].vpc"},
        {"vpc = { id = \"vpc-0a\", subnets = [\"sub: net\"] }",
         "design.vpc.id 7 municipality[0].vpc"},
        {"vpc = { id = \"vpc-0a\", subnets = [\"subnet-0a\"], dns_hostnames = false }",
         "design.vpc.dns_off 7 municipality[0].vpc"},
        {"vpc = { id = \"vpc-0a\", subnets = [\"subnet-0a\"] }\nbootstrap = { python = true }",
         "design.bootstrap.route_tables 7 municipality[0].vpc"},
        {"bootstrap = { python = true }\n[bedrock]\nsource_region = \"ap-northeast-3\"",
         "design.bootstrap.region 7 municipality[0].bootstrap"},
        {"caller = { kind = \"lambda\" }\nbootstrap = { session_manager = true }",
         "design.bootstrap.session_manager 8 municipality[0].bootstrap"},
        {"caller = { role = \"a: b\" }", "design.caller.role 7 municipality[0].caller"},
        {"caller = { role = \"path/role\" }", "design.caller.role 7 municipality[0].caller"},
        {"caller = { role = \"" + std::string(64, 'r') + "\" }", ""},
        {"caller = { role = \"" + std::string(65, 'r') + "\" }",
         "design.caller.role 7 municipality[0].caller"},
        {"role_arn = \"arn:aws:iam::222222222222:role/other\"",
         "design.role_arn.differs 7 municipality[0].role_arn"},
        {"role_arn = \"arn:aws:iam::222222222222:role/kakehashi-operator-sample-city\"", ""},
        {"template = \"theirs.yaml\"\n[operator.options]\nsource_vpce = true",
         "design.source_vpce.parameter 1 operator.parameters"},
    };
    for (const Row& row : rows) {
        const auto found = problems(with(row.more));
        if (row.problem.empty()) {
            EXPECT_TRUE(found.empty()) << row.more << ": " << found.front();
        } else {
            ASSERT_FALSE(found.empty()) << row.more;
            EXPECT_EQ(found.front(), row.problem) << row.more;
        }
    }
}

TEST(Render, RefusesMunicipalitiesThatCannotBeToldApart) {
    const auto second = [](const char* name, const char* account) {
        return with(
            "[[municipality]]\nname = \"" + std::string(name) + "\"\naccount = \"" + account +
            "\"\nexternal_id = \"f3b60f3a1c7e4c0d9a52d8e17b4496ce\"\n"
        );
    };
    EXPECT_THAT(
        problems(second("Sample-City", "333333333333")),
        ElementsAre("design.name.case 8 municipality[1].name")
    );
    EXPECT_THAT(
        problems(second("other", "111111111111")),
        ElementsAre("design.account.twice 9 municipality[1].account")
    );
    EXPECT_THAT(
        problems(second("other", "222222222222")),
        ElementsAre("design.account.operator 9 municipality[1].account")
    );
    EXPECT_TRUE(problems(second("other", "333333333333")).empty());
}

TEST(Render, WantsAnExternalIdThatNobodyGuesses) {
    const std::string toml =
        std::string(kOperator) + "[[municipality]]\nname = \"c\"\naccount = \"111111111111\"\n";
    EXPECT_THAT(
        problems(toml), ElementsAre("design.external_id.missing 3 municipality[0].external_id")
    );
    EXPECT_THAT(
        problems(toml + "external_id = \"kakehashi-sample-city\"\n"),
        ElementsAre("design.external_id.guessable 6 municipality[0].external_id")
    );
}

TEST(Render, NeedsTheRoleOfAForeignOperator) {
    const std::string foreign = R"([operator]
account = "222222222222"
template = "theirs.yaml"
[[municipality]]
name = "sample-city"
account = "111111111111"
)";
    EXPECT_THAT(
        problems(foreign), ElementsAre("design.role_arn.missing 4 municipality[0].role_arn")
    );
    const auto pair = render(read(foreign + "role_arn = \"arn:aws:iam::222222222222:role/p/r\"\n"));
    ASSERT_TRUE(pair);
    EXPECT_TRUE(pair->operator_templates.empty());
    const std::string& text = pair->municipality_templates.front().text;
    EXPECT_NE(text.find(":iam::222222222222:role/p/r\n"), std::string::npos);
}

TEST(Render, CutsSubnetsOutOfTheNetwork) {
    struct Row {
        const char* vpc;
        const char* last;
    };
    constexpr Row kRows[] = {
        {"cidr = \"10.20.0.0/16\"", "CidrBlock: 10.20.1.0/24\n"},
        {"cidr = \"10.20.4.0/23\"", "CidrBlock: 10.20.5.0/24\n"},
        {"cidr = \"10.20.4.0/24\"", "CidrBlock: 10.20.4.128/25\n"},
        {"cidr = \"10.20.4.64/27\"", "CidrBlock: 10.20.4.80/28\n"},
        {"cidr = \"10.20.4.0/26\", zones = [\"a\", \"c\", \"d\"]", "CidrBlock: 10.20.4.32/28\n"},
    };
    for (const Row& row : kRows) {
        const auto pair = render(read(with("vpc = { " + std::string(row.vpc) + " }\n")));
        ASSERT_TRUE(pair) << row.vpc;
        const std::string& text = pair->municipality_templates.front().text;
        EXPECT_NE(text.find(row.last), std::string::npos) << row.vpc;
    }
}

// What a switch adds goes with it.
TEST(Render, LeavesNothingOfASwitchThatIsOff) {
    const auto pair = render(read(with("[operator.options]\nactivation_role = false\n")));
    ASSERT_TRUE(pair);
    const std::string all =
        pair->operator_templates.front().text + pair->municipality_templates.front().text;
    for (const char* word :
         {"codeartifact",
          "s3:",
          "pl-",
          "ssm",
          "ec2messages",
          "logs:",
          "Activation",
          "Custom::",
          "CountTokens",
          "ListInference",
          "SourceVpce:",
          "Marketplace",
          "AWS::EC2::Instance"}) {
        EXPECT_EQ(all.find(word), std::string::npos) << word;
    }
}

TEST(Digest, FitsAndNoticesEveryEdit) {
    const std::string text = with_digest("a: 1\nb: 2\n");
    EXPECT_EQ(digest_of(text), Digest::Fits);
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string edited = text;
        edited[i] = edited[i] == 'x' ? 'y' : 'x';
        EXPECT_NE(digest_of(edited), Digest::Fits) << i;
        EXPECT_NE(digest_of(text.substr(0, i)), Digest::Fits) << i;
    }
    EXPECT_EQ(digest_of("c: 3\n" + text), Digest::Differs);
    EXPECT_EQ(digest_of(text + "c: 3\n"), Digest::None);
    EXPECT_EQ(digest_of(""), Digest::None);
    EXPECT_EQ(digest_of("a: 1\n"), Digest::None);
}

TEST(Digest, ClosesTheCommentOfASheet) {
    const std::string text = with_digest("# sheet\n<!--\n");
    EXPECT_TRUE(text.ends_with("\n-->\n")) << text;
    EXPECT_EQ(digest_of(text), Digest::Fits);
    EXPECT_EQ(digest_of("x" + text), Digest::Differs);
    EXPECT_EQ(digest_of(text.substr(0, text.size() - 4)), Digest::None);  // not closed
    EXPECT_EQ(digest_of(with_digest("a: 1\n") + "-->\n"), Digest::None);  // not opened
}

TEST(Text, MakesLogicalNamesThatDiffer) {
    struct Row {
        const char *name, *logical;
    };
    constexpr Row kRows[] = {{"sample-city", "SampleCity"}, {"city", "City"}, {"a1-b2", "A1B2"}};
    for (const Row& row : kRows) {
        EXPECT_EQ(logical_name(row.name), row.logical);
    }
    std::set<std::string> names;
    const char* alike[] = {
        "a-1",
        "a1",
        "A1",
        "a_1",
        "a-b",
        "aB",
        "AB",
        "ab",
        "a--b",
        "-ab",
        "ab-",
        "a_b",
        "1-a",
        "1a"};
    for (const char* name : alike) {
        EXPECT_TRUE(names.insert(logical_name(name)).second) << name;
    }
}

TEST(Text, QuotesWhatYamlWouldTakeForSomethingElse) {
    EXPECT_EQ(scalar("sample-city"), "sample-city");
    for (const char* name : {"123", "1e3", "true", "null", "2026-11-24", "-", "a,b-c", "=x-y"}) {
        EXPECT_EQ(scalar(name), "\"" + std::string(name) + "\"");
    }
}

}  // namespace
}  // namespace kakehashi::design

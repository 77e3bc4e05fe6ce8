#include "config/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kakehashi::config {
namespace {

using std::chrono_literals::operator""y;
using testing::ElementsAre;

// The least that is a configuration: lines 1 to 5.
const std::string kLeast = R"([operator]
account = "222222222222"
[[municipality]]
name = "sample-city"
account = "111111111111"
)";

Configuration read(const std::string& text) {
    auto read = read_configuration(text, "kakehashi.toml");
    if (read) return *std::move(read);
    for (const Problem& problem : read.error()) {
        ADD_FAILURE() << kakehashi::text(problem, Language::English);
    }
    return {};
}

// "id line path" of each problem.
std::vector<std::string> problems(const std::string& text) {
    std::vector<std::string> out;
    const auto read = read_configuration(text, "k.toml");
    if (read) return out;
    for (const Problem& problem : read.error()) {
        EXPECT_EQ(problem.where.file, "k.toml");
        EXPECT_TRUE(has_text(problem.what.id)) << problem.what.id.name();
        out.push_back(
            problem.what.id.name() + " " + std::to_string(problem.where.line) + " " +
            problem.where.path
        );
    }
    return out;
}

TEST(Configuration, NeedsLittleAndHasDefaults) {
    const Configuration c = read(kLeast);
    EXPECT_EQ(c.operator_account.account, "222222222222");
    EXPECT_TRUE(c.operator_account.templates.empty());
    EXPECT_TRUE(c.operator_account.options.activation_role);
    EXPECT_FALSE(c.operator_account.options.count_tokens);
    ASSERT_EQ(c.municipalities.size(), 1U);
    const Municipality& city = c.municipalities[0];
    EXPECT_EQ(city.session_name, "kakehashi-{host}");
    EXPECT_EQ(city.external_id, std::nullopt);
    EXPECT_EQ(city.role_arn, std::nullopt);
    EXPECT_EQ(std::get<NewVpc>(city.vpc).cidr, "10.20.0.0/16");
    EXPECT_EQ(city.caller.role, "kakehashi-caller");
    EXPECT_EQ(c.bedrock.source_region, "ap-northeast-1");
    EXPECT_THAT(c.bedrock.allowed_regions, ElementsAre("ap-northeast-1", "ap-northeast-3"));
    EXPECT_EQ(c.twin.clock, std::nullopt);
    EXPECT_EQ(c.twin.organization.has_value(), false);
    EXPECT_EQ(c.twin.operator_account.use_case_form, UseCaseForm::Approved);
    EXPECT_EQ(c.twin.municipality_accounts.at("sample-city").use_case_form, UseCaseForm::Missing);
}

TEST(Configuration, ReadsTheAccounts) {
    const Configuration c = read(R"([operator]
account = "222222222222"
template = "operator.yaml"
parameters = { Stage = "test", Count = 3, On = true, Zones = ["a", "c"] }
[operator.options]
activation_role = false
source_vpce = true

[[municipality]]
name = "sample-city"
account = "111111111111"
template = ["municipality.yaml", "municipality-2.yaml"]
role_arn = "arn:aws:iam::222222222222:role/operator"
external_id = "0123456789abcdef"
session_name = "{user}@{host}"
vpc = { id = "vpc-0abc", subnets = ["subnet-1"], endpoint_subnets = ["subnet-2"], route_tables = ["rtb-1"], dns_support = true, cidr = "10.0.0.0/8" }
caller = { role = "worker", kind = "lambda" }
bootstrap = { python = true }
trusted_networks = ["192.168.0.0/24"]

[[municipality]]
name = "next-city"
account = "111111111112"
vpc = { cidr = "10.30.0.0/20", zones = ["d"] }
caller = { instance = true }
)");
    EXPECT_THAT(c.operator_account.templates, ElementsAre("operator.yaml"));
    const Parameters parameters = {
        {"Stage", "test"}, {"Count", "3"}, {"On", "true"}, {"Zones", "a,c"}};
    EXPECT_EQ(c.operator_account.parameters, parameters);
    EXPECT_FALSE(c.operator_account.options.activation_role);
    EXPECT_TRUE(c.operator_account.options.source_vpce);
    ASSERT_EQ(c.municipalities.size(), 2U);
    const Municipality& city = c.municipalities[0];
    EXPECT_THAT(city.templates, ElementsAre("municipality.yaml", "municipality-2.yaml"));
    EXPECT_EQ(city.role_arn, "arn:aws:iam::222222222222:role/operator");
    EXPECT_EQ(city.external_id, "0123456789abcdef");
    EXPECT_EQ(city.session_name, "{user}@{host}");
    const auto& vpc = std::get<ExistingVpc>(city.vpc);
    EXPECT_EQ(vpc.id, "vpc-0abc");
    EXPECT_THAT(vpc.endpoint_subnets, ElementsAre("subnet-2"));
    EXPECT_THAT(vpc.route_tables, ElementsAre("rtb-1"));
    EXPECT_EQ(vpc.dns_support, true);
    EXPECT_EQ(vpc.dns_hostnames, std::nullopt);
    EXPECT_EQ(vpc.cidr, "10.0.0.0/8");
    EXPECT_EQ(city.caller.kind, CallerKind::Lambda);
    EXPECT_TRUE(city.bootstrap.python);
    EXPECT_FALSE(city.bootstrap.session_manager);
    EXPECT_THAT(city.trusted_networks, ElementsAre("192.168.0.0/24"));
    EXPECT_THAT(std::get<NewVpc>(c.municipalities[1].vpc).zones, ElementsAre("d"));
    EXPECT_TRUE(c.municipalities[1].caller.instance);
    EXPECT_EQ(c.find_municipality("next-city"), &c.municipalities[1]);
    EXPECT_EQ(c.find_municipality("x"), nullptr);
}

TEST(Configuration, ReadsBedrockCheckAndTemplates) {
    const Configuration c = read(kLeast + R"([bedrock]
source_region = "ap-northeast-3"
allowed_regions = ["ap-northeast-3"]
profiles = ["jp.a", "jp.b"]
application_profiles = { "arn:aws:bedrock:ap-northeast-1:222222222222:application-inference-profile/x" = "jp.a" }
[[check.suppress]]
id = "source-vpce-missing"
where = "operator.yaml#Resources.X"
reason = "two roads"
until = 2027-03-31
[[check.suppress]]
id = "hop-limit"
reason = "containers"
until = "2027-03-31"
[templates]
inert = ["AWS::AppConfig::*"]
managed_policies = "policies"
)");
    EXPECT_EQ(c.bedrock.source_region, "ap-northeast-3");
    EXPECT_THAT(c.bedrock.profiles, ElementsAre("jp.a", "jp.b"));
    EXPECT_EQ(c.bedrock.application_profiles.begin()->second, "jp.a");
    ASSERT_EQ(c.suppressions.size(), 2U);
    EXPECT_EQ(c.suppressions[0].where, "operator.yaml#Resources.X");
    EXPECT_EQ(c.suppressions[0].until, std::chrono::sys_days(2027y / 3 / 31));
    EXPECT_EQ(c.suppressions[1].until, c.suppressions[0].until);
    EXPECT_EQ(c.suppressions[1].location.of("reason").line, 18U);
    EXPECT_THAT(c.templates.inert, ElementsAre("AWS::AppConfig::*"));
    EXPECT_EQ(c.templates.managed_policies, "policies");
}

TEST(Configuration, KnowsWhereEachKeyStands) {
    const Configuration c = read(kLeast + "external_id = \"abc\"\n");
    const TableLocation& where = c.municipalities[0].where;
    EXPECT_EQ(text(where.of("external_id")), "kakehashi.toml:6: municipality[0].external_id");
    EXPECT_EQ(text(where.of("role_arn")), "kakehashi.toml:3: municipality[0].role_arn");
    EXPECT_EQ(c.operator_account.where.of("account").line, 2U);
}

TEST(Configuration, NamesTheNearestOfAnUnknownKey) {
    const auto read =
        read_configuration(kLeast + "externalid = \"abc\"\nzzzzzzzzzz = 1\n", "k.toml");
    ASSERT_FALSE(read);
    ASSERT_EQ(read.error().size(), 2U);
    EXPECT_EQ(
        text(read.error()[0], Language::English),
        "k.toml:6: municipality[0].externalid: there is no key `externalid` here; did you mean "
        "`external_id`"
    );
    EXPECT_EQ(read.error()[1].what.id, "config.key.unknown"_msg);
    EXPECT_EQ(read.error()[1].where.line, 7U);
}

TEST(Configuration, ReportsEveryProblemInTheOrderOfLines) {
    EXPECT_THAT(
        problems(R"([twin]
cloc = 1
[bedrock]
source_region = "tokyo"
[operator]
account = 222222222222
[[municipality]]
name = "a"
account = "1"
role_arn = "x"
)"),
        ElementsAre(
            "config.key.unknown_near 2 twin.cloc",
            "config.region.form 4 bedrock.source_region",
            "config.type.text_not_number 6 operator.account",
            "config.account.form 9 municipality[0].account",
            "config.role_arn.form 10 municipality[0].role_arn"
        )
    );
}

TEST(Configuration, RefusesEachWrongThing) {
    struct Row {
        const char* text;
        const char* problem;
    };
    const Row rows[] = {
        // each after kLeast, so inside the municipality from line 6 on
        {"session_name = \"a b\"", "config.session_name.form 6 municipality[0].session_name"},
        {"external_id = \"x\"", "config.external_id.form 6 municipality[0].external_id"},
        {"external_id = \"\"", "config.text.empty 6 municipality[0].external_id"},
        {"role_arn = true", "config.type.text 6 municipality[0].role_arn"},
        {"template = 1", "config.type.text_not_number 6 municipality[0].template"},
        {"template = [1]", "config.type.text_not_number 6 municipality[0].template"},
        {"parameters = 1", "config.type.table 6 municipality[0].parameters"},
        {"parameters = { A = 2027-01-01 }", "config.type.parameter 6 municipality[0].parameters"},
        {"parameters = { A = [1] }", "config.type.parameter 6 municipality[0].parameters"},
        {"vpc = 1", "config.type.table 6 municipality[0].vpc"},
        {"vpc = { cidr = \"10.0.0.0/8\" }", "config.vpc.cidr 6 municipality[0].vpc.cidr"},
        {"vpc = { zones = [] }", "config.vpc.zones 6 municipality[0].vpc.zones"},
        {"vpc = { zones = [\"a\", \"a\"] }", "config.vpc.zones 6 municipality[0].vpc.zones"},
        {"vpc = { zones = [\"1a\"] }", "config.vpc.zones 6 municipality[0].vpc.zones"},
        {"vpc = { id = \"x\" }", "config.vpc.id 6 municipality[0].vpc.id"},
        {"vpc = { id = \"vpc-1\", zones = [\"a\"] }",
         "config.key.unknown 6 municipality[0].vpc.zones"},
        {"vpc = { id = \"vpc-1\", cidr = \"x\" }",
         "config.network.form 6 municipality[0].vpc.cidr"},
        {"vpc = { id = \"vpc-1\", dns_support = 1 }",
         "config.type.boolean 6 municipality[0].vpc.dns_support"},
        {"caller = { kind = \"eks\" }", "config.choice.unknown 6 municipality[0].caller.kind"},
        {"caller = { kind = \"ecs\", instance = true }",
         "config.caller.instance 6 municipality[0].caller.instance"},
        {"bootstrap = { pyton = true }",
         "config.key.unknown_near 6 municipality[0].bootstrap.pyton"},
        {"trusted_networks = \"10.0.0.0/8\"",
         "config.type.texts 6 municipality[0].trusted_networks"},
        {"trusted_networks = [\"10.0.0.0\"]",
         "config.network.form 6 municipality[0].trusted_networks"},
        {"[[municipality]]\nname = \"sample-city\"\naccount = \"333333333333\"",
         "config.municipality.twice 7 municipality[1].name"},
        {"[[municipality]]\nname = \"operator\"\naccount = \"333333333333\"",
         "config.municipality.name 7 municipality[1].name"},
        {"[[municipality]]\nname = \"333333333333\"\naccount = \"333333333333\"",
         "config.municipality.name 7 municipality[1].name"},
        {"[[municipality]]\naccount = \"333333333333\"",
         "config.key.missing 6 municipality[1].name"},
        {"[[municipality]]\nname = \"b\"", "config.key.missing 6 municipality[1].account"},
        {"[bedrock]\nallowed_regions = []", "config.list.empty 7 bedrock.allowed_regions"},
        {"[bedrock]\nallowed_regions = [\"japan\"]",
         "config.region.form 7 bedrock.allowed_regions"},
        {"[bedrock]\nprofiles = []", "config.list.empty 7 bedrock.profiles"},
        {"[bedrock]\nprofiles = [\"\"]", "config.text.empty 7 bedrock.profiles"},
        {"[bedrock]\napplication_profiles = { x = \"jp.a\" }",
         "config.application_profile.form 7 bedrock.application_profiles"},
        {"[check]\nsupress = []", "config.key.unknown_near 7 check.supress"},
        {"[check.suppress]\nid = \"x\"", "config.type.tables 6 check.suppress"},
        {"[[check.suppress]]\nid = \"x\"\nreason = \"y\"",
         "config.key.missing 6 check.suppress[0].until"},
        {"[[check.suppress]]\nid = \"x\"\nuntil = 2027-01-01",
         "config.key.missing 6 check.suppress[0].reason"},
        {"[[check.suppress]]\nid = \"x\"\nreason = \"y\"\nuntil = \"2027-02-30\"",
         "config.type.date 9 check.suppress[0].until"},
        {"[[check.suppress]]\nid = \"x\"\nreason = \"y\"\nuntil = 9999-01-01",
         "config.type.date 9 check.suppress[0].until"},
        {"[templates]\ninert = [\"*\"]", "config.resource_type.form 7 templates.inert"},
        {"[operatr]", "config.key.unknown_near 6 operatr"},
    };
    for (const auto& [text, problem] : rows) {
        EXPECT_THAT(problems(kLeast + text + "\n"), ElementsAre(problem)) << text;
    }
}

TEST(Configuration, SaysWhatIsMissing) {
    EXPECT_THAT(
        problems(""),
        ElementsAre("config.key.missing 1 operator", "config.municipality.none 1 municipality")
    );
    EXPECT_THAT(
        problems("operator = 1\nmunicipality = []\n"),
        ElementsAre("config.type.table 1 operator", "config.municipality.none 2 municipality")
    );
    EXPECT_THAT(
        problems("[operator]\naccount = \"222222222222\"\n[municipality]\nname = \"a\"\n"),
        ElementsAre("config.type.tables 3 municipality", "config.municipality.none 3 municipality")
    );
}

TEST(Configuration, RefusesWhatIsNoToml) {
    EXPECT_THAT(problems("[operator]\naccount = \"2\n"), ElementsAre("config.toml.syntax 2 "));
    for (const char* header :
         {"[[[a]]]\n",
          "[=]\n",
          "[[#]]\n",
          "[a.[b]]\n",
          "[\n",
          "[a\n",
          "a\xd1\x9e = 1\n",
          "é = 1\n"}) {
        EXPECT_THAT(problems(header), ElementsAre(testing::StartsWith("config.toml.syntax")))
            << header;
    }
    EXPECT_THAT(problems("[a]\n[a]\n"), ElementsAre("config.toml.syntax 2 "));
    EXPECT_THAT(problems("a = \"\xff\"\n"), ElementsAre("config.toml.syntax 1 "));
}

TEST(Configuration, BoundsWhatItReads) {
    EXPECT_THAT(
        problems(std::string(kConfigurationBytesMax + 1, '\n')),
        ElementsAre("config.toml.too_large 0 ")
    );
    EXPECT_THAT(
        problems("a = " + std::string(100, '[') + "\n"), ElementsAre("config.toml.syntax 1 ")
    );
    std::string dots = "a";
    for (int i = 0; i < 100'000; ++i) {
        dots += ".a";
    }
    EXPECT_THAT(problems("\n" + dots + " = 1\n"), ElementsAre("config.toml.too_deep 2 "));
    std::string many = "a = [", tables;
    for (int i = 0; i < 60'000; ++i) {
        many += "0,";
        tables += "[[a]]\n";
    }
    EXPECT_THAT(problems(many + "0]\n"), ElementsAre("config.toml.too_many 0 "));
    EXPECT_THAT(problems(tables), ElementsAre("config.toml.too_many 0 "));
    std::string keys;
    for (std::size_t i = 0; i < 2 * kProblemsMax; ++i) {
        keys += "key" + std::to_string(i) + " = 1\n";
    }
    EXPECT_EQ(problems(keys).size(), kProblemsMax);
}

TEST(Configuration, TruncatedAnywhereItNeverThrows) {
    for (std::size_t size = 0; size < kLeast.size(); ++size) {
        (void)read_configuration(std::string_view(kLeast).substr(0, size), "k.toml").has_value();
    }
}

}  // namespace
}  // namespace kakehashi::config

#include "design/render.h"

#include <gtest/gtest.h>

namespace kakehashi::design {
namespace {

Pair pair_of(std::size_t endpoints, std::string more = "") {
    Pair pair;
    config::Municipality city;
    city.name = "sample_city";
    city.account = "111111111111";
    city.templates = {"municipality.yaml"};
    pair.configuration.municipalities.push_back(city);
    pair.configuration.operator_account.account = "222222222222";
    for (std::size_t i = 0; i < endpoints; ++i)
        more += "      VpcEndpointType: Interface\n";
    pair.municipality_templates.push_back({"municipality.yaml", more});
    pair.operator_templates.push_back({"operator.yaml", "    Type: AWS::IAM::Role\n"});
    return pair;
}

std::string sheet(const Pair& pair) {
    return deployment_sheet(pair, Language::English);
}

TEST(DeploymentSheet, PutsTheMunicipalityFirstAndUndoesItLast) {
    const std::string text = sheet(pair_of(2));
    const auto first =
        text.find("deploy --region ap-northeast-1 --stack-name kakehashi-sample-city");
    const auto second = text.find("deploy --region ap-northeast-1 --stack-name kakehashi-operator");
    ASSERT_NE(first, text.npos);
    ASSERT_NE(second, text.npos);
    EXPECT_LT(first, second);
    EXPECT_LT(
        text.find("delete-stack --region ap-northeast-1 --stack-name kakehashi-operator"),
        text.find("delete-stack --region ap-northeast-1 --stack-name kakehashi-sample-city")
    );
    EXPECT_EQ(text.find("--s3-bucket"), text.npos);
    EXPECT_EQ(text.find("request-service-quota-increase"), text.npos);
}

// 2 × 2 × 730 × 0.014 = 40.88; 155 yen a dollar.
TEST(DeploymentSheet, AddsTheMonthUpLineByLine) {
    const std::string two = sheet(pair_of(2));
    EXPECT_NE(two.find("| **sum** | 40.88 | 6,336 |"), two.npos) << two;
    EXPECT_NE(two.find("| **sum** | 81.76 | 12,673 |"), two.npos) << two;  // the article's set
    const std::string instance = sheet(pair_of(2, "    Type: AWS::EC2::Instance\n"));
    EXPECT_NE(instance.find("| **sum** | 51.58 |"), instance.npos) << instance;
}

TEST(DeploymentSheet, SaysWhatIsLargeAndWhichQuotaToRaise) {
    Pair pair = pair_of(2, std::string(51'201, '#'));
    std::string roles;
    for (int i = 0; i < 1001; ++i)
        roles += "    Type: AWS::IAM::Role\n";
    pair.operator_templates.push_back({"operator-2.yaml", roles});
    const std::string text = sheet(pair);
    EXPECT_NE(text.find("--s3-bucket kakehashi-templates-111111111111"), text.npos);
    EXPECT_NE(text.find("--quota-code L-FE177D64 --desired-value 1102"), text.npos) << text;
    EXPECT_NE(text.find("--stack-name kakehashi-operator-2"), text.npos);
}

TEST(DeploymentSheet, AsksForTheParametersThatHaveNoDefault) {
    Pair pair = pair_of(2);
    pair.operator_templates[0].text =
        "Description: x\n\nParameters:\n  A:\n    Type: String\n    Default: a\n  # why\n  B:\n"
        "    Type: String\n\n  C:\n    Type: String\n    Default: c\n\nResources:\n  D:\n";
    EXPECT_NE(sheet(pair).find("--parameter-overrides B=vpce-…\n"), std::string::npos)
        << sheet(pair);
}

TEST(DeploymentSheet, NamesTheSwitchesThatNobodyVerified) {
    Pair pair = pair_of(2);
    EXPECT_EQ(sheet(pair).find("aws:SourceVpce"), std::string::npos);
    pair.configuration.operator_account.options.source_vpce = true;
    EXPECT_NE(sheet(pair).find("aws:SourceVpce"), std::string::npos);
}

// Each phrase behind the one before it.
void expect_in_order(const std::string& text, std::initializer_list<std::string_view> phrases) {
    std::size_t at = 0;
    for (const std::string_view phrase : phrases) {
        const auto found = text.find(phrase, at);
        ASSERT_NE(found, text.npos) << phrase << "\n" << text;
        at = found + phrase.size();
    }
}

TEST(DeploymentSheet, ActivatesTheModelStepByStep) {
    Pair pair = pair_of(2);
    expect_in_order(
        sheet(pair),
        {"assume-role --region ap-northeast-1 --role-arn "
         "arn:aws:iam::222222222222:role/kakehashi-activation",
         "put-use-case-for-model-access",
         "create-foundation-model-agreement --region ap-northeast-1 --model-id anthropic.claude-",
         "get-foundation-model-availability",
         "converse --region ap-northeast-1 --model-id jp.anthropic.claude-",
         "unset AWS_ACCESS_KEY_ID",
         "kakehashi render\n"}
    );
    pair.configuration.operator_account.options.activation_role = false;
    EXPECT_EQ(sheet(pair).find("kakehashi-activation"), std::string::npos);
    pair.configuration.operator_account.options.activation_role = true;
    pair.configuration.bedrock.profiles = {"jp.amazon.nova-2-lite-v1:0"};
    EXPECT_EQ(sheet(pair).find("create-foundation-model-agreement"), std::string::npos);
}

TEST(DeploymentSheet, PutsTheGuardFirstAndTakesItAwayLast) {
    Pair pair = pair_of(2);
    pair.organization_templates.push_back({"organization.yaml", ""});
    expect_in_order(
        sheet(pair),
        {"enable-policy-type",
         "--template-file organization.yaml",
         "Target=222222222222",
         "--template-file operator.yaml",
         "delete-stack --region ap-northeast-1 --stack-name kakehashi-operator",
         "delete-stack --region ap-northeast-1 --stack-name kakehashi-sample-city",
         "delete-stack --region ap-northeast-1 --stack-name kakehashi-organization"}
    );
}

TEST(DeploymentSheet, SaysWhatStaysBehind) {
    EXPECT_EQ(sheet(pair_of(2)).find("delete-log-group"), std::string::npos);
    EXPECT_EQ(sheet(pair_of(2)).find("s3 rb"), std::string::npos);
    Pair pair = pair_of(2, std::string(51'201, '#'));
    pair.configuration.operator_account.options.invocation_logging = true;
    expect_in_order(
        sheet(pair), {"s3 rb s3://kakehashi-templates-111111111111 --force", "delete-log-group"}
    );
}

TEST(DeploymentSheet, PricesMunicipalitiesThatDifferApart) {
    Pair pair = pair_of(2);
    config::Municipality other = pair.configuration.municipalities.front();
    other.name = "one-zone";
    std::get<config::NewVpc>(other.vpc).zones = {"a"};
    pair.configuration.municipalities.push_back(other);
    const std::string text = sheet(pair);
    expect_in_order(
        text,
        {"each of: sample_city",
         "| **sum** | 40.88 | 6,336 |",
         "each of: one-zone",
         "in 1 zone,",
         "| **sum** | 20.44 | 3,168 |",
         "61.32 USD, 9,504 yen"}
    );
}

TEST(DeploymentSheet, HasEveryWordInBothLanguages) {
    Pair pair = pair_of(2, "    Type: AWS::EC2::Instance\n      VpcEndpointType: Gateway\n");
    pair.configuration.operator_account.options = {true, true, true, true, true, true};
    for (const Language language : {Language::Japanese, Language::English}) {
        EXPECT_EQ(deployment_sheet(pair, language).find("design.sheet"), std::string::npos);
    }
}

}  // namespace
}  // namespace kakehashi::design

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

TEST(DeploymentSheet, HasEveryWordInBothLanguages) {
    Pair pair = pair_of(2, "    Type: AWS::EC2::Instance\n      VpcEndpointType: Gateway\n");
    pair.configuration.operator_account.options = {true, true, true, true, true, true};
    for (const Language language : {Language::Japanese, Language::English}) {
        EXPECT_EQ(deployment_sheet(pair, language).find("design.sheet"), std::string::npos);
    }
}

}  // namespace
}  // namespace kakehashi::design

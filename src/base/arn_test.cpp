#include "base/arn.h"

#include <gtest/gtest.h>

namespace kakehashi {
namespace {

TEST(Arn, KeepsEmptyPartsAndTheColonsOfTheResource) {
    auto arn = parse_arn("arn:aws:bedrock:ap-northeast-1::foundation-model/anthropic.claude-v1:0");
    ASSERT_TRUE(arn);
    EXPECT_EQ(arn->region, "ap-northeast-1");
    EXPECT_EQ(arn->account, "");
    EXPECT_EQ(arn->resource, "foundation-model/anthropic.claude-v1:0");
}

TEST(Arn, RefusesWhatIsNotOne) {
    struct Row {
        std::string text;
        ArnError error;
    };
    const Row rows[] = {
        {"", ArnError::NotAnArn},
        {"arn:aws:iam::123456789012", ArnError::NotAnArn},
        {"urn:aws:iam::123456789012:role/x", ArnError::NotAnArn},
        {"arn::iam::123456789012:role/x", ArnError::EmptyPart},
        {"arn:aws:iam::123456789012:", ArnError::EmptyPart},
        {"arn:aws:iam::12345678901:role/x", ArnError::BadAccount},
        {"arn:aws:s3:::" + std::string(kArnBytesMax, 'x'), ArnError::TooLong},
    };
    for (const auto& [text, error] : rows) {
        auto arn = parse_arn(text);
        ASSERT_FALSE(arn) << text;
        EXPECT_EQ(arn.error(), error) << text;
    }
}

TEST(AccountId, IsTwelveDigits) {
    EXPECT_TRUE(is_account_id("012345678901"));
    for (const char* other :
         {"", "11111111111", "1111111111111", "11111111111a", "aws", " 1111111111"}) {
        EXPECT_FALSE(is_account_id(other)) << other;
    }
}

}  // namespace
}  // namespace kakehashi

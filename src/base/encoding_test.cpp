#include "base/encoding.h"

#include <gtest/gtest.h>

namespace kakehashi {
namespace {

TEST(Encoding, Base64ReadsOnlyWhatItWrites) {
    for (std::string_view bytes : {"", "f", "fo", "foo", "\xFF\xFE\xFD"}) {
        EXPECT_EQ(from_base64(base64(bytes)), bytes);
    }
    EXPECT_EQ(base64("fo"), "Zm8=");
    for (const char* refused : {"Z", "Zm8", "Zm9=", "Zm8=\n", " Zm8=", "Zm8*", "===="}) {
        EXPECT_FALSE(from_base64(refused)) << refused;
    }
}

TEST(Encoding, PercentEncodesAllButTheUnreserved) {
    EXPECT_EQ(percent_encoded("jp.a-b_c~/v1:0"), "jp.a-b_c~%2Fv1%3A0");
    EXPECT_EQ(percent_encoded("/a b", "/"), "/a%20b");
    EXPECT_EQ(percent_decoded("v1%3A0%2f"), "v1:0/");
    for (const char* refused : {"%", "%3", "%3g", "a%"}) {
        EXPECT_FALSE(percent_decoded(refused)) << refused;
    }
    EXPECT_EQ(percent_decoded("%41b%2Fc"), "Ab/c");
    EXPECT_EQ(percent_decoded("%00%FF"), std::string("\0\xFF", 2));
    EXPECT_EQ(percent_decoded("a+b"), "a+b");
    EXPECT_EQ(form_decoded("a+b%2B"), "a b+");
}

TEST(Encoding, HexIsLowerCase) {
    const unsigned char bytes[] = {0x00, 0xAB, 0xFF};
    EXPECT_EQ(hex(bytes), "00abff");
}

}  // namespace
}  // namespace kakehashi

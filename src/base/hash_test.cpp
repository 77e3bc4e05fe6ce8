#include "base/hash.h"

#include "base/encoding.h"

#include <gtest/gtest.h>

namespace kakehashi {
namespace {

// FIPS 180-4 and RFC 4231, test cases 2 and 6.
TEST(Hash, AgreesWithThePublishedVectors) {
    EXPECT_EQ(
        sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    EXPECT_EQ(
        hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    EXPECT_EQ(
        hex(hmac_sha256(
            std::string(131, '\xAA'), "Test Using Larger Than Block-Size Key - Hash Key First"
        )),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
}

TEST(Hash, StableIdsAreTheSameEveryTime) {
    EXPECT_EQ(stable_id("a", "01", 40), stable_id("a", "01", 40));
    EXPECT_NE(stable_id("a", "0123456789", 12), stable_id("b", "0123456789", 12));
    EXPECT_EQ(stable_id("a", "x", 3), "xxx");
}

}  // namespace
}  // namespace kakehashi

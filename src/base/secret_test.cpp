#include "base/secret.h"

#include <gtest/gtest.h>

#include <utility>

namespace kakehashi {
namespace {

TEST(SecretString, ComparesAndCopies) {
    const SecretString secret(std::string("wJalrXUtnFEMI"));
    // The copy is the subject. NOLINTNEXTLINE(performance-unnecessary-copy-initialization)
    const SecretString copy = secret;
    EXPECT_TRUE(copy == secret);
    EXPECT_FALSE(copy == SecretString(std::string("wJalrXUtnFEMJ")));
    EXPECT_FALSE(copy == SecretString());
}

TEST(SecretString, LeavesNothingBehindWhenMoved) {
    SecretString from(std::string("short"));
    const SecretString to = std::move(from);
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move,clang-analyzer-cplusplus.Move)
    EXPECT_EQ(to.reveal(), "short");
}

}  // namespace
}  // namespace kakehashi

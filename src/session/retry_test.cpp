#include "session/retry.h"

#include "session/script.h"

#include <gtest/gtest.h>

namespace kakehashi::session {
namespace {

using std::chrono::milliseconds;

TEST(Retry, P09_TenThousandFailuresCostFewRetries) {
    FixedRandom random(0);
    RetryQuota quota;
    int calls = 0;
    for (int i = 0; i < 10'000; ++i) {
        Retry retry(quota, random);
        do {
            ++calls;
        } while (retry.next(RetryReason::Transient, std::nullopt));
        EXPECT_LE(retry.attempts(), kAttemptsMax);
    }
    EXPECT_LE(calls, 10'035);
    EXPECT_GT(calls, 10'000);
}

TEST(Retry, WaitsWithinItsCeilingAndHonoursTheService) {
    FixedRandom least(0), most(255);
    RetryQuota quota;
    Retry retry(quota, most);
    EXPECT_EQ(retry.next(RetryReason::Transient, std::nullopt), milliseconds(49));
    EXPECT_EQ(retry.next(RetryReason::Throttled, std::nullopt), milliseconds(1999));
    EXPECT_EQ(retry.next(RetryReason::Transient, std::nullopt), std::nullopt);
    Retry asked(quota, least);
    EXPECT_EQ(asked.next(RetryReason::Transient, milliseconds(700)), milliseconds(700));
    EXPECT_EQ(asked.next(RetryReason::Transient, milliseconds(60'000)), kRetryAfterBeyondMax);
    EXPECT_EQ(quota.left(), kRetryQuota - 3 * kTransientCost - kThrottleCost);
    asked.succeeded();
    EXPECT_EQ(quota.left(), kRetryQuota - 2 * kTransientCost - kThrottleCost);
}

}  // namespace
}  // namespace kakehashi::session

#include "session/refresh.h"

#include <gtest/gtest.h>

namespace kakehashi::session {
namespace {

using namespace std::chrono_literals;
using Action = CredentialRefresh::Action;
constexpr TimePoint kStart{1'800'000'000s};

TEST(CredentialRefresh, P08_AsksSevenTimesAnHourAtMostAndOnceAtTheStart) {
    CredentialRefresh refresh;
    EXPECT_EQ(refresh.next(kStart), Action::Ask);
    for (int i = 0; i < 9'999; ++i) {
        ASSERT_EQ(refresh.next(kStart), Action::Wait);
    }
    refresh.answered(kStart, kStart + 1h);
    int asked = 1;
    for (auto now = kStart; now < kStart + 24h; now += 1s) {
        ASSERT_EQ(refresh.next(now), Action::Use);
        if (!refresh.begin_refresh(now)) continue;
        ++asked;
        refresh.answered(now, now + 1h);
    }
    EXPECT_LE(asked, 24 * 7);
}

TEST(CredentialRefresh, P07_ServesThroughFortyNineMinutesThenFailsAtOnceAndRecovers) {
    CredentialRefresh refresh;
    refresh.answered(kStart, kStart + 1h);
    const auto outage = refresh.refresh_at();  // just before a refresh
    EXPECT_GE(outage, kStart + 9min);
    EXPECT_LE(outage, kStart + 10min);
    auto now = outage;
    for (; now < outage + 49min; now += 1s) {
        ASSERT_EQ(refresh.next(now), Action::Use);
        if (refresh.begin_refresh(now)) refresh.failed(now);
    }
    for (; now < outage + 70min; now += 1s) {
        if (refresh.begin_refresh(now)) refresh.failed(now);
    }
    EXPECT_EQ(refresh.next(now), Action::Fail);
    const auto back = now;
    while (!refresh.begin_refresh(now)) {
        EXPECT_EQ(refresh.next(now), Action::Fail);
        now += 100ms;
    }
    EXPECT_LE(now + kAskLimit - back, 5s);  // also when the call takes as long as it may
    refresh.answered(now, now + 1h);
    EXPECT_EQ(refresh.next(now), Action::Use);
}

}  // namespace
}  // namespace kakehashi::session

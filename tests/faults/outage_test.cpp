#include "rehearsal.h"

#include <gtest/gtest.h>

namespace kakehashi::faults {
namespace {

using namespace std::chrono_literals;

class StsOutage : public testing::TestWithParam<Outage> {};

// A request every `every` for `time`, each with the time of one exchange to end in.
Tally steadily(Rehearsal& rehearsal, std::chrono::seconds time, std::chrono::seconds every) {
    Tally tally;
    for (auto passed = 0s; passed < time; passed += every) {
        rehearsal.spawn_converse(tally);
        rehearsal.pass(every);
    }
    return tally;
}

TEST_P(StsOutage, P07_GoesUnnoticedFor49MinutesThenTheErrorIsClear) {
    Rehearsal rehearsal;
    rehearsal.keep_fresh();
    rehearsal.pass(554s);  // a refresh is due in one second
    rehearsal.transport.fail(twin::Service::Sts, GetParam(), rehearsal.now());
    const std::chrono::seconds every(count_of(1, 20));
    const Tally during = steadily(rehearsal, 49min, every);
    EXPECT_EQ(during.failed, 0);
    EXPECT_EQ(during.answered, 49min / every);

    rehearsal.pass(5min);  // now what was in hand is over
    const TimePoint before = rehearsal.now();
    const auto refused = rehearsal.converse();
    ASSERT_FALSE(refused);
    EXPECT_EQ(code(refused.error()), "credentials_unavailable");
    EXPECT_EQ(rehearsal.now(), before) << "no request waits for a service that is known to be away";
    EXPECT_EQ(rehearsal.transport.calls(twin::Service::BedrockRuntime), during.answered);
}

// Whatever the refresh is doing at the moment when STS returns: a call succeeds within the time,
// after which there is no other.
TEST_P(StsOutage, P07_IsOverFiveSecondsAfterStsReturns) {
    for (auto phase = 0ms; phase < 6s; phase += std::chrono::milliseconds(count_of(10, 125))) {
        Rehearsal rehearsal;
        rehearsal.keep_fresh();
        rehearsal.pass(554s);
        rehearsal.transport.fail(twin::Service::Sts, GetParam(), rehearsal.now());
        rehearsal.pass(20s + phase);
        rehearsal.transport.back();
        const int during = rehearsal.transport.calls(twin::Service::Sts);
        EXPECT_GT(during, 3);
        rehearsal.pass(5s);
        const int after = rehearsal.transport.calls(twin::Service::Sts);
        EXPECT_LE(after, during + 1) << phase.count();  // one may have been on its way
        rehearsal.pass(60s);
        EXPECT_EQ(rehearsal.transport.calls(twin::Service::Sts), after) << phase.count();
    }
}

INSTANTIATE_TEST_SUITE_P(Each, StsOutage, testing::ValuesIn(kOutages), [](const auto& of) {
    return std::string(name_of(of.param));
});

}  // namespace
}  // namespace kakehashi::faults

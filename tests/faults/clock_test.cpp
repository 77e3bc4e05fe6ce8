#include "rehearsal.h"

#include <gtest/gtest.h>

namespace kakehashi::faults {
namespace {

using namespace std::chrono_literals;
using twin::Service;

class WrongClock : public testing::TestWithParam<std::chrono::minutes> {};

// STS takes a signature that is a quarter of an hour off, Bedrock one of five minutes.
int calls_wanted(std::chrono::minutes skew, std::chrono::minutes window) {
    return std::chrono::abs(skew) > window ? 2 : 1;
}

TEST_P(WrongClock, P15_CostsOneCorrectedRetryForEachService) {
    Rehearsal::Settings settings;
    settings.skew = GetParam();
    Rehearsal rehearsal(settings);
    const auto answer = rehearsal.converse();
    ASSERT_TRUE(answer) << code(answer.error());
    EXPECT_EQ(rehearsal.transport.calls(Service::Sts), calls_wanted(GetParam(), 15min));
    const int bedrock = calls_wanted(GetParam(), 5min);
    EXPECT_EQ(rehearsal.transport.calls(Service::BedrockRuntime), bedrock);
    EXPECT_TRUE(rehearsal.converse());
    EXPECT_EQ(rehearsal.transport.calls(Service::BedrockRuntime), bedrock + 1) << "learnt";
}

// What is over is judged by AWS's clock too.
TEST_P(WrongClock, P15_LastsThroughRefreshes) {
    Rehearsal::Settings settings;
    settings.skew = GetParam();
    Rehearsal rehearsal(settings);
    rehearsal.keep_fresh();
    Tally tally;
    for (int minute = 0; minute < 180; minute += 3) {
        rehearsal.spawn_converse(tally);
        rehearsal.pass(3min);
    }
    EXPECT_EQ(tally.failed, 0);
    EXPECT_EQ(tally.answered, 60);
    EXPECT_LE(rehearsal.transport.calls(Service::Sts), 3 * 7 + 1);
}

INSTANTIATE_TEST_SUITE_P(
    Each,
    WrongClock,
    testing::Values(-60min, -10min, -3min, 3min, 10min, 60min),
    [](const auto& of) {
        const auto minutes = of.param.count();
        return (minutes < 0 ? "Behind_" : "Ahead_") + std::to_string(std::abs(minutes));
    }
);

}  // namespace
}  // namespace kakehashi::faults

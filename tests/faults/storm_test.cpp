#include "rehearsal.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kakehashi::faults {
namespace {

using namespace std::chrono_literals;

TEST(StsStorm, P08_AColdStartIsOneAssumeRole) {
    const int requests = count_of(10'000, 1'000);
    Rehearsal rehearsal;
    const Tally tally = rehearsal.converse_many(requests, 500);
    EXPECT_EQ(tally.answered, requests);
    EXPECT_EQ(rehearsal.ledger.count("AssumeRole"), 1);
    EXPECT_EQ(rehearsal.ledger.count("Converse"), requests);
    EXPECT_EQ(rehearsal.transport.calls(twin::Service::Imds), 3);
}

TEST(StsStorm, P08_ADayIsSevenAssumeRolesAnHourAtMost) {
    Rehearsal rehearsal;
    rehearsal.keep_fresh();
    Tally tally;
    int before = 0;
    for (int hour = 0; hour < 24; ++hour) {
        for (int minute = 0; minute < 60; minute += 5) {
            rehearsal.spawn_converse(tally);
            rehearsal.pass(5min);
        }
        rehearsal.ledger.read(rehearsal.twin());
        const int calls = rehearsal.ledger.count("AssumeRole");
        EXPECT_LE(calls - before, 7) << hour;
        EXPECT_GE(calls - before, 6) << hour;
        before = calls;
    }
    EXPECT_EQ(tally.answered, 24 * 12);
    EXPECT_EQ(tally.failed, 0);
}

// What the retry quota lets through beside the requests themselves.
struct Refusal {
    const char* code;
    int beyond;  // more calls than requests, at most
};

class RetryStorm : public testing::TestWithParam<Refusal> {};

TEST_P(RetryStorm, P09_IsBoundedByTheQuota) {
    const int requests = count_of(10'000, 1'000);
    Rehearsal::Settings settings;
    settings.replies = std::string("\n[[twin.reply]]\nerror = \"") + GetParam().code + "\"\n";
    Rehearsal rehearsal(settings);
    const Tally tally = rehearsal.converse_many(requests, 500);
    EXPECT_EQ(tally.failed, requests);
    EXPECT_EQ(tally.codes.size(), 1U);
    EXPECT_EQ(tally.codes.count(GetParam().code), 1U);
    EXPECT_LE(rehearsal.ledger.count("Converse"), requests + GetParam().beyond);
    EXPECT_EQ(
        rehearsal.ledger.count("Converse"), rehearsal.transport.calls(twin::Service::BedrockRuntime)
    );
    EXPECT_EQ(rehearsal.transport.attempts().size(), static_cast<std::size_t>(requests));
    for (const auto& [body, attempts] : rehearsal.transport.attempts()) {
        EXPECT_LE(attempts, 3) << body;
    }
    EXPECT_EQ(rehearsal.ledger.count("AssumeRole"), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Each,
    RetryStorm,
    testing::Values(
        Refusal{"ServiceUnavailableException", 35},
        Refusal{"InternalServerException", 35},
        Refusal{"ThrottlingException", 100}
    ),
    [](const auto& of) { return std::string(of.param.code); }
);

}  // namespace
}  // namespace kakehashi::faults

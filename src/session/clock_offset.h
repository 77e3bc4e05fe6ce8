#pragma once

#include "aws/service_error.h"
#include "base/time.h"

#include <chrono>
#include <string_view>

namespace kakehashi::session {

// A service's clock differs from ours by seconds of network at most unless ours is wrong.
inline constexpr std::chrono::seconds kOffsetLearntMin{60};

// How far AWS's clock is from this machine's, learnt from the Date of answers that refused a
// signature (promise P15). Pure. Thread rule: one strand.
class ClockOffset {
public:
    // The time to sign with, and to judge expiry by.
    TimePoint corrected(TimePoint now) const { return now + offset_; }
    std::chrono::seconds offset() const { return offset_; }

    // Whether a request that was signed with `signed_with` and got this answer is worth one more
    // attempt: the offset is another one now. Others may have learnt it in the meantime.
    // `date`: the Date header; `now`: this machine's time when the answer came.
    bool learn(
        aws::ErrorClass error,
        std::string_view date,
        TimePoint now,
        std::chrono::seconds signed_with
    );

private:
    std::chrono::seconds offset_{0};
};

}  // namespace kakehashi::session

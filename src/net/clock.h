#pragma once

#include "base/time.h"

#include <chrono>

namespace kakehashi::net {

class SystemClock : public Clock {
public:
    TimePoint now() const override;
};

// For deadlines alone: never goes back, and says nothing about the time of day.
using Instant = std::chrono::steady_clock::time_point;
Instant monotonic_now();

}  // namespace kakehashi::net

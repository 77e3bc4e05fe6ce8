#include "net/clock.h"

namespace kakehashi::net {

TimePoint SystemClock::now() const {
    return std::chrono::system_clock::now();
}

Instant monotonic_now() {
    return std::chrono::steady_clock::now();
}

}  // namespace kakehashi::net

#pragma once

#include "net/clock.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace kakehashi::net::detail {

// How long a peer may keep us waiting for one transfer. A limit for each wait alone would let a
// byte a minute hold a connection for ever, so the waits together may last the limit and a second
// more for every `bytes_per_second_min` that moved. Pure: instants are given. Thread rule: none.
class Pace {
public:
    Pace() = default;
    // Requires: bytes_per_second_min > 0.
    Pace(std::chrono::milliseconds limit, std::size_t bytes_per_second_min)
        : limit_(limit), bytes_per_second_min_(bytes_per_second_min) {}

    // When a wait that begins `now` must be over.
    Instant deadline(Instant now) const {
        return now + std::min<Instant::duration>(limit_, limit_ + earned() - waited_);
    }
    void moved(std::size_t bytes, Instant from, Instant until) {
        bytes_ += bytes;
        waited_ += until - from;
    }

private:
    std::chrono::milliseconds earned() const {
        constexpr double kSecondsMax = 1e6;  // more than anybody wants
        const double seconds =
            static_cast<double>(bytes_) / static_cast<double>(bytes_per_second_min_);
        using Seconds = std::chrono::duration<double>;
        return std::chrono::floor<std::chrono::milliseconds>(Seconds(std::min(seconds, kSecondsMax))
        );
    }

    std::chrono::milliseconds limit_{};
    std::size_t bytes_per_second_min_ = 1;
    std::size_t bytes_ = 0;
    Instant::duration waited_{};
};

}  // namespace kakehashi::net::detail

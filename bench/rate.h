#pragma once

#include <ctime>

namespace kakehashi::bench {

inline double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// How often a CPU second does `once`, which says how many things it did. A third of a second is
// enough for a round; the caller makes several and prints their median.
template <class Once>
double per_cpu_second(const Once& once) {
    constexpr double kRound = 0.3;
    const double began = cpu_seconds();
    double done = 0, spent = 0;
    while (spent < kRound) {
        done += static_cast<double>(once());
        spent = cpu_seconds() - began;
    }
    return done / spent;
}

}  // namespace kakehashi::bench

#pragma once

#include "base/time.h"
#include "config/configuration.h"

#include <chrono>
#include <optional>

namespace kakehashi::twin {

// The twin's two times. Signing time is the machine's, or begins where the configuration says and
// runs (or stands) from there: skew and certificates are judged by it. Account time is signing
// time and what was added to it: expiry, rotation, subscriptions and quotas follow it.
class Clocks : public Clock {
public:
    Clocks(const Clock& machine, const config::Twin& settings)
        : machine_(machine),
          started_(machine.now()),
          start_(settings.clock),
          runs_(settings.clock_runs) {}

    TimePoint now() const override {  // signing time
        if (!start_) return machine_.now();
        return runs_ ? *start_ + (machine_.now() - started_) : *start_;
    }
    TimePoint account_time() const { return now() + advanced_; }
    void advance(std::chrono::seconds by) { advanced_ += by; }

private:
    const Clock& machine_;  // outlives this
    TimePoint started_;
    std::optional<TimePoint> start_;
    bool runs_;
    std::chrono::seconds advanced_{0};
};

}  // namespace kakehashi::twin

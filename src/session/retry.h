#pragma once

#include "base/outside.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

// When a call is made again, and how many such calls a process affords (promise P09).
// Source: AWS's retry rules of 2026 as botocore 1.44 has them (retries/standard.py, quota.py).
// Pure but for the injected Random. Thread rule: one strand.
namespace kakehashi::session {

inline constexpr int kAttemptsMax = 3;
inline constexpr int kRetryQuota = 500;
inline constexpr int kTransientCost = 14;
inline constexpr int kThrottleCost = 5;
inline constexpr int kSuccessGain = 1;
inline constexpr std::chrono::milliseconds kTransientBase{50};
inline constexpr std::chrono::milliseconds kThrottleBase{1000};
inline constexpr std::chrono::milliseconds kBackoffMax{20'000};
inline constexpr std::chrono::milliseconds kRetryAfterBeyondMax{5'000};

enum class RetryReason { Transient, Throttled };

// Shared by all calls of a process to one service.
class RetryQuota {
public:
    bool take(int cost) {
        if (cost > left_) return false;
        left_ -= cost;
        return true;
    }
    void give(int gain) { left_ = std::min(kRetryQuota, left_ + gain); }
    int left() const { return left_; }

private:
    int left_ = kRetryQuota;
};

// The attempts of one call.
class Retry {
public:
    Retry(RetryQuota& quota, Random& random) : quota_(&quota), random_(&random) {}

    // How long to wait before the next attempt; nullopt: give up. `retry_after` is what the service
    // asked for; it lengthens the wait by five seconds at most.
    std::optional<std::chrono::milliseconds> next(
        RetryReason reason,
        std::optional<std::chrono::milliseconds> retry_after
    );
    void succeeded();
    int attempts() const { return attempts_; }  // made so far, this one included

private:
    RetryQuota* quota_;  // outlives this
    Random* random_;     // outlives this
    int attempts_ = 1;
    int taken_ = 0;  // by the last retry; given back on success
};

// The value of x-amz-retry-after: milliseconds.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text);

// In [0, 1).
double fraction(Random& random);

}  // namespace kakehashi::session

#include "session/retry.h"

#include "base/text.h"

#include <array>
#include <cstdint>

namespace kakehashi::session {

using std::chrono::milliseconds;

double fraction(Random& random) {
    std::array<unsigned char, 4> bytes{};
    random.fill(bytes);
    std::uint32_t bits = 0;
    for (unsigned char byte : bytes) {
        bits = (bits << 8U) | byte;
    }
    return bits / 4294967296.0;
}

std::optional<milliseconds> Retry::next(
    RetryReason reason,
    std::optional<milliseconds> retry_after
) {
    const bool throttled = reason == RetryReason::Throttled;
    const int cost = throttled ? kThrottleCost : kTransientCost;
    if (attempts_ >= kAttemptsMax || !quota_->take(cost)) return std::nullopt;
    taken_ = cost;
    auto ceiling = throttled ? kThrottleBase : kTransientBase;
    for (int i = 1; i < attempts_; ++i) {
        ceiling = std::min(ceiling * 2, kBackoffMax);
    }
    ++attempts_;
    const auto jittered = static_cast<double>(ceiling.count()) * fraction(*random_);
    const milliseconds backoff(static_cast<milliseconds::rep>(jittered));
    if (!retry_after) return backoff;
    return std::max(backoff, std::min(*retry_after, backoff + kRetryAfterBeyondMax));
}

void Retry::succeeded() {
    quota_->give(taken_ == 0 ? kSuccessGain : taken_);
    taken_ = 0;
}

std::optional<milliseconds> parse_retry_after(std::string_view text) {
    const auto count = parse_count(trimmed(text));
    if (!count) return std::nullopt;
    // Longer than any wait of ours makes no difference, and would overflow.
    return milliseconds(std::min<std::size_t>(*count, 3'600'000));
}

}  // namespace kakehashi::session

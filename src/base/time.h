#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

// Points in time and the three forms in which AWS writes them. Safe from every thread.
namespace kakehashi {

using TimePoint = std::chrono::system_clock::time_point;

// Where the time comes from. net/clock.cpp has the machine's; tests and the twin have a
// ManualClock.
class Clock {
public:
    virtual ~Clock() = default;
    virtual TimePoint now() const = 0;
};

// A clock that stands still until it is moved. Thread rule: one strand.
class ManualClock : public Clock {
public:
    explicit ManualClock(TimePoint start) : now_(start) {}
    TimePoint now() const override { return now_; }
    void advance(std::chrono::nanoseconds by) {
        now_ += std::chrono::duration_cast<TimePoint::duration>(by);
    }
    void set(TimePoint now) { now_ = now; }

private:
    TimePoint now_;
};

// Years that readers take: what 64 bits of nanoseconds hold, and no more than anyone means.
inline constexpr int kYearMin = 1700;
inline constexpr int kYearMax = 2200;

// Whole seconds, always UTC. Each reader takes exactly its own form and real calendar dates.
std::string to_basic_iso8601(TimePoint time);  // 20261124T083337Z, as SigV4 writes it
std::string to_iso8601(TimePoint time);        // 2026-11-24T08:33:37Z, as STS and IMDS write it
std::string to_http_date(TimePoint time);      // Tue, 24 Nov 2026 08:33:37 GMT, RFC 9110 §5.6.7
std::optional<TimePoint> parse_basic_iso8601(std::string_view text);
std::optional<TimePoint> parse_iso8601(std::string_view text);  // also with a fraction or +09:00
std::optional<TimePoint> parse_http_date(std::string_view text);

}  // namespace kakehashi

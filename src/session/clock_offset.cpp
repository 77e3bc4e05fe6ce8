#include "session/clock_offset.h"

namespace kakehashi::session {

bool ClockOffset::learn(
    aws::ErrorClass error,
    std::string_view date,
    TimePoint now,
    std::chrono::seconds signed_with
) {
    using aws::ErrorClass;
    // Expired too: with a clock that is behind we believe in credentials that AWS knows are over.
    if (error != ErrorClass::ClockSkew && error != ErrorClass::Signature &&
        error != ErrorClass::Expired) {
        return false;
    }
    const auto service = parse_http_date(date);
    if (!service) return false;
    const auto offset = std::chrono::round<std::chrono::seconds>(*service - now);
    if (std::chrono::abs(offset - offset_) >= kOffsetLearntMin) offset_ = offset;
    return offset_ != signed_with;
}

}  // namespace kakehashi::session

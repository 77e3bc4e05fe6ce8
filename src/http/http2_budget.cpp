#include "http/http2_budget.h"

#include <algorithm>

namespace kakehashi::http {
namespace {

constexpr std::int32_t kUnitsMax = 4096;     // 256 requests, each reset at once
constexpr std::int32_t kResponseUnits = 32;  // pays for its request, a reset and some updates
constexpr std::int32_t kResetPrice = 8;
constexpr std::int32_t kEmptyDataPrice = 8;
constexpr std::int32_t kTinyDataPrice = 1;
constexpr std::int32_t kOtherPrice = 2;  // PUSH_PROMISE is an error anyway; extensions are ignored
constexpr std::size_t kTinyBytes = 64;
// A careful client sends up to three WINDOW_UPDATEs for each DATA frame, however small its event.
constexpr std::int32_t kDataUnitsMax = 6;
constexpr std::size_t kDataBytesPerUnit = 16;

// By type: DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY,
// WINDOW_UPDATE, CONTINUATION. RFC 9113 §6.
constexpr std::array<std::int32_t, 10> kPrices = {0, 8, 2, kResetPrice, 40, 2, 2, 40, 2, 8};

std::int32_t price_of_data(std::size_t length, std::uint8_t flags) {
    constexpr std::uint8_t kEndStream = 1;
    if ((flags & kEndStream) != 0) return 0;
    if (length == 0) return kEmptyDataPrice;
    return length < kTinyBytes ? kTinyDataPrice : 0;
}

}  // namespace

std::size_t Http2Budget::admit(std::string_view bytes) {
    std::size_t at = 0;
    while (at < bytes.size() && !spent()) {
        if (skip_ > 0) {
            const std::size_t skipped = std::min(skip_, bytes.size() - at);
            skip_ -= skipped;
            at += skipped;
            continue;
        }
        header_[have_++] = static_cast<std::uint8_t>(bytes[at++]);
        if (have_ == header_.size()) begin_frame();
    }
    return spent() && at > 0 ? at - 1 : at;
}

void Http2Budget::begin_frame() {
    have_ = 0;
    skip_ = std::size_t{header_[0]} << 16U | std::size_t{header_[1]} << 8U | header_[2];
    const std::size_t type = header_[3];
    constexpr std::size_t kContinuation = 9;
    continuations_ = type == kContinuation ? continuations_ + 1 : 0;
    if (continuations_ > kContinuationsMax) units_ = -1;
    if (type == 0) {
        units_ -= price_of_data(skip_, header_[4]);
    } else {
        units_ -= type < kPrices.size() ? kPrices[type] : kOtherPrice;
    }
}

void Http2Budget::earn(std::int32_t units) {
    if (!spent()) units_ = std::min(units_ + units, kUnitsMax);
}

void Http2Budget::earn_response() {
    earn(kResponseUnits);
}

void Http2Budget::earn_data(std::size_t bytes) {
    earn(static_cast<std::int32_t>(std::min<std::size_t>(bytes / kDataBytesPerUnit, kDataUnitsMax))
    );
}

void Http2Budget::spend_reset() {
    units_ -= kResetPrice;
}

}  // namespace kakehashi::http

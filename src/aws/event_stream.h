#pragma once

#include "base/expected.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// application/vnd.amazon.eventstream, the framing of Bedrock's streams. Big-endian:
//
//   u32 total bytes   u32 header bytes   u32 CRC32 of these eight
//   headers: u8 name bytes, name, u8 type, value      (type: index into EventValue, true before
//   false) payload u32 CRC32 of everything before
//
// Source: Smithy "Amazon Event Stream Specification"; limits and the refusal of duplicates as
// botocore has them.
namespace kakehashi::aws {

inline constexpr std::size_t kEventHeaderBytesMax = 128U << 10U;
inline constexpr std::size_t kEventHeadersMax = 256;  // Bedrock sends three
inline constexpr std::size_t kEventPayloadBytesMax = 24U << 20U;

struct EventBytes {
    std::string bytes;
    friend bool operator==(const EventBytes&, const EventBytes&) = default;
};
struct EventTime {
    std::int64_t milliseconds;  // since 1970
    friend bool operator==(const EventTime&, const EventTime&) = default;
};
using EventUuid = std::array<unsigned char, 16>;

using EventValue = std::variant<
    bool,
    std::int8_t,
    std::int16_t,
    std::int32_t,
    std::int64_t,
    EventBytes,
    std::string,
    EventTime,
    EventUuid>;

// One frame. Owns its bytes.
struct EventMessage {
    std::vector<std::pair<std::string, EventValue>> headers;
    std::string payload;
    friend bool operator==(const EventMessage&, const EventMessage&) = default;

    // The text of a string header, ":event-type"; borrows from this. nullopt also for another type.
    std::optional<std::string_view> find(std::string_view name) const;
};

enum class EventStreamError {
    PreludeCorrupt,  // the first CRC does not fit
    MessageCorrupt,  // the second does not
    BadLength,       // the two lengths contradict each other
    TooLarge,        // above the limits
    BadHeader,       // an empty name, an unknown type, or cut off
    DuplicateHeader,
};

// Errors: TooLarge, BadHeader (a name or value too long for its length field), DuplicateHeader.
Expected<std::string, EventStreamError> encode(const EventMessage& message);

// The frames of a stream that arrives in pieces of any size. After an error the stream is lost and
// next() repeats it. Holds one frame at most beyond what was fed. Thread rule: one strand.
class EventStreamDecoder {
public:
    void feed(std::string_view bytes);
    // The next frame; nullopt: more bytes are needed.
    Expected<std::optional<EventMessage>, EventStreamError> next();
    // Whether the stream may end here: no part of a frame is waiting and none was broken.
    bool at_boundary() const { return !broken_ && read_ == buffer_.size(); }

private:
    Expected<std::size_t, EventStreamError> frame_size();
    Failure<EventStreamError> broken(EventStreamError error);

    std::string buffer_;
    std::size_t read_ = 0;         // bytes of `buffer_` that are done
    std::size_t frame_bytes_ = 0;  // of the frame at `read_`; 0: its prelude is not checked yet
    std::optional<EventStreamError> broken_;
};

}  // namespace kakehashi::aws

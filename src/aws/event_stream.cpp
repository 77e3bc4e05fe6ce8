#include "aws/event_stream.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <type_traits>

namespace kakehashi::aws {
namespace {

constexpr std::size_t kPreludeBytes = 12;
constexpr std::size_t kCrcBytes = 4;
constexpr std::size_t kFrameBytesMin = kPreludeBytes + kCrcBytes;
constexpr std::size_t kFrameBytesMax =
    kFrameBytesMin + kEventHeaderBytesMax + kEventPayloadBytesMax;

enum Type : std::uint8_t { True, False, Int8, Int16, Int32, Int64, Bytes, Text, Time, Uuid };

using Error = EventStreamError;

template <class Int>
void append_int(std::string& out, Int value) {
    auto bits = static_cast<std::make_unsigned_t<Int>>(value);
    for (std::size_t i = sizeof(Int); i-- > 0;) {
        out += static_cast<char>(static_cast<unsigned char>(bits >> (8 * i)));
    }
}

template <class Int>
Int int_at(const char* at) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof(Int); ++i) {
        bits = (bits << 8U) | static_cast<unsigned char>(at[i]);
    }
    return static_cast<Int>(bits);
}

std::uint32_t crc(std::string_view bytes, std::uint32_t before = 0) {
    const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
    return static_cast<std::uint32_t>(crc32(before, data, static_cast<uInt>(bytes.size())));
}

// --- writing ---

struct WriteValue {
    std::string& out;

    bool operator()(bool value) const { return type(value ? True : False); }
    bool operator()(std::int8_t value) const { return number(Int8, value); }
    bool operator()(std::int16_t value) const { return number(Int16, value); }
    bool operator()(std::int32_t value) const { return number(Int32, value); }
    bool operator()(std::int64_t value) const { return number(Int64, value); }
    bool operator()(const EventBytes& value) const { return counted(Bytes, value.bytes); }
    bool operator()(const std::string& value) const { return counted(Text, value); }
    bool operator()(EventTime value) const { return number(Time, value.milliseconds); }
    bool operator()(const EventUuid& value) const {
        type(Uuid);
        out.append(reinterpret_cast<const char*>(value.data()), value.size());
        return true;
    }

private:
    bool type(Type type) const {
        out += static_cast<char>(type);
        return true;
    }
    template <class Int>
    bool number(Type kind, Int value) const {
        type(kind);
        append_int(out, value);
        return true;
    }
    bool counted(Type kind, std::string_view value) const {
        if (value.size() > std::numeric_limits<std::uint16_t>::max()) return false;
        number(kind, static_cast<std::uint16_t>(value.size()));
        out += value;
        return true;
    }
};

bool has_duplicate(const EventMessage& message) {
    const auto& headers = message.headers;
    for (std::size_t i = 1; i < headers.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (headers[i].first == headers[j].first) return true;
        }
    }
    return false;
}

// --- reading ---

// What is left of the headers; every take checks before it reads.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}
    bool done() const { return bytes_.empty(); }

    std::optional<std::string_view> take(std::size_t count) {
        if (bytes_.size() < count) return std::nullopt;
        const auto taken = bytes_.substr(0, count);
        bytes_.remove_prefix(count);
        return taken;
    }
    template <class Int>
    std::optional<Int> take_int() {
        const auto taken = take(sizeof(Int));
        if (!taken) return std::nullopt;
        return int_at<Int>(taken->data());
    }
    template <class Count>
    std::optional<std::string_view> take_counted() {
        const auto count = take_int<Count>();
        return count ? take(*count) : std::nullopt;
    }

private:
    std::string_view bytes_;
};

template <class Int>
std::optional<EventValue> read_int(Reader& reader) {
    const auto value = reader.take_int<Int>();
    if (!value) return std::nullopt;
    return EventValue(std::in_place_type<Int>, *value);
}

std::optional<EventValue> read_time(Reader& reader) {
    const auto value = reader.take_int<std::int64_t>();
    if (!value) return std::nullopt;
    return EventValue(EventTime{*value});
}

std::optional<EventValue> read_text(Reader& reader, Type type) {
    const auto value = reader.take_counted<std::uint16_t>();
    if (!value) return std::nullopt;
    if (type == Bytes) return EventValue(EventBytes{std::string(*value)});
    return EventValue(std::string(*value));
}

std::optional<EventValue> read_uuid(Reader& reader) {
    EventUuid uuid{};
    const auto value = reader.take(uuid.size());
    if (!value) return std::nullopt;
    std::memcpy(uuid.data(), value->data(), uuid.size());
    return EventValue(uuid);
}

std::optional<EventValue> read_value(Reader& reader) {
    const auto type = reader.take_int<std::uint8_t>();
    if (!type) return std::nullopt;
    switch (*type) {
        case True:
            return EventValue(true);
        case False:
            return EventValue(false);
        case Int8:
            return read_int<std::int8_t>(reader);
        case Int16:
            return read_int<std::int16_t>(reader);
        case Int32:
            return read_int<std::int32_t>(reader);
        case Int64:
            return read_int<std::int64_t>(reader);
        case Bytes:
            return read_text(reader, Bytes);
        case Text:
            return read_text(reader, Text);
        case Time:
            return read_time(reader);
        case Uuid:
            return read_uuid(reader);
        default:
            return std::nullopt;
    }
}

Expected<EventMessage, Error> read_frame(std::string_view frame) {
    const auto header_bytes = int_at<std::uint32_t>(frame.data() + 4);
    EventMessage out;
    Reader reader(frame.substr(kPreludeBytes, header_bytes));
    out.headers.reserve(4);
    while (!reader.done()) {
        const auto name = reader.take_counted<std::uint8_t>();
        if (!name || name->empty()) return Failure{Error::BadHeader};
        if (out.headers.size() == kEventHeadersMax) return Failure{Error::TooLarge};
        auto value = read_value(reader);
        if (!value) return Failure{Error::BadHeader};
        out.headers.emplace_back(*name, *std::move(value));
    }
    if (has_duplicate(out)) return Failure{Error::DuplicateHeader};
    const auto before = kPreludeBytes + header_bytes;
    out.payload = frame.substr(before, frame.size() - before - kCrcBytes);
    return out;
}

}  // namespace

std::optional<std::string_view> EventMessage::find(std::string_view name) const {
    for (const auto& [known, value] : headers) {
        if (known != name) continue;
        const auto* text = std::get_if<std::string>(&value);
        return text ? std::optional<std::string_view>(*text) : std::nullopt;
    }
    return std::nullopt;
}

Expected<std::string, EventStreamError> encode(const EventMessage& message) {
    if (message.payload.size() > kEventPayloadBytesMax) return Failure{Error::TooLarge};
    if (message.headers.size() > kEventHeadersMax) return Failure{Error::TooLarge};
    if (has_duplicate(message)) return Failure{Error::DuplicateHeader};
    std::string out(kPreludeBytes, '\0');
    out.reserve(kFrameBytesMin + message.headers.size() * 48 + message.payload.size());
    for (const auto& [name, value] : message.headers) {
        if (name.empty() || name.size() > std::numeric_limits<std::uint8_t>::max()) {
            return Failure{Error::BadHeader};
        }
        append_int(out, static_cast<std::uint8_t>(name.size()));
        out += name;
        if (!std::visit(WriteValue{out}, value)) return Failure{Error::BadHeader};
        if (out.size() - kPreludeBytes > kEventHeaderBytesMax) return Failure{Error::TooLarge};
    }
    std::string prelude;
    const auto header_bytes = out.size() - kPreludeBytes;
    append_int(
        prelude, static_cast<std::uint32_t>(out.size() + message.payload.size() + kCrcBytes)
    );
    append_int(prelude, static_cast<std::uint32_t>(header_bytes));
    append_int(prelude, crc(prelude));
    out.replace(0, kPreludeBytes, prelude);
    out += message.payload;
    append_int(out, crc(out));
    return out;
}

void EventStreamDecoder::feed(std::string_view bytes) {
    if (broken_) return;
    if (read_ == buffer_.size()) {
        buffer_.clear();
        read_ = 0;
    } else if (read_ > buffer_.size() / 2) {  // each byte moves once at most
        buffer_.erase(0, read_);
        read_ = 0;
    }
    buffer_ += bytes;
}

Failure<EventStreamError> EventStreamDecoder::broken(EventStreamError error) {
    broken_ = error;
    return Failure{error};
}

// 0: more bytes are needed.
Expected<std::size_t, EventStreamError> EventStreamDecoder::frame_size() {
    if (frame_bytes_ != 0) return frame_bytes_;
    const auto rest = std::string_view(buffer_).substr(read_);
    if (rest.size() < kPreludeBytes) return std::size_t{0};
    const auto fits = int_at<std::uint32_t>(rest.data() + 8);
    if (crc(rest.substr(0, 8)) != fits) return broken(Error::PreludeCorrupt);
    const std::size_t total = int_at<std::uint32_t>(rest.data());
    const std::size_t headers = int_at<std::uint32_t>(rest.data() + 4);
    if (total > kFrameBytesMax || headers > kEventHeaderBytesMax) return broken(Error::TooLarge);
    if (total < kFrameBytesMin || headers > total - kFrameBytesMin) return broken(Error::BadLength);
    if (total - kFrameBytesMin - headers > kEventPayloadBytesMax) return broken(Error::TooLarge);
    frame_bytes_ = total;
    return total;
}

Expected<std::optional<EventMessage>, EventStreamError> EventStreamDecoder::next() {
    if (broken_) return Failure{*broken_};
    KAKEHASHI_TRY(const std::size_t total, frame_size());
    if (total == 0 || buffer_.size() - read_ < total) return std::optional<EventMessage>();
    const auto frame = std::string_view(buffer_).substr(read_, total);
    const auto checked = frame.substr(0, total - kCrcBytes);
    if (crc(checked) != int_at<std::uint32_t>(frame.data() + checked.size())) {
        return broken(Error::MessageCorrupt);
    }
    auto message = read_frame(frame);
    if (!message) return broken(message.error());
    read_ += total;
    frame_bytes_ = 0;
    return std::optional<EventMessage>(*std::move(message));
}

}  // namespace kakehashi::aws

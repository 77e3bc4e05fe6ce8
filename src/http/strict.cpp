#include "http/strict.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kakehashi::http {
namespace {

enum Class : std::uint8_t { Token = 1, Target = 2, Value = 4, HostName = 8, Digit = 16 };

// RFC 9110 §5.6.2 tchar; RFC 3986 pchar, "/" and "?"; RFC 9110 §5.5 field-vchar, SP and HTAB;
// RFC 3986 reg-name, but for escapes: one reader would decode them, another not. DEL is a control
// byte.
constexpr std::array<std::uint8_t, 256> kClasses = [] {
    std::array<std::uint8_t, 256> classes{};
    const auto add = [&](std::string_view characters, unsigned kind) {
        for (char c : characters) {
            auto& slot = classes[static_cast<unsigned char>(c)];
            slot = static_cast<std::uint8_t>(slot | kind);
        }
    };
    for (unsigned c = 0; c < 256; ++c) {
        if (c == '\t' || (c >= 0x20 && c != 0x7F)) classes[c] = Value;
    }
    add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", Token | Target | HostName);
    add("0123456789", Token | Target | HostName | Digit);
    add("!#$%&'*+-.^_`|~", Token);
    add("!$%&'()*+-./:;=?@_,~", Target);
    add("!$&'()*+-.;=_~", HostName);
    return classes;
}();

bool all(std::string_view text, Class wanted) {
    for (char c : text) {
        if ((kClasses[static_cast<unsigned char>(c)] & wanted) == 0) return false;
    }
    return true;
}

bool is_token(std::string_view text) {
    return !text.empty() && all(text, Token);
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool has_whole_escapes(std::string_view target) {
    for (auto at = target.find('%'); at != target.npos; at = target.find('%', at + 1)) {
        if (at + 2 >= target.size()) return false;
        if (hex_value(target[at + 1]) < 0 || hex_value(target[at + 2]) < 0) return false;
    }
    return true;
}

// One line without its CRLF, off the front. HeadEnd saw that there is one.
std::string_view take_line(std::string_view& bytes) {
    const auto end = bytes.find('\r');
    if (end == bytes.npos) return std::exchange(bytes, {});
    const auto line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 2, bytes.size()));
    return line;
}

// What the framing fields of one head say.
struct Fields {
    std::optional<std::uint64_t> length;
    bool chunked = false;
    std::optional<std::string_view> host;
    bool close = false, keep_alive = false, expects_continue = false;
};

Expected<void, Refusal> note_length(Fields& seen, std::string_view value) {
    constexpr std::size_t kDigitsMax = 18;  // so that no sum of lengths can overflow
    const auto length = parse_count(value);
    if (seen.length || !length || value.size() > kDigitsMax) return Failure{Refusal::BadLength};
    seen.length = *length;
    return {};
}

Expected<void, Refusal> note_host(Fields& seen, std::string_view value) {
    if (seen.host || !is_host(value)) return Failure{Refusal::BadHost};
    seen.host = value;
    return {};
}

Expected<void, Refusal> note_coding(Fields& seen, std::string_view value) {
    if (seen.chunked || value != "chunked") return Failure{Refusal::BadTransferCoding};
    seen.chunked = true;
    return {};
}

Expected<void, Refusal> note_expectation(Fields& seen, std::string_view value) {
    if (!equal_ignoring_case(value, "100-continue")) return Failure{Refusal::BadExpectation};
    seen.expects_continue = true;
    return {};
}

Expected<void, Refusal> note_connection(Fields& seen, std::string_view value) {
    seen.close = seen.close || lists(value, "close");
    seen.keep_alive = seen.keep_alive || lists(value, "keep-alive");
    return {};
}

struct FramingField {
    std::string_view name;
    Expected<void, Refusal> (*note)(Fields&, std::string_view);
};
constexpr FramingField kFramingFields[] = {
    {"host", note_host},
    {"expect", note_expectation},
    {"connection", note_connection},
    {"content-length", note_length},
    {"transfer-encoding", note_coding},
};

// The lengths all differ, so most fields cost a comparison of integers.
Expected<void, Refusal> note(Fields& seen, const FieldView& field) {
    for (const auto& [name, note_value] : kFramingFields) {
        if (name.size() != field.name.size()) continue;
        if (equal_ignoring_case(name, field.name)) return note_value(seen, field.value);
    }
    return {};
}

Expected<FieldView, Refusal> parse_field(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == line.npos || !is_token(line.substr(0, colon)))
        return Failure{Refusal::BadFieldName};
    const auto value = line.substr(colon + 1);
    if (!all(value, Value)) return Failure{Refusal::BadFieldValue};
    return FieldView{line.substr(0, colon), trimmed(value)};
}

Expected<Fields, Refusal> parse_fields(std::string_view bytes, std::vector<FieldView>& fields) {
    Fields seen;
    fields.clear();
    for (auto line = take_line(bytes); !line.empty(); line = take_line(bytes)) {
        if (fields.size() == kFieldsMax) return Failure{Refusal::TooManyFields};
        KAKEHASHI_TRY(FieldView field, parse_field(line));
        if (auto noted = note(seen, field); !noted) return Failure{noted.error()};
        fields.push_back(field);
    }
    return seen;
}

enum class Minor { Zero, One };

std::optional<Minor> parse_version(std::string_view text) {
    if (text == "HTTP/1.1") return Minor::One;
    if (text == "HTTP/1.0") return Minor::Zero;
    return std::nullopt;
}

Expected<void, Refusal> check_coding(const Fields& seen, Minor minor) {
    if (seen.chunked && (seen.length || minor == Minor::Zero)) {
        return Failure{Refusal::BadTransferCoding};
    }
    return {};
}

bool keeps_alive(const Fields& seen, Minor minor) {
    return !seen.close && (minor == Minor::One || seen.keep_alive);
}

Expected<Minor, Refusal> parse_request_line(std::string_view line, RequestHead& head) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == line.npos || first == last) return Failure{Refusal::BadStartLine};
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, last - first - 1);
    if (!is_token(head.method)) return Failure{Refusal::BadStartLine};
    const auto minor = parse_version(line.substr(last + 1));
    if (!minor) return Failure{Refusal::BadVersion};
    if (!is_target(head.target, head.method)) return Failure{Refusal::BadTarget};
    return *minor;
}

// RFC 9112 §4: "HTTP/1.1 200 " and a phrase that may be missing; many servers leave the space out
// too.
Expected<Minor, Refusal> parse_status_line(std::string_view line, ResponseHead& head) {
    constexpr std::size_t kStatusAt = 9, kStatusEnd = 12;
    if (line.size() < kStatusEnd || line[kStatusAt - 1] != ' ')
        return Failure{Refusal::BadStartLine};
    const auto minor = parse_version(line.substr(0, kStatusAt - 1));
    if (!minor) return Failure{Refusal::BadVersion};
    const auto status = parse_count(line.substr(kStatusAt, kStatusEnd - kStatusAt));
    if (!status || *status < 100 || *status > 599) return Failure{Refusal::BadStartLine};
    const auto phrase = line.substr(kStatusEnd);
    if (!phrase.empty() && (phrase[0] != ' ' || !all(phrase, Value))) {
        return Failure{Refusal::BadStartLine};
    }
    head.status = static_cast<int>(*status);
    return *minor;
}

std::string_view without_first_empty_line(std::string_view bytes) {
    if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
    return bytes;
}

}  // namespace

int status_of(Refusal refusal) {
    if (refusal == Refusal::TooLarge || refusal == Refusal::TooManyFields) return 431;
    return refusal == Refusal::BadExpectation ? 417 : 400;
}

bool is_target(std::string_view target, std::string_view method) {
    if (target == "*") return method == "OPTIONS";
    return target.starts_with('/') && all(target, Target) && has_whole_escapes(target);
}

bool is_host(std::string_view value) {
    std::size_t end = 0;
    if (value.starts_with('[')) {
        end = value.find(']');
        if (end == value.npos || end < 3) return false;
        for (char c : value.substr(1, end - 1)) {
            if (hex_value(c) < 0 && c != ':' && c != '.') return false;
        }
        ++end;
    } else {
        end = std::min(value.find(':'), value.size());
        if (end == 0 || !all(value.substr(0, end), HostName)) return false;
    }
    const auto port = value.substr(end);
    return port.empty() ||
           (port.starts_with(':') && port.size() <= 6 && all(port.substr(1), Digit));
}

bool frames_or_routes(std::string_view name) {
    for (std::string_view barred :
         {"content-length",
          "transfer-encoding",
          "host",
          "connection",
          "trailer",
          "te",
          "upgrade",
          "content-encoding",
          "content-type",
          "content-range",
          "expect",
          "authorization"}) {
        if (equal_ignoring_case(name, barred)) return true;
    }
    return false;
}

bool lists(std::string_view value, std::string_view token) {
    while (!value.empty()) {
        const auto comma = std::min(value.find(','), value.size());
        if (equal_ignoring_case(trimmed(value.substr(0, comma)), token)) return true;
        value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return false;
}

Expected<std::optional<std::size_t>, Refusal> HeadEnd::find(std::string_view bytes) {
    const auto seen = bytes.substr(0, kHeadBytesMax);
    while (scanned_ < seen.size()) {
        const auto at = std::min(seen.find('\r', scanned_), seen.size());
        const auto between = seen.substr(scanned_, at - scanned_);
        if (between.find('\n') != between.npos) return Failure{Refusal::BareLineEnd};
        scanned_ = at;
        if (at == seen.size()) break;
        if (at + 1 == seen.size()) break;
        if (seen[at + 1] != '\n') return Failure{Refusal::BareLineEnd};
        scanned_ = at + 2;
        const bool empty = at == line_;
        line_ = scanned_;
        if (empty && at != 0) return std::optional(scanned_);  // RFC 9112 §2.2: one may come first
    }
    if (bytes.size() >= kHeadBytesMax) return Failure{Refusal::TooLarge};
    return std::optional<std::size_t>();
}

Expected<void, Refusal> parse_request(std::string_view bytes, RequestHead& head) {
    bytes = without_first_empty_line(bytes);
    const auto line = take_line(bytes);
    KAKEHASHI_TRY(const Minor minor, parse_request_line(line, head));
    KAKEHASHI_TRY(const Fields seen, parse_fields(bytes, head.fields));
    if (auto good = check_coding(seen, minor); !good) return good;
    if (!seen.host && minor == Minor::One) return Failure{Refusal::BadHost};
    head.host = seen.host.value_or("");
    head.framing = {};
    if (seen.chunked) head.framing.kind = Framing::Kind::Chunked;
    if (seen.length) head.framing = {Framing::Kind::Length, *seen.length};
    head.keep_alive = keeps_alive(seen, minor);
    head.expects_continue = seen.expects_continue && minor == Minor::One;
    head.minor_version = minor == Minor::One ? 1 : 0;
    return {};
}

Expected<void, Refusal> parse_response(std::string_view bytes, Asked asked, ResponseHead& head) {
    const auto line = take_line(bytes);
    KAKEHASHI_TRY(const Minor minor, parse_status_line(line, head));
    KAKEHASHI_TRY(const Fields seen, parse_fields(bytes, head.fields));
    if (auto good = check_coding(seen, minor); !good) return good;
    head.keep_alive = keeps_alive(seen, minor);
    head.framing = {Framing::Kind::UntilClose, 0};
    // RFC 9112 §6.3, in its order.
    if (asked == Asked::Head || head.status < 200 || head.status == 204 || head.status == 304) {
        head.framing.kind = Framing::Kind::None;
    } else if (seen.chunked) {
        head.framing.kind = Framing::Kind::Chunked;
    } else if (seen.length) {
        head.framing = {Framing::Kind::Length, *seen.length};
    } else {
        head.keep_alive = false;
    }
    return {};
}

Expected<ChunkDecoder::Step, Refusal> ChunkDecoder::next(std::string_view bytes) {
    Step step;
    while (step.consumed < bytes.size() && !done_) {
        if (state_ == State::Bytes) {
            step.piece = bytes.substr(step.consumed, left_);
            step.consumed += step.piece.size();
            left_ -= step.piece.size();
            if (left_ == 0) state_ = State::BytesEnd;
            return step;
        }
        if (auto taken = take_framing_byte(bytes[step.consumed]); !taken)
            return Failure{taken.error()};
        ++step.consumed;
    }
    step.done = done_;
    return step;
}

Expected<void, Refusal> ChunkDecoder::take_framing_byte(char c) {
    const Failure bad{Refusal::BadChunk};
    switch (state_) {
        case State::Size:
            return take_size_byte(c);
        case State::SizeEnd:
            if (c != '\n') return bad;
            state_ = left_ == 0 ? State::Trailer : State::Bytes;
            digits_ = 0;
            return {};
        case State::BytesEnd:
            if (c != '\r') return bad;
            state_ = State::BytesEndLine;
            return {};
        case State::BytesEndLine:
            if (c != '\n') return bad;
            state_ = State::Size;
            return {};
        case State::Trailer:
            return take_trailer_byte(c);
        case State::Bytes:
            return {};
    }
    return bad;
}

Expected<void, Refusal> ChunkDecoder::take_size_byte(char c) {
    constexpr unsigned kDigitsMax = 16;
    constexpr std::uint64_t kSizeMax = 1ULL << 40U;
    if (c == '\r' && digits_ > 0) {
        state_ = State::SizeEnd;
        return {};
    }
    const int digit = hex_value(c);
    if (digit < 0 || ++digits_ > kDigitsMax) return Failure{Refusal::BadChunk};
    left_ = left_ * 16 + static_cast<unsigned>(digit);
    if (left_ > kSizeMax) return Failure{Refusal::BadChunk};
    return {};
}

Expected<void, Refusal> ChunkDecoder::take_trailer_byte(char c) {
    if (++trailer_bytes_ > kTrailerBytesMax) return Failure{Refusal::TooLarge};
    if (line_.ends_with('\r') != (c == '\n')) return Failure{Refusal::BareLineEnd};
    if (c == '\n') return end_trailer_line();
    line_ += c;
    return {};
}

Expected<void, Refusal> ChunkDecoder::end_trailer_line() {
    line_.pop_back();
    if (line_.empty()) {
        done_ = true;
        return {};
    }
    const auto field = parse_field(line_);
    if (!field || frames_or_routes(field->name)) return Failure{Refusal::BadTrailer};
    line_.clear();
    return {};
}

}  // namespace kakehashi::http

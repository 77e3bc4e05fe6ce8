#pragma once

#include "base/expected.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The only reading of HTTP/1.1 framing here, in both directions (promise P22). Pure: bytes in,
// views into the same bytes out; nothing is copied, nothing throws, everything is bounded.
//
//   head  = [CRLF] start-line CRLF *( name ":" OWS value OWS CRLF ) CRLF
//   chunk = 1*16HEXDIG CRLF bytes CRLF        no extension (RFC 9112 §7.1.1 lets us refuse it)
//   last  = 1*"0" CRLF *( trailer CRLF ) CRLF
//
// What RFC 9112 leaves open between two readers is refused: a bare CR or LF, obs-fold, a space
// before the colon, two lengths, Transfer-Encoding that is not exactly `chunked`. After a refusal
// nobody knows where the next message starts: the connection closes.
namespace kakehashi::http {

inline constexpr std::size_t kHeadBytesMax = 64U << 10U;
inline constexpr std::size_t kFieldsMax = 256;
inline constexpr std::size_t kTrailerBytesMax = 8U << 10U;

enum class Refusal {
    BareLineEnd,        // CR without LF, or LF without CR
    BadStartLine,       // request line or status line
    BadTarget,          // not origin form, and not `OPTIONS *`
    BadVersion,         // neither HTTP/1.1 nor HTTP/1.0
    BadFieldName,       // empty, no token, or a space before the colon; also obs-fold
    BadFieldValue,      // a control byte
    BadHost,            // missing, twice, empty, or not one host with at most a port
    BadLength,          // Content-Length is not one plain number
    BadTransferCoding,  // not exactly `chunked`, twice, on HTTP/1.0, or beside Content-Length
    BadExpectation,     // Expect is not exactly 100-continue
    BadChunk,           // size line, extension, or no CRLF behind the bytes
    BadTrailer,         // malformed, or a field that frames or routes
    TooManyFields,
    TooLarge,  // the head or the trailers
};

// What a server answers to it: 400, 417 or 431.
int status_of(Refusal refusal);

struct FieldView {
    std::string_view name, value;
};

// What follows a head.
struct Framing {
    enum class Kind { None, Length, Chunked, UntilClose };
    Kind kind = Kind::None;
    std::uint64_t length = 0;  // of Kind::Length
};

// Reused for each message of a connection, so that `fields` keeps its memory. Everything borrows
// from the parsed bytes.
struct RequestHead {
    std::string_view method, target, host;
    std::vector<FieldView> fields;
    Framing framing;
    bool keep_alive = true;
    bool expects_continue = false;
    int minor_version = 1;  // HTTP/1.0 knows no chunks
};

struct ResponseHead {
    int status = 0;
    std::vector<FieldView> fields;
    Framing framing;
    bool keep_alive = true;
};

// Looks for the end of a head while it arrives: each byte is looked at once, and what can never
// become a head is refused before its end comes.
class HeadEnd {
public:
    // `bytes` starts where the head does and only grows between calls. The head's length with its
    // empty line, or nullopt: more must come. Errors: BareLineEnd, TooLarge.
    Expected<std::optional<std::size_t>, Refusal> find(std::string_view bytes);

private:
    std::size_t scanned_ = 0;
    std::size_t line_ = 0;  // where the current line starts
};

// `bytes` is exactly what HeadEnd measured. After an error `head` means nothing.
Expected<void, Refusal> parse_request(std::string_view bytes, RequestHead& head);

enum class Asked { Other, Head };  // an answer to HEAD has no body, whatever its head says
Expected<void, Refusal> parse_response(std::string_view bytes, Asked asked, ResponseHead& head);

// Takes chunked framing apart, in pieces of any size.
class ChunkDecoder {
public:
    struct Step {
        std::size_t consumed = 0;
        std::string_view piece;  // of the body; borrows from the bytes
        bool done = false;       // the last chunk and its trailers are behind us
    };
    // Takes up to one piece from the front of `bytes`. Call again with what was not consumed;
    // nothing consumed: more must come. Requires: no error and not `done` before.
    Expected<Step, Refusal> next(std::string_view bytes);
    // What the current chunk announced, once its size line is whole, and did not bring yet.
    std::uint64_t announced() const { return state_ == State::Bytes ? left_ : 0; }

private:
    enum class State { Size, SizeEnd, Bytes, BytesEnd, BytesEndLine, Trailer };
    Expected<void, Refusal> take_framing_byte(char c);
    Expected<void, Refusal> take_size_byte(char c);
    Expected<void, Refusal> take_trailer_byte(char c);
    Expected<void, Refusal> end_trailer_line();

    State state_ = State::Size;
    bool done_ = false;
    unsigned digits_ = 0;
    std::uint64_t left_ = 0;
    std::size_t trailer_bytes_ = 0;
    std::string line_;
};

// What HTTP/2 checks in the same way.
// RFC 9112 §3.2: we are an origin server, so the target is a path; OPTIONS may also ask for "*".
bool is_target(std::string_view target, std::string_view method);
// IPv6 in brackets, an IPv4 address or a registered name; then nothing, or a colon and digits.
bool is_host(std::string_view value);
// Whether a field may not stand in a trailer.
bool frames_or_routes(std::string_view name);

// The names in "close, X" of a Connection field; nothing else of it matters here.
bool lists(std::string_view value, std::string_view token);

}  // namespace kakehashi::http

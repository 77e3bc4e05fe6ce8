#pragma once

#include "base/time.h"
#include "http/http2_budget.h"
#include "http/message.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct nghttp2_session;

namespace kakehashi::http {

struct Http2Limits {
    std::uint32_t streams_max = 128;
    std::size_t body_bytes_max = 25U << 20U;
    // Request bodies of one connection in all, until their streams end: the newest is refused.
    std::size_t held_bytes_max = 64U << 20U;
    std::size_t bytes_per_second_min =
        1024;  // of a body that comes or a piece that goes, on average
    std::chrono::milliseconds head_limit = std::chrono::seconds(15);
    std::chrono::milliseconds body_limit = std::chrono::seconds(30);   // each wait for a piece
    std::chrono::milliseconds write_limit = std::chrono::seconds(60);  // each wait for a window
    std::chrono::milliseconds idle_limit = std::chrono::seconds(75);   // without a stream
};

// The server's side of one HTTP/2 connection (RFC 9113) without a socket: bytes and the time go
// in; whole requests, streams that are over, and bytes to send come out. nghttp2 does the framing;
// what is stricter or bounded more tightly than there is here: fields (http2_fields.h), frames that
// bring nothing (http2_budget.h), bodies, windows that never open, time. What the peer may not do
// costs its stream (4xx, or RST_STREAM), and in bulk its connection (GOAWAY ENHANCE_YOUR_CALM).
// Memory is bounded by the limits, whatever arrives. Thread rule: one strand.
class Http2Server {
public:
    using Instant = std::chrono::steady_clock::time_point;
    using StreamId = std::int32_t;

    // `clock` (for the Date of refusals) outlives this.
    Http2Server(const Http2Limits& limits, const Clock& clock, Instant now);
    ~Http2Server();
    Http2Server(const Http2Server&) = delete;
    Http2Server& operator=(const Http2Server&) = delete;

    // The next bytes of the peer, cut anywhere.
    void receive(std::string_view bytes, Instant now);

    // What goes to the peer next, about 64 KB of it; the same until `sent`. "": nothing.
    const std::string& output(Instant now);
    void sent();

    // Each is reported once. Their streams are open; those of cancelled requests no more.
    struct Received {
        StreamId stream = 0;
        Incoming request;  // without a peer
    };
    std::vector<Received> take_requests();
    std::vector<StreamId> take_cancelled();  // reset before their answer was whole
    std::vector<StreamId> take_drained();    // their last piece has left: the next may come

    // The answer to a request. A stream that is over ignores it. `respond` comes first and once;
    // a piece is not empty, and comes when the one before it has left. Field names in any case.
    enum class Follows { Nothing, Pieces };
    void respond(StreamId stream, int status, const Headers& headers, Follows follows);
    void add_piece(StreamId stream, std::string piece, Instant now);
    void finish(StreamId stream);
    void abort(StreamId stream);  // RST_STREAM INTERNAL_ERROR: nobody takes the body for whole

    std::size_t held_bytes() const { return held_bytes_; }  // of bodies, until their streams end
    bool give_way();  // refuses the newest body that is still coming, 503; false: there is none

    void shut_down();  // GOAWAY: no further request; those under way go on

    // When `expire` wants to be called.
    Instant deadline() const;
    void expire(Instant now);
    // Nothing more to read or write: close, and cancel what runs.
    bool done() const;

private:
    struct Stream;
    struct Callbacks;

    Stream* find(StreamId stream) const;
    void begin_fields(StreamId id);
    void end_head(StreamId id, Stream& stream);
    void end_request(StreamId id, Stream& stream);
    void take_body(StreamId id, Stream& stream, std::string_view piece);
    Instant due(Instant begun, std::size_t bytes, std::chrono::milliseconds limit) const;
    void refuse(StreamId id, Stream& stream, int status);
    void close(StreamId id);
    void reset(StreamId id, std::uint32_t code);
    void fail(std::uint32_t code);
    bool idle() const { return streams_.empty(); }

    Http2Limits limits_;
    const Clock& clock_;
    Http2Budget budget_;
    struct Delete {
        void operator()(nghttp2_session* session) const;
    };
    std::unique_ptr<nghttp2_session, Delete> session_;
    std::map<StreamId, std::unique_ptr<Stream>> streams_;
    std::size_t held_bytes_ = 0;
    bool failed_ = false;
    Instant now_;
    Instant head_deadline_;  // of the preface, or of fields under way
    Instant idle_deadline_;
    std::string out_;
    std::vector<Received> requests_;
    std::vector<StreamId> cancelled_, draining_, drained_;
};

}  // namespace kakehashi::http

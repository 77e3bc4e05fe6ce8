#include "http/http2.h"

#include "base/text.h"
#include "http/http2_fields.h"
#include "http/strict.h"

#include <algorithm>
#include <cstdlib>
#include <nghttp2/nghttp2.h>

namespace kakehashi::http {
namespace {

constexpr std::size_t kOutputBytesMax = 64U << 10U;
constexpr std::int32_t kStreamWindowBytes = 256 << 10;
constexpr std::int32_t kConnectionWindowBytes = 1 << 20;

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

// nghttp2 copies what it is given, and takes it as non-const.
nghttp2_nv field_of(std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view text) {
        return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

void submit(
    nghttp2_session* session,
    std::int32_t stream,
    const std::vector<Header>& fields,
    const nghttp2_data_provider* body
) {
    std::vector<nghttp2_nv> pairs;
    pairs.reserve(fields.size());
    for (const auto& [name, value] : fields) {
        pairs.push_back(field_of(name, value));
    }
    nghttp2_submit_response(session, stream, pairs.data(), pairs.size(), body);
}

}  // namespace

struct Http2Server::Stream {
    enum class Phase { Head, Content, Trailers, Handler, Refused };
    Phase phase = Phase::Head;
    Http2Fields fields;
    Http2Trailers trailers;
    Incoming request = {};
    std::size_t held_bytes = 0;  // of the body, also when its handler has it
    Instant begun = {};          // the request, and then each piece of the answer
    Instant deadline = Instant::max();
    std::string piece = {};
    std::size_t sent_bytes = 0;  // of the piece
    bool ended = false;          // the request
    bool finished = false;
    bool whole = false;  // its last frame has left
};

// What nghttp2 calls. None of them may throw, and none fails but by the stream.
struct Http2Server::Callbacks {
    static Http2Server& self(void* data) { return *static_cast<Http2Server*>(data); }

    static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* data) {
        self(data).begin_fields(frame->hd.stream_id);
        return 0;
    }

    static int header(
        nghttp2_session*,
        const nghttp2_frame* frame,
        const std::uint8_t* name,
        std::size_t name_size,
        const std::uint8_t* value,
        std::size_t value_size,
        std::uint8_t,
        void* data
    ) {
        Stream* stream = self(data).find(frame->hd.stream_id);
        if (stream == nullptr) return 0;
        if (stream->phase == Stream::Phase::Head)
            stream->fields.add(view(name, name_size), view(value, value_size));
        if (stream->phase == Stream::Phase::Trailers)
            stream->trailers.add(view(name, name_size), view(value, value_size));
        return 0;
    }

    // nghttp2 would leave it out, and another reader might not.
    static int invalid_header(
        nghttp2_session* session,
        const nghttp2_frame* frame,
        nghttp2_rcbuf*,
        nghttp2_rcbuf*,
        std::uint8_t,
        void* /*server*/
    ) {
        nghttp2_submit_rst_stream(
            session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_PROTOCOL_ERROR
        );
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }

    static int frame(nghttp2_session*, const nghttp2_frame* frame, void* data) {
        Http2Server& server = self(data);
        const auto id = frame->hd.stream_id;
        const bool is_head = frame->hd.type == NGHTTP2_HEADERS;
        if (is_head || frame->hd.type == NGHTTP2_SETTINGS) server.head_deadline_ = Instant::max();
        Stream* stream = server.find(id);
        if (stream == nullptr || (!is_head && frame->hd.type != NGHTTP2_DATA)) return 0;
        stream->ended = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (stream->phase == Stream::Phase::Head) server.end_head(id, *stream);
        if (stream->ended) server.end_request(id, *stream);
        return 0;
    }

    static int body(
        nghttp2_session*,
        std::uint8_t,
        std::int32_t id,
        const std::uint8_t* bytes,
        std::size_t size,
        void* data
    ) {
        Stream* stream = self(data).find(id);
        if (stream != nullptr) self(data).take_body(id, *stream, view(bytes, size));
        return 0;
    }

    static int closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* data) {
        self(data).close(id);
        return 0;
    }

    static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* data) {
        Http2Server& server = self(data);
        const auto& [length, id, type, flags, reserved] = frame->hd;
        if (type == NGHTTP2_DATA) server.budget_.earn_data(length);
        const bool calm = type != NGHTTP2_RST_STREAM ||
                          frame->rst_stream.error_code == NGHTTP2_NO_ERROR ||
                          frame->rst_stream.error_code == NGHTTP2_INTERNAL_ERROR;
        if (!calm) server.budget_.spend_reset();
        Stream* stream = server.find(id);
        const bool last = (type == NGHTTP2_HEADERS || type == NGHTTP2_DATA) &&
                          (flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (stream == nullptr || !last) return 0;
        stream->whole = true;
        if (stream->phase == Stream::Phase::Handler) server.budget_.earn_response();
        if (!stream->ended) server.reset(id, NGHTTP2_NO_ERROR);
        return 0;
    }

    // A head of ours that is too large, for one.
    static int frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* data) {
        if (frame->hd.type == NGHTTP2_HEADERS) self(data).abort(frame->hd.stream_id);
        return 0;
    }

    static ssize_t read(
        nghttp2_session*,
        std::int32_t id,
        std::uint8_t* bytes,
        std::size_t size,
        std::uint32_t* flags,
        nghttp2_data_source* source,
        void* /*server*/
    ) {
        Http2Server& server = self(source->ptr);
        Stream* stream = server.find(id);
        if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        const std::size_t count = std::min(size, stream->piece.size() - stream->sent_bytes);
        if (count == 0 && !stream->finished) return NGHTTP2_ERR_DEFERRED;
        std::copy_n(stream->piece.data() + stream->sent_bytes, count, bytes);
        stream->sent_bytes += count;
        stream->deadline =
            server.due(stream->begun, stream->sent_bytes, server.limits_.write_limit);
        if (stream->sent_bytes < stream->piece.size()) return static_cast<ssize_t>(count);
        stream->piece = {};
        stream->sent_bytes = 0;
        stream->deadline = Instant::max();
        if (stream->finished) *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (!stream->finished) server.draining_.push_back(id);
        return static_cast<ssize_t>(count);
    }

    static nghttp2_session* make_session(Http2Server* server) {
        nghttp2_session_callbacks* calls = nullptr;
        nghttp2_option* option = nullptr;
        nghttp2_session* session = nullptr;
        if (nghttp2_session_callbacks_new(&calls) != 0) std::abort();
        if (nghttp2_option_new(&option) != 0) std::abort();
        nghttp2_session_callbacks_set_on_begin_headers_callback(calls, begin_headers);
        nghttp2_session_callbacks_set_on_header_callback(calls, header);
        nghttp2_session_callbacks_set_on_invalid_header_callback2(calls, invalid_header);
        nghttp2_session_callbacks_set_on_frame_recv_callback(calls, frame);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, body);
        nghttp2_session_callbacks_set_on_stream_close_callback(calls, closed);
        nghttp2_session_callbacks_set_on_frame_send_callback(calls, frame_sent);
        nghttp2_session_callbacks_set_on_frame_not_send_callback(calls, frame_not_sent);
        // It counts every read of a CONTINUATION's header; the budget counts the frames.
        nghttp2_option_set_max_continuations(
            option, Http2Budget::kContinuationsMax * (Http2Budget::kFrameHeaderBytes + 1)
        );
        if (nghttp2_session_server_new2(&session, calls, server, option) != 0) std::abort();
        nghttp2_option_del(option);
        nghttp2_session_callbacks_del(calls);
        return session;
    }
};

void Http2Server::Delete::operator()(nghttp2_session* session) const {
    nghttp2_session_del(session);
}

Http2Server::Http2Server(const Http2Limits& limits, const Clock& clock, Instant now)
    : limits_(limits),
      clock_(clock),
      session_(Callbacks::make_session(this)),
      now_(now),
      head_deadline_(now + limits.head_limit),
      idle_deadline_(now + limits.idle_limit) {
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams_max},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindowBytes},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kHeadBytesMax},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    };
    nghttp2_session* session = session_.get();
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, std::size(settings));
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kConnectionWindowBytes);
}

Http2Server::~Http2Server() = default;

auto Http2Server::find(StreamId stream) const -> Stream* {
    const auto found = streams_.find(stream);
    return found == streams_.end() ? nullptr : found->second.get();
}

void Http2Server::receive(std::string_view bytes, Instant now) {
    now_ = now;
    if (failed_) return;
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const auto taken = nghttp2_session_mem_recv(session_.get(), data, budget_.admit(bytes));
    if (budget_.spent() || taken == NGHTTP2_ERR_FLOODED) {
        fail(NGHTTP2_ENHANCE_YOUR_CALM);
    } else if (taken < 0) {
        fail(NGHTTP2_PROTOCOL_ERROR);
    }
}

const std::string& Http2Server::output(Instant now) {
    now_ = now;
    while (out_.size() < kOutputBytesMax) {
        if (budget_.spent() && !failed_) fail(NGHTTP2_ENHANCE_YOUR_CALM);
        const std::uint8_t* bytes = nullptr;
        const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
        if (size <= 0) break;
        out_.append(view(bytes, static_cast<std::size_t>(size)));
    }
    return out_;
}

void Http2Server::sent() {
    out_.clear();
    if (idle()) out_ = {};
    drained_.insert(drained_.end(), draining_.begin(), draining_.end());
    draining_.clear();
}

auto Http2Server::take_requests() -> std::vector<Received> {
    return std::exchange(requests_, {});
}

auto Http2Server::take_cancelled() -> std::vector<StreamId> {
    return std::exchange(cancelled_, {});
}

auto Http2Server::take_drained() -> std::vector<StreamId> {
    return std::exchange(drained_, {});
}

void Http2Server::begin_fields(StreamId id) {
    head_deadline_ = now_ + limits_.head_limit;
    if (Stream* open = find(id)) {
        if (open->phase == Stream::Phase::Content) open->phase = Stream::Phase::Trailers;
        return;
    }
    auto made = std::make_unique<Stream>();
    made->begun = now_;
    streams_.emplace(id, std::move(made));
}

void Http2Server::end_head(StreamId id, Stream& stream) {
    auto head = stream.fields.finish();
    stream.phase = Stream::Phase::Content;
    if (!head) return refuse(id, stream, status_of(head.error()));
    if (head->length.value_or(0) > limits_.body_bytes_max) return refuse(id, stream, 413);
    stream.request = std::move(head->request);
    stream.deadline = due(stream.begun, 0, limits_.body_limit);
    if (!head->expects_continue) return;
    const nghttp2_nv status = field_of(":status", "100");
    nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, id, nullptr, &status, 1, nullptr);
}

// Until when more must move, of which `bytes` have since `begun`: each wait has a limit, and so has
// what all of them add to an average rate.
auto Http2Server::due(Instant begun, std::size_t bytes, std::chrono::milliseconds limit) const
    -> Instant {
    const std::chrono::seconds earned(bytes / limits_.bytes_per_second_min);
    return std::min(now_ + limit, begun + limit + earned);
}

void Http2Server::take_body(StreamId id, Stream& stream, std::string_view piece) {
    if (stream.phase != Stream::Phase::Content) return;
    if (piece.size() > limits_.body_bytes_max - stream.held_bytes) return refuse(id, stream, 413);
    stream.request.body += piece;
    stream.held_bytes += piece.size();
    held_bytes_ += piece.size();
    stream.deadline = due(stream.begun, stream.held_bytes, limits_.body_limit);
    while (held_bytes_ > limits_.held_bytes_max) {
        if (!give_way()) break;
    }
}

bool Http2Server::give_way() {
    const auto newest = std::find_if(streams_.rbegin(), streams_.rend(), [](const auto& one) {
        return one.second->phase == Stream::Phase::Content;
    });
    if (newest == streams_.rend()) return false;
    refuse(newest->first, *newest->second, 503);
    return true;
}

void Http2Server::end_request(StreamId id, Stream& stream) {
    if (stream.phase == Stream::Phase::Trailers) {
        const auto good = stream.trailers.finish();
        if (!good) return refuse(id, stream, status_of(good.error()));
    } else if (stream.phase != Stream::Phase::Content) {
        return;
    }
    stream.phase = Stream::Phase::Handler;
    stream.deadline = Instant::max();
    Received received{id, std::move(stream.request)};
    requests_.push_back(std::move(received));
}

// The whole answer; when it has left, the rest of the request is not wanted (RFC 9113 §8.1).
void Http2Server::refuse(StreamId id, Stream& stream, int status) {
    stream.phase = Stream::Phase::Refused;
    stream.deadline = Instant::max();
    stream.request = {};
    held_bytes_ -= std::exchange(stream.held_bytes, 0);
    const std::vector<Header> fields = {
        {":status", std::to_string(status)},
        {"content-length", "0"},
        {"date", to_http_date(clock_.now())}};
    submit(session_.get(), id, fields, nullptr);
}

void Http2Server::respond(StreamId stream, int status, const Headers& headers, Follows follows) {
    if (find(stream) == nullptr) return;
    std::vector<Header> fields = {{":status", std::to_string(status)}};
    for (const auto& [name, value] : headers.fields()) {
        fields.push_back({lower_ascii(name), value});
    }
    nghttp2_data_provider body{};
    body.source.ptr = this;
    body.read_callback = Callbacks::read;
    submit(session_.get(), stream, fields, follows == Follows::Pieces ? &body : nullptr);
    if (follows == Follows::Nothing) find(stream)->finished = true;
}

void Http2Server::add_piece(StreamId stream, std::string piece, Instant now) {
    Stream* open = find(stream);
    if (open == nullptr) return;
    now_ = now;
    open->piece = std::move(piece);
    open->begun = now;
    open->deadline = now + limits_.write_limit;
    nghttp2_session_resume_data(session_.get(), stream);
}

void Http2Server::finish(StreamId stream) {
    Stream* open = find(stream);
    if (open == nullptr) return;
    open->finished = true;
    nghttp2_session_resume_data(session_.get(), stream);
}

void Http2Server::abort(StreamId stream) {
    if (find(stream) != nullptr) reset(stream, NGHTTP2_INTERNAL_ERROR);
}

void Http2Server::reset(StreamId id, std::uint32_t code) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, code);
}

void Http2Server::close(StreamId id) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) return;
    const Stream& stream = *found->second;
    const bool handled = stream.phase == Stream::Phase::Handler;
    const bool cut = stream.phase == Stream::Phase::Head || stream.phase == Stream::Phase::Trailers;
    if (cut) head_deadline_ = Instant::max();  // only one stream's fields are under way
    held_bytes_ -= stream.held_bytes;
    const auto taken =
        std::erase_if(requests_, [&](const Received& one) { return one.stream == id; });
    if (handled && taken == 0 && !stream.whole) cancelled_.push_back(id);
    streams_.erase(found);
    if (idle()) idle_deadline_ = now_ + limits_.idle_limit;
}

void Http2Server::shut_down() {
    nghttp2_session* session = session_.get();
    const auto last = nghttp2_session_get_last_proc_stream_id(session);
    nghttp2_submit_goaway(session, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
}

void Http2Server::fail(std::uint32_t code) {
    failed_ = true;
    nghttp2_session_terminate_session(session_.get(), code);
}

auto Http2Server::deadline() const -> Instant {
    Instant earliest = std::min(head_deadline_, idle() ? idle_deadline_ : Instant::max());
    for (const auto& [id, stream] : streams_) {
        earliest = std::min(earliest, stream->deadline);
    }
    return earliest;
}

void Http2Server::expire(Instant now) {
    now_ = now;
    if (head_deadline_ <= now || (idle() && idle_deadline_ <= now)) {
        head_deadline_ = idle_deadline_ = Instant::max();
        fail(NGHTTP2_NO_ERROR);
    }
    for (const auto& [id, stream] : streams_) {
        if (stream->deadline > now) continue;
        stream->deadline = Instant::max();
        if (stream->phase == Stream::Phase::Handler) {
            reset(id, NGHTTP2_CANCEL);
        } else {
            refuse(id, *stream, 408);
        }
    }
}

bool Http2Server::done() const {
    nghttp2_session* session = session_.get();
    return out_.empty() && nghttp2_session_want_read(session) == 0 &&
           nghttp2_session_want_write(session) == 0;
}

}  // namespace kakehashi::http

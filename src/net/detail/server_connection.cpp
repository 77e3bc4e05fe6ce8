#include "net/detail/server_connection.h"

#include "base/text.h"
#include "net/detail/wire.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <poll.h>
#include <stdexcept>
#include <utility>

namespace kakehashi::net::detail {

namespace asio = boost::asio;
using asio::ip::tcp;
using http::Framing;

namespace {

constexpr std::size_t kHeadSpace = 4096;        // read at once while a head is awaited
constexpr std::size_t kBodySpace = 16384;       // a TLS record
constexpr std::size_t kJoinedBytesMax = 65536;  // a larger body is not copied behind its head
constexpr std::size_t kKeptBytesMax = 65536;    // what an idle connection's output may hold

}  // namespace

void Departure::watch(int socket) {
    socket_ = socket;
    set_deadline(monotonic_now() + period_);
}

// Reading would take a pipelined request or a TLS record away; POLLRDHUP takes nothing.
void Departure::on_deadline() {
    pollfd peer{.fd = socket_, .events = POLLRDHUP, .revents = 0};
    if (::poll(&peer, 1, 0) == 1) {
        task_.cancel();
    } else {
        set_deadline(monotonic_now() + period_);
    }
}

ServerConnection::ServerConnection(
    std::shared_ptr<Service> service,
    tcp::socket socket,
    const tcp::endpoint& peer
)
    : service_(std::move(service)),
      held_(service_.get()),
      stream_(service_->deadlines, std::move(socket)),
      departure_(service_->deadlines, service_->limits.departure_period) {
    peer_.address = peer.address().to_string();
    peer_.port = peer.port();
}

asio::awaitable<void> ServerConnection::run() {
    const bool started = co_await start_tls();
    if (!started) co_return;
    if (stream_.protocol() == "h2") {
        http2_ = std::make_unique<Http2Connection>(service_, stream_, peer_);
        co_await http2_->run();
    } else {
        Next next = Next::Request;
        while (next == Next::Request) {
            next = co_await serve_one();
        }
    }
    stream_.close();
}

void ServerConnection::shut_down() {
    if (http2_) http2_->shut_down();
    if (!http2_ && idle_) stop();
}

asio::awaitable<bool> ServerConnection::start_tls() {
    if (!service_->context) co_return true;
    // OpenSSL's buffers are made when a hello comes, not for those who say nothing.
    stream_.set_deadline(monotonic_now() + service_->limits.head_limit);
    const StreamEnd said = co_await stream_.readable();
    if (said != StreamEnd::None) co_return false;
    auto ssl = make_server(service_->context.get(), stream_.socket());
    const StreamEnd end = co_await stream_.handshake(std::move(ssl));
    if (end != StreamEnd::None) co_return false;
    peer_.tls = true;
    if (const char* name = SSL_get_servername(stream_.ssl(), TLSEXT_NAMETYPE_host_name)) {
        peer_.server_name = name;
    }
    co_return true;
}

auto ServerConnection::serve_one() -> asio::awaitable<Next> {
    auto size = co_await await_head();
    if (!size) co_return size.error();
    head_bytes_ = *size;
    const auto parsed = http::parse_request(buffer_.view().substr(0, head_bytes_), head_);
    if (!parsed) co_return co_await refuse(http::status_of(parsed.error()));
    if (head_.framing.length > service_->limits.body_bytes_max) co_return co_await refuse(413);

    http::Incoming incoming;
    take_request(incoming);
    auto body = whole_body();
    if (!body) {
        auto read = co_await read_body();
        if (!read) co_return read.error();
        body = *std::move(read);
    }
    if (service_->stopped) co_return Next::Close;
    incoming.body = *std::move(body);
    stream_.set_deadline(Instant::max());  // the handler has its own
    departure_.watch(stream_.socket().number());
    auto response = co_await service_->handler.handle(std::move(incoming));
    held_.give_back();
    const Next next = co_await answer(std::move(response));
    departure_.rest();
    co_return next;
}

// The head's text becomes the request's own; what is needed of it afterwards is kept.
void ServerConnection::take_request(http::Incoming& incoming) {
    incoming.method = head_.method;
    incoming.target = head_.target;
    incoming.headers = headers_of(head_.fields);
    incoming.peer = peer_;
    is_head_ = head_.method == "HEAD";
    keep_alive_ = head_.keep_alive;
    chunks_known_ = head_.minor_version == 1;
    buffer_.take(head_bytes_);
}

asio::awaitable<StreamEnd> ServerConnection::await_first_byte() {
    if (!buffer_.empty()) {  // pipelined: others first, or one client could keep the thread
        co_await asio::post(stream_.executor(), asio::use_awaitable);
        co_return StreamEnd::None;
    }
    if (service_->closing) co_return StreamEnd::Cancelled;
    buffer_.shrink(kHeadSpace);
    idle_ = true;
    stream_.set_deadline(monotonic_now() + service_->limits.idle_limit);
    const StreamEnd end = co_await stream_.readable();
    idle_ = false;
    co_return end;
}

// The bytes of a whole head in the buffer, or what to do instead.
auto ServerConnection::await_head() -> asio::awaitable<OrNext<std::size_t>> {
    const StreamEnd waited = co_await await_first_byte();
    if (waited != StreamEnd::None) co_return Failure{Next::Close};
    stream_.set_deadline(monotonic_now() + service_->limits.head_limit);
    http::HeadEnd head_end;
    for (;;) {
        const auto size = head_end.find(buffer_.view());
        if (!size) {
            const Next next = co_await refuse(http::status_of(size.error()));
            co_return Failure{next};
        }
        if (*size) co_return **size;
        auto received = stream_.read_now(&buffer_, kHeadSpace);
        if (!received) received = co_await stream_.read(&buffer_, kHeadSpace);
        const StreamEnd end = received->end;
        if (end == StreamEnd::Deadline && !buffer_.empty()) {
            const Next next = co_await refuse(408);
            co_return Failure{next};
        }
        if (end != StreamEnd::None) co_return Failure{Next::Close};
    }
}

std::optional<std::string> ServerConnection::whole_body() {
    const std::size_t length = head_.framing.length;  // 0 without a body
    const bool here = head_.framing.kind != Framing::Kind::Chunked && !head_.expects_continue &&
                      length <= buffer_.view().size();
    if (!here || !held_.take(length)) return std::nullopt;
    std::string body(buffer_.view().substr(0, length));
    buffer_.take(length);
    return body;
}

auto ServerConnection::read_body() -> asio::awaitable<OrNext<std::string>> {
    const Framing framing = head_.framing;
    if (framing.kind == Framing::Kind::None) co_return std::string();
    if (head_.expects_continue && buffer_.empty()) {
        pace_ = Pace(service_->limits.write_limit, service_->limits.bytes_per_second_min);
        out_ = "HTTP/1.1 100 Continue\r\n\r\n";
        const StreamEnd sent = co_await send(&out_);
        if (sent != StreamEnd::None) co_return Failure{Next::Close};
    }
    pace_ = Pace(service_->limits.body_limit, service_->limits.bytes_per_second_min);
    if (framing.kind == Framing::Kind::Chunked) co_return co_await read_chunks();
    co_return co_await read_length(static_cast<std::size_t>(framing.length));
}

asio::awaitable<StreamEnd> ServerConnection::receive() {
    const Instant from = monotonic_now();
    stream_.set_deadline(pace_.deadline(from));
    const auto [bytes, end] = co_await stream_.read(&buffer_, kBodySpace);
    pace_.moved(bytes, from, monotonic_now());
    co_return end;
}

// Memory grows with what has come, not with what was announced.
auto ServerConnection::read_length(std::size_t length) -> asio::awaitable<OrNext<std::string>> {
    std::string body;
    for (;;) {
        const auto piece = buffer_.view().substr(0, length - body.size());
        if (!held_.take(piece.size())) {
            const Next next = co_await refuse(503);
            co_return Failure{next};
        }
        body += piece;
        buffer_.take(piece.size());
        if (body.size() == length) co_return body;
        const StreamEnd end = co_await receive();
        if (end != StreamEnd::None) co_return Failure{Next::Close};
    }
}

auto ServerConnection::read_chunks() -> asio::awaitable<OrNext<std::string>> {
    const std::size_t bytes_max = service_->limits.body_bytes_max;
    http::ChunkDecoder chunks;
    std::string body;
    for (;;) {
        const auto step = chunks.next(buffer_.view());
        int refused = 0;
        if (!step) {
            refused = http::status_of(step.error());
        } else if (chunks.announced() + step->piece.size() > bytes_max - body.size()) {
            refused = 413;
        } else if (!held_.take(step->piece.size())) {
            refused = 503;
        }
        if (refused != 0) {
            const Next next = co_await refuse(refused);
            co_return Failure{next};
        }
        body += step->piece;
        buffer_.take(step->consumed);
        if (step->done) co_return body;
        if (step->consumed > 0) continue;
        const StreamEnd end = co_await receive();
        if (end != StreamEnd::None) co_return Failure{Next::Close};
    }
}

// Nobody knows where the next request would start, so this is the last answer.
auto ServerConnection::refuse(int status) -> asio::awaitable<Next> {
    http::Response response;
    response.status = status;
    held_.give_back();
    keep_alive_ = false;
    is_head_ = false;
    co_await answer(std::move(response));
    co_await stream_.linger();
    co_return Next::Close;
}

// Mostly the socket takes it at once: then there is nothing to watch over.
std::optional<StreamEnd> ServerConnection::send_now(const std::string* bytes) {
    const auto end = stream_.write_now(bytes);
    if (end) pace_.moved(bytes->size(), {}, {});
    return end;
}

asio::awaitable<StreamEnd> ServerConnection::send(const std::string* bytes) {
    const Instant from = monotonic_now();
    stream_.set_deadline(pace_.deadline(from));
    const StreamEnd end = co_await stream_.write(bytes);
    pace_.moved(bytes->size(), from, monotonic_now());
    co_return end;
}

// Status line and fields into out_; notes the handler's own Content-Length.
void ServerConnection::begin_head(const http::Response& response) {
    require_sendable(response);
    declared_ = declared_length(response);
    out_.clear();
    out_ += "HTTP/1.1 ";
    append_number(out_, static_cast<std::uint64_t>(response.status));
    out_.append(" ").append(reason_of(response.status)).append("\r\n");
    for (const auto& [name, value] : response.headers.fields()) {
        if (equal_ignoring_case(name, "connection") && http::lists(value, "close"))
            keep_alive_ = false;
        if (is_of_server(name)) continue;
        append_field(out_, name, value);
    }
    append_field(out_, "Date", service_->date.text());
}

void ServerConnection::add_length(std::uint64_t length) {
    out_ += "Content-Length: ";
    append_number(out_, length);
    out_ += "\r\n";
}

void ServerConnection::end_head() {
    if (service_->closing) keep_alive_ = false;
    if (!keep_alive_) {
        out_ += "Connection: close\r\n";
    } else if (!chunks_known_) {
        out_ += "Connection: keep-alive\r\n";
    }
    out_ += "\r\n";
}

auto ServerConnection::after(StreamEnd sent) const -> Next {
    return sent == StreamEnd::None && keep_alive_ ? Next::Request : Next::Close;
}

auto ServerConnection::answer(http::Response response) -> asio::awaitable<Next> {
    begin_head(response);
    pace_ = Pace(service_->limits.write_limit, service_->limits.bytes_per_second_min);
    if (auto* stream = std::get_if<std::unique_ptr<http::BodyReader>>(&response.body)) {
        auto body = std::move(*stream);
        co_return co_await answer_stream(std::move(body));
    }
    const std::string& body = std::get<std::string>(response.body);
    const bool bodiless = is_bodiless(response.status);
    if (!bodiless) add_length(is_head_ ? declared_.value_or(body.size()) : body.size());
    end_head();
    const bool sends_body = !is_head_ && !bodiless;
    const bool joined = body.size() <= kJoinedBytesMax;
    if (sends_body && joined) out_ += body;
    auto end = send_now(&out_);
    if (!end) end = co_await send(&out_);
    if (end == StreamEnd::None && sends_body && !joined) end = co_await send(&body);
    if (out_.capacity() > kKeptBytesMax) out_ = std::string();
    co_return after(*end);
}

// The framing of a stream: the handler's own length, chunks, or for an old client the close.
void ServerConnection::begin_stream() {
    chunked_ = !declared_ && chunks_known_;
    if (declared_) add_length(*declared_);
    if (chunked_) out_ += "Transfer-Encoding: chunked\r\n";
    if (!declared_ && !chunked_) keep_alive_ = false;
    end_head();
}

// Frames a piece in out_, "" as the end; false if it breaks the handler's own Content-Length.
bool ServerConnection::add_piece(std::string_view piece) {
    out_.clear();
    if (chunked_ && !piece.empty()) {
        append_chunk(out_, piece);
    } else {
        out_ += chunked_ ? "0\r\n\r\n" : piece;
    }
    return fits(declared_, piece);
}

auto ServerConnection::answer_stream(std::unique_ptr<http::BodyReader> body)
    -> asio::awaitable<Next> {
    begin_stream();
    if (buffer_.empty()) buffer_.shrink(0);  // a stream may be long
    auto end = send_now(&out_);
    if (!end) end = co_await send(&out_);
    for (bool last = is_head_; end == StreamEnd::None && !last;) {
        const auto piece = co_await body->read();
        if (!piece || !add_piece(*piece)) {
            stream_.reset();
            co_return Next::Close;
        }
        last = piece->empty();
        end = send_now(&out_);
        if (!end) end = co_await send(&out_);
    }
    if (end != StreamEnd::None) stream_.reset();
    co_return after(*end);
}

}  // namespace kakehashi::net::detail

#include "net/server.h"

#include "base/text.h"
#include "http/strict.h"
#include "net/detail/stream.h"
#include "net/detail/wire.h"
#include "net/task_group.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <list>

namespace kakehashi::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using detail::Buffer;
using detail::Deadlines;
using detail::Stream;
using detail::StreamEnd;
using http::Framing;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kHeadSpace = 4096;        // read at once while a head is awaited
constexpr std::size_t kBodySpace = 16384;       // a TLS record
constexpr std::size_t kJoinedBytesMax = 65536;  // a larger body is not copied behind its head
constexpr std::size_t kKeptBytesMax = 65536;    // what an idle connection's output may hold
constexpr std::size_t kLingerBytesMax = 1U << 20U;
constexpr auto kLingerLimit = std::chrono::seconds(2);

MessageId message_of(ListenError error) {
    switch (error) {
        case ListenError::AddressInUse:
            return "net.listen.address_in_use"_msg;
        case ListenError::NotAllowed:
            return "net.listen.not_allowed"_msg;
        case ListenError::BadAddress:
            return "net.listen.bad_address"_msg;
        case ListenError::Failed:
            return "net.listen.failed"_msg;
    }
    std::abort();
}

bool use_certificate(SSL* ssl, const Certificate& certificate) {
    const auto& [chain, key] = certificate.state();
    if (SSL_use_certificate(ssl, chain.front().get()) != 1) return false;
    if (SSL_use_PrivateKey(ssl, key.get()) != 1) return false;
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (SSL_add1_chain_cert(ssl, chain[i].get()) != 1) return false;
    }
    return true;
}

// OpenSSL asks here in every handshake; `asked` is the server's CertificateFor.
int choose_certificate(SSL* ssl, void* asked) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const auto& certificate_for = *static_cast<const CertificateFor*>(asked);
    const auto found = certificate_for(name == nullptr ? "" : name);
    return found && use_certificate(ssl, *found) ? 1 : 0;
}

// Second by second; formatting a date for every response would be seen.
class DateField {
public:
    explicit DateField(const Clock& clock) : clock_(clock) {}
    std::string_view text() {
        const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now());
        if (text_.empty() || second != second_) text_ = to_http_date(second);
        second_ = second;
        return text_;
    }

private:
    const Clock& clock_;  // outlives the server
    std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds> second_{};
    std::string text_;
};

enum class Next { Request, Close };

}  // namespace

class Server::State : public std::enable_shared_from_this<State> {
public:
    State(
        const asio::any_io_executor& executor,
        Settings settings,
        http::Handler& handler,
        const Clock& clock
    )
        : executor_(executor),
          settings_(std::move(settings)),
          handler_(handler),
          date_(clock),
          acceptor_(executor),
          deadlines_(std::make_shared<Deadlines>(executor)),
          tasks_(executor) {}

    Expected<void, ListenError> listen();
    std::uint16_t port() const { return port_; }
    std::size_t connections() const { return connections_.size(); }
    asio::awaitable<void> close(milliseconds grace);
    void stop();  // everything, now

private:
    class Connection;
    // `self` keeps the state alive from before the first step on.
    asio::awaitable<void> accept(std::shared_ptr<State> self);
    asio::awaitable<void> serve(
        std::shared_ptr<State> self,
        tcp::socket socket,
        tcp::endpoint peer
    );

    asio::any_io_executor executor_;
    Settings settings_;
    http::Handler& handler_;  // outlives the server
    DateField date_;
    detail::ContextPtr context_;  // none: without TLS
    tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;
    std::shared_ptr<Deadlines> deadlines_;
    TaskGroup tasks_;
    std::list<Connection*> connections_;  // each lives in its coroutine
    bool closing_ = false;
    bool stopped_ = false;  // the handler may be gone
};

// One connection, from its first byte to its last.
class Server::State::Connection {
public:
    Connection(State& server, tcp::socket socket, const tcp::endpoint& peer)
        : server_(server), stream_(server.deadlines_, std::move(socket)) {
        peer_.address = peer.address().to_string();
        peer_.port = peer.port();
        place_ = server_.connections_.insert(server_.connections_.end(), this);
    }
    ~Connection() { server_.connections_.erase(place_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    asio::awaitable<void> run();
    bool idle() const { return idle_; }
    void stop() { stream_.stop(); }
    void reset() { stream_.reset(); }

private:
    using Size = Expected<std::size_t, StreamEnd>;
    asio::awaitable<bool> start_tls();
    asio::awaitable<Next> serve_one();
    asio::awaitable<Expected<std::size_t, Next>> await_head();
    asio::awaitable<StreamEnd> await_first_byte();
    asio::awaitable<Next> refuse(int status);
    asio::awaitable<Expected<std::string, Next>> read_body();
    asio::awaitable<Expected<std::string, Next>> read_length(std::size_t length);
    asio::awaitable<Expected<std::string, Next>> read_chunks();
    asio::awaitable<StreamEnd> receive(std::size_t wanted, milliseconds limit);
    asio::awaitable<Next> answer(http::Response response);
    asio::awaitable<Next> answer_stream(std::unique_ptr<http::BodyReader> body);
    asio::awaitable<StreamEnd> send(const std::string* bytes);
    void begin_answer(const http::Response& response);
    void end_head(std::string_view framing);
    void take_request(http::Incoming& incoming);
    asio::awaitable<void> linger();

    State& server_;  // outlives its connections: the coroutine holds it
    Stream stream_;
    Buffer buffer_;
    http::RequestHead head_;  // borrows from buffer_, until the head is taken
    std::size_t head_bytes_ = 0;
    std::string out_;
    http::Peer peer_;
    bool idle_ = true;      // between requests
    bool is_head_ = false;  // the method
    bool keep_alive_ = true;
    bool chunks_known_ = true;               // HTTP/1.1
    std::optional<std::uint64_t> declared_;  // the handler's own Content-Length
    std::list<Connection*>::iterator place_;
};

asio::awaitable<void> Server::State::Connection::run() {
    const bool started = co_await start_tls();
    if (!started) co_return;
    for (;;) {
        const Next next = co_await serve_one();
        if (next == Next::Close) break;
    }
    stream_.close();
}

asio::awaitable<bool> Server::State::Connection::start_tls() {
    if (!server_.context_) co_return true;
    stream_.set_deadline(monotonic_now() + server_.settings_.limits.head_limit);
    auto ssl = detail::make_server(server_.context_.get(), stream_.socket().native_handle());
    const StreamEnd end = co_await stream_.handshake(std::move(ssl));
    if (end != StreamEnd::None) co_return false;
    peer_.tls = true;
    if (const char* name = SSL_get_servername(stream_.ssl(), TLSEXT_NAMETYPE_host_name)) {
        peer_.server_name = name;
    }
    co_return true;
}

asio::awaitable<Next> Server::State::Connection::serve_one() {
    auto size = co_await await_head();
    if (!size) co_return size.error();
    head_bytes_ = *size;
    const auto parsed = http::parse_request(buffer_.view().substr(0, head_bytes_), head_);
    if (!parsed) co_return co_await refuse(http::status_of(parsed.error()));
    if (head_.framing.length > server_.settings_.limits.body_bytes_max)
        co_return co_await refuse(413);

    http::Incoming incoming;
    take_request(incoming);
    auto body = co_await read_body();
    if (!body) co_return body.error();
    if (server_.stopped_) co_return Next::Close;
    incoming.body = *std::move(body);
    stream_.set_deadline(Instant::max());  // the handler has its own
    auto response = co_await server_.handler_.handle(std::move(incoming));
    co_return co_await answer(std::move(response));
}

// The head's text becomes the request's own; what is needed of it afterwards is kept.
void Server::State::Connection::take_request(http::Incoming& incoming) {
    std::vector<http::Header> fields;
    fields.reserve(head_.fields.size());
    for (const auto& [name, value] : head_.fields) {
        fields.push_back({std::string(name), std::string(value)});
    }
    incoming.method = head_.method;
    incoming.target = head_.target;
    incoming.headers = http::Headers(std::move(fields));
    incoming.peer = peer_;
    is_head_ = head_.method == "HEAD";
    keep_alive_ = head_.keep_alive;
    chunks_known_ = head_.minor_version == 1;
    buffer_.take(head_bytes_);
}

asio::awaitable<StreamEnd> Server::State::Connection::await_first_byte() {
    if (!buffer_.empty()) co_return StreamEnd::None;
    if (server_.closing_) co_return StreamEnd::Cancelled;
    buffer_.shrink(kHeadSpace);
    idle_ = true;
    stream_.set_deadline(monotonic_now() + server_.settings_.limits.idle_limit);
    const StreamEnd end = co_await stream_.readable();
    idle_ = false;
    co_return end;
}

// The bytes of a whole head in the buffer, or what to do instead.
asio::awaitable<Expected<std::size_t, Next>> Server::State::Connection::await_head() {
    const StreamEnd waited = co_await await_first_byte();
    if (waited != StreamEnd::None) co_return Failure{Next::Close};
    stream_.set_deadline(monotonic_now() + server_.settings_.limits.head_limit);
    http::HeadEnd head_end;
    for (;;) {
        const auto size = head_end.find(buffer_.view());
        if (!size) {
            const Next next = co_await refuse(http::status_of(size.error()));
            co_return Failure{next};
        }
        if (*size) co_return **size;
        const auto [bytes, end] = co_await stream_.read(&buffer_, kHeadSpace);
        if (end == StreamEnd::Deadline && !buffer_.empty()) {
            const Next next = co_await refuse(408);
            co_return Failure{next};
        }
        if (end != StreamEnd::None) co_return Failure{Next::Close};
    }
}

asio::awaitable<Expected<std::string, Next>> Server::State::Connection::read_body() {
    const Framing framing = head_.framing;
    if (framing.kind == Framing::Kind::None) co_return std::string();
    if (head_.expects_continue && buffer_.empty()) {
        out_ = "HTTP/1.1 100 Continue\r\n\r\n";
        const StreamEnd sent = co_await send(&out_);
        if (sent != StreamEnd::None) co_return Failure{Next::Close};
    }
    if (framing.kind == Framing::Kind::Chunked) co_return co_await read_chunks();
    co_return co_await read_length(static_cast<std::size_t>(framing.length));
}

asio::awaitable<StreamEnd> Server::State::Connection::receive(
    std::size_t wanted,
    milliseconds limit
) {
    stream_.set_deadline(monotonic_now() + limit);
    const auto [bytes, end] = co_await stream_.read(&buffer_, wanted);
    co_return end;
}

// Memory grows with what has come, not with what was announced.
asio::awaitable<Expected<std::string, Next>> Server::State::Connection::read_length(
    std::size_t length
) {
    std::string body;
    for (;;) {
        const auto piece = buffer_.view().substr(0, length - body.size());
        body += piece;
        buffer_.take(piece.size());
        if (body.size() == length) co_return body;
        const StreamEnd end = co_await receive(kBodySpace, server_.settings_.limits.body_limit);
        if (end != StreamEnd::None) co_return Failure{Next::Close};
    }
}

asio::awaitable<Expected<std::string, Next>> Server::State::Connection::read_chunks() {
    http::ChunkDecoder chunks;
    std::string body;
    for (;;) {
        const auto step = chunks.next(buffer_.view());
        int refused = 0;
        if (!step) {
            refused = http::status_of(step.error());
        } else if (step->piece.size() > server_.settings_.limits.body_bytes_max - body.size()) {
            refused = 413;
        }
        if (refused != 0) {
            const Next next = co_await refuse(refused);
            co_return Failure{next};
        }
        body += step->piece;
        buffer_.take(step->consumed);
        if (step->done) co_return body;
        if (step->consumed > 0) continue;
        const StreamEnd end = co_await receive(kBodySpace, server_.settings_.limits.body_limit);
        if (end != StreamEnd::None) co_return Failure{Next::Close};
    }
}

// Nobody knows where the next request would start, so this is the last answer.
asio::awaitable<Next> Server::State::Connection::refuse(int status) {
    http::Response response;
    response.status = status;
    keep_alive_ = false;
    is_head_ = false;
    co_await answer(std::move(response));
    co_await linger();
    co_return Next::Close;
}

// A close with unread bytes would be a reset, and could overtake the answer.
asio::awaitable<void> Server::State::Connection::linger() {
    stream_.finish_writing();
    stream_.set_deadline(monotonic_now() + kLingerLimit);
    for (std::size_t read = 0; read < kLingerBytesMax;) {
        buffer_.take(buffer_.view().size());
        const auto [bytes, end] = co_await stream_.read(&buffer_, kBodySpace);
        if (end != StreamEnd::None) break;
        read += bytes;
    }
}

asio::awaitable<StreamEnd> Server::State::Connection::send(const std::string* bytes) {
    stream_.set_deadline(monotonic_now() + server_.settings_.limits.write_limit);
    co_return co_await stream_.write(bytes);
}

// Status line and fields into out_; notes the handler's own Content-Length.
void Server::State::Connection::begin_answer(const http::Response& response) {
    const auto& fields = response.headers.fields();
    const bool sendable = response.status >= 200 && response.status <= 599 &&
                          std::all_of(fields.begin(), fields.end(), detail::is_sendable);
    if (!sendable) throw std::logic_error("a handler's response cannot be framed");
    declared_.reset();
    out_.clear();
    out_ += "HTTP/1.1 ";
    detail::append_number(out_, static_cast<std::uint64_t>(response.status));
    out_.append(" ").append(detail::reason_of(response.status)).append("\r\n");
    for (const auto& [name, value] : fields) {
        if (equal_ignoring_case(name, "content-length")) declared_ = parse_count(value);
        if (equal_ignoring_case(name, "connection") && http::lists(value, "close"))
            keep_alive_ = false;
        if (detail::is_of_connection(name) || equal_ignoring_case(name, "date")) continue;
        detail::append_field(out_, name, value);
    }
    detail::append_field(out_, "Date", server_.date_.text());
}

void Server::State::Connection::end_head(std::string_view framing) {
    out_ += framing;
    if (server_.closing_) keep_alive_ = false;
    if (!keep_alive_) {
        out_ += "Connection: close\r\n";
    } else if (!chunks_known_) {
        out_ += "Connection: keep-alive\r\n";
    }
    out_ += "\r\n";
}

asio::awaitable<Next> Server::State::Connection::answer(http::Response response) {
    begin_answer(response);
    if (auto* stream = std::get_if<std::unique_ptr<http::BodyReader>>(&response.body)) {
        auto body = std::move(*stream);
        co_return co_await answer_stream(std::move(body));
    }
    const std::string& body = std::get<std::string>(response.body);
    const bool bodiless = response.status == 204 || response.status == 304;
    if (!bodiless) {
        out_ += "Content-Length: ";
        detail::append_number(out_, is_head_ ? declared_.value_or(body.size()) : body.size());
        out_ += "\r\n";
    }
    end_head("");
    const bool sends_body = !is_head_ && !bodiless;
    const bool joined = body.size() <= kJoinedBytesMax;
    if (sends_body && joined) out_ += body;
    StreamEnd end = co_await send(&out_);
    if (end == StreamEnd::None && sends_body && !joined) end = co_await send(&body);
    if (out_.capacity() > kKeptBytesMax) out_ = std::string();
    co_return end == StreamEnd::None&& keep_alive_ ? Next::Request : Next::Close;
}

asio::awaitable<Next> Server::State::Connection::answer_stream(
    std::unique_ptr<http::BodyReader> body
) {
    const bool chunked = !declared_ && chunks_known_;
    std::uint64_t left = declared_.value_or(UINT64_MAX);
    if (declared_) {
        out_ += "Content-Length: ";
        detail::append_number(out_, *declared_);
        end_head("\r\n");
    } else {
        if (!chunked) keep_alive_ = false;
        end_head(chunked ? "Transfer-Encoding: chunked\r\n" : "");
    }
    StreamEnd end = co_await send(&out_);
    while (end == StreamEnd::None && !is_head_) {
        auto piece = co_await body->read();
        const bool broken =
            !piece || piece->size() > left || (piece->empty() && declared_ && left > 0);
        if (broken) {
            stream_.reset();
            co_return Next::Close;
        }
        const bool last = piece->empty();
        left -= piece->size();
        out_.clear();
        if (!chunked) {
            out_ += *piece;
        } else if (last) {
            out_ += "0\r\n\r\n";
        } else {
            detail::append_chunk(out_, *piece);
        }
        end = co_await send(&out_);
        if (last) break;
    }
    if (end != StreamEnd::None) stream_.reset();
    co_return end == StreamEnd::None&& keep_alive_ ? Next::Request : Next::Close;
}

Expected<void, ListenError> Server::State::listen() {
    error_code failed;
    const auto address = asio::ip::make_address(settings_.address, failed);
    if (failed) return Failure{ListenError::BadAddress};
    const tcp::endpoint endpoint(address, settings_.port);
    acceptor_.open(endpoint.protocol(), failed);
    if (!failed) acceptor_.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) acceptor_.bind(endpoint, failed);
    if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed) return Failure{listen_error_of(failed.value())};
    port_ = acceptor_.local_endpoint(failed).port();
    if (settings_.certificate_for) {
        context_ = detail::make_context(detail::Side::Server);
        SSL_CTX_set_cert_cb(context_.get(), choose_certificate, &settings_.certificate_for);
    }
    tasks_.spawn(accept(shared_from_this()));
    return {};
}

asio::awaitable<void> Server::State::accept(std::shared_ptr<State> self) {
    while (!closing_) {
        tcp::endpoint peer;
        error_code failed;
        auto socket = co_await acceptor_.async_accept(
            peer, asio::redirect_error(asio::use_awaitable, failed)
        );
        if (closing_ || failed == asio::error::operation_aborted) co_return;
        if (!failed && connections_.size() < settings_.limits.connections_max) {
            tasks_.spawn(serve(self, std::move(socket), peer));
        } else if (failed) {  // out of descriptors: what is under way must end first
            asio::steady_timer pause(executor_, milliseconds(100));
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, failed));
        }
    }
}

// A handler that throws loses this connection, and nothing else.
asio::awaitable<void> Server::State::serve(
    std::shared_ptr<State> self,
    tcp::socket socket,
    tcp::endpoint peer
) {
    Connection connection(*self, std::move(socket), peer);
    try {
        co_await connection.run();
    } catch (const std::exception&) {
        connection.reset();
    }
}

asio::awaitable<void> Server::State::close(milliseconds grace) {
    auto self = shared_from_this();
    closing_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (Connection* one : connections_) {
        if (one->idle()) one->stop();
    }
    co_await tasks_.wait_for(grace);
    stop();
    co_await tasks_.wait();
}

void Server::State::stop() {
    closing_ = stopped_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (Connection* one : connections_) {
        one->stop();
    }
    tasks_.cancel();  // those that wait for their handler
}

ListenError listen_error_of(int number) {
    switch (number) {
        case EADDRINUSE:
            return ListenError::AddressInUse;
        case EACCES:
        case EPERM:
            return ListenError::NotAllowed;
        case EADDRNOTAVAIL:
            return ListenError::BadAddress;
        default:
            return ListenError::Failed;
    }
}

Message describe(ListenError error, const std::string& address, std::uint16_t port) {
    return {message_of(error), {{"address", address}, {"port", std::to_string(port)}}};
}

Expected<std::unique_ptr<Server>, ListenError> Server::listen(
    asio::any_io_executor executor,
    Settings settings,
    http::Handler& handler,
    const Clock& clock
) {
    auto state = std::make_shared<State>(executor, std::move(settings), handler, clock);
    if (auto listening = state->listen(); !listening) return Failure{listening.error()};
    return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::~Server() {
    state_->stop();
}

std::uint16_t Server::port() const {
    return state_->port();
}

std::size_t Server::connections() const {
    return state_->connections();
}

asio::awaitable<void> Server::close(milliseconds grace) {
    auto state = state_;
    co_await state->close(grace);
}

}  // namespace kakehashi::net

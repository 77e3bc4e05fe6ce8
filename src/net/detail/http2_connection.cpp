#include "net/detail/http2_connection.h"

#include "net/detail/wire.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace kakehashi::net::detail {

namespace asio = boost::asio;
using Follows = http::Http2Server::Follows;

namespace {

constexpr std::size_t kSpace = 16384;     // a TLS record
constexpr std::size_t kIdleSpace = 4096;  // what a quiet connection may hold

http::Http2Limits limits_of(const ServerLimits& limits) {
    http::Http2Limits out;
    out.streams_max = limits.streams_max;
    out.body_bytes_max = limits.body_bytes_max;
    out.head_limit = limits.head_limit;
    out.bytes_per_second_min = limits.bytes_per_second_min;
    out.body_limit = limits.body_limit;
    out.write_limit = limits.write_limit;
    out.idle_limit = limits.idle_limit;
    return out;
}

}  // namespace

Http2Connection::Http2Connection(std::shared_ptr<Service> service, Stream& stream, http::Peer peer)
    : service_(std::move(service)),
      stream_(stream),
      peer_(std::move(peer)),
      server_(limits_of(service_->limits), service_->date.clock(), monotonic_now()),
      held_(service_.get()),
      tasks_(stream_.executor()) {
}

asio::awaitable<void> Http2Connection::run() {
    co_await asio::this_coro::throw_if_cancelled(false);  // the tasks are awaited even then
    if (service_->closing) server_.shut_down();
    bool open = true;
    while (open) {
        open = co_await write();
        if (!open || server_.done()) break;
        const bool more = !server_.output(monotonic_now()).empty();
        if (more && stream_.is_quiet()) continue;
        open = co_await read();
    }
    tasks_.cancel();
    co_await tasks_.wait();
    if (open) co_await stream_.linger();
}

void Http2Connection::shut_down() {
    server_.shut_down();
    wake();
}

// Ends the wait of `read`, if that is where the connection is: there is something to write.
void Http2Connection::wake() {
    woken_ = true;
    if (waits_) stream_.cancel();
}

// One batch. false: the connection is over.
asio::awaitable<bool> Http2Connection::write() {
    const std::string* bytes = &server_.output(monotonic_now());
    stream_.set_deadline(monotonic_now() + service_->limits.write_limit);
    const StreamEnd end = co_await stream_.write(bytes);
    if (end != StreamEnd::None) co_return false;
    server_.sent();
    dispatch();
    co_return true;
}

// Until something came, a deadline passed, or `wake`. false: the connection is over.
asio::awaitable<bool> Http2Connection::read() {
    if (running_.empty()) buffer_.shrink(kIdleSpace);
    stream_.set_deadline(server_.deadline());
    waits_ = true;
    StreamEnd end = co_await stream_.readable();
    if (end == StreamEnd::None) {
        const auto received = co_await stream_.read(&buffer_, kSpace);
        end = received.end;
    }
    waits_ = false;
    const bool woken = std::exchange(woken_, false);
    if (end == StreamEnd::Cancelled) co_return woken;
    if (end == StreamEnd::Deadline) {
        server_.expire(monotonic_now());
        co_return true;
    }
    if (end != StreamEnd::None) co_return false;
    server_.receive(buffer_.view(), monotonic_now());
    buffer_.take(buffer_.view().size());
    dispatch();
    co_return true;
}

void Http2Connection::dispatch() {
    while (!held_.holds(server_.held_bytes())) {
        if (!server_.give_way()) break;
    }
    for (auto& [stream, request] : server_.take_requests()) {
        request.peer = peer_;
        running_.try_emplace(stream, stream_.executor());
        auto task = tasks_.spawn(serve(stream, std::move(request)));
        const auto started = running_.find(stream);
        if (started != running_.end()) started->second.task = std::move(task);
    }
    for (const StreamId stream : server_.take_drained()) {
        const auto found = running_.find(stream);
        if (found == running_.end()) continue;
        found->second.sends = false;
        found->second.drained.cancel();
    }
    for (const StreamId stream : server_.take_cancelled()) {
        const auto found = running_.find(stream);
        if (found != running_.end()) found->second.task.cancel();
    }
}

// A handler that throws loses its stream, and nothing else.
asio::awaitable<void> Http2Connection::serve(StreamId stream, http::Incoming request) {
    try {
        co_await answer(stream, std::move(request));
    } catch (const std::exception&) {
        server_.abort(stream);
    }
    running_.erase(stream);
    wake();
}

asio::awaitable<void> Http2Connection::answer(StreamId stream, http::Incoming request) {
    if (service_->stopped) co_return;
    const Follows follows = request.method == "HEAD" ? Follows::Nothing : Follows::Pieces;
    auto response = co_await service_->handler.handle(std::move(request));
    require_sendable(response);
    auto* reader = std::get_if<std::unique_ptr<http::BodyReader>>(&response.body);
    if (reader == nullptr) {
        send_whole(stream, std::move(response), follows);
        co_return;
    }
    const auto declared = declared_length(response);
    server_.respond(stream, response.status, head_of(response, declared), follows);
    wake();
    if (follows == Follows::Nothing) co_return;
    auto body = std::move(*reader);
    co_await send_pieces(stream, std::move(body), declared);
}

// What the handler said, but for what the server says.
http::Headers Http2Connection::head_of(
    const http::Response& response,
    std::optional<std::uint64_t> length
) {
    http::Headers head;
    for (const auto& [name, value] : response.headers.fields()) {
        if (!is_of_server(name)) head.add(name, value);
    }
    head.add("date", std::string(service_->date.text()));
    if (length) head.add("content-length", std::to_string(*length));
    return head;
}

void Http2Connection::send_whole(StreamId stream, http::Response response, Follows follows) {
    std::string body = std::get<std::string>(std::move(response.body));
    const bool bodiless = is_bodiless(response.status);
    std::optional<std::uint64_t> length = body.size();
    if (follows == Follows::Nothing) length = declared_length(response).value_or(body.size());
    if (bodiless) length.reset();
    if (bodiless || body.empty()) follows = Follows::Nothing;
    server_.respond(stream, response.status, head_of(response, length), follows);
    if (follows == Follows::Nothing) return;
    server_.add_piece(stream, std::move(body), monotonic_now());
    server_.finish(stream);
}

asio::awaitable<void> Http2Connection::send_pieces(
    StreamId stream,
    std::unique_ptr<http::BodyReader> body,
    std::optional<std::uint64_t> declared
) {
    for (;;) {
        auto piece = co_await body->read();
        if (!piece || !fits(declared, *piece)) break;
        if (piece->empty()) {
            server_.finish(stream);
            co_return;
        }
        co_await send_piece(stream, *std::move(piece));
    }
    server_.abort(stream);
}

// Returns when it has left for the peer.
asio::awaitable<void> Http2Connection::send_piece(StreamId stream, std::string piece) {
    Running& running = running_.at(stream);
    running.sends = true;
    server_.add_piece(stream, std::move(piece), monotonic_now());
    wake();
    while (running.sends) {
        running.drained.expires_at(Instant::max());
        boost::system::error_code woken;
        co_await running.drained.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
}

}  // namespace kakehashi::net::detail

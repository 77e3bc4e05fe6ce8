#pragma once

#include "http/http2.h"
#include "net/detail/buffer.h"
#include "net/detail/service.h"
#include "net/detail/stream.h"
#include "net/task_group.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <optional>

namespace kakehashi::net::detail {

// Moves the bytes of one http::Http2Server: writes what is there, reads what came, sleeps until
// either side wakes it. Each request runs in a task of its own, which ends with its stream.
// Thread rule: one strand.
class Http2Connection {
public:
    // `stream` outlives this, and is past its handshake.
    Http2Connection(std::shared_ptr<Service> service, Stream& stream, http::Peer peer);

    // To the end of the connection, and of every task. Unsent bytes still go, the close is the
    // caller's.
    boost::asio::awaitable<void> run();
    void shut_down();  // no further request; ends after those under way

private:
    using StreamId = http::Http2Server::StreamId;
    struct Running {
        explicit Running(const boost::asio::any_io_executor& executor) : drained(executor) {}
        TaskGroup::Task task;
        bool sends = false;                 // a piece
        boost::asio::steady_timer drained;  // cancelled when it has left
    };

    boost::asio::awaitable<bool> write();
    boost::asio::awaitable<bool> read();
    void dispatch();
    void wake();

    boost::asio::awaitable<void> serve(StreamId stream, http::Incoming request);
    boost::asio::awaitable<void> answer(StreamId stream, http::Incoming request);
    boost::asio::awaitable<void> send_pieces(
        StreamId stream,
        std::unique_ptr<http::BodyReader> body,
        std::optional<std::uint64_t> declared
    );
    boost::asio::awaitable<void> send_piece(StreamId stream, std::string piece);
    void send_whole(StreamId stream, http::Response response, http::Http2Server::Follows follows);
    http::Headers head_of(const http::Response& response, std::optional<std::uint64_t> length);

    std::shared_ptr<Service> service_;
    Stream& stream_;  // outlives this
    http::Peer peer_;
    http::Http2Server server_;
    HeldBytes held_;
    Buffer buffer_;
    TaskGroup tasks_;
    std::map<StreamId, Running> running_;
    bool waits_ = false;  // for the peer
    bool woken_ = false;
};

}  // namespace kakehashi::net::detail

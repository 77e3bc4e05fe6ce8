#pragma once

#include "http/handler.h"
#include "http/strict.h"
#include "net/detail/buffer.h"
#include "net/detail/http2_connection.h"
#include "net/detail/pace.h"
#include "net/detail/service.h"
#include "net/detail/stream.h"
#include "net/task_group.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace kakehashi::net::detail {

// Looks now and then whether the client is still there while an answer is made for it. One that
// half-closes counts as gone, as nginx has it.
class Departure : public Deadlines::Entry {
public:
    Departure(std::shared_ptr<Deadlines> deadlines, std::chrono::milliseconds period)
        : Entry(std::move(deadlines)), period_(period) {}
    ~Departure() override = default;

    // `task` is cancelled once the peer of `socket` is gone.
    void ends(TaskGroup::Task task) { task_ = std::move(task); }
    void watch(int socket);
    void rest() { set_deadline(Instant::max()); }

private:
    void on_deadline() override;

    std::chrono::milliseconds period_;
    int socket_ = -1;
    TaskGroup::Task task_;
};

// One connection of a server, from its first byte to its last: HTTP/1.1, or under TLS HTTP/2, if
// that is what both want. Thread rule: one strand.
class ServerConnection {
public:
    ServerConnection(
        std::shared_ptr<Service> service,
        boost::asio::ip::tcp::socket socket,
        const boost::asio::ip::tcp::endpoint& peer
    );
    ServerConnection(const ServerConnection&) = delete;
    ServerConnection& operator=(const ServerConnection&) = delete;

    // Throws what the handler throws.
    boost::asio::awaitable<void> run();
    void runs_in(TaskGroup::Task task) { departure_.ends(std::move(task)); }
    void shut_down();  // no further request
    void stop() { stream_.stop(); }
    void reset() { stream_.reset(); }

private:
    enum class Next { Request, Close };
    template <class T>
    using OrNext = Expected<T, Next>;

    boost::asio::awaitable<bool> start_tls();
    boost::asio::awaitable<Next> serve_one();

    boost::asio::awaitable<StreamEnd> await_first_byte();
    boost::asio::awaitable<OrNext<std::size_t>> await_head();
    void take_request(http::Incoming& incoming);
    std::optional<std::string> whole_body();  // if it came with the head
    boost::asio::awaitable<OrNext<std::string>> read_body();
    boost::asio::awaitable<OrNext<std::string>> read_length(std::size_t length);
    boost::asio::awaitable<OrNext<std::string>> read_chunks();
    boost::asio::awaitable<StreamEnd> receive();

    boost::asio::awaitable<Next> answer(http::Response response);
    boost::asio::awaitable<Next> answer_stream(std::unique_ptr<http::BodyReader> body);
    boost::asio::awaitable<Next> refuse(int status);
    void begin_head(const http::Response& response);
    void add_length(std::uint64_t length);
    void begin_stream();
    bool add_piece(std::string_view piece);
    void end_head();
    std::optional<StreamEnd> send_now(const std::string* bytes);
    boost::asio::awaitable<StreamEnd> send(const std::string* bytes);
    Next after(StreamEnd sent) const;

    std::shared_ptr<Service> service_;
    HeldBytes held_;
    Stream stream_;
    Departure departure_;
    Pace pace_;  // of the body or the answer that is under way
    Buffer buffer_;
    http::RequestHead head_;  // borrows from buffer_, until the head is taken
    std::size_t head_bytes_ = 0;
    std::string out_;
    http::Peer peer_;
    std::unique_ptr<Http2Connection> http2_;  // if it is one
    bool idle_ = true;                        // between requests
    bool is_head_ = false;                    // the method
    bool keep_alive_ = true;
    bool chunks_known_ = true;               // HTTP/1.1
    bool chunked_ = false;                   // the answer
    std::optional<std::uint64_t> declared_;  // what is left of the handler's own Content-Length
};

}  // namespace kakehashi::net::detail

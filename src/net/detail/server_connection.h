#pragma once

#include "http/handler.h"
#include "http/strict.h"
#include "net/detail/buffer.h"
#include "net/detail/pace.h"
#include "net/detail/stream.h"
#include "net/server.h"
#include "net/task_group.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace kakehashi::net::detail {

// Second by second; formatting a date for every response would be seen.
class DateField {
public:
    explicit DateField(const Clock& clock) : clock_(clock) {}
    std::string_view text();

private:
    const Clock& clock_;  // outlives the server
    std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds> second_{};
    std::string text_;
};

// What a server's connections share.
struct Service {
    Service(
        const boost::asio::any_io_executor& executor,
        const ServerLimits& within,
        http::Handler& served_by,
        const Clock& clock
    )
        : limits(within),
          handler(served_by),
          date(clock),
          deadlines(std::make_shared<Deadlines>(executor)) {}

    ServerLimits limits;
    http::Handler& handler;  // outlives the server; perhaps gone once `stopped`
    DateField date;
    ContextPtr context;  // none: without TLS
    std::shared_ptr<Deadlines> deadlines;
    std::size_t bodies_bytes = 0;  // of requests that arrive or are handled
    bool closing = false;          // no further request
    bool stopped = false;
};

// What one connection has of the bytes that all bodies together may take.
class HeldBytes {
public:
    explicit HeldBytes(Service* service) : service_(service) {}
    HeldBytes(const HeldBytes&) = delete;
    HeldBytes& operator=(const HeldBytes&) = delete;
    ~HeldBytes() { give_back(); }

    bool take(std::size_t bytes);  // false: there is no room for them
    void give_back();

private:
    Service* service_;  // outlives this
    std::size_t held_ = 0;
};

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

// One connection of a server, from its first byte to its last: HTTP/1.1. Thread rule: one strand.
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
    bool idle() const { return idle_; }  // between requests
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
    boost::asio::awaitable<OrNext<std::string>> read_body();
    boost::asio::awaitable<OrNext<std::string>> read_length(std::size_t length);
    boost::asio::awaitable<OrNext<std::string>> read_chunks();
    boost::asio::awaitable<StreamEnd> receive();

    boost::asio::awaitable<Next> answer(http::Response response);
    boost::asio::awaitable<Next> answer_stream(std::unique_ptr<http::BodyReader> body);
    boost::asio::awaitable<Next> refuse(int status);
    boost::asio::awaitable<void> linger();
    void begin_head(const http::Response& response);
    void add_length(std::uint64_t length);
    void begin_stream();
    bool add_piece(std::string_view piece);
    void end_head();
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
    bool idle_ = true;
    bool is_head_ = false;  // the method
    bool keep_alive_ = true;
    bool chunks_known_ = true;               // HTTP/1.1
    bool chunked_ = false;                   // the answer
    std::optional<std::uint64_t> declared_;  // what is left of the handler's own Content-Length
};

}  // namespace kakehashi::net::detail

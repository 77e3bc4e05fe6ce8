#pragma once

#include "http/message.h"
#include "http/strict.h"
#include "net/detail/buffer.h"
#include "net/detail/stream.h"
#include "net/detail/upstream.h"
#include "net/trust.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace kakehashi::net::detail {

// Why there is no answer, and whether to ask again on a fresh connection is safe: this one had
// been kept, no byte of an answer came, and nobody can have carried the request out, or doing so
// twice is as good as once (RFC 9110 §9.2.2).
struct Unanswered {
    http::NetError error;
    bool repeatable = false;
};

// One connection to an origin: made once, then one HTTP/1.1 exchange after the other, each body
// read to its end before the next. Thread rule: one strand.
class ClientConnection {
public:
    ClientConnection(
        std::shared_ptr<Upstream> upstream,
        std::shared_ptr<Deadlines> deadlines,
        const boost::asio::any_io_executor& executor
    );
    ~ClientConnection() { stream_.close(); }
    ClientConnection(const ClientConnection&) = delete;
    ClientConnection& operator=(const ClientConnection&) = delete;

    // TCP, and TLS for "https".
    boost::asio::awaitable<Expected<void, http::NetError>> connect(
        std::string address,
        std::optional<Trust> trust
    );
    // Sends the request and awaits the head of its answer. `request` must live until then.
    boost::asio::awaitable<Expected<void, Unanswered>> exchange(const http::Request* request);

    // Requires, for all of these: exchange() succeeded.
    http::Response take_head();               // once; its body is still to come
    std::optional<std::string> whole_body();  // if it came with the head
    boost::asio::awaitable<Expected<std::string, http::NetError>> read_body();  // as a BodyReader
    bool ended() const { return ended_; }
    bool reusable() const { return ended_ && head_.keep_alive && buffer_.empty(); }

    void rest();  // between exchanges: gives memory back, waits for nothing
    bool is_quiet() { return stream_.is_quiet(); }
    void set_deadline(Instant deadline) { stream_.set_deadline(deadline); }
    void stop() { stream_.stop(); }
    void hold(std::unique_ptr<Slot> slot) { slot_ = std::move(slot); }
    const std::shared_ptr<Upstream>& upstream() const { return upstream_; }
    const std::string& address() const { return address_; }
    Instant idle_since() const { return idle_since_; }

private:
    using Taken = Expected<std::string, http::Refusal>;
    http::NetError broken(StreamEnd end, http::NetErrorKind by_peer) const;
    boost::asio::awaitable<Expected<void, http::NetError>> start_tls(std::optional<Trust> trust);
    void write_head(const http::Request& request);
    std::optional<StreamEnd> send_now(const http::Request& request);
    boost::asio::awaitable<StreamEnd> send(const http::Request* request);
    boost::asio::awaitable<Expected<void, http::NetError>> read_head(http::Asked asked);
    boost::asio::awaitable<Expected<std::size_t, http::NetError>> await_head();
    Taken take_body();
    Taken take_chunks();

    std::shared_ptr<Upstream> upstream_;
    std::string address_;
    Stream stream_;
    Buffer buffer_;            // what came beyond the last answer
    std::string out_;          // the last request; kept for its memory
    http::ResponseHead head_;  // borrows from buffer_ until the head is taken
    std::size_t head_bytes_ = 0;
    std::uint64_t body_left_ = 0;  // where the head tells a length
    http::ChunkDecoder chunks_;
    std::optional<http::Refusal> refused_;  // of the body's framing, behind what is still given out
    bool begun_ = false;                    // the answer, be it an interim one
    bool ended_ = true;                     // the body
    bool kept_ = false;                     // carried a request before this one
    Instant idle_since_{};
    std::unique_ptr<Slot> slot_;
};
using ClientConnectionPtr = std::unique_ptr<ClientConnection>;

}  // namespace kakehashi::net::detail

#pragma once

#include "net/detail/buffer.h"
#include "net/detail/deadlines.h"
#include "net/detail/socket.h"
#include "net/detail/tls.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace kakehashi::net::detail {

inline constexpr int kUnacknowledgedMilliseconds = 10'000;  // of a client's connection

enum class StreamEnd {
    None,
    Eof,    // the peer said that it ends: close_notify under TLS, FIN without
    Reset,  // it ended without saying so
    Deadline,
    Cancelled,
    Tls,  // certificate or protocol: see verify_result
};

struct Received {
    Received(std::size_t count, StreamEnd why) : bytes(count), end(why) {}
    std::size_t bytes = 0;  // 0 if and only if it ended
    StreamEnd end = StreamEnd::None;
};

// A TCP connection, in the clear or under TLS, without a buffer or a copy of its own: OpenSSL
// works on the socket, and there is a wait only when it would block. That saves the two
// buffers and the BIO pair (70 KB) of asio::ssl::stream.
// Each wait ends at the deadline. Thread rule: one strand, one reader or writer at a time.
class Stream : public Deadlines::Entry {
public:
    Stream(std::shared_ptr<Deadlines> deadlines, const boost::asio::any_io_executor& executor);
    Stream(std::shared_ptr<Deadlines> deadlines, boost::asio::ip::tcp::socket accepted);
    ~Stream() override = default;

    boost::asio::awaitable<StreamEnd> connect(boost::asio::ip::tcp::endpoint endpoint);
    // From here on under TLS. Requires: the SSL works on this socket.
    boost::asio::awaitable<StreamEnd> handshake(SslPtr ssl);

    // Waits until there is something to read, without trying first. Others have their turn.
    boost::asio::awaitable<StreamEnd> readable();
    // At least a byte, into `buffer`. Reserves `wanted`.
    // While it waits for long with nothing in `buffer`, that holds no memory.
    boost::asio::awaitable<Received> read(Buffer* buffer, std::size_t wanted);
    // All of it. `bytes` must live until then.
    boost::asio::awaitable<StreamEnd> write(const std::string* bytes);
    // The same if they need not wait, and without a coroutine's frame. nullopt: they must; then
    // read() or write() goes on with it.
    std::optional<Received> read_now(Buffer* buffer, std::size_t wanted);
    std::optional<StreamEnd> write_now(const std::string* bytes);

    // Ends our side and drops what the peer still says, for a while: a close with unread bytes
    // would be a reset, and could overtake what was sent.
    boost::asio::awaitable<void> linger();

    // Whether a pooled connection can carry a request: open, and nothing unasked has come.
    bool is_quiet();
    void cancel();          // ends a wait
    void stop();            // ends this wait and refuses every later one: Cancelled
    void close();           // as the protocols want it; unsent bytes still go
    void finish_writing();  // the peer sees an orderly end; reading goes on
    void reset();           // at once, so that the peer cannot take it for an end
    Socket& socket() { return socket_; }
    const boost::asio::any_io_executor& executor() const { return socket_.executor(); }
    SSL* ssl() { return ssl_.get(); }
    bool tls() const { return ssl_ != nullptr; }
    std::string_view protocol() const;  // that ALPN settled on; "" for none
    long verify_result() const;

private:
    enum class Want { Nothing, Read, Write };  // Nothing: no wait
    struct Attempt {
        std::size_t bytes = 0;
        Want want = Want::Nothing;
        StreamEnd end = StreamEnd::None;
    };
    Attempt try_read(char* bytes, std::size_t size);
    Attempt try_read_tls(char* bytes, std::size_t size);
    Attempt try_write(std::string_view bytes);
    Attempt try_handshake();
    Attempt after_tls(int result);
    Attempt try_write_all(std::string_view bytes);
    boost::asio::awaitable<StreamEnd> wait(Want want);
    StreamEnd stopped_end() const;
    void on_deadline() override { cancel(); }
    void on_rest() override;

    Socket socket_;
    SslPtr ssl_;
    Buffer* reading_ = nullptr;      // by whoever waits in read()
    std::optional<Attempt> unsaid_;  // an end that came behind bytes
    std::size_t written_ = 0;        // of what write() shall go on with
    bool stopped_ = false;
};

}  // namespace kakehashi::net::detail

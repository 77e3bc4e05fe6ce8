#pragma once

#include "base/descriptor.h"
#include "base/expected.h"
#include "base/message.h"
#include "base/time.h"
#include "http/handler.h"
#include "net/certificate.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kakehashi::net {

struct ServerLimits {
    std::size_t body_bytes_max = 25U << 20U;     // refused before it is read
    std::size_t bodies_bytes_max = 256U << 20U;  // of all requests together: 503 beyond
    std::size_t connections_max = 16384;
    std::chrono::milliseconds head_limit = std::chrono::seconds(15);   // and the TLS handshake
    std::chrono::milliseconds body_limit = std::chrono::seconds(30);   // each wait for a piece
    std::chrono::milliseconds write_limit = std::chrono::seconds(60);  // each piece
    // A body or an answer as a whole may take its limit, and a second more for each of these.
    std::size_t bytes_per_second_min = 1024;
    std::chrono::milliseconds idle_limit = std::chrono::seconds(75);  // between requests
    std::uint32_t streams_max = 128;                                  // of one HTTP/2 connection
    // How often the server looks whether the client still waits for its answer.
    std::chrono::milliseconds departure_period = std::chrono::milliseconds(500);
};

enum class ListenError { AddressInUse, NotAllowed, BadAddress, Failed };
ListenError listen_error_of(int number);  // errno's
Message describe(ListenError error, const std::string& address, std::uint16_t port);

// The certificate for the name that a client asks for (SNI; "" if for none). nullopt: the handshake
// fails. Called for every full handshake: keep what you return.
using CertificateFor = std::function<std::optional<Certificate>(std::string_view server_name)>;

// HTTP/1.1 and, for those who ask for it under TLS, HTTP/2 in front of one Handler, with limits and
// time-outs on everything. HTTP/1.1: strict framing (http/strict.h), keep-alive, pipelined requests
// one after the other; a request that cannot be framed gets its 4xx, and the connection ends.
// HTTP/2: http/http2.h. A response stream that fails ends its connection or stream abruptly, so
// that no client takes it for whole. A handler or stream whose client has left is cancelled (P28).
// Whatever is started here is awaited by close().
// Thread rule: one strand.
class Server {
public:
    enum class Protocols { Http1, Http1AndHttp2 };  // what ALPN offers
    struct Settings {
        std::string address = "127.0.0.1";
        std::uint16_t port = 0;  // 0: any free one
        // A socket that listens already, also in another network: taken over, if it is there.
        Descriptor listening = Descriptor(-1);
        CertificateFor certificate_for = {};  // none: without TLS
        ServerLimits limits = {};
        Protocols protocols = Protocols::Http1AndHttp2;
    };
    // Listens from here on, and serves what comes once the executor runs. `handler` and `clock`
    // (for Date) outlive it.
    static Expected<std::unique_ptr<Server>, ListenError> listen(
        boost::asio::any_io_executor executor,
        Settings settings,
        http::Handler& handler,
        const Clock& clock
    );
    ~Server();  // asks what close() did not wait for to end; await close() before `handler` goes

    std::uint16_t port() const;
    std::size_t connections() const;

    // No new connection or request; those under way may end within `grace`, then they are cut.
    // Returns when nothing runs any more.
    boost::asio::awaitable<void> close(std::chrono::milliseconds grace);

private:
    class State;
    explicit Server(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;  // shared with its connections
};

}  // namespace kakehashi::net

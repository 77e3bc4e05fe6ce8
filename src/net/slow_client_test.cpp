#include "net/clock.h"
#include "net/detail/pace.h"
#include "net/detail/tls.h"
#include "net/server.h"
#include "net/task_group.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>

// Clients that send or read a byte now and then: none of them holds a connection for ever.
namespace kakehashi::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using detail::Pace;
using std::chrono::milliseconds;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

TEST(Pace, LetsWaitsTogetherLastTheLimitAndASecondForEachKilobyte) {
    struct Row {
        std::size_t bytes;
        milliseconds waited;
        milliseconds left;  // for the next wait
    };
    const Row rows[] = {
        {0, 0s, 30s},
        {0, 10s, 20s},
        {0, 30s, 0s},
        {1, 30s, 0s},  // less than two bytes earn less than two milliseconds
        {1024, 30s, 1s},
        {1024, 10s, 21s},
        {10240, 10s, 30s},  // no wait is longer than the limit
        {102400, 10s, 30s},
        {102400, 130s, 0s},
        {102400, 129s, 1s},
        {102400, 500s, -370s},  // long over
    };
    for (const auto& [bytes, waited, left] : rows) {
        Pace pace(30s, 1024);
        const Instant start{};
        pace.moved(bytes, start, start + waited);
        EXPECT_EQ(pace.deadline(start) - start, left) << bytes << " " << waited.count();
    }
}

TEST(Pace, AddsUpOverPiecesAndSurvivesAnySum) {
    Pace pace(30s, 1024);
    const Instant start{};
    for (int i = 0; i < 32; ++i) {
        pace.moved(32, start, start + 1s);
    }
    EXPECT_EQ(pace.deadline(start) - start, 30s - 32s + 1s);
    Pace large(30s, 1);
    large.moved(~std::size_t{0}, start, start);
    EXPECT_EQ(large.deadline(start) - start, 30s);
}

// More than fits into the buffers between a server and a client that does not read.
constexpr std::size_t kPieces = 4096, kPieceBytes = 16384;

class Endless : public http::BodyReader {
public:
    asio::awaitable<Expected<std::string, http::NetError>> read() override {
        if (left_-- == 0) co_return std::string();
        co_return std::string(kPieceBytes, 'x');
    }

private:
    std::size_t left_ = kPieces;
};

class Streams : public http::Handler {
public:
    asio::awaitable<http::Response> handle(http::Incoming request) override {
        ++handled;
        if (request.target == "/other") others_turn = handled;
        http::Response response;
        if (request.method == "GET") response.body = std::make_unique<Endless>();
        co_return response;
    }
    int handled = 0, others_turn = 0;
};

class SlowClient : public testing::Test {
public:
    std::unique_ptr<Server> serve(ServerLimits limits) {
        Server::Settings settings;
        settings.limits = limits;
        auto listening = Server::listen(io.get_executor(), std::move(settings), handler, clock);
        EXPECT_TRUE(listening);
        return *std::move(listening);
    }

    asio::awaitable<void> pause(milliseconds time) {
        asio::steady_timer timer(io, time);
        co_await timer.async_wait(asio::use_awaitable);
    }

    // Says `first`, then `rest` a byte at a time, and counts what comes back.
    asio::awaitable<void> drip(std::uint16_t port, std::string first, std::string rest) {
        tcp::socket socket(io);
        const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
        socket.open(endpoint.protocol());
        socket.set_option(asio::socket_base::receive_buffer_size(32 * kPieceBytes));
        co_await socket.async_connect(endpoint, asio::use_awaitable);
        const auto head = asio::buffer(first);
        co_await socket.async_write_some(head, asio::use_awaitable);
        error_code ended;
        for (std::size_t i = 0; i < rest.size() && !ended; ++i) {
            co_await pause(1ms);
            const auto one = asio::buffer(&rest[i], 1);
            auto token = asio::redirect_error(asio::use_awaitable, ended);
            co_await socket.async_write_some(one, token);
        }
        read = 0;
        std::string space(4 * kPieceBytes, '\0');
        while (!ended) {
            if (rest.empty()) co_await pause(1ms);
            const auto some = asio::buffer(space);
            auto token = asio::redirect_error(asio::use_awaitable, ended);
            const std::size_t got = co_await socket.async_read_some(some, token);
            if (read == 0) said = space.substr(0, got);
            read += got;
        }
        io.stop();
    }

    void run(const Server& server, std::string first, std::string rest) {
        TaskGroup client(io.get_executor());
        client.spawn(drip(server.port(), std::move(first), std::move(rest)));
        io.restart();
        io.run();
    }

    asio::io_context io{1};
    SystemClock clock;
    Streams handler;
    std::string said;      // the first bytes
    std::size_t read = 0;  // of all
};

// Each wait by itself is a fraction of the limit, and what moves earns next to nothing.
constexpr std::size_t kEarnsNothing = std::size_t{1} << 40U;

TEST_F(SlowClient, IsGivenUpWhenItsBodyDrips) {
    auto server = serve({.body_limit = 100ms, .bytes_per_second_min = kEarnsNothing});
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    const std::string body(500, 'x');
    run(*server, head + "Content-Length: 500\r\n\r\n", body);
    run(*server, head + "Transfer-Encoding: chunked\r\n\r\n1F4\r\n", body + "\r\n0\r\n\r\n");
    EXPECT_EQ(handler.handled, 0);
    EXPECT_EQ(read, 0U);
}

TEST_F(SlowClient, IsGivenUpWhenItHardlyReads) {
    auto server = serve({.write_limit = 100ms, .bytes_per_second_min = kEarnsNothing});
    run(*server, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "");
    EXPECT_EQ(handler.handled, 1);
    EXPECT_LT(read, kPieces * kPieceBytes);
}

// What was refused and what was answered gives its room back.
TEST_F(SlowClient, BodiesTogetherAreBounded) {
    auto server = serve({.bodies_bytes_max = 1000});
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";
    struct Row {
        std::string framing, body;
        int handled;
    };
    const Row rows[] = {
        {"Content-Length: 1001\r\n\r\n", std::string(1001, 'x'), 0},
        {"Transfer-Encoding: chunked\r\n\r\n3E9\r\n", std::string(1001, 'x') + "\r\n0\r\n\r\n", 0},
        {"Content-Length: 1000\r\n\r\n", std::string(1000, 'x'), 1},
        {"Transfer-Encoding: chunked\r\n\r\n3E8\r\n", std::string(1000, 'x') + "\r\n0\r\n\r\n", 2},
    };
    for (const auto& [framing, body, handled] : rows) {
        std::string whole = head;
        whole.append(framing).append(body);
        run(*server, whole, "");
        EXPECT_EQ(handler.handled, handled) << framing;
        EXPECT_EQ(said.substr(0, 12), handled ? "HTTP/1.1 200" : "HTTP/1.1 503") << framing;
    }
}

// All that one client asked stands in the buffers already; the other one's request comes last.
TEST_F(SlowClient, WhoPipelinesLeavesOthersTheirTurn) {
    auto server = serve({});
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), server->port());
    tcp::socket many(io), other(io);
    many.connect(endpoint);
    other.connect(endpoint);
    constexpr int kMany = 500;
    std::string requests;
    for (int i = 0; i < kMany; ++i) {
        requests += "POST / HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    asio::write(many, asio::buffer(requests));
    asio::write(other, asio::buffer(std::string("POST /other HTTP/1.1\r\nHost: a\r\n\r\n")));
    while (handler.handled <= kMany) {
        io.run_one();
    }
    EXPECT_LT(handler.others_turn, kMany);
}

// What a client of TLS 1.2 that asks for a second handshake hears; nullopt: it could not even do
// the first one.
std::optional<int> renegotiate(std::uint16_t port) {
    const std::unique_ptr<SSL_CTX, detail::Freed<SSL_CTX_free>> context(
        SSL_CTX_new(TLS_client_method())
    );
    SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    asio::io_context io;
    tcp::socket socket(io);
    socket.connect({asio::ip::address_v4::loopback(), port});
    const detail::SslPtr ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), socket.native_handle());
    if (SSL_connect(ssl.get()) != 1) return std::nullopt;
    SSL_renegotiate(ssl.get());
    return SSL_do_handshake(ssl.get());
}

TEST_F(SlowClient, ShakesHandsOnce) {
    const TimePoint now = clock.now();
    const Validity validity{now - std::chrono::hours(1), now + std::chrono::hours(1)};
    const Certificate certificate =
        Authority::make("Test CA", validity).issue({"a.test"}, validity);
    Server::Settings settings;
    settings.certificate_for = [&](std::string_view) { return std::optional(certificate); };
    auto server = *Server::listen(io.get_executor(), std::move(settings), handler, clock);
    std::optional<int> again;
    std::thread client([&, port = server->port()] {
        again = renegotiate(port);
        asio::post(io, [this] { io.stop(); });
    });
    io.run();
    client.join();
    ASSERT_TRUE(again);
    EXPECT_NE(*again, 1);
}

}  // namespace
}  // namespace kakehashi::net

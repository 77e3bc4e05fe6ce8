#include "net/detail/loopback.h"

#include <gtest/gtest.h>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace kakehashi::net::detail {
namespace {

class Serving : public Loopback {};

TEST_F(Serving, AnswersPipelinedRequestsInTheirOrder) {
    auto server = serve({});
    const std::string two =
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
        "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nyo\r\n0\r\n\r\n"
        "HEAD /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        "GET /4 HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string said = run(io, talk(server->port(), two));
    const auto first = said.find("POST /1 hi"), second = said.find("POST /2 yo");
    EXPECT_LT(first, second);
    EXPECT_NE(second, said.npos) << said;
    EXPECT_TRUE(said.ends_with("Connection: close\r\n\r\n")) << said;
    EXPECT_EQ(handler.handled, 3);
}

TEST_F(Serving, P22AnswersAFramingErrorOnceAndCloses) {
    struct Row {
        std::string bytes;
        const char* status;
        int handled;
    };
    const std::string next = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
    const Row rows[] = {
        {"GET / HTTP/1.1\r\n\r\n" + next, "400", 0},
        {"GET / HTTP/1.1\nHost: a\n\n" + next, "400", 0},
        {post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
         "400",
         0},
        {post + "Transfer-Encoding: chunked\r\n\r\n0;x\r\n\r\n" + next, "400", 0},
        {post + "Content-Length: 99999999\r\n\r\n" + next, "413", 0},
        {post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n", "413", 0},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70000, 'x'), "431", 0},
        {post + "Expect: x\r\n\r\n", "417", 0},
    };
    auto server = serve({.limits = {.body_limit = 50ms}});
    for (const auto& [bytes, status, handled] : rows) {
        const std::string said = run(io, talk(server->port(), bytes));
        EXPECT_EQ(said.substr(0, 12), *status ? "HTTP/1.1 " + std::string(status) : "")
            << bytes.substr(0, 99);
        EXPECT_EQ(said.find("HTTP/1.1", 1), said.npos) << said;
        EXPECT_EQ(handler.handled, handled);
    }
}

TEST_F(Serving, TalksToOldAndCautiousClients) {
    auto server = serve({});
    const std::string old = run(io, talk(server->port(), "GET /stream HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(old.ends_with("\r\n\r\nabcdef")) << old;
    EXPECT_EQ(old.find("chunked"), old.npos);
    const std::string cautious =
        run(io,
            talk(
                server->port(),
                "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: "
                "100-continue\r\nContent-Length: 0\r\n\r\n"
            ));
    EXPECT_TRUE(cautious.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")) << cautious;
}

TEST_F(Serving, DropsThoseWhoAreSlow) {
    auto server = serve({.limits = {.head_limit = 50ms, .body_limit = 50ms, .idle_limit = 50ms}});
    EXPECT_EQ(run(io, talk(server->port(), "GET / HTTP/1.1\r\nHo")).substr(0, 12), "HTTP/1.1 408");
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx";
    EXPECT_EQ(run(io, talk(server->port(), post)), "");
    const std::string idle = run(io, talk(server->port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_TRUE(idle.ends_with("GET / ")) << idle;
    EXPECT_EQ(handler.handled, 1);
}

TEST_F(Serving, ClosesAfterWhatIsUnderWay) {
    auto server = serve_tls();
    auto pool = client(https(*server));
    auto close_and_open = [&]() -> asio::awaitable<void> {
        while (handler.handled == 0) {
            co_await asio::post(io, asio::use_awaitable);
        }
        TaskGroup closing(io.get_executor());
        closing.spawn(server->close(kLong));
        co_await asio::post(io, asio::use_awaitable);
        handler.gate.cancel();
        co_await closing.wait();
    };
    TaskGroup tasks(io.get_executor());
    tasks.spawn(close_and_open());
    auto got = fetch(*pool, https(*server), get("/gate"));
    ASSERT_TRUE(got) << static_cast<int>(got.error().kind);
    EXPECT_EQ(got->headers.find("Connection"), "close");
    EXPECT_EQ(kind(*pool, https(*server), get("/")), NetErrorKind::ConnectRefused);
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(Serving, CutsWhatOutlastsTheGrace) {
    auto server = serve_tls();
    auto pool = client(https(*server));
    EXPECT_TRUE(fetch(*pool, https(*server), get("/")));
    bool closed = false;
    auto close = [&]() -> asio::awaitable<void> {
        while (handler.handled < 2) {
            co_await asio::post(io, asio::use_awaitable);
        }
        co_await server->close(20ms);
        closed = true;
    };
    TaskGroup tasks(io.get_executor());
    tasks.spawn(close());
    EXPECT_EQ(kind(*pool, https(*server), post("/gate", "")), NetErrorKind::Closed);
    auto wait = [&]() -> asio::awaitable<bool> {
        co_await tasks.wait();
        co_return true;
    };
    run(io, wait());
    EXPECT_TRUE(closed);
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(Serving, P28EndsWhatItsClientLeft) {
    for (const char* path : {"/gate", "/stalled"}) {
        for (bool tls : {false, true}) {
            Server::Settings settings;
            if (tls) settings.certificate_for = one({"a.test"}, valid());
            settings.limits.departure_period = 5ms;
            auto server = serve(std::move(settings));
            const Origin origin = tls ? https(*server) : plain(*server);
            auto pool = client(origin);
            const int before = handler.handled;
            bool stayed = false;
            auto ask = [&]() -> asio::awaitable<void> {
                auto got = co_await fetch(pool.get(), origin, get(path), kLimits);
                stayed = got.has_value();
            };
            auto leave = [&]() -> asio::awaitable<void> {
                TaskGroup staying(io.get_executor()), leaving(io.get_executor());
                staying.spawn(ask());
                leaving.spawn(ask());
                while (handler.handled < before + 2) {
                    co_await asio::post(io, asio::use_awaitable);
                }
                leaving.cancel();
                while (server->connections() > 1) {
                    co_await asio::post(io, asio::use_awaitable);
                }
                handler.gate.expires_at(Instant::max());  // lets those go who wait
                co_await staying.wait();
            };
            run_at_once(leave, 1);
            EXPECT_EQ(stayed, path == std::string_view("/gate"));  // the other one ends abruptly
            EXPECT_EQ(pool->idle_connections(), stayed ? 1U : 0U);
        }
    }
}

// Nagle against delayed ACK costs 40 ms a request: every socket here must have it off.
TEST_F(Serving, TurnsNagleOffOnBothSides) {
    auto server = serve_tls();
    auto pool = client(https(*server));
    ASSERT_TRUE(fetch(*pool, https(*server), get("/")));
    int connected = 0;
    for (int descriptor = 3; descriptor < 256; ++descriptor) {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
        if (peer.ss_family != AF_INET) continue;
        int on = 0;
        size = sizeof on;
        EXPECT_EQ(::getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
        EXPECT_NE(on, 0);
        ++connected;
    }
    EXPECT_EQ(connected, 2);
}

TEST(Listen, TellsWhyItCannot) {
    asio::io_context io;
    Paths handler(io);
    SystemClock clock;
    auto first = Server::listen(io.get_executor(), {}, handler, clock);
    ASSERT_TRUE(first);
    struct Row {
        std::string address;
        std::uint16_t port;
        ListenError error;
    };
    const Row rows[] = {
        {"127.0.0.1", (*first)->port(), ListenError::AddressInUse},
        {"192.0.2.1", 0, ListenError::BadAddress},
        {"localhost", 0, ListenError::BadAddress},
    };
    for (const auto& [address, port, error] : rows) {
        auto refused =
            Server::listen(io.get_executor(), {.address = address, .port = port}, handler, clock);
        ASSERT_FALSE(refused) << address;
        EXPECT_EQ(refused.error(), error) << address;
        EXPECT_TRUE(has_text(describe(error, address, port).id));
    }
}

}  // namespace
}  // namespace kakehashi::net::detail

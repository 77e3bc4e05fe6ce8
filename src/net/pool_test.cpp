#include "net/detail/loopback.h"
#include "net/detail/pooled_body.h"

#include <gtest/gtest.h>

namespace kakehashi::net::detail {
namespace {

class Pool : public Loopback {};

TEST_F(Pool, KeepsOneConnectionForManyRequests) {
    auto server = serve_tls();
    auto pool = client(https(*server));
    for (int i = 0; i < 3; ++i) {
        auto got = fetch(*pool, https(*server), post("/x?y=1", "body"));
        ASSERT_TRUE(got) << got.error().detail;
        EXPECT_EQ(got->status, 200);
        EXPECT_EQ(got->body, "POST /x?y=1 body");
        EXPECT_TRUE(got->headers.find("Date"));
        EXPECT_EQ(server->connections(), 1U);
        EXPECT_EQ(pool->idle_connections(), 1U);
    }
    EXPECT_EQ(names.asked, 1);
    EXPECT_EQ(handler.last_peer.server_name, "a.test");
    EXPECT_TRUE(handler.last_peer.tls);
}

TEST_F(Pool, CarriesLargeBodiesBothWays) {
    auto server = serve_tls();
    auto pool = client(https(*server));
    const std::string large(3U << 20U, 'x');
    auto got = fetch(*pool, https(*server), post("/", large));
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(got->body, "POST / " + large);
}

TEST_F(Pool, P21RefusesAHostThatIsNotConfiguredBeforeDns) {
    auto server = serve({});
    auto pool = client(plain(*server));
    const Origin others[] = {
        {"http", "b.test", server->port()},
        {"https", "a.test", server->port()},
        {"http", "a.test", 1}};
    for (const auto& origin : others) {
        EXPECT_EQ(kind(*pool, origin, get("/")), NetErrorKind::HostNotAllowed);
    }
    EXPECT_EQ(names.asked, 0);
}

TEST_F(Pool, NeverSendsWhatCouldBeReadAsAnotherRequest) {
    auto server = serve({});
    auto pool = client(plain(*server));
    Request requests_refused[] = {
        get("/a b"), get("/\r\nX: 1"), get("a"), get("/"), get("/"), get("/")};
    requests_refused[3].headers.add("X", "1\r\nY: 2");
    requests_refused[4].headers.add("X Y", "1");
    requests_refused[5].method = "GET /";
    for (const auto& request : requests_refused) {
        EXPECT_EQ(kind(*pool, plain(*server), request), NetErrorKind::Cancelled) << request.target;
    }
    Request request = get("/");
    request.headers.add("Content-Length", "7");
    request.headers.add("Host", "evil");
    EXPECT_TRUE(fetch(*pool, plain(*server), request));
}

TEST_F(Pool, KnowsHowABodyEnds) {
    using Then = Script::Then;
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    struct Row {
        Script script;
        std::optional<NetErrorKind> kind;
    };
    const Row rows[] = {
        {{ok + "Content-Length: 3\r\n\r\nabc"}, std::nullopt},
        {{chunked + "0\r\n\r\n"}, std::nullopt},
        {{ok + "\r\nabc"}, std::nullopt},
        {{"HTTP/1.1 103 x\r\n\r\n" + ok + "Content-Length: 3\r\n\r\nabc"}, std::nullopt},
        {{ok + "Content-Length: 4\r\n\r\nabc"}, NetErrorKind::Truncated},
        {{chunked}, NetErrorKind::Truncated},
        {{chunked + "0\r\n"}, NetErrorKind::Truncated},
        {{chunked, Then::Reset}, NetErrorKind::Truncated},
        {{ok + "\r\nabc", Then::Reset}, NetErrorKind::Truncated},
        {{chunked + "3;x\r\nabc\r\n0\r\n\r\n"}, NetErrorKind::BadAnswer},
        {{ok + "Content-Le"}, NetErrorKind::Truncated},
        {{""}, NetErrorKind::Closed},
        {{"", Then::Reset}, NetErrorKind::Closed},
        {{"SSH-2.0-x\r\n\r\n"}, NetErrorKind::BadAnswer},
        {{"HTTP/1.1 101 x\r\n\r\n"}, NetErrorKind::BadAnswer},
        {{ok + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"}, NetErrorKind::BadAnswer},
    };
    for (const auto& [script, wanted] : rows) {
        const Origin origin = raw_peer({script});
        auto pool = client(origin);
        auto got = fetch(*pool, origin, post("/", "x"));
        EXPECT_EQ(got.has_value(), !wanted) << script.answer;
        if (got) {
            EXPECT_EQ(got->body, "abc");
        } else {
            EXPECT_EQ(got.error().kind, wanted) << script.answer;
        }
    }
}

TEST_F(Pool, EndsEveryWaitAtItsLimit) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    const Origin origin = raw_peer(
        {{"", Script::Then::Hold},
         {head.substr(0, 9), Script::Then::Hold},
         {head, Script::Then::Hold}}
    );
    auto pool = client(origin);
    for (auto limit : {50ms, 50ms, kLong}) {
        auto got = run(io, fetch(pool.get(), origin, get("/"), {limit, 50ms, kLong}));
        ASSERT_FALSE(got);
        EXPECT_EQ(got.error().kind, NetErrorKind::Timeout);
    }
}

TEST_F(Pool, P11GivesOutWhatCameBeforeBrokenFraming) {
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    const Origin origin = raw_peer({{head + "3\r\nabc\r\n3\r\ndefg\r\n0\r\n\r\n"}});
    auto pool = client(origin);
    std::string said;
    std::optional<NetErrorKind> end;
    auto read = [&]() -> asio::awaitable<void> {
        auto answer = co_await pool->exchange(origin, get("/"), kLimits);
        auto& body = *std::get<std::unique_ptr<http::BodyReader>>(answer->body);
        while (!end) {
            auto piece = co_await body.read();
            if (piece) said += *piece;
            if (!piece) end = piece.error().kind;
        }
    };
    run_at_once(read, 1);
    EXPECT_EQ(said, "abcdef");
    EXPECT_EQ(end, NetErrorKind::BadAnswer);
}

// P11: one byte now and then resets the wait for a piece, and must not hold the reader for ever.
TEST_F(Pool, EndsABodyThatDrips) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n";
    const Origin origin = raw_peer({{head, Script::Then::Drip}});
    auto pool = client(origin);
    auto got = run(io, fetch(pool.get(), origin, get("/"), {kLong, kLong, 50ms}));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, NetErrorKind::Timeout);
    EXPECT_EQ(pool->idle_connections(), 0U);
}

TEST(BodyDeadline, IsTheEarlierOfTheWaitForAPieceAndTheEndOfAll) {
    const Instant start{};
    const BodyDeadline deadline{30s, start + 60min};
    EXPECT_EQ(deadline.of_piece(start), start + 30s);
    EXPECT_EQ(deadline.of_piece(start + 59min), start + 59min + 30s);
    EXPECT_EQ(deadline.of_piece(start + 59min + 45s), start + 60min);
}

TEST_F(Pool, RepeatsOnlyWhatNobodyCanHaveCarriedOut) {
    const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    struct Row {
        const char* method;
        bool repeated;
    };
    for (const auto& [method, repeated] :
         {Row{"GET", true}, Row{"PUT", true}, Row{"POST", false}}) {
        // The first connection answers once and, asked again, dies silently.
        tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        const Origin origin{"http", "127.0.0.1", acceptor.local_endpoint().port()};
        auto twice = [&]() -> asio::awaitable<void> {
            std::string request(4096, '\0');
            const auto space = asio::buffer(request);
            const auto answer = asio::buffer(ok);
            auto socket = co_await acceptor.async_accept(asio::use_awaitable);
            co_await socket.async_read_some(space, asio::use_awaitable);
            co_await socket.async_write_some(answer, asio::use_awaitable);
            co_await socket.async_read_some(space, asio::use_awaitable);
            socket.close();
            auto fresh = co_await acceptor.async_accept(asio::use_awaitable);
            co_await fresh.async_read_some(space, asio::use_awaitable);
            co_await fresh.async_write_some(answer, asio::use_awaitable);
        };
        TaskGroup peer(io.get_executor());
        peer.spawn(twice());
        auto pool = client(origin);
        Request request = get("/");
        EXPECT_TRUE(fetch(*pool, origin, request));
        EXPECT_EQ(pool->idle_connections(), 1U);
        request.method = method;
        auto got = fetch(*pool, origin, request);
        EXPECT_EQ(got.has_value(), repeated) << method;
        EXPECT_TRUE(got || got.error().kind == NetErrorKind::Closed);
        peer.cancel();
        io.restart();
        io.poll();
    }
}

TEST_F(Pool, NoticesThatAKeptConnectionWasClosed) {
    const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    const Origin origin = raw_peer({{ok}, {ok}});
    auto pool = client(origin);
    EXPECT_TRUE(fetch(*pool, origin, post("/", "1")));
    io.restart();
    io.poll();
    EXPECT_TRUE(fetch(*pool, origin, post("/", "2")));
    EXPECT_EQ(requests, 2);
}

TEST_F(Pool, NeverTakesAnAnswerThatNobodyAskedFor) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
    tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    const Origin origin{"http", "127.0.0.1", acceptor.local_endpoint().port()};
    std::vector<tcp::socket> accepted;
    auto answer = [&]() -> asio::awaitable<void> {
        std::string request(4096, '\0');
        while (accepted.size() < 2) {
            accepted.push_back(co_await acceptor.async_accept(asio::use_awaitable));
            co_await accepted.back().async_read_some(asio::buffer(request), asio::use_awaitable);
            accepted.back().send(asio::buffer(head + "x"));
        }
    };
    TaskGroup peer(io.get_executor());
    peer.spawn(answer());
    auto pool = client(origin);
    EXPECT_TRUE(fetch(*pool, origin, post("/", "1")));
    EXPECT_EQ(pool->idle_connections(), 1U);
    accepted[0].send(asio::buffer(head + "y"));
    auto got = fetch(*pool, origin, post("/", "2"));
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(got->body, "x");
    EXPECT_EQ(accepted.size(), 2U);
}

TEST_F(Pool, MakesRequestsWaitForRoom) {
    auto server = serve_tls();
    auto pool = client(https(*server), {.connections_max = 2});
    TaskGroup tasks(io.get_executor());
    int done = 0;
    std::size_t most = 0;
    auto one_request = [&]() -> asio::awaitable<void> {
        auto got = co_await fetch(pool.get(), https(*server), get("/stream"), kLimits);
        EXPECT_TRUE(got && got->body == "abcdef");
        most = std::max(most, server->connections());
        ++done;
    };
    auto all = [&]() -> asio::awaitable<bool> {
        for (int i = 0; i < 20; ++i) {
            tasks.spawn(one_request());
        }
        co_await tasks.wait();
        co_return true;
    };
    run(io, all());
    EXPECT_EQ(done, 20);
    EXPECT_LE(most, 2U);
}

TEST_F(Pool, StreamsAndBreaksThemSoThatItIsSeen) {
    for (bool tls : {false, true}) {
        auto server = tls ? serve_tls() : serve({});
        const Origin origin = tls ? https(*server) : plain(*server);
        auto pool = client(origin);
        for (const char* path : {"/stream", "/stream-length"}) {
            auto got = fetch(*pool, origin, get(path));
            ASSERT_TRUE(got) << path;
            EXPECT_EQ(got->body, "abcdef");
        }
        EXPECT_EQ(server->connections(), 1U);
        EXPECT_EQ(kind(*pool, origin, get("/broken")), NetErrorKind::Truncated);
        EXPECT_EQ(kind(*pool, origin, get("/throw")), NetErrorKind::Closed);
        EXPECT_TRUE(fetch(*pool, origin, get("/")));
    }
}

TEST_F(Pool, EndsWithItsCaller) {
    auto server = serve({});
    auto pool = client(plain(*server));
    std::optional<NetErrorKind> ended;
    auto ask = [&]() -> asio::awaitable<void> {
        auto got = co_await fetch(pool.get(), plain(*server), get("/gate"), kLimits);
        if (!got) ended = got.error().kind;
    };
    auto cancel = [&]() -> asio::awaitable<bool> {
        TaskGroup tasks(io.get_executor());
        tasks.spawn(ask());
        while (handler.handled == 0) {
            co_await asio::post(io, asio::use_awaitable);
        }
        tasks.cancel();
        co_await tasks.wait();
        co_return true;
    };
    run(io, cancel());
    EXPECT_EQ(ended, NetErrorKind::Cancelled);
}

}  // namespace
}  // namespace kakehashi::net::detail

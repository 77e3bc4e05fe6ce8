#include "net/detail/loopback.h"
#include "net/detail/stream.h"

#include <gtest/gtest.h>

#include <netinet/tcp.h>
#include <sys/socket.h>

namespace kakehashi::net::detail {
namespace {

class Addresses : public Loopback {};

// More than one, because a queue that is not quite full lets the first ones in.
TEST_F(Addresses, TellsSilenceFromRefusal) {
    auto silent = SilentListener::listen("127.0.0.1", 0);
    ASSERT_TRUE(silent);
    const Origin origin{"http", "a.test", silent->port()};
    auto pool = client(origin);
    int silences = 0;
    auto ask = [&]() -> asio::awaitable<void> {
        auto got = co_await fetch(pool.get(), origin, get("/"), http::within(100ms));
        if (!got && got.error().kind == NetErrorKind::ConnectTimeout) ++silences;
    };
    constexpr int kAtOnce = 8;
    run_at_once(ask, kAtOnce);
    EXPECT_EQ(silences, kAtOnce);

    auto gone = serve({});
    const Origin closed = plain(*gone);
    gone.reset();
    io.restart();
    io.poll();
    auto other = client(closed);
    EXPECT_EQ(kind(*other, closed, get("/")), NetErrorKind::ConnectRefused);
}

// Of three addresses two are dead: what the search for the good one may cost.
static_assert(2 * PoolLimits{}.stagger <= 1s);

TEST_F(Addresses, P14OneSilentAndOneResettingAddressCostNoRequest) {
    auto server = serve_tls();
    auto silent = SilentListener::listen("127.0.0.2", server->port());
    ASSERT_TRUE(silent);
    const auto resetting = asio::ip::make_address_v4("127.0.0.3");
    constexpr int kScripts = 100;
    raw_peer_at(tcp::endpoint(resetting, server->port()), resets(kScripts));
    names.names["a.test"] = {"127.0.0.2", "127.0.0.3", "127.0.0.1"};
    auto pool = client(https(*server));
    int answered = 0;
    auto ask = [&]() -> asio::awaitable<void> {
        auto got = co_await fetch(pool.get(), https(*server), get("/"), kLimits);
        if (got) ++answered;
    };
    constexpr int kAtOnce = 10;
    run_at_once(ask, kAtOnce);
    EXPECT_EQ(answered, kAtOnce);
    constexpr int kLater = 40;
    for (int i = 0; i < kLater; ++i) {
        pool->close_idle();
        run_at_once(ask, 1);
    }
    EXPECT_EQ(answered, kAtOnce + kLater);
    EXPECT_GE(requests, 1);       // the dead ones were tried,
    EXPECT_LT(requests, kLater);  // but not again by all who came later
}

TEST_F(Addresses, P14AFailedAddressIsLeftAtOnce) {
    auto server = serve_tls();
    const auto resetting = asio::ip::make_address_v4("127.0.0.3");
    raw_peer_at(tcp::endpoint(resetting, server->port()), resets(1));
    names.names["a.test"] = {"127.0.0.2", "127.0.0.3", "127.0.0.1"};  // refuses, resets, answers
    auto pool = client(https(*server), {.stagger = 24h});
    EXPECT_TRUE(fetch(*pool, https(*server), get("/")));
    EXPECT_EQ(requests, 1);
    names.names["a.test"] = {"127.0.0.2"};
    pool->close_idle();
    EXPECT_EQ(kind(*pool, https(*server), get("/")), NetErrorKind::ConnectRefused);
}

TEST_F(Addresses, P14MovesOnWhenTheAddressInUseDies) {
    auto first = serve_tls();
    auto second = serve(
        {.address = "127.0.0.2", .port = first->port(), .certificate_for = one({"a.test"}, valid())}
    );
    names.names["a.test"] = {"127.0.0.1", "127.0.0.2"};
    const Origin origin = https(*first);
    auto pool = client(origin, {.stagger = 24h});
    EXPECT_TRUE(fetch(*pool, origin, post("/", "1")));
    EXPECT_EQ(first->connections(), 1U);
    auto die = [&]() -> asio::awaitable<void> { co_await first->close(0ms); };
    run_at_once(die, 1);
    EXPECT_TRUE(fetch(*pool, origin, post("/", "2")));
    EXPECT_EQ(second->connections(), 1U);
}

TEST_F(Addresses, P14OnlyWhatIsInFlightFailsWithItsAddress) {
    auto first = serve_tls();
    auto second = serve(
        {.address = "127.0.0.2", .port = first->port(), .certificate_for = one({"a.test"}, valid())}
    );
    names.names["a.test"] = {"127.0.0.1", "127.0.0.2"};
    const Origin origin = https(*first);
    auto pool = client(origin, {.stagger = 24h});
    constexpr int kInFlight = 5, kLater = 20;
    int answered = 0;
    std::string path = "/gate";
    auto ask = [&]() -> asio::awaitable<void> {
        auto got = co_await fetch(pool.get(), origin, post(path, "x"), kLimits);
        if (got) ++answered;
    };
    auto die = [&]() -> asio::awaitable<void> {
        TaskGroup asking(io.get_executor());
        for (int i = 0; i < kInFlight; ++i) {
            asking.spawn(ask());
        }
        while (handler.handled < kInFlight) {
            co_await asio::post(io, asio::use_awaitable);
        }
        co_await first->close(0ms);
        co_await asking.wait();
    };
    run_at_once(die, 1);
    EXPECT_EQ(answered, 0);
    path = "/";
    run_at_once(ask, kLater);
    EXPECT_EQ(answered, kLater);
    EXPECT_EQ(handler.handled, kInFlight + kLater);
}

// The connections that were kept to it would each cost a request otherwise.
TEST_F(Addresses, P14AnAddressThatFallsSilentTakesItsKeptConnectionsWithIt) {
    auto server = serve({});
    const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    const auto falling_silent = asio::ip::make_address_v4("127.0.0.2");
    constexpr int kKept = 3;
    const std::vector<Script> scripts(kKept, {ok, Script::Then::Hold});
    raw_peer_at(tcp::endpoint(falling_silent, server->port()), scripts);
    names.names["a.test"] = {"127.0.0.2", "127.0.0.1"};
    const Origin origin = plain(*server);
    auto pool = client(origin, {.stagger = 24h});
    auto ask = [&]() -> asio::awaitable<void> {
        auto got = co_await fetch(pool.get(), origin, post("/", "x"), kLimits);
        EXPECT_TRUE(got);
    };
    run_at_once(ask, kKept);
    EXPECT_EQ(pool->idle_connections(), static_cast<std::size_t>(kKept));
    const auto lost = run(io, fetch(pool.get(), origin, post("/", "x"), http::within(50ms)));
    ASSERT_FALSE(lost) << "was in flight";
    EXPECT_EQ(lost.error().kind, NetErrorKind::Timeout);
    EXPECT_EQ(pool->idle_connections(), 0U);
    run_at_once(ask, 1);
    EXPECT_EQ(handler.handled, 1) << "at the other address, without waiting for this one";
}

TEST_F(Addresses, P14ANewLookUpFollowsWhenNoAddressIsLeft) {
    auto server = serve({});
    names.names["a.test"] = {"127.0.0.2", "127.0.0.3"};  // nobody
    auto pool = client(plain(*server));
    EXPECT_EQ(kind(*pool, plain(*server), get("/")), NetErrorKind::ConnectRefused);
    EXPECT_EQ(names.forgotten, 1);
    names.names["a.test"] = {"127.0.0.1"};
    EXPECT_TRUE(fetch(*pool, plain(*server), get("/")));
    EXPECT_EQ(names.asked, 2);
}

// A dead address acknowledges nothing, and the kernel notices.
TEST_F(Addresses, P14UnacknowledgedBytesEndAClientsConnection) {
    auto server = serve({});
    auto pool = client(plain(*server));
    ASSERT_TRUE(fetch(*pool, plain(*server), get("/")));
    int clients = 0;
    for (int descriptor = 3; descriptor < 256; ++descriptor) {
        int limit = 0;
        socklen_t size = sizeof limit;
        const int got = ::getsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, &size);
        if (got == 0 && limit == kUnacknowledgedMilliseconds) ++clients;
    }
    EXPECT_EQ(clients, 1);
}

}  // namespace
}  // namespace kakehashi::net::detail

#include "net/detail/socket.h"

#include "net/detail/loopback.h"

#include <gtest/gtest.h>

#include <array>
#include <sys/socket.h>

namespace kakehashi::net::detail {
namespace {

using Way = Socket::Way;

// A socket of ours, and a peer that the test moves by hand.
class SocketTest : public testing::Test {
public:
    SocketTest() {
        std::array<int, 2> both{};
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both.data()), 0);
        peer = Descriptor(both[1]);
        socket->open(Descriptor(both[0]));
    }

    void say(std::string_view bytes) const {
        EXPECT_EQ(::send(peer.get(), bytes.data(), bytes.size(), 0), std::ssize(bytes));
    }
    // "" when it would block, "<end>" at the end.
    std::string receive(std::size_t size = 64) const {
        std::string bytes(size, '\0');
        const ssize_t got = socket->receive(bytes.data(), size);
        if (got == 0) return "<end>";
        bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return bytes;
    }
    asio::awaitable<void> wait(Way way) {
        co_await socket->wait(way);
        ++waits_ended;
    }
    void run_until_done() {
        io.restart();
        io.run();
    }

    asio::io_context io{1};
    std::unique_ptr<Socket> socket = std::make_unique<Socket>(io.get_executor());
    Descriptor peer{-1};
    TaskGroup tasks{io.get_executor()};
    int waits_ended = 0;
};

TEST_F(SocketTest, KnowsWhatCameAndWhatWasTaken) {
    EXPECT_EQ(receive(), "");  // nobody asked the kernel yet
    say("abc");
    EXPECT_FALSE(socket->ready(Way::Reading));
    socket->refresh();
    EXPECT_TRUE(socket->ready(Way::Reading));
    EXPECT_TRUE(socket->ready(Way::Writing));
    EXPECT_EQ(receive(2), "ab");
    EXPECT_TRUE(socket->ready(Way::Reading));  // as much as there was room for: perhaps not all
    EXPECT_EQ(receive(), "c");
    EXPECT_FALSE(socket->ready(Way::Reading));
    socket->refresh();
    EXPECT_FALSE(socket->ready(Way::Reading));
    say("d");
    socket->refresh();
    EXPECT_EQ(receive(), "d");
}

// The kernel tells of both at once, and only once.
TEST_F(SocketTest, KnowsTheEndBehindTheLastBytes) {
    say("abc");
    peer.close();
    socket->refresh();
    EXPECT_EQ(receive(), "abc");
    EXPECT_TRUE(socket->ready(Way::Reading));
    EXPECT_EQ(receive(), "<end>");
}

TEST_F(SocketTest, WaitsForEitherWay) {
    tasks.spawn(wait(Way::Reading));
    io.poll();
    EXPECT_EQ(waits_ended, 0);
    say("a");
    run_until_done();
    EXPECT_EQ(waits_ended, 1);
    EXPECT_EQ(receive(), "a");

    while (socket->send(std::string(65536, 'x')) > 0) {
    }
    EXPECT_FALSE(socket->ready(Way::Writing));
    tasks.spawn(wait(Way::Writing));
    io.poll();
    EXPECT_EQ(waits_ended, 1);
    std::string taken(1U << 22U, '\0');
    EXPECT_GT(::recv(peer.get(), taken.data(), taken.size(), 0), 0);
    run_until_done();
    EXPECT_EQ(waits_ended, 2);
}

// Else a peer that always has something to say could keep the thread.
TEST_F(SocketTest, GivesOthersTheirTurnEvenIfReady) {
    say("a");
    socket->refresh();
    bool other = false;
    bool other_first = false;
    auto begin = [&]() -> asio::awaitable<void> {
        asio::post(io, [&] { other = true; });
        co_await socket->wait(Way::Reading);
        other_first = other;
    };
    tasks.spawn(begin());
    run_until_done();
    EXPECT_TRUE(other_first);
}

TEST_F(SocketTest, EndsAWaitThatIsCancelled) {
    auto task = tasks.spawn(wait(Way::Reading));
    io.poll();
    socket->cancel();
    run_until_done();
    EXPECT_EQ(waits_ended, 1);
    EXPECT_FALSE(socket->ready(Way::Reading));

    task = tasks.spawn(wait(Way::Reading));
    io.restart();
    io.poll();
    task.cancel();
    run_until_done();
    EXPECT_EQ(tasks.running(), 0U);

    tasks.spawn(wait(Way::Reading));
    io.restart();
    io.poll();
    socket->close();
    run_until_done();
    EXPECT_EQ(tasks.running(), 0U);
}

// A kept connection is no work for the reactor, and what was said meanwhile is not lost.
TEST_F(SocketTest, KeepsTheReactorOnlyWhileSomebodyWaits) {
    run_until_done();
    say("a");
    run_until_done();
    tasks.spawn(wait(Way::Reading));
    run_until_done();
    EXPECT_EQ(waits_ended, 1);
}

// More sockets than are told of at a time; one of them goes while the others are told.
TEST_F(SocketTest, TellsEveryWaiter) {
    constexpr std::size_t kSockets = 200;
    std::vector<std::unique_ptr<Socket>> all;
    std::vector<Descriptor> peers;
    std::size_t told = 0;
    auto await = [&](std::size_t which) -> asio::awaitable<void> {
        co_await all[which]->wait(Way::Reading);
        ++told;
        if (which % 2 == 0) all[which + 1].reset();
    };
    for (std::size_t i = 0; i < kSockets; ++i) {
        std::array<int, 2> both{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both.data()), 0);
        peers.emplace_back(both[1]);
        all.push_back(std::make_unique<Socket>(io.get_executor()));
        all.back()->open(Descriptor(both[0]));
        if (i % 2 == 0) tasks.spawn(await(i));
    }
    io.poll();
    for (const Descriptor& one : peers) {
        EXPECT_EQ(::send(one.get(), "a", 1, 0), 1);
    }
    run_until_done();
    EXPECT_EQ(told, kSockets / 2);
}

// The waiter owns the coroutine that owns the socket.
asio::awaitable<void> wait_for_ever(std::unique_ptr<Socket> own) {
    co_await own->wait(Way::Reading);
}

TEST_F(SocketTest, IsFreedWithTheReactor) {
    tasks.spawn(wait_for_ever(std::move(socket)));
    io.poll();  // the rest is for the leak sanitizer
}

}  // namespace
}  // namespace kakehashi::net::detail

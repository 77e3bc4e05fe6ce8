#include "enclosure/dns_server.h"

#include "enclosure/hex_test.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace kakehashi::enclosure {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

constexpr Ipv4 kLoopback = 0x7f000001;

// A question of type A for a name of one label.
std::string question_for(const std::string& label) {
    return bytes("000701000001000000000000") + static_cast<char>(label.size()) + label +
           bytes("0000010001");
}

std::string with_length(const std::string& message) {
    return bytes("00") + static_cast<char>(message.size()) + message;
}

NameAnswer resolve(std::string_view name) {
    using Status = NameAnswer::Status;
    if (name == "many") return {Status::Addresses, std::vector<Ipv4>(100, 1)};
    if (name == "sts") return {Status::Addresses, {0x0A140101}};
    return {};
}

struct DnsServerTest : testing::Test {
    DnsServerTest() {
        auto listening = DnsServer::listen(io.get_executor(), kLoopback, 0, resolve);
        server = *std::move(listening);
    }
    void run(asio::awaitable<void> client) {
        std::exception_ptr thrown;
        asio::co_spawn(io, std::move(client), [&](std::exception_ptr what) {
            thrown = std::move(what);
            io.stop();
        });
        io.restart();
        io.run();
        if (thrown) std::rethrow_exception(thrown);
    }
    tcp::endpoint tcp_end() const { return {asio::ip::address_v4(kLoopback), server->port()}; }

    asio::awaitable<void> ask_over_udp(std::string message, std::string* answer) {
        udp::socket socket(io, udp::v4());
        const udp::endpoint end(asio::ip::address_v4(kLoopback), server->port());
        co_await socket.async_send_to(asio::buffer(message), end, asio::use_awaitable);
        answer->resize(2048);
        udp::endpoint from;
        const auto got =
            co_await socket.async_receive_from(asio::buffer(*answer), from, asio::use_awaitable);
        answer->resize(got);
    }
    // Until the server ends the connection.
    asio::awaitable<void> send_over_tcp(std::string sent, std::string* received) {
        tcp::socket socket(io);
        const auto end = tcp_end();
        co_await socket.async_connect(end, asio::use_awaitable);
        co_await asio::async_write(socket, asio::buffer(sent), asio::use_awaitable);
        socket.shutdown(tcp::socket::shutdown_send);
        error_code ended;
        co_await asio::async_read(
            socket,
            asio::dynamic_buffer(*received),
            asio::redirect_error(asio::use_awaitable, ended)
        );
        EXPECT_EQ(ended, asio::error::eof);
    }

    asio::io_context io;
    std::unique_ptr<DnsServer> server;
};

TEST_F(DnsServerTest, AnswersOverUdp) {
    std::string answer;
    run(ask_over_udp(question_for("STS"), &answer));
    EXPECT_EQ(
        hex_of(answer), "000781800001000100000000035354530000010001c00c000100010000003c00040a140101"
    );
    run(ask_over_udp(question_for("no"), &answer));
    EXPECT_EQ(hex_of(answer).substr(0, 8), "00078183");
}

TEST_F(DnsServerTest, SaysNothingToWhatIsNoQueryAndGoesOn) {
    udp::socket socket(io, udp::v4());
    const udp::endpoint end(asio::ip::address_v4(kLoopback), server->port());
    socket.send_to(asio::buffer("x", 1), end);
    std::string answer;
    run(ask_over_udp(question_for("sts"), &answer));
    EXPECT_EQ(hex_of(answer).substr(0, 8), "00078180");
    EXPECT_EQ(socket.available(), 0U);
}

TEST_F(DnsServerTest, TellsUdpWhatOnlyFitsIntoTcp) {
    std::string answer;
    run(ask_over_udp(question_for("many"), &answer));
    EXPECT_EQ(hex_of(answer).substr(0, 16), "0007838000010000");
    std::string received;
    run(send_over_tcp(with_length(question_for("many")), &received));
    EXPECT_EQ(hex_of(received).substr(4, 16), "0007818000010064");
    EXPECT_EQ(received.size(), 2 + 12 + 10 + 16 * 100U);
}

TEST_F(DnsServerTest, AnswersSeveralQueriesOfAConnection) {
    std::string received;
    run(send_over_tcp(with_length(question_for("sts")) + with_length(question_for("no")), &received)
    );
    const std::string first = received.substr(2, static_cast<unsigned char>(received[1]));
    const std::string second = received.substr(2 + first.size() + 2);
    EXPECT_EQ(hex_of(first).substr(0, 8), "00078180");
    EXPECT_EQ(hex_of(second).substr(0, 8), "00078183");
    EXPECT_EQ(received.at(2 + first.size() + 1), static_cast<char>(second.size()));
}

TEST_F(DnsServerTest, EndsAConnectionThatSendsNoQuery) {
    for (const auto* hex : {"0000", "000161", "ffff", "1001", "0005aa", "00"}) {
        std::string received;
        run(send_over_tcp(bytes(hex), &received));
        EXPECT_EQ(received, "") << hex;
    }
}

TEST_F(DnsServerTest, TakesSoManyConnectionsAndNoMore) {
    constexpr std::size_t kMore = 80;
    std::vector<tcp::socket> sockets;
    for (std::size_t i = 0; i < kMore; ++i) {
        sockets.emplace_back(io).connect(tcp_end());
    }
    // The server takes them in order, so that the last one is turned away while the first stays.
    const auto look = [&]() -> asio::awaitable<void> {
        char byte = 0;
        error_code ended;
        co_await sockets.back().async_read_some(
            asio::buffer(&byte, 1), asio::redirect_error(asio::use_awaitable, ended)
        );
        EXPECT_EQ(ended, asio::error::eof);
    };
    run(look());
    sockets.front().non_blocking(true);
    char byte = 0;
    error_code waiting;
    sockets.front().read_some(asio::buffer(&byte, 1), waiting);
    EXPECT_EQ(waiting, asio::error::would_block);
}

TEST_F(DnsServerTest, IsGoneWithItsOwner) {
    const auto end = tcp_end();
    server.reset();
    tcp::socket socket(io);
    error_code failed;
    socket.connect(end, failed);
    EXPECT_EQ(failed, asio::error::connection_refused);
    io.run();  // nothing is left that would wait
}

TEST_F(DnsServerTest, SaysWhatIsInItsWay) {
    auto again = DnsServer::listen(io.get_executor(), kLoopback, server->port(), resolve);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().id, "enclosure.dns.address_in_use"_msg);
    auto elsewhere = DnsServer::listen(io.get_executor(), 0x08080808, 0, resolve);
    ASSERT_FALSE(elsewhere);
    EXPECT_EQ(elsewhere.error().id, "enclosure.dns.cannot_listen"_msg);
}

}  // namespace
}  // namespace kakehashi::enclosure

#include "enclosure/dns_server.h"

#include "enclosure/dns_message.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <optional>
#include <set>

namespace kakehashi::enclosure {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;

namespace {

constexpr std::size_t kConnectionsMax = 64;
constexpr std::size_t kLengthBytes = 2;
constexpr auto kQueryLimit = std::chrono::seconds(10);   // until a connection's next one is whole
constexpr auto kPause = std::chrono::milliseconds(100);  // after what should not happen
constexpr int kPortTriesMax = 16;                        // until one is free for both

// A client's connection. Its deadline closes it.
struct Connection {
    explicit Connection(tcp::socket accepted)
        : socket(std::move(accepted)), deadline(socket.get_executor()) {}
    void close() {
        error_code ignored;
        socket.close(ignored);
    }
    tcp::socket socket;
    asio::steady_timer deadline;
    std::string received;  // and not yet answered
};

void limit(const std::shared_ptr<Connection>& connection) {
    connection->deadline.expires_after(kQueryLimit);
    connection->deadline.async_wait([weak = std::weak_ptr(connection)](error_code replaced) {
        const auto late = weak.lock();
        if (!replaced && late) late->close();
    });
}

// RFC 1035 §4.2.2: two bytes of length before each message. nullopt: it is not whole yet.
std::optional<std::string> take_query(std::string& received) {
    if (received.size() < kLengthBytes) return std::nullopt;
    const std::size_t length =
        static_cast<unsigned char>(received[0]) * 256U + static_cast<unsigned char>(received[1]);
    if (received.size() < kLengthBytes + length) return std::nullopt;
    std::string query = received.substr(kLengthBytes, length);
    received.erase(0, kLengthBytes + length);
    return query;
}

// nullopt: it ended, broke, took too long, or asked for too much.
asio::awaitable<std::optional<std::string>> read_query(std::shared_ptr<Connection> connection) {
    std::array<char, 512> bytes{};
    for (;;) {
        auto query = take_query(connection->received);
        if (query) co_return query;
        if (connection->received.size() > kDnsQueryBytesMax) co_return std::nullopt;
        error_code failed;
        const std::size_t got = co_await connection->socket.async_read_some(
            asio::buffer(bytes), asio::redirect_error(asio::use_awaitable, failed)
        );
        if (failed) co_return std::nullopt;
        connection->received.append(bytes.data(), got);
    }
}

std::string with_length(const std::string& message) {
    std::string out;
    out += static_cast<char>(message.size() >> 8U);
    out += static_cast<char>(message.size() & 0xffU);
    return out + message;
}

// Whether all of it went.
asio::awaitable<bool> write_all(std::shared_ptr<Connection> connection, std::string bytes) {
    for (std::size_t written = 0; written < bytes.size();) {
        error_code failed;
        written += co_await connection->socket.async_write_some(
            asio::buffer(bytes) + written, asio::redirect_error(asio::use_awaitable, failed)
        );
        if (failed) co_return false;
    }
    co_return true;
}

asio::awaitable<void> pause() {
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, kPause);
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Message cannot_listen(Ipv4 address, std::uint16_t port, const error_code& failed) {
    const auto id = failed == asio::error::address_in_use ? "enclosure.dns.address_in_use"_msg
                                                          : "enclosure.dns.cannot_listen"_msg;
    return {id, {{"address", ipv4_text(address)}, {"port", std::to_string(port)}}};
}

}  // namespace

// Lives as long as one of its coroutines does.
class DnsServer::State : public std::enable_shared_from_this<State> {
public:
    State(const asio::any_io_executor& executor, ResolveName resolve)
        : executor_(executor), resolve_(std::move(resolve)), udp_(executor), acceptor_(executor) {}

    Expected<void, Message> listen(Ipv4 address, std::uint16_t port);
    std::uint16_t port() const { return port_; }
    void stop();

private:
    error_code open(const asio::ip::address_v4& address, std::uint16_t port);
    std::string answer(std::string_view message, std::optional<std::size_t> bytes_max) const;
    // `self` keeps the state alive from before the first step on.
    void spawn(asio::awaitable<void> task);
    asio::awaitable<void> serve_udp(std::shared_ptr<State> self);
    asio::awaitable<void> accept(std::shared_ptr<State> self);
    asio::awaitable<void> serve_tcp(
        std::shared_ptr<State> self,
        std::shared_ptr<Connection> connection
    );

    asio::any_io_executor executor_;
    ResolveName resolve_;
    udp::socket udp_;
    tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;
    bool stopped_ = false;
    std::set<std::shared_ptr<Connection>> connections_;
};

Expected<void, Message> DnsServer::State::listen(Ipv4 address, std::uint16_t port) {
    const asio::ip::address_v4 wanted(address);
    error_code failed = open(wanted, port);
    for (int i = 1; i < kPortTriesMax && failed && port == 0; ++i) {
        failed = open(wanted, port);
    }
    if (failed) return Failure{cannot_listen(address, port, failed)};
    spawn(serve_udp(shared_from_this()));
    spawn(accept(shared_from_this()));
    return {};
}

// UDP first: its port is the one that TCP gets too.
error_code DnsServer::State::open(const asio::ip::address_v4& address, std::uint16_t port) {
    error_code failed;
    udp_ = udp::socket(executor_);
    acceptor_ = tcp::acceptor(executor_);
    udp_.open(udp::v4(), failed);
    if (!failed) udp_.bind(udp::endpoint(address, port), failed);
    if (!failed) udp_.non_blocking(true, failed);
    if (!failed) acceptor_.open(tcp::v4(), failed);
    if (!failed) acceptor_.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) port_ = udp_.local_endpoint(failed).port();
    if (!failed) acceptor_.bind(tcp::endpoint(address, port_), failed);
    if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    return failed;
}

void DnsServer::State::stop() {
    stopped_ = true;
    error_code ignored;
    udp_.close(ignored);
    acceptor_.close(ignored);
    for (const auto& connection : connections_) {
        connection->close();
    }
}

// What throws is out of memory: its client asks again.
void DnsServer::State::spawn(asio::awaitable<void> task) {
    asio::co_spawn(executor_, std::move(task), [](const std::exception_ptr&) {});
}

// "" for what gets none.
std::string DnsServer::State::answer(std::string_view message, std::optional<std::size_t> bytes_max)
    const {
    const auto query = parse_dns_query(message);
    if (!query) return query.error();
    return dns_answer(*query, resolve_(query->name), bytes_max.value_or(query->udp_bytes_max()));
}

asio::awaitable<void> DnsServer::State::serve_udp(std::shared_ptr<State> /*self*/) {
    std::string buffer(kDnsQueryBytesMax, '\0');
    while (!stopped_) {
        udp::endpoint client;
        error_code failed;
        const std::size_t bytes = co_await udp_.async_receive_from(
            asio::buffer(buffer), client, asio::redirect_error(asio::use_awaitable, failed)
        );
        if (stopped_) co_return;
        if (failed) {
            co_await pause();
            continue;
        }
        const std::string reply = answer(std::string_view(buffer).substr(0, bytes), std::nullopt);
        // What does not fit into the socket is lost, as datagrams are.
        if (!reply.empty()) udp_.send_to(asio::buffer(reply), client, 0, failed);
    }
}

asio::awaitable<void> DnsServer::State::accept(std::shared_ptr<State> self) {
    while (!stopped_) {
        error_code failed;
        auto socket =
            co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failed));
        if (stopped_) co_return;
        if (failed) {  // out of descriptors: what is under way must end first
            co_await pause();
        } else if (connections_.size() < kConnectionsMax) {
            const auto made = std::make_shared<Connection>(std::move(socket));
            connections_.insert(made);
            spawn(serve_tcp(self, made));
        }
    }
}

asio::awaitable<void> DnsServer::State::serve_tcp(
    std::shared_ptr<State> self,
    std::shared_ptr<Connection> connection
) {
    struct Leave {
        State& server;
        const std::shared_ptr<Connection>& connection;
        ~Leave() { server.connections_.erase(connection); }
    };
    const Leave leave{*self, connection};
    for (;;) {
        limit(connection);
        const auto query = co_await read_query(connection);
        if (!query || stopped_) co_return;
        const std::string reply = answer(*query, kDnsTcpBytesMax);
        if (reply.empty()) co_return;
        const bool written = co_await write_all(connection, with_length(reply));
        if (!written) co_return;
    }
}

Expected<std::unique_ptr<DnsServer>, Message> DnsServer::listen(
    asio::any_io_executor executor,
    Ipv4 address,
    std::uint16_t port,
    ResolveName resolve
) {
    auto state = std::make_shared<State>(executor, std::move(resolve));
    if (auto listening = state->listen(address, port); !listening) {
        return Failure{listening.error()};
    }
    return std::unique_ptr<DnsServer>(new DnsServer(std::move(state)));
}

DnsServer::~DnsServer() {
    state_->stop();
}

std::uint16_t DnsServer::port() const {
    return state_->port();
}

}  // namespace kakehashi::enclosure

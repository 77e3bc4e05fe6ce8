#include "net/server.h"

#include "net/detail/server_connection.h"
#include "net/task_group.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <cstdlib>
#include <set>

namespace kakehashi::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using detail::ServerConnection;
using detail::Service;
using std::chrono::milliseconds;

namespace {

MessageId message_of(ListenError error) {
    switch (error) {
        case ListenError::AddressInUse:
            return "net.listen.address_in_use"_msg;
        case ListenError::NotAllowed:
            return "net.listen.not_allowed"_msg;
        case ListenError::BadAddress:
            return "net.listen.bad_address"_msg;
        case ListenError::Failed:
            return "net.listen.failed"_msg;
    }
    std::abort();
}

bool use_certificate(SSL* ssl, const Certificate& certificate) {
    const auto& [chain, key] = certificate.state();
    if (SSL_use_certificate(ssl, chain.front().get()) != 1) return false;
    if (SSL_use_PrivateKey(ssl, key.get()) != 1) return false;
    for (std::size_t i = 1; i < chain.size(); ++i) {
        if (SSL_add1_chain_cert(ssl, chain[i].get()) != 1) return false;
    }
    return true;
}

// OpenSSL asks here in every handshake; `asked` is the server's CertificateFor.
int choose_certificate(SSL* ssl, void* asked) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const auto& certificate_for = *static_cast<const CertificateFor*>(asked);
    const auto found = certificate_for(name == nullptr ? "" : name);
    return found && use_certificate(ssl, *found) ? 1 : 0;
}

// RFC 7301, with a length before each name. Ours is the order of preference.
constexpr std::string_view kBothProtocols = "\x02h2\x08http/1.1";
constexpr std::string_view kHttp1Protocol = "\x08http/1.1";

// OpenSSL asks here if the client named protocols; `ours` is one of the lists above.
int choose_protocol(
    SSL*,
    const unsigned char** chosen,
    unsigned char* chosen_bytes,
    const unsigned char* asked,
    unsigned asked_bytes,
    void* ours
) {
    const auto& offered = *static_cast<const std::string_view*>(ours);
    unsigned char* found = nullptr;
    const int result = SSL_select_next_proto(
        &found,
        chosen_bytes,
        reinterpret_cast<const unsigned char*>(offered.data()),
        static_cast<unsigned>(offered.size()),
        asked,
        asked_bytes
    );
    *chosen = found;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

class Server::State : public std::enable_shared_from_this<State> {
public:
    State(
        const asio::any_io_executor& executor,
        Settings settings,
        http::Handler& handler,
        const Clock& clock
    )
        : executor_(executor),
          settings_(std::move(settings)),
          service_(std::make_shared<Service>(executor, settings_.limits, handler, clock)),
          acceptor_(executor),
          tasks_(executor) {}

    Expected<void, ListenError> listen();
    std::uint16_t port() const { return port_; }
    std::size_t connections() const { return connections_.size(); }
    asio::awaitable<void> close(milliseconds grace);
    void stop();  // everything, now

private:
    void open(error_code& failed);
    void set_up_tls();
    // `self` keeps the state alive from before the first step on.
    asio::awaitable<void> accept(std::shared_ptr<State> self);
    asio::awaitable<void> serve(
        std::shared_ptr<State> self,
        std::shared_ptr<ServerConnection> connection
    );

    asio::any_io_executor executor_;
    Settings settings_;
    std::string_view offered_;  // in ALPN
    std::shared_ptr<Service> service_;
    tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;
    TaskGroup tasks_;
    std::set<ServerConnection*> connections_;  // each lives in its coroutine
};

// `failed`: also of an address that is none.
void Server::State::open(error_code& failed) {
    if (settings_.listening.get() >= 0) {
        acceptor_.assign(tcp::v4(), settings_.listening.release(), failed);
        return;
    }
    const auto address = asio::ip::make_address(settings_.address, failed);
    if (failed) return;
    const tcp::endpoint endpoint(address, settings_.port);
    acceptor_.open(endpoint.protocol(), failed);
    if (!failed) acceptor_.set_option(asio::socket_base::reuse_address(true), failed);
    if (!failed) acceptor_.bind(endpoint, failed);
    if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
}

Expected<void, ListenError> Server::State::listen() {
    error_code failed;
    open(failed);
    if (failed) return Failure{listen_error_of(failed.value())};
    port_ = acceptor_.local_endpoint(failed).port();
    if (settings_.certificate_for) set_up_tls();
    tasks_.spawn(accept(shared_from_this()));
    return {};
}

void Server::State::set_up_tls() {
    service_->context = detail::make_context(detail::Side::Server);
    SSL_CTX* context = service_->context.get();
    SSL_CTX_set_cert_cb(context, choose_certificate, &settings_.certificate_for);
    offered_ = settings_.protocols == Protocols::Http1 ? kHttp1Protocol : kBothProtocols;
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, &offered_);
}

asio::awaitable<void> Server::State::accept(std::shared_ptr<State> self) {
    while (!service_->closing) {
        tcp::endpoint peer;
        error_code failed;
        auto socket = co_await acceptor_.async_accept(
            peer, asio::redirect_error(asio::use_awaitable, failed)
        );
        if (service_->closing || failed == asio::error::operation_aborted) co_return;
        if (failed) {  // out of descriptors: what is under way must end first
            asio::steady_timer pause(executor_, milliseconds(100));
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, failed));
        } else if (connections_.size() < settings_.limits.connections_max) {
            auto made = std::make_shared<ServerConnection>(service_, std::move(socket), peer);
            connections_.insert(made.get());
            made->runs_in(tasks_.spawn(serve(self, made)));
        }
    }
}

// A handler that throws loses this connection, and nothing else.
asio::awaitable<void> Server::State::serve(
    std::shared_ptr<State> self,
    std::shared_ptr<ServerConnection> connection
) {
    struct Leave {
        State& server;
        ServerConnection* connection;
        ~Leave() { server.connections_.erase(connection); }
    };
    const Leave leave{*self, connection.get()};
    try {
        co_await connection->run();
    } catch (const std::exception&) {
        connection->reset();
    }
}

asio::awaitable<void> Server::State::close(milliseconds grace) {
    auto self = shared_from_this();
    service_->closing = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (ServerConnection* one : connections_) {
        one->shut_down();
    }
    co_await tasks_.wait_for(grace);
    stop();
    co_await tasks_.wait();
}

void Server::State::stop() {
    service_->closing = service_->stopped = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (ServerConnection* one : connections_) {
        one->stop();
    }
    tasks_.cancel();  // those that wait for their handler
}

ListenError listen_error_of(int number) {
    switch (number) {
        case EADDRINUSE:
            return ListenError::AddressInUse;
        case EACCES:
        case EPERM:
            return ListenError::NotAllowed;
        case EADDRNOTAVAIL:
        case EINVAL:  // no address at all
            return ListenError::BadAddress;
        default:
            return ListenError::Failed;
    }
}

Message describe(ListenError error, const std::string& address, std::uint16_t port) {
    return {message_of(error), {{"address", address}, {"port", std::to_string(port)}}};
}

Expected<std::unique_ptr<Server>, ListenError> Server::listen(
    asio::any_io_executor executor,
    Settings settings,
    http::Handler& handler,
    const Clock& clock
) {
    auto state = std::make_shared<State>(executor, std::move(settings), handler, clock);
    if (auto listening = state->listen(); !listening) return Failure{listening.error()};
    return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::~Server() {
    state_->stop();
}

std::uint16_t Server::port() const {
    return state_->port();
}

std::size_t Server::connections() const {
    return state_->connections();
}

asio::awaitable<void> Server::close(milliseconds grace) {
    auto state = state_;
    co_await state->close(grace);
}

}  // namespace kakehashi::net

#include "net/handover.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <utility>

namespace kakehashi::net {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr time_t kSecondsMax = 5;
constexpr std::size_t kControlBytes = CMSG_SPACE(kHandedSocketsMax * sizeof(int));

// One sendmsg, so that text and sockets arrive together.
bool send_all(int connection, const Handed& handed) {
    iovec piece{const_cast<char*>(handed.text.data()), handed.text.size()};
    alignas(cmsghdr) std::array<char, kControlBytes> control{};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    if (!handed.sockets.empty()) {
        std::vector<int> numbers;
        for (const Descriptor& each : handed.sockets) {
            numbers.push_back(each.get());
        }
        const std::size_t bytes = numbers.size() * sizeof(int);
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(bytes);
        cmsghdr* rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(bytes);
        std::memcpy(CMSG_DATA(rights), numbers.data(), bytes);
    }
    return ::sendmsg(connection, &message, MSG_NOSIGNAL) ==
           static_cast<ssize_t>(handed.text.size());
}

void take_rights(msghdr& message, std::vector<Descriptor>& out) {
    for (cmsghdr* each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
        if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(each) + i * sizeof(int), sizeof(int));
            out.emplace_back(number);
        }
    }
}

// nullopt: it ended, or does not fit.
std::optional<Handed> receive_all(int connection) {
    Handed out;
    out.text.resize(kHandedTextBytesMax);
    iovec piece{out.text.data(), out.text.size()};
    alignas(cmsghdr) std::array<char, kControlBytes> control{};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = ::recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (got <= 0) return std::nullopt;
    take_rights(message, out.sockets);
    if ((message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) != 0) return std::nullopt;
    out.text.resize(static_cast<std::size_t>(got));
    return out;
}

// Whether the peer's process is this person's: also seen from its own user namespace.
bool is_ours(int connection) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           peer.uid == ::geteuid();
}

}  // namespace

// --- the side that hands over ---

std::optional<HandingOver> HandingOver::connect(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return std::nullopt;
    std::copy(path.begin(), path.end(), address.sun_path);
    Descriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{kSecondsMax, 0};
    ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(connection.get(), generic, sizeof address) != 0) return std::nullopt;
    return HandingOver(std::move(connection));
}

std::optional<std::string> HandingOver::hand(const Handed& handed) {
    if (handed.text.empty() || handed.text.size() > kHandedTextBytesMax) return std::nullopt;
    if (handed.sockets.size() > kHandedSocketsMax) return std::nullopt;
    if (!send_all(connection_.get(), handed)) return std::nullopt;
    std::string answer(kHandedTextBytesMax, '\0');
    const ssize_t got = ::recv(connection_.get(), answer.data(), answer.size(), 0);
    if (got <= 0) return std::nullopt;
    answer.resize(static_cast<std::size_t>(got));
    return answer;
}

// --- the side that takes ---

struct HandedOver::Connection {
    explicit Connection(stream_protocol::socket taken) : socket(std::move(taken)) {}
    stream_protocol::socket socket;
};

HandedOver::HandedOver(std::shared_ptr<Connection> connection, Handed handed)
    : connection_(std::move(connection)), handed_(std::move(handed)) {
}

asio::awaitable<void> HandedOver::answer(std::string text) {
    auto connection = connection_;
    error_code ignored;  // whoever has gone is noticed by until_it_ends
    co_await asio::async_write(
        connection->socket, asio::buffer(text), asio::redirect_error(asio::use_awaitable, ignored)
    );
}

asio::awaitable<void> HandedOver::until_it_ends() {
    auto connection = connection_;
    std::array<char, 64> more{};
    error_code ended;
    while (!ended) {
        const auto into = asio::buffer(more);
        co_await connection->socket.async_read_some(
            into, asio::redirect_error(asio::use_awaitable, ended)
        );
    }
}

struct HandoverListener::State {
    explicit State(const asio::any_io_executor& executor) : acceptor(executor) {}
    stream_protocol::acceptor acceptor;
    std::string path;
};

HandoverListener::HandoverListener(std::unique_ptr<State> state) : state_(std::move(state)) {
}
HandoverListener::HandoverListener(HandoverListener&&) noexcept = default;
HandoverListener& HandoverListener::operator=(HandoverListener&&) noexcept = default;

HandoverListener::~HandoverListener() {
    if (state_) close();
}

Expected<HandoverListener, ListenError> HandoverListener::listen(
    const asio::any_io_executor& executor,
    const std::string& path
) {
    if (path.size() >= sizeof(sockaddr_un::sun_path)) return Failure{ListenError::BadAddress};
    auto state = std::make_unique<State>(executor);
    ::unlink(path.c_str());
    error_code failed;
    state->acceptor.open(stream_protocol(), failed);
    if (!failed) state->acceptor.bind(stream_protocol::endpoint(path), failed);
    if (!failed && ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) {
        failed.assign(errno, boost::system::system_category());
    }
    if (!failed) state->acceptor.listen(asio::socket_base::max_listen_connections, failed);
    if (failed) return Failure{listen_error_of(failed.value())};
    state->path = path;
    return HandoverListener(std::move(state));
}

asio::awaitable<std::optional<HandedOver>> HandoverListener::accept() {
    while (true) {
        error_code failed;
        auto socket =
            co_await state_->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failed)
            );
        if (failed) co_return std::nullopt;
        if (!is_ours(socket.native_handle())) continue;
        co_await socket.async_wait(
            stream_protocol::socket::wait_read, asio::redirect_error(asio::use_awaitable, failed)
        );
        if (failed) continue;
        auto handed = receive_all(socket.native_handle());
        if (!handed) continue;
        auto connection = std::make_shared<HandedOver::Connection>(std::move(socket));
        co_return HandedOver(std::move(connection), *std::move(handed));
    }
}

void HandoverListener::close() {
    error_code ignored;
    state_->acceptor.close(ignored);
    if (!state_->path.empty()) ::unlink(state_->path.c_str());
    state_->path.clear();
}

}  // namespace kakehashi::net

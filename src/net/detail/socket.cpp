#include "net/detail/socket.h"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

namespace kakehashi::net::detail {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

asio::execution_context& context_of(const asio::any_io_executor& executor) {
    return asio::query(executor, asio::execution::context);
}

int make_epoll() {
    const int made = ::epoll_create1(EPOLL_CLOEXEC);
    if (made < 0) std::abort();
    return made;
}

}  // namespace

Socket::Socket(const asio::any_io_executor& executor)
    : executor_(executor), readiness_(asio::use_service<Readiness>(context_of(executor))) {
}

void Socket::open(Descriptor descriptor) {
    descriptor_ = std::move(descriptor);
    readiness_.add(*this);
}

void Socket::close() {
    if (!is_open()) return;
    cancel();
    readiness_.remove(*this);
    descriptor_.close();
}

ssize_t Socket::receive(char* bytes, std::size_t size) {
    if (!readable_) {
        errno = EAGAIN;
        return -1;
    }
    const ssize_t got = ::recv(descriptor_.get(), bytes, size, 0);
    const bool blocks = got < 0 && errno == EAGAIN;
    // epoll(7), questions and answers, 9: less than there was room for is all that there was.
    const bool all = got > 0 && static_cast<std::size_t>(got) < size && !ended_;
    if (blocks || all) readable_ = false;
    return got;
}

ssize_t Socket::send(std::string_view bytes) {
    if (!writable_) {
        errno = EAGAIN;
        return -1;
    }
    const ssize_t sent = ::send(descriptor_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) writable_ = false;
    return sent;
}

void Socket::note(std::uint32_t events) {
    const bool ended = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    ended_ = ended_ || ended;
    readable_ = readable_ || ended || (events & EPOLLIN) != 0;
    writable_ = writable_ || (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
}

void Socket::refresh() {
    readiness_.refresh();
}

asio::awaitable<void> Socket::wait(Way way) {
    auto begin = [this, way](Waiter waiter) {
        readiness_.begin_wait(*this, way, std::move(waiter));
    };
    asio::use_awaitable_t<> token;
    return asio::async_initiate<asio::use_awaitable_t<>, void()>(std::move(begin), token);
}

Socket::Waiter Socket::take_waiter() {
    unlink();
    Waiter waiter = *std::move(waiter_);
    waiter_.reset();
    return waiter;
}

void Socket::cancel() {
    if (!waiter_) return;
    asio::post(take_waiter());
    readiness_.watch();
}

asio::execution_context::id Readiness::id;

Readiness::Readiness(asio::execution_context& owner)
    : service(owner), epoll_(static_cast<asio::io_context&>(owner), make_epoll()) {
}

void Readiness::add(Socket& socket) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &socket;
    socket.readable_ = socket.writable_ = socket.ended_ = false;
    // Without it nobody would ever be told: better to find out than to wait for the deadline.
    if (::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, socket.number(), &event) != 0) {
        socket.note(EPOLLERR);
    }
}

// Its close alone would not do: a process that is being started has the descriptor for a moment.
void Readiness::remove(const Socket& socket) {
    ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, socket.number(), nullptr);
}

void Readiness::begin_wait(Socket& socket, Socket::Way way, Socket::Waiter waiter) {
    auto slot = asio::get_associated_cancellation_slot(waiter);
    if (slot.is_connected()) {
        slot.assign([&socket](asio::cancellation_type) { socket.cancel(); });
    }
    socket.awaited_ = way;
    socket.waiter_.emplace(std::move(waiter));
    waiting_.push_back(socket);
    if (socket.ready(way)) asio::post(socket.take_waiter());
    watch();
}

// A reactor that watched for nobody would never be done.
void Readiness::watch() {
    if (telling_) return;
    if (waiting_.empty() && watched_) epoll_.cancel();
    if (waiting_.empty() || std::exchange(watched_, true)) return;
    epoll_.async_wait(epoll_.wait_read, [this](const error_code& failed) {
        watched_ = false;
        if (!failed) tell();
        watch();
    });
}

// Notes what the kernel has to say. No waiter runs here, so no socket goes.
void Readiness::look() {
    constexpr int kEventsMax = 64;  // the others are told of next time
    std::array<epoll_event, kEventsMax> events{};
    const int count = ::epoll_wait(epoll_.native_handle(), events.data(), kEventsMax, 0);
    for (int i = 0; i < count; ++i) {
        Socket& socket = *static_cast<Socket*>(events[static_cast<std::size_t>(i)].data.ptr);
        socket.note(events[static_cast<std::size_t>(i)].events);
        if (!socket.waiter_ || !socket.ready(socket.awaited_)) continue;
        socket.unlink();
        ready_.push_back(socket);
    }
}

void Readiness::tell() {
    telling_ = true;
    look();
    while (!ready_.empty()) {
        ready_.front().take_waiter()();
    }
    telling_ = false;
}

void Readiness::refresh() {
    if (telling_) return;
    look();
    while (!ready_.empty()) {
        asio::post(ready_.front().take_waiter());
    }
    watch();
}

// A waiter owns its coroutine, which owns the socket that holds the waiter: nobody else would free
// them.
void Readiness::shutdown() {
    while (!waiting_.empty()) {
        waiting_.front().take_waiter();
    }
}

}  // namespace kakehashi::net::detail

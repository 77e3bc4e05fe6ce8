#pragma once

#include "base/descriptor.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

namespace kakehashi::net::detail {

class Readiness;

// A stream socket that knows whether it can go on. It is registered once for its life,
// edge-triggered (epoll(7)), so that neither a wait nor a try in vain is a system call; Asio asks
// for each wait anew. Thread rule: one strand, one waiter at a time.
class Socket : public boost::intrusive::list_base_hook<
                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    enum class Way { Reading, Writing };

    // Runs on an io_context, which outlives this.
    explicit Socket(const boost::asio::any_io_executor& executor);
    ~Socket() { close(); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    // A non-blocking socket that is connected, or about to be: then it is not writable yet.
    void open(Descriptor descriptor);
    bool is_open() const { return descriptor_.get() >= 0; }
    void close();  // ends a wait
    int number() const { return descriptor_.get(); }
    const boost::asio::any_io_executor& executor() const { return executor_; }

    // As recv and send say it, with errno; EAGAIN from what is known, if that is enough.
    ssize_t receive(char* bytes, std::size_t size);
    ssize_t send(std::string_view bytes);

    // As of the last time that the reactor said something.
    bool ready(Way way) const { return way == Way::Reading ? readable_ : writable_; }
    // Asks the reactor, if it is not just telling.
    void refresh();
    // Until it is `ready`, or cancel() or the coroutine's own cancellation ends the wait. Never
    // returns at once.
    boost::asio::awaitable<void> wait(Way way);
    void cancel();

private:
    friend class Readiness;
    using Waiter = boost::asio::async_result<boost::asio::use_awaitable_t<>, void()>::handler_type;
    void note(std::uint32_t events);
    Waiter take_waiter();

    boost::asio::any_io_executor executor_;
    Readiness& readiness_;  // its io_context's
    Descriptor descriptor_{-1};
    bool readable_ = false, writable_ = false;
    bool ended_ = false;  // by the peer, or broken: readable for ever
    Way awaited_ = Way::Reading;
    std::optional<Waiter> waiter_;
};

// The sockets of one io_context, in an epoll of their own, which Asio's reactor watches while
// somebody waits; it tells of many sockets at a time. Waiters are in one of both lists.
class Readiness : public boost::asio::execution_context::service {
public:
    static boost::asio::execution_context::id id;

    explicit Readiness(boost::asio::execution_context& owner);
    ~Readiness() override = default;
    Readiness(const Readiness&) = delete;
    Readiness& operator=(const Readiness&) = delete;

private:
    friend class Socket;
    using Waiting = boost::intrusive::list<Socket, boost::intrusive::constant_time_size<false>>;

    void add(Socket& socket);
    void remove(const Socket& socket);
    void refresh();
    void begin_wait(Socket& socket, Socket::Way way, Socket::Waiter waiter);
    void watch();
    void look();
    void tell();
    void shutdown() override;

    boost::asio::posix::stream_descriptor epoll_;
    bool watched_ = false;
    bool telling_ = false;
    Waiting waiting_, ready_;
};

}  // namespace kakehashi::net::detail

#include "net/detail/stream.h"

#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace kakehashi::net::detail {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

void set_option(const Descriptor& socket, int level, int name, int value) {
    ::setsockopt(socket.get(), level, name, &value, sizeof value);
}

// What other uses of OpenSSL left behind; clearing an empty queue is dear.
void forget_errors() {
    if (ERR_peek_error() != 0) ERR_clear_error();
}

Descriptor make_socket(int family) {
    constexpr int kUntilProbe = 45, kBetweenProbes = 15;  // seconds
    Descriptor made(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    set_option(made, IPPROTO_TCP, TCP_NODELAY, 1);
    // An interface endpoint forgets a silent flow after 350 s; a firewall may sooner.
    set_option(made, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(made, IPPROTO_TCP, TCP_KEEPIDLE, kUntilProbe);
    set_option(made, IPPROTO_TCP, TCP_KEEPINTVL, kBetweenProbes);
    // Bytes that nobody acknowledges: the address is dead, however long its answer may take (P14).
    set_option(made, IPPROTO_TCP, TCP_USER_TIMEOUT, kUnacknowledgedMilliseconds);
    return made;
}

}  // namespace

Stream::Stream(std::shared_ptr<Deadlines> deadlines, const asio::any_io_executor& executor)
    : Entry(std::move(deadlines)), socket_(executor) {
}

Stream::Stream(std::shared_ptr<Deadlines> deadlines, asio::ip::tcp::socket accepted)
    : Stream(std::move(deadlines), accepted.get_executor()) {
    error_code ignored;
    accepted.native_non_blocking(true, ignored);
    accepted.set_option(asio::ip::tcp::no_delay(true), ignored);  // else 40 ms against delayed ACK
    socket_.open(Descriptor(accepted.release(ignored)));
}

asio::awaitable<StreamEnd> Stream::connect(asio::ip::tcp::endpoint endpoint) {
    if (stopped_ || deadline_passed()) co_return stopped_end();
    Descriptor made = make_socket(endpoint.protocol().family());
    const int number = made.get();
    const auto size = static_cast<socklen_t>(endpoint.size());
    const int begun = ::connect(number, endpoint.data(), size);
    if (begun != 0 && errno != EINPROGRESS) co_return StreamEnd::Reset;
    socket_.open(std::move(made));
    const StreamEnd end = co_await wait(Want::Write);
    if (end != StreamEnd::None) co_return end;
    int failed = 0;
    socklen_t failed_size = sizeof failed;
    ::getsockopt(number, SOL_SOCKET, SO_ERROR, &failed, &failed_size);
    co_return failed == 0 ? StreamEnd::None : StreamEnd::Reset;
}

asio::awaitable<StreamEnd> Stream::handshake(SslPtr ssl) {
    ssl_ = std::move(ssl);
    for (;;) {
        const Attempt attempt = try_handshake();
        if (attempt.want == Want::Nothing) co_return attempt.end;
        const StreamEnd end = co_await wait(attempt.want);
        if (end != StreamEnd::None) co_return end;
    }
}

asio::awaitable<StreamEnd> Stream::readable() {
    const bool pending = ssl_ && SSL_has_pending(ssl_.get()) == 1;
    return wait(pending ? Want::Nothing : Want::Read);
}

std::optional<Received> Stream::read_now(Buffer* buffer, std::size_t wanted) {
    const auto [bytes, size] = buffer->space(wanted);
    const Attempt attempt = try_read(bytes, size);
    if (attempt.want != Want::Nothing) return std::nullopt;
    buffer->add(attempt.bytes);
    return Received(attempt.bytes, attempt.end);
}

asio::awaitable<Received> Stream::read(Buffer* buffer, std::size_t wanted) {
    for (;;) {
        const auto [bytes, size] = buffer->space(wanted);
        const Attempt attempt = try_read(bytes, size);
        if (attempt.want == Want::Nothing) {
            buffer->add(attempt.bytes);
            co_return Received(attempt.bytes, attempt.end);
        }
        reading_ = buffer;
        const StreamEnd end = co_await wait(attempt.want);
        reading_ = nullptr;
        if (end != StreamEnd::None) co_return Received(0, end);
    }
}

std::optional<StreamEnd> Stream::write_now(const std::string* bytes) {
    const Attempt attempt = try_write_all(*bytes);
    if (attempt.want == Want::Nothing) return attempt.end;
    written_ = attempt.bytes;
    return std::nullopt;
}

asio::awaitable<StreamEnd> Stream::write(const std::string* bytes) {
    std::size_t written = std::exchange(written_, 0);
    for (;;) {
        const Attempt attempt = try_write_all(std::string_view(*bytes).substr(written));
        if (attempt.want == Want::Nothing) co_return attempt.end;
        written += attempt.bytes;
        const StreamEnd end = co_await wait(attempt.want);
        if (end != StreamEnd::None) co_return end;
    }
}

asio::awaitable<void> Stream::linger() {
    constexpr std::size_t kBytesMax = 1U << 20U;
    constexpr std::size_t kSpace = 16384;
    constexpr auto kLimit = std::chrono::seconds(2);
    finish_writing();
    set_deadline(monotonic_now() + kLimit);
    Buffer dropped;
    for (std::size_t read_bytes = 0; read_bytes < kBytesMax;) {
        const auto [bytes, end] = co_await read(&dropped, kSpace);
        if (end != StreamEnd::None) break;
        dropped.take(bytes);
        read_bytes += bytes;
    }
}

asio::awaitable<StreamEnd> Stream::wait(Want want) {
    if (want == Want::Nothing) co_return StreamEnd::None;
    if (stopped_ || deadline_passed()) co_return stopped_end();
    const auto way = want == Want::Read ? Socket::Way::Reading : Socket::Way::Writing;
    begin_rest();
    co_await socket_.wait(way);
    end_rest();
    co_return socket_.ready(way) ? StreamEnd::None : stopped_end();
}

// Ten thousand streams wait at a time, each for seconds, and OpenSSL alone would keep 33 KB for
// each. Between two requests of a busy connection the buffers stay: to give them back costs 2 µs.
void Stream::on_rest() {
    if (reading_ != nullptr && reading_->empty()) reading_->shrink(0);
    if (ssl_) SSL_free_buffers(ssl_.get());
}

StreamEnd Stream::stopped_end() const {
    return deadline_passed() && !stopped_ ? StreamEnd::Deadline : StreamEnd::Cancelled;
}

void Stream::stop() {
    stopped_ = true;
    cancel();
}

// OpenSSL gives out one record a call. The small ones that one system call brought go on together.
Stream::Attempt Stream::try_read_tls(char* bytes, std::size_t size) {
    if (unsaid_) return *std::exchange(unsaid_, std::nullopt);
    std::size_t all = 0;
    do {
        forget_errors();
        std::size_t got = 0;
        const int result = SSL_read_ex(ssl_.get(), bytes + all, size - all, &got);
        if (result != 1) {
            const Attempt after = after_tls(result);
            if (all == 0) return after;
            if (after.want == Want::Nothing) unsaid_ = after;  // OpenSSL need not say it twice
            return {all};
        }
        all += got;
    } while (all < size && SSL_has_pending(ssl_.get()) == 1);
    return {all};
}

Stream::Attempt Stream::try_read(char* bytes, std::size_t size) {
    if (ssl_) return try_read_tls(bytes, size);
    const auto got = socket_.receive(bytes, size);
    if (got > 0) return {static_cast<std::size_t>(got), Want::Nothing, StreamEnd::None};
    if (got == 0) return {0, Want::Nothing, StreamEnd::Eof};
    if (errno == EAGAIN || errno == EINTR) return {0, Want::Read, StreamEnd::None};
    return {0, Want::Nothing, StreamEnd::Reset};
}

Stream::Attempt Stream::try_write(std::string_view bytes) {
    if (ssl_) {
        forget_errors();
        std::size_t sent = 0;
        const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
        if (result == 1) return {sent, Want::Nothing, StreamEnd::None};
        return after_tls(result);
    }
    const auto sent = socket_.send(bytes);
    if (sent >= 0) return {static_cast<std::size_t>(sent), Want::Nothing, StreamEnd::None};
    if (errno == EAGAIN || errno == EINTR) return {0, Want::Write, StreamEnd::None};
    return {0, Want::Nothing, StreamEnd::Reset};
}

// Until all has gone, or it would have to wait.
Stream::Attempt Stream::try_write_all(std::string_view bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const Attempt attempt = try_write(bytes.substr(sent));
        sent += attempt.bytes;
        if (attempt.want != Want::Nothing || attempt.end != StreamEnd::None) {
            return {sent, attempt.want, attempt.end};
        }
    }
    return {sent};
}

Stream::Attempt Stream::try_handshake() {
    forget_errors();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return {};
    return after_tls(result);
}

Stream::Attempt Stream::after_tls(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return {0, Want::Read, StreamEnd::None};
        case SSL_ERROR_WANT_WRITE:
            return {0, Want::Write, StreamEnd::None};
        case SSL_ERROR_ZERO_RETURN:
            return {0, Want::Nothing, StreamEnd::Eof};
        case SSL_ERROR_SYSCALL:
            return {0, Want::Nothing, StreamEnd::Reset};
        default:
            break;
    }
    const bool cut = ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    return {0, Want::Nothing, cut ? StreamEnd::Reset : StreamEnd::Tls};
}

// What has come is known without asking. Only then it is looked at: it may be a late ticket.
bool Stream::is_quiet() {
    socket_.refresh();
    if (unsaid_ || !socket_.is_open()) return false;
    const bool pending = ssl_ && SSL_has_pending(ssl_.get()) == 1;
    if (!pending && !socket_.ready(Socket::Way::Reading)) return true;
    char byte = 0;
    if (ssl_) {
        forget_errors();
        std::size_t got = 0;
        const int result = SSL_peek_ex(ssl_.get(), &byte, 1, &got);
        return result != 1 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
    }
    const auto got = ::recv(socket_.number(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && errno == EAGAIN;
}

void Stream::cancel() {
    socket_.cancel();
}

void Stream::finish_writing() {
    if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) {
        forget_errors();
        SSL_shutdown(ssl_.get());
    }
    ::shutdown(socket_.number(), SHUT_WR);
}

void Stream::close() {
    if (!socket_.is_open()) return;
    finish_writing();
    socket_.close();
}

void Stream::reset() {
    const struct ::linger at_once { .l_onoff = 1, .l_linger = 0 };
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_.close();
}

std::string_view Stream::protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    if (ssl_) SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

long Stream::verify_result() const {
    return SSL_get_verify_result(ssl_.get());
}

}  // namespace kakehashi::net::detail

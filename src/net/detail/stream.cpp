#include "net/detail/stream.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace kakehashi::net::detail {

namespace asio = boost::asio;
using boost::system::error_code;

Stream::Stream(std::shared_ptr<Deadlines> deadlines, asio::ip::tcp::socket socket)
    : Entry(std::move(deadlines)), socket_(std::move(socket)) {
    error_code ignored;
    if (!socket_.is_open()) return;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);  // else 40 ms against delayed ACK
}

asio::awaitable<StreamEnd> Stream::connect(asio::ip::tcp::endpoint endpoint) {
    if (stopped_ || deadline_passed()) co_return stopped_end();
    error_code failed;
    socket_.open(endpoint.protocol(), failed);
    if (failed) co_return StreamEnd::Reset;
    socket_.non_blocking(true, failed);
    socket_.set_option(asio::ip::tcp::no_delay(true), failed);
    socket_.set_option(asio::socket_base::keep_alive(true), failed);
    // An interface endpoint forgets a silent flow after 350 s; a firewall may sooner.
    using Seconds = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
    using Interval = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
    socket_.set_option(Seconds(45), failed);
    socket_.set_option(Interval(15), failed);
    // Bytes that nobody acknowledges: the address is dead, however long its answer may take (P14).
    using Unacknowledged = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;
    socket_.set_option(Unacknowledged(kUnacknowledgedMilliseconds), failed);
    co_await socket_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, failed));
    if (!failed) co_return StreamEnd::None;
    co_return failed == asio::error::operation_aborted ? stopped_end() : StreamEnd::Reset;
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

asio::awaitable<StreamEnd> Stream::write(const std::string* bytes) {
    std::string_view left = *bytes;
    while (!left.empty()) {
        const Attempt attempt = try_write(left);
        if (attempt.end != StreamEnd::None) co_return attempt.end;
        left.remove_prefix(attempt.bytes);
        if (attempt.want == Want::Nothing) continue;
        const StreamEnd end = co_await wait(attempt.want);
        if (end != StreamEnd::None) co_return end;
    }
    co_return StreamEnd::None;
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
    const auto kind =
        want == Want::Read ? asio::socket_base::wait_read : asio::socket_base::wait_write;
    error_code failed;
    begin_rest();
    co_await socket_.async_wait(kind, asio::redirect_error(asio::use_awaitable, failed));
    end_rest();
    if (!failed) co_return StreamEnd::None;
    co_return failed == asio::error::operation_aborted ? stopped_end() : StreamEnd::Reset;
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
        ERR_clear_error();
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
    const auto got = ::recv(socket_.native_handle(), bytes, size, 0);
    if (got > 0) return {static_cast<std::size_t>(got), Want::Nothing, StreamEnd::None};
    if (got == 0) return {0, Want::Nothing, StreamEnd::Eof};
    if (errno == EAGAIN || errno == EINTR) return {0, Want::Read, StreamEnd::None};
    return {0, Want::Nothing, StreamEnd::Reset};
}

Stream::Attempt Stream::try_write(std::string_view bytes) {
    if (ssl_) {
        ERR_clear_error();
        std::size_t sent = 0;
        const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
        if (result == 1) return {sent, Want::Nothing, StreamEnd::None};
        return after_tls(result);
    }
    const auto sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) return {static_cast<std::size_t>(sent), Want::Nothing, StreamEnd::None};
    if (errno == EAGAIN || errno == EINTR) return {0, Want::Write, StreamEnd::None};
    return {0, Want::Nothing, StreamEnd::Reset};
}

Stream::Attempt Stream::try_handshake() {
    ERR_clear_error();
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

bool Stream::is_quiet() {
    char byte = 0;
    if (ssl_) {
        ERR_clear_error();
        std::size_t got = 0;
        const int result = SSL_peek_ex(ssl_.get(), &byte, 1, &got);  // also takes late tickets
        return result != 1 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ;
    }
    const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && errno == EAGAIN;
}

void Stream::cancel() {
    error_code ignored;
    socket_.cancel(ignored);
}

void Stream::finish_writing() {
    error_code ignored;
    if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
    }
    socket_.shutdown(asio::socket_base::shutdown_send, ignored);
}

void Stream::close() {
    if (!socket_.is_open()) return;
    finish_writing();
    error_code ignored;
    socket_.close(ignored);
}

void Stream::reset() {
    error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
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

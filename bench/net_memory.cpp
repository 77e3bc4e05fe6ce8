// What a TLS connection of ours weighs, server and client side together, in one process: while a
// request waits for its answer, and idle in the pool. `net_memory [CONNECTIONS]`
#include "base/text.h"
#include "net/client.h"
#include "net/clock.h"
#include "net/server.h"
#include "net/task_group.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fstream>
#include <iostream>
#include <malloc.h>
#include <unistd.h>

namespace {

using namespace kakehashi;  // NOLINT(google-build-using-namespace)
namespace asio = boost::asio;

// Answers once everybody is there.
class Gate : public http::Handler {
public:
    Gate(asio::io_context& io, std::size_t expected) : all_here_(io), expected_(expected) {
        all_here_.expires_at(net::Instant::max());
    }

    asio::awaitable<http::Response> handle(http::Incoming) override {
        if (++waiting_ == expected_) {
            report("waiting for an answer");
            all_here_.cancel();
        } else {
            boost::system::error_code opened;
            co_await all_here_.async_wait(asio::redirect_error(asio::use_awaitable, opened));
        }
        http::Response response;
        response.body = "answer";
        co_return response;
    }

    void report(const char* what) const {
        const auto grown = static_cast<double>(resident_bytes() - before_);
        std::cout << what << ": " << grown / 1024 / static_cast<double>(expected_)
                  << " KB for both ends of a connection\n";
    }

private:
    static long resident_bytes() {
        ::malloc_trim(0);
        long pages = 0;
        std::ifstream("/proc/self/statm").ignore(64, ' ') >> pages;
        return pages * ::sysconf(_SC_PAGESIZE);
    }

    asio::steady_timer all_here_;
    std::size_t expected_, waiting_ = 0;
    long before_ = resident_bytes();
};

asio::awaitable<void> ask(net::ClientPool* pool, http::Origin origin) {
    http::Request request;
    request.method = "GET";
    request.target = "/";
    constexpr auto kLimit = std::chrono::seconds(60);
    auto answer = co_await pool->exchange(origin, std::move(request), http::within(kLimit));
    if (!answer) std::cerr << "failed: " << answer.error().detail << "\n";
}

asio::awaitable<void> ask_all(
    net::ClientPool* pool,
    http::Origin origin,
    std::size_t count,
    asio::io_context* io
) {
    net::TaskGroup tasks(io->get_executor());
    for (std::size_t i = 0; i < count; ++i) {
        tasks.spawn(ask(pool, origin));
    }
    co_await tasks.wait();
    io->stop();
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t count = argc > 1 ? parse_count(argv[1]).value_or(400) : 400;
    asio::io_context io(1);
    const net::SystemClock clock;
    Gate gate(io, count);
    const auto authority = net::Authority::make(
        "bench", {clock.now() - std::chrono::hours(1), clock.now() + std::chrono::hours(1)}
    );
    auto certificate = authority.issue(
        {"127.0.0.1"}, {clock.now() - std::chrono::hours(1), clock.now() + std::chrono::hours(1)}
    );
    net::Server::Settings settings;
    settings.certificate_for = [&](std::string_view) { return std::optional(certificate); };
    auto server = net::Server::listen(io.get_executor(), settings, gate, clock);
    if (!server) return 1;
    const http::Origin origin{"https", "127.0.0.1", (*server)->port()};
    net::DnsResolver resolver(io.get_executor());
    const net::PoolLimits limits{.connections_max = count, .idle_connections_max = count};
    net::ClientPool pool(
        io.get_executor(), resolver, {{origin}, *net::Trust::from_pem(authority.pem(), ""), limits}
    );
    net::TaskGroup tasks(io.get_executor());
    tasks.spawn(ask_all(&pool, origin, count, &io));
    io.run();
    gate.report("idle");
}

// The upstream of the streaming benchmark: each answer is a stream of small events at full speed,
// each in a chunk and a TLS record of its own. `event_source PORT CA_FILE`: makes its own
// certificate and writes its issuer there.
#include "base/text.h"
#include "net/certificate.h"
#include "net/clock.h"
#include "net/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <fstream>
#include <utility>

namespace {

using namespace kakehashi;  // NOLINT(google-build-using-namespace)
namespace asio = boost::asio;

constexpr std::size_t kEvents = 2000;     // an answer; bench/proxy.py knows it
constexpr std::size_t kEventBytes = 200;  // what a delta of Bedrock weighs

class Events : public http::BodyReader {
public:
    asio::awaitable<Expected<std::string, http::NetError>> read() override {
        if (sent_ == kEvents) co_return std::string();
        ++sent_;
        co_return std::string(kEventBytes, 'e');
    }

private:
    std::size_t sent_ = 0;
};

class Silence : public http::BodyReader {
public:
    explicit Silence(asio::io_context& io) : never_(io, net::Instant::max()) {}
    asio::awaitable<Expected<std::string, http::NetError>> read() override {
        if (std::exchange(first_, false)) co_return std::string(kEventBytes, 'e');
        boost::system::error_code cancelled;
        co_await never_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        co_return Failure{http::NetError{http::NetErrorKind::Cancelled}};
    }

private:
    asio::steady_timer never_;
    bool first_ = true;
};

class Source : public http::Handler {
public:
    explicit Source(asio::io_context& io) : io_(io) {}
    asio::awaitable<http::Response> handle(http::Incoming incoming) override {
        http::Response response;
        response.headers.add("Content-Type", "application/vnd.amazon.eventstream");
        if (incoming.target == "/open") {
            response.body = std::make_unique<Silence>(io_);
        } else {
            response.body = std::make_unique<Events>();
        }
        co_return response;
    }

private:
    asio::io_context& io_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    asio::io_context io(1);
    const net::SystemClock clock;
    const net::Validity day{
        clock.now() - std::chrono::hours(1), clock.now() + std::chrono::hours(23)};
    const auto authority = net::Authority::make("bench", day);
    const auto certificate = authority.issue({"bench.test", "127.0.0.1"}, day);
    std::ofstream(argv[2]) << authority.pem();
    Source source(io);
    net::Server::Settings settings;
    settings.port = static_cast<std::uint16_t>(parse_count(argv[1]).value_or(0));
    settings.certificate_for = [&](std::string_view) { return std::optional(certificate); };
    auto server = net::Server::listen(io.get_executor(), settings, source, clock);
    if (!server) return 1;
    asio::signal_set stop(io, SIGINT, SIGTERM);
    stop.async_wait([&](auto, int) { io.stop(); });
    io.run();
}

// The plainest reverse proxy of our server and our pool, to stand beside nginx: plain in front,
// TLS behind, no audit; with `sign` each request gets a SigV4 signature on the way.
//   net_proxy PORT UPSTREAM_PORT CA_FILE [sign]
#include "aws/sigv4.h"
#include "base/text.h"
#include "net/client.h"
#include "net/clock.h"
#include "net/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <cstdint>

namespace {

using namespace kakehashi;  // NOLINT(google-build-using-namespace)
namespace asio = boost::asio;

class Proxy : public http::Handler {
public:
    Proxy(http::Transport& upstream, http::Origin origin, const Clock* signing_clock)
        : upstream_(upstream), origin_(std::move(origin)), signing_clock_(signing_clock) {}

    asio::awaitable<http::Response> handle(http::Incoming incoming) override {
        http::Request request;
        request.method = std::move(incoming.method);
        request.target = std::move(incoming.target);
        request.headers = std::move(incoming.headers);
        request.body = std::move(incoming.body);
        if (signing_clock_) sign(request);
        constexpr auto kLimit = std::chrono::seconds(60);
        auto answer =
            co_await upstream_.exchange(origin_, std::move(request), http::within(kLimit));
        if (answer) co_return *std::move(answer);
        http::Response failed;
        failed.status = 502;
        co_return failed;
    }

private:
    // As a gateway does: its own fields alone are signed, with the operator role's credentials.
    void sign(http::Request& request) {
        const std::pair<std::string_view, std::string_view> fields[] = {
            {"host", "127.0.0.1"}, {"content-type", "application/json"}};
        const aws::RequestView view{request.method, request.target, "", fields, request.body};
        auto signature = signer_.sign(view, credentials_, signing_clock_->now());
        request.headers.set("x-amz-date", std::move(signature.date));
        request.headers.set("authorization", std::move(signature.authorization));
    }

    http::Transport& upstream_;
    http::Origin origin_;
    const Clock* signing_clock_;  // null: no signature
    aws::Signer signer_{{"ap-northeast-1", "bedrock"}};
    aws::Credentials credentials_{
        "ASIAOPERATOR00000000",
        SecretString("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        {}};
};

std::uint16_t port_of(const char* text) {
    return static_cast<std::uint16_t>(parse_count(text).value_or(0));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    asio::io_context io(1);
    net::SystemClock clock;
    net::DnsResolver resolver(io.get_executor());
    auto trust = net::Trust::from_file(argv[3]);
    if (!trust) return 1;
    const http::Origin origin{"https", "127.0.0.1", port_of(argv[2])};
    const net::PoolLimits limits{
        .connections_max = 4096, .idle_connections_max = 128};  // nginx has as many
    net::ClientPool pool(io.get_executor(), resolver, {{origin}, *trust, limits});
    Proxy proxy(pool, origin, argc > 4 ? &clock : nullptr);
    net::Server::Settings settings;
    settings.port = port_of(argv[1]);
    auto server = net::Server::listen(io.get_executor(), settings, proxy, clock);
    if (!server) return 1;
    asio::signal_set stop(io, SIGINT, SIGTERM);
    stop.async_wait([&](auto, int) { io.stop(); });
    io.run();
}

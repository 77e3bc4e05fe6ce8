#pragma once

#include "http/transport.h"
#include "net/resolver.h"
#include "net/trust.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace kakehashi::net {

struct PoolLimits {
    std::size_t connections_max = 256;      // to one origin; more requests wait
    std::size_t idle_connections_max = 64;  // to one origin
    std::chrono::milliseconds idle_limit = std::chrono::seconds(60);     // an endpoint: 350 s
    std::chrono::milliseconds stagger = std::chrono::milliseconds(250);  // before the next address
    std::chrono::milliseconds bad_address_limit = std::chrono::seconds(30);  // tried last so long
};

// HTTP/1.1 to the configured origins over kept connections, TLS verified. No redirect, proxy,
// cookie or compression.
//
// P14: the addresses of a host are tried in turn, the next one at once after a failure or after
// `stagger` of silence, and the first that is ready wins; those that failed are tried last for a
// while. P21, P30: an origin that is not among `allowed` gets HostNotAllowed, before DNS.
//
// A request is sent a second time, on a fresh connection, only if a kept one failed before a byte
// of the answer came, and either not all of the request had been sent, so that nobody can have
// carried it out, or its method is idempotent (RFC 9110 §9.2.2).
//
// Host, Content-Length, Connection and Transfer-Encoding are the pool's; a request's own are left
// out. A field or target that could not be framed is never sent (Cancelled, with a detail).
// Thread rule: one strand. Bodies may outlive the pool.
class ClientPool : public http::Transport {
public:
    struct Settings {
        std::vector<http::Origin> allowed;
        std::optional<Trust> trust;  // absent: an "https" origin is TlsUntrusted
        PoolLimits limits = {};
    };
    // `resolver` outlives this.
    ClientPool(boost::asio::any_io_executor executor, Resolver& resolver, Settings settings);
    ~ClientPool() override;

    boost::asio::awaitable<Expected<http::Response, http::NetError>> exchange(
        http::Origin origin,
        http::Request request,
        http::Limits limits
    ) override;

    void close_idle();  // the reactor has nothing left to do for this pool
    std::size_t idle_connections() const;

private:
    class State;
    std::shared_ptr<State> state_;  // shared with bodies that are still read
};

}  // namespace kakehashi::net

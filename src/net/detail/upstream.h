#pragma once

#include "http/net_error.h"
#include "http/transport.h"
#include "net/clock.h"
#include "net/detail/tls.h"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <map>
#include <memory>
#include <string>

namespace kakehashi::net::detail {

std::string authority_of(const http::Origin& origin);  // "host:443", "[::1]:80"

// All that is known of one origin. Shared by the pool, its connections and their bodies.
// Thread rule: one strand.
struct Upstream {
    explicit Upstream(http::Origin of);

    bool is(const http::Origin& other) const;
    http::NetError failure(http::NetErrorKind kind, std::string detail = {}) const;
    void wake_one();

    http::Origin origin;
    std::string name, host_field;                    // authority; the same as Host says it
    std::size_t open = 0;                            // connections: idle and coming ones too
    std::deque<boost::asio::steady_timer*> waiting;  // for one; each lives in its coroutine
    std::map<std::string, Instant> bad_until;        // addresses
    SessionPtr session;                              // for a shorter next handshake
};

// One of the connections that an origin may have.
class Slot {
public:
    explicit Slot(std::shared_ptr<Upstream> of) : upstream_(std::move(of)) { ++upstream_->open; }
    ~Slot() {
        --upstream_->open;
        upstream_->wake_one();
    }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

private:
    std::shared_ptr<Upstream> upstream_;
};

}  // namespace kakehashi::net::detail

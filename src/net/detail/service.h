#pragma once

#include "http/handler.h"
#include "net/detail/deadlines.h"
#include "net/detail/tls.h"
#include "net/server.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace kakehashi::net::detail {

// Second by second; formatting a date for every response would be seen.
class DateField {
public:
    explicit DateField(const Clock& clock) : clock_(clock) {}
    std::string_view text();
    const Clock& clock() const { return clock_; }

private:
    const Clock& clock_;  // outlives the server
    std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds> second_{};
    std::string text_;
};

// What a server's connections share.
struct Service {
    Service(
        const boost::asio::any_io_executor& executor,
        const ServerLimits& within,
        http::Handler& served_by,
        const Clock& clock
    )
        : limits(within),
          handler(served_by),
          date(clock),
          deadlines(std::make_shared<Deadlines>(executor)) {}

    ServerLimits limits;
    http::Handler& handler;  // outlives the server; perhaps gone once `stopped`
    DateField date;
    ContextPtr context;  // none: without TLS
    std::shared_ptr<Deadlines> deadlines;
    std::size_t bodies_bytes = 0;  // of requests that arrive or are handled
    bool closing = false;          // no further request
    bool stopped = false;
};

// What one connection has of the bytes that all bodies together may take.
class HeldBytes {
public:
    explicit HeldBytes(Service* service) : service_(service) {}
    HeldBytes(const HeldBytes&) = delete;
    HeldBytes& operator=(const HeldBytes&) = delete;
    ~HeldBytes() { give_back(); }

    bool take(std::size_t bytes);   // more; false: there is no room, and they are not taken
    bool holds(std::size_t bytes);  // these in all; false: there was no room, something must go
    void give_back();

private:
    Service* service_;  // outlives this
    std::size_t held_ = 0;
};

}  // namespace kakehashi::net::detail

#pragma once

#include "base/expected.h"
#include "base/time.h"
#include "http/message.h"
#include "http/net_error.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace kakehashi::http {

// A place of the configuration to which requests go. Never made from a request, an answer or a
// model's words (P21).
struct Origin {
    std::string scheme;  // "https", or "http" for IMDS and ECS alone
    std::string host;
    std::uint16_t port = 443;
};

// How long one exchange may take, from its beginning. A body that drips ends too.
struct Limits {
    std::chrono::milliseconds head;   // DNS, connection, TLS, sending, and the head of the answer
    std::chrono::milliseconds idle;   // each wait for a piece of the body
    std::chrono::milliseconds whole;  // to the last byte of the body
};
constexpr Limits within(std::chrono::milliseconds limit) {
    return {limit, limit, limit};
}

// The outside world of a client. `net` pools connections behind it; tests answer from a script.
// Thread rule: one strand.
class Transport {
public:
    virtual ~Transport() = default;
    // Sends one request and returns when the head of the answer is there. The body's reader says
    // Timeout when one of `limits` has passed. A 4xx or 5xx answer is a Response, not an error.
    // Never retries what may have arrived.
    virtual boost::asio::awaitable<Expected<Response, NetError>> exchange(
        Origin origin,
        Request request,
        Limits limits
    ) = 0;
};

class Timer {
public:
    virtual ~Timer() = default;
    // Returns at the end, or early when the caller is cancelled.
    virtual boost::asio::awaitable<void> sleep_for(std::chrono::milliseconds duration) = 0;
};

}  // namespace kakehashi::http

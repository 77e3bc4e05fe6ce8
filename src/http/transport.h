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

// The outside world of a client. `net` pools connections behind it; tests answer from a script.
// Thread rule: one strand.
class Transport {
public:
    virtual ~Transport() = default;
    // Sends one request and returns when the head of the answer is there. `limit` bounds DNS,
    // connection, TLS, sending and the head; `idle_limit` each wait for a piece of the body.
    // A 4xx or 5xx answer is a Response, not an error. Never retries what may have arrived.
    virtual boost::asio::awaitable<Expected<Response, NetError>> exchange(
        Origin origin,
        Request request,
        std::chrono::milliseconds limit,
        std::chrono::milliseconds idle_limit
    ) = 0;
};

class Timer {
public:
    virtual ~Timer() = default;
    // Returns at the end, or early when the caller is cancelled.
    virtual boost::asio::awaitable<void> sleep_for(std::chrono::milliseconds duration) = 0;
};

}  // namespace kakehashi::http

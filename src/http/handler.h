#pragma once

#include "http/message.h"

#include <boost/asio/awaitable.hpp>

namespace kakehashi::http {

// The server side of a service. `net::Server` calls it once a framed request, many at a time.
class Handler {
public:
    virtual ~Handler() = default;
    // The server adds Date, Content-Length or chunking, and Connection. A thrown exception costs
    // that connection alone. Thread rule: one strand.
    virtual boost::asio::awaitable<Response> handle(Incoming request) = 0;
};

}  // namespace kakehashi::http

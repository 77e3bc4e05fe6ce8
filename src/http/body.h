#pragma once

#include "base/expected.h"
#include "http/net_error.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <variant>

namespace kakehashi::http {

// A body that arrives in pieces. Thread rule: one strand, one read at a time.
class BodyReader {
public:
    virtual ~BodyReader() = default;
    // The next piece as it arrives; "" at the end, and only after the framing said that it is the
    // end. A connection that closes early is NetErrorKind::Truncated, never an end. When a server
    // sends the body and this fails, the connection is torn down so that the client sees it.
    virtual boost::asio::awaitable<Expected<std::string, NetError>> read() = 0;
};

// A whole body, or one that is still coming.
using Body = std::variant<std::string, std::unique_ptr<BodyReader>>;

// Reads to the end. Errors: what the reader says; TooLarge beyond `bytes_max`.
boost::asio::awaitable<Expected<std::string, NetError>> read_all(Body body, std::size_t bytes_max);

}  // namespace kakehashi::http

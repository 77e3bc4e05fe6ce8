#pragma once

#include "net/detail/client_connection.h"

#include <functional>
#include <optional>

namespace kakehashi::net::detail {

// Hands its connection to `keep` after the last byte; destroyed before, it closes it.
class PooledBody : public http::BodyReader {
public:
    using Keep = std::function<void(ClientConnectionPtr)>;
    PooledBody(
        ClientConnectionPtr connection,
        std::chrono::milliseconds idle_limit,  // for each wait
        Keep keep
    )
        : connection_(std::move(connection)), idle_limit_(idle_limit), keep_(std::move(keep)) {}

    boost::asio::awaitable<Expected<std::string, http::NetError>> read() override;

private:
    ClientConnectionPtr connection_;  // none after the end
    std::chrono::milliseconds idle_limit_;
    Keep keep_;
    std::optional<http::NetError> failed_;
};

}  // namespace kakehashi::net::detail

#pragma once

#include "net/detail/client_connection.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>

namespace kakehashi::net::detail {

// A body ends when nothing came for `idle_limit`, and at `whole` even if something always came: a
// byte now and then would otherwise hold its reader for ever.
struct BodyDeadline {
    std::chrono::milliseconds idle_limit;
    Instant whole;
    Instant of_piece(Instant now) const { return std::min(now + idle_limit, whole); }
};

// Hands its connection to `keep` after the last byte; destroyed before, it closes it.
class PooledBody : public http::BodyReader {
public:
    using Keep = std::function<void(ClientConnectionPtr)>;
    PooledBody(ClientConnectionPtr connection, BodyDeadline deadline, Keep keep)
        : connection_(std::move(connection)), deadline_(deadline), keep_(std::move(keep)) {}

    boost::asio::awaitable<Expected<std::string, http::NetError>> read() override;

private:
    void fail(http::NetError error);

    ClientConnectionPtr connection_;  // none after the end
    BodyDeadline deadline_;
    Keep keep_;
    std::optional<http::NetError> failed_;
};

}  // namespace kakehashi::net::detail

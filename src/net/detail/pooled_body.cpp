#include "net/detail/pooled_body.h"

namespace kakehashi::net::detail {

boost::asio::awaitable<Expected<std::string, http::NetError>> PooledBody::read() {
    if (failed_) co_return Failure{*failed_};
    if (!connection_) co_return std::string();
    connection_->set_deadline(monotonic_now() + idle_limit_);
    auto piece = co_await connection_->read_body();
    if (!piece) {
        failed_ = piece.error();
        connection_.reset();
    } else if (connection_->ended()) {
        keep_(std::move(connection_));
    }
    co_return piece;
}

}  // namespace kakehashi::net::detail

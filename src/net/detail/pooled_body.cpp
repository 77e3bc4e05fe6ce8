#include "net/detail/pooled_body.h"

namespace kakehashi::net::detail {

void PooledBody::fail(http::NetError error) {
    failed_ = std::move(error);
    connection_.reset();
}

boost::asio::awaitable<Expected<std::string, http::NetError>> PooledBody::read() {
    if (failed_) co_return Failure{*failed_};
    if (!connection_) co_return std::string();
    const Instant now = monotonic_now();
    if (now >= deadline_.whole) {  // also of a body that never makes us wait
        fail(connection_->upstream()->failure(http::NetErrorKind::Timeout));
        co_return Failure{*failed_};
    }
    connection_->set_deadline(deadline_.of_piece(now));
    auto piece = co_await connection_->read_body();
    if (!piece) {
        fail(piece.error());
    } else if (connection_->ended()) {
        keep_(std::move(connection_));
    }
    co_return piece;
}

}  // namespace kakehashi::net::detail

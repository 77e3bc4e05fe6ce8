#include "session/driver.h"

namespace kakehashi::session {

boost::asio::awaitable<ExchangeResult> perform(http::Transport* transport, Exchange exchange) {
    auto response = co_await transport->exchange(
        std::move(exchange.origin), std::move(exchange.request), exchange.limits
    );
    if (!response) co_return Failure{std::move(response).error()};
    Answer answer{response->status, std::move(response->headers), std::move(response->body)};
    if (exchange.reading == Reading::Streamed && answer.status == 200) co_return answer;
    auto body = co_await http::read_all(std::move(answer.body), exchange.body_bytes_max);
    if (!body) co_return Failure{std::move(body).error()};
    answer.body = *std::move(body);
    co_return answer;
}

}  // namespace kakehashi::session

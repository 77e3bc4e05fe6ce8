#pragma once

#include "session/exchange.h"

#include <boost/asio/awaitable.hpp>

#include <utility>

namespace kakehashi::session {

// The outside world of this module. Each outlives whatever holds this.
struct Outside {
    http::Transport* transport;
    http::Timer* timer;
    const Clock* clock;
};

// One exchange: sends, and reads the body as the Exchange says. Borrows `transport` until done.
boost::asio::awaitable<ExchangeResult> perform(http::Transport* transport, Exchange exchange);

// Runs a machine to its result.
template <class Machine>
boost::asio::awaitable<typename Machine::Result> drive(Outside outside, Machine machine) {
    auto step = machine.begin(outside.clock->now());
    for (;;) {
        if (auto* exchange = std::get_if<Exchange>(&step)) {
            auto result = co_await perform(outside.transport, std::move(*exchange));
            step = machine.answered(std::move(result), outside.clock->now());
        } else if (auto* pause = std::get_if<Pause>(&step)) {
            co_await outside.timer->sleep_for(pause->duration);
            step = machine.elapsed(outside.clock->now());
        } else {
            co_return std::get<typename Machine::Result>(std::move(step));
        }
    }
}

}  // namespace kakehashi::session

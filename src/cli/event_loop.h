#pragma once

#include "cli/exit.h"

#include <boost/asio/awaitable.hpp>

#include <exception>

namespace boost::asio {
class io_context;
}

namespace kakehashi::cli {

// What SIGINT and SIGTERM do to a command: end what it awaits, so that the result is Interrupted
// unless it returns one of its own; or nothing, because it waits for them itself.
enum class OnSignal { Cancel, LeaveToCommand };

// Runs a command's coroutine to its end on this thread. Rethrows what it throws, but for its
// cancellation. What it started and did not await is dropped.
Exit run_until_done(
    boost::asio::io_context& io,
    boost::asio::awaitable<Exit> command,
    OnSignal on_signal
);

}  // namespace kakehashi::cli

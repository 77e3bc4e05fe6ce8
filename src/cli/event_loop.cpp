#include "cli/event_loop.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>

#include <csignal>
#include <optional>
#include <utility>

namespace kakehashi::cli {
namespace asio = boost::asio;
namespace {

asio::awaitable<void> keep(asio::awaitable<Exit> command, std::optional<Exit>* result) {
    *result = co_await std::move(command);
}

bool is_cancellation(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

}  // namespace

Exit run_until_done(asio::io_context& io, asio::awaitable<Exit> command, OnSignal on_signal) {
    std::optional<Exit> result;
    std::exception_ptr thrown;
    asio::cancellation_signal cancel;
    asio::signal_set signals(io);
    if (on_signal == OnSignal::Cancel) {
        signals.add(SIGINT);
        signals.add(SIGTERM);
        signals.async_wait([&](const boost::system::error_code& failed, int) {
            if (!failed) cancel.emit(asio::cancellation_type::terminal);
        });
    }
    auto ended = [&](std::exception_ptr what) {
        thrown = std::move(what);
        io.stop();
    };
    asio::co_spawn(
        io,
        keep(std::move(command), &result),
        asio::bind_cancellation_slot(cancel.slot(), std::move(ended))
    );
    io.run();
    if (thrown && !is_cancellation(thrown)) std::rethrow_exception(thrown);
    return result.value_or(Exit::Interrupted);
}

}  // namespace kakehashi::cli

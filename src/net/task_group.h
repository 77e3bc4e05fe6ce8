#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>

namespace kakehashi::net {

// Tasks that someone waits for: what a server or a command starts, it also ends.
// A task that throws ends alone; the exception was its own, and the others go on.
// Thread rule: one strand.
class TaskGroup {
public:
    explicit TaskGroup(boost::asio::any_io_executor executor);

    void spawn(boost::asio::awaitable<void> task);
    std::size_t running() const;
    // Asks every task to end: what it awaits throws operation_aborted.
    void cancel();
    // Returns when no task runs any more, at the latest after `limit`.
    boost::asio::awaitable<void> wait_for(std::chrono::milliseconds limit);
    boost::asio::awaitable<void> wait();

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with each task's completion
};

}  // namespace kakehashi::net

#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>

namespace kakehashi::net {

// Tasks that someone waits for: what a server or a command starts, it also ends.
// A task that throws ends alone; the exception was its own, and the others go on.
// Thread rule: one strand.
class TaskGroup {
    struct Running;

public:
    // One of the tasks. May outlive it, and the group.
    class Task {
    public:
        Task() = default;
        // Asks it to end: what it awaits throws operation_aborted.
        void cancel();

    private:
        friend class TaskGroup;
        explicit Task(std::weak_ptr<Running> running) : running_(std::move(running)) {}
        std::weak_ptr<Running> running_;
    };

    explicit TaskGroup(boost::asio::any_io_executor executor);

    Task spawn(boost::asio::awaitable<void> task);
    std::size_t running() const;
    void cancel();  // every task
    // Returns when no task runs any more, at the latest after `limit`.
    boost::asio::awaitable<void> wait_for(std::chrono::milliseconds limit);
    boost::asio::awaitable<void> wait();

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with each task's completion
};

}  // namespace kakehashi::net

#include "net/task_group.h"

#include "net/clock.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>

namespace kakehashi::net {

namespace asio = boost::asio;

struct TaskGroup::Running {
    void cancel() {
        cancelled = true;
        signal.emit(asio::cancellation_type::terminal);
    }
    asio::cancellation_signal signal;
    bool cancelled = false;
};

struct TaskGroup::State {
    explicit State(const asio::any_io_executor& on) : executor(on), empty(on) {}
    asio::any_io_executor executor;
    asio::steady_timer empty;  // cancelled when the last task ends
    std::list<std::shared_ptr<Running>> running;
};

TaskGroup::TaskGroup(asio::any_io_executor executor) : state_(std::make_shared<State>(executor)) {
}

TaskGroup::Task TaskGroup::spawn(asio::awaitable<void> task) {
    auto running = std::make_shared<Running>();
    const auto own = state_->running.insert(state_->running.end(), running);
    auto ended = [state = state_, own](const std::exception_ptr&) {
        // Asio posts a cancellation that points into the signal: it may still be under way.
        if ((*own)->cancelled) asio::post(state->executor, [kept = std::move(*own)] {});
        state->running.erase(own);
        if (state->running.empty()) state->empty.cancel();
    };
    asio::co_spawn(
        state_->executor,
        std::move(task),
        asio::bind_cancellation_slot(running->signal.slot(), std::move(ended))
    );
    return Task(running);
}

void TaskGroup::Task::cancel() {
    if (const auto running = running_.lock()) running->cancel();
}

std::size_t TaskGroup::running() const {
    return state_->running.size();
}

// A task's end is never run from here, so the list stays as it is.
void TaskGroup::cancel() {
    for (const auto& running : state_->running) {
        running->cancel();
    }
}

asio::awaitable<void> TaskGroup::wait_for(std::chrono::milliseconds limit) {
    auto state = state_;
    const Instant end = monotonic_now() + limit;
    while (!state->running.empty() && monotonic_now() < end) {
        state->empty.expires_at(end);
        boost::system::error_code woken;
        co_await state->empty.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
}

asio::awaitable<void> TaskGroup::wait() {
    while (!state_->running.empty()) {
        co_await wait_for(std::chrono::hours(1));
    }
}

}  // namespace kakehashi::net

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

struct TaskGroup::State {
    explicit State(const asio::any_io_executor& on) : executor(on), empty(on) {}
    asio::any_io_executor executor;
    asio::steady_timer empty;  // cancelled when the last task ends
    std::list<std::shared_ptr<asio::cancellation_signal>> running;
    bool cancelled = false;
};

TaskGroup::TaskGroup(asio::any_io_executor executor) : state_(std::make_shared<State>(executor)) {
}

void TaskGroup::spawn(asio::awaitable<void> task) {
    auto signal = std::make_shared<asio::cancellation_signal>();
    const auto own = state_->running.insert(state_->running.end(), signal);
    auto ended = [state = state_, own](const std::exception_ptr&) {
        // Asio posts a cancellation that points into the signal: it may still be under way.
        if (state->cancelled) asio::post(state->executor, [signal = std::move(*own)] {});
        state->running.erase(own);
        if (state->running.empty()) state->empty.cancel();
    };
    asio::co_spawn(
        state_->executor,
        std::move(task),
        asio::bind_cancellation_slot(signal->slot(), std::move(ended))
    );
}

std::size_t TaskGroup::running() const {
    return state_->running.size();
}

// A task's end is never run from here, so the list stays as it is.
void TaskGroup::cancel() {
    state_->cancelled = true;
    for (const auto& signal : state_->running) {
        signal->emit(asio::cancellation_type::terminal);
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

#include "session/crossing.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace kakehashi::session {

using boost::asio::awaitable;
namespace asio = boost::asio;

namespace {

// Long-term keys cannot be here: what AssumeRole gives expires, and so does a profile's role.
constexpr std::chrono::hours kWithoutExpiration{1};
constexpr std::chrono::milliseconds kLookAgain{250};  // while another task makes the call

}  // namespace

// Wakes those who wait for the call that is under way. A timer that never ends is Asio's own way.
class Crossing::Signal {
public:
    awaitable<void> wait() {
        auto executor = co_await asio::this_coro::executor;
        if (!timer_) timer_.emplace(executor, asio::steady_timer::time_point::max());
        boost::system::error_code woken;
        co_await timer_->async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    void wake() {
        if (timer_) timer_->cancel();
    }

private:
    std::optional<asio::steady_timer> timer_;
};

std::string_view code(const CrossingError& error) {
    if (const auto* provider = std::get_if<ProviderError>(&error.why)) {
        return provider->kind == ProviderError::Kind::NoneConfigured ? "no_credentials"
                                                                     : "credentials_unavailable";
    }
    using Kind = AssumeRoleError::Kind;
    const auto& failed = std::get<AssumeRoleError>(error.why);
    if (failed.kind == Kind::Denied) return "assume_role_denied";
    return is_passing(failed) ? "credentials_unavailable" : "assume_role_refused";
}

Message describe(const CrossingError& error) {
    return std::visit([](const auto& why) { return describe(why); }, error.why);
}

const aws::Remote* remote_of(const CrossingError& error) {
    return std::visit(
        [](const auto& why) { return why.remote ? &*why.remote : nullptr; }, error.why
    );
}

Crossing::Crossing(Settings settings, ProviderChain& chain, CallState& sts, Outside outside)
    : settings_(std::move(settings)),
      chain_(&chain),
      sts_(&sts),
      outside_(outside),
      refresh_(settings_.refresh),
      answered_(std::make_unique<Signal>()) {
}

Crossing::~Crossing() = default;

TimePoint Crossing::now() const {
    return sts_->clock.corrected(outside_.clock->now());
}

awaitable<Crossing::Result> Crossing::credentials() {
    for (;;) {
        switch (refresh_.next(now())) {
            case CredentialRefresh::Action::Use:
                co_return *in_hand_;
            case CredentialRefresh::Action::Fail:
                co_return Failure{*last_error_};
            case CredentialRefresh::Action::Wait:
                co_await answered_->wait();
                break;
            case CredentialRefresh::Action::Ask:
                auto answer = co_await ask();
                co_return answer;
        }
    }
}

awaitable<void> Crossing::keep_fresh() {
    for (;;) {
        const auto at = refresh_.refresh_at();
        if (refresh_.begin_refresh(now())) {
            [[maybe_unused]] const auto result = co_await ask();  // kept as last_error_
            continue;
        }
        const auto left = at == TimePoint::max()
                              ? kLookAgain
                              : std::chrono::ceil<std::chrono::milliseconds>(at - now());
        co_await outside_.timer->sleep_for(std::max(left, std::chrono::milliseconds(1)));
    }
}

void Crossing::forget(std::string_view access_key_id) {
    if (in_hand_ && in_hand_->credentials.access_key_id == access_key_id) forget();
}

// Requires: refresh_ said that the caller makes the call. However this ends, those who wait go on;
// when it is cancelled, one of them makes the call.
awaitable<Crossing::Result> Crossing::ask() {
    struct Release {
        Crossing* crossing = nullptr;
        bool done = false;
        ~Release() {
            if (!done) crossing->refresh_.abandoned();
            crossing->answered_->wake();
        }
    } release{this};
    auto result = co_await cross();
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (!result && cancellation.cancelled() != asio::cancellation_type::none) co_return result;
    release.done = true;
    if (result) {
        in_hand_ = *result;
        last_error_.reset();
        refresh_.answered(now(), in_hand_->expiration.value_or(now() + kWithoutExpiration));
        if (refresh_.usable(now())) co_return result;
        // New ones that seem over already: to ask again at once would bring the same.
        result = Failure{CrossingError{
            AssumeRoleError{AssumeRoleError::Kind::Clock, settings_.request.role_arn}}};
    }
    last_error_ = result.error();
    refresh_.failed(now());
    co_return result;
}

// A profile that already leads to the operator role is used as it is; its role_arn says so.
awaitable<Crossing::Result> Crossing::cross() {
    auto caller = co_await chain_->fetch();
    if (!caller) co_return Failure{CrossingError{std::move(caller).error()}};
    if (caller->role_arn == settings_.request.role_arn) co_return *std::move(caller);
    AssumeRole::Target target{settings_.sts, settings_.request, kAskLimit};
    AssumeRole machine(std::move(target), *std::move(caller), *sts_);
    auto result = co_await drive(outside_, std::move(machine));
    if (!result) co_return Failure{CrossingError{std::move(result).error()}};
    co_return *std::move(result);
}

}  // namespace kakehashi::session

#include "session/signed_call.h"

#include "session/endpoint.h"

#include <algorithm>
#include <vector>

namespace kakehashi::session {

using std::chrono::milliseconds;

bool cannot_have_executed(http::NetErrorKind kind) {
    using Kind = http::NetErrorKind;
    return kind == Kind::DnsFailed || kind == Kind::ConnectTimeout ||
           kind == Kind::ConnectRefused || kind == Kind::Closed;
}

Exchange SignedCall::attempt(const aws::Credentials& credentials, TimePoint now) {
    http::Request request = call_.request;
    signed_with_ = state_->clock.offset();
    const std::string host = host_header(call_.origin);
    std::vector<std::pair<std::string_view, std::string_view>> headers = {{"Host", host}};
    for (const auto& [name, value] : call_.request.headers.fields()) {
        headers.emplace_back(name, value);
    }
    const std::string_view target = request.target;
    const auto mark = std::min(target.find('?'), target.size());
    const auto query = target.substr(std::min(mark + 1, target.size()));
    auto signature = state_->signer.sign(
        {request.method, target.substr(0, mark), query, headers, request.body},
        credentials,
        state_->clock.corrected(now)
    );
    request.headers.add("X-Amz-Date", std::move(signature.date));
    if (!credentials.session_token.empty()) {
        request.headers.add("X-Amz-Security-Token", credentials.session_token.reveal());
    }
    request.headers.add("Authorization", std::move(signature.authorization));
    auto left = std::chrono::ceil<milliseconds>(deadline_ - now);
    left = std::clamp(left, milliseconds(1), call_.limits.head);
    const auto& all = call_.limits;
    return {
        call_.origin,
        std::move(request),
        {left, all.idle, left + (all.whole - all.head)},
        call_.body_bytes_max,
        call_.reading};
}

std::optional<Pause> SignedCall::pause(
    RetryReason reason,
    std::optional<milliseconds> retry_after,
    TimePoint now
) {
    const auto wait = retry_.next(reason, retry_after);
    if (!wait || now + *wait >= deadline_) return std::nullopt;
    return Pause{*wait};
}

std::optional<Pause> SignedCall::again(const http::NetError& error, TimePoint now) {
    if (!cannot_have_executed(error.kind)) return std::nullopt;
    return pause(RetryReason::Transient, std::nullopt, now);
}

std::optional<Pause> SignedCall::again(
    const aws::Remote& error,
    const Answer& answer,
    TimePoint now
) {
    const auto kind = aws::classify(state_->service, error);
    const auto date = answer.header("date");
    if (!clock_corrected_ && state_->clock.learn(kind, date, now, signed_with_)) {
        clock_corrected_ = true;  // once, and without quota: the service is healthy
        return Pause{milliseconds(0)};
    }
    if (kind != aws::ErrorClass::Throttling && kind != aws::ErrorClass::Transient) {
        return std::nullopt;
    }
    const auto reason =
        kind == aws::ErrorClass::Throttling ? RetryReason::Throttled : RetryReason::Transient;
    return pause(reason, parse_retry_after(answer.header("x-amz-retry-after")), now);
}

}  // namespace kakehashi::session

#pragma once

#include "aws/service_error.h"
#include "aws/sigv4.h"
#include "base/outside.h"
#include "session/clock_offset.h"
#include "session/exchange.h"
#include "session/provider.h"
#include "session/retry.h"

#include <chrono>
#include <optional>
#include <string>

namespace kakehashi::session {

// What all calls of a process to one service share. Thread rule: one strand.
struct CallState {
    CallState(aws::Service of, aws::SigningScope scope, Random& chance)
        : service(of), signer(std::move(scope)), random(&chance) {}

    aws::Service service;
    aws::Signer signer;
    Random* random;  // outlives this
    RetryQuota quota = {};
    ClockOffset clock = {};
};

// What to call, and how long it may take with all its attempts.
struct Call {
    http::Origin origin;
    http::Request request;  // unsigned, without Host
    http::Limits limits = {};
    std::size_t body_bytes_max = 0;
    Reading reading = Reading::Whole;
};

// One call signed with SigV4: its attempts, corrected clock and pauses (P09, P15). The machine that
// owns it reads the answers. Pure. Thread rule: one strand.
class SignedCall {
public:
    SignedCall(Call call, CallState& state)
        : call_(std::move(call)), state_(&state), retry_(state.quota, *state.random) {}

    void start(TimePoint now) { deadline_ = now + call_.limits.head; }
    Exchange attempt(const aws::Credentials& credentials, TimePoint now);

    // How long to wait before another attempt; nullopt: none.
    std::optional<Pause> again(const http::NetError& error, TimePoint now);
    std::optional<Pause> again(const aws::Remote& error, const Answer& answer, TimePoint now);
    void succeeded() { retry_.succeeded(); }

private:
    std::optional<Pause> pause(
        RetryReason reason,
        std::optional<std::chrono::milliseconds> retry_after,
        TimePoint now
    );

    Call call_;
    CallState* state_;  // outlives this
    Retry retry_;
    TimePoint deadline_{};
    std::chrono::seconds signed_with_{0};  // the clock's offset at the last attempt
    bool clock_corrected_ = false;
};

// Whether nothing of the request can have been carried out.
bool cannot_have_executed(http::NetErrorKind kind);

}  // namespace kakehashi::session

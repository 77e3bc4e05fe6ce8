#pragma once

#include "session/provider_chain.h"
#include "session/refresh.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace kakehashi::session {

// Why there are no operator credentials. `code()` is what JSON errors carry.
struct CrossingError {
    std::variant<ProviderError, AssumeRoleError> why;
};
std::string_view code(const CrossingError& error
);  // "credentials_unavailable", "assume_role_denied", …
Message describe(const CrossingError& error);
const aws::Remote* remote_of(const CrossingError& error);  // nullptr: nobody said anything

// Caller role → STS → operator role. The caller's credentials are never given out: without the
// operator's there is an error. Only a profile whose last role_arn is the operator's counts as
// being there already; of keys in the environment nothing says whose they are, so they are the
// caller's. Keeps what it got until it is refreshed (P07, P08). Requires the chain, the state and
// the outside to outlive it. Thread rule: one strand, any number of callers.
class Crossing {
public:
    using Result = Expected<SessionCredentials, CrossingError>;

    struct Settings {
        http::Origin sts;
        aws::AssumeRoleRequest request;  // the operator role, ExternalId, session name, duration
        RefreshPolicy refresh = {};
    };
    Crossing(Settings settings, ProviderChain& chain, CallState& sts, Outside outside);
    ~Crossing();
    Crossing(const Crossing&) = delete;
    Crossing& operator=(const Crossing&) = delete;

    // What is in hand, or the answer of the one call that is under way, or at once an error.
    boost::asio::awaitable<Result> credentials();

    // Refreshes ahead of need, for a process that stays. Runs until it is cancelled.
    boost::asio::awaitable<void> keep_fresh();

    // Bedrock said that they are over: the next caller asks STS again. With `access_key_id` only if
    // they are still in hand: of many requests that are refused at once, one leads to a call (P08).
    void forget() { refresh_.forget(); }
    void forget(std::string_view access_key_id);

private:
    class Signal;
    boost::asio::awaitable<Result> ask();
    boost::asio::awaitable<Result> cross();
    TimePoint now() const;  // as AWS has it: expiry is in AWS's time

    Settings settings_;
    ProviderChain* chain_;
    CallState* sts_;
    Outside outside_;
    CredentialRefresh refresh_;
    std::optional<SessionCredentials> in_hand_;
    std::optional<CrossingError> last_error_;
    std::unique_ptr<Signal> answered_;
};

}  // namespace kakehashi::session

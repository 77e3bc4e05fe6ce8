#pragma once

#include "aws/residency.h"
#include "base/json.h"
#include "session/converse_stream.h"
#include "session/crossing.h"
#include "session/signed_call.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace kakehashi::session {

inline constexpr std::size_t kConverseBytesMax = 20U << 20U;

// One signed Converse or ConverseStream with its retries: a machine of exchange.h.
class ConverseCall {
public:
    using Result = Expected<Answer, ConverseError>;  // status 200

    ConverseCall(Call call, std::string model_id, aws::Credentials credentials, CallState& state);
    Step<Result> begin(TimePoint now);
    Step<Result> answered(ExchangeResult result, TimePoint now);
    Step<Result> elapsed(TimePoint now);

private:
    std::string model_id_;
    aws::Credentials credentials_;
    SignedCall call_;
};

// Bedrock Runtime, with the operator role's credentials alone. Takes models that the guard let pass
// (P30) and nothing else. Requires the crossing, the state and the outside to outlive it. Thread
// rule: one strand, any number of calls at a time.
class BedrockClient {
public:
    struct Settings {
        http::Origin origin;
        std::string region;                        // of `origin`, as the guard was told
        std::chrono::milliseconds limit{600'000};  // to the head: a long answer is slow
        std::chrono::milliseconds idle_limit{120'000};
        // To the end of a stream. Bedrock gives Claude an hour. Source: Bedrock User Guide,
        // "Anthropic Claude Messages API", time-outs.
        std::chrono::milliseconds stream_limit{3'600'000};
    };
    BedrockClient(Settings settings, Crossing& crossing, CallState& state, Outside outside)
        : settings_(std::move(settings)), crossing_(&crossing), state_(&state), outside_(outside) {}

    // `request`: the body, as aws::check_converse_request lets it pass. The result is Bedrock's
    // body.
    boost::asio::awaitable<Expected<json::value, ConverseError>> converse(
        aws::JudgedModel model,
        json::value request
    );
    boost::asio::awaitable<Expected<ConverseStream, ConverseError>> converse_stream(
        aws::JudgedModel model,
        json::value request
    );

private:
    boost::asio::awaitable<ConverseCall::Result> call(
        aws::JudgedModel model,
        std::shared_ptr<Sent> sent,  // the stream keeps it too
        Reading reading
    );
    Call call_for(const aws::JudgedModel& model, const json::value& request, Reading reading) const;

    Settings settings_;
    Crossing* crossing_;
    CallState* state_;
    Outside outside_;
};

}  // namespace kakehashi::session

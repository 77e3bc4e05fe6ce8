#include "session/bedrock_client.h"

#include "base/encoding.h"
#include "session/echo.h"

namespace kakehashi::session {

using Kind = ConverseError::Kind;
using boost::asio::awaitable;

namespace {

constexpr std::string_view kEventStream = "application/vnd.amazon.eventstream";

Failure<ConverseError> bad_answer(std::string model_id, aws::AnswerError answer) {
    ConverseError error{Kind::BadAnswer, std::move(model_id)};
    error.answer = std::move(answer);
    return Failure{std::move(error)};
}

bool is_expired(const ConverseError& error) {
    return error.kind == Kind::Refused && error.cause == aws::ErrorClass::Expired;
}

}  // namespace

ConverseCall::ConverseCall(
    Call call,
    std::string model_id,
    aws::Credentials credentials,
    CallState& state
)
    : model_id_(std::move(model_id)),
      credentials_(std::move(credentials)),
      call_(std::move(call), state) {
}

Step<ConverseCall::Result> ConverseCall::begin(TimePoint now) {
    call_.start(now);
    return call_.attempt(credentials_, now);
}

Step<ConverseCall::Result> ConverseCall::elapsed(TimePoint now) {
    return call_.attempt(credentials_, now);
}

Step<ConverseCall::Result> ConverseCall::answered(ExchangeResult result, TimePoint now) {
    if (!result) {
        if (auto pause = call_.again(result.error(), now)) return *pause;
        ConverseError error{Kind::Unreachable, model_id_};
        error.net = std::move(result).error();
        return Result(Failure{std::move(error)});
    }
    if (result->status == 200) {
        call_.succeeded();
        return Result(*std::move(result));
    }
    auto remote = aws::parse_bedrock_error(
        {result->status,
         result->header("x-amzn-errortype"),
         result->header("x-amzn-requestid"),
         result->text()}
    );
    remove_echo(remote, credentials_);
    if (auto pause = call_.again(remote, *result, now)) return *pause;
    ConverseError error{Kind::Refused, model_id_};
    error.cause = aws::classify(aws::Service::Bedrock, remote);
    error.remote = std::move(remote);
    return Result(Failure{std::move(error)});
}

Call BedrockClient::call_for(
    const aws::JudgedModel& model,
    const json::value& request,
    Reading reading
) const {
    const std::string_view operation = reading == Reading::Whole ? "/converse" : "/converse-stream";
    std::string target = "/model/" + percent_encoded(model.model_id());
    target += operation;
    http::Request out{"POST", std::move(target), {}, json::serialize(request)};
    out.headers.add("Content-Type", "application/json");
    const auto whole = reading == Reading::Whole ? settings_.limit : settings_.stream_limit;
    return {
        settings_.origin,
        std::move(out),
        {settings_.limit, settings_.idle_limit, whole},
        kConverseBytesMax,
        reading};
}

// Credentials that ran out on the way are replaced once.
awaitable<ConverseCall::Result> BedrockClient::call(
    aws::JudgedModel model,
    std::shared_ptr<Sent> sent,
    Reading reading
) {
    if (model.host_region() != settings_.region) {
        co_return Failure{ConverseError{Kind::HostDiffers, model.model_id()}};
    }
    for (bool is_second = false;; is_second = true) {
        auto credentials = co_await crossing_->credentials();
        if (!credentials) {
            ConverseError error{Kind::NoCredentials, model.model_id()};
            error.crossing = std::move(credentials).error();
            co_return Failure{std::move(error)};
        }
        sent->credentials = std::move(credentials->credentials);
        ConverseCall machine(
            call_for(model, sent->request, reading), model.model_id(), sent->credentials, *state_
        );
        auto result = co_await drive(outside_, std::move(machine));
        if (!result && result.error().remote) remove_echo(*result.error().remote, *sent);
        if (result || is_second || !is_expired(result.error())) co_return result;
        crossing_->forget(sent->credentials.access_key_id);
    }
}

awaitable<Expected<json::value, ConverseError>> BedrockClient::converse(
    aws::JudgedModel model,
    json::value request
) {
    const std::string model_id = model.model_id();
    auto sent = std::make_shared<Sent>();
    sent->request = std::move(request);
    auto answer = co_await call(std::move(model), std::move(sent), Reading::Whole);
    if (!answer) co_return Failure{std::move(answer).error()};
    auto body = json::parse(answer->text(), kConverseBytesMax);
    if (!body) co_return bad_answer(model_id, aws::AnswerError{aws::AnswerError::Kind::NotJson});
    auto read = aws::read_converse_answer(*body);
    if (!read) co_return bad_answer(model_id, std::move(read).error());
    co_return *std::move(body);
}

awaitable<Expected<ConverseStream, ConverseError>> BedrockClient::converse_stream(
    aws::JudgedModel model,
    json::value request
) {
    std::string model_id = model.model_id();
    auto sent = std::make_shared<Sent>();
    sent->request = std::move(request);
    auto answer = co_await call(std::move(model), sent, Reading::Streamed);
    if (!answer) co_return Failure{std::move(answer).error()};
    if (!answer->header("content-type").starts_with(kEventStream)) {
        co_return bad_answer(
            model_id, aws::AnswerError{aws::AnswerError::Kind::NotAnAnswer, "Content-Type"}
        );
    }
    co_return ConverseStream(std::move(answer->body), std::move(model_id), std::move(sent));
}

}  // namespace kakehashi::session

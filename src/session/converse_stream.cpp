#include "session/converse_stream.h"

#include "base/json.h"

#include <utility>

namespace kakehashi::session {

using Kind = ConverseError::Kind;
using boost::asio::awaitable;

ConverseError StreamReading::error(Kind kind) const {
    return {kind, model_id_};
}

StreamReading::Next StreamReading::next() {
    auto message = decoder_.next();
    if (!message) {
        ConverseError corrupt = error(Kind::StreamCorrupt);
        corrupt.frame = message.error();
        return Failure{std::move(corrupt)};
    }
    if (!*message) return std::optional<aws::ConverseStreamEvent>();
    const auto type = (*message)->find(":message-type");
    if (type == "event") return read_event(**message);
    if (type == "exception" || type == "error") return Failure{read_exception(**message)};
    ConverseError corrupt = error(Kind::StreamCorrupt);
    corrupt.frame = aws::EventStreamError::BadHeader;
    return Failure{std::move(corrupt)};
}

StreamReading::Next StreamReading::read_event(const aws::EventMessage& message) {
    const auto type = message.find(":event-type").value_or(std::string_view());
    auto event = aws::read_stream_event(type, message.payload);
    if (!event) {
        ConverseError bad = error(Kind::BadAnswer);
        bad.answer = std::move(event).error();
        return Failure{std::move(bad)};
    }
    stopped_ = stopped_ || std::holds_alternative<aws::MessageStop>(*event);
    return std::optional(*std::move(event));
}

// Modelled ones are named by their member, others bring their code and message as headers.
ConverseError StreamReading::read_exception(const aws::EventMessage& message) const {
    aws::Remote remote = aws::parse_bedrock_error({0, {}, {}, message.payload});
    if (const auto member = message.find(":exception-type")) {
        remote.code = aws::error_code_of_member(*member);
    } else {
        remote.code = message.find(":error-code").value_or(std::string_view());
        remote.text = message.find(":error-message").value_or(std::string_view());
    }
    const auto* known = aws::find_error_code(aws::Service::Bedrock, remote.code);
    if (known) remote.status = known->status;
    ConverseError failed = error(Kind::StreamFailed);
    failed.cause = aws::classify(aws::Service::Bedrock, remote);
    failed.remote = std::move(remote);
    return failed;
}

Expected<void, ConverseError> StreamReading::ended() const {
    if (stopped_ && decoder_.at_boundary()) return {};
    return Failure{error(Kind::StreamTruncated)};
}

ConverseError StreamReading::failed(http::NetError net) const {
    ConverseError broken = error(Kind::StreamTruncated);
    broken.net = std::move(net);
    return broken;
}

awaitable<Expected<std::string, http::NetError>> ConverseStream::piece() {
    if (auto* whole = std::get_if<std::string>(&body_)) co_return std::exchange(*whole, {});
    auto read = co_await std::get<std::unique_ptr<http::BodyReader>>(body_)->read();
    co_return read;
}

awaitable<StreamReading::Next> ConverseStream::next() {
    while (!over_) {
        auto event = reading_.next();
        over_ = !event;
        if (!event || *event) co_return event;
        auto bytes = co_await piece();
        if (!bytes) {
            over_ = true;
            co_return Failure{reading_.failed(std::move(bytes).error())};
        }
        if (bytes->empty()) {
            over_ = true;
            auto ended = reading_.ended();
            if (!ended) co_return Failure{std::move(ended).error()};
        }
        reading_.feed(*bytes);
    }
    co_return std::optional<aws::ConverseStreamEvent>();
}

}  // namespace kakehashi::session

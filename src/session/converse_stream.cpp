#include "session/converse_stream.h"

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

StreamReading::Next ConverseStream::ended(Expected<void, ConverseError> how) {
    if (!how && how.error().remote && sent_) {
        ConverseError error = std::move(how).error();
        remove_echo(*error.remote, *sent_);
        how = Failure{std::move(error)};
    }
    end_.emplace(std::move(how));
    if (!*end_) return Failure{end_->error()};
    return std::optional<aws::ConverseStreamEvent>();
}

awaitable<StreamReading::Next> ConverseStream::next() {
    if (end_) co_return ended(*std::move(end_));
    for (;;) {
        auto event = reading_.next();
        if (!event) co_return ended(Failure{std::move(event).error()});
        if (*event) co_return event;
        auto bytes = co_await piece();
        if (!bytes) co_return ended(Failure{reading_.failed(std::move(bytes).error())});
        if (bytes->empty()) co_return ended(reading_.ended());
        reading_.feed(*bytes);
    }
}

}  // namespace kakehashi::session

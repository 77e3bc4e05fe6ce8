#pragma once

#include "aws/converse.h"
#include "aws/event_stream.h"
#include "base/expected.h"
#include "http/body.h"
#include "session/converse_error.h"
#include "session/echo.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kakehashi::session {

// The bytes of one ConverseStream answer as events (promise P11): whatever ends them before their
// end is an error. After an error there is nothing more. Pure. Thread rule: one strand.
class StreamReading {
public:
    using Next = Expected<std::optional<aws::ConverseStreamEvent>, ConverseError>;

    explicit StreamReading(std::string model_id) : model_id_(std::move(model_id)) {}

    void feed(std::string_view bytes) { decoder_.feed(bytes); }
    Next next();  // nullopt: more bytes are needed
    // The body ended as its framing said it would. Requires: next() gave nullopt.
    Expected<void, ConverseError> ended() const;
    ConverseError failed(http::NetError net) const;  // the body did not

private:
    ConverseError error(ConverseError::Kind kind) const;
    Next read_event(const aws::EventMessage& message);
    ConverseError read_exception(const aws::EventMessage& message) const;

    std::string model_id_;
    aws::EventStreamDecoder decoder_;
    bool stopped_ = false;  // messageStop has come
};

// An answer that is still coming. Letting it go closes the connection. Thread rule: one strand.
class ConverseStream {
public:
    // `sent`, when given, is kept to take it out of what the service says in an exception.
    ConverseStream(
        http::Body body,
        std::string model_id,
        std::shared_ptr<const Sent> sent = nullptr
    )
        : body_(std::move(body)), reading_(std::move(model_id)), sent_(std::move(sent)) {}

    // The next event; nullopt: the answer is complete. An error is repeated for ever.
    boost::asio::awaitable<StreamReading::Next> next();

private:
    boost::asio::awaitable<Expected<std::string, http::NetError>> piece();
    StreamReading::Next ended(Expected<void, ConverseError> how);

    http::Body body_;
    StreamReading reading_;
    std::shared_ptr<const Sent> sent_;
    std::optional<Expected<void, ConverseError>> end_;
};

}  // namespace kakehashi::session

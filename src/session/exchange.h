#pragma once

#include "base/expected.h"
#include "base/time.h"
#include "http/message.h"
#include "http/net_error.h"
#include "http/transport.h"

#include <chrono>
#include <string>
#include <variant>

// How the machines of this module speak to the world: each returns a Step, its driver takes it and
// tells what came. No machine sees a socket, a timer or a clock; tests break every step of one.
namespace kakehashi::session {

// One request to send. The answer's body is read whole unless `streamed` and the status is 200.
enum class Reading { Whole, Streamed };
struct Exchange {
    http::Origin origin;
    http::Request request;
    http::Limits limits = {};
    std::size_t body_bytes_max = 0;
    Reading reading = Reading::Whole;
};

struct Answer {
    int status = 0;
    http::Headers headers;
    http::Body body;  // a string unless streamed

    // Requires: read whole.
    const std::string& text() const { return std::get<std::string>(body); }
    std::string_view header(std::string_view name) const {
        return headers.find(name).value_or(std::string_view());
    }
};
using ExchangeResult = Expected<Answer, http::NetError>;

struct Pause {
    std::chrono::milliseconds duration;
};

template <class Result>
using Step = std::variant<Exchange, Pause, Result>;

// A machine is
//   struct X { using Result = …;
//     Step<Result> begin(TimePoint now);
//     Step<Result> answered(ExchangeResult result, TimePoint now);  // after an Exchange
//     Step<Result> elapsed(TimePoint now); };                       // after a Pause

}  // namespace kakehashi::session

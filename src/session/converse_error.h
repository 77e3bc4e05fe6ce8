#pragma once

#include "aws/converse.h"
#include "aws/event_stream.h"
#include "aws/service_error.h"
#include "session/crossing.h"

#include <optional>
#include <string>
#include <string_view>

namespace kakehashi::session {

// Why there is no answer, or not a whole one. Holds no secret and no prompt.
struct ConverseError {
    enum class Kind {
        NoCredentials,    // `crossing`
        Unreachable,      // `net`
        Refused,          // `remote`; `cause` says what it asks for
        BadAnswer,        // `answer`: 200, and not what Converse answers
        HostDiffers,      // the model was judged for another Region's host than the client's
        StreamTruncated,  // ended, broke off or fell silent before its end; `net` unless it just
                          // ended
        StreamCorrupt,    // `frame`: a checksum, a length, an impossible header
        StreamFailed,     // an exception inside the stream: `remote`, `cause`
    };
    Kind kind = Kind::Unreachable;
    std::string model_id = {};
    aws::ErrorClass cause = aws::ErrorClass::Unknown;
    std::optional<CrossingError> crossing = {};
    std::optional<http::NetError> net = {};
    std::optional<aws::Remote> remote = {};
    std::optional<aws::AnswerError> answer = {};
    std::optional<aws::EventStreamError> frame = {};
};

// What JSON errors carry: the service's own name where it has one, else "stream-truncated", ….
std::string code(const ConverseError& error);
Message describe(const ConverseError& error);

}  // namespace kakehashi::session

#pragma once

#include "aws/rejection.h"
#include "base/json.h"
#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The REST-JSON answers of Bedrock's services. Source: Smithy "AWS restJson1 protocol"; header and
// key spellings as seen on AWS (aws-facts §3.4).
namespace kakehashi::twin {

http::Response json_response(int status, const json::value& body, const std::string& request_id);

// Which part of AWS speaks: the service itself writes "message", authorisation "Message".
enum class Voice { Service, Authentication, Authorization };
http::Response json_error(
    const aws::Rejection& rejection,
    Voice voice,
    const std::string& request_id
);

// The path of a request target in its segments, each percent-decoded: an encoded '/' stays inside
// its segment. Empty when the target is no path or an escape is broken.
std::vector<std::string> path_segments(std::string_view target);

// The value of one query parameter, decoded; absent when it is not there.
std::optional<std::string> query_parameter(std::string_view target, std::string_view name);

}  // namespace kakehashi::twin

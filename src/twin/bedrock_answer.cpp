#include "twin/bedrock_answer.h"

#include "base/encoding.h"
#include "base/text.h"

#include <utility>

namespace kakehashi::twin {

http::Response json_response(int status, const json::value& body, const std::string& request_id) {
    http::Response response;
    response.status = status;
    response.headers.add("x-amzn-RequestId", request_id);
    response.headers.add("Content-Type", "application/json");
    response.body = json::serialize(body);
    return response;
}

http::Response json_error(
    const aws::Rejection& rejection,
    Voice voice,
    const std::string& request_id
) {
    const char* key = voice == Voice::Authorization ? "Message" : "message";
    const char* origin =
        voice == Voice::Service ? "com.amazon.bedrock" : "com.amazon.coral.service";
    http::Response response =
        json_response(rejection.status, json::object{{key, rejection.message}}, request_id);
    response.headers.add(
        "x-amzn-ErrorType", rejection.code + ":http://internal.amazon.com/coral/" + origin + "/"
    );
    return response;
}

std::vector<std::string> path_segments(std::string_view target) {
    std::vector<std::string> out;
    const std::string_view path = target.substr(0, target.find('?'));
    if (!path.starts_with('/')) return out;
    for (std::string_view segment : split(path.substr(1), '/')) {
        auto decoded = percent_decoded(segment);
        if (!decoded) return {};
        out.push_back(*std::move(decoded));
    }
    return out;
}

std::optional<std::string> query_parameter(std::string_view target, std::string_view name) {
    const auto mark = target.find('?');
    if (mark == target.npos) return std::nullopt;
    for (std::string_view pair : split(target.substr(mark + 1), '&')) {
        const auto equals = pair.find('=');
        if (pair.substr(0, equals) != name) continue;
        return form_decoded(equals == pair.npos ? "" : pair.substr(equals + 1));
    }
    return std::nullopt;
}

}  // namespace kakehashi::twin

#include "cli/debug_transport.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kakehashi::cli {
namespace {

// What may be shown of a value; everything that is not on this list is masked.
constexpr std::array<std::string_view, 12> kPlain = {
    "content-type",
    "content-length",
    "date",
    "host",
    "server",
    "x-amz-date",
    "x-amzn-requestid",
    "x-amzn-errortype",
    "x-amzn-bedrock-content-type",
    "x-aws-ec2-metadata-token-ttl-seconds",
    "transfer-encoding",
    "accept",
};

bool is_plain(std::string_view name) {
    return std::any_of(kPlain.begin(), kPlain.end(), [&](std::string_view plain) {
        return equal_ignoring_case(plain, name);
    });
}

}  // namespace

boost::asio::awaitable<Expected<http::Response, http::NetError>> DebugTransport::exchange(
    http::Origin origin,
    http::Request request,
    http::Limits limits
) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    terminal_.say(
        "> " + request.method + " " + origin.scheme + "://" + origin.host + ":" +
        std::to_string(origin.port) + shown(path) + " (" + std::to_string(request.body.size()) +
        " bytes)"
    );
    tell_fields("> ", request.headers);
    auto response = co_await behind_.exchange(std::move(origin), std::move(request), limits);
    if (!response) {
        terminal_.say("< " + text(http::describe(response.error()), terminal_.language()));
        if (!response.error().detail.empty())
            terminal_.say("<   " + shown(response.error().detail));
        co_return response;
    }
    terminal_.say("< " + std::to_string(response->status));
    tell_fields("< ", response->headers);
    co_return response;
}

void DebugTransport::tell_fields(const char* direction, const http::Headers& headers) {
    for (const http::Header& field : headers.fields()) {
        terminal_.say(
            direction + shown(field.name) + ": " +
            (is_plain(field.name) ? shown(field.value) : "***")
        );
    }
}

}  // namespace kakehashi::cli

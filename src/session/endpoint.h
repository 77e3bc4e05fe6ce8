#pragma once

#include "base/expected.h"
#include "base/message.h"
#include "base/outside.h"
#include "http/transport.h"
#include "session/shared_config.h"

#include <optional>
#include <string>
#include <string_view>

// Where a service is: AWS's own host in the Region, or what the environment or ~/.aws/config names.
// Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints". Pure.
namespace kakehashi::session {

struct Url {
    http::Origin origin;
    std::string target;  // "/" at least
};
// http or https, a host, a port, a path and a query; no user, no fragment. nullopt otherwise. An
// IPv6 host loses its brackets, as an Origin has it.
std::optional<Url> parse_url(std::string_view text);

// The value of Host for it: without the scheme's own port.
std::string host_header(const http::Origin& origin);

bool is_loopback(std::string_view host);  // localhost, 127.…, ::1

// For a sentence: without a user and a password, which do not belong there but may stand there.
std::string shown_url(std::string_view url);

struct EndpointError {
    enum class Kind { BadUrl, OtherRegion, PlainHttp };
    Kind kind = Kind::BadUrl;
    std::string url, named_by;                    // the variable or key that has it
    std::string region = {}, source_region = {};  // OtherRegion
};
Message describe(const EndpointError& error);

struct EndpointQuestion {
    std::string_view service;  // "sts", "bedrock-runtime"
    std::string_view region, profile;
};
// Variable of the service, AWS_ENDPOINT_URL, the profile's;
// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true, or the profile's ignore_configured_endpoint_urls,
// passes over them. Plain http is for this machine alone.
Expected<http::Origin, EndpointError> resolve_endpoint(
    const EndpointQuestion& question,
    const Environment& environment,
    const SharedConfig& config
);

}  // namespace kakehashi::session

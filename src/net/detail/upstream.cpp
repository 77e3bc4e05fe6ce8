#include "net/detail/upstream.h"

#include "base/text.h"

namespace kakehashi::net::detail {
namespace {

std::string host_field_of(const http::Origin& origin) {
    const std::uint16_t usual = origin.scheme == "https" ? 443 : 80;
    std::string authority = authority_of(origin);
    if (origin.port != usual) return authority;
    return authority.substr(0, authority.rfind(':'));
}

}  // namespace

std::string authority_of(const http::Origin& origin) {
    const bool six = origin.host.find(':') != std::string::npos;
    return (six ? "[" + origin.host + "]" : origin.host) + ":" + std::to_string(origin.port);
}

Upstream::Upstream(http::Origin of)
    : origin(std::move(of)), name(authority_of(origin)), host_field(host_field_of(origin)) {
}

bool Upstream::is(const http::Origin& other) const {
    return origin.port == other.port && origin.scheme == other.scheme &&
           equal_ignoring_case(origin.host, other.host);
}

http::NetError Upstream::failure(http::NetErrorKind kind, std::string detail) const {
    return {.kind = kind, .host = name, .detail = std::move(detail)};
}

void Upstream::wake_one() {
    if (waiting.empty()) return;
    waiting.front()->cancel();
    waiting.pop_front();
}

}  // namespace kakehashi::net::detail

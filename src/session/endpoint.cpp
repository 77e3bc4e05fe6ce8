#include "session/endpoint.h"

#include "base/text.h"

#include <algorithm>

namespace kakehashi::session {
namespace {

constexpr std::string_view kDomain = ".amazonaws.com";
constexpr std::string_view kDomains[] = {
    ".vpce.amazonaws.com",
    kDomain,
    ".amazonaws.com.cn",
    ".api.aws",  // dual stack
};

std::string upper_with_underscores(std::string_view name) {
    std::string out(name);
    for (char& c : out) {
        if (c == '-') c = '_';
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
}

// No dot at the end: it would be the same host under another name.
bool is_name(std::string_view host) {
    constexpr std::string_view kAllowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    const auto labels = split(host, '.');
    return host.size() <= 253 && host.find_first_not_of(kAllowed) == host.npos &&
           std::none_of(labels.begin(), labels.end(), [](auto label) { return label.empty(); });
}

// The host of a URL without the brackets of IPv6; nullopt: it is none.
std::optional<std::string_view> read_host(std::string_view text) {
    if (!text.starts_with('[')) return is_name(text) ? std::optional(text) : std::nullopt;
    if (!text.ends_with(']')) return std::nullopt;
    const auto address = text.substr(1, text.size() - 2);
    const bool six = address.find(':') != address.npos &&
                     address.find_first_not_of("0123456789abcdefABCDEF:.") == address.npos;
    return six ? std::optional(address) : std::nullopt;
}

// sts.ap-northeast-1.amazonaws.com, vpce-….sts.ap-northeast-1.vpce.amazonaws.com. "" for a host
// that names none.
std::string_view region_in(std::string_view host) {
    if (host == "sts.amazonaws.com") return "us-east-1";  // the global endpoint
    for (const auto domain : kDomains) {
        if (!host.ends_with(domain)) continue;
        host.remove_suffix(domain.size());
        const auto label = host.substr(std::min(host.rfind('.') + 1, host.size()));
        const bool like_region = std::count(label.begin(), label.end(), '-') >= 2;
        return like_region ? label : std::string_view();
    }
    return {};
}

bool are_ignored(
    const EndpointQuestion& question,
    const Environment& environment,
    const SharedConfig& config
) {
    auto value = environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    const Section* profile = config.profile(question.profile);
    if (!value && profile) value = profile->value("ignore_configured_endpoint_urls");
    return equal_ignoring_case(value.value_or(""), "true");
}

struct Named {
    std::string url, by;
};

std::optional<Named> configured(
    const EndpointQuestion& question,
    const Environment& environment,
    const SharedConfig& config
) {
    if (are_ignored(question, environment, config)) return std::nullopt;
    const std::string own = "AWS_ENDPOINT_URL_" + upper_with_underscores(question.service);
    for (const std::string& name : {own, std::string("AWS_ENDPOINT_URL")}) {
        auto url = environment.get(name);
        if (url && !url->empty()) return Named{*url, name};
    }
    const auto key = replaced(std::string(question.service), "-", "_");
    if (auto url = config.endpoint_url(question.profile, key)) return Named{*url, "endpoint_url"};
    return std::nullopt;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
    constexpr std::size_t kUrlBytesMax = 2048;
    if (text.size() > kUrlBytesMax) return std::nullopt;
    Url out;
    for (std::string_view scheme : {"https", "http"}) {
        if (!text.starts_with(scheme) || !text.substr(scheme.size()).starts_with("://")) continue;
        out.origin.scheme = scheme;
        text.remove_prefix(scheme.size() + 3);
        break;
    }
    if (out.origin.scheme.empty()) return std::nullopt;
    const auto end = std::min(text.find_first_of("/?#"), text.size());
    auto authority = text.substr(0, end);
    out.target = text.substr(end);
    const bool visible = std::all_of(out.target.begin(), out.target.end(), [](char c) {
        return c > ' ' && c <= '~' && c != '#';
    });
    if (!visible) return std::nullopt;
    if (!out.target.starts_with('/')) out.target.insert(0, "/");
    out.origin.port = out.origin.scheme == "https" ? 443 : 80;
    const auto colon = authority.rfind(':');
    if (colon != authority.npos && !authority.ends_with(']')) {
        const auto port = parse_count(authority.substr(colon + 1));
        if (!port || *port == 0 || *port > 65535) return std::nullopt;
        out.origin.port = static_cast<std::uint16_t>(*port);
        authority = authority.substr(0, colon);
    }
    const auto host = read_host(authority);
    if (!host) return std::nullopt;
    out.origin.host = lower_ascii(*host);
    return out;
}

std::string host_header(const http::Origin& origin) {
    const bool six = origin.host.find(':') != std::string::npos;
    const std::string host = six ? "[" + origin.host + "]" : origin.host;
    const bool own_port = origin.port == (origin.scheme == "https" ? 443 : 80);
    return own_port ? host : host + ":" + std::to_string(origin.port);
}

std::string shown_url(std::string_view url) {
    const auto at = url.rfind('@');
    if (at == url.npos) return std::string(url);
    const auto scheme = url.find("://");
    const auto begin = scheme < at ? scheme + 3 : 0;
    return std::string(url.substr(0, begin)) + "…" + std::string(url.substr(at));
}

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "::1") return true;
    const auto parts = split(host, '.');
    return parts.size() == 4 && parts[0] == "127" &&
           std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
               const auto value = parse_count(part);
               return value && *value <= 255 && part.size() <= 3;
           });
}

Message describe(const EndpointError& error) {
    const auto id = error.kind == EndpointError::Kind::BadUrl ? "session.endpoint.bad_url"_msg
                    : error.kind == EndpointError::Kind::OtherRegion
                        ? "session.endpoint.other_region"_msg
                        : "session.endpoint.plain_http"_msg;
    return {
        id,
        {{"url", shown_url(error.url)},
         {"name", error.named_by},
         {"region", error.region},
         {"source_region", error.source_region}}};
}

Expected<http::Origin, EndpointError> resolve_endpoint(
    const EndpointQuestion& question,
    const Environment& environment,
    const SharedConfig& config
) {
    using Kind = EndpointError::Kind;
    const auto named = configured(question, environment, config);
    if (!named) {
        std::string host(question.service);
        host.append(".").append(question.region).append(kDomain);
        return http::Origin{"https", std::move(host), 443};
    }
    const auto url = parse_url(named->url);
    if (!url || url->target != "/")
        return Failure{EndpointError{Kind::BadUrl, named->url, named->by}};
    if (url->origin.scheme == "http" && !is_loopback(url->origin.host)) {
        return Failure{EndpointError{Kind::PlainHttp, named->url, named->by}};
    }
    const auto region = region_in(url->origin.host);
    if (!region.empty() && region != question.region) {
        return Failure{EndpointError{
            Kind::OtherRegion,
            named->url,
            named->by,
            std::string(region),
            std::string(question.region)}};
    }
    return url->origin;
}

}  // namespace kakehashi::session

#include "session/ecs.h"

#include "base/text.h"

#include <algorithm>

namespace kakehashi::session {
namespace {

using Kind = ProviderError::Kind;

constexpr std::string_view kEcsHost = "169.254.170.2";
constexpr std::string_view kLinkLocalHosts[] = {kEcsHost, "169.254.170.23", "fd00:ec2::23"};  // EKS
constexpr std::size_t kTokenBytesMax = 16U << 10U;
constexpr std::chrono::seconds kLimit{2};
constexpr std::size_t kAnswerBytesMax = 64U << 10U;

Failure<ProviderError> failure(Kind kind, std::string_view subject) {
    return Failure{ProviderError{kind, Source::Ecs, std::string(subject)}};
}

// What is sent there is a token: in the clear only to this machine and its own link.
bool is_allowed(const http::Origin& origin) {
    return origin.scheme == "https" || is_loopback(origin.host) ||
           std::find(std::begin(kLinkLocalHosts), std::end(kLinkLocalHosts), origin.host) !=
               std::end(kLinkLocalHosts);
}

bool is_visible(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

Expected<SecretString, ProviderError> read_token(const Environment& environment, Files& files) {
    std::string token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
    const auto path = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").value_or("");
    if (!path.empty()) {
        auto text = files.read(path, kTokenBytesMax);
        if (!text) return failure(Kind::FileUnreadable, path);
        token = *std::move(text);
        while (token.ends_with('\n') || token.ends_with('\r')) {
            token.pop_back();
        }
    }
    if (!is_visible(token)) return failure(Kind::Incomplete, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    return SecretString(std::move(token));
}

}  // namespace

Expected<std::optional<EcsFetch>, ProviderError> EcsFetch::from(
    const Environment& environment,
    Files& files
) {
    const auto relative = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").value_or("");
    const auto full = environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI").value_or("");
    if (relative.empty() && full.empty()) return std::optional<EcsFetch>();
    const std::string text = relative.empty() ? full : "http://" + std::string(kEcsHost) + relative;
    auto url = parse_url(text);
    const bool allowed = url && (relative.empty() || relative[0] == '/') && is_allowed(url->origin);
    if (!allowed) {
        return failure(Kind::AddressNotAllowed, shown_url(relative.empty() ? full : relative));
    }
    KAKEHASHI_TRY(SecretString token, read_token(environment, files));
    return std::optional(EcsFetch(*std::move(url), std::move(token)));
}

Step<EcsFetch::Result> EcsFetch::begin(TimePoint) {
    http::Request request{"GET", url_.target, {}, ""};
    request.headers.add("Accept", "application/json");
    if (!token_.empty()) request.headers.add("Authorization", token_.reveal());
    return Exchange{url_.origin, std::move(request), http::within(kLimit), kAnswerBytesMax};
}

Step<EcsFetch::Result> EcsFetch::answered(ExchangeResult result, TimePoint) {
    if (!result) {
        ProviderError error{Kind::Unreachable, Source::Ecs};
        error.net = std::move(result).error();
        return Result(Failure{std::move(error)});
    }
    if (result->status != 200) {
        ProviderError error{Kind::Refused, Source::Ecs};
        error.remote = aws::Remote{result->status, "", "", ""};  // its body may hold what we sent
        return Result(Failure{std::move(error)});
    }
    auto read = parse_credentials(CredentialForm::Metadata, result->text());
    if (!read) return Result(failure(Kind::BadAnswer, read.error()));
    read->source = Source::Ecs;
    return Result(*std::move(read));
}

Step<EcsFetch::Result> EcsFetch::elapsed(TimePoint now) {
    return begin(now);
}

}  // namespace kakehashi::session

#include "session/imds.h"

#include "base/encoding.h"
#include "base/text.h"

#include <algorithm>

namespace kakehashi::session {
namespace {

using Kind = ProviderError::Kind;

constexpr std::string_view kRolesPath = "/latest/meta-data/iam/security-credentials/";
constexpr std::chrono::seconds kLimit{1};  // as botocore: it is on the machine, or nowhere
constexpr std::size_t kAnswerBytesMax = 64U << 10U;
constexpr std::size_t kTokenBytesMax = 4096;
constexpr std::size_t kRoleNameMax = 64;

Failure<ProviderError> failure(Kind kind, std::string_view subject) {
    return Failure{ProviderError{kind, Source::Imds, std::string(subject)}};
}

// IAM: [\w+=,.@-]{1,64}.
bool is_role_name(std::string_view name) {
    constexpr std::string_view kAllowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-";
    return !name.empty() && name.size() <= kRoleNameMax &&
           name.find_first_not_of(kAllowed) == name.npos;
}

}  // namespace

Expected<std::optional<ImdsFetch>, ProviderError> ImdsFetch::from(const Environment& environment) {
    const auto disabled = environment.get("AWS_EC2_METADATA_DISABLED").value_or("");
    if (equal_ignoring_case(disabled, "true")) return std::optional<ImdsFetch>();
    const auto endpoint = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("");
    if (endpoint.empty()) return std::optional(ImdsFetch({"http", "169.254.169.254", 80}));
    const auto url = parse_url(endpoint);
    if (!url || url->target != "/") return failure(Kind::AddressNotAllowed, shown_url(endpoint));
    return std::optional(ImdsFetch(url->origin));
}

Exchange ImdsFetch::get(std::string target) const {
    http::Request request{"GET", std::move(target), {}, ""};
    request.headers.add("X-aws-ec2-metadata-token", token_.reveal());
    return {origin_, std::move(request), http::within(kLimit), kAnswerBytesMax};
}

Step<ImdsFetch::Result> ImdsFetch::begin(TimePoint) {
    at_ = At::Token;
    http::Request request{"PUT", "/latest/api/token", {}, ""};
    request.headers.add("X-aws-ec2-metadata-token-ttl-seconds", "21600");
    return Exchange{origin_, std::move(request), http::within(kLimit), kAnswerBytesMax};
}

Step<ImdsFetch::Result> ImdsFetch::read_token(const std::string& body) {
    const bool visible =
        std::all_of(body.begin(), body.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (body.empty() || body.size() > kTokenBytesMax || !visible) {
        return Result(failure(Kind::BadAnswer, "token"));
    }
    token_ = SecretString(body);
    at_ = At::Role;
    return get(std::string(kRolesPath));
}

Step<ImdsFetch::Result> ImdsFetch::read_role(const std::string& body) {
    auto name = std::string_view(body).substr(0, body.find('\n'));
    if (name.ends_with('\r')) name.remove_suffix(1);
    if (!is_role_name(name)) return Result(failure(Kind::BadAnswer, "role"));
    at_ = At::Credentials;
    return get(std::string(kRolesPath) + percent_encoded(name));
}

Step<ImdsFetch::Result> ImdsFetch::answered(ExchangeResult result, TimePoint) {
    if (!result) {
        ProviderError error{Kind::Unreachable, Source::Imds};
        error.net = std::move(result).error();
        return Result(Failure{std::move(error)});
    }
    if (result->status != 200) {
        ProviderError error{Kind::Refused, Source::Imds};
        error.remote = aws::Remote{result->status, "", "", ""};
        return Result(Failure{std::move(error)});
    }
    if (at_ == At::Token) return read_token(result->text());
    if (at_ == At::Role) return read_role(result->text());
    auto read = parse_credentials(CredentialForm::Metadata, result->text());
    if (!read) return Result(failure(Kind::BadAnswer, read.error()));
    return Result(*std::move(read));
}

Step<ImdsFetch::Result> ImdsFetch::elapsed(TimePoint now) {
    return begin(now);
}

}  // namespace kakehashi::session

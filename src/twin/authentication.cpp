#include "twin/authentication.h"

#include "base/fence.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace kakehashi::twin {
namespace {

using aws::SignatureError;
using cloud::Refusal;

struct Words {
    const char* missing;
    const char* missing_text;
    const char* incomplete;
    const char* unknown_key;
    const char* bad_signature;
    const char* expired;
    const char* service;  // of the credential scope
};

// STS: the query protocol's names. Bedrock: those of the JSON services. Unverified: the codes and
// texts of a missing and of a malformed signature.
constexpr Words kSts = {
    "MissingAuthenticationToken",
    "Request is missing Authentication Token",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "sts"};
constexpr Words kBedrock = {
    "MissingAuthenticationTokenException",
    "Missing Authentication Token",
    "IncompleteSignatureException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "ExpiredTokenException",
    "bedrock"};

// Unverified.
constexpr Words kCodeArtifact = {
    kBedrock.missing,
    kBedrock.missing_text,
    kBedrock.incomplete,
    kBedrock.unknown_key,
    kBedrock.bad_signature,
    kBedrock.expired,
    "codeartifact"};

const Words& words_of(Service service) {
    if (service == Service::Sts) return kSts;
    return service == Service::CodeArtifact ? kCodeArtifact : kBedrock;
}

constexpr std::chrono::minutes kStsWindow{15};
constexpr const char* kDoesNotMatch =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";

Refusal refused(int status, const char* code, std::string message, std::string finding) {
    return {{status, code, std::move(message)}, std::move(finding)};
}

class Check {
public:
    Check(State& state, Service service, const http::Incoming& request)
        : state_(state), service_(service), host_(aws_host(request)), words_(words_of(service)) {
        headers_.reserve(request.headers.fields().size());
        for (const http::Header& field : request.headers.fields()) {
            headers_.emplace_back(field.name, field.value);
        }
        const std::string_view target = request.target;
        const auto mark = target.find('?');
        view_.method = request.method;
        view_.path = target.substr(0, mark);
        if (mark != target.npos) view_.query = target.substr(mark + 1);
        view_.headers = headers_;
        view_.body = request.body;
    }

    Expected<std::shared_ptr<const Issued>, Refusal> run() const {
        if (auto elsewhere = another_host(); elsewhere && in_force("authentication.host"))
            return Failure{*std::move(elsewhere)};
        if (auto bearer = bearer_token()) return Failure{*std::move(bearer)};
        const auto signature = aws::read_signature(view_);
        if (!signature) return Failure{unreadable(signature.error())};
        auto issued = state_.credentials.find(signature->access_key_id);
        const bool own_token =
            issued &&
            (equal_in_constant_time(issued->session_token.reveal(), signature->session_token) ||
             !in_force("authentication.token"));
        if (!own_token) {
            return Failure{unknown_key()};
        }
        if (in_force("authentication.expiry") && issued->expires &&
            *issued->expires <= state_.clocks.account_time()) {
            return Failure{refused(
                403,
                words_.expired,
                "The security token included in the request is expired",
                "credentials-expired"
            )};
        }
        if (auto problem = outside_window(*signature)) return Failure{*std::move(problem)};
        if (auto problem = wrong_scope(*signature)) return Failure{*std::move(problem)};
        auto checked = aws::check_signature(
            *signature,
            view_,
            issued->secret_access_key,
            state_.credentials.in_use(issued).signing_key
        );
        if (!checked && in_force("authentication.signature"))
            return Failure{bad_signature(kDoesNotMatch, "credentials-missing")};
        return issued;
    }

private:
    bool is_sts() const { return service_ == Service::Sts; }

    std::string_view header(std::string_view name) const {
        for (const auto& [key, value] : headers_) {
            if (equal_ignoring_case(key, name)) return value;
        }
        return {};
    }

    // Any other name than AWS's is the listener's own. On AWS a request with another service's name
    // goes to that service; the words are ours.
    std::optional<Refusal> another_host() const {
        if (!host_) return std::nullopt;
        const std::string& host = *host_;
        const std::string own = name(service_);
        const std::string region = "." + state_.world().region();
        const std::array names = {
            own + region + ".amazonaws.com",
            own + "-fips" + region + ".amazonaws.com",
            own + region + ".api.aws"};
        if (std::find(names.begin(), names.end(), host) != names.end()) return std::nullopt;
        if (host.starts_with("vpce-") &&
            host.ends_with("." + own + region + ".vpce.amazonaws.com")) {
            return std::nullopt;
        }
        const bool global = is_sts() && host == "sts.amazonaws.com";
        return refused(
            421,
            is_sts() ? "InvalidAction" : "UnknownOperationException",
            "[kakehashi twin] " + host + " is not a name of " + names[0] + ".",
            global ? "sts-global-endpoint" : "wrong-source-region"
        );
    }

    // Bedrock API keys. The twin gives out none, so every one is wrong; the sentence is unverified.
    std::optional<Refusal> bearer_token() const {
        const auto authorization = header("authorization");
        const bool bearer = equal_ignoring_case(authorization.substr(0, 7), "bearer ");
        if (is_sts() || !bearer || !in_force("authentication.bearer")) return std::nullopt;
        return refused(
            403,
            "AccessDeniedException",
            "Authentication failed: Please make sure your API Key is valid.",
            "credentials-missing"
        );
    }

    Refusal unreadable(const aws::SignatureProblem& problem) const {
        if (problem.error == SignatureError::Missing) {
            return refused(403, words_.missing, words_.missing_text, "credentials-missing");
        }
        if (problem.error == SignatureError::BodyDiffers) {
            return bad_signature(kDoesNotMatch, "credentials-missing");
        }
        return refused(
            400,
            words_.incomplete,
            "Authorization header requires " +
                (problem.detail.empty() ? std::string("a complete signature") : problem.detail) +
                ".",
            "credentials-missing"
        );
    }

    Refusal unknown_key() const {
        return refused(
            403,
            words_.unknown_key,
            "The security token included in the request is invalid.",
            "credentials-missing"
        );
    }

    Refusal bad_signature(std::string message, std::string finding) const {
        const auto status = state_.world().configuration().twin.switches.invalid_signature_status;
        return refused(
            is_sts() ? 403 : static_cast<int>(status),
            words_.bad_signature,
            std::move(message),
            std::move(finding)
        );
    }

    // The sentence for a late signature is known from STS; the one for an early one, and Bedrock's
    // window, are unverified.
    std::optional<Refusal> outside_window(const aws::Signature& signature) const {
        const TimePoint now = state_.clocks.now();
        const std::chrono::seconds window =
            is_sts() ? std::chrono::seconds(kStsWindow)
                     : state_.world().configuration().twin.switches.bedrock_signature_window;
        const std::chrono::seconds lifetime = signature.expires.value_or(window);
        const bool expired =
            signature.time + lifetime < now && in_force("authentication.skew-late");
        const bool early = signature.time > now + window && in_force("authentication.skew-early");
        if (!expired && !early) return std::nullopt;
        const std::string minutes =
            std::to_string(std::chrono::duration_cast<std::chrono::minutes>(window).count()) +
            " min.";
        const std::string signed_at = to_basic_iso8601(signature.time);
        if (expired) {
            return bad_signature(
                "Signature expired: " + signed_at + " is now earlier than " +
                    to_basic_iso8601(now - lifetime) + " (" + to_basic_iso8601(now) + " - " +
                    minutes + ")",
                "clock-wrong"
            );
        }
        return bad_signature(
            "Signature not yet current: " + signed_at + " is still later than " +
                to_basic_iso8601(now + window) + " (" + to_basic_iso8601(now) + " + " + minutes +
                ")",
            "clock-wrong"
        );
    }

    std::optional<Refusal> wrong_scope(const aws::Signature& signature) const {
        if (signature.scope.region != state_.world().region() &&
            in_force("authentication.scope-region")) {
            return bad_signature(
                "Credential should be scoped to a valid region.", "wrong-source-region"
            );
        }
        if (signature.scope.service != words_.service && in_force("authentication.scope-service")) {
            return bad_signature(
                std::string("Credential should be scoped to correct service: '") + words_.service +
                    "'.",
                "credentials-missing"
            );
        }
        return std::nullopt;
    }

    State& state_;
    Service service_;
    std::optional<std::string> host_;
    const Words& words_;
    std::vector<std::pair<std::string_view, std::string_view>> headers_;
    aws::RequestView view_;
};

}  // namespace

std::optional<std::string> aws_host(const http::Incoming& request) {
    std::string host = lower_ascii(request.headers.find("host").value_or(""));
    host.resize(std::min(host.size(), host.find(':')));
    const bool aws =
        host.ends_with(".amazonaws.com") || host.ends_with(".api.aws") || host.ends_with(".on.aws");
    return aws ? std::optional(std::move(host)) : std::nullopt;
}

Expected<std::shared_ptr<const Issued>, cloud::Refusal> authenticate(
    State& state,
    Service service,
    const http::Incoming& request
) {
    return Check(state, service, request).run();
}

}  // namespace kakehashi::twin

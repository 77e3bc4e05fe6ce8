#include "twin/codeartifact.h"

#include "base/arn.h"
#include "base/text.h"
#include "cloud/package_access.h"
#include "twin/authentication.h"
#include "twin/bedrock_answer.h"
#include "twin/call.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace kakehashi::twin {
namespace {

using namespace std::chrono_literals;
using cloud::DomainName;

constexpr std::size_t kLifetimeSecondsMax = 43200;
constexpr std::chrono::seconds kLifetimeDefault = 12h;
// Between 0, which means the rest of the session, and this nothing is taken. Source: CodeArtifact
// API Reference, GetAuthorizationToken; the refusal's words are unverified.
constexpr std::size_t kLifetimeSecondsMin = 900;
constexpr std::array<std::string_view, 8> kFormats =
    {"npm", "pypi", "maven", "nuget", "generic", "ruby", "swift", "cargo"};

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_domain_name(std::string_view text) {  // [a-z][a-z0-9\-]{0,48}[a-z0-9]
    return text.size() >= 2 && text.size() <= 50 && is_lower(text.front()) && text.back() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_lower(c) || is_digit(c) || c == '-';
           });
}

class CodeArtifactCall {
public:
    CodeArtifactCall(State& state, const Standpoint& from, const http::Incoming& request)
        : state_(state),
          request_(request),
          call_(state, from, request, "codeartifact.amazonaws.com", Service::CodeArtifact) {}

    http::Response run() {
        auto caller = authenticate(state_, Service::CodeArtifact, request_);
        if (!caller) return refuse(caller.error());
        caller_ = *std::move(caller);
        call_.made_by(caller_);
        const std::string_view path =
            std::string_view(request_.target).substr(0, request_.target.find('?'));
        if (request_.method == "POST" && path == "/v1/authorization-token") return token();
        if (request_.method == "GET" && path == "/v1/repository/endpoint") return endpoint();
        return refuse({{404, "UnknownOperationException", ""}, ""});
    }

private:
    http::Response token() {
        call_.named("GetAuthorizationToken");
        if (auto wrong = read_domain()) return *std::move(wrong);
        const auto lifetime = read_lifetime();
        if (!lifetime) return invalid("durationSeconds", query("duration").value_or(""));
        auto legs = cloud::authorization_token_legs(state_.world(), domain_, *lifetime);
        if (auto denied = deny(std::move(legs))) return *std::move(denied);
        if (!state_.world().codeartifact_domain(domain_.owner, domain_.name)) {
            return not_found("domain", domain_.name);
        }
        const std::string made = state_.identifiers.package_token();
        const TimePoint expires = state_.clocks.account_time() + *lifetime;
        state_.package_tokens.add(made, {caller_, domain_, expires});
        call_.succeeded();
        const auto expiration =
            std::chrono::duration_cast<std::chrono::seconds>(expires.time_since_epoch()).count();
        const json::object body{{"authorizationToken", made}, {"expiration", expiration}};
        return json_response(200, body, call_.request_id());
    }

    http::Response endpoint() {
        call_.named("GetRepositoryEndpoint");
        if (auto wrong = read_domain()) return *std::move(wrong);
        const std::string repository = query("repository").value_or("");
        const std::string format = query("format").value_or("");
        if (!is_repository_name(repository)) return invalid("repository", repository);
        if (std::find(kFormats.begin(), kFormats.end(), format) == kFormats.end()) {
            return invalid("format", format);
        }
        const std::string type = query("endpointType").value_or("ipv4");
        if (type != "ipv4" && type != "dualstack") return invalid("endpointType", type);
        auto legs = cloud::repository_legs(
            state_.world(), cloud::RepositoryAction::GetRepositoryEndpoint, domain_, repository
        );
        if (auto denied = deny(std::move(legs))) return *std::move(denied);
        if (!state_.world().codeartifact_repository(domain_.owner, domain_.name, repository)) {
            return not_found("repository", domain_.name + "/" + repository);
        }
        call_.succeeded();
        const json::object body{
            {"repositoryEndpoint", origin(type) + "/" + format + "/" + repository + "/"}};
        return json_response(200, body, call_.request_id());
    }

    // Whoever asked the listener's address can reach no name of AWS's.
    std::string origin(std::string_view type) const {
        const std::string& listener = state_.listener(Service::CodeArtifactRepositories);
        if (!aws_host(request_) && !listener.empty()) return listener;
        const std::string host = repository_host(state_.world(), domain_);
        return "https://" + (type == "ipv4" ? host : replaced(host, ".amazonaws.com", ".on.aws"));
    }

    std::optional<http::Response> read_domain() {
        domain_.name = query("domain").value_or("");
        domain_.owner = query("domain-owner").value_or(caller_->session.account);
        if (!is_domain_name(domain_.name)) return invalid("domain", domain_.name);
        if (!is_account_id(domain_.owner)) return invalid("domainOwner", domain_.owner);
        return std::nullopt;
    }

    // nullopt: not a duration that it takes.
    std::optional<std::chrono::seconds> read_lifetime() const {
        const auto text = query("duration");
        if (!text) return kLifetimeDefault;
        const auto seconds = parse_count(*text);
        if (!seconds) return std::nullopt;
        if (*seconds == 0) return rest_of_session();
        if (*seconds < kLifetimeSecondsMin || *seconds > kLifetimeSecondsMax) return std::nullopt;
        return std::chrono::seconds(*seconds);
    }

    std::chrono::seconds rest_of_session() const {
        if (!caller_->expires) return kLifetimeDefault;
        return std::chrono::duration_cast<std::chrono::seconds>(
            *caller_->expires - state_.clocks.account_time()
        );
    }

    std::optional<std::string> query(std::string_view name) const {
        return query_parameter(request_.target, name);
    }

    std::optional<http::Response> deny(std::vector<cloud::Leg> legs) {
        auto decided =
            cloud::authorize(state_.world(), caller_->session, call_.facts(), std::move(legs));
        if (decided.allowed()) return std::nullopt;
        const aws::Rejection rejection{
            403,
            "AccessDeniedException",
            cloud::refusal_text(state_.world(), caller_->session, decided)};
        call_.refused(rejection, std::move(decided));
        return error(rejection, {});
    }

    http::Response invalid(const char* member, const std::string& value) {
        const aws::Rejection rejection{
            400,
            "ValidationException",
            "1 validation error detected: Value '" + shown(value) + "' at '" + member +
                "' failed to satisfy constraint"};
        call_.refused(cloud::Refusal{rejection, ""});
        return error(rejection, {{"reason", "FIELD_VALIDATION_FAILED"}});
    }

    http::Response not_found(const char* type, const std::string& id) {
        const aws::Rejection rejection{
            404, "ResourceNotFoundException", std::string(type) + " not found: " + id};
        call_.refused(cloud::Refusal{rejection, ""});
        return error(rejection, {{"resourceId", id}, {"resourceType", type}});
    }

    http::Response refuse(const cloud::Refusal& refusal) {
        call_.refused(refusal);
        return error(refusal.rejection, {});
    }

    http::Response error(const aws::Rejection& rejection, json::object body) const {
        body["message"] = rejection.message;
        auto response = json_response(rejection.status, body, call_.request_id());
        response.headers.add("x-amzn-ErrorType", rejection.code);
        return response;
    }

    State& state_;
    const http::Incoming& request_;
    Call call_;
    std::shared_ptr<const Issued> caller_;
    DomainName domain_;
};

class CodeArtifact : public http::Handler {
public:
    CodeArtifact(State& state, const Standpoint& from) : state_(state), from_(from) {}

    boost::asio::awaitable<http::Response> handle(http::Incoming request) override {
        co_return CodeArtifactCall(state_, from_, request).run();
    }

private:
    State& state_;            // outlives this
    const Standpoint& from_;  // outlives this
};

}  // namespace

bool is_repository_name(std::string_view text) {
    const auto inside = [](char c) {
        return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
               c == '-';
    };
    return text.size() >= 2 && text.size() <= 100 &&
           std::string_view("._-").find(text.front()) == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), inside);
}

std::unique_ptr<http::Handler> make_codeartifact(State& state, const Standpoint& from) {
    return std::make_unique<CodeArtifact>(state, from);
}

std::string repository_host(const cloud::World& world, const DomainName& domain) {
    return domain.name + "-" + domain.owner + ".d.codeartifact." + world.region() +
           ".amazonaws.com";
}

}  // namespace kakehashi::twin

#include "twin/package_repository.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "base/text.h"
#include "cloud/package_access.h"
#include "twin/authentication.h"
#include "twin/bedrock_answer.h"
#include "twin/call.h"
#include "twin/codeartifact.h"
#include "twin/simple_api.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kakehashi::twin {
namespace {

constexpr std::size_t kPackageBytesMax = 256U << 20U;  // a larger file is not offered
constexpr std::size_t kPackagesMax = 10000;
constexpr std::string_view kBasic = "Basic ";

// What a path asks for; `version` and `file` are "" for the project's page.
struct Wanted {
    std::string repository, project, version = {}, file = {};
};

std::optional<Wanted> read_path(std::string_view target) {
    auto path = path_segments(target);
    if (!path.empty() && path.back().empty()) path.pop_back();  // with or without the last '/'
    const bool shaped = path.size() == 4 || path.size() == 6;
    if (!shaped || path[0] != "pypi" || path[2] != "simple") return std::nullopt;
    Wanted out{path[1], normalized_project(path[3])};
    if (path.size() == 6) {
        out.version = path[4];
        out.file = path[5];
    }
    return out;
}

class PackageCall {
public:
    PackageCall(State& state, const Standpoint& from, const http::Incoming& request)
        : state_(state),
          request_(request),
          call_(
              state,
              from,
              request,
              "codeartifact.amazonaws.com",
              Service::CodeArtifactRepositories
          ) {}

    http::Response run() {
        call_.named("ReadFromRepository");
        if (auto refused = authenticate_token()) return unauthenticated(*refused);
        if (request_.method != "GET" && request_.method != "HEAD") {
            return refuse({405, "MethodNotAllowed", "Only GET and HEAD are supported."});
        }
        const auto wanted = read_path(request_.target);
        if (!wanted || !is_repository_name(wanted->repository)) return not_found("no such path");
        auto decided = cloud::authorize(
            state_.world(),
            token_->caller->session,
            call_.facts(),
            cloud::repository_legs(
                state_.world(),
                cloud::RepositoryAction::ReadFromRepository,
                token_->domain,
                wanted->repository
            )
        );
        if (!decided.allowed()) return denied(std::move(decided));
        const cloud::DomainName& domain = token_->domain;
        const auto* repository =
            state_.world().codeartifact_repository(domain.owner, domain.name, wanted->repository);
        if (!repository) return not_found("no such repository");
        if (!cloud::has_pypi(state_.world(), *repository)) return not_found("no such package");
        return wanted->file.empty() ? page(*wanted) : file(*wanted);
    }

private:
    // nullopt: token_ is there.
    std::optional<cloud::Refusal> authenticate_token() {
        const auto refused = [](const char* text, const char* finding) {
            return cloud::Refusal{{401, "UnauthorizedException", text}, finding};
        };
        const auto header = request_.headers.find("authorization").value_or("");
        if (!equal_ignoring_case(header.substr(0, kBasic.size()), kBasic)) {
            return refused("Authentication is required.", "credentials-missing");
        }
        const auto given = from_base64(trimmed(header.substr(kBasic.size()))).value_or("");
        const bool user = given.starts_with("aws:");
        const PackageToken* token = user ? state_.package_tokens.find(given.substr(4)) : nullptr;
        if (!token || !is_of_this_host(token->domain)) {
            return refused("The authorization token is not valid.", "credentials-missing");
        }
        call_.made_by(token->caller);
        if (token->expires <= state_.clocks.account_time()) {
            return refused("The authorization token has expired.", "credentials-expired");
        }
        token_ = token;
        return std::nullopt;
    }

    // The listener's own address stands for every domain.
    bool is_of_this_host(const cloud::DomainName& domain) const {
        const auto host = aws_host(request_);
        return !host || *host == repository_host(state_.world(), domain);
    }

    // What the folder holds of a project. Files that cannot be read are not there.
    std::vector<Distribution> distributions(const std::string& project) const {
        std::vector<Distribution> out;
        const auto names = state_.list(*folder(), kPackagesMax);
        if (!names) return out;
        for (const std::string& name : *names) {
            auto found = parse_distribution(name);
            if (found && found->project == project) out.push_back(*std::move(found));
        }
        return out;
    }

    const std::optional<std::string>& folder() const {
        return state_.world().configuration().twin.codeartifact.packages;
    }

    std::optional<std::string> contents(const std::string& file) const {
        auto read = state_.read(*folder() + "/" + file, kPackageBytesMax);
        if (!read) return std::nullopt;
        return *std::move(read);
    }

    http::Response page(const Wanted& wanted) {
        std::vector<Distribution> found;
        if (folder()) found = distributions(wanted.project);
        std::erase_if(found, [&](Distribution& each) {
            const auto bytes = contents(each.file);
            if (bytes) each.sha256 = sha256_hex(*bytes);
            return !bytes;
        });
        if (found.empty()) return not_found("no such package");
        const std::string path =
            "/pypi/" + percent_encoded(wanted.repository) + "/simple/" + wanted.project + "/";
        return answer("text/html; charset=utf-8", project_page(path, wanted.project, found));
    }

    // The name is one of the listing's, never the client's own.
    http::Response file(const Wanted& wanted) {
        if (!folder()) return not_found("no such package");
        for (const Distribution& each : distributions(wanted.project)) {
            if (each.file != wanted.file || each.version != wanted.version) continue;
            if (auto bytes = contents(each.file)) {
                return answer("application/octet-stream", *std::move(bytes));
            }
        }
        return not_found("no such package");
    }

    http::Response answer(const char* type, std::string body) {
        call_.succeeded();
        http::Response response;
        response.headers.add("x-amzn-RequestId", call_.request_id());
        response.headers.add("Content-Type", type);
        response.body = std::move(body);
        return response;
    }

    http::Response unauthenticated(const cloud::Refusal& refusal) {
        call_.refused(refusal);
        http::Response response = error(refusal.rejection);
        response.headers.add("WWW-Authenticate", "Basic realm=\"CodeArtifact\"");
        return response;
    }

    http::Response denied(cloud::Authorization decided) {
        const aws::Rejection rejection{
            403,
            "AccessDeniedException",
            cloud::refusal_text(state_.world(), token_->caller->session, decided)};
        call_.refused(rejection, std::move(decided));
        return error(rejection);
    }

    http::Response not_found(const char* what) {
        return refuse({404, "ResourceNotFoundException", what});
    }

    http::Response refuse(const aws::Rejection& rejection) {
        call_.refused(cloud::Refusal{rejection, ""});
        return error(rejection);
    }

    http::Response error(const aws::Rejection& rejection) const {
        const bool json = state_.world().configuration().twin.switches.codeartifact_error_body ==
                          config::CodeArtifactErrorBody::Json;
        auto response = json_response(
            rejection.status, json::object{{"message", rejection.message}}, call_.request_id()
        );
        if (!json) response.body = std::string();
        return response;
    }

    State& state_;
    const http::Incoming& request_;
    Call call_;
    const PackageToken* token_ = nullptr;
};

class PackageRepository : public http::Handler {
public:
    PackageRepository(State& state, const Standpoint& from) : state_(state), from_(from) {}

    boost::asio::awaitable<http::Response> handle(http::Incoming request) override {
        co_return PackageCall(state_, from_, request).run();
    }

private:
    State& state_;            // outlives this
    const Standpoint& from_;  // outlives this
};

}  // namespace

std::unique_ptr<http::Handler> make_package_repository(State& state, const Standpoint& from) {
    return std::make_unique<PackageRepository>(state, from);
}

}  // namespace kakehashi::twin

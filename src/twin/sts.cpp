#include "twin/sts.h"

#include "aws/sts_messages.h"
#include "base/arn.h"
#include "base/fence.h"
#include "base/text.h"
#include "cloud/authorization.h"
#include "cloud/managed_policies.h"
#include "iam/policy.h"
#include "twin/authentication.h"
#include "twin/call.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace kakehashi::twin {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kDurationDefault = 3600s;
constexpr std::chrono::seconds kChainedMax = 3600s;
constexpr std::size_t kSessionPolicyCharactersMax = 2048;

http::Response xml_response(int status, std::string body, const std::string& request_id) {
    http::Response response;
    response.status = status;
    response.headers.add("x-amzn-RequestId", request_id);
    response.headers.add("Content-Type", "text/xml");
    response.body = std::move(body);
    return response;
}

cloud::Refusal refusal(int status, const char* code, std::string message, std::string finding) {
    return {{status, code, std::move(message)}, std::move(finding)};
}

class Sts : public http::Handler {
public:
    Sts(State& state, const Standpoint& from)
        : state_(state), from_(from), managed_policies_(state.world().managed_policies_date()) {}

    boost::asio::awaitable<http::Response> handle(http::Incoming request) override {
        co_return answer(request);
    }

private:
    http::Response answer(const http::Incoming& request) {
        Call call(state_, from_, request, "sts.amazonaws.com", Service::Sts);
        auto decoded = aws::decode_sts_request(form_of(request));
        const bool assumes = decoded && std::holds_alternative<aws::AssumeRoleRequest>(*decoded);
        if (decoded) call.named(assumes ? "AssumeRole" : "GetCallerIdentity");
        auto caller = authenticate(state_, Service::Sts, request);
        if (!caller) return refuse(call, caller.error());
        call.made_by(*caller);
        if (!decoded) return refuse(call, {decoded.error(), ""});
        if (const auto* assume = std::get_if<aws::AssumeRoleRequest>(&*decoded)) {
            return assume_role(call, **caller, *assume);
        }
        return caller_identity(call, **caller);
    }

    // The parameters: a POST's body, a GET's query.
    static std::string_view form_of(const http::Incoming& request) {
        const std::string_view target = request.target;
        const auto mark = target.find('?');
        if (request.method == "POST") return request.body;
        return request.method == "GET" && mark != target.npos ? target.substr(mark + 1) : "";
    }

    http::Response caller_identity(Call& call, const Issued& caller) {
        auto decided =
            cloud::authorize_caller_identity(state_.world(), caller.session, call.facts());
        if (!decided.allowed()) return deny(call, caller.session, std::move(decided));
        call.succeeded();
        const cloud::Session& session = caller.session;
        return xml_response(
            200,
            aws::encode(aws::GetCallerIdentityResponse{
                session.user_id, session.account, session.arn, call.request_id()}),
            call.request_id()
        );
    }

    http::Response assume_role(
        Call& call,
        const Issued& caller,
        const aws::AssumeRoleRequest& request
    ) {
        json::object parameters{
            {"roleArn", request.role_arn}, {"roleSessionName", request.role_session_name}};
        if (request.external_id) parameters["externalId"] = *request.external_id;
        if (request.duration) parameters["durationSeconds"] = request.duration->count();
        call.with_parameters(std::move(parameters));

        auto passed = session_policies(request);
        if (!passed) return refuse(call, passed.error());
        const cloud::Session& session = caller.session;
        if (auto wrong = refuse_tags(session, request)) return refuse(call, *wrong);
        if (auto wrong = refuse_caller(session, request)) return refuse(call, *wrong);
        auto decided = cloud::authorize(
            state_.world(),
            session,
            call.facts(),
            cloud::assume_role_legs(state_.world(), session, request)
        );
        if (!decided.allowed()) return deny(call, session, std::move(decided));
        const cloud::Role& role = *state_.world().role(request.role_arn);
        const auto duration = request.duration.value_or(kDurationDefault);
        if (auto too_long = refuse_duration(role, session, duration)) {
            return refuse(call, *too_long);
        }
        const bool packed = request.policy || !request.policy_arns.empty() || !request.tags.empty();
        auto issued = state_.issue(
            cloud::assumed_session(
                role, session, request, *std::move(passed), state_.clocks.account_time()
            ),
            duration
        );
        call.succeeded();
        return xml_response(
            200, aws::encode(response_for(*issued, request, packed, call)), call.request_id()
        );
    }

    static aws::AssumeRoleResponse response_for(
        const Issued& issued,
        const aws::AssumeRoleRequest& request,
        bool packed,  // NOLINT(readability-avoid-const-params-in-decls)
        const Call& call
    ) {
        aws::AssumeRoleResponse response;
        response.credentials = {
            issued.access_key_id, issued.secret_access_key, issued.session_token};
        response.expiration = *issued.expires;
        response.assumed_role_id = issued.session.user_id;
        response.assumed_role_arn = issued.session.arn;
        if (packed) {
            const std::size_t size = request.policy ? request.policy->size() : 0;
            response.packed_policy_size =
                static_cast<int>(1 + size * 99 / kSessionPolicyCharactersMax);
        }
        if (!issued.session.source_identity.empty()) {
            response.source_identity = issued.session.source_identity;
        }
        response.request_id = call.request_id();
        return response;
    }

    // STS API Reference, AssumeRole, and the sentences that its errors are known by.
    static std::optional<cloud::Refusal> refuse_tags(
        const cloud::Session& caller,
        const aws::AssumeRoleRequest& request
    ) {
        const auto invalid = [](const char* message) {
            return refusal(400, "InvalidParameterValue", message, "");
        };
        std::set<std::string> keys;
        for (const auto& tag : request.tags) {
            if (!keys.insert(lower_ascii(tag.key)).second && in_force("sts.tags-twice")) {
                return invalid(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive."
                );
            }
        }
        for (const std::string& key : request.transitive_tag_keys) {
            if (!keys.contains(lower_ascii(key)) && in_force("sts.tags-transitive")) {
                return invalid(
                    "The specified transitive tag key must be included in the requested tags."
                );
            }
        }
        for (const std::string& key : caller.transitive_tag_keys) {
            if (keys.contains(lower_ascii(key)) && in_force("sts.tags-inherited")) {
                return invalid(
                    "One of the specified transitive tag keys can't be set because it conflicts "
                    "with a transitive tag key from the calling session."
                );
            }
        }
        return std::nullopt;
    }

    static std::optional<cloud::Refusal> refuse_caller(
        const cloud::Session& caller,
        const aws::AssumeRoleRequest& request
    ) {
        const auto denied = [](const char* message) {
            return refusal(403, "AccessDenied", message, "caller-may-not-assume");
        };
        if (caller.kind == cloud::Session::Kind::Root && in_force("sts.root")) {
            return denied("Roles may not be assumed by root accounts.");
        }
        if ((request.token_code || request.serial_number) &&
            in_force("sts.mfa")) {  // no principal here has a device
            return denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ");
        }
        // IAM User Guide, "Monitor and control actions taken with assumed roles": once set it
        // cannot be changed. The wording is unverified.
        const bool changes = request.source_identity && !caller.source_identity.empty() &&
                             *request.source_identity != caller.source_identity;
        if (changes && in_force("sts.source-identity"))
            return denied("The source identity of a role session cannot be changed.");
        return std::nullopt;
    }

    // Role chaining: a role session that assumes a role gets an hour at most.
    static std::optional<cloud::Refusal> refuse_duration(
        const cloud::Role& role,
        const cloud::Session& caller,
        std::chrono::seconds duration
    ) {
        const bool chained = caller.kind == cloud::Session::Kind::Role;
        if (chained && duration > kChainedMax && in_force("sts.chained")) {
            return refusal(
                400,
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed "
                "by role chaining.",
                "chained-duration"
            );
        }
        if (duration > role.session_max && in_force("sts.MaxSessionDuration")) {
            return refusal(
                400,
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
                "chained-duration"
            );
        }
        return std::nullopt;
    }

    Expected<std::vector<iam::Policy>, cloud::Refusal> session_policies(
        const aws::AssumeRoleRequest& request
    ) {
        std::vector<iam::Policy> out;
        if (request.policy) {
            if (request.policy->size() > kSessionPolicyCharactersMax &&
                in_force("sts.policy-size")) {
                return Failure{refusal(
                    400,
                    "PackedPolicyTooLarge",
                    "Packed size of session policy exceeds the limit.",
                    ""
                )};
            }
            auto read =
                iam::parse_policy(*request.policy, "session policy", iam::PolicyType::Session);
            if (!read) {
                return Failure{refusal(
                    400,
                    "MalformedPolicyDocument",
                    "The policy is not in the valid JSON format.",
                    ""
                )};
            }
            out.push_back(*std::move(read));
        }
        for (const std::string& arn : request.policy_arns) {
            auto found = managed_policy(arn, request.role_arn);
            if (!found) {
                return Failure{refusal(
                    400, "MalformedPolicyDocument", "PolicyArn " + arn + " does not exist.", ""
                )};
            }
            out.push_back(*std::move(found));
        }
        return out;
    }

    // AWS's own, or one of the account that the role is in.
    std::optional<iam::Policy> managed_policy(const std::string& arn, std::string_view role_arn) {
        const iam::Policy* own = state_.world().customer_policy(arn);
        if (!own) return managed_policies_.find(arn, iam::PolicyType::Session);
        const auto policy = parse_arn(arn);
        const auto role = parse_arn(role_arn);
        const bool same_account = policy && role && policy->account == role->account;
        if (!same_account && in_force("sts.policy-account")) return std::nullopt;
        auto read = iam::read_policy(own->document(), arn, iam::PolicyType::Session);
        return read ? std::optional(*std::move(read)) : std::nullopt;
    }

    static http::Response refuse(Call& call, const cloud::Refusal& refused) {
        call.refused(refused);
        return xml_response(
            refused.rejection.status,
            aws::encode_sts_error(refused.rejection, call.request_id()),
            call.request_id()
        );
    }

    http::Response deny(Call& call, const cloud::Session& session, cloud::Authorization decided)
        const {
        const aws::Rejection rejection{
            403, "AccessDenied", cloud::refusal_text(state_.world(), session, decided)};
        call.refused(rejection, std::move(decided));
        return xml_response(
            rejection.status, aws::encode_sts_error(rejection, call.request_id()), call.request_id()
        );
    }

    State& state_;            // outlives this
    const Standpoint& from_;  // outlives this
    cloud::ManagedPolicies managed_policies_;
};

}  // namespace

std::unique_ptr<http::Handler> make_sts(State& state, const Standpoint& from) {
    return std::make_unique<Sts>(state, from);
}

}  // namespace kakehashi::twin

#include "twin/bedrock.h"

#include "aws/bedrock_control.h"
#include "base/arn.h"
#include "twin/authentication.h"
#include "twin/bedrock_answer.h"
#include "twin/call.h"

#include <utility>
#include <vector>

namespace kakehashi::twin {
namespace {

class BedrockCall {
public:
    BedrockCall(State& state, const Standpoint& from, const http::Incoming& request)
        : state_(state),
          request_(request),
          call_(state, from, request, "bedrock.amazonaws.com", Service::Bedrock) {}

    http::Response run() {
        auto caller = authenticate(state_, Service::Bedrock, request_);
        if (!caller) {
            call_.refused(caller.error());
            return json_error(caller.error().rejection, Voice::Authentication, call_.request_id());
        }
        caller_ = *std::move(caller);
        call_.made_by(caller_);
        scope_ = {caller_->session.account, state_.world().region()};
        const auto path = path_segments(request_.target);
        const bool get = request_.method == "GET" && !path.empty() && path.size() <= 2;
        if (get && path[0] == "inference-profiles") {
            return path.size() == 1 ? list_profiles() : get_profile(path[1]);
        }
        if (get && path[0] == "foundation-models") {
            return path.size() == 1 ? list_models() : get_model(path[1]);
        }
        return refuse({404, "UnknownOperationException", ""}, Voice::Authentication);
    }

private:
    http::Response list_profiles() {
        call_.named("ListInferenceProfiles");
        if (auto denied = deny("bedrock:ListInferenceProfiles", "*")) return *std::move(denied);
        return answer(aws::list_inference_profiles(
            state_.world().catalog(),
            scope_,
            {query("type"), query("maxResults"), query("nextToken")},
            applications()
        ));
    }

    http::Response get_profile(const std::string& identifier) {
        call_.named("GetInferenceProfile");
        const bool arn = identifier.starts_with("arn:");
        const std::string resource =
            arn ? identifier
                : aws::inference_profile_arn(scope_.region, scope_.account, identifier);
        if (auto denied = deny("bedrock:GetInferenceProfile", resource)) return *std::move(denied);
        return answer(
            aws::get_inference_profile(state_.world().catalog(), scope_, identifier, applications())
        );
    }

    http::Response list_models() {
        call_.named("ListFoundationModels");
        if (auto denied = deny("bedrock:ListFoundationModels", "*")) return *std::move(denied);
        return answer(aws::list_foundation_models(
            state_.world().catalog(),
            scope_,
            {query("byProvider"), query("byOutputModality"), query("byInferenceType")}
        ));
    }

    http::Response get_model(const std::string& identifier) {
        call_.named("GetFoundationModel");
        const bool arn = identifier.starts_with("arn:");
        const std::string resource =
            arn ? identifier : aws::foundation_model_arn(scope_.region, identifier);
        if (auto denied = deny("bedrock:GetFoundationModel", resource)) return *std::move(denied);
        return answer(aws::get_foundation_model(state_.world().catalog(), scope_, identifier));
    }

    std::optional<std::string> query(std::string_view name) const {
        return query_parameter(request_.target, name);
    }

    std::vector<aws::ApplicationProfile> applications() const {
        std::vector<aws::ApplicationProfile> out;
        const cloud::Account* owner = state_.world().account(scope_.account);
        if (!owner) return out;
        for (const auto& [arn, copies_from] : owner->application_profiles) {
            aws::ApplicationProfile profile;
            profile.id = arn.substr(arn.rfind('/') + 1);
            profile.name = profile.id;
            profile.copies_from = copies_from;
            out.push_back(std::move(profile));
        }
        return out;
    }

    std::optional<http::Response> deny(const char* action, const std::string& resource) {
        cloud::Leg leg;
        leg.action = action;
        leg.resource = resource;
        if (const auto arn = parse_arn(resource)) leg.resource_account = arn->account;
        leg.keys = {{"aws:RequestedRegion", scope_.region}};
        auto decided =
            cloud::authorize(state_.world(), caller_->session, call_.facts(), {std::move(leg)});
        if (decided.allowed()) return std::nullopt;
        const aws::Rejection rejection{
            403,
            "AccessDeniedException",
            cloud::refusal_text(state_.world(), caller_->session, decided)};
        call_.refused(rejection, std::move(decided));
        return json_error(rejection, Voice::Authorization, call_.request_id());
    }

    http::Response answer(const Expected<json::value, aws::Rejection>& body) {
        if (!body) return refuse(body.error(), Voice::Service);
        call_.succeeded();
        return json_response(200, *body, call_.request_id());
    }

    http::Response refuse(const aws::Rejection& rejection, Voice voice) {
        call_.refused(cloud::Refusal{rejection, ""});
        return json_error(rejection, voice, call_.request_id());
    }

    State& state_;
    const http::Incoming& request_;
    Call call_;
    std::shared_ptr<const Issued> caller_;
    aws::ControlScope scope_;
};

class Bedrock : public http::Handler {
public:
    Bedrock(State& state, const Standpoint& from) : state_(state), from_(from) {}

    boost::asio::awaitable<http::Response> handle(http::Incoming request) override {
        co_return BedrockCall(state_, from_, request).run();
    }

private:
    State& state_;            // outlives this
    const Standpoint& from_;  // outlives this
};

}  // namespace

std::unique_ptr<http::Handler> make_bedrock(State& state, const Standpoint& from) {
    return std::make_unique<Bedrock>(state, from);
}

}  // namespace kakehashi::twin

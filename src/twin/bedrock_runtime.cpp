#include "twin/bedrock_runtime.h"

#include "aws/converse.h"
#include "aws/service_error.h"
#include "base/fence.h"
#include "base/text.h"
#include "cloud/model_access.h"
#include "twin/authentication.h"
#include "twin/bedrock_answer.h"
#include "twin/call.h"
#include "twin/event_frames.h"
#include "twin/model_script.h"
#include "twin/stream_body.h"

#include <array>
#include <utility>

namespace kakehashi::twin {
namespace {

using cloud::InvocationKind;
using cloud::Refusal;

struct Operation {
    std::string_view path;  // the segment after /model/{modelId}/
    const char* event_name;
    InvocationKind kind;
    bool converse;
};
constexpr std::array kOperations = {
    Operation{"converse", "Converse", InvocationKind::Unary, true},
    Operation{"converse-stream", "ConverseStream", InvocationKind::Streaming, true},
    Operation{"invoke", "InvokeModel", InvocationKind::Unary, false},
    Operation{
        "invoke-with-response-stream",
        "InvokeModelWithResponseStream",
        InvocationKind::Streaming,
        false},
};

const Operation* find_operation(std::string_view path) {
    for (const Operation& operation : kOperations) {
        if (operation.path == path) return &operation;
    }
    return nullptr;
}

Refusal validation(std::string message) {
    return {{400, "ValidationException", std::move(message)}, ""};
}

// What the model's own failures say when a script asks for one. Sources: aws-facts §3.4, §3.5.
std::string scripted_message(std::string_view code) {
    if (code == "ThrottlingException") {
        return "Too many requests, please wait before trying again.";
    }
    if (code == "InternalServerException") {
        return "The system encountered an unexpected error during processing. Try your request "
               "again.";
    }
    if (code == "ServiceUnavailableException") {
        return "Bedrock is unable to process your request.";
    }
    return "The model returned the following errors: " + std::string(code);
}

aws::Rejection scripted_rejection(const std::string& code) {
    const auto* known = aws::find_error_code(aws::Service::Bedrock, code);
    return {known ? known->status : 500, code, scripted_message(code)};
}

// One request on its way through the gates.
class InvocationCall {
public:
    InvocationCall(State& state, const Standpoint& from, const http::Incoming& request)
        : state_(state),
          request_(request),
          call_(state, from, request, "bedrock.amazonaws.com", Service::BedrockRuntime) {}

    http::Response run() {
        read_operation();
        auto caller = authenticate(state_, Service::BedrockRuntime, request_);
        if (!caller) return refuse(caller.error(), Voice::Authentication);
        caller_ = *std::move(caller);
        call_.made_by(caller_);
        if (!operation_) {
            return refuse({{404, "UnknownOperationException", ""}, ""}, Voice::Authentication);
        }
        return decide();
    }

private:
    void read_operation() {
        const auto segments = path_segments(request_.target);
        if (segments.size() != 3 || segments[0] != "model" || request_.method != "POST") return;
        operation_ = find_operation(segments[2]);
        if (!operation_) return;
        model_id_ = segments[1];
        call_.named(operation_->event_name);
        call_.with_parameters({{"modelId", shown(model_id_, aws::kModelIdBytesMax)}});
    }

    http::Response decide() {
        auto body = json::parse(request_.body);
        auto problem = body_problem(body);
        const bool first = state_.world().configuration().twin.switches.validation_order ==
                           config::ValidationOrder::BeforeAuthorization;
        if (problem && first) return refuse(*problem, Voice::Service);
        auto invocation = cloud::resolve_invocation(state_.world(), account(), model_id_);
        if (!invocation) return refuse(invocation.error(), Voice::Service);
        const std::string region = state_.route(invocation->destinations);
        // CloudTrail has it for cross-Region inference alone.
        if (!invocation->profile_arn.empty()) call_.routed_to(region);
        cloud::InvocationRequest wanted{operation_->kind, region};
        if (body) wanted.guardrail = guardrail(*body);
        auto decided = cloud::authorize(
            state_.world(),
            caller_->session,
            call_.facts(),
            cloud::invocation_legs(state_.world(), caller_->session, *invocation, wanted)
        );
        if (!decided.allowed()) return deny(std::move(decided));
        const aws::FoundationModel& model = *invocation->model;
        if (wanted.guardrail) {
            auto missing = cloud::guardrail_gate(state_.world(), *wanted.guardrail);
            if (missing) return refuse(*missing, Voice::Service);
        }
        if (auto closed = account_gates(model)) return *std::move(closed);
        const Prompt prompt = body ? read_prompt(*body) : Prompt{};
        const cloud::Account* owner = state_.world().account(account());
        if (owner) {
            const auto tokens = static_cast<double>(prompt.tokens);
            const auto throttled = state_.beyond_quota(*owner, model.id, tokens);
            if (throttled && in_force("gate.quota"))
                return refuse(cloud::throttled_refusal(*throttled), Voice::Service);
        }
        if (problem && in_force("gate.body")) return refuse(*problem, Voice::Service);
        if (auto wrong = beyond_model_limit(model, prompt); wrong && in_force("gate.model-limit"))
            return refuse(*wrong, Voice::Service);
        return answer(model, prompt);
    }

    const std::string& account() const { return caller_->session.account; }

    std::optional<Refusal> body_problem(const Expected<json::value, json::JsonError>& body) const {
        if (!body) {
            const bool converse = operation_->converse;
            return Refusal{
                {400,
                 converse ? "SerializationException" : "ValidationException",
                 "Malformed input request, please reformat your input and try again."},
                ""};
        }
        if (!operation_->converse) return std::nullopt;
        auto checked = aws::check_converse_request(*body);
        if (checked) return std::nullopt;
        return Refusal{checked.error(), ""};
    }

    std::optional<cloud::Guardrail> guardrail(const json::value& body) const {
        std::optional<std::string_view> id;
        std::optional<std::string_view> version;
        if (const json::value* found = json::find(body, "guardrailConfig");
            found && operation_->converse) {
            id = json::find_string(*found, "guardrailIdentifier");
            version = json::find_string(*found, "guardrailVersion");
        } else if (!operation_->converse) {
            id = request_.headers.find("X-Amzn-Bedrock-GuardrailIdentifier");
            version = request_.headers.find("X-Amzn-Bedrock-GuardrailVersion");
        }
        if (!id) return std::nullopt;
        return cloud::guardrail_of(state_.world(), account(), *id, version.value_or(""));
    }

    // Country, then form and Marketplace (their order is the switch gate_order), then legacy.
    std::optional<http::Response> account_gates(const aws::FoundationModel& model) {
        const cloud::Account* owner = state_.world().account(account());
        // A principal of no declared account has no gates of its own.
        if (!owner) return std::nullopt;
        const auto shut = [&](std::optional<Refusal> closed) -> std::optional<http::Response> {
            if (!closed) return std::nullopt;
            return refuse(*closed, Voice::Service);
        };
        if (auto closed = shut(cloud::country_gate(*owner, model))) return closed;
        const bool marketplace_first = state_.world().configuration().twin.switches.gate_order ==
                                       config::GateOrder::MarketplaceFirst;
        if (marketplace_first) {
            if (auto closed = marketplace_gate(model)) return closed;
        }
        if (auto closed = shut(cloud::form_gate(state_.world(), *owner, model))) return closed;
        if (!marketplace_first) {
            if (auto closed = marketplace_gate(model)) return closed;
        }
        return shut(cloud::legacy_gate(model));
    }

    // The first call of an account subscribes it, with the caller's own rights.
    std::optional<http::Response> marketplace_gate(const aws::FoundationModel& model) {
        if (!in_force("gate.marketplace") || !cloud::needs_subscription(model) ||
            state_.is_subscribed(account(), model.id)) {
            return std::nullopt;
        }
        auto decided = cloud::authorize(
            state_.world(),
            caller_->session,
            call_.facts(),
            cloud::marketplace_legs(state_.world(), model)
        );
        if (!decided.allowed()) {
            const Refusal closed = cloud::marketplace_refusal();
            call_.refused(closed.rejection, std::move(decided), closed.finding);
            return json_error(closed.rejection, Voice::Service, call_.request_id());
        }
        state_.subscribe(account(), model.id);
        return std::nullopt;
    }

    Prompt read_prompt(const json::value& body) const {
        return operation_->converse ? read_converse_prompt(model_id_, body)
                                    : read_invoke_prompt(model_id_, body);
    }

    static std::optional<Refusal> beyond_model_limit(
        const aws::FoundationModel& model,
        const Prompt& prompt
    ) {
        const auto limit = model.output_tokens_max;
        if (!limit || !prompt.output_tokens_max || *prompt.output_tokens_max <= *limit) {
            return std::nullopt;
        }
        const std::string most = std::to_string(*limit);
        return validation(
            "The maximum tokens you requested exceeds the model limit of " + most +
            ". Try again with a maximum tokens value that is lower than " + most + "."
        );
    }

    http::Response answer(const aws::FoundationModel& model, const Prompt& prompt) {
        const Answer answer = answer_for(state_.world().configuration().twin.replies, prompt);
        const config::Reply* reply = answer.reply;
        const bool fails = reply && reply->error;
        const bool streams = operation_->kind == InvocationKind::Streaming;
        if (fails && !(streams && reply->error_at_event)) {
            const Refusal scripted{scripted_rejection(*reply->error), finding_of(*reply->error)};
            return refuse(scripted, Voice::Service);
        }
        call_.succeeded();
        if (!streams) return whole(answer, model);
        std::optional<StreamFault> fault;
        if (fails) fault = StreamFault{*reply->error_at_event, scripted_rejection(*reply->error)};
        return streamed(answer, model, fault);
    }

    static std::string finding_of(std::string_view code) {
        return code == "ThrottlingException" ? "throttled" : "";
    }

    http::Response whole(const Answer& answer, const aws::FoundationModel& model) {
        const json::value body = operation_->converse
                                     ? converse_body(answer, state_.identifiers)
                                     : invoke_body(answer, model.id, state_.identifiers);
        http::Response response = json_response(200, body, call_.request_id());
        if (!operation_->converse) {
            response.headers.add(
                "X-Amzn-Bedrock-Input-Token-Count", std::to_string(answer.input_tokens)
            );
            response.headers.add(
                "X-Amzn-Bedrock-Output-Token-Count", std::to_string(answer.output_tokens)
            );
        }
        if (const config::Reply* reply = answer.reply; reply && reply->cut_at_byte) {
            std::string text = std::get<std::string>(std::move(response.body));
            StreamPace pace{{}, reply->cut_at_byte};
            response.headers.add("Content-Length", std::to_string(text.size()));
            response.body = std::make_unique<StreamBody>(
                std::vector<std::string>{std::move(text)}, pace, state_.timer
            );
        }
        return response;
    }

    http::Response streamed(
        const Answer& answer,
        const aws::FoundationModel& model,
        const std::optional<StreamFault>& fault
    ) {
        http::Response response;
        response.headers.add("x-amzn-RequestId", call_.request_id());
        response.headers.add("Content-Type", "application/vnd.amazon.eventstream");
        if (!operation_->converse) {
            response.headers.add("X-Amzn-Bedrock-Content-Type", "application/json");
        }
        auto frames = operation_->converse
                          ? converse_frames(answer, fault, state_.identifiers)
                          : invoke_frames(answer, model.id, fault, state_.identifiers);
        StreamPace pace;
        if (answer.reply) pace = {answer.reply->delay, answer.reply->cut_at_byte};
        response.body = std::make_unique<StreamBody>(std::move(frames), pace, state_.timer);
        return response;
    }

    http::Response refuse(const Refusal& refusal, Voice voice) {
        call_.refused(refusal);
        return json_error(refusal.rejection, voice, call_.request_id());
    }

    http::Response deny(cloud::Authorization decided) {
        const aws::Rejection rejection{
            403,
            "AccessDeniedException",
            cloud::refusal_text(state_.world(), caller_->session, decided)};
        call_.refused(rejection, std::move(decided));
        return json_error(rejection, Voice::Authorization, call_.request_id());
    }

    State& state_;
    const http::Incoming& request_;
    Call call_;
    std::shared_ptr<const Issued> caller_;
    const Operation* operation_ = nullptr;
    std::string model_id_;
};

class BedrockRuntime : public http::Handler {
public:
    BedrockRuntime(State& state, const Standpoint& from) : state_(state), from_(from) {}

    boost::asio::awaitable<http::Response> handle(http::Incoming request) override {
        co_return InvocationCall(state_, from_, request).run();
    }

private:
    State& state_;            // outlives this
    const Standpoint& from_;  // outlives this
};

}  // namespace

std::unique_ptr<http::Handler> make_bedrock_runtime(State& state, const Standpoint& from) {
    return std::make_unique<BedrockRuntime>(state, from);
}

}  // namespace kakehashi::twin

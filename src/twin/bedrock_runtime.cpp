#include "twin/bedrock_runtime.h"

#include "aws/converse.h"
#include "aws/service_error.h"
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
    InvocationCall(State& state, const http::Incoming& request)
        : state_(state),
          request_(request),
          call_(state, request, "bedrock.amazonaws.com", Service::BedrockRuntime) {}

    http::Response run() {
        auto caller = authenticate(state_, Family::Bedrock, request_);
        if (!caller) return refuse(caller.error(), Voice::Authentication);
        caller_ = *std::move(caller);
        call_.made_by(caller_);
        const auto segments = path_segments(request_.target);
        const Operation* operation = segments.size() == 3 ? find_operation(segments[2]) : nullptr;
        if (!operation || segments[0] != "model" || request_.method != "POST") {
            return refuse({{404, "UnknownOperationException", ""}, ""}, Voice::Authentication);
        }
        operation_ = operation;
        model_id_ = segments[1];
        call_.named(operation->event_name);
        call_.with_parameters({{"modelId", model_id_}});
        return decide();
    }

private:
    http::Response decide() {
        auto body = json::parse(request_.body);
        auto problem = body_problem(body);
        const bool first = state_.world().configuration().twin.switches.validation_order ==
                           config::ValidationOrder::BeforeAuthorization;
        if (problem && first) return refuse(*problem, Voice::Service);
        auto invocation = cloud::resolve_invocation(state_.world(), account(), model_id_);
        if (!invocation) return refuse(invocation.error(), Voice::Service);
        const std::string region = state_.route(invocation->destinations);
        call_.with_additional({{"inferenceRegion", region}});
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
        if (auto closed = account_gates(model)) return refuse(*closed, Voice::Service);
        const Prompt prompt = body ? read_prompt(*body) : Prompt{};
        const cloud::Account* owner = state_.world().account(account());
        if (owner && !state_.within_quota(*owner, model.id, static_cast<double>(prompt.tokens))) {
            return refuse(cloud::throttled_refusal(), Voice::Service);
        }
        if (problem) return refuse(*problem, Voice::Service);
        if (auto wrong = beyond_model_limit(model, prompt)) return refuse(*wrong, Voice::Service);
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

    std::optional<std::string> guardrail(const json::value& body) const {
        if (operation_->converse) {
            const json::value* found = json::find(body, "guardrailConfig");
            const auto id = found ? json::find_string(*found, "guardrailIdentifier") : std::nullopt;
            return id ? std::optional<std::string>(*id) : std::nullopt;
        }
        const auto header = request_.headers.find("X-Amzn-Bedrock-GuardrailIdentifier");
        return header ? std::optional<std::string>(*header) : std::nullopt;
    }

    // Country, then form and Marketplace (their order is the switch gate_order), then legacy.
    std::optional<Refusal> account_gates(const aws::FoundationModel& model) {
        const cloud::Account* owner = state_.world().account(account());
        if (!owner)
            return std::nullopt;  // a principal of no declared account has no gates of its own
        if (auto closed = cloud::country_gate(*owner, model)) return closed;
        const bool marketplace_first = state_.world().configuration().twin.switches.gate_order ==
                                       config::GateOrder::MarketplaceFirst;
        if (marketplace_first) {
            if (auto closed = marketplace_gate(model)) return closed;
        }
        if (auto closed = cloud::form_gate(*owner, model)) return closed;
        if (!marketplace_first) {
            if (auto closed = marketplace_gate(model)) return closed;
        }
        return cloud::legacy_gate(model);
    }

    // The first call of an account subscribes it, with the caller's own rights.
    std::optional<Refusal> marketplace_gate(const aws::FoundationModel& model) {
        if (!cloud::needs_subscription(model) || state_.is_subscribed(account(), model.id)) {
            return std::nullopt;
        }
        const auto decided = cloud::authorize(
            state_.world(), caller_->session, call_.facts(), cloud::marketplace_legs(state_.world())
        );
        if (!decided.allowed()) return cloud::marketplace_refusal();
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
    explicit BedrockRuntime(State& state) : state_(state) {}

    boost::asio::awaitable<http::Response> handle(http::Incoming request) override {
        co_return InvocationCall(state_, request).run();
    }

private:
    State& state_;  // outlives this
};

}  // namespace

std::unique_ptr<http::Handler> make_bedrock_runtime(State& state) {
    return std::make_unique<BedrockRuntime>(state);
}

}  // namespace kakehashi::twin

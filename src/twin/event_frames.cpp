#include "twin/event_frames.h"

#include "aws/event_stream.h"
#include "base/encoding.h"
#include "base/json.h"

#include <cstdlib>
#include <utility>

namespace kakehashi::twin {
namespace {

constexpr std::uint64_t kMillisecondsPerToken = 10;  // what the answer claims, not what it takes

std::uint64_t latency(const Answer& answer) {
    return kMillisecondsPerToken * answer.output_tokens;
}

json::object usage_body(const Answer& answer) {
    return {
        {"inputTokens", answer.input_tokens},
        {"outputTokens", answer.output_tokens},
        {"totalTokens", answer.input_tokens + answer.output_tokens}};
}

std::string frame(std::string_view kind, std::string_view type, std::string payload) {
    aws::EventMessage message;
    const std::string name = ":" + std::string(kind) + "-type";
    message.headers = {
        {name, std::string(type)},
        {":content-type", std::string("application/json")},
        {":message-type", std::string(kind)}};
    message.payload = std::move(payload);
    auto encoded = aws::encode(message);
    if (!encoded) std::abort();  // our own events are far below every limit
    return *std::move(encoded);
}

std::string event_frame(std::string_view type, json::object payload, Identifiers& identifiers) {
    payload["p"] = identifiers.padding();
    return frame("event", type, json::serialize(payload));
}

// "ThrottlingException" → "throttlingException": the member of the stream's union.
std::string exception_frame(const aws::Rejection& rejection) {
    std::string member = rejection.code;
    if (!member.empty() && member[0] >= 'A' && member[0] <= 'Z') {
        member[0] = static_cast<char>(member[0] - 'A' + 'a');
    }
    return frame(
        "exception", member, json::serialize(json::object{{"message", rejection.message}})
    );
}

void place_fault(const std::optional<StreamFault>& fault, std::vector<std::string>& frames) {
    if (!fault) return;
    const std::size_t at = fault->at_event == 0 ? 0 : fault->at_event - 1;
    if (at < frames.size()) frames.resize(at);
    frames.push_back(exception_frame(fault->rejection));
}

std::string tool_use_id(Identifiers& identifiers) {
    return "tooluse_" + identifiers.message_id().substr(11);
}

}  // namespace

std::vector<std::string> converse_frames(
    const Answer& answer,
    const std::optional<StreamFault>& fault,
    Identifiers& identifiers
) {
    std::vector<std::string> frames;
    const auto add = [&](const char* type, json::object payload) {
        frames.push_back(event_frame(type, std::move(payload), identifiers));
    };
    std::uint64_t block = 0;
    const auto add_delta = [&](json::object delta) {
        add("contentBlockDelta", {{"contentBlockIndex", block}, {"delta", std::move(delta)}});
    };
    const auto stop_block = [&] { add("contentBlockStop", {{"contentBlockIndex", block++}}); };

    add("messageStart", {{"role", "assistant"}});
    if (answer.reasoning) {
        add_delta({{"reasoningContent", json::object{{"text", *answer.reasoning}}}});
        stop_block();
    }
    for (const std::string& token : answer.tokens) {
        add_delta({{"text", token}});
    }
    if (!answer.tokens.empty()) stop_block();
    if (const auto& tool = answer.tool_use) {
        json::object start{{"toolUseId", tool_use_id(identifiers)}, {"name", tool->name}};
        add("contentBlockStart",
            {{"contentBlockIndex", block}, {"start", json::object{{"toolUse", std::move(start)}}}});
        add_delta({{"toolUse", json::object{{"input", json::serialize(tool->input)}}}});
        stop_block();
    }
    add("messageStop", {{"stopReason", answer.stop_reason}});
    add("metadata",
        {{"usage", usage_body(answer)}, {"metrics", json::object{{"latencyMs", latency(answer)}}}});
    place_fault(fault, frames);
    return frames;
}

json::value converse_body(const Answer& answer, Identifiers& identifiers) {
    json::array content;
    if (answer.reasoning) {
        content.push_back(json::object{
            {"reasoningContent",
             json::object{{"reasoningText", json::object{{"text", *answer.reasoning}}}}}});
    }
    if (!answer.tokens.empty()) content.push_back(json::object{{"text", answer.text()}});
    if (const auto& tool = answer.tool_use) {
        content.push_back(json::object{
            {"toolUse",
             json::object{
                 {"toolUseId", tool_use_id(identifiers)},
                 {"name", tool->name},
                 {"input", tool->input}}}});
    }
    json::object message{{"role", "assistant"}, {"content", std::move(content)}};
    return json::object{
        {"output", json::object{{"message", std::move(message)}}},
        {"stopReason", answer.stop_reason},
        {"usage", usage_body(answer)},
        {"metrics", json::object{{"latencyMs", latency(answer)}}}};
}

json::value invoke_body(const Answer& answer, std::string_view model, Identifiers& identifiers) {
    json::array content;
    if (!answer.tokens.empty()) {
        content.push_back(json::object{{"type", "text"}, {"text", answer.text()}});
    }
    if (const auto& tool = answer.tool_use) {
        content.push_back(json::object{
            {"type", "tool_use"},
            {"id", tool_use_id(identifiers)},
            {"name", tool->name},
            {"input", tool->input}});
    }
    return json::object{
        {"model", model},
        {"id", identifiers.message_id()},
        {"type", "message"},
        {"role", "assistant"},
        {"content", std::move(content)},
        {"stop_reason", answer.stop_reason},
        {"stop_sequence", nullptr},
        {"usage",
         json::object{
             {"input_tokens", answer.input_tokens}, {"output_tokens", answer.output_tokens}}}};
}

// Source: Anthropic's Messages API, "Streaming messages": the events and their members.
std::vector<std::string> invoke_frames(
    const Answer& answer,
    std::string_view model,
    const std::optional<StreamFault>& fault,
    Identifiers& identifiers
) {
    std::vector<std::string> frames;
    const auto add = [&](const json::object& event) {
        json::object payload{{"bytes", base64(json::serialize(event))}};
        frames.push_back(event_frame("chunk", std::move(payload), identifiers));
    };
    json::value message = invoke_body(answer, model, identifiers);
    message.as_object()["content"] = json::array{};
    message.as_object()["stop_reason"] = nullptr;
    message.as_object()["usage"] =
        json::object{{"input_tokens", answer.input_tokens}, {"output_tokens", 1}};
    add({{"type", "message_start"}, {"message", std::move(message)}});
    std::uint64_t block = 0;
    const auto start_block = [&](json::object content) {
        add(
            {{"type", "content_block_start"},
             {"index", block},
             {"content_block", std::move(content)}}
        );
    };
    const auto add_delta = [&](json::object delta) {
        add({{"type", "content_block_delta"}, {"index", block}, {"delta", std::move(delta)}});
    };
    const auto stop_block = [&] { add({{"type", "content_block_stop"}, {"index", block++}}); };
    if (!answer.tokens.empty()) {
        start_block({{"type", "text"}, {"text", ""}});
        for (const std::string& token : answer.tokens) {
            add_delta({{"type", "text_delta"}, {"text", token}});
        }
        stop_block();
    }
    if (const auto& tool = answer.tool_use) {
        start_block(
            {{"type", "tool_use"},
             {"id", tool_use_id(identifiers)},
             {"name", tool->name},
             {"input", json::object{}}}
        );
        add_delta({{"type", "input_json_delta"}, {"partial_json", json::serialize(tool->input)}});
        stop_block();
    }
    add(
        {{"type", "message_delta"},
         {"delta", json::object{{"stop_reason", answer.stop_reason}, {"stop_sequence", nullptr}}},
         {"usage", json::object{{"output_tokens", answer.output_tokens}}}}
    );
    add(
        {{"type", "message_stop"},
         {"amazon-bedrock-invocationMetrics",
          json::object{
              {"inputTokenCount", answer.input_tokens},
              {"outputTokenCount", answer.output_tokens},
              {"invocationLatency", latency(answer)},
              {"firstByteLatency", kMillisecondsPerToken}}}}
    );
    place_fault(fault, frames);
    return frames;
}

}  // namespace kakehashi::twin

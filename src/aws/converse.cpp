#include "aws/converse.h"

#include "aws/detail/answer.h"
#include "aws/detail/shapes.h"
#include "base/encoding.h"

#include <array>

namespace kakehashi::aws {
namespace {

constexpr std::array<std::string_view, 7> kRoots{
    "ConverseRequest",
    "ConverseResponse",
    "ConverseStreamOutput",
    "CountTokensRequest",
    "CountTokensResponse",
    "ApplyGuardrailRequest",
    "ApplyGuardrailResponse"};  // in the order of BedrockBody

constexpr std::size_t kDocumentNameCharactersMax = 200;

json::object text_block(std::string_view text) {
    return {{"text", text}};
}

json::object to_message(const ConverseTurn& turn) {
    json::array content;
    for (const json::value& block : turn.blocks)
        content.push_back(block);
    if (!turn.text.empty()) content.emplace_back(text_block(turn.text));
    json::object message{{"role", turn.role == ConverseTurn::Role::User ? "user" : "assistant"}};
    message["content"] = std::move(content);
    return message;
}

// Letters and digits of ASCII, single spaces, hyphens, brackets: what the Converse reference
// allows.
std::string document_name(std::string_view name) {
    std::string allowed;
    for (const char c : name.substr(0, kDocumentNameCharactersMax)) {
        const bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        const bool sign = std::string_view("-()[] ").find(c) != std::string_view::npos;
        const bool second_space = c == ' ' && allowed.ends_with(' ');
        if (!second_space) allowed += letter || sign ? c : '-';
    }
    return allowed.empty() ? "document" : allowed;
}

json::value media_block(
    std::string_view kind,
    std::string_view format,
    std::string_view bytes,
    json::object fields
) {
    fields["format"] = format;
    fields["source"] = json::object{{"bytes", base64(bytes)}};
    json::object block;
    block[{kind.data(), kind.size()}] = std::move(fields);
    return block;
}

}  // namespace

Expected<void, Rejection> check_bedrock_body(BedrockBody body, const json::value& value) {
    const std::string_view root = kRoots.at(static_cast<std::size_t>(body));
    if (auto rejection = detail::check_shape(root, value)) return Failure{*std::move(rejection)};
    return {};
}

Expected<void, Rejection> check_converse_request(const json::value& request) {
    return check_bedrock_body(BedrockBody::ConverseRequest, request);
}

json::value converse_request(const TextConversation& conversation) {
    json::object request;
    json::array messages;
    for (const ConverseTurn& turn : conversation.turns)
        messages.emplace_back(to_message(turn));
    request["messages"] = std::move(messages);
    if (conversation.system) request["system"] = json::array{text_block(*conversation.system)};
    json::object inference;
    if (conversation.output_tokens_max) inference["maxTokens"] = *conversation.output_tokens_max;
    if (conversation.temperature) inference["temperature"] = *conversation.temperature;
    if (!inference.empty()) request["inferenceConfig"] = std::move(inference);
    return request;
}

json::value document_block(std::string_view name, std::string_view format, std::string_view bytes) {
    return media_block("document", format, bytes, {{"name", document_name(name)}});
}

json::value image_block(std::string_view format, std::string_view bytes) {
    return media_block("image", format, bytes, {});
}

namespace detail {

std::optional<std::uint64_t> find_count(const json::value& value, std::string_view key) {
    const json::value* found = json::find(value, key);
    if (!found) return std::nullopt;
    if (found->is_uint64()) return found->get_uint64();
    if (found->is_int64() && found->get_int64() >= 0)
        return static_cast<std::uint64_t>(found->get_int64());
    return std::nullopt;
}

Expected<TokenUsage, AnswerError> read_usage(const json::value& holder) {
    const json::value* usage = json::find(holder, "usage");
    if (!usage) return Failure{not_an_answer("usage")};
    const auto input = find_count(*usage, "inputTokens");
    const auto output = find_count(*usage, "outputTokens");
    if (!input || !output) return Failure{not_an_answer("usage")};
    return TokenUsage{
        *input,
        *output,
        find_count(*usage, "totalTokens").value_or(0),
        find_count(*usage, "cacheReadInputTokens").value_or(0),
        find_count(*usage, "cacheWriteInputTokens").value_or(0)};
}

std::uint64_t read_latency(const json::value& holder) {
    const json::value* metrics = json::find(holder, "metrics");
    return metrics ? find_count(*metrics, "latencyMs").value_or(0) : 0;
}

json::object to_object(const TokenUsage& usage) {
    json::object object{
        {"inputTokens", usage.input}, {"outputTokens", usage.output}, {"totalTokens", usage.total}};
    if (usage.cache_read != 0) object["cacheReadInputTokens"] = usage.cache_read;
    if (usage.cache_write != 0) object["cacheWriteInputTokens"] = usage.cache_write;
    return object;
}

}  // namespace detail

Expected<ConverseAnswer, AnswerError> read_converse_answer(const json::value& body) {
    const json::value* output = json::find(body, "output");
    const json::value* message = output ? json::find(*output, "message") : nullptr;
    const json::array* content = message ? json::find_array(*message, "content") : nullptr;
    if (!content) return Failure{detail::not_an_answer("output.message.content")};
    ConverseAnswer answer;
    for (const json::value& block : *content)
        answer.text += json::find_string(block, "text").value_or("");
    const auto stop_reason = json::find_string(body, "stopReason");
    if (!stop_reason) return Failure{detail::not_an_answer("stopReason")};
    answer.stop_reason = *stop_reason;
    KAKEHASHI_TRY(answer.usage, detail::read_usage(body));
    answer.latency_ms = detail::read_latency(body);
    return answer;
}

Message describe(const AnswerError& error) {
    switch (error.kind) {
        case AnswerError::Kind::NotJson:
            return {"aws.answer.not_json"_msg};
        case AnswerError::Kind::NotAnAnswer:
            return {"aws.answer.not_an_answer"_msg, {{"where", error.where}}};
        case AnswerError::Kind::OutOfOrder:
            return {"aws.answer.out_of_order"_msg, {{"event", error.where}}};
        case AnswerError::Kind::TooLarge:
            return {"aws.answer.too_large"_msg};
        case AnswerError::Kind::Truncated:
            break;
    }
    return {"aws.answer.truncated"_msg};
}

}  // namespace kakehashi::aws

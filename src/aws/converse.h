#pragma once

#include "aws/rejection.h"
#include "base/expected.h"
#include "base/json.h"
#include "base/message.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// Messages of Bedrock Runtime: checked as a whole against the service model, and typed where a
// client needs it. Source: data/bedrock-runtime-shapes.json, compiled from botocore's service
// model. Values own what they hold; everything here is safe from every thread.
namespace kakehashi::aws {

// --- checking
// -------------------------------------------------------------------------------------

// Bodies with a shape. Those of InvokeModel belong to the model's provider and have none.
enum class BedrockBody {
    ConverseRequest,  // ConverseStream takes the same
    ConverseResponse,
    ConverseStreamEvent,  // {"messageStart": {…}}: one member, named by the event type
    CountTokensRequest,
    CountTokensResponse,
    ApplyGuardrailRequest,
    ApplyGuardrailResponse,
};

// Nothing when it fits: required members, kinds, enums, lengths, ranges, unions with
// exactly one member. Members that the model does not name are let pass. The rejection is AWS's
// ValidationException: every constraint violation in one message; what is no JSON value of the
// right kind, or no one member of a union, in Bedrock's own sentences (their wording is
// unverified). Patterns are AWS's to check.
Expected<void, Rejection> check_bedrock_body(BedrockBody body, const json::value& value);
Expected<void, Rejection> check_converse_request(const json::value& request);

// --- a simple request
// -----------------------------------------------------------------------------

struct ConverseTurn {
    enum class Role { User, Assistant };
    Role role = Role::User;
    std::string text;                      // "" : no text block
    std::vector<json::value> blocks = {};  // before the text: document_block(…), image_block(…)
};
struct TextConversation {
    std::optional<std::string> system = {};
    std::vector<ConverseTurn> turns;
    std::optional<std::uint32_t> output_tokens_max = {};
    std::optional<double> temperature = {};
};
json::value converse_request(const TextConversation& conversation);
// `format`: pdf, csv, doc, docx, xls, xlsx, html, txt, md. Characters that AWS refuses in a name
// become '-'.
json::value document_block(std::string_view name, std::string_view format, std::string_view bytes);
json::value image_block(std::string_view format, std::string_view bytes);  // png, jpeg, gif, webp

// --- an answer
// ------------------------------------------------------------------------------------

struct TokenUsage {
    std::uint64_t input = 0, output = 0, total = 0, cache_read = 0, cache_write = 0;
    friend bool operator==(const TokenUsage&, const TokenUsage&) = default;
};
struct ConverseAnswer {
    std::string text;  // the text blocks, one after another
    std::string stop_reason;
    TokenUsage usage;
    std::uint64_t latency_ms = 0;
};

struct AnswerError {
    enum class Kind {
        NotJson,
        NotAnAnswer,  // `where` is missing or of another kind
        OutOfOrder,   // an event that may not stand here; `where` is its type
        TooLarge,
        Truncated,  // the stream ended before messageStop
    };
    Kind kind = Kind::NotAnAnswer;
    std::string where = {};
};
Message describe(const AnswerError& error);

Expected<ConverseAnswer, AnswerError> read_converse_answer(const json::value& body);

// --- the stream
// -----------------------------------------------------------------------------------

struct MessageStart {
    std::string role;
    friend bool operator==(const MessageStart&, const MessageStart&) = default;
};
struct ToolUseStart {
    std::string tool_use_id, name;
    std::optional<std::string> type = {};
    friend bool operator==(const ToolUseStart&, const ToolUseStart&) = default;
};
// Whatever this code has no type for: the union as it came, {"image": {…}}.
struct OtherMember {
    json::value value;
    friend bool operator==(const OtherMember&, const OtherMember&) = default;
};
struct ContentBlockStart {
    std::uint32_t index = 0;
    std::variant<ToolUseStart, OtherMember> start;
    friend bool operator==(const ContentBlockStart&, const ContentBlockStart&) = default;
};
struct TextDelta {
    std::string text;
    friend bool operator==(const TextDelta&, const TextDelta&) = default;
};
struct ToolUseDelta {
    std::string input;  // a piece of the JSON text
    friend bool operator==(const ToolUseDelta&, const ToolUseDelta&) = default;
};
struct ReasoningDelta {
    enum class Kind { Text, Signature, RedactedContent };
    Kind kind = Kind::Text;
    std::string text;  // RedactedContent: base64, as on the wire
    friend bool operator==(const ReasoningDelta&, const ReasoningDelta&) = default;
};
struct ContentBlockDelta {
    std::uint32_t index = 0;
    std::variant<TextDelta, ToolUseDelta, ReasoningDelta, OtherMember> delta;
    friend bool operator==(const ContentBlockDelta&, const ContentBlockDelta&) = default;
};
struct ContentBlockStop {
    std::uint32_t index = 0;
    friend bool operator==(const ContentBlockStop&, const ContentBlockStop&) = default;
};
struct MessageStop {
    std::string stop_reason;
    std::optional<json::value> additional_model_response_fields = {};
    friend bool operator==(const MessageStop&, const MessageStop&) = default;
};
struct StreamMetadata {
    json::object payload;  // whole, without the padding `p`: trace, serviceTier, … stay
    TokenUsage usage;      // of it
    std::uint64_t latency_ms = 0;
    friend bool operator==(const StreamMetadata&, const StreamMetadata&) = default;
};
struct UnknownEvent {
    std::string type;
    json::value payload;
    friend bool operator==(const UnknownEvent&, const UnknownEvent&) = default;
};
using ConverseStreamEvent = std::variant<
    MessageStart,
    ContentBlockStart,
    ContentBlockDelta,
    ContentBlockStop,
    MessageStop,
    StreamMetadata,
    UnknownEvent>;

// `type`: the header :event-type; `payload`: JSON. The padding member `p` is passed over.
Expected<ConverseStreamEvent, AnswerError> read_stream_event(
    std::string_view type,
    std::string_view payload
);
struct StreamEventText {
    std::string type, payload;
};
StreamEventText write_stream_event(const ConverseStreamEvent& event);
StreamMetadata stream_metadata(const TokenUsage& usage, std::uint64_t latency_ms);

inline constexpr std::size_t kStreamAnswerBytesMax = 16U << 20U;
inline constexpr std::size_t kStreamBlocksMax = 1024;

// Folds the events of one stream into the body that Converse would have sent. Thread rule: one
// strand.
class ConverseStreamCollector {
public:
    Expected<void, AnswerError> add(const ConverseStreamEvent& event);
    bool stopped() const { return stop_reason_.has_value(); }  // messageStop has come
    bool complete() const { return stopped() && metadata_.has_value(); }
    const std::string& text() const { return text_; }  // all text deltas so far
    // Requires nothing: a stream that did not reach messageStop is Truncated. Without metadata the
    // usage and latency are zero. A tool's input that is no JSON is NotAnAnswer.
    Expected<json::value, AnswerError> body() const;

private:
    struct Block {
        std::optional<std::variant<ToolUseStart, OtherMember>> start = {};
        std::string text, tool_input, reasoning, signature, redacted;
        std::vector<json::value> others;  // deltas without a type here
        bool stopped = false;
    };
    Expected<void, AnswerError> start(const ContentBlockStart& event);
    Expected<void, AnswerError> append(const ContentBlockDelta& event);
    Expected<void, AnswerError> count(std::size_t bytes);
    static Expected<json::value, AnswerError> content_of(const Block& block);

    std::optional<std::string> role_, stop_reason_;
    std::optional<json::value> additional_response_fields_;
    std::optional<StreamMetadata> metadata_;
    std::map<std::uint32_t, Block> blocks_;
    std::string text_;
    std::size_t bytes_ = 0;
};

}  // namespace kakehashi::aws

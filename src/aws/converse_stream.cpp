#include "aws/converse.h"
#include "aws/detail/answer.h"

#include <limits>

namespace kakehashi::aws {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;  // clang 14 does not find it by itself

using detail::not_an_answer;

AnswerError out_of_order(std::string_view event) {
    return {AnswerError::Kind::OutOfOrder, std::string(event)};
}

std::string string_or_empty(const json::value& value, std::string_view key) {
    return std::string(json::find_string(value, key).value_or(""));
}

Expected<std::uint32_t, AnswerError> read_index(const json::value& payload) {
    const auto index = detail::find_count(payload, "contentBlockIndex");
    if (!index || *index > std::numeric_limits<std::uint32_t>::max())
        return Failure{not_an_answer("contentBlockIndex")};
    return static_cast<std::uint32_t>(*index);
}

// --- reading, one function an event ---

using Read = Expected<ConverseStreamEvent, AnswerError>;

Read read_message_start(const json::value& payload) {
    const auto role = json::find_string(payload, "role");
    if (!role) return Failure{not_an_answer("messageStart.role")};
    return ConverseStreamEvent(MessageStart{std::string(*role)});
}

Read read_block_start(const json::value& payload) {
    ContentBlockStart event;
    KAKEHASHI_TRY(event.index, read_index(payload));
    const json::object* start = json::find_object(payload, "start");
    if (!start) return Failure{not_an_answer("contentBlockStart.start")};
    const json::value* tool = start->if_contains("toolUse");
    if (!tool) {
        event.start = OtherMember{*start};
        return ConverseStreamEvent(std::move(event));
    }
    const auto id = json::find_string(*tool, "toolUseId");
    const auto name = json::find_string(*tool, "name");
    if (!id || !name) return Failure{not_an_answer("contentBlockStart.start.toolUse")};
    ToolUseStart use{std::string(*id), std::string(*name)};
    if (const auto type = json::find_string(*tool, "type")) use.type = *type;
    event.start = std::move(use);
    return ConverseStreamEvent(std::move(event));
}

// Of the union's members those with text; anything else stays as it came.
std::optional<ReasoningDelta> read_reasoning(const json::value& reasoning) {
    using Kind = ReasoningDelta::Kind;
    if (const auto text = json::find_string(reasoning, "text"))
        return ReasoningDelta{Kind::Text, std::string(*text)};
    if (const auto text = json::find_string(reasoning, "signature"))
        return ReasoningDelta{Kind::Signature, std::string(*text)};
    if (const auto text = json::find_string(reasoning, "redactedContent"))
        return ReasoningDelta{Kind::RedactedContent, std::string(*text)};
    return std::nullopt;
}

Read read_block_delta(const json::value& payload) {
    ContentBlockDelta event;
    KAKEHASHI_TRY(event.index, read_index(payload));
    const json::value* delta = json::find(payload, "delta");
    if (!delta || !delta->is_object()) return Failure{not_an_answer("contentBlockDelta.delta")};
    event.delta = OtherMember{*delta};
    if (const auto text = json::find_string(*delta, "text"))
        event.delta = TextDelta{std::string(*text)};
    if (const json::value* tool = json::find(*delta, "toolUse"))
        event.delta = ToolUseDelta{string_or_empty(*tool, "input")};
    if (const json::value* reasoning = json::find(*delta, "reasoningContent"))
        if (auto known = read_reasoning(*reasoning)) event.delta = *std::move(known);
    return ConverseStreamEvent(std::move(event));
}

Read read_block_stop(const json::value& payload) {
    KAKEHASHI_TRY(const std::uint32_t index, read_index(payload));
    return ConverseStreamEvent(ContentBlockStop{index});
}

Read read_message_stop(const json::value& payload) {
    const auto reason = json::find_string(payload, "stopReason");
    if (!reason) return Failure{not_an_answer("messageStop.stopReason")};
    MessageStop event{std::string(*reason)};
    if (const json::value* fields = json::find(payload, "additionalModelResponseFields"))
        event.additional_model_response_fields = *fields;
    return ConverseStreamEvent(std::move(event));
}

Read read_metadata(const json::value& payload) {
    StreamMetadata event;
    KAKEHASHI_TRY(event.usage, detail::read_usage(payload));
    event.latency_ms = detail::read_latency(payload);
    event.payload = payload.get_object();
    event.payload.erase("p");
    return ConverseStreamEvent(std::move(event));
}

struct EventForm {
    std::string_view type;
    Read (*read)(const json::value& payload);
};
constexpr EventForm kEventForms[] = {
    {"messageStart", read_message_start},
    {"contentBlockStart", read_block_start},
    {"contentBlockDelta", read_block_delta},
    {"contentBlockStop", read_block_stop},
    {"messageStop", read_message_stop},
    {"metadata", read_metadata},
};

// --- writing ---

json::object to_member(const ToolUseStart& start) {
    json::object use{{"toolUseId", start.tool_use_id}, {"name", start.name}};
    if (start.type) use["type"] = *start.type;
    json::object member;
    member["toolUse"] = std::move(use);
    return member;
}
json::value to_member(const OtherMember& other) {
    return other.value;
}
json::object to_member(const TextDelta& delta) {
    return {{"text", delta.text}};
}
json::object to_member(const ToolUseDelta& delta) {
    json::object member;
    member["toolUse"] = json::object{{"input", delta.input}};
    return member;
}
json::object to_member(const ReasoningDelta& delta) {
    using Kind = ReasoningDelta::Kind;
    const char* const key = delta.kind == Kind::Text        ? "text"
                            : delta.kind == Kind::Signature ? "signature"
                                                            : "redactedContent";
    json::object reasoning;
    reasoning[key] = delta.text;
    json::object member;
    member["reasoningContent"] = std::move(reasoning);
    return member;
}

template <class Union>
json::object with_index(const char* key, const Union& member, std::uint32_t index) {
    json::object payload;
    payload[key] = std::visit([](const auto& m) -> json::value { return to_member(m); }, member);
    payload["contentBlockIndex"] = index;
    return payload;
}

json::object to_payload(const MessageStop& event) {
    json::object payload{{"stopReason", event.stop_reason}};
    if (event.additional_model_response_fields)
        payload["additionalModelResponseFields"] = *event.additional_model_response_fields;
    return payload;
}

StreamEventText written(std::string_view type, const json::value& payload) {
    return {std::string(type), json::serialize(payload)};
}

}  // namespace

Expected<ConverseStreamEvent, AnswerError> read_stream_event(
    std::string_view type,
    std::string_view payload
) {
    auto value = json::parse(payload, kStreamAnswerBytesMax);
    if (!value || !value->is_object()) return Failure{AnswerError{AnswerError::Kind::NotJson}};
    for (const EventForm& form : kEventForms)
        if (form.type == type) return form.read(*value);
    return ConverseStreamEvent(UnknownEvent{std::string(type), *std::move(value)});
}

StreamEventText write_stream_event(const ConverseStreamEvent& event) {
    const Overloaded write{
        [](const MessageStart& e) {
            return written("messageStart", json::object{{"role", e.role}});
        },
        [](const ContentBlockStart& e) {
            return written("contentBlockStart", with_index("start", e.start, e.index));
        },
        [](const ContentBlockDelta& e) {
            return written("contentBlockDelta", with_index("delta", e.delta, e.index));
        },
        [](const ContentBlockStop& e) {
            return written("contentBlockStop", json::object{{"contentBlockIndex", e.index}});
        },
        [](const MessageStop& e) { return written("messageStop", to_payload(e)); },
        [](const StreamMetadata& e) { return written("metadata", e.payload); },
        [](const UnknownEvent& e) { return written(e.type, e.payload); },
    };
    return std::visit(write, event);
}

StreamMetadata stream_metadata(const TokenUsage& usage, std::uint64_t latency_ms) {
    StreamMetadata metadata;
    metadata.payload["usage"] = detail::to_object(usage);
    metadata.payload["metrics"] = json::object{{"latencyMs", latency_ms}};
    metadata.usage = usage;
    metadata.latency_ms = latency_ms;
    return metadata;
}

// --- the collector ---

Expected<void, AnswerError> ConverseStreamCollector::count(std::size_t bytes) {
    bytes_ += bytes;
    if (bytes_ > kStreamAnswerBytesMax || blocks_.size() > kStreamBlocksMax)
        return Failure{AnswerError{AnswerError::Kind::TooLarge}};
    return {};
}

Expected<void, AnswerError> ConverseStreamCollector::add(const ConverseStreamEvent& event) {
    const bool open = role_ && !stop_reason_;  // between messageStart and messageStop
    const Overloaded fold{
        [&](const MessageStart& e) -> Expected<void, AnswerError> {
            if (role_) return Failure{out_of_order("messageStart")};
            role_ = e.role;
            return {};
        },
        [&](const ContentBlockStart& e) -> Expected<void, AnswerError> {
            if (!open) return Failure{out_of_order("contentBlockStart")};
            return start(e);
        },
        [&](const ContentBlockDelta& e) -> Expected<void, AnswerError> {
            if (!open) return Failure{out_of_order("contentBlockDelta")};
            return append(e);
        },
        [&](const ContentBlockStop& e) -> Expected<void, AnswerError> {
            if (!open || blocks_[e.index].stopped) return Failure{out_of_order("contentBlockStop")};
            blocks_[e.index].stopped = true;  // a block of no text has neither start nor delta
            return count(0);
        },
        [&](const MessageStop& e) -> Expected<void, AnswerError> {
            if (!open) return Failure{out_of_order("messageStop")};
            stop_reason_ = e.stop_reason;
            additional_response_fields_ = e.additional_model_response_fields;
            return {};
        },
        [&](const StreamMetadata& e) -> Expected<void, AnswerError> {
            if (!role_ || metadata_) return Failure{out_of_order("metadata")};
            metadata_ = e;
            return {};
        },
        [](const UnknownEvent&) -> Expected<void, AnswerError> { return {}; },
    };
    return std::visit(fold, event);
}

Expected<void, AnswerError> ConverseStreamCollector::start(const ContentBlockStart& event) {
    const auto [block, is_new] = blocks_.try_emplace(event.index);
    if (!is_new) return Failure{out_of_order("contentBlockStart")};
    block->second.start = event.start;
    return count(0);
}

Expected<void, AnswerError> ConverseStreamCollector::append(const ContentBlockDelta& event) {
    Block& block = blocks_[event.index];  // text blocks come without a contentBlockStart
    if (block.stopped) return Failure{out_of_order("contentBlockDelta")};
    const Overloaded grow{
        [&](const TextDelta& delta) {
            block.text += delta.text;
            text_ += delta.text;
            return delta.text.size();
        },
        [&](const ToolUseDelta& delta) {
            block.tool_input += delta.input;
            return delta.input.size();
        },
        [&](const ReasoningDelta& delta) {
            using Kind = ReasoningDelta::Kind;
            std::string& part = delta.kind == Kind::Text        ? block.reasoning
                                : delta.kind == Kind::Signature ? block.signature
                                                                : block.redacted;
            part += delta.text;
            return delta.text.size();
        },
        [&](const OtherMember& delta) {
            block.others.push_back(delta.value);
            return json::serialize(delta.value).size();
        },
    };
    return count(std::visit(grow, event.delta));
}

namespace {

json::object one_member(const char* key, json::value value) {
    json::object object;
    object[key] = std::move(value);
    return object;
}

Expected<json::value, AnswerError> tool_use_block(
    const ToolUseStart& start,
    const std::string& input
) {
    json::value parsed = json::object();  // a tool without arguments may send no input at all
    if (!input.empty()) {
        auto value = json::parse(input, kStreamAnswerBytesMax);
        if (!value) return Failure{not_an_answer("toolUse.input")};
        parsed = *std::move(value);
    }
    json::object block = to_member(start);
    block["toolUse"].as_object()["input"] = std::move(parsed);
    return json::value(std::move(block));
}

json::object reasoning_block(
    const std::string& text,
    const std::string& signature,
    const std::string& redacted
) {
    if (!redacted.empty())
        return one_member("reasoningContent", json::object{{"redactedContent", redacted}});
    json::object reasoning{{"text", text}};
    if (!signature.empty()) reasoning["signature"] = signature;
    return one_member("reasoningContent", one_member("reasoningText", std::move(reasoning)));
}

// {"toolResult": {…}} with deltas {"toolResult": [piece, …]}, {"image": {"format"}} with {"image":
// …}.
json::value started_block(const json::value& start, const std::vector<json::value>& deltas) {
    json::object block = start.is_object() ? start.get_object() : json::object();
    if (json::value* result = block.if_contains("toolResult"); result && result->is_object()) {
        json::array content;
        for (const json::value& delta : deltas)
            if (const json::array* pieces = json::find_array(delta, "toolResult"))
                content.insert(content.end(), pieces->begin(), pieces->end());
        result->get_object()["content"] = std::move(content);
    }
    if (json::value* image = block.if_contains("image"); image && image->is_object())
        for (const json::value& delta : deltas)
            if (const json::object* more = json::find_object(delta, "image"))
                for (const auto& [key, value] : *more)
                    image->get_object()[key] = value;
    return block;
}

json::object cited_block(const std::string& text, const std::vector<json::value>& deltas) {
    json::array citations;
    for (const json::value& delta : deltas)
        if (const json::value* citation = json::find(delta, "citation"))
            citations.push_back(*citation);
    json::object cited;
    cited["content"] = json::array{json::object{{"text", text}}};
    cited["citations"] = std::move(citations);
    return one_member("citationsContent", std::move(cited));
}

}  // namespace

Expected<json::value, AnswerError> ConverseStreamCollector::content_of(const Block& block) {
    if (block.start) {
        if (const auto* use = std::get_if<ToolUseStart>(&*block.start))
            return tool_use_block(*use, block.tool_input);
        return started_block(std::get<OtherMember>(*block.start).value, block.others);
    }
    if (!block.tool_input.empty()) return Failure{out_of_order("contentBlockDelta")};
    if (!block.reasoning.empty() || !block.redacted.empty() || !block.signature.empty())
        return json::value(reasoning_block(block.reasoning, block.signature, block.redacted));
    if (!block.others.empty()) return json::value(cited_block(block.text, block.others));
    return json::value(json::object{{"text", block.text}});
}

Expected<json::value, AnswerError> ConverseStreamCollector::body() const {
    if (!role_ || !stop_reason_) return Failure{AnswerError{AnswerError::Kind::Truncated}};
    json::array content;
    for (const auto& [index, block] : blocks_) {
        KAKEHASHI_TRY(json::value piece, content_of(block));
        content.push_back(std::move(piece));
    }
    json::object message{{"role", *role_}};
    message["content"] = std::move(content);
    json::object body;
    body["output"] = one_member("message", std::move(message));
    body["stopReason"] = *stop_reason_;
    const StreamMetadata metadata = metadata_ ? *metadata_ : stream_metadata({}, 0);
    for (const auto& [key, value] : metadata.payload)
        body[key] = value;
    if (!body.contains("metrics")) body["metrics"] = json::object{{"latencyMs", 0}};
    if (additional_response_fields_)
        body["additionalModelResponseFields"] = *additional_response_fields_;
    return json::value(std::move(body));
}

}  // namespace kakehashi::aws

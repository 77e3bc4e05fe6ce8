#include "aws/converse.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kakehashi::aws {
namespace {

using Kind = AnswerError::Kind;

TEST(ConverseStream, EventsGoThereAndBack) {
    struct Row {
        const char* type;
        const char* payload;
    };
    const Row rows[] = {
        {"messageStart", R"({"role":"assistant"})"},
        {"contentBlockStart",
         R"({"start":{"toolUse":{"toolUseId":"t1","name":"n"}},"contentBlockIndex":1})"},
        {"contentBlockStart",
         R"({"start":{"toolUse":{"toolUseId":"t1","name":"n","type":"server_tool_use"}},"contentBlockIndex":1})"},
        {"contentBlockStart", R"({"start":{"image":{"format":"png"}},"contentBlockIndex":0})"},
        {"contentBlockDelta", R"({"delta":{"text":"あ"},"contentBlockIndex":0})"},
        {"contentBlockDelta", R"({"delta":{"toolUse":{"input":"{\"a\""}},"contentBlockIndex":1})"},
        {"contentBlockDelta",
         R"({"delta":{"reasoningContent":{"text":"hm"}},"contentBlockIndex":0})"},
        {"contentBlockDelta",
         R"({"delta":{"reasoningContent":{"signature":"s"}},"contentBlockIndex":0})"},
        {"contentBlockDelta",
         R"({"delta":{"reasoningContent":{"redactedContent":"AA=="}},"contentBlockIndex":0})"},
        {"contentBlockDelta", R"({"delta":{"citation":{"title":"t"}},"contentBlockIndex":0})"},
        {"contentBlockStop", R"({"contentBlockIndex":0})"},
        {"messageStop", R"({"stopReason":"end_turn"})"},
        {"messageStop", R"({"stopReason":"end_turn","additionalModelResponseFields":{"x":1}})"},
        {"metadata",
         R"({"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":4},"serviceTier":{"type":"default"}})"},
        {"newerThanUs", R"({"a":1})"},
    };
    for (const auto& [type, payload] : rows) {
        const auto event = read_stream_event(type, payload);
        ASSERT_TRUE(event) << payload;
        const StreamEventText written = write_stream_event(*event);
        EXPECT_EQ(written.type, type);
        EXPECT_EQ(written.payload, payload);
    }
}

TEST(ConverseStream, PaddingIsPassedOver) {
    const auto event = read_stream_event(
        "contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"a"},"p":"abcd"})"
    );
    ASSERT_TRUE(event);
    EXPECT_EQ(*event, ConverseStreamEvent(ContentBlockDelta{0, TextDelta{"a"}}));
    const auto metadata = read_stream_event(
        "metadata", R"({"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"p":"abcd"})"
    );
    ASSERT_TRUE(metadata);
    EXPECT_FALSE(std::get<StreamMetadata>(*metadata).payload.contains("p"));
}

TEST(ConverseStream, RefusesEventsThatLackTheirMembers) {
    struct Row {
        const char* type;
        const char* payload;
    };
    const Row rows[] = {
        {"messageStart", "{}"},
        {"messageStart", "[]"},
        {"messageStart", ""},
        {"messageStart", R"({"role":1})"},
        {"contentBlockStart", R"({"start":{}})"},
        {"contentBlockStart", R"({"contentBlockIndex":0})"},
        {"contentBlockStart", R"({"start":{"toolUse":{"name":"n"}},"contentBlockIndex":0})"},
        {"contentBlockDelta", R"({"delta":"a","contentBlockIndex":0})"},
        {"contentBlockDelta", R"({"delta":{"text":"a"},"contentBlockIndex":-1})"},
        {"contentBlockDelta", R"({"delta":{"text":"a"},"contentBlockIndex":4294967296})"},
        {"contentBlockStop", R"({})"},
        {"messageStop", R"({})"},
        {"metadata", R"({"usage":{}})"},
        {"metadata", R"({})"},
    };
    for (const auto& [type, payload] : rows) {
        const auto event = read_stream_event(type, payload);
        ASSERT_FALSE(event) << type << payload;
        EXPECT_TRUE(has_text(describe(event.error()).id));
    }
}

ContentBlockDelta text_delta(std::uint32_t index, std::string text) {
    return {index, TextDelta{std::move(text)}};
}
ContentBlockDelta reasoning_delta(ReasoningDelta::Kind kind, std::string text) {
    return {0, ReasoningDelta{kind, std::move(text)}};
}
OtherMember other(std::string_view text) {
    return {*json::parse(text)};
}

Expected<json::value, AnswerError> folded(const std::vector<ConverseStreamEvent>& events) {
    ConverseStreamCollector collector;
    for (const ConverseStreamEvent& event : events) {
        auto added = collector.add(event);
        if (!added) return Failure{added.error()};
    }
    return collector.body();
}

TEST(ConverseStreamCollector, MakesTheBodyThatConverseWouldHaveSent) {
    const std::vector<ConverseStreamEvent> events{
        MessageStart{"assistant"},
        reasoning_delta(ReasoningDelta::Kind::Text, "hm"),
        reasoning_delta(ReasoningDelta::Kind::Signature, "sig"),
        ContentBlockStop{0},
        text_delta(1, "hel"),
        text_delta(1, "lo"),
        ContentBlockStop{1},
        ContentBlockStart{2, ToolUseStart{"t1", "weather"}},
        ContentBlockDelta{2, ToolUseDelta{"{\"city\":"}},
        ContentBlockDelta{2, ToolUseDelta{"\"Tokyo\"}"}},
        ContentBlockStop{2},
        UnknownEvent{"newerThanUs", json::object()},
        MessageStop{"tool_use"},
        stream_metadata({1, 2, 3, 0, 0}, 4),
    };
    const auto body = folded(events);
    ASSERT_TRUE(body);
    EXPECT_TRUE(check_bedrock_body(BedrockBody::ConverseResponse, *body));
    EXPECT_EQ(
        json::serialize(*body),
        R"({"output":{"message":{"role":"assistant","content":[)"
        R"({"reasoningContent":{"reasoningText":{"text":"hm","signature":"sig"}}},{"text":"hello"},)"
        R"({"toolUse":{"toolUseId":"t1","name":"weather","input":{"city":"Tokyo"}}}]}},)"
        R"("stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},)"
        R"("metrics":{"latencyMs":4}})"
    );
}

TEST(ConverseStreamCollector, FoldsTheRarerBlocks) {
    const auto body = folded(
        {MessageStart{"assistant"},
         ContentBlockStart{0, other(R"({"toolResult":{"toolUseId":"t"}})")},
         ContentBlockDelta{0, other(R"({"toolResult":[{"text":"a"}]})")},
         ContentBlockDelta{0, other(R"({"toolResult":[{"text":"b"}]})")},
         ContentBlockStart{1, other(R"({"image":{"format":"png"}})")},
         ContentBlockDelta{1, other(R"({"image":{"source":{"bytes":"AAAA"}}})")},
         text_delta(2, "cited"),
         ContentBlockDelta{2, other(R"({"citation":{"title":"t"}})")},
         ContentBlockDelta{3, ReasoningDelta{ReasoningDelta::Kind::RedactedContent, "AA=="}},
         ContentBlockStart{4, ToolUseStart{"t2", "none"}},
         MessageStop{"end_turn", json::object{{"k", 1}}}}
    );
    ASSERT_TRUE(body);
    EXPECT_TRUE(check_bedrock_body(BedrockBody::ConverseResponse, *body));
    EXPECT_EQ(
        json::serialize(body->at("output").at("message").at("content")),
        R"([{"toolResult":{"toolUseId":"t","content":[{"text":"a"},{"text":"b"}]}},)"
        R"({"image":{"format":"png","source":{"bytes":"AAAA"}}},)"
        R"({"citationsContent":{"content":[{"text":"cited"}],"citations":[{"title":"t"}]}},)"
        R"({"reasoningContent":{"redactedContent":"AA=="}},)"
        R"({"toolUse":{"toolUseId":"t2","name":"none","input":{}}}])"
    );
    EXPECT_EQ(json::serialize(body->at("additionalModelResponseFields")), R"({"k":1})");
}

TEST(ConverseStreamCollector, AStreamThatEndsEarlyIsTruncated) {
    const std::vector<ConverseStreamEvent> events{
        MessageStart{"assistant"},
        text_delta(0, "a"),
        ContentBlockStop{0},
        MessageStop{"end_turn"}};
    for (std::size_t length = 0; length <= events.size(); ++length) {
        const auto body =
            folded({events.begin(), events.begin() + static_cast<std::ptrdiff_t>(length)});
        EXPECT_EQ(body.has_value(), length == events.size());
        if (!body) {
            EXPECT_EQ(body.error().kind, Kind::Truncated);
        }
    }
}

TEST(ConverseStreamCollector, RefusesWhatMayNotStandThere) {
    const MessageStart start{"assistant"};
    const std::vector<ConverseStreamEvent> streams[] = {
        {start, start},
        {text_delta(0, "a")},
        {MessageStop{"end_turn"}},
        {ContentBlockStop{0}},
        {stream_metadata({}, 0)},
        {start, text_delta(0, "a"), ContentBlockStart{0, ToolUseStart{"t", "n"}}},
        {start, ContentBlockStop{0}, text_delta(0, "a")},
        {start, ContentBlockStop{0}, ContentBlockStop{0}},
        {start, MessageStop{"end_turn"}, text_delta(0, "a")},
        {start, MessageStop{"end_turn"}, MessageStop{"end_turn"}},
        {start, stream_metadata({}, 0), stream_metadata({}, 0)},
        {start, ContentBlockDelta{0, ToolUseDelta{"{}"}}, MessageStop{"end_turn"}},
    };
    for (const auto& events : streams) {
        const auto body = folded(events);
        ASSERT_FALSE(body);
        EXPECT_EQ(body.error().kind, Kind::OutOfOrder);
        EXPECT_TRUE(has_text(describe(body.error()).id));
    }
    const auto broken_input = folded(
        {start,
         ContentBlockStart{0, ToolUseStart{"t", "n"}},
         ContentBlockDelta{0, ToolUseDelta{"{\"a\":"}},
         MessageStop{"max_tokens"}}
    );
    ASSERT_FALSE(broken_input);
    EXPECT_EQ(broken_input.error().kind, Kind::NotAnAnswer);
}

TEST(ConverseStreamCollector, IsBounded) {
    ConverseStreamCollector blocks;
    ASSERT_TRUE(blocks.add(MessageStart{"assistant"}));
    for (std::uint32_t i = 0; i < kStreamBlocksMax; ++i)
        ASSERT_TRUE(blocks.add(ContentBlockStop{i}));
    EXPECT_FALSE(blocks.add(ContentBlockStop{kStreamBlocksMax}));

    ConverseStreamCollector bytes;
    ASSERT_TRUE(bytes.add(MessageStart{"assistant"}));
    ASSERT_TRUE(bytes.add(text_delta(0, std::string(kStreamAnswerBytesMax, 'x'))));
    const auto more = bytes.add(text_delta(0, "x"));
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().kind, Kind::TooLarge);
}

}  // namespace
}  // namespace kakehashi::aws

#include "aws/converse.h"

#include <gtest/gtest.h>

#include <string>

namespace kakehashi::aws {
namespace {

json::value value(std::string_view text) {
    auto parsed = json::parse(text);
    EXPECT_TRUE(parsed) << text;
    return *parsed;
}

TEST(ConverseRequest, PassesUntouched) {
    const char* const requests[] = {
        R"({"messages":[{"role":"user","content":[{"text":"こんにちは"}]}],"unknown":{"a":[1]}})",
        R"({"messages":[{"role":"user","content":[{"newerThanUs":{}}]}]})",
        R"({"messages":[],"inferenceConfig":{"maxTokens":1,"temperature":0.5,"topP":1},"system":null})",
        R"({"toolConfig":{"tools":[{"toolSpec":{"name":"t","inputSchema":{"json":{"x":[{"y":null}]}}}}]}})",
        R"({"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"AAAA"}}}]}]})",
        R"({"promptVariables":{"x":{"text":"y"}},"requestMetadata":{"k":"v"}})",
        R"({})",
    };
    for (const char* text : requests) {
        const auto checked = check_converse_request(value(text));
        EXPECT_TRUE(checked) << text << " " << checked.error().message;
    }
}

TEST(ConverseRequest, SaysWhatIsWrongAsBedrockDoes) {
    struct Row {
        const char* request;
        const char* message;
    };
    const Row rows[] = {
        {R"({"messages":[{"content":[{"text":"a"}]}]})",
         "1 validation error detected: Value null at 'messages.1.member.role' failed to satisfy "
         "constraint: Member must not be null"},
        {R"({"messages":[{"role":"robot","content":[]}],"inferenceConfig":{"maxTokens":0}})",
         "2 validation errors detected: Value 'robot' at 'messages.1.member.role' failed to "
         "satisfy "
         "constraint: Member must satisfy enum value set: [user, assistant, system]; Value '0' at "
         "'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater "
         "than or equal to 1"},
        {R"({"inferenceConfig":{"temperature":1.5}})",
         "1 validation error detected: Value '1.5E0' at 'inferenceConfig.temperature' failed to "
         "satisfy constraint: Member must have value less than or equal to 1"},
        {R"({"toolConfig":{"tools":[]}})",
         "1 validation error detected: Value '[]' at 'toolConfig.tools' failed to satisfy "
         "constraint: Member must have length greater than or equal to 1"},
        {R"({"messages":"hello"})",
         "The format of the value at messages is invalid. Provide a json array for the field and "
         "try "
         "again."},
        {R"({"messages":[{"role":"user","content":"hello"}]})",
         "The format of the value at messages.0.content is invalid. Provide a json array for the "
         "field and try again."},
        {R"({"inferenceConfig":{"maxTokens":1.5}})",
         "The format of the value at inferenceConfig.maxTokens is invalid. Provide a json number "
         "for "
         "the field and try again."},
        {R"({"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"*"}}}]}]})",
         "The format of the value at messages.0.content.0.image.source.bytes is invalid. Provide a "
         "json base64 string for the field and try again."},
        {R"([])",
         "The format of the value at the request body is invalid. Provide a json object for the "
         "field "
         "and try again."},
    };
    for (const auto& [request, message] : rows) {
        const auto checked = check_converse_request(value(request));
        ASSERT_FALSE(checked) << request;
        EXPECT_EQ(checked.error(), (Rejection{400, "ValidationException", message}));
    }
}

TEST(ConverseRequest, AUnionHasExactlyOneMember) {
    for (const char* block :
         {"{}", R"({"text":null})", R"({"text":"a","cachePoint":{"type":"default"}})"}) {
        const auto checked = check_converse_request(
            value(R"({"messages":[{"role":"user","content":[)" + std::string(block) + "]}]}")
        );
        ASSERT_FALSE(checked) << block;
        EXPECT_TRUE(
            checked.error().message.starts_with("ContentBlock object at messages.0.content.0 must "
                                                "set one of the following keys: text, image,")
        ) << checked.error().message;
    }
}

TEST(ConverseRequest, LengthsAreCharacters) {
    const auto name = [](const std::string& text) {
        return check_converse_request(value(
            R"({"messages":[{"role":"user","content":[{"document":{"name":")" + text +
            R"(","source":{"text":"x"}}}]}]})"
        ));
    };
    std::string tokyo;
    for (int i = 0; i < 200; ++i)
        tokyo += "東";
    EXPECT_TRUE(name(tokyo));
    EXPECT_FALSE(name(tokyo + "京"));
    EXPECT_FALSE(name(""));
}

TEST(BedrockBody, ChecksTheOthers) {
    struct Row {
        BedrockBody body;
        const char* text;
        bool fits;
    };
    const Row rows[] = {
        {BedrockBody::CountTokensRequest,
         R"({"input":{"converse":{"messages":[{"role":"user","content":[{"text":"a"}]}]}}})",
         true},
        {BedrockBody::CountTokensRequest, R"({"input":{}})", false},
        {BedrockBody::CountTokensRequest, R"({})", false},
        {BedrockBody::CountTokensResponse, R"({"inputTokens":3})", true},
        {BedrockBody::CountTokensResponse, R"({"inputTokens":"3"})", false},
        {BedrockBody::ApplyGuardrailRequest,
         R"({"source":"INPUT","content":[{"text":{"text":"a"}}]})",
         true},
        {BedrockBody::ApplyGuardrailRequest, R"({"source":"input","content":[]})", false},
        {BedrockBody::ApplyGuardrailResponse, R"({"action":"NONE"})", false},
        {BedrockBody::ConverseStreamEvent, R"({"messageStart":{"role":"assistant"}})", true},
        {BedrockBody::ConverseStreamEvent, R"({"messageStart":{"role":"robot"}})", false},
        {BedrockBody::ConverseStreamEvent, R"({})", false},
        {BedrockBody::ConverseResponse, R"({"stopReason":"end_turn"})", false},
    };
    for (const auto& [body, text, fits] : rows)
        EXPECT_EQ(check_bedrock_body(body, value(text)).has_value(), fits) << text;
}

TEST(Converse, MakesARequestThatFitsTheServiceModel) {
    TextConversation conversation;
    conversation.system = "be brief";
    conversation.output_tokens_max = 100;
    conversation.temperature = 0.5;
    ConverseTurn first{ConverseTurn::Role::User, "hello"};
    first.blocks = {document_block("報告  書.pdf", "pdf", "bytes"), image_block("png", "x")};
    conversation.turns = {
        first, {ConverseTurn::Role::Assistant, "hi"}, {ConverseTurn::Role::User, "?"}};
    const json::value request = converse_request(conversation);
    EXPECT_TRUE(check_converse_request(request));
    EXPECT_EQ(
        json::serialize(converse_request({{}, {{ConverseTurn::Role::User, "hello"}}})),
        R"({"messages":[{"role":"user","content":[{"text":"hello"}]}]})"
    );
    const json::array& content = request.at("messages").at(0).at("content").as_array();
    ASSERT_EQ(content.size(), 3U);
    EXPECT_EQ(content[0].at("document").at("name").as_string(), "------ ----pdf");
    EXPECT_EQ(content[0].at("document").at("source").at("bytes").as_string(), "Ynl0ZXM=");
    EXPECT_EQ(content[2].at("text").as_string(), "hello");
}

constexpr const char* kAnswer =
    R"({"output":{"message":{"role":"assistant","content":[{"reasoningContent":{}},{"text":"a"},)"
    R"({"text":"b"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":2,)"
    R"("totalTokens":3,"cacheReadInputTokens":4},"metrics":{"latencyMs":5}})";

TEST(Converse, ReadsAnAnswer) {
    const auto answer = read_converse_answer(value(kAnswer));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->text, "ab");
    EXPECT_EQ(answer->stop_reason, "end_turn");
    EXPECT_EQ(answer->usage, (TokenUsage{1, 2, 3, 4, 0}));
    EXPECT_EQ(answer->latency_ms, 5U);
}

TEST(Converse, SaysWhatAnAnswerLacks) {
    for (const char* key : {"output", "stopReason", "usage"}) {
        json::value answer = value(kAnswer);
        answer.as_object().erase(key);
        const auto read = read_converse_answer(answer);
        ASSERT_FALSE(read) << key;
        EXPECT_TRUE(read.error().where.starts_with(key));
        EXPECT_TRUE(has_text(describe(read.error()).id));
    }
    EXPECT_FALSE(read_converse_answer(value("[]")));
    EXPECT_FALSE(read_converse_answer(value(R"({"output":[],"usage":7,"stopReason":null})")));
}

}  // namespace
}  // namespace kakehashi::aws

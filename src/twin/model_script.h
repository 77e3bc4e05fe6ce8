#pragma once

#include "base/json.h"
#include "config/configuration.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kakehashi::twin {

// What a request asks, as far as the script looks at it.
struct Prompt {
    std::string model;         // the modelId as it was sent
    std::string system, text;  // the last message of the user
    std::uint32_t turn = 1;
    std::uint64_t tokens = 1;  // of the whole input
    std::optional<std::uint64_t> output_tokens_max = {};
    std::vector<std::string> stop_sequences = {};
};
Prompt read_converse_prompt(std::string_view model_id, const json::value& body);
// Anthropic's Messages format, as InvokeModel takes it; other providers' bodies count as text.
Prompt read_invoke_prompt(std::string_view model_id, const json::value& body);

// What the model says. Nothing pretends to be Claude: without a script that matches it repeats the
// prompt in a fixed form, "[kakehashi twin] …".
struct Answer {
    std::vector<std::string> tokens;  // of the text, in order
    std::optional<config::ToolUse> tool_use = {};
    std::optional<std::string> reasoning = {};
    std::string stop_reason = "end_turn";
    std::uint64_t input_tokens = 0, output_tokens = 0;
    const config::Reply* reply = nullptr;  // the script's entry; null: the echo

    std::string text() const;
};

// The first reply that matches wins. Deterministic. `replies` outlive the answer.
Answer answer_for(const std::vector<config::Reply>& replies, const Prompt& prompt);

// A fixed rule, not a tokenizer: a token is four ASCII characters or one other character.
std::uint64_t token_count(std::string_view text);

}  // namespace kakehashi::twin

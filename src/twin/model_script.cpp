#include "twin/model_script.h"

#include "base/wildcard.h"

#include <algorithm>

namespace kakehashi::twin {
namespace {

constexpr std::size_t kAsciiPerToken = 4;
constexpr std::size_t kEchoBytesMax = 4000;
constexpr std::size_t kStopSequencesMax = 2500;  // Bedrock's own limit: more of them are refused

bool starts_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

// Pieces of four ASCII characters, or one other character.
std::vector<std::string> tokens_of(std::string_view text) {
    std::vector<std::string> tokens;
    tokens.reserve(token_count(text));
    std::size_t ascii = kAsciiPerToken;
    for (char c : text) {
        if (!starts_character(c) && !tokens.empty()) {
            tokens.back() += c;
            continue;
        }
        const bool plain = static_cast<unsigned char>(c) < 0x80U;
        if (!plain || ascii >= kAsciiPerToken) tokens.emplace_back();
        ascii = plain ? (ascii >= kAsciiPerToken ? 1 : ascii + 1) : kAsciiPerToken;
        tokens.back() += c;
    }
    return tokens;
}

// `*` and `?`, as everywhere in kakehashi.toml.
bool matches(std::string_view pattern, std::string_view text) {
    return wildcard_match(pattern, text, kWildcards);
}

bool matches(const config::ReplyMatch& match, const Prompt& prompt) {
    return (!match.model || matches(*match.model, prompt.model)) &&
           (!match.prompt || matches(*match.prompt, prompt.text)) &&
           (!match.system || matches(*match.system, prompt.system)) &&
           (!match.turn || *match.turn == prompt.turn);
}

// The text of a message's content: a string, or a list of blocks of which some have text.
std::string text_of(const json::value* content) {
    if (!content) return "";
    if (const auto* plain = content->if_string()) return std::string(json::view(*plain));
    std::string out;
    const json::array* blocks = content->if_array();
    if (!blocks) return out;
    for (const json::value& block : *blocks) {
        if (const auto text = json::find_string(block, "text")) out += *text;
    }
    return out;
}

void read_messages(const json::value& body, Prompt& prompt) {
    const json::array* messages = json::find_array(body, "messages");
    prompt.turn = 0;
    prompt.tokens = token_count(prompt.system);
    if (messages) {
        for (const json::value& message : *messages) {
            const std::string text = text_of(json::find(message, "content"));
            prompt.tokens += token_count(text);
            if (json::find_string(message, "role") != "user") continue;
            prompt.text = text;
            ++prompt.turn;
        }
    }
    prompt.tokens = std::max<std::uint64_t>(prompt.tokens, 1);
}

std::optional<std::uint64_t> count_at(const json::value* object, std::string_view key) {
    const json::value* found = object ? json::find(*object, key) : nullptr;
    if (!found || !found->is_int64() || found->as_int64() < 0) return std::nullopt;
    return static_cast<std::uint64_t>(found->as_int64());
}

std::vector<std::string> strings_at(const json::value* object, std::string_view key) {
    std::vector<std::string> out;
    const json::array* list = object ? json::find_array(*object, key) : nullptr;
    if (!list) return out;
    for (const json::value& item : *list) {
        if (out.size() == kStopSequencesMax) break;
        if (item.is_string()) out.emplace_back(json::view(item.as_string()));
    }
    return out;
}

// At most kEchoBytesMax bytes, whole characters.
std::string_view beginning(std::string_view text) {
    if (text.size() <= kEchoBytesMax) return text;
    std::size_t end = kEchoBytesMax;
    while (end > 0 && !starts_character(text[end])) {
        --end;
    }
    return text.substr(0, end);
}

// Cuts the text where a stop sequence or the limit of tokens says.
void apply_limits(const Prompt& prompt, std::string text, Answer& answer) {
    for (const std::string& stop : prompt.stop_sequences) {
        const auto at = stop.empty() ? text.npos : text.find(stop);
        if (at == text.npos) continue;
        text.resize(at);
        answer.stop_reason = "stop_sequence";
    }
    answer.tokens = tokens_of(text);
    if (prompt.output_tokens_max && answer.tokens.size() > *prompt.output_tokens_max) {
        answer.tokens.resize(*prompt.output_tokens_max);
        answer.stop_reason = "max_tokens";
    }
}

}  // namespace

std::string Answer::text() const {
    std::string out;
    for (const std::string& token : tokens) {
        out += token;
    }
    return out;
}

// As many as tokens_of() makes, without making them: a body may be many megabytes.
std::uint64_t token_count(std::string_view text) {
    std::uint64_t count = 0;
    std::size_t ascii = kAsciiPerToken;
    for (char c : text) {
        if (!starts_character(c) && count > 0) continue;
        const bool plain = static_cast<unsigned char>(c) < 0x80U;
        if (!plain || ascii >= kAsciiPerToken) ++count;
        ascii = plain ? (ascii >= kAsciiPerToken ? 1 : ascii + 1) : kAsciiPerToken;
    }
    return count;
}

Prompt read_converse_prompt(std::string_view model_id, const json::value& body) {
    Prompt prompt;
    prompt.model = model_id;
    prompt.system = text_of(json::find(body, "system"));
    read_messages(body, prompt);
    const json::value* configuration = json::find(body, "inferenceConfig");
    prompt.output_tokens_max = count_at(configuration, "maxTokens");
    prompt.stop_sequences = strings_at(configuration, "stopSequences");
    return prompt;
}

Prompt read_invoke_prompt(std::string_view model_id, const json::value& body) {
    Prompt prompt;
    prompt.model = model_id;
    prompt.system = text_of(json::find(body, "system"));
    read_messages(body, prompt);
    if (!json::find(body, "messages")) {
        prompt.text = json::serialize(body);
        prompt.tokens = std::max<std::uint64_t>(token_count(prompt.text), 1);
    }
    prompt.output_tokens_max = count_at(&body, "max_tokens");
    prompt.stop_sequences = strings_at(&body, "stop_sequences");
    return prompt;
}

Answer answer_for(const std::vector<config::Reply>& replies, const Prompt& prompt) {
    Answer answer;
    answer.input_tokens = prompt.tokens;
    const auto found = std::find_if(replies.begin(), replies.end(), [&](const auto& reply) {
        return matches(reply.match, prompt);
    });
    std::string text = "[kakehashi twin] " + std::string(beginning(prompt.text));
    if (found != replies.end()) {
        answer.reply = &*found;
        answer.tool_use = found->tool_use;
        answer.reasoning = found->reasoning;
        if (found->tool_use) answer.stop_reason = "tool_use";
        if (found->text || found->tool_use) text = found->text.value_or("");
    }
    apply_limits(prompt, std::move(text), answer);
    if (found != replies.end() && found->stop_reason) answer.stop_reason = *found->stop_reason;
    answer.output_tokens = std::max<std::uint64_t>(answer.tokens.size(), 1);
    return answer;
}

}  // namespace kakehashi::twin

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Everything a person may read, by id, in Japanese and English.
//
// The catalogue is data/messages/*.json, compiled in: {"config.key.unknown": {"en": "…", "ja":
// "…"}}. A sentence says what happened and what to do; {name} stands for a field. English: lower
// case, no full stop, input in backticks. Japanese: です・ます. tools/messages.py checks that ids,
// both languages and their fields agree with each other and with the code.
namespace kakehashi {

enum class Language { Japanese, English };

class MessageId {
public:
    // For ids that are made from another name, as a finding's; in code use "…"_msg.
    static MessageId composed(std::string name) { return MessageId(std::move(name)); }
    const std::string& name() const { return name_; }
    friend bool operator==(const MessageId&, const MessageId&) = default;

private:
    friend MessageId operator""_msg(const char* name, std::size_t length);
    explicit MessageId(std::string name) : name_(std::move(name)) {}
    std::string name_;
};
inline MessageId operator""_msg(const char* name, std::size_t length) {
    return MessageId(std::string(name, length));
}

// A sentence and what fills it. Fields may hold foreign text: it is escaped when shown. Never
// secrets.
struct Message {
    MessageId id;
    std::vector<std::pair<std::string, std::string>> fields = {};
};

bool has_text(const MessageId& id);

// An id that the catalogue lacks is a bug: its name and fields are shown instead.
std::string text(const Message& message, Language language);

}  // namespace kakehashi

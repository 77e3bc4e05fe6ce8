#include "base/message.h"

#include "base/text.h"

#include <boost/json.hpp>

#include <optional>

// All of data/messages/*.json as one array; CMakeLists.txt joins them.
extern "C" const char kakehashi_messages[];
extern "C" const char kakehashi_messages_end[];

namespace kakehashi {
namespace {

// A process shows a few sentences of some seven hundred, so the catalogue stays the text that it
// is, and one entry is read when it is asked for: an index would weigh a quarter megabyte in each
// of them. Inside a text a quote has a backslash before it, so the key is found nowhere else.
std::optional<boost::json::object> find_texts(const MessageId& id) {
    const std::string_view catalogue(
        kakehashi_messages, static_cast<std::size_t>(kakehashi_messages_end - kakehashi_messages)
    );
    const std::string key = "\"" + id.name() + "\":";
    const auto found = catalogue.find(key);
    if (found == catalogue.npos) return std::nullopt;
    boost::json::parser parser;
    const auto entry = catalogue.substr(found + key.size());
    parser.write_some(entry.data(), entry.size());
    return parser.release().as_object();
}

// One pass, so that a field's text is never taken for a place.
std::string filled(std::string_view pattern, const Message& message) {
    std::string out;
    while (!pattern.empty()) {
        const auto open = pattern.find('{');
        const auto close = pattern.find('}', open);
        out += pattern.substr(0, open);
        if (close == pattern.npos)
            return open == pattern.npos ? out : out.append(pattern.substr(open));
        const auto name = pattern.substr(open + 1, close - open - 1);
        for (const auto& [field, value] : message.fields) {
            if (field == name) out += shown(value);
        }
        pattern.remove_prefix(close + 1);
    }
    return out;
}

}  // namespace

bool has_text(const MessageId& id) {
    return find_texts(id).has_value();
}

std::string text(const Message& message, Language language) {
    if (const auto texts = find_texts(message.id)) {
        const auto& pattern = texts->at(language == Language::Japanese ? "ja" : "en").as_string();
        return filled({pattern.data(), pattern.size()}, message);
    }
    std::string out = message.id.name();
    for (const auto& [field, value] : message.fields) {
        out += " " + field + "=" + shown(value);
    }
    return out;
}

}  // namespace kakehashi

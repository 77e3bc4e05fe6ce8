#include "base/message.h"

#include "base/text.h"

#include <boost/json.hpp>

#include <map>

// All of data/messages/*.json as one array; CMakeLists.txt joins them.
extern "C" const char kakehashi_messages[];
extern "C" const char kakehashi_messages_end[];

namespace kakehashi {
namespace {

struct Texts {
    std::string japanese, english;
};

std::map<std::string, Texts, std::less<>> read_catalogue() {
    std::map<std::string, Texts, std::less<>> catalogue;
    const auto files = boost::json::parse({kakehashi_messages, kakehashi_messages_end});
    for (const auto& file : files.as_array()) {
        for (const auto& [id, texts] : file.as_object()) {
            catalogue[id] = {
                texts.at("ja").as_string().c_str(), texts.at("en").as_string().c_str()};
        }
    }
    return catalogue;
}

const Texts* find_texts(const MessageId& id) {
    static const auto catalogue = read_catalogue();
    const auto found = catalogue.find(id.name());
    return found == catalogue.end() ? nullptr : &found->second;
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
    return find_texts(id) != nullptr;
}

std::string text(const Message& message, Language language) {
    if (const Texts* texts = find_texts(message.id)) {
        return filled(language == Language::Japanese ? texts->japanese : texts->english, message);
    }
    std::string out = message.id.name();
    for (const auto& [field, value] : message.fields) {
        out += " " + field + "=" + shown(value);
    }
    return out;
}

}  // namespace kakehashi

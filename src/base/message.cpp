#include "base/message.h"

#include "base/text.h"

#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <vector>

// All of data/messages/*.json as one array; CMakeLists.txt joins them.
extern "C" const char kakehashi_messages[];
extern "C" const char kakehashi_messages_end[];

namespace kakehashi {
namespace {

struct Entry {
    std::string_view id, texts;  // the texts are an object, with whatever stands behind it
};

// Where each entry stands, by id. A process shows a few sentences of some seven hundred, so they
// stay the text that they are until one is asked for: read all at once, they would weigh a quarter
// megabyte in each process. A quote inside a text has a backslash before it, so that kMark stands
// behind ids alone (base's tests compare with a JSON reader).
std::vector<Entry> find_entries() {
    constexpr std::string_view kMark = "\": {";
    const std::string_view catalogue(
        kakehashi_messages, static_cast<std::size_t>(kakehashi_messages_end - kakehashi_messages)
    );
    std::vector<Entry> entries;
    for (auto at = catalogue.find(kMark); at != catalogue.npos;
         at = catalogue.find(kMark, at + 1)) {
        const auto begin = catalogue.rfind('"', at - 1) + 1;
        entries.push_back(
            {catalogue.substr(begin, at - begin), catalogue.substr(at + kMark.size() - 1)}
        );
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.id < b.id;
    });
    return entries;
}

std::optional<boost::json::object> find_texts(const MessageId& id) {
    static const std::vector<Entry> kEntries = find_entries();
    const auto found = std::lower_bound(
        kEntries.begin(),
        kEntries.end(),
        id.name(),
        [](const Entry& entry, const std::string& name) { return entry.id < name; }
    );
    if (found == kEntries.end() || found->id != id.name()) return std::nullopt;
    boost::json::parser parser;
    parser.write_some(found->texts.data(), found->texts.size());
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

#include "cloud/detail/properties.h"

#include "base/text.h"

#include <charconv>

namespace kakehashi::cloud {

std::optional<std::string> text_of(const json::value& value) {
    if (const auto* text = value.if_string()) return std::string(json::view(*text));
    if (value.is_number() || value.is_bool()) return json::serialize(value);
    return std::nullopt;
}

std::optional<std::string> Properties::text(std::string_view key) const {
    const json::value* found = find(key);
    return found ? text_of(*found) : std::nullopt;
}

std::string Properties::text_or(std::string_view key, std::string_view fallback) const {
    return text(key).value_or(std::string(fallback));
}

std::vector<std::string> Properties::texts(std::string_view key) const {
    std::vector<std::string> out;
    const json::value* found = find(key);
    if (!found) return out;
    if (const auto* list = found->if_array()) {
        for (const json::value& item : *list) {
            if (auto text = text_of(item)) out.push_back(*std::move(text));
        }
    } else if (auto text = text_of(*found)) {
        out.push_back(*std::move(text));
    }
    return out;
}

std::optional<std::int64_t> Properties::number(std::string_view key) const {
    const auto digits = text(key);
    if (!digits) return std::nullopt;
    std::int64_t value = 0;
    const auto [end, failed] =
        std::from_chars(digits->data(), digits->data() + digits->size(), value);
    if (failed != std::errc() || end != digits->data() + digits->size()) return std::nullopt;
    return value;
}

bool Properties::flag(std::string_view key, bool fallback) const {
    const auto word = text(key);
    return word ? equal_ignoring_case(*word, "true") : fallback;
}

std::optional<Properties> Properties::nested(std::string_view key) const {
    const json::value* found = find(key);
    const json::object* object = found ? found->if_object() : nullptr;
    return object ? std::optional<Properties>(*object) : std::nullopt;
}

std::vector<std::string> Properties::keys() const {
    std::vector<std::string> out;
    for (const auto& member : *object_) {
        out.emplace_back(member.key());
    }
    return out;
}

std::vector<Properties> Properties::items(std::string_view key) const {
    std::vector<Properties> out;
    const json::value* found = find(key);
    const json::array* list = found ? found->if_array() : nullptr;
    if (!list) return out;
    for (const json::value& item : *list) {
        if (const auto* object = item.if_object()) out.emplace_back(*object);
    }
    return out;
}

std::map<std::string, std::string> Properties::tags() const {
    std::map<std::string, std::string> out;
    for (const Properties& tag : items("Tags")) {
        out[tag.text_or("Key", "")] = tag.text_or("Value", "");
    }
    return out;
}

}  // namespace kakehashi::cloud

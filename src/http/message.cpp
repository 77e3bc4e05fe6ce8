#include "http/message.h"

#include "base/text.h"

#include <algorithm>

namespace kakehashi::http {

void Headers::add(std::string name, std::string value) {
    fields_.push_back(Header{std::move(name), std::move(value)});
}

void Headers::set(std::string_view name, std::string value) {
    erase(name);
    add(std::string(name), std::move(value));
}

void Headers::erase(std::string_view name) {
    std::erase_if(fields_, [&](const Header& field) {
        return equal_ignoring_case(field.name, name);
    });
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const Header& field) {
        return field.name.size() == name.size() && equal_ignoring_case(field.name, name);
    });
    if (found == fields_.end()) return std::nullopt;
    return found->value;
}

std::size_t Headers::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        fields_.begin(),
        fields_.end(),
        [&](const Header& field) { return equal_ignoring_case(field.name, name); }
    ));
}

}  // namespace kakehashi::http

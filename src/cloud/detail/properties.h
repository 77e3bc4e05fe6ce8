#pragma once

#include "base/json.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kakehashi::cloud {

// The resolved properties of a resource, or a nested object of theirs. CloudFormation writes a
// number or a boolean also as text, so each reader takes both. Borrows the object.
class Properties {
public:
    explicit Properties(const json::object& object) : object_(&object) {}

    const json::value* find(std::string_view key) const {
        return object_->if_contains({key.data(), key.size()});
    }
    std::optional<std::string> text(std::string_view key) const;
    std::string text_or(std::string_view key, std::string_view fallback) const;
    std::vector<std::string> texts(std::string_view key) const;  // one text counts as a list
    std::optional<std::int64_t> number(std::string_view key) const;
    bool flag(std::string_view key, bool fallback) const;
    std::optional<Properties> nested(std::string_view key) const;
    std::vector<std::string> keys() const;
    std::vector<Properties> items(std::string_view key) const;  // the objects of a list
    std::map<std::string, std::string> tags() const;            // of the list "Tags"

private:
    const json::object* object_;
};

std::optional<std::string> text_of(const json::value& value);  // of a scalar

}  // namespace kakehashi::cloud

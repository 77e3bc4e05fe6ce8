#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kakehashi::iam {

// The condition keys of one request and their values. Key names match in any case.
// A key is absent, has one value, or has many; many may be none. Owns its text. One strand.
class Context {
public:
    struct Entry {
        std::string key;  // as it was set
        std::vector<std::string> values;
        bool many = false;  // a multi-valued key, which only ForAnyValue and ForAllValues match
    };

    void set(std::string_view key, std::string value);                     // replaces
    void set_many(std::string_view key, std::vector<std::string> values);  // replaces
    void erase(std::string_view key);
    const Entry* find(std::string_view key) const;  // nullptr: the key is missing
    const std::vector<Entry>& entries() const { return entries_; }

private:
    std::vector<Entry> entries_;  // a request has some twenty: a scan beats a map
};

}  // namespace kakehashi::iam

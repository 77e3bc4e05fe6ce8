#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kakehashi::iam {

// The condition keys of one request and their values. Key names match in any case.
// A key is absent, has one value, or has many; many may be none. Copies share their entries, so
// that the legs of a request cost only what they add. One strand.
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
    const Entry* find(std::string_view key) const;              // nullptr: the key is missing
    using Entries = std::vector<std::shared_ptr<const Entry>>;  // none is null
    const Entries& entries() const { return entries_; }

private:
    void put(Entry entry);
    Entries entries_;  // a request has some twenty: a scan beats a map
};

}  // namespace kakehashi::iam

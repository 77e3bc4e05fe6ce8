#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kakehashi::iam {

// The condition keys of one request and their values. Key names match in any case.
// A key is absent, has one value, or has many; many may be none. A context may stand on another,
// which it shares and does not change: the legs of a request, and the requests of a session, cost
// only what they add. One strand.
class Context {
public:
    struct Entry {
        std::string key;  // as it was set
        std::vector<std::string> values;
        bool many = false;  // a multi-valued key, which only ForAnyValue and ForAllValues match
    };

    Context() = default;
    // Has every key of `base` that is neither set nor erased here. Requires: not null.
    explicit Context(std::shared_ptr<const Context> base) : base_(std::move(base)) {}

    void set(std::string_view key, std::string value);                     // replaces
    void set_many(std::string_view key, std::vector<std::string> values);  // replaces
    void erase(std::string_view key);
    const Entry* find(std::string_view key) const;  // nullptr: the key is missing
    // Every key that is there, those of the base first; borrowed until the next change.
    std::vector<const Entry*> entries() const;

private:
    struct Own {
        Entry entry;
        bool erased = false;  // the base's key of that name
    };
    void put(Own own);

    std::shared_ptr<const Context> base_;
    std::vector<Own> own_;  // a request has some twenty: a scan beats a map
};

}  // namespace kakehashi::iam

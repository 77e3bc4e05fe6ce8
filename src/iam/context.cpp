#include "iam/context.h"

#include "base/text.h"

#include <algorithm>

namespace kakehashi::iam {
namespace {

template <class Entries>
auto entry_of(Entries& entries, std::string_view key) {
    return std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
        return entry->key.size() == key.size() && equal_ignoring_case(entry->key, key);
    });
}

}  // namespace

void Context::put(Entry entry) {
    const auto at = entry_of(entries_, entry.key);
    auto shared = std::make_shared<const Entry>(std::move(entry));
    if (at == entries_.end()) {
        entries_.push_back(std::move(shared));
    } else {
        *at = std::move(shared);
    }
}

void Context::set(std::string_view key, std::string value) {
    Entry entry{std::string(key), {}, false};
    entry.values.push_back(std::move(value));
    put(std::move(entry));
}

void Context::set_many(std::string_view key, std::vector<std::string> values) {
    put(Entry{std::string(key), std::move(values), true});
}

void Context::erase(std::string_view key) {
    const auto at = entry_of(entries_, key);
    if (at != entries_.end()) entries_.erase(at);
}

const Context::Entry* Context::find(std::string_view key) const {
    const auto at = entry_of(entries_, key);
    return at == entries_.end() ? nullptr : at->get();
}

}  // namespace kakehashi::iam

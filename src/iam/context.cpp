#include "iam/context.h"

#include "base/text.h"

#include <algorithm>

namespace kakehashi::iam {
namespace {

template <class Entries>
auto entry_of(Entries& entries, std::string_view key) {
    return std::find_if(entries.begin(), entries.end(), [&](const Context::Entry& entry) {
        return entry.key.size() == key.size() && equal_ignoring_case(entry.key, key);
    });
}

void put(std::vector<Context::Entry>& entries, Context::Entry entry) {
    const auto at = entry_of(entries, entry.key);
    if (at == entries.end()) {
        entries.push_back(std::move(entry));
    } else {
        *at = std::move(entry);
    }
}

}  // namespace

void Context::set(std::string_view key, std::string value) {
    Entry entry{std::string(key), {}, false};
    entry.values.push_back(std::move(value));
    put(entries_, std::move(entry));
}

void Context::set_many(std::string_view key, std::vector<std::string> values) {
    put(entries_, Entry{std::string(key), std::move(values), true});
}

void Context::erase(std::string_view key) {
    const auto at = entry_of(entries_, key);
    if (at != entries_.end()) entries_.erase(at);
}

const Context::Entry* Context::find(std::string_view key) const {
    const auto at = entry_of(entries_, key);
    return at == entries_.end() ? nullptr : &*at;
}

}  // namespace kakehashi::iam

#include "iam/context.h"

#include "base/text.h"

#include <algorithm>

namespace kakehashi::iam {
namespace {

template <class Owns>
auto own_of(Owns& owns, std::string_view key) {
    return std::find_if(owns.begin(), owns.end(), [&](const auto& own) {
        return own.entry.key.size() == key.size() && equal_ignoring_case(own.entry.key, key);
    });
}

}  // namespace

void Context::put(Own own) {
    const auto at = own_of(own_, own.entry.key);
    if (at == own_.end()) {
        own_.push_back(std::move(own));
    } else {
        *at = std::move(own);
    }
}

void Context::set(std::string_view key, std::string value) {
    Own own{Entry{std::string(key), {}, false}};
    own.entry.values.push_back(std::move(value));
    put(std::move(own));
}

void Context::set_many(std::string_view key, std::vector<std::string> values) {
    put(Own{Entry{std::string(key), std::move(values), true}});
}

void Context::erase(std::string_view key) {
    if (find(key)) put(Own{Entry{std::string(key), {}, false}, true});
}

const Context::Entry* Context::find(std::string_view key) const {
    const auto at = own_of(own_, key);
    if (at != own_.end()) return at->erased ? nullptr : &at->entry;
    return base_ ? base_->find(key) : nullptr;
}

std::vector<const Context::Entry*> Context::entries() const {
    std::vector<const Entry*> out;
    if (base_) {
        for (const Entry* entry : base_->entries()) {
            if (own_of(own_, entry->key) == own_.end()) out.push_back(entry);
        }
    }
    for (const Own& own : own_) {
        if (!own.erased) out.push_back(&own.entry);
    }
    return out;
}

}  // namespace kakehashi::iam

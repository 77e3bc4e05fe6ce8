#pragma once

#include "cloud/package_access.h"
#include "twin/credential_store.h"

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

namespace kakehashi::twin {

// What stands behind an authorization token of CodeArtifact: it has the rights of whoever asked for
// it, in one domain (that a token opens no other is unverified).
struct PackageToken {
    std::shared_ptr<const Issued> caller;
    cloud::DomainName domain;
    TimePoint expires;  // account time
};

// Holds `kept_max` of them and forgets the oldest beyond. Thread rule: one strand.
class PackageTokens {
public:
    explicit PackageTokens(std::size_t kept_max) : kept_max_(kept_max) {}

    void add(const std::string& token, PackageToken behind) {
        by_token_.insert_or_assign(token, std::move(behind));
        order_.push_back(token);
        if (order_.size() <= kept_max_) return;
        by_token_.erase(order_.front());
        order_.pop_front();
    }
    const PackageToken* find(const std::string& token) const {  // nullptr: unknown
        const auto found = by_token_.find(token);
        return found == by_token_.end() ? nullptr : &found->second;
    }

private:
    std::size_t kept_max_;
    std::unordered_map<std::string, PackageToken> by_token_;
    std::deque<std::string> order_;
};

}  // namespace kakehashi::twin

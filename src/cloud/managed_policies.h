#pragma once

#include "iam/policy.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// AWS's managed policies as they stood on a date. Data: data/managed-policies.json.
namespace kakehashi::cloud {

std::vector<std::string> managed_policy_dates();  // oldest first

// One dated bundle; a policy is read when it is first asked for. Thread rule: one strand.
class ManagedPolicies {
public:
    // Requires: `date` is one of managed_policy_dates().
    explicit ManagedPolicies(std::string date) : date_(std::move(date)) {}
    const std::string& date() const { return date_; }

    // nullopt: the bundle has no policy of this ARN. It counts as `type` where it is attached.
    std::optional<iam::Policy> find(std::string_view arn, iam::PolicyType type);

private:
    std::string date_;
    std::map<std::pair<std::string, iam::PolicyType>, iam::Policy> read_;
};

}  // namespace kakehashi::cloud

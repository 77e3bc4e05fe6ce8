#pragma once

#include "base/expected.h"
#include "base/problem.h"
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

// A policy of AWS's as a person has saved it: what `aws iam get-policy-version` prints, or its
// Document alone. Errors: what is neither, or no policy. Never throws.
Expected<iam::Policy, Problems> read_managed_policy(
    std::string_view text,
    std::string_view arn,
    iam::PolicyType type
);
// "ReadOnlyAccess" of arn:aws:iam::aws:policy/ReadOnlyAccess; "" of what is none of AWS's.
std::string managed_policy_name(std::string_view arn);

}  // namespace kakehashi::cloud

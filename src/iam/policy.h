#pragma once

#include "base/expected.h"
#include "base/json.h"
#include "base/problem.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace kakehashi::iam {

// Which rules a document is read by, and under which name AWS reports it.
enum class PolicyType { Identity, Boundary, Session, Resource, Trust, Scp, Rcp, Endpoint };

enum class Effect { Allow, Deny };

namespace detail {
struct CompiledPolicy;
}

// A policy that was read, checked and compiled. Immutable; copies share it. Safe from every thread.
// Source: IAM User Guide, "Grammar of the IAM JSON policy language".
class Policy {
public:
    PolicyType type() const;
    const std::string& name() const;  // how a person knows it: a policy's name or ARN
    std::size_t statement_count() const;
    Effect effect(std::size_t statement) const;
    const std::string& sid(std::size_t statement) const;  // "" when it has none
    const json::value& document() const;                  // what it was read from

    const detail::CompiledPolicy& compiled() const { return *compiled_; }
    explicit Policy(std::shared_ptr<const detail::CompiledPolicy> compiled)
        : compiled_(std::move(compiled)) {}

private:
    std::shared_ptr<const detail::CompiledPolicy> compiled_;
};

// Reads strictly: an unknown element, operator, effect or version, a missing or misplaced element
// (Principal in an identity policy, Resource in a trust policy) is a problem, with the path below
// the document ("Statement[1].Condition.StringLke"). A single statement may stand without its
// array.
Expected<Policy, Problems> read_policy(json::value document, std::string name, PolicyType type);

// The same from text; a JSON error has its line.
Expected<Policy, Problems> parse_policy(std::string_view text, std::string name, PolicyType type);

}  // namespace kakehashi::iam

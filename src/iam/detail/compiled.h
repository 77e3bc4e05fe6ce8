#pragma once

#include "base/json.h"
#include "iam/anatomy.h"
#include "iam/detail/condition.h"
#include "iam/detail/pattern.h"
#include "iam/detail/principal.h"
#include "iam/policy.h"

#include <optional>
#include <string>
#include <vector>

namespace kakehashi::iam::detail {

using Polarity = Listed;

struct Statement {
    Effect effect = Effect::Deny;
    std::string sid;
    Polarity action_polarity = Polarity::Named;
    std::vector<Pattern> actions;  // in lower case
    Polarity resource_polarity = Polarity::Named;
    std::optional<std::vector<ArnPattern>> resources;  // absent: the resource that has the policy
    Polarity principal_polarity = Polarity::Named;
    std::optional<PrincipalList> principals;  // absent: whoever has the policy
    std::vector<Condition> conditions;
};

struct CompiledPolicy {
    PolicyType type = PolicyType::Identity;
    std::string name;
    json::value document;
    std::vector<Statement> statements;
};

}  // namespace kakehashi::iam::detail

#pragma once

#include "base/message.h"

#include <cstddef>
#include <string>
#include <string_view>

// `kakehashi iam evaluate`: JSON Lines in the shape of the public iam-simulate tool.
//
//   {"name":"…","simulation":{"request":{"action","principal","resource":{"resource","accountId"},
//    "contextVariables":{}},"identityPolicies":[{"name","policy"}],"sessionPolicy":{},
//    "permissionBoundaryPolicies":[{"name","policy"}],"resourcePolicy":{},
//    "serviceControlPolicies":[{"orgIdentifier","policies":[{"name","policy"}]}],
//    "resourceControlPolicies":[…],"vpcEndpointPolicies":[{"name","policy"}]}}
//
// Only `request` is required; a list of policies that is absent does not bear on the request. A
// context value is a text, or an array of texts for a multi-valued key.
namespace kakehashi::iam {

inline constexpr std::size_t kSimulationBytesMax = 16U << 20U;  // of one line

struct Evaluated {
    std::string line;  // JSON, no line break: a decision, or {"name","error"}
    bool failed = false;
};

// Pure. Never throws on any input. Errors are in `language`. Safe from every thread.
Evaluated evaluate_line(std::string_view line, Language language);

}  // namespace kakehashi::iam

#pragma once

#include "cfn/detail/node.h"
#include "cfn/detail/report.h"
#include "cfn/stack.h"

#include <map>

namespace kakehashi::cfn {

inline constexpr std::size_t kParametersMax = 200;       // CloudFormation's quota
inline constexpr std::size_t kParameterBytesMax = 4096;  // CloudFormation's quota
inline constexpr std::size_t kPatternBytesMax = 4096;

// The values that Ref gives, by name: a String, or a Sequence of them. Broken: a problem is told
// already. Absent: a parameter that takes its value from Systems Manager and was not given one;
// that is a problem once something uses it. An image that AWS publishes ("/aws/service/…") is a
// placeholder instead.
std::map<std::string, Node, std::less<>> read_parameters(
    const Node& root,
    const StackSettings& settings,
    Report& report
);

}  // namespace kakehashi::cfn

#pragma once

#include "aws/rejection.h"
#include "base/json.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace kakehashi::aws::detail {

inline constexpr std::size_t kShapeDepthMax = 128;

// Why `value` does not fit the shape of that name in data/bedrock-runtime-shapes.json, as Bedrock
// would say it; nullopt when it fits. Aborts on a name that the file lacks. Safe from every thread.
std::optional<Rejection> check_shape(std::string_view shape, const json::value& value);

}  // namespace kakehashi::aws::detail

#pragma once

#include "check/formula.h"

#include <string_view>

namespace kakehashi::check {

// The shapes that the value of a condition key can have in a request. A key that AWS's tables do
// not have may have any. Safe from every thread. Source and date: key_shapes.cpp.
Domain domain_of_key(std::string_view key);

}  // namespace kakehashi::check

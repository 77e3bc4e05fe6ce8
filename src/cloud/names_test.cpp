#include "cloud/names.h"

#include "cloud/example_world.h"

#include <gtest/gtest.h>

namespace kakehashi::cloud {
namespace {}  // namespace
}  // namespace kakehashi::cloud

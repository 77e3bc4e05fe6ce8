#pragma once

#include "enclosure/detail/system_error.h"

namespace kakehashi::enclosure::detail {

// Namespaces of user, network and mounts, in which the caller's own ids stay what they are and are
// the only ones. Mounts no longer come from or go to the outside.
// Requires: the process has one thread.
Done make_namespaces();

}  // namespace kakehashi::enclosure::detail

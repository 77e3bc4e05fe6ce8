#pragma once

#include "base/ipv4.h"
#include "enclosure/detail/system_error.h"

#include <vector>

namespace kakehashi::enclosure::detail {

// In a new network namespace: `lo` is up, each address is local there, and everything else leads to
// `lo` too, where the kernel drops it without a word.
Done make_routes(const std::vector<Ipv4>& local_addresses);

}  // namespace kakehashi::enclosure::detail

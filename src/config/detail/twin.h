#pragma once

#include "config/configuration.h"
#include "config/detail/reader.h"

namespace kakehashi::config::detail {

// Reads [twin] into `configuration`, whose accounts are read already.
void read_twin(TableReader reader, Configuration& configuration);

// The twin of each account where [twin] says nothing.
void default_twin(Configuration& configuration);

}  // namespace kakehashi::config::detail

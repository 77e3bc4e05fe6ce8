#pragma once

#include "base/outside.h"
#include "cli/arguments.h"

namespace kakehashi::cli {

// kakehashi twin up: both accounts on loopback ports, until SIGINT, SIGTERM or `twin down`.
Exit run(
    const TwinUpOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files
);

}  // namespace kakehashi::cli

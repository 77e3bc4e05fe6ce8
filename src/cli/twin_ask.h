#pragma once

#include "base/outside.h"
#include "cli/arguments.h"

namespace kakehashi::cli {

// kakehashi twin env, status, down, events, explain, clock: of the twin that runs for this
// configuration and place.
Exit run(
    const TwinAskOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files
);

}  // namespace kakehashi::cli

#pragma once

#include "base/outside.h"
#include "cli/arguments.h"

namespace kakehashi::cli {

// kakehashi models: the profiles of the configuration and where each runs.
Exit run(
    const ModelsOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files
);

}  // namespace kakehashi::cli

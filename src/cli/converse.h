#pragma once

#include "base/outside.h"
#include "cli/arguments.h"

namespace kakehashi::cli {

// kakehashi converse: one answer, streamed to standard output. The guard judges the model before
// anything is sent.
Exit run(
    const ConverseOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files
);

}  // namespace kakehashi::cli

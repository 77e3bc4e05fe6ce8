#pragma once

#include "base/outside.h"
#include "cli/arguments.h"

namespace kakehashi::cli {

// kakehashi twin exec -- CMD: CMD inside the closed VPC, and its exit code. Joins a running twin of
// the same configuration, so that account state goes on; else it has one of its own.
Exit run(
    const TwinExecOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files
);

}  // namespace kakehashi::cli

#pragma once

#include "base/outside.h"
#include "base/time.h"
#include "cli/arguments.h"
#include "cli/exit.h"
#include "cli/terminal.h"

namespace kakehashi::cli {

// `kakehashi check`: what is wrong with a pair, and the two proofs. `clock` decides which
// suppressions still hold, and dates a report.
Exit run(
    const CheckOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files,
    FileWriter& writer,
    const Clock& clock
);

}  // namespace kakehashi::cli

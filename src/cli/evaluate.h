#pragma once

#include "cli/arguments.h"

namespace kakehashi::cli {

// kakehashi iam evaluate: one decision a line, for one simulation a line of standard input.
Exit run(const EvaluateOptions& options, Terminal& terminal);

}  // namespace kakehashi::cli

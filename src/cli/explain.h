#pragma once

#include "cli/arguments.h"
#include "cli/exit.h"
#include "cli/terminal.h"

namespace kakehashi::cli {

// `kakehashi explain ID`: the page of one finding.
Exit run(const ExplainOptions& options, Terminal& terminal);

}  // namespace kakehashi::cli

#pragma once

#include "base/outside.h"
#include "cli/arguments.h"
#include "cli/exit.h"
#include "cli/terminal.h"

namespace kakehashi::cli {

// `kakehashi init`: a first kakehashi.toml. Asks for the two accounts on a terminal. Never writes
// over a file.
Exit run(const InitOptions& options, Terminal& terminal, Random& random, FileWriter& writer);

}  // namespace kakehashi::cli

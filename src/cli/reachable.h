#pragma once

#include "base/outside.h"
#include "cli/arguments.h"
#include "cli/exit.h"
#include "cli/terminal.h"
#include "cloud/world.h"

namespace kakehashi::cli {

// `kakehashi check --can PRINCIPAL ACTION RESOURCE`: Problem when it can, or nobody knows.
Exit show_reachable(const CheckOptions& options, const cloud::World& world, Terminal& terminal);

// `kakehashi check --diff OLD NEW`: Problem when the new pair allows more, or nobody knows.
Exit show_difference(
    const CheckOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files
);

}  // namespace kakehashi::cli

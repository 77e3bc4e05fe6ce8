#pragma once

#include "base/outside.h"
#include "cli/arguments.h"
#include "cli/exit.h"
#include "cli/terminal.h"

namespace kakehashi::cli {

// `kakehashi render`: the templates of both accounts, an AWS profile and the deployment sheet, all
// or none. A file that a person has changed since is not written over; one that is not rendered
// any more goes.
Exit run(
    const RenderOptions& options,
    Terminal& terminal,
    const Environment& environment,
    Files& files,
    FileWriter& writer
);

}  // namespace kakehashi::cli

#pragma once

#include "base/outside.h"
#include "cli/arguments.h"
#include "cli/project.h"

#include <memory>
#include <string>

// What `check` judges: a configuration with its templates, or two templates named by flags.
namespace kakehashi::cli {

// By --operator and --municipality; else the configuration.
Expected<Project, CommandFailure> project_of(
    const CheckOptions& options,
    const Environment& environment,
    Files& files
);

struct JudgedPair {
    Project project;
    Sources sources;
    std::shared_ptr<const cloud::World> world;
};
// The world of the project's files, with --managed-policies.
Expected<JudgedPair, CommandFailure> read_pair(
    const CheckOptions& options,
    Project project,
    Files& files
);
// The same with other texts in place of those that were read.
Expected<std::shared_ptr<const cloud::World>, CommandFailure> world_of(const Sources& sources);
// The same for a judgement, which can say what it could not read: resources of types that are not
// supported are set aside.
Expected<std::shared_ptr<const cloud::World>, CommandFailure> partial_world_of(
    const Sources& sources
);

}  // namespace kakehashi::cli

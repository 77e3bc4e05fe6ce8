#pragma once

#include "base/outside.h"
#include "cli/failure.h"
#include "cloud/world.h"
#include "config/configuration.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// The configuration that a command works on, and the world that it describes.
namespace kakehashi::cli {

struct Project {
    std::filesystem::path file;  // absolute
    config::Configuration configuration;
};

// --config, else KAKEHASHI_CONFIG, else kakehashi.toml here, else /etc/kakehashi/kakehashi.toml.
Expected<Project, CommandFailure> open_project(
    const std::optional<std::string>& named,
    const Environment& environment,
    Files& files
);

Message unreadable(const std::string& file, FileError error);

// What the world is built of: the configuration, with what was rendered filled in, and each file
// by its name.
struct Sources {
    config::Configuration configuration;
    std::map<std::string, std::string> texts;
    std::vector<std::string> rendered;  // names of those that were rendered in memory
};

// Reads the files that the configuration names, relative to it; accounts that name none are
// rendered.
Expected<Sources, CommandFailure> read_sources(const Project& project, Files& files);

Expected<std::shared_ptr<const cloud::World>, CommandFailure> build_world(
    const Project& project,
    Files& files
);

}  // namespace kakehashi::cli

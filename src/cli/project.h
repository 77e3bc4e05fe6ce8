#pragma once

#include "base/outside.h"
#include "cli/failure.h"
#include "cloud/world.h"
#include "config/configuration.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

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

// Reads the files that the configuration names, relative to it, and builds the world of them.
Expected<std::shared_ptr<const cloud::World>, CommandFailure> build_world(
    const Project& project,
    Files& files
);

}  // namespace kakehashi::cli

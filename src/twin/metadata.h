#pragma once

#include "cloud/world.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

// What the instance metadata service has at which path. Pure; safe from every thread.
// Source: EC2 User Guide, "Instance metadata categories".
namespace kakehashi::twin {

using Metadata = std::map<std::string, std::string, std::less<>>;  // path → value

// Of one instance. The identity document, the profile and the credentials are made when somebody
// asks for them: here they are "".
Metadata metadata_of(const cloud::World& world, const cloud::Instance& instance);

// The names right below `path`, one a line, with '/' behind those that have more below them, as AWS
// writes them under meta-data (elsewhere unverified); nullopt: there is nothing below.
std::optional<std::string> listing(const Metadata& metadata, std::string_view path);

}  // namespace kakehashi::twin

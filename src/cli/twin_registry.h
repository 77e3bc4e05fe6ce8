#pragma once

#include "base/outside.h"
#include "base/secret.h"
#include "cli/failure.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// How the commands of one person find their twin: a file for each configuration and place, which
// only that person can read.
namespace kakehashi::cli {

struct TwinEntry {
    std::string config, place, region;  // config: absolute
    std::int64_t pid = 0;
    std::map<std::string, std::string> endpoints = {};  // service → URL
    std::vector<std::string> unreachable = {};
    std::string ca;  // file
    std::uint16_t control_port = 0;
    SecretString control_token = {};
    std::string sources = {};  // a digest of the files that it was built of
};

class TwinRegistry {
public:
    // $XDG_RUNTIME_DIR/kakehashi, else kakehashi-UID in the directory for temporary files. Made if
    // it is not there; refused if it belongs to somebody else or others may write into it.
    static Expected<TwinRegistry, CommandFailure> open(const Environment& environment);

    std::filesystem::path ca_file(const std::string& config, const std::string& place) const;
    // nullopt: no twin of this configuration and place is running; what a dead one left is removed.
    std::optional<TwinEntry> find(const std::string& config, const std::string& place) const;
    // A twin of this configuration: of this place, else of any other.
    std::optional<TwinEntry> find_any(const std::string& config, const std::string& place) const;
    std::vector<TwinEntry> running() const;  // of every configuration, in no order
    // Where the twin takes the doors of a closed network.
    std::string handover_path(const TwinEntry& entry) const;
    Expected<void, CommandFailure> write_ca(const TwinEntry& entry, const std::string& pem) const;
    Expected<void, CommandFailure> write(const TwinEntry& entry) const;
    void remove(const TwinEntry& entry) const;

private:
    explicit TwinRegistry(std::filesystem::path folder) : folder_(std::move(folder)) {}
    std::filesystem::path entry_file(const std::string& config, const std::string& place) const;
    std::filesystem::path folder_;
};

// Whether a path is named as `ca_file` names one.
bool is_ca_file_name(std::string_view path);

}  // namespace kakehashi::cli

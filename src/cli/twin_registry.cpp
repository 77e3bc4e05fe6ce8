#include "cli/twin_registry.h"

#include "base/hash.h"
#include "base/json.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace kakehashi::cli {
namespace {

constexpr std::size_t kKeyLength = 16;
constexpr std::string_view kCaEnding = ".ca.pem";

std::string key_of(const std::string& config, const std::string& place) {
    return stable_id(config + "\n" + place, "abcdefghijklmnopqrstuvwxyz234567", kKeyLength);
}

CommandFailure cannot_write(const std::filesystem::path& path) {
    return wrong_environment(
        "state-not-writable", {"cli.twin.state_not_writable"_msg, {{"path", path.string()}}}
    );
}

// Whole or not at all: written beside, then moved into place.
bool write_private(const std::filesystem::path& path, const std::string& text) {
    const std::string beside = path.string() + "." + std::to_string(::getpid());
    const int file =
        ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) return false;
    const ssize_t written = ::write(file, text.data(), text.size());
    bool good = written == static_cast<ssize_t>(text.size());
    good = ::close(file) == 0 && good;
    good = good && ::rename(beside.c_str(), path.c_str()) == 0;
    if (!good) ::unlink(beside.c_str());
    return good;
}

bool is_ours_alone(const std::filesystem::path& folder) {
    struct stat found {};
    if (::lstat(folder.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) return false;
    return found.st_uid == ::getuid() && (found.st_mode & 022U) == 0;
}

json::object object_of(const TwinEntry& entry) {
    json::object endpoints;
    for (const auto& [service, url] : entry.endpoints) {
        endpoints[service] = url;
    }
    json::array unreachable(entry.unreachable.begin(), entry.unreachable.end());
    return {
        {"config", entry.config},
        {"place", entry.place},
        {"region", entry.region},
        {"pid", entry.pid},
        {"endpoints", std::move(endpoints)},
        {"unreachable", std::move(unreachable)},
        {"ca", entry.ca},
        {"control_port", entry.control_port},
        {"control_token", entry.control_token.reveal()},
        {"sources", entry.sources}};
}

std::string text_at(const json::value& object, std::string_view key) {
    return std::string(json::find_string(object, key).value_or(""));
}

std::int64_t number_at(const json::value& object, std::string_view key) {
    const json::value* found = json::find(object, key);
    return found && found->is_int64() ? found->as_int64() : 0;
}

std::optional<TwinEntry> read_entry(const std::string& text) {
    const auto read = json::parse(text);
    if (!read || !read->is_object()) return std::nullopt;
    TwinEntry entry;
    entry.config = text_at(*read, "config");
    entry.place = text_at(*read, "place");
    entry.region = text_at(*read, "region");
    entry.pid = number_at(*read, "pid");
    entry.ca = text_at(*read, "ca");
    entry.sources = text_at(*read, "sources");
    entry.control_port = static_cast<std::uint16_t>(number_at(*read, "control_port"));
    entry.control_token = SecretString(text_at(*read, "control_token"));
    if (const auto* endpoints = json::find_object(*read, "endpoints")) {
        for (const auto& [service, url] : *endpoints) {
            if (url.is_string()) entry.endpoints[service] = json::view(url.as_string());
        }
    }
    if (const auto* unreachable = json::find_array(*read, "unreachable")) {
        for (const json::value& service : *unreachable) {
            if (service.is_string())
                entry.unreachable.emplace_back(json::view(service.as_string()));
        }
    }
    return entry;
}

bool is_alive(const TwinEntry& entry) {
    return entry.pid > 0 && (::kill(static_cast<pid_t>(entry.pid), 0) == 0 || errno == EPERM);
}

}  // namespace

bool is_ca_file_name(std::string_view path) {
    return path.ends_with(kCaEnding) && path.find("/kakehashi") != path.npos;
}

Expected<TwinRegistry, CommandFailure> TwinRegistry::open(const Environment& environment) {
    std::filesystem::path folder;
    const auto runtime = environment.get("XDG_RUNTIME_DIR");
    if (runtime && !runtime->empty() && is_ours_alone(*runtime)) {
        folder = std::filesystem::path(*runtime) / "kakehashi";
    } else {
        std::error_code failed;
        folder = std::filesystem::temp_directory_path(failed);
        if (failed) folder = "/tmp";
        folder /= "kakehashi-" + std::to_string(::getuid());
    }
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return Failure{cannot_write(folder)};
    if (!is_ours_alone(folder)) return Failure{cannot_write(folder)};
    return TwinRegistry(std::move(folder));
}

std::filesystem::path TwinRegistry::ca_file(const std::string& config, const std::string& place)
    const {
    return folder_ / (key_of(config, place) + std::string(kCaEnding));
}

std::filesystem::path TwinRegistry::entry_file(const std::string& config, const std::string& place)
    const {
    return folder_ / (key_of(config, place) + ".json");
}

std::vector<TwinEntry> TwinRegistry::running() const {
    std::vector<TwinEntry> out;
    std::error_code failed;
    for (const auto& file : std::filesystem::directory_iterator(folder_, failed)) {
        if (file.path().extension() != ".json") continue;
        std::ifstream in(file.path());
        auto entry =
            read_entry({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
        if (entry && is_alive(*entry)) out.push_back(*std::move(entry));
    }
    return out;
}

std::optional<TwinEntry> TwinRegistry::find(const std::string& config, const std::string& place)
    const {
    std::ifstream in(entry_file(config, place));
    if (!in) return std::nullopt;
    auto entry = read_entry({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
    if (!entry || entry->pid <= 0) return std::nullopt;
    if (is_alive(*entry)) return entry;
    remove(*entry);
    return std::nullopt;
}

std::optional<TwinEntry> TwinRegistry::find_any(const std::string& config, const std::string& place)
    const {
    if (auto found = find(config, place)) return found;
    for (TwinEntry& entry : running()) {
        if (entry.config == config) return std::move(entry);
    }
    return std::nullopt;
}

std::string TwinRegistry::handover_path(const TwinEntry& entry) const {
    return (folder_ / (key_of(entry.config, entry.place) + ".sock")).string();
}

Expected<void, CommandFailure> TwinRegistry::write_ca(
    const TwinEntry& entry,
    const std::string& pem
) const {
    if (!write_private(entry.ca, pem)) return Failure{cannot_write(entry.ca)};
    return {};
}

Expected<void, CommandFailure> TwinRegistry::write(const TwinEntry& entry) const {
    const auto path = entry_file(entry.config, entry.place);
    if (!write_private(path, json::serialize(object_of(entry)))) return Failure{cannot_write(path)};
    return {};
}

void TwinRegistry::remove(const TwinEntry& entry) const {
    std::error_code ignored;  // what is gone already need not be removed
    std::filesystem::remove(entry_file(entry.config, entry.place), ignored);
    std::filesystem::remove(ca_file(entry.config, entry.place), ignored);
    std::filesystem::remove(handover_path(entry), ignored);
}

}  // namespace kakehashi::cli

#include "cli/environment.h"

#include <array>
#include <cstdlib>
#include <unistd.h>

namespace kakehashi::cli {
namespace {

constexpr std::size_t kNameBytesMax = 32;  // a session name has 64 in all

std::string for_session_name(std::string text) {
    constexpr std::string_view kTaken = "_+=,.@-";
    for (char& c : text) {
        const bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && kTaken.find(c) == kTaken.npos) c = '-';
    }
    return text.substr(0, kNameBytesMax);
}

}  // namespace

std::optional<std::string> ProcessEnvironment::get(std::string_view name) const {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, and nothing here changes the environment
    const char* value = std::getenv(std::string(name).c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
}

Language language_of(const Environment& environment) {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const auto value = environment.get(name);
        if (!value || value->empty()) continue;
        return value->starts_with("ja") ? Language::Japanese : Language::English;
    }
    return Language::English;
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "host";
    return for_session_name(name.data());
}

std::string user_name(const Environment& environment) {
    const auto name = environment.get("USER");
    if (name && !name->empty()) return for_session_name(*name);
    return "uid-" + std::to_string(::getuid());
}

}  // namespace kakehashi::cli

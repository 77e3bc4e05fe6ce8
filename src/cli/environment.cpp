#include "cli/environment.h"

#include <array>
#include <cstdlib>
#include <unistd.h>

namespace kakehashi::cli {

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
    return name.data();
}

std::string user_name(const Environment& environment) {
    const auto name = environment.get("USER");
    if (name && !name->empty()) return *name;
    return "uid-" + std::to_string(::getuid());
}

}  // namespace kakehashi::cli

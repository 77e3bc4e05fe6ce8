#include "session/shared_config.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace kakehashi::session;

void print(std::string& out, const std::string& key, const Setting& setting) {
    out += key + " = ";
    for (const char c : setting.value.reveal()) {
        out += c;
        if (c == '\n') out += ' ';
    }
    out += "\n";
    for (const auto& [name, value] : setting.group) {
        out += " " + name + " = " + value.reveal() + "\n";
    }
}

enum class File { Config, Credentials };

std::string print(const SharedConfig& config, File file = File::Config) {
    std::string out;
    for (const auto& [name, section] : config.profiles()) {
        out += file == File::Config ? "[profile \"" + name + "\"]\n" : "[" + name + "]\n";
        for (const auto& [key, setting] : section.settings()) {
            print(out, key, setting);
        }
    }
    for (const auto& [name, section] : config.services()) {
        out += "[services \"" + name + "\"]\n";
        for (const auto& [key, setting] : section.settings()) {
            print(out, key, setting);
        }
    }
    return out;
}

void check_credentials_file(const std::string& text) {
    const auto alone = parse_shared_config({"config", "", "creds", text});
    if (!alone) return;
    const std::string printed = print(*alone, File::Credentials);
    const auto again = parse_shared_config({"config", "", "creds", printed});
    if (!again && again.error().what.id.name() == "session.shared_config.line_too_long") return;
    if (!again || print(*again, File::Credentials) != printed) std::abort();
}

}  // namespace

// Oracle: what is accepted prints as a config file that is accepted and prints the same; the
// credentials file alone, as a credentials file. A NUL parts the input into the two files.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    const auto nul = std::min(text.find('\0'), text.size());
    const std::string credentials = nul == text.size() ? "" : text.substr(nul + 1);
    check_credentials_file(credentials);
    const auto config = parse_shared_config({"config", text.substr(0, nul), "creds", credentials});
    if (!config) {
        if (config.error().where.file.empty()) std::abort();
        return 0;
    }
    const std::string printed = print(*config);
    const auto again = parse_shared_config({"config", printed, "", ""});
    // The printer's own words may make a line longer than is read.
    if (!again && again.error().what.id.name() == "session.shared_config.line_too_long") return 0;
    if (!again || print(*again) != printed) std::abort();
    return 0;
}

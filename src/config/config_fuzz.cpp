#include "config/configuration.h"

#include <cstdint>
#include <cstdlib>
#include <string>

// Oracle: an answer is a configuration that keeps its promises, or problems that have words and
// stand in order, on lines that the text has; and a comment at the end changes nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kakehashi;  // NOLINT(google-build-using-namespace)
    const std::string text(data, data + size);
    const auto read = config::read_configuration(text, "k.toml");
    const std::string commented = text + "\n# a comment\n";
    if (commented.size() <= config::kConfigurationBytesMax &&
        bool(read) != bool(config::read_configuration(commented, "k.toml"))) {
        std::abort();
    }
    if (read) {
        const auto& municipalities = read->municipalities;
        if (read->operator_account.account.size() != 12 || municipalities.empty()) std::abort();
        if (read->twin.municipality_accounts.size() != municipalities.size()) std::abort();
        return 0;
    }
    if (read.error().empty() || read.error().size() > config::kProblemsMax) std::abort();
    std::size_t line = 0;
    for (const Problem& problem : read.error()) {
        if (!has_text(problem.what.id) || problem.where.line < line) std::abort();
        line = problem.where.line;
    }
    return 0;
}

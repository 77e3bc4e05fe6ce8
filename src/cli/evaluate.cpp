#include "cli/evaluate.h"

#include "iam/simulation.h"

#include <iostream>
#include <string>

namespace kakehashi::cli {
namespace {

constexpr std::size_t kLineBytesMax = 16U << 20U;

}  // namespace

Exit run(const EvaluateOptions&, Terminal& terminal) {
    std::ios::sync_with_stdio(false);
    Exit exit = Exit::Done;
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line.empty()) continue;
        const std::string_view read =
            line.size() > kLineBytesMax ? std::string_view() : std::string_view(line);
        const auto evaluated = iam::evaluate_line(read, terminal.language());
        terminal.answer(evaluated.line + "\n");
        if (evaluated.failed) exit = Exit::Problem;
    }
    return exit;
}

}  // namespace kakehashi::cli

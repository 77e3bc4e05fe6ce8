#include "cli/evaluate.h"

#include "iam/simulation.h"

#include <iostream>
#include <streambuf>
#include <string>

namespace kakehashi::cli {
namespace {

// The next line, of which no more is kept than shows that it is too long.
bool read_line(std::streambuf& from, std::string& line) {
    constexpr int kEnd = std::char_traits<char>::eof();
    line.clear();
    int c = from.sbumpc();
    if (c == kEnd) return false;
    for (; c != kEnd && c != '\n'; c = from.sbumpc()) {
        if (line.size() <= iam::kSimulationBytesMax) line += static_cast<char>(c);
    }
    return true;
}

}  // namespace

Exit run(const EvaluateOptions&, Terminal& terminal) {
    std::ios::sync_with_stdio(false);
    Exit exit = Exit::Done;
    std::string line;
    while (read_line(*std::cin.rdbuf(), line)) {
        if (line.empty()) continue;
        const auto evaluated = iam::evaluate_line(line, terminal.language());
        terminal.answer(evaluated.line + "\n");
        if (evaluated.failed) exit = Exit::Problem;
    }
    return exit;
}

}  // namespace kakehashi::cli

#include "base/problem.h"

#include "base/text.h"

namespace kakehashi {

std::string text(const Location& where) {
    std::string out = shown(where.file);
    if (where.line != 0) out += ":" + std::to_string(where.line);
    if (!where.path.empty()) out += (out.empty() ? "" : ": ") + shown(where.path);
    return out;
}

std::string text(const Problem& problem, Language language) {
    const std::string where = text(problem.where);
    return (where.empty() ? "" : where + ": ") + text(problem.what, language);
}

}  // namespace kakehashi

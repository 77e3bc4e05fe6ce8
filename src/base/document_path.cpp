#include "base/document_path.h"

#include "base/text.h"

#include <algorithm>

namespace kakehashi {
namespace {

// A key up to the next dot or bracket, or "[n]"; takes it off `rest`.
std::optional<DocumentStep> next_step(std::string_view& rest) {
    if (rest.front() == '[') {
        const auto close = rest.find(']');
        if (close == rest.npos) return std::nullopt;
        const auto index = parse_count(rest.substr(1, close - 1));
        if (!index) return std::nullopt;
        rest.remove_prefix(close + 1);
        return DocumentStep{"", *index};
    }
    const auto end = std::min(rest.size(), rest.find_first_of(".["));
    if (end == 0) return std::nullopt;
    DocumentStep step{std::string(rest.substr(0, end))};
    rest.remove_prefix(end);
    return step;
}

}  // namespace

std::optional<std::vector<DocumentStep>> read_document_path(std::string_view path) {
    std::vector<DocumentStep> steps;
    while (!path.empty()) {
        if (!steps.empty() && path.front() == '.') path.remove_prefix(1);
        if (path.empty() || steps.size() == kDocumentStepsMax) return std::nullopt;
        auto step = next_step(path);
        if (!step) return std::nullopt;
        if (!path.empty() && path.front() != '.' && path.front() != '[') return std::nullopt;
        steps.push_back(*std::move(step));
    }
    if (steps.empty()) return std::nullopt;
    return steps;
}

}  // namespace kakehashi

#include "check/language.h"

#include "base/text.h"
#include "base/wildcard.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace kakehashi::check {
namespace {

constexpr std::size_t kBytesMax = 400, kStepsMax = 200'000;

struct Stated {
    std::string text;         // a line: '+' inside or '-' outside, then patterns with '|' between
    std::vector<Side> sides;  // what the lines state
    std::vector<std::vector<std::string>> patterns;
};

Stated read(const std::string& input) {
    Stated stated;
    const auto lines = split(input, '\n');
    stated.text = lines.front();
    for (std::size_t i = 1; i < lines.size(); ++i) {
        if (lines[i].empty()) continue;
        std::vector<SymbolPattern> patterns;
        stated.patterns.emplace_back();
        for (const auto pattern : split(lines[i].substr(1), '|')) {
            patterns.push_back(wildcards(pattern));
            stated.patterns.back().emplace_back(pattern);
        }
        stated.sides.push_back({Language(std::move(patterns)), lines[i].front() != '-'});
    }
    return stated;
}

// By base/wildcard.h; and Language must say the same of each language.
bool on_all_sides(const Stated& stated, const std::string& text) {
    bool all = true;
    for (std::size_t i = 0; i < stated.sides.size(); ++i) {
        bool contained = false;
        for (const std::string& pattern : stated.patterns[i])
            contained = contained || wildcard_match<char>(pattern, text, kWildcards);
        if (stated.sides[i].language.contains(text) != contained) std::abort();
        all = all && contained == stated.sides[i].inside;
    }
    return all;
}

// The first line is a text, each other one a side. Oracle: what is found is on every side and no
// longer than the text, if that is on every side too; then "none" is wrong.
void compare(const std::string& input) {
    const Stated stated = read(input);
    const bool is_member = on_all_sides(stated, stated.text);
    Budget budget(kStepsMax);
    const Member found = common_member(stated.sides, {}, budget);
    if (found.outcome == Member::Outcome::Exhausted) return;
    const bool any = found.outcome == Member::Outcome::Found;
    if (any && !on_all_sides(stated, found.text)) std::abort();
    if (is_member && !any) std::abort();
    if (is_member && character_count(found.text) > character_count(stated.text)) std::abort();
}

}  // namespace
}  // namespace kakehashi::check

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(data, data + size);
    if (size > kakehashi::check::kBytesMax || !kakehashi::is_utf8(input)) return 0;
    kakehashi::check::compare(input);
    return 0;
}

#include "iam/detail/pattern.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace kakehashi::iam::detail;

namespace {

constexpr std::size_t kBytesMax = 256;  // the reference is quadratic in memory

// The definition, as a table: row p, column t says whether the rests from there on match.
bool by_definition(const std::string& pattern, const std::string& text) {
    const std::size_t width = text.size() + 1;
    std::vector<char> table((pattern.size() + 1) * width, 0);
    table[pattern.size() * width + text.size()] = 1;
    for (std::size_t p = pattern.size(); p-- > 0;) {
        for (std::size_t t = width; t-- > 0;) {
            const char* below = &table[(p + 1) * width];
            const bool more = t < text.size();
            bool matches = false;
            if (pattern[p] == '*') {
                matches = below[t] != 0 || (more && table[p * width + t + 1] != 0);
            } else {
                matches = more && (pattern[p] == '?' || pattern[p] == text[t]) && below[t + 1] != 0;
            }
            table[p * width + t] = matches ? 1 : 0;
        }
    }
    return table[0] != 0;
}

}  // namespace

// The first line is the pattern, the rest the text. Oracle: the definition of matching (for ASCII,
// where a character is a byte); and reading a variable never crashes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > kBytesMax) return 0;
    const std::string input(data, data + size);
    const std::string pattern = input.substr(0, input.find('\n'));
    const std::string text = pattern.size() < size ? input.substr(pattern.size() + 1) : "";
    kakehashi::iam::Context context;
    context.set("a", text);
    std::vector<std::string> missing;
    const Keys keys(context, missing);
    if (auto read = Pattern::read(pattern, Wildcards::Active, Variables::Resolved)) {
        static_cast<void>(read->match(text, keys));
    }
    if (auto arn =
            ArnPattern::read(pattern, Variables::Resolved, ArnPattern::Short::EndingInStar)) {
        static_cast<void>(arn->match(arn_parts(text), keys));
    }
    const auto literal = Pattern::read(pattern, Wildcards::Active, Variables::Literal);
    if (!literal) std::abort();
    for (char c : text) {
        if ((static_cast<unsigned char>(c) & 0x80U) != 0) return 0;
    }
    const bool matches = literal->match(text, keys) == Outcome::Matches;
    if (matches != by_definition(pattern, text)) std::abort();
    return 0;
}

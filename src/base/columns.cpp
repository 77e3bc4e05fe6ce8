#include "base/columns.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace kakehashi {
namespace {

struct Range {
    char32_t first, last;
};

// Blocks whose characters are W or F in EastAsianWidth.txt (Unicode 15).
constexpr auto kWide = std::to_array<Range>(
    {{0x1100, 0x115f},
     {0x2e80, 0x303e},
     {0x3041, 0xa4cf},
     {0xa960, 0xa97f},
     {0xac00, 0xd7a3},
     {0xf900, 0xfaff},
     {0xfe30, 0xfe6f},
     {0xff01, 0xff60},
     {0xffe0, 0xffe6},
     {0x1f300, 0x1f64f},
     {0x1f900, 0x1f9ff},
     {0x20000, 0x3fffd}}
);
constexpr auto kCombining =
    std::to_array<Range>({{0x300, 0x36f}, {0x200b, 0x200d}, {0x3099, 0x309a}, {0xfe00, 0xfe0f}});

template <std::size_t N>
bool contains(const std::array<Range, N>& ranges, char32_t c) {
    return std::ranges::any_of(ranges, [c](const Range& r) { return r.first <= c && c <= r.last; });
}

// Requires: `bytes` is one character.
char32_t decoded(std::string_view bytes) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    if (bytes.size() == 1) return first;
    char32_t out = first & (0x7fU >> bytes.size());
    for (const char byte : bytes.substr(1)) {
        out = (out << 6U) | (static_cast<unsigned char>(byte) & 0x3fU);
    }
    return out;
}

std::size_t width(std::string_view character) {
    const char32_t c = decoded(character);
    if (contains(kCombining, c)) return 0;
    return contains(kWide, c) ? 2 : 1;
}

// JIS X 4051: these do not begin a line.
bool closes(std::string_view character) {
    constexpr std::string_view kClosing =
        "、。」』〉》】,.:;!?ー・)]}\uff0c\uff0e\uff1a\uff1b\uff01\uff1f\uff09";
    return kClosing.find(character) != kClosing.npos;
}

// The length of what stays together at the start of `text`: a word with the spaces behind it, or
// one wide character with the closing marks behind it.
std::size_t unbroken(std::string_view text) {
    std::size_t at = next_character(text, 0);
    bool wide = width(text.substr(0, at)) == 2;
    while (at < text.size()) {
        const std::size_t next = next_character(text, at);
        const std::string_view character = text.substr(at, next - at);
        const bool after_space = text[at - 1] == ' ' && character != " ";
        if (after_space) break;
        const bool next_wide = width(character) == 2;
        if ((wide || next_wide) && !closes(character) && character != " ") break;
        wide = next_wide;
        at = next;
    }
    return at;
}

void wrap_line(std::string_view line, std::size_t columns_max, std::vector<std::string>& into) {
    std::string current;
    std::size_t columns = 0;
    while (!line.empty()) {
        const std::string_view piece = line.substr(0, unbroken(line));
        const std::size_t solid = piece.find_last_not_of(' ') + 1;
        if (columns > 0 && columns + columns_of(piece.substr(0, solid)) > columns_max) {
            into.push_back(current.substr(0, current.find_last_not_of(' ') + 1));
            current.clear();
            columns = 0;
        }
        current += piece;
        columns += columns_of(piece);
        line.remove_prefix(piece.size());
    }
    into.push_back(current.substr(0, current.find_last_not_of(' ') + 1));
}

}  // namespace

std::size_t columns_of(std::string_view text) {
    std::size_t out = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t next = next_character(text, at);
        out += width(text.substr(at, next - at));
        at = next;
    }
    return out;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns_max) {
    std::vector<std::string> out;
    for (const std::string_view line : split(text, '\n')) {
        wrap_line(line, columns_max, out);
    }
    return out;
}

std::string padded(std::string text, std::size_t columns) {
    const std::size_t has = columns_of(text);
    return has < columns ? text.append(columns - has, ' ') : text;
}

}  // namespace kakehashi

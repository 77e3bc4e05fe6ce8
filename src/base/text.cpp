#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace kakehashi {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_continuation(char c) {  // of UTF-8: no first byte of a character
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t bytes = 0;  // 0: what stands here is no UTF-8
};

// RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
CodePoint first_code_point(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
    std::uint32_t value = lead & (0xFFU >> (bytes + 1));
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {};
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < kLeast[bytes] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return {};
    return {value, bytes};
}

// Characters that move the cursor, hide or reorder what a person reads.
bool misleads(std::uint32_t value) {
    return value < 0x20 || (value >= 0x7F && value < 0xA0) ||
           (value >= 0x200B && value <= 0x200F) || (value >= 0x2028 && value <= 0x202E) ||
           (value >= 0x2060 && value <= 0x206F) || value == 0xFEFF;
}

std::string escaped(std::uint32_t value) {
    char digits[8];
    auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
    return "\\u{" + std::string(digits, end) + "}";
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower_ascii(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return x == y || lower(x) == lower(y);  // mostly they are the same already
    });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (auto at = text.find(separator); at != text.npos; at = text.find(separator)) {
        parts.push_back(text.substr(0, at));
        text.remove_prefix(at + 1);
    }
    parts.push_back(text);
    return parts;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    if (from.empty()) return text;
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

std::optional<std::size_t> parse_count(std::string_view text) {
    std::size_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> parse_decimal(std::string_view text) {
    // from_chars would also take "inf" and "nan".
    const std::size_t first = text.starts_with('-') ? 1 : 0;
    if (text.size() <= first || !(text[first] == '.' || is_digit(text[first]))) return std::nullopt;
    double value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::size_t character_count(std::string_view text) {
    return text.size() -
           static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_continuation));
}

std::size_t next_character(std::string_view text, std::size_t at) {
    do {
        ++at;
    } while (at < text.size() && is_continuation(text[at]));
    return at;
}

bool is_utf8(std::string_view text) {
    const auto foreign = std::find_if(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x80;
    });
    text.remove_prefix(static_cast<std::size_t>(foreign - text.begin()));
    while (!text.empty()) {
        const auto [value, bytes] = first_code_point(text);
        if (bytes == 0) return false;
        text.remove_prefix(bytes);
    }
    return true;
}

std::string shown(std::string_view foreign, std::size_t bytes_max) {
    std::string out;
    while (!foreign.empty()) {
        if (out.size() >= bytes_max) return out + "…";
        const auto [value, bytes] = first_code_point(foreign);
        if (bytes == 0) {
            out += escaped(static_cast<unsigned char>(foreign[0]));
        } else if (misleads(value)) {
            out += escaped(value);
        } else {
            out += foreign.substr(0, bytes);
        }
        foreign.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
    return out;
}

std::optional<std::string_view> nearest(
    std::string_view text,
    const std::vector<std::string_view>& known
) {
    constexpr std::size_t kCompared = 64;  // names are short; a long text is nobody's typing error
    if (text.size() > kCompared) return std::nullopt;
    std::optional<std::string_view> best;
    std::size_t best_distance = text.size() / 3 + 2;
    for (std::string_view candidate : known) {
        const std::size_t distance = edit_distance(text, candidate.substr(0, kCompared));
        if (distance >= best_distance) continue;
        best = candidate;
        best_distance = distance;
    }
    return best;
}

}  // namespace kakehashi

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Text as protocols see it: ASCII rules, no locale, no exceptions. Safe from every thread.
namespace kakehashi {

std::string_view trimmed(std::string_view text);  // without spaces and tabs at both ends
std::string lower_ascii(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);  // ASCII letters only

// The parts between separators; "a,,b" has three, "" has one. The parts borrow from `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

std::string replaced(std::string text, std::string_view from, std::string_view to);  // every one

// Decimal digits alone: no sign, no space, no overflow.
std::optional<std::size_t> parse_count(std::string_view text);
// A decimal number with or without a sign '-', fraction and exponent. Neither "inf" nor "nan".
std::optional<double> parse_decimal(std::string_view text);

bool is_utf8(std::string_view text);
// How many characters `text` has, and where the one at `at` ends. Requires: is_utf8(text), else a
// stray byte counts with what stands before it; at < text.size().
std::size_t character_count(std::string_view text);
std::size_t next_character(std::string_view text, std::size_t at);

// Fit to be shown on a terminal or in a log: control characters, bidirectional marks and bytes that
// are no UTF-8 become \u{…}, and what is longer than `bytes_max` is cut with an ellipsis.
std::string shown(std::string_view foreign, std::size_t bytes_max = 400);

// Of `known`, the one fewest edits away from `text`, if it is near enough to be meant.
std::optional<std::string_view> nearest(
    std::string_view text,
    const std::vector<std::string_view>& known
);

}  // namespace kakehashi

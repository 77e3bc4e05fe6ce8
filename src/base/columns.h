#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// How wide text is on a terminal, and where its lines break. Safe from every thread.
namespace kakehashi {

// Wide and full-width characters take two columns, combining ones none (Unicode Standard Annex
// #11). Requires: is_utf8(text), else a stray byte counts as one.
std::size_t columns_of(std::string_view text);

// Lines of at most `columns_max`, broken at spaces and between wide characters, but not before a
// closing mark; a longer word stays whole. Line ends in `text` stay. At least one line.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns_max);

// `text` and as many spaces as make it `columns` wide; a wider one stays.
std::string padded(std::string text, std::size_t columns);

}  // namespace kakehashi

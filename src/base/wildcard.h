#pragma once

#include "base/text.h"

#include <cstddef>
#include <string_view>

namespace kakehashi {

// Which symbols of a pattern are wildcards. A pattern of `char` has '*' and '?'; one that must also
// hold these literally uses wider symbols, which no byte can be.
template <class Symbol>
struct WildcardSymbols {
    Symbol any_text, any_character;  // any number of characters; exactly one, of UTF-8
};
inline constexpr WildcardSymbols<char> kWildcards{'*', '?'};

// Whether the whole of `text` fits the pattern; every other symbol stands for the byte of its
// value. Time: at most |pattern| · |text|, memory: none. Never throws. Safe from every thread.
template <class Symbol>
bool wildcard_match(
    std::basic_string_view<Symbol> pattern,
    std::string_view text,
    const WildcardSymbols<Symbol>& wildcards
) {
    const auto is = [&](std::size_t at, Symbol wanted) {
        return at < pattern.size() && pattern[at] == wanted;
    };
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = pattern.npos;  // the last any_text seen, and how far it reaches
    std::size_t reach = 0;
    while (t < text.size()) {
        if (is(p, wildcards.any_text)) {
            star = p++;
            reach = t;
        } else if (is(p, wildcards.any_character)) {
            t = next_character(text, t);
            ++p;
        } else if (is(p, static_cast<Symbol>(static_cast<unsigned char>(text[t])))) {
            ++p;
            ++t;
        } else if (star != pattern.npos) {
            p = star + 1;
            t = ++reach;
        } else {
            return false;
        }
    }
    while (is(p, wildcards.any_text))
        ++p;
    return p == pattern.size();
}

}  // namespace kakehashi

#pragma once

#include "check/language.h"

#include <cstddef>
#include <cstdlib>
#include <string_view>

// What tests hold the proof's core against: the definitions, tried out one by one.
namespace kakehashi::check {

// How many times the short count of random cases: ten with KAKEHASHI_FULL.
inline std::size_t times() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, and nothing here changes the environment
    const char* full = std::getenv("KAKEHASHI_FULL");
    return full != nullptr && *full != '\0' ? 10 : 1;
}

inline bool is_one(const Symbol& symbol, char c) {
    switch (symbol.kind) {
        case Symbol::Kind::Character:
            return static_cast<char32_t>(c) == symbol.character;
        case Symbol::Kind::CharacterAnyCase:
            return static_cast<char32_t>(c) == symbol.character ||
                   static_cast<char32_t>(c) + 32 == symbol.character;
        case Symbol::Kind::AnyCharacter:
        case Symbol::Kind::AnyText:
            return true;
        case Symbol::Kind::AnyCharacterButColon:
        case Symbol::Kind::AnyTextButColon:
            return c != ':';
    }
    return false;
}

// Of ASCII texts and short patterns: a star is nothing, or one character and the star again.
inline bool matches(const SymbolPattern& pattern, std::string_view text, std::size_t from = 0) {
    if (from == pattern.size()) return text.empty();
    const Symbol& symbol = pattern[from];
    const bool star =
        symbol.kind == Symbol::Kind::AnyText || symbol.kind == Symbol::Kind::AnyTextButColon;
    if (star && matches(pattern, text, from + 1)) return true;
    if (text.empty() || !is_one(symbol, text[0])) return false;
    return matches(pattern, text.substr(1), star ? from : from + 1);
}

}  // namespace kakehashi::check

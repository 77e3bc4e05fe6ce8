#pragma once

#include "check/language.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Patterns as a walk needs them: all places of a language in one row, so that "how far each pattern
// has come" is a sorted list of numbers.
namespace kakehashi::check::detail {

std::u32string characters(std::string_view text);
void append(std::string& text, char32_t character);

inline bool is_star(Symbol::Kind kind) {
    return kind == Symbol::Kind::AnyText || kind == Symbol::Kind::AnyTextButColon;
}

inline bool takes(const Symbol& symbol, char32_t character) {
    switch (symbol.kind) {
        case Symbol::Kind::Character:
            return character == symbol.character;
        case Symbol::Kind::CharacterAnyCase:
            if (character >= U'A' && character <= U'Z') character += U'a' - U'A';
            return character == symbol.character;
        case Symbol::Kind::AnyCharacter:
        case Symbol::Kind::AnyText:
            return true;
        case Symbol::Kind::AnyCharacterButColon:
        case Symbol::Kind::AnyTextButColon:
            return character != U':';
    }
    return false;
}

struct Place {
    Symbol symbol = {};
    std::uint32_t first = 0;  // where its pattern begins
    bool end = false;         // behind the last symbol of its pattern
};

struct Places {
    std::vector<SymbolPattern> patterns = {};  // as they were given
    std::vector<Place> row = {};               // each pattern in its normal form, then its end
    std::vector<std::uint32_t> starts = {};
    bool everything = false;
    bool finite = true;                   // only literals: `texts` are all its texts
    std::vector<std::string> texts = {};  // sorted
    std::string prefix = {};              // of every text
    bool begins = false;                  // and any text that begins so is one
    std::size_t hash = 0;                 // of `row`
};

// Whether it contains the text; adds what that cost to `steps`.
bool contains(const Places& language, std::string_view text, std::size_t& steps);

}  // namespace kakehashi::check::detail

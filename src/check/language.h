#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Sets of texts that policies can describe, and whether several of them have a text in common.
// Texts are UTF-8, taken character by character, as IAM's `?` does; a stray byte is one of its own.
// Pure; safe from every thread.
namespace kakehashi::check {

namespace detail {
struct Places;  // detail/places.h
}

// One place of a pattern.
struct Symbol {
    enum class Kind : std::uint8_t {
        Character,
        CharacterAnyCase,      // ASCII letters; `character` is in lower case
        AnyCharacter,          // `?`
        AnyText,               // `*`
        AnyCharacterButColon,  // `?` and `*` in the first five parts of an ARN
        AnyTextButColon,
    };
    Kind kind = Kind::Character;
    char32_t character = 0;
    friend bool operator==(const Symbol&, const Symbol&) = default;
};
using SymbolPattern = std::vector<Symbol>;

SymbolPattern literal(std::string_view text);
SymbolPattern wildcards(std::string_view text);  // `*` and `?` active, no variables

// The union of its patterns; without one it is empty. Immutable; copies share it.
class Language {
public:
    Language();  // empty
    explicit Language(std::vector<SymbolPattern> patterns);
    static Language exactly(std::string_view text);
    static Language everything();

    bool contains(std::string_view text) const;
    const std::vector<SymbolPattern>& patterns() const;
    bool is_everything() const;  // has the pattern `*`

    // The same patterns, in whatever order and notation (`**` is `*`); not more than that.
    friend bool operator==(const Language& a, const Language& b);
    std::size_t hash() const;

    const detail::Places& places() const { return *places_; }  // for the walk

private:
    std::shared_ptr<const detail::Places> places_;
};

struct Side {
    Language language;
    bool inside = true;  // false: outside of it
};

// Work that may still be done, in steps (a step is about one place of a pattern that is looked at,
// and pays for at most a few bytes of memory); shared by all parts of one question, so that the
// answer never depends on the clock.
class Budget {
public:
    explicit Budget(std::size_t steps) : left_(steps), all_(steps) {}
    bool spend(std::size_t steps);  // false: not that much is left, and then nothing is
    bool exhausted() const { return left_ == 0; }
    std::size_t left() const { return left_; }
    std::size_t spent() const { return all_ - left_; }

private:
    std::size_t left_, all_;
};

struct Member {
    enum class Outcome { Found, None, Exhausted };
    Outcome outcome = Outcome::None;
    std::string text = {};  // a shortest one; among those, letters and digits come first
};

// A text that is on the wanted side of every language. No sides: the empty text. `preferred` are
// tried first, in their order, however long.
Member common_member(
    std::span<const Side> sides,
    std::span<const std::string> preferred,
    Budget& budget
);

}  // namespace kakehashi::check

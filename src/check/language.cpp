#include "check/language.h"

#include "base/text.h"
#include "check/detail/places.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace kakehashi::check {

using detail::Place;
using detail::Places;

namespace detail {
namespace {

constexpr char32_t kStray = 0x110000;  // and the byte: what no UTF-8 encodes

char32_t code_point(std::string_view bytes) {  // Requires: one character of UTF-8
    const auto lead = static_cast<unsigned char>(bytes[0]);
    if (bytes.size() == 1) return lead;
    char32_t value = lead & (0xFFU >> (bytes.size() + 1));
    for (const char byte : bytes.substr(1))
        value = (value << 6U) | (static_cast<unsigned char>(byte) & 0x3FU);
    return value;
}

}  // namespace

std::u32string characters(std::string_view text) {
    std::u32string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t next = next_character(text, at);
        const std::string_view bytes = text.substr(at, next - at);
        if (bytes.size() == 1 && static_cast<unsigned char>(bytes[0]) < 0x80) {
            out.push_back(static_cast<unsigned char>(bytes[0]));
        } else if (is_utf8(bytes)) {
            out.push_back(code_point(bytes));
        } else {
            for (const char byte : bytes)
                out.push_back(kStray + static_cast<unsigned char>(byte));
        }
        at = next;
    }
    return out;
}

void append(std::string& text, char32_t character) {
    const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
    const auto continued = [&](unsigned shift) { put(0x80U | ((character >> shift) & 0x3FU)); };
    if (character < 0x80 || character >= kStray) {
        put(character & 0xFFU);
        return;
    }
    if (character < 0x800) {
        put(0xC0U | (character >> 6U));
    } else if (character < 0x10000) {
        put(0xE0U | (character >> 12U));
        continued(6);
    } else {
        put(0xF0U | (character >> 18U));
        continued(12);
        continued(6);
    }
    continued(0);
}

}  // namespace detail

namespace {

bool before(const Symbol& a, const Symbol& b) {
    return std::tie(a.kind, a.character) < std::tie(b.kind, b.character);
}

// No two stars side by side, and `?*` for `*?`: so a star's neighbour is never a star, and what
// means the same looks the same more often.
SymbolPattern normal(const SymbolPattern& pattern) {
    SymbolPattern out;
    out.reserve(pattern.size());
    for (const Symbol& symbol : pattern) {
        const bool after_star = !out.empty() && detail::is_star(out.back().kind);
        if (after_star && detail::is_star(symbol.kind)) {
            if (symbol.kind == Symbol::Kind::AnyText) out.back() = symbol;
        } else if (after_star && symbol.kind == Symbol::Kind::AnyCharacter && out.back().kind == Symbol::Kind::AnyText) {
            out.insert(std::prev(out.end()), symbol);
        } else {
            out.push_back(symbol);
        }
    }
    return out;
}

bool is_character(const Symbol& symbol) {
    return symbol.kind == Symbol::Kind::Character;
}

bool is_literal(const SymbolPattern& pattern) {
    return std::all_of(pattern.begin(), pattern.end(), is_character);
}

std::string literal_text(const SymbolPattern& pattern) {
    std::string text;
    for (const Symbol& symbol : pattern)
        detail::append(text, symbol.character);
    return text;
}

std::vector<SymbolPattern> normal_forms(const std::vector<SymbolPattern>& patterns) {
    std::vector<SymbolPattern> out;
    out.reserve(patterns.size());
    for (const SymbolPattern& pattern : patterns)
        out.push_back(normal(pattern));
    const SymbolPattern any = {{Symbol::Kind::AnyText}};
    if (std::find(out.begin(), out.end(), any) != out.end()) return {any};
    std::sort(out.begin(), out.end(), [](const SymbolPattern& a, const SymbolPattern& b) {
        return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), before);
    });
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

// What each text begins with; a run of characters, so that it is one of bytes too.
std::string common_prefix(const std::vector<SymbolPattern>& forms) {
    if (forms.empty()) return {};
    auto end = std::find_if_not(forms[0].begin(), forms[0].end(), is_character);
    for (const SymbolPattern& form : forms)
        end = std::mismatch(forms[0].begin(), end, form.begin(), form.end()).first;
    return literal_text(SymbolPattern(forms[0].begin(), end));
}

void add(Places& places, const SymbolPattern& pattern) {
    const auto first = static_cast<std::uint32_t>(places.row.size());
    places.starts.push_back(first);
    for (const Symbol& symbol : pattern) {
        places.row.push_back({symbol, first});
        const auto kind = static_cast<std::size_t>(symbol.kind);
        places.hash = (places.hash ^ (kind << 24U) ^ symbol.character) * 0x9E3779B97F4A7C15U;
    }
    places.row.push_back({{}, first, true});
    places.hash = (places.hash ^ ~std::size_t{0}) * 0x9E3779B97F4A7C15U;
}

std::shared_ptr<const Places> compiled(std::vector<SymbolPattern> patterns) {
    auto places = std::make_shared<Places>();
    const auto forms = normal_forms(patterns);
    places->patterns = std::move(patterns);
    for (const SymbolPattern& form : forms)
        add(*places, form);
    places->everything =
        forms.size() == 1 && forms[0].size() == 1 && forms[0][0].kind == Symbol::Kind::AnyText;
    places->prefix = common_prefix(forms);
    places->begins = forms.size() == 1 && !forms[0].empty() &&
                     forms[0].back().kind == Symbol::Kind::AnyText &&
                     std::all_of(forms[0].begin(), std::prev(forms[0].end()), is_character);
    places->finite = std::all_of(forms.begin(), forms.end(), is_literal);
    if (places->finite) {
        std::transform(forms.begin(), forms.end(), std::back_inserter(places->texts), literal_text);
        std::sort(places->texts.begin(), places->texts.end());
    }
    return places;
}

}  // namespace

SymbolPattern literal(std::string_view text) {
    SymbolPattern pattern;
    for (const char32_t character : detail::characters(text))
        pattern.push_back({Symbol::Kind::Character, character});
    return pattern;
}

SymbolPattern wildcards(std::string_view text) {
    SymbolPattern pattern = literal(text);
    for (Symbol& symbol : pattern) {
        if (symbol.character == U'*') symbol = {Symbol::Kind::AnyText};
        if (symbol.character == U'?') symbol = {Symbol::Kind::AnyCharacter};
    }
    return pattern;
}

Language::Language() {
    static const auto empty = compiled({});
    places_ = empty;
}

Language::Language(std::vector<SymbolPattern> patterns) : places_(compiled(std::move(patterns))) {
}

Language Language::exactly(std::string_view text) {
    return Language({literal(text)});
}

Language Language::everything() {
    static const Language all({wildcards("*")});
    return all;
}

const std::vector<SymbolPattern>& Language::patterns() const {
    return places_->patterns;
}

bool Language::is_everything() const {
    return places_->everything;
}

std::size_t Language::hash() const {
    return places_->hash;
}

bool operator==(const Language& a, const Language& b) {
    if (a.places_ == b.places_) return true;
    const auto same = [](const Place& x, const Place& y) {
        return x.symbol == y.symbol && x.end == y.end;
    };
    const auto& row_a = a.places_->row;
    const auto& row_b = b.places_->row;
    return a.hash() == b.hash() &&
           std::equal(row_a.begin(), row_a.end(), row_b.begin(), row_b.end(), same);
}

bool Budget::spend(std::size_t steps) {
    const bool enough = steps <= left_;
    left_ = enough ? left_ - steps : 0;
    return enough;
}

}  // namespace kakehashi::check

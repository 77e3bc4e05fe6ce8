#include "iam/detail/pattern.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace kakehashi::iam::detail {
namespace {

constexpr std::u16string_view kAnyText(&kSymbols.any_text, 1);
constexpr char16_t kVariable = 0x102, kOtherwise = 0x103, kEnd = 0x104;

char16_t symbol(char c) {
    return static_cast<unsigned char>(c);
}

void append(Symbols& symbols, std::string_view text) {
    for (char c : text)
        symbols.push_back(symbol(c));
}

bool all_bytes(const Symbols& symbols) {
    const auto is_byte = [](char16_t s) { return s < kSymbols.any_text; };
    return std::all_of(symbols.begin(), symbols.end(), is_byte);
}

std::string bytes(const Symbols& symbols) {
    std::string text;
    text.reserve(symbols.size());
    for (char16_t s : symbols)
        text.push_back(static_cast<char>(s));
    return text;
}

// What a variable stands for, no more than its first `bytes_max` bytes. A key that is missing, has
// many values or is empty stands for nothing.
std::optional<Symbols> value_of(const Symbols& variable, std::size_t bytes_max, const Keys& keys) {
    const std::size_t key_size = std::min(variable.find(kOtherwise), variable.size());
    const auto* entry = keys.find(bytes(variable.substr(0, key_size)));
    if (entry != nullptr && !entry->many && !entry->values.empty()) {
        Symbols value;
        append(value, std::string_view(entry->values.front()).substr(0, bytes_max));
        return value;
    }
    if (key_size < variable.size()) return variable.substr(key_size + 1);
    return std::nullopt;
}

// One character that is no variable.
void append_character(Symbols& symbols, char c, Wildcards wildcards) {
    if (wildcards == Wildcards::Literal || (c != '*' && c != '?')) {
        symbols.push_back(symbol(c));
    } else if (c == '?') {
        symbols.push_back(kSymbols.any_character);
    } else if (symbols.empty() || symbols.back() != kSymbols.any_text) {  // a run of stars is one
        symbols.push_back(kSymbols.any_text);
    }
}

struct Variable {
    std::string_view key;
    std::optional<std::string_view> otherwise;
    std::size_t bytes = 0;  // from `${` to `}`
};

// What stands at the front of `text`, which begins with "${".
std::optional<Variable> read_variable(std::string_view text) {
    const std::size_t key_end = text.find_first_of(",}", 2);
    if (key_end == text.npos) return std::nullopt;
    Variable variable;
    variable.key = trimmed(text.substr(2, key_end - 2));
    if (variable.key.empty()) return std::nullopt;
    if (text[key_end] == '}') {
        variable.bytes = key_end + 1;
        return variable;
    }
    const std::size_t open = text.find_first_not_of(' ', key_end + 1);
    if (open == text.npos || text[open] != '\'') return std::nullopt;
    const std::size_t close = text.find('\'', open + 1);
    if (close == text.npos) return std::nullopt;
    const std::size_t end = text.find_first_not_of(' ', close + 1);
    if (end == text.npos || text[end] != '}') return std::nullopt;
    variable.otherwise = text.substr(open + 1, close - open - 1);
    variable.bytes = end + 1;
    return variable;
}

// The colons that divide an ARN, not those inside a variable.
std::vector<std::string_view> split_arn(std::string_view text, Variables variables) {
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size() && parts.size() < 5; ++i) {
        if (variables == Variables::Resolved && text.substr(i).starts_with("${")) {
            const auto variable = read_variable(text.substr(i));
            if (variable) i += variable->bytes - 1;
        } else if (text[i] == ':') {
            parts.push_back(text.substr(start, i - start));
            start = i + 1;
        }
    }
    parts.push_back(text.substr(start));
    return parts;
}

}  // namespace

const Context::Entry* Keys::find(std::string_view key) const {
    const Context::Entry* entry = context_.find(key);
    if (entry != nullptr) return entry;
    if (noted_.insert(lower_ascii(key)).second) missing_.emplace_back(key);
    return nullptr;
}

std::optional<Pattern> Pattern::read(
    std::string_view text,
    Wildcards wildcards,
    Variables variables
) {
    Symbols symbols;
    bool variable_seen = false;
    while (!text.empty()) {
        if (variables == Variables::Literal || !text.starts_with("${")) {
            append_character(symbols, text.front(), wildcards);
            text.remove_prefix(1);
            continue;
        }
        const auto variable = read_variable(text);
        if (!variable) return std::nullopt;
        text.remove_prefix(variable->bytes);
        if (variable->key == "*" || variable->key == "?" || variable->key == "$") {
            append(symbols, variable->key);
            continue;
        }
        variable_seen = true;
        symbols.push_back(kVariable);
        append(symbols, variable->key);
        if (variable->otherwise) {
            symbols.push_back(kOtherwise);
            append(symbols, *variable->otherwise);
        }
        symbols.push_back(kEnd);
    }
    Pattern pattern;
    if (variable_seen) {
        pattern.text_ = Template{std::move(symbols)};
    } else if (all_bytes(symbols)) {
        pattern.text_ = bytes(symbols);
    } else {
        pattern.text_ = std::move(symbols);
    }
    return pattern;
}

bool Pattern::any() const {
    const auto* symbols = std::get_if<Symbols>(&text_);
    return symbols != nullptr && symbols->size() == 1 && symbols->front() == kSymbols.any_text;
}

PatternPieces Pattern::pieces() const {
    using PieceKind = PatternPiece::Kind;
    if (const auto* literal = std::get_if<std::string>(&text_)) {
        if (literal->empty()) return {};
        return {PatternPiece{PieceKind::Text, *literal}};
    }
    const auto* plain = std::get_if<Symbols>(&text_);
    const Symbols& symbols = plain ? *plain : std::get_if<Template>(&text_)->symbols;
    PatternPieces all;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        if (symbols[i] == kVariable) {
            const std::size_t end = symbols.find(kEnd, i);
            const Symbols variable = symbols.substr(i + 1, end - i - 1);
            const std::size_t key_size = std::min(variable.find(kOtherwise), variable.size());
            PatternPiece& piece = all.emplace_back();
            piece.kind = PieceKind::Variable;
            piece.text = bytes(variable.substr(0, key_size));
            if (key_size < variable.size()) piece.otherwise = bytes(variable.substr(key_size + 1));
            i = end;
        } else if (symbols[i] == kSymbols.any_text) {
            all.push_back({PieceKind::AnyText});
        } else if (symbols[i] == kSymbols.any_character) {
            all.push_back({PieceKind::AnyCharacter});
        } else {
            if (all.empty() || all.back().kind != PieceKind::Text) all.emplace_back();
            all.back().text.push_back(static_cast<char>(symbols[i]));
        }
    }
    return all;
}

// What is longer than the text, which no wildcard makes shorter, is not kept: a short pattern may
// name a long value often.
std::optional<Pattern::Resolved> Pattern::resolved(
    const Symbols& symbols,
    std::size_t text_bytes,
    const Keys& keys
) {
    Resolved all;
    std::size_t bytes_left = text_bytes;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        Symbols piece(1, symbols[i]);
        if (symbols[i] == kVariable) {
            const std::size_t end = symbols.find(kEnd, i);
            auto value = value_of(symbols.substr(i + 1, end - i - 1), bytes_left + 1, keys);
            if (!value) return std::nullopt;
            piece = *std::move(value);
            i = end;
        }
        const std::size_t wanted = piece == kAnyText ? 0 : piece.size();
        all.too_long = all.too_long || wanted > bytes_left;
        if (all.too_long) continue;  // but each variable must have a value
        all.symbols += piece;
        bytes_left -= wanted;
    }
    return all;
}

Outcome Pattern::match(std::string_view text, const Keys& keys, Case letters) const {
    const auto outcome = [](bool matches) { return matches ? Outcome::Matches : Outcome::Differs; };
    if (const auto* literal = std::get_if<std::string>(&text_)) {
        if (letters == Case::Sensitive) return outcome(*literal == text);
        return outcome(equal_ignoring_case(*literal, text));
    }
    std::optional<Resolved> own;
    const auto* symbols = std::get_if<Symbols>(&text_);
    if (symbols == nullptr) {
        own = resolved(std::get_if<Template>(&text_)->symbols, text.size(), keys);
        if (!own) return Outcome::Unresolved;
        if (own->too_long) return Outcome::Differs;
        symbols = &own->symbols;
    }
    if (letters == Case::Sensitive) {
        return outcome(wildcard_match<char16_t>(*symbols, text, kSymbols));
    }
    Symbols folded = *symbols;
    for (char16_t& s : folded) {
        if (s >= u'A' && s <= u'Z') s = static_cast<char16_t>(s - u'A' + u'a');
    }
    return outcome(wildcard_match<char16_t>(folded, lower_ascii(text), kSymbols));
}

std::optional<ArnParts> arn_parts(std::string_view text) {
    ArnParts parts;
    for (std::size_t i = 0; i < 5; ++i) {
        const std::size_t colon = text.find(':');
        if (colon == text.npos) return std::nullopt;
        parts[i] = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    parts[5] = text;
    return parts;
}

std::optional<ArnPattern> ArnPattern::read(
    std::string_view text,
    Variables variables,
    Short short_forms
) {
    ArnPattern pattern;
    if (text == "*") return pattern;
    auto parts = split_arn(text, variables);
    if (parts.size() < 2 || parts[0] != "arn") return std::nullopt;
    if (parts.size() < 6 && (short_forms == Short::Refused || !parts.back().ends_with('*'))) {
        return std::nullopt;
    }
    pattern.parts_.reserve(parts.size() - 1);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        auto part = Pattern::read(parts[i], Wildcards::Active, variables);
        if (!part) return std::nullopt;
        pattern.parts_.push_back(*std::move(part));
    }
    return pattern;
}

ArnPieces ArnPattern::pieces() const {
    ArnPieces all;
    all.reserve(parts_.size());
    for (const Pattern& part : parts_)
        all.push_back(part.pieces());
    return all;
}

Outcome ArnPattern::match(const std::optional<ArnParts>& parts, const Keys& keys) const {
    if (any()) return Outcome::Matches;
    if (!parts || (*parts)[0] != "arn") return Outcome::Differs;
    Outcome whole = Outcome::Matches;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const Outcome part = parts_[i].match((*parts)[i + 1], keys);
        if (part == Outcome::Differs) return part;
        if (part == Outcome::Unresolved) whole = part;
    }
    return whole;
}

}  // namespace kakehashi::iam::detail

#pragma once

#include "base/wildcard.h"
#include "iam/anatomy.h"
#include "iam/context.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>
#include <vector>

// Texts of the policy language: wildcards, policy variables, ARNs. Read once, matched often.
// Sources: IAM User Guide, "IAM policy elements: Variables and tags", "IAM JSON policy elements:
// Resource" and "Amazon Resource Names (ARNs)".
namespace kakehashi::iam::detail {

// Reads a request's keys and notes in `missing` (each once) which of them are not there.
class Keys {
public:
    Keys(const Context& context, std::vector<std::string>& missing)
        : context_(context), missing_(missing) {}
    const Context::Entry* find(std::string_view key) const;

private:
    const Context& context_;                         // outlives this
    std::vector<std::string>& missing_;              // outlives this
    mutable std::unordered_set<std::string> noted_;  // the same, in lower case
};

// Bytes of text, and symbols that no byte can be: so `${*}` and what a variable stands for are
// never taken for wildcards.
using Symbols = std::u16string;
inline constexpr WildcardSymbols<char16_t> kSymbols{0x100, 0x101};  // `*` and `?`

enum class Wildcards { Active, Literal };
enum class Variables { Resolved, Literal };  // Literal before Version 2012-10-17
enum class Case { Sensitive, Ignored };
enum class Outcome { Matches, Differs, Unresolved };  // Unresolved: a variable has no value

// Immutable. Safe from every thread.
class Pattern {
public:
    // nullopt: a `${` that is not closed, names no key or has something else than a quoted default.
    static std::optional<Pattern> read(
        std::string_view text,
        Wildcards wildcards,
        Variables variables
    );

    Outcome match(std::string_view text, const Keys& keys, Case letters = Case::Sensitive) const;
    bool any() const;
    PatternPieces pieces() const;

private:
    // A text that stands for itself, one with wildcards, or one with variables too, each written as
    // kVariable, key, then perhaps kOtherwise and its default, kEnd.
    struct Template {
        Symbols symbols;
    };
    struct Resolved {
        Symbols symbols;
        bool too_long = false;  // for the text, so that they were not kept
    };
    static std::optional<Resolved> resolved(
        const Symbols& symbols,
        std::size_t text_bytes,
        const Keys& keys
    );

    std::variant<std::string, Symbols, Template> text_;  // small: a policy may have a million
};

// The six parts of an ARN, borrowed; nullopt when there are fewer.
using ArnParts = std::array<std::string_view, 6>;
std::optional<ArnParts> arn_parts(std::string_view text);

// Partition, service, Region and account match each alone; the rest is one text in which `*`
// crosses `/` and `:`. `*` alone matches everything.
class ArnPattern {
public:
    // `short_forms`: `arn:aws:iam::*`, whose last `*` stands for all parts that are not written.
    enum class Short { Refused, EndingInStar };
    // nullopt: no ARN, or a variable as in Pattern::read.
    static std::optional<ArnPattern> read(
        std::string_view text,
        Variables variables,
        Short short_forms
    );

    // `parts`: of the ARN asked for; nullopt: it is none.
    Outcome match(const std::optional<ArnParts>& parts, const Keys& keys) const;
    bool any() const { return parts_.empty(); }
    ArnPieces pieces() const;

private:
    std::vector<Pattern> parts_;  // five at most: without "arn"; those that are left out match all
};

}  // namespace kakehashi::iam::detail

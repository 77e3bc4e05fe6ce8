#pragma once

#include "base/message.h"

#include <cstdint>
#include <span>
#include <string_view>

// Everything that check, the twin and doctor can say, by its stable id. The ids are a promise to
// scripts and suppressions: never rename one. Words: data/messages/finding.json.
namespace kakehashi::finding {

enum class Severity { Error, Warning, Note };
enum class Area { Residency, Crossing, Privilege, Perimeter, Policy, Drift, Account };

// Who says it today; a set, because check and the twin ask the same question. None: nobody yet.
enum class Reporter : std::uint8_t { None = 0, Check = 1, Twin = 2, Doctor = 4 };
constexpr Reporter operator|(Reporter a, Reporter b) {
    return static_cast<Reporter>(static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b));
}
constexpr bool includes(Reporter all, Reporter one) {
    return (static_cast<std::uint8_t>(all) & static_cast<std::uint8_t>(one)) != 0;
}

struct Finding {
    std::string_view id;
    Severity severity = Severity::Error;
    Area area = Area::Residency;
    Reporter reported_by = Reporter::None;
};

// All of these are safe from every thread; what they return lives as long as the program.
std::span<const Finding> all();
const Finding* find(std::string_view id);  // nullptr: there is no such finding

std::string_view name(Severity severity);  // "error", "warning", "note": as in --output json
std::string_view name(Area area);          // "residency", …

// The words, without fields: one line; what goes wrong and why it matters; what to do.
Message title(const Finding& finding);
Message why(const Finding& finding);
Message fix(const Finding& finding);

}  // namespace kakehashi::finding

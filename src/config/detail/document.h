#pragma once

#include "base/expected.h"
#include "base/problem.h"
#include "base/time.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// A TOML document as plain values with their lines, so that one file alone knows the TOML library.
namespace kakehashi::config::detail {

struct Entry;
struct Value;
using Array = std::vector<Value>;
using Table = std::vector<Entry>;  // sorted by key, each once

struct Value {
    // monostate: a local time, which says nothing without a place; no key here takes one.
    std::variant<
        std::monostate,
        std::string,
        std::int64_t,
        double,
        bool,
        std::chrono::sys_days,
        TimePoint,
        Array,
        Table>
        content;
    std::size_t line = 0;
};

struct Entry {
    std::string key;
    std::size_t line = 0;
    Value value;
};

// The document's table. Errors: too large, too deep, or no TOML, with the line. Never throws.
Expected<Table, Problem> parse_document(std::string_view text, const std::string& file);

}  // namespace kakehashi::config::detail

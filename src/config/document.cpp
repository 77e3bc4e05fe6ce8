#include "config/detail/document.h"

#include "base/text.h"
#include "config/configuration.h"

#include <algorithm>

// Of arrays and inline tables; more is nobody's configuration.
#define TOML_MAX_NESTED_VALUES 32
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/impl/preprocessor.h>
// toml++ 3.3 assumes some of what only a well-formed text shows ("[[[a" aborts, or is undefined
// behaviour with NDEBUG), though the code below each assumption reports the error by itself.
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT_ASSUME(expr) static_cast<void>(0)
#include <toml++/toml.h>

namespace kakehashi::config::detail {
namespace {

// toml++ bounds brackets but not dotted keys: `a.a.a… = 1` nests as deep as the line is long, and
// its destructor would run out of stack. A key never spans lines, so dots on a line bound its
// depth.
constexpr std::size_t kDotsOnALineMax = 500;

std::size_t line_of(const toml::source_region& source) {
    return source.begin.line;
}

std::chrono::sys_days days_of(const toml::date& date) {
    return std::chrono::year_month_day(
        std::chrono::year(date.year), std::chrono::month(date.month), std::chrono::day(date.day)
    );
}

// Through text, because base already refuses what no clock can hold.
std::optional<TimePoint> time_of(const toml::date_time& time) {
    if (!time.offset) return std::nullopt;
    const std::chrono::hh_mm_ss clock(
        std::chrono::hours(time.time.hour) + std::chrono::minutes(time.time.minute) +
        std::chrono::seconds(time.time.second)
    );
    if (time.date.year < kYearMin || time.date.year > kYearMax) return std::nullopt;
    return days_of(time.date) + clock.to_duration() - std::chrono::minutes(time.offset->minutes);
}

Value value_of(const toml::node& node);

Table table_of(const toml::table& table) {
    Table out;
    for (const auto& [key, node] : table) {
        out.push_back({std::string(key.str()), line_of(key.source()), value_of(node)});
    }
    return out;
}

Array array_of(const toml::array& array) {
    Array out;
    for (const toml::node& node : array) {
        out.push_back(value_of(node));
    }
    return out;
}

Value value_of(const toml::node& node) {
    Value out;
    out.line = line_of(node.source());
    if (const auto* table = node.as_table()) {
        out.content = table_of(*table);
    } else if (const auto* array = node.as_array()) {
        out.content = array_of(*array);
    } else if (const auto* text = node.as_string()) {
        out.content = text->get();
    } else if (const auto* integer = node.as_integer()) {
        out.content = integer->get();
    } else if (const auto* real = node.as_floating_point()) {
        out.content = real->get();
    } else if (const auto* boolean = node.as_boolean()) {
        out.content = boolean->get();
    } else if (const auto* date = node.as_date()) {
        out.content = days_of(date->get());
    } else if (const auto* time = node.as_date_time()) {
        if (auto point = time_of(time->get())) out.content = *point;
    }
    return out;
}

Problem problem(MessageId id, const std::string& file, std::size_t line) {
    return {{std::move(id)}, {file, line, ""}};
}

}  // namespace

Expected<Table, Problem> parse_document(std::string_view text, const std::string& file) {
    if (text.size() > kConfigurationBytesMax)
        return Failure{problem("config.toml.too_large"_msg, file, 0)};
    std::size_t number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        if (std::count(line.begin(), line.end(), '.') >
            static_cast<std::ptrdiff_t>(kDotsOnALineMax)) {
            return Failure{problem("config.toml.too_deep"_msg, file, number)};
        }
    }
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed)
        return Failure{problem("config.toml.syntax"_msg, file, line_of(parsed.error().source()))};
    return table_of(parsed.table());
}

}  // namespace kakehashi::config::detail

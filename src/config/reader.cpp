#include "config/detail/reader.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kakehashi::config::detail {
namespace {

std::optional<std::string> parameter_text(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value.content)) return *text;
    if (const auto* number = std::get_if<std::int64_t>(&value.content))
        return std::to_string(*number);
    if (const auto* boolean = std::get_if<bool>(&value.content)) return *boolean ? "true" : "false";
    const auto* list = std::get_if<Array>(&value.content);
    if (!list) return std::nullopt;
    std::string out;  // CommaDelimitedList
    for (const Value& item : *list) {
        const auto* text = std::get_if<std::string>(&item.content);
        if (!text) return std::nullopt;
        out += (out.empty() ? "" : ",") + *text;
    }
    return out;
}

std::optional<json::value> json_of(const Value& value);

std::optional<json::value> json_of(const Table& table) {
    json::object out;
    for (const Entry& entry : table) {
        auto item = json_of(entry.value);
        if (!item) return std::nullopt;
        out[entry.key] = std::move(*item);
    }
    return out;
}

std::optional<json::value> json_of(const Array& array) {
    json::array out;
    for (const Value& value : array) {
        auto item = json_of(value);
        if (!item) return std::nullopt;
        out.push_back(std::move(*item));
    }
    return out;
}

// Dates have no counterpart. The depth is the document's, which is bounded.
std::optional<json::value> json_of(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value.content)) return json::value(*text);
    if (const auto* number = std::get_if<std::int64_t>(&value.content)) return json::value(*number);
    if (const auto* real = std::get_if<double>(&value.content)) {
        if (!std::isfinite(*real)) return std::nullopt;
        return json::value(*real);
    }
    if (const auto* boolean = std::get_if<bool>(&value.content)) return json::value(*boolean);
    if (const auto* array = std::get_if<Array>(&value.content)) return json_of(*array);
    if (const auto* table = std::get_if<Table>(&value.content)) return json_of(*table);
    return std::nullopt;
}

}  // namespace

void Reading::report(Message what, Location where) {
    if (problems.size() < kProblemsMax) problems.push_back({std::move(what), std::move(where)});
}

TableReader::TableReader(const Table& table, std::size_t line, std::string path, Reading& reading)
    : table_(&table), reading_(&reading), line_(line), path_(std::move(path)) {
}

const Entry* TableReader::find(std::string_view key) const {
    const auto at = std::lower_bound(
        table_->begin(),
        table_->end(),
        key,
        [](const Entry& entry, std::string_view k) { return entry.key < k; }
    );
    return at != table_->end() && at->key == key ? &*at : nullptr;
}

const Value* TableReader::ask(std::string_view key) {
    asked_.push_back(key);
    const Entry* entry = find(key);
    return entry ? &entry->value : nullptr;
}

std::string TableReader::path_of(std::string_view key) const {
    return (path_.empty() ? "" : path_ + ".") + std::string(key);
}

TableLocation TableReader::location() const {
    TableLocation out{{reading_->file, line_, path_}};
    for (const Entry& entry : *table_) {
        out.lines[entry.key] = entry.line;
    }
    return out;
}

void TableReader::report(
    MessageId id,
    std::string_view key,
    std::vector<std::pair<std::string, std::string>> fields
) {
    const Entry* entry = find(key);
    fields.emplace_back("key", key);
    reading_->report(
        {std::move(id), std::move(fields)},
        {reading_->file, entry ? entry->line : line_, path_of(key)}
    );
}

void TableReader::refuse_unless_known(
    std::string_view key,
    const std::string& word,
    const std::vector<std::string_view>& known
) {
    if (std::find(known.begin(), known.end(), word) != known.end()) return;
    std::string all;
    for (std::string_view name : known) {
        all += (all.empty() ? "" : ", ") + std::string(name);
    }
    report("config.choice.unknown"_msg, key, {{"value", word}, {"choices", all}});
}

void TableReader::refuse_the_rest() {
    for (const Entry& entry : *table_) {
        if (std::find(asked_.begin(), asked_.end(), entry.key) != asked_.end()) continue;
        if (const auto known = nearest(entry.key, asked_)) {
            report("config.key.unknown_near"_msg, entry.key, {{"near", std::string(*known)}});
        } else {
            report("config.key.unknown"_msg, entry.key);
        }
        if (reading_->problems.size() >= kProblemsMax) return;
    }
}

bool TableReader::take_text(std::string_view key, const Value& value, std::string& into) {
    const auto* text = std::get_if<std::string>(&value.content);
    if (text && !text->empty()) {
        into = *text;
        return true;
    }
    if (text) {
        report("config.text.empty"_msg, key);
    } else if (std::holds_alternative<std::int64_t>(value.content)) {
        report("config.type.text_not_number"_msg, key);
    } else {
        report("config.type.text"_msg, key);
    }
    return false;
}

void TableReader::read(std::string_view key, std::string& into) {
    if (const Value* value = ask(key)) take_text(key, *value, into);
}

void TableReader::read(std::string_view key, SecretString& into) {
    std::string text;
    read(key, text);
    if (!text.empty()) into = SecretString(std::move(text));
}

void TableReader::read(std::string_view key, bool& into) {
    const Value* value = ask(key);
    if (!value) return;
    if (const auto* boolean = std::get_if<bool>(&value->content)) {
        into = *boolean;
    } else {
        report("config.type.boolean"_msg, key);
    }
}

void TableReader::read(std::string_view key, std::uint64_t& into) {
    const Value* value = ask(key);
    if (!value) return;
    const auto* number = std::get_if<std::int64_t>(&value->content);
    if (number && *number >= 0) {
        into = static_cast<std::uint64_t>(*number);
    } else {
        report("config.type.count"_msg, key);
    }
}

void TableReader::read(std::string_view key, std::uint32_t& into) {
    std::uint64_t number = into;
    read(key, number);
    if (number <= std::numeric_limits<std::uint32_t>::max()) {
        into = static_cast<std::uint32_t>(number);
    } else {
        report("config.type.count"_msg, key);
    }
}

void TableReader::read(std::string_view key, TimePoint& into) {
    const Value* value = ask(key);
    if (!value) return;
    const auto* text = std::get_if<std::string>(&value->content);
    const auto parsed = text ? parse_iso8601(*text) : std::nullopt;
    if (const auto* time = std::get_if<TimePoint>(&value->content)) {
        into = *time;
    } else if (parsed) {
        into = *parsed;
    } else {
        report("config.type.time"_msg, key);
    }
}

void TableReader::read(std::string_view key, std::chrono::sys_days& into) {
    const Value* value = ask(key);
    if (!value) return;
    const auto* text = std::get_if<std::string>(&value->content);
    const auto parsed = text ? parse_iso8601(*text + "T00:00:00Z") : std::nullopt;
    const auto* day = std::get_if<std::chrono::sys_days>(&value->content);
    const int year = day ? static_cast<int>(std::chrono::year_month_day(*day).year()) : 0;
    if (day && year >= kYearMin && year <= kYearMax) {
        into = *day;
    } else if (parsed) {
        into = std::chrono::floor<std::chrono::days>(*parsed);
    } else {
        report("config.type.date"_msg, key);
    }
}

void TableReader::read(std::string_view key, std::vector<std::string>& into) {
    const Value* value = ask(key);
    if (!value) return;
    const auto* items = std::get_if<Array>(&value->content);
    if (!items) {
        report("config.type.texts"_msg, key);
        return;
    }
    std::vector<std::string> texts(items->size());
    for (std::size_t i = 0; i < items->size(); ++i) {
        if (!take_text(key, (*items)[i], texts[i])) return;
    }
    into = std::move(texts);
}

void TableReader::read_texts_or_one(std::string_view key, std::vector<std::string>& into) {
    const Entry* entry = find(key);
    if (entry && std::holds_alternative<Array>(entry->value.content)) {
        read(key, into);
        return;
    }
    std::optional<std::string> one;
    read(key, one);
    if (one) into = {*one};
}

void TableReader::read_parameters(std::string_view key, Parameters& into) {
    const Value* value = ask(key);
    if (!value) return;
    const auto* entries = std::get_if<Table>(&value->content);
    if (!entries) {
        report("config.type.table"_msg, key);
        return;
    }
    for (const Entry& entry : *entries) {
        if (auto text = parameter_text(entry.value)) {
            into[entry.key] = std::move(*text);
        } else {
            report("config.type.parameter"_msg, key, {{"name", entry.key}});
        }
    }
}

void TableReader::read_json(std::string_view key, json::value& into) {
    const Value* value = ask(key);
    if (!value) return;
    if (auto converted = json_of(*value)) {
        into = std::move(*converted);
    } else {
        report("config.type.json"_msg, key);
    }
}

std::optional<TableReader> TableReader::table(std::string_view key) {
    asked_.push_back(key);
    const Entry* entry = find(key);
    if (!entry) return std::nullopt;
    if (const auto* inner = std::get_if<Table>(&entry->value.content)) {
        return TableReader(*inner, entry->line, path_of(key), *reading_);
    }
    report("config.type.table"_msg, key);
    return std::nullopt;
}

std::vector<TableReader> TableReader::tables(std::string_view key) {
    const Value* value = ask(key);
    std::vector<TableReader> out;
    if (!value) return out;
    const auto* items = std::get_if<Array>(&value->content);
    const bool all_tables =
        items && std::all_of(items->begin(), items->end(), [](const Value& item) {
            return std::holds_alternative<Table>(item.content);
        });
    if (!all_tables) {
        report("config.type.tables"_msg, key);
        return out;
    }
    for (std::size_t i = 0; i < items->size(); ++i) {
        const Value& item = (*items)[i];
        const std::string path = path_of(key) + "[" + std::to_string(i) + "]";
        out.emplace_back(std::get<Table>(item.content), item.line, path, *reading_);
    }
    return out;
}

std::vector<std::pair<std::string_view, TableReader>> TableReader::named_tables(std::string_view key
) {
    std::vector<std::pair<std::string_view, TableReader>> out;
    auto outer = table(key);
    if (!outer) return out;
    for (const Entry& entry : *outer->table_) {
        if (auto inner = outer->table(entry.key)) out.emplace_back(entry.key, std::move(*inner));
    }
    return out;
}

}  // namespace kakehashi::config::detail

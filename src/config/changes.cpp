#include "base/document_path.h"
#include "config/configuration.h"
#include "config/detail/document.h"
#include "config/detail/read_document.h"

#include <algorithm>
#include <utility>

namespace kakehashi::config {
namespace {

using detail::Array;
using detail::Entry;
using detail::Table;
using detail::Value;
using Operation = KeyChange::Operation;

Value value_of(const json::value& from) {
    Value out;
    if (const auto* text = from.if_string()) {
        out.content = std::string(json::view(*text));
    } else if (const auto* flag = from.if_bool()) {
        out.content = *flag;
    } else if (const auto* number = from.if_int64()) {
        out.content = *number;
    } else if (const auto* real = from.if_double()) {
        out.content = *real;
    } else if (const auto* list = from.if_array()) {
        Array items;
        for (const json::value& item : *list) {
            items.push_back(value_of(item));
        }
        out.content = std::move(items);
    } else if (const auto* object = from.if_object()) {
        Table table;
        for (const auto& [key, member] : *object) {
            table.push_back({std::string(key), 0, value_of(member)});
        }
        std::sort(table.begin(), table.end(), [](const Entry& a, const Entry& b) {
            return a.key < b.key;
        });
        out.content = std::move(table);
    }
    return out;
}

Table::iterator place_of(Table& table, const std::string& key) {
    return std::lower_bound(
        table.begin(),
        table.end(),
        key,
        [](const Entry& entry, const std::string& wanted) { return entry.key < wanted; }
    );
}

// One step down; `make`: a member that is not there is made. nullptr: there is no such thing.
enum class Missing { Refused, Made };
Value* step_down(Value& value, const DocumentStep& step, Missing missing) {
    if (step.index) {
        auto* array = std::get_if<Array>(&value.content);
        return array && *step.index < array->size() ? &(*array)[*step.index] : nullptr;
    }
    const bool empty = std::holds_alternative<std::monostate>(value.content);
    if (empty && missing == Missing::Made) value.content = Table{};
    auto* table = std::get_if<Table>(&value.content);
    if (!table) return nullptr;
    auto found = place_of(*table, step.key);
    if (found != table->end() && found->key == step.key) return &found->value;
    if (missing == Missing::Refused) return nullptr;
    return &table->insert(found, {step.key, 0, {}})->value;
}

Value* walk(
    Value& root,
    const std::vector<DocumentStep>& steps,
    std::size_t count,
    Missing missing
) {
    Value* at = &root;
    for (std::size_t i = 0; at && i < count; ++i) {
        at = step_down(*at, steps[i], missing);
    }
    return at;
}

bool remove(Value& root, const std::vector<DocumentStep>& steps) {
    Value* parent = walk(root, steps, steps.size() - 1, Missing::Refused);
    const DocumentStep& last = steps.back();
    if (!parent || !step_down(*parent, last, Missing::Refused)) return false;
    if (last.index) {
        auto& array = std::get<Array>(parent->content);
        array.erase(array.begin() + static_cast<std::ptrdiff_t>(*last.index));
    } else {
        auto& table = std::get<Table>(parent->content);
        table.erase(place_of(table, last.key));
    }
    return true;
}

bool apply(Value& root, const KeyChange& change) {
    const auto steps = read_document_path(change.path);
    if (!steps) return false;
    if (change.operation == Operation::Remove) return remove(root, *steps);
    Value* target = walk(root, *steps, steps->size(), Missing::Made);
    if (!target) return false;
    if (change.operation == Operation::Set) {
        target->content = value_of(change.value).content;
        return true;
    }
    if (std::holds_alternative<std::monostate>(target->content)) target->content = Array{};
    if (!std::holds_alternative<Array>(target->content)) {
        Value only = std::move(*target);
        target->content = Array{std::move(only)};
    }
    std::get<Array>(target->content).push_back(value_of(change.value));
    return true;
}

// What the file leaves to `render`.
void keep_rendered(const Configuration& from, Configuration& to) {
    const auto keep = [](const auto& old, auto& fresh) {
        if (!fresh.templates.empty()) return;
        fresh.templates = old.templates;
        fresh.parameters = old.parameters;
    };
    keep(from.operator_account, to.operator_account);
    for (Municipality& municipality : to.municipalities) {
        const Municipality* old = from.find_municipality(municipality.name);
        if (!old) continue;
        keep(*old, municipality);
        if (!municipality.role_arn) municipality.role_arn = old->role_arn;
    }
}

}  // namespace

Expected<Configuration, Problems> with_changes(
    const Configuration& configuration,
    const std::vector<KeyChange>& changes
) {
    if (changes.empty()) return configuration;
    const auto no_such_place = [&](const std::string& path) {
        const Message what{"config.change.no_such_place"_msg, {{"path", path}}};
        return Failure{Problems{{what, {configuration.file, 0, path}}}};
    };
    if (!configuration.source) return no_such_place(changes.front().path);
    auto document = detail::parse_document(*configuration.source, configuration.file);
    if (!document) return Failure{Problems{std::move(document).error()}};
    Value root;
    root.content = *std::move(document);
    for (const KeyChange& change : changes) {
        if (!apply(root, change)) return no_such_place(change.path);
    }
    auto out = detail::read_document(std::get<Table>(root.content), configuration.file);
    if (!out) return out;
    keep_rendered(configuration, *out);
    return out;
}

}  // namespace kakehashi::config

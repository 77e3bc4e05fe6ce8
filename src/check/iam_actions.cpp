#include "check/iam_actions.h"

#include "base/json.h"
#include "base/text.h"
#include "check/detail/statements.h"

#include <algorithm>
#include <map>

extern "C" const char kakehashi_data_iam_actions_json[], kakehashi_data_iam_actions_json_end[];

namespace kakehashi::check {
namespace {

struct Table {
    std::map<std::string, IamService, std::less<>> services;
    std::vector<std::string> global_keys;
};

std::vector<std::string> chosen(const json::value& places, const std::vector<std::string>& from) {
    std::vector<std::string> out;
    for (const json::value& place : places.as_array()) {
        out.push_back(from.at(static_cast<std::size_t>(place.as_int64())));
    }
    return out;
}

IamService read_service(std::string name, const json::value& described) {
    IamService out{std::move(name), {}, {}};
    for (const auto& [key, type] : *json::find_object(described, "keys")) {
        out.keys.emplace_back(key);
    }
    const auto resources = texts_of(json::find(described, "resources"));
    for (const auto& [action, row] : *json::find_object(described, "actions")) {
        const json::array& parts = row.as_array();
        out.actions.push_back(
            {std::string(action),
             std::string(json::view(parts[0].as_string())),
             chosen(parts[1], resources),
             chosen(parts[2], out.keys)}
        );
    }
    return out;
}

// Requires: the data file is as its legend says; its test reads it.
Table read_table() {
    const std::string_view text(
        kakehashi_data_iam_actions_json,
        static_cast<std::size_t>(
            kakehashi_data_iam_actions_json_end - kakehashi_data_iam_actions_json
        )
    );
    const json::value root = *json::parse(text);
    Table out;
    out.global_keys = texts_of(json::find(root, "global"));
    for (const auto& [name, described] : *json::find_object(root, "services")) {
        out.services.emplace(name, read_service(name, described));
    }
    return out;
}

const Table& table() {
    static const Table kTable = read_table();
    return kTable;
}

bool has_key(const std::vector<std::string>& keys, std::string_view key) {
    return std::any_of(keys.begin(), keys.end(), [&](const std::string& documented) {
        return same_condition_key(key, documented);
    });
}

}  // namespace

const IamService* iam_service(std::string_view name) {
    const auto found = table().services.find(lower_ascii(name));
    return found == table().services.end() ? nullptr : &found->second;
}

std::vector<const IamAction*> matching_actions(
    const IamService& service,
    std::string_view pattern
) {
    std::vector<const IamAction*> out;
    for (const IamAction& action : service.actions) {
        if (matches_ignoring_case(pattern, action.name)) out.push_back(&action);
    }
    return out;
}

std::string nearest_action(std::string_view action) {
    const auto colon = action.find(':');
    const IamService* held = iam_service(action.substr(0, colon));
    std::vector<std::string> all;
    for (const auto& [name, service] : table().services) {
        if (held && held != &service) continue;
        for (const IamAction& each : service.actions)
            all.push_back(name + ":" + each.name);
    }
    const std::vector<std::string_view> names(all.begin(), all.end());
    return std::string(nearest(action, names).value_or(""));
}

bool same_condition_key(std::string_view key, std::string_view documented) {
    // "…/${TagKey}", "…/tag-key" and "…/<key>" stand for any name.
    for (const std::string_view open : {"${", "<", "tag-key"}) {
        const auto at = documented.find(open);
        if (at == documented.npos) continue;
        return key.size() > at && equal_ignoring_case(key.substr(0, at), documented.substr(0, at));
    }
    return equal_ignoring_case(key, documented);
}

bool is_global_condition_key(std::string_view key) {
    return has_key(table().global_keys, key);
}

KeyKnown condition_key_known(std::string_view key) {
    if (is_global_condition_key(key)) return KeyKnown::Yes;
    for (const auto& [name, service] : table().services) {
        if (has_key(service.keys, key)) return KeyKnown::Yes;
    }
    const auto colon = key.find(':');
    if (colon == key.npos) return KeyKnown::No;
    const std::string prefix = lower_ascii(key.substr(0, colon));
    return prefix == "aws" || iam_service(prefix) ? KeyKnown::No : KeyKnown::NotHeld;
}

std::string nearest_condition_key(std::string_view key) {
    std::vector<std::string_view> all(table().global_keys.begin(), table().global_keys.end());
    for (const auto& [name, service] : table().services) {
        all.insert(all.end(), service.keys.begin(), service.keys.end());
    }
    return std::string(nearest(key, all).value_or(""));
}

}  // namespace kakehashi::check

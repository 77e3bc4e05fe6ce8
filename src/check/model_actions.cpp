#include "check/model_actions.h"

#include "base/json.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

extern "C" const char kakehashi_data_model_actions_json[];      // NOLINT
extern "C" const char kakehashi_data_model_actions_json_end[];  // NOLINT

namespace kakehashi::check {
namespace {

struct Table {
    std::string date;
    std::vector<ModelResource> resources;
    std::vector<ModelAction> actions;  // they point into `resources`
};

std::string text_at(const json::value& object, std::string_view key) {
    const auto text = json::find_string(object, key);
    if (!text) std::abort();
    return std::string(*text);
}

const json::array& array_at(const json::value& object, std::string_view key) {
    const json::array* found = json::find_array(object, key);
    if (!found) std::abort();
    return *found;
}

ModelResource read_resource(const json::value& from) {
    ModelResource resource;
    resource.name = text_at(from, "name");
    resource.service = text_at(from, "service");
    const json::value* has_account = json::find(from, "has_account");
    resource.has_account = has_account && *has_account == json::value(true);
    resource.rest = text_at(from, "rest");
    if (text_at(from, "place") == "region") resource.place = ModelResource::Place::Region;
    return resource;
}

ModelAction read_action(const json::value& from, const std::vector<ModelResource>& resources) {
    ModelAction action{text_at(from, "action"), text_at(from, "endpoint"), {}};
    for (const json::value& name : array_at(from, "kinds")) {
        const auto named = std::find_if(resources.begin(), resources.end(), [&](const auto& each) {
            return name == json::value(each.name);
        });
        if (named == resources.end()) std::abort();
        action.resources.push_back(&*named);
    }
    return action;
}

// The file is ours: a fault in it is a bug, and the unit test reads it first.
const Table& table() {
    static const std::unique_ptr<const Table> kTable = [] {
        const auto file =
            json::parse({kakehashi_data_model_actions_json, kakehashi_data_model_actions_json_end});
        if (!file) std::abort();
        auto out = std::make_unique<Table>();  // not moved: its actions point into it
        out->date = text_at(*file, "date");
        for (const json::value& each : array_at(*file, "kinds"))
            out->resources.push_back(read_resource(each));
        for (const json::value& each : array_at(*file, "actions"))
            out->actions.push_back(read_action(each, out->resources));
        return std::unique_ptr<const Table>(std::move(out));
    }();
    return *kTable;
}

}  // namespace

const std::vector<ModelAction>& model_actions() {
    return table().actions;
}

const std::string& model_actions_date() {
    return table().date;
}

}  // namespace kakehashi::check

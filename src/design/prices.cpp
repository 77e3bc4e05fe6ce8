#include "design/detail/prices.h"

#include "base/json.h"

#include <algorithm>
#include <cstdlib>

extern "C" const char kakehashi_data_prices_json[], kakehashi_data_prices_json_end[];

namespace kakehashi::design {
namespace {

// The file is ours: a fault in it is a bug, and the unit test reads it first.
double number(const json::value& in, std::string_view key) {
    const json::value* found = json::find(in, key);
    if (!found || !found->is_number()) std::abort();
    return found->to_number<double>();
}

std::string text(const json::value& in, std::string_view key) {
    const auto found = json::find_string(in, key);
    if (!found) std::abort();
    return std::string(*found);
}

bool flag(const json::value& in, std::string_view key) {
    const json::value* found = json::find(in, key);
    return found && found->is_bool() && found->as_bool();
}

const json::array& list(const json::value& in, std::string_view key) {
    const json::array* found = json::find_array(in, key);
    if (!found) std::abort();
    return *found;
}

Prices read_prices() {
    const auto file = json::parse({kakehashi_data_prices_json, kakehashi_data_prices_json_end});
    if (!file) std::abort();
    const json::value* yen = json::find(*file, "yen_per_dollar");
    if (!yen) std::abort();
    Prices out;
    out.date = text(*file, "date");
    out.source = text(*file, "source");
    out.models_source = text(*file, "models_source");
    out.yen_per_dollar = number(*yen, "rate");
    out.yen_date = text(*yen, "date");
    out.yen_source = text(*yen, "source");
    out.hours_per_month = number(*file, "hours_per_month");
    out.profile_surcharge = number(*file, "profile_surcharge_percent") / 100;
    for (const json::value& item : list(*file, "items")) {
        out.items.push_back(
            {text(item, "id"), number(item, "usd"), text(item, "source"), flag(item, "unverified")}
        );
    }
    for (const json::value& model : list(*file, "models")) {
        out.models.push_back(
            {text(model, "prefix"), number(model, "input"), number(model, "output")}
        );
    }
    return out;
}

}  // namespace

const Price& Prices::item(std::string_view id) const {
    const auto found = std::ranges::find(items, id, &Price::id);
    if (found == items.end()) std::abort();
    return *found;
}

std::optional<ModelPrice> Prices::model(std::string_view profile) const {
    for (const ModelPrice& each : models) {
        const auto at = profile.find(each.prefix);
        if (at == profile.npos) continue;
        const bool regional = at != 0 && !profile.starts_with("global.");
        const double factor = regional ? 1 + profile_surcharge : 1;
        return ModelPrice{each.prefix, each.input * factor, each.output * factor};
    }
    return std::nullopt;
}

const Prices& prices() {
    static const Prices read = read_prices();
    return read;
}

}  // namespace kakehashi::design

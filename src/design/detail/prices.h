#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// data/prices.json: what AWS charges, dated. Safe from every thread; lives as long as the program.
namespace kakehashi::design {

struct Price {
    std::string id;
    double usd = 0;
    std::string source;
    bool unverified = false;
};
struct ModelPrice {  // US dollars for a million tokens
    std::string prefix;
    double input = 0, output = 0;
};
struct Prices {
    std::string date, source, models_source;
    double yen_per_dollar = 0;
    std::string yen_date, yen_source;
    double hours_per_month = 0;
    double profile_surcharge = 0;  // 0.1: a tenth more through a regional profile
    std::vector<Price> items;
    std::vector<ModelPrice> models;

    const Price& item(std::string_view id) const;  // Requires: it is there
    // Of "jp.anthropic.claude-…": by its model, with what the profile adds. nullopt: not known.
    std::optional<ModelPrice> model(std::string_view profile) const;
};

const Prices& prices();

}  // namespace kakehashi::design

#include "aws/regions.h"

#include "base/json.h"

#include <algorithm>
#include <cstdlib>

extern "C" const char kakehashi_data_regions_json[], kakehashi_data_regions_json_end[];

namespace kakehashi::aws {
namespace {

// The file is ours: a fault in it is a bug, and the unit test reads it first.
std::vector<Region> read_regions() {
    auto file = json::parse({kakehashi_data_regions_json, kakehashi_data_regions_json_end});
    if (!file) std::abort();
    const json::array* entries = json::find_array(*file, "regions");
    if (!entries) std::abort();
    std::vector<Region> regions;
    for (const json::value& entry : *entries) {
        const auto text = [&entry](std::string_view key) {
            return std::string(json::find_string(entry, key).value_or(""));
        };
        regions.push_back({text("id"), text("en"), text("ja"), text("country")});
    }
    std::ranges::sort(regions, {}, &Region::id);
    return regions;
}

}  // namespace

const std::vector<Region>& commercial_regions() {
    static const std::vector<Region> regions = read_regions();
    return regions;
}

const Region* find_region(std::string_view id) {
    const auto& regions = commercial_regions();
    const auto found = std::ranges::lower_bound(regions, id, {}, &Region::id);
    return found != regions.end() && found->id == id ? &*found : nullptr;
}

RegionSet::RegionSet(std::initializer_list<std::string_view> ids)
    : RegionSet(std::vector<std::string>(ids.begin(), ids.end())) {
}

RegionSet::RegionSet(std::vector<std::string> ids) : ids_(std::move(ids)) {
    std::ranges::sort(ids_);
    ids_.erase(std::unique(ids_.begin(), ids_.end()), ids_.end());
}

RegionSet RegionSet::any() {
    RegionSet set;
    for (const Region& region : commercial_regions())
        set.ids_.push_back(region.id);
    set.unbounded_ = true;
    return set;
}

bool RegionSet::contains(std::string_view id) const {
    return unbounded_ || std::ranges::binary_search(ids_, id);
}

bool RegionSet::within(const RegionSet& other) const {
    if (other.unbounded_) return true;
    return !unbounded_ && std::ranges::includes(other.ids_, ids_);
}

void RegionSet::insert(std::string_view id) {
    const auto place = std::ranges::lower_bound(ids_, id);
    if (place == ids_.end() || *place != id) ids_.emplace(place, id);
}

RegionSet RegionSet::joined(const RegionSet& other) const {
    RegionSet all = *this;
    for (const std::string& id : other.ids_)
        all.insert(id);
    all.unbounded_ = unbounded_ || other.unbounded_;
    return all;
}

RegionSet RegionSet::without(const RegionSet& other) const {
    RegionSet rest;
    for (const std::string& id : ids_)
        if (!other.contains(id)) rest.ids_.push_back(id);
    return rest;
}

// Source: `aws ec2 describe-managed-prefix-lists` as public templates quote it, 2026-11.
std::string_view s3_prefix_list(std::string_view region) {
    return region == "ap-northeast-1" ? "pl-61a54008" : "";
}

std::string to_string(const RegionSet& regions) {
    if (regions.unbounded()) return "*";
    std::string text;
    for (const std::string& id : regions.ids())
        text += (text.empty() ? "" : ", ") + id;
    return text;
}

}  // namespace kakehashi::aws

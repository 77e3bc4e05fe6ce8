#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

// The commercial Regions of AWS and sets of Regions. Source of the list: data/regions.json, dated.
// Safe from every thread.
namespace kakehashi::aws {

struct Region {
    std::string id;                // "ap-northeast-1"
    std::string name_en, name_ja;  // "Tokyo", "東京"
    std::string country;           // ISO 3166-1 alpha-2: "JP"
};

// Sorted by id. Compiled in; lives as long as the program.
const std::vector<Region>& commercial_regions();
const Region* find_region(std::string_view id);  // nullptr: not known. The spelling is exact.

// AWS's own list of the addresses of S3 in a Region, the same in every account; "": not known here.
std::string_view s3_prefix_list(std::string_view region);

// A set of Region ids, or "any commercial Region", which no list bounds: AWS opens new ones.
class RegionSet {
public:
    RegionSet() = default;
    RegionSet(std::initializer_list<std::string_view> ids);
    explicit RegionSet(std::vector<std::string> ids);  // sorted here; doubles count once
    static RegionSet any();                            // unbounded; ids() are the ones known today

    bool unbounded() const { return unbounded_; }
    bool empty() const { return !unbounded_ && ids_.empty(); }
    std::size_t size() const { return ids_.size(); }
    const std::vector<std::string>& ids() const { return ids_; }  // sorted
    bool contains(std::string_view id) const;
    // Every member is in `other`. An unbounded set is within an unbounded one alone.
    bool within(const RegionSet& other) const;
    void insert(std::string_view id);
    RegionSet joined(const RegionSet& other) const;
    RegionSet without(const RegionSet& other) const;  // of an unbounded one: what is known today

    friend bool operator==(const RegionSet&, const RegionSet&) = default;

private:
    std::vector<std::string> ids_;
    bool unbounded_ = false;
};

std::string to_string(const RegionSet& regions
);  // "ap-northeast-1, ap-northeast-3"; "*" if unbounded

}  // namespace kakehashi::aws

#pragma once

#include "check/search.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// What one question asks of texts: sides of languages, each known by a number, and sets of them.
// A set is walked once, however many branches come by it.
namespace kakehashi::check::detail {

using SideId = std::uint32_t;
using SetId = std::uint32_t;

inline SideId opposite(SideId side) {
    return side ^ 1U;
}

class Constraints {
public:
    enum class Outcome : std::uint8_t { Some, None, TooHard };

    Constraints(Budget& budget, SearchSize& size) : budget_(budget), size_(size) {}

    SideId side(const Side& side);
    // No constraint yet. Sets of different roots are never shared: their preferred texts differ.
    SetId root(const std::vector<std::string>& preferred);
    SetId with(SetId set, SideId side);
    // Whether a text fulfils them all. TooHard: not found out within `steps_max`.
    Outcome look(SetId id, std::size_t steps_max);
    const std::string& member(SetId set) const { return sets_[set].member; }  // Requires: Some
    bool holds(SideId side, std::string_view text);

private:
    struct Set {
        std::uint32_t root = 0;
        std::vector<SideId> sides = {};  // sorted
        bool decided = false;
        bool empty = false;
        std::size_t tried = 0;  // steps, in vain
        std::string member = {};
    };

    enum class Weight { Nothing, Something, Impossible };
    Weight weight(SideId side) const;
    SetId interned(Set set);
    void inherit(const Set& parent, SideId added, Set& set);

    Budget& budget_;                   // outlives this
    SearchSize& size_;                 // outlives this
    std::vector<Language> languages_;  // side 2n: inside of the nth; 2n + 1: outside
    std::unordered_multimap<std::size_t, std::uint32_t> languages_by_hash_;
    std::vector<const std::vector<std::string>*> preferred_;  // by root; outlive this
    std::vector<Set> sets_;
    std::unordered_multimap<std::size_t, SetId> sets_by_hash_;
    std::unordered_map<std::uint64_t, SetId> with_;  // set and side
};

}  // namespace kakehashi::check::detail

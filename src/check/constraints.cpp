#include "check/detail/constraints.h"

#include "check/detail/places.h"

#include <algorithm>
#include <utility>

namespace kakehashi::check::detail {
namespace {

constexpr std::size_t kSetSteps = 64;  // what a set costs to remember, beside its sides

}  // namespace

SideId Constraints::side(const Side& side) {
    const auto id = [&](std::uint32_t language) { return 2 * language + (side.inside ? 0 : 1); };
    const auto [begin, end] = languages_by_hash_.equal_range(side.language.hash());
    for (auto at = begin; at != end; ++at) {
        if (languages_[at->second] == side.language) return id(at->second);
    }
    const auto next = static_cast<std::uint32_t>(languages_.size());
    languages_.push_back(side.language);
    languages_by_hash_.emplace(side.language.hash(), next);
    return id(next);
}

SetId Constraints::root(const std::vector<std::string>& preferred) {
    preferred_.push_back(&preferred);
    Set set;
    set.root = static_cast<std::uint32_t>(preferred_.size() - 1);
    return interned(std::move(set));
}

Constraints::Weight Constraints::weight(SideId side) const {
    const Language& language = languages_[side / 2];
    const bool inside = side % 2 == 0;
    if (language.is_everything()) return inside ? Weight::Nothing : Weight::Impossible;
    if (language.patterns().empty()) return inside ? Weight::Impossible : Weight::Nothing;
    return Weight::Something;
}

SetId Constraints::interned(Set set) {
    std::size_t hash = set.root;
    for (const SideId side : set.sides)
        hash = (hash ^ side) * 0x9E3779B97F4A7C15U + 1;
    const auto [begin, end] = sets_by_hash_.equal_range(hash);
    for (auto at = begin; at != end; ++at) {
        const Set& old = sets_[at->second];
        if (old.root == set.root && old.sides == set.sides) return at->second;
    }
    budget_.spend(kSetSteps + set.sides.size());
    const auto id = static_cast<SetId>(sets_.size());
    sets_.push_back(std::move(set));
    sets_by_hash_.emplace(hash, id);
    return id;
}

// What is known of fewer constraints may tell of more.
void Constraints::inherit(const Set& parent, SideId added, Set& set) {
    if (!parent.decided) return;
    if (parent.empty) {
        set.decided = set.empty = true;
    } else if (holds(added, parent.member)) {
        set.decided = true;
        set.member = parent.member;
    }
}

SetId Constraints::with(SetId set, SideId side) {
    const std::uint64_t key = (std::uint64_t{set} << 32U) | side;
    if (const auto known = with_.find(key); known != with_.end()) return known->second;
    const Weight weight = this->weight(side);
    const auto& sides = sets_[set].sides;
    const auto place = std::lower_bound(sides.begin(), sides.end(), side);
    if (weight == Weight::Nothing || (place != sides.end() && *place == side)) return set;
    Set next;
    next.root = sets_[set].root;
    next.sides.reserve(sides.size() + 1);
    next.sides.assign(sides.begin(), place);
    next.sides.push_back(side);
    next.sides.insert(next.sides.end(), place, sides.end());
    if (weight == Weight::Impossible ||
        std::binary_search(sides.begin(), sides.end(), opposite(side))) {
        next.decided = next.empty = true;
    } else {
        inherit(sets_[set], side, next);
    }
    const SetId id = interned(std::move(next));
    with_.emplace(key, id);
    return id;
}

Constraints::Outcome Constraints::look(SetId id, std::size_t steps_max) {
    Set& set = sets_[id];
    if (set.decided) return set.empty ? Outcome::None : Outcome::Some;
    if (set.tried >= steps_max) return Outcome::TooHard;
    std::vector<Side> sides;
    sides.reserve(set.sides.size());
    for (const SideId side : set.sides)
        sides.push_back({languages_[side / 2], side % 2 == 0});
    Budget walk(std::min(steps_max, budget_.left()));
    Member member = common_member(sides, *preferred_[set.root], walk);
    budget_.spend(walk.spent());
    size_.states += walk.spent();
    set.decided = member.outcome != Member::Outcome::Exhausted;
    set.empty = member.outcome == Member::Outcome::None;
    set.member = std::move(member.text);
    if (set.decided) return set.empty ? Outcome::None : Outcome::Some;
    set.tried = steps_max;
    return Outcome::TooHard;
}

bool Constraints::holds(SideId side, std::string_view text) {
    std::size_t steps = 0;
    const bool contained = contains(languages_[side / 2].places(), text, steps);
    budget_.spend(steps);
    return contained == (side % 2 == 0);
}

}  // namespace kakehashi::check::detail

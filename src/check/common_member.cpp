#include "base/text.h"
#include "check/detail/places.h"
#include "check/language.h"

#include <algorithm>
#include <optional>
#include <utility>

// Whether languages have a text in common, by walking all their patterns side by side, breadth
// first. A state is the sorted list of places that the patterns have come to; nothing but the
// states that are met is ever built. What keeps them few:
// - a place before a `*` that the same pattern has reached adds nothing, and is dropped;
// - a language outside of which the text must be asks for no character of its own: one that no
//   pattern waits for does it as well;
// - where a language inside of which it must be has no wildcard, its characters are the only ones.
namespace kakehashi::check {
namespace {

using detail::Place;
using Front = std::vector<std::uint32_t>;  // the places that a state stands at, ascending

constexpr std::size_t kStateSteps = 8;  // what a state that is kept costs, beside its places
constexpr std::string_view kReadable =
    "xabcdefghijklmnopqrstuvwyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
constexpr char32_t kBeyondReadable = 0x4E00;  // 一, and the ideographs behind it

struct Step {
    bool alive = false;    // some text may follow
    bool accepts = false;  // the text may end here
};

// The characters that places wait for, inside and outside.
struct Awaited {
    std::u32string inside = {}, outside = {};
    std::u32string inside_any_case = {}, outside_any_case = {};
    bool outside_but_colon = false;
    bool inside_wild = false;
};

bool is_readable(char32_t c) {
    return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || (c >= U'0' && c <= U'9');
}

char32_t upper(char32_t c) {
    return c >= U'a' && c <= U'z' ? c - U'a' + U'A' : c;
}

bool has(const std::u32string& characters, char32_t c) {
    return characters.find(c) != characters.npos;
}

bool is_awaited(const Awaited& awaited, char32_t c) {
    const char32_t lower = c >= U'A' && c <= U'Z' ? c - U'A' + U'a' : c;
    return has(awaited.inside, c) || has(awaited.outside, c) ||
           has(awaited.inside_any_case, lower) || has(awaited.outside_any_case, lower);
}

// One that no place waits for: it stands for all of them.
char32_t fresh(const Awaited& awaited) {
    for (const char c : kReadable) {
        const auto character = static_cast<char32_t>(c);
        if (!is_awaited(awaited, character)) return character;
    }
    char32_t c = kBeyondReadable;
    while (is_awaited(awaited, c))
        ++c;
    return c;
}

void put_once(std::u32string& characters, char32_t c) {
    if (!has(characters, c)) characters.push_back(c);
}

// A small letter stands for both cases, unless the small or the capital one counts elsewhere.
void put_capitals(const Awaited& all, std::u32string& list) {
    for (const char32_t c : all.inside_any_case) {
        const bool counts = has(all.outside, c) || has(all.inside, upper(c));
        if (counts && has(list, c)) put_once(list, upper(c));
    }
}

// The characters to go on with, those that a person reads best first.
std::u32string listed(const Awaited& all, const std::optional<std::u32string>& narrow) {
    std::u32string list = narrow ? *narrow : all.inside;
    put_capitals(all, list);
    std::sort(list.begin(), list.end(), [](char32_t a, char32_t b) {
        return std::pair(!is_readable(a), a) < std::pair(!is_readable(b), b);
    });
    if (narrow) return list;
    if (all.outside_but_colon) put_once(list, U':');
    list.insert(list.begin(), fresh(all));
    return list;
}

class Walk {
public:
    explicit Walk(std::span<const Side> sides) {
        std::uint32_t base = 0;
        for (const Side& side : sides) {
            const auto& places = side.language.places();
            tracks_.push_back({&places, base, side.inside});
            base += static_cast<std::uint32_t>(places.row.size());
        }
    }

    explicit Walk(const detail::Places& language) : tracks_{{&language}} {}

    Step start(Front& to) const;
    Step step(const Front& from, char32_t c, Front& to) const;
    std::optional<char32_t> forced(const Front& from) const;  // one language lets no other through
    std::u32string choices(const Front& from) const;  // shortest texts need no other character

private:
    struct Track {
        const detail::Places* places = nullptr;  // outlives this
        std::uint32_t base = 0;
        bool inside = true;
        std::uint32_t end() const { return base + static_cast<std::uint32_t>(places->row.size()); }
        const Place& at(std::uint32_t place) const { return places->row[place - base]; }
    };
    struct Arrival {  // of one track
        std::size_t begin = 0;
        bool ends = false;          // a pattern has come to its end
        bool everything = false;    // or will, whatever follows
        std::uint32_t forever = 0;  // the place that says so
    };

    static void arrive(const Track& track, std::uint32_t place, Front& to, Arrival& arrival);
    static bool settle(const Track& track, const Arrival& arrival, Front& to, Step& whole);
    static void advance(
        const Track& track,
        std::uint32_t place,
        char32_t c,
        Front& to,
        Arrival& arrival
    );
    static void await(const Track& track, const Symbol& symbol, Awaited& awaited);
    static void await(const Track& track, std::uint32_t place, Awaited& awaited);

    std::vector<Track> tracks_;
};

// Front arrive in ascending order.
void Walk::arrive(const Track& track, std::uint32_t place, Front& to, Arrival& arrival) {
    const Place& here = track.at(place);
    if (here.end) {
        arrival.ends = true;
        return;
    }
    if (here.symbol.kind == Symbol::Kind::AnyText) {
        while (to.size() > arrival.begin && to.back() >= track.base + here.first)
            to.pop_back();
    }
    if (to.size() == arrival.begin || to.back() != place) to.push_back(place);
    if (!detail::is_star(here.symbol.kind) || !track.at(place + 1).end) return;
    arrival.ends = true;
    if (here.symbol.kind != Symbol::Kind::AnyText) return;
    arrival.everything = true;
    arrival.forever = place;
}

void Walk::advance(
    const Track& track,
    std::uint32_t place,
    char32_t c,
    Front& to,
    Arrival& arrival
) {
    const Symbol& symbol = track.at(place).symbol;
    if (!detail::is_star(symbol.kind)) {
        if (detail::takes(symbol, c)) arrive(track, place + 1, to, arrival);
        return;
    }
    if (detail::takes(symbol, c)) arrive(track, place, to, arrival);
    const Place& next = track.at(place + 1);  // a star may also stand for nothing
    if (!next.end && detail::takes(next.symbol, c)) arrive(track, place + 2, to, arrival);
}

// False: no text that begins so is on this track's side.
bool Walk::settle(const Track& track, const Arrival& arrival, Front& to, Step& whole) {
    if (arrival.everything) {
        to.resize(arrival.begin);
        if (!track.inside) return false;
        to.push_back(arrival.forever);
    }
    if (track.inside) {
        if (!arrival.ends) whole.accepts = false;
        if (to.size() == arrival.begin) whole.alive = false;
        return whole.alive || whole.accepts;
    }
    if (arrival.ends) whole.accepts = false;
    return whole.alive || whole.accepts;
}

Step Walk::start(Front& to) const {
    to.clear();
    Step whole{true, true};
    for (const Track& track : tracks_) {
        Arrival arrival{to.size()};
        for (const std::uint32_t first : track.places->starts)
            arrive(track, track.base + first, to, arrival);
        if (!settle(track, arrival, to, whole)) return {};
    }
    return whole;
}

Step Walk::step(const Front& from, char32_t c, Front& to) const {
    to.clear();
    Step whole{true, true};
    auto at = from.begin();
    for (const Track& track : tracks_) {
        Arrival arrival{to.size()};
        for (; at != from.end() && *at < track.end(); ++at)
            advance(track, *at, c, to, arrival);
        if (!settle(track, arrival, to, whole)) return {};
    }
    return whole;
}

void Walk::await(const Track& track, const Symbol& symbol, Awaited& awaited) {
    switch (symbol.kind) {
        case Symbol::Kind::Character:
            put_once(track.inside ? awaited.inside : awaited.outside, symbol.character);
            break;
        case Symbol::Kind::CharacterAnyCase:
            put_once(
                track.inside ? awaited.inside_any_case : awaited.outside_any_case, symbol.character
            );
            if (track.inside) put_once(awaited.inside, symbol.character);
            break;
        case Symbol::Kind::AnyCharacterButColon:
        case Symbol::Kind::AnyTextButColon:
            if (!track.inside) awaited.outside_but_colon = true;
            [[fallthrough]];
        case Symbol::Kind::AnyCharacter:
        case Symbol::Kind::AnyText:
            if (track.inside) awaited.inside_wild = true;
            break;
    }
}

std::optional<char32_t> Walk::forced(const Front& from) const {
    auto at = from.begin();
    for (const Track& track : tracks_) {
        const auto end =
            std::find_if(at, from.end(), [&](auto place) { return place >= track.end(); });
        const auto first = std::exchange(at, end);
        if (!track.inside || first == end) continue;
        const Symbol& symbol = track.at(*first).symbol;
        const auto same = [&](auto place) { return track.at(place).symbol == symbol; };
        if (symbol.kind == Symbol::Kind::Character && std::all_of(first + 1, end, same)) {
            return symbol.character;
        }
    }
    return std::nullopt;
}

void Walk::await(const Track& track, std::uint32_t place, Awaited& awaited) {
    const Symbol& symbol = track.at(place).symbol;
    await(track, symbol, awaited);
    const Place& next = track.at(place + 1);
    if (detail::is_star(symbol.kind) && !next.end) await(track, next.symbol, awaited);
}

std::u32string Walk::choices(const Front& from) const {
    if (const auto only = forced(from)) return {*only};
    Awaited all;
    std::optional<std::u32string> narrow;  // what the narrowest language inside lets through
    auto at = from.begin();
    for (const Track& track : tracks_) {
        Awaited own;
        for (; at != from.end() && *at < track.end(); ++at)
            await(track, *at, track.inside ? own : all);
        for (const char32_t c : own.inside)
            put_once(all.inside, c);
        for (const char32_t c : own.inside_any_case)
            put_once(all.inside_any_case, c);
        if (!track.inside || own.inside_wild) continue;
        if (!narrow || own.inside.size() < narrow->size()) narrow = std::move(own.inside);
    }
    return listed(all, narrow);
}

// The states that were met, each once, in the order of their texts: the shortest first.
class Met {
public:
    struct State {
        std::size_t begin = 0, end = 0;  // in places_
        std::uint32_t parent = 0;
        char32_t by = 0;
    };

    std::size_t size() const { return states_.size(); }
    void copy(std::size_t state, Front& to) const;
    bool add(const Front& places, std::uint32_t parent, char32_t by);  // false: it was met
    std::u32string text(std::size_t state) const;

private:
    static std::size_t hash(const std::uint32_t* begin, const std::uint32_t* end);
    std::size_t slot_of(const Front& places) const;
    void grow();

    std::vector<State> states_;
    std::vector<std::uint32_t> places_;
    std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(64, 0);  // state + 1
};

void Met::copy(std::size_t state, Front& to) const {
    const auto at = [&](std::size_t i) { return places_.begin() + static_cast<std::ptrdiff_t>(i); };
    to.assign(at(states_[state].begin), at(states_[state].end));
}

std::size_t Met::hash(const std::uint32_t* begin, const std::uint32_t* end) {
    std::uint64_t all = 0xCBF29CE484222325U;
    for (; begin != end; ++begin)
        all = (all ^ *begin) * 0x9E3779B97F4A7C15U;
    return all ^ (all >> 32U);
}

std::size_t Met::slot_of(const Front& places) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash(places.data(), places.data() + places.size()) & mask;
    const auto is_same = [&](const State& state) {
        const auto* begin = places_.data() + state.begin;
        return std::equal(begin, places_.data() + state.end, places.begin(), places.end());
    };
    while (slots_[slot] != 0 && !is_same(states_[slots_[slot] - 1]))
        slot = (slot + 1) & mask;
    return slot;
}

void Met::grow() {
    slots_.assign(slots_.size() * 2, 0);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = 0; i < states_.size(); ++i) {
        const auto* all = places_.data();
        std::size_t slot = hash(all + states_[i].begin, all + states_[i].end) & mask;
        while (slots_[slot] != 0)
            slot = (slot + 1) & mask;
        slots_[slot] = static_cast<std::uint32_t>(i + 1);
    }
}

bool Met::add(const Front& places, std::uint32_t parent, char32_t by) {
    const std::size_t slot = slot_of(places);
    if (slots_[slot] != 0) return false;
    const std::size_t begin = places_.size();
    places_.insert(places_.end(), places.begin(), places.end());
    states_.push_back({begin, places_.size(), parent, by});
    slots_[slot] = static_cast<std::uint32_t>(states_.size());
    if (states_.size() * 2 > slots_.size()) grow();
    return true;
}

std::u32string Met::text(std::size_t state) const {
    std::u32string text;
    for (; state != 0; state = states_[state].parent)
        text.push_back(states_[state].by);
    std::reverse(text.begin(), text.end());
    return text;
}

Member found(const std::u32string& characters) {
    Member member{Member::Outcome::Found};
    for (const char32_t c : characters)
        detail::append(member.text, c);
    return member;
}

// What every text begins with is no choice and leaves nothing to remember. nullopt: there is more
// to walk, from `at`.
std::optional<Member> beginning(
    const Walk& walk,
    Front& at,
    std::u32string& prefix,
    Budget& budget
) {
    Front from;
    Step step = walk.start(at);
    if (!budget.spend(at.size() + 1)) return Member{Member::Outcome::Exhausted};
    for (;;) {
        if (step.accepts) return found(prefix);
        if (!step.alive) return Member{};
        const auto only = walk.forced(at);
        if (!only) return std::nullopt;
        from.swap(at);
        if (!budget.spend(from.size() + 1)) return Member{Member::Outcome::Exhausted};
        step = walk.step(from, *only, at);
        prefix += *only;
    }
}

Member shortest(const Walk& walk, Budget& budget) {
    Front from;
    Front to;
    std::u32string prefix;
    if (auto member = beginning(walk, to, prefix, budget)) return *std::move(member);
    Met met;
    met.add(to, 0, 0);
    for (std::size_t state = 0; state < met.size(); ++state) {
        met.copy(state, from);
        for (const char32_t c : walk.choices(from)) {
            const Step step = walk.step(from, c, to);
            if (!budget.spend(from.size() + 1)) return {Member::Outcome::Exhausted};
            if (step.accepts) return found(prefix + met.text(state) + c);
            if (!step.alive || !met.add(to, static_cast<std::uint32_t>(state), c)) continue;
            if (!budget.spend(kStateSteps + to.size())) return {Member::Outcome::Exhausted};
        }
    }
    return {};
}

bool is_member(std::span<const Side> sides, std::string_view text, Budget& budget) {
    return std::all_of(sides.begin(), sides.end(), [&](const Side& side) {
        std::size_t steps = 0;
        const bool contained = detail::contains(side.language.places(), text, steps);
        budget.spend(steps);
        return contained == side.inside;
    });
}

// The shortest of them; among those the first by its bytes.
Member first_of(
    const std::vector<std::string>& texts,
    std::span<const Side> sides,
    Budget& budget
) {
    const std::string* best = nullptr;
    for (const std::string& text : texts) {
        if (budget.exhausted()) return {Member::Outcome::Exhausted};
        if (best != nullptr && character_count(text) >= character_count(*best)) continue;
        if (is_member(sides, text, budget)) best = &text;
    }
    if (best == nullptr) return {};
    return {Member::Outcome::Found, *best};
}

}  // namespace

bool detail::contains(const detail::Places& language, std::string_view text, std::size_t& steps) {
    ++steps;
    if (!text.starts_with(language.prefix)) return false;
    if (language.begins) return true;
    if (language.finite) {
        return std::binary_search(language.texts.begin(), language.texts.end(), text);
    }
    const Walk walk(language);
    Front from;
    Front to;
    Step step = walk.start(to);
    for (const char32_t c : characters(text)) {
        if (!step.alive) return false;
        from.swap(to);
        steps += from.size();
        step = walk.step(from, c, to);
    }
    return step.accepts;
}

bool Language::contains(std::string_view text) const {
    std::size_t steps = 0;
    return detail::contains(*places_, text, steps);
}

Member common_member(
    std::span<const Side> sides,
    std::span<const std::string> preferred,
    Budget& budget
) {
    if (budget.exhausted()) return {Member::Outcome::Exhausted};
    for (const std::string& text : preferred) {
        if (is_member(sides, text, budget)) return {Member::Outcome::Found, text};
    }
    const Side* fewest = nullptr;  // of the finite ones inside
    for (const Side& side : sides) {
        if (!side.inside || !side.language.places().finite) continue;
        const auto texts = [](const Side& of) { return of.language.places().texts.size(); };
        if (fewest == nullptr || texts(side) < texts(*fewest)) fewest = &side;
    }
    if (fewest != nullptr) return first_of(fewest->language.places().texts, sides, budget);
    return shortest(Walk(sides), budget);
}

}  // namespace kakehashi::check

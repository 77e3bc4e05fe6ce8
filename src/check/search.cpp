#include "check/search.h"

#include "check/detail/constraints.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

// Back-tracking, led by an example. For each variable the search keeps what is still possible and
// one value of it. Clauses (the Any parts that must hold) which the present values happen to fulfil
// cost nothing; of one that they violate, the parts that cannot hold any more are dropped: with
// none left the branch is dead, with one left it must hold, else the shortest such clause is what
// the search branches on. Where no clause is violated the values are the answer.
//
// A set of constraints that is hard to walk does not hold up the others: its branch counts as not
// decided, and only if nothing else is found the search comes again with more steps for each walk.
namespace kakehashi::check {
namespace {

using detail::Constraints;
using detail::SetId;
using detail::SideId;
using Many = Atom::Many;
using NodeId = std::uint32_t;

constexpr std::size_t kWalkSteps = 1U << 14U;  // for each walk at first
constexpr std::size_t kWalkStepsFactor = 16;   // the next time

enum class Eithers { False, True };

// An atom or its negation, which has the same form.
struct Literal {
    Variable variable = 0;
    bool if_missing = false;
    SideId if_one = 0;
    Many if_many = Many::Never;
    SideId of_many = 0;
};

Many opposite(Many many) {
    switch (many) {
        case Many::Never:
            return Many::Always;
        case Many::SomeText:
            return Many::EveryText;
        case Many::EveryText:
            return Many::SomeText;
        case Many::Always:
            return Many::Never;
    }
    return many;
}

Literal opposite(Literal literal) {
    literal.if_missing = !literal.if_missing;
    literal.if_one = detail::opposite(literal.if_one);
    literal.if_many = opposite(literal.if_many);
    literal.of_many = detail::opposite(literal.of_many);
    return literal;
}

struct Node {
    Formula::Kind kind = Formula::Kind::True;
    std::uint32_t literal = 0;           // of Atom and NotAtom
    const Problem* construct = nullptr;  // of Either; outlives this
    std::vector<NodeId> parts = {};      // of All and Any
    std::size_t depth = 1;
};

// The formula with numbers for pointers; parts before what they are parts of.
struct Graph {
    std::vector<Node> nodes = {};
    std::vector<Literal> literals = {};
    bool has_either = false;
    NodeId root() const { return static_cast<NodeId>(nodes.size() - 1); }
};

class Reader {
public:
    explicit Reader(Constraints& constraints) : constraints_(constraints) {}
    Graph read(const Formula& formula);

private:
    bool parts_are_read(const Formula& formula, Node& node);  // else they wait in open_
    void leaf(const Formula& formula, Node& node);

    Constraints& constraints_;  // outlives this
    Graph graph_;
    std::unordered_map<const void*, NodeId> read_;
    std::vector<const Formula*> open_;
};

bool Reader::parts_are_read(const Formula& formula, Node& node) {
    const std::size_t waiting = open_.size();
    for (const Formula& part : formula.parts()) {
        const auto found = read_.find(part.identity());
        if (found == read_.end()) {
            open_.push_back(&part);
        } else {
            node.parts.push_back(found->second);
            node.depth = std::max(node.depth, graph_.nodes[found->second].depth + 1);
        }
    }
    return open_.size() == waiting;
}

void Reader::leaf(const Formula& formula, Node& node) {
    if (formula.kind() == Formula::Kind::Either) {
        node.construct = &formula.construct();
        graph_.has_either = true;
    }
    const bool negated = formula.kind() == Formula::Kind::NotAtom;
    if (!negated && formula.kind() != Formula::Kind::Atom) return;
    const Atom& atom = formula.atom();
    Literal literal{
        atom.variable,
        atom.if_missing,
        constraints_.side(atom.if_one),
        atom.if_many,
        constraints_.side(atom.of_many)};
    node.literal = static_cast<std::uint32_t>(graph_.literals.size());
    graph_.literals.push_back(negated ? opposite(literal) : literal);
}

Graph Reader::read(const Formula& formula) {
    open_.push_back(&formula);
    while (!open_.empty()) {
        const Formula& next = *open_.back();
        if (read_.contains(next.identity())) {
            open_.pop_back();
            continue;
        }
        Node node;
        node.kind = next.kind();
        if (node.kind == Formula::Kind::All || node.kind == Formula::Kind::Any) {
            if (!parts_are_read(next, node)) continue;
        } else {
            leaf(next, node);
        }
        open_.pop_back();
        read_.emplace(next.identity(), static_cast<NodeId>(graph_.nodes.size()));
        graph_.nodes.push_back(std::move(node));
    }
    return std::move(graph_);
}

// What a variable may still be. Of the shapes that it may have, the first is its present value.
struct Possible {
    bool missing = false, one = false, many = false;
    SetId of_one = 0;
    SetId of_each = 0;              // of several
    std::vector<SideId> some = {};  // each wants a text of its own among the several
    std::uint32_t stamp = 0;        // changes with the present value
};

class Search {
public:
    enum class Outcome { Satisfied, Unsatisfiable, TooHard, Exhausted };

    Search(const Graph& graph, Constraints& constraints, Budget& budget, SearchSize& size)
        : graph_(graph),
          constraints_(constraints),
          budget_(budget),
          size_(size),
          values_of_literals_(graph.literals.size()) {}

    void begin(std::span<const Possible> domains, Eithers eithers, std::size_t walk_steps);
    Outcome run();
    Satisfied answer();  // Requires: run() gave Satisfied

private:
    struct Narrowed {
        Possible possible;
        bool alive = false;
        bool hard = false;  // a shape was given up, not refuted
    };
    struct Clause {
        NodeId node = 0;
        bool decided = false;  // one of its parts is required
    };
    struct Mark {
        std::size_t trail = 0, clauses = 0, decided = 0;
    };
    struct Branch {
        Mark mark;
        std::vector<NodeId> parts;
        std::size_t next = 0;
    };
    struct LiteralValue {
        std::uint32_t stamp = 0;
        bool value = false;
    };
    enum class Scan { Conflict, Solved, Choice };

    bool settle(Possible& possible, bool& hard);
    Constraints::Outcome several(const Possible& possible);
    Narrowed narrowed(const Literal& literal);
    bool same_value(const Possible& a, const Possible& b) const;
    std::vector<std::string> texts(const Possible& possible) const;

    bool require(const Literal& literal);
    bool require(NodeId root);
    bool refuted(NodeId id);
    bool holds(NodeId id, Eithers eithers);
    bool holds(std::uint32_t id);
    bool holds_of_several(const Literal& literal, const Possible& possible);

    Scan scan();
    Scan scan_once(bool& progress);
    std::vector<NodeId> open_parts(NodeId clause);
    void decide(std::size_t clause);
    bool next_branch();
    Mark mark() const { return {trail_.size(), clauses_.size(), decided_.size()}; }
    void undo(const Mark& mark);
    void collect(NodeId id, std::vector<const Problem*>& constructs);

    const Graph& graph_;        // outlives this
    Constraints& constraints_;  // outlives this
    Budget& budget_;            // outlives this
    SearchSize& size_;          // outlives this
    Eithers eithers_ = Eithers::False;
    std::size_t walk_steps_ = 0;
    bool hard_ = false;  // something was given up
    bool dead_domain_ = false;
    std::uint32_t stamps_ = 0;
    std::vector<Possible> state_;
    std::vector<std::pair<Variable, Possible>> trail_;  // what was before
    std::vector<Clause> clauses_;
    std::vector<std::uint32_t> decided_;  // in the order that they were
    std::vector<Branch> branches_;
    std::vector<NodeId> choice_;  // of scan(): the open parts to branch on
    std::vector<LiteralValue> values_of_literals_;
};

void Search::begin(std::span<const Possible> domains, Eithers eithers, std::size_t walk_steps) {
    eithers_ = eithers;
    walk_steps_ = walk_steps;
    hard_ = dead_domain_ = false;
    state_.assign(domains.begin(), domains.end());
    trail_.clear();
    clauses_.clear();
    decided_.clear();
    branches_.clear();
    for (Possible& possible : state_) {
        possible.stamp = ++stamps_;
        if (!settle(possible, hard_)) dead_domain_ = true;
    }
}

// Drops shapes that cannot be, up to the first that can. False: none can.
bool Search::settle(Possible& possible, bool& hard) {
    using Look = Constraints::Outcome;
    if (possible.missing) return true;
    if (possible.one) {
        const Look outcome = constraints_.look(possible.of_one, walk_steps_);
        if (outcome == Look::Some) return true;
        possible.one = false;
        hard = hard || outcome == Look::TooHard;
    }
    if (possible.many) {
        const Look outcome = several(possible);
        if (outcome == Look::Some) return true;
        possible.many = false;
        hard = hard || outcome == Look::TooHard;
    }
    return false;
}

Constraints::Outcome Search::several(const Possible& possible) {
    using Look = Constraints::Outcome;
    if (possible.some.empty()) return constraints_.look(possible.of_each, walk_steps_);
    Look all = Look::Some;
    for (const SideId side : possible.some) {
        const Look one = constraints_.look(constraints_.with(possible.of_each, side), walk_steps_);
        if (one == Look::None) return one;
        if (one == Look::TooHard) all = one;
    }
    return all;
}

Search::Narrowed Search::narrowed(const Literal& literal) {
    Narrowed narrowed{state_[literal.variable]};
    Possible& possible = narrowed.possible;
    if (!literal.if_missing) possible.missing = false;
    if (possible.one) possible.of_one = constraints_.with(possible.of_one, literal.if_one);
    if (possible.many) {
        switch (literal.if_many) {
            case Many::Never:
                possible.many = false;
                break;
            case Many::SomeText:
                if (std::find(possible.some.begin(), possible.some.end(), literal.of_many) ==
                    possible.some.end()) {
                    possible.some.push_back(literal.of_many);
                }
                break;
            case Many::EveryText:
                possible.of_each = constraints_.with(possible.of_each, literal.of_many);
                break;
            case Many::Always:
                break;
        }
    }
    narrowed.alive = settle(possible, narrowed.hard);
    return narrowed;
}

std::vector<std::string> Search::texts(const Possible& possible) const {
    if (possible.missing) return {};
    if (possible.one) return {constraints_.member(possible.of_one)};
    if (possible.some.empty()) return {constraints_.member(possible.of_each)};
    std::vector<std::string> texts;
    for (const SideId side : possible.some) {
        const std::string& text = constraints_.member(constraints_.with(possible.of_each, side));
        if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
    }
    return texts;
}

bool Search::same_value(const Possible& a, const Possible& b) const {
    if (a.missing || b.missing) return a.missing && b.missing;
    if (a.one != b.one) return false;
    if (a.one) return constraints_.member(a.of_one) == constraints_.member(b.of_one);
    return texts(a) == texts(b);
}

bool Search::require(const Literal& literal) {
    Narrowed next = narrowed(literal);
    hard_ = hard_ || next.hard;
    if (!next.alive) return false;
    Possible& now = state_[literal.variable];
    if (!same_value(now, next.possible)) next.possible.stamp = ++stamps_;
    trail_.emplace_back(literal.variable, std::exchange(now, std::move(next.possible)));
    return true;
}

bool Search::require(NodeId root) {
    std::vector<NodeId> open = {root};
    while (!open.empty()) {
        const Node& node = graph_.nodes[open.back()];
        const NodeId id = open.back();
        open.pop_back();
        if (!budget_.spend(1)) return false;
        switch (node.kind) {
            case Formula::Kind::True:
                break;
            case Formula::Kind::False:
                return false;
            case Formula::Kind::Atom:
            case Formula::Kind::NotAtom:
                if (!require(graph_.literals[node.literal])) return false;
                break;
            case Formula::Kind::Either:
                if (eithers_ == Eithers::False) return false;
                break;
            case Formula::Kind::All:
                open.insert(open.end(), node.parts.rbegin(), node.parts.rend());
                break;
            case Formula::Kind::Any:
                clauses_.push_back({id});
                break;
        }
    }
    return true;
}

// Whether it certainly cannot hold any more. A false "no" costs a branch, never the answer.
bool Search::refuted(NodeId id) {
    const Node& node = graph_.nodes[id];
    const auto part_is = [this](NodeId part) { return refuted(part); };
    if (!budget_.spend(1)) return false;
    switch (node.kind) {
        case Formula::Kind::True:
            return false;
        case Formula::Kind::False:
            return true;
        case Formula::Kind::Atom:
        case Formula::Kind::NotAtom: {
            const Narrowed next = narrowed(graph_.literals[node.literal]);
            return !next.alive && !next.hard;
        }
        case Formula::Kind::Either:
            return eithers_ == Eithers::False;
        case Formula::Kind::All:
            return std::any_of(node.parts.begin(), node.parts.end(), part_is);
        case Formula::Kind::Any:
            return std::all_of(node.parts.begin(), node.parts.end(), part_is);
    }
    return false;
}

bool Search::holds_of_several(const Literal& literal, const Possible& possible) {
    const auto on_side = [&](const std::string& text) {
        return constraints_.holds(literal.of_many, text);
    };
    switch (literal.if_many) {
        case Many::Never:
            return false;
        case Many::Always:
            return true;
        case Many::SomeText: {
            const auto all = texts(possible);
            return std::any_of(all.begin(), all.end(), on_side);
        }
        case Many::EveryText: {
            const auto all = texts(possible);
            return std::all_of(all.begin(), all.end(), on_side);
        }
    }
    return false;
}

bool Search::holds(std::uint32_t id) {
    const Literal& literal = graph_.literals[id];
    const Possible& possible = state_[literal.variable];
    LiteralValue& known = values_of_literals_[id];
    if (known.stamp == possible.stamp) return known.value;
    known.stamp = possible.stamp;
    if (possible.missing) {
        known.value = literal.if_missing;
    } else if (possible.one) {
        known.value = constraints_.holds(literal.if_one, constraints_.member(possible.of_one));
    } else {
        known.value = holds_of_several(literal, possible);
    }
    return known.value;
}

// With the present values.
bool Search::holds(NodeId id, Eithers eithers) {
    const Node& node = graph_.nodes[id];
    const auto part_holds = [&](NodeId part) { return holds(part, eithers); };
    if (!budget_.spend(1)) return false;
    switch (node.kind) {
        case Formula::Kind::True:
            return true;
        case Formula::Kind::False:
            return false;
        case Formula::Kind::Atom:
        case Formula::Kind::NotAtom:
            return holds(node.literal);
        case Formula::Kind::Either:
            return eithers == Eithers::True;
        case Formula::Kind::All:
            return std::all_of(node.parts.begin(), node.parts.end(), part_holds);
        case Formula::Kind::Any:
            return std::any_of(node.parts.begin(), node.parts.end(), part_holds);
    }
    return false;
}

std::vector<NodeId> Search::open_parts(NodeId clause) {
    std::vector<NodeId> open;
    for (const NodeId part : graph_.nodes[clause].parts) {
        if (!refuted(part)) open.push_back(part);
    }
    return open;
}

void Search::decide(std::size_t clause) {
    clauses_[clause].decided = true;
    decided_.push_back(static_cast<std::uint32_t>(clause));
}

Search::Scan Search::scan_once(bool& progress) {
    std::optional<std::size_t> shortest;
    for (std::size_t i = 0; i < clauses_.size(); ++i) {  // it may grow on the way
        const NodeId clause = clauses_[i].node;
        if (clauses_[i].decided || holds(clause, eithers_)) continue;
        auto parts = open_parts(clause);
        if (parts.empty()) return Scan::Conflict;
        if (parts.size() == 1) {
            decide(i);
            progress = true;
            if (!require(parts.front())) return Scan::Conflict;
        } else if (!shortest || parts.size() < choice_.size()) {
            shortest = i;
            choice_ = std::move(parts);
        }
    }
    if (!shortest) return Scan::Solved;
    if (!progress) decide(*shortest);
    return Scan::Choice;
}

Search::Scan Search::scan() {
    for (;;) {
        bool progress = false;
        const Scan scan = scan_once(progress);
        if (scan == Scan::Conflict || !progress || budget_.exhausted()) return scan;
    }
}

void Search::undo(const Mark& mark) {
    while (trail_.size() > mark.trail) {
        state_[trail_.back().first] = std::move(trail_.back().second);
        trail_.pop_back();
    }
    while (decided_.size() > mark.decided) {
        clauses_[decided_.back()].decided = false;
        decided_.pop_back();
    }
    clauses_.resize(mark.clauses);
}

// Takes the next part of the newest clause that has one. What was tried before it is known not to
// hold, so the rest may lean on that. False: there is none.
bool Search::next_branch() {
    while (!branches_.empty() && !budget_.exhausted()) {
        Branch& branch = branches_.back();
        undo(branch.mark);
        bool possible = branch.next < branch.parts.size();
        if (possible && branch.next > 0) {
            const Node& failed = graph_.nodes[branch.parts[branch.next - 1]];
            const bool literal =
                failed.kind == Formula::Kind::Atom || failed.kind == Formula::Kind::NotAtom;
            if (literal) possible = require(opposite(graph_.literals[failed.literal]));
            branch.mark = mark();
        }
        if (!possible) {
            branches_.pop_back();
            continue;
        }
        ++size_.branches;
        if (require(branch.parts[branch.next++])) return true;
    }
    return false;
}

Search::Outcome Search::run() {
    bool open = !dead_domain_ && require(graph_.root());
    while (!budget_.exhausted()) {
        if (open) {
            const Scan found = scan();
            if (budget_.exhausted()) break;
            if (found == Scan::Solved) return Outcome::Satisfied;
            if (found == Scan::Choice) {
                budget_.spend(choice_.size());
                branches_.push_back({mark(), std::move(choice_)});
            }
        }
        open = next_branch();
        if (!open && !budget_.exhausted()) {
            return hard_ ? Outcome::TooHard : Outcome::Unsatisfiable;
        }
    }
    return Outcome::Exhausted;
}

// The fewest Either parts that make `node` hold, roughly: none where none is needed.
void Search::collect(NodeId id, std::vector<const Problem*>& constructs) {
    if (holds(id, Eithers::False)) return;
    const Node& node = graph_.nodes[id];
    if (node.kind == Formula::Kind::Either) {
        if (std::find(constructs.begin(), constructs.end(), node.construct) == constructs.end()) {
            constructs.push_back(node.construct);
        }
    } else if (node.kind == Formula::Kind::All) {
        for (const NodeId part : node.parts)
            collect(part, constructs);
    } else {
        for (const NodeId part : node.parts) {
            if (holds(part, Eithers::True)) return collect(part, constructs);
        }
    }
}

Satisfied Search::answer() {
    Satisfied satisfied;
    for (const Possible& possible : state_) {
        using Shape = Value::Shape;
        const Shape shape = possible.missing ? Shape::Missing
                            : possible.one   ? Shape::One
                                             : Shape::Many;
        satisfied.values.push_back({shape, texts(possible)});
    }
    std::vector<const Problem*> constructs;
    collect(graph_.root(), constructs);
    for (const Problem* construct : constructs)
        satisfied.constructs.push_back(*construct);
    return satisfied;
}

Possible possible_at_first(const Domain& domain, Constraints& constraints) {
    Possible possible{domain.may_be_missing, domain.may_be_one, domain.may_be_many};
    possible.of_one = possible.of_each = constraints.root(domain.preferred);
    for (const Side& side : domain.one)
        possible.of_one = constraints.with(possible.of_one, constraints.side(side));
    for (const Side& side : domain.many)
        possible.of_each = constraints.with(possible.of_each, constraints.side(side));
    return possible;
}

}  // namespace

SearchResult search(
    const Formula& formula,
    std::span<const Domain> domains,
    Budget& budget,
    SearchSize& size
) {
    Constraints constraints(budget, size);
    const Graph graph = Reader(constraints).read(formula);
    if (graph.nodes[graph.root()].depth > kFormulaDepthMax) return GaveUp{};
    std::vector<Possible> possible;
    possible.reserve(domains.size());
    for (const Domain& domain : domains)
        possible.push_back(possible_at_first(domain, constraints));

    Search search(graph, constraints, budget, size);
    for (const Eithers eithers : {Eithers::False, Eithers::True}) {
        if (eithers == Eithers::True && !graph.has_either) break;
        auto outcome = Search::Outcome::TooHard;
        for (std::size_t steps = kWalkSteps; outcome == Search::Outcome::TooHard;
             steps *= kWalkStepsFactor) {
            search.begin(possible, eithers, steps);
            outcome = search.run();
        }
        if (outcome == Search::Outcome::Satisfied) {
            Satisfied satisfied = search.answer();
            if (!budget.exhausted()) return satisfied;
        }
        if (budget.exhausted() || outcome == Search::Outcome::Exhausted) return GaveUp{};
    }
    return Unsatisfiable{};
}

}  // namespace kakehashi::check

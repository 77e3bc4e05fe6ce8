#include "check/formula.h"

#include <unordered_map>
#include <utility>
#include <variant>

namespace kakehashi::check {

// Policies of ten thousand statements may nest as deeply: nothing here recurses.
struct Formula::Node {
    using Content = std::variant<std::monostate, Atom, Problem, std::vector<Formula>>;
    Node(Kind of, Content with) : kind(of), content(std::move(with)) {}
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    ~Node();

    Kind kind;
    mutable Content content;  // mutable for ~Node alone
};

// Parts that nobody else holds are taken apart here rather than by their own destructors.
Formula::Node::~Node() {
    std::vector<Formula> doomed;
    const auto take_parts = [&](const Node& node) {
        auto* parts = std::get_if<std::vector<Formula>>(&node.content);
        if (parts == nullptr) return;
        for (Formula& part : *parts)
            doomed.push_back(std::move(part));
        parts->clear();
    };
    take_parts(*this);
    while (!doomed.empty()) {
        const Formula last = std::move(doomed.back());
        doomed.pop_back();
        if (last.node_.use_count() == 1) take_parts(*last.node_);
    }
}

Formula Formula::truth(bool value) {
    static const Formula yes(std::make_shared<const Node>(Kind::True, Node::Content()));
    static const Formula no(std::make_shared<const Node>(Kind::False, Node::Content()));
    return value ? yes : no;
}

Formula Formula::atom(Atom atom) {
    return Formula(std::make_shared<const Node>(Kind::Atom, std::move(atom)));
}

Formula Formula::either(Problem construct) {
    return Formula(std::make_shared<const Node>(Kind::Either, std::move(construct)));
}

// `All` of parts is false as soon as one is False, and True adds nothing; `Any` the other way.
Formula Formula::joined(Kind kind, std::vector<Formula> parts) {
    const Kind neutral = kind == Kind::All ? Kind::True : Kind::False;
    const Kind decisive = kind == Kind::All ? Kind::False : Kind::True;
    std::vector<Formula> flat;
    for (Formula& part : parts) {
        if (part.kind() == decisive) return std::move(part);
        if (part.kind() == neutral) continue;
        if (part.kind() == kind) {
            flat.insert(flat.end(), part.parts().begin(), part.parts().end());
        } else {
            flat.push_back(std::move(part));
        }
    }
    if (flat.empty()) return truth(kind == Kind::All);
    if (flat.size() == 1) return flat.front();
    return Formula(std::make_shared<const Node>(kind, std::move(flat)));
}

Formula Formula::all(std::vector<Formula> parts) {
    return joined(Kind::All, std::move(parts));
}

Formula Formula::any(std::vector<Formula> parts) {
    return joined(Kind::Any, std::move(parts));
}

Formula::Kind Formula::kind() const {
    return node_->kind;
}

const Atom& Formula::atom() const {
    return std::get<Atom>(node_->content);
}

const Problem& Formula::construct() const {
    return std::get<Problem>(node_->content);
}

const std::vector<Formula>& Formula::parts() const {
    return std::get<std::vector<Formula>>(node_->content);
}

// Of one that has no parts.
Formula Formula::leaf_negated() const {
    switch (kind()) {
        case Kind::True:
        case Kind::False:
            return truth(kind() == Kind::False);
        case Kind::Atom:
            return Formula(std::make_shared<const Node>(Kind::NotAtom, atom()));
        case Kind::NotAtom:
            return Formula::atom(Atom(atom()));
        case Kind::Either:
        case Kind::All:
        case Kind::Any:
            break;
    }
    return *this;
}

// Parts first, each once however often it is shared.
Formula Formula::negated() const {
    std::unordered_map<const Node*, Formula> done;
    std::vector<Formula> open = {*this};
    while (!open.empty()) {
        const Formula next = open.back();
        const bool joins = next.kind() == Kind::All || next.kind() == Kind::Any;
        if (done.contains(next.node_.get())) {
            open.pop_back();
            continue;
        }
        std::vector<Formula> parts;
        const std::size_t waiting = open.size();
        if (joins) {
            for (const Formula& part : next.parts()) {
                const auto found = done.find(part.node_.get());
                if (found == done.end()) {
                    open.push_back(part);
                } else {
                    parts.push_back(found->second);
                }
            }
        }
        if (open.size() > waiting) continue;
        open.pop_back();
        const Kind other = next.kind() == Kind::All ? Kind::Any : Kind::All;
        done.emplace(
            next.node_.get(), joins ? joined(other, std::move(parts)) : next.leaf_negated()
        );
    }
    return done.at(node_.get());
}

}  // namespace kakehashi::check

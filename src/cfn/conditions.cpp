#include "cfn/detail/resolver.h"

#include <algorithm>

namespace kakehashi::cfn {

void Resolver::evaluate_conditions() {
    const Node* section = root_.find("Conditions");
    const Path path("Conditions");
    for (std::size_t i = 0; section && i < section->keys.size(); ++i) {
        condition(section->keys[i], section->children[i], Path(path, section->keys[i]));
    }
}

std::optional<bool> Resolver::condition(std::string_view name, const Node& at, const Path& path) {
    const auto found = conditions_.find(name);
    if (found == conditions_.end()) {
        std::vector<std::string_view> known;
        for (const auto& [one, state] : conditions_) {
            known.push_back(one);
        }
        report_.add(with_hint("cfn.condition.unknown", name, known), at.line, path);
        return std::nullopt;
    }
    Condition& state = found->second;  // a map's elements stay where they are
    if (state.state == Condition::State::Running) {
        report_.add({"cfn.condition.cycle"_msg, {{"name", std::string(name)}}}, at.line, path);
        return std::nullopt;
    }
    if (state.state == Condition::State::Unknown) {
        state.state = Condition::State::Running;
        const Place before = std::exchange(place_, Place::Condition);
        const Path section("Conditions");
        state.holds = truth(*root_.find("Conditions")->find(name), Path(section, found->first));
        place_ = before;
        state.state = Condition::State::Done;
    }
    return state.holds;
}

// A node that must be one of the functions that say yes or no.
std::optional<bool> Resolver::truth(const Node& node, const Path& path) {
    const bool call = node.kind == Node::Kind::Mapping && node.keys.size() == 1;
    const Row* row = call ? find_row(node.keys[0]) : nullptr;
    if (!row || row->where != Row::Where::Conditions) {
        report_.add({"cfn.condition.no_condition"_msg}, node.line, path);
        return std::nullopt;
    }
    const Node result = resolve(node, path);
    if (result.kind == Node::Kind::Broken) return std::nullopt;
    return result.text == "true";
}

std::optional<std::vector<bool>> Resolver::truths(
    const Call& call,
    std::size_t least,
    std::size_t most
) {
    if (!has_arguments(call, least, most)) return std::nullopt;
    const Node& list = call.argument;
    std::vector<bool> out;
    bool whole = true;
    for (std::size_t i = 0; i < list.children.size(); ++i) {
        const auto one = truth(list.children[i], Path(call.path, i));
        whole = whole && one.has_value();
        out.push_back(one.value_or(false));
    }
    if (!whole) return std::nullopt;
    return out;
}

namespace {

Node boolean_node(bool value, std::size_t line) {
    Node node;
    node.kind = Node::Kind::Boolean;
    node.line = line;
    node.text = value ? "true" : "false";
    return node;
}

// As CloudFormation compares: by text, whatever the kinds; lists and mappings part by part.
bool same(const Node& a, const Node& b) {
    if (a.is_scalar() && b.is_scalar()) return scalar_text(a) == scalar_text(b);
    return a.kind == b.kind && a.keys == b.keys &&
           std::equal(
               a.children.begin(), a.children.end(), b.children.begin(), b.children.end(), same
           );
}

}  // namespace

Node Resolver::all_of(const Call& call) {
    const auto all = truths(call, 2, kConditionArgumentsMax);
    if (!all) return broken(call.line);
    return boolean_node(std::find(all->begin(), all->end(), false) == all->end(), call.line);
}

Node Resolver::any_of(const Call& call) {
    const auto all = truths(call, 2, kConditionArgumentsMax);
    if (!all) return broken(call.line);
    return boolean_node(std::find(all->begin(), all->end(), true) != all->end(), call.line);
}

Node Resolver::negate(const Call& call) {
    const auto one = truths(call, 1, 1);
    return one ? boolean_node(!one->front(), call.line) : broken(call.line);
}

Node Resolver::equals(const Call& call) {
    const auto both = arguments(call, 2, 2);
    return both ? boolean_node(same(both->at(0), both->at(1)), call.line) : broken(call.line);
}

Node Resolver::condition_call(const Call& call) {
    const auto holds = condition(call.argument.text, call.argument, call.path);
    return holds ? boolean_node(*holds, call.line) : broken(call.line);
}

}  // namespace kakehashi::cfn

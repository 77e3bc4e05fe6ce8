#include "cfn/detail/resolver.h"

#include "base/text.h"
#include "cfn/detail/attributes.h"

#include <algorithm>

namespace kakehashi::cfn {
namespace {

constexpr std::string_view kPseudo[] = {
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix"};

// CloudFormation has them, with the transform AWS::LanguageExtensions or another macro.
constexpr std::string_view kMacroFunctions[] = {
    "Fn::GetStackOutput",
    "Fn::Length",
    "Fn::ToJsonString",
    "Fn::Transform"};

// {{resolve:ssm:…}} and its kind are secrets and parameters that no template says.
constexpr std::string_view kDynamicReference = "{{resolve:";

bool is_function_key(std::string_view key) {
    return key == "Ref" || key.starts_with("Fn::");
}

// A mapping of one key that is a call. {"Condition": "Name"} is one as well; the Condition of a
// policy's statement is a mapping, and stands beside other keys.
bool is_call(const Node& node) {
    if (node.kind != Node::Kind::Mapping || node.keys.size() != 1) return false;
    return is_function_key(node.keys[0]) ||
           (node.keys[0] == "Condition" && node.children[0].is_scalar());
}

}  // namespace

Resolver::Resolver(
    const Node& root,
    const StackSettings& settings,
    const std::map<std::string, Node, std::less<>>& parameters,
    Report& report
)
    : root_(root), settings_(settings), parameters_(parameters), report_(report) {
    const Node* section = root.find("Conditions");
    for (std::size_t i = 0; section && i < section->keys.size(); ++i) {
        conditions_[section->keys[i]];
    }
}

std::span<const Resolver::Row> Resolver::rows() {
    using Where = Row::Where;
    static constexpr Row kRows[] = {
        {"Condition", &Resolver::condition_call, Where::Conditions},
        {"Fn::And", &Resolver::all_of, Where::Conditions},
        {"Fn::Base64", &Resolver::base64, Where::Anywhere},
        {"Fn::Cidr", &Resolver::cidr, Where::Anywhere},
        {"Fn::Equals", &Resolver::equals, Where::Conditions},
        {"Fn::FindInMap", &Resolver::find_in_map, Where::Anywhere},
        {"Fn::GetAZs", &Resolver::get_azs, Where::Anywhere},
        {"Fn::GetAtt", &Resolver::get_att, Where::Anywhere},
        {"Fn::If", &Resolver::choose, Where::Anywhere},
        {"Fn::ImportValue", &Resolver::import_value, Where::Anywhere},
        {"Fn::Join", &Resolver::join, Where::Anywhere},
        {"Fn::Not", &Resolver::negate, Where::Conditions},
        {"Fn::Or", &Resolver::any_of, Where::Conditions},
        {"Fn::Select", &Resolver::select, Where::Anywhere},
        {"Fn::Split", &Resolver::split, Where::Anywhere},
        {"Fn::Sub", &Resolver::sub, Where::Anywhere},
        {"Ref", &Resolver::ref, Where::Anywhere},
    };
    return kRows;
}

const Resolver::Row* Resolver::find_row(std::string_view name) {
    const auto all = rows();
    const auto row =
        std::find_if(all.begin(), all.end(), [&](const Row& one) { return one.name == name; });
    return row == all.end() ? nullptr : &*row;
}

const Node* Resolver::declared(std::string_view logical_id) const {
    const Node* resources = root_.find("Resources");
    return resources ? resources->find(logical_id) : nullptr;
}

Node Resolver::resolve(const Node& node, const Path& path) {
    if (exhausted_ || !spend(sizeof(Node) + node.text.size(), node.line, path))
        return broken(node.line);
    if (depth_ >= kNestingMax) {
        report_.add({"cfn.resolve.too_deep"_msg}, node.line, path);
        return broken(node.line);
    }
    ++depth_;
    Node out = is_call(node)                       ? call(node, path)
               : node.kind == Node::Kind::Mapping  ? mapping(node, path)
               : node.kind == Node::Kind::Sequence ? sequence(node, path)
                                                   : node;
    --depth_;
    if (out.kind == Node::Kind::Null) {
        report_.add({"cfn.resolve.null"_msg}, node.line, path);
        return broken(node.line);
    }
    if (out.text.find(kDynamicReference) != std::string::npos) {
        report_.add({"cfn.resolve.dynamic"_msg}, node.line, path);
        return broken(node.line);
    }
    return out;
}

Node Resolver::call(const Node& node, const Path& path) {
    const Path below(path, node.keys[0]);
    const Call call{node.keys[0], node.children[0], node.line, below};
    const Row* row = find_row(call.name);
    if (!row) return unknown_function(call);
    if (row->where == Row::Where::Conditions && place_ != Place::Condition) {
        return fail(
            call, {"cfn.function.only_in_conditions"_msg, {{"name", std::string(call.name)}}}
        );
    }
    Node out = (this->*row->handler)(call);
    // Fn::If leads to what stands in its branch; everything else is made here.
    if (call.name != "Fn::If") out.line = call.line;
    return out;
}

Node Resolver::unknown_function(const Call& call) {
    const bool macro =
        call.name.starts_with("Fn::ForEach") ||
        std::find(std::begin(kMacroFunctions), std::end(kMacroFunctions), call.name) !=
            std::end(kMacroFunctions);
    if (macro)
        return fail(call, {"cfn.function.unsupported"_msg, {{"name", std::string(call.name)}}});
    std::vector<std::string_view> known;
    for (const Row& row : rows()) {
        known.push_back(row.name);
    }
    return fail(call, with_hint("cfn.function.unknown", call.name, known));
}

Node Resolver::mapping(const Node& node, const Path& path) {
    Node out;
    out.kind = Node::Kind::Mapping;
    out.line = node.line;
    for (std::size_t i = 0; i < node.keys.size() && !exhausted_; ++i) {
        const std::string& key = node.keys[i];
        const Path below(path, key);
        if (key.starts_with("Fn::")) {
            report_.add({"cfn.function.beside"_msg, {{"name", key}}}, node.children[i].line, below);
            return broken(node.line);
        }
        Node value = resolve(node.children[i], below);
        if (value.kind == Node::Kind::Absent) continue;
        out.keys.push_back(key);
        out.children.push_back(std::move(value));
    }
    return out;
}

Node Resolver::sequence(const Node& node, const Path& path) {
    Node out;
    out.kind = Node::Kind::Sequence;
    out.line = node.line;
    for (std::size_t i = 0; i < node.children.size() && !exhausted_; ++i) {
        Node value = resolve(node.children[i], Path(path, i));
        if (value.kind != Node::Kind::Absent) out.children.push_back(std::move(value));
    }
    return out;
}

bool Resolver::has_arguments(const Call& call, std::size_t least, std::size_t most) {
    const Node& list = call.argument;
    if (list.kind == Node::Kind::Sequence && list.children.size() >= least &&
        list.children.size() <= most) {
        return true;
    }
    const std::string count =
        std::to_string(least) + (least == most ? "" : "-" + std::to_string(most));
    fail(
        call, {"cfn.function.arguments"_msg, {{"name", std::string(call.name)}, {"count", count}}}
    );
    return false;
}

std::optional<std::vector<Node>> Resolver::arguments(
    const Call& call,
    std::size_t least,
    std::size_t most
) {
    if (!has_arguments(call, least, most)) return std::nullopt;
    const Node& list = call.argument;
    std::vector<Node> out;
    bool whole = true;
    for (std::size_t i = 0; i < list.children.size(); ++i) {
        out.push_back(resolve(list.children[i], Path(call.path, i)));
        whole = whole && out.back().kind != Node::Kind::Broken;
    }
    if (!whole) return std::nullopt;
    return out;
}

std::optional<std::string> Resolver::text(const Node& node, const Call& call) {
    if (node.kind == Node::Kind::Broken) return std::nullopt;
    if (node.is_scalar()) return scalar_text(node);
    fail(call, {"cfn.function.no_text"_msg, {{"name", std::string(call.name)}}});
    return std::nullopt;
}

std::optional<std::string> Resolver::resolved_text(
    const Node& node,
    const Path& path,
    const Call& call
) {
    return text(resolve(node, path), call);
}

std::optional<Node> Resolver::pseudo(std::string_view name, std::size_t line) const {
    Node node;
    node.line = line;
    node.kind = Node::Kind::String;
    if (name == "AWS::AccountId") {
        node.text = settings_.account;
    } else if (name == "AWS::Region") {
        node.text = settings_.region;
    } else if (name == "AWS::Partition") {
        node.text = settings_.partition;
    } else if (name == "AWS::StackName") {
        node.text = settings_.name;
    } else if (name == "AWS::StackId") {
        node.text = stack_id(settings_);
    } else if (name == "AWS::URLSuffix") {
        node.text = "amazonaws.com";
    } else if (name == "AWS::NoValue") {
        node.kind = Node::Kind::Absent;
    } else if (name == "AWS::NotificationARNs") {
        node.kind = Node::Kind::Sequence;
    } else {
        return std::nullopt;
    }
    return node;
}

// What Ref and Fn::Sub find under a name.
Node Resolver::value_of(std::string_view name, const Call& call) {
    if (auto found = pseudo(name, call.line)) return *std::move(found);
    const auto parameter = parameters_.find(name);
    if (parameter == parameters_.end()) return resource_value(name, "", call);
    Node value = parameter->second;
    if (value.kind == Node::Kind::Absent) {
        return fail(call, {"cfn.parameter.from_ssm"_msg, {{"name", std::string(name)}}});
    }
    value.line = call.line;
    std::size_t bytes = value.text.size();
    for (const Node& item : value.children) {
        bytes += sizeof(Node) + item.text.size();
    }
    if (!spend(bytes, call.line, call.path)) return broken(call.line);
    return value;
}

Node Resolver::unknown_name(std::string_view name, Names names, const Call& call) {
    std::vector<std::string_view> known;
    if (names == Names::All) {
        known.assign(std::begin(kPseudo), std::end(kPseudo));
        for (const auto& [parameter, value] : parameters_) {
            known.push_back(parameter);
        }
    }
    if (const Node* resources = root_.find("Resources")) {
        known.insert(known.end(), resources->keys.begin(), resources->keys.end());
    }
    return fail(call, with_hint("cfn.ref.unknown", name, known));
}

namespace {

Node from_json(const json::value& value, std::size_t line) {
    Node node;
    node.line = line;
    if (const auto* array = value.if_array()) {
        node.kind = Node::Kind::Sequence;
        for (const auto& item : *array) {
            node.children.push_back(from_json(item, line));
        }
    } else if (const auto* text = value.if_string()) {
        node.kind = Node::Kind::String;
        node.text = json::view(*text);
    }
    return node;
}

}  // namespace

// `attribute` empty: what Ref gives.
Node Resolver::resource_value(
    std::string_view logical_id,
    std::string_view attribute_name,
    const Call& call
) {
    if (!declared(logical_id)) {
        return unknown_name(
            logical_id, attribute_name.empty() ? Names::All : Names::Resources, call
        );
    }
    const std::string id(logical_id);
    if (place_ == Place::Condition) return fail(call, {"cfn.ref.in_condition"_msg, {{"name", id}}});
    const auto found = created_.find(logical_id);
    if (found == created_.end()) return fail(call, {"cfn.ref.not_created"_msg, {{"name", id}}});
    const Created& resource = found->second;
    if (!resource.properties) return broken(call.line);
    const Identity identity{resource.type, logical_id, *resource.properties, settings_};
    if (attribute_name.empty()) {
        auto value = reference(identity);
        if (value) return text_node(*std::move(value), call);
    } else if (const auto value = attribute(identity, attribute_name)) {
        return from_json(*value, call.line);
    }
    std::string known;
    for (std::string_view name : attribute_names(resource.type)) {
        known.append(known.empty() ? "" : ", ").append(name);
    }
    const std::string name = attribute_name.empty() ? "Ref" : std::string(attribute_name);
    return fail(
        call,
        {"cfn.ref.attribute"_msg,
         {{"name", name},
          {"resource", id},
          {"type", resource.type},
          {"known", known.empty() ? "-" : known}}}
    );
}

bool is_map_value(const Node& node) {
    const auto scalar = [](const Node& item) { return item.is_scalar(); };
    return node.is_scalar() || (node.kind == Node::Kind::Sequence &&
                                std::all_of(node.children.begin(), node.children.end(), scalar));
}

Node Resolver::text_node(std::string text, const Call& call) {
    if (!spend(text.size(), call.line, call.path)) return broken(call.line);
    Node node;
    node.kind = Node::Kind::String;
    node.line = call.line;
    node.text = std::move(text);
    return node;
}

Node Resolver::broken(std::size_t line) {
    Node node;
    node.kind = Node::Kind::Broken;
    node.line = line;
    return node;
}

Node Resolver::fail(const Call& call, Message what) {
    report_.add(std::move(what), call.argument.line, call.path);  // the line of the path's end
    return broken(call.line);
}

bool Resolver::spend(std::size_t bytes, std::size_t line, const Path& path) {
    spent_ += bytes;
    if (spent_ <= kResolvedBytesMax) return true;
    if (!exhausted_)
        report_.add(
            {"cfn.resolve.too_large"_msg, {{"limit", std::to_string(kResolvedBytesMax)}}},
            line,
            path
        );
    exhausted_ = true;
    return false;
}

namespace {

// Every reference in a call's own words, as (name, is it to a resource's attribute).
void sub_references(const Node& argument, std::set<std::string>& into) {
    const bool with_map = argument.kind == Node::Kind::Sequence && argument.children.size() == 2;
    const Node& text = with_map ? argument.children[0] : argument;
    for (const Piece& piece : pieces(text.text).value_or(std::vector<Piece>())) {
        if (piece.kind != Piece::Kind::Name || (with_map && argument.children[1].find(piece.text)))
            continue;
        into.insert(piece.text.substr(0, piece.text.find('.')));
    }
}

// What a call names in its own words, not in those of the calls inside it.
void own_references(std::string_view name, const Node& argument, std::set<std::string>& into) {
    if (name == "Ref") into.insert(argument.text);
    if (name == "Fn::Sub") sub_references(argument, into);
    if (name != "Fn::GetAtt") return;
    const bool list = argument.kind == Node::Kind::Sequence && !argument.children.empty();
    into.insert(
        list ? argument.children[0].text : argument.text.substr(0, argument.text.find('.'))
    );
}

}  // namespace

void Resolver::check_name(std::string_view name, Names names, const Call& call) {
    const bool other =
        names == Names::All && (pseudo(name, call.line) || parameters_.contains(name));
    if (!other && !declared(name)) unknown_name(name, names, call);
}

// What a call names in its own words.
void Resolver::check_call(const Call& call) {
    if (!find_row(call.name)) {
        unknown_function(call);
    } else if (call.name == "Ref" && call.argument.is_scalar()) {
        check_name(call.argument.text, Names::All, call);
    } else if (call.name == "Fn::GetAtt" || call.name == "Fn::Sub") {
        std::set<std::string> names;
        own_references(call.name, call.argument, names);
        for (const std::string& name : names) {
            check_name(name, call.name == "Fn::Sub" ? Names::All : Names::Resources, call);
        }
    }
}

// Depth is bounded by that of the template.
void Resolver::check_names(const Node& node, const Path& path) {
    if (is_call(node) && is_function_key(node.keys[0])) {
        const Path below(path, node.keys[0]);
        check_call({node.keys[0], node.children[0], node.line, below});
    }
    for (std::size_t i = 0; i < node.children.size(); ++i) {
        const bool mapping = node.kind == Node::Kind::Mapping;
        check_names(node.children[i], mapping ? Path(path, node.keys[i]) : Path(path, i));
    }
}

void Resolver::check_mappings() {
    const Node* mappings = root_.find("Mappings");
    const Path section("Mappings");
    const auto tell = [this](std::string_view id, const Node& node, const Path& path) {
        report_.add({MessageId::composed(std::string(id))}, node.line, path);
    };
    for (std::size_t i = 0; mappings && i < mappings->keys.size(); ++i) {
        const Node& map = mappings->children[i];
        const Path at(section, mappings->keys[i]);
        if (map.kind != Node::Kind::Mapping) tell("cfn.map.level", map, at);
        for (std::size_t j = 0; j < map.keys.size(); ++j) {
            const Node& row = map.children[j];
            const Path below(at, map.keys[j]);
            if (row.kind != Node::Kind::Mapping) tell("cfn.map.level", row, below);
            for (std::size_t k = 0; k < row.keys.size(); ++k) {
                if (!is_map_value(row.children[k]))
                    tell("cfn.map.value", row.children[k], Path(below, row.keys[k]));
            }
        }
    }
}

// Depth is bounded by that of the template.
void Resolver::references(const Node& node, std::set<std::string>& into) const {
    if (is_call(node)) {
        const Node& argument = node.children[0];
        own_references(node.keys[0], argument, into);
        if (node.keys[0] == "Fn::If" && argument.children.size() == 3) {
            const auto known = conditions_.find(argument.children[0].text);
            if (known != conditions_.end() && known->second.holds) {
                return references(argument.children[*known->second.holds ? 1 : 2], into);
            }
        }
    }
    for (const Node& child : node.children) {
        references(child, into);
    }
}

}  // namespace kakehashi::cfn

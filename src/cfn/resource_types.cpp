#include "cfn/detail/resource_types.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

extern "C" const char kakehashi_data_cfn_types_json[], kakehashi_data_cfn_types_json_end[];
extern "C" const char kakehashi_data_cfn_type_names_json[],
    kakehashi_data_cfn_type_names_json_end[];

namespace kakehashi::cfn {
namespace {

json::value parsed(const char* begin, const char* end) {
    auto value = json::parse({begin, static_cast<std::size_t>(end - begin)});
    if (!value) std::abort();  // our own file
    return *std::move(value);
}

const json::value& types() {
    static const json::value kTypes =
        parsed(kakehashi_data_cfn_types_json, kakehashi_data_cfn_types_json_end);
    return kTypes;
}

// Every type that the Region knows: only for words about those we do not.
const std::vector<std::string>& type_names() {
    static const std::vector<std::string> kNames = [] {
        const json::value file =
            parsed(kakehashi_data_cfn_type_names_json, kakehashi_data_cfn_type_names_json_end);
        std::vector<std::string> names;
        for (const auto& service : file.at("names").as_object()) {
            for (const auto& name : service.value().as_array()) {
                names.push_back(std::string(service.key()) + "::" + std::string(name.as_string()));
            }
        }
        return names;
    }();
    return kNames;
}

bool matches(std::string_view glob, std::string_view type) {
    if (!glob.ends_with('*')) return glob == type;
    return type.starts_with(glob.substr(0, glob.size() - 1));
}

// Why a type of the list is inert; nullopt: it is not on it, or has a property that makes it
// active.
std::optional<Message> inert_reason(std::string_view type, const Node* properties) {
    const auto* row = json::find_array(*json::find(types(), "inert"), type);
    if (!row) return std::nullopt;
    for (std::size_t i = 1; i < row->size(); ++i) {
        if (properties && properties->find(json::view((*row)[i].as_string()))) return std::nullopt;
    }
    return Message{
        MessageId::composed("cfn.inert." + std::string(json::view(row->front().as_string())))};
}

// What makes a type of the inert list active, or what is wrong with a type that is on no list.
Message unsupported(std::string_view type) {
    const std::string name(type);
    if (const auto* row = json::find_array(*json::find(types(), "inert"), type)) {
        std::string active;
        for (std::size_t i = 1; i < row->size(); ++i) {
            active += (i == 1 ? "" : ", ") + std::string(json::view((*row)[i].as_string()));
        }
        return {"cfn.type.active"_msg, {{"name", name}, {"properties", active}}};
    }
    const auto& known = type_names();
    const bool real = std::find(known.begin(), known.end(), type) != known.end();
    if (real || !type.starts_with("AWS::")) return {"cfn.type.unsupported"_msg, {{"name", name}}};
    return with_hint("cfn.type.unknown", type, {known.begin(), known.end()});
}

// The flags of a kind: "[#Tag]!" is required.
bool is_required(std::string_view kind) {
    return kind.ends_with('!');
}
bool is_read_only(std::string_view kind) {
    return kind.ends_with('=');
}

std::string_view bare(std::string_view kind) {
    return is_required(kind) || is_read_only(kind) ? kind.substr(0, kind.size() - 1) : kind;
}

std::string_view kind_name(std::string_view kind) {
    switch (kind[0]) {
        case 's':
            return "string";
        case 'b':
            return "true or false";
        case 'i':
            return "integer";
        case 'n':
            return "number";
        case 'd':
            return "object or JSON text";
        case '[':
            return "list";
        default:
            return "object";
    }
}

json::value number(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    if (scalar_kind(text) == Node::Kind::Integer) {
        std::int64_t value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    }
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// Whether the node is of a kind that the legend of data/cfn-types.json names by this letter.
bool has_kind(char kind, const Node& node) {
    const Node::Kind read = node.is_scalar() ? scalar_kind(node.text) : node.kind;
    switch (kind) {
        case 's':
            return node.is_scalar();
        case 'b':
            return read == Node::Kind::Boolean;
        case 'i':
            return read == Node::Kind::Integer;
        case 'n':
            return read == Node::Kind::Integer || read == Node::Kind::Double;
        case '[':
            return read == Node::Kind::Sequence;
        case '#':
        case 'o':
            return read == Node::Kind::Mapping;
        case 'd':
            return read == Node::Kind::Mapping || node.kind == Node::Kind::String;
        default:
            return true;
    }
}

class Conformer {
public:
    explicit Conformer(Report& report) : report_(report) {}

    // A mapping against its members' kinds.
    json::object members(const json::object& kinds, const Node& node, const Path& path) {
        json::object out;
        for (std::size_t i = 0; i < node.keys.size(); ++i) {
            const std::string& key = node.keys[i];
            const Node& child = node.children[i];
            const Path below(path, key);
            const auto* kind = kinds.if_contains(key);
            if (!kind) {
                unknown(kinds, key, child, below);
            } else if (const auto text = json::view(kind->as_string()); is_read_only(text)) {
                report_.add({"cfn.property.read_only"_msg, {{"name", key}}}, child.line, below);
            } else if (child.kind != Node::Kind::Broken) {
                out[key] = value(bare(text), child, below);
            }
        }
        require(kinds, node, path);
        return out;
    }

private:
    void unknown(
        const json::object& kinds,
        std::string_view key,
        const Node& child,
        const Path& path
    ) {
        std::vector<std::string_view> known;
        for (const auto& kind : kinds) {
            if (!is_read_only(json::view(kind.value().as_string()))) known.emplace_back(kind.key());
        }
        report_.add(with_hint("cfn.property.unknown", key, known), child.line, path);
    }

    void require(const json::object& kinds, const Node& node, const Path& path) {
        for (const auto& kind : kinds) {
            const std::string_view key(kind.key());
            if (!is_required(json::view(kind.value().as_string())) || node.find(key)) continue;
            report_.add(
                {"cfn.property.missing"_msg, {{"name", std::string(key)}}}, node.line, path
            );
        }
    }

    json::value value(std::string_view kind, const Node& node, const Path& path) {
        if (node.kind == Node::Kind::Broken) return nullptr;
        if (!has_kind(kind[0], node)) {
            const std::string wanted(kind_name(kind));
            report_.add({"cfn.property.kind"_msg, {{"kind", wanted}}}, node.line, path);
            return nullptr;
        }
        switch (kind[0]) {
            case 's':
                return json::value(scalar_text(node));
            case 'b':
                return scalar_text(node) == "true";
            case 'i':
            case 'n':
                return number(node.text);
            case '[':
                return items(kind.substr(1, kind.size() - 2), node, path);
            case '#':
                return members(
                    *json::find_object(*json::find(types(), "shapes"), kind.substr(1)), node, path
                );
            default:
                return to_json(node);
        }
    }

    json::array items(std::string_view kind, const Node& node, const Path& path) {
        json::array out;
        for (std::size_t i = 0; i < node.children.size(); ++i) {
            out.push_back(value(kind, node.children[i], Path(path, i)));
        }
        return out;
    }

    Report& report_;  // outlives this
};

}  // namespace

TypeRule rule_for(
    std::string_view type,
    const Node* properties,
    const std::vector<std::string>& declared
) {
    if (auto reason = inert_reason(type, properties))
        return {TypeRule::Kind::Inert, nullptr, std::move(reason)};
    if (const auto* known = json::find_object(*json::find(types(), "types"), type)) {
        return {TypeRule::Kind::Judged, known};
    }
    const bool vouched = std::any_of(declared.begin(), declared.end(), [&](const auto& glob) {
        return matches(glob, type);
    });
    if (vouched) return {TypeRule::Kind::Inert, nullptr, Message{"cfn.inert.declared"_msg}};
    return {TypeRule::Kind::Unsupported, nullptr, unsupported(type)};
}

json::object conform(
    const TypeRule& rule,
    const Node& properties,
    const Path& path,
    Report& report
) {
    return Conformer(report).members(*rule.properties, properties, path);
}

std::vector<std::string> judged_types() {
    std::vector<std::string> names;
    for (const auto& type : *json::find_object(types(), "types")) {
        names.emplace_back(type.key());
    }
    return names;
}

json::value to_json(const Node& node) {
    switch (node.kind) {
        case Node::Kind::Boolean:
            return scalar_text(node) == "true";
        case Node::Kind::Integer:
        case Node::Kind::Double:
            return number(node.text);
        case Node::Kind::String:
            return json::value(node.text);
        case Node::Kind::Sequence: {
            json::array out;
            for (const Node& child : node.children) {
                out.push_back(to_json(child));
            }
            return out;
        }
        case Node::Kind::Mapping: {
            json::object out;
            for (std::size_t i = 0; i < node.keys.size(); ++i) {
                out[node.keys[i]] = to_json(node.children[i]);
            }
            return out;
        }
        case Node::Kind::Null:
        case Node::Kind::Absent:
        case Node::Kind::Broken:
            break;
    }
    return nullptr;
}

}  // namespace kakehashi::cfn

#include "base/encoding.h"
#include "base/ipv4.h"
#include "base/text.h"
#include "cfn/detail/resolver.h"

#include <algorithm>
#include <array>

// Source: CloudFormation Template Reference, "Intrinsic functions", a page for each.
namespace kakehashi::cfn {
namespace {

// Zones that an account can be given, by letter. Tokyo's b is closed to new accounts.
// Source: AWS General Reference, "Regions and Zones"; aws-facts of 2026-11-23.
struct Zones {
    std::string_view region, letters;
};
constexpr Zones kZones[] = {{"ap-northeast-1", "acd"}, {"ap-northeast-3", "abc"}};

// `count` blocks with `bits` host bits each; empty: they do not fit.
std::vector<std::string> cidr_blocks(
    const Ipv4Network& block,
    std::size_t count,
    std::size_t bits
) {
    std::vector<std::string> out;
    const std::size_t room = 32 - block.prefix;
    if (bits > room || bits == 0 || count > (std::uint64_t{1} << (room - bits))) return out;
    for (std::size_t i = 0; i < count; ++i) {
        const auto address =
            static_cast<Ipv4>((block.first & block.mask()) + (std::uint64_t{i} << bits));
        out.push_back(ipv4_text(address) + "/" + std::to_string(32 - bits));
    }
    return out;
}

std::pair<std::string, std::string> name_field(std::string_view name) {
    return {"name", std::string(name)};
}

}  // namespace

std::optional<std::vector<Piece>> pieces(std::string_view text) {
    std::vector<Piece> out;
    for (std::size_t open = text.find("${"); open != text.npos; open = text.find("${")) {
        const std::size_t close = text.find('}', open);
        if (close == text.npos) return std::nullopt;
        std::string name(text.substr(open + 2, close - open - 2));
        out.push_back({Piece::Kind::Literal, std::string(text.substr(0, open))});
        if (name.starts_with('!')) {
            out.push_back({Piece::Kind::Literal, "${" + name.substr(1) + "}"});
        } else {
            out.push_back({Piece::Kind::Name, std::move(name)});
        }
        text.remove_prefix(close + 1);
    }
    out.push_back({Piece::Kind::Literal, std::string(text)});
    return out;
}

Node Resolver::ref(const Call& call) {
    if (!call.argument.is_scalar())
        return fail(call, {"cfn.ref.no_name"_msg, {name_field(call.name)}});
    return value_of(call.argument.text, call);
}

// "Resource.Attribute" or [Resource, Attribute]; the attribute alone may be computed.
Node Resolver::get_att(const Call& call) {
    const Node& argument = call.argument;
    if (argument.is_scalar()) {
        const std::size_t dot = argument.text.find('.');
        if (dot == std::string::npos)
            return fail(call, {"cfn.ref.no_name"_msg, {name_field(call.name)}});
        return resource_value(
            std::string_view(argument.text).substr(0, dot), argument.text.substr(dot + 1), call
        );
    }
    const bool pair = argument.kind == Node::Kind::Sequence && argument.children.size() == 2;
    if (!pair || !argument.children[0].is_scalar())
        return fail(call, {"cfn.ref.no_name"_msg, {name_field(call.name)}});
    const auto name = resolved_text(argument.children[1], Path(call.path, 1), call);
    if (!name) return broken(call.line);
    return resource_value(argument.children[0].text, *name, call);
}

Node Resolver::choose(const Call& call) {
    const Node& list = call.argument;
    if (list.kind != Node::Kind::Sequence || list.children.size() != 3 ||
        !list.children[0].is_scalar()) {
        return fail(call, {"cfn.function.arguments"_msg, {name_field(call.name), {"count", "3"}}});
    }
    const auto holds = condition(list.children[0].text, list.children[0], call.path);
    if (!holds) return broken(call.line);
    const std::size_t branch = *holds ? 1 : 2;
    return resolve(list.children[branch], Path(call.path, branch));
}

Node Resolver::join(const Call& call) {
    const auto both = arguments(call, 2, 2);
    if (!both) return broken(call.line);
    const auto delimiter = text(both->at(0), call);
    const Node& list = both->at(1);
    if (!delimiter) return broken(call.line);
    if (list.kind != Node::Kind::Sequence)
        return fail(call, {"cfn.function.no_list"_msg, {name_field(call.name)}});
    std::string out;
    for (std::size_t i = 0; i < list.children.size(); ++i) {
        const auto part = text(list.children[i], call);
        if (!part || !spend(delimiter->size() + part->size(), call.line, call.path))
            return broken(call.line);
        out.append(i == 0 ? std::string_view() : *delimiter).append(*part);
    }
    return text_node(std::move(out), call);
}

Node Resolver::split(const Call& call) {
    const auto both = arguments(call, 2, 2);
    if (!both) return broken(call.line);
    const auto delimiter = text(both->at(0), call);
    const auto source = text(both->at(1), call);
    if (!delimiter || !source) return broken(call.line);
    if (delimiter->empty()) return fail(call, {"cfn.function.empty_delimiter"_msg});
    Node out;
    out.kind = Node::Kind::Sequence;
    out.line = call.line;
    std::string_view rest = *source;
    for (bool more = true; more;) {
        const std::size_t at = rest.find(*delimiter);
        more = at != rest.npos;
        if (!spend(sizeof(Node), call.line, call.path)) return broken(call.line);
        out.children.push_back(text_node(std::string(rest.substr(0, at)), call));
        if (more) rest.remove_prefix(at + delimiter->size());
    }
    return out;
}

Node Resolver::select(const Call& call) {
    auto both = arguments(call, 2, 2);
    if (!both) return broken(call.line);
    const auto index_text = text(both->at(0), call);
    Node& list = both->at(1);
    if (!index_text) return broken(call.line);
    if (list.kind != Node::Kind::Sequence)
        return fail(call, {"cfn.function.no_list"_msg, {name_field(call.name)}});
    const auto index = parse_count(*index_text);
    if (!index || *index >= list.children.size()) {
        return fail(
            call, {"cfn.function.index"_msg, {{"count", std::to_string(list.children.size())}}}
        );
    }
    return std::move(list.children[*index]);
}

Node Resolver::find_in_map(const Call& call) {
    const auto keys = arguments(call, 3, 3);
    if (!keys) return broken(call.line);
    const Node* at = root_.find("Mappings");
    for (const Node& key : *keys) {
        const auto name = text(key, call);
        if (!name) return broken(call.line);
        const Node* next = at ? at->find(*name) : nullptr;
        if (!next) {
            std::vector<std::string_view> known;
            if (at) known.assign(at->keys.begin(), at->keys.end());
            return fail(call, with_hint("cfn.map.unknown", *name, known));
        }
        at = next;
    }
    if (!is_map_value(*at)) return broken(call.line);  // check_mappings has told it
    std::size_t bytes = at->text.size();
    for (const Node& item : at->children) {
        bytes += sizeof(Node) + item.text.size();
    }
    return spend(bytes, call.line, call.path) ? *at : broken(call.line);
}

Node Resolver::import_value(const Call& call) {
    const auto name = resolved_text(call.argument, call.path, call);
    if (!name) return broken(call.line);
    const auto found = settings_.imports.find(*name);
    if (found != settings_.imports.end()) return text_node(found->second, call);
    if (settings_.exports == StackSettings::Exports::Partial) return broken(call.line);
    std::vector<std::string_view> known;
    for (const auto& [one, value] : settings_.imports) {
        known.push_back(one);
    }
    return fail(call, with_hint("cfn.import.unknown", *name, known));
}

Node Resolver::base64(const Call& call) {
    const auto source = resolved_text(call.argument, call.path, call);
    return source ? text_node(kakehashi::base64(*source), call) : broken(call.line);
}

Node Resolver::get_azs(const Call& call) {
    auto region = resolved_text(call.argument, call.path, call);
    if (!region) return broken(call.line);
    if (region->empty()) region = settings_.region;
    const auto* const known =
        std::find_if(std::begin(kZones), std::end(kZones), [&](const Zones& one) {
            return one.region == *region;
        });
    if (known == std::end(kZones))
        return fail(call, {"cfn.zones.unknown"_msg, {name_field(*region)}});
    Node out;
    out.kind = Node::Kind::Sequence;
    out.line = call.line;
    for (char letter : known->letters) {
        out.children.push_back(text_node(*region + letter, call));
    }
    return out;
}

Node Resolver::cidr(const Call& call) {
    const auto given = arguments(call, 3, 3);
    if (!given) return broken(call.line);
    const auto block_text = text(given->at(0), call);
    const auto count_text = text(given->at(1), call);
    const auto bits_text = text(given->at(2), call);
    if (!block_text || !count_text || !bits_text) return broken(call.line);
    const auto block = parse_ipv4_network(*block_text);
    if (!block) return fail(call, {"cfn.cidr.block"_msg});
    const std::size_t count = parse_count(*count_text).value_or(0);
    if (count == 0 || count > kCidrBlocksMax) return fail(call, {"cfn.cidr.count"_msg});
    Node out;
    out.kind = Node::Kind::Sequence;
    out.line = call.line;
    for (std::string& one : cidr_blocks(*block, count, parse_count(*bits_text).value_or(0))) {
        out.children.push_back(text_node(std::move(one), call));
    }
    if (out.children.empty()) return fail(call, {"cfn.cidr.room"_msg});
    return out;
}

std::optional<std::string> Resolver::sub_value(std::string_view name, const Call& call) {
    const std::size_t dot = name.find('.');
    const Node value = dot == name.npos
                           ? value_of(name, call)
                           : resource_value(name.substr(0, dot), name.substr(dot + 1), call);
    if (value.kind == Node::Kind::Broken) return std::nullopt;
    if (value.is_scalar() && value.kind != Node::Kind::Absent) return scalar_text(value);
    fail(call, {"cfn.sub.no_text"_msg, {name_field(name)}});
    return std::nullopt;
}

// "text" or ["text", {Name: value}].
Node Resolver::sub(const Call& call) {
    const Node& argument = call.argument;
    const bool with_map = argument.kind == Node::Kind::Sequence && argument.children.size() == 2 &&
                          argument.children[1].kind == Node::Kind::Mapping;
    const Node& source = with_map ? argument.children[0] : argument;
    if (!source.is_scalar()) return fail(call, {"cfn.sub.no_source"_msg});
    const Node names = with_map ? mapping(argument.children[1], Path(call.path, 1)) : Node();
    const auto parts = pieces(source.text);
    if (!parts) return fail(call, {"cfn.sub.open"_msg});
    std::string out;
    bool whole = true;
    for (const Piece& piece : *parts) {
        std::optional<std::string> value = piece.text;
        if (piece.kind == Piece::Kind::Name) {
            const Node* own = names.find(piece.text);
            value = own ? text(*own, call) : sub_value(piece.text, call);
        }
        whole = whole && value.has_value();
        if (exhausted_ || !spend(value.value_or("").size(), call.line, call.path))
            return broken(call.line);
        out += value.value_or("");
    }
    return whole ? text_node(std::move(out), call) : broken(call.line);
}

}  // namespace kakehashi::cfn

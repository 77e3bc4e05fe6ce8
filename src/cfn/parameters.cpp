#include "cfn/detail/parameters.h"

#include "base/hash.h"
#include "base/text.h"

#include <algorithm>
#include <re2/re2.h>

// Source: CloudFormation User Guide, "Parameters"; "Specify existing resources at runtime with
// CloudFormation-supplied parameter types".
namespace kakehashi::cfn {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kSsmPrefix = "AWS::SSM::Parameter::Value<";
// What AWS publishes for everybody. Source: Systems Manager User Guide, "public parameters".
constexpr std::string_view kPublicPath = "/aws/service/";
constexpr std::string_view kImageType = "AWS::EC2::Image::Id";
constexpr std::size_t kImageDigits = 17;

const std::vector<std::string_view> kMembers{
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type"};

// A type that stands for one value, and how such a value begins.
struct ValueType {
    std::string_view type, prefix;
};
constexpr ValueType kValueTypes[] = {
    {"String", ""},
    {"Number", ""},
    {"AWS::EC2::AvailabilityZone::Name", ""},
    {kImageType, "ami-"},
    {"AWS::EC2::Instance::Id", "i-"},
    {"AWS::EC2::KeyPair::KeyName", ""},
    {"AWS::EC2::SecurityGroup::GroupName", ""},
    {"AWS::EC2::SecurityGroup::Id", "sg-"},
    {"AWS::EC2::Subnet::Id", "subnet-"},
    {"AWS::EC2::VPC::Id", "vpc-"},
    {"AWS::EC2::Volume::Id", "vol-"},
    {"AWS::Route53::HostedZone::Id", "Z"},
    {"AWS::SSM::Parameter::Name", ""},
};

struct Type {
    const ValueType* item = nullptr;  // nullptr: there is no such type
    bool list = false, from_ssm = false;
};

Type type_of(std::string_view name) {
    Type type;
    const auto unwrap = [&name](std::string_view prefix) {
        if (!name.starts_with(prefix) || !name.ends_with('>')) return false;
        name = name.substr(prefix.size(), name.size() - prefix.size() - 1);
        return true;
    };
    type.from_ssm = unwrap(kSsmPrefix);
    type.list = unwrap("List<");
    if (name == "CommaDelimitedList" && !type.list) {
        type.list = true;
        name = "String";
    }
    const auto* const found =
        std::find_if(std::begin(kValueTypes), std::end(kValueTypes), [&](const auto& row) {
            return row.type == name;
        });
    if (found != std::end(kValueTypes)) type.item = found;
    return type;
}

// An image cannot touch the crossing, so which one AWS names today may stay open: an id that is the
// same on every run stands in for it.
std::string placeholder_image(std::string_view region, std::string_view path) {
    const std::string seed = std::string(region).append(path);
    return "ami-" + stable_id(seed, "0123456789abcdef", kImageDigits);
}

// One declared parameter against the value that was given for it, or its default.
class Parameter {
public:
    Parameter(std::string_view name, const Node& declaration, Report& report)
        : name_(name), declaration_(declaration), report_(report), path_(section_, name) {}

    Node value(const std::string* given, std::string_view region) {
        Node broken;
        broken.kind = Node::Kind::Broken;
        if (!well_formed()) return broken;
        const Node* fallback = declaration_.find("Default");
        if (!given && !fallback && !type_.from_ssm) {
            fail("cfn.parameter.missing");
            return broken;
        }
        const std::string text = given ? *given : fallback ? fallback->text : "";
        if (type_.from_ssm && is_public_image(text)) return parsed(placeholder_image(region, text));
        if (type_.from_ssm && !given) {
            broken.kind = Node::Kind::Absent;
            return broken;
        }
        Node value = parsed(text);
        return accepted(text, value) ? value : broken;
    }

private:
    bool fail(std::string_view id) {
        report_.add(
            {MessageId::composed(std::string(id)), {{"name", std::string(name_)}}},
            declaration_.line,
            path_
        );
        return false;
    }
    bool fail(std::string_view id, const Node& at, std::string_view member) {
        const Path path(path_, member);
        report_.add(
            {MessageId::composed(std::string(id)), {{"name", std::string(name_)}}}, at.line, path
        );
        return false;
    }

    bool well_formed() {
        if (declaration_.kind != Node::Kind::Mapping) return fail("cfn.parameter.no_mapping");
        bool good = true;
        for (std::size_t i = 0; i < declaration_.keys.size(); ++i) {
            const std::string& key = declaration_.keys[i];
            const Node& member = declaration_.children[i];
            if (std::find(kMembers.begin(), kMembers.end(), key) == kMembers.end()) {
                report_.add(
                    with_hint("cfn.key.unknown", key, kMembers), member.line, Path(path_, key)
                );
                good = false;
            } else if (!member.is_scalar() && key != "AllowedValues") {
                good = fail("cfn.parameter.no_scalar", member, key);
            }
        }
        if (const Node* echo = declaration_.find("NoEcho");
            echo && scalar_kind(echo->text) != Node::Kind::Boolean) {
            good = fail("cfn.parameter.no_flag", *echo, "NoEcho");
        }
        if (const Node* allowed = declaration_.find("AllowedValues");
            allowed && allowed->kind != Node::Kind::Sequence) {
            good = fail("cfn.parameter.no_list", *allowed, "AllowedValues");
        }
        return has_type() && good && constraints_fit();
    }

    // A length is of a text, a range of a number.
    bool constraints_fit() {
        const bool number = type_.item->type == "Number";
        bool good = true;
        for (const char* member : {"MinLength", "MaxLength", "MinValue", "MaxValue"}) {
            const Node* constraint = declaration_.find(member);
            if (constraint && number == std::string_view(member).ends_with("Length"))
                good = fail("cfn.parameter.constraint", *constraint, member);
        }
        return good;
    }

    bool has_type() {
        const Node* type = declaration_.find("Type");
        if (!type) return fail("cfn.parameter.no_type");
        type_ = type_of(type->text);
        if (type_.item) return true;
        std::vector<std::string_view> known{"CommaDelimitedList", "List<Number>"};
        for (const ValueType& row : kValueTypes) {
            known.push_back(row.type);
        }
        report_.add(
            with_hint("cfn.parameter.type", type->text, known), type->line, Path(path_, "Type")
        );
        return false;
    }

    bool is_public_image(std::string_view path) const {
        return type_.item->type == kImageType && !type_.list && path.starts_with(kPublicPath);
    }

    Node parsed(const std::string& text) const {
        Node node;
        node.line = declaration_.line;
        node.kind = Node::Kind::String;
        node.text = text;
        if (!type_.list) return node;
        Node list;
        list.line = node.line;
        list.kind = Node::Kind::Sequence;
        for (std::string_view part : split(text, ',')) {
            node.text = trimmed(part);
            if (!text.empty()) list.children.push_back(node);
        }
        return list;
    }

    // Never shows the value: it may be NoEcho.
    bool accepted(const std::string& text, const Node& value) {
        if (text.size() > kParameterBytesMax || !is_utf8(text))
            return fail("cfn.parameter.too_long");
        bool good = value.kind == Node::Kind::Sequence || accepted_item(value.text);
        for (const Node& item : value.children) {
            good = good && accepted_item(item.text);
        }
        return good;
    }

    bool accepted_item(const std::string& text) {
        if (type_.item->type == "Number" && !parse_decimal(text))
            return fail("cfn.parameter.no_number");
        if (!text.starts_with(type_.item->prefix)) return fail("cfn.parameter.no_id");
        return in_allowed_values(text) && in_range(text) && matches(text);
    }

    bool in_allowed_values(const std::string& text) {
        const Node* allowed = declaration_.find("AllowedValues");
        if (!allowed) return true;
        const auto same = [&](const Node& one) { return one.is_scalar() && one.text == text; };
        if (std::any_of(allowed->children.begin(), allowed->children.end(), same)) return true;
        return fail("cfn.parameter.not_allowed");
    }

    bool in_range(const std::string& text) {
        const auto length = static_cast<double>(character_count(text));
        const double value = parse_decimal(text).value_or(0);
        return bounded("MinLength", length, 1, "cfn.parameter.length") &&
               bounded("MaxLength", length, -1, "cfn.parameter.length") &&
               bounded("MinValue", value, 1, "cfn.parameter.range") &&
               bounded("MaxValue", value, -1, "cfn.parameter.range");
    }

    // `sign` 1: the member is a least value; -1: a greatest.
    bool bounded(std::string_view member, double value, int sign, std::string_view id) {
        const Node* bound = declaration_.find(member);
        if (!bound) return true;
        const auto limit = parse_decimal(bound->text);
        if (!limit) return fail("cfn.parameter.no_number", *bound, member);
        return (value - *limit) * sign >= 0 || fail(id);
    }

    bool matches(const std::string& text) {
        const Node* pattern = declaration_.find("AllowedPattern");
        if (!pattern) return true;
        RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(1 << 20);
        // RE2 has neither back-references nor look-around; what it lacks it refuses.
        if (pattern->text.size() > kPatternBytesMax)
            return fail("cfn.parameter.pattern", *pattern, "AllowedPattern");
        const RE2 compiled(pattern->text, options);
        if (!compiled.ok()) return fail("cfn.parameter.pattern", *pattern, "AllowedPattern");
        return RE2::FullMatch(text, compiled) || fail("cfn.parameter.mismatch");
    }

    std::string_view name_;
    const Node& declaration_;  // outlives this, as the report does
    Report& report_;
    Path section_{"Parameters"};
    Path path_;
    Type type_;
};

}  // namespace

std::map<std::string, Node, std::less<>> read_parameters(
    const Node& root,
    const StackSettings& settings,
    Report& report
) {
    std::map<std::string, Node, std::less<>> values;
    const Node* section = root.find("Parameters");
    std::vector<std::string_view> known;
    if (section && section->keys.size() > kParametersMax) {
        report.add(
            {"cfn.parameter.too_many"_msg, {{"limit", std::to_string(kParametersMax)}}},
            section->line,
            "Parameters"
        );
        return values;
    }
    for (std::size_t i = 0; section && i < section->keys.size(); ++i) {
        const std::string& name = section->keys[i];
        known.push_back(name);
        if (!is_logical_id(name)) {
            report.add(
                {"cfn.resource.name"_msg, {{"name", name}}},
                section->children[i].line,
                Path(Path("Parameters"), name)
            );
        }
        const auto given = settings.parameters.find(name);
        Parameter parameter(name, section->children[i], report);
        values[name] = parameter.value(
            given == settings.parameters.end() ? nullptr : &given->second, settings.region
        );
    }
    for (const auto& [name, value] : settings.parameters) {
        if (values.contains(name)) continue;
        report.add(
            with_hint("cfn.parameter.unknown", name, known),
            section ? section->line : 0,
            "Parameters"
        );
    }
    return values;
}

}  // namespace kakehashi::cfn

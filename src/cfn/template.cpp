#include "cfn/template.h"

#include "base/text.h"
#include "cfn/detail/read.h"
#include "cfn/detail/report.h"

#include <algorithm>

namespace kakehashi::cfn {
namespace {

constexpr std::string_view kFormatVersion = "2010-09-09";  // the only one there is

// Source: CloudFormation User Guide, "Template sections".
const std::vector<std::string_view>& sections() {
    static const std::vector<std::string_view> kSections{
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform"};
    return kSections;
}

bool is_mapping_section(std::string_view name) {
    return name == "Conditions" || name == "Mappings" || name == "Outputs" ||
           name == "Parameters" || name == "Resources";
}

// `cdk synth` writes this one rule; it asserts something about the stack of the CDK itself.
bool only_checks_the_cdk(const Node& rules) {
    return rules.keys.size() == 1 && rules.keys[0] == "CheckBootstrapVersion";
}

void check_section(std::string_view name, const Node& section, Report& report) {
    const Path path(name);
    const auto& known = sections();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        report.add(with_hint("cfn.section.unknown", name, known), section.line, path);
    } else if (name == "Transform" || name == "Hooks" || (name == "Rules" && !only_checks_the_cdk(section))) {
        report.add(
            {"cfn.section.unsupported"_msg, {{"name", std::string(name)}}}, section.line, path
        );
    } else if (is_mapping_section(name) && section.kind != Node::Kind::Mapping) {
        report.add(
            {"cfn.section.no_mapping"_msg, {{"name", std::string(name)}}}, section.line, path
        );
    } else if (name == "Description" && !section.is_scalar()) {
        report.add({"cfn.section.no_text"_msg}, section.line, path);
    } else if (name == "AWSTemplateFormatVersion" && section.text != kFormatVersion) {
        report.add({"cfn.section.version"_msg}, section.line, path);
    }
}

void check_sections(const Node& root, Report& report) {
    if (root.kind != Node::Kind::Mapping)
        return report.add({"cfn.read.no_template"_msg}, root.line, "");
    for (std::size_t i = 0; i < root.keys.size(); ++i) {
        check_section(root.keys[i], root.children[i], report);
    }
    const Node* resources = root.find("Resources");
    if (!resources || (resources->kind == Node::Kind::Mapping && resources->keys.empty())) {
        report.add(
            {"cfn.section.no_resources"_msg}, resources ? resources->line : root.line, "Resources"
        );
    }
}

json::value value_of(const Node& node) {
    switch (node.kind) {
        case Node::Kind::Sequence: {
            json::array items;
            for (const Node& child : node.children) {
                items.push_back(value_of(child));
            }
            return items;
        }
        case Node::Kind::Mapping: {
            json::object members;
            for (std::size_t i = 0; i < node.keys.size(); ++i) {
                members[node.keys[i]] = value_of(node.children[i]);
            }
            return members;
        }
        case Node::Kind::Boolean:
            return scalar_text(node) == "true";
        case Node::Kind::Integer:
            if (const auto count = parse_count(node.text)) return static_cast<std::int64_t>(*count);
            return json::value(node.text);
        case Node::Kind::Double:
        case Node::Kind::String:
            return json::value(node.text);
        case Node::Kind::Null:
        case Node::Kind::Absent:
        case Node::Kind::Broken:
            break;
    }
    return nullptr;
}

// The line of the first byte that may stand in neither YAML nor JSON; 0: none.
std::size_t bad_character(std::string_view text) {
    std::size_t line = 1;
    for (std::string_view row : split(text, '\n')) {
        const bool control = std::any_of(row.begin(), row.end(), [](unsigned char c) {
            return (c < 0x20 && c != '\t' && c != '\r') || c == 0x7F;
        });
        if (control || !is_utf8(row)) return line;
        ++line;
    }
    return 0;
}

Expected<Node, ReadError> read(std::string_view text) {
    if (text.size() > kTemplateBytesMax) {
        return Failure{ReadError{
            {"cfn.read.too_large"_msg, {{"limit", std::to_string(kTemplateBytesMax)}}}, 0}};
    }
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (const std::size_t line = bad_character(text))
        return Failure{ReadError{{"cfn.read.characters"_msg}, line}};
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == text.npos) return Failure{ReadError{{"cfn.read.empty"_msg}, 1}};
    return text[first] == '{' ? read_json(text) : read_yaml(text);
}

}  // namespace

std::optional<std::size_t> Template::line_of(std::string_view logical_path) const {
    const Step step = walk(*root_, logical_path);
    if (!step.exact) return std::nullopt;
    return step.node->line;
}

json::value document(const Template& source) {
    return value_of(source.root());
}

Expected<Template, Problems> read_document(std::string_view text, std::string file) {
    auto root = read(text);
    if (!root) {
        ReadError error = std::move(root).error();
        return Failure{Problems{{std::move(error.what), {std::move(file), error.line, ""}}}};
    }
    return Template(
        std::move(file),
        std::make_shared<const std::string>(text),
        std::make_shared<const Node>(*std::move(root))
    );
}

Expected<Template, Problems> read_template(std::string_view text, std::string file) {
    KAKEHASHI_TRY(Template read, read_document(text, file));
    Report report(std::move(file));
    check_sections(read.root(), report);
    if (!report.empty()) return Failure{std::move(report).take()};
    return read;
}

}  // namespace kakehashi::cfn

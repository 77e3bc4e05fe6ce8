#pragma once

#include "base/expected.h"
#include "base/json.h"
#include "base/problem.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// CloudFormation templates: read (this header) and resolved for one account and Region (stack.h).
// Source: AWS CloudFormation User Guide, "Template reference"; what is supported: docs/cfn.md.
namespace kakehashi::cfn {

inline constexpr std::size_t kTemplateBytesMax = 1U << 20U;  // CloudFormation's own limit, from S3
inline constexpr std::size_t kTemplateNodesMax = 50'000;
inline constexpr std::size_t kTemplateDepthMax = 100;
inline constexpr std::size_t kKeyBytesMax = 1024;  // what YAML takes on one line as well
inline constexpr std::size_t kProblemsMax = 100;   // of one template; the rest is not told

struct Node;  // detail/node.h

// A template as it was read: short tags are written out, nothing is resolved. Immutable and cheap
// to copy. Safe from every thread.
class Template {
public:
    Template(
        std::string file,
        std::shared_ptr<const std::string> text,
        std::shared_ptr<const Node> root
    )
        : file_(std::move(file)), text_(std::move(text)), root_(std::move(root)) {}

    const std::string& file() const { return file_; }
    const std::shared_ptr<const std::string>& text() const { return text_; }  // what was read

    // Where "Resources.Role.Properties.Policies[0]" stands: the line of its key, or of the item's
    // first word. Short tags have their long names: "….Value.Fn::Sub". nullopt: there is no such
    // thing.
    std::optional<std::size_t> line_of(std::string_view logical_path) const;

    const Node& root() const { return *root_; }  // for this module

private:
    std::string file_;
    std::shared_ptr<const std::string> text_;  // shared by the copies, as the root
    std::shared_ptr<const Node> root_;
};

// Reads YAML, or JSON if the first character is `{`; `file` is the name that problems carry. YAML
// is that of CloudFormation: no aliases, no merges, one document; core-schema scalars, but a number
// with a leading zero is a string. Errors: every limit above, what is no YAML or JSON, a key that
// stands twice, an unknown tag or section. Never throws on any input.
Expected<Template, Problems> read_template(std::string_view text, std::string file);

// The same of any other file, such as a policy's, for its lines: without sections.
Expected<Template, Problems> read_document(std::string_view text, std::string file);

// What was read, for a program that changes it: intrinsics have their long names, and numbers that
// JSON would write in another way are strings, which CloudFormation takes as well.
json::value document(const Template& source);

}  // namespace kakehashi::cfn

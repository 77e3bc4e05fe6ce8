#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kakehashi::cfn {

// A value of a template with its place. Resolving makes a new tree of these, which keeps the lines.
struct Node {
    enum class Kind {
        Null,
        Boolean,
        Integer,
        Double,
        String,
        Sequence,
        Mapping,
        Absent,  // AWS::NoValue: whoever holds it drops it
        Broken,  // could not be resolved; the problem is told already
    };

    Kind kind = Kind::Null;
    std::size_t line = 0;
    std::string text;  // of a scalar, as it is written; CloudFormation reads 0.10 as "0.10" too
    std::vector<std::string> keys;  // of a Mapping, beside children
    std::vector<Node> children;

    bool is_scalar() const { return kind < Kind::Sequence && kind != Kind::Null; }
    const Node* find(std::string_view key) const;  // nullptr: no such key, or no Mapping
};

// The thing at "Resources.Role.Properties.Policies[0]". `nearest`: or the innermost thing around
// it.
struct Step {
    const Node* node = nullptr;
    bool exact = false;
};
Step walk(const Node& root, std::string_view logical_path);

// An unquoted YAML scalar, or a JSON number: the kind by YAML 1.2's core schema, with two
// exceptions. What starts with a zero (account ids) and what does not fit into 64 bits is a String.
Node::Kind scalar_kind(std::string_view text);

// What a scalar counts as where text is wanted: as it is written, but booleans in lower case.
std::string scalar_text(const Node& scalar);

bool is_logical_id(std::string_view name);  // letters and digits

bool equal(const Node& a, const Node& b);  // lines aside

}  // namespace kakehashi::cfn

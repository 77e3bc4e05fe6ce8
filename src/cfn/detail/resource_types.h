#pragma once

#include "base/json.h"
#include "cfn/detail/node.h"
#include "cfn/detail/report.h"

#include <optional>

// What data/cfn-types.json says, parsed at the first use.
namespace kakehashi::cfn {

struct TypeRule {
    enum class Kind { Judged, Inert, Unsupported };
    Kind kind = Kind::Unsupported;
    const json::object* properties = nullptr;  // Judged: name → kind, see "legend" in the file
    std::optional<Message> reason =
        std::nullopt;  // Inert: why it can be passed over. Unsupported: what to say
};

// `properties` as they stand in the template, or nullptr: some make an inert type active again.
// `declared`: what a person vouches for. A type that can be judged is judged, whoever vouches.
TypeRule rule_for(
    std::string_view type,
    const Node* properties,
    const std::vector<std::string>& declared
);

// Requires: a rule that is Judged, and a Mapping. Judges resolved properties and writes them as
// JSON. Where a kind says string, numbers and booleans count as their text, and where it says
// boolean or number, their text counts, as CloudFormation does it.
json::object conform(
    const TypeRule& rule,
    const Node& properties,
    const Path& path,
    Report& report
);

std::vector<std::string> judged_types();

json::value to_json(const Node& node);  // as it stands; what is Broken is null

}  // namespace kakehashi::cfn

#pragma once

#include "base/json.h"
#include "cfn/stack.h"

#include <optional>
#include <string_view>
#include <vector>

// What AWS calls a resource: the table of attributes.cpp.
namespace kakehashi::cfn {

struct Identity {
    std::string_view type, logical_id;
    const json::object& properties;  // outlives this; of these, naming_properties() are read
    const StackSettings& settings;   // outlives this
};

// What Ref gives. Types that are not in the table have a generated name. nullopt: AWS alone can
// say.
std::optional<std::string> reference(const Identity& identity);

// What Fn::GetAtt gives: a string, or an array of them. nullopt: no such attribute, or AWS alone
// can say.
std::optional<json::value> attribute(const Identity& identity, std::string_view name);

std::vector<std::string_view> attribute_names(std::string_view type);

// The properties that names and ARNs of this type are made of.
std::vector<std::string_view> naming_properties(std::string_view type);

// A UUID and such, for what belongs to the stack itself: its AWS::StackId.
std::string stack_id(const StackSettings& settings);

}  // namespace kakehashi::cfn

#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Pieces of template text. Safe from every thread.
namespace kakehashi::design {

struct Field {
    std::string_view name;
    std::string value;
};

// `pattern` with each <<name>> replaced by the value of the field of that name. Requires: there is
// one; aborts else, since patterns are ours.
std::string filled(std::string_view pattern, std::initializer_list<Field> fields);

// "a, b": as YAML's flow sequences and our sentences want it.
std::string joined(const std::vector<std::string>& parts, std::string_view separator = ", ");

// One line each, `prefix` before and a line end behind.
std::string lines(std::string_view prefix, const std::vector<std::string>& parts);

// A name as a YAML scalar: in quotes if it could be read as a number, a date or a word of YAML's.
// Requires: letters, digits and `_+=,.@-` alone.
std::string scalar(std::string_view name);

// What a rendered resource is called: letters and digits alone, different for different names.
std::string logical_name(std::string_view name);

}  // namespace kakehashi::design

#pragma once

#include "base/expected.h"
#include "base/message.h"

#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// The one JSON reader (design decision 7): strict, bounded, duplicate keys refused.
namespace kakehashi::json {

using boost::json::array;
using boost::json::object;
using boost::json::value;

inline constexpr std::size_t kDepthMax = 128;
inline constexpr std::size_t kBytesMax = 32U << 20U;

struct JsonError {
    enum class Kind { Syntax, TooDeep, TooLarge, DuplicateKey };  // Syntax: also 1e999
    Kind kind = Kind::Syntax;
    std::size_t line = 0, column = 0;  // from 1, in bytes; 0 for TooLarge
    std::string key = {};              // DuplicateKey: which
};

// One RFC 8259 text, UTF-8, nothing after it. Takes at most twenty times its memory (P17). Never
// throws on any input. Safe from every thread.
Expected<value, JsonError> parse(std::string_view text, std::size_t bytes_max = kBytesMax);

Message describe(const JsonError& error);

std::string serialize(const value& value);  // no white space; keys in their own order
std::string serialize(const object& object);

// nullptr, or nullopt, when `value` is no object, lacks the key, or holds another kind there.
const value* find(const value& value, std::string_view key);
const object* find_object(const value& value, std::string_view key);
const array* find_array(const value& value, std::string_view key);
std::optional<std::string_view> find_string(const value& value, std::string_view key);

// The same in an object. Without these it would become a temporary value, and the result would
// dangle.
const value* find(const object& object, std::string_view key);
const object* find_object(const object& object, std::string_view key);
const array* find_array(const object& object, std::string_view key);
std::optional<std::string_view> find_string(const object& object, std::string_view key);

inline std::string_view view(const boost::json::string& text) {
    return {text.data(), text.size()};
}

}  // namespace kakehashi::json

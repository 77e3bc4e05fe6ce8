#include "base/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <vector>

namespace kakehashi::json {
namespace {

namespace bj = boost::json;

constexpr std::size_t kKeysKept = 1024;  // of a set that the next object may use again

// What the stack of open values can come to need: each value but the first has one of these before
// it, and the parts of a text wait there too. Given at once, it is never copied to a larger place,
// and what is not used is never touched: growing it by halves would triple it (P17).
std::size_t stack_bytes(std::string_view text) {
    const auto separates = [](char c) { return c == ',' || c == ':' || c == '[' || c == '{'; };
    const auto count = std::count_if(text.begin(), text.end(), separates);
    return (static_cast<std::size_t>(count) + 1) * sizeof(value) + text.size();
}

// Counts what the values take, by what the allocator and Boost.JSON add to each: a digit and a
// comma become two values of 24 bytes, one that waits and one in its array.
class Memory {
public:
    explicit Memory(std::size_t text_bytes) : max_(kMemoryFree + kMemoryPerByteMax * text_bytes) {}

    bool value() {
        waiting_most_ = std::max(waiting_most_, ++waiting_);
        return fits();
    }
    bool text(std::size_t bytes) {
        constexpr std::size_t kInside = 14;  // that a value holds itself
        if (bytes > kInside) made_ += bytes + kBlock;
        return value();
    }
    bool key(std::size_t bytes) {
        ++keys_;
        if (bytes > 0) made_ += std::max(bytes + kBlock / 2, 2 * kBlock);
        return value();
    }
    bool array(std::size_t count) {
        if (count > 0) made_ += 2 * kBlock + count * sizeof(bj::value);
        waiting_ -= count;
        return value();
    }
    bool object(std::size_t count) {
        constexpr std::size_t kIndexed = sizeof(bj::key_value_pair) + sizeof(std::uint32_t);
        if (count > 0) made_ += 3 * kBlock + count * kIndexed;
        waiting_ -= 2 * count;
        keys_ -= count;
        return value();
    }

private:
    bool fits() const {
        constexpr std::size_t kKeyBytes = 64;  // in a set that grows by doubling
        return made_ + waiting_most_ * sizeof(bj::value) + keys_ * kKeyBytes <= max_;
    }

    static constexpr std::size_t kBlock = 16;  // an allocator's own, and its rounding
    std::size_t max_, made_ = 0;
    std::size_t waiting_ = 0, waiting_most_ = 0, keys_ = 0;
};

// Builds the value and watches each open object's keys.
class Builder {
public:
    // NOLINTBEGIN(readability-identifier-naming): Boost.JSON asks for these names.
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    // NOLINTEND(readability-identifier-naming)

    Builder(unsigned char* stack, std::size_t stack_bytes, std::size_t text_bytes)
        : stack_({}, stack, stack_bytes), memory_(text_bytes) {
        stack_.reset();
    }

    bool on_document_begin(bj::error_code&) { return true; }
    bool on_document_end(bj::error_code&) { return true; }
    bool on_object_begin(bj::error_code&) {
        if (++depth_ > keys_.size()) keys_.emplace_back();
        keys_[depth_ - 1].clear();
        return true;
    }
    bool on_object_end(std::size_t n, bj::error_code& failed) {
        if (!memory_.object(n)) return exhausted(failed);
        --depth_;
        if (n > kKeysKept) keys_[depth_] = {};
        stack_.push_object(n);
        return true;
    }
    bool on_array_begin(bj::error_code&) { return true; }
    bool on_array_end(std::size_t n, bj::error_code& failed) {
        if (!memory_.array(n)) return exhausted(failed);
        stack_.push_array(n);
        return true;
    }
    bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) {
        key_.append(part.data(), part.size());
        stack_.push_chars(part);
        return true;
    }
    bool on_key(bj::string_view rest, std::size_t, bj::error_code& failed) {
        key_.append(rest.data(), rest.size());
        if (!memory_.key(key_.size())) return exhausted(failed);
        stack_.push_key(rest);
        if (!keys_[depth_ - 1].insert(key_).second) {
            duplicate_ = key_;
            failed = bj::error::syntax;
            return false;
        }
        key_.clear();
        return true;
    }
    bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(bj::string_view rest, std::size_t size, bj::error_code& failed) {
        if (!memory_.text(size)) return exhausted(failed);
        stack_.push_string(rest);
        return true;
    }
    bool on_number_part(bj::string_view part, bj::error_code&) {
        number_.append(part.data(), part.size());
        return true;
    }
    bool on_int64(std::int64_t number, bj::string_view, bj::error_code& failed) {
        if (!memory_.value()) return exhausted(failed);
        number_.clear();
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, bj::string_view, bj::error_code& failed) {
        if (!memory_.value()) return exhausted(failed);
        number_.clear();
        stack_.push_uint64(number);
        return true;
    }
    // Boost.JSON 1.81 rounds some numbers to a neighbour; the standard library rounds right.
    // What no double holds is refused: it would be written again as another number.
    bool on_double(double rounded, bj::string_view rest, bj::error_code& failed) {
        if (!memory_.value()) return exhausted(failed);
        number_.append(rest.data(), rest.size());
        double exact = rounded;
        std::from_chars(number_.data(), number_.data() + number_.size(), exact);
        number_.clear();
        if (!std::isfinite(exact)) {
            failed = bj::error::exponent_overflow;
            return false;
        }
        stack_.push_double(exact);
        return true;
    }
    bool on_bool(bool flag, bj::error_code& failed) {
        if (!memory_.value()) return exhausted(failed);
        stack_.push_bool(flag);
        return true;
    }
    bool on_null(bj::error_code& failed) {
        if (!memory_.value()) return exhausted(failed);
        stack_.push_null();
        return true;
    }
    bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
    bool on_comment(bj::string_view, bj::error_code&) { return true; }

    value release() { return stack_.release(); }
    const std::optional<std::string>& duplicate() const { return duplicate_; }

private:
    static bool exhausted(bj::error_code& failed) {
        failed = bj::error::array_too_large;
        return false;
    }

    bj::value_stack stack_;
    Memory memory_;
    std::vector<boost::unordered_flat_set<std::string>>
        keys_;  // of the open objects, outermost first
    std::size_t depth_ = 0;
    std::string key_, number_;  // what has come of the one that is being read
    std::optional<std::string> duplicate_;
};

JsonError error_at(JsonError::Kind kind, std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    const auto lines = std::count(before.begin(), before.end(), '\n');
    return {kind, static_cast<std::size_t>(lines) + 1, before.size() - line_start + 1};
}

}  // namespace

Expected<value, JsonError> parse(std::string_view text, std::size_t bytes_max) {
    if (text.size() > bytes_max) return Failure{JsonError{JsonError::Kind::TooLarge}};
    bj::parse_options options;
    options.max_depth = kDepthMax;
    const std::size_t bytes = stack_bytes(text);
    const auto stack = std::make_unique_for_overwrite<unsigned char[]>(bytes);
    bj::basic_parser<Builder> parser(options, stack.get(), bytes, text.size());
    bj::error_code failed;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), failed);
    if (const auto& key = parser.handler().duplicate()) {
        JsonError error = error_at(JsonError::Kind::DuplicateKey, text, read);
        error.key = *key;
        return Failure{std::move(error)};
    }
    if (failed == bj::error::array_too_large)
        return Failure{error_at(JsonError::Kind::TooMuch, text, read)};
    if (failed == bj::error::too_deep)
        return Failure{error_at(JsonError::Kind::TooDeep, text, read)};
    if (failed || text.find_first_not_of(" \t\r\n", read) != text.npos) {
        return Failure{error_at(JsonError::Kind::Syntax, text, read)};
    }
    return parser.handler().release();
}

Message describe(const JsonError& error) {
    const std::pair<std::string, std::string> line{"line", std::to_string(error.line)};
    const std::pair<std::string, std::string> column{"column", std::to_string(error.column)};
    switch (error.kind) {
        case JsonError::Kind::DuplicateKey:
            return {"base.json.duplicate_key"_msg, {{"key", error.key}, line, column}};
        case JsonError::Kind::TooDeep:
            return {"base.json.too_deep"_msg, {{"depth", std::to_string(kDepthMax)}, line, column}};
        case JsonError::Kind::TooLarge:
            return {"base.json.too_large"_msg};
        case JsonError::Kind::TooMuch:
            return {"base.json.too_much"_msg, {line, column}};
        case JsonError::Kind::Syntax:
            break;
    }
    return {"base.json.syntax"_msg, {line, column}};
}

std::string serialize(const value& value) {
    return bj::serialize(value);
}

std::string serialize(const object& object) {
    return bj::serialize(object);
}

const value* find(const object& object, std::string_view key) {
    return object.if_contains({key.data(), key.size()});
}

const object* find_object(const object& object, std::string_view key) {
    const auto* found = find(object, key);
    return found ? found->if_object() : nullptr;
}

const array* find_array(const object& object, std::string_view key) {
    const auto* found = find(object, key);
    return found ? found->if_array() : nullptr;
}

std::optional<std::string_view> find_string(const object& object, std::string_view key) {
    const auto* found = find(object, key);
    const auto* text = found ? found->if_string() : nullptr;
    if (!text) return std::nullopt;
    return view(*text);
}

const value* find(const value& value, std::string_view key) {
    const auto* object = value.if_object();
    return object ? find(*object, key) : nullptr;
}

const object* find_object(const value& value, std::string_view key) {
    const auto* object = value.if_object();
    return object ? find_object(*object, key) : nullptr;
}

const array* find_array(const value& value, std::string_view key) {
    const auto* object = value.if_object();
    return object ? find_array(*object, key) : nullptr;
}

std::optional<std::string_view> find_string(const value& value, std::string_view key) {
    const auto* object = value.if_object();
    if (!object) return std::nullopt;
    return find_string(*object, key);
}

}  // namespace kakehashi::json

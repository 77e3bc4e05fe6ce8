#include "base/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace kakehashi::json {
namespace {

namespace bj = boost::json;

// How many elements each array and object has, in the order in which they open. Counted first, each
// is made once, at its size; growing them as they come would need up to three times the memory
// (P17). What is no JSON is counted too, as less than one element for each two of its bytes.
class Sizes {
public:
    explicit Sizes(std::string_view text) {
        const auto opens = [](char c) { return c == '[' || c == '{'; };
        counts_.reserve(static_cast<std::size_t>(std::count_if(text.begin(), text.end(), opens)));
        for (std::size_t i = 0; i < text.size() && open_.size() <= kDepthMax; ++i) {
            if (text[i] == '"') i = string_end(text, i);
            read(i < text.size() ? text[i] : ' ');
        }
    }
    std::uint32_t next() { return next_ < counts_.size() ? counts_[next_++] : 0; }

private:
    struct Open {
        std::size_t index = 0;  // in counts_
        bool object = false;
    };

    static std::size_t string_end(std::string_view text, std::size_t quote) {
        for (std::size_t i = quote + 1; i < text.size(); ++i) {
            if (text[i] == '\\') {
                ++i;
            } else if (text[i] == '"') {
                return i;
            }
        }
        return text.size();
    }
    void read(char c) {
        switch (c) {
            case ' ':
            case '\n':
            case '\r':
            case '\t':
                return;
            case '[':
            case '{':
                open_.push_back({counts_.size(), c == '{'});
                counts_.push_back(0);
                seen_ = Seen::Nothing;
                return;
            case ']':
            case '}':
                count();
                if (!open_.empty()) open_.pop_back();
                seen_ = Seen::Member;  // or element: it counts where the next one begins
                return;
            case ',':
                count();
                seen_ = Seen::Nothing;
                return;
            case ':':
                if (seen_ == Seen::Something) seen_ = Seen::Member;
                return;
            default:
                if (seen_ == Seen::Nothing) seen_ = Seen::Something;
        }
    }
    void count() {
        if (open_.empty() || seen_ == Seen::Nothing) return;
        if (!open_.back().object || seen_ == Seen::Member) ++counts_[open_.back().index];
    }

    std::vector<std::uint32_t> counts_;
    std::vector<Open> open_;
    enum class Seen { Nothing, Something, Member } seen_ = Seen::Nothing;  // since the last comma
    std::size_t next_ = 0;
};

// Builds the value in its place, from the outside in.
class Builder {
public:
    // NOLINTBEGIN(readability-identifier-naming): Boost.JSON asks for these names.
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    // NOLINTEND(readability-identifier-naming)

    explicit Builder(std::string_view text) : sizes_(text) {}

    bool on_document_begin(bj::error_code&) { return true; }
    bool on_document_end(bj::error_code&) { return true; }
    bool on_object_begin(bj::error_code&) {
        value& place = this->place();
        place.emplace_object().reserve(sizes_.next());
        open_.push_back(&place);
        return true;
    }
    bool on_object_end(std::size_t, bj::error_code&) {
        open_.pop_back();
        return true;
    }
    bool on_array_begin(bj::error_code&) {
        value& place = this->place();
        place.emplace_array().reserve(sizes_.next());
        open_.push_back(&place);
        return true;
    }
    bool on_array_end(std::size_t, bj::error_code&) {
        open_.pop_back();
        return true;
    }
    bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) {
        text_.append(part.data(), part.size());
        return true;
    }
    bool on_key(bj::string_view rest, std::size_t, bj::error_code& failed) {
        text_.append(rest.data(), rest.size());
        const auto [member, added] = open_.back()->get_object().emplace(text_, nullptr);
        if (!added) {
            duplicate_ = text_;
            failed = bj::error::syntax;
            return false;
        }
        member_ = &member->value();
        text_.clear();
        return true;
    }
    bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) {
        text_.append(part.data(), part.size());
        return true;
    }
    bool on_string(bj::string_view rest, std::size_t, bj::error_code&) {
        if (text_.empty()) {  // the whole came at once
            place().emplace_string().assign(rest);
            return true;
        }
        text_.append(rest.data(), rest.size());
        place().emplace_string().assign(text_);
        text_ = {};
        return true;
    }
    bool on_number_part(bj::string_view part, bj::error_code&) {
        text_.append(part.data(), part.size());
        return true;
    }
    bool on_int64(std::int64_t number, bj::string_view, bj::error_code&) {
        text_.clear();
        place() = number;
        return true;
    }
    bool on_uint64(std::uint64_t number, bj::string_view, bj::error_code&) {
        text_.clear();
        place() = number;
        return true;
    }
    // Boost.JSON 1.81 rounds some numbers to a neighbour; the standard library rounds right.
    // What no double holds is refused: it would be written again as another number.
    bool on_double(double rounded, bj::string_view rest, bj::error_code& failed) {
        text_.append(rest.data(), rest.size());
        double exact = rounded;
        std::from_chars(text_.data(), text_.data() + text_.size(), exact);
        text_.clear();
        if (!std::isfinite(exact)) {
            failed = bj::error::exponent_overflow;
            return false;
        }
        place() = exact;
        return true;
    }
    bool on_bool(bool flag, bj::error_code&) {
        place() = flag;
        return true;
    }
    bool on_null(bj::error_code&) {
        place() = nullptr;
        return true;
    }
    bool on_comment_part(bj::string_view, bj::error_code&) { return true; }
    bool on_comment(bj::string_view, bj::error_code&) { return true; }

    value release() { return std::move(root_); }
    const std::optional<std::string>& duplicate() const { return duplicate_; }

private:
    // Where the next value goes. It stays where it is while it is open: what holds it grows only
    // after it is closed.
    value& place() {
        if (open_.empty()) return root_;
        bj::array* const list = open_.back()->if_array();
        return list != nullptr ? list->emplace_back(nullptr) : *member_;
    }

    Sizes sizes_;
    value root_;
    std::vector<value*> open_;  // arrays and objects, outermost first
    value* member_ = nullptr;   // of the innermost, whose key was read last
    std::string text_;          // what has come of the text or number that is being read
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
    bj::basic_parser<Builder> parser(options, text);
    bj::error_code failed;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), failed);
    if (const auto& key = parser.handler().duplicate()) {
        JsonError error = error_at(JsonError::Kind::DuplicateKey, text, read);
        error.key = *key;
        return Failure{std::move(error)};
    }
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

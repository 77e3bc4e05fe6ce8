#include "cfn/detail/node.h"

#include "base/text.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace kakehashi::cfn {
namespace {

std::size_t digits(std::string_view text, std::size_t from) {
    std::size_t end = from;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') {
        ++end;
    }
    return end - from;
}

template <class Number>
bool fits(std::string_view text) {
    Number value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failed == std::errc() && end == text.data() + text.size();
}

// Nothing, or e, a sign or none, and digits.
bool is_exponent(std::string_view text) {
    if (text.empty()) return true;
    const std::size_t sign = text.size() > 1 && (text[1] == '-' || text[1] == '+') ? 1 : 0;
    const std::size_t count = digits(text, 1 + sign);
    return (text[0] == 'e' || text[0] == 'E') && count != 0 && 1 + sign + count == text.size();
}

// [-+]? digits, then at most one fraction and one exponent; a leading zero only before a point.
Node::Kind number_kind(std::string_view text) {
    const std::size_t start = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    const std::size_t whole = digits(text, start);
    std::size_t at = start + whole;
    if (whole > 1 && text[start] == '0') return Node::Kind::String;
    const std::string_view unsigned_text = text.substr(text.substr(0, start) == "+" ? 1 : 0);
    if (whole != 0 && at == text.size()) {
        return fits<std::int64_t>(unsigned_text) ? Node::Kind::Integer : Node::Kind::String;
    }
    std::size_t fraction = 0;
    if (at < text.size() && text[at] == '.') {
        fraction = digits(text, at + 1);
        at += 1 + fraction;
    }
    if (whole + fraction == 0) return Node::Kind::String;
    return is_exponent(text.substr(at)) && fits<double>(unsigned_text) ? Node::Kind::Double
                                                                       : Node::Kind::String;
}

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

// The longest key that `path` starts with, since keys may hold dots themselves.
std::size_t matching_key(const Node& mapping, std::string_view path) {
    std::size_t best = mapping.keys.size(), best_size = 0;
    for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
        const std::string& key = mapping.keys[i];
        const bool longer = best == mapping.keys.size() || key.size() > best_size;
        if (!longer || !path.starts_with(key)) continue;
        const std::string_view rest = path.substr(key.size());
        if (!rest.empty() && rest[0] != '.' && rest[0] != '[') continue;
        best = i;
        best_size = key.size();
    }
    return best;
}

// One step down from `node`; takes what it used off `path`. nullptr: there is no such thing.
const Node* step(const Node& node, std::string_view& path) {
    if (node.kind == Node::Kind::Sequence) {
        const std::size_t close = path.find(']');
        if (path[0] != '[' || close == path.npos) return nullptr;
        const auto index = parse_count(path.substr(1, close - 1));
        if (!index || *index >= node.children.size()) return nullptr;
        path.remove_prefix(close + 1);
        return &node.children[*index];
    }
    if (path[0] == '.') path.remove_prefix(1);
    const std::size_t i = matching_key(node, path);
    if (i == node.keys.size()) return nullptr;
    path.remove_prefix(node.keys[i].size());
    return &node.children[i];
}

}  // namespace

const Node* Node::find(std::string_view key) const {
    const auto found = std::find(keys.begin(), keys.end(), key);
    return found == keys.end() ? nullptr
                               : &children[static_cast<std::size_t>(found - keys.begin())];
}

Step walk(const Node& root, std::string_view logical_path) {
    const Node* node = &root;
    while (!logical_path.empty()) {
        const Node* next = step(*node, logical_path);
        if (!next) return {node, false};
        node = next;
    }
    return {node, true};
}

Node::Kind scalar_kind(std::string_view text) {
    if (one_of(text, {"", "~", "null", "Null", "NULL"})) return Node::Kind::Null;
    if (one_of(text, {"true", "True", "TRUE", "false", "False", "FALSE"}))
        return Node::Kind::Boolean;
    return number_kind(text);
}

std::string scalar_text(const Node& scalar) {
    return scalar.kind == Node::Kind::Boolean ? lower_ascii(scalar.text) : scalar.text;
}

bool equal(const Node& a, const Node& b) {
    const auto same = [](const Node& x, const Node& y) { return equal(x, y); };
    return a.kind == b.kind && a.text == b.text && a.keys == b.keys &&
           std::equal(
               a.children.begin(), a.children.end(), b.children.begin(), b.children.end(), same
           );
}

bool is_logical_id(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    });
}

}  // namespace kakehashi::cfn

#include "design/detail/text.h"

#include "base/hash.h"

#include <algorithm>
#include <cstdlib>

namespace kakehashi::design {
namespace {

constexpr std::size_t kHashDigits = 8;

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
char upper(char c) {
    return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_letter(char c) {
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::string filled(std::string_view pattern, std::initializer_list<Field> fields) {
    std::string out;
    out.reserve(pattern.size() * 2);
    for (std::size_t open = pattern.find("<<"); open != pattern.npos; open = pattern.find("<<")) {
        const std::size_t close = pattern.find(">>", open);
        if (close == pattern.npos) std::abort();
        const std::string_view name = pattern.substr(open + 2, close - open - 2);
        const auto* const field = std::find_if(fields.begin(), fields.end(), [&](const Field& f) {
            return f.name == name;
        });
        if (field == fields.end()) std::abort();
        out.append(pattern.substr(0, open)).append(field->value);
        pattern.remove_prefix(close + 2);
    }
    return out.append(pattern);
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
    std::string out;
    for (const std::string& part : parts) {
        if (!out.empty()) out += separator;
        out += part;
    }
    return out;
}

std::string lines(std::string_view prefix, const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) {
        out.append(prefix).append(part).append("\n");
    }
    return out;
}

std::string scalar(std::string_view name) {
    const bool word = !name.empty() && is_letter(name[0]);
    const bool hyphened = name.find('-') != name.npos && name.find(',') == name.npos;
    if (word && hyphened) return std::string(name);
    return std::string("\"").append(name).append("\"");
}

// "sample-city" → "SampleCity". Other names than such (capitals, digits after a hyphen, …) could
// give the same result as another one and get a hash of the name.
std::string logical_name(std::string_view name) {
    std::string out;
    bool starts = true, plain = true;
    for (const char c : name) {
        const bool fits = starts ? is_lower(c) : is_lower(c) || is_digit(c) || c == '-';
        plain = plain && fits;
        const bool alphanumeric = is_letter(c) || is_digit(c);
        if (alphanumeric) out += starts ? upper(c) : c;
        starts = !alphanumeric;
    }
    return plain && !starts ? out : out + sha256_hex(name).substr(0, kHashDigits);
}

}  // namespace kakehashi::design

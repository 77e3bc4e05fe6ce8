#include "config/detail/syntax.h"

#include "base/arn.h"
#include "base/ipv4.h"
#include "base/text.h"

#include <algorithm>

namespace kakehashi::config::detail {
namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kSessionNameBytesMax = 64;
constexpr std::size_t kExternalIdBytesMax = 1224;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}

bool is_word(char c) {  // \w
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

bool consists_of_words_and(std::string_view text, std::string_view others) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return is_word(c) || others.find(c) != others.npos;
    });
}

}  // namespace

bool is_account(std::string_view text) {
    return text.size() == 12 && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_region(std::string_view text) {
    const auto parts = split(text, '-');
    if (parts.size() < 3 || parts[0].size() != 2) return false;
    const bool words = std::all_of(parts.begin(), parts.end() - 1, [](std::string_view part) {
        return !part.empty() && std::all_of(part.begin(), part.end(), is_lower);
    });
    return words && parts.back().size() == 1 && is_digit(parts.back().front());
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= kNameBytesMax && text.front() != '-' &&
           consists_of_words_and(text, "-");
}

bool is_role_arn(std::string_view text) {
    const auto arn = parse_arn(text);
    return arn && arn->service == "iam" && arn->region.empty() && !arn->account.empty() &&
           arn->resource.starts_with("role/") && arn->resource.back() != '/';
}

bool is_arn(std::string_view text) {
    return parse_arn(text).has_value();
}

bool is_external_id(std::string_view text) {
    return text.size() >= 2 && text.size() <= kExternalIdBytesMax &&
           consists_of_words_and(text, "+=,.@:/-");
}

bool is_vpc_id(std::string_view text) {
    return text.starts_with("vpc-") && text.size() > 4 && consists_of_words_and(text.substr(4), "");
}

bool is_ipv4_network(std::string_view text) {
    const auto network = parse_ipv4_network(text);
    return network && network->is_exact();
}

bool is_vpc_network(std::string_view text) {
    const auto network = parse_ipv4_network(text);
    return network && network->is_exact() && network->prefix >= 16 && network->prefix <= 28;
}

bool is_resource_type_pattern(std::string_view text) {
    const auto service = text.find("::", text.find("::") + 2);  // what stands before is given
    if (text.find("::") == text.npos || text.find("::") == 0 || service == text.npos) return false;
    const std::string_view vendor_and_service = text.substr(0, service),
                           type = text.substr(service + 2);
    const auto star = type.find('*');
    return consists_of_words_and(vendor_and_service, ":") && !type.empty() &&
           consists_of_words_and(type, ":*") && (star == type.npos || star == type.size() - 1);
}

bool is_session_name(std::string_view text) {
    std::string filled = replaced(std::string(text), "{host}", "hh");
    filled = replaced(std::move(filled), "{user}", "uu");
    return filled.size() >= 2 && filled.size() <= kSessionNameBytesMax &&
           consists_of_words_and(filled, "+=,.@-");
}

}  // namespace kakehashi::config::detail

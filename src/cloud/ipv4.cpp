#include "cloud/ipv4.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <array>

namespace kakehashi::cloud {

bool Cidr::contains(Ipv4 address) const {
    return prefix == 0 || (first ^ address) >> (32U - prefix) == 0;
}

std::optional<Ipv4> parse_ipv4(std::string_view text) {
    in_addr parsed{};
    if (inet_pton(AF_INET, std::string(text).c_str(), &parsed) != 1) return std::nullopt;
    return ntohl(parsed.s_addr);
}

std::optional<Cidr> parse_cidr(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == text.npos) return std::nullopt;
    const auto first = parse_ipv4(text.substr(0, slash));
    const auto prefix = parse_count(text.substr(slash + 1));
    if (!first || !prefix || *prefix > 32) return std::nullopt;
    return Cidr{*first, static_cast<unsigned>(*prefix)};
}

std::string to_string(Ipv4 address) {
    in_addr shown{};
    shown.s_addr = htonl(address);
    std::array<char, INET_ADDRSTRLEN> text{};
    return inet_ntop(AF_INET, &shown, text.data(), text.size());
}

}  // namespace kakehashi::cloud

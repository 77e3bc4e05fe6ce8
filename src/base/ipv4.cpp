#include "base/ipv4.h"

#include "base/text.h"

namespace kakehashi {
namespace {

constexpr std::size_t kAddressBits = 32;

std::optional<std::size_t> number_up_to(std::string_view text, std::size_t max) {
    const auto number = parse_count(text);
    const bool padded = text.size() > 1 && text.front() == '0';
    return number && *number <= max && !padded ? number : std::nullopt;
}

}  // namespace

Ipv4 Ipv4Network::mask() const {
    return static_cast<Ipv4>(~std::uint64_t{0} << (kAddressBits - prefix));
}

std::optional<Ipv4> parse_ipv4(std::string_view text) {
    const auto parts = split(text, '.');
    if (parts.size() != 4) return std::nullopt;
    Ipv4 address = 0;
    for (std::string_view part : parts) {
        const auto octet = number_up_to(part, 255);
        if (!octet) return std::nullopt;
        address = address << 8U | static_cast<Ipv4>(*octet);
    }
    return address;
}

std::optional<Ipv4Network> parse_ipv4_network(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == text.npos) return std::nullopt;
    const auto first = parse_ipv4(text.substr(0, slash));
    const auto prefix = number_up_to(text.substr(slash + 1), kAddressBits);
    if (!first || !prefix) return std::nullopt;
    return Ipv4Network{*first, *prefix};
}

std::string ipv4_text(Ipv4 address) {
    std::string out;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        out += (out.empty() ? "" : ".") + std::to_string(address >> shift & 255U);
    }
    return out;
}

}  // namespace kakehashi

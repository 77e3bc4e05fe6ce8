#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// IPv4 addresses and networks in CIDR notation (RFC 4632). Safe from every thread.
namespace kakehashi {

using Ipv4 = std::uint32_t;  // in host order

struct Ipv4Network {
    Ipv4 first = 0;  // as it was written: the bits after the prefix may be set
    std::size_t prefix = 32;

    Ipv4 mask() const;
    bool contains(Ipv4 address) const { return ((first ^ address) & mask()) == 0; }
    bool is_exact() const { return (first & ~mask()) == 0; }  // no bit is set after the prefix
};

// Four decimal numbers, and a prefix length. No leading zeros, which some would read as octal.
std::optional<Ipv4> parse_ipv4(std::string_view text);
std::optional<Ipv4Network> parse_ipv4_network(std::string_view text);
std::string ipv4_text(Ipv4 address);

}  // namespace kakehashi

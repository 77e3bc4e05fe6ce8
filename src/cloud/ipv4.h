#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// IPv4 addresses and CIDR blocks, as the networks of templates use them. Safe from every thread.
namespace kakehashi::cloud {

using Ipv4 = std::uint32_t;  // in host order

struct Cidr {
    Ipv4 first = 0;
    unsigned prefix = 32;

    bool contains(Ipv4 address) const;
};

std::optional<Ipv4> parse_ipv4(std::string_view text);
std::optional<Cidr> parse_cidr(std::string_view text);  // "10.0.0.0/16"; nullopt also for IPv6
std::string to_string(Ipv4 address);

}  // namespace kakehashi::cloud

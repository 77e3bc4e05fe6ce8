#pragma once

#include "base/expected.h"
#include "base/ipv4.h"
#include "enclosure/dns_server.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// DNS messages as bytes. Everything here is safe from every thread.
// Source: RFC 1035 §4, RFC 6891 (EDNS), RFC 3225 (DO).
namespace kakehashi::enclosure {

inline constexpr std::size_t kDnsQueryBytesMax = 4096;  // ours to refuse: the longest name has 255
inline constexpr std::size_t kDnsUdpBytes = 512;        // without EDNS
inline constexpr std::size_t kDnsUdpBytesMax = 1232;    // what we send and say in EDNS
inline constexpr std::size_t kDnsTcpBytesMax = 65535;   // its length has 16 bits
inline constexpr std::uint32_t kDnsTimeToLive = 60;     // seconds, as of an endpoint's names

struct DnsQuery {
    std::uint16_t id = 0;
    bool recursion_desired = false;
    std::string question;  // the bytes as they came: name, type, class
    // Lower case, without the final dot. A byte of a label that is no visible ASCII, or a dot or
    // backslash in it, is written \DDD, so that no other name reads the same.
    std::string name;
    std::uint16_t type = 0;
    struct Edns {
        std::size_t udp_bytes_max = kDnsUdpBytes;
        bool dnssec_ok = false;
    };
    std::optional<Edns> edns = {};

    std::size_t udp_bytes_max() const { return edns ? edns->udp_bytes_max : kDnsUdpBytes; }
};

// One question of class IN. The error is the answer that says what is wrong with it (FORMERR,
// NOTIMP, REFUSED, BADVERS); empty for what gets none: a part of a header, or an answer.
Expected<DnsQuery, std::string> parse_dns_query(std::string_view message);

// For questions of type A or ANY the addresses; other types of a name with addresses have no
// records. Longer than `bytes_max`: without records, and marked as truncated.
// Requires: bytes_max >= kDnsUdpBytes.
std::string dns_answer(const DnsQuery& query, const NameAnswer& answer, std::size_t bytes_max);

}  // namespace kakehashi::enclosure

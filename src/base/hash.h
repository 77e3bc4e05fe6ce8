#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

// SHA-256 (FIPS 180-4) and HMAC (RFC 2104), OpenSSL's, with the algorithm fetched once.
// Safe from every thread. Aborts if OpenSSL lacks SHA-256.
namespace kakehashi {

using Sha256Digest = std::array<unsigned char, 32>;

Sha256Digest sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);
Sha256Digest hmac_sha256(std::string_view key, std::string_view bytes);
inline std::string_view view(const Sha256Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// The same for the same text on every machine: for ids that must not change between runs.
std::string stable_id(std::string_view text, std::string_view alphabet, std::size_t length);

}  // namespace kakehashi

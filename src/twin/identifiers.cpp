#include "twin/identifiers.h"

#include "base/hash.h"

namespace kakehashi::twin {
namespace {

constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kHex = "0123456789abcdef";

}  // namespace

std::string Identifiers::text(std::uint64_t draw, std::string_view alphabet, std::size_t length)
    const {
    return stable_id(std::to_string(seed_) + "/" + std::to_string(draw), alphabet, length);
}

std::string Identifiers::request_id(std::uint64_t draw) const {
    std::string id = text(draw, kHex, 32);
    id.reserve(36);
    for (std::size_t dash : {8U, 13U, 18U, 23U}) {
        id.insert(dash, "-");
    }
    return id;
}

std::string Identifiers::access_key_id() {
    return "ASIA" + drawn(kUpper, 16);
}

std::string Identifiers::secret_access_key() {
    return drawn(kLetters, 40);
}

// AWS's length, of which so much is drawn as tells one from another: each 32 cost a hash.
std::string Identifiers::long_text() {
    const std::string unique = drawn(kLetters, 64);
    std::string text;
    for (int i = 0; i < 6; ++i) {
        text += unique;
    }
    return text;
}

std::string Identifiers::session_token() {
    return "IQoJb3JpZ2luX2VjE" + long_text() + "=";
}

std::string Identifiers::package_token() {
    return "eyJ2ZXIiOjEs" + long_text();
}

std::string Identifiers::metadata_token() {
    return "AQAEA" + drawn(kLetters, 49) + "==";
}

std::string Identifiers::message_id() {
    return "msg_bdrk_01" + drawn(kLetters, 22);
}

std::string Identifiers::padding() {
    // Real streams pad with the alphabet itself, cut at a random place.
    const std::string length = drawn(kLetters, 1);
    return std::string(kLetters.substr(0, kLetters.find(length) % 36));
}

}  // namespace kakehashi::twin

#include "base/encoding.h"

#include "base/text.h"

#include <openssl/evp.h>

#include <algorithm>

namespace kakehashi {
namespace {

constexpr std::string_view kHexLower = "0123456789abcdef";
constexpr std::string_view kHexUpper = "0123456789ABCDEF";

bool unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string hex(std::span<const unsigned char> bytes) {
    std::string out(bytes.size() * 2, '0');
    auto at = out.begin();
    for (unsigned char byte : bytes) {
        *at++ = kHexLower[byte >> 4U];
        *at++ = kHexLower[byte & 15U];
    }
    return out;
}

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL adds a terminator
    const int written = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    out.resize(static_cast<std::size_t>(written));
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    if (text.empty()) return std::string();
    std::string out(text.size() / 4 * 3, '\0');
    const int written = EVP_DecodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<const unsigned char*>(text.data()),
        static_cast<int>(text.size())
    );
    if (written < 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    out.resize(static_cast<std::size_t>(written) - padding);
    if (base64(out) != text) return std::nullopt;  // OpenSSL forgives white space and loose bits
    return out;
}

std::string percent_encoded(std::string_view text, std::string_view kept) {
    std::string out;
    out.reserve(text.size() + text.size() / 2);
    for (char c : text) {
        if (unreserved(c) || kept.find(c) != kept.npos) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kHexUpper[byte >> 4U];
        out += kHexUpper[byte & 15U];
    }
    return out;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (;;) {
        const auto escape = std::min(text.find('%'), text.size());
        out += text.substr(0, escape);
        text.remove_prefix(escape);
        if (text.empty()) return out;
        if (text.size() < 3) return std::nullopt;
        const int high = digit(text[1]);
        const int low = digit(text[2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        text.remove_prefix(3);
    }
}

std::optional<std::string> form_decoded(std::string_view text) {
    if (text.find('+') == text.npos) return percent_decoded(text);
    return percent_decoded(replaced(std::string(text), "+", "%20"));
}

}  // namespace kakehashi

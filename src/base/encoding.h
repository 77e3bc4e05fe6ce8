#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// Bytes as text and back. Safe from every thread; nothing throws.
namespace kakehashi {

std::string hex(std::span<const unsigned char> bytes);  // lower case

std::string base64(std::string_view bytes);                     // RFC 4648 §4, padded
std::optional<std::string> from_base64(std::string_view text);  // exact, no white space

// RFC 3986: everything but A-Z a-z 0-9 - . _ ~ becomes %XX in upper case. `kept` stays as well.
std::string percent_encoded(std::string_view text, std::string_view kept = "");
// nullopt when a '%' is not followed by two hexadecimal digits. '+' stays '+'.
std::optional<std::string> percent_decoded(std::string_view text);
// application/x-www-form-urlencoded: as above, and '+' is a space.
std::optional<std::string> form_decoded(std::string_view text);

}  // namespace kakehashi

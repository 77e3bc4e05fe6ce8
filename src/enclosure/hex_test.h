#pragma once

#include "base/encoding.h"

#include <charconv>
#include <string>
#include <string_view>

namespace kakehashi::enclosure {

// Pairs of digits; spaces between pairs are for the reader.
inline std::string bytes(std::string_view digits) {
    std::string out;
    for (std::size_t at = 0; at < digits.size(); at += 2) {
        while (digits[at] == ' ') {
            ++at;
        }
        unsigned value = 0;
        std::from_chars(digits.data() + at, digits.data() + at + 2, value, 16);
        out += static_cast<char>(value);
    }
    return out;
}

inline std::string hex_of(std::string_view text) {
    return hex({reinterpret_cast<const unsigned char*>(text.data()), text.size()});
}

}  // namespace kakehashi::enclosure

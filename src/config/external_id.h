#pragma once

#include <string>
#include <string_view>

// How hard an ExternalId is to guess: `render` refuses, and `check` reports, fewer bits than this.
namespace kakehashi::config {

inline constexpr double kExternalIdBitsMin = 128;

// Bits that somebody would have to guess if the text was made by chance from the kinds of letters
// that it shows. Nothing for the municipality's own name in it, for punctuation, and for a text of
// so little variety that chance did not make it. Pure; safe from every thread.
double external_id_bits(std::string external_id, std::string_view municipality);

}  // namespace kakehashi::config

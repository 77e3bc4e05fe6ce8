#include "config/external_id.h"

#include "base/text.h"

#include <cmath>
#include <set>

namespace kakehashi::config {
namespace {

constexpr std::size_t kDistinctMin = 8;  // 32 random hex digits have fewer once in a million
constexpr double kBitsOfALetterInWords = 1.5;
// A shorter name may stand in a random text by chance.
constexpr std::size_t kNameBytesMin = 6;

struct Letters {
    std::size_t small = 0, capital = 0, digit = 0, beyond_hexadecimal = 0, distinct = 0;
};

Letters letters_of(std::string_view text) {
    Letters out;
    std::set<char> distinct;
    for (const char c : text) {
        const bool small = c >= 'a' && c <= 'z', capital = c >= 'A' && c <= 'Z';
        const bool digit = c >= '0' && c <= '9';
        if (!small && !capital && !digit) continue;
        distinct.insert(c);
        out.small += small ? 1 : 0;
        out.capital += capital ? 1 : 0;
        out.digit += digit ? 1 : 0;
        const bool beyond = (small && c > 'f') || (capital && c > 'F');
        out.beyond_hexadecimal += beyond ? 1 : 0;
    }
    out.distinct = distinct.size();
    return out;
}

}  // namespace

double external_id_bits(std::string external_id, std::string_view municipality) {
    if (municipality.size() >= kNameBytesMin) {
        external_id = replaced(std::move(external_id), municipality, "");
    }
    const Letters found = letters_of(external_id);
    if (found.distinct < kDistinctMin) return 0;
    const std::size_t count = found.small + found.capital + found.digit;
    const bool words = found.digit == 0 && (found.small == 0 || found.capital == 0);
    if (words) return static_cast<double>(count) * kBitsOfALetterInWords;
    double alphabet = found.digit != 0 ? 10 : 0;
    if (found.beyond_hexadecimal == 0) {
        alphabet += 6;  // one spelling of them
    } else {
        alphabet += (found.small != 0 ? 26 : 0) + (found.capital != 0 ? 26 : 0);
    }
    if (found.small + found.capital == 0) alphabet = 10;
    return static_cast<double>(count) * std::log2(alphabet);
}

}  // namespace kakehashi::config

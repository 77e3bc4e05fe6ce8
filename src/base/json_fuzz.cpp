#include "base/json.h"

#include <boost/json/parse.hpp>

#include <cstdint>
#include <cstdlib>

using namespace kakehashi;  // NOLINT(google-build-using-namespace)

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

// But for doubles, which Boost.JSON rounds otherwise.
bool same(const json::value& a, const json::value& b) {
    if (a.is_double() || b.is_double()) return a.is_double() && b.is_double();
    if (a.is_array() && b.is_array()) {
        const auto& left = a.get_array();
        const auto& right = b.get_array();
        return std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
    }
    if (a.is_object() && b.is_object()) {
        const auto& left = a.get_object();
        const auto& right = b.get_object();
        return std::equal(
            left.begin(),
            left.end(),
            right.begin(),
            right.end(),
            [](const auto& one, const auto& other) {
                return one.key() == other.key() && same(one.value(), other.value());
            }
        );
    }
    return a == b;
}

}  // namespace

// Oracles: what was accepted reads again, from what we write, as the same value; Boost.JSON's own
// reader takes what we take, as the same value, and refuses what is no JSON.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    boost::json::error_code failed;
    boost::json::parse_options options;
    options.max_depth = json::kDepthMax;
    const json::value theirs = boost::json::parse({text.data(), text.size()}, failed, {}, options);
    const auto read = json::parse(text);
    if (!read) {
        // Ours alone refuses a key that comes twice and a number that no double holds.
        require(failed || read.error().kind != json::JsonError::Kind::TooDeep);
        return 0;
    }
    require(!failed && same(*read, theirs));
    const std::string written = json::serialize(*read);
    const auto again = json::parse(written);
    require(again && json::serialize(*again) == written);
    return 0;
}

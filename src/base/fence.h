#pragma once

#include <string_view>

// Switches that take one rule of the judge out of force, so that tests can be seen to fail without
// it (tests/fences). Only a build with KAKEHASHI_FENCES, the sanitizers' own, has them: in any
// other the rules are constants, and not even their names are in the binary.
namespace kakehashi {

#ifdef KAKEHASHI_FENCES
// Whether the rule `rule` + `of` is in force: not if it is what the environment names
// (KAKEHASHI_FENCE_OFF, read once). Safe from every thread.
bool in_force(std::string_view rule, std::string_view of = {});
#else
constexpr bool in_force(std::string_view /*rule*/, std::string_view /*of*/ = {}) {
    return true;
}
#endif

}  // namespace kakehashi

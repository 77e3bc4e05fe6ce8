#include "base/json.h"

#include <cstdint>
#include <cstdlib>

// Oracle: what was accepted reads again, from what we write, as the same value.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto read = kakehashi::json::parse({reinterpret_cast<const char*>(data), size});
    if (!read) return 0;
    const std::string written = kakehashi::json::serialize(*read);
    auto again = kakehashi::json::parse(written);
    if (!again || kakehashi::json::serialize(*again) != written) std::abort();
    return 0;
}

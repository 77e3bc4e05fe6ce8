#include "base/arn.h"

#include <cstdint>
#include <cstdlib>

// Oracle: whatever is accepted prints as the bytes it was read from.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    auto arn = kakehashi::parse_arn(text);
    if (arn && to_string(*arn) != text) std::abort();
    return 0;
}

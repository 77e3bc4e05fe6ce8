#include "aws/catalog.h"

#include <cstdint>
#include <cstdlib>
#include <string>

// Oracle: whatever is accepted prints and reads again as itself, and its ids resolve to themselves.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kakehashi::aws;
    const std::string text(data, data + size);
    const auto catalog = read_catalog(text);
    if (!catalog) return 0;
    const auto again = read_catalog(to_json(*catalog));
    if (!again || !(*again == *catalog)) std::abort();
    for (const InferenceProfile& profile : catalog->profiles()) {
        if (profile.id.starts_with("arn:")) continue;
        const auto reference = resolve_model_id(*catalog, profile.id);
        if (!reference || reference->kind != ModelKind::InferenceProfile) std::abort();
    }
    return 0;
}

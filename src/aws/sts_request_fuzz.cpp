#include "aws/sts_messages.h"

#include <cstdint>
#include <cstdlib>
#include <string>

// Oracle: whatever is accepted encodes and decodes again as itself; every rejection has words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kakehashi::aws;
    const std::string form(data, data + size);
    const auto request = decode_sts_request(form);
    if (!request) {
        if (request.error().code.empty() || request.error().message.empty()) std::abort();
        return 0;
    }
    const std::string encoded = std::visit([](const auto& r) { return encode(r); }, *request);
    if (encoded.size() > kStsRequestBytesMax) return 0;  // escapes made it longer
    const auto again = decode_sts_request(encoded);
    if (!again || !(*again == *request)) std::abort();
    return 0;
}

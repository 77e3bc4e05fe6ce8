#include "aws/sts_messages.h"

#include <cstdint>
#include <cstdlib>
#include <string>

// Oracle: whatever is accepted encodes and decodes again to the same fields.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kakehashi::aws;
    const std::string xml(data, data + size);
    if (const auto identity = decode_get_caller_identity_response(xml)) {
        const auto again = decode_get_caller_identity_response(encode(*identity));
        if (!again || again->arn != identity->arn || again->account != identity->account)
            std::abort();
    }
    const auto response = decode_assume_role_response(xml);
    if (!response) return 0;
    const auto again = decode_assume_role_response(encode(*response));
    if (!again || encode(*again) != encode(*response)) std::abort();
    return 0;
}

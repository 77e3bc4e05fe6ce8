#include "aws/service_error.h"

#include <cstdint>
#include <cstdlib>

using namespace kakehashi::aws;  // NOLINT(google-build-using-namespace)

// Oracle: nothing grows, and a name is bare. The first line stands for x-amzn-ErrorType.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto line = std::min(text.find('\n'), size);
    const ErrorAnswer answers[] = {
        {400, {}, {}, text},
        {400, text.substr(0, line), {}, text.substr(std::min(line + 1, size))}};
    for (const ErrorAnswer& answer : answers) {
        const Remote bedrock = parse_bedrock_error(answer);
        if (bedrock.code.find_first_of(":#") != std::string::npos) std::abort();
        if (bedrock.code.size() + bedrock.text.size() > size) std::abort();
        const Remote sts = parse_sts_error(answer);
        if (sts.code.size() + sts.text.size() > size) std::abort();
        (void)classify(Service::Bedrock, bedrock);
        (void)classify(Service::Sts, sts);
    }
    return 0;
}

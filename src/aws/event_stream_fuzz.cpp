#include "aws/event_stream.h"

#include <cstdint>
#include <cstdlib>

// Oracle: frames that are accepted are written as the bytes they were read from, and pieces of any
// size make no difference.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kakehashi::aws;  // NOLINT(google-build-using-namespace)
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    EventStreamDecoder whole, pieces;
    whole.feed(bytes);
    std::string written;
    for (std::size_t i = 0; i < size; ++i) {
        pieces.feed(bytes.substr(i, 1));
        auto late = pieces.next();
        if (late && !*late) continue;
        auto early = whole.next();
        if (early.has_value() != late.has_value()) std::abort();
        if (!early) {
            if (early.error() != late.error() || pieces.at_boundary()) std::abort();
            return 0;
        }
        if (!*early || !(**early == **late)) std::abort();
        auto frame = encode(**early);
        if (!frame) std::abort();
        written += *frame;
        if (written != bytes.substr(0, written.size())) std::abort();
    }
    if (pieces.at_boundary() != (written.size() == size)) std::abort();
    return 0;
}

#include "base/encoding.h"

#include "base/ipv4.h"
#include "base/text.h"
#include "base/time.h"

#include <cstdint>
#include <cstdlib>

using namespace kakehashi;  // NOLINT(google-build-using-namespace)

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

// Whole seconds are written; a fraction is dropped.
bool same_second(TimePoint a, TimePoint b) {
    using std::chrono::floor;
    return floor<std::chrono::seconds>(a) == floor<std::chrono::seconds>(b);
}

void check_times(std::string_view text) {
    if (const auto time = parse_basic_iso8601(text)) require(to_basic_iso8601(*time) == text);
    if (const auto time = parse_http_date(text)) require(to_http_date(*time) == text);
    const auto time = parse_iso8601(text);
    if (!time) return;
    for (const auto& again :
         {parse_iso8601(to_iso8601(*time)),
          parse_basic_iso8601(to_basic_iso8601(*time)),
          parse_http_date(to_http_date(*time))}) {
        require(again && same_second(*again, *time));
    }
}

void check_addresses(std::string_view text) {
    if (const auto address = parse_ipv4(text)) require(ipv4_text(*address) == text);
    const auto network = parse_ipv4_network(text);
    if (!network) return;
    require(network->prefix <= 32 && network->contains(network->first));
    const std::string written = ipv4_text(network->first) + "/" + std::to_string(network->prefix);
    require(written == text || ipv4_text(network->first) == text);
}

}  // namespace

// The forms in which small things come: base64, percent-encoding, times, addresses. Oracle: what is
// read is written as it was, and every text comes back from its encoded form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    require(from_base64(base64(text)) == text);
    if (const auto bytes = from_base64(text)) require(base64(*bytes) == text);
    require(percent_decoded(percent_encoded(text)) == text);
    require(form_decoded(percent_encoded(text)) == text);
    if (const auto decoded = percent_decoded(text)) {
        require(decoded->size() <= size && percent_decoded(percent_encoded(*decoded)) == decoded);
    }
    if (const auto count = parse_count(text)) require(std::to_string(*count).size() <= size);
    check_times(text);
    check_addresses(text);
    return 0;
}

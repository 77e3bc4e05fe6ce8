#include "aws/converse.h"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

// Whatever is read as an event writes and reads again as itself.
void round_trip(std::string_view type, std::string_view payload) {
    using namespace kakehashi::aws;
    const auto event = read_stream_event(type, payload);
    if (!event) return;
    const StreamEventText written = write_stream_event(*event);
    const auto again = read_stream_event(written.type, written.payload);
    if (!again || !(*again == *event)) std::abort();
    ConverseStreamCollector collector;
    (void)collector.add(MessageStart{"assistant"}).has_value();
    (void)collector.add(*event).has_value();
    (void)collector.add(MessageStop{"end_turn"}).has_value();
    (void)collector.body().has_value();
}

}  // namespace

// Oracle: a request that passes is the one that was given, and every rejection has words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kakehashi;
    const std::string text(data, data + size);
    for (const char* type :
         {"messageStart", "contentBlockStart", "contentBlockDelta", "messageStop", "metadata", "x"})
        round_trip(type, text);
    const auto value = json::parse(text);
    if (!value) return 0;
    const auto checked = aws::check_converse_request(*value);
    if (!checked && checked.error().message.empty()) std::abort();
    (void)aws::read_converse_answer(*value).has_value();
    return 0;
}

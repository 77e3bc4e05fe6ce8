#include "aws/event_stream.h"

#include "base/encoding.h"

#include <gtest/gtest.h>

#include <limits>

namespace kakehashi::aws {
namespace {

using Error = EventStreamError;

// Made with Python's struct and zlib, not with our encoder.
constexpr std::string_view kMessageStop =
    "0000007a00000051ca2c46650b3a6576656e742d7479706507000b6d65737361676553746f700d3a636f6e74"
    "656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070005"
    "6576656e747b2273746f70526561736f6e223a22656e645f7475726e227d5fbf09fc";
constexpr std::string_view kAllTypes =
    "0000005b0000004bcbefb9ab016100016201016302ff01640380000165047fffffff016605ffffffffffffff"
    "ff0167060002000101680700000169080000000000000001016a09000102030405060708090a0b0c0d0e0f88"
    "67780b";

std::string bytes_of(std::string_view text) {
    std::string escaped;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        escaped.append("%").append(text.substr(i, 2));
    }
    return *percent_decoded(escaped);
}

EventMessage message_stop() {
    return {
        {{":event-type", std::string("messageStop")},
         {":content-type", std::string("application/json")},
         {":message-type", std::string("event")}},
        R"({"stopReason":"end_turn"})"};
}

EventMessage all_types() {
    EventUuid uuid{};
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        uuid[i] = static_cast<unsigned char>(i);
    }
    return {
        {{"a", true},
         {"b", false},
         {"c", std::int8_t{-1}},
         {"d", std::numeric_limits<std::int16_t>::min()},
         {"e", std::numeric_limits<std::int32_t>::max()},
         {"f", std::int64_t{-1}},
         {"g", EventBytes{std::string("\0\1", 2)}},
         {"h", std::string()},
         {"i", EventTime{1}},
         {"j", uuid}},
        ""};
}

// Every frame of `bytes`, fed at once; the error that ended it, if one did.
struct Decoded {
    std::vector<EventMessage> messages = {};
    std::optional<Error> error = {};
    bool at_boundary = true;
};
Decoded decode(std::string_view bytes, std::size_t piece) {
    EventStreamDecoder decoder;
    Decoded out;
    for (std::size_t i = 0; i < bytes.size(); i += piece) {
        decoder.feed(bytes.substr(i, piece));
        for (;;) {
            auto next = decoder.next();
            if (!next) {
                out.error = next.error();
                break;
            }
            if (!*next) break;
            out.messages.push_back(**std::move(next));
        }
    }
    out.at_boundary = decoder.at_boundary();
    return out;
}

TEST(EventStream, WritesAndReadsTheBytesOfTheSpecification) {
    struct Row {
        std::string_view text;
        EventMessage message;
    };
    for (const auto& [text, message] :
         {Row{kMessageStop, message_stop()}, Row{kAllTypes, all_types()}}) {
        auto written = encode(message);
        ASSERT_TRUE(written);
        EXPECT_EQ(*written, bytes_of(text));
        const auto read = decode(bytes_of(text), 1);
        ASSERT_EQ(read.messages.size(), 1U);
        EXPECT_EQ(read.messages[0], message);
        EXPECT_TRUE(read.at_boundary);
    }
    EXPECT_EQ(message_stop().find(":event-type"), "messageStop");
    EXPECT_EQ(message_stop().find(":exception-type"), std::nullopt);
    EXPECT_EQ(all_types().find("a"), std::nullopt);
}

TEST(EventStream, ReadsPiecesOfAnySize) {
    const auto bytes = bytes_of(kMessageStop) + bytes_of(kAllTypes) + bytes_of(kMessageStop);
    for (std::size_t piece : {1UL, 2UL, 7UL, 13UL, 150UL, bytes.size()}) {
        const auto read = decode(bytes, piece);
        EXPECT_EQ(read.messages.size(), 3U) << piece;
        EXPECT_EQ(read.error, std::nullopt);
        EXPECT_TRUE(read.at_boundary);
    }
}

TEST(EventStream, SeesAnEndInsideAFrame) {
    const auto bytes = bytes_of(kMessageStop);
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        const auto read = decode(std::string_view(bytes).substr(0, size), size);
        EXPECT_TRUE(read.messages.empty());
        EXPECT_EQ(read.error, std::nullopt);
        EXPECT_FALSE(read.at_boundary) << size;
    }
}

TEST(EventStream, RefusesEveryChangedByte) {
    const auto bytes = bytes_of(kAllTypes);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        const auto read = decode(changed, changed.size());
        EXPECT_TRUE(read.messages.empty());
        EXPECT_EQ(read.error, i < 12 ? Error::PreludeCorrupt : Error::MessageCorrupt) << i;
        EXPECT_FALSE(read.at_boundary);
    }
}

TEST(EventStream, DoesNotWriteWhatCannotBeRead) {
    EventMessage twice{{{"a", true}, {"a", false}}, ""};
    EXPECT_EQ(encode(twice).error(), Error::DuplicateHeader);
    EXPECT_EQ(encode({{{"", true}}, ""}).error(), Error::BadHeader);
    EXPECT_EQ(encode({{{std::string(256, 'x'), true}}, ""}).error(), Error::BadHeader);
    EXPECT_TRUE(encode({{{std::string(255, 'x'), std::string(65535, 'y')}}, ""}));
    EXPECT_EQ(encode({{{"x", std::string(65536, 'y')}}, ""}).error(), Error::BadHeader);
    const std::string half(65535, 'y');
    EXPECT_EQ(encode({{{"a", half}, {"b", half}, {"c", half}}, ""}).error(), Error::TooLarge);
    EXPECT_EQ(encode({{}, std::string(kEventPayloadBytesMax + 1, 'x')}).error(), Error::TooLarge);
    EventMessage many;
    for (std::size_t i = 0; i <= kEventHeadersMax; ++i) {
        many.headers.emplace_back(std::to_string(i), true);
    }
    EXPECT_EQ(encode(many).error(), Error::TooLarge);
}

// Frames whose checksums fit and whose contents do not; from Python as above.
TEST(EventStream, RefusesWhatIsNoFrame) {
    struct Row {
        std::string_view text;
        Error error;
    };
    const Row rows[] = {
        {"000000160000000663e1187e016100016101888f689f", Error::DuplicateHeader},
        {"0000001200000002910c7aa700007bc1361e", Error::BadHeader},
        {"0000001300000003db6b638101610affab9622", Error::BadHeader},
        {"0000001200000002910c7aa70161586f5691", Error::BadHeader},
        {"0000001200000002910c7aa7026173420552", Error::BadHeader},
        {"000000160000000663e1187e0161070002787393cbed", Error::BadHeader},
        {"0000001400000004f72f2a3201610700ca8c1f30", Error::BadHeader},
        {"0000001a0000000aafa7b954016105000000000000001a8f9a90", Error::BadHeader},
        {"00000022000000122d9ad2450161090000000000000000000000000000008eccb70c", Error::BadHeader},
        {"0000000f00000000e77248b845ab32b2", Error::BadLength},
        {"000000100000000172c5787d75756f6d", Error::BadLength},
        {"00000000000000006522df697e2a53fc", Error::BadLength},
        {"ffffffff00000000ffffffff2144df1c", Error::TooLarge},
        {"7fffffff00020001d8479eddb452ab48", Error::TooLarge},
        {"01800011000000007c1e8b377bb19c7c", Error::TooLarge},
    };
    for (const auto& [text, error] : rows) {
        const auto read = decode(bytes_of(text), 1000);
        EXPECT_TRUE(read.messages.empty()) << text;
        EXPECT_EQ(read.error, error) << text;
    }
}

}  // namespace
}  // namespace kakehashi::aws

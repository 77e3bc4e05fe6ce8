#include "base/json.h"

#include "base/peak_memory.h"

#include <gtest/gtest.h>

#include <string>

namespace kakehashi::json {
namespace {

using Kind = JsonError::Kind;

TEST(Json, KeepsWhatItReads) {
    const std::string text = R"({"b":1,"a":["こ",null,true,-1.5E0,18446744073709551615],"c":{}})";
    auto read = parse(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(serialize(*read), text);
}

TEST(Json, ReadsNumbersExactly) {
    for (const char* text : {"0.1", "1E-7", "3.1111111111311112E40", "2.2250738585072014E-308"}) {
        auto read = parse(text);
        ASSERT_TRUE(read) << text;
        EXPECT_EQ(serialize(*read), serialize(value(std::stod(text)))) << text;
    }
    auto read = parse("31111111111311111111111111111111111111111");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->as_double(), 31111111111311111111111111111111111111111.0);
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

// What is large and flat is only large (P17); more than a set of keys keeps, and escapes.
TEST(Json, ReadsManyKeysAndEscapes) {
    std::string text = "{";
    for (int i = 0; i < 20'000; ++i)
        text += "\"" + std::to_string(i) + "\":{\"a\\u0041\":[-0.0]},";
    const auto read = parse(text + "\"a\":\"" + repeated("\\u3042", 20'000) + "\"}");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->as_object().size(), 20'001U);
    EXPECT_TRUE(find(*find(*read, "19999"), "aA"));
    EXPECT_EQ(find_string(*read, "a")->size(), 60'000U);
}

// Whatever the text, reading it takes at most twenty times its size.
TEST(Json, P17_NothingAmplifies) {
    constexpr std::size_t kTimes = 20;
    const std::string deep = std::string(kDepthMax - 1, '[') + std::string(kDepthMax - 1, ']');
    std::string keys;
    for (int i = 0; i < 20'000; ++i)
        keys += ",\"" + std::to_string(i) + "\":0";
    const std::string texts[] = {
        "[0" + repeated(",0", 200'000) + "]",
        "[[]" + repeated(",[]", 100'000) + "]",
        "[{}" + repeated(",{}", 100'000) + "]",
        "[[0]" + repeated(",[0]", 100'000) + "]",
        "[[[0]]" + repeated(",[[0]]", 100'000) + "]",
        "[" + deep + repeated("," + deep, 1'000) + "]",
        R"([{"":0})" + repeated(R"(,{"":0})", 100'000) + "]",
        R"([{"a":[0]})" + repeated(R"(,{"a":[0]})", 100'000) + "]",
        R"([""])" + std::string(200'000, ' '),
        R"([""])" + repeated(R"(,"")", 100'000),
        R"(["aaaaaaaaaaaaaaa")" + repeated(R"(,"aaaaaaaaaaaaaaa")", 20'000) + "]",
        "{\"a\":0" + keys + "}",
        "\"" + std::string(400'000, 'x') + "\"",
        "\"" + repeated("\\u0041", 100'000) + "\"",
        "\"" + repeated("[{", 200'000) + "\"",
        "{\"" + repeated("\\n", 200'000) + "\":0}",
        std::string(400'000, '9'),
        "0." + std::string(400'000, '9'),
        // What is no JSON, but may be taken for it while it is counted.
        std::string(400'000, '['),
        "[" + std::string(400'000, ','),
        "[" + repeated("0 ,", 100'000) + ",",
        "{" + repeated("0:", 200'000),
        "{" + repeated("0:0,", 100'000),
        "[" + repeated("]", 200'000),
        repeated("[0]", 100'000),
    };
    for (const std::string& text : texts) {
        const PeakMemory peak;
        const bool read = parse(text).has_value();
        EXPECT_LE(peak.bytes(), kTimes * text.size())
            << text.substr(0, 40) << " times " << peak.bytes() / text.size() << ", read " << read;
    }
}

TEST(Json, RefusesTheNeighbours) {
    struct Row {
        std::string text;
        Kind kind;
    };
    const Row rows[] = {
        {"", Kind::Syntax},
        {"{", Kind::Syntax},
        {"{}x", Kind::Syntax},
        {"{} {}", Kind::Syntax},
        {"[1,]", Kind::Syntax},
        {"{'a':1}", Kind::Syntax},
        {"[01]", Kind::Syntax},
        {"[NaN]", Kind::Syntax},
        {"\xEF\xBB\xBF{}", Kind::Syntax},
        {"\"\xFF\"", Kind::Syntax},
        {R"("\ud800")", Kind::Syntax},
        {R"({"a":1,"b":{"a":2},"a":3})", Kind::DuplicateKey},
        {R"({"a":1,"\u0061":3})", Kind::DuplicateKey},
        {std::string(kDepthMax + 1, '[') + std::string(kDepthMax + 1, ']'), Kind::TooDeep},
        {std::string(1'000'000, '['), Kind::TooDeep},
        {repeated("{\"a\":", 1'000'000), Kind::TooDeep},
        {"[1e999]", Kind::Syntax},
        {std::string(1'000'000, '9'), Kind::Syntax},
        {"1e" + std::string(1'000'000, '9'), Kind::Syntax},
        {"{" + repeated("\"a\":0,", 1'000'000) + "\"b\":0}", Kind::DuplicateKey},
    };
    for (const auto& [text, kind] : rows) {
        auto read = parse(text);
        ASSERT_FALSE(read) << text.substr(0, 40);
        EXPECT_EQ(read.error().kind, kind) << text.substr(0, 40);
    }
    for (const char* item : {"0, ", "[], ", "\"\", ", "{\"id\":12345,\"name\":\"a\"},", "0.25,"}) {
        EXPECT_TRUE(parse("[" + repeated(item, 50'000) + "0]")) << item;
    }
    EXPECT_TRUE(parse("[" + repeated("0,", 20'000) + "0]"));
    EXPECT_TRUE(parse(std::string(kDepthMax, '[') + std::string(kDepthMax, ']')));
    EXPECT_EQ(parse("[1,2]", 4).error().kind, Kind::TooLarge);
}

TEST(Json, SaysWhere) {
    const auto read = parse("{\n \"a\": 1,\n \"a\": 2}");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().line, 3U);
    EXPECT_EQ(read.error().key, "a");
}

TEST(Json, FindsOnlyWhatIsThere) {
    const auto read = parse(R"({"s":"x","o":{},"a":[]})");
    ASSERT_TRUE(read);
    EXPECT_EQ(find_string(*read, "s"), "x");
    EXPECT_FALSE(find_string(*read, "o"));
    EXPECT_TRUE(find_object(*read, "o"));
    EXPECT_TRUE(find_array(*read, "a"));
    EXPECT_EQ(find(*read, "z"), nullptr);
    EXPECT_EQ(find(value(1), "z"), nullptr);
}

}  // namespace
}  // namespace kakehashi::json

#include "base/message.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

extern "C" const char kakehashi_messages[];
extern "C" const char kakehashi_messages_end[];

namespace kakehashi {
namespace {

// Against a reader of JSON, for message.cpp finds its entries by how they are written.
TEST(Message, FindsEveryTextOfTheCatalogue) {
    const auto files = boost::json::parse({kakehashi_messages, kakehashi_messages_end});
    std::size_t count = 0;
    for (const auto& file : files.as_array()) {
        for (const auto& [id, texts] : file.as_object()) {
            const Message message{MessageId::composed(std::string(id)), {}};
            ASSERT_TRUE(has_text(message.id)) << id;
            const std::string english(texts.at("en").as_string());
            if (english.find('{') != english.npos) continue;  // its fields are left out here
            EXPECT_EQ(text(message, Language::English), english);
            ++count;
        }
    }
    EXPECT_GT(count, 100U);
}

TEST(Message, SpeaksBothLanguages) {
    const Message message{"base.json.duplicate_key"_msg, {{"key", "Action"}}};
    EXPECT_NE(text(message, Language::English).find("`Action`"), std::string::npos);
    EXPECT_NE(text(message, Language::Japanese).find("`Action`"), std::string::npos);
    EXPECT_NE(text(message, Language::English), text(message, Language::Japanese));
}

TEST(Message, EscapesWhatFillsIt) {
    const Message message{"base.json.duplicate_key"_msg, {{"key", "\x1B[2J{line}"}}};
    EXPECT_NE(text(message, Language::English).find("\\u{1b}[2J{line}"), std::string::npos);
}

TEST(Message, ShowsAnIdThatHasNoText) {
    EXPECT_FALSE(has_text(MessageId::composed("no.such")));
    EXPECT_EQ(
        text({MessageId::composed("no.such"), {{"a", "b"}}}, Language::English), "no.such a=b"
    );
}

}  // namespace
}  // namespace kakehashi

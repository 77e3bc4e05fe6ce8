#include "base/message.h"

#include <gtest/gtest.h>

namespace kakehashi {
namespace {

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

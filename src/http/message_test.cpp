#include "http/message.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace kakehashi::http {
namespace {

TEST(Headers, CompareNamesInAnyCaseAndKeepTheirOrder) {
    Headers headers;
    headers.add("Host", "a");
    headers.add("x-amz-date", "1");
    headers.add("X-Amz-Date", "2");
    EXPECT_EQ(headers.find("X-AMZ-DATE"), "1");
    EXPECT_EQ(headers.count("x-amz-date"), 2U);
    EXPECT_EQ(headers.find("x-amz-dat"), std::nullopt);
    headers.set("X-AMZ-date", "3");
    EXPECT_EQ(headers.count("x-amz-date"), 1U);
    EXPECT_EQ(headers.find("x-amz-date"), "3");
    headers.erase("HOST");
    EXPECT_EQ(headers.fields().size(), 1U);
}

TEST(NetErrors, EveryKindHasWords) {
    for (int kind = 0; kind <= static_cast<int>(NetErrorKind::Cancelled); ++kind) {
        const Message message =
            describe({.kind = static_cast<NetErrorKind>(kind), .host = "h:443"});
        EXPECT_TRUE(has_text(message.id)) << message.id.name();
        EXPECT_NE(text(message, Language::English).find("`h:443`"), std::string::npos);
    }
}

class Pieces : public BodyReader {
public:
    explicit Pieces(std::vector<Expected<std::string, NetError>> pieces)
        : pieces_(std::move(pieces)) {}
    boost::asio::awaitable<Expected<std::string, NetError>> read() override {
        co_return next_ == pieces_.size() ? std::string() : std::move(pieces_[next_++]);
    }

private:
    std::vector<Expected<std::string, NetError>> pieces_;
    std::size_t next_ = 0;
};

Expected<std::string, NetError> all_of(Body body, std::size_t bytes_max) {
    boost::asio::io_context io;
    std::optional<Expected<std::string, NetError>> result;
    auto run = [&]() -> boost::asio::awaitable<void> {
        auto read = co_await read_all(std::move(body), bytes_max);
        result.emplace(std::move(read));
    };
    boost::asio::co_spawn(io, run(), [](const std::exception_ptr&) {});
    io.run();
    return std::move(result).value();
}

Body pieces(std::vector<Expected<std::string, NetError>> list) {
    return std::make_unique<Pieces>(std::move(list));
}

TEST(ReadAll, JoinsThePiecesUpToTheLimit) {
    EXPECT_EQ(*all_of(std::string("abc"), 3), "abc");
    EXPECT_EQ(all_of(std::string("abc"), 2).error().kind, NetErrorKind::TooLarge);
    EXPECT_EQ(*all_of(pieces({std::string("ab"), std::string("c")}), 3), "abc");
    EXPECT_EQ(
        all_of(pieces({std::string("ab"), std::string("c")}), 2).error().kind,
        NetErrorKind::TooLarge
    );
}

TEST(ReadAll, PassesAnErrorOnInsteadOfAShortBody) {
    const Failure truncated{NetError{.kind = NetErrorKind::Truncated}};
    EXPECT_EQ(
        all_of(pieces({std::string("ab"), truncated}), 9).error().kind, NetErrorKind::Truncated
    );
}

}  // namespace
}  // namespace kakehashi::http

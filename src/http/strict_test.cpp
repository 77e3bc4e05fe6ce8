#include "http/strict.h"

#include <gtest/gtest.h>

namespace kakehashi::http {
namespace {

struct Read {
    RequestHead head;
    std::size_t bytes = 0;
};

// As a server does: find the end, then parse. nullopt in the Expected: not whole yet.
Expected<std::optional<Read>, Refusal> read(std::string_view bytes) {
    HeadEnd end;
    KAKEHASHI_TRY(const auto size, end.find(bytes));
    if (!size) return std::optional<Read>();
    Read out;
    out.bytes = *size;
    if (auto parsed = parse_request(bytes.substr(0, *size), out.head); !parsed) {
        return Failure{parsed.error()};
    }
    return std::optional(std::move(out));
}

std::string with(std::string_view fields) {
    return "POST /model/a%3A0/converse?x=1 HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

TEST(StrictRequest, ReadsInPlace) {
    const std::string text = with("X-Amz-Date:  20261124T083337Z \t\r\nContent-Length: 12\r\n");
    const std::string bytes = text + "next";
    auto got = read(bytes);
    ASSERT_TRUE(got && *got);
    const RequestHead& head = (*got)->head;
    EXPECT_EQ((*got)->bytes, text.size());
    EXPECT_EQ(head.method, "POST");
    EXPECT_EQ(head.target, "/model/a%3A0/converse?x=1");
    EXPECT_EQ(head.host, "a");
    EXPECT_EQ(head.fields.at(1).name, "X-Amz-Date");
    EXPECT_EQ(head.fields.at(1).value, "20261124T083337Z");
    EXPECT_EQ(head.framing.kind, Framing::Kind::Length);
    EXPECT_EQ(head.framing.length, 12U);
    EXPECT_TRUE(head.keep_alive);
}

TEST(StrictRequest, AcceptsTheNeighboursOfWhatItRefuses) {
    const std::string rows[] = {
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.0\r\nContent-Length: 1\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n",
        "M-SEARCH /a;b=c@d:e,f!$&'()*+~ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:443\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:\r\n\r\n",
        "GET / HTTP/1.1\r\nhOST:127.0.0.1:80\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]:443\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::ffff:1.2.3.4]\r\n\r\n",
        with("Content-Length: 0\r\n"),
        with("Content-Length: 007\r\n"),
        with("Transfer-Encoding: chunked\r\n"),
        with("Transfer-Encoding:chunked \t\r\n"),
        with("Expect: 100-continue\r\n"),
        with("X:\r\n"),
        with("X: a\tb\r\n"),
        with("X: \xE3\x81\x93\r\n"),
        with("X_Y: 1\r\n"),
        with("!#$%&'*+-.^_`|~: 1\r\n"),
        with("Connection: close, upgrade\r\n"),
    };
    for (const auto& text : rows) {
        auto got = read(text);
        EXPECT_TRUE(got && *got) << text;
    }
}

struct Row {
    std::string text;
    Refusal refusal;
};

std::vector<Row> refused() {
    using R = Refusal;
    const auto get = [](const std::string& target) {
        return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
    };
    const auto host = [](const std::string& line) { return "GET / HTTP/1.1\r\n" + line + "\r\n"; };
    return {
        // Line ends.
        {"GET / HTTP/1.1\nHost: a\n\n", R::BareLineEnd},
        {"GET / HTTP/1.1\r\nHost: a\n\r\n", R::BareLineEnd},
        {"GET / HTTP/1.1\r\nHost: a\r\n\n", R::BareLineEnd},
        {"GET / HTTP/1.1\rHost: a\r\r", R::BareLineEnd},
        {"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", R::BareLineEnd},
        {with("X: a\rb\r\n"), R::BareLineEnd},
        {with("X: a\nContent-Length: 3\r\n"), R::BareLineEnd},
        {"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", R::BareLineEnd},
        {"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", R::BadStartLine},
        // The request line.
        {"GET /\r\nHost: a\r\n\r\n", R::BadStartLine},
        {"GET\r\nHost: a\r\n\r\n", R::BadStartLine},
        {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", R::BadTarget},
        {"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", R::BadTarget},
        {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", R::BadStartLine},
        {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", R::BadStartLine},
        {"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", R::BadStartLine},
        {"G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n", R::BadStartLine},
        {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", R::BadVersion},
        {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", R::BadVersion},
        {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", R::BadVersion},
        {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", R::BadVersion},
        {"GET / http/1.1\r\nHost: a\r\n\r\n", R::BadVersion},
        {"GET / HTTP/1.10\r\nHost: a\r\n\r\n", R::BadVersion},
        {"GET / HTTP/ 1.1\r\nHost: a\r\n\r\n", R::BadVersion},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", R::BadVersion},
        // The target.
        {get("*"), R::BadTarget},
        {get("a"), R::BadTarget},
        {get("http://a/"), R::BadTarget},
        {get("/a b"), R::BadTarget},
        {get("/a\x01"), R::BadTarget},
        {get("/a\x7F"), R::BadTarget},
        {get("/\xE3\x81\x93"), R::BadTarget},
        {get("/a#b"), R::BadTarget},
        {get("/a\\b"), R::BadTarget},
        {get("/%"), R::BadTarget},
        {get("/%4"), R::BadTarget},
        {get("/%4g"), R::BadTarget},
        {std::string("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", 30), R::BadTarget},
        {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", R::BadTarget},
        {"OPTIONS ** HTTP/1.1\r\nHost: a\r\n\r\n", R::BadTarget},
        // Host.
        {"GET / HTTP/1.1\r\n\r\n", R::BadHost},
        {host("Host: a\r\nHost: a\r\n"), R::BadHost},
        {host("Host: a\r\nhost: b\r\n"), R::BadHost},
        {host("Host:\r\n"), R::BadHost},
        {host("Host: \t\r\n"), R::BadHost},
        {host("Host: a, b\r\n"), R::BadHost},
        {host("Host: a,b\r\n"), R::BadHost},
        {host("Host: u@a\r\n"), R::BadHost},
        {host("Host: u:p@a\r\n"), R::BadHost},
        {host("Host: a/b\r\n"), R::BadHost},
        {host("Host: a?b\r\n"), R::BadHost},
        {host("Host: a#b\r\n"), R::BadHost},
        {host("Host: a b\r\n"), R::BadHost},
        {host("Host: http://a\r\n"), R::BadHost},
        {host("Host: :443\r\n"), R::BadHost},
        {host("Host: a:b\r\n"), R::BadHost},
        {host("Host: a:1:2\r\n"), R::BadHost},
        {host("Host: a:-1\r\n"), R::BadHost},
        {host("Host: [::1\r\n"), R::BadHost},
        {host("Host: []\r\n"), R::BadHost},
        {host("Host: [::1]x\r\n"), R::BadHost},
        {host("Host: a\\b\r\n"), R::BadHost},
        {host("Host: a%2Eb\r\n"), R::BadHost},
        {host("Host: a%\r\n"), R::BadHost},
        {host("Host: \xE3\x81\x93\r\n"), R::BadHost},
        {"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", R::BadHost},
        // Names and values.
        {with("X : 1\r\n"), R::BadFieldName},
        {with("X\t: 1\r\n"), R::BadFieldName},
        {with(": 1\r\n"), R::BadFieldName},
        {with("X\r\n"), R::BadFieldName},
        {with("X Y: 1\r\n"), R::BadFieldName},
        {with("X[1]: 1\r\n"), R::BadFieldName},
        {with("\x01X: 1\r\n"), R::BadFieldName},
        {with("X\x7F: 1\r\n"), R::BadFieldName},
        {with("\xE3\x81\x93: 1\r\n"), R::BadFieldName},
        {with(" X: 1\r\n"), R::BadFieldName},
        {with("\tX: 1\r\n"), R::BadFieldName},
        {with("X: 1\r\n folded\r\n"), R::BadFieldName},
        {with("X: 1\r\n\tfolded: 2\r\n"), R::BadFieldName},
        {with("Content-Length : 3\r\n"), R::BadFieldName},
        {with("Transfer-Encoding : chunked\r\n"), R::BadFieldName},
        {with("X: a\x01\r\n"), R::BadFieldValue},
        {with("X: a\x0B\r\n"), R::BadFieldValue},
        {with("X: a\x1B[2J\r\n"), R::BadFieldValue},
        {with("X: a\x7F\r\n"), R::BadFieldValue},
        {with(std::string("X: a\0b\r\n", 8)), R::BadFieldValue},
        // Lengths.
        {with("Content-Length:\r\n"), R::BadLength},
        {with("Content-Length: +1\r\n"), R::BadLength},
        {with("Content-Length: -1\r\n"), R::BadLength},
        {with("Content-Length: 1 2\r\n"), R::BadLength},
        {with("Content-Length: 0x1\r\n"), R::BadLength},
        {with("Content-Length: 1.0\r\n"), R::BadLength},
        {with("Content-Length: 1, 1\r\n"), R::BadLength},
        {with("Content-Length: 1,\r\n"), R::BadLength},
        {with("Content-Length: 1\r\nContent-Length: 1\r\n"), R::BadLength},
        {with("Content-Length: 1\r\ncontent-length: 2\r\n"), R::BadLength},
        {with("Content-Length: 18446744073709551616\r\n"), R::BadLength},
        {with("Content-Length: 18446744073709551615\r\n"), R::BadLength},
        // Transfer codings.
        {with("Transfer-Encoding:\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: gzip\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: identity\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: chunked, gzip\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: gzip, chunked\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: chunked, chunked\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: chunked,\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: ,chunked\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: xchunked\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: \"chunked\"\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: chunked;q=1\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: Chunked\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: \x0B"
              "chunked\r\n"),
         R::BadFieldValue},
        {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
         R::BadTransferCoding},
        {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"), R::BadTransferCoding},
        {with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), R::BadTransferCoding},
        {with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), R::BadTransferCoding},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", R::BadTransferCoding},
        {with("Expect: 200-maybe\r\n"), R::BadExpectation},
    };
}

TEST(P22StrictRequest, RefusesWhatTwoReadersMightReadInTwoWays) {
    const auto rows = refused();
    EXPECT_GE(rows.size(), 100U);
    for (const auto& [text, refusal] : rows) {
        auto got = read(text);
        ASSERT_FALSE(got) << text;
        EXPECT_EQ(got.error(), refusal) << text;
        EXPECT_GE(status_of(refusal), 400);
    }
}

TEST(P22StrictRequest, ReadsTheSameHoweverItIsCut) {
    auto rows = refused();
    rows.push_back({with("Content-Length: 12\r\n"), {}});
    for (const auto& [text, refusal] : rows) {
        HeadEnd whole, cut;
        auto expected = whole.find(text);
        for (std::size_t size = 0; size <= text.size(); ++size) {
            auto got = cut.find(std::string_view(text).substr(0, size));
            if (!got || *got || size == text.size()) {
                ASSERT_EQ(got.has_value(), expected.has_value()) << text;
                if (!got) break;
                EXPECT_EQ(*got, *expected) << text;
                break;
            }
        }
    }
}

TEST(StrictRequest, WaitsForTheWholeHead) {
    const std::string text = with("Content-Length: 12\r\n");
    for (std::size_t size = 0; size < text.size(); ++size) {
        auto got = read(std::string_view(text).substr(0, size));
        ASSERT_TRUE(got) << size;
        EXPECT_FALSE(*got) << size;
    }
}

TEST(StrictRequest, BoundsTheHead) {
    EXPECT_EQ(read("GET /" + std::string(kHeadBytesMax, 'a')).error(), Refusal::TooLarge);
    std::string fields;
    for (std::size_t i = 0; i < kFieldsMax; ++i) {
        fields += "X: 1\r\n";
    }
    EXPECT_EQ(read(with(fields)).error(), Refusal::TooManyFields);
    EXPECT_EQ(status_of(Refusal::TooLarge), 431);
}

TEST(StrictRequest, KnowsWhenTheConnectionEnds) {
    const auto keeps = [](const std::string& text) { return read(text)->value().head.keep_alive; };
    EXPECT_TRUE(keeps(with("")));
    EXPECT_FALSE(keeps(with("Connection: x, Close\r\n")));
    EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    EXPECT_TRUE(read(with("Expect: 100-Continue\r\n"))->value().head.expects_continue);
}

Expected<ResponseHead, Refusal> answer(std::string_view bytes, Asked asked) {
    ResponseHead head;
    HeadEnd end;
    KAKEHASHI_TRY(const auto size, end.find(bytes));
    if (!size) return Failure{Refusal::TooLarge};
    if (auto parsed = parse_response(bytes.substr(0, *size), asked, head); !parsed) {
        return Failure{parsed.error()};
    }
    return head;
}

TEST(StrictResponse, KnowsItsFraming) {
    using Kind = Framing::Kind;
    struct Frame {
        std::string text;
        Asked asked;
        Kind kind;
        bool keep_alive;
    };
    const Frame rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Asked::Other, Kind::Length, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Asked::Head, Kind::None, true},
        {"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n", Asked::Other, Kind::Chunked, true},
        {"HTTP/1.1 200\r\n\r\n", Asked::Other, Kind::UntilClose, false},
        {"HTTP/1.1 204 No Content\r\n\r\n", Asked::Other, Kind::None, true},
        {"HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", Asked::Other, Kind::None, true},
        {"HTTP/1.1 100 Continue\r\n\r\n", Asked::Other, Kind::None, true},
        {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", Asked::Other, Kind::Length, false},
        {"HTTP/1.1 500 x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
         Asked::Other,
         Kind::Length,
         false},
    };
    for (const auto& [text, asked, kind, keep_alive] : rows) {
        auto head = answer(text, asked);
        ASSERT_TRUE(head) << text;
        EXPECT_EQ(head->framing.kind, kind) << text;
        EXPECT_EQ(head->keep_alive, keep_alive) << text;
    }
}

TEST(StrictResponse, RefusesTheNeighbours) {
    for (const char* text :
         {"HTTP/1.1 20 OK\r\n\r\n",
          "HTTP/1.1 2000 OK\r\n\r\n",
          "HTTP/1.1  200 OK\r\n\r\n",
          "HTTP/1.1 099 x\r\n\r\n",
          "HTTP/1.1 600 x\r\n\r\n",
          "HTTP/2 200 OK\r\n\r\n",
          "ICY 200 OK\r\n\r\n",
          "HTTP/1.1 200 O\x01\r\n\r\n",
          "HTTP/1.1 200\tOK\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
          "HTTP/1.1 200 OK\r\nX: 1\r\n folded\r\n\r\n"}) {
        EXPECT_FALSE(answer(text, Asked::Other)) << text;
    }
}

struct Decoded {
    std::string body;
    std::size_t consumed = 0;
    bool done = false;
};

Expected<Decoded, Refusal> decode(std::string_view bytes, std::size_t step) {
    ChunkDecoder decoder;
    Decoded out;
    while (out.consumed < bytes.size() && !out.done) {
        KAKEHASHI_TRY(const auto got, decoder.next(bytes.substr(out.consumed, step)));
        out.consumed += got.consumed;
        out.body += got.piece;
        out.done = got.done;
    }
    return out;
}

TEST(StrictChunks, GiveTheBodyHoweverTheyAreCut) {
    const std::string_view rows[] = {
        "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
        "000d\r\nabc0123456789\r\n00\r\n\r\n",
        "d\r\nabc0123456789\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n"};
    for (std::string_view text : rows) {
        const std::string bytes = std::string(text) + "GET /";
        for (std::size_t step = 1; step <= bytes.size(); ++step) {
            auto got = decode(bytes, step);
            ASSERT_TRUE(got) << text;
            EXPECT_EQ(got->body, "abc0123456789");
            EXPECT_TRUE(got->done);
            EXPECT_EQ(got->consumed, text.size());
        }
    }
}

TEST(StrictChunks, AnnounceWhatAWholeSizeLineSays) {
    ChunkDecoder decoder;
    const std::string_view line = "1F4\r\n";
    for (char c : line) {
        EXPECT_EQ(decoder.announced(), 0U);
        ASSERT_TRUE(decoder.next(std::string_view(&c, 1)));
    }
    EXPECT_EQ(decoder.announced(), 0x1F4U);
    ASSERT_TRUE(decoder.next("abc"));
    EXPECT_EQ(decoder.announced(), 0x1F4U - 3U);
}

TEST(P22StrictChunks, RefuseWhatIsNotPlainFraming) {
    const std::string refused[] = {
        "\r\nabc",
        "g\r\n",
        "-1\r\n",
        "+1\r\n",
        " 3\r\nabc",
        "3 \r\nabc",
        "3;x=1\r\nabc\r\n0\r\n\r\n",
        "3;\r\nabc",
        "0;x\r\n\r\n",
        "3\nabc\n",
        "3\r\nabc\n0\r\n\r\n",
        "3\r\nabcd\r\n",
        "3\r\nabc0\r\n",
        "3\r\nabc\rX",
        "0x3\r\nabc\r\n",
        "3\rabc",
        "11111111111111111\r\n",
        "FFFFFFFFFFFFFFFF\r\n",
        "3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n",
        "0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "0\r\nHOST: a\r\n\r\n",
        "0\r\nTrailer: a\r\n\r\n",
        "0\r\nX : 1\r\n\r\n",
        "0\r\n X: 1\r\n\r\n",
        "0\r\nX: 1\n\r\n",
        "0\r\nX\r\n\r\n",
        "0\r\n\n",
        "0\r\nX: \x01\r\n\r\n",
        "0\r\nX: " + std::string(kTrailerBytesMax, 'a')};
    for (const auto& text : refused) {
        EXPECT_FALSE(decode(text, text.size())) << text;
        EXPECT_FALSE(decode(text, 1)) << text;
    }
}

}  // namespace
}  // namespace kakehashi::http

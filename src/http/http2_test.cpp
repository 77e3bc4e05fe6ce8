#include "http/http2.h"

#include "http/http2_frames.h"
#include "http/strict.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kakehashi::http {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using Fields = std::vector<Header>;
using StreamId = Http2Server::StreamId;

constexpr Http2Server::Instant kStart{1h};

Fields with(Fields list, const Fields& more) {
    list.insert(list.end(), more.begin(), more.end());
    return list;
}

Fields request(const std::string& method, const Fields& more = {}) {
    const Fields head = {
        {":method", method}, {":scheme", "https"}, {":authority", "a.test"}, {":path", "/x?y=1"}};
    return with(head, more);
}

std::string data(StreamId stream, int flags, std::string_view payload) {
    return frame(NGHTTP2_DATA, flags, stream, payload);
}

std::string reset(StreamId stream) {
    return frame(NGHTTP2_RST_STREAM, 0, stream, big_endian(NGHTTP2_CANCEL, 4));
}

std::string window_update(StreamId stream, std::uint32_t bytes) {
    return frame(NGHTTP2_WINDOW_UPDATE, 0, stream, big_endian(bytes, 4));
}

std::string settings(std::uint16_t id, std::uint32_t value) {
    return frame(NGHTTP2_SETTINGS, 0, 0, big_endian(id, 2) + big_endian(value, 4));
}

std::string get(StreamId stream) {
    return headers_frame(stream, kWhole, request("GET"));
}

// A server, and a peer that says what the test wants.
class Http2 : public testing::Test {
public:
    void start(Http2Limits limits = {}) {
        server.emplace(limits, clock, kStart);
        said = Http2Answers();
        requests.clear();
        cancelled.clear();
        drained.clear();
        now = kStart;
        tell(std::string(kHttp2Preface) + frame(NGHTTP2_SETTINGS, 0, 0, ""));
        tell(frame(NGHTTP2_SETTINGS, kAck, 0, ""));
    }

    void tell(std::string_view bytes) {
        server->receive(bytes, now);
        look();
    }
    void pass(std::chrono::milliseconds time) {
        now += time;
        server->expire(now);
        look();
    }
    // Moves everything out of the server.
    void look() {
        for (auto& one : server->take_requests()) {
            requests.push_back(std::move(one));
        }
        while (!server->output(now).empty()) {
            sent_bytes += server->output(now).size();
            said.take(server->output(now));
            server->sent();
        }
        for (auto& one : server->take_requests()) {
            requests.push_back(std::move(one));
        }
        for (StreamId id : server->take_cancelled()) {
            cancelled.push_back(id);
        }
        for (StreamId id : server->take_drained()) {
            drained.push_back(id);
        }
    }
    void answer(StreamId id, const std::string& body) {
        const auto follows =
            body.empty() ? Http2Server::Follows::Nothing : Http2Server::Follows::Pieces;
        server->respond(id, 200, Headers(Fields{{"Content-Type", "text/plain"}}), follows);
        if (!body.empty()) server->add_piece(id, body, now);
        if (!body.empty()) server->finish(id);
        look();
    }
    Http2Answers::Answer& said_to(StreamId id) { return said.answers[id]; }

    ManualClock clock{TimePoint{}};
    std::optional<Http2Server> server;
    Http2Server::Instant now = kStart;
    Http2Answers said;
    std::vector<Http2Server::Received> requests;
    std::vector<StreamId> cancelled, drained;
    std::size_t sent_bytes = 0;
};

TEST_F(Http2, MakesWholeRequestsAndSendsAnswers) {
    start();
    tell(headers_frame(1, kEndHeaders, request("POST", {{"x", "1"}, {"content-length", "4"}})));
    EXPECT_TRUE(requests.empty());
    tell(data(1, kNoFlags, "bo") + data(1, kEndStream, "dy"));
    tell(get(3));
    ASSERT_EQ(requests.size(), 2U);
    const Incoming& first = requests[0].request;
    EXPECT_EQ(requests[0].stream, 1);
    EXPECT_EQ(first.method, "POST");
    EXPECT_EQ(first.target, "/x?y=1");
    EXPECT_EQ(first.body, "body");
    EXPECT_EQ(first.headers.find("host"), "a.test");
    EXPECT_EQ(first.headers.find("x"), "1");
    answer(3, "three");  // out of order
    answer(1, "");
    EXPECT_EQ(said_to(3).status, 200);
    EXPECT_EQ(said_to(3).body, "three");
    EXPECT_EQ(said_to(3).headers.find("content-type"), "text/plain");
    EXPECT_EQ(said_to(3).headers.fields()[0].name, "content-type");
    EXPECT_EQ(said_to(1).status, 200);
    EXPECT_TRUE(said_to(1).ended && said_to(3).ended);
    EXPECT_TRUE(cancelled.empty());
    EXPECT_FALSE(server->done());
    EXPECT_FALSE(said.goaway);
}

TEST_F(Http2, ReadsTheSameHoweverItIsCut) {
    const std::string all =
        std::string(kHttp2Preface) + frame(NGHTTP2_SETTINGS, 0, 0, "") +
        headers_frame(1, kEndHeaders, request("POST", {{"cookie", "a"}, {"cookie", "b"}})) +
        data(1, kNoFlags, "abc") + headers_frame(3, kEndStream, request("GET")) +
        frame(NGHTTP2_CONTINUATION, kEndHeaders, 3, field("y", "2")) + data(1, kNoFlags, "def") +
        headers_frame(1, kWhole, {{"x-checksum", "1"}});
    for (std::size_t step = 1; step <= all.size(); ++step) {
        Http2Server one({}, clock, kStart);
        for (std::size_t at = 0; at < all.size(); at += step) {
            one.receive(std::string_view(all).substr(at, step), kStart);
        }
        const auto got = one.take_requests();
        ASSERT_EQ(got.size(), 2U) << step;
        EXPECT_EQ(got[0].request.headers.find("y"), "2");
        EXPECT_EQ(got[1].request.body, "abcdef");
        EXPECT_EQ(got[1].request.headers.find("cookie"), "a; b");
        EXPECT_EQ(got[1].request.headers.find("x-checksum"), std::nullopt);  // RFC 9110 §6.5.1
        EXPECT_FALSE(one.output(kStart).empty());
    }
}

TEST_F(Http2, NothingIsTakenFromAPrefixOfARequest) {
    const std::string whole = headers_frame(1, kEndHeaders, request("POST")) + data(1, 1, "abc");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        start();
        tell(std::string_view(whole).substr(0, size));
        EXPECT_TRUE(requests.empty()) << size;
    }
}

struct Head {
    const char* what;
    Fields fields;
    int status;  // 0: RST_STREAM PROTOCOL_ERROR; 200: it is a request
};

TEST_F(Http2, P22RefusesHeadsThatTwoReadersCouldReadDifferently) {
    const Fields bare = {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}};
    const auto get_with = [](const Fields& more) { return request("GET", more); };
    const auto replaced = [](const std::string& name, const std::string& value) {
        Fields list = request("GET");
        for (auto& [own, text] : list) {
            if (own == name) text = value;
        }
        return list;
    };
    const std::string nul(1, '\0');
    const Head rows[] = {
        {"plain", get_with({}), 200},
        {"host alone", with(bare, {{"host", "a.test"}}), 200},
        {"host as :authority", get_with({{"host", "a.test"}}), 200},
        {"no host at all", bare, 0},
        {"another host", get_with({{"host", "b.test"}}), 400},
        {"host in another case", get_with({{"host", "A.test"}}), 400},
        {"two hosts", with(bare, {{"host", "a.test"}, {"host", "a.test"}}), 0},
        {"empty host", with(bare, {{"host", ""}}), 0},
        {"two authorities", with({{":authority", "a.test"}}, request("GET")), 0},
        {"userinfo", replaced(":authority", "u@a.test"), 400},
        {"two hosts in one", replaced(":authority", "a.test,b.test"), 400},
        {"path in authority", replaced(":authority", "a.test/x"), 0},
        {"port", replaced(":authority", "a.test:8443"), 200},
        {"port of letters", replaced(":authority", "a.test:x"), 400},
        {"IPv6", replaced(":authority", "[::1]:8443"), 200},
        {"absolute form", replaced(":path", "https://a.test/"), 0},
        {"no slash", replaced(":path", "x"), 0},
        {"empty path", replaced(":path", ""), 0},
        {"asterisk", replaced(":path", "*"), 0},
        {"asterisk for OPTIONS",
         {{":method", "OPTIONS"}, {":scheme", "https"}, {":authority", "a"}, {":path", "*"}},
         200},
        {"fragment", replaced(":path", "/#x"), 400},
        {"space in the path", replaced(":path", "/a b"), 0},
        {"half an escape", replaced(":path", "/%4"), 400},
        {"a byte above 7F", replaced(":path", "/\xC3\xA9"), 400},
        {"http", replaced(":scheme", "http"), 200},
        {"another scheme", replaced(":scheme", "ftp"), 400},
        {"a method with a space", replaced(":method", "GET /"), 0},
        {"CONNECT", {{":method", "CONNECT"}, {":authority", "a.test:443"}}, 400},
        {"extended CONNECT", with(request("CONNECT"), {{":protocol", "websocket"}}), 0},
        {"upper case", get_with({{"X-Y", "1"}}), 0},
        {"empty name", get_with({{"", "1"}}), 0},
        {"space in a name", get_with({{"x y", "1"}}), 0},
        {"colon in a name", get_with({{"x:y", "1"}}), 0},
        {"CR LF in a value", get_with({{"x", "1\r\ny: 2"}}), 0},
        {"LF in a value", get_with({{"x", "1\n"}}), 0},
        {"NUL in a value", get_with({{"x", nul}}), 0},
        {"space before a value", get_with({{"x", " 1"}}), 0},
        {"connection", get_with({{"connection", "close"}}), 0},
        {"keep-alive", get_with({{"keep-alive", "1"}}), 0},
        {"proxy-connection", get_with({{"proxy-connection", "close"}}), 0},
        {"transfer-encoding", get_with({{"transfer-encoding", "chunked"}}), 0},
        {"upgrade", get_with({{"upgrade", "h2c"}}), 0},
        {"te", get_with({{"te", "trailers"}}), 200},
        {"te that says more", get_with({{"te", "gzip"}}), 0},
        {"an expectation", get_with({{"expect", "something"}}), 417},
        {"100-continue", get_with({{"expect", "100-continue"}}), 200},
        {"a length that is none", get_with({{"content-length", "+0"}}), 0},
        {"two lengths", get_with({{"content-length", "0"}, {"content-length", "0"}}), 0},
        {"a length without bytes", get_with({{"content-length", "3"}}), 0},
        {"no method", {{":scheme", "https"}, {":authority", "a"}, {":path", "/"}}, 0},
        {"no scheme", {{":method", "GET"}, {":authority", "a"}, {":path", "/"}}, 0},
        {"no path", {{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}}, 0},
        {"a pseudo field twice", get_with({{":path", "/"}}), 0},
        {"a pseudo field late", with(with(bare, {{"x", "1"}}), {{":authority", "a"}}), 0},
        {"an unknown pseudo field", with({{":x", "1"}}, request("GET")), 0},
        {"a status", with({{":status", "200"}}, request("GET")), 0},
        {"256 fields", get_with(Fields(kFieldsMax, {"x", "1"})), 200},
        {"257 fields", get_with(Fields(kFieldsMax + 1, {"x", "1"})), 431},
        {"a large field", get_with({{"x", std::string(15000, 'x')}}), 200},
    };
    for (const auto& [what, list, status] : rows) {
        start();
        tell(headers_frame(1, kWhole, list));
        EXPECT_EQ(requests.size(), status == 200 ? 1U : 0U) << what;
        if (status == 0) {
            EXPECT_EQ(said_to(1).reset, NGHTTP2_PROTOCOL_ERROR) << what;
        } else if (status != 200) {
            EXPECT_EQ(said_to(1).status, status) << what;
            EXPECT_TRUE(said_to(1).ended && !said_to(1).reset) << what;
            EXPECT_EQ(said_to(1).headers.find("date"), "Thu, 01 Jan 1970 00:00:00 GMT");
        } else {
            EXPECT_EQ(requests[0].request.headers.count("host"), 1U) << what;
        }
        tell(get(3));  // the connection lives on
        EXPECT_EQ(requests.size(), status == 200 ? 2U : 1U) << what;
        EXPECT_FALSE(said.goaway) << what;
    }
}

TEST_F(Http2, BoundsAHead) {
    struct Row {
        std::size_t frames = 0;
        std::optional<std::uint32_t> goaway = {};
        int status = 0;
    };
    // 15,000 bytes in each: 64 KB of fields are too many for a request, nine for a peer.
    for (const auto& [frames, goaway, status] :
         {Row{4, {}, 200},
          Row{5, {}, 431},
          Row{8, {}, 431},
          Row{9, NGHTTP2_ENHANCE_YOUR_CALM, 0}}) {
        start();
        tell(headers_frame(1, kEndStream, request("GET")));
        for (std::size_t i = 0; i < frames; ++i) {
            const int flags = i + 1 == frames ? kEndHeaders : kNoFlags;
            const auto block = field("x", std::string(15000, 'x'));
            tell(frame(NGHTTP2_CONTINUATION, flags, 1, block));
        }
        EXPECT_EQ(requests.size(), status == 200 ? 1U : 0U) << frames;
        EXPECT_EQ(said_to(1).status, status == 200 ? 0 : status) << frames;
        EXPECT_EQ(said.goaway.has_value(), goaway.has_value()) << frames;
    }
}

// One byte a field: the decoder's table holds 4,000 bytes of value.
TEST_F(Http2, AnHpackBombCostsItsStream) {
    start();
    std::string block = fields(request("GET"));
    block += '\x40' + field("bomb", std::string(4000, 'x')).substr(1);
    block += std::string(10000, '\xBE');  // index 62: the newest entry
    tell(frame(NGHTTP2_HEADERS, kWhole, 1, block));
    EXPECT_EQ(said_to(1).status, 431);
    tell(get(3));
    EXPECT_EQ(requests.size(), 1U);
}

TEST_F(Http2, TakesTrailersThatMeanNothing) {
    struct Row {
        Fields trailers;
        int status;
    };
    const Row rows[] = {
        {{{"x-checksum", "1"}}, 200},
        {{{"content-length", "3"}}, 400},
        {{{"host", "b.test"}}, 400},
        {{{"authorization", "x"}}, 400},
        {{{":path", "/"}}, 0},
        {{{"x", std::string(kTrailerBytesMax, 'x')}}, 431},
    };
    for (const auto& [trailers, status] : rows) {
        start();
        tell(headers_frame(1, kEndHeaders, request("POST")) + data(1, kNoFlags, "abc"));
        tell(headers_frame(1, kWhole, trailers));
        EXPECT_EQ(requests.size(), status == 200 ? 1U : 0U) << trailers[0].name;
        EXPECT_EQ(said_to(1).status, status == 200 ? 0 : status) << trailers[0].name;
        EXPECT_EQ(said_to(1).reset.has_value(), status == 0) << trailers[0].name;
    }
    start();
    tell(headers_frame(1, kEndHeaders, request("POST")));
    tell(headers_frame(1, kEndHeaders, {{"x", "1"}}));  // does not end the stream
    EXPECT_TRUE(requests.empty());
    EXPECT_TRUE(said_to(1).reset || said.goaway);
}

TEST_F(Http2, CountsWhatABodySays) {
    struct Row {
        const char* length;
        std::string body;
        bool whole;
    };
    for (const auto& [length, body, whole] :
         {Row{"3", "abc", true}, Row{"3", "ab", false}, Row{"3", "abcd", false}}) {
        start();
        tell(headers_frame(1, kEndHeaders, request("POST", {{"content-length", length}})));
        tell(data(1, kEndStream, body));
        EXPECT_EQ(requests.size(), whole ? 1U : 0U) << body;
        EXPECT_EQ(said_to(1).reset.has_value(), !whole) << body;
    }
}

TEST_F(Http2, BoundsBodies) {
    const Http2Limits limits{.body_bytes_max = 1000, .held_bytes_max = 2500};
    start(limits);
    tell(headers_frame(1, kEndHeaders, request("POST", {{"content-length", "1001"}})));
    EXPECT_EQ(said_to(1).status, 413);
    EXPECT_EQ(said_to(1).reset, NGHTTP2_NO_ERROR);
    tell(headers_frame(3, kEndHeaders, request("POST")) + data(3, 0, std::string(1000, 'x')));
    EXPECT_EQ(said_to(3).status, 0);
    tell(data(3, kNoFlags, "x"));
    EXPECT_EQ(said_to(3).status, 413);
    EXPECT_EQ(said_to(3).reset, NGHTTP2_NO_ERROR);
    tell(data(3, kEndStream, "late"));  // was under way
    EXPECT_FALSE(said.goaway);

    for (StreamId id : {5, 7, 9}) {
        tell(headers_frame(id, kEndHeaders, request("POST")) + data(id, 0, std::string(800, 'x')));
    }
    tell(data(5, kNoFlags, std::string(100, 'x')));
    EXPECT_EQ(said_to(9).status, 0);
    tell(data(5, kNoFlags, "x"));  // 2501 in all: the newest goes
    EXPECT_EQ(said_to(9).status, 503);
    EXPECT_EQ(said_to(9).reset, NGHTTP2_NO_ERROR);
    tell(data(5, kEndStream, "") + data(7, kEndStream, ""));
    EXPECT_EQ(requests.size(), 2U);
    // Bodies that their handlers have count until the streams end.
    tell(headers_frame(11, kEndHeaders, request("POST")) + data(11, 0, std::string(800, 'x')));
    EXPECT_EQ(said_to(11).status, 503);
    answer(5, "ok");
    tell(headers_frame(13, kEndHeaders, request("POST")) + data(13, 1, std::string(800, 'x')));
    EXPECT_EQ(requests.size(), 3U);
}

TEST_F(Http2, SaysContinueToThoseWhoWait) {
    start();
    tell(headers_frame(1, kEndHeaders, request("POST", {{"expect", "100-continue"}})));
    EXPECT_EQ(said_to(1).interim, 1);
    tell(data(1, kEndStream, "x"));
    answer(1, "ok");
    EXPECT_EQ(said_to(1).status, 200);
}

TEST_F(Http2, RefusesMoreStreamsThanItOffered) {
    start({.streams_max = 2});
    tell(get(1) + get(3));
    EXPECT_EQ(requests.size(), 2U);
    answer(1, "x");
    tell(get(5));
    EXPECT_EQ(requests.size(), 3U);
    tell(get(7));
    EXPECT_EQ(requests.size(), 3U);
    EXPECT_TRUE(said.goaway || said_to(7).reset == NGHTTP2_REFUSED_STREAM);
}

TEST_F(Http2, P28ReportsAStreamThatThePeerGaveUp) {
    start();
    tell(get(1) + get(3) + get(5));
    server->respond(3, 200, {}, Http2Server::Follows::Pieces);
    server->add_piece(3, "abc", now);
    answer(5, "whole");
    tell(reset(1) + reset(3) + reset(5));
    EXPECT_EQ(cancelled, (std::vector<StreamId>{1, 3}));
    answer(1, "too late");  // and no harm
    EXPECT_EQ(said_to(1).status, 0);
    tell(get(7) + reset(7));  // nobody ever hears of it
    EXPECT_EQ(requests.size(), 3U);
    EXPECT_EQ(cancelled.size(), 2U);
}

TEST_F(Http2, AsksForTheNextPieceWhenTheLastHasLeft) {
    start();
    tell(settings(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 4));
    tell(get(1));
    server->respond(1, 200, {}, Http2Server::Follows::Pieces);
    look();
    EXPECT_EQ(said_to(1).status, 200);  // before any piece
    server->add_piece(1, "abcdef", now);
    look();
    EXPECT_EQ(said_to(1).body, "abcd");
    EXPECT_TRUE(drained.empty());
    tell(window_update(1, 10));
    EXPECT_EQ(said_to(1).body, "abcdef");
    EXPECT_EQ(drained, std::vector<StreamId>{1});
    server->add_piece(1, "gh", now);
    look();
    server->finish(1);
    look();
    EXPECT_EQ(said_to(1).body, "abcdefgh");
    EXPECT_TRUE(said_to(1).ended);
}

TEST_F(Http2, AFailedBodyIsNeverTakenForWhole) {
    start();
    tell(get(1) + get(3));
    server->respond(1, 200, {}, Http2Server::Follows::Pieces);
    server->add_piece(1, "abc", now);
    look();
    server->abort(1);
    server->abort(3);  // before its head
    look();
    for (StreamId id : {1, 3}) {
        EXPECT_EQ(said_to(id).reset, NGHTTP2_INTERNAL_ERROR);
        EXPECT_FALSE(said_to(id).ended);
    }
    tell(get(5));
    answer(5, "x");
    EXPECT_TRUE(said_to(5).ended);
}

// What we cannot send is our fault, and costs that stream alone.
TEST_F(Http2, AHeadOfOursThatIsTooLargeIsAnError) {
    start();
    tell(get(1));
    server->respond(
        1, 200, Headers(Fields{{"x", std::string(100000, 'x')}}), Http2Server::Follows::Nothing
    );
    look();
    EXPECT_EQ(said_to(1).reset, NGHTTP2_INTERNAL_ERROR);
}

TEST_F(Http2, SendsInBatches) {
    start();
    tell(settings(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1U << 20U) + window_update(0, 1U << 20U));
    tell(get(1));
    server->respond(1, 200, {}, Http2Server::Follows::Pieces);
    server->add_piece(1, std::string(1U << 20U, 'x'), now);
    server->finish(1);
    const std::size_t size = server->output(now).size();
    EXPECT_GE(size, 64U << 10U);
    EXPECT_LT(size, 96U << 10U);
    EXPECT_EQ(server->output(now).size(), size);  // the same until it is sent
    look();
    EXPECT_EQ(said_to(1).body.size(), 1U << 20U);
}

struct Flood {
    const char* what;
    std::string bytes;  // once
    int harmless;       // so many times
    int flood;          // and so many are too many
};

TEST_F(Http2, ABurstOfWasteEndsTheConnection) {
    const Flood rows[] = {
        {"ping", frame(NGHTTP2_PING, 0, 0, "12345678"), 500, 2500},
        {"settings", frame(NGHTTP2_SETTINGS, 0, 0, ""), 50, 120},
        {"priority", frame(NGHTTP2_PRIORITY, 0, 1, std::string(5, '\0')), 500, 2500},
        {"window update", window_update(0, 1), 500, 2500},
        {"unknown", frame(0xBA, 0, 0, ""), 500, 2500},
        {"empty data", data(1, kNoFlags, ""), 250, 600},
        {"bytes one by one", data(1, kNoFlags, "x"), 2000, 5000},
    };
    for (const auto& [what, bytes, harmless, flood] : rows) {
        for (int times : {harmless, flood}) {
            start();
            tell(headers_frame(1, kEndHeaders, request("POST")));
            for (int i = 0; i < times; ++i) {
                tell(bytes);
            }
            const bool calm = times == harmless;
            EXPECT_EQ(said.goaway.has_value(), !calm) << what << times;
            EXPECT_EQ(server->done(), !calm) << what << times;
            EXPECT_EQ(said.goaway.value_or(NGHTTP2_ENHANCE_YOUR_CALM), NGHTTP2_ENHANCE_YOUR_CALM);
            tell(get(3));
            EXPECT_EQ(requests.size(), calm ? 1U : 0U) << what << times;
        }
    }
}

// CVE-2023-44487, and as CVE-2025-8671 has it: the peer makes us reset the stream.
TEST_F(Http2, RapidResetEndsTheConnection) {
    const auto by_peer = [](StreamId id) { return get(id) + reset(id); };
    const auto by_us = [](StreamId id) {
        return headers_frame(id, kWhole, request("GET", {{"X", "1"}}));
    };
    const auto refused = [](StreamId id) {
        return headers_frame(id, kWhole, request("GET", {{"host", "b"}}));
    };
    using Make = std::string (*)(StreamId);
    struct Row {
        Make make;
        int too_many;
    };
    for (const auto& [make, too_many] : {Row{by_peer, 260}, Row{by_us, 260}, Row{refused, 520}}) {
        start();
        StreamId id = 1;
        for (; id < 2 * 128; id += 2) {
            tell(make(id));
        }
        EXPECT_FALSE(said.goaway);  // all that may be open at once
        for (; id < 2 * too_many; id += 2) {
            tell(make(id));
        }
        EXPECT_EQ(said.goaway, NGHTTP2_ENHANCE_YOUR_CALM);
        EXPECT_TRUE(server->done());
        EXPECT_TRUE(requests.empty());
    }
}

// All within one read: the frames behind the one too many are never looked at.
TEST_F(Http2, ABurstInOneReadIsCutWhereItIsTooMuch) {
    start();
    std::string bytes;
    for (StreamId id = 1; id < 4096; id += 2) {
        bytes += get(id) + reset(id);
    }
    sent_bytes = 0;
    tell(bytes + get(4097));
    EXPECT_TRUE(requests.empty());
    EXPECT_EQ(said.goaway, NGHTTP2_ENHANCE_YOUR_CALM);
    EXPECT_LT(sent_bytes, 1000U);
}

TEST_F(Http2, ALongUsefulLifeIsFree) {
    start();
    StreamId id = 1;
    for (int i = 0; i < 900; ++i) {
        tell(frame(NGHTTP2_PING, 0, 0, "12345678") + get(id));
        answer(id, std::string(100, 'x'));
        tell(window_update(0, 100));
        tell(get(id + 2) + reset(id + 2));
        id += 4;
    }
    EXPECT_FALSE(said.goaway);
    EXPECT_EQ(requests.size(), 900U);
}

// CVE-2019-9511: a window that opens byte by byte is paid for frame by frame.
TEST_F(Http2, DataDribbleEndsTheConnection) {
    start();
    tell(settings(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0) + get(1));
    answer(1, std::string(100000, 'x'));
    for (int i = 0; i < 2500; ++i) {
        tell(window_update(1, 1));
    }
    EXPECT_EQ(said.goaway, NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(Http2, ProtocolErrorsEndTheConnection) {
    struct Row {
        std::string bytes;
        std::uint32_t code;
    };
    const Row rows[] = {
        {window_update(0, 0x7FFFFFFFU), NGHTTP2_FLOW_CONTROL_ERROR},
        {data(1, 0, "x"), NGHTTP2_PROTOCOL_ERROR},
        {frame(NGHTTP2_PING, 0, 0, "short"), NGHTTP2_FRAME_SIZE_ERROR},
        {frame(NGHTTP2_CONTINUATION, kEndHeaders, 1, ""), NGHTTP2_PROTOCOL_ERROR},
        {headers_frame(2, kWhole, request("GET")), NGHTTP2_PROTOCOL_ERROR},
        {headers_frame(1, kEndStream, request("GET")) + get(3), NGHTTP2_PROTOCOL_ERROR},
        {frame(NGHTTP2_HEADERS, kWhole, 1, "\xFF\xFF\xFF\xFF\xFF\xFF"), NGHTTP2_COMPRESSION_ERROR},
        {frame(NGHTTP2_DATA, 0, 1, std::string(16385, 'x')), NGHTTP2_FRAME_SIZE_ERROR},
        {settings(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0x80000000U), NGHTTP2_FLOW_CONTROL_ERROR},
        {settings(NGHTTP2_SETTINGS_ENABLE_PUSH, 2), NGHTTP2_PROTOCOL_ERROR},
        {frame(NGHTTP2_PUSH_PROMISE, kEndHeaders, 1, big_endian(2, 4)), NGHTTP2_PROTOCOL_ERROR},
    };
    for (const auto& [bytes, code] : rows) {
        start();
        tell(bytes);
        EXPECT_EQ(said.goaway, code) << static_cast<int>(bytes[3]);
        EXPECT_TRUE(server->done());
        EXPECT_TRUE(requests.empty());
    }
    for (const char* preface :
         {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r"}) {
        Http2Server one({}, clock, kStart);
        one.receive(preface, kStart);
        EXPECT_FALSE(one.output(kStart).empty());
        one.sent();
        EXPECT_TRUE(one.done());
    }
}

TEST_F(Http2, EndsEveryWaitAtItsLimit) {
    const Http2Limits limits{
        .head_limit = 1s, .body_limit = 2s, .write_limit = 3s, .idle_limit = 10s};
    server.emplace(limits, clock, kStart);  // no preface
    EXPECT_EQ(server->deadline(), kStart + 1s);
    pass(1s);
    EXPECT_TRUE(server->done());

    start(limits);  // nothing after it
    EXPECT_EQ(server->deadline(), now + 10s);
    pass(9999ms);
    EXPECT_FALSE(server->done());
    pass(1ms);
    EXPECT_EQ(said.goaway, NGHTTP2_NO_ERROR);
    EXPECT_TRUE(server->done());

    start(limits);  // half a head
    tell(headers_frame(1, kEndStream, request("GET")));
    EXPECT_EQ(server->deadline(), now + 1s);
    pass(1s);
    EXPECT_TRUE(said.goaway);

    start(limits);  // half a body
    tell(headers_frame(1, kEndHeaders, request("POST")) + data(1, 0, std::string(4096, 'x')));
    pass(1999ms);
    EXPECT_EQ(said_to(1).status, 0);
    tell(data(1, kNoFlags, "x"));
    pass(1999ms);
    EXPECT_EQ(said_to(1).status, 0);
    pass(1ms);
    EXPECT_EQ(said_to(1).status, 408);
    EXPECT_EQ(said_to(1).reset, NGHTTP2_NO_ERROR);
    EXPECT_FALSE(server->done());
    tell(get(3));  // a handler has its own time
    EXPECT_EQ(server->deadline(), Http2Server::Instant::max());
}

// Its head is no longer awaited.
TEST_F(Http2, AStreamThatWasResetInItsHeadCostsNothingLater) {
    start();
    tell(get(1) + headers_frame(3, kWhole, request("GET", {{"X", "1"}})));
    EXPECT_TRUE(said_to(3).reset);
    pass(1h);
    EXPECT_FALSE(said.goaway);
}

TEST_F(Http2, ABodyMayNotDribble) {
    start({.bytes_per_second_min = 100, .body_limit = 2s});
    tell(headers_frame(1, kEndHeaders, request("POST")));
    for (int i = 0; i < 40 && said_to(1).status == 0; ++i) {
        tell(data(1, kNoFlags, std::string(90, 'x')));
        pass(1s);
    }
    EXPECT_EQ(said_to(1).status, 408);
    tell(headers_frame(3, kEndHeaders, request("POST")));
    for (int i = 0; i < 60; ++i) {
        tell(data(3, kNoFlags, std::string(100, 'x')));
        pass(1s);
    }
    EXPECT_EQ(said_to(3).status, 0);
}

TEST_F(Http2, AWindowThatNeverOpensCostsItsStream) {
    start({.bytes_per_second_min = 1, .write_limit = 3s});
    tell(settings(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 2));
    tell(get(1) + get(3));
    answer(1, "abcdef");
    answer(3, "ab");  // fits
    pass(2999ms);
    tell(window_update(1, 1));
    EXPECT_EQ(said_to(1).body, "abc");
    pass(2999ms);
    EXPECT_FALSE(said_to(1).reset);
    pass(1ms);
    EXPECT_EQ(said_to(1).reset, NGHTTP2_CANCEL);
    EXPECT_EQ(cancelled, std::vector<StreamId>{1});
    EXPECT_TRUE(said_to(3).ended);
    EXPECT_FALSE(server->done());
}

TEST_F(Http2, AnAnswerMayNotDribbleOutEither) {
    start({.bytes_per_second_min = 100, .write_limit = 3s});
    tell(settings(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0) + get(1) + get(3));
    answer(1, std::string(100000, 'x'));
    answer(3, std::string(100000, 'x'));
    for (int i = 0; i < 60; ++i) {
        tell(window_update(1, 90) + window_update(3, 100));
        pass(1s);
    }
    EXPECT_EQ(said_to(1).reset, NGHTTP2_CANCEL);
    EXPECT_FALSE(said_to(3).reset);
}

TEST_F(Http2, OffersItsLimitsFirst) {
    Http2Server one({.streams_max = 7}, clock, kStart);
    const std::string& offer = one.output(kStart);
    const std::string wanted =
        big_endian(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2) + big_endian(7, 4) +
        big_endian(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 2) + big_endian(256U << 10U, 4) +
        big_endian(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 2) + big_endian(kHeadBytesMax, 4) +
        big_endian(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 2) + big_endian(1, 4);
    EXPECT_TRUE(offer.starts_with(frame(NGHTTP2_SETTINGS, 0, 0, wanted)));
    EXPECT_TRUE(offer.ends_with(window_update(0, (1U << 20U) - 65535U)));
}

TEST_F(Http2, ShutsDownAfterWhatIsUnderWay) {
    start();
    tell(get(1));
    server->shut_down();
    look();
    EXPECT_EQ(said.goaway, NGHTTP2_NO_ERROR);
    EXPECT_FALSE(server->done());
    tell(get(3));
    EXPECT_EQ(requests.size(), 1U);
    answer(1, "x");
    EXPECT_TRUE(said_to(1).ended);
    EXPECT_TRUE(server->done());

    start();  // nothing under way
    server->shut_down();
    EXPECT_FALSE(server->done());
    look();
    EXPECT_TRUE(server->done());

    start();  // the peer says that it goes
    tell(frame(NGHTTP2_GOAWAY, 0, 0, big_endian(0, 8)));
    EXPECT_TRUE(server->done());
}

}  // namespace
}  // namespace kakehashi::http

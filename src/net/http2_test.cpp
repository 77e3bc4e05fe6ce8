#include "http/http2_frames.h"
#include "net/certificate.h"
#include "net/clock.h"
#include "net/detail/stream.h"
#include "net/server.h"
#include "net/task_group.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <functional>

// HTTP/2 over real sockets and TLS on loopback: our server, and a client that writes frames.
namespace kakehashi::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using detail::Stream;
using detail::StreamEnd;
using http::frame;
using http::Http2Answers;
using std::chrono::hours;
using std::chrono::milliseconds;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

constexpr milliseconds kLong = 20s;  // never reached
constexpr std::string_view kBoth = "\x02h2\x08http/1.1";

// Pieces of 1,000 bytes, and how many were asked for.
class Pieces : public http::BodyReader {
public:
    Pieces(int* reads, int count) : reads_(reads), left_(count) {}
    asio::awaitable<Expected<std::string, http::NetError>> read() override {
        ++*reads_;
        if (left_ < 0) co_return Failure{http::NetError{http::NetErrorKind::Truncated}};
        co_return std::string(left_-- > 0 ? 1000U : 0U, 'x');
    }

private:
    int* reads_;  // outlives this
    int left_;
};

// One piece, and then a body that does not go on.
class Broken : public http::BodyReader {
public:
    asio::awaitable<Expected<std::string, http::NetError>> read() override {
        if (!std::exchange(begun_, true)) co_return "abc";
        co_return Failure{http::NetError{http::NetErrorKind::Truncated}};
    }

private:
    bool begun_ = false;
};

class Paths : public http::Handler {
public:
    explicit Paths(asio::io_context& io) : gate(io) { gate.expires_at(Instant::max()); }

    asio::awaitable<http::Response> handle(http::Incoming request) override {
        ++handled;
        last_peer = request.peer;
        http::Response response;
        response.headers.add("Content-Type", "text/plain");
        response.headers.add("Connection", "close");
        if (request.target == "/throw") throw std::runtime_error("thrown");
        if (request.target == "/gate") co_await wait();
        if (request.target == "/short") response.headers.add("Content-Length", "999");
        if (request.target == "/pieces" || request.target == "/short") {
            response.body = std::make_unique<Pieces>(&reads, 20);
        } else if (request.target == "/broken") {
            response.body = std::make_unique<Broken>();
        } else {
            response.body = request.method + " " + request.target + " " + request.body;
        }
        co_return response;
    }

    asio::steady_timer gate;
    http::Peer last_peer;
    int handled = 0, waiting = 0, reads = 0;

private:
    asio::awaitable<void> wait() {
        ++waiting;
        error_code opened;
        co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, opened));
        --waiting;
    }
};

class Http2 : public testing::Test {
public:
    using Condition = std::function<bool()>;

    Http2() : authority(Authority::make("Test CA", valid())) {}

    static Validity valid() {
        const TimePoint now = SystemClock().now();
        return {now - hours(1), now + hours(1)};
    }
    std::unique_ptr<Server> serve() { return serve({}); }
    std::unique_ptr<Server> serve(Server::Settings settings) {
        auto certificate = authority.issue({"a.test"}, valid());
        settings.certificate_for = [certificate](std::string_view) {
            return std::optional(certificate);
        };
        auto listening = Server::listen(io.get_executor(), std::move(settings), handler, clock);
        EXPECT_TRUE(listening);
        return *std::move(listening);
    }

    // Runs the loop until then.
    void until(const Condition& holds) {
        io.restart();
        while (!holds()) {
            ASSERT_GT(io.run_one_for(kLong), 0U);
        }
    }

    void connect(const Server& server, std::string_view protocols) {
        said = Http2Answers();
        handshake.reset();
        client = std::make_unique<Stream>(deadlines, io.get_executor());
        tasks.spawn(connect(server.port(), std::string(protocols)));
        until([&] { return handshake.has_value(); });
    }
    // A connection whose peer has said what comes first.
    void open(const Server& server, std::uint32_t window) {
        connect(server, kBoth);
        EXPECT_EQ(client->protocol(), "h2");
        tasks.spawn(listen());
        const std::string settings =
            http::big_endian(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 2) + http::big_endian(window, 4);
        send(std::string(http::kHttp2Preface) + frame(NGHTTP2_SETTINGS, 0, 0, settings));
        send(frame(NGHTTP2_SETTINGS, http::kAck, 0, ""));
    }
    void send(std::string bytes) {
        bool sent = false;
        tasks.spawn(write(std::move(bytes), &sent));
        until([&] { return sent; });
    }
    void leave() {
        client->reset();
        until([&] { return ended; });
    }

    static std::string request(std::int32_t stream, const std::string& path) {
        return request(stream, "GET", path, http::kWhole);
    }
    static std::string request(
        std::int32_t stream,
        const std::string& method,
        const std::string& path,
        int flags
    ) {
        const std::vector<http::Header> fields = {
            {":method", method}, {":scheme", "https"}, {":authority", "a.test"}, {":path", path}};
        return http::headers_frame(stream, flags, fields);
    }
    static std::string window(std::int32_t stream, std::uint32_t bytes) {
        return frame(NGHTTP2_WINDOW_UPDATE, 0, stream, http::big_endian(bytes, 4));
    }
    asio::awaitable<void> listen() {
        ended = false;
        detail::Buffer buffer;
        for (;;) {
            const auto received = co_await client->read(&buffer, 16384);
            if (received.end != StreamEnd::None) break;
            said.take(buffer.view());
            buffer.take(buffer.view().size());
        }
        client->close();
        ended = true;
    }
    // What the server had to do before this has been done.
    void ping() {
        const int before = said.frames[NGHTTP2_PING];
        send(frame(NGHTTP2_PING, 0, 0, "12345678"));
        until([&] { return said.frames[NGHTTP2_PING] > before; });
    }

    asio::io_context io{1};
    SystemClock clock;
    Paths handler{io};
    Authority authority;
    detail::ContextPtr context = detail::make_context(detail::Side::Client);
    std::shared_ptr<detail::Deadlines> deadlines =
        std::make_shared<detail::Deadlines>(io.get_executor());
    TaskGroup tasks{io.get_executor()};
    std::unique_ptr<Stream> client;
    std::optional<StreamEnd> handshake;
    Http2Answers said;
    bool ended = false;  // the server's side

private:
    asio::awaitable<void> connect(std::uint16_t port, std::string protocols) {
        const asio::ip::tcp::endpoint server(asio::ip::address_v4::loopback(), port);
        co_await client->connect(server);
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
        auto ssl = detail::make_client(context.get(), "a.test", client->socket());
        const auto* list = reinterpret_cast<const unsigned char*>(protocols.data());
        SSL_set_alpn_protos(ssl.get(), list, static_cast<unsigned>(protocols.size()));
        handshake = co_await client->handshake(std::move(ssl));
    }
    asio::awaitable<void> write(std::string bytes, bool* sent) const {
        co_await client->write(&bytes);
        *sent = true;
    }
};

TEST_F(Http2, AlpnPicksTheProtocol) {
    using Protocols = Server::Protocols;
    struct Row {
        std::string_view asked;
        Protocols offered;
        const char* chosen;
        StreamEnd end;
    };
    const Row rows[] = {
        {kBoth, Protocols::Http1AndHttp2, "h2", StreamEnd::None},
        {"\x08http/1.1\x02h2", Protocols::Http1AndHttp2, "h2", StreamEnd::None},
        {"\x08http/1.1", Protocols::Http1AndHttp2, "http/1.1", StreamEnd::None},
        {"\x02h2", Protocols::Http1AndHttp2, "h2", StreamEnd::None},
        {"", Protocols::Http1AndHttp2, "", StreamEnd::None},
        {kBoth, Protocols::Http1, "http/1.1", StreamEnd::None},
        {"\x02h2", Protocols::Http1, "", StreamEnd::Tls},
        {"\x02h3", Protocols::Http1AndHttp2, "", StreamEnd::Tls},
    };
    for (const auto& [asked, offered, chosen, end] : rows) {
        auto server = serve({.protocols = offered});
        connect(*server, asked);
        EXPECT_EQ(handshake, end) << asked;
        EXPECT_EQ(client->protocol(), chosen) << asked;
    }
}

TEST_F(Http2, AnswersAreIndependent) {
    auto server = serve();
    open(*server, 65535);
    send(request(1, "/gate") + request(3, "/3") + request(5, "HEAD", "/5", http::kWhole));
    until([&] { return said.answers[3].ended && said.answers[5].ended; });
    EXPECT_FALSE(said.answers[1].ended);
    const auto& three = said.answers[3];
    EXPECT_EQ(three.status, 200);
    EXPECT_EQ(three.body, "GET /3 ");
    EXPECT_EQ(three.headers.find("content-type"), "text/plain");
    EXPECT_EQ(three.headers.find("content-length"), "7");
    EXPECT_TRUE(three.headers.find("date"));
    EXPECT_FALSE(three.headers.find("connection"));
    EXPECT_EQ(said.answers[5].headers.find("content-length"), "8");
    EXPECT_EQ(said.answers[5].body, "");
    handler.gate.cancel();
    until([&] { return said.answers[1].ended; });
    EXPECT_EQ(said.answers[1].body, "GET /gate ");
    EXPECT_EQ(handler.last_peer.server_name, "a.test");
    EXPECT_TRUE(handler.last_peer.tls);
    EXPECT_EQ(server->connections(), 1U);
}

TEST_F(Http2, CarriesLargeBodiesBothWays) {
    constexpr std::size_t kBytes = 3U << 20U;
    constexpr std::size_t kFrameBytes = 16384;
    auto server = serve();
    open(*server, 1U << 20U);
    send(window(0, 1U << 20U) + request(1, "POST", "/", http::kEndHeaders));
    std::size_t sent = 0;
    while (sent < kBytes) {  // as the server's windows allow
        until([&] {
            const std::size_t stream = (256U << 10U) + said.windows[1];
            const std::size_t connection = 65535 + said.windows[0];
            return std::min(stream, connection) >= sent + kFrameBytes;
        });
        sent += kFrameBytes;
        const int flags = sent == kBytes ? http::kEndStream : http::kNoFlags;
        send(frame(NGHTTP2_DATA, flags, 1, std::string(kFrameBytes, 'x')));
    }
    auto& answer = said.answers[1];
    for (std::size_t opened = 1U << 20U; !answer.ended; opened = answer.body.size()) {
        until([&] { return answer.ended || answer.body.size() > opened / 2; });
        const auto more = static_cast<std::uint32_t>(answer.body.size());
        send(window(0, more) + window(1, more));
        if (answer.body.size() > kBytes) until([&] { return answer.ended; });
    }
    EXPECT_EQ(answer.body, "POST / " + std::string(kBytes, 'x'));
}

TEST_F(Http2, P28AResetStreamCancelsItsHandler) {
    auto server = serve();
    open(*server, 65535);
    send(request(1, "/gate") + request(3, "/gate"));
    until([&] { return handler.waiting == 2; });
    send(frame(NGHTTP2_RST_STREAM, 0, 1, http::big_endian(NGHTTP2_CANCEL, 4)));
    until([&] { return handler.waiting == 1; });
    ping();
    EXPECT_EQ(said.answers.count(1), 0U);
    handler.gate.cancel();
    until([&] { return said.answers[3].ended; });
}

TEST_F(Http2, P28AClientThatLeavesCancelsAll) {
    auto server = serve();
    open(*server, 0);
    send(request(1, "/gate") + request(3, "/pieces"));
    until([&] { return handler.waiting == 1 && handler.reads == 1; });
    leave();
    until([&] { return handler.waiting == 0 && server->connections() == 0; });
    EXPECT_EQ(handler.reads, 1);
}

TEST_F(Http2, ASlowReaderHoldsOnePiece) {
    auto server = serve();
    open(*server, 1500);
    send(request(1, "/pieces"));
    until([&] { return said.answers[1].body.size() == 1500; });
    ping();
    EXPECT_EQ(handler.reads, 2);
    send(window(1, 1000));
    until([&] { return said.answers[1].body.size() == 2500; });
    ping();
    EXPECT_EQ(handler.reads, 3);
    send(window(1, 60000));
    until([&] { return said.answers[1].ended; });
    EXPECT_EQ(said.answers[1].body.size(), 20000U);
}

TEST_F(Http2, WhatFailsCostsItsStreamAlone) {
    auto server = serve();
    open(*server, 65535);
    send(request(1, "/throw") + request(3, "/broken") + request(5, "/short") + request(7, "/gate"));
    until([&] { return said.answers[1].reset && said.answers[3].reset && said.answers[5].reset; });
    for (int stream : {1, 3, 5}) {
        EXPECT_EQ(said.answers[stream].reset, NGHTTP2_INTERNAL_ERROR) << stream;
        EXPECT_FALSE(said.answers[stream].ended) << stream;
    }
    EXPECT_EQ(said.answers[3].body, "abc");
    handler.gate.cancel();
    until([&] { return said.answers[7].ended; });
}

TEST_F(Http2, AProtocolErrorIsSaidBeforeTheConnectionEnds) {
    auto server = serve();
    open(*server, 65535);
    send(frame(NGHTTP2_HEADERS, http::kWhole, 2, ""));
    until([&] { return ended; });
    EXPECT_EQ(said.goaway, NGHTTP2_PROTOCOL_ERROR);
}

TEST_F(Http2, DropsThoseWhoAreSlow) {
    auto server = serve({.limits = {.head_limit = 50ms, .body_limit = 50ms, .idle_limit = 50ms}});
    connect(*server, kBoth);
    tasks.spawn(listen());
    until([&] { return server->connections() == 0; });  // without a preface
    open(*server, 65535);
    send(request(1, "POST", "/", http::kEndHeaders));
    until([&] { return said.answers[1].reset.has_value(); });
    EXPECT_EQ(said.answers[1].status, 408);
    until([&] { return ended; });
    EXPECT_EQ(said.goaway, NGHTTP2_NO_ERROR);
    EXPECT_EQ(handler.handled, 0);
}

TEST_F(Http2, ClosesAfterWhatIsUnderWay) {
    auto server = serve();
    open(*server, 65535);
    send(request(1, "/gate"));
    until([&] { return handler.waiting == 1; });
    TaskGroup closing(io.get_executor());
    closing.spawn(server->close(kLong));
    until([&] { return said.goaway.has_value(); });
    EXPECT_EQ(said.goaway, NGHTTP2_NO_ERROR);
    EXPECT_EQ(closing.running(), 1U);
    send(request(3, "/late"));
    handler.gate.cancel();
    until([&] { return ended; });
    EXPECT_TRUE(said.answers[1].ended);
    EXPECT_EQ(handler.handled, 1);
    until([&] { return closing.running() == 0; });
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(Http2, CutsWhatOutlastsTheGrace) {
    auto server = serve();
    open(*server, 0);
    send(request(1, "/gate") + request(3, "/pieces"));
    until([&] { return handler.waiting == 1 && handler.reads == 1; });
    TaskGroup closing(io.get_executor());
    closing.spawn(server->close(20ms));
    until([&] { return closing.running() == 0 && ended; });
    EXPECT_EQ(handler.waiting, 0);
    EXPECT_EQ(server->connections(), 0U);
    EXPECT_FALSE(said.answers[1].ended);
}

}  // namespace
}  // namespace kakehashi::net

#include "net/certificate.h"
#include "net/client.h"
#include "net/clock.h"
#include "net/server.h"
#include "net/silent_listener.h"
#include "net/task_group.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <map>
#include <netinet/tcp.h>
#include <sys/socket.h>

// Real sockets on loopback: our server, our client, and a raw peer that says what a script wants.
namespace kakehashi::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using http::NetError;
using http::NetErrorKind;
using http::Origin;
using http::Request;
using http::Response;
using std::chrono::hours;
using std::chrono::milliseconds;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

constexpr milliseconds kLong = 20s;  // never reached

template <class T>
asio::awaitable<void> store(asio::awaitable<T> task, std::optional<T>* result) {
    auto value = co_await std::move(task);
    result->emplace(std::move(value));
}

// Runs one coroutine to its end.
template <class T>
T run(asio::io_context& io, asio::awaitable<T> task) {
    std::optional<T> result;
    std::exception_ptr thrown;
    asio::co_spawn(io, store(std::move(task), &result), [&](const std::exception_ptr& failed) {
        thrown = failed;
        io.stop();
    });
    io.restart();
    io.run();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(result).value();
}

class Table : public Resolver {
public:
    asio::awaitable<Expected<std::vector<std::string>, NetError>> resolve(
        std::string host,
        milliseconds
    ) override {
        ++asked;
        const auto found = names.find(host);
        if (found == names.end()) co_return Failure{NetError{.kind = NetErrorKind::NameNotFound}};
        co_return found->second;
    }
    void forget(const std::string&) override {}

    std::map<std::string, std::vector<std::string>> names = {
        {"a.test", {"127.0.0.1"}},
        {"b.a.test", {"127.0.0.1"}},
        {"127.0.0.1", {"127.0.0.1"}}};
    int asked = 0;
};

class Pieces : public http::BodyReader {
public:
    explicit Pieces(std::vector<std::string> pieces, bool breaks)
        : pieces_(std::move(pieces)), breaks_(breaks) {}
    asio::awaitable<Expected<std::string, NetError>> read() override {
        if (next_ < pieces_.size()) co_return pieces_[next_++];
        if (breaks_) co_return Failure{NetError{.kind = NetErrorKind::Truncated}};
        co_return std::string();
    }

private:
    std::vector<std::string> pieces_;
    std::size_t next_ = 0;
    bool breaks_;
};

// One piece, and then nothing.
class Stalled : public http::BodyReader {
public:
    explicit Stalled(asio::steady_timer& gate) : gate_(gate) {}
    asio::awaitable<Expected<std::string, NetError>> read() override {
        if (!std::exchange(begun_, true)) co_return "abc";
        co_await gate_.async_wait(asio::use_awaitable);
        co_return std::string();
    }

private:
    asio::steady_timer& gate_;
    bool begun_ = false;
};

// Answers by path.
class Paths : public http::Handler {
public:
    explicit Paths(asio::io_context& io) : gate(io) { gate.expires_at(Instant::max()); }

    asio::awaitable<Response> handle(http::Incoming request) override {
        ++handled;
        last_peer = request.peer;
        Response response;
        response.headers.add("Content-Type", "text/plain");
        if (request.target == "/throw") throw std::runtime_error("thrown");
        if (request.target == "/gate") {
            error_code opened;
            co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, opened));
        }
        if (request.target == "/stalled") {
            response.body = std::make_unique<Stalled>(gate);
            co_return response;
        }
        const bool breaks = request.target.starts_with("/broken");
        if (request.target.ends_with("length")) response.headers.add("Content-Length", "6");
        if (request.target.starts_with("/stream") || breaks) {
            std::vector<std::string> pieces = {"abc", "def"};
            response.body = std::make_unique<Pieces>(std::move(pieces), breaks);
        } else {
            response.body = request.method + " " + request.target + " " + request.body;
        }
        co_return response;
    }

    asio::steady_timer gate;
    http::Peer last_peer;
    int handled = 0;
};

struct Script {
    std::string answer;
    enum class Then { Close, Reset, Hold } then = Then::Close;
};

class Exchange : public testing::Test {
public:
    Exchange() : handler(io), authority(Authority::make("Test CA", valid())) {}

    static Validity valid() {
        const TimePoint now = SystemClock().now();
        return {now - hours(1), now + hours(1)};
    }

    CertificateFor one(const std::vector<std::string>& subjects, Validity validity) const {
        return [certificate = authority.issue(subjects, validity)](std::string_view) {
            return std::optional(certificate);
        };
    }

    std::unique_ptr<Server> serve(Server::Settings settings) {
        auto listening = Server::listen(io.get_executor(), std::move(settings), handler, clock);
        EXPECT_TRUE(listening);
        return *std::move(listening);
    }
    std::unique_ptr<Server> serve_tls() {
        return serve({.certificate_for = one({"a.test", "127.0.0.1"}, valid())});
    }

    std::unique_ptr<ClientPool> client(Origin origin, PoolLimits limits = {}) {
        ClientPool::Settings settings;
        settings.allowed.push_back(std::move(origin));
        settings.trust = *Trust::from_pem(authority.pem(), "ca.pem");
        settings.limits = limits;
        return std::make_unique<ClientPool>(io.get_executor(), names, std::move(settings));
    }

    static Request request_of(std::string method, std::string target, std::string body) {
        Request request;
        request.method = std::move(method);
        request.target = std::move(target);
        request.body = std::move(body);
        return request;
    }
    static Request get(std::string target) { return request_of("GET", std::move(target), ""); }
    static Request post(std::string target, std::string body) {
        return request_of("POST", std::move(target), std::move(body));
    }

    struct Got {
        int status = 0;
        std::string body;
        http::Headers headers;
    };
    static asio::awaitable<Expected<Got, NetError>> fetch(
        ClientPool* pool,
        Origin origin,
        Request request,
        milliseconds limit,
        milliseconds idle
    ) {
        auto answer = co_await pool->exchange(std::move(origin), std::move(request), limit, idle);
        if (!answer) co_return Failure{std::move(answer).error()};
        auto body = co_await http::read_all(std::move(answer->body), 1U << 26U);
        if (!body) co_return Failure{std::move(body).error()};
        Got got;
        got.status = answer->status;
        got.body = *std::move(body);
        got.headers = std::move(answer->headers);
        co_return got;
    }
    Expected<Got, NetError> fetch(ClientPool& pool, Origin origin, Request request) {
        return run(io, fetch(&pool, std::move(origin), std::move(request), kLong, kLong));
    }
    NetErrorKind kind(ClientPool& pool, Origin origin, Request request) {
        auto got = fetch(pool, std::move(origin), std::move(request));
        EXPECT_FALSE(got) << got->status << got->body;
        return got ? NetErrorKind::Cancelled : got.error().kind;
    }

    // A peer without manners: one script for each connection.
    asio::awaitable<void> act(tcp::acceptor* acceptor, std::vector<Script> scripts) {
        std::vector<tcp::socket> held;
        for (const auto& script : scripts) {
            auto socket = co_await acceptor->async_accept(asio::use_awaitable);
            std::string request(4096, '\0');
            error_code ended;
            const auto space = asio::buffer(request);
            auto token = asio::redirect_error(asio::use_awaitable, ended);
            co_await socket.async_read_some(space, token);
            ++requests;
            const auto answer = asio::buffer(script.answer);
            co_await socket.async_write_some(answer, asio::use_awaitable);
            if (script.then == Script::Then::Hold) {
                held.push_back(std::move(socket));
            } else if (script.then == Script::Then::Reset) {
                socket.set_option(asio::socket_base::linger(true, 0));
                socket.close();  // the destructor would not be abrupt
            }
        }
        asio::steady_timer forever(io, hours(1));
        error_code over;
        co_await forever.async_wait(asio::redirect_error(asio::use_awaitable, over));
    }
    std::uint16_t raw_peer_at(const tcp::endpoint& at, std::vector<Script> scripts) {
        acceptors.push_back(std::make_unique<tcp::acceptor>(io, at));
        auto& acceptor = *acceptors.back();
        peers.spawn(act(&acceptor, std::move(scripts)));
        return acceptor.local_endpoint().port();
    }
    Origin raw_peer(std::vector<Script> scripts) {
        const tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
        return {"http", "127.0.0.1", raw_peer_at(any, std::move(scripts))};
    }
    static std::vector<Script> resets(std::size_t count) {
        return std::vector<Script>(count, {"", Script::Then::Reset});
    }

    // Several of a task, to the end of the last one.
    template <class Task>
    asio::awaitable<bool> at_once(Task* task, int count) {
        TaskGroup tasks(io.get_executor());
        for (int i = 0; i < count; ++i) {
            tasks.spawn((*task)());
        }
        co_await tasks.wait();
        co_return true;
    }
    template <class Task>
    void run_at_once(Task& task, int count) {
        run(io, at_once(&task, count));
    }

    // Everything the server says to these bytes, until it closes.
    static asio::awaitable<std::string> talk(std::uint16_t port, std::string bytes) {
        auto executor = co_await asio::this_coro::executor;
        tcp::socket socket(executor);
        const tcp::endpoint server(asio::ip::address_v4::loopback(), port);
        co_await socket.async_connect(server, asio::use_awaitable);
        const auto out = asio::buffer(bytes);
        co_await socket.async_write_some(out, asio::use_awaitable);
        std::string all;
        error_code ended;
        while (!ended) {
            std::string piece(65536, '\0');
            const auto space = asio::buffer(piece);
            auto token = asio::redirect_error(asio::use_awaitable, ended);
            const std::size_t got = co_await socket.async_read_some(space, token);
            all.append(piece, 0, got);
        }
        co_return all + (ended == asio::error::eof ? "" : "<reset>");
    }

    static Origin https(const Server& server) { return {"https", "a.test", server.port()}; }
    static Origin plain(const Server& server) { return {"http", "a.test", server.port()}; }

    asio::io_context io{1};
    SystemClock clock;
    Table names;
    Paths handler;
    Authority authority;
    TaskGroup peers{io.get_executor()};
    std::vector<std::unique_ptr<tcp::acceptor>> acceptors;
    int requests = 0;
};

TEST_F(Exchange, KeepsOneConnectionForManyRequests) {
    auto server = serve_tls();
    auto pool = client(https(*server));
    for (int i = 0; i < 3; ++i) {
        auto got = fetch(*pool, https(*server), post("/x?y=1", "body"));
        ASSERT_TRUE(got) << got.error().detail;
        EXPECT_EQ(got->status, 200);
        EXPECT_EQ(got->body, "POST /x?y=1 body");
        EXPECT_TRUE(got->headers.find("Date"));
        EXPECT_EQ(server->connections(), 1U);
        EXPECT_EQ(pool->idle_connections(), 1U);
    }
    EXPECT_EQ(names.asked, 1);
    EXPECT_EQ(handler.last_peer.server_name, "a.test");
    EXPECT_TRUE(handler.last_peer.tls);
}

TEST_F(Exchange, CarriesLargeBodiesBothWays) {
    auto server = serve_tls();
    auto pool = client(https(*server));
    const std::string large(3U << 20U, 'x');
    auto got = fetch(*pool, https(*server), post("/", large));
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(got->body, "POST / " + large);
}

TEST_F(Exchange, TellsTlsFaultsApart) {
    const TimePoint now = clock.now();
    auto other = Authority::make("Other CA", valid());
    auto stranger = [certificate = other.issue({"a.test"}, valid())](std::string_view) {
        return std::optional(certificate);
    };
    auto nobody = [](std::string_view) { return std::optional<Certificate>(); };
    struct Row {
        CertificateFor certificate_for;
        NetErrorKind kind;
    };
    const Row rows[] = {
        {stranger, NetErrorKind::TlsUntrusted},
        {one({"b.test"}, valid()), NetErrorKind::TlsNameDiffers},
        {one({"*.a.test"}, valid()), NetErrorKind::TlsNameDiffers},
        {one({"127.0.0.1"}, valid()), NetErrorKind::TlsNameDiffers},
        {one({"a.test"}, {now - hours(2), now - hours(1)}), NetErrorKind::TlsExpired},
        {one({"a.test"}, {now + hours(1), now + hours(2)}), NetErrorKind::TlsExpired},
        {nobody, NetErrorKind::TlsFailed},
    };
    for (const auto& [certificate_for, wanted] : rows) {
        auto server = serve({.certificate_for = certificate_for});
        auto pool = client(https(*server));
        EXPECT_EQ(kind(*pool, https(*server), get("/")), wanted);
    }
    auto in_the_clear = serve({});
    auto pool = client(https(*in_the_clear));
    EXPECT_EQ(kind(*pool, https(*in_the_clear), get("/")), NetErrorKind::TlsFailed);
    EXPECT_EQ(handler.handled, 0);
}

TEST_F(Exchange, VerifiesAddressesAndWildcards) {
    auto server = serve({.certificate_for = one({"*.a.test", "127.0.0.1"}, valid())});
    for (const char* host : {"b.a.test", "127.0.0.1"}) {
        const Origin origin{"https", host, server->port()};
        auto pool = client(origin);
        EXPECT_TRUE(fetch(*pool, origin, get("/"))) << host;
    }
}

TEST_F(Exchange, P21RefusesAHostThatIsNotConfiguredBeforeDns) {
    auto server = serve({});
    auto pool = client(plain(*server));
    const Origin others[] = {
        {"http", "b.test", server->port()},
        {"https", "a.test", server->port()},
        {"http", "a.test", 1}};
    for (const auto& origin : others) {
        EXPECT_EQ(kind(*pool, origin, get("/")), NetErrorKind::HostNotAllowed);
    }
    EXPECT_EQ(names.asked, 0);
}

TEST_F(Exchange, NeverSendsWhatCouldBeReadAsAnotherRequest) {
    auto server = serve({});
    auto pool = client(plain(*server));
    Request requests_refused[] = {
        get("/a b"), get("/\r\nX: 1"), get("a"), get("/"), get("/"), get("/")};
    requests_refused[3].headers.add("X", "1\r\nY: 2");
    requests_refused[4].headers.add("X Y", "1");
    requests_refused[5].method = "GET /";
    for (const auto& request : requests_refused) {
        EXPECT_EQ(kind(*pool, plain(*server), request), NetErrorKind::Cancelled) << request.target;
    }
    Request request = get("/");
    request.headers.add("Content-Length", "7");
    request.headers.add("Host", "evil");
    EXPECT_TRUE(fetch(*pool, plain(*server), request));
}

TEST_F(Exchange, KnowsHowABodyEnds) {
    using Then = Script::Then;
    const std::string ok = "HTTP/1.1 200 OK\r\n";
    const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
    struct Row {
        Script script;
        std::optional<NetErrorKind> kind;
    };
    const Row rows[] = {
        {{ok + "Content-Length: 3\r\n\r\nabc"}, std::nullopt},
        {{chunked + "0\r\n\r\n"}, std::nullopt},
        {{ok + "\r\nabc"}, std::nullopt},
        {{"HTTP/1.1 103 x\r\n\r\n" + ok + "Content-Length: 3\r\n\r\nabc"}, std::nullopt},
        {{ok + "Content-Length: 4\r\n\r\nabc"}, NetErrorKind::Truncated},
        {{chunked}, NetErrorKind::Truncated},
        {{chunked + "0\r\n"}, NetErrorKind::Truncated},
        {{chunked, Then::Reset}, NetErrorKind::Truncated},
        {{ok + "\r\nabc", Then::Reset}, NetErrorKind::Truncated},
        {{chunked + "3;x\r\nabc\r\n0\r\n\r\n"}, NetErrorKind::BadAnswer},
        {{ok + "Content-Le"}, NetErrorKind::Truncated},
        {{""}, NetErrorKind::Closed},
        {{"", Then::Reset}, NetErrorKind::Closed},
        {{"SSH-2.0-x\r\n\r\n"}, NetErrorKind::BadAnswer},
        {{"HTTP/1.1 101 x\r\n\r\n"}, NetErrorKind::BadAnswer},
        {{ok + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"}, NetErrorKind::BadAnswer},
    };
    for (const auto& [script, wanted] : rows) {
        const Origin origin = raw_peer({script});
        auto pool = client(origin);
        auto got = fetch(*pool, origin, post("/", "x"));
        EXPECT_EQ(got.has_value(), !wanted) << script.answer;
        if (got) {
            EXPECT_EQ(got->body, "abc");
        } else {
            EXPECT_EQ(got.error().kind, wanted) << script.answer;
        }
    }
}

TEST_F(Exchange, EndsEveryWaitAtItsLimit) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
    const Origin origin = raw_peer(
        {{"", Script::Then::Hold},
         {head.substr(0, 9), Script::Then::Hold},
         {head, Script::Then::Hold}}
    );
    auto pool = client(origin);
    for (auto limit : {50ms, 50ms, kLong}) {
        auto got = run(io, fetch(pool.get(), origin, get("/"), limit, 50ms));
        ASSERT_FALSE(got);
        EXPECT_EQ(got.error().kind, NetErrorKind::Timeout);
    }
}

// More than one, because a queue that is not quite full lets the first ones in.
TEST_F(Exchange, TellsSilenceFromRefusal) {
    auto silent = SilentListener::listen("127.0.0.1", 0);
    ASSERT_TRUE(silent);
    const Origin origin{"http", "a.test", silent->port()};
    auto pool = client(origin);
    int silences = 0;
    auto ask = [&]() -> asio::awaitable<void> {
        auto got = co_await fetch(pool.get(), origin, get("/"), 100ms, kLong);
        if (!got && got.error().kind == NetErrorKind::ConnectTimeout) ++silences;
    };
    constexpr int kAtOnce = 8;
    run_at_once(ask, kAtOnce);
    EXPECT_EQ(silences, kAtOnce);

    auto gone = serve({});
    const Origin closed = plain(*gone);
    gone.reset();
    io.restart();
    io.poll();
    auto other = client(closed);
    EXPECT_EQ(kind(*other, closed, get("/")), NetErrorKind::ConnectRefused);
}

// Of three addresses two are dead: what the search for the good one may cost.
static_assert(2 * PoolLimits{}.stagger <= 1s);

TEST_F(Exchange, P14OneSilentAndOneResettingAddressCostNoRequest) {
    auto server = serve_tls();
    auto silent = SilentListener::listen("127.0.0.2", server->port());
    ASSERT_TRUE(silent);
    const auto resetting = asio::ip::make_address_v4("127.0.0.3");
    constexpr int kScripts = 100;
    raw_peer_at(tcp::endpoint(resetting, server->port()), resets(kScripts));
    names.names["a.test"] = {"127.0.0.2", "127.0.0.3", "127.0.0.1"};
    auto pool = client(https(*server));
    int answered = 0;
    auto ask = [&]() -> asio::awaitable<void> {
        auto got = co_await fetch(pool.get(), https(*server), get("/"), kLong, kLong);
        if (got) ++answered;
    };
    constexpr int kAtOnce = 10;
    run_at_once(ask, kAtOnce);
    EXPECT_EQ(answered, kAtOnce);
    constexpr int kLater = 40;
    for (int i = 0; i < kLater; ++i) {
        pool->close_idle();
        run_at_once(ask, 1);
    }
    EXPECT_EQ(answered, kAtOnce + kLater);
    EXPECT_GE(requests, 1);       // the dead ones were tried,
    EXPECT_LT(requests, kLater);  // but not again by all who came later
}

TEST_F(Exchange, P14AFailedAddressIsLeftAtOnce) {
    auto server = serve_tls();
    const auto resetting = asio::ip::make_address_v4("127.0.0.3");
    raw_peer_at(tcp::endpoint(resetting, server->port()), resets(1));
    names.names["a.test"] = {"127.0.0.2", "127.0.0.3", "127.0.0.1"};  // refuses, resets, answers
    auto pool = client(https(*server), {.stagger = 24h});
    EXPECT_TRUE(fetch(*pool, https(*server), get("/")));
    EXPECT_EQ(requests, 1);
    names.names["a.test"] = {"127.0.0.2"};
    pool->close_idle();
    EXPECT_EQ(kind(*pool, https(*server), get("/")), NetErrorKind::ConnectRefused);
}

TEST_F(Exchange, P14MovesOnWhenTheAddressInUseDies) {
    auto first = serve_tls();
    auto second = serve(
        {.address = "127.0.0.2", .port = first->port(), .certificate_for = one({"a.test"}, valid())}
    );
    names.names["a.test"] = {"127.0.0.1", "127.0.0.2"};
    const Origin origin = https(*first);
    auto pool = client(origin, {.stagger = 24h});
    EXPECT_TRUE(fetch(*pool, origin, post("/", "1")));
    EXPECT_EQ(first->connections(), 1U);
    auto die = [&]() -> asio::awaitable<void> { co_await first->close(0ms); };
    run_at_once(die, 1);
    EXPECT_TRUE(fetch(*pool, origin, post("/", "2")));
    EXPECT_EQ(second->connections(), 1U);
}

// A server asks for its certificate in a full handshake alone.
TEST_F(Exchange, ResumesTlsSessions) {
    int full = 0;
    auto counted = [&, certificate_for = one({"a.test"}, valid())](std::string_view name) {
        ++full;
        return certificate_for(name);
    };
    auto server = serve({.certificate_for = counted});
    auto pool = client(https(*server));
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(fetch(*pool, https(*server), get("/")));
        pool->close_idle();
    }
    EXPECT_EQ(full, 1);
    auto stranger = client(https(*server));
    EXPECT_TRUE(fetch(*stranger, https(*server), get("/")));
    EXPECT_EQ(full, 2);
}

// The ticket of a server that is gone means nothing to the next one, which is verified anew.
TEST_F(Exchange, VerifiesAServerThatDoesNotResume) {
    auto first = serve_tls();
    const Origin origin = https(*first);
    auto pool = client(origin);
    EXPECT_TRUE(fetch(*pool, origin, get("/")));
    auto die = [&]() -> asio::awaitable<void> { co_await first->close(0ms); };
    run_at_once(die, 1);
    auto other = Authority::make("Other CA", valid());
    auto impostor = [certificate = other.issue({"a.test"}, valid())](std::string_view) {
        return std::optional(certificate);
    };
    auto second = serve({.port = origin.port, .certificate_for = impostor});
    EXPECT_EQ(kind(*pool, origin, get("/")), NetErrorKind::TlsUntrusted);
    EXPECT_EQ(handler.handled, 1);
}

TEST_F(Exchange, P28EndsWhatItsClientLeft) {
    for (const char* path : {"/gate", "/stalled"}) {
        for (bool tls : {false, true}) {
            Server::Settings settings;
            if (tls) settings.certificate_for = one({"a.test"}, valid());
            settings.limits.departure_period = 5ms;
            auto server = serve(std::move(settings));
            const Origin origin = tls ? https(*server) : plain(*server);
            auto pool = client(origin);
            const int before = handler.handled;
            bool stayed = false;
            auto ask = [&]() -> asio::awaitable<void> {
                auto got = co_await fetch(pool.get(), origin, get(path), kLong, kLong);
                stayed = got.has_value();
            };
            auto leave = [&]() -> asio::awaitable<void> {
                TaskGroup staying(io.get_executor()), leaving(io.get_executor());
                staying.spawn(ask());
                leaving.spawn(ask());
                while (handler.handled < before + 2) {
                    co_await asio::post(io, asio::use_awaitable);
                }
                leaving.cancel();
                while (server->connections() > 1) {
                    co_await asio::post(io, asio::use_awaitable);
                }
                handler.gate.expires_at(Instant::max());  // lets those go who wait
                co_await staying.wait();
            };
            run_at_once(leave, 1);
            EXPECT_EQ(stayed, path == std::string_view("/gate"));  // the other one ends abruptly
            EXPECT_EQ(pool->idle_connections(), stayed ? 1U : 0U);
        }
    }
}

TEST_F(Exchange, RepeatsOnlyWhatNobodyCanHaveCarriedOut) {
    const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    struct Row {
        const char* method;
        bool repeated;
    };
    for (const auto& [method, repeated] :
         {Row{"GET", true}, Row{"PUT", true}, Row{"POST", false}}) {
        // The first connection answers once and, asked again, dies silently.
        tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        const Origin origin{"http", "127.0.0.1", acceptor.local_endpoint().port()};
        auto twice = [&]() -> asio::awaitable<void> {
            std::string request(4096, '\0');
            const auto space = asio::buffer(request);
            const auto answer = asio::buffer(ok);
            auto socket = co_await acceptor.async_accept(asio::use_awaitable);
            co_await socket.async_read_some(space, asio::use_awaitable);
            co_await socket.async_write_some(answer, asio::use_awaitable);
            co_await socket.async_read_some(space, asio::use_awaitable);
            socket.close();
            auto fresh = co_await acceptor.async_accept(asio::use_awaitable);
            co_await fresh.async_read_some(space, asio::use_awaitable);
            co_await fresh.async_write_some(answer, asio::use_awaitable);
        };
        TaskGroup peer(io.get_executor());
        peer.spawn(twice());
        auto pool = client(origin);
        Request request = get("/");
        EXPECT_TRUE(fetch(*pool, origin, request));
        EXPECT_EQ(pool->idle_connections(), 1U);
        request.method = method;
        auto got = fetch(*pool, origin, request);
        EXPECT_EQ(got.has_value(), repeated) << method;
        EXPECT_TRUE(got || got.error().kind == NetErrorKind::Closed);
        peer.cancel();
        io.restart();
        io.poll();
    }
}

TEST_F(Exchange, NoticesThatAKeptConnectionWasClosed) {
    const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    const Origin origin = raw_peer({{ok}, {ok}});
    auto pool = client(origin);
    EXPECT_TRUE(fetch(*pool, origin, post("/", "1")));
    io.restart();
    io.poll();
    EXPECT_TRUE(fetch(*pool, origin, post("/", "2")));
    EXPECT_EQ(requests, 2);
}

TEST_F(Exchange, MakesRequestsWaitForRoom) {
    auto server = serve_tls();
    auto pool = client(https(*server), {.connections_max = 2});
    TaskGroup tasks(io.get_executor());
    int done = 0;
    std::size_t most = 0;
    auto one_request = [&]() -> asio::awaitable<void> {
        auto got = co_await fetch(pool.get(), https(*server), get("/stream"), kLong, kLong);
        EXPECT_TRUE(got && got->body == "abcdef");
        most = std::max(most, server->connections());
        ++done;
    };
    auto all = [&]() -> asio::awaitable<bool> {
        for (int i = 0; i < 20; ++i) {
            tasks.spawn(one_request());
        }
        co_await tasks.wait();
        co_return true;
    };
    run(io, all());
    EXPECT_EQ(done, 20);
    EXPECT_LE(most, 2U);
}

TEST_F(Exchange, StreamsAndBreaksThemSoThatItIsSeen) {
    for (bool tls : {false, true}) {
        auto server = tls ? serve_tls() : serve({});
        const Origin origin = tls ? https(*server) : plain(*server);
        auto pool = client(origin);
        for (const char* path : {"/stream", "/stream-length"}) {
            auto got = fetch(*pool, origin, get(path));
            ASSERT_TRUE(got) << path;
            EXPECT_EQ(got->body, "abcdef");
        }
        EXPECT_EQ(server->connections(), 1U);
        EXPECT_EQ(kind(*pool, origin, get("/broken")), NetErrorKind::Truncated);
        EXPECT_EQ(kind(*pool, origin, get("/throw")), NetErrorKind::Closed);
        EXPECT_TRUE(fetch(*pool, origin, get("/")));
    }
}

TEST_F(Exchange, AnswersPipelinedRequestsInTheirOrder) {
    auto server = serve({});
    const std::string two =
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
        "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nyo\r\n0\r\n\r\n"
        "HEAD /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        "GET /4 HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string said = run(io, talk(server->port(), two));
    const auto first = said.find("POST /1 hi"), second = said.find("POST /2 yo");
    EXPECT_LT(first, second);
    EXPECT_NE(second, said.npos) << said;
    EXPECT_TRUE(said.ends_with("Connection: close\r\n\r\n")) << said;
    EXPECT_EQ(handler.handled, 3);
}

TEST_F(Exchange, P22AnswersAFramingErrorOnceAndCloses) {
    struct Row {
        std::string bytes;
        const char* status;
        int handled;
    };
    const std::string next = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
    const Row rows[] = {
        {"GET / HTTP/1.1\r\n\r\n" + next, "400", 0},
        {"GET / HTTP/1.1\nHost: a\n\n" + next, "400", 0},
        {post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next,
         "400",
         0},
        {post + "Transfer-Encoding: chunked\r\n\r\n0;x\r\n\r\n" + next, "400", 0},
        {post + "Content-Length: 99999999\r\n\r\n" + next, "413", 0},
        {post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n", "413", 0},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70000, 'x'), "431", 0},
        {post + "Expect: x\r\n\r\n", "417", 0},
    };
    auto server = serve({.limits = {.body_limit = 50ms}});
    for (const auto& [bytes, status, handled] : rows) {
        const std::string said = run(io, talk(server->port(), bytes));
        EXPECT_EQ(said.substr(0, 12), *status ? "HTTP/1.1 " + std::string(status) : "")
            << bytes.substr(0, 99);
        EXPECT_EQ(said.find("HTTP/1.1", 1), said.npos) << said;
        EXPECT_EQ(handler.handled, handled);
    }
}

TEST_F(Exchange, TalksToOldAndCautiousClients) {
    auto server = serve({});
    const std::string old = run(io, talk(server->port(), "GET /stream HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(old.ends_with("\r\n\r\nabcdef")) << old;
    EXPECT_EQ(old.find("chunked"), old.npos);
    const std::string cautious =
        run(io,
            talk(
                server->port(),
                "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: "
                "100-continue\r\nContent-Length: 0\r\n\r\n"
            ));
    EXPECT_TRUE(cautious.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")) << cautious;
}

TEST_F(Exchange, DropsThoseWhoAreSlow) {
    auto server = serve({.limits = {.head_limit = 50ms, .body_limit = 50ms, .idle_limit = 50ms}});
    EXPECT_EQ(run(io, talk(server->port(), "GET / HTTP/1.1\r\nHo")).substr(0, 12), "HTTP/1.1 408");
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx";
    EXPECT_EQ(run(io, talk(server->port(), post)), "");
    const std::string idle = run(io, talk(server->port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_TRUE(idle.ends_with("GET / ")) << idle;
    EXPECT_EQ(handler.handled, 1);
}

TEST_F(Exchange, ClosesAfterWhatIsUnderWay) {
    auto server = serve_tls();
    auto pool = client(https(*server));
    auto close_and_open = [&]() -> asio::awaitable<void> {
        while (handler.handled == 0) {
            co_await asio::post(io, asio::use_awaitable);
        }
        TaskGroup closing(io.get_executor());
        closing.spawn(server->close(kLong));
        co_await asio::post(io, asio::use_awaitable);
        handler.gate.cancel();
        co_await closing.wait();
    };
    TaskGroup tasks(io.get_executor());
    tasks.spawn(close_and_open());
    auto got = fetch(*pool, https(*server), get("/gate"));
    ASSERT_TRUE(got) << static_cast<int>(got.error().kind);
    EXPECT_EQ(got->headers.find("Connection"), "close");
    EXPECT_EQ(kind(*pool, https(*server), get("/")), NetErrorKind::ConnectRefused);
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(Exchange, CutsWhatOutlastsTheGrace) {
    auto server = serve_tls();
    auto pool = client(https(*server));
    EXPECT_TRUE(fetch(*pool, https(*server), get("/")));
    bool closed = false;
    auto close = [&]() -> asio::awaitable<void> {
        while (handler.handled < 2) {
            co_await asio::post(io, asio::use_awaitable);
        }
        co_await server->close(20ms);
        closed = true;
    };
    TaskGroup tasks(io.get_executor());
    tasks.spawn(close());
    EXPECT_EQ(kind(*pool, https(*server), post("/gate", "")), NetErrorKind::Closed);
    auto wait = [&]() -> asio::awaitable<bool> {
        co_await tasks.wait();
        co_return true;
    };
    run(io, wait());
    EXPECT_TRUE(closed);
    EXPECT_EQ(server->connections(), 0U);
}

TEST_F(Exchange, EndsWithItsCaller) {
    auto server = serve({});
    auto pool = client(plain(*server));
    std::optional<NetErrorKind> ended;
    auto ask = [&]() -> asio::awaitable<void> {
        auto got = co_await fetch(pool.get(), plain(*server), get("/gate"), kLong, kLong);
        if (!got) ended = got.error().kind;
    };
    auto cancel = [&]() -> asio::awaitable<bool> {
        TaskGroup tasks(io.get_executor());
        tasks.spawn(ask());
        while (handler.handled == 0) {
            co_await asio::post(io, asio::use_awaitable);
        }
        tasks.cancel();
        co_await tasks.wait();
        co_return true;
    };
    run(io, cancel());
    EXPECT_EQ(ended, NetErrorKind::Cancelled);
}

// Nagle against delayed ACK costs 40 ms a request: every socket here must have it off.
TEST_F(Exchange, TurnsNagleOffOnBothSides) {
    auto server = serve_tls();
    auto pool = client(https(*server));
    ASSERT_TRUE(fetch(*pool, https(*server), get("/")));
    int connected = 0;
    for (int descriptor = 3; descriptor < 256; ++descriptor) {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
        if (peer.ss_family != AF_INET) continue;
        int on = 0;
        size = sizeof on;
        EXPECT_EQ(::getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
        EXPECT_NE(on, 0);
        ++connected;
    }
    EXPECT_EQ(connected, 2);
}

TEST(Listen, TellsWhyItCannot) {
    asio::io_context io;
    Paths handler(io);
    SystemClock clock;
    auto first = Server::listen(io.get_executor(), {}, handler, clock);
    ASSERT_TRUE(first);
    struct Row {
        std::string address;
        std::uint16_t port;
        ListenError error;
    };
    const Row rows[] = {
        {"127.0.0.1", (*first)->port(), ListenError::AddressInUse},
        {"192.0.2.1", 0, ListenError::BadAddress},
        {"localhost", 0, ListenError::BadAddress},
    };
    for (const auto& [address, port, error] : rows) {
        auto refused =
            Server::listen(io.get_executor(), {.address = address, .port = port}, handler, clock);
        ASSERT_FALSE(refused) << address;
        EXPECT_EQ(refused.error(), error) << address;
        EXPECT_TRUE(has_text(describe(error, address, port).id));
    }
}

}  // namespace
}  // namespace kakehashi::net

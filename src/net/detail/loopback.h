#pragma once

#include "net/certificate.h"
#include "net/client.h"
#include "net/clock.h"
#include "net/server.h"
#include "net/silent_listener.h"
#include "net/task_group.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// For this module's tests: real sockets on loopback, with our server, our client, and a raw peer
// that says what a script wants. Thread rule: one thread.
namespace kakehashi::net::detail {

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

inline constexpr milliseconds kLong = 20s;  // never reached
inline constexpr http::Limits kLimits = http::within(kLong);

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
    void forget(const std::string&) override { ++forgotten; }

    std::map<std::string, std::vector<std::string>> names = {
        {"a.test", {"127.0.0.1"}},
        {"b.a.test", {"127.0.0.1"}},
        {"127.0.0.1", {"127.0.0.1"}}};
    int asked = 0, forgotten = 0;
};

class ScriptedPieces : public http::BodyReader {
public:
    explicit ScriptedPieces(std::vector<std::string> pieces, bool breaks)
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
            response.body = std::make_unique<ScriptedPieces>(std::move(pieces), breaks);
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
    enum class Then { Close, Reset, Hold, Drip } then = Then::Close;
};

class Loopback : public testing::Test {
public:
    Loopback() : handler(io), authority(Authority::make("Test CA", valid())) {}

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
        http::Limits limits
    ) {
        auto answer = co_await pool->exchange(std::move(origin), std::move(request), limits);
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
        return run(io, fetch(&pool, std::move(origin), std::move(request), kLimits));
    }
    NetErrorKind kind(ClientPool& pool, Origin origin, Request request) {
        auto got = fetch(pool, std::move(origin), std::move(request));
        EXPECT_FALSE(got) << got->status << got->body;
        return got ? NetErrorKind::Cancelled : got.error().kind;
    }

    // A byte now and then, until the other side has had enough.
    asio::awaitable<void> drip(tcp::socket* socket) {
        asio::steady_timer pause(io);
        const auto byte = asio::buffer("x", 1);
        error_code gone;
        while (!gone) {
            pause.expires_after(1ms);
            co_await pause.async_wait(asio::use_awaitable);
            auto token = asio::redirect_error(asio::use_awaitable, gone);
            co_await socket->async_write_some(byte, token);
        }
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
            if (script.then == Script::Then::Drip) co_await drip(&socket);
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

}  // namespace kakehashi::net::detail

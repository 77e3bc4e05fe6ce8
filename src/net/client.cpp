#include "net/client.h"

#include "net/detail/address_race.h"
#include "net/detail/client_connection.h"
#include "net/detail/pooled_body.h"
#include "net/detail/wire.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <utility>

namespace kakehashi::net {

namespace asio = boost::asio;
using boost::system::error_code;
using detail::authority_of;
using detail::ClientConnectionPtr;
using detail::Slot;
using detail::Upstream;
using http::NetError;
using http::NetErrorKind;
using http::Origin;
using http::Request;
using http::Response;
using std::chrono::milliseconds;

namespace {

bool is_sendable(const Request& request) {
    const auto& fields = request.headers.fields();
    const http::Header method{request.method, ""};  // a token, as a name is
    return detail::is_sendable(method) && detail::is_sendable_target(request.target) &&
           std::all_of(fields.begin(), fields.end(), detail::is_sendable);
}

}  // namespace

class ClientPool::State : public std::enable_shared_from_this<State> {
public:
    struct Deadline {
        Instant head;
        detail::BodyDeadline body;
    };

    State(const asio::any_io_executor& executor, Resolver& resolver, Settings settings)
        : executor_(executor),
          resolver_(resolver),
          settings_(std::move(settings)),
          deadlines_(std::make_shared<detail::Deadlines>(executor)),
          idle_timer_(executor) {
        for (const auto& origin : settings_.allowed) {
            hosts_.push_back({std::make_shared<Upstream>(origin), {}});
        }
    }

    static asio::awaitable<Expected<Response, NetError>> exchange(
        std::shared_ptr<State> self,
        Origin origin,
        Request request,
        Deadline deadline
    );
    void close() {
        closed_ = true;
        close_idle();
    }
    void close_idle() {
        for (auto& host : hosts_) {
            host.idle.clear();
        }
        idle_timer_.cancel();
    }
    std::size_t idle_connections() const {
        std::size_t count = 0;
        for (const auto& host : hosts_) {
            count += host.idle.size();
        }
        return count;
    }

private:
    struct Host {
        std::shared_ptr<Upstream> upstream;
        std::vector<ClientConnectionPtr> idle;  // the last one was used last
    };
    using Connected = Expected<ClientConnectionPtr, NetError>;
    using Answered = Expected<Response, detail::Unanswered>;

    Host* find(const Origin& origin);
    static ClientConnectionPtr take_idle(Host& host);
    void keep(ClientConnectionPtr connection);
    void watch_idle();
    void leave(Host& host, const std::string& address, NetErrorKind why) const;
    asio::awaitable<Connected> open(Host* host, Instant deadline);
    asio::awaitable<bool> wait_for_room(Host* host, Instant deadline);
    asio::awaitable<Connected> connect(std::shared_ptr<Upstream> to, Instant deadline);
    asio::awaitable<Answered> ask(Host* host, const Request* request, Deadline deadline);
    Response response_of(ClientConnectionPtr from, detail::BodyDeadline deadline);

    asio::any_io_executor executor_;
    Resolver& resolver_;  // outlives the pool; unused after close()
    Settings settings_;
    std::shared_ptr<detail::Deadlines> deadlines_;
    asio::steady_timer idle_timer_;
    bool watching_ = false;
    bool closed_ = false;
    std::vector<Host> hosts_;  // never grows: pointers to them are kept
};

ClientPool::State::Host* ClientPool::State::find(const Origin& origin) {
    const auto is_it = [&](const Host& host) { return host.upstream->is(origin); };
    const auto found = std::find_if(hosts_.begin(), hosts_.end(), is_it);
    return found == hosts_.end() ? nullptr : &*found;
}

ClientConnectionPtr ClientPool::State::take_idle(Host& host) {
    while (!host.idle.empty()) {
        ClientConnectionPtr kept = std::move(host.idle.back());
        host.idle.pop_back();
        if (kept->is_quiet()) return kept;
    }
    return nullptr;
}

void ClientPool::State::keep(ClientConnectionPtr connection) {
    Host* host = find(connection->upstream()->origin);
    if (!connection->reusable() || closed_ || host == nullptr) return;
    if (host->idle.size() >= settings_.limits.idle_connections_max) return;
    connection->rest();
    host->idle.push_back(std::move(connection));
    host->upstream->wake_one();
    watch_idle();
}

void ClientPool::State::watch_idle() {
    if (std::exchange(watching_, true)) return;
    idle_timer_.expires_after(settings_.limits.idle_limit);
    idle_timer_.async_wait([weak = weak_from_this()](error_code) {
        const auto self = weak.lock();
        if (!self) return;
        self->watching_ = false;
        const Instant oldest = monotonic_now() - self->settings_.limits.idle_limit;
        for (auto& host : self->hosts_) {
            std::erase_if(host.idle, [&](const auto& one) { return one->idle_since() <= oldest; });
        }
        if (self->idle_connections() > 0) self->watch_idle();
    });
}

// Until there is a kept connection, or room for another.
asio::awaitable<bool> ClientPool::State::wait_for_room(Host* host, Instant deadline) {
    auto upstream = host->upstream;
    asio::steady_timer turn(executor_);
    while (upstream->open >= settings_.limits.connections_max && host->idle.empty()) {
        if (monotonic_now() >= deadline) co_return false;
        upstream->waiting.push_back(&turn);
        turn.expires_at(deadline);
        error_code woken;
        struct Leave {
            std::deque<asio::steady_timer*>& waiting;
            asio::steady_timer* self;
            ~Leave() { std::erase(waiting, self); }
        };
        const Leave leave{upstream->waiting, &turn};
        co_await turn.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    co_return true;
}

asio::awaitable<ClientPool::State::Connected> ClientPool::State::open(
    Host* host,
    Instant deadline
) {
    const bool room = co_await wait_for_room(host, deadline);
    if (!room) co_return Failure{host->upstream->failure(NetErrorKind::Timeout, "pool is full")};
    if (auto kept = take_idle(*host)) co_return std::move(kept);
    auto slot = std::make_unique<Slot>(host->upstream);
    auto opened = co_await connect(host->upstream, deadline);
    if (opened) (*opened)->hold(std::move(slot));
    co_return opened;
}

asio::awaitable<ClientPool::State::Connected> ClientPool::State::connect(
    std::shared_ptr<Upstream> to,
    Instant deadline
) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - monotonic_now());
    auto found = co_await resolver_.resolve(to->origin.host, left);
    if (!found) co_return Failure{to->failure(found.error().kind, found.error().detail)};
    const detail::RaceSettings settings{
        settings_.limits.stagger, settings_.limits.bad_address_limit};
    const auto race =
        std::make_shared<detail::AddressRace>(to, deadlines_, executor_, settings_.trust, settings);
    auto winner = co_await race->run(*std::move(found), deadline);
    if (!winner) resolver_.forget(to->origin.host);
    co_return winner;
}

// P14: an address that fell silent or broke off takes all its kept connections with it, or each of
// them would cost a request; after a silence others are tried before it.
void ClientPool::State::leave(Host& host, const std::string& address, NetErrorKind why) const {
    if (why != NetErrorKind::Timeout && why != NetErrorKind::Closed) return;
    std::erase_if(host.idle, [&](const auto& one) { return one->address() == address; });
    if (why == NetErrorKind::Closed) return;  // that is also how a server ends a quiet connection
    host.upstream->bad_until[address] = monotonic_now() + settings_.limits.bad_address_limit;
}

Response ClientPool::State::response_of(ClientConnectionPtr from, detail::BodyDeadline deadline) {
    Response response = from->take_head();
    if (auto whole = from->whole_body()) {
        response.body = *std::move(whole);
        keep(std::move(from));
        return response;
    }
    auto back = [weak = weak_from_this()](ClientConnectionPtr connection) {
        if (const auto self = weak.lock()) self->keep(std::move(connection));
    };
    response.body =
        std::make_unique<detail::PooledBody>(std::move(from), deadline, std::move(back));
    return response;
}

asio::awaitable<ClientPool::State::Answered> ClientPool::State::ask(
    Host* host,
    const Request* request,
    Deadline deadline
) {
    ClientConnectionPtr connection = take_idle(*host);
    if (!connection) {
        auto opened = co_await open(host, deadline.head);
        if (!opened) co_return Failure{detail::Unanswered{std::move(opened).error()}};
        connection = *std::move(opened);
    }
    connection->set_deadline(deadline.head);
    auto answered = co_await connection->exchange(request);
    if (!answered) {
        leave(*host, connection->address(), answered.error().error.kind);
        co_return Failure{std::move(answered).error()};
    }
    co_return response_of(std::move(connection), deadline.body);
}

asio::awaitable<Expected<Response, NetError>> ClientPool::State::exchange(
    std::shared_ptr<State> self,
    Origin origin,
    Request request,
    Deadline deadline
) {
    Host* host = self->find(origin);
    if (host == nullptr) {
        NetError refused{.kind = NetErrorKind::HostNotAllowed, .host = authority_of(origin)};
        co_return Failure{std::move(refused)};
    }
    if (!is_sendable(request)) {
        const char* unframed = "a field that cannot be framed";
        co_return Failure{host->upstream->failure(NetErrorKind::Cancelled, unframed)};
    }
    std::string why;
    try {
        auto answered = co_await self->ask(host, &request, deadline);
        if (!answered && answered.error().repeatable) {
            host->idle.clear();  // as old as the one that failed
            answered = co_await self->ask(host, &request, deadline);
        }
        if (answered) co_return *std::move(answered);
        co_return Failure{std::move(answered).error().error};
    } catch (const boost::system::system_error& cancelled) {
        why = cancelled.what();
    }
    co_return Failure{host->upstream->failure(NetErrorKind::Cancelled, std::move(why))};
}

ClientPool::ClientPool(asio::any_io_executor executor, Resolver& resolver, Settings settings)
    : state_(std::make_shared<State>(executor, resolver, std::move(settings))) {
}

ClientPool::~ClientPool() {
    state_->close();
}

asio::awaitable<Expected<Response, NetError>> ClientPool::exchange(
    Origin origin,
    Request request,
    http::Limits limits
) {
    const Instant now = monotonic_now();
    const State::Deadline deadline{now + limits.head, {limits.idle, now + limits.whole}};
    return State::exchange(state_, std::move(origin), std::move(request), deadline);
}

void ClientPool::close_idle() {
    state_->close_idle();
}

std::size_t ClientPool::idle_connections() const {
    return state_->idle_connections();
}

}  // namespace kakehashi::net

#include "net/client.h"

#include "base/text.h"
#include "http/strict.h"
#include "net/detail/stream.h"
#include "net/detail/wire.h"
#include "net/task_group.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <utility>

namespace kakehashi::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using detail::Buffer;
using detail::Deadlines;
using detail::Stream;
using detail::StreamEnd;
using http::Framing;
using http::NetError;
using http::NetErrorKind;
using http::Origin;
using http::Request;
using http::Response;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kHeadSpace = 4096;        // what is read at once while a head is awaited
constexpr std::size_t kBodySpace = 16384;       // a TLS record
constexpr std::size_t kJoinedBytesMax = 65536;  // a larger body is not copied behind its head
constexpr int kInterimMax = 8;                  // 1xx answers before the real one

bool is_idempotent(std::string_view method) {
    for (std::string_view one : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}) {
        if (method == one) return true;
    }
    return false;
}

bool is_sendable(const Request& request) {
    const auto& fields = request.headers.fields();
    const http::Header method{request.method, ""};  // a token, as a name is
    return detail::is_sendable(method) && detail::is_sendable_target(request.target) &&
           std::all_of(fields.begin(), fields.end(), detail::is_sendable);
}

std::string authority_of(const Origin& origin) {
    const bool six = origin.host.find(':') != std::string::npos;
    return (six ? "[" + origin.host + "]" : origin.host) + ":" + std::to_string(origin.port);
}

std::string host_field_of(const Origin& origin) {
    const std::uint16_t usual = origin.scheme == "https" ? 443 : 80;
    std::string authority = authority_of(origin);
    if (origin.port != usual) return authority;
    return authority.substr(0, authority.rfind(':'));
}

bool same(const Origin& a, const Origin& b) {
    return a.port == b.port && a.scheme == b.scheme && equal_ignoring_case(a.host, b.host);
}

NetErrorKind kind_of_tls_failure(long verified) {
    switch (verified) {
        case X509_V_OK:
            return NetErrorKind::TlsFailed;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return NetErrorKind::TlsNameDiffers;
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return NetErrorKind::TlsExpired;
        default:
            return NetErrorKind::TlsUntrusted;
    }
}

// What an end means after a request was sent; `broken` when the peer ended it.
NetErrorKind kind_of(StreamEnd end, NetErrorKind broken) {
    if (end == StreamEnd::Deadline) return NetErrorKind::Timeout;
    return end == StreamEnd::Cancelled ? NetErrorKind::Cancelled : broken;
}

// Of the failures of several addresses, the one that tells most.
int weight_of(NetErrorKind kind) {
    if (kind == NetErrorKind::Cancelled) return 0;
    if (kind == NetErrorKind::ConnectTimeout) return 1;
    return kind == NetErrorKind::ConnectRefused ? 2 : 3;
}

// All that is known of one origin. Shared by the pool, its connections and their bodies.
struct Upstream {
    explicit Upstream(Origin of)
        : origin(std::move(of)), name(authority_of(origin)), host_field(host_field_of(origin)) {}

    NetError failure(NetErrorKind kind, std::string detail) const {
        return {.kind = kind, .host = name, .detail = std::move(detail)};
    }
    NetError failure(NetErrorKind kind) const { return failure(kind, {}); }
    void wake_one() {
        if (waiting.empty()) return;
        waiting.front()->cancel();
        waiting.pop_front();
    }

    Origin origin;
    std::string name, host_field;
    std::size_t open = 0;                     // connections, idle ones and coming ones too
    std::deque<asio::steady_timer*> waiting;  // for one of them; each lives in its coroutine
    std::map<std::string, Instant> bad_until;
    detail::SessionPtr session;
};

// One of the connections that an origin may have.
struct Slot {
    explicit Slot(std::shared_ptr<Upstream> of) : upstream(std::move(of)) { ++upstream->open; }
    ~Slot() {
        --upstream->open;
        upstream->wake_one();
    }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    std::shared_ptr<Upstream> upstream;
};

// One connection, and what it read beyond the last answer.
struct Connection {
    Connection(
        std::shared_ptr<Upstream> to,
        std::shared_ptr<Deadlines> deadlines,
        tcp::socket socket
    )
        : upstream(std::move(to)), stream(std::move(deadlines), std::move(socket)) {}
    std::shared_ptr<Upstream> upstream;
    Stream stream;
    Buffer buffer;
    std::string out;          // the last request; kept for its memory
    http::ResponseHead head;  // borrows from `buffer`
    std::size_t head_bytes = 0;
    Instant idle_since{};
    bool kept = false;  // carried a request before this one
    std::unique_ptr<Slot> slot;

    ~Connection() { stream.close(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
};
using ConnectionPtr = std::unique_ptr<Connection>;

void write_head(Connection& to, const Request& request) {
    std::string& out = to.out;
    out.clear();
    out.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
    detail::append_field(out, "Host", to.upstream->host_field);
    for (const auto& [name, value] : request.headers.fields()) {
        if (detail::is_of_connection(name) || equal_ignoring_case(name, "host")) continue;
        detail::append_field(out, name, value);
    }
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
        out += "Content-Length: ";
        detail::append_number(out, request.body.size());
        out += "\r\n";
    }
    out += "\r\n";
}

asio::awaitable<StreamEnd> send(Connection* to, const Request* request) {
    write_head(*to, *request);
    if (request->body.size() <= kJoinedBytesMax) {
        to->out += request->body;
        co_return co_await to->stream.write(&to->out);
    }
    const StreamEnd end = co_await to->stream.write(&to->out);
    if (end != StreamEnd::None) co_return end;
    co_return co_await to->stream.write(&request->body);
}

// Who connects to several addresses at once.
struct Race {
    explicit Race(const asio::any_io_executor& executor) : news(executor) {}
    asio::steady_timer news;  // cancelled when an attempt ends
    std::vector<ConnectionPtr> running;
    ConnectionPtr winner;
    std::size_t winner_index = 0;
    std::size_t ended = 0;
    NetError worst;
};

}  // namespace

class ClientPool::State : public std::enable_shared_from_this<State> {
public:
    State(const asio::any_io_executor& executor, Resolver& resolver, Settings settings)
        : executor_(executor),
          resolver_(resolver),
          settings_(std::move(settings)),
          deadlines_(std::make_shared<Deadlines>(executor)),
          idle_timer_(executor) {
        for (const auto& origin : settings_.allowed) {
            hosts_.push_back({std::make_shared<Upstream>(origin), {}});
        }
    }

    asio::awaitable<Expected<Response, NetError>> exchange(
        Origin origin,
        Request request,
        Instant deadline,
        milliseconds idle_limit
    );
    void keep(ConnectionPtr connection);
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
        std::vector<ConnectionPtr> idle;  // the last one was used last
    };
    using Connected = Expected<ConnectionPtr, NetError>;

    Host* find(const Origin& origin);
    ConnectionPtr take_idle(Host& host);
    asio::awaitable<Connected> open(Host* host, Instant deadline);
    asio::awaitable<bool> wait_for_room(Host* host, Instant deadline);
    asio::awaitable<Connected> connect(std::shared_ptr<Upstream> to, Instant deadline);
    asio::awaitable<void> attempt(
        std::shared_ptr<State> self,  // alive from before the first step on
        std::shared_ptr<Race> race,
        std::size_t index,
        std::string address
    );
    asio::awaitable<Expected<void, NetError>> make_ready(
        Connection* connection,
        std::string address
    );
    void order(const Upstream& upstream, std::vector<std::string>& addresses) const;
    ConnectionPtr start_attempt(const std::shared_ptr<Upstream>& to, Instant deadline);
    asio::awaitable<Expected<void, NetError>> read_head(Connection* from, http::Asked asked);
    Response response_of(ConnectionPtr from, milliseconds idle_limit);
    void watch_idle();

    asio::any_io_executor executor_;
    Resolver& resolver_;  // outlives the pool; unused after close()
    Settings settings_;
    std::shared_ptr<Deadlines> deadlines_;
    asio::steady_timer idle_timer_;
    bool watching_ = false;
    bool closed_ = false;
    std::vector<Host> hosts_;
};

namespace {

http::Headers headers_of(const http::ResponseHead& head) {
    std::vector<http::Header> fields;
    fields.reserve(head.fields.size());
    for (const auto& [name, value] : head.fields) {
        fields.push_back({std::string(name), std::string(value)});
    }
    return http::Headers(std::move(fields));
}

}  // namespace

// Hands its connection back after the last byte; destroyed before, it closes it.
class PooledBody : public http::BodyReader {
public:
    using Keep = std::function<void(ConnectionPtr)>;
    PooledBody(ConnectionPtr connection, milliseconds idle_limit, Keep keep)
        : connection_(std::move(connection)),
          upstream_(connection_->upstream),
          framing_(connection_->head.framing),
          idle_limit_(idle_limit),
          keep_(std::move(keep)) {}

    asio::awaitable<Expected<std::string, NetError>> read() override {
        if (failed_) co_return Failure{*failed_};
        for (;;) {
            auto piece = take();
            if (!piece) co_return fail(NetErrorKind::BadAnswer);
            if (done_) finish();
            if (!piece->empty() || done_) co_return *std::move(piece);
            Stream& stream = connection_->stream;
            stream.set_deadline(monotonic_now() + idle_limit_);
            const auto [bytes, end] = co_await stream.read(&connection_->buffer, kBodySpace);
            if (end == StreamEnd::Eof && framing_.kind == Framing::Kind::UntilClose) {
                done_ = true;
            } else if (end != StreamEnd::None) {
                co_return fail(kind_of(end, NetErrorKind::Truncated));
            }
        }
    }

private:
    Failure<NetError> fail(NetErrorKind kind) {
        failed_ = upstream_->failure(kind);
        connection_.reset();
        return Failure{*failed_};
    }

    void finish() {
        if (connection_) keep_(std::move(connection_));
    }

    // What the buffer holds of the body; sets `done_` with the last of it.
    Expected<std::string, http::Refusal> take() {
        if (done_) return std::string();
        Buffer& buffer = connection_->buffer;
        if (framing_.kind == Framing::Kind::Chunked) return take_chunks();
        std::string_view piece = buffer.view();
        if (framing_.kind == Framing::Kind::Length) {
            piece = piece.substr(0, framing_.length);
            framing_.length -= piece.size();
            done_ = framing_.length == 0;
        }
        std::string out(piece);
        buffer.take(out.size());
        return out;
    }

    Expected<std::string, http::Refusal> take_chunks() {
        Buffer& buffer = connection_->buffer;
        std::string out;
        while (!done_) {
            KAKEHASHI_TRY(const auto step, chunks_.next(buffer.view()));
            if (step.consumed == 0) break;
            out += step.piece;
            done_ = step.done;
            buffer.take(step.consumed);
        }
        return out;
    }

    ConnectionPtr connection_;  // none after the end
    std::shared_ptr<Upstream> upstream_;
    Framing framing_;
    http::ChunkDecoder chunks_;
    milliseconds idle_limit_;
    Keep keep_;
    bool done_ = false;
    std::optional<NetError> failed_;
};

ClientPool::State::Host* ClientPool::State::find(const Origin& origin) {
    for (auto& host : hosts_) {
        if (same(host.upstream->origin, origin)) return &host;
    }
    return nullptr;
}

ConnectionPtr ClientPool::State::take_idle(Host& host) {
    while (!host.idle.empty()) {
        ConnectionPtr kept = std::move(host.idle.back());
        host.idle.pop_back();
        if (kept->stream.is_quiet()) return kept;
    }
    return nullptr;
}

void ClientPool::State::keep(ConnectionPtr connection) {
    Host* host = find(connection->upstream->origin);
    const bool fit = connection->head.keep_alive && connection->buffer.empty() && !closed_;
    if (!fit || host == nullptr || host->idle.size() >= settings_.limits.idle_connections_max)
        return;
    connection->buffer.shrink(kHeadSpace);
    connection->stream.set_deadline(Instant::max());
    connection->idle_since = monotonic_now();
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
            std::erase_if(host.idle, [&](const auto& one) { return one->idle_since <= oldest; });
        }
        if (self->idle_connections() > 0) self->watch_idle();
    });
}

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
    if (opened) (*opened)->slot = std::move(slot);
    co_return opened;
}

void ClientPool::State::order(const Upstream& upstream, std::vector<std::string>& addresses) const {
    const Instant now = monotonic_now();
    std::stable_partition(addresses.begin(), addresses.end(), [&](const std::string& address) {
        const auto bad = upstream.bad_until.find(address);
        return bad == upstream.bad_until.end() || bad->second <= now;
    });
    constexpr std::size_t kAddressesMax = 8;
    if (addresses.size() > kAddressesMax) addresses.resize(kAddressesMax);
}

ConnectionPtr ClientPool::State::start_attempt(
    const std::shared_ptr<Upstream>& to,
    Instant deadline
) {
    auto made = std::make_unique<Connection>(to, deadlines_, tcp::socket(executor_));
    made->stream.set_deadline(deadline);
    return made;
}

asio::awaitable<ClientPool::State::Connected> ClientPool::State::connect(
    std::shared_ptr<Upstream> to,
    Instant deadline
) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - monotonic_now());
    auto found = co_await resolver_.resolve(to->origin.host, left);
    if (!found) co_return Failure{to->failure(found.error().kind, found.error().detail)};
    order(*to, *found);

    auto race = std::make_shared<Race>(executor_);
    race->worst = to->failure(NetErrorKind::Cancelled);
    race->running.reserve(found->size());
    struct EndOfRace {  // also when this coroutine is cancelled
        Race& race;
        ~EndOfRace() {
            for (auto& one : race.running) {
                if (one) one->stream.stop();
            }
        }
    };
    TaskGroup attempts(executor_);
    {
        const EndOfRace end_of_race{*race};
        for (std::size_t next = 0; !race->winner && race->ended < found->size();) {
            const std::size_t ended = race->ended;
            if (next < found->size()) {
                race->running.push_back(start_attempt(to, deadline));
                attempts.spawn(attempt(shared_from_this(), race, next, (*found)[next]));
                ++next;
            }
            const bool all = next == found->size();
            race->news.expires_at(
                all ? Instant::max() : monotonic_now() + settings_.limits.stagger
            );
            if (race->winner || race->ended != ended) continue;
            error_code woken;
            co_await race->news.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        }
    }
    auto winner = std::move(race->winner);
    co_await attempts.wait();
    if (!winner) {
        resolver_.forget(to->origin.host);
        co_return Failure{race->worst};
    }
    co_return std::move(winner);
}

asio::awaitable<void> ClientPool::State::attempt(
    std::shared_ptr<State> self,
    std::shared_ptr<Race> race,
    std::size_t index,
    std::string address
) {
    auto ready = co_await self->make_ready(race->running[index].get(), address);
    ConnectionPtr mine = std::move(race->running[index]);
    Upstream& to = *mine->upstream;
    ++race->ended;
    if (ready && !race->winner) {
        to.bad_until.erase(address);
        race->winner = std::move(mine);
        race->winner_index = index;
    } else if (!ready) {
        const NetErrorKind kind = ready.error().kind;
        // One that had its time, and was still overtaken, is as bad as one that failed.
        const bool overtaken = kind == NetErrorKind::Cancelled && index < race->winner_index;
        if (overtaken || kind != NetErrorKind::Cancelled) {
            to.bad_until[address] = monotonic_now() + settings_.limits.bad_address_limit;
        }
        if (weight_of(kind) >= weight_of(race->worst.kind)) race->worst = ready.error();
    }
    race->news.cancel();
}

asio::awaitable<Expected<void, NetError>> ClientPool::State::make_ready(
    Connection* connection,
    std::string address
) {
    Upstream& to = *connection->upstream;
    Stream& stream = connection->stream;
    error_code failed;
    const auto ip = asio::ip::make_address(address, failed);
    if (failed) co_return Failure{to.failure(NetErrorKind::DnsFailed, address)};
    const tcp::endpoint endpoint(ip, to.origin.port);
    const StreamEnd reached = co_await stream.connect(endpoint);
    if (reached == StreamEnd::Deadline) co_return Failure{to.failure(NetErrorKind::ConnectTimeout)};
    if (reached != StreamEnd::None) {
        co_return Failure{to.failure(kind_of(reached, NetErrorKind::ConnectRefused), address)};
    }
    if (to.origin.scheme != "https") co_return Expected<void, NetError>();

    if (!settings_.trust) co_return Failure{to.failure(NetErrorKind::TlsUntrusted, "no trust")};
    const int socket = stream.socket().native_handle();
    auto ssl = detail::make_client(settings_.trust->context(), to.origin.host, socket);
    if (!ssl) co_return Failure{to.failure(NetErrorKind::TlsNameDiffers)};
    detail::keep_session_in(ssl.get(), &to.session);
    const StreamEnd shaken = co_await stream.handshake(std::move(ssl));
    if (shaken == StreamEnd::None) co_return Expected<void, NetError>();
    to.session.reset();
    auto kind = kind_of(shaken, NetErrorKind::TlsFailed);
    if (shaken == StreamEnd::Tls) kind = kind_of_tls_failure(stream.verify_result());
    co_return Failure{to.failure(kind, X509_verify_cert_error_string(stream.verify_result()))};
}

// Reads one head into `from->head`, past interim answers. The buffer keeps the head's bytes out.
asio::awaitable<Expected<void, NetError>> ClientPool::State::read_head(
    Connection* from,
    http::Asked asked
) {
    const Upstream& upstream = *from->upstream;
    http::HeadEnd head_end;
    bool begun = false;
    co_await from->stream.readable();  // what went wrong, reading says
    for (int interim = 0; interim < kInterimMax;) {
        auto size = head_end.find(from->buffer.view());
        if (!size) co_return Failure{upstream.failure(NetErrorKind::BadAnswer, "head")};
        if (!*size) {
            const auto [bytes, end] = co_await from->stream.read(&from->buffer, kHeadSpace);
            if (end != StreamEnd::None) {
                const auto broken = begun ? NetErrorKind::Truncated : NetErrorKind::Closed;
                co_return Failure{upstream.failure(kind_of(end, broken))};
            }
            begun = true;
            continue;
        }
        const auto text = from->buffer.view().substr(0, **size);
        if (!http::parse_response(text, asked, from->head)) {
            co_return Failure{upstream.failure(NetErrorKind::BadAnswer, "head")};
        }
        if (from->head.status >= 200) {
            from->head_bytes = **size;
            co_return Expected<void, NetError>();
        }
        if (from->head.status == 101) break;  // we asked for no other protocol
        from->buffer.take(**size);
        head_end = http::HeadEnd();
        ++interim;
    }
    co_return Failure{upstream.failure(NetErrorKind::BadAnswer, "interim answers")};
}

// Requires: read_head succeeded, and the head still stands in the buffer.
Response ClientPool::State::response_of(ConnectionPtr from, milliseconds idle_limit) {
    Response response;
    response.status = from->head.status;
    response.headers = headers_of(from->head);
    const Framing framing = from->head.framing;
    from->buffer.take(from->head_bytes);
    const auto rest = from->buffer.view();
    if (framing.kind == Framing::Kind::None ||
        (framing.kind == Framing::Kind::Length && framing.length <= rest.size())) {
        std::string whole(rest.substr(0, framing.length));
        from->buffer.take(whole.size());
        response.body = std::move(whole);
        keep(std::move(from));
        return response;
    }
    auto back = [weak = weak_from_this()](ConnectionPtr connection) {
        if (const auto self = weak.lock()) self->keep(std::move(connection));
    };
    response.body = std::make_unique<PooledBody>(std::move(from), idle_limit, std::move(back));
    return response;
}

asio::awaitable<Expected<Response, NetError>> ClientPool::State::exchange(
    Origin origin,
    Request request,
    Instant deadline,
    milliseconds idle_limit
) {
    Host* host = find(origin);
    if (host == nullptr) {
        NetError refused{.kind = NetErrorKind::HostNotAllowed, .host = authority_of(origin)};
        co_return Failure{std::move(refused)};
    }
    const Upstream& upstream = *host->upstream;
    if (!is_sendable(request)) {
        co_return Failure{
            upstream.failure(NetErrorKind::Cancelled, "a field that cannot be framed")};
    }
    const auto asked = request.method == "HEAD" ? http::Asked::Head : http::Asked::Other;
    for (bool again = false;; again = true) {
        if (again) host->idle.clear();  // as old as the one that failed
        auto opened = co_await open(host, deadline);
        if (!opened) co_return Failure{std::move(opened).error()};
        ConnectionPtr connection = *std::move(opened);
        const bool may_repeat = connection->kept && !again;
        connection->kept = true;
        connection->stream.set_deadline(deadline);
        const StreamEnd sent = co_await send(connection.get(), &request);
        const bool broke = sent == StreamEnd::Reset || sent == StreamEnd::Tls;
        if (broke && may_repeat) continue;  // half a request was carried out by nobody
        if (sent != StreamEnd::None && !broke) {
            co_return Failure{upstream.failure(kind_of(sent, NetErrorKind::Closed))};
        }
        // A server may refuse before it has read everything, so what it said is read after all.
        auto answered = co_await read_head(connection.get(), asked);
        if (answered) {
            if (broke) connection->head.keep_alive = false;
            co_return response_of(std::move(connection), idle_limit);
        }
        const bool closed = answered.error().kind == NetErrorKind::Closed;
        if (closed && may_repeat && is_idempotent(request.method)) continue;
        co_return Failure{std::move(answered).error()};
    }
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
    milliseconds limit,
    milliseconds idle_limit
) {
    auto state = state_;
    std::string name = authority_of(origin);
    NetError failed{.kind = NetErrorKind::Cancelled, .host = name};
    try {
        const Instant deadline = monotonic_now() + limit;
        co_return co_await state->exchange(
            std::move(origin), std::move(request), deadline, idle_limit
        );
    } catch (const boost::system::system_error& cancelled) {
        failed.detail = cancelled.what();
    }
    co_return Failure{std::move(failed)};
}

void ClientPool::close_idle() {
    state_->close_idle();
}

std::size_t ClientPool::idle_connections() const {
    return state_->idle_connections();
}

}  // namespace kakehashi::net

#include "net/resolver.h"

#include "net/clock.h"

#include <ares.h>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <map>
#include <optional>

namespace kakehashi::net {

namespace asio = boost::asio;
using boost::system::error_code;
using http::NetError;
using http::NetErrorKind;
using Addresses = std::vector<std::string>;

namespace {

constexpr auto kKept = std::chrono::seconds(60);
constexpr std::size_t kKeptNamesMax = 256;
constexpr int kTryMilliseconds = 2000;
constexpr int kTries = 3;

std::string text_of(const sockaddr* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes =
        address->sa_family == AF_INET
            ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
            : &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    return ::inet_ntop(address->sa_family, bytes, text.data(), text.size());
}

// A VPC's endpoints have IPv4; IPv6 is tried after it.
Addresses addresses_of(const ares_addrinfo* found) {
    Addresses four, six;
    for (auto* node = found->nodes; node != nullptr; node = node->ai_next) {
        if (node->ai_family != AF_INET && node->ai_family != AF_INET6) continue;
        auto& family = node->ai_family == AF_INET ? four : six;
        auto text = text_of(node->ai_addr);
        if (std::find(family.begin(), family.end(), text) == family.end()) {
            family.push_back(std::move(text));
        }
    }
    std::move(six.begin(), six.end(), std::back_inserter(four));
    return four;
}

void start_library() {
    static const bool kStarted = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
    if (!kStarted) std::abort();
}

}  // namespace

// c-ares opens the sockets and parses; this waits for them on the reactor.
class DnsResolver::Channel : public std::enable_shared_from_this<Channel> {
public:
    Channel(const asio::any_io_executor& executor, const std::string& servers)
        : executor_(executor), timer_(executor) {
        start_library();
        ares_options options{};
        options.timeout = kTryMilliseconds;
        options.tries = kTries;
        options.sock_state_cb = &Channel::on_socket_state;
        options.sock_state_cb_data = this;
        const int set = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
        if (ares_init_options(&channel_, &options, set) != ARES_SUCCESS) channel_ = nullptr;
        if (channel_ != nullptr && !servers.empty()) {
            ares_set_servers_ports_csv(channel_, servers.c_str());
        }
    }
    ~Channel() {
        if (channel_ != nullptr) ares_destroy(channel_);
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    // Answers those who wait with Cancelled; afterwards nothing is under way.
    void stop() {
        if (channel_ != nullptr) ares_cancel(channel_);
        timer_.cancel();
    }

    asio::awaitable<Expected<Addresses, NetError>> resolve(
        std::string host,
        std::chrono::milliseconds limit
    ) {
        auto self = shared_from_this();
        const Instant end = monotonic_now() + limit;
        if (auto kept = find_kept(host)) co_return *std::move(kept);
        auto query = std::make_shared<Query>(executor_);
        ask(host, query);
        while (!query->done && monotonic_now() < end) {
            query->answered.expires_at(end);
            error_code woken;
            co_await query->answered.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        }
        if (!query->done)
            co_return Failure{failure(NetErrorKind::DnsFailed, host, "no answer in time")};
        if (query->status != ARES_SUCCESS || query->addresses.empty()) {
            co_return Failure{failure(kind_of(query->status), host, ares_strerror(query->status))};
        }
        keep(host, query->addresses);
        co_return std::move(query->addresses);
    }

    void forget(const std::string& host) { kept_.erase(host); }

private:
    struct Query {
        explicit Query(const asio::any_io_executor& executor) : answered(executor) {}
        asio::steady_timer answered;  // cancelled by the answer
        bool done = false;
        int status = ARES_SUCCESS;
        Addresses addresses;
    };
    struct Watch {
        Watch(const asio::any_io_executor& executor, int socket) : descriptor(executor, socket) {}
        asio::posix::stream_descriptor descriptor;  // c-ares closes the socket
        bool reads = false, writes = false;         // wanted
        bool reading = false, writing = false;      // a wait is under way
        bool gone = false;
    };
    struct Kept {
        Addresses addresses;
        Instant until;
    };

    static NetError failure(NetErrorKind kind, const std::string& host, const char* why) {
        return {.kind = kind, .host = host, .detail = why};
    }

    static NetErrorKind kind_of(int status) {
        switch (status) {
            case ARES_SUCCESS:  // an answer without an address
            case ARES_ENODATA:
            case ARES_EBADNAME:
            case ARES_ENOTFOUND:
                return NetErrorKind::NameNotFound;
            case ARES_ECANCELLED:
            case ARES_EDESTRUCTION:
                return NetErrorKind::Cancelled;
            default:
                return NetErrorKind::DnsFailed;
        }
    }

    void ask(const std::string& host, const std::shared_ptr<Query>& query) {
        if (channel_ == nullptr) {
            query->done = true;
            query->status = ARES_ENOMEM;
            return;
        }
        ares_addrinfo_hints hints{};
        hints.ai_family = AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = ARES_AI_NOSORT;
        auto held = std::make_unique<std::shared_ptr<Query>>(query);
        ares_getaddrinfo(
            channel_, host.c_str(), nullptr, &hints, &Channel::on_answer, held.release()
        );
        set_timer();
    }

    static void on_answer(void* held, int status, int, ares_addrinfo* found) {
        const std::unique_ptr<std::shared_ptr<Query>> owner(
            static_cast<std::shared_ptr<Query>*>(held)
        );
        Query& query = **owner;
        query.done = true;
        query.status = status;
        if (found != nullptr) {
            query.addresses = addresses_of(found);
            ares_freeaddrinfo(found);
        }
        query.answered.cancel();
    }

    static void on_socket_state(void* self, ares_socket_t socket, int reads, int writes) {
        static_cast<Channel*>(self)->watch(socket, reads != 0, writes != 0);
    }

    void watch(int socket, bool reads, bool writes) {
        auto found = watches_.find(socket);
        if (!reads && !writes) {
            if (found == watches_.end()) return;
            found->second->gone = true;
            found->second->descriptor.release();
            watches_.erase(found);
            return;
        }
        if (found == watches_.end()) {
            auto made = std::make_shared<Watch>(executor_, socket);
            found = watches_.emplace(socket, std::move(made)).first;
        }
        found->second->reads = reads;
        found->second->writes = writes;
        wait_for(found->second);
    }

    void wait_for(const std::shared_ptr<Watch>& watch) {
        using Descriptor = asio::posix::stream_descriptor;
        if (watch->reads && !watch->reading) {
            watch->reading = true;
            watch->descriptor.async_wait(Descriptor::wait_read, on_ready(watch, &Watch::reading));
        }
        if (watch->writes && !watch->writing) {
            watch->writing = true;
            watch->descriptor.async_wait(Descriptor::wait_write, on_ready(watch, &Watch::writing));
        }
    }

    std::function<void(error_code)> on_ready(std::shared_ptr<Watch> watch, bool Watch::*under_way) {
        return [weak = weak_from_this(), watch, under_way](error_code failed) {
            const auto self = weak.lock();
            (*watch).*under_way = false;
            if (failed || watch->gone || !self) return;
            const int socket = watch->descriptor.native_handle();
            const bool read = under_way == &Watch::reading;
            ares_process_fd(
                self->channel_, read ? socket : ARES_SOCKET_BAD, read ? ARES_SOCKET_BAD : socket
            );
            if (!watch->gone) self->wait_for(watch);
            self->set_timer();
        };
    }

    // c-ares says when it next wants to look at its time-outs.
    void set_timer() {
        timeval left{};
        if (ares_timeout(channel_, nullptr, &left) == nullptr) {
            timer_.cancel();
            return;
        }
        timer_.expires_after(
            std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec)
        );
        timer_.async_wait([weak = weak_from_this()](error_code cancelled) {
            const auto self = weak.lock();
            if (cancelled || !self) return;
            ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
            self->set_timer();
        });
    }

    std::optional<Addresses> find_kept(const std::string& host) const {
        const auto found = kept_.find(host);
        if (found == kept_.end() || found->second.until <= monotonic_now()) return std::nullopt;
        return found->second.addresses;
    }

    void keep(const std::string& host, Addresses addresses) {
        if (kept_.size() >= kKeptNamesMax) kept_.clear();
        kept_[host] = Kept{std::move(addresses), monotonic_now() + kKept};
    }

    asio::any_io_executor executor_;
    asio::steady_timer timer_;
    ares_channel channel_ = nullptr;
    std::map<int, std::shared_ptr<Watch>> watches_;
    std::map<std::string, Kept> kept_;
};

DnsResolver::DnsResolver(asio::any_io_executor executor)
    : channel_(std::make_shared<Channel>(executor, std::string())) {
}

DnsResolver::DnsResolver(asio::any_io_executor executor, const std::string& servers)
    : channel_(std::make_shared<Channel>(executor, servers)) {
}

DnsResolver::~DnsResolver() {
    channel_->stop();
}

asio::awaitable<Expected<Addresses, NetError>> DnsResolver::resolve(
    std::string host,
    std::chrono::milliseconds limit
) {
    error_code is_name;
    asio::ip::make_address(host, is_name);
    if (!is_name) co_return Addresses(1, host);
    auto channel = channel_;
    co_return co_await channel->resolve(std::move(host), limit);
}

void DnsResolver::forget(const std::string& host) {
    channel_->forget(host);
}

}  // namespace kakehashi::net

#include "net/detail/address_race.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace kakehashi::net::detail {

namespace asio = boost::asio;
using http::NetError;
using http::NetErrorKind;

namespace {

// Of the failures of several addresses, the one that tells most.
int weight_of(NetErrorKind kind) {
    if (kind == NetErrorKind::Cancelled) return 0;
    if (kind == NetErrorKind::ConnectTimeout) return 1;
    return kind == NetErrorKind::ConnectRefused ? 2 : 3;
}

}  // namespace

AddressRace::AddressRace(
    std::shared_ptr<Upstream> to,
    std::shared_ptr<Deadlines> deadlines,
    const asio::any_io_executor& executor,
    std::optional<Trust> trust,
    RaceSettings settings
)
    : to_(std::move(to)),
      deadlines_(std::move(deadlines)),
      executor_(executor),
      trust_(std::move(trust)),
      settings_(settings),
      attempts_(executor),
      news_(executor),
      worst_(to_->failure(NetErrorKind::Cancelled)) {
}

// Ends the attempts that lost, also when the race itself is cancelled.
class AddressRace::Stop {
public:
    explicit Stop(AddressRace& race) : race_(race) {}
    ~Stop() {
        for (auto& one : race_.running_) {
            if (one) one->stop();
        }
    }
    Stop(const Stop&) = delete;
    Stop& operator=(const Stop&) = delete;

private:
    AddressRace& race_;  // outlives this
};

asio::awaitable<Expected<ClientConnectionPtr, NetError>> AddressRace::run(
    std::vector<std::string> addresses,
    Instant deadline
) {
    order(addresses);
    addresses_ = std::move(addresses);
    running_.reserve(addresses_.size());
    {
        const Stop stop(*this);
        while (!over()) {
            const std::size_t ended = ended_;
            const bool more = running_.size() < addresses_.size();
            if (more) start_next(deadline);
            news_.expires_at(more ? monotonic_now() + settings_.stagger : Instant::max());
            if (over() || ended_ != ended) continue;
            boost::system::error_code woken;
            co_await news_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        }
    }
    co_await attempts_.wait();
    if (!winner_) co_return Failure{worst_};
    co_return std::move(winner_);
}

// Those that failed lately come last.
void AddressRace::order(std::vector<std::string>& addresses) const {
    constexpr std::size_t kAddressesMax = 8;
    auto& bad = to_->bad_until;
    std::erase_if(bad, [now = monotonic_now()](const auto& one) { return one.second <= now; });
    std::stable_partition(addresses.begin(), addresses.end(), [&](const std::string& address) {
        return !bad.contains(address);
    });
    if (addresses.size() > kAddressesMax) addresses.resize(kAddressesMax);
}

void AddressRace::start_next(Instant deadline) {
    const std::size_t index = running_.size();
    running_.push_back(std::make_unique<ClientConnection>(to_, deadlines_, executor_));
    running_.back()->set_deadline(deadline);
    attempts_.spawn(attempt(shared_from_this(), index));
}

// `self` keeps the race alive from before the first step on.
asio::awaitable<void> AddressRace::attempt(std::shared_ptr<AddressRace> self, std::size_t index) {
    const auto ready = co_await self->running_[index]->connect(addresses_[index], trust_);
    ClientConnectionPtr mine = std::move(running_[index]);
    ++ended_;
    if (!ready) {
        lost(index, ready.error());
    } else if (!winner_) {
        to_->bad_until.erase(addresses_[index]);
        winner_ = std::move(mine);
        winner_index_ = index;
    }
    news_.cancel();
}

void AddressRace::lost(std::size_t index, NetError why) {
    // One that had its time, and was still overtaken, is as bad as one that failed.
    const bool overtaken = why.kind == NetErrorKind::Cancelled && index < winner_index_;
    if (overtaken || why.kind != NetErrorKind::Cancelled) {
        to_->bad_until[addresses_[index]] = monotonic_now() + settings_.bad_address_limit;
    }
    if (weight_of(why.kind) >= weight_of(worst_.kind)) worst_ = std::move(why);
}

}  // namespace kakehashi::net::detail

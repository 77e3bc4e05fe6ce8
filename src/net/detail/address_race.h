#pragma once

#include "net/detail/client_connection.h"
#include "net/task_group.h"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace kakehashi::net::detail {

struct RaceSettings {
    std::chrono::milliseconds stagger;            // before the next address is tried too
    std::chrono::milliseconds bad_address_limit;  // how long one that failed is tried last
};

// Connects to the addresses of one origin (P14): the next one at once after a failure or after
// `stagger` of silence, and the first that is ready wins. Thread rule: one strand.
class AddressRace : public std::enable_shared_from_this<AddressRace> {
public:
    AddressRace(
        std::shared_ptr<Upstream> to,
        std::shared_ptr<Deadlines> deadlines,
        const boost::asio::any_io_executor& executor,
        std::optional<Trust> trust,
        RaceSettings settings
    );
    // Once. The winner, or of the failures the one that tells most.
    boost::asio::awaitable<Expected<ClientConnectionPtr, http::NetError>> run(
        std::vector<std::string> addresses,
        Instant deadline
    );

private:
    class Stop;
    void order(std::vector<std::string>& addresses) const;
    void start_next(Instant deadline);
    boost::asio::awaitable<void> attempt(std::shared_ptr<AddressRace> self, std::size_t index);
    void lost(std::size_t index, http::NetError why);
    bool over() const { return winner_ || ended_ == addresses_.size(); }

    std::shared_ptr<Upstream> to_;
    std::shared_ptr<Deadlines> deadlines_;
    boost::asio::any_io_executor executor_;
    std::optional<Trust> trust_;
    RaceSettings settings_;
    std::vector<std::string> addresses_;
    std::vector<ClientConnectionPtr> running_;  // one for each address tried; none when it ended
    TaskGroup attempts_;
    boost::asio::steady_timer news_;  // cancelled when an attempt ends
    ClientConnectionPtr winner_;
    std::size_t winner_index_ = 0;
    std::size_t ended_ = 0;
    http::NetError worst_;
};

}  // namespace kakehashi::net::detail

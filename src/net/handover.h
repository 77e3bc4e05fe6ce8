#pragma once

#include "base/descriptor.h"
#include "base/expected.h"
#include "net/server.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

// Sockets that one process of a person hands to another, with a text that says what they are: a
// socket stays in the network in which it was opened. Source: unix(7), SCM_RIGHTS.
namespace kakehashi::net {

inline constexpr std::size_t kHandedTextBytesMax = 16U << 10U;
inline constexpr std::size_t kHandedSocketsMax = 64;

struct Handed {
    std::string text;
    std::vector<Descriptor> sockets;
};

// The side that hands over. Blocks, for some seconds at most.
class HandingOver {
public:
    // nullopt: nobody listens at that path.
    static std::optional<HandingOver> connect(const std::string& path);
    // The other side's answer. nullopt: it went away, or sent none in time.
    std::optional<std::string> hand(const Handed& handed);
    // The other side keeps the sockets for as long as this lives.
private:
    explicit HandingOver(Descriptor connection) : connection_(std::move(connection)) {}
    Descriptor connection_;
};

// What another process has handed over. Thread rule: one strand.
class HandedOver {
public:
    Handed& handed() { return handed_; }
    boost::asio::awaitable<void> answer(std::string text);
    boost::asio::awaitable<void> until_it_ends();  // the process that handed it over

    struct Connection;  // of net alone
    HandedOver(std::shared_ptr<Connection> connection, Handed handed);

private:
    std::shared_ptr<Connection> connection_;
    Handed handed_;
};

// The side that takes, at a path that only this person can reach. Thread rule: one strand.
class HandoverListener {
public:
    // Replaces what lies at `path`. Errors: the folder is not there, the path too long.
    static Expected<HandoverListener, ListenError> listen(
        const boost::asio::any_io_executor& executor,
        const std::string& path
    );
    HandoverListener(HandoverListener&&) noexcept;
    HandoverListener& operator=(HandoverListener&&) noexcept;
    ~HandoverListener();
    // The next process of the same person that hands over something readable. nullopt: closed.
    boost::asio::awaitable<std::optional<HandedOver>> accept();
    void close();

private:
    struct State;
    explicit HandoverListener(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace kakehashi::net

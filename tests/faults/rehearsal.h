#pragma once

#include "session/bedrock_client.h"
#include "session/script.h"
#include "twin/twin.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

// The whole crossing against the real twin on one virtual clock, without a socket: what fails is
// what a test plans, and the twin judges signatures, expiry and clocks as AWS does. Thread rule:
// one thread.
namespace kakehashi::faults {

// How a service is away.
enum class Outage {
    Unavailable,  // 503
    Refused,      // the connection
    Silent,       // nothing comes until the caller gives up
    Cut,          // it does what it is asked, and half of its answer arrives
    Dripping,     // its answer begins and never ends
};
inline constexpr Outage kOutages[] =
    {Outage::Unavailable, Outage::Refused, Outage::Silent, Outage::Cut, Outage::Dripping};
const char* name_of(Outage outage);

// Hands each request to the twin's handler of that host, as a server would.
class TwinTransport : public http::Transport {
public:
    void join(twin::Twin& twin, session::Stage& stage);  // both outlive this
    // From `from` on; until back() is called.
    void fail(twin::Service service, Outage how, TimePoint from);
    void back() { outage_.reset(); }

    boost::asio::awaitable<Expected<http::Response, http::NetError>> exchange(
        http::Origin origin,
        http::Request request,
        http::Limits limits
    ) override;

    int calls(twin::Service service) const;
    // How often the same body was sent to Bedrock, for each body.
    const std::map<std::string, int>& attempts() const { return attempts_; }

private:
    struct Planned {
        twin::Service service;
        Outage how;
        TimePoint from;
    };
    using Result = Expected<http::Response, http::NetError>;
    std::optional<twin::Service> service_of(const http::Origin& origin) const;
    boost::asio::awaitable<Result> failing(
        Outage how,
        twin::Service service,
        http::Incoming request,
        http::Limits limits
    );
    boost::asio::awaitable<Result> answer(twin::Service service, http::Incoming request);

    twin::Twin* twin_ = nullptr;
    session::Stage* stage_ = nullptr;
    std::optional<Planned> outage_;
    std::map<twin::Service, int> calls_;
    std::map<std::string, int> attempts_;
};

// What the twin says that happened, also beyond the events that it keeps. Read it often enough.
class Ledger {
public:
    void read(const twin::Twin& twin);
    int count(const std::string& event_name) const;

private:
    std::unordered_set<std::string> seen_;
    std::map<std::string, int> counts_;
};

// AWS's clock stands `skew` from the machine's.
class SkewedClock : public Clock {
public:
    SkewedClock(const Clock& machine, std::chrono::seconds skew) : machine_(machine), skew_(skew) {}
    TimePoint now() const override { return machine_.now() + skew_; }

private:
    const Clock& machine_;  // outlives this
    std::chrono::seconds skew_;
};

struct Tally {
    int answered = 0, failed = 0;
    std::map<std::string, int> codes;  // of the failures
};

// A machine in sample-city of examples/fenced, and both accounts.
class Rehearsal {
public:
    struct Settings {
        std::chrono::seconds skew{0};
        std::string replies = {};  // [[twin.reply]] …, for the end of kakehashi.toml
    };
    explicit Rehearsal(const Settings& settings);
    Rehearsal() : Rehearsal(Settings{}) {}
    ~Rehearsal();
    Rehearsal(const Rehearsal&) = delete;
    Rehearsal& operator=(const Rehearsal&) = delete;

    void keep_fresh();  // as a process that stays does
    void pass(std::chrono::milliseconds time) { stage().run_until(now() + time); }
    TimePoint now() { return stage().clock.now(); }
    session::Stage& stage() { return machine_.stage; }

    Expected<json::value, session::ConverseError> converse();
    // One more request, under way beside the others; `tally` outlives it.
    void spawn_converse(Tally& tally);
    // `count` requests, `at_once` at a time, reading the ledger in between.
    Tally converse_many(int count, int at_once);

    TwinTransport transport;
    Ledger ledger;
    twin::Twin& twin() { return *twin_; }

private:
    json::value next_question();
    boost::asio::awaitable<void> ask(Tally* tally);

    session::Machine machine_;
    SkewedClock aws_clock_;
    std::unique_ptr<twin::Twin> twin_;
    session::ProviderChain chain_;
    session::Crossing crossing_;
    session::BedrockClient bedrock_;
    std::optional<std::size_t> keeper_;
    int asked_ = 0;
};

// The count of the promise with KAKEHASHI_FULL, else the short one.
int count_of(int full, int brief);

}  // namespace kakehashi::faults

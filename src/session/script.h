#pragma once

#include "base/outside.h"
#include "session/provider_chain.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// The outside world of this module's tests: services that answer from a list and break at any step,
// time that passes when everybody waits for it, and a machine in memory. Thread rule: one thread.
namespace kakehashi::session {

// What one service says. A body in pieces is a stream, which ends as `end` says.
struct Reply {
    int status = 200;
    http::Headers headers = {};
    std::string body = {};
    std::vector<std::string> pieces = {};
    std::optional<http::NetErrorKind> end = {};
};

// One exchange that the code under test must make, and its answer.
struct Scene {
    std::string request;           // "POST https://sts.ap-northeast-1.amazonaws.com/"
    std::vector<std::string> has;  // each is a piece of a header line "Name: value" or of the body
    Reply reply;
};

enum class Fault { None, Refused, CutShort, TooLate, Cancelled, Garbage, Unavailable };
inline constexpr Fault kFaults[] = {
    Fault::Refused,
    Fault::CutShort,
    Fault::TooLate,
    Fault::Cancelled,
    Fault::Garbage,
    Fault::Unavailable};
std::string_view name_of(Fault fault);

// Answers scene by scene. A request that is not the next scene's fails the test; once a fault is in
// play, the same scene may be asked for again and breaks again, and other requests are refused.
class Script : public http::Transport {
public:
    explicit Script(std::vector<Scene> scenes) : scenes_(std::move(scenes)) {}

    boost::asio::awaitable<Expected<http::Response, http::NetError>> exchange(
        http::Origin origin,
        http::Request request,
        http::Limits limits
    ) override;

    void rewind(std::size_t broken = 0, Fault fault = Fault::None);
    bool is_done() const { return next_ == scenes_.size(); }
    std::size_t size() const { return scenes_.size(); }
    const std::vector<std::string>& requests() const {
        return requests_;
    }  // "GET http://…", in order

    // run(step, fault) with each fault at each step, from the beginning every time.
    void with_fault_at_each_step(const std::function<void(std::size_t, Fault)>& run);

private:
    std::vector<Scene> scenes_;
    std::vector<std::string> requests_ = {};
    std::size_t next_ = 0, broken_ = 0;
    Fault fault_ = Fault::None;
};

// A service by rule instead of by list.
class Rule : public http::Transport {
public:
    using Answering = std::function<
        Expected<Reply, http::NetErrorKind>(const std::string&, const http::Request&)>;
    explicit Rule(Answering answering) : answering_(std::move(answering)) {}
    boost::asio::awaitable<Expected<http::Response, http::NetError>> exchange(
        http::Origin origin,
        http::Request request,
        http::Limits limits
    ) override;

private:
    Answering answering_;
};

// Never answers; gives up when the caller is cancelled.
class Silence : public http::Transport {
public:
    boost::asio::awaitable<Expected<http::Response, http::NetError>> exchange(
        http::Origin origin,
        http::Request request,
        http::Limits limits
    ) override;
};

std::unique_ptr<http::BodyReader> stream_of(
    std::vector<std::string> pieces,
    std::optional<http::NetErrorKind> end
);
std::string url_of(const http::Origin& origin, const std::string& target);
std::string header_of(const http::Request& request, std::string_view name);  // "" for none

// Runs tasks on a clock that moves only when all of them sleep.
class Stage : public http::Timer {
public:
    explicit Stage(TimePoint start);
    ~Stage() override;
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    boost::asio::awaitable<void> sleep_for(std::chrono::milliseconds duration) override;

    ManualClock clock;
    std::vector<std::chrono::milliseconds> sleeps;  // all that were asked for

    // The result of a task. What it waits for has to come from this stage.
    template <class T>
    T run(boost::asio::awaitable<T> task) {
        std::optional<T> out;
        spawn(keep(std::move(task), &out));
        run_while([&] { return !out.has_value(); });
        return *std::move(out);
    }

    // The task's number, for cancel(). An exception other than a cancellation fails the test.
    std::size_t spawn(boost::asio::awaitable<void> task);
    void cancel(std::size_t task);
    void finish();                // until no task is left that can go on
    void run_until(TimePoint);    // tasks that sleep beyond it go on sleeping
    void run_ready();             // without moving the clock
    std::size_t running() const;  // tasks that have not ended

    template <class T>
    static boost::asio::awaitable<void> keep(
        boost::asio::awaitable<T> task,
        std::optional<T>* out
    ) {
        auto result = co_await std::move(task);
        out->emplace(std::move(result));
    }

private:
    struct State;
    void run_while(const std::function<bool()>& pending);
    bool wake_next(TimePoint until);
    std::unique_ptr<State> state_;
};

class FixedRandom : public Random {
public:
    explicit FixedRandom(unsigned char byte) : byte_(byte) {}
    void fill(std::span<unsigned char> bytes) override {
        for (unsigned char& byte : bytes) {
            byte = byte_;
        }
    }

private:
    unsigned char byte_;
};

class MemoryEnvironment : public Environment {
public:
    std::map<std::string, std::string, std::less<>> values = {};
    std::optional<std::string> get(std::string_view name) const override;
};

class MemoryFiles : public Files {
public:
    std::map<std::string, Expected<std::string, FileError>> files = {};
    Expected<std::string, FileError> read(std::string path, std::size_t bytes_max) override;
    Expected<std::vector<std::string>, FileError> list(std::string folder, std::size_t names_max)
        override;
};

class ScriptedProcess : public Process {
public:
    std::map<std::string, Expected<std::string, ProcessError>> outputs = {};
    boost::asio::awaitable<Expected<std::string, ProcessError>> run(
        std::string command,
        std::chrono::milliseconds limit
    ) override;
};

// A whole machine, for a chain and a crossing.
struct Machine {
    explicit Machine(http::Transport& services);
    Outside outside() { return {transport, &stage, &stage.clock}; }
    ProviderWorld world() { return {&environment, &files, &process, outside()}; }
    // The chain of this environment and these files.
    Expected<ProviderChain, ProviderError> chain();
    ProviderChain::Result fetch();

    http::Transport* transport;
    Stage stage;
    MemoryEnvironment environment = {};
    MemoryFiles files = {};
    ScriptedProcess process = {};
    FixedRandom random{0};
    CallState sts, bedrock;
};

inline constexpr TimePoint kScriptStart{std::chrono::seconds(1'795'509'217)};
inline constexpr const char* kStsHost = "sts.ap-northeast-1.amazonaws.com";
inline constexpr const char* kBedrockHost = "bedrock-runtime.ap-northeast-1.amazonaws.com";
inline constexpr const char* kRoleArn = "arn:aws:iam::222222222222:role/kakehashi-operator";

// Answers of the services, each as AWS sends it.
Reply imds_credentials(const std::string& key_id = "ASIACALLER0000000000");
Reply assumed_role(TimePoint expiration, std::string key_id = "ASIAOPERATOR00000000");
Reply sts_error(int status, std::string code, std::string text);
Reply bedrock_error(int status, const std::string& code, const std::string& text);
std::string event_frame(std::string type, std::string payload);
std::string exception_frame(std::string member, std::string payload);
std::vector<Scene> imds_scenes();  // token, role, credentials

}  // namespace kakehashi::session

#include "session/script.h"

#include "aws/event_stream.h"
#include "base/json.h"
#include "base/text.h"
#include "session/endpoint.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <list>

namespace kakehashi::session {

namespace asio = boost::asio;
using asio::awaitable;
using http::NetErrorKind;
using Exchanged = Expected<http::Response, http::NetError>;

namespace {

using Forever = asio::steady_timer;  // ends by cancel() alone
constexpr auto kNever = asio::steady_timer::time_point::max();

class Pieces : public http::BodyReader {
public:
    Pieces(std::vector<std::string> pieces, std::optional<NetErrorKind> end)
        : pieces_(std::move(pieces)), end_(end) {}
    awaitable<Expected<std::string, http::NetError>> read() override {
        if (next_ < pieces_.size()) co_return pieces_[next_++];
        if (end_) co_return Failure{http::NetError{*end_, "host"}};
        co_return std::string();
    }

private:
    std::vector<std::string> pieces_;
    std::optional<NetErrorKind> end_;
    std::size_t next_ = 0;
};

http::Response response_of(Reply reply) {
    http::Response out{reply.status, std::move(reply.headers), std::move(reply.body)};
    if (!reply.pieces.empty() || reply.end)
        out.body = stream_of(std::move(reply.pieces), reply.end);
    return out;
}

std::string text_of(const http::Request& request) {
    std::string out;
    for (const auto& [name, value] : request.headers.fields()) {
        out.append(name).append(": ").append(value).append("\n");
    }
    return out + request.body;
}

// Of a body that was to be whole, half arrives.
Exchanged broken(Fault fault, Reply reply) {
    const std::string host = "host";
    switch (fault) {
        case Fault::Refused:
            return Failure{http::NetError{NetErrorKind::ConnectRefused, host}};
        case Fault::TooLate:
            return Failure{http::NetError{NetErrorKind::Timeout, host}};
        case Fault::Cancelled:
            return Failure{http::NetError{NetErrorKind::Cancelled, host}};
        case Fault::CutShort: {
            std::vector<std::string> half = {reply.body.substr(0, reply.body.size() / 2)};
            if (!reply.pieces.empty()) half.front() = reply.pieces.front().substr(0, 20);
            http::Response out{reply.status, std::move(reply.headers), std::string()};
            out.body = stream_of(std::move(half), NetErrorKind::Truncated);
            return out;
        }
        case Fault::Garbage:
            return http::Response{200, std::move(reply.headers), std::string("\xff<{\0 ]", 6)};
        case Fault::Unavailable:
            return http::Response{503, {}, std::string("<html>later</html>")};
        case Fault::None:
            break;
    }
    return response_of(std::move(reply));
}

}  // namespace

std::string_view name_of(Fault fault) {
    constexpr std::string_view kNames[] = {
        "none", "refused", "cut short", "too late", "cancelled", "garbage", "unavailable"};
    return kNames[static_cast<std::size_t>(fault)];
}

std::unique_ptr<http::BodyReader> stream_of(
    std::vector<std::string> pieces,
    std::optional<NetErrorKind> end
) {
    return std::make_unique<Pieces>(std::move(pieces), end);
}

std::string url_of(const http::Origin& origin, const std::string& target) {
    return origin.scheme + "://" + host_header(origin) + target;
}

std::string header_of(const http::Request& request, std::string_view name) {
    return std::string(request.headers.find(name).value_or(""));
}

awaitable<Exchanged> Script::exchange(
    http::Origin origin,
    http::Request request,
    http::Limits limits
) {
    EXPECT_GT(limits.head.count(), 0);
    EXPECT_GT(limits.idle.count(), 0);
    EXPECT_GE(limits.whole, limits.head);
    co_await asio::post(asio::use_awaitable);  // others go on while this is under way
    const std::string line = request.method + " " + url_of(origin, request.target);
    requests_.push_back(line);
    const bool expected = next_ < scenes_.size() && scenes_[next_].request == line;
    const bool after_fault = fault_ != Fault::None && next_ >= broken_;
    if (!expected) {
        if (!after_fault) ADD_FAILURE() << "unexpected " << line << " at scene " << next_;
        co_return Failure{http::NetError{NetErrorKind::ConnectRefused, "host"}};
    }
    const Scene& scene = scenes_[next_];
    const std::string text = text_of(request);
    for (const std::string& piece : scene.has) {
        EXPECT_NE(text.find(piece), text.npos) << piece << " is not in\n" << text;
    }
    if (fault_ != Fault::None && next_ == broken_) co_return broken(fault_, scene.reply);
    ++next_;
    co_return response_of(scene.reply);
}

void Script::rewind(std::size_t broken, Fault fault) {
    next_ = 0;
    broken_ = broken;
    fault_ = fault;
    requests_.clear();
}

void Script::with_fault_at_each_step(const std::function<void(std::size_t, Fault)>& run) {
    for (std::size_t step = 0; step < scenes_.size(); ++step) {
        for (const Fault fault : kFaults) {
            SCOPED_TRACE(std::string(name_of(fault)) + " at " + scenes_[step].request);
            rewind(step, fault);
            run(step, fault);
        }
    }
}

awaitable<Exchanged> Rule::exchange(http::Origin origin, http::Request request, http::Limits) {
    co_await asio::post(asio::use_awaitable);
    auto reply = answering_(request.method + " " + url_of(origin, request.target), request);
    if (!reply) co_return Failure{http::NetError{reply.error(), origin.host}};
    co_return response_of(*std::move(reply));
}

awaitable<Exchanged> Silence::exchange(http::Origin origin, http::Request, http::Limits) {
    Forever forever(co_await asio::this_coro::executor, kNever);
    boost::system::error_code cancelled;
    co_await forever.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    co_return Failure{http::NetError{NetErrorKind::Cancelled, origin.host}};
}

struct Stage::State {
    struct Sleeper {
        TimePoint until;
        Forever timer;
    };
    asio::io_context io{1};
    std::list<Sleeper> sleepers = {};
    std::deque<asio::cancellation_signal> signals = {};
    std::size_t running = 0;
};

Stage::Stage(TimePoint start) : clock(start), state_(std::make_unique<State>()) {
}

// What still waits lets go of what it holds.
Stage::~Stage() {
    for (std::size_t i = 0; i < state_->signals.size(); ++i) {
        cancel(i);
    }
    run_ready();
}

awaitable<void> Stage::sleep_for(std::chrono::milliseconds duration) {
    sleeps.push_back(duration);
    auto executor = co_await asio::this_coro::executor;
    auto& sleepers = state_->sleepers;
    const TimePoint until = clock.now() + duration;
    auto own = sleepers.insert(sleepers.end(), State::Sleeper{until, Forever(executor, kNever)});
    boost::system::error_code woken;
    co_await own->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    sleepers.erase(own);
}

std::size_t Stage::spawn(awaitable<void> task) {
    ++state_->running;
    auto& signal = state_->signals.emplace_back();
    auto ended = [state = state_.get()](const std::exception_ptr& thrown) {
        --state->running;
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const boost::system::system_error& error) {
            EXPECT_EQ(error.code(), asio::error::operation_aborted);
        }
    };
    asio::co_spawn(
        state_->io, std::move(task), asio::bind_cancellation_slot(signal.slot(), std::move(ended))
    );
    return state_->signals.size() - 1;
}

void Stage::cancel(std::size_t task) {
    state_->signals[task].emit(asio::cancellation_type::terminal);
}

void Stage::run_ready() {
    state_->io.restart();
    state_->io.poll();
}

bool Stage::wake_next(TimePoint until) {
    auto& sleepers = state_->sleepers;
    const auto first =
        std::min_element(sleepers.begin(), sleepers.end(), [](const auto& a, const auto& b) {
            return a.until < b.until;
        });
    if (first == sleepers.end() || first->until > until) return false;
    clock.set(std::max(clock.now(), first->until));
    first->until = TimePoint::max();  // woken, and on its way
    first->timer.cancel();
    return true;
}

void Stage::run_while(const std::function<bool()>& pending) {
    do {
        run_ready();
    } while (pending() && wake_next(TimePoint::max() - std::chrono::hours(1)));
}

void Stage::finish() {
    run_while([this] { return state_->running != 0; });
}

void Stage::run_until(TimePoint until) {
    do {
        run_ready();
    } while (wake_next(until));
    clock.set(until);
}

std::size_t Stage::running() const {
    return state_->running;
}

std::optional<std::string> MemoryEnvironment::get(std::string_view name) const {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
}

Expected<std::string, FileError> MemoryFiles::read(std::string path, std::size_t bytes_max) {
    const auto found = files.find(path);
    if (found == files.end()) return Failure{FileError::NotFound};
    if (found->second && found->second->size() > bytes_max) return Failure{FileError::TooLarge};
    return found->second;
}

Expected<std::vector<std::string>, FileError> MemoryFiles::list(std::string, std::size_t) {
    return Failure{FileError::NotFound};  // no provider reads a folder
}

awaitable<Expected<std::string, ProcessError>> ScriptedProcess::run(
    std::string command,
    std::chrono::milliseconds
) {
    const auto found = outputs.find(command);
    if (found == outputs.end()) co_return Failure{ProcessError::NotFound};
    co_return found->second;
}

Machine::Machine(http::Transport& services)
    : transport(&services),
      stage(kScriptStart),
      sts(aws::Service::Sts, {"ap-northeast-1", "sts"}, random),
      bedrock(aws::Service::Bedrock, {"ap-northeast-1", "bedrock"}, random) {
    environment.values["HOME"] = "/home/me";
}

Expected<ProviderChain, ProviderError> Machine::chain() {
    KAKEHASHI_TRY(auto config, load_shared_config(environment, files));
    ProviderChain::Settings settings{
        std::move(config), profile_name(environment), {"https", kStsHost, 443}, "me@host"};
    return ProviderChain(world(), std::move(settings), sts);
}

ProviderChain::Result Machine::fetch() {
    auto made = chain();
    if (!made) return Failure{made.error()};
    return stage.run(made->fetch());
}

Reply imds_credentials(const std::string& key_id) {
    return {
        200,
        {},
        R"({"Code":"Success","LastUpdated":"2026-11-24T08:00:00Z","Type":"AWS-HMAC","AccessKeyId":")" +
            key_id +
            R"(","SecretAccessKey":"caller-secret","Token":"caller-token","Expiration":"2026-11-24T14:00:00Z"})"};
}

Reply assumed_role(TimePoint expiration, std::string key_id) {
    aws::AssumeRoleResponse response;
    response.credentials = {
        std::move(key_id), SecretString("operator-secret"), SecretString("operator-token")};
    response.expiration = expiration;
    response.assumed_role_id = "AROAOPERATOR00000000:me@host";
    response.assumed_role_arn = "arn:aws:sts::222222222222:assumed-role/kakehashi-operator/me@host";
    response.request_id = "c6104cbe-af31-11e0-8154-cbc7ccf896c7";
    return {200, {}, aws::encode(response)};
}

Reply sts_error(int status, std::string code, std::string text) {
    const aws::Rejection rejection{status, std::move(code), std::move(text)};
    return {status, {}, aws::encode_sts_error(rejection, "c6104cbe-af31-11e0-8154-cbc7ccf896c7")};
}

Reply bedrock_error(int status, const std::string& code, const std::string& text) {
    http::Headers headers;
    headers.add("x-amzn-ErrorType", code + ":http://internal.amazon.com/coral/com.amazon.bedrock/");
    const json::value body(json::object{{"message", text}});
    return {status, std::move(headers), json::serialize(body)};
}

std::string event_frame(std::string type, std::string payload) {
    return *aws::encode(aws::EventMessage{
        {{":event-type", std::move(type)},
         {":content-type", std::string("application/json")},
         {":message-type", std::string("event")}},
        std::move(payload)});
}

std::string exception_frame(std::string member, std::string payload) {
    return *aws::encode(aws::EventMessage{
        {{":exception-type", std::move(member)},
         {":content-type", std::string("application/json")},
         {":message-type", std::string("exception")}},
        std::move(payload)});
}

std::vector<Scene> imds_scenes() {
    const std::string imds = "http://169.254.169.254/latest/";
    const std::string roles = "meta-data/iam/security-credentials/";
    return {
        {"PUT " + imds + "api/token",
         {"X-aws-ec2-metadata-token-ttl-seconds: 21600"},
         {200, {}, "imds-token"}},
        {"GET " + imds + roles,
         {"X-aws-ec2-metadata-token: imds-token"},
         {200, {}, "municipality-role"}},
        {"GET " + imds + roles + "municipality-role",
         {"X-aws-ec2-metadata-token: imds-token"},
         imds_credentials()},
    };
}

}  // namespace kakehashi::session

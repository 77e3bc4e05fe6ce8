#include "rehearsal.h"

#include "aws/converse.h"
#include "cloud/example_world.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace kakehashi::faults {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using http::NetError;
using http::NetErrorKind;

namespace {

constexpr auto kLatency = 2ms;
constexpr const char* kModel = "jp.anthropic.claude-haiku-4-5-20251001-v1:0";

// A byte each `pause` of virtual time, until `limits` end it as net's bodies end.
class Drip : public http::BodyReader {
public:
    Drip(session::Stage& stage, http::Limits limits) : stage_(stage), limits_(limits) {}
    awaitable<Expected<std::string, NetError>> read() override {
        const auto wait = std::min<std::chrono::milliseconds>(limits_.idle - 1ms, limits_.whole);
        limits_.whole -= wait;
        co_await stage_.sleep_for(wait);
        if (limits_.whole.count() <= 0) co_return Failure{NetError{NetErrorKind::Timeout}};
        co_return std::string(" ");
    }

private:
    session::Stage& stage_;  // outlives this
    http::Limits limits_;
};

aws::JudgedModel judged() {
    static const aws::RegionSet kJapan{"ap-northeast-1", "ap-northeast-3"};
    static const aws::ResidencyGuard kGuard(aws::built_in_catalog(), {kJapan, "ap-northeast-1"});
    return *kGuard.judge(kModel, "ap-northeast-1");
}

session::Crossing::Settings crossing() {
    aws::AssumeRoleRequest request;
    request.role_arn = "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city";
    request.role_session_name = "kakehashi-host";
    request.external_id = "f3b60f3a1c7e4c0d9a52d8e17b4496ce";
    return {{"https", session::kStsHost, 443}, std::move(request)};
}

std::unique_ptr<twin::Twin> make_twin(
    const std::string& replies,
    const Clock& clock,
    http::Timer& timer
) {
    const std::string end = "country       = \"JP\"\n";
    auto world = cloud::example_world("fenced", {{"kakehashi.toml", end, end + replies}});
    if (!world) {
        ADD_FAILURE() << cloud::all_texts(world.error());
        std::abort();
    }
    auto place = cloud::find_place(**world, "sample-city");
    return std::make_unique<twin::Twin>(*world, *place, twin::Twin::Outside{clock, timer});
}

}  // namespace

const char* name_of(Outage outage) {
    constexpr const char* kNames[] = {"Unavailable", "Refused", "Silent", "Cut", "Dripping"};
    return kNames[static_cast<std::size_t>(outage)];
}

int count_of(int full, int brief) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread, and nothing here changes the environment
    const char* wanted = std::getenv("KAKEHASHI_FULL");
    return wanted && *wanted ? full : brief;
}

void TwinTransport::join(twin::Twin& twin, session::Stage& stage) {
    twin_ = &twin;
    stage_ = &stage;
}

void TwinTransport::fail(twin::Service service, Outage how, TimePoint from) {
    outage_ = Planned{service, how, from};
}

int TwinTransport::calls(twin::Service service) const {
    const auto found = calls_.find(service);
    return found == calls_.end() ? 0 : found->second;
}

std::optional<twin::Service> TwinTransport::service_of(const http::Origin& origin) const {
    if (origin.host == "169.254.169.254") return twin::Service::Imds;
    if (origin.host == "169.254.170.2") return twin::Service::ContainerCredentials;
    for (const twin::Service service : twin::kServices) {
        const auto names = twin_->host_names(service);
        if (std::find(names.begin(), names.end(), origin.host) != names.end()) return service;
    }
    return std::nullopt;
}

awaitable<TwinTransport::Result> TwinTransport::exchange(
    http::Origin origin,
    http::Request request,
    http::Limits limits
) {
    const auto service = service_of(origin);
    if (!service) {
        ADD_FAILURE() << "a request to " << origin.host;
        co_return Failure{NetError{NetErrorKind::HostNotAllowed, origin.host}};
    }
    ++calls_[*service];
    if (*service == twin::Service::BedrockRuntime) ++attempts_[request.body];
    http::Incoming incoming{
        request.method, request.target, std::move(request.headers), std::move(request.body)};
    incoming.headers.add("Host", origin.host);
    co_await stage_->sleep_for(kLatency);
    const bool away =
        outage_ && outage_->service == *service && stage_->clock.now() >= outage_->from;
    auto result = away ? failing(outage_->how, *service, std::move(incoming), limits)
                       : answer(*service, std::move(incoming));
    co_return co_await std::move(result);
}

awaitable<TwinTransport::Result> TwinTransport::answer(
    twin::Service service,
    http::Incoming request
) {
    auto response = co_await twin_->handler(service).handle(std::move(request));
    response.headers.add("Date", to_http_date(twin_->signing_clock().now()));
    co_return response;
}

awaitable<TwinTransport::Result> TwinTransport::failing(
    Outage how,
    twin::Service service,
    http::Incoming request,
    http::Limits limits
) {
    const std::string host(request.headers.find("Host").value_or(""));
    if (how == Outage::Refused) co_return Failure{NetError{NetErrorKind::ConnectRefused, host}};
    if (how == Outage::Unavailable) {
        co_return http::Response{503, {}, std::string("<html>later</html>")};
    }
    if (how == Outage::Silent) {
        co_await stage_->sleep_for(limits.head - kLatency);
        co_return Failure{NetError{NetErrorKind::ConnectTimeout, host}};
    }
    auto response = co_await answer(service, std::move(request));
    if (!response) co_return response;
    if (how == Outage::Dripping) {
        response->body = std::make_unique<Drip>(*stage_, limits);
        co_return response;
    }
    const auto& whole = std::get<std::string>(response->body);
    std::vector<std::string> half(1, whole.substr(0, whole.size() / 2));
    response->body = session::stream_of(std::move(half), NetErrorKind::Truncated);
    co_return response;
}

void Ledger::read(const twin::Twin& twin) {
    for (std::string& event : twin.events()) {
        const auto parsed = json::parse(event);
        std::string name(json::find_string(*parsed, "eventName").value_or(""));
        if (seen_.insert(std::move(event)).second) ++counts_[std::move(name)];
    }
}

int Ledger::count(const std::string& event_name) const {
    const auto found = counts_.find(event_name);
    return found == counts_.end() ? 0 : found->second;
}

Rehearsal::Rehearsal(const Settings& settings)
    : machine_(transport),
      aws_clock_(machine_.stage.clock, settings.skew),
      twin_(make_twin(settings.replies, aws_clock_, machine_.stage)),
      chain_(*machine_.chain()),
      crossing_(crossing(), chain_, machine_.sts, machine_.outside()),
      bedrock_(
          {{"https", session::kBedrockHost, 443}, "ap-northeast-1"},
          crossing_,
          machine_.bedrock,
          machine_.outside()
      ) {
    transport.join(*twin_, machine_.stage);
}

// No task may outlive the crossing.
Rehearsal::~Rehearsal() {
    if (keeper_) stage().cancel(*keeper_);
    stage().run_ready();
    EXPECT_EQ(stage().running(), 0U);
}

void Rehearsal::keep_fresh() {
    keeper_ = stage().spawn(crossing_.keep_fresh());
}

// No two are the same, so that attempts can be told apart.
json::value Rehearsal::next_question() {
    aws::TextConversation conversation;
    conversation.turns.push_back(
        {aws::ConverseTurn::Role::User, "question " + std::to_string(++asked_)}
    );
    return aws::converse_request(conversation);
}

Expected<json::value, session::ConverseError> Rehearsal::converse() {
    return stage().run(bedrock_.converse(judged(), next_question()));
}

awaitable<void> Rehearsal::ask(Tally* tally) {
    auto answer = co_await bedrock_.converse(judged(), next_question());
    if (answer) {
        ++tally->answered;
    } else {
        ++tally->failed;
        ++tally->codes[session::code(answer.error())];
    }
}

void Rehearsal::spawn_converse(Tally& tally) {
    stage().spawn(ask(&tally));
}

Tally Rehearsal::converse_many(int count, int at_once) {
    Tally tally;
    for (int asked = 0; asked < count; asked += at_once) {
        for (int i = 0; i < std::min(at_once, count - asked); ++i) {
            spawn_converse(tally);
        }
        stage().finish();
        ledger.read(*twin_);
    }
    return tally;
}

}  // namespace kakehashi::faults

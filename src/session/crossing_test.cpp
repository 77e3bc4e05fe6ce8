#include "session/crossing.h"

#include "base/text.h"
#include "session/script.h"

#include <gtest/gtest.h>

namespace kakehashi::session {
namespace {

using namespace std::chrono_literals;
using http::NetErrorKind;

const std::string kStsUrl = std::string("POST https://") + kStsHost + "/";

// A machine that crosses, from IMDS unless a test says otherwise.
struct Way {
    explicit Way(http::Transport& transport) : machine(transport) {}
    ~Way() { end(); }
    Way(const Way&) = delete;
    Way& operator=(const Way&) = delete;

    Crossing& crossing() {
        if (!crossing_) {
            chain_.emplace(*machine.chain());
            crossing_.emplace(
                Crossing::Settings{{"https", kStsHost, 443}, request},
                *chain_,
                machine.sts,
                machine.outside()
            );
        }
        return *crossing_;
    }
    Crossing::Result cross() { return machine.stage.run(crossing().credentials()); }
    // No task may outlive the crossing.
    void end() {
        for (const std::size_t task : tasks) {
            machine.stage.cancel(task);
        }
        machine.stage.run_ready();
        EXPECT_EQ(machine.stage.running(), 0U);
    }
    std::size_t spawn(boost::asio::awaitable<void> task) {
        tasks.push_back(machine.stage.spawn(std::move(task)));
        return tasks.back();
    }

    aws::AssumeRoleRequest request = [] {
        aws::AssumeRoleRequest out;
        out.role_arn = kRoleArn;
        out.role_session_name = "me@host";
        out.external_id = "city-1";
        out.duration = 3600s;
        return out;
    }();
    Machine machine;
    std::vector<std::size_t> tasks = {};

private:
    std::optional<ProviderChain> chain_;
    std::optional<Crossing> crossing_;
};

std::string shown(const Crossing::Result& result) {
    if (!result) return std::string(code(result.error()));
    return result->credentials.access_key_id + " " + result->role_arn;
}

std::vector<Scene> crossing_scenes() {
    auto scenes = imds_scenes();
    scenes.push_back(
        {kStsUrl,
         {"Credential=ASIACALLER0000000000/20261124/ap-northeast-1/sts/aws4_request",
          "X-Amz-Security-Token: caller-token",
          "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
          "Action=AssumeRole&Version=2011-06-15",
          "RoleArn=arn%3Aaws%3Aiam%3A%3A222222222222%3Arole%2Fkakehashi-operator",
          "RoleSessionName=me%40host",
          "ExternalId=city-1",
          "DurationSeconds=3600"},
         assumed_role(kScriptStart + 1h)}
    );
    return scenes;
}

TEST(RoleSessionName, SaysWhoCallsInWordsThatStsTakes) {
    struct Row {
        std::string pattern, host, user, name;
    };
    const Row rows[] = {
        {"kakehashi-{host}", "web-1.example", "u", "kakehashi-web-1.example"},
        {"{user}@{host}", "h", "u", "u@h"},
        {"{host}/{user}", "h", "u", "h-u"},
        {"{user}", "h", "DOM\\a b", "DOM-a-b"},
        {"{user}", "h", "\xE3\x81\x82", "---"},
        {"x-{host}", std::string(80, 'h'), "u", "x-" + std::string(62, 'h')},
        {"{nothing}", "h", "u", "-nothing-"},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(role_session_name(row.pattern, row.host, row.user), row.name);
    }
}

TEST(Crossing, LeadsFromImdsToTheOperatorRole) {
    Script script(crossing_scenes());
    {
        Way way(script);
        EXPECT_EQ(shown(way.cross()), std::string("ASIAOPERATOR00000000 ") + kRoleArn);
        EXPECT_EQ(shown(way.cross()), std::string("ASIAOPERATOR00000000 ") + kRoleArn) << "in hand";
        EXPECT_TRUE(script.is_done());
        EXPECT_EQ(script.requests().size(), 4U);
    }
    script.with_fault_at_each_step([&](std::size_t step, Fault fault) {
        Way way(script);
        const auto result = way.cross();
        ASSERT_FALSE(result) << "never the caller's own credentials";
        const bool imds_absent = step < 3 && fault != Fault::Garbage && fault != Fault::Unavailable;
        EXPECT_EQ(code(result.error()), imds_absent ? "no_credentials" : "credentials_unavailable");
        EXPECT_LE(script.requests().size(), step + 3) << "three attempts at most";
        EXPECT_LE(way.machine.stage.clock.now(), kScriptStart + kAskLimit);
    });
}

TEST(Crossing, TakesAProfileThatCrossesAsItIs) {
    auto scenes = crossing_scenes();
    scenes.back().has = {"RoleSessionName=of-profile"};
    Script script(std::move(scenes));
    Way way(script);
    way.machine.files.files.emplace(
        "/home/me/.aws/config",
        std::string("[default]\nrole_arn=") + kRoleArn +
            "\ncredential_source=Ec2InstanceMetadata\nrole_session_name=of-profile\n"
    );
    EXPECT_EQ(shown(way.cross()), std::string("ASIAOPERATOR00000000 ") + kRoleArn);
    EXPECT_TRUE(script.is_done());
}

TEST(Crossing, OfKeysInTheEnvironmentNothingSaysWhoseTheyAre) {
    Script script({{kStsUrl, {"Credential=AKENV/"}, assumed_role(kScriptStart + 1h)}});
    Way way(script);
    way.machine.environment.values["AWS_ACCESS_KEY_ID"] = "AKENV";
    way.machine.environment.values["AWS_SECRET_ACCESS_KEY"] = "SK";
    EXPECT_EQ(shown(way.cross()), std::string("ASIAOPERATOR00000000 ") + kRoleArn);
}

TEST(Crossing, TellsRefusalsApart) {
    struct Row {
        Reply reply;
        int attempts;
        AssumeRoleError::Kind kind;
        std::string code;
    };
    using Kind = AssumeRoleError::Kind;
    const Row rows[] = {
        {sts_error(403, "AccessDenied", "no"), 1, Kind::Denied, "assume_role_denied"},
        {sts_error(403, "ExpiredToken", "over"), 1, Kind::Expired, "assume_role_refused"},
        {sts_error(403, "InvalidClientTokenId", "who"),
         1,
         Kind::Credentials,
         "assume_role_refused"},
        {sts_error(403, "SignatureDoesNotMatch", "sig"),
         1,
         Kind::Credentials,
         "assume_role_refused"},
        {sts_error(400, "RequestExpired", "clock"), 1, Kind::Clock, "assume_role_refused"},
        {sts_error(400, "ValidationError", "bad"), 1, Kind::Refused, "assume_role_refused"},
        {sts_error(400, "Throttling", "slow"), 3, Kind::Unavailable, "credentials_unavailable"},
        {sts_error(503, "ServiceUnavailable", "no"),
         3,
         Kind::Unavailable,
         "credentials_unavailable"},
        {{500, {}, ""}, 3, Kind::Unavailable, "credentials_unavailable"},
        {{200, {}, "<html/>"}, 1, Kind::BadAnswer, "credentials_unavailable"},
        {{302, {}, ""}, 1, Kind::Refused, "assume_role_refused"},
    };
    for (const Row& row : rows) {
        int attempts = 0;
        Rule rule(
            [&](const std::string& line, const http::Request&) -> Expected<Reply, NetErrorKind> {
                if (line != kStsUrl) return Failure{NetErrorKind::ConnectRefused};
                ++attempts;
                return row.reply;
            }
        );
        Way way(rule);
        way.machine.environment.values["AWS_ACCESS_KEY_ID"] = "AKENV";
        way.machine.environment.values["AWS_SECRET_ACCESS_KEY"] = "SK";
        const auto result = way.cross();
        ASSERT_FALSE(result);
        EXPECT_EQ(attempts, row.attempts) << row.reply.body;
        EXPECT_EQ(code(result.error()), row.code) << row.reply.body;
        EXPECT_EQ(std::get<AssumeRoleError>(result.error().why).kind, row.kind) << row.reply.body;
    }
}

// The services of a healthy Region, with an STS that can be switched off.
struct Region {
    int sts_calls = 0;
    bool sts_is_down = false;
    Machine* machine = nullptr;  // whose clock is AWS's
    Rule rule{[this](const std::string& line, const http::Request&) { return answer(line); }};

    Expected<Reply, NetErrorKind> answer(const std::string& line) {
        for (const Scene& scene : imds_scenes()) {
            if (scene.request == line) return scene.reply;
        }
        if (line != kStsUrl) return Failure{NetErrorKind::ConnectRefused};
        ++sts_calls;
        if (sts_is_down) return Failure{NetErrorKind::ConnectTimeout};
        return assumed_role(machine->stage.clock.now() + 1h, "ASIA" + std::to_string(sts_calls));
    }
};

boost::asio::awaitable<void> ask_and_count(Crossing* crossing, int* got, int* failed) {
    auto result = co_await crossing->credentials();
    if (result) {
        ++*got;
    } else {
        ++*failed;
    }
}

TEST(Crossing, P08_ColdStartOfTenThousandIsOneCall) {
    Region region;
    Way way(region.rule);
    region.machine = &way.machine;
    int got = 0, failed = 0;
    for (int i = 0; i < 10'000; ++i) {
        way.machine.stage.spawn(ask_and_count(&way.crossing(), &got, &failed));
    }
    way.machine.stage.finish();
    EXPECT_EQ(got, 10'000);
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(region.sts_calls, 1);
}

TEST(Crossing, P08_ADayIsSevenCallsAnHourAtMost) {
    Region region;
    Way way(region.rule);
    region.machine = &way.machine;
    way.spawn(way.crossing().keep_fresh());
    int got = 0, failed = 0;
    for (int hour = 0; hour < 24; ++hour) {
        const int before = region.sts_calls;
        for (int minute = 0; minute < 60; ++minute) {
            way.machine.stage.run_until(way.machine.stage.clock.now() + 1min);
            way.machine.stage.spawn(ask_and_count(&way.crossing(), &got, &failed));
            way.machine.stage.run_ready();
        }
        EXPECT_LE(region.sts_calls - before, 7);
    }
    EXPECT_EQ(got, 24 * 60);
    EXPECT_EQ(failed, 0);
}

TEST(Crossing, P07_AnOutageOfFortyNineMinutesGoesUnnoticedThenTheErrorIsClear) {
    Region region;
    Way way(region.rule);
    region.machine = &way.machine;
    Stage& stage = way.machine.stage;
    way.spawn(way.crossing().keep_fresh());
    stage.run_until(kScriptStart + 554s);  // a refresh is due in one second
    region.sts_is_down = true;
    int got = 0, failed = 0;
    for (int second = 0; second < 49 * 60; ++second) {
        stage.run_until(stage.clock.now() + 1s);
        stage.spawn(ask_and_count(&way.crossing(), &got, &failed));
        stage.run_ready();
    }
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(got, 49 * 60);
    stage.run_until(stage.clock.now() + 5min);
    const auto before = stage.clock.now();
    const auto result = way.cross();
    ASSERT_FALSE(result);
    EXPECT_EQ(code(result.error()), "credentials_unavailable");
    EXPECT_EQ(stage.clock.now(), before) << "at once";
    region.sts_is_down = false;
    stage.run_until(stage.clock.now() + 5s);
    EXPECT_TRUE(way.cross());
}

TEST(Crossing, ManyRefusalsOfTheSameCredentialsAreOneCall) {
    Region region;
    Way way(region.rule);
    region.machine = &way.machine;
    const std::string first = way.cross()->credentials.access_key_id;
    for (int i = 0; i < 500; ++i) {
        way.crossing().forget(first);
        EXPECT_NE(way.cross()->credentials.access_key_id, first);
    }
    EXPECT_EQ(region.sts_calls, 2);
}

TEST(Crossing, CredentialsThatSeemOverAreAnErrorAndNoStorm) {
    int calls = 0;
    Rule rule([&](const std::string& line, const http::Request&) -> Expected<Reply, NetErrorKind> {
        for (const Scene& scene : imds_scenes()) {
            if (scene.request == line) return scene.reply;
        }
        ++calls;
        return assumed_role(kScriptStart - 1min);
    });
    Way way(rule);
    int got = 0, failed = 0;
    for (int i = 0; i < 100; ++i) {
        way.machine.stage.spawn(ask_and_count(&way.crossing(), &got, &failed));
    }
    way.machine.stage.finish();
    EXPECT_EQ(failed, 100);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(way.cross().error().why.index(), 1U);
}

// Answers by rule, but for the first call, which never comes back.
class FirstIsSilent : public http::Transport {
public:
    explicit FirstIsSilent(http::Transport& others) : others_(others) {}
    boost::asio::awaitable<Expected<http::Response, http::NetError>> exchange(
        http::Origin origin,
        http::Request request,
        http::Limits limits
    ) override {
        http::Transport* next = first_ ? static_cast<http::Transport*>(&silence_) : &others_;
        first_ = false;
        auto result = co_await next->exchange(std::move(origin), std::move(request), limits);
        co_return result;
    }

private:
    http::Transport& others_;
    Silence silence_;
    bool first_ = true;
};

TEST(Crossing, WhenTheAskerIsCancelledAWaiterAsksAndNobodyElseNotices) {
    Region region;
    FirstIsSilent transport(region.rule);
    Way way(transport);
    region.machine = &way.machine;
    int got = 0, failed = 0, cancelled_got = 0;
    auto& stage = way.machine.stage;
    const auto asker = stage.spawn(ask_and_count(&way.crossing(), &cancelled_got, &cancelled_got));
    std::vector<std::size_t> waiters;
    waiters.reserve(1000);
    for (int i = 0; i < 1000; ++i) {
        waiters.push_back(stage.spawn(ask_and_count(&way.crossing(), &got, &failed)));
    }
    stage.run_ready();
    EXPECT_EQ(stage.running(), 1001U) << "all wait for the one that asks";
    for (int i = 0; i < 500; ++i) {
        stage.cancel(waiters[static_cast<std::size_t>(2 * i)]);
    }
    stage.run_ready();
    EXPECT_EQ(stage.running(), 501U) << "who waits can be cancelled alone";
    stage.cancel(asker);
    stage.finish();
    EXPECT_EQ(stage.running(), 0U);
    EXPECT_EQ(got, 500);
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(region.sts_calls, 1);
}

TEST(Crossing, KeepFreshEndsWhenItIsCancelledInTheMiddleOfACall) {
    Silence silence;
    Way way(silence);
    const auto task = way.machine.stage.spawn(way.crossing().keep_fresh());
    way.machine.stage.run_ready();
    EXPECT_EQ(way.machine.stage.running(), 1U);
    way.machine.stage.cancel(task);
    way.machine.stage.run_ready();
    EXPECT_EQ(way.machine.stage.running(), 0U);
}

// AWS's clock stands `skew` from ours, and STS takes a quarter of an hour of it.
TEST(Crossing, P15_AWrongClockCostsOneCorrectedRetry) {
    for (const auto skew : {-60min, -10min, -3min, 3min, 10min, 60min}) {
        int calls = 0;
        Machine* machine = nullptr;
        Rule rule(
            [&](const std::string& line,
                const http::Request& request) -> Expected<Reply, NetErrorKind> {
                for (const Scene& scene : imds_scenes()) {
                    if (scene.request == line) return scene.reply;
                }
                ++calls;
                const TimePoint aws_now = machine->stage.clock.now() + skew;
                const auto signed_at = parse_basic_iso8601(header_of(request, "X-Amz-Date"));
                Reply reply = assumed_role(aws_now + 1h);
                if (std::chrono::abs(*signed_at - aws_now) > 15min) {
                    reply = sts_error(403, "SignatureDoesNotMatch", "Signature expired");
                }
                reply.headers.add("Date", to_http_date(aws_now));
                return reply;
            }
        );
        Way way(rule);
        machine = &way.machine;
        EXPECT_TRUE(way.cross()) << skew.count();
        EXPECT_EQ(calls, std::chrono::abs(skew) > 15min ? 2 : 1) << skew.count();
        EXPECT_EQ(way.machine.sts.quota.left(), kRetryQuota);
    }
}

}  // namespace
}  // namespace kakehashi::session

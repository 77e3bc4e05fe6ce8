#include "session/bedrock_client.h"

#include "base/encoding.h"
#include "session/script.h"

#include <gtest/gtest.h>

namespace kakehashi::session {
namespace {

using namespace std::chrono_literals;
using http::NetErrorKind;
using Kind = ConverseError::Kind;

const std::string kModel = "jp.anthropic.claude-haiku-4-5-20251001-v1:0";
const std::string kStsUrl = std::string("POST https://") + kStsHost + "/";
const std::string kConverseUrl = std::string("POST https://") + kBedrockHost +
                                 "/model/jp.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse";
const std::string kAnswer =
    R"({"metrics":{"latencyMs":3},"output":{"message":{"role":"assistant","content":[{"text":"はい"}]}},)"
    R"("stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}})";
constexpr const char* kPrompt = "CanaryPromptこんにちは";

aws::JudgedModel judged() {
    static const aws::RegionSet kJapan{"ap-northeast-1", "ap-northeast-3"};
    static const aws::ResidencyGuard kGuard(aws::built_in_catalog(), {kJapan, "ap-northeast-1"});
    return *kGuard.judge(kModel, "ap-northeast-1");
}

json::value question() {
    return aws::converse_request({"CanarySystemWords", {{aws::ConverseTurn::Role::User, kPrompt}}});
}

// A machine with everything up to Bedrock.
struct Client {
    explicit Client(http::Transport& transport, std::string region = "ap-northeast-1")
        : machine(transport),
          chain(*machine.chain()),
          crossing(settings(), chain, machine.sts, machine.outside()),
          bedrock(
              {{"https", kBedrockHost, 443}, std::move(region)},
              crossing,
              machine.bedrock,
              machine.outside()
          ) {}
    static Crossing::Settings settings() {
        aws::AssumeRoleRequest request;
        request.role_arn = kRoleArn;
        request.role_session_name = "me@host";
        return {{"https", kStsHost, 443}, std::move(request)};
    }
    Expected<json::value, ConverseError> converse() {
        return machine.stage.run(bedrock.converse(judged(), question()));
    }

    Machine machine;
    ProviderChain chain;
    Crossing crossing;
    BedrockClient bedrock;
};

using Events = Expected<std::vector<aws::ConverseStreamEvent>, ConverseError>;

// All events of a stream; an error has to repeat itself.
boost::asio::awaitable<Events> all_of(ConverseStream* stream) {
    std::vector<aws::ConverseStreamEvent> out;
    for (;;) {
        auto event = co_await stream->next();
        if (!event) {
            auto again = co_await stream->next();
            EXPECT_FALSE(again) << "what broke never turns into an end";
            co_return Failure{std::move(event).error()};
        }
        if (!*event) co_return out;
        out.push_back(**std::move(event));
    }
}

boost::asio::awaitable<Events> converse_stream(BedrockClient* client) {
    auto stream = co_await client->converse_stream(judged(), question());
    if (!stream) co_return Failure{std::move(stream).error()};
    auto events = co_await all_of(&*stream);
    co_return events;
}

std::string whole_stream() {
    return event_frame("messageStart", R"({"role":"assistant"})") +
           event_frame(
               "contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"は"},"p":"ab"})"
           ) +
           event_frame("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"い"}})") +
           event_frame("contentBlockStop", R"({"contentBlockIndex":0})") +
           event_frame("messageStop", R"({"stopReason":"end_turn"})") +
           event_frame(
               "metadata",
               R"({"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3},"metrics":{"latencyMs":3}})"
           );
}

Reply stream_reply(std::vector<std::string> pieces, std::optional<NetErrorKind> end = {}) {
    http::Headers headers;
    headers.add("Content-Type", "application/vnd.amazon.eventstream");
    return {200, std::move(headers), {}, std::move(pieces), end};
}

std::vector<Scene> scenes_to(std::string url, std::vector<std::string> has, Reply reply) {
    auto scenes = imds_scenes();
    scenes.push_back({kStsUrl, {"RoleArn="}, assumed_role(kScriptStart + 1h)});
    has.emplace_back("Credential=ASIAOPERATOR00000000/20261124/ap-northeast-1/bedrock/aws4_request"
    );
    has.emplace_back("X-Amz-Security-Token: operator-token");
    has.emplace_back("Content-Type: application/json");
    scenes.push_back({std::move(url), std::move(has), std::move(reply)});
    return scenes;
}

TEST(BedrockClient, CrossesFromImdsToConverse) {
    Script script(scenes_to(kConverseUrl, {kPrompt}, {200, {}, kAnswer}));
    {
        Client client(script);
        const auto answer = client.converse();
        ASSERT_TRUE(answer);
        EXPECT_EQ(json::serialize(*answer), json::serialize(*json::parse(kAnswer)));
        EXPECT_TRUE(script.is_done());
    }
    script.with_fault_at_each_step([&](std::size_t step, Fault fault) {
        Client client(script);
        const auto answer = client.converse();
        ASSERT_FALSE(answer);
        if (step < 4) {
            EXPECT_EQ(answer.error().kind, Kind::NoCredentials);
            return;
        }
        EXPECT_EQ(
            answer.error().kind,
            fault == Fault::Garbage       ? Kind::BadAnswer
            : fault == Fault::Unavailable ? Kind::Refused
                                          : Kind::Unreachable
        );
        // Only what cannot have been carried out, or was refused, is sent again.
        const bool again = fault == Fault::Refused || fault == Fault::Unavailable;
        EXPECT_EQ(script.requests().size(), again ? 7U : 5U);
    });
}

TEST(BedrockClient, SendsNothingToAnotherRegionsHost) {
    Script script({});
    Client client(script, "us-east-1");
    const auto answer = client.converse();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Kind::HostDiffers);
    EXPECT_TRUE(script.requests().empty());
}

TEST(BedrockClient, StreamsToTheEndInPiecesOfAnySize) {
    const std::string bytes = whole_stream();
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
        std::vector<std::string> pieces;
        for (std::size_t i = 0; i < bytes.size(); i += piece) {
            pieces.push_back(bytes.substr(i, piece));
        }
        Script script(scenes_to(kConverseUrl + "-stream", {kPrompt}, stream_reply(pieces)));
        Client client(script);
        const auto events = client.machine.stage.run(converse_stream(&client.bedrock));
        ASSERT_TRUE(events);
        EXPECT_EQ(events->size(), 6U);
        aws::ConverseStreamCollector collector;
        for (const auto& event : *events) {
            EXPECT_TRUE(collector.add(event));
        }
        EXPECT_EQ(collector.text(), "はい");
        EXPECT_TRUE(collector.complete());
    }
    Script script(scenes_to(kConverseUrl + "-stream", {}, stream_reply({bytes})));
    script.with_fault_at_each_step([&](std::size_t, Fault) {
        Client client(script);
        EXPECT_FALSE(client.machine.stage.run(converse_stream(&client.bedrock)));
    });
}

Events read_stream(std::vector<std::string> pieces, std::optional<NetErrorKind> end) {
    Stage stage(kScriptStart);
    ConverseStream stream(stream_of(std::move(pieces), end), kModel);
    return stage.run(all_of(&stream));
}

TEST(ConverseStream, P11_ABreakAtEveryOffsetIsATypedError) {
    const std::string bytes = whole_stream();
    ASSERT_GT(bytes.size(), 200U);
    const std::optional<NetErrorKind> ends[] = {
        std::nullopt, NetErrorKind::Truncated, NetErrorKind::Closed, NetErrorKind::Timeout};
    const auto stop = bytes.rfind("messageStop");
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (const auto end : ends) {
            std::vector<std::string> pieces;
            if (i > 0) pieces.push_back(bytes.substr(0, i));
            const auto events = read_stream(std::move(pieces), end);
            // Without metadata the answer is whole, when the framing says so.
            const bool after_stop = i > stop && events && !end;
            if (after_stop) continue;
            ASSERT_FALSE(events) << i;
            EXPECT_EQ(events.error().kind, Kind::StreamTruncated) << i;
            EXPECT_EQ(code(events.error()), "stream-truncated") << i;
            EXPECT_EQ(events.error().net.has_value(), end.has_value()) << i;
        }
    }
}

TEST(ConverseStream, P11_AChangedByteIsATypedError) {
    const std::string bytes = whole_stream();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ 0x40);
        const auto events = read_stream({changed}, std::nullopt);
        ASSERT_FALSE(events) << i;
        const auto kind = events.error().kind;
        EXPECT_TRUE(kind == Kind::StreamCorrupt || kind == Kind::StreamTruncated) << i;
    }
}

TEST(ConverseStream, P11_WhatIsNotAWholeAnswerIsATypedError) {
    const std::string start = event_frame("messageStart", R"({"role":"assistant"})");
    const std::string stop = event_frame("messageStop", R"({"stopReason":"end_turn"})");
    std::string oversize("\x7f\xff\xff\xff\0\0\0\0", 8);
    oversize += std::string("\x9f\x9c\x19\x2e", 4);
    struct Row {
        std::string bytes;
        Kind kind;
        std::string code;
    };
    const Row rows[] = {
        {"", Kind::StreamTruncated, "stream-truncated"},
        {start, Kind::StreamTruncated, "stream-truncated"},
        {start + oversize, Kind::StreamCorrupt, "stream-corrupt"},
        {"<html>no stream</html>", Kind::StreamCorrupt, "stream-corrupt"},
        {start + event_frame("messageStop", "{"), Kind::BadAnswer, "bad-answer"},
        {start + exception_frame("throttlingException", R"({"message":"slow"})"),
         Kind::StreamFailed,
         "ThrottlingException"},
        {start + exception_frame("modelStreamErrorException", "not JSON"),
         Kind::StreamFailed,
         "ModelStreamErrorException"},
        {start + exception_frame("", "{}"), Kind::StreamFailed, "refused"},
        {start + stop + exception_frame("internalServerException", "{}"),
         Kind::StreamFailed,
         "InternalServerException"},
        {start + *aws::encode(aws::EventMessage{
                     {{":message-type", std::string("error")},
                      {":error-code", std::string("Odd")},
                      {":error-message", std::string("why")}},
                     ""}),
         Kind::StreamFailed,
         "Odd"},
        {start + *aws::encode(aws::EventMessage{{{":message-type", true}}, "{}"}),
         Kind::StreamCorrupt,
         "stream-corrupt"},
        {start + *aws::encode(aws::EventMessage{{}, "{}"}), Kind::StreamCorrupt, "stream-corrupt"},
    };
    for (const Row& row : rows) {
        const auto events = read_stream({row.bytes}, std::nullopt);
        ASSERT_FALSE(events) << row.code;
        EXPECT_EQ(events.error().kind, row.kind) << row.code;
        EXPECT_EQ(code(events.error()), row.code);
    }
    const auto without_metadata = read_stream({start + stop}, std::nullopt);
    EXPECT_TRUE(without_metadata);
}

// Answers for Bedrock; everything before it is healthy.
Rule::Answering bedrock_answers(
    const std::function<Expected<Reply, NetErrorKind>(const http::Request&)>& answer,
    int* sts_calls
) {
    return [=](const std::string& line,
               const http::Request& request) -> Expected<Reply, NetErrorKind> {
        for (const Scene& scene : imds_scenes()) {
            if (scene.request == line) return scene.reply;
        }
        if (line != kStsUrl) return answer(request);
        ++*sts_calls;
        return assumed_role(kScriptStart + 1h, "ASIA" + std::to_string(*sts_calls));
    };
}

TEST(BedrockClient, P09_TenThousandRefusalsAreNoStorm) {
    int sts_calls = 0, calls = 0;
    Rule rule(bedrock_answers(
        [&](const http::Request&) -> Expected<Reply, NetErrorKind> {
            ++calls;
            return Reply{503, {}, ""};
        },
        &sts_calls
    ));
    Client client(rule);
    for (int i = 0; i < 10'000; ++i) {
        const int before = calls;
        ASSERT_FALSE(client.converse());
        ASSERT_LE(calls - before, kAttemptsMax);
    }
    EXPECT_LE(calls, 10'035);
    EXPECT_GT(calls, 10'000);
    EXPECT_EQ(sts_calls, 1);
}

boost::asio::awaitable<void> converse_and_count(BedrockClient* client, int* got) {
    auto answer = co_await client->converse(judged(), question());
    if (answer) ++*got;
}

TEST(BedrockClient, P15_ManyCallsWithAWrongClockEachTakeOneCorrectedRetry) {
    for (const auto skew : {-60min, -10min, -3min, 3min, 10min, 60min}) {
        constexpr int kCalls = 20;
        int sts_calls = 0, calls = 0, got = 0;
        Machine* machine = nullptr;
        Rule rule(bedrock_answers(
            [&](const http::Request& request) -> Expected<Reply, NetErrorKind> {
                ++calls;
                const TimePoint aws_now = machine->stage.clock.now() + skew;
                const auto signed_at = parse_basic_iso8601(header_of(request, "X-Amz-Date"));
                const bool near = std::chrono::abs(*signed_at - aws_now) <= 5min;
                Reply reply = near ? Reply{200, {}, kAnswer}
                                   : bedrock_error(403, "InvalidSignatureException", "expired");
                reply.headers.add("Date", to_http_date(aws_now));
                return reply;
            },
            &sts_calls
        ));
        Client client(rule);
        machine = &client.machine;
        for (int i = 0; i < kCalls; ++i) {
            client.machine.stage.spawn(converse_and_count(&client.bedrock, &got));
        }
        client.machine.stage.finish();
        EXPECT_EQ(got, kCalls) << skew.count();
        EXPECT_EQ(calls, std::chrono::abs(skew) > 5min ? 2 * kCalls : kCalls) << skew.count();
        EXPECT_EQ(sts_calls, 1);
        EXPECT_TRUE(client.converse()) << "and from then on none";
        EXPECT_EQ(calls, (std::chrono::abs(skew) > 5min ? 2 * kCalls : kCalls) + 1);
    }
}

TEST(BedrockClient, P15_AWrongSecretIsNotRetriedWithARightClock) {
    int sts_calls = 0, calls = 0;
    Rule rule(bedrock_answers(
        [&](const http::Request&) -> Expected<Reply, NetErrorKind> {
            ++calls;
            Reply reply = bedrock_error(403, "InvalidSignatureException", "no");
            reply.headers.add("Date", to_http_date(kScriptStart + 1min - 1s));
            return reply;
        },
        &sts_calls
    ));
    Client client(rule);
    const auto answer = client.converse();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().cause, aws::ErrorClass::Signature);
    EXPECT_EQ(calls, 1);
}

TEST(BedrockClient, ReplacesExpiredCredentialsOnce) {
    for (const bool ever : {true, false}) {
        int sts_calls = 0, calls = 0, got = 0;
        Rule rule(bedrock_answers(
            [&](const http::Request& request) -> Expected<Reply, NetErrorKind> {
                ++calls;
                const auto signature = header_of(request, "Authorization");
                if (ever && signature.find("=ASIA1/") == signature.npos) {
                    return Reply{200, {}, kAnswer};
                }
                return bedrock_error(403, "ExpiredTokenException", "over");
            },
            &sts_calls
        ));
        Client client(rule);
        if (ever) {
            for (int i = 0; i < 100; ++i) {
                client.machine.stage.spawn(converse_and_count(&client.bedrock, &got));
            }
            client.machine.stage.finish();
            EXPECT_EQ(got, 100);
            EXPECT_EQ(sts_calls, 2) << "a hundred refusals are one call";
        } else {
            const auto answer = client.converse();
            ASSERT_FALSE(answer);
            EXPECT_EQ(answer.error().cause, aws::ErrorClass::Expired);
            EXPECT_EQ(calls, 2);
        }
    }
}

// Everything that a person or a log may be shown of an error.
std::string all_text(const ConverseError& error) {
    std::string out = code(error);
    for (const auto language : {Language::English, Language::Japanese}) {
        out += text(describe(error), language);
    }
    const auto add = [&](const aws::Remote* remote) {
        if (remote) out += remote->code + remote->request_id + remote->text;
    };
    add(error.remote ? &*error.remote : nullptr);
    if (error.crossing) add(remote_of(*error.crossing));
    if (error.answer) out += text(aws::describe(*error.answer), Language::English);
    return out;
}

// What came in, as a service that repeats all of it would say it.
std::string echo_of(const http::Request& request) {
    std::string out = "The Canonical String should have been " + request.target;
    for (const auto& [name, value] : request.headers.fields()) {
        out.append("\n").append(name).append(":").append(value);
    }
    return out + "\n" + request.body;
}

// The error of a call whose service at `failing` refuses it with `error_code` and repeats it all.
ConverseError error_of_an_echo(const std::string& failing, const std::string& error_code) {
    Rule rule(
        [&](const std::string& line,
            const http::Request& request) -> Expected<Reply, NetErrorKind> {
            for (const Scene& scene : imds_scenes()) {
                if (scene.request == line) return scene.reply;
            }
            if (line == failing && line == kStsUrl) {
                return sts_error(403, error_code, echo_of(request));
            }
            if (line == failing && line == kConverseUrl) {
                return bedrock_error(403, error_code, echo_of(request));
            }
            if (line == kStsUrl) return assumed_role(kScriptStart + 1h);
            const json::value said(json::object{{"message", echo_of(request)}});
            return stream_reply({exception_frame("validationException", json::serialize(said))});
        }
    );
    Client client(rule);
    if (!failing.ends_with("-stream")) return client.converse().error();
    return client.machine.stage.run(converse_stream(&client.bedrock)).error();
}

TEST(BedrockClient, P20_NoSecretIsInAnyErrorWhateverTheServicesRepeat) {
    const std::string secrets[] = {
        "caller-secret",
        "caller-token",
        "operator-secret",
        "operator-token",
        "imds-token",
        kPrompt,
        "CanaryPrompt",
        "CanarySystemWords"};
    const std::string urls[] = {kStsUrl, kConverseUrl, kConverseUrl + "-stream"};
    for (const std::string& failing : urls) {
        for (const char* error_code :
             {"AccessDenied", "SignatureDoesNotMatch", "ValidationError"}) {
            const std::string text = all_text(error_of_an_echo(failing, error_code));
            for (const std::string& secret : secrets) {
                EXPECT_EQ(text.find(secret), text.npos) << secret << " in " << text;
            }
        }
    }
}

TEST(BedrockClient, P20_NoSecretIsInAnErrorOfAnyStep) {
    Script script(scenes_to(kConverseUrl, {}, {200, {}, kAnswer}));
    script.with_fault_at_each_step([&](std::size_t, Fault) {
        Client client(script);
        const auto answer = client.converse();
        ASSERT_FALSE(answer);
        const std::string text = all_text(answer.error());
        for (const char* secret :
             {"caller-", "operator-secret", "operator-token", "imds-token", "Canary"}) {
            EXPECT_EQ(text.find(secret), text.npos) << secret << " in " << text;
        }
    });
}

}  // namespace
}  // namespace kakehashi::session

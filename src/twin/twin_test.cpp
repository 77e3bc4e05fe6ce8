#include "twin/twin.h"

#include "aws/event_stream.h"
#include "aws/sigv4.h"
#include "aws/sts_messages.h"
#include "base/json.h"
#include "cloud/example_world.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <exception>

namespace kakehashi::twin {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint kNow{1'795'509'217s};
constexpr const char* kOperatorRole =
    "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city";
constexpr const char* kHello =
    R"({"messages":[{"role":"user","content":[{"text":"こんにちは"}]}]})";
constexpr const char* kJpConverse = "/model/jp.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse";

class NoTimer : public http::Timer {
public:
    boost::asio::awaitable<void> sleep_for(std::chrono::milliseconds) override { co_return; }
};

boost::asio::awaitable<void> keep(
    boost::asio::awaitable<http::Response> work,
    std::optional<http::Response>* out
) {
    *out = co_await std::move(work);
}

boost::asio::awaitable<void> keep_body(
    http::Body body,
    std::optional<Expected<std::string, http::NetError>>* out
) {
    *out = co_await http::read_all(std::move(body), 1U << 20U);
}

void run(boost::asio::awaitable<void> work) {
    boost::asio::io_context io;
    boost::asio::co_spawn(io, std::move(work), [](std::exception_ptr thrown) {
        if (thrown) std::rethrow_exception(thrown);
    });
    io.run();
}

// A twin of an example, and a client that signs.
class Rehearsal {
public:
    explicit Rehearsal(const std::string& example, const std::vector<cloud::TextEdit>& edits = {}) {
        auto world = cloud::example_world(example, edits);
        if (!world) {
            ADD_FAILURE() << cloud::all_texts(world.error());
            return;
        }
        auto place = cloud::find_place(**world, "sample-city");
        twin_ = std::make_unique<Twin>(*world, *place, Twin::Outside{clock, timer_});
    }

    Twin& twin() { return *twin_; }

    http::Response ask(Service service, http::Incoming request) {
        std::optional<http::Response> out;
        run(keep(twin_->handler(service).handle(std::move(request)), &out));
        return std::move(*out);
    }

    static std::string body_of(http::Response response) {
        std::optional<Expected<std::string, http::NetError>> out;
        run(keep_body(std::move(response.body), &out));
        return *out ? **out : "(broken off)";
    }

    http::Response post(
        Service service,
        std::string target,
        std::string body,
        const aws::Credentials& credentials
    ) {
        http::Incoming request{"POST", std::move(target), {}, std::move(body)};
        request.headers.add("host", std::string(name(service)) + ".ap-northeast-1.amazonaws.com");
        if (!credentials.session_token.empty()) {
            request.headers.add("x-amz-security-token", credentials.session_token.reveal());
        }
        std::vector<std::pair<std::string_view, std::string_view>> views;
        for (const auto& field : request.headers.fields()) {
            views.emplace_back(field.name, field.value);
        }
        aws::Signer signer({"ap-northeast-1", service == Service::Sts ? "sts" : "bedrock"});
        aws::RequestView view{request.method, request.target, "", views, request.body};
        const auto signature = signer.sign(view, credentials, clock.now());
        request.headers.add("x-amz-date", signature.date);
        request.headers.add("authorization", signature.authorization);
        return ask(service, std::move(request));
    }

    // As an instance gets them: a token, the role's name, the credentials.
    aws::Credentials instance_credentials() {
        http::Incoming put{"PUT", "/latest/api/token"};
        put.headers.add("X-aws-ec2-metadata-token-ttl-seconds", "21600");
        const std::string token = body_of(ask(Service::Imds, std::move(put)));
        const std::string base = "/latest/meta-data/iam/security-credentials/";
        const std::string role = body_of(ask(Service::Imds, metadata_request(base, token)));
        const auto read =
            json::parse(body_of(ask(Service::Imds, metadata_request(base + role, token))));
        if (!read) return {};
        return {
            std::string(*json::find_string(*read, "AccessKeyId")),
            SecretString(std::string(*json::find_string(*read, "SecretAccessKey"))),
            SecretString(std::string(*json::find_string(*read, "Token")))};
    }

    static http::Incoming metadata_request(std::string target, const std::string& token) {
        http::Incoming get{"GET", std::move(target)};
        get.headers.add("X-aws-ec2-metadata-token", token);
        return get;
    }

    http::Response assume_role(const aws::AssumeRoleRequest& request) {
        return post(Service::Sts, "/", aws::encode(request), instance_credentials());
    }

    aws::Credentials operator_credentials() {
        const auto response =
            aws::decode_assume_role_response(body_of(assume_role(crossing_request())));
        if (response) return response->credentials;
        ADD_FAILURE() << "AssumeRole was refused";
        return {};
    }

    static aws::AssumeRoleRequest crossing_request() {
        aws::AssumeRoleRequest request;
        request.role_arn = kOperatorRole;
        request.role_session_name = "kakehashi-host";
        request.external_id = "f3b60f3a1c7e4c0d9a52d8e17b4496ce";
        return request;
    }

    ManualClock clock{kNow};

private:
    NoTimer timer_;
    std::unique_ptr<Twin> twin_;
};

TEST(Twin, LetsTheCrossingPass) {
    Rehearsal rehearsal("fenced");
    const aws::Credentials credentials = rehearsal.operator_credentials();
    EXPECT_TRUE(credentials.access_key_id.starts_with("ASIA"));
    http::Response response =
        rehearsal.post(Service::BedrockRuntime, kJpConverse, kHello, credentials);
    EXPECT_EQ(response.status, 200);
    const auto body = json::parse(Rehearsal::body_of(std::move(response)));
    ASSERT_TRUE(body);
    EXPECT_EQ(json::find_string(*body, "stopReason"), "end_turn");
    EXPECT_NE(json::serialize(*body).find("こんにちは"), std::string::npos);
    const auto events = rehearsal.twin().events();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_NE(events[0].find("\"eventName\":\"AssumeRole\""), std::string::npos);
    EXPECT_NE(events[1].find("\"inferenceRegion\":\"ap-northeast-1\""), std::string::npos);
    EXPECT_NE(events[1].find("\"vpcEndpointId\":\"vpce-"), std::string::npos);
}

TEST(Twin, StreamsWholeFrames) {
    Rehearsal rehearsal("fenced");
    http::Response response = rehearsal.post(
        Service::BedrockRuntime,
        std::string(kJpConverse) + "-stream",
        kHello,
        rehearsal.operator_credentials()
    );
    ASSERT_EQ(response.status, 200);
    aws::EventStreamDecoder decoder;
    decoder.feed(Rehearsal::body_of(std::move(response)));
    std::vector<std::string> types;
    while (true) {
        auto message = decoder.next();
        ASSERT_TRUE(message);
        if (!*message) break;
        types.emplace_back((*message)->find(":event-type").value_or("?"));
    }
    EXPECT_TRUE(decoder.at_boundary());
    ASSERT_GE(types.size(), 5U);
    EXPECT_EQ(types.front(), "messageStart");
    EXPECT_EQ(types[types.size() - 2], "messageStop");
    EXPECT_EQ(types.back(), "metadata");
}

TEST(Twin, SaysNothingTwiceInADifferentWay) {
    const auto transcript = [] {
        Rehearsal rehearsal("fenced");
        std::string out = Rehearsal::body_of(rehearsal.post(
            Service::BedrockRuntime, kJpConverse, kHello, rehearsal.operator_credentials()
        ));
        for (const std::string& event : rehearsal.twin().events()) {
            out += event;
        }
        return out;
    };
    EXPECT_EQ(transcript(), transcript());
}

TEST(Twin, RefusesEachWrongSignature) {
    Rehearsal rehearsal("fenced");
    const aws::Credentials good = rehearsal.operator_credentials();
    struct Row {
        const char* code;
        aws::Credentials credentials;
    };
    const Row rows[] = {
        {"UnrecognizedClientException",
         {"ASIAUNKNOWNUNKNOWN00", good.secret_access_key, good.session_token}},
        {"UnrecognizedClientException",
         {good.access_key_id, good.secret_access_key, SecretString(std::string("other"))}},
        {"UnrecognizedClientException", {good.access_key_id, good.secret_access_key, {}}},
        {"InvalidSignatureException",
         {good.access_key_id, SecretString(std::string("other")), good.session_token}},
    };
    for (const auto& [code, credentials] : rows) {
        const auto response =
            rehearsal.post(Service::BedrockRuntime, kJpConverse, kHello, credentials);
        EXPECT_EQ(response.status, 403);
        EXPECT_TRUE(response.headers.find("x-amzn-ErrorType")->starts_with(code)) << code;
    }
}

TEST(Twin, ExpiresCredentialsByAccountTimeAlone) {
    Rehearsal rehearsal("fenced");
    const aws::Credentials credentials = rehearsal.operator_credentials();
    rehearsal.twin().advance(59min);
    EXPECT_EQ(
        rehearsal.post(Service::BedrockRuntime, kJpConverse, kHello, credentials).status, 200
    );
    rehearsal.twin().advance(2min);
    const auto late = rehearsal.post(Service::BedrockRuntime, kJpConverse, kHello, credentials);
    EXPECT_EQ(late.status, 403);
    EXPECT_TRUE(late.headers.find("x-amzn-ErrorType")->starts_with("ExpiredTokenException"));
}

TEST(Twin, JudgesSkewBySigningTime) {
    Rehearsal rehearsal("fenced");
    const aws::Credentials credentials = rehearsal.instance_credentials();
    const auto who = aws::encode(aws::GetCallerIdentityRequest{});
    EXPECT_EQ(rehearsal.post(Service::Sts, "/", who, credentials).status, 200);
    http::Incoming late{"POST", "/", {}, who};
    // Signed twenty minutes ago, sent now.
    rehearsal.clock.advance(-20min);
    late.headers.add("host", "sts.ap-northeast-1.amazonaws.com");
    late.headers.add("x-amz-security-token", credentials.session_token.reveal());
    std::vector<std::pair<std::string_view, std::string_view>> views;
    for (const auto& field : late.headers.fields()) {
        views.emplace_back(field.name, field.value);
    }
    aws::Signer old({"ap-northeast-1", "sts"});
    const auto signature =
        old.sign({"POST", "/", "", views, late.body}, credentials, rehearsal.clock.now());
    late.headers.add("x-amz-date", signature.date);
    late.headers.add("authorization", signature.authorization);
    rehearsal.clock.advance(20min);
    http::Response response = rehearsal.ask(Service::Sts, std::move(late));
    EXPECT_EQ(response.status, 403);
    EXPECT_NE(
        Rehearsal::body_of(std::move(response))
            .find("Signature expired: 20261124T081337Z is now earlier than 20261124T081837Z "
                  "(20261124T083337Z - 15 min.)"),
        std::string::npos
    );
}

TEST(Twin, CapsChainedSessionsAtAnHour) {
    Rehearsal rehearsal("fenced");
    auto request = Rehearsal::crossing_request();
    request.duration = 7200s;
    http::Response response = rehearsal.assume_role(request);
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(
        Rehearsal::body_of(std::move(response)).find("exceeds the 1 hour session limit"),
        std::string::npos
    );
}

TEST(Twin, ClosesTheGatesOfTheAccount) {
    struct Row {
        cloud::TextEdit edit;
        int status;
        const char* begins;
    };
    const std::string subscribed = "subscriptions = [\"anthropic.claude-haiku-4-5-20251001-v1:0\"]";
    const Row rows[] = {
        {{"kakehashi.toml", "\"approved\"", "\"missing\""}, 404, "Model use case details have not"},
        {{"kakehashi.toml", subscribed, "subscriptions = []"},
         403,
         "Model access is denied due to IAM"},
        {{"kakehashi.toml", subscribed, subscribed + "\nrequests_per_minute = 0"},
         429,
         "Too many requests"},
    };
    for (const auto& [edit, status, begins] : rows) {
        Rehearsal rehearsal("fenced", {edit});
        http::Response response = rehearsal.post(
            Service::BedrockRuntime, kJpConverse, kHello, rehearsal.operator_credentials()
        );
        EXPECT_EQ(response.status, status) << edit.to;
        EXPECT_NE(Rehearsal::body_of(std::move(response)).find(begins), std::string::npos);
    }
}

TEST(Twin, PlaysTheScript) {
    const std::string replies = R"(
[[twin.reply]]
match = { prompt = "こんにちは" }
error = "ThrottlingException"
error_at_event = 3
[[twin.reply]]
match = { prompt = "cut" }
text = "a long answer"
cut_at_byte = 150
[twin.operator])";
    Rehearsal rehearsal("fenced", {{"kakehashi.toml", "\n[twin.operator]", replies}});
    const std::string stream = std::string(kJpConverse) + "-stream";
    const auto credentials = rehearsal.operator_credentials();
    const std::string inside =
        Rehearsal::body_of(rehearsal.post(Service::BedrockRuntime, stream, kHello, credentials));
    EXPECT_NE(inside.find("throttlingException"), std::string::npos);
    EXPECT_EQ(
        rehearsal.post(Service::BedrockRuntime, kJpConverse, kHello, credentials).status, 429
    );
    const std::string cut = R"({"messages":[{"role":"user","content":[{"text":"cut"}]}]})";
    EXPECT_EQ(
        Rehearsal::body_of(rehearsal.post(Service::BedrockRuntime, stream, cut, credentials)),
        "(broken off)"
    );
}

TEST(Twin, ExplainsTheLastRefusal) {
    Rehearsal rehearsal("fenced");
    EXPECT_NE(
        rehearsal.twin().explain(std::nullopt, Language::English)->find("`bedrock`"),
        std::string::npos
    );
    const auto response = rehearsal.post(
        Service::BedrockRuntime,
        "/model/global.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse",
        kHello,
        rehearsal.operator_credentials()
    );
    EXPECT_EQ(response.status, 403);
    const auto page = rehearsal.twin().explain(std::nullopt, Language::English);
    ASSERT_TRUE(page);
    EXPECT_NE(page->find("NothingOutsideJapan"), std::string::npos) << *page;
    EXPECT_NE(page->find("operator.yaml:"), std::string::npos) << *page;
    EXPECT_FALSE(rehearsal.twin().explain("no-such-request", Language::English));
}

TEST(Imds, WantsATokenAndKeepsItsTime) {
    Rehearsal rehearsal("fenced");
    const std::string base = "/latest/meta-data/iam/security-credentials/";
    EXPECT_EQ(rehearsal.ask(Service::Imds, {"GET", base}).status, 401);
    EXPECT_EQ(rehearsal.ask(Service::Imds, Rehearsal::metadata_request(base, "wrong")).status, 401);
    for (const char* ttl : {"", "0", "21601", "x"}) {
        http::Incoming put{"PUT", "/latest/api/token"};
        put.headers.add("X-aws-ec2-metadata-token-ttl-seconds", ttl);
        EXPECT_EQ(rehearsal.ask(Service::Imds, std::move(put)).status, 400) << ttl;
    }
    http::Incoming forwarded{"PUT", "/latest/api/token"};
    forwarded.headers.add("X-aws-ec2-metadata-token-ttl-seconds", "60");
    forwarded.headers.add("X-Forwarded-For", "10.0.0.1");
    EXPECT_EQ(rehearsal.ask(Service::Imds, std::move(forwarded)).status, 403);
    http::Incoming put{"PUT", "/latest/api/token"};
    put.headers.add("X-aws-ec2-metadata-token-ttl-seconds", "60");
    const std::string token = Rehearsal::body_of(rehearsal.ask(Service::Imds, std::move(put)));
    EXPECT_EQ(rehearsal.ask(Service::Imds, Rehearsal::metadata_request(base, token)).status, 200);
    rehearsal.twin().advance(61s);
    EXPECT_EQ(rehearsal.ask(Service::Imds, Rehearsal::metadata_request(base, token)).status, 401);
}

TEST(Imds, GivesNothingToAnInstanceWhoseRoleDoesNotTrustIt) {
    Rehearsal rehearsal(
        "fenced",
        {{"municipality.yaml", "Service: ec2.amazonaws.com", "Service: ecs.amazonaws.com"}}
    );
    EXPECT_TRUE(rehearsal.instance_credentials().access_key_id.empty());
}

}  // namespace
}  // namespace kakehashi::twin

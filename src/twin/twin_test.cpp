#include "twin/twin.h"

#include "aws/event_stream.h"
#include "aws/sigv4.h"
#include "aws/sts_messages.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/json.h"
#include "cloud/example_world.h"
#include "finding/finding.h"
#include "twin/credential_store.h"
#include "twin/event_frames.h"
#include "twin/model_script.h"
#include "twin/standpoint.h"
#include "twin/state.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <exception>
#include <set>

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

    // `from`: nullptr for the first standpoint.
    http::Response ask(Service service, http::Incoming request, const Standpoint* from = nullptr) {
        std::optional<http::Response> out;
        http::Handler& handler = twin_->handler(service, from ? *from : twin_->first_standpoint());
        run(keep(handler.handle(std::move(request)), &out));
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
        const aws::Credentials& credentials,
        const std::string& host = "",
        const Standpoint* from = nullptr
    ) {
        http::Incoming request{"POST", std::move(target), {}, std::move(body)};
        const std::string own = std::string(name(service)) + ".ap-northeast-1.amazonaws.com";
        request.headers.add("host", host.empty() ? own : host);
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
        return ask(service, std::move(request), from);
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

TEST(Twin, HasTheSameAccountsFromEveryPlace) {
    Rehearsal rehearsal("fenced");
    Twin& twin = rehearsal.twin();
    const Standpoint& outside = twin.stand_at({});
    EXPECT_EQ(&outside, &twin.stand_at({}));
    EXPECT_NE(&outside, &twin.first_standpoint());
    const aws::Credentials credentials = rehearsal.operator_credentials();
    http::Response response =
        rehearsal.post(Service::BedrockRuntime, kJpConverse, kHello, credentials, "", &outside);
    EXPECT_EQ(response.status, 200);  // what STS gave out inside is known outside
    const auto events = twin.events();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_NE(events[0].find("\"vpcEndpointId\":\"vpce-"), std::string::npos);
    EXPECT_EQ(events[1].find("\"vpcEndpointId\""), std::string::npos);
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
        const char* code = "";
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
        EXPECT_TRUE(response.headers.find("x-amzn-ErrorType").value_or("").starts_with(code))
            << code;
    }
}

// A signature over the body that was sent, beside a digest of another one.
TEST(Twin, RefusesABodyThatIsNotTheOneOfItsDigest) {
    Rehearsal rehearsal("fenced");
    const aws::Credentials credentials = rehearsal.instance_credentials();
    for (const bool right : {true, false}) {
        http::Incoming request{"POST", "/", {}, aws::encode(aws::GetCallerIdentityRequest{})};
        request.headers.add("host", "sts.ap-northeast-1.amazonaws.com");
        request.headers.add("x-amz-security-token", credentials.session_token.reveal());
        const std::string digest = sha256_hex(right ? request.body : "another");
        request.headers.add("x-amz-content-sha256", digest);
        std::vector<std::pair<std::string_view, std::string_view>> views;
        for (const auto& field : request.headers.fields()) {
            views.emplace_back(field.name, field.value);
        }
        aws::Signer signer({"ap-northeast-1", "sts"});
        const auto signature =
            signer.sign({"POST", "/", "", views, request.body}, credentials, rehearsal.clock.now());
        request.headers.add("x-amz-date", signature.date);
        request.headers.add("authorization", signature.authorization);
        EXPECT_EQ(rehearsal.ask(Service::Sts, std::move(request)).status, right ? 200 : 403);
    }
}

TEST(Twin, KeepsLegacyModelsFromWhoDoesNotUseThem) {
    constexpr const char* kLegacy = "anthropic.claude-3-5-sonnet-20240620-v1:0";
    Rehearsal rehearsal(
        "article",
        {{"kakehashi.toml",
          "subscriptions = [",
          std::string("subscriptions = [\"") + kLegacy + "\", "}}
    );
    auto request = Rehearsal::crossing_request();
    request.role_arn = "arn:aws:iam::222222222222:role/bedrock-operator";
    const auto assumed =
        aws::decode_assume_role_response(Rehearsal::body_of(rehearsal.assume_role(request)));
    ASSERT_TRUE(assumed);
    const std::string target = std::string("/model/") + kLegacy + "/converse";
    http::Response response =
        rehearsal.post(Service::BedrockRuntime, target, kHello, assumed->credentials);
    EXPECT_EQ(response.status, 404);
    EXPECT_NE(Rehearsal::body_of(std::move(response)).find("Legacy"), std::string::npos);
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
    EXPECT_TRUE(
        late.headers.find("x-amzn-ErrorType").value_or("").starts_with("ExpiredTokenException")
    );
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

// The times of the signature, its Region and its service, each by itself.
TEST(Twin, JudgesEachPartOfACredentialScope) {
    Rehearsal rehearsal("fenced");
    const aws::Credentials credentials = rehearsal.instance_credentials();
    const auto who = aws::encode(aws::GetCallerIdentityRequest{});
    struct Row {
        std::chrono::minutes ahead;
        const char *region, *service, *said;
    };
    const Row rows[] = {
        {0min, "ap-northeast-1", "sts", "<Arn>"},
        {15min, "ap-northeast-1", "sts", "<Arn>"},
        {20min, "ap-northeast-1", "sts", "Signature not yet current"},
        {-20min, "ap-northeast-1", "sts", "Signature expired"},
        {0min, "us-east-1", "sts", "Credential should be scoped to a valid region."},
        {0min, "ap-northeast-1", "s3", "Credential should be scoped to correct service: 'sts'."},
    };
    for (const auto& [ahead, region, service, said] : rows) {
        http::Incoming request{"POST", "/", {}, who};
        request.headers.add("host", "sts.ap-northeast-1.amazonaws.com");
        request.headers.add("x-amz-security-token", credentials.session_token.reveal());
        std::vector<std::pair<std::string_view, std::string_view>> views;
        for (const auto& field : request.headers.fields()) {
            views.emplace_back(field.name, field.value);
        }
        aws::Signer signer({region, service});
        const auto signature = signer.sign(
            {"POST", "/", "", views, request.body}, credentials, rehearsal.clock.now() + ahead
        );
        request.headers.add("x-amz-date", signature.date);
        request.headers.add("authorization", signature.authorization);
        const std::string body =
            Rehearsal::body_of(rehearsal.ask(Service::Sts, std::move(request)));
        EXPECT_NE(body.find(said), std::string::npos) << said << "\n" << body;
    }
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
        int status = 0;
        const char* begins = "";
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
    EXPECT_EQ(rehearsal.twin().explain(std::nullopt, Language::English), std::nullopt);
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

// The shape of docs/twin.md, for programs: what they apply, and whether the request then passes.
TEST(Twin, ExplainsAsData) {
    Rehearsal rehearsal(
        "fenced",
        {{"operator.yaml", "- bedrock:InvokeModelWithResponseStream", "- bedrock:CountTokens"}}
    );
    EXPECT_EQ(rehearsal.twin().explain_as_json(std::nullopt, Language::English), std::nullopt);
    const auto credentials = rehearsal.operator_credentials();
    rehearsal.post(
        Service::BedrockRuntime, std::string(kJpConverse) + "-stream", kHello, credentials
    );
    const auto explained = rehearsal.twin().explain_as_json(std::nullopt, Language::English);
    ASSERT_TRUE(explained);
    const json::value object = *json::parse(*explained);
    EXPECT_EQ(json::find_string(object, "finding"), "streaming-denied");
    EXPECT_EQ(json::find_string(object, "event"), "ConverseStream");
    EXPECT_EQ(object.at("proven"), true);
    EXPECT_TRUE(object.at("outside").as_array().empty());
    EXPECT_FALSE(object.at("obstacles").as_array().empty());
    for (const char* text : {"request_id", "message", "cause"}) {
        EXPECT_FALSE(json::find_string(object, text).value_or("").empty()) << text;
    }
    EXPECT_EQ(json::find_string(object, "cause")->find('\n'), std::string_view::npos);
    const json::value& statement = object.at("statements").as_array().at(0);
    for (const char* key :
         {"effect", "type", "policy", "sid", "file", "line", "action", "resource"}) {
        EXPECT_NE(json::find(statement, key), nullptr) << key;
    }
    const json::array& edits = object.at("edits").as_array();
    ASSERT_EQ(edits.size(), 1U) << *explained;
    for (const char* key : {"what", "file", "line"}) {
        EXPECT_NE(json::find(edits[0], key), nullptr) << key;
    }
    const json::value& change = edits[0].at("changes").as_array().at(0);
    EXPECT_EQ(json::find_string(change, "of"), "file");
    EXPECT_EQ(json::find_string(change, "operation"), "append");
    EXPECT_EQ(json::find_string(change, "file"), "operator.yaml");
    EXPECT_TRUE(json::find_string(change, "path")->starts_with("Resources.OperatorRole."));

    const json::value silent =
        *json::parse(*rehearsal.twin().explain_as_json("s3", Language::Japanese));
    EXPECT_EQ(json::find_string(silent, "service"), "s3");
    EXPECT_EQ(silent.at("proven"), true);
    EXPECT_FALSE(silent.at("edits").as_array().empty());
    EXPECT_FALSE(rehearsal.twin().explain_as_json("no-such-request", Language::English));
}

// Whoever has only profiles that leave Japan is not told to use one of them.
TEST(Twin, ProposesAProfileThatStaysInside) {
    Rehearsal rehearsal("fenced", {{"kakehashi.toml", "[\"jp.anthropic", "[\"global.anthropic"}});
    rehearsal.post(
        Service::BedrockRuntime,
        "/model/global.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse",
        kHello,
        rehearsal.operator_credentials()
    );
    const std::string page = rehearsal.twin().explain(std::nullopt, Language::English).value_or("");
    EXPECT_TRUE(page.starts_with("this refusal is right")) << page;
    EXPECT_NE(page.find("`jp.anthropic.claude-haiku-4-5"), page.npos) << page;
    EXPECT_EQ(page.find("  global."), page.npos) << page;
}

std::string code_of(const http::Response& response) {
    const auto type = response.headers.find("x-amzn-ErrorType");
    return std::string(type ? type->substr(0, type->find(':')) : "");
}

TEST(Twin, TakesTheNamesOfItsServiceAndNoOther) {
    Rehearsal rehearsal("fenced");
    const auto credentials = rehearsal.operator_credentials();
    const auto ask = [&](const std::string& host) {
        return rehearsal.post(Service::BedrockRuntime, kJpConverse, kHello, credentials, host)
            .status;
    };
    for (const char* host :
         {"127.0.0.1:8443",
          "localhost",
          "bedrock-runtime.ap-northeast-1.amazonaws.com:443",
          "Bedrock-Runtime.ap-northeast-1.amazonaws.com",
          "bedrock-runtime-fips.ap-northeast-1.amazonaws.com",
          "bedrock-runtime.ap-northeast-1.api.aws",
          "vpce-0a-1b.bedrock-runtime.ap-northeast-1.vpce.amazonaws.com"}) {
        EXPECT_EQ(ask(host), 200) << host;
    }
    for (const char* host :
         {"bedrock.ap-northeast-1.amazonaws.com",
          "sts.ap-northeast-1.amazonaws.com",
          "bedrock-runtime.us-east-1.amazonaws.com",
          "x.amazonaws.com",
          "vpce-0a-1b.sts.ap-northeast-1.vpce.amazonaws.com"}) {
        EXPECT_EQ(ask(host), 421) << host;
    }
}

TEST(Twin, AnswersAsItsSwitchesSay) {
    const auto with = [](const std::string& line, std::vector<cloud::TextEdit> edits = {}) {
        edits.push_back({"kakehashi.toml", "seed = 1", "seed = 1\n" + line});
        return edits;
    };
    const auto status = [](const std::vector<cloud::TextEdit>& edits, auto ask) {
        Rehearsal rehearsal("fenced", edits);
        return static_cast<http::Response>(ask(rehearsal)).status;
    };
    const auto broken_global = [](Rehearsal& rehearsal) {
        return rehearsal.post(
            Service::BedrockRuntime,
            "/model/global.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse",
            "[]",
            rehearsal.operator_credentials()
        );
    };
    EXPECT_EQ(status({}, broken_global), 403);
    EXPECT_EQ(status(with("validation_order = \"before-authorization\""), broken_global), 400);

    const std::vector<cloud::TextEdit> no_access = {
        {"kakehashi.toml", "\"approved\"", "\"missing\""},
        {"kakehashi.toml", "subscriptions = [\"anthropic", "subscriptions = [\"none.anthropic"}};
    const auto converse = [](Rehearsal& rehearsal) {
        return rehearsal.post(
            Service::BedrockRuntime, kJpConverse, kHello, rehearsal.operator_credentials()
        );
    };
    EXPECT_EQ(status(no_access, converse), 404);
    EXPECT_EQ(status(with("gate_order = \"marketplace-first\"", no_access), converse), 403);

    const auto foreign = [](Rehearsal& rehearsal) {
        return rehearsal.post(
            Service::BedrockRuntime,
            "/model/arn%3Aaws%3Abedrock%3Aap-northeast-1%3A111111111111%3Ainference-profile%2F"
            "jp.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse",
            kHello,
            rehearsal.operator_credentials()
        );
    };
    EXPECT_EQ(status({}, foreign), 403);
    EXPECT_EQ(status(with("foreign_profile_arn = \"validation\""), foreign), 400);
    EXPECT_EQ(status(with("foreign_profile_arn = \"not-found\""), foreign), 404);

    const auto forged = [](Rehearsal& rehearsal) {
        auto credentials = rehearsal.operator_credentials();
        credentials.secret_access_key = SecretString(std::string("other"));
        return rehearsal.post(Service::BedrockRuntime, kJpConverse, kHello, credentials);
    };
    EXPECT_EQ(status({}, forged), 403);
    EXPECT_EQ(status(with("invalid_signature_status = 400"), forged), 400);

    const cloud::TextEdit no_profile{
        "municipality.yaml", "IamInstanceProfile:", "# IamInstanceProfile:"};
    const auto metadata = [](Rehearsal& rehearsal) {
        http::Incoming put{"PUT", "/latest/api/token"};
        put.headers.add("X-aws-ec2-metadata-token-ttl-seconds", "60");
        const std::string token = Rehearsal::body_of(rehearsal.ask(Service::Imds, std::move(put)));
        return rehearsal.ask(
            Service::Imds,
            Rehearsal::metadata_request("/latest/meta-data/iam/security-credentials/", token)
        );
    };
    EXPECT_EQ(status({no_profile}, metadata), 404);
    EXPECT_EQ(status(with("imds_no_profile_status = 500", {no_profile}), metadata), 500);

    const cloud::TextEdit closed{
        "municipality.yaml", "sts:GetCallerIdentity", "sts:GetFederationToken"};
    const auto who = [](Rehearsal& rehearsal) {
        return rehearsal.post(
            Service::Sts,
            "/",
            aws::encode(aws::GetCallerIdentityRequest{}),
            rehearsal.instance_credentials()
        );
    };
    EXPECT_EQ(status({closed}, who), 403);
    EXPECT_EQ(status(with("caller_identity_endpoint_policy = \"ignores\"", {closed}), who), 200);

    const auto six_minutes_old = [](Rehearsal& rehearsal) {
        const auto credentials = rehearsal.operator_credentials();
        http::Incoming request{"POST", kJpConverse, {}, kHello};
        const std::pair<std::string_view, std::string_view> host[] = {{"host", "127.0.0.1"}};
        aws::Signer signer({"ap-northeast-1", "bedrock"});
        std::vector<std::pair<std::string_view, std::string_view>> headers(
            std::begin(host), std::end(host)
        );
        headers.emplace_back("x-amz-security-token", credentials.session_token.reveal());
        const auto made = signer.sign(
            {request.method, request.target, "", headers, request.body},
            credentials,
            rehearsal.clock.now() - 6min
        );
        for (const auto& [key, value] : headers) {
            request.headers.add(std::string(key), std::string(value));
        }
        request.headers.add("x-amz-date", made.date);
        request.headers.add("authorization", made.authorization);
        return rehearsal.ask(Service::BedrockRuntime, std::move(request));
    };
    EXPECT_EQ(status({}, six_minutes_old), 403);
    EXPECT_EQ(status(with("bedrock_signature_window = 900"), six_minutes_old), 200);
}

TEST(Twin, RefusesBedrockApiKeysClearly) {
    Rehearsal rehearsal("fenced");
    http::Incoming request{"POST", kJpConverse, {}, kHello};
    request.headers.add("host", "127.0.0.1");
    request.headers.add("authorization", "Bearer bedrock-api-key-abc");
    http::Response response = rehearsal.ask(Service::BedrockRuntime, std::move(request));
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(code_of(response), "AccessDeniedException");
    EXPECT_NE(
        Rehearsal::body_of(std::move(response)).find("make sure your API Key is valid"),
        std::string::npos
    );
}

TEST(Sts, TakesAPresignedGetAndNothingElsePresigned) {
    Rehearsal rehearsal("fenced");
    const auto credentials = rehearsal.instance_credentials();
    const std::pair<std::string_view, std::string_view> headers[] = {
        {"host", "sts.ap-northeast-1.amazonaws.com"}};
    const auto ask = [&](const char* signed_method, const char* sent_method) {
        const aws::RequestView view{
            signed_method, "/", "Action=GetCallerIdentity&Version=2011-06-15", headers, ""};
        const std::string query = aws::presigned_query(
            view, {"ap-northeast-1", "sts"}, credentials, rehearsal.clock.now(), 60s
        );
        http::Incoming request{sent_method, "/?" + query};
        request.headers.add("host", "sts.ap-northeast-1.amazonaws.com");
        return rehearsal.ask(Service::Sts, std::move(request)).status;
    };
    EXPECT_EQ(ask("GET", "GET"), 200);
    EXPECT_EQ(ask("POST", "GET"), 403);
    EXPECT_EQ(ask("PUT", "PUT"), 400);  // a method that STS does not know
    rehearsal.clock.advance(0s);
}

TEST(Sts, SaysWhatIsWrongWithTheRequest) {
    Rehearsal rehearsal(
        "fenced",
        {{"kakehashi.toml",
          "\n[twin.operator]",
          "\n[[twin.credential]]\naccess_key_id = \"AKIAROOTROOTROOTROOT\"\nsecret_access_key = "
          "\"s\"\nprincipal = \"arn:aws:iam::111111111111:root\"\n[twin.operator]"},
         {"municipality.yaml",
          "\nResources:\n",
          "\nResources:\n  Narrow:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      "
          "ManagedPolicyName: narrow\n      PolicyDocument: {Version: \"2012-10-17\", Statement: "
          "[{Effect: Allow, Action: \"bedrock:InvokeModel\", Resource: \"*\"}]}\n"}}
    );
    struct Row {
        void (*change)(aws::AssumeRoleRequest&);
        int status;
        const char* said;
    };
    const Row rows[] = {
        {[](auto& request) {
             request.tags = {{"a", "1"}, {"A", "2"}};
         },
         400,
         "Duplicate tag keys"},
        {[](auto& request) { request.transitive_tag_keys = {"a"}; },
         400,
         "must be included in the requested tags"},
        {[](auto& request) { request.token_code = SecretString(std::string("123456")); },
         403,
         "invalid MFA one time pass code"},
        {[](auto& request) { request.policy_arns = {"arn:aws:iam::222222222222:policy/none"}; },
         400,
         "does not exist"},
        // It is there, in the caller's account: a session takes policies of the role's alone.
        {[](auto& request) { request.policy_arns = {"arn:aws:iam::111111111111:policy/narrow"}; },
         400,
         "does not exist"},
        {[](auto& request) { request.policy = "{"; }, 400, "MalformedPolicyDocument"},
        {[](auto& request) { request.policy = std::string(2049, ' '); },
         400,
         "PackedPolicyTooLarge"},
    };
    for (const auto& [change, status, said] : rows) {
        auto request = Rehearsal::crossing_request();
        change(request);
        http::Response response = rehearsal.assume_role(request);
        EXPECT_EQ(response.status, status) << said;
        EXPECT_NE(Rehearsal::body_of(std::move(response)).find(said), std::string::npos) << said;
    }
    const aws::Credentials root{"AKIAROOTROOTROOTROOT", SecretString(std::string("s")), {}};
    http::Response response =
        rehearsal.post(Service::Sts, "/", aws::encode(Rehearsal::crossing_request()), root);
    EXPECT_NE(
        Rehearsal::body_of(std::move(response)).find("Roles may not be assumed by root accounts."),
        std::string::npos
    );
}

// A user is not bound by the hour of chained roles, but by what the role itself allows.
TEST(Sts, CapsAUsersSessionAtTheRolesOwnMaximum) {
    Rehearsal rehearsal(
        "fenced",
        {{"operator.yaml",
          "\nResources:\n",
          "\nResources:\n  Admin: { Type: AWS::IAM::User, Properties: { UserName: admin } }\n"},
         {"operator.yaml",
          "AWS: !Sub arn:${AWS::Partition}:iam::${MunicipalityAccount}:role/kakehashi-caller",
          "AWS: arn:aws:iam::222222222222:user/admin"},
         {"operator.yaml", "MaxSessionDuration: 3600", "MaxSessionDuration: 7200"},
         {"kakehashi.toml",
          "\n[twin.operator]",
          "\n[[twin.credential]]\naccess_key_id = \"AKIAADMINADMINADMIN0\"\nsecret_access_key = "
          "\"s\"\nprincipal = \"arn:aws:iam::222222222222:user/admin\"\n[twin.operator]"}}
    );
    const aws::Credentials admin{"AKIAADMINADMINADMIN0", SecretString(std::string("s")), {}};
    const auto status = [&](std::chrono::seconds duration) {
        auto request = Rehearsal::crossing_request();
        request.duration = duration;
        const Standpoint& outside = rehearsal.twin().stand_at({});  // no endpoint's policy
        return rehearsal.post(Service::Sts, "/", aws::encode(request), admin, "", &outside).status;
    };
    EXPECT_EQ(status(7200s), 200);
    EXPECT_EQ(status(7201s), 400);
}

// IAM User Guide, "Pass session tags in AWS STS": what a session was given it keeps.
TEST(Sts, LetsAChainChangeNeitherSourceIdentityNorTagsHandedOn) {
    const std::string all =
        R"(Action: ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"])";
    Rehearsal rehearsal(
        "fenced",
        {{"operator.yaml", "Action: sts:AssumeRole", all},
         {"municipality.yaml", "Action: sts:AssumeRole", all}}
    );
    auto first = Rehearsal::crossing_request();
    first.source_identity = "taro";
    first.tags = {{"town", "sample"}};
    first.transitive_tag_keys = {"town"};
    const auto response =
        aws::decode_assume_role_response(Rehearsal::body_of(rehearsal.assume_role(first)));
    ASSERT_TRUE(response);
    const auto said = [&](const aws::AssumeRoleRequest& request) {
        return Rehearsal::body_of(
            rehearsal.post(Service::Sts, "/", aws::encode(request), response->credentials)
        );
    };
    auto request = Rehearsal::crossing_request();
    request.source_identity = "hanako";
    EXPECT_NE(
        said(request).find("source identity of a role session cannot be changed"), std::string::npos
    );
    request = Rehearsal::crossing_request();
    request.tags = {{"Town", "other"}};
    EXPECT_NE(said(request).find("conflicts with a transitive tag key"), std::string::npos);
}

TEST(Bedrock, RefusesMoreTokensThanTheModelGives) {
    Rehearsal rehearsal("fenced");
    const auto ask = [&](const char* most) {
        const std::string body =
            R"({"messages":[{"role":"user","content":[{"text":"a"}]}],"inferenceConfig":{"maxTokens":)" +
            std::string(most) + "}}";
        return rehearsal
            .post(Service::BedrockRuntime, kJpConverse, body, rehearsal.operator_credentials())
            .status;
    };
    EXPECT_EQ(ask("64000"), 200);
    EXPECT_EQ(ask("64001"), 400);
}

TEST(Sts, NarrowsByPoliciesOfTheRolesOwnAccount) {
    const std::string policy =
        "\n  Narrow:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      ManagedPolicyName: "
        "narrow\n      PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: "
        "'s3:*', Resource: '*'}]}\n\n  # The use-case form";
    Rehearsal rehearsal("fenced", {{"operator.yaml", "\n  # The use-case form", policy}});
    auto request = Rehearsal::crossing_request();
    request.policy_arns = {"arn:aws:iam::222222222222:policy/narrow"};
    const auto assumed =
        aws::decode_assume_role_response(Rehearsal::body_of(rehearsal.assume_role(request)));
    ASSERT_TRUE(assumed);
    http::Response response =
        rehearsal.post(Service::BedrockRuntime, kJpConverse, kHello, assumed->credentials);
    EXPECT_EQ(response.status, 403);
    const std::string body = Rehearsal::body_of(std::move(response));
    EXPECT_NE(
        body.find("because no session policy allows the bedrock:InvokeModel action"),
        std::string::npos
    ) << body;
    EXPECT_TRUE(body.starts_with("{\"Message\":")) << body;  // authorisation's capital
}

TEST(Bedrock, MissesGuardrailsAndCountsTokens) {
    Rehearsal rehearsal(
        "fenced",
        {{"kakehashi.toml", "country       = ", "tokens_per_minute = 2\ncountry       = "},
         {"operator.yaml",
          "              # Bedrock asks again",
          "              - {Effect: Allow, Action: 'bedrock:ApplyGuardrail', Resource: '*'}\n      "
          "        # Bedrock asks again"},
         {"municipality.yaml",
          "          - Sid: OperatorRoleInJapan",
          "          - {Effect: Allow, Principal: '*', Action: 'bedrock:ApplyGuardrail', Resource: "
          "'*'}\n          - Sid: OperatorRoleInJapan"}}
    );
    const auto credentials = rehearsal.operator_credentials();
    const std::string guarded =
        R"({"messages":[{"role":"user","content":[{"text":"a"}]}],)"
        R"("guardrailConfig":{"guardrailIdentifier":"none","guardrailVersion":"1"}})";
    http::Response missing =
        rehearsal.post(Service::BedrockRuntime, kJpConverse, guarded, credentials);
    EXPECT_EQ(missing.status, 400);
    EXPECT_NE(
        Rehearsal::body_of(std::move(missing)).find("The guardrail identifier or version"),
        std::string::npos
    );
    http::Response many = rehearsal.post(Service::BedrockRuntime, kJpConverse, kHello, credentials);
    EXPECT_EQ(many.status, 429);
    EXPECT_NE(
        Rehearsal::body_of(std::move(many)).find("Too many tokens, please wait"), std::string::npos
    );
}

// One thing wrong each; the page of `twin explain` names the finding.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): one table, and the loop over it
TEST(Findings, AreThoseThatTheTableSaysTheTwinReports) {
    const std::string runtime = kJpConverse;
    const std::string stream = runtime + "-stream";
    enum class Ask { Assume, Converse, Stream, Imds, Explain };
    struct Row {
        const char* finding;
        std::vector<cloud::TextEdit> edits;
        Ask ask = Ask::Converse;
        void (*change)(aws::AssumeRoleRequest&) = nullptr;
        std::string target = {};
        std::chrono::seconds later = 0s;
    };
    const std::string subscribed = "subscriptions = [\"anthropic.claude-haiku-4-5-20251001-v1:0\"]";
    const auto m = [](const char* from, const char* to) {
        return cloud::TextEdit{"municipality.yaml", from, to};
    };
    const auto o = [](const char* from, const char* to) {
        return cloud::TextEdit{"operator.yaml", from, to};
    };
    const auto k = [](const std::string& from, const std::string& to) {
        return cloud::TextEdit{"kakehashi.toml", from, to};
    };
    const cloud::TextEdit at_c =
        m("SubnetIds: [!Ref PrivateSubnetA, !Ref PrivateSubnetC]",
          "SubnetIds: [!Ref PrivateSubnetC]");
    const std::vector<Row> rows = {
        {"profile-unknown", {}, Ask::Converse, nullptr, "/model/jp.none/converse"},
        {"wrong-source-region",
         {},
         Ask::Converse,
         nullptr,
         "/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse"},
        {"region-deny-blocks-destination",
         {k("seed = 1", "seed = 2"), o("- ap-northeast-3\n", "- us-east-1\n")}},
        {"operator-may-not-invoke", {o("inference-profile/", "inference-profile/no-")}},
        {"destination-missing",
         {k("seed = 1", "seed = 2"), o("bedrock:ap-northeast-3::", "bedrock:ap-northeast-2::")}},
        {"endpoint-policy-blocks", {m("- bedrock:InvokeModel\n", "- bedrock:CountTokens\n")}},
        {"streaming-denied",
         {o("- bedrock:InvokeModelWithResponseStream", "- bedrock:CountTokens")},
         Ask::Stream},
        {"caller-may-not-assume",
         {m("role/kakehashi-operator-sample-city\n      Tags", "role/other\n      Tags")},
         Ask::Assume},
        {"trust-does-not-name-caller", {o("role/kakehashi-caller", "role/other")}, Ask::Assume},
        {"external-id-differs",
         {},
         Ask::Assume,
         [](auto& request) { request.external_id = "wrong"; }},
        {"session-name-refused",
         {},
         Ask::Assume,
         [](auto& request) { request.role_session_name = "wrong"; }},
        {"tag-session-missing",
         {m("Action: sts:AssumeRole\n            Resource", "Action: sts:*\n            Resource")},
         Ask::Assume,
         [](auto& request) {
             request.tags = {{"a", "b"}};
         }},
        {"chained-duration", {}, Ask::Assume, [](auto& request) { request.duration = 7200s; }},
        {"form-missing", {k("\"approved\"", "\"missing\"")}},
        {"marketplace-missing", {k(subscribed, "subscriptions = []")}},
        {"country-refused", {k("\"JP\"", "\"KP\"")}},
        {"quota-exceeded", {k(subscribed, subscribed + "\nrequests_per_minute = 0")}},
        {"throttled",
         {k("\n[twin.operator]",
            "\n[[twin.reply]]\nerror = \"ThrottlingException\"\n[twin.operator]")}},
        {"credentials-expired", {}, Ask::Converse, nullptr, "", 2h},
        {"no-instance-profile", {m("IamInstanceProfile:", "# IamInstanceProfile:")}, Ask::Imds},
        {"imds-unreachable", {m("HttpEndpoint: enabled", "HttpEndpoint: disabled")}, Ask::Imds},
        {"no-sts-endpoint", {m("${AWS::Region}.sts", "${AWS::Region}.logs")}, Ask::Explain},
        {"no-bedrock-endpoint",
         {m("${AWS::Region}.bedrock-runtime", "${AWS::Region}.logs")},
         Ask::Explain},
        {"private-dns-off",
         {m("PrivateDnsEnabled: true", "PrivateDnsEnabled: false")},
         Ask::Explain},
        {"vpc-dns-off", {m("EnableDnsSupport: true", "EnableDnsSupport: false")}, Ask::Explain},
        {"endpoint-not-in-az",
         {m("      SubnetIds: [!Ref PrivateSubnetA, !Ref PrivateSubnetC]\n", "")},
         Ask::Explain},
        {"security-group-closed",
         {m("SourceSecurityGroupId: !GetAtt WorkloadSecurityGroup.GroupId",
            "CidrIp: 192.0.2.0/24")},
         Ask::Explain},
        {"nacl-closed",
         {at_c,
          m("\n  PrivateRouteTable:",
            "\n  Acl:\n    Type: AWS::EC2::NetworkAcl\n    Properties: {VpcId: !Ref Vpc}\n  "
            "AclOnA:\n"
            "    Type: AWS::EC2::SubnetNetworkAclAssociation\n    Properties: {SubnetId: !Ref "
            "PrivateSubnetA, NetworkAclId: !Ref Acl}\n  PrivateRouteTable:")},
         Ask::Explain},
    };
    // Each by a test of its own: they need a request that no table here makes.
    std::set<std::string> seen = {
        "model-legacy",
        "clock-wrong",
        "credentials-missing",
        "sts-global-endpoint",
        "imds-hop-limit"};
    for (const Row& row : rows) {
        Rehearsal rehearsal("fenced", row.edits);
        if (row.ask == Ask::Imds) rehearsal.instance_credentials();
        if (row.ask == Ask::Assume) {
            auto request = Rehearsal::crossing_request();
            if (row.change) row.change(request);
            rehearsal.assume_role(request);
        }
        if (row.ask == Ask::Converse || row.ask == Ask::Stream) {
            const auto credentials = rehearsal.operator_credentials();
            rehearsal.twin().advance(row.later);
            std::string target = row.ask == Ask::Stream ? stream : runtime;
            if (!row.target.empty()) target = row.target;
            rehearsal.post(Service::BedrockRuntime, target, kHello, credentials);
        }
        std::string page;
        if (row.ask != Ask::Explain) {
            page = rehearsal.twin().explain(std::nullopt, Language::English).value_or("");
        }
        for (Service service : kServices) {
            if (row.ask == Ask::Explain) {
                page += *rehearsal.twin().explain(name(service), Language::English);
            }
        }
        EXPECT_TRUE(row.ask == Ask::Explain || page.starts_with("cause: ")) << page;
        EXPECT_NE(page.find("[" + std::string(row.finding) + "]"), std::string::npos)
            << row.finding << "\n"
            << page;
        seen.insert(row.finding);
    }
    std::set<std::string> marked;
    for (const finding::Finding& each : finding::all()) {
        if (includes(each.reported_by, finding::Reporter::Twin)) marked.emplace(each.id);
    }
    EXPECT_EQ(seen, marked);
}

// The control plane has no endpoint on purpose: whoever crossed has nothing to mend.
TEST(Twin, ExplainsThatNothingWasRefused) {
    Rehearsal rehearsal("fenced");
    const auto explain = [](Rehearsal& asked, std::optional<std::string_view> what) {
        return asked.twin().explain(what, Language::English);
    };
    EXPECT_EQ(explain(rehearsal, std::nullopt), std::nullopt);
    const auto credentials = rehearsal.operator_credentials();
    rehearsal.post(Service::BedrockRuntime, kJpConverse, kHello, credentials);
    EXPECT_EQ(
        explain(rehearsal, std::nullopt),
        "nothing was refused; the last request, Converse, was allowed\n"
    );
    const std::string control = explain(rehearsal, "bedrock").value_or("");
    EXPECT_NE(control.find("`bedrock` has no endpoint"), control.npos) << control;
    EXPECT_NE(control.find("`list_profiles`"), control.npos) << control;
    EXPECT_EQ(control.find("bedrock-runtime"), control.npos) << control;

    Rehearsal halfway(
        "fenced", {{"municipality.yaml", "${AWS::Region}.bedrock-runtime", "${AWS::Region}.logs"}}
    );
    halfway.operator_credentials();
    const std::string silent = explain(halfway, std::nullopt).value_or("");
    EXPECT_NE(silent.find("[no-bedrock-endpoint]"), silent.npos) << silent;
}

TEST(Twin, ExplainsWhatNoPolicyRefused) {
    Rehearsal rehearsal("fenced");
    const auto credentials = rehearsal.operator_credentials();
    const auto explain = [&] {
        return rehearsal.twin().explain(std::nullopt, Language::English).value_or("");
    };
    rehearsal.post(
        Service::Sts,
        "/",
        "Action=GetCallerIdentity&Version=2011-06-15",
        credentials,
        "sts.amazonaws.com"
    );
    EXPECT_NE(explain().find("[sts-global-endpoint]"), std::string::npos) << explain();
    rehearsal.post(
        Service::BedrockRuntime, kJpConverse, kHello, {"AKIA", credentials.secret_access_key, {}}
    );
    EXPECT_NE(explain().find("[credentials-missing]"), std::string::npos) << explain();
    rehearsal.post(Service::BedrockRuntime, kJpConverse, "[]", credentials);
    EXPECT_NE(explain().find("the request itself is wrong"), std::string::npos) << explain();
    rehearsal.post(
        Service::BedrockRuntime,
        "/model/global.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse",
        kHello,
        credentials
    );
    EXPECT_NE(explain().find("this refusal is right"), std::string::npos) << explain();
    EXPECT_NE(explain().find("`jp.anthropic."), std::string::npos) << explain();
    EXPECT_NE(
        rehearsal.twin().explain("sts", Language::English)->find("`sts` answers"), std::string::npos
    );
}

TEST(CredentialStore, KeepsAnInstancesOwnKeys) {
    CredentialStore store(2);
    const auto made = [](const char* id, TimePoint expires) {
        Issued issued;
        issued.access_key_id = id;
        issued.expires = expires;
        return std::make_shared<const Issued>(std::move(issued));
    };
    store.add_rotated(made("instance", kNow + 1h), kNow);
    for (const char* id : {"a", "b", "c"}) {
        store.add(made(id, kNow + 1h));
    }
    EXPECT_EQ(store.find("a"), nullptr);
    EXPECT_NE(store.find("c"), nullptr);
    EXPECT_NE(store.find("instance"), nullptr);
    store.add_rotated(made("next", kNow + 3h), kNow + 30min);
    EXPECT_NE(store.find("instance"), nullptr);
    store.add_rotated(made("last", kNow + 5h), kNow + 2h);
    EXPECT_EQ(store.find("instance"), nullptr);
    EXPECT_NE(store.find("next"), nullptr);
}

TEST(CredentialStore, WorksOutAnewWhatItForgot) {
    CredentialStore store(2);
    const auto first = std::make_shared<const Issued>();
    InUse& before = store.in_use(first);
    const cloud::Reach way;
    before.standing[&way] = std::make_shared<const iam::Context>();
    EXPECT_EQ(&store.in_use(first), &before);
    for (std::size_t i = 0; i < kInUseMax; ++i) {
        const auto other = std::make_shared<const Issued>();
        EXPECT_TRUE(store.in_use(other).standing.empty());  // not a dead one's at the same address
    }
    EXPECT_EQ(store.in_use(first).issued, first);
    EXPECT_TRUE(store.in_use(first).standing.empty());
}

TEST(Quota, IsRefilledByTimeThatRunsForward) {
    Quota quota(2);
    EXPECT_TRUE(quota.take(2, kNow));
    EXPECT_FALSE(quota.take(1, kNow));
    EXPECT_FALSE(quota.take(1, kNow - 1h));
    EXPECT_TRUE(quota.take(1, kNow - 1h + 30s));
}

TEST(ModelScript, CountsTokensWithoutMakingThem) {
    for (const char* text : {"", "a", "abcd", "abcde", "こんにちは", "abcこd", "\x80", "a\x80z"}) {
        EXPECT_LE(token_count(text), std::string_view(text).size());
    }
    EXPECT_EQ(token_count("abcde"), 2U);
    EXPECT_EQ(token_count("こんにちは"), 5U);
    EXPECT_EQ(token_count("abこcd"), 3U);
}

TEST(Twin, StreamsToolUseToInvokeModelToo) {
    Answer answer;
    answer.tool_use = config::ToolUse{"search", json::object{{"q", "x"}}};
    Identifiers identifiers(1);
    std::string all;
    aws::EventStreamDecoder decoder;
    for (const std::string& frame : invoke_frames(answer, "m", std::nullopt, identifiers)) {
        decoder.feed(frame);
    }
    while (true) {
        auto message = decoder.next();
        ASSERT_TRUE(message);
        if (!*message) break;
        const auto payload = json::parse((*message)->payload);
        all += from_base64(*json::find_string(*payload, "bytes")).value_or("");
    }
    EXPECT_NE(all.find("\"type\":\"tool_use\""), std::string::npos) << all;
    EXPECT_NE(all.find("input_json_delta"), std::string::npos);
    EXPECT_EQ(all.find("text_delta"), std::string::npos);
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

#include "twin/event.h"

#include <gtest/gtest.h>

namespace kakehashi::twin {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint kNow{1'795'509'217s};
const cloud::Reach kInternet{};
constexpr const char* kTrust =
    R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]})";

TEST(Event, IsWrittenAsCloudTrailDoes) {
    Identifiers identifiers(1);
    const cloud::Role role{
        .account = "222222222222",
        .name = "operator",
        .path = "/",
        .arn = "arn:aws:iam::222222222222:role/operator",
        .unique_id = "AROAEXAMPLE",
        .trust = *iam::parse_policy(kTrust, "trust", iam::PolicyType::Trust)};
    Issued issued;
    issued.access_key_id = "ASIAEXAMPLE";
    issued.session.account = role.account;
    issued.session.arn = "arn:aws:sts::222222222222:assumed-role/operator/host";
    issued.session.user_id = "AROAEXAMPLE:host";
    issued.session.role = &role;
    issued.session.issued = kNow;
    cloud::Endpoint endpoint;
    endpoint.id = "vpce-1";
    endpoint.account = "111111111111";
    cloud::Reach reach;
    reach.endpoint = &endpoint;

    Event event;
    event.source = "bedrock.amazonaws.com";
    event.name = "Converse";
    event.reach = &reach;
    event.caller = std::make_shared<const Issued>(issued);
    event.time = kNow + 1s;
    event.request_id = identifiers.draw();
    event.id = identifiers.draw();
    event.user_agent = "agent";
    event.source_address = "10.20.0.12";
    event.inference_region = "ap-northeast-3";
    event.parameters = json::object{{"modelId", "jp.model"}};
    event.refused_with = aws::Rejection{429, "ThrottlingException", "Too many"};
    const std::string first = Identifiers(1).request_id();
    EXPECT_EQ(
        json::serialize(record(event, "ap-northeast-1", identifiers)),
        R"({"eventVersion":"1.11","userIdentity":{"type":"AssumedRole",)"
        R"("principalId":"AROAEXAMPLE:host",)"
        R"("arn":"arn:aws:sts::222222222222:assumed-role/operator/host",)"
        R"("accountId":"222222222222","accessKeyId":"ASIAEXAMPLE","sessionContext":{)"
        R"("sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE",)"
        R"("arn":"arn:aws:iam::222222222222:role/operator","accountId":"222222222222",)"
        R"("userName":"operator"},"attributes":{"creationDate":"2026-11-24T08:33:37Z",)"
        R"("mfaAuthenticated":"false"}}},"eventTime":"2026-11-24T08:33:38Z",)"
        R"("eventSource":"bedrock.amazonaws.com","eventName":"Converse",)"
        R"("awsRegion":"ap-northeast-1","sourceIPAddress":"10.20.0.12","userAgent":"agent",)"
        R"("requestID":")" +
            first + R"(","eventID":")" + identifiers.request_id(1) +
            R"(","readOnly":true,"eventType":"AwsApiCall","eventCategory":"Management",)"
            R"("managementEvent":true,"vpcEndpointId":"vpce-1",)"
            R"("vpcEndpointAccountId":"111111111111","recipientAccountId":"222222222222",)"
            R"("errorCode":"ThrottlingException","errorMessage":"Too many",)"
            R"("requestParameters":{"modelId":"jp.model"},)"
            R"("additionalEventData":{"inferenceRegion":"ap-northeast-3"}})"
    );
}

TEST(Event, OfNobodyNamesNobody) {
    Event event;
    event.reach = &kInternet;
    const auto out = record(event, "ap-northeast-1", Identifiers(1));
    EXPECT_EQ(json::serialize(out.at("userIdentity")), R"({"type":"Unknown"})");
    for (const char* absent :
         {"vpcEndpointId", "recipientAccountId", "errorCode", "requestParameters"}) {
        EXPECT_FALSE(out.contains(absent)) << absent;
    }
}

// Text that is made later is the text that would have been made at once.
TEST(Identifiers, KeepTheOrderOfDraws) {
    Identifiers at_once(7), later(7);
    const std::string first = at_once.request_id();
    const std::uint64_t drawn = later.draw();
    EXPECT_EQ(at_once.access_key_id(), later.access_key_id());
    EXPECT_EQ(later.request_id(drawn), first);
}

TEST(Identifiers, GiveEverySessionItsToken) {
    Identifiers identifiers(1);
    const std::string token = identifiers.session_token();
    EXPECT_EQ(token.size(), 402U);
    EXPECT_NE(identifiers.session_token(), token);
    EXPECT_NE(Identifiers(2).session_token(), token);
}

}  // namespace
}  // namespace kakehashi::twin

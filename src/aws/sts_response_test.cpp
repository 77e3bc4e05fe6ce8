#include "aws/sts_messages.h"
#include "base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace kakehashi::aws {
namespace {

using Kind = StsResponseError::Kind;

AssumeRoleResponse assume_role_response() {
    AssumeRoleResponse response;
    response.credentials = {
        "ASIAEXAMPLEEXAMPLE00", SecretString("s/e+c<r&et"), SecretString("token==")};
    response.expiration = *parse_iso8601("2030-01-01T00:00:00Z");
    response.assumed_role_id = "AROAEXAMPLE:s1";
    response.assumed_role_arn = "arn:aws:sts::222222222222:assumed-role/operator/s1";
    response.request_id = "11111111-2222-3333-4444-555555555555";
    return response;
}

TEST(StsResponse, AssumeRoleGoesThereAndBack) {
    AssumeRoleResponse response = assume_role_response();
    response.packed_policy_size = 6;
    response.source_identity = "me";
    const auto again = decode_assume_role_response(encode(response));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->credentials.access_key_id, response.credentials.access_key_id);
    EXPECT_TRUE(again->credentials.secret_access_key == response.credentials.secret_access_key);
    EXPECT_TRUE(again->credentials.session_token == response.credentials.session_token);
    EXPECT_EQ(again->expiration, response.expiration);
    EXPECT_EQ(again->assumed_role_arn, response.assumed_role_arn);
    EXPECT_EQ(again->packed_policy_size, 6);
    EXPECT_EQ(again->source_identity, "me");
    EXPECT_EQ(again->request_id, response.request_id);
}

TEST(StsResponse, GetCallerIdentityGoesThereAndBack) {
    const GetCallerIdentityResponse response{"AROA:s", "111111111111", "arn:aws:sts::1:x", "id"};
    const auto again = decode_get_caller_identity_response(encode(response));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->user_id, "AROA:s");
    EXPECT_EQ(again->account, "111111111111");
    EXPECT_EQ(again->arn, "arn:aws:sts::1:x");
    EXPECT_EQ(again->request_id, "id");
}

TEST(StsResponse, ReadsWhiteSpaceAndADeclaration) {
    std::string xml =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + encode(assume_role_response());
    xml = replaced(xml, "><", ">\n  <");
    const auto response = decode_assume_role_response(xml);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->credentials.access_key_id, "ASIAEXAMPLEEXAMPLE00");
}

TEST(StsResponse, RefusesWhatIsNotOne) {
    const std::string good = encode(assume_role_response());
    std::string deep;
    for (int i = 0; i < 17; ++i)
        deep += "<a>";
    std::string wide = "<a>";
    for (int i = 0; i < 300; ++i)
        wide += "<b" + std::to_string(i) + "/>";
    struct Row {
        std::string xml;
        Kind kind;
    };
    const Row rows[] = {
        {"", Kind::NotXml},
        {"{}", Kind::NotXml},
        {good + "x", Kind::NotXml},
        {"<!DOCTYPE a>" + good, Kind::Forbidden},
        {"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" + good, Kind::Forbidden},
        {replaced(good, "token==", "&x;"), Kind::NotXml},
        {deep, Kind::TooDeep},
        {wide, Kind::TooLarge},
        {std::string(kStsResponseBytesMax + 1, ' '), Kind::TooLarge},
        {replaced(good, "AccessKeyId", "AccessKeyIt"), Kind::Missing},
        {replaced(good, "token==", ""), Kind::Missing},
        {replaced(good, "2030-01-01", "2030-02-30"), Kind::Wrong},
        {replaced(good, "2030-01-01", "4060-01-01"), Kind::Wrong},  // once overflowed
        {replaced(good, "</Credentials>", "<SessionToken>x</SessionToken></Credentials>"),
         Kind::Wrong},
        {"<ErrorResponse/>", Kind::Missing},
    };
    for (const auto& [xml, kind] : rows) {
        const auto response = decode_assume_role_response(xml);
        ASSERT_FALSE(response) << xml.substr(0, 300);
        EXPECT_EQ(response.error().kind, kind) << xml.substr(0, 300);
        EXPECT_TRUE(has_text(describe(response.error()).id));
    }
    for (std::size_t cut = 0; cut < good.size(); ++cut)
        EXPECT_FALSE(decode_assume_role_response(good.substr(0, cut))) << cut;
}

TEST(StsResponse, ErrorsEscapeWhatWasSent) {
    const std::string xml =
        encode_sts_error({400, "ValidationError", "Value '<&\x01\xFF' at 'x'"}, "id-1");
    EXPECT_NE(xml.find("<Type>Sender</Type><Code>ValidationError</Code>"), std::string::npos);
    EXPECT_NE(xml.find("&lt;&amp;"), std::string::npos);
    EXPECT_NE(xml.find("<RequestId>id-1</RequestId></ErrorResponse>"), std::string::npos);
    EXPECT_EQ(xml.find('\x01'), std::string::npos);
    const auto all = encode_sts_error(
        {400,
         "X",
         "<a> & b\r\n\t\x01"
         "あ"},
        ""
    );
    EXPECT_NE(all.find("<Message>&lt;a&gt; &amp; b&#xD;\n\t\uFFFDあ</Message>"), std::string::npos);
    EXPECT_NE(
        encode_sts_error({500, "X", ""}, "").find("<Type>Receiver</Type>"), std::string::npos
    );
}

}  // namespace
}  // namespace kakehashi::aws

#include "aws/sts_messages.h"

#include "base/encoding.h"

#include <gtest/gtest.h>

#include <string>

namespace kakehashi::aws {
namespace {

const std::string kRole = "arn:aws:iam::222222222222:role/operator";
const std::string kHead = "Action=AssumeRole&Version=2011-06-15";
const std::string kPlain = kHead + "&RoleArn=" + percent_encoded(kRole) + "&RoleSessionName=s1";

AssumeRoleRequest full_request() {
    AssumeRoleRequest request{kRole, "kakehashi-host"};
    request.policy_arns = {"arn:aws:iam::aws:policy/ReadOnlyAccess"};
    request.policy = R"({"Version":"2012-10-17","Statement":[]})";
    request.duration = std::chrono::seconds(900);
    for (int i = 0; i < 12; ++i)
        request.tags.push_back({"k" + std::to_string(i), i == 0 ? "" : "値 + " + std::to_string(i)}
        );
    request.transitive_tag_keys = {"k1", "k0"};
    request.external_id = "a:b/c";
    request.serial_number = "arn:aws:iam::1:mfa/x";
    request.token_code = SecretString("123456");
    request.source_identity = "me@example";
    request.provided_contexts = {{"arn:aws:iam::aws:contextProvider/IdentityCenter", "abcd"}};
    return request;
}

TEST(StsRequest, EncodesAsTheSdksDo) {
    EXPECT_EQ(
        encode(AssumeRoleRequest{kRole, "s1"}),
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A222222222222%3Arole%2F"
        "operator&RoleSessionName=s1"
    );
    EXPECT_EQ(encode(GetCallerIdentityRequest{}), "Action=GetCallerIdentity&Version=2011-06-15");
    const std::string form = encode(full_request());
    for (const char* part :
         {"&Tags.member.1.Key=k0&Tags.member.1.Value=&",
          "&PolicyArns.member.1.arn=arn",
          "&TransitiveTagKeys.member.2=k0",
          "&ProvidedContexts.member.1.ContextAssertion=abcd"})
        EXPECT_NE(form.find(part), std::string::npos) << part;
}

TEST(StsRequest, DecodesWhatWasEncoded) {
    for (const AssumeRoleRequest& request : {full_request(), AssumeRoleRequest{kRole, "s1"}}) {
        const auto decoded = decode_sts_request(encode(request));
        ASSERT_TRUE(decoded) << decoded.error().message;
        EXPECT_EQ(std::get<AssumeRoleRequest>(*decoded), request);
    }
    const auto identity = decode_sts_request(
        "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256"
    );
    ASSERT_TRUE(identity);
    EXPECT_TRUE(std::holds_alternative<GetCallerIdentityRequest>(*identity));
}

TEST(StsRequest, SpeaksOfViolationsAsAwsDoes) {
    struct Row {
        std::string form, message;
    };
    const std::string one = "1 validation error detected: ";
    const std::string head = kHead + "&RoleArn=" + percent_encoded(kRole) + "&RoleSessionName=";
    const Row rows[] = {
        {head + "2%2Fx",
         one + "Value '2/x' at 'roleSessionName' failed to satisfy constraint: Member must satisfy "
               R"(regular expression pattern: [\w+=,.@-]*)"},
        {head + "x",
         one +
             "Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length "
             "greater than or equal to 2"},
        {head + std::string(65, 'x'),
         one + "Value '" + std::string(65, 'x') +
             "' at 'roleSessionName' failed to satisfy constraint: Member must have length less "
             "than "
             "or equal to 64"},
        {kHead,
         "2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: "
         "Member "
         "must not be null; Value null at 'roleSessionName' failed to satisfy constraint: Member "
         "must "
         "not be null"},
        {kPlain + "&DurationSeconds=899",
         one + "Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have "
               "value "
               "greater than or equal to 900"},
        {kPlain + "&DurationSeconds=-1",
         one +
             "Value '-1' at 'durationSeconds' failed to satisfy constraint: Member must have value "
             "greater than or equal to 900"},
        {kPlain + "&DurationSeconds=43201",
         one + "Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have "
               "value less than or equal to 43200"},
        {kPlain + "&ExternalId=a",
         one + "Value 'a' at 'externalId' failed to satisfy constraint: Member must have length "
               "greater than or equal to 2"},
        {kPlain + "&Tags.member.3.Key=%21&Tags.member.3.Value=v",
         one + "Value '!' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy "
               R"(regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+)"},
        {kPlain + "&Tags.member.1.Key=k",
         one +
             "Value null at 'tags.1.member.value' failed to satisfy constraint: Member must not be "
             "null"},
        {kPlain + "&TokenCode=abc",
         one + R"(Value at 'tokenCode' failed to satisfy constraint: Member must satisfy regular )"
               R"(expression pattern: [\d]*)"},
        {kPlain + "&Policy=%E6%9D%B1",
         one + "Value '東' at 'policy' failed to satisfy constraint: Member must satisfy regular "
               R"(expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+)"},
    };
    for (const auto& [form, message] : rows) {
        const auto decoded = decode_sts_request(form);
        ASSERT_FALSE(decoded) << form;
        EXPECT_EQ(decoded.error(), (Rejection{400, "ValidationError", message}));
    }
}

TEST(StsRequest, TakesTheLimitsThemselves) {
    for (const std::string& tail :
         {std::string("&DurationSeconds=900"),
          std::string("&DurationSeconds=43200"),
          std::string("&ExternalId=ab"),
          "&ExternalId=" + std::string(1224, 'x'),
          std::string("&SourceIdentity=%2B%3D%2C.%40-"),
          std::string("&Tags.member.1.Key=%E6%9D%B1%E4%BA%AC&Tags.member.1.Value=")})
        EXPECT_TRUE(decode_sts_request(kPlain + tail)) << tail;
}

TEST(StsRequest, CountsListsAndNumbersThemAnew) {
    std::string form = kPlain;
    for (int i = 1; i <= 51; ++i) {
        const std::string tag = "&Tags.member." + std::to_string(i);
        form.append(tag).append(".Key=k" + std::to_string(i)).append(tag).append(".Value=v");
    }
    const auto decoded = decode_sts_request(form);
    ASSERT_FALSE(decoded);
    EXPECT_NE(decoded.error().message.find("'tags' failed"), std::string::npos);
}

TEST(StsRequest, RefusesWhatIsNotOne) {
    struct Row {
        std::string form, code;
    };
    const Row rows[] = {
        {"", "MissingAction"},
        {"Version=2011-06-15", "MissingAction"},
        {"Action=AssumeRole", "InvalidAction"},
        {"Action=assumerole&Version=2011-06-15", "InvalidAction"},
        {"Action=GetFederationToken&Version=2011-06-15", "InvalidAction"},
        {kHead + "&Action=GetCallerIdentity", "MalformedQueryString"},
        {kPlain + "&ExternalId=%ZZ", "MalformedQueryString"},
        {kPlain + "&ExternalId=%FF", "MalformedQueryString"},
        {kPlain + "&DurationSeconds=1h", "MalformedInput"},
        {kPlain + "&DurationSeconds=99999999999", "MalformedInput"},
        {kHead + "&RoleSessionName=s1&RoleArn=aaaaaaaaaaaaaaaaaaaaaaaa", "ValidationError"},
        {kPlain + "&a=" + std::string(kStsRequestBytesMax, 'x'), "MalformedQueryString"},
    };
    for (const auto& [form, code] : rows) {
        const auto decoded = decode_sts_request(form);
        ASSERT_FALSE(decoded) << form.substr(0, 200);
        EXPECT_EQ(decoded.error().code, code) << form.substr(0, 200);
    }
}

}  // namespace
}  // namespace kakehashi::aws

#include "aws/service_error.h"

#include <gtest/gtest.h>

#include <set>

namespace kakehashi::aws {
namespace {

std::string sts_body(std::string_view code, std::string_view message) {
    return "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n"
           "    <Type>Sender</Type>\n    <Code>" +
           std::string(code) + "</Code>\n    <Message>" + std::string(message) +
           "</Message>\n  </Error>\n  <RequestId>r-1</RequestId>\n</ErrorResponse>";
}

TEST(ServiceError, ReadsTheNameWhereverBedrockPutsIt) {
    struct Row {
        std::string_view type, body, code, text;
    };
    const Row rows[] = {
        {"ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/",
         R"({"message":"m"})",
         "ValidationException",
         "m"},
        {"AccessDeniedException", R"({"Message":"M"})", "AccessDeniedException", "M"},
        {"",
         R"({"__type":"com.amazon.bedrock#ThrottlingException","message":"m"})",
         "ThrottlingException",
         "m"},
        {"", R"({"code":"InternalFailure"})", "InternalFailure", ""},
        {"A", R"({"__type":"B"})", "A", ""},
        {"A", "<html>", "A", ""},
        {"", R"({"message":1})", "", ""},
        {"", R"({"message":"a","message":"b"})", "", ""},
        {"", "", "", ""},
    };
    for (const auto& [type, body, code, text] : rows) {
        const auto error = parse_bedrock_error({400, type, "id", body});
        EXPECT_EQ(error.code, code) << body;
        EXPECT_EQ(error.text, text) << body;
        EXPECT_EQ(error.request_id, "id");
        EXPECT_EQ(error.status, 400);
    }
}

TEST(ServiceError, ReadsTheXmlOfSts) {
    const auto error =
        parse_sts_error({403, "", "", sts_body("AccessDenied", "User: a &lt;b&gt; こ")});
    EXPECT_EQ(error.status, 403);
    EXPECT_EQ(error.code, "AccessDenied");
    EXPECT_EQ(error.text, "User: a <b> こ");
    EXPECT_EQ(error.request_id, "r-1");
}

TEST(ServiceError, TakesNothingFromBrokenXml) {
    const std::string whole = sts_body("AccessDenied", "m");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto error = parse_sts_error({503, "", "h", whole.substr(0, size)});
        EXPECT_EQ(error.code, "") << size;
        EXPECT_EQ(error.request_id, "h");
        EXPECT_EQ(error.status, 503);
    }
    const std::string others[] = {
        "<!DOCTYPE a [<!ENTITY e \"AccessDenied\">]>" + sts_body("&e;", "m"),
        "<Other>" + whole + "</Other>",
        whole + whole,
        sts_body("AccessDenied", std::string(kErrorBodyBytesMax, 'x')),
        std::string(kErrorBodyBytesMax - 1, '<'),
    };
    for (const std::string& body : others) {
        EXPECT_EQ(parse_sts_error({400, "", "", body}).code, "") << body.substr(0, 80);
    }
}

TEST(ServiceError, SaysWhatToDo) {
    struct Row {
        Service service;
        int status;
        std::string code, text;
        ErrorClass kind;
    };
    const Row rows[] = {
        {Service::Sts,
         403,
         "SignatureDoesNotMatch",
         "The request signature we …",
         ErrorClass::Signature},
        {Service::Sts, 403, "SignatureDoesNotMatch", "Signature expired: …", ErrorClass::ClockSkew},
        {Service::Sts,
         403,
         "SignatureDoesNotMatch",
         "Signature not yet current: …",
         ErrorClass::ClockSkew},
        {Service::Bedrock,
         403,
         "InvalidSignatureException",
         "Signature expired: …",
         ErrorClass::ClockSkew},
        {Service::Bedrock,
         403,
         "AccessDeniedException",
         "Signature expired: …",
         ErrorClass::AccessDenied},
        {Service::Bedrock, 403, "ExpiredTokenException", "", ErrorClass::Expired},
        {Service::Bedrock, 429, "ThrottlingException", "", ErrorClass::Throttling},
        {Service::Bedrock, 408, "ModelTimeoutException", "", ErrorClass::ModelFailed},
        {Service::Sts, 400, "Throttling", "", ErrorClass::Throttling},
        {Service::Bedrock, 429, "", "", ErrorClass::Throttling},
        {Service::Bedrock, 503, "New", "", ErrorClass::Transient},
        {Service::Bedrock, 501, "New", "", ErrorClass::Unknown},
        {Service::Bedrock, 403, "New", "", ErrorClass::AccessDenied},
    };
    for (const auto& [service, status, code, text, kind] : rows) {
        EXPECT_EQ(classify(service, {status, code, "", text}), kind) << status << code;
    }
}

TEST(ServiceError, KnowsEachNameOnce) {
    for (Service service : {Service::Sts, Service::Bedrock}) {
        std::set<std::string_view> names;
        for (const ErrorCode& code : error_codes(service)) {
            EXPECT_TRUE(names.insert(code.name).second) << code.name;
            EXPECT_EQ(find_error_code(service, code.name), &code);
        }
    }
    EXPECT_EQ(find_error_code(Service::Sts, "ThrottlingException"), nullptr);
    EXPECT_EQ(error_code_of_member("throttlingException"), "ThrottlingException");
    EXPECT_EQ(error_code_of_member(""), "");
}

}  // namespace
}  // namespace kakehashi::aws

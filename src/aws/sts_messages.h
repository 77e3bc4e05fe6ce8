#pragma once

#include "aws/credentials.h"
#include "aws/rejection.h"
#include "base/expected.h"
#include "base/message.h"
#include "base/secret.h"
#include "base/time.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// AWS STS, version 2011-06-15: AssumeRole and GetCallerIdentity, both directions of both.
//
//   request   application/x-www-form-urlencoded: Action=…&Version=2011-06-15&RoleArn=…
//             lists are Tags.member.1.Key, PolicyArns.member.1.arn, TransitiveTagKeys.member.1
//   response  <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
//               <AssumeRoleResult>…</AssumeRoleResult><ResponseMetadata><RequestId>…
//   error     <ErrorResponse xmlns=…><Error><Type/><Code/><Message/></Error><RequestId/>
//
// Source: botocore's service model sts/2011-06-15 and the STS API Reference. Values own their text;
// everything here is safe from every thread.
namespace kakehashi::aws {

inline constexpr std::size_t kStsRequestBytesMax = 64U << 10U;
inline constexpr std::size_t kStsParametersMax = 512;
inline constexpr std::size_t kStsResponseBytesMax = 256U << 10U;
inline constexpr std::size_t kStsResponseDepthMax = 16;

struct SessionTag {
    std::string key, value;
    friend bool operator==(const SessionTag&, const SessionTag&) = default;
};
struct ProvidedContext {
    std::string provider_arn, context_assertion;
    friend bool operator==(const ProvidedContext&, const ProvidedContext&) = default;
};

struct AssumeRoleRequest {
    std::string role_arn;
    std::string role_session_name;
    std::vector<std::string> policy_arns = {};
    std::optional<std::string> policy = {};
    std::optional<std::chrono::seconds> duration = {};  // absent: AWS takes 3600
    std::vector<SessionTag> tags = {};
    std::vector<std::string> transitive_tag_keys = {};
    std::optional<std::string> external_id = {};  // no secret: it guards against confusion
    std::optional<std::string> serial_number = {};
    std::optional<SecretString> token_code = {};
    std::optional<std::string> source_identity = {};
    std::vector<ProvidedContext> provided_contexts = {};
    friend bool operator==(const AssumeRoleRequest&, const AssumeRoleRequest&) = default;
};
struct GetCallerIdentityRequest {
    friend bool operator==(const GetCallerIdentityRequest&, const GetCallerIdentityRequest&) =
        default;
};
using StsRequest = std::variant<AssumeRoleRequest, GetCallerIdentityRequest>;

// The form body. Nothing is checked: AWS does.
std::string encode(const AssumeRoleRequest& request);
std::string encode(const GetCallerIdentityRequest& request);

// From a form body, or from the query string of a GET. Parameters that belong to a presigned
// signature (X-Amz-…) are passed over. The rejection has AWS's words; several violations are one
// message, in the order of the service model (the order is unverified). Never throws on any input.
Expected<StsRequest, Rejection> decode_sts_request(std::string_view form);

struct AssumeRoleResponse {
    Credentials credentials;
    TimePoint expiration;
    std::string assumed_role_id;   // AROA…:session
    std::string assumed_role_arn;  // arn:aws:sts::…:assumed-role/ROLE/SESSION
    std::optional<int> packed_policy_size = {};
    std::optional<std::string> source_identity = {};
    std::string request_id = {};
};
struct GetCallerIdentityResponse {
    std::string user_id, account, arn, request_id;
};

// XML bodies, Content-Type text/xml.
std::string encode(const AssumeRoleResponse& response);
std::string encode(const GetCallerIdentityResponse& response);
std::string encode_sts_error(const Rejection& rejection, std::string_view request_id);

struct StsResponseError {
    enum class Kind { TooLarge, NotXml, Forbidden, TooDeep, Missing, Wrong };
    Kind kind = Kind::NotXml;  // Forbidden: a DTD or an entity of its own
    std::string element = {};  // Missing, Wrong: which
};
Message describe(const StsResponseError& error);

// Document types and entities are refused, size and depth are bounded. Never throws on any input.
Expected<AssumeRoleResponse, StsResponseError> decode_assume_role_response(std::string_view xml);
Expected<GetCallerIdentityResponse, StsResponseError> decode_get_caller_identity_response(
    std::string_view xml
);

}  // namespace kakehashi::aws

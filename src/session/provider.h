#pragma once

#include "aws/credentials.h"
#include "aws/service_error.h"
#include "base/message.h"
#include "base/problem.h"
#include "base/time.h"
#include "http/net_error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What every credential provider yields, and how it can fail.
namespace kakehashi::session {

enum class Source { Environment, Profile, Process, Ecs, Imds };
std::string_view name_of(Source source);  // "credential_process"

// Somebody's credentials, and where they are from.
struct SessionCredentials {
    aws::Credentials credentials;
    std::optional<TimePoint> expiration = {};  // absent: long-term keys
    Source source = Source::Environment;
    std::string role_arn = {};  // the role that a profile assumed with them; "" for none
};

// Why a provider that is configured gives nothing. None of it holds a secret.
struct ProviderError {
    enum class Kind {
        NoneConfigured,      // no provider of the chain is configured
        Incomplete,          // `subject` is missing
        FileUnreadable,      // `subject` is the path
        FileBroken,          // `problem`
        UnknownProfile,      // `subject` is its name
        ProfileLoop,         // its source_profile leads back to `subject`
        ProfileContradicts,  // `subject` has role_arn with both or neither of the two sources
        UnknownCredentialSource,
        ProcessFailed,      // `subject` says how: not found, timed out, ended with an error
        ProcessBadAnswer,   // `subject` is the member that is missing or wrong
        AddressNotAllowed,  // `subject` is the URL of the container's credentials
        Unreachable,        // `net`
        Refused,            // `remote`
        BadAnswer,          // `subject` is the member that is missing or wrong
        AssumeRoleFailed,   // on the way through the profile's roles: `remote` or `net`
    };
    Kind kind = Kind::NoneConfigured;
    Source source = Source::Environment;
    std::string subject = {};
    std::optional<Problem> problem = {};
    std::optional<http::NetError> net = {};
    std::optional<aws::Remote> remote = {};
};
Message describe(const ProviderError& error);

// credentials as IMDS, ECS and credential_process write them: AccessKeyId, SecretAccessKey, Token
// (SessionToken of a process), Expiration. The error is the member that is missing or wrong.
enum class CredentialForm { Metadata, Process };
Expected<SessionCredentials, std::string> parse_credentials(
    CredentialForm form,
    std::string_view body
);

}  // namespace kakehashi::session

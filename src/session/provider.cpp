#include "session/provider.h"

#include "base/json.h"

namespace kakehashi::session {
namespace {

using Kind = ProviderError::Kind;

MessageId id_of(Kind kind) {
    switch (kind) {
        case Kind::NoneConfigured:
            return "session.provider.none"_msg;
        case Kind::Incomplete:
            return "session.provider.incomplete"_msg;
        case Kind::FileUnreadable:
            return "session.provider.file_unreadable"_msg;
        case Kind::FileBroken:
            return "session.provider.file_broken"_msg;
        case Kind::UnknownProfile:
            return "session.provider.unknown_profile"_msg;
        case Kind::ProfileLoop:
            return "session.provider.profile_loop"_msg;
        case Kind::ProfileContradicts:
            return "session.provider.profile_contradicts"_msg;
        case Kind::UnknownCredentialSource:
            return "session.provider.credential_source"_msg;
        case Kind::ProcessFailed:
            return "session.provider.process_failed"_msg;
        case Kind::ProcessBadAnswer:
            return "session.provider.process_answer"_msg;
        case Kind::AddressNotAllowed:
            return "session.provider.address"_msg;
        case Kind::Unreachable:
            return "session.provider.unreachable"_msg;
        case Kind::Refused:
            return "session.provider.refused"_msg;
        case Kind::BadAnswer:
            return "session.provider.answer"_msg;
        case Kind::AssumeRoleFailed:
            return "session.provider.assume_role"_msg;
    }
    return "session.provider.none"_msg;
}

bool is_version_one(const json::value* version) {
    return version != nullptr && version->is_int64() && version->as_int64() == 1;
}

}  // namespace

std::string_view name_of(Source source) {
    switch (source) {
        case Source::Environment:
            return "environment";
        case Source::Profile:
            return "profile";
        case Source::Process:
            return "credential_process";
        case Source::Ecs:
            return "ECS";
        case Source::Imds:
            return "IMDSv2";
    }
    return "";
}

Message describe(const ProviderError& error) {
    if (error.kind == Kind::FileBroken && error.problem) return error.problem->what;
    if (error.net) return http::describe(*error.net);
    return {
        id_of(error.kind),
        {{"source", std::string(name_of(error.source))},
         {"subject", error.subject},
         {"status", error.remote ? std::to_string(error.remote->status) : ""}}};
}

Expected<SessionCredentials, std::string> parse_credentials(
    CredentialForm form,
    std::string_view body
) {
    constexpr std::size_t kBytesMax = 64U << 10U;
    const bool metadata = form == CredentialForm::Metadata;
    const auto read = json::parse(body, kBytesMax);
    if (!read || !read->is_object()) return Failure{std::string("JSON")};
    if (!metadata && !is_version_one(json::find(*read, "Version"))) {
        return Failure{std::string("Version")};
    }
    // IMDS says in Code why it has none.
    if (metadata && json::find_string(*read, "Code").value_or("Success") != "Success") {
        return Failure{std::string("Code")};
    }
    SessionCredentials out;
    out.source = metadata ? Source::Imds : Source::Process;
    const auto key_id = json::find_string(*read, "AccessKeyId");
    if (!key_id || key_id->empty()) return Failure{std::string("AccessKeyId")};
    const auto secret = json::find_string(*read, "SecretAccessKey");
    if (!secret || secret->empty()) return Failure{std::string("SecretAccessKey")};
    const std::string_view token_name = metadata ? "Token" : "SessionToken";
    const auto token = json::find_string(*read, token_name);
    if (metadata ? !token || token->empty() : !token && json::find(*read, token_name) != nullptr) {
        return Failure{std::string(token_name)};
    }
    out.credentials = {
        std::string(*key_id),
        SecretString(std::string(*secret)),
        SecretString(std::string(token.value_or("")))};
    const auto expiration = json::find_string(*read, "Expiration");
    if (expiration) out.expiration = parse_iso8601(*expiration);
    const bool lacks_it = metadata || json::find(*read, "Expiration") != nullptr;
    if (lacks_it && !out.expiration) return Failure{std::string("Expiration")};
    return out;
}

}  // namespace kakehashi::session

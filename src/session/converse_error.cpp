#include "session/converse_error.h"

namespace kakehashi::session {
namespace {

using Kind = ConverseError::Kind;

MessageId id_of_refusal(aws::ErrorClass cause) {
    switch (cause) {
        case aws::ErrorClass::Throttling:
            return "session.converse.throttled"_msg;
        case aws::ErrorClass::Transient:
            return "session.converse.unavailable"_msg;
        case aws::ErrorClass::ClockSkew:
            return "session.converse.clock"_msg;
        case aws::ErrorClass::Expired:
        case aws::ErrorClass::Signature:
        case aws::ErrorClass::Credentials:
            return "session.converse.credentials"_msg;
        case aws::ErrorClass::AccessDenied:
            return "session.converse.denied"_msg;
        case aws::ErrorClass::NotFound:
            return "session.converse.not_found"_msg;
        case aws::ErrorClass::Quota:
            return "session.converse.quota"_msg;
        case aws::ErrorClass::ModelFailed:
            return "session.converse.model_failed"_msg;
        case aws::ErrorClass::Validation:
        case aws::ErrorClass::Unknown:
            break;
    }
    return "session.converse.refused"_msg;
}

MessageId id_of(const ConverseError& error) {
    switch (error.kind) {
        case Kind::StreamTruncated:
            return "session.converse.stream_truncated"_msg;
        case Kind::StreamCorrupt:
            return "session.converse.stream_corrupt"_msg;
        case Kind::StreamFailed:
            return "session.converse.stream_failed"_msg;
        case Kind::HostDiffers:
            return "session.converse.host_differs"_msg;
        case Kind::BadAnswer:
            return "session.converse.bad_answer"_msg;
        case Kind::NoCredentials:
        case Kind::Unreachable:
        case Kind::Refused:
            break;
    }
    return id_of_refusal(error.cause);
}

}  // namespace

std::string code(const ConverseError& error) {
    switch (error.kind) {
        case Kind::NoCredentials:
            return std::string(code(*error.crossing));
        case Kind::Unreachable:
            return "unreachable";
        case Kind::Refused:
        case Kind::StreamFailed:
            return error.remote->code.empty() ? "refused" : error.remote->code;
        case Kind::BadAnswer:
            return "bad-answer";
        case Kind::HostDiffers:
            return "host-differs";
        case Kind::StreamTruncated:
            return "stream-truncated";
        case Kind::StreamCorrupt:
            return "stream-corrupt";
    }
    return "refused";
}

Message describe(const ConverseError& error) {
    if (error.crossing) return describe(*error.crossing);
    if (error.kind == Kind::Unreachable && error.net) return http::describe(*error.net);
    return {
        id_of(error),
        {{"model", error.model_id}, {"code", error.remote ? error.remote->code : std::string()}}};
}

}  // namespace kakehashi::session

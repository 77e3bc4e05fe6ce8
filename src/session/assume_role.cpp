#include "session/assume_role.h"

#include "base/text.h"
#include "session/echo.h"

namespace kakehashi::session {
namespace {

using Kind = AssumeRoleError::Kind;

Call call_of(AssumeRole::Target target) {
    http::Request request{"POST", "/", {}, aws::encode(target.request)};
    request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    return {
        std::move(target.sts),
        std::move(request),
        http::within(target.limit),
        aws::kStsResponseBytesMax};
}

Kind kind_of(aws::ErrorClass kind) {
    switch (kind) {
        case aws::ErrorClass::AccessDenied:
            return Kind::Denied;
        case aws::ErrorClass::Expired:
            return Kind::Expired;
        case aws::ErrorClass::Credentials:
        case aws::ErrorClass::Signature:
            return Kind::Credentials;
        case aws::ErrorClass::ClockSkew:
            return Kind::Clock;
        case aws::ErrorClass::Throttling:
        case aws::ErrorClass::Transient:
            return Kind::Unavailable;
        case aws::ErrorClass::Validation:
        case aws::ErrorClass::NotFound:
        case aws::ErrorClass::Quota:
        case aws::ErrorClass::ModelFailed:
        case aws::ErrorClass::Unknown:
            break;
    }
    return Kind::Refused;
}

MessageId id_of(Kind kind) {
    switch (kind) {
        case Kind::Unreachable:
            return "session.assume_role.unreachable"_msg;
        case Kind::Denied:
            return "session.assume_role.denied"_msg;
        case Kind::Expired:
            return "session.assume_role.expired"_msg;
        case Kind::Credentials:
            return "session.assume_role.credentials"_msg;
        case Kind::Clock:
            return "session.assume_role.clock"_msg;
        case Kind::Unavailable:
            return "session.assume_role.unavailable"_msg;
        case Kind::Refused:
            return "session.assume_role.refused"_msg;
        case Kind::BadAnswer:
            return "session.assume_role.answer"_msg;
    }
    return "session.assume_role.refused"_msg;
}

}  // namespace

Message describe(const AssumeRoleError& error) {
    if (error.net) return http::describe(*error.net);
    return {id_of(error.kind), {{"role", error.role_arn}}};
}

bool is_passing(const AssumeRoleError& error) {
    return error.kind == Kind::Unreachable || error.kind == Kind::Unavailable ||
           error.kind == Kind::BadAnswer;
}

std::string role_session_name(std::string pattern, std::string_view host, std::string_view user) {
    constexpr std::size_t kBytesMax = 64;
    constexpr std::string_view kAllowed =  // [\w+=,.@-]
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+=,.@-";
    std::string name = replaced(std::move(pattern), "{host}", host);
    name = replaced(std::move(name), "{user}", user);
    for (char& c : name) {
        if (kAllowed.find(c) == kAllowed.npos) c = '-';
    }
    return name.substr(0, kBytesMax);
}

AssumeRole::AssumeRole(Target target, SessionCredentials caller, CallState& state)
    : role_arn_(target.request.role_arn),
      caller_(std::move(caller)),
      call_(call_of(std::move(target)), state) {
}

Step<AssumeRole::Result> AssumeRole::begin(TimePoint now) {
    call_.start(now);
    return call_.attempt(caller_.credentials, now);
}

Step<AssumeRole::Result> AssumeRole::elapsed(TimePoint now) {
    return call_.attempt(caller_.credentials, now);
}

AssumeRole::Result AssumeRole::failure(aws::Remote remote) const {
    AssumeRoleError error{kind_of(aws::classify(aws::Service::Sts, remote)), role_arn_};
    error.remote = std::move(remote);
    return Failure{std::move(error)};
}

Step<AssumeRole::Result> AssumeRole::read(const Answer& answer) {
    auto read = aws::decode_assume_role_response(answer.text());
    if (!read) {
        AssumeRoleError error{Kind::BadAnswer, role_arn_};
        error.answer = std::move(read).error();
        return Result(Failure{std::move(error)});
    }
    call_.succeeded();
    SessionCredentials out{
        std::move(read->credentials), read->expiration, caller_.source, role_arn_};
    return Result(std::move(out));
}

Step<AssumeRole::Result> AssumeRole::answered(ExchangeResult result, TimePoint now) {
    if (!result) {
        if (auto pause = call_.again(result.error(), now)) return *pause;
        AssumeRoleError error{Kind::Unreachable, role_arn_};
        error.net = std::move(result).error();
        return Result(Failure{std::move(error)});
    }
    if (result->status == 200) return read(*result);
    auto remote = aws::parse_sts_error(
        {result->status, {}, result->header("x-amzn-requestid"), result->text()}
    );
    remove_echo(remote, caller_.credentials);
    if (auto pause = call_.again(remote, *result, now)) return *pause;
    return failure(std::move(remote));
}

}  // namespace kakehashi::session

#pragma once

#include "aws/sts_messages.h"
#include "session/signed_call.h"

#include <optional>
#include <string>
#include <string_view>

namespace kakehashi::session {

// Why STS gave no credentials. Holds no secret.
struct AssumeRoleError {
    enum class Kind {
        Unreachable,  // `net`
        Denied,       // the caller may not, or the role trusts another or wants another ExternalId
        Expired,      // the caller's credentials are over
        Credentials,  // STS does not know them, or the secret is wrong
        Clock,        // this machine's clock is wrong, and correcting it did not help
        Unavailable,  // throttled or failing, all attempts long
        Refused,      // anything else that STS said: a duration, a name
        BadAnswer,    // 200 with something else than credentials; `answer`
    };
    Kind kind = Kind::Unreachable;
    std::string role_arn = {};
    std::optional<http::NetError> net = {};
    std::optional<aws::Remote> remote = {};
    std::optional<aws::StsResponseError> answer = {};
};
Message describe(const AssumeRoleError& error);
// Whether asking again later may help without anybody changing anything.
bool is_passing(const AssumeRoleError& error);

// The RoleSessionName that `pattern` asks for: {host} and {user} replaced. What STS does not take
// there becomes '-', and the end is cut at its 64 characters.
std::string role_session_name(std::string pattern, std::string_view host, std::string_view user);

// One AssumeRole, with its retries: a machine of exchange.h.
class AssumeRole {
public:
    using Result = Expected<SessionCredentials, AssumeRoleError>;

    // `limit` for all attempts together.
    struct Target {
        http::Origin sts;
        aws::AssumeRoleRequest request;
        std::chrono::milliseconds limit;
    };
    AssumeRole(Target target, SessionCredentials caller, CallState& state);

    Step<Result> begin(TimePoint now);
    Step<Result> answered(ExchangeResult result, TimePoint now);
    Step<Result> elapsed(TimePoint now);

private:
    Result failure(aws::Remote remote) const;
    Step<Result> read(const Answer& answer);

    std::string role_arn_;
    SessionCredentials caller_;
    SignedCall call_;
};

}  // namespace kakehashi::session

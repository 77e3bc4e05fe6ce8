#pragma once

#include "base/expected.h"
#include "base/outside.h"
#include "session/endpoint.h"
#include "session/exchange.h"
#include "session/provider.h"

#include <optional>

// The credentials of an EC2 instance: IMDSv2, never v1.
//
//   PUT /latest/api/token                              → a token
//   GET /latest/meta-data/iam/security-credentials/    → the role's name
//   GET …/ROLE                                         → credentials
//
// Source: EC2 User Guide, "Use IMDSv2" and "Retrieve security credentials from instance metadata".
namespace kakehashi::session {

class ImdsFetch {
public:
    using Result = Expected<SessionCredentials, ProviderError>;

    // nullopt: AWS_EC2_METADATA_DISABLED. AWS_EC2_METADATA_SERVICE_ENDPOINT names another address.
    static Expected<std::optional<ImdsFetch>, ProviderError> from(const Environment& environment);

    Step<Result> begin(TimePoint now);
    Step<Result> answered(ExchangeResult result, TimePoint now);
    Step<Result> elapsed(TimePoint now);

private:
    enum class At { Token, Role, Credentials };
    explicit ImdsFetch(http::Origin origin) : origin_(std::move(origin)) {}
    Exchange get(std::string target) const;
    Step<Result> read_token(const std::string& body);
    Step<Result> read_role(const std::string& body);

    http::Origin origin_;
    At at_ = At::Token;
    SecretString token_;
};

}  // namespace kakehashi::session

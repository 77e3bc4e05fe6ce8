#pragma once

#include "base/expected.h"
#include "base/outside.h"
#include "session/endpoint.h"
#include "session/exchange.h"
#include "session/provider.h"

#include <optional>

// The credentials of an ECS task, and of what speaks its protocol (EKS Pod Identity).
// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
namespace kakehashi::session {

class EcsFetch {
public:
    using Result = Expected<SessionCredentials, ProviderError>;

    // nullopt: not configured. A full URI leads anywhere with https; with http to this machine or
    // to the link-local addresses of ECS and EKS, nowhere else.
    static Expected<std::optional<EcsFetch>, ProviderError> from(
        const Environment& environment,
        Files& files
    );

    Step<Result> begin(TimePoint now);
    Step<Result> answered(ExchangeResult result, TimePoint now);
    Step<Result> elapsed(TimePoint now);

private:
    EcsFetch(Url url, SecretString token) : url_(std::move(url)), token_(std::move(token)) {}
    Url url_;
    SecretString token_;  // Authorization; "" for none
};

}  // namespace kakehashi::session

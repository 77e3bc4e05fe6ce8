#pragma once

#include "aws/sigv4.h"
#include "cloud/model_access.h"
#include "http/message.h"
#include "twin/state.h"

#include <memory>

namespace kakehashi::twin {

// How a family of services says that it does not know the caller (aws-facts §1.4, §3.4).
enum class Family { Sts, Bedrock };

// Whose request this is: SigV4 in the header or presigned, the token bound to its key, expiry by
// account time, skew by signing time. Errors: the refusal in the family's own words.
Expected<std::shared_ptr<const Issued>, cloud::Refusal> authenticate(
    const State& state,
    Family family,
    const http::Incoming& request
);

}  // namespace kakehashi::twin

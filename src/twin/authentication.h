#pragma once

#include "aws/sigv4.h"
#include "cloud/model_access.h"
#include "http/message.h"
#include "twin/state.h"
#include "twin/twin.h"

#include <memory>
#include <optional>
#include <string>

namespace kakehashi::twin {

// The name of AWS's that a request is sent to, in lower case and without the port; nullopt: the
// listener's own address, which stands for every name.
std::optional<std::string> aws_host(const http::Incoming& request);

// Whose request this is: SigV4 in the header or presigned, the token bound to its key, expiry by
// account time, skew by signing time. Errors: the refusal in the words of the service's family, STS
// or the JSON services. A Host that is another service's name is refused first: AWS tells services
// apart by it.
Expected<std::shared_ptr<const Issued>, cloud::Refusal> authenticate(
    State& state,
    Service service,
    const http::Incoming& request
);

}  // namespace kakehashi::twin

#pragma once

#include "http/handler.h"
#include "twin/standpoint.h"
#include "twin/state.h"

#include <memory>

namespace kakehashi::twin {

// The instance metadata service of the place's instance, at 169.254.169.254 on AWS: tokens, the
// credentials of the instance profile, the identity document, what it is and where. The token's
// answer is lost beyond the hop limit: then nothing comes. Status codes beyond the documented
// ones are unverified. Source: EC2 User Guide, "Instance metadata and user data"; twin.md §6.
std::unique_ptr<http::Handler> make_imds(State& state, const Standpoint& from);

}  // namespace kakehashi::twin

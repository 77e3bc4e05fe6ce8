#pragma once

#include "http/handler.h"
#include "twin/standpoint.h"
#include "twin/state.h"

#include <memory>

namespace kakehashi::twin {

// sts.<region>.amazonaws.com: AssumeRole and GetCallerIdentity, POST and presigned GET.
// Source: STS API Reference, version 2011-06-15; twin.md §3. Both outlive it.
std::unique_ptr<http::Handler> make_sts(State& state, const Standpoint& from);

}  // namespace kakehashi::twin

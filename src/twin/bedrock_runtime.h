#pragma once

#include "http/handler.h"
#include "twin/standpoint.h"
#include "twin/state.h"

#include <memory>

namespace kakehashi::twin {

// bedrock-runtime.<region>.amazonaws.com: Converse, ConverseStream, InvokeModel and
// InvokeModelWithResponseStream. Source: the service model bedrock-runtime/2023-09-30; twin.md §4.
// Both outlive it.
std::unique_ptr<http::Handler> make_bedrock_runtime(State& state, const Standpoint& from);

}  // namespace kakehashi::twin

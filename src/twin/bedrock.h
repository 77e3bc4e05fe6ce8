#pragma once

#include "http/handler.h"
#include "twin/standpoint.h"
#include "twin/state.h"

#include <memory>

namespace kakehashi::twin {

// bedrock.<region>.amazonaws.com, what lists and describes: ListInferenceProfiles,
// GetInferenceProfile, ListFoundationModels, GetFoundationModel. Source: the service model
// bedrock/2023-04-20. Both outlive it.
std::unique_ptr<http::Handler> make_bedrock(State& state, const Standpoint& from);

}  // namespace kakehashi::twin

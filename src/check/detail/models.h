#pragma once

#include <array>
#include <string_view>

// The two actions of the crossing; what else makes a model run: model_actions.h.
namespace kakehashi::check {

inline constexpr std::array<std::string_view, 2> kInvokeActions = {
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
};
}  // namespace kakehashi::check

#pragma once

#include "base/message.h"
#include "cloud/world.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

// The two actions of the crossing; what else makes a model run: model_actions.h.
namespace kakehashi::check {

inline constexpr std::array<std::string_view, 2> kInvokeActions = {
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
};

// What to say of one of [bedrock] profiles that may run the model outside the allowed Regions.
// nullopt: it may not, or nobody knows where it runs.
std::optional<Message> leaves_the_allowed(const cloud::World& world, const std::string& profile);
}  // namespace kakehashi::check

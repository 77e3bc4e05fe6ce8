#pragma once

#include "base/expected.h"
#include "session/provider.h"
#include "session/shared_config.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kakehashi::session {

inline constexpr std::size_t kProfileChainMax = 8;  // profiles that lead to each other

struct ProfileRole {
    std::string role_arn, session_name;  // session_name "": the caller's choice
    std::optional<std::string> external_id = {};
    std::optional<std::chrono::seconds> duration = {};
};
struct ProcessCommand {
    SecretString command;  // may hold a key, though it should not
};

// What a profile asks for: first credentials, then the roles to assume with them, in this order.
struct ProfilePlan {
    std::variant<SessionCredentials, ProcessCommand, Source> first;  // Source: credential_source
    std::vector<ProfileRole> roles = {};
};

// nullopt: the profile says nothing about credentials, or is `default` and not there. Pure.
Expected<std::optional<ProfilePlan>, ProviderError> plan_profile(
    const SharedConfig& config,
    std::string_view name
);

}  // namespace kakehashi::session

#pragma once

#include "base/outside.h"
#include "session/assume_role.h"
#include "session/driver.h"
#include "session/profile.h"
#include "session/shared_config.h"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace kakehashi::session {

inline constexpr std::chrono::seconds kProcessLimit{60};

// ~/.aws/config and credentials, or what AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name; a
// file that is not there is empty.
Expected<SharedConfig, ProviderError> load_shared_config(
    const Environment& environment,
    Files& files
);
std::string profile_name(const Environment& environment);  // AWS_PROFILE, else "default"

// Where providers look. Each outlives what holds this.
struct ProviderWorld {
    const Environment* environment;
    Files* files;
    Process* process;
    Outside outside;
};

// Whom this machine is: environment, then profile, ECS, IMDSv2 — the first that is configured
// decides, and its failure is not covered up by the next. Thread rule: one strand; one fetch at a
// time.
class ProviderChain {
public:
    using Result = Expected<SessionCredentials, ProviderError>;
    using Found =
        Expected<std::optional<SessionCredentials>, ProviderError>;  // nullopt: not configured

    // `sts`: where a profile's roles are assumed; `session_name` where it names none.
    struct Settings {
        SharedConfig config;
        std::string profile;
        http::Origin sts;
        std::string session_name;
    };
    ProviderChain(ProviderWorld world, Settings settings, CallState& sts)
        : world_(world), settings_(std::move(settings)), sts_(&sts) {}

    boost::asio::awaitable<Result> fetch();

    boost::asio::awaitable<Found> from_environment() const;
    boost::asio::awaitable<Found> from_profile() const;
    boost::asio::awaitable<Found> from_ecs() const;
    boost::asio::awaitable<Found> from_imds() const;

private:
    boost::asio::awaitable<Result> first_of(ProfilePlan plan) const;
    boost::asio::awaitable<Result> run_process(SecretString command) const;
    boost::asio::awaitable<Result> assume(ProfileRole role, SessionCredentials caller) const;

    ProviderWorld world_;
    Settings settings_;
    CallState* sts_;  // outlives this
};

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. Pure.
ProviderChain::Found credentials_of(const Environment& environment);

}  // namespace kakehashi::session

#include "session/profile.h"

#include "base/text.h"

#include <algorithm>

namespace kakehashi::session {
namespace {

using Kind = ProviderError::Kind;

Failure<ProviderError> failure(Kind kind, std::string_view subject) {
    return Failure{ProviderError{kind, Source::Profile, std::string(subject)}};
}

SecretString secret_of(const Section& profile, std::string_view key) {
    const Setting* setting = profile.find(key);
    return setting ? setting->value : SecretString();
}

std::optional<Source> credential_source(std::string_view name) {
    if (name == "Environment") return Source::Environment;
    if (name == "Ec2InstanceMetadata") return Source::Imds;
    if (name == "EcsContainer") return Source::Ecs;
    return std::nullopt;
}

Expected<ProfileRole, ProviderError> read_role(const Section& profile, std::string role_arn) {
    ProfileRole role{std::move(role_arn), profile.value("role_session_name").value_or("")};
    role.external_id = profile.value("external_id");
    if (const auto text = profile.value("duration_seconds")) {
        const auto seconds = parse_count(*text);
        if (!seconds || *seconds > 43200) return failure(Kind::Incomplete, "duration_seconds");
        role.duration = std::chrono::seconds(*seconds);
    }
    return role;
}

// The credentials that stand in the profile itself, or that its process gives.
Expected<std::optional<ProfilePlan>, ProviderError> own_credentials(const Section& profile) {
    const auto key_id = profile.value("aws_access_key_id");
    if (key_id) {
        SecretString secret = secret_of(profile, "aws_secret_access_key");
        if (secret.empty()) return failure(Kind::Incomplete, "aws_secret_access_key");
        SessionCredentials out;
        out.credentials = {*key_id, std::move(secret), secret_of(profile, "aws_session_token")};
        out.source = Source::Profile;
        return std::optional(ProfilePlan{std::move(out)});
    }
    if (const Setting* command = profile.find("credential_process")) {
        return std::optional(ProfilePlan{ProcessCommand{command->value}});
    }
    return std::optional<ProfilePlan>();
}

// Follows source_profile to the first credentials; the roles come last one first.
class ProfileWalk {
public:
    explicit ProfileWalk(const SharedConfig& config) : config_(config) {}

    Expected<std::optional<ProfilePlan>, ProviderError> walk(std::string name) {
        for (bool is_source = false;; is_source = true) {
            const Section* profile = config_.profile(name);
            if (!profile) return missing(name, is_source);
            const auto role_arn = profile->value("role_arn");
            const bool seen = std::find(seen_.begin(), seen_.end(), name) != seen_.end();
            if (!role_arn || seen) return end(*profile, name, is_source);
            seen_.push_back(name);
            if (seen_.size() > kProfileChainMax) return failure(Kind::ProfileLoop, name);
            KAKEHASHI_TRY(ProfileRole role, read_role(*profile, *role_arn));
            roles_.push_back(std::move(role));
            const auto next = profile->value("source_profile");
            const auto source = profile->value("credential_source");
            if (next.has_value() == source.has_value())
                return failure(Kind::ProfileContradicts, name);
            if (source) return from_source(*source);
            name = *next;
        }
    }

private:
    static Expected<std::optional<ProfilePlan>, ProviderError> missing(
        const std::string& name,
        bool is_source
    ) {
        if (name == "default" && !is_source) return std::optional<ProfilePlan>();
        return failure(Kind::UnknownProfile, name);
    }

    // A profile may be its own source: its role is assumed with the keys beside it. Coming back to
    // any other is a loop.
    Expected<std::optional<ProfilePlan>, ProviderError> end(
        const Section& profile,
        const std::string& name,
        bool is_source
    ) {
        const bool seen = std::find(seen_.begin(), seen_.end(), name) != seen_.end();
        if (seen && seen_.back() != name) return failure(Kind::ProfileLoop, name);
        KAKEHASHI_TRY(auto plan, own_credentials(profile));
        if (!plan && seen) return failure(Kind::ProfileLoop, name);
        if (!plan && is_source) return failure(Kind::Incomplete, "aws_access_key_id");
        if (plan) plan->roles.assign(roles_.rbegin(), roles_.rend());
        return plan;
    }

    Expected<std::optional<ProfilePlan>, ProviderError> from_source(std::string_view name) {
        const auto source = credential_source(name);
        if (!source) return failure(Kind::UnknownCredentialSource, name);
        ProfilePlan plan{*source};
        plan.roles.assign(roles_.rbegin(), roles_.rend());
        return std::optional(std::move(plan));
    }

    const SharedConfig& config_;  // outlives this
    std::vector<std::string> seen_;
    std::vector<ProfileRole> roles_;
};

}  // namespace

Expected<std::optional<ProfilePlan>, ProviderError> plan_profile(
    const SharedConfig& config,
    std::string_view name
) {
    return ProfileWalk(config).walk(std::string(name));
}

}  // namespace kakehashi::session

#include "session/provider_chain.h"

#include "session/ecs.h"
#include "session/imds.h"

namespace kakehashi::session {
namespace {

using boost::asio::awaitable;
using Kind = ProviderError::Kind;
using Found = ProviderChain::Found;

constexpr std::chrono::seconds kAssumeRoleLimit{10};

struct Provider {
    Source source;
    awaitable<Found> (ProviderChain::*find)() const;
};
constexpr Provider kProviders[] = {
    {Source::Environment, &ProviderChain::from_environment},
    {Source::Profile, &ProviderChain::from_profile},
    {Source::Ecs, &ProviderChain::from_ecs},
    {Source::Imds, &ProviderChain::from_imds},
};

std::string_view subject_of(ProcessError error) {
    switch (error) {
        case ProcessError::NotFound:
            return "not-found";
        case ProcessError::TimedOut:
            return "timed-out";
        case ProcessError::Failed:
            return "failed";
        case ProcessError::TooMuchOutput:
            return "too-much-output";
    }
    return "failed";
}

Expected<std::string, ProviderError> read_if_there(Files& files, const std::string& path) {
    if (path.empty()) return std::string();
    auto text = files.read(path, kSharedConfigBytesMax);
    if (text) return *std::move(text);
    if (text.error() == FileError::NotFound) return std::string();
    return Failure{ProviderError{Kind::FileUnreadable, Source::Profile, path}};
}

Found found(ProviderChain::Result result) {
    if (!result) return Failure{std::move(result).error()};
    return std::optional(*std::move(result));
}

}  // namespace

std::string profile_name(const Environment& environment) {
    const auto name = environment.get("AWS_PROFILE").value_or("");
    return name.empty() ? "default" : name;
}

Expected<SharedConfig, ProviderError> load_shared_config(
    const Environment& environment,
    Files& files
) {
    const auto path = [&](std::string_view variable, std::string_view name) {
        auto given = environment.get(variable).value_or("");
        if (!given.empty()) return given;
        const auto home = environment.get("HOME").value_or("");
        return home.empty() ? std::string() : home + "/.aws/" + std::string(name);
    };
    SharedConfigFiles text;
    text.config_path = path("AWS_CONFIG_FILE", "config");
    text.credentials_path = path("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    KAKEHASHI_TRY(text.config, read_if_there(files, text.config_path));
    KAKEHASHI_TRY(text.credentials, read_if_there(files, text.credentials_path));
    auto config = parse_shared_config(text);
    if (config) return *std::move(config);
    const Problem& problem = config.error();
    ProviderError error{Kind::FileBroken, Source::Profile, kakehashi::text(problem.where)};
    error.problem = problem;
    return Failure{std::move(error)};
}

Found credentials_of(const Environment& environment) {
    const auto value = [&](std::string_view name) { return environment.get(name).value_or(""); };
    std::string key_id = value("AWS_ACCESS_KEY_ID");
    SecretString secret(value("AWS_SECRET_ACCESS_KEY"));
    if (key_id.empty() && secret.empty()) return std::optional<SessionCredentials>();
    if (key_id.empty() || secret.empty()) {
        const char* missing = key_id.empty() ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY";
        return Failure{ProviderError{Kind::Incomplete, Source::Environment, missing}};
    }
    SessionCredentials out;
    out.credentials = {
        std::move(key_id), std::move(secret), SecretString(value("AWS_SESSION_TOKEN"))};
    return std::optional(std::move(out));
}

awaitable<ProviderChain::Result> ProviderChain::fetch() {
    for (const Provider& provider : kProviders) {
        auto found = co_await (this->*provider.find)();
        if (!found) co_return Failure{std::move(found).error()};
        if (*found) co_return **std::move(found);
    }
    co_return Failure{ProviderError{Kind::NoneConfigured}};
}

awaitable<Found> ProviderChain::from_environment() const {
    co_return credentials_of(*world_.environment);
}

awaitable<Found> ProviderChain::from_profile() const {
    KAKEHASHI_CO_TRY(auto plan, plan_profile(settings_.config, settings_.profile));
    if (!plan) co_return std::optional<SessionCredentials>();
    auto roles = std::move(plan->roles);
    auto credentials = co_await first_of(*std::move(plan));
    for (ProfileRole& role : roles) {
        if (!credentials) break;
        credentials = co_await assume(std::move(role), *std::move(credentials));
    }
    co_return found(std::move(credentials));
}

awaitable<Found> ProviderChain::from_ecs() const {
    KAKEHASHI_CO_TRY(auto fetch, EcsFetch::from(*world_.environment, *world_.files));
    if (!fetch) co_return std::optional<SessionCredentials>();
    auto result = co_await drive(world_.outside, *std::move(fetch));
    co_return found(std::move(result));
}

// The last of the chain: an IMDS that nobody named and that does not answer is no EC2 instance.
awaitable<Found> ProviderChain::from_imds() const {
    KAKEHASHI_CO_TRY(auto fetch, ImdsFetch::from(*world_.environment));
    if (!fetch) co_return std::optional<SessionCredentials>();
    auto result = co_await drive(world_.outside, *std::move(fetch));
    const bool named =
        !world_.environment->get("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("").empty();
    if (!result && result.error().kind == Kind::Unreachable && !named) {
        co_return std::optional<SessionCredentials>();
    }
    co_return found(std::move(result));
}

awaitable<ProviderChain::Result> ProviderChain::first_of(ProfilePlan plan) const {
    if (auto* own = std::get_if<SessionCredentials>(&plan.first)) co_return std::move(*own);
    if (auto* process = std::get_if<ProcessCommand>(&plan.first)) {
        auto result = co_await run_process(std::move(process->command));
        co_return result;
    }
    const Source source = std::get<Source>(plan.first);
    for (const Provider& provider : kProviders) {
        if (provider.source != source) continue;
        auto found = co_await (this->*provider.find)();
        if (!found) co_return Failure{std::move(found).error()};
        if (*found) co_return **std::move(found);
    }
    co_return Failure{ProviderError{Kind::NoneConfigured, source}};
}

awaitable<ProviderChain::Result> ProviderChain::run_process(SecretString command) const {
    auto output = co_await world_.process->run(command.reveal(), kProcessLimit);
    if (!output) {
        const std::string subject(subject_of(output.error()));
        co_return Failure{ProviderError{Kind::ProcessFailed, Source::Process, subject}};
    }
    const SecretString text(*std::move(output));
    auto read = parse_credentials(CredentialForm::Process, text.reveal());
    if (read) co_return *std::move(read);
    co_return Failure{ProviderError{Kind::ProcessBadAnswer, Source::Process, read.error()}};
}

awaitable<ProviderChain::Result> ProviderChain::assume(ProfileRole role, SessionCredentials caller)
    const {
    aws::AssumeRoleRequest request;
    request.role_arn = std::move(role.role_arn);
    request.role_session_name =
        role.session_name.empty() ? settings_.session_name : role.session_name;
    request.external_id = std::move(role.external_id);
    request.duration = role.duration;
    AssumeRole::Target target{settings_.sts, std::move(request), kAssumeRoleLimit};
    AssumeRole machine(std::move(target), std::move(caller), *sts_);
    auto result = co_await drive(world_.outside, std::move(machine));
    if (result) co_return *std::move(result);
    ProviderError error{Kind::AssumeRoleFailed, Source::Profile, result.error().role_arn};
    error.net = std::move(result.error().net);
    error.remote = std::move(result.error().remote);
    co_return Failure{std::move(error)};
}

}  // namespace kakehashi::session

#include "cli/aws_client.h"

#include "cli/judged_pair.h"
#include "cli/twin_registry.h"
#include "cloud/operator_role.h"
#include "session/assume_role.h"
#include "session/endpoint.h"

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace kakehashi::cli {
namespace {

// Link-local services that hand out credentials: plain http, on this machine's own link.
constexpr const char* kImdsHost = "169.254.169.254";
constexpr const char* kEcsHost = "169.254.170.2";

// Every origin that this process may connect to, by its configuration alone (P21).
std::vector<http::Origin> allowed_origins(
    const Environment& environment,
    const http::Origin& sts,
    const http::Origin& bedrock
) {
    std::vector<http::Origin> out = {sts, bedrock, {"http", kImdsHost, 80}, {"http", kEcsHost, 80}};
    for (const char* name :
         {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_CONTAINER_CREDENTIALS_FULL_URI"}) {
        const auto value = environment.get(name);
        if (!value) continue;
        if (auto url = session::parse_url(*value)) out.push_back(url->origin);
    }
    return out;
}

// AWS_CA_BUNDLE, else the profile's ca_bundle, else the system's store.
Expected<net::Trust, CommandFailure> trust_of(
    const Environment& environment,
    const session::SharedConfig& shared,
    const std::string& profile
) {
    std::optional<std::string> bundle = environment.get("AWS_CA_BUNDLE");
    if (!bundle || bundle->empty()) {
        const session::Section* section = shared.profile(profile);
        bundle = section ? section->value("ca_bundle") : std::nullopt;
    }
    auto trust = bundle ? net::Trust::from_file(*bundle) : net::Trust::system();
    if (trust) return *std::move(trust);
    auto failure = wrong_environment("ca-not-trusted", net::describe(trust.error()));
    std::error_code failed;
    const bool ended =
        bundle && is_ca_file_name(*bundle) && !std::filesystem::exists(*bundle, failed);
    if (ended) failure.hint = Message{"cli.twin.gone"_msg};
    return Failure{std::move(failure)};
}

Expected<http::Origin, CommandFailure> origin_of(
    std::string_view service,
    const std::string& region,
    const std::string& profile,
    const Environment& environment,
    const session::SharedConfig& shared
) {
    auto origin = session::resolve_endpoint({service, region, profile}, environment, shared);
    if (origin) return *std::move(origin);
    return Failure{wrong_environment("endpoint-refused", session::describe(origin.error()))};
}

// A Region of the environment that contradicts the configuration is a mistake in one of them.
std::optional<CommandFailure> other_region(
    const Environment& environment,
    const std::string& source_region
) {
    for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
        const auto value = environment.get(name);
        if (!value || value->empty()) continue;
        if (*value == source_region) return std::nullopt;
        return wrong_environment(
            "region-differs",
            {"cli.region.differs"_msg,
             {{"name", name}, {"region", *value}, {"source_region", source_region}}}
        );
    }
    return std::nullopt;
}

Expected<std::string, CommandFailure> role_of(
    const Project& project,
    const config::Municipality& municipality,
    Files& files
) {
    if (municipality.role_arn) return *municipality.role_arn;
    KAKEHASHI_TRY(const Sources sources, read_sources(project, files));
    const auto* filled_in = sources.configuration.find_municipality(municipality.name);
    if (filled_in && filled_in->role_arn) return *filled_in->role_arn;  // rendering knows it
    KAKEHASHI_TRY(auto world, world_of(sources));
    auto role = cloud::operator_role_of(*world, municipality);
    if (role) return *std::move(role);
    return Failure{wrong_environment("operator-role-unknown", std::move(role).error())};
}

aws::AssumeRoleRequest request_for(
    const config::Municipality& municipality,
    std::string role_arn,
    const Environment& environment
) {
    aws::AssumeRoleRequest request;
    request.role_arn = std::move(role_arn);
    request.role_session_name =
        session::role_session_name(municipality.session_name, host_name(), user_name(environment));
    request.external_id = municipality.external_id;
    return request;
}

}  // namespace

Expected<std::unique_ptr<AwsClient>, CommandFailure> AwsClient::make(
    boost::asio::any_io_executor executor,
    const Project& project,
    const std::optional<std::string>& municipality,
    const Environment& environment,
    Terminal* debug
) {
    const config::Configuration& configuration = project.configuration;
    const config::Municipality* chosen = municipality
                                             ? configuration.find_municipality(*municipality)
                                             : &configuration.municipalities.front();
    if (!chosen) {
        return Failure{wrong_use(
            "municipality-unknown", {"cli.municipality.unknown"_msg, {{"name", *municipality}}}
        )};
    }
    std::unique_ptr<AwsClient> made(new AwsClient(environment));
    auto set_up = made->set_up(std::move(executor), project, *chosen, debug);
    if (!set_up) return Failure{std::move(set_up).error()};
    return made;
}

Expected<void, CommandFailure> AwsClient::set_up(
    boost::asio::any_io_executor executor,
    const Project& project,
    const config::Municipality& municipality,
    Terminal* debug
) {
    const std::string& region = project.configuration.bedrock.source_region;
    if (auto differs = other_region(environment_, region)) return Failure{*std::move(differs)};
    auto shared = session::load_shared_config(environment_, files_);
    if (!shared) {
        auto failure = wrong_environment("credentials_unavailable", describe(shared.error()));
        if (const auto& problem = shared.error().problem) failure.problems = {*problem};
        return Failure{std::move(failure)};
    }
    const std::string profile = session::profile_name(environment_);
    KAKEHASHI_TRY(auto sts, origin_of("sts", region, profile, environment_, *shared));
    KAKEHASHI_TRY(
        auto bedrock, origin_of("bedrock-runtime", region, profile, environment_, *shared)
    );
    KAKEHASHI_TRY(auto role, role_of(project, municipality, files_));
    net::ClientPool::Settings settings{allowed_origins(environment_, sts, bedrock), std::nullopt};
    if (sts.scheme == "https" || bedrock.scheme == "https") {
        KAKEHASHI_TRY(settings.trust, trust_of(environment_, *shared, profile));
    }
    resolver_ = std::make_unique<net::DnsResolver>(executor);
    pool_ = std::make_unique<net::ClientPool>(executor, *resolver_, std::move(settings));
    if (debug) debug_ = std::make_unique<DebugTransport>(*pool_, *debug);
    http::Transport* transport = debug_ ? static_cast<http::Transport*>(debug_.get()) : pool_.get();
    const session::Outside outside{transport, &timer_, &clock_};
    sts_.emplace(aws::Service::Sts, aws::SigningScope{region, "sts"}, random_);
    bedrock_state_.emplace(aws::Service::Bedrock, aws::SigningScope{region, "bedrock"}, random_);
    auto request = request_for(municipality, std::move(role), environment_);
    const session::ProviderWorld world{&environment_, &files_, &process_, outside};
    session::ProviderChain::Settings chain{
        *std::move(shared), profile, sts, request.role_session_name};
    chain_ = std::make_unique<session::ProviderChain>(world, std::move(chain), *sts_);
    session::Crossing::Settings crossing{sts, std::move(request)};
    crossing_ = std::make_unique<session::Crossing>(std::move(crossing), *chain_, *sts_, outside);
    session::BedrockClient::Settings client{bedrock, region};
    bedrock_ = std::make_unique<session::BedrockClient>(
        std::move(client), *crossing_, *bedrock_state_, outside
    );
    return {};
}

}  // namespace kakehashi::cli

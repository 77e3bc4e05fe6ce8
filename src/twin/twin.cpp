#include "twin/twin.h"

#include "twin/bedrock.h"
#include "twin/bedrock_runtime.h"
#include "twin/codeartifact.h"
#include "twin/container_credentials.h"
#include "twin/explain.h"
#include "twin/imds.h"
#include "twin/package_repository.h"
#include "twin/s3.h"
#include "twin/standpoint.h"
#include "twin/state.h"
#include "twin/sts.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace kakehashi::twin {
namespace {

struct ServiceRow {
    Service service;
    const char* name;
    const char* endpoint_service;
    std::unique_ptr<http::Handler> (*make)(State&, const Standpoint&);
};
constexpr std::array kRows = {
    ServiceRow{Service::Sts, "sts", "sts", make_sts},
    ServiceRow{Service::BedrockRuntime, "bedrock-runtime", "bedrock-runtime", make_bedrock_runtime},
    ServiceRow{Service::Bedrock, "bedrock", "bedrock", make_bedrock},
    ServiceRow{Service::Imds, "imds", "", make_imds},
    ServiceRow{Service::CodeArtifact, "codeartifact", "codeartifact.api", make_codeartifact},
    ServiceRow{
        Service::CodeArtifactRepositories,
        "codeartifact.repositories",
        "codeartifact.repositories",
        make_package_repository},
    ServiceRow{Service::S3, "s3", "s3", make_s3},
    ServiceRow{
        Service::ContainerCredentials,
        "container-credentials",
        "",
        make_container_credentials},
};

// Whoever got so far ran into no silence on the way.
bool is_bedrock(const Event& event) {
    return std::string_view(event.source) == "bedrock.amazonaws.com";
}

const ServiceRow& row(Service service) {
    return kRows[static_cast<std::size_t>(service)];
}

// What everybody asks who crosses.
constexpr std::array kOfTheCrossing = {
    Service::Sts,
    Service::BedrockRuntime,
    Service::Imds,
    Service::ContainerCredentials};

// The service that a person means, as explain_silence knows it.
std::optional<std::string_view> asked_service(std::string_view text) {
    for (const ServiceRow& each : kRows) {
        const std::string_view endpoint = each.endpoint_service;
        if (text != each.name && (endpoint.empty() || text != endpoint)) continue;
        return endpoint.empty() ? each.name : endpoint;
    }
    return std::nullopt;
}

// A port that drops what arrives cannot tell that somebody asked. What the crossing goes through is
// asked by everybody who crosses; of other services only somebody who names one wants to know.
std::vector<Explained> silences(
    const cloud::World& world,
    const Standpoint& from,
    Language language
) {
    std::vector<Explained> out;
    for (Service service : kOfTheCrossing) {
        const cloud::Reach& found = from.reach(service);
        if (found.reachable() || found.finding.empty()) continue;
        out.push_back(explain_silence(world, from.place(), name(service), language));
    }
    return out;
}

// One decision, or each service that is silent.
std::vector<Explained> explained(
    const State& state,
    const Standpoint& from,
    std::optional<std::string_view> request_id,
    Language language
) {
    const cloud::World& world = state.world();
    const auto service = request_id ? asked_service(*request_id) : std::nullopt;
    if (service) return {explain_silence(world, from.place(), *service, language)};
    const auto* refused = state.journal.refusal(request_id.value_or(""));
    if (refused) return {explain_refusal(world, *refused, from.place(), language)};
    if (request_id) return {};
    const auto& events = state.journal.events();
    const bool crossed = !events.empty() && is_bedrock(events.back()) &&
                         from.reach(Service::BedrockRuntime).reachable();
    auto silent = crossed ? std::vector<Explained>{} : silences(world, from, language);
    if (silent.empty() && !events.empty()) silent = {explain_nothing(events.back(), language)};
    return silent;
}

}  // namespace

const char* name(Service service) {
    return row(service).name;
}

const char* endpoint_service(Service service) {
    return row(service).endpoint_service;
}

struct Twin::Stand {
    Stand(State& state, cloud::Place place) : standpoint(state.world(), std::move(place)) {
        for (Service service : kServices) {
            handlers.push_back(row(service).make(state, standpoint));
        }
    }
    Standpoint standpoint;
    std::vector<std::unique_ptr<http::Handler>> handlers;  // by Service
};

Twin::Twin(
    std::shared_ptr<const cloud::World> world,
    const cloud::Place& place,
    const Outside& outside
)
    : state_(std::make_unique<State>(std::move(world), outside)) {
    find_or_make(place);
}

Twin::~Twin() = default;

Twin::Stand& Twin::find_or_make(const cloud::Place& place) {
    const auto found = std::find_if(stands_.begin(), stands_.end(), [&](const auto& stand) {
        return stand->standpoint.place() == place;
    });
    if (found != stands_.end()) return **found;
    return *stands_.emplace_back(std::make_unique<Stand>(*state_, place));
}

const Standpoint& Twin::stand_at(const cloud::Place& place) {
    return find_or_make(place).standpoint;
}

const Standpoint& Twin::first_standpoint() const {
    return stands_.front()->standpoint;
}

http::Handler& Twin::handler(Service service) {
    return handler(service, first_standpoint());
}

http::Handler& Twin::handler(Service service, const Standpoint& from) {
    return *find_or_make(from.place()).handlers[static_cast<std::size_t>(service)];
}

const cloud::Reach& Twin::reach(Service service) const {
    return first_standpoint().reach(service);
}

const cloud::World& Twin::world() const {
    return state_->world();
}

std::vector<std::string> Twin::host_names(Service service) const {
    const std::string region = state_->world().region();
    switch (service) {
        case Service::Imds:
        case Service::ContainerCredentials:
            return {};
        case Service::CodeArtifactRepositories:
            return {"*.d.codeartifact." + region + ".amazonaws.com"};
        case Service::S3:
            return {
                "*.s3." + region + ".amazonaws.com",
                "*.s3.dualstack." + region + ".amazonaws.com",
                "s3." + region + ".amazonaws.com",
                "s3.dualstack." + region + ".amazonaws.com"};
        case Service::Sts:
        case Service::BedrockRuntime:
        case Service::Bedrock:
        case Service::CodeArtifact:
            return {std::string(name(service)) + "." + region + ".amazonaws.com"};
    }
    return {};
}

void Twin::listens_at(Service service, std::string origin) {
    state_->listens_at(service, std::move(origin));
}

std::vector<Twin::Variable> Twin::environment(const Standpoint& from) {
    using Kind = cloud::Instance::Kind;
    std::vector<Variable> out;
    const cloud::Instance* workload = from.place().instance;
    if (!workload || workload->kind == Kind::Ec2) return out;
    const auto issued = state_->instance_credentials(*workload);
    if (!issued) return out;
    if (workload->kind == Kind::Ecs) {
        out.push_back(
            {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
             SecretString(container_credentials_path(*workload))}
        );
        return out;
    }
    out.push_back({"AWS_ACCESS_KEY_ID", SecretString(std::string(issued->access_key_id))});
    out.push_back({"AWS_SECRET_ACCESS_KEY", issued->secret_access_key});
    out.push_back({"AWS_SESSION_TOKEN", issued->session_token});
    out.push_back({"AWS_LAMBDA_FUNCTION_NAME", SecretString(std::string(workload->id))});
    return out;
}

const Clock& Twin::signing_clock() const {
    return state_->clocks;
}

void Twin::advance(std::chrono::seconds by) {
    state_->clocks.advance(by);
}

TimePoint Twin::account_time() const {
    return state_->clocks.account_time();
}

std::vector<std::string> Twin::events() const {
    std::vector<std::string> lines;
    for (const Event& event : state_->journal.events()) {
        const auto line = record(event, state_->world().region(), state_->identifiers);
        lines.push_back(json::serialize(line));
    }
    return lines;
}

std::optional<std::string> Twin::explain(
    std::optional<std::string_view> request_id,
    Language language,
    const Standpoint* from
) const {
    std::optional<std::string> out;
    const Standpoint& here = from ? *from : first_standpoint();
    for (const Explained& each : explained(*state_, here, request_id, language)) {
        out = out.value_or("") + each.text;
    }
    return out;
}

std::optional<std::string> Twin::explain_as_json(
    std::optional<std::string_view> request_id,
    Language language,
    const Standpoint* from
) const {
    const Standpoint& here = from ? *from : first_standpoint();
    auto all = explained(*state_, here, request_id, language);
    if (all.empty()) return std::nullopt;
    json::array also;
    for (std::size_t i = 1; i < all.size(); ++i) {
        also.push_back(all[i].object["service"]);
    }
    if (!also.empty()) all[0].object["also"] = std::move(also);
    return json::serialize(all[0].object);
}

}  // namespace kakehashi::twin

#include "twin/twin.h"

#include "twin/bedrock.h"
#include "twin/bedrock_runtime.h"
#include "twin/explain.h"
#include "twin/imds.h"
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
    std::unique_ptr<http::Handler> (*make)(State&, const Standpoint&);
};
constexpr std::array kRows = {
    ServiceRow{Service::Sts, "sts", make_sts},
    ServiceRow{Service::BedrockRuntime, "bedrock-runtime", make_bedrock_runtime},
    ServiceRow{Service::Bedrock, "bedrock", make_bedrock},
    ServiceRow{Service::Imds, "imds", make_imds},
};

// Whoever got so far ran into no silence on the way.
bool is_bedrock(const Event& event) {
    return std::string_view(event.source) == "bedrock.amazonaws.com";
}

const ServiceRow& row(Service service) {
    return kRows[static_cast<std::size_t>(service)];
}

// What somebody may ask about besides the services that have a listener of their own.
constexpr std::array<std::string_view, 3> kMoreNames = {
    "codeartifact.api",
    "codeartifact.repositories",
    "s3"};

bool is_service(std::string_view text) {
    const auto named = [&](Service service) { return text == name(service); };
    return std::any_of(std::begin(kServices), std::end(kServices), named) ||
           std::find(kMoreNames.begin(), kMoreNames.end(), text) != kMoreNames.end();
}

// A port that drops what arrives cannot tell that somebody asked. What the crossing goes through is
// asked by everybody who crosses; of other services only somebody who names one wants to know.
std::vector<Explained> silences(
    const cloud::World& world,
    const Standpoint& from,
    Language language
) {
    std::vector<Explained> out;
    for (Service service : {Service::Sts, Service::BedrockRuntime, Service::Imds}) {
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
    if (request_id && is_service(*request_id)) {
        return {explain_silence(world, from.place(), *request_id, language)};
    }
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

struct Twin::Stand {
    Stand(State& state, cloud::Place place) : standpoint(state.world(), std::move(place)) {
        for (Service service : kServices) {
            handlers.push_back(row(service).make(state, standpoint));
        }
    }
    Standpoint standpoint;
    std::vector<std::unique_ptr<http::Handler>> handlers;  // by Service
};

Twin::Twin(std::shared_ptr<const cloud::World> world, cloud::Place place, Outside outside)
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
    if (service == Service::Imds) return {};
    return {std::string(name(service)) + "." + state_->world().region() + ".amazonaws.com"};
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

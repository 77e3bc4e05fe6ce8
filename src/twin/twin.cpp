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

// A port that drops what arrives cannot tell that somebody asked. What the crossing goes through is
// asked by everybody who crosses; of other services only somebody who names one wants to know.
std::string silences(const Standpoint& from, Language language) {
    std::string out;
    for (Service service : kServices) {
        const cloud::Reach& found = from.reach(service);
        const bool hinders = !found.reachable() && !found.finding.empty();
        if (hinders && service != Service::Bedrock)
            out += explain_silence(service, found, language);
    }
    return out;
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
    if (!from) from = &first_standpoint();
    for (Service service : kServices) {
        if (request_id == name(service)) {
            return explain_silence(service, from->reach(service), language);
        }
    }
    const auto* refused = state_->journal.refusal(request_id.value_or(""));
    if (refused) return explain_refusal(state_->world(), *refused, language);
    if (request_id) return std::nullopt;
    const auto& events = state_->journal.events();
    std::string out;
    const bool crossed = !events.empty() && is_bedrock(events.back()) &&
                         from->reach(Service::BedrockRuntime).reachable();
    if (!crossed) out = silences(*from, language);
    if (!out.empty()) return out;
    if (events.empty()) return std::nullopt;
    return explain_nothing(events.back(), language);
}

}  // namespace kakehashi::twin

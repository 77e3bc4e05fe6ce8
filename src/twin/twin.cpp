#include "twin/twin.h"

#include "twin/bedrock.h"
#include "twin/bedrock_runtime.h"
#include "twin/explain.h"
#include "twin/imds.h"
#include "twin/state.h"
#include "twin/sts.h"

#include <array>
#include <string_view>
#include <utility>

namespace kakehashi::twin {
namespace {

struct ServiceRow {
    Service service;
    const char* name;
    std::unique_ptr<http::Handler> (*make)(State&);
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

}  // namespace

const char* name(Service service) {
    return row(service).name;
}

Twin::Twin(std::shared_ptr<const cloud::World> world, cloud::Place place, Outside outside)
    : state_(std::make_unique<State>(std::move(world), std::move(place), outside)) {
    for (Service service : kServices) {
        handlers_.push_back(row(service).make(*state_));
    }
}

Twin::~Twin() = default;

http::Handler& Twin::handler(Service service) {
    return *handlers_[static_cast<std::size_t>(service)];
}

cloud::Reach Twin::reach(Service service) const {
    if (service != Service::Imds) {
        return cloud::reach(state_->world(), state_->place, name(service));
    }
    cloud::Reach local;
    const cloud::Instance* instance = state_->place.instance;
    if (instance) local.outcome = cloud::Reach::Outcome::Endpoint;
    if (!instance) local.finding = "imds-unreachable";
    return local;
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

// A port that drops what arrives cannot tell that somebody asked. What the crossing goes through is
// asked by everybody who crosses; of other services only somebody who names one wants to know.
std::string Twin::silences(Language language) const {
    std::string out;
    for (Service service : kServices) {
        const cloud::Reach found = reach(service);
        const bool hinders = !found.reachable() && !found.finding.empty();
        if (hinders && service != Service::Bedrock)
            out += explain_silence(service, found, language);
    }
    return out;
}

std::optional<std::string> Twin::explain(
    std::optional<std::string_view> request_id,
    Language language
) const {
    for (Service service : kServices) {
        if (request_id == name(service)) {
            return explain_silence(service, reach(service), language);
        }
    }
    const auto* refused = state_->journal.refusal(request_id.value_or(""));
    if (refused) return explain_refusal(state_->world(), *refused, language);
    if (request_id) return std::nullopt;
    const auto& events = state_->journal.events();
    std::string out;
    const bool crossed =
        !events.empty() && is_bedrock(events.back()) && reach(Service::BedrockRuntime).reachable();
    if (!crossed) out = silences(language);
    if (!out.empty()) return out;
    if (events.empty()) return std::nullopt;
    return explain_nothing(events.back(), language);
}

}  // namespace kakehashi::twin

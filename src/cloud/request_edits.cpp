#include "base/arn.h"
#include "base/text.h"
#include "cloud/detail/mending.h"

#include <algorithm>
#include <array>
#include <utility>

// Edits of what a caller sends.
namespace kakehashi::cloud {
namespace {

using iam::PolicyType;

// Keys of the caller's request that a trust policy pins: changing what is sent is the smaller edit.
struct SentKey {
    std::string_view key, parameter, setting;
};
constexpr std::array kSentKeys = {
    SentKey{"sts:ExternalId", "ExternalId", "external_id"},
    SentKey{"sts:RoleSessionName", "RoleSessionName", "session_name"},
};

std::string sent(const iam::Context& context, std::string_view key) {
    const auto* entry = context.find(key);
    return entry && !entry->values.empty() ? entry->values.front() : "";
}

// Whether what was sent is what the configuration says: then that is to be changed as well.
bool is_configured(
    const config::Municipality& municipality,
    const SentKey& key,
    const std::string& value
) {
    if (key.setting == "external_id") return municipality.external_id.value_or("") == value;
    const std::string& name = municipality.session_name;
    return value.starts_with(name.substr(0, name.find('{')));
}

Edit edit_of(const Asked& asked, const SentKey& key, const std::string& wanted) {
    const LegDecision& leg = asked.decided.legs[asked.decided.named->leg];
    Edit out{
        {"cloud.edit.send_parameter"_msg,
         {{"parameter", std::string(key.parameter)}, {"wanted", wanted}}},
        {},
        {{Change::Of::Request,
          Change::Operation::Set,
          "",
          std::string(key.parameter),
          json::value(replaced(wanted, "*", "x"))}}};
    const auto& configuration = asked.world->configuration();
    for (std::size_t i = 0; i < configuration.municipalities.size(); ++i) {
        const auto& municipality = configuration.municipalities[i];
        if (municipality.account != asked.session.account || !configuration.source) continue;
        if (!configuration.source) continue;
        if (!is_configured(municipality, key, sent(leg.request.context, key.key))) continue;
        const std::string setting(key.setting);
        out.what = {
            "cloud.edit.send_setting"_msg,
            {{"setting", setting}, {"parameter", std::string(key.parameter)}, {"wanted", wanted}}};
        out.where = municipality.where.of(setting);
        out.changes.insert(
            out.changes.begin(),
            {Change::Of::File,
             Change::Operation::Set,
             configuration.file,
             "municipality[" + std::to_string(i) + "]." + setting,
             json::value(replaced(wanted, "*", key.setting == "session_name" ? "{host}" : "x"))}
        );
    }
    return out;
}

bool may_run_inside(const World& world, const aws::InferenceProfile& profile) {
    const auto& allowed = world.configuration().bedrock.allowed_regions;
    const auto* model = world.catalog().model(profile.model);
    if (!model || model->legacy || profile.destinations.unbounded()) return false;
    if (!profile.sources.contains(world.region())) return false;
    const auto ids = profile.destinations.ids();
    return std::all_of(ids.begin(), ids.end(), [&](const std::string& region) {
        return std::find(allowed.begin(), allowed.end(), region) != allowed.end();
    });
}

}  // namespace

// One parameter if that is enough, else all that the trust policy pins.
std::vector<Candidate> sent_edits(const Asked& asked) {
    const Named& named = *asked.decided.named;
    const LegDecision& leg = asked.decided.legs[named.leg];
    if (named.type != PolicyType::Trust || !leg.policies.resource) return {};
    std::vector<Candidate> out;
    std::optional<Edit> all;
    for (const SentKey& key : kSentKeys) {
        const auto wanted = compared_with(*leg.policies.resource, key.key);
        if (!wanted) continue;
        Edit edit = edit_of(asked, key, *wanted);
        if (!all) {
            all = edit;
        } else {
            for (const Change& change : edit.changes) {
                all->changes.push_back(change);
            }
            all->what = {
                "cloud.edit.send_both"_msg,
                {{"external_id",
                  compared_with(*leg.policies.resource, kSentKeys[0].key).value_or("")},
                 {"session_name", *wanted}}};
        }
        out.push_back({std::move(edit), 0});
    }
    if (all && out.size() > 1) out.push_back({*std::move(all), 0});
    return out;
}

const aws::InferenceProfile* profile_inside(const World& world, std::string_view model) {
    const auto& catalog = world.catalog();
    const aws::InferenceProfile* otherwise = nullptr;
    const auto consider = [&](const aws::InferenceProfile* profile) {
        if (!profile || !may_run_inside(world, *profile)) return false;
        if (!otherwise) otherwise = profile;
        return profile->model == model;
    };
    for (const std::string& id : world.configuration().bedrock.profiles) {
        const auto* profile = catalog.profile(id);
        if (consider(profile)) return profile;
    }
    const bool configured = otherwise != nullptr;
    for (const aws::InferenceProfile& profile : catalog.profiles()) {
        if (configured && profile.model != model) continue;
        if (consider(&profile)) return configured ? otherwise : &profile;
    }
    return otherwise;
}

}  // namespace kakehashi::cloud

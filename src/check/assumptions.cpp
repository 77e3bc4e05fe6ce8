#include "check/assumptions.h"

#include "check/model_actions.h"

#include <string>
#include <utility>

namespace kakehashi::check {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Message switch_assumed(MessageId about, const char* value) {
    return {std::move(about), {{"value", value}}};
}

const char* presence(config::Presence value) {
    return value == config::Presence::Present ? "present" : "absent";
}

// The marks U that the proofs' questions touch (twin.md §8).
void add_switches(const config::TwinSwitches& switches, std::vector<Message>& out) {
    out.push_back(switch_assumed(
        "check.proof.assumption.cris_leg_endpoint"_msg, presence(switches.cris_leg_endpoint)
    ));
    out.push_back(switch_assumed(
        "check.proof.assumption.endpoint_policy_profile_key"_msg,
        presence(switches.endpoint_policy_profile_key)
    ));
    out.push_back(switch_assumed(
        "check.proof.assumption.foundation_model_account"_msg,
        switches.foundation_model_account == config::FoundationModelAccount::Absent ? "absent"
                                                                                    : "caller"
    ));
    const bool all_keys = switches.vpce_keys == config::VpceKeys::All;
    const bool no_keys = switches.vpce_keys == config::VpceKeys::None;
    out.push_back(switch_assumed(
        "check.proof.assumption.vpce_keys"_msg,
        all_keys  ? "all"
        : no_keys ? "none"
                  : "documented"
    ));
    out.push_back(switch_assumed(
        "check.proof.assumption.bedrock_rcp"_msg,
        switches.bedrock_rcp == config::BedrockRcp::Ignored ? "ignored" : "applied"
    ));
}

void add_vpc(const config::Municipality& municipality, std::vector<Message>& out) {
    if (const auto* vpc = std::get_if<config::ExistingVpc>(&municipality.vpc)) {
        const Fields fields = {{"name", municipality.name}, {"vpc", vpc->id}};
        out.push_back({"check.proof.assumption.existing_vpc"_msg, fields});
    }
    for (const std::string& network : municipality.trusted_networks) {
        const Fields fields = {{"name", municipality.name}, {"network", network}};
        out.push_back({"check.proof.assumption.trusted"_msg, fields});
    }
}

}  // namespace

std::vector<Message> proof_assumptions(const cloud::World& world) {
    std::vector<Message> out;
    out.push_back(
        {"check.proof.assumption.managed_policies"_msg, {{"date", world.managed_policies_date()}}}
    );
    out.push_back({"check.proof.assumption.catalog"_msg, {{"date", world.catalog().date()}}});
    out.push_back(
        {"check.proof.assumption.actions"_msg,
         {{"date", model_actions_date()}, {"count", std::to_string(model_actions().size())}}}
    );
    add_switches(world.configuration().twin.switches, out);
    for (const auto& municipality : world.configuration().municipalities)
        add_vpc(municipality, out);
    out.push_back({"check.proof.assumption.outside"_msg, {}});
    return out;
}

}  // namespace kakehashi::check

#include "design/render.h"

#include "cfn/stack.h"
#include "design/detail/plan.h"
#include "design/detail/templates.h"

#include <algorithm>
#include <utility>

namespace kakehashi::design {
namespace {

std::string numbered(std::size_t index) {
    return index == 0 ? "operator.yaml" : "operator-" + std::to_string(index + 1) + ".yaml";
}

void render_operator(const Plan& plan, Pair& pair) {
    config::Operator& owner = pair.configuration.operator_account;
    for (std::string& text : operator_templates(plan)) {
        pair.operator_templates.push_back(
            {numbered(pair.operator_templates.size()), with_digest(std::move(text))}
        );
        owner.templates.push_back(pair.operator_templates.back().name);
    }
    if (!owner.options.organization_scp) return;
    pair.organization_templates.push_back(
        {"organization.yaml", with_digest(organization_template(plan))}
    );
    owner.templates.push_back(pair.organization_templates.back().name);
}

// What the operator's stack is given for the outputs of a municipality's: in a world in memory, the
// ids that its endpoints will have there. A deployment takes them from the municipality's stack.
void fill_endpoints(const Crossing& crossing, const Plan& plan, Pair& pair) {
    cfn::StackSettings settings;
    settings.name = "kakehashi-" + crossing.municipality->name;  // as cloud calls it
    settings.account = crossing.municipality->account;
    settings.region = plan.region();
    for (const char* endpoint : {"StsEndpoint", "BedrockRuntimeEndpoint"}) {
        const auto id = cfn::physical_id(settings, "AWS::EC2::VPCEndpoint", endpoint);
        if (!id) continue;
        pair.configuration.operator_account.parameters[endpoint + crossing.logical_name] = *id;
    }
}

void render_municipality(
    const Plan& plan,
    const Crossing& crossing,
    config::Municipality& municipality,
    Pair& pair
) {
    if (crossing.renders_role) {
        municipality.role_arn =
            "arn:aws:iam::" + crossing.operator_role_account + ":role/" + crossing.operator_role;
    }
    if (!crossing.renders_network) return;
    const bool alone = plan.crossings.size() == 1;
    pair.municipality_templates.push_back(
        {alone ? "municipality.yaml" : "municipality-" + municipality.name + ".yaml",
         with_digest(municipality_template(plan, crossing))}
    );
    const bool bound = crossing.renders_role && plan.options().source_vpce;
    if (bound) fill_endpoints(crossing, plan, pair);
    municipality.templates = {pair.municipality_templates.back().name};
}

}  // namespace

bool is_rendered(const config::Configuration& configuration) {
    const auto& municipalities = configuration.municipalities;
    return configuration.operator_account.templates.empty() ||
           std::any_of(municipalities.begin(), municipalities.end(), [](const auto& each) {
               return each.templates.empty();
           });
}

Expected<Pair, Problems> render(const config::Configuration& configuration) {
    Pair pair;
    pair.configuration = configuration;
    if (!is_rendered(configuration)) return pair;
    KAKEHASHI_TRY(const Plan plan, make_plan(configuration));
    if (configuration.operator_account.templates.empty()) render_operator(plan, pair);
    for (std::size_t i = 0; i < plan.crossings.size(); ++i) {
        render_municipality(plan, plan.crossings[i], pair.configuration.municipalities[i], pair);
    }
    return pair;
}

}  // namespace kakehashi::design

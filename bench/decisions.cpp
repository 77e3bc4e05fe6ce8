// IAM decisions a CPU second, on one core, over the policies of the examples: every question of a
// crossing, read once and decided many times.
//
//   decisions [ROUNDS]   one JSON line a round
//   decisions --cases    the same questions as JSON Lines, for iam-simulate and `iam evaluate`
#include "base/arn.h"
#include "base/text.h"
#include "cloud/authorization.h"
#include "cloud/example_world.h"
#include "cloud/model_access.h"
#include "cloud/operator_role.h"
#include "cloud/reach.h"
#include "rate.h"

#include <cstdlib>
#include <iostream>

namespace {

using namespace kakehashi;  // NOLINT(google-build-using-namespace)

constexpr TimePoint kNow{std::chrono::seconds(1'795'509'217)};
constexpr const char* kModels[] = {
    "jp.anthropic.claude-haiku-4-5-20251001-v1:0",
    "global.anthropic.claude-haiku-4-5-20251001-v1:0"};

using Questions = std::vector<cloud::LegDecision>;

// iam-simulate knows no foundation model without a Region, so that leg of global. is left out.
void add(Questions& to, cloud::Authorization decided) {
    for (auto& leg : decided.legs) {
        if (!leg.request.resource.starts_with("arn:aws:bedrock:::")) to.push_back(std::move(leg));
    }
}

// The crossing, and a Converse with and without streaming for each model.
Questions questions_of(const cloud::World& world) {
    Questions out;
    const config::Municipality& municipality = world.configuration().municipalities.front();
    const std::string role_arn = *cloud::operator_role_of(world, municipality);
    const auto place = *cloud::find_place(world, municipality.name);
    const auto caller = *cloud::instance_session(world, *place.instance, kNow);
    const cloud::RequestFacts sts{cloud::reach(world, place, "sts"), kNow};
    aws::AssumeRoleRequest request;
    request.role_arn = role_arn;
    request.role_session_name = "kakehashi-host";
    request.external_id = municipality.external_id;
    add(out, authorize(world, caller, sts, assume_role_legs(world, caller, request)));
    const auto session = assumed_session(*world.role(role_arn), caller, request, {}, kNow);
    const cloud::RequestFacts bedrock{cloud::reach(world, place, "bedrock-runtime"), kNow};
    for (const char* model : kModels) {
        const auto invocation = cloud::resolve_invocation(world, session.account, model);
        for (auto kind : {cloud::InvocationKind::Unary, cloud::InvocationKind::Streaming}) {
            auto legs = invocation_legs(world, session, *invocation, {kind, world.region()});
            add(out, authorize(world, session, bedrock, std::move(legs)));
        }
    }
    return out;
}

json::array named(const std::vector<iam::Policy>& policies) {
    json::array out;
    for (const auto& policy : policies) {
        out.push_back(json::object{{"name", policy.name()}, {"policy", policy.document()}});
    }
    return out;
}

json::object context_of(const iam::Context& context) {
    json::object out;
    for (const auto& entry : context.entries()) {
        if (entry->many) {
            out[entry->key] = json::array(entry->values.begin(), entry->values.end());
        } else {
            out[entry->key] = entry->values.front();
        }
    }
    return out;
}

json::object simulation_of(const cloud::LegDecision& question) {
    const auto& [leg, request, policies, decision] = question;
    const auto arn = parse_arn(request.principal);
    const std::string& account =
        request.resource_account.empty() ? arn->account : request.resource_account;
    json::object out{
        {"request",
         json::object{
             {"action", request.action},
             {"principal", request.principal},
             {"resource", json::object{{"resource", request.resource}, {"accountId", account}}},
             {"contextVariables", context_of(request.context)}}},
        {"identityPolicies", named(policies.identity)},
        {"serviceControlPolicies", json::array{}},
        {"resourceControlPolicies", json::array{}}};
    if (policies.boundary) out["permissionBoundaryPolicies"] = named(*policies.boundary);
    if (policies.endpoint) out["vpcEndpointPolicies"] = named(*policies.endpoint);
    if (policies.resource) out["resourcePolicy"] = policies.resource->document();
    return out;
}

Questions all_questions() {
    Questions out;
    for (const char* example : {"fenced", "article"}) {
        const auto world = cloud::example_world(example);
        if (!world) std::abort();
        auto found = questions_of(**world);
        std::move(found.begin(), found.end(), std::back_inserter(out));
    }
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    const Questions questions = all_questions();
    if (argc > 1 && std::string_view(argv[1]) == "--cases") {
        for (const auto& each : questions) {
            json::object line{{"name", each.request.action}, {"simulation", simulation_of(each)}};
            std::cout << json::serialize(line) << "\n";
        }
        return 0;
    }
    const std::size_t rounds = argc > 1 ? parse_count(argv[1]).value_or(5) : 5;
    for (std::size_t i = 0; i < rounds; ++i) {
        std::size_t allowed = 0;
        const double rate = bench::per_cpu_second([&] {
            for (const auto& each : questions) {
                allowed += iam::decide(each.request, each.policies).allowed() ? 1U : 0U;
            }
            return questions.size();
        });
        if (allowed == 0) std::abort();
        std::cout << R"({"decide":)" << rate << R"(,"questions":)" << questions.size() << "}\n";
    }
}

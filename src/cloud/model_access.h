#pragma once

#include "aws/rejection.h"
#include "cloud/authorization.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// What a modelId means in an account, which legs an invocation has, and the account's own gates
// (twin.md §4). Wordings and statuses: aws-facts §3.4–3.7.
namespace kakehashi::cloud {

// A refusal in AWS's words, and the finding that names its cause ("" where none does).
struct Refusal {
    aws::Rejection rejection;
    std::string finding;
};

struct Invocation {
    const aws::FoundationModel* model = nullptr;
    std::string profile_arn = {};  // "": the bare model, on demand
    std::string profile_account = {};
    std::string profile_key = {};                // bedrock:InferenceProfileArn
    bool global = false;                         // runs anywhere; its model legs have no Region
    std::vector<std::string> destinations = {};  // sorted; at least one
};

Expected<Invocation, Refusal> resolve_invocation(
    const World& world,
    const std::string& account,
    std::string_view model_id
);

enum class InvocationKind { Unary, Streaming };
const char* invoke_action(InvocationKind kind);

// A guardrail that a request asks for. `identifier` is its id or its ARN.
struct Guardrail {
    std::string arn, version;
};
Guardrail guardrail_of(
    const World& world,
    const std::string& account,
    std::string_view identifier,
    std::string_view version
);

struct InvocationRequest {
    InvocationKind kind = InvocationKind::Unary;
    std::string routed_region;  // one of the invocation's destinations
    std::optional<Guardrail> guardrail = {};
};
std::vector<Leg> invocation_legs(
    const World& world,
    const Session& session,
    const Invocation& invocation,
    const InvocationRequest& request
);

// The calls that Bedrock makes for the caller when a model of AWS Marketplace is used first.
std::vector<Leg> marketplace_legs(const World& world, const aws::FoundationModel& model);

bool needs_subscription(const aws::FoundationModel& model);   // sold through AWS Marketplace
bool needs_use_case_form(const aws::FoundationModel& model);  // Anthropic's

// The gates that are the account's state alone; nullopt: open.
std::optional<Refusal> country_gate(const Account& account, const aws::FoundationModel& model);
std::optional<Refusal> form_gate(
    const World& world,
    const Account& account,
    const aws::FoundationModel& model
);
std::optional<Refusal> legacy_gate(const aws::FoundationModel& model);
std::optional<Refusal> guardrail_gate(const World& world, const Guardrail& guardrail);
Refusal marketplace_refusal();
enum class Throttled { Requests, Tokens };
Refusal throttled_refusal(Throttled by);

// Models that the account's configuration says are subscribed; absent there: what [bedrock]
// profiles need.
std::set<std::string> initial_subscriptions(const World& world, const Account& account);

}  // namespace kakehashi::cloud

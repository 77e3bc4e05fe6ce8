#include "base/arn.h"
#include "cloud/detail/mending.h"

// Which finding of check.md a refusal of IAM's is.
namespace kakehashi::cloud {
namespace {

using iam::PolicyType;

// Whether the trust policy would be content if the caller sent what it compares `key` with.
bool lacks_only(const World& world, LegDecision leg, std::initializer_list<std::string_view> keys) {
    if (!leg.policies.resource) return false;
    for (const std::string_view key : keys) {
        const auto wanted = compared_with(*leg.policies.resource, key);
        if (!wanted) return false;
        leg.request.context.set(key, *wanted);
    }
    return !blocked_by(decide(world, leg), PolicyType::Trust);
}

std::string sts_finding(const World& world, const LegDecision& leg, PolicyType type) {
    if (type == PolicyType::Endpoint) return "endpoint-policy-blocks";
    if (leg.request.action == "sts:TagSession") return "tag-session-missing";
    if (type != PolicyType::Trust && type != PolicyType::Resource) return "caller-may-not-assume";
    constexpr std::string_view kExternalId = "sts:ExternalId", kName = "sts:RoleSessionName";
    if (lacks_only(world, leg, {kExternalId})) return "external-id-differs";
    if (lacks_only(world, leg, {kName})) return "session-name-refused";
    if (lacks_only(world, leg, {kExternalId, kName})) return "external-id-differs";
    return "trust-does-not-name-caller";
}

// Whether the same role could make the other kind of call: then only streaming is shut.
bool unary_is_allowed(const World& world, LegDecision leg) {
    leg.request.action = "bedrock:InvokeModel";
    return decide(world, leg).allowed();
}

std::string bedrock_finding(const World& world, const LegDecision& leg, PolicyType type) {
    if (type == PolicyType::Endpoint) return "endpoint-policy-blocks";
    const auto arn = parse_arn(leg.request.resource);
    const bool model = arn && arn->resource.starts_with("foundation-model/");
    const bool denied = leg.decision.result == iam::Result::ExplicitlyDenied;
    if (model && (denied || type == PolicyType::Scp)) return "region-deny-blocks-destination";
    if (leg.request.action.ends_with("ResponseStream") && unary_is_allowed(world, leg)) {
        return "streaming-denied";
    }
    return model && arn->region != world.region() ? "destination-missing"
                                                  : "operator-may-not-invoke";
}

}  // namespace

std::string finding_of_refusal(const World& world, const Authorization& of) {
    const LegDecision& leg = of.legs[of.named->leg];
    const std::string& action = leg.request.action;
    if (action.starts_with("sts:")) return sts_finding(world, leg, of.named->type);
    if (action.starts_with("bedrock:")) return bedrock_finding(world, leg, of.named->type);
    // Packages and the like: no step of the crossing, so only what it shares has a finding.
    return of.named->type == PolicyType::Endpoint ? "endpoint-policy-blocks" : "";
}

}  // namespace kakehashi::cloud

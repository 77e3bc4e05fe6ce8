#include "finding/finding.h"

#include <algorithm>
#include <array>
#include <string>

namespace kakehashi::finding {
namespace {

// One line each, so that "what do we say, and who says it?" reads as a table
// clang-format off
constexpr auto kFindings = std::to_array<Finding>({
    // residency
    {"model-outside", Severity::Error, Area::Residency, Reporter::Check},
    {"proof-unknown", Severity::Error, Area::Residency, Reporter::Check},
    {"managed-policy-opens-models", Severity::Error, Area::Residency, Reporter::Check},
    {"profile-unknown", Severity::Error, Area::Residency, Reporter::Check | Reporter::Twin},
    {"foundation-model-direct", Severity::Warning, Area::Residency, Reporter::Check},
    {"region-deny-foreign", Severity::Error, Area::Residency, Reporter::Check},
    {"region-deny-missing", Severity::Warning, Area::Residency, Reporter::Check},
    {"region-deny-blocks-destination", Severity::Error, Area::Residency, Reporter::Check | Reporter::Twin},
    {"guardrail-leaves-japan", Severity::Error, Area::Residency, Reporter::Check},
    {"websearch-allowed", Severity::Error, Area::Residency, Reporter::Check},
    {"mantle-allowed", Severity::Error, Area::Residency, Reporter::Check},
    {"default-region-foreign", Severity::Warning, Area::Residency, Reporter::Check},
    // crossing
    {"no-sts-endpoint", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"no-bedrock-endpoint", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"private-dns-off", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"vpc-dns-off", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"endpoint-not-in-az", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"security-group-closed", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"nacl-closed", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"caller-may-not-assume", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"trust-does-not-name-caller", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"external-id-differs", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"session-name-refused", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"operator-may-not-invoke", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"endpoint-policy-blocks", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"streaming-denied", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"destination-missing", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"wrong-source-region", Severity::Error, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"tag-session-missing", Severity::Error, Area::Crossing, Reporter::Twin},
    {"not-deployable", Severity::Error, Area::Crossing, Reporter::Check},
    {"chained-duration", Severity::Warning, Area::Crossing, Reporter::Check | Reporter::Twin},
    {"deploy-order", Severity::Note, Area::Crossing, Reporter::Check},
    // privilege
    {"caller-has-bedrock", Severity::Error, Area::Privilege, Reporter::Check},
    {"trust-account-root", Severity::Error, Area::Privilege, Reporter::Check},
    {"trust-wildcard", Severity::Error, Area::Privilege, Reporter::Check},
    {"operator-marketplace", Severity::Warning, Area::Privilege, Reporter::Check},
    {"external-id-missing", Severity::Warning, Area::Privilege, Reporter::Check},
    {"external-id-guessable", Severity::Warning, Area::Privilege, Reporter::Check},
    {"shared-operator-role", Severity::Warning, Area::Privilege, Reporter::Check},
    {"operator-may-create", Severity::Warning, Area::Privilege, Reporter::Check},
    {"bearer-token-allowed", Severity::Warning, Area::Privilege, Reporter::Check},
    {"bootstrap-left-on", Severity::Warning, Area::Privilege, Reporter::Check},
    {"one-account", Severity::Warning, Area::Privilege, Reporter::Check},
    {"source-vpce-missing", Severity::Note, Area::Privilege, Reporter::Check},
    // perimeter
    {"endpoint-full-access", Severity::Error, Area::Perimeter, Reporter::Check},
    {"endpoint-foreign-principal", Severity::Error, Area::Perimeter, Reporter::Check},
    {"internet-gateway", Severity::Error, Area::Perimeter, Reporter::Check},
    {"nat", Severity::Error, Area::Perimeter, Reporter::Check},
    {"public-address", Severity::Error, Area::Perimeter, Reporter::Check},
    {"egress-open", Severity::Warning, Area::Perimeter, Reporter::Check},
    {"s3-gateway-open", Severity::Warning, Area::Perimeter, Reporter::Check},
    {"imdsv1", Severity::Warning, Area::Perimeter, Reporter::Check},
    {"peering", Severity::Warning, Area::Perimeter, Reporter::Check},
    {"hop-limit", Severity::Note, Area::Perimeter, Reporter::Check},
    // policy
    {"unknown-action", Severity::Error, Area::Policy, Reporter::Check},
    {"too-large", Severity::Error, Area::Policy, Reporter::Check},
    {"endpoint-policy-grammar", Severity::Error, Area::Policy, Reporter::Check},
    {"unknown-condition-key", Severity::Warning, Area::Policy, Reporter::Check},
    {"key-never-present", Severity::Warning, Area::Policy, Reporter::Check},
    {"for-all-values-allow", Severity::Warning, Area::Policy, Reporter::Check},
    {"not-principal", Severity::Warning, Area::Policy, Reporter::Check},
    {"old-version", Severity::Warning, Area::Policy, Reporter::Check},
    {"suppression-void", Severity::Warning, Area::Policy, Reporter::Check},
    // drift
    {"managed-policy-grew", Severity::Note, Area::Drift, Reporter::Check},
    // doctor and twin only
    {"form-missing", Severity::Error, Area::Account, Reporter::Twin},
    {"marketplace-missing", Severity::Error, Area::Account, Reporter::Twin},
    {"country-refused", Severity::Error, Area::Account, Reporter::Twin},
    {"model-legacy", Severity::Error, Area::Account, Reporter::Twin},
    {"quota-exceeded", Severity::Error, Area::Account, Reporter::Twin},
    {"throttled", Severity::Error, Area::Account, Reporter::Twin},
    {"imds-unreachable", Severity::Error, Area::Account, Reporter::Twin},
    {"imds-hop-limit", Severity::Error, Area::Account, Reporter::Twin},
    {"no-instance-profile", Severity::Error, Area::Account, Reporter::Twin},
    {"proxy-in-the-way", Severity::Error, Area::Account, Reporter::None},
    {"ca-not-trusted", Severity::Error, Area::Account, Reporter::None},
    {"tls-name-differs", Severity::Error, Area::Account, Reporter::None},
    {"clock-wrong", Severity::Error, Area::Account, Reporter::Twin},
    {"credentials-expired", Severity::Error, Area::Account, Reporter::Twin},
    {"credentials-missing", Severity::Error, Area::Account, Reporter::Twin},
    {"sts-global-endpoint", Severity::Error, Area::Account, Reporter::Twin},
    {"dns-public-address", Severity::Error, Area::Account, Reporter::None},
    {"dns-fails", Severity::Error, Area::Account, Reporter::None},
    {"connect-timeout", Severity::Error, Area::Account, Reporter::None},
});
// clang-format on

Message words(const Finding& finding, std::string_view part) {
    std::string id = "finding.";
    id.append(finding.id).append(".").append(part);
    return {MessageId::composed(std::move(id))};
}

}  // namespace

std::span<const Finding> all() {
    return kFindings;
}

const Finding* find(std::string_view id) {
    const auto* found = std::find_if(
        kFindings.begin(), kFindings.end(), [&](const Finding& finding) { return finding.id == id; }
    );
    return found == kFindings.end() ? nullptr : found;
}

std::string_view name(Severity severity) {
    switch (severity) {
        case Severity::Error:
            return "error";
        case Severity::Warning:
            return "warning";
        case Severity::Note:
            return "note";
    }
    return {};
}

std::string_view name(Area area) {
    switch (area) {
        case Area::Residency:
            return "residency";
        case Area::Crossing:
            return "crossing";
        case Area::Privilege:
            return "privilege";
        case Area::Perimeter:
            return "perimeter";
        case Area::Policy:
            return "policy";
        case Area::Drift:
            return "drift";
        case Area::Account:
            return "account";
    }
    return {};
}

Message title(const Finding& finding) {
    return words(finding, "title");
}

Message why(const Finding& finding) {
    return words(finding, "why");
}

Message fix(const Finding& finding) {
    return words(finding, "fix");
}

}  // namespace kakehashi::finding

#include "cloud/model_access.h"

#include "base/arn.h"
#include "base/fence.h"

#include <algorithm>
#include <array>

namespace kakehashi::cloud {
namespace {

using aws::Catalog;
using aws::ModelKind;
using aws::ModelReference;

// Where Anthropic's models may not be used from. Unverified: Bedrock publishes no list; these are
// countries that the provider's own terms leave out. Dated 2026-11.
constexpr std::array<std::string_view, 6> kCountriesRefused = {"CN", "RU", "KP", "IR", "SY", "CU"};

Refusal refusal(int status, std::string code, std::string message, std::string finding) {
    return {{status, std::move(code), std::move(message)}, std::move(finding)};
}

Refusal invalid_identifier() {
    return refusal(
        400, "ValidationException", "The provided model identifier is invalid.", "profile-unknown"
    );
}

Refusal not_a_model_id(std::string_view model_id) {
    return refusal(
        400,
        "ValidationException",
        "1 validation error detected: Value '" + std::string(model_id) +
            "' at 'modelId' failed to satisfy constraint: Member must satisfy regular expression "
            "pattern: [a-z0-9-]{1,63}[.]{1}[a-z0-9-]{1,63}([.:]?[a-z0-9-]{1,63})",
        "profile-unknown"
    );
}

// The apostrophe is U+2019, as AWS writes it.
Refusal on_demand_not_supported(std::string_view model_id) {
    return refusal(
        400,
        "ValidationException",
        "Invocation of model ID " + std::string(model_id) +
            " with on-demand throughput isn’t supported. Retry your request with the ID or ARN of "
            "an inference profile that contains this model.",
        "profile-unknown"
    );
}

Expected<Invocation, Refusal> on_demand(
    const World& world,
    std::string_view id,
    std::string_view text
) {
    const auto* model = world.catalog().model(id);
    if (!model || !model->regions.contains(world.region())) return Failure{invalid_identifier()};
    if (!model->on_demand.contains(world.region()) && in_force("gate.on-demand"))
        return Failure{on_demand_not_supported(text)};
    Invocation out;
    out.model = model;
    out.destinations = {world.region()};
    return out;
}

Expected<Invocation, Refusal> through_profile(
    const World& world,
    const std::string& account,
    std::string_view id
) {
    const Catalog& catalog = world.catalog();
    const auto* profile = catalog.profile(id);
    if (!profile ||
        (!profile->sources.contains(world.region()) && in_force("gate.source-region"))) {
        const bool elsewhere = profile != nullptr;
        Refusal out = invalid_identifier();
        if (elsewhere) out.finding = "wrong-source-region";
        return Failure{std::move(out)};
    }
    Invocation out;
    out.model = catalog.model(profile->model);
    out.profile_arn = aws::inference_profile_arn(world.region(), account, profile->id);
    out.profile_account = account;
    out.profile_key = out.profile_arn;
    out.global = profile->destinations.unbounded();
    out.destinations = profile->destinations.ids();
    return out;
}

// A profile of another account resolves, and then that account's policies refuse it (unverified:
// the switch foreign_profile_arn).
std::optional<Refusal> foreign_profile(const World& world) {
    switch (world.configuration().twin.switches.foreign_profile_arn) {
        case config::ForeignProfileArn::Validation:
            return invalid_identifier();
        case config::ForeignProfileArn::NotFound:
            return refusal(
                404,
                "ResourceNotFoundException",
                "The provided inference profile was not found.",
                "profile-unknown"
            );
        case config::ForeignProfileArn::AccessDenied:
            break;
    }
    return std::nullopt;
}

std::optional<std::string> copied_from(
    const World& world,
    const std::string& account,
    const std::string& arn
) {
    const Account* owner = world.account(account);
    if (owner) {
        const auto found = owner->application_profiles.find(arn);
        if (found != owner->application_profiles.end()) return found->second;
    }
    const auto& declared = world.configuration().bedrock.application_profiles;
    const auto found = declared.find(arn);
    return found == declared.end() ? std::nullopt : std::optional(found->second);
}

// What it copies from is a foundation model or a system profile, by ARN or id.
Expected<Invocation, Refusal> through_application_profile(
    const World& world,
    const ModelReference& reference
) {
    const auto source = copied_from(world, reference.account, reference.text);
    if (!source) return Failure{invalid_identifier()};
    const auto copied = aws::resolve_model_id(world.catalog(), *source);
    if (!copied) return Failure{invalid_identifier()};
    const bool model =
        copied->kind == ModelKind::FoundationModel || copied->kind == ModelKind::FoundationModelArn;
    auto out = model ? on_demand(world, copied->id, *source)
                     : through_profile(world, reference.account, copied->id);
    if (!out) return out;
    const std::string system_profile = out->profile_arn;
    out->profile_arn = reference.text;
    out->profile_account = reference.account;
    const bool own = world.configuration().twin.switches.application_profile_key ==
                     config::ApplicationProfileKey::Application;
    out->profile_key = own ? reference.text : system_profile;
    return out;
}

// Bedrock User Guide, "Set up permissions to use guardrails": the ARN, with ":" and the version
// behind it unless it is the draft. Unverified.
std::string guardrail_key(const Guardrail& guardrail) {
    const bool draft = guardrail.version.empty() || guardrail.version == "DRAFT";
    return draft ? guardrail.arn : guardrail.arn + ":" + guardrail.version;
}

// Who judges a destination; nullopt: nobody.
std::optional<Leg::JudgedBy> judges_of(const config::TwinSwitches& switches, bool routed) {
    const bool scp = routed || switches.scp_cris == config::CrisLegs::All;
    const bool others = routed || switches.identity_cris == config::CrisLegs::All;
    if (scp && others) return Leg::JudgedBy::Everything;
    if (scp) return Leg::JudgedBy::ScpAlone;
    if (others) return Leg::JudgedBy::AllButScp;
    return std::nullopt;
}

}  // namespace

Expected<Invocation, Refusal> resolve_invocation(
    const World& world,
    const std::string& account,
    std::string_view model_id
) {
    const auto reference = aws::resolve_model_id(world.catalog(), model_id);
    if (!reference) {
        const bool unknown = reference.error() == aws::ModelIdError::NotInTheCatalog;
        return Failure{unknown ? invalid_identifier() : not_a_model_id(model_id)};
    }
    if (!reference->region.empty() && reference->region != world.region()) {
        Refusal elsewhere = invalid_identifier();
        elsewhere.finding = "wrong-source-region";
        return Failure{std::move(elsewhere)};
    }
    if (!reference->account.empty() && reference->account != account) {
        if (auto refused = foreign_profile(world)) return Failure{*std::move(refused)};
    }
    switch (reference->kind) {
        case ModelKind::FoundationModel:
        case ModelKind::FoundationModelArn:
            return on_demand(world, reference->id, model_id);
        case ModelKind::InferenceProfile:
            return through_profile(world, account, reference->id);
        case ModelKind::InferenceProfileArn:
            return through_profile(world, reference->account, reference->id);
        case ModelKind::ApplicationInferenceProfileArn:
            return through_application_profile(world, *reference);
        case ModelKind::ProvisionedModelArn:
        case ModelKind::CustomModelArn:
        case ModelKind::CustomModelDeploymentArn:
        case ModelKind::ImportedModelArn:
        case ModelKind::PromptArn:
        case ModelKind::PromptRouterArn:
        case ModelKind::SageMakerEndpointArn:
            break;
    }
    // Not AWS's words: it might answer, if the account had one.
    return Failure{refusal(
        400,
        "ValidationException",
        "[kakehashi twin] `" + std::string(model_id) +
            "` is of a kind that the twin does not play: it has foundation models and inference "
            "profiles.",
        "profile-unknown"
    )};
}

const char* invoke_action(InvocationKind kind) {
    return kind == InvocationKind::Streaming ? "bedrock:InvokeModelWithResponseStream"
                                             : "bedrock:InvokeModel";
}

std::vector<Leg> invocation_legs(
    const World& world,
    const Session& session,
    const Invocation& invocation,
    const InvocationRequest& request
) {
    const auto& switches = world.configuration().twin.switches;
    std::vector<Leg> legs;
    Leg leg;
    leg.action = invoke_action(request.kind);
    if (request.guardrail) {
        leg.keys.emplace_back("bedrock:GuardrailIdentifier", guardrail_key(*request.guardrail));
    }
    if (!invocation.profile_arn.empty()) {
        Leg profile = leg;
        profile.resource = invocation.profile_arn;
        profile.resource_account = invocation.profile_account;
        profile.keys.emplace_back("aws:RequestedRegion", world.region());
        legs.push_back(std::move(profile));
    }
    if (!invocation.profile_key.empty()) {
        leg.keys.emplace_back("bedrock:InferenceProfileArn", invocation.profile_key);
    }
    if (switches.foundation_model_account == config::FoundationModelAccount::Caller) {
        leg.keys.emplace_back("aws:ResourceAccount", session.account);
    }
    const auto model_leg = [&](std::string_view region, std::string_view requested) {
        Leg out = leg;
        out.resource = aws::foundation_model_arn(region, invocation.model->id);
        out.keys.emplace_back("aws:RequestedRegion", requested);
        return out;
    };
    const bool far_through_endpoint = switches.cris_leg_endpoint == config::Presence::Present;
    if (invocation.global) {
        // Bedrock User Guide, "Global cross-Region inference": the model in the source Region, and
        // the model without a Region, whose aws:RequestedRegion is "unspecified".
        legs.push_back(model_leg(world.region(), world.region()));
        Leg anywhere = model_leg("", "unspecified");
        anywhere.forwarded = !far_through_endpoint;
        legs.push_back(std::move(anywhere));
    }
    for (const std::string& region : invocation.destinations) {
        if (invocation.global) break;
        const auto judged_by = judges_of(switches, region == request.routed_region);
        if (!judged_by) continue;
        Leg out = model_leg(region, region);
        out.judged_by = *judged_by;
        out.forwarded = region != world.region() && !far_through_endpoint;
        legs.push_back(std::move(out));
    }
    if (request.guardrail) {
        Leg guardrail;
        guardrail.action = "bedrock:ApplyGuardrail";
        guardrail.resource = request.guardrail->arn;
        if (const auto arn = parse_arn(guardrail.resource))
            guardrail.resource_account = arn->account;
        guardrail.keys.emplace_back("aws:RequestedRegion", world.region());
        legs.push_back(std::move(guardrail));
    }
    return legs;
}

Guardrail guardrail_of(
    const World& world,
    const std::string& account,
    std::string_view identifier,
    std::string_view version
) {
    Guardrail out{std::string(identifier), std::string(version)};
    if (!identifier.starts_with("arn:")) {
        out.arn = "arn:aws:bedrock:" + world.region() + ":" + account + ":guardrail/" + out.arn;
    }
    return out;
}

// The wording is unverified.
std::optional<Refusal> guardrail_gate(const World& world, const Guardrail& guardrail) {
    const auto arn = parse_arn(guardrail.arn);
    const Account* owner = arn ? world.account(arn->account) : nullptr;
    if (owner && owner->guardrails.contains(guardrail.arn)) return std::nullopt;
    if (!in_force("gate.guardrail")) return std::nullopt;
    return refusal(
        400,
        "ValidationException",
        "The guardrail identifier or version provided in the request does not exist.",
        ""
    );
}

std::vector<Leg> marketplace_legs(const World& world, const aws::FoundationModel& model) {
    std::vector<Leg> legs;
    for (const char* action : {"aws-marketplace:ViewSubscriptions", "aws-marketplace:Subscribe"}) {
        Leg leg;
        leg.action = action;
        leg.resource = "*";
        leg.forwarded = true;
        leg.keys = {{"aws:RequestedRegion", world.region()}};
        if (!model.product_id.empty() && leg.action == "aws-marketplace:Subscribe") {
            leg.lists = {{"aws-marketplace:ProductId", {model.product_id}}};
        }
        if (world.configuration().twin.switches.marketplace_called_via ==
            config::Presence::Present) {
            leg.keys.emplace_back("aws:ViaAWSService", "true");
            leg.keys.emplace_back("aws:CalledViaFirst", "bedrock.amazonaws.com");
            leg.keys.emplace_back("aws:CalledViaLast", "bedrock.amazonaws.com");
            leg.lists.push_back({"aws:CalledVia", {"bedrock.amazonaws.com"}});
        }
        legs.push_back(std::move(leg));
    }
    return legs;
}

bool needs_subscription(const aws::FoundationModel& model) {
    return model.provider != "Amazon";
}

bool needs_use_case_form(const aws::FoundationModel& model) {
    return model.provider == "Anthropic";
}

std::optional<Refusal> country_gate(const Account& account, const aws::FoundationModel& model) {
    const bool refused =
        std::find(kCountriesRefused.begin(), kCountriesRefused.end(), account.state.country) !=
        kCountriesRefused.end();
    if (!refused || !needs_use_case_form(model) || !in_force("gate.country")) return std::nullopt;
    return refusal(
        400,
        "ValidationException",
        "Access to Anthropic models is not allowed from unsupported countries, regions, or "
        "territories.",
        "country-refused"
    );
}

std::optional<Refusal> form_gate(
    const World& world,
    const Account& account,
    const aws::FoundationModel& model
) {
    const auto approved = [](const Account* each) {
        return each && each->state.use_case_form == config::UseCaseForm::Approved;
    };
    // Bedrock User Guide, "Access foundation models": sent once by the management account, the form
    // counts for the whole organisation.
    const auto& organization = world.organization();
    const bool inherited = organization && organization->find(account.id) &&
                           approved(world.account(organization->management_account));
    if (approved(&account) || inherited || !needs_use_case_form(model) || !in_force("gate.form"))
        return std::nullopt;
    return refusal(
        404,
        "ResourceNotFoundException",
        "Model use case details have not been submitted for this account. Fill out the Anthropic "
        "use case details form before using the model. If you have already filled out the form, "
        "try again in 15 minutes.",
        "form-missing"
    );
}

std::optional<Refusal> legacy_gate(const aws::FoundationModel& model) {
    if (!model.legacy || !in_force("gate.legacy")) return std::nullopt;
    return refusal(
        404,
        "ResourceNotFoundException",
        "Access denied. This Model is marked by provider as Legacy and you have not been actively "
        "using the model in the last 15 days. Please upgrade to an active model on Amazon Bedrock",
        "model-legacy"
    );
}

Refusal marketplace_refusal() {
    return refusal(
        403,
        "AccessDeniedException",
        "Model access is denied due to IAM user or service role is not authorized to perform the "
        "required AWS Marketplace actions (aws-marketplace:ViewSubscriptions, "
        "aws-marketplace:Subscribe) to enable access to this model. Refer to the Amazon Bedrock "
        "documentation for further details. Your AWS Marketplace subscription for this model "
        "cannot be completed at this time. If you recently fixed this issue, try again after 2 "
        "minutes.",
        "marketplace-missing"
    );
}

Refusal throttled_refusal(Throttled by) {
    const std::string what = by == Throttled::Requests ? "requests" : "tokens";
    return refusal(
        429,
        "ThrottlingException",
        "Too many " + what + ", please wait before trying again.",
        "quota-exceeded"
    );
}

std::set<std::string> initial_subscriptions(const World& world, const Account& account) {
    if (const auto& named = account.state.subscriptions) return {named->begin(), named->end()};
    std::set<std::string> out;
    for (const std::string& id : world.configuration().bedrock.profiles) {
        if (const auto* profile = world.catalog().profile(id)) out.insert(profile->model);
    }
    return out;
}

}  // namespace kakehashi::cloud

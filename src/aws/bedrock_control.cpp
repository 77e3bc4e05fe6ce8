#include "aws/bedrock_control.h"

#include "aws/detail/violations.h"
#include "base/arn.h"
#include "base/text.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace kakehashi::aws {
namespace {

constexpr std::size_t kPageMax = 1000;  // maxResults of the service model
constexpr std::string_view kSystem = "SYSTEM_DEFINED", kApplication = "APPLICATION";
// When each entry was made is not known; a date of ours keeps the member that the API has.
constexpr std::string_view kCreated = "2025-10-15T00:00:00Z";
constexpr std::string_view kRoutes = "Routes requests to ";  // as AWS's descriptions begin

Rejection validation(std::string message) {
    return {400, "ValidationException", std::move(message)};
}

// Words unverified, both.
Rejection no_such_profile() {
    return {
        404,
        "ResourceNotFoundException",
        "The provided inference profile could not be found. Check the identifier and try again."};
}
Rejection no_such_model() {
    return validation("The provided model identifier is invalid.");
}

json::object model_arn(std::string_view region, std::string_view model) {
    return {{"modelArn", foundation_model_arn(region, model)}};
}

// `global.`: the source Region and a foundation model without one (seen in errors of global
// profiles: github.com/aws-samples/sample-badgers/issues/33); as an answer of this operation
// unverified.
json::array models_of(const InferenceProfile& profile, const ControlScope& scope) {
    json::array models;
    if (profile.destinations.unbounded()) {
        models.emplace_back(model_arn(scope.region, profile.model));
        models.emplace_back(model_arn("", profile.model));
        return models;
    }
    for (const std::string& region : profile.destinations.ids())
        models.emplace_back(model_arn(region, profile.model));
    return models;
}

json::object to_summary(const InferenceProfile& profile, const ControlScope& scope) {
    json::object summary{{"inferenceProfileName", profile.name}};
    summary["description"] =
        std::string(kRoutes) +
        (profile.destinations.unbounded() ? std::string("all supported commercial Regions")
                                          : to_string(profile.destinations)) +
        ".";
    summary["createdAt"] = kCreated;
    summary["updatedAt"] = kCreated;
    summary["inferenceProfileArn"] = inference_profile_arn(scope.region, scope.account, profile.id);
    summary["models"] = models_of(profile, scope);
    summary["inferenceProfileId"] = profile.id;
    summary["status"] = "ACTIVE";
    summary["type"] = kSystem;
    return summary;
}

std::string application_arn(const ApplicationProfile& application, const ControlScope& scope) {
    return to_string(Arn{
        "aws",
        "bedrock",
        scope.region,
        scope.account,
        "application-inference-profile/" + application.id});
}

json::object to_summary(
    const ApplicationProfile& application,
    const ControlScope& scope,
    const Catalog& catalog
) {
    json::object summary{{"inferenceProfileName", application.name}};
    if (!application.description.empty()) summary["description"] = application.description;
    summary["createdAt"] = kCreated;
    summary["updatedAt"] = kCreated;
    summary["inferenceProfileArn"] = application_arn(application, scope);
    const InferenceProfile* profile = catalog.profile(application.copies_from);
    summary["models"] = profile ? models_of(*profile, scope)
                                : json::array{model_arn(scope.region, application.copies_from)};
    summary["inferenceProfileId"] = application.id;
    summary["status"] = "ACTIVE";
    summary["type"] = kApplication;
    return summary;
}

json::array all_summaries(
    const Catalog& catalog,
    const ControlScope& scope,
    std::string_view type,
    std::span<const ApplicationProfile> applications
) {
    json::array summaries;
    if (type == kSystem)
        for (const InferenceProfile* profile : catalog.profiles_from(scope.region))
            summaries.emplace_back(to_summary(*profile, scope));
    else
        for (const ApplicationProfile& application : applications)
            summaries.emplace_back(to_summary(application, scope, catalog));
    return summaries;
}

Expected<std::size_t, Rejection> page_size(const ListInferenceProfilesRequest& request) {
    if (!request.max_results) return kPageMax;
    const auto size = parse_count(*request.max_results);
    if (!size) return Failure{validation("maxResults is not a number")};  // words unverified
    if (*size >= 1 && *size <= kPageMax) return *size;
    detail::Violations violations;
    violations.add(
        "maxResults",
        *request.max_results,
        *size < 1 ? "Member must have value greater than or equal to 1"
                  : "Member must have value less than or equal to 1000"
    );
    return Failure{violations.rejection("ValidationException")};
}

bool offered(const FoundationModel& model, const ControlScope& scope) {
    return model.regions.contains(scope.region);
}

json::array to_array(const std::vector<std::string>& texts) {
    json::array array;
    for (const std::string& text : texts)
        array.emplace_back(text);
    return array;
}

// A model that needs a profile has INFERENCE_PROFILE alone.
std::vector<std::string> inference_types(const FoundationModel& model, const ControlScope& scope) {
    return {model.on_demand.contains(scope.region) ? "ON_DEMAND" : "INFERENCE_PROFILE"};
}

json::object to_object(const FoundationModel& model, const ControlScope& scope) {
    json::object object{
        {"modelArn", foundation_model_arn(scope.region, model.id)},
        {"modelId", model.id},
        {"modelName", model.name},
        {"providerName", model.provider}};
    object["inputModalities"] = to_array(model.input);
    object["outputModalities"] = to_array(model.output);
    object["responseStreamingSupported"] = model.streaming;
    object["customizationsSupported"] = json::array();
    object["inferenceTypesSupported"] = to_array(inference_types(model, scope));
    object["modelLifecycle"] = json::object{{"status", model.legacy ? "LEGACY" : "ACTIVE"}};
    return object;
}

bool has(const std::vector<std::string>& texts, std::string_view text) {
    return std::ranges::find(texts, text) != texts.end();
}

bool matches(
    const FoundationModel& model,
    const ControlScope& scope,
    const ListFoundationModelsRequest& request
) {
    return offered(model, scope) &&
           (!request.provider || equal_ignoring_case(model.provider, *request.provider)) &&
           (!request.output_modality || has(model.output, *request.output_modality)) &&
           (!request.inference_type || has(inference_types(model, scope), *request.inference_type));
}

void check_choice(
    detail::Violations& violations,
    std::string_view path,
    const std::optional<std::string>& value,
    const std::vector<std::string>& choices
) {
    if (!value || has(choices, *value)) return;
    std::string set;
    for (const std::string& choice : choices)
        set += (set.empty() ? "" : ", ") + choice;
    violations.add(path, *value, "Member must satisfy enum value set: [" + set + "]");
}

}  // namespace

Expected<json::value, Rejection> list_inference_profiles(
    const Catalog& catalog,
    const ControlScope& scope,
    const ListInferenceProfilesRequest& request,
    std::span<const ApplicationProfile> applications
) {
    detail::Violations violations;
    check_choice(
        violations, "typeEquals", request.type, {std::string(kSystem), std::string(kApplication)}
    );
    if (!violations.empty()) return Failure{violations.rejection("ValidationException")};
    KAKEHASHI_TRY(const std::size_t size, page_size(request));
    // The token is the number of profiles that were listed before; AWS's is opaque.
    const auto from = parse_count(request.next_token.value_or("0"));
    const json::array all =
        all_summaries(catalog, scope, request.type.value_or(std::string(kSystem)), applications);
    if (!from || *from > all.size()) return Failure{validation("The pagination token is invalid.")};

    const std::size_t end = std::min(all.size(), *from + size);
    json::array page;
    for (std::size_t i = *from; i < end; ++i)
        page.push_back(all[i]);
    json::object body;
    body["inferenceProfileSummaries"] = std::move(page);
    if (end < all.size()) body["nextToken"] = std::to_string(end);
    return json::value(std::move(body));
}

Expected<json::value, Rejection> get_inference_profile(
    const Catalog& catalog,
    const ControlScope& scope,
    std::string_view identifier,
    std::span<const ApplicationProfile> applications
) {
    for (const InferenceProfile* profile : catalog.profiles_from(scope.region))
        if (identifier == profile->id ||
            identifier == inference_profile_arn(scope.region, scope.account, profile->id))
            return json::value(to_summary(*profile, scope));
    for (const ApplicationProfile& application : applications)
        if (identifier == application.id || identifier == application_arn(application, scope))
            return json::value(to_summary(application, scope, catalog));
    return Failure{no_such_profile()};
}

Expected<json::value, Rejection> list_foundation_models(
    const Catalog& catalog,
    const ControlScope& scope,
    const ListFoundationModelsRequest& request
) {
    detail::Violations violations;
    check_choice(
        violations, "byOutputModality", request.output_modality, {"TEXT", "IMAGE", "EMBEDDING"}
    );
    check_choice(
        violations, "byInferenceType", request.inference_type, {"ON_DEMAND", "PROVISIONED"}
    );
    if (!violations.empty()) return Failure{violations.rejection("ValidationException")};
    json::array models;
    for (const FoundationModel& model : catalog.models())
        if (matches(model, scope, request)) models.emplace_back(to_object(model, scope));
    json::object body;
    body["modelSummaries"] = std::move(models);
    return json::value(std::move(body));
}

Expected<json::value, Rejection> get_foundation_model(
    const Catalog& catalog,
    const ControlScope& scope,
    std::string_view identifier
) {
    for (const FoundationModel& model : catalog.models()) {
        if (!offered(model, scope)) continue;
        if (identifier != model.id && identifier != foundation_model_arn(scope.region, model.id))
            continue;
        json::object body;
        body["modelDetails"] = to_object(model, scope);
        return json::value(std::move(body));
    }
    return Failure{no_such_model()};
}

Expected<InferenceProfile, std::string> read_inference_profile(
    const json::value& body,
    std::string_view source_region,
    std::string_view date
) {
    InferenceProfile profile;
    const auto id = json::find_string(body, "inferenceProfileId");
    const auto name = json::find_string(body, "inferenceProfileName");
    const json::array* models = json::find_array(body, "models");
    if (!id || id->empty()) return Failure{std::string("inferenceProfileId")};
    if (!name || name->empty()) return Failure{std::string("inferenceProfileName")};
    if (!models || models->empty()) return Failure{std::string("models")};
    profile.id = *id;
    profile.name = *name;
    profile.sources.insert(source_region);
    for (std::size_t i = 0; i < models->size(); ++i) {
        const std::string path = "models[" + std::to_string(i) + "].modelArn";
        const auto text = json::find_string((*models)[i], "modelArn");
        const auto arn = parse_arn(text.value_or(""));
        constexpr std::string_view kModel = "foundation-model/";
        if (!arn || !arn->resource.starts_with(kModel)) return Failure{path};
        const std::string model = arn->resource.substr(kModel.size());
        if (!profile.model.empty() && profile.model != model) return Failure{path};
        profile.model = model;
        // No Region: a global profile.
        if (arn->region.empty())
            profile.destinations = RegionSet::any();
        else
            profile.destinations.insert(arn->region);
    }
    profile.source =
        "bedrock:GetInferenceProfile in " + std::string(source_region) + ", " + std::string(date);
    return profile;
}

}  // namespace kakehashi::aws

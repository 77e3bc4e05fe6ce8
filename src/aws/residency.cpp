#include "aws/residency.h"

namespace kakehashi::aws {
namespace {

using Kind = ResidencyRefusal::Kind;

// Where what `reference` names may run when it is called in `host_region`. A profile may run in
// each of its destinations, whichever of its sources is called: the union, so as never to promise
// too much.
Expected<RegionSet, Kind> places_of(
    const Catalog& catalog,
    const ModelReference& reference,
    std::string_view host_region
) {
    RegionSet places;
    switch (reference.kind) {
        case ModelKind::FoundationModel:
            places.insert(host_region);
            return places;
        case ModelKind::FoundationModelArn:
            places.insert(reference.region);
            return places;
        case ModelKind::InferenceProfile:
        case ModelKind::InferenceProfileArn: {
            const InferenceProfile* profile = catalog.profile(reference.id);
            if (!profile) return Failure{Kind::Unknown};
            places = profile->destinations;
            if (!reference.region.empty()) places.insert(reference.region);
            return places;
        }
        case ModelKind::ApplicationInferenceProfileArn:
            return Failure{Kind::UnknownApplicationProfile};
        case ModelKind::ProvisionedModelArn:
        case ModelKind::CustomModelArn:
        case ModelKind::CustomModelDeploymentArn:
        case ModelKind::ImportedModelArn:
        case ModelKind::PromptArn:
        case ModelKind::PromptRouterArn:
        case ModelKind::SageMakerEndpointArn:
            break;
    }
    return Failure{Kind::PlacesUnknown};
}

// An application profile runs where what it copies from runs, called in the Region of its ARN.
Expected<RegionSet, Kind> places_of_application(
    const Catalog& catalog,
    const ResidencyRules& rules,
    const ModelReference& reference
) {
    const auto copies_from = rules.application_profiles.find(reference.text);
    if (copies_from == rules.application_profiles.end())
        return Failure{Kind::UnknownApplicationProfile};
    const auto original = resolve_model_id(catalog, copies_from->second);
    if (!original) return Failure{Kind::UnknownApplicationProfile};
    KAKEHASHI_TRY(RegionSet places, places_of(catalog, *original, reference.region));
    places.insert(reference.region);
    return places;
}

}  // namespace

Expected<JudgedModel, ResidencyRefusal> ResidencyGuard::judge(
    std::string_view model_id,
    std::string_view host_region
) const {
    ResidencyRefusal refusal;
    refusal.model_id = model_id.substr(0, kModelIdBytesMax);
    refusal.host_region = host_region;
    refusal.allowed = rules_.allowed;
    refusal.source_region = rules_.source_region;
    refusal.catalog_date = catalog_.date();
    const auto refused = [&refusal](Kind kind) {
        refusal.kind = kind;
        return Failure{refusal};
    };
    refusal.places.insert(host_region);
    if (host_region != rules_.source_region) return refused(Kind::SourceRegionDiffers);
    const auto reference = resolve_model_id(catalog_, model_id);
    if (!reference) return refused(Kind::Unknown);
    const auto places = reference->kind == ModelKind::ApplicationInferenceProfileArn
                            ? places_of_application(catalog_, rules_, *reference)
                            : places_of(catalog_, *reference, host_region);
    if (!places) return refused(places.error());
    refusal.places = refusal.places.joined(*places);
    // "Anywhere" is never allowed, not even by rules that say so: nobody can list what it allows.
    if (refusal.places.unbounded() || !refusal.places.within(rules_.allowed))
        return refused(Kind::OutsideAllowed);
    return JudgedModel(std::string(model_id), std::string(host_region), refusal.places);
}

Message describe(const ResidencyRefusal& refusal) {
    switch (refusal.kind) {
        case Kind::Unknown:
            return {
                "aws.residency.unknown"_msg,
                {{"model", refusal.model_id}, {"date", refusal.catalog_date}}};
        case Kind::UnknownApplicationProfile:
            return {"aws.residency.unknown_application_profile"_msg, {{"model", refusal.model_id}}};
        case Kind::PlacesUnknown:
            return {"aws.residency.places_unknown"_msg, {{"model", refusal.model_id}}};
        case Kind::SourceRegionDiffers:
            return {
                "aws.residency.source_region_differs"_msg,
                {{"host", refusal.host_region}, {"source", refusal.source_region}}};
        case Kind::OutsideAllowed:
            break;
    }
    if (refusal.places.unbounded())
        return {
            "aws.residency.anywhere"_msg,
            {{"model", refusal.model_id}, {"allowed", to_string(refusal.allowed)}}};
    return {
        "aws.residency.outside_allowed"_msg,
        {{"model", refusal.model_id},
         {"outside", to_string(refusal.places.without(refusal.allowed))},
         {"allowed", to_string(refusal.allowed)}}};
}

}  // namespace kakehashi::aws

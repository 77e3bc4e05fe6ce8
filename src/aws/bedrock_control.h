#pragma once

#include "aws/catalog.h"
#include "aws/rejection.h"
#include "base/expected.h"
#include "base/json.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// Response bodies of Bedrock's control plane, made from the catalog as one account sees it in one
// Region. Source: botocore's service model bedrock/2023-04-20. Safe from every thread.
namespace kakehashi::aws {

struct ControlScope {
    std::string account, region;
};

// An application inference profile of the account in this Region.
struct ApplicationProfile {
    std::string id;  // twelve letters and digits
    std::string name;
    std::string description = {};
    std::string copies_from;  // id of a system profile or of a foundation model
};

struct ListInferenceProfilesRequest {
    std::optional<std::string> type =
        {};  // SYSTEM_DEFINED (what an absent one means) or APPLICATION
    std::optional<std::string> max_results = {};  // as they stand in the query
    std::optional<std::string> next_token = {};
};
Expected<json::value, Rejection> list_inference_profiles(
    const Catalog& catalog,
    const ControlScope& scope,
    const ListInferenceProfilesRequest& request,
    std::span<const ApplicationProfile> applications = {}
);
// `identifier`: an id or an ARN of this Region and account.
Expected<json::value, Rejection> get_inference_profile(
    const Catalog& catalog,
    const ControlScope& scope,
    std::string_view identifier,
    std::span<const ApplicationProfile> applications = {}
);

struct ListFoundationModelsRequest {
    std::optional<std::string> provider = {};         // byProvider
    std::optional<std::string> output_modality = {};  // byOutputModality: TEXT, IMAGE, EMBEDDING
    std::optional<std::string> inference_type = {};   // byInferenceType: ON_DEMAND, PROVISIONED
};
Expected<json::value, Rejection> list_foundation_models(
    const Catalog& catalog,
    const ControlScope& scope,
    const ListFoundationModelsRequest& request
);
// `identifier`: an id or an ARN of this Region.
Expected<json::value, Rejection> get_foundation_model(
    const Catalog& catalog,
    const ControlScope& scope,
    std::string_view identifier
);

// The other direction, for `catalog update`: a body of GetInferenceProfile, called in
// `source_region`, as a catalog entry. Errors: the path of what is missing or of another kind.
Expected<InferenceProfile, std::string> read_inference_profile(
    const json::value& body,
    std::string_view source_region,
    std::string_view date
);

}  // namespace kakehashi::aws

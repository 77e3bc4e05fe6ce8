#pragma once

#include "aws/regions.h"
#include "base/expected.h"
#include "base/problem.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The dated list of foundation models and system-defined inference profiles, and what a modelId
// means by it. Data: data/bedrock-models.json, each entry with its source. Safe from every thread.
namespace kakehashi::aws {

inline constexpr std::size_t kCatalogBytesMax = 4U << 20U;
inline constexpr std::size_t kCatalogEntriesMax = 4096;
inline constexpr std::size_t kModelIdBytesMax = 2048;  // Bedrock Runtime, ConversationalModelId

struct FoundationModel {
    std::string id;  // "anthropic.claude-haiku-4-5-20251001-v1:0"
    std::string provider, name;
    RegionSet regions;    // where it runs, by itself or behind a profile
    RegionSet on_demand;  // where the bare id may be called; elsewhere it needs a profile
    std::vector<std::string> input, output;  // modalities: "TEXT", "IMAGE"
    bool streaming = true;
    bool legacy = false;
    std::string product_id;                          // AWS Marketplace; "" when not known
    std::optional<std::uint32_t> output_tokens_max;  // when known
    std::string source;
    bool unverified = false;  // nobody has confirmed it against AWS
    friend bool operator==(const FoundationModel&, const FoundationModel&) = default;
};

struct InferenceProfile {
    std::string id;  // "jp.anthropic.claude-haiku-4-5-20251001-v1:0"
    std::string name;
    std::string model;       // id of the foundation model; in the catalog
    RegionSet sources;       // where it may be called
    RegionSet destinations;  // where it may run the model, from any of its sources
    std::string source;
    bool unverified = false;
    friend bool operator==(const InferenceProfile&, const InferenceProfile&) = default;
};

// A value: copies are independent. Lookups borrow from it.
class Catalog {
public:
    const std::string& date() const { return date_; }                       // "2026-11-23": as of
    const std::string& source() const { return source_; }                   // of the whole
    const std::vector<FoundationModel>& models() const { return models_; }  // sorted by id
    const std::vector<InferenceProfile>& profiles() const { return profiles_; }  // sorted by id

    const FoundationModel* model(std::string_view id) const;     // nullptr: not known
    const InferenceProfile* profile(std::string_view id) const;  // nullptr: not known
    std::vector<const InferenceProfile*> profiles_from(std::string_view region) const;

    // The same with one profile added or replaced, as after bedrock:GetInferenceProfile; nullopt
    // when its model is not in the catalog or it runs nowhere.
    std::optional<Catalog> with(InferenceProfile profile) const;

    friend bool operator==(const Catalog&, const Catalog&) = default;

private:
    friend Expected<Catalog, Problems> read_catalog(std::string_view text);
    std::string date_, source_;
    std::vector<FoundationModel> models_;
    std::vector<InferenceProfile> profiles_;
};

// Strict: unknown keys, doubles, Regions that data/regions.json lacks and profiles of unknown
// models are problems; all are reported, with a path. Never throws on any input.
Expected<Catalog, Problems> read_catalog(std::string_view text);
std::string to_json(const Catalog& catalog);  // read_catalog(to_json(c)) == c

const Catalog& built_in_catalog();  // data/bedrock-models.json; lives as long as the program

enum class ModelKind {
    FoundationModel,   // bare id
    InferenceProfile,  // bare id of a system-defined profile
    FoundationModelArn,
    InferenceProfileArn,
    ApplicationInferenceProfileArn,
    ProvisionedModelArn,
    CustomModelArn,
    CustomModelDeploymentArn,
    ImportedModelArn,
    PromptArn,
    PromptRouterArn,
    SageMakerEndpointArn,
};

struct ModelReference {
    ModelKind kind = ModelKind::FoundationModel;
    std::string text;             // exactly as it was given
    std::string id;               // model, profile or resource id; of a prompt with its version
    std::string region, account;  // ARNs only; foundation models have no account
    friend bool operator==(const ModelReference&, const ModelReference&) = default;
};

enum class ModelIdError {
    TooLong,
    NotAModelId,  // no form that Bedrock takes: white space, percent signs, wrong case, look-alikes
    OtherPartition,   // aws-cn, aws-us-gov, …
    NotInTheCatalog,  // the form is right, the model or profile is not known
};

// What the text of a modelId means. Ids are compared byte by byte: nothing is trimmed, decoded or
// folded. Source of the forms: the modelId pattern of bedrock-runtime's service model.
Expected<ModelReference, ModelIdError> resolve_model_id(
    const Catalog& catalog,
    std::string_view text
);

std::string foundation_model_arn(std::string_view region, std::string_view model);
std::string inference_profile_arn(
    std::string_view region,
    std::string_view account,
    std::string_view profile
);

}  // namespace kakehashi::aws

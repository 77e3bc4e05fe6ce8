#include "aws/catalog.h"

#include "base/arn.h"
#include "base/json.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <initializer_list>
#include <limits>

extern "C" const char kakehashi_data_bedrock_models_json[],
    kakehashi_data_bedrock_models_json_end[];

namespace kakehashi::aws {
namespace {

constexpr std::size_t kProblemsMax = 100;

constexpr bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
constexpr bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// What may stand in a model id, profile id or resource id: [a-zA-Z0-9-:.]+ of the service model.
bool is_id(std::string_view text) {
    const auto fits = [](char c) {
        return is_lower(c) || is_upper(c) || is_digit(c) || c == '-' || c == ':' || c == '.';
    };
    return !text.empty() && std::ranges::all_of(text, fits);
}

// "ap-northeast-1": letters and hyphens, then one digit. New Regions look like this, too.
bool is_region_id(std::string_view text) {
    if (text.size() < 6 || text.size() > 20 || !is_digit(text.back())) return false;
    text.remove_suffix(1);
    return is_lower(text.front()) && text.back() == '-' && text.find("--") == text.npos &&
           std::ranges::all_of(text, [](char c) { return is_lower(c) || c == '-'; });
}

bool is_date(std::string_view text) {
    if (text.size() != 10) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 4 || i == 7;
        if (dash ? text[i] != '-' : !is_digit(text[i])) return false;
    }
    return true;
}

// Reads one object of the catalog; what is wrong goes to `problems` with its path.
class Entry {
public:
    Entry(const json::value& value, std::string path, Problems& problems)
        : object_(value.if_object()), path_(std::move(path)), problems_(problems) {
        if (!object_) complain("aws.catalog.wrong_kind"_msg, "");
    }

    void allow_only(std::initializer_list<std::string_view> keys) {
        if (!object_) return;
        for (const auto& [key, value] : *object_)
            if (std::ranges::find(keys, std::string_view(key)) == keys.end())
                complain("aws.catalog.unknown_key"_msg, key);
    }

    std::string text(std::string_view key) {
        const json::value* value = required(key);
        if (!value) return {};
        if (value->is_string() && !value->get_string().empty())
            return std::string(json::view(value->get_string()));
        complain("aws.catalog.wrong_kind"_msg, key);
        return {};
    }

    std::string optional_text(std::string_view key) { return optional(key) ? text(key) : ""; }

    std::string id(std::string_view key) {
        std::string id = text(key);
        if (!id.empty() && (!is_id(id) || id.size() > kModelIdBytesMax))
            complain("aws.catalog.bad_id"_msg, key);
        return id;
    }

    bool flag(std::string_view key) {
        const json::value* value = optional(key);
        if (value && !value->is_bool()) complain("aws.catalog.wrong_kind"_msg, key);
        return value && value->is_bool() && value->get_bool();
    }

    std::optional<std::uint32_t> count(std::string_view key) {
        const json::value* value = optional(key);
        if (!value) return std::nullopt;
        const std::int64_t* number = value->if_int64();
        if (number && *number > 0 && *number <= std::numeric_limits<std::uint32_t>::max())
            return static_cast<std::uint32_t>(*number);
        complain("aws.catalog.wrong_kind"_msg, key);
        return std::nullopt;
    }

    std::vector<std::string> texts(std::string_view key) {
        std::vector<std::string> texts;
        const json::value* value = required(key);
        if (!value) return texts;
        const json::array* items = value->if_array();
        if (!items) complain("aws.catalog.wrong_kind"_msg, key);
        if (!items) return texts;
        for (const json::value& item : *items) {
            if (!item.is_string() || item.get_string().empty())
                complain("aws.catalog.wrong_kind"_msg, key);
            else
                texts.emplace_back(json::view(item.get_string()));
        }
        return texts;
    }

    // ["*"] stands for every commercial Region, those to come among them.
    RegionSet regions(std::string_view key) {
        std::vector<std::string> ids = texts(key);
        if (ids == std::vector<std::string>{"*"}) return RegionSet::any();
        for (const std::string& id : ids)
            if (!is_region_id(id)) complain("aws.catalog.bad_region"_msg, key);
        const std::size_t given = ids.size();
        RegionSet set(std::move(ids));
        if (set.size() != given) complain("aws.catalog.twice"_msg, key);
        return set;
    }

    const json::array& entries(std::string_view key) {
        static const json::array none;
        const json::value* value = required(key);
        if (!value) return none;
        const json::array* items = value->if_array();
        if (items && items->size() <= kCatalogEntriesMax) return *items;
        complain(items ? "aws.catalog.too_many"_msg : "aws.catalog.wrong_kind"_msg, key);
        return none;
    }

    void complain(MessageId what, std::string_view key) {
        if (problems_.size() >= kProblemsMax) return;
        std::string path = path_;
        if (!path.empty() && !key.empty()) path += '.';
        path += key;
        problems_.push_back({Message{std::move(what), {{"path", path}}}, Location{"", 0, path}});
    }

private:
    const json::value* optional(std::string_view key) const {
        return object_ ? object_->if_contains({key.data(), key.size()}) : nullptr;
    }
    const json::value* required(std::string_view key) {
        const json::value* value = optional(key);
        if (object_ && !value) complain("aws.catalog.missing_key"_msg, key);
        return value;
    }

    const json::object* object_;
    std::string path_;
    Problems& problems_;  // outlives this
};

FoundationModel read_model(Entry entry) {
    entry.allow_only(
        {"id",
         "provider",
         "name",
         "regions",
         "on_demand",
         "input",
         "output",
         "streaming",
         "legacy",
         "product_id",
         "output_tokens_max",
         "source",
         "unverified"}
    );
    FoundationModel model;
    model.id = entry.id("id");
    model.provider = entry.text("provider");
    model.name = entry.text("name");
    model.regions = entry.regions("regions");
    model.on_demand = entry.regions("on_demand");
    model.input = entry.texts("input");
    model.output = entry.texts("output");
    model.streaming = entry.flag("streaming");
    model.legacy = entry.flag("legacy");
    model.product_id = entry.optional_text("product_id");
    model.output_tokens_max = entry.count("output_tokens_max");
    model.source = entry.text("source");
    model.unverified = entry.flag("unverified");
    if (!model.on_demand.within(model.regions))
        entry.complain("aws.catalog.not_offered"_msg, "on_demand");
    return model;
}

InferenceProfile read_profile(Entry entry, const std::vector<FoundationModel>& models) {
    entry.allow_only({"id", "name", "model", "sources", "destinations", "source", "unverified"});
    InferenceProfile profile;
    profile.id = entry.id("id");
    profile.name = entry.text("name");
    profile.model = entry.id("model");
    profile.sources = entry.regions("sources");
    profile.destinations = entry.regions("destinations");
    profile.source = entry.text("source");
    profile.unverified = entry.flag("unverified");
    // A profile with nowhere to run would pass every guard.
    if (profile.destinations.empty()) entry.complain("aws.catalog.empty"_msg, "destinations");
    const auto model = std::ranges::lower_bound(models, profile.model, {}, &FoundationModel::id);
    if (model == models.end() || model->id != profile.model)
        entry.complain("aws.catalog.unknown_model"_msg, "model");
    return profile;
}

// Sorts by id and reports ids that stand twice; a profile may not have the id of a model either.
template <class T>
void sort_and_check(std::vector<T>& items, Entry& file, std::string_view key) {
    std::ranges::sort(items, {}, &T::id);
    if (std::ranges::adjacent_find(items, {}, &T::id) != items.end())
        file.complain("aws.catalog.twice"_msg, key);
}

template <class T>
const T* find_by_id(const std::vector<T>& items, std::string_view id) {
    const auto found = std::ranges::lower_bound(items, id, {}, &T::id);
    return found != items.end() && found->id == id ? &*found : nullptr;
}

std::string indexed(std::string_view key, std::size_t index) {
    return std::string(key) + "[" + std::to_string(index) + "]";
}

json::array to_array(const std::vector<std::string>& texts) {
    json::array array;
    for (const std::string& text : texts)
        array.emplace_back(text);
    return array;
}

json::array to_array(const RegionSet& regions) {
    return regions.unbounded() ? json::array{"*"} : to_array(regions.ids());
}

json::object to_object(const FoundationModel& model) {
    json::object object{
        {"id", model.id},
        {"provider", model.provider},
        {"name", model.name},
        {"regions", to_array(model.regions)},
        {"on_demand", to_array(model.on_demand)},
        {"input", to_array(model.input)},
        {"output", to_array(model.output)},
        {"streaming", model.streaming}};
    if (model.legacy) object["legacy"] = true;
    if (!model.product_id.empty()) object["product_id"] = model.product_id;
    if (model.output_tokens_max) object["output_tokens_max"] = *model.output_tokens_max;
    object["source"] = model.source;
    if (model.unverified) object["unverified"] = true;
    return object;
}

json::object to_object(const InferenceProfile& profile) {
    json::object object{
        {"id", profile.id},
        {"name", profile.name},
        {"model", profile.model},
        {"sources", to_array(profile.sources)},
        {"destinations", to_array(profile.destinations)},
        {"source", profile.source}};
    if (profile.unverified) object["unverified"] = true;
    return object;
}

}  // namespace

Expected<Catalog, Problems> read_catalog(std::string_view text) {
    auto value = json::parse(text, kCatalogBytesMax);
    if (!value) {
        const Location where{"", value.error().line, ""};
        return Failure{Problems{{describe(value.error()), where}}};
    }
    Problems problems;
    Entry file(*value, "", problems);
    file.allow_only({"date", "source", "models", "profiles"});
    Catalog catalog;
    catalog.date_ = file.text("date");
    if (!is_date(catalog.date_)) file.complain("aws.catalog.bad_date"_msg, "date");
    catalog.source_ = file.text("source");

    const json::array& models = file.entries("models");
    for (std::size_t i = 0; i < models.size(); ++i)
        catalog.models_.push_back(read_model(Entry(models[i], indexed("models", i), problems)));
    sort_and_check(catalog.models_, file, "models");

    const json::array& profiles = file.entries("profiles");
    for (std::size_t i = 0; i < profiles.size(); ++i) {
        Entry entry(profiles[i], indexed("profiles", i), problems);
        catalog.profiles_.push_back(read_profile(entry, catalog.models_));
        if (catalog.model(catalog.profiles_.back().id))
            entry.complain("aws.catalog.twice"_msg, "id");
    }
    sort_and_check(catalog.profiles_, file, "profiles");
    if (!problems.empty()) return Failure{std::move(problems)};
    return catalog;
}

std::string to_json(const Catalog& catalog) {
    json::array models;
    for (const FoundationModel& model : catalog.models())
        models.emplace_back(to_object(model));
    json::array profiles;
    for (const InferenceProfile& profile : catalog.profiles())
        profiles.emplace_back(to_object(profile));
    json::object file{{"date", catalog.date()}, {"source", catalog.source()}};
    file["models"] = std::move(models);
    file["profiles"] = std::move(profiles);
    return json::serialize(file);
}

const FoundationModel* Catalog::model(std::string_view id) const {
    return find_by_id(models_, id);
}

const InferenceProfile* Catalog::profile(std::string_view id) const {
    return find_by_id(profiles_, id);
}

std::vector<const InferenceProfile*> Catalog::profiles_from(std::string_view region) const {
    std::vector<const InferenceProfile*> found;
    for (const InferenceProfile& profile : profiles_)
        if (profile.sources.contains(region)) found.push_back(&profile);
    return found;
}

std::optional<Catalog> Catalog::with(InferenceProfile profile) const {
    if (!model(profile.model) || profile.destinations.empty()) return std::nullopt;
    Catalog copy = *this;
    const auto place =
        std::ranges::lower_bound(copy.profiles_, profile.id, {}, &InferenceProfile::id);
    if (place != copy.profiles_.end() && place->id == profile.id)
        *place = std::move(profile);
    else
        copy.profiles_.insert(place, std::move(profile));
    return copy;
}

const Catalog& built_in_catalog() {
    static const Catalog catalog = [] {
        auto read = read_catalog(
            {kakehashi_data_bedrock_models_json, kakehashi_data_bedrock_models_json_end}
        );
        if (!read) std::abort();  // our own file; its unit test prints the problems
        return *std::move(read);
    }();
    return catalog;
}

namespace {

struct ArnForm {
    std::string_view service, resource;  // up to and with the '/'
    ModelKind kind;
};
// Foundation models have no account, everything else has one.
constexpr std::array<ArnForm, 11> kArnForms{{
    {"bedrock", "foundation-model/", ModelKind::FoundationModelArn},
    {"bedrock", "inference-profile/", ModelKind::InferenceProfileArn},
    {"bedrock", "application-inference-profile/", ModelKind::ApplicationInferenceProfileArn},
    {"bedrock", "provisioned-model/", ModelKind::ProvisionedModelArn},
    {"bedrock", "custom-model/", ModelKind::CustomModelArn},
    {"bedrock", "custom-model-deployment/", ModelKind::CustomModelDeploymentArn},
    {"bedrock", "imported-model/", ModelKind::ImportedModelArn},
    {"bedrock", "prompt/", ModelKind::PromptArn},
    {"bedrock", "prompt-router/", ModelKind::PromptRouterArn},
    {"bedrock", "default-prompt-router/", ModelKind::PromptRouterArn},
    {"sagemaker", "endpoint/", ModelKind::SageMakerEndpointArn},
}};

bool is_known(const Catalog& catalog, const ModelReference& reference) {
    if (reference.kind == ModelKind::FoundationModelArn) return catalog.model(reference.id);
    if (reference.kind == ModelKind::InferenceProfileArn) return catalog.profile(reference.id);
    return true;  // a resource of an account: no catalog lists it
}

Expected<ModelReference, ModelIdError> resolve_arn(const Catalog& catalog, std::string_view text) {
    const auto arn = parse_arn(text);
    if (!arn) return Failure{ModelIdError::NotAModelId};
    const auto fits = [&arn](const ArnForm& form) {
        return arn->service == form.service && arn->resource.starts_with(form.resource);
    };
    const auto* const form = std::ranges::find_if(kArnForms, fits);
    if (form == kArnForms.end() || !is_region_id(arn->region))
        return Failure{ModelIdError::NotAModelId};
    if (arn->partition != "aws") return Failure{ModelIdError::OtherPartition};

    std::string id = arn->resource.substr(form->resource.size());
    const bool two_parts = form->kind == ModelKind::CustomModelArn;  // NAME/ID
    const std::size_t slash = two_parts ? id.find('/') : id.npos;
    const std::string_view tail = std::string_view(id).substr(slash == id.npos ? 0 : slash + 1);
    if (!is_id(tail) || (slash != id.npos && !is_id(id.substr(0, slash))))
        return Failure{ModelIdError::NotAModelId};
    if (arn->account.empty() != (form->kind == ModelKind::FoundationModelArn))
        return Failure{ModelIdError::NotAModelId};

    ModelReference reference{
        form->kind, std::string(text), std::move(id), arn->region, arn->account};
    if (!is_known(catalog, reference)) return Failure{ModelIdError::NotInTheCatalog};
    return reference;
}

}  // namespace

Expected<ModelReference, ModelIdError> resolve_model_id(
    const Catalog& catalog,
    std::string_view text
) {
    if (text.size() > kModelIdBytesMax) return Failure{ModelIdError::TooLong};
    if (text.starts_with("arn:")) return resolve_arn(catalog, text);
    if (!is_id(text)) return Failure{ModelIdError::NotAModelId};
    ModelReference reference;
    reference.text = reference.id = std::string(text);
    if (catalog.model(text)) return reference;
    if (!catalog.profile(text)) return Failure{ModelIdError::NotInTheCatalog};
    reference.kind = ModelKind::InferenceProfile;
    return reference;
}

std::string foundation_model_arn(std::string_view region, std::string_view model) {
    return to_string(Arn{
        "aws", "bedrock", std::string(region), "", "foundation-model/" + std::string(model)});
}

std::string inference_profile_arn(
    std::string_view region,
    std::string_view account,
    std::string_view profile
) {
    return to_string(Arn{
        "aws",
        "bedrock",
        std::string(region),
        std::string(account),
        "inference-profile/" + std::string(profile)});
}

}  // namespace kakehashi::aws

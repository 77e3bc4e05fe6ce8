#pragma once

#include "aws/catalog.h"
#include "aws/regions.h"
#include "base/expected.h"
#include "base/message.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

// The residency guard (promise P30): judges where a model would run before anything is sent.
// Residency is a property of destinations, never of a name; unknown means refused.
namespace kakehashi::aws {

// What a configuration says about residency ([bedrock] in kakehashi.toml).
struct ResidencyRules {
    RegionSet allowed;
    std::string source_region;  // the one Region whose hosts are called
    // Application profile ARN → what it copies from: a model id, profile id, or the ARN of one.
    std::map<std::string, std::string, std::less<>> application_profiles = {};
};

struct ResidencyRefusal {
    enum class Kind {
        Unknown,                    // no model id, or none that the catalog has
        UnknownApplicationProfile,  // nothing says what it copies from
        PlacesUnknown,        // a prompt, a router, a custom model: nothing says where it runs
        OutsideAllowed,       // `places` are not all allowed; unbounded for `global.`
        SourceRegionDiffers,  // the host is not in the configured source Region
    };
    Kind kind = Kind::Unknown;
    std::string model_id;
    std::string host_region;
    RegionSet places = {};   // where it may run or be sent, as far as known
    RegionSet allowed = {};  // of the rules
    std::string source_region = {};
    std::string catalog_date = {};
};

// Names the model, the Regions it would reach, and what to do.
Message describe(const ResidencyRefusal& refusal);

// A model that the guard has let pass. Nothing else can make one, and the Bedrock client takes
// nothing else: what was not judged cannot be sent.
class JudgedModel {
public:
    const std::string& model_id() const { return model_id_; }  // the exact text to send
    const std::string& host_region() const { return host_region_; }
    const RegionSet& places() const { return places_; }  // with the host's Region; never unbounded

private:
    friend class ResidencyGuard;
    JudgedModel(std::string model_id, std::string host_region, RegionSet places)
        : model_id_(std::move(model_id)),
          host_region_(std::move(host_region)),
          places_(std::move(places)) {}
    std::string model_id_, host_region_;
    RegionSet places_;
};

// Owns its catalog and rules. Safe from every thread.
class ResidencyGuard {
public:
    ResidencyGuard(Catalog catalog, ResidencyRules rules)
        : catalog_(std::move(catalog)), rules_(std::move(rules)) {}

    // `model_id` as it would stand in the request, before percent-encoding; `host_region` of the
    // host that it would be sent to. What stays inside the allowed Regions but is wrong otherwise
    // (a bare id that needs a profile, an ARN of another account) passes: AWS refuses that.
    Expected<JudgedModel, ResidencyRefusal> judge(
        std::string_view model_id,
        std::string_view host_region
    ) const;

    const Catalog& catalog() const { return catalog_; }
    const ResidencyRules& rules() const { return rules_; }

private:
    Catalog catalog_;
    ResidencyRules rules_;
};

}  // namespace kakehashi::aws

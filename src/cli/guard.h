#pragma once

#include "aws/residency.h"
#include "config/configuration.h"

namespace kakehashi::cli {

// The residency guard as the configuration has it, over the built-in catalog.
inline aws::ResidencyGuard guard_of(const config::Bedrock& bedrock) {
    aws::ResidencyRules rules{aws::RegionSet(bedrock.allowed_regions), bedrock.source_region};
    rules.application_profiles.insert(
        bedrock.application_profiles.begin(), bedrock.application_profiles.end()
    );
    return {aws::built_in_catalog(), std::move(rules)};
}

}  // namespace kakehashi::cli

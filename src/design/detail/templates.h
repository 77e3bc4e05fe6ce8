#pragma once

#include "design/detail/plan.h"

#include <string>
#include <vector>

// The texts of the templates, each without its digest. Pure; safe from every thread.
namespace kakehashi::design {

// CloudFormation's: a template in a request, one from S3, its resources and its parameters. The
// last two leave room, so that what is added once does not fill a template.
inline constexpr std::size_t kRequestBytesMax = 51'200;
inline constexpr std::size_t kStoredBytesMax = 1'000'000;
inline constexpr std::size_t kTemplateResourcesMax = 450;
inline constexpr std::size_t kTemplateParametersMax = 190;

std::string municipality_template(const Plan& plan, const Crossing& crossing);

// One, or as many as the limits above ask for; the municipalities stand in the order of the file.
std::vector<std::string> operator_templates(const Plan& plan);

// For the management account of the operator's organisation.
std::string organization_template(const Plan& plan);

}  // namespace kakehashi::design

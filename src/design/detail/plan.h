#pragma once

#include "aws/catalog.h"
#include "base/expected.h"
#include "base/problem.h"
#include "config/configuration.h"

#include <string>
#include <vector>

// What the templates of both accounts have to agree on, worked out and checked once. Borrows the
// configuration and the built-in catalog. Safe from every thread.
namespace kakehashi::design {

// As a person would write them in a `!Sub`, so that a template fits every partition.
std::string role_reference(std::string_view account, std::string_view path_and_name);

struct CallableProfile {
    std::string resource;  // "inference-profile/jp.…": of an ARN in the operator's account
    std::vector<std::string> keys;  // resources that bedrock:InferenceProfileArn may name
    const aws::FoundationModel* model = nullptr;
    std::vector<std::string> destinations;
};

struct Network {                                // of a rendered municipality
    std::string vpc;                            // "!Ref Vpc", or the id of an existing one
    std::vector<std::string> zones, cidrs;      // of the new subnets; empty: none is made
    std::vector<std::string> workload_subnets;  // "!Ref …", or ids
    std::vector<std::string> endpoint_subnets;
    std::vector<std::string> route_tables;  // of the workload's subnets, for S3
};

struct Crossing {
    const config::Municipality* municipality = nullptr;
    bool renders_role = false, renders_network = false;
    std::string logical_name;   // "SampleCity"
    std::string role_name;      // of the operator role that is rendered
    std::string operator_role;  // path and name
    std::string operator_role_account;
    std::string session_pattern;  // "kakehashi-*"; "": any session name
    Network network;
};

struct Plan {
    const config::Configuration* configuration = nullptr;
    std::vector<CallableProfile> profiles;
    std::vector<Crossing> crossings;  // one for each municipality, in their order

    const std::string& region() const { return configuration->bedrock.source_region; }
    const config::OperatorOptions& options() const {
        return configuration->operator_account.options;
    }
    const std::string& operator_account() const { return configuration->operator_account.account; }
    std::string model_names() const;  // "Claude Haiku 4.5, Claude Opus 5"
    // Values of a `!Sub`.
    std::vector<std::string> profile_arns(std::string_view account) const;
    std::vector<std::string> profile_keys(std::string_view account) const;
    std::vector<std::string> model_arns() const;         // in every destination
    std::vector<std::string> source_model_arns() const;  // in the source Region
};

// Errors: everything that cannot be rendered, each with its line of kakehashi.toml.
Expected<Plan, Problems> make_plan(const config::Configuration& configuration);

}  // namespace kakehashi::design

#pragma once

#include <string>
#include <vector>

// The actions that make a model run, on what, and where it then runs. Data:
// data/model-actions.json, dated. Safe from every thread; what is returned lives as long as the
// program.
namespace kakehashi::check {

struct ModelResource {
    std::string name;     // "foundation-model"; "none": the action knows no resource
    std::string service;  // of its ARN
    bool has_account = false;
    std::string rest;  // of its ARN, a pattern with `*` and `?`
    enum class Place {
        Region,  // the ARN's
        Unknown  // whatever the ARN says, the model may be elsewhere: counts as outside
    };
    Place place = Place::Unknown;
};

struct ModelAction {
    std::string action;    // "bedrock:InvokeModel"
    std::string endpoint;  // the service of VPC endpoints that carries it: "bedrock-runtime"
    std::vector<const ModelResource*> resources;
};

const std::vector<ModelAction>& model_actions();  // the most telling first
const std::string& model_actions_date();          // "2026-09-26": as of

}  // namespace kakehashi::check

#include "base/hash.h"
#include "cloud/detail/builder.h"

#include <algorithm>
#include <utility>

// What runs in a VPC without being an instance. Source: CloudFormation User Guide,
// AWS::Lambda::Function VpcConfig, AWS::ECS::Service NetworkConfiguration.
namespace kakehashi::cloud {
namespace {

constexpr std::string_view kHexadecimal = "0123456789abcdef";
constexpr std::size_t kInstanceDigits = 17, kTaskDigits = 32;

std::string role_name(std::string_view arn) {
    return std::string(arn.substr(arn.rfind('/') + 1));
}

// Also what its credentials' session is called.
std::string workload_id(const Instance& workload, const std::string& subnet) {
    const std::string seed = workload.account + "/" + workload.logical_id + "/" + subnet;
    switch (workload.kind) {
        case Instance::Kind::Ec2:
            return "i-" + stable_id(seed, kHexadecimal, kInstanceDigits);
        case Instance::Kind::Ecs:
            return stable_id(seed, kHexadecimal, kTaskDigits);
        case Instance::Kind::Lambda:
            return workload.id;  // the function's name
    }
    return workload.id;
}

}  // namespace

// A function without a VPC stands in none of these networks.
void WorldBuilder::attach_function(const Declared& declared) {
    const auto network = declared.properties.nested("VpcConfig");
    if (!network) return;
    refuse_unknown_keys(
        declared,
        "VpcConfig",
        *network,
        {"Ipv6AllowedForDualStack", "SecurityGroupIds", "SubnetIds"}
    );
    Instance workload{
        declared.resource.logical_id, declared.resource.physical_id, declared.account};
    workload.kind = Instance::Kind::Lambda;
    workload.role = role_name(declared.properties.text_or("Role", ""));
    workload.groups = network->texts("SecurityGroupIds");
    workload.where = declared.where();
    add_workloads(network->texts("SubnetIds"), workload);
}

// What stands behind it must be seen: a function of the same account, whose role is judged.
void WorldBuilder::check_custom_resource(const Declared& declared) {
    const std::string token = declared.properties.text_or("ServiceToken", "");
    const Account* account = world_.account(declared.account);
    for (const auto& stack : account->stacks) {
        for (const cfn::Resource& resource : stack->resources) {
            if (resource.type != "AWS::Lambda::Function") continue;
            const auto arn = stack->attribute(resource.logical_id, "Arn");
            if (arn && text_of(*arn) == token) return;
        }
    }
    unknown_reference(declared, "ServiceToken", token);
}

void WorldBuilder::declare_task_definition(const Declared& declared) {
    task_roles_[declared.resource.physical_id] =
        role_name(declared.properties.text_or("TaskRoleArn", ""));
}

void WorldBuilder::attach_service(const Declared& declared) {
    const auto networks = declared.properties.nested("NetworkConfiguration");
    const auto network = networks ? networks->nested("AwsvpcConfiguration") : std::nullopt;
    if (!network) return;
    Instance workload{
        declared.resource.logical_id, declared.resource.physical_id, declared.account};
    workload.kind = Instance::Kind::Ecs;
    const auto role = task_roles_.find(declared.properties.text_or("TaskDefinition", ""));
    if (role != task_roles_.end()) workload.role = role->second;
    workload.groups = network->texts("SecurityGroups");
    workload.public_address = network->text_or("AssignPublicIp", "DISABLED") == "ENABLED";
    workload.where = declared.where();
    add_workloads(network->texts("Subnets"), workload);
}

// One in each subnet that the world knows: "Workload", "Workload-2", ….
void WorldBuilder::add_workloads(
    const std::vector<std::string>& subnets,
    const Instance& workload
) {
    std::size_t count = 0;
    for (const std::string& id : subnets) {
        const Subnet* subnet = world_.subnet(id);
        if (!subnet) continue;
        Instance one = workload;
        if (++count > 1) one.logical_id += "-" + std::to_string(count);
        one.id = workload_id(workload, id);
        one.vpc = subnet->vpc;
        one.subnet = id;
        one.address = next_address(*subnet);
        one.metadata.tokens_required = true;
        instances_.push_back(std::move(one));
    }
}

}  // namespace kakehashi::cloud

#include "base/text.h"
#include "cloud/detail/builder.h"

#include <algorithm>

// What templates leave out and kakehashi.toml says: an existing VPC, and a workload that somebody
// else starts (docs/decisions/0010). Each is an assumption that World::assumptions() tells.
namespace kakehashi::cloud {
namespace {

constexpr Ipv4 kMadeUpNetwork = 10U << 24U;  // 10.0.0.0: where nobody says the VPC's own
constexpr std::size_t kMadeUpPrefix = 28;    // the smallest subnet that EC2 makes
constexpr Ipv4 kMadeUpSize = 16;

// What a person calls it: the logical id of what a template makes, else the id.
std::string known_name(const Account& account, const std::string& id) {
    for (const auto& stack : account.stacks) {
        for (const cfn::Resource& resource : stack->resources) {
            if (resource.physical_id == id) return resource.logical_id;
        }
    }
    return id;
}

std::string listed(const std::vector<std::string>& ids) {
    std::string out;
    for (const std::string& id : ids) {
        out += (out.empty() ? "" : ", ") + id;
    }
    return out;
}

Instance::Kind kind_of(config::CallerKind kind) {
    switch (kind) {
        case config::CallerKind::Ec2:
            return Instance::Kind::Ec2;
        case config::CallerKind::Ecs:
            return Instance::Kind::Ecs;
        case config::CallerKind::Lambda:
            return Instance::Kind::Lambda;
    }
    return Instance::Kind::Ec2;
}

const char* name_of(Instance::Kind kind) {
    switch (kind) {
        case Instance::Kind::Ec2:
            return "EC2";
        case Instance::Kind::Ecs:
            return "ECS";
        case Instance::Kind::Lambda:
            return "Lambda";
    }
    return "";
}

// An output of one of the account's stacks, as our templates have it; a list is joined by commas.
std::vector<std::string> output_of(const Account& account, const std::string& name) {
    std::vector<std::string> out;
    for (const auto& stack : account.stacks) {
        const auto found = stack->outputs.find(name);
        if (found == stack->outputs.end()) continue;
        for (const std::string_view item : split(found->second, ',')) {
            out.emplace_back(item);
        }
        break;
    }
    return out;
}

}  // namespace

void WorldBuilder::assume(MessageId id, std::vector<std::pair<std::string, std::string>> fields) {
    world_.assumptions_.push_back({std::move(id), std::move(fields)});
}

void WorldBuilder::assume_networks() {
    for (const config::Municipality& municipality : world_.configuration_.municipalities) {
        const auto* existing = std::get_if<config::ExistingVpc>(&municipality.vpc);
        if (existing && !world_.vpc(existing->id)) assume_network(municipality, *existing);
    }
}

void WorldBuilder::assume_network(
    const config::Municipality& municipality,
    const config::ExistingVpc& existing
) {
    Vpc vpc{existing.id, municipality.account};
    vpc.dns_support = existing.dns_support.value_or(true);
    vpc.dns_hostnames = existing.dns_hostnames.value_or(true);
    vpc.where = municipality.where.of("vpc");
    vpc.assumed = true;
    const auto block = parse_ipv4_network(existing.cidr.value_or(""));
    if (block) vpc.blocks.push_back(*block);
    std::vector<std::string> ids = existing.subnets;
    for (const std::string& id : existing.endpoint_subnets) {
        if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    }
    Ipv4 next = block ? block->first : kMadeUpNetwork;
    for (const std::string& id : ids) {
        Subnet subnet{id, existing.id, id};  // nobody says the zone: it counts as one of its own
        subnet.block = {next, kMadeUpPrefix};
        subnet.where = vpc.where;
        next += kMadeUpSize;
        world_.subnets_.add(std::move(subnet), {id}, {existing.id});
    }
    const std::string& name = municipality.name;
    assume("cloud.assumption.vpc"_msg, {{"name", name}, {"vpc", vpc.id}, {"subnets", listed(ids)}});
    assume("cloud.assumption.routes"_msg, {{"name", name}, {"vpc", vpc.id}});
    const bool dns_said = existing.dns_support && existing.dns_hostnames;
    if (!dns_said) assume("cloud.assumption.dns"_msg, {{"name", name}, {"vpc", vpc.id}});
    world_.vpcs_.add(std::move(vpc), {existing.id});
}

void WorldBuilder::assume_workloads() {
    // Instances of templates are found first; the order is otherwise the templates'.
    std::stable_partition(instances_.begin(), instances_.end(), [](const Instance& instance) {
        return instance.kind == Instance::Kind::Ec2;
    });
    std::set<std::string, std::less<>> with_workload;
    for (const Instance& instance : instances_) {
        with_workload.insert(instance.account);
    }
    for (const config::Municipality& municipality : world_.configuration_.municipalities) {
        if (with_workload.contains(municipality.account)) continue;
        const Account* account = world_.account(municipality.account);
        if (account) assume_workload(*account, municipality);
    }
}

std::set<std::string, std::less<>> WorldBuilder::endpoint_vpcs(const Account& account) const {
    std::set<std::string, std::less<>> out;
    for (const Endpoint* endpoint : world_.endpoints_.in(account.id)) {
        out.insert(endpoint->vpc);
    }
    return out;
}

// Our templates' outputs say which; of others, every subnet of the VPC that has the endpoints.
std::vector<std::string> WorldBuilder::workload_subnets(const Account& account) const {
    std::vector<std::string> out = output_of(account, "WorkloadSubnetIds");
    if (!out.empty()) return out;
    for (const std::string& vpc : endpoint_vpcs(account)) {
        for (const Subnet* subnet : world_.subnets_.in(vpc)) {
            out.push_back(subnet->id);
        }
    }
    return out;
}

// Our templates' outputs say which; of others, every group of that VPC that no endpoint has.
std::vector<std::string> WorldBuilder::workload_groups(const Account& account) const {
    std::vector<std::string> out = output_of(account, "WorkloadSecurityGroupId");
    if (!out.empty()) return out;
    std::set<std::string, std::less<>> of_endpoints;
    for (const Endpoint* endpoint : world_.endpoints_.in(account.id)) {
        of_endpoints.insert(endpoint->groups.begin(), endpoint->groups.end());
    }
    for (const std::string& vpc : endpoint_vpcs(account)) {
        for (const SecurityGroup* group : world_.security_groups_.in(vpc)) {
            if (!of_endpoints.contains(group->id)) out.push_back(group->id);
        }
    }
    return out;
}

Instance WorldBuilder::assumed_instance(
    const Account& account,
    const config::Municipality& municipality,
    const std::string& role
) const {
    Instance out;
    out.account = account.id;
    out.groups = workload_groups(account);
    out.logical_id = "Workload";
    out.id = "kakehashi";
    out.kind = kind_of(municipality.caller.kind);
    out.role = role;
    for (const InstanceProfile* profile : world_.instance_profiles_.in(account.id)) {
        if (profile->role == role) out.instance_profile = profile->name;
    }
    out.assumed = true;
    out.where = municipality.where.of("caller");
    return out;
}

// One in each subnet of the workload, in the workload's security groups.
void WorldBuilder::assume_workload(
    const Account& account,
    const config::Municipality& municipality
) {
    const auto name = municipality.caller.role.substr(municipality.caller.role.rfind('/') + 1);
    if (!world_.role(account.id, name)) return;
    std::vector<std::string> subnets = workload_subnets(account);
    const Instance workload = assumed_instance(account, municipality, name);
    const std::size_t before = instances_.size();
    add_workloads(subnets, workload);
    if (instances_.size() == before) return;
    for (std::string& subnet : subnets) {
        subnet = known_name(account, subnet);
    }
    assume(
        "cloud.assumption.workload"_msg,
        {{"name", municipality.name},
         {"kind", name_of(workload.kind)},
         {"role", name},
         {"subnets", listed(subnets)}}
    );
}

void WorldBuilder::place_instances() {
    for (Instance& instance : instances_) {
        if (addressed_.contains(instance.id)) instance.public_address = true;
        std::string account = instance.account;
        world_.instances_.add(std::move(instance), {}, {std::move(account)});
    }
}

}  // namespace kakehashi::cloud

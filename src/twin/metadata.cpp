#include "twin/metadata.h"

#include "base/ipv4.h"
#include "base/text.h"

namespace kakehashi::twin {
namespace {

constexpr const char* kMac = "0a:00:00:00:00:01";

std::string private_name(const cloud::World& world, const cloud::Instance& instance) {
    const std::string domain = world.region() == "us-east-1"
                                   ? ".ec2.internal"
                                   : "." + world.region() + ".compute.internal";
    return "ip-" + replaced(ipv4_text(instance.address), ".", "-") + domain;
}

// The names of groups are their ids here: a template's groups seldom have others.
std::string lines_of(const std::vector<std::string>& items) {
    std::string out;
    for (const std::string& item : items) {
        out += (out.empty() ? "" : "\n") + item;
    }
    return out;
}

void add_network(const cloud::World& world, const cloud::Instance& instance, Metadata& out) {
    const std::string base = "/latest/meta-data/";
    const std::string interface = base + "network/interfaces/macs/" + kMac + "/";
    const std::string address = ipv4_text(instance.address);
    const cloud::Subnet* subnet = world.subnet(instance.subnet);
    const std::string groups = lines_of(instance.groups);
    for (const char* name : {"hostname", "local-hostname"}) {
        out[base + name] = private_name(world, instance);
    }
    out[base + "local-ipv4"] = address;
    out[base + "mac"] = kMac;
    out[base + "placement/availability-zone"] = subnet ? subnet->zone : "";
    out[base + "security-groups"] = groups;
    out[interface + "device-number"] = "0";
    out[interface + "local-ipv4s"] = address;
    out[interface + "mac"] = kMac;
    out[interface + "owner-id"] = instance.account;
    out[interface + "security-group-ids"] = groups;
    out[interface + "subnet-id"] = instance.subnet;
    out[interface + "vpc-id"] = instance.vpc;
}

void add_profile(const cloud::World& world, const cloud::Instance& instance, Metadata& out) {
    const auto* profile = world.instance_profile(instance.account, instance.instance_profile);
    if (!profile) return;
    out["/latest/meta-data/iam/info"] = "";
    out["/latest/meta-data/iam/security-credentials/" + profile->role] = "";
}

}  // namespace

Metadata metadata_of(const cloud::World& world, const cloud::Instance& instance) {
    const std::string base = "/latest/meta-data/";
    Metadata out = {
        {"/latest/dynamic/instance-identity/document", ""},
        {base + "ami-id", instance.image},
        {base + "instance-id", instance.id},
        {base + "instance-type", instance.type},
        {base + "placement/region", world.region()},
        {base + "services/domain", "amazonaws.com"},
        {base + "services/partition", "aws"},
    };
    add_network(world, instance, out);
    add_profile(world, instance, out);
    if (!instance.metadata.tags_in_metadata) return out;
    for (const auto& [key, value] : instance.tags) {
        std::string path = base;
        path.append("tags/instance/").append(key);
        out[std::move(path)] = value;
    }
    return out;
}

std::optional<std::string> listing(const Metadata& metadata, std::string_view path) {
    std::string folder(path);
    if (!folder.ends_with('/')) folder += '/';
    std::string out, last;
    for (auto at = metadata.lower_bound(folder);
         at != metadata.end() && at->first.starts_with(folder);
         ++at) {
        const std::string_view rest = std::string_view(at->first).substr(folder.size());
        const auto slash = rest.find('/');
        const std::string name(rest.substr(0, slash == rest.npos ? slash : slash + 1));
        if (name == last) continue;
        out += (out.empty() ? "" : "\n") + name;
        last = name;
    }
    return out.empty() ? std::nullopt : std::optional(std::move(out));
}

}  // namespace kakehashi::twin

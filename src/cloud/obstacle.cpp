#include "cloud/detail/obstacle.h"

#include "aws/regions.h"
#include "base/fence.h"
#include "cloud/detail/way.h"

#include <algorithm>

namespace kakehashi::cloud {
namespace {

constexpr std::uint16_t kHttps = 443;
// Where an answer arrives; Linux's own range lies inside (VPC User Guide, "Ephemeral ports").
constexpr std::uint16_t kEphemeralFirst = 1024, kEphemeralLast = 65535;
constexpr unsigned kPortsEnd = 65536;
constexpr int kTcp = 6;

bool is_tcp(std::string_view protocol) {
    return protocol == "-1" || protocol == "tcp" || protocol == "6";
}

// The other side of a connection, as a security group's rule may name it.
struct Other {
    Ipv4 address = 0;
    const std::vector<std::string>* groups = nullptr;
    std::string_view prefix_list = {};
};

bool names(const GroupRule& rule, const Other& other) {
    if (rule.block && rule.block->contains(other.address)) return true;
    if (!rule.prefix_list.empty() && rule.prefix_list == other.prefix_list) return true;
    return !rule.group.empty() && other.groups &&
           std::find(other.groups->begin(), other.groups->end(), rule.group) != other.groups->end();
}

// One direction of a security group's rules, for TCP 443.
bool rules_allow(const std::vector<GroupRule>& rules, const Other& other) {
    return std::any_of(rules.begin(), rules.end(), [&](const GroupRule& rule) {
        if (!is_tcp(rule.protocol)) return false;
        if (rule.protocol != "-1" && (rule.first_port > kHttps || rule.last_port < kHttps)) {
            return false;
        }
        return names(rule, other);
    });
}

// Without a group of its own, an interface is in the VPC's default one: its members reach each
// other and may send anywhere.
bool groups_allow(
    const World& world,
    const std::vector<std::string>& groups,
    std::vector<GroupRule> SecurityGroup::*direction,
    const Other& other
) {
    if (groups.empty()) {
        return direction == &SecurityGroup::egress || (other.groups && other.groups->empty());
    }
    return std::any_of(groups.begin(), groups.end(), [&](const std::string& id) {
        const SecurityGroup* group = world.security_group(id);
        return group && rules_allow(group->*direction, other);
    });
}

Obstacle group_obstacle(
    Obstacle::Kind kind,
    const Endpoint* endpoint,
    const std::vector<std::string>& groups,
    const Other& other
) {
    Obstacle out;
    out.kind = kind;
    out.endpoint = endpoint;
    out.groups = &groups;
    out.other_side = other.address;
    out.other_groups = other.groups;
    out.prefix_list = other.prefix_list;
    return out;
}

bool has_ports(const NetworkAclEntry& entry) {
    return entry.protocol != -1;
}

bool concerns(const NetworkAclEntry& entry, const NetworkAclEntry& probe) {
    return entry.egress == probe.egress && (!has_ports(entry) || entry.protocol == kTcp) &&
           entry.block.contains(probe.block.first);
}

// By number, the first that matches decides.
const NetworkAclEntry* deciding_entry(
    const NetworkAcl& acl,
    const NetworkAclEntry& probe,
    unsigned port
) {
    for (const NetworkAclEntry& entry : acl.entries) {
        if (!concerns(entry, probe)) continue;
        const bool here = entry.first_port <= port && port <= entry.last_port;
        if (here || !has_ports(entry)) return &entry;
    }
    return nullptr;
}

// Where another entry than the one that decides at `port` may decide.
unsigned next_border(
    const NetworkAcl& acl,
    const NetworkAclEntry& probe,
    const NetworkAclEntry& decides,
    unsigned port
) {
    unsigned next = has_ports(decides) ? decides.last_port + 1U : kPortsEnd;
    for (const NetworkAclEntry& entry : acl.entries) {
        if (!concerns(entry, probe) || !has_ports(entry)) continue;
        if (entry.first_port > port) next = std::min<unsigned>(next, entry.first_port);
    }
    return next;
}

struct AclAnswer {
    bool passes = false;
    const NetworkAclEntry* by = nullptr;  // null: no entry says anything
};

// Every port of the range has to pass: an answer may arrive at any of them.
AclAnswer ask(const NetworkAcl& acl, const NetworkAclEntry& probe) {
    for (unsigned port = probe.first_port; port <= probe.last_port;) {
        const NetworkAclEntry* entry = deciding_entry(acl, probe, port);
        if (!entry || !entry->allow) return {false, entry};
        port = next_border(acl, probe, *entry, port);
    }
    return {true};
}

NetworkAclEntry probe(bool egress, std::uint16_t first, std::uint16_t last, Ipv4 other) {
    NetworkAclEntry out;
    out.egress = egress;
    out.allow = true;
    out.protocol = kTcp;
    out.first_port = first;
    out.last_port = last;
    out.block = Ipv4Network{other, 32};
    return out;
}

// A connection by HTTPS, as the ACL of one of its two subnets sees it: what goes to port 443 and
// what comes back. The default ACL lets everything pass.
enum class Side { Client, Server };
std::optional<Obstacle> acl_obstacle(
    const World& world,
    const Subnet& subnet,
    Side side,
    Ipv4 other,
    const Endpoint* endpoint
) {
    const NetworkAcl* acl = world.network_acl(subnet.network_acl);
    if (!acl || !in_force("reach.nacl")) return std::nullopt;
    const bool client = side == Side::Client;
    for (const NetworkAclEntry& needed :
         {probe(client, kHttps, kHttps, other),
          probe(!client, kEphemeralFirst, kEphemeralLast, other)}) {
        const AclAnswer answer = ask(*acl, needed);
        if (answer.passes) continue;
        if (needed.egress != client && !in_force("reach.nacl-answer")) continue;
        Obstacle out;
        out.kind = Obstacle::Kind::NetworkAcl;
        out.endpoint = endpoint;
        out.subnet = &subnet;
        out.acl = acl;
        out.entry = answer.by;
        out.needed = needed;
        return out;
    }
    return std::nullopt;
}

// A rule that names AWS's list of S3's addresses. Where we do not know its id, no rule does.
std::string_view prefix_list(const World& world, std::string_view service) {
    return service == "s3" ? aws::s3_prefix_list(world.region()) : "";
}

}  // namespace

std::optional<Obstacle> obstacle_before(
    const World& world,
    const Instance& instance,
    const Endpoint& endpoint,
    const NetworkInterface& target
) {
    const Subnet* from = world.subnet(instance.subnet);
    const Subnet* to = world.subnet(target.subnet);
    if (from->id != to->id) {  // inside one subnet no ACL stands between
        if (auto out = acl_obstacle(world, *from, Side::Client, target.address, &endpoint)) {
            return out;
        }
        if (auto out = acl_obstacle(world, *to, Side::Server, instance.address, &endpoint)) {
            return out;
        }
    }
    const Other server{target.address, &endpoint.groups};
    if (!groups_allow(world, instance.groups, &SecurityGroup::egress, server) &&
        in_force("reach.egress")) {
        return group_obstacle(Obstacle::Kind::GroupEgress, &endpoint, instance.groups, server);
    }
    const Other client{instance.address, &instance.groups};
    if (!groups_allow(world, endpoint.groups, &SecurityGroup::ingress, client) &&
        in_force("reach.ingress")) {
        return group_obstacle(Obstacle::Kind::GroupIngress, &endpoint, endpoint.groups, client);
    }
    return std::nullopt;
}

std::optional<Obstacle> obstacle_outside(
    const World& world,
    const Instance& instance,
    std::string_view service,
    const Endpoint* gateway
) {
    const Other server{public_address(service), nullptr, prefix_list(world, service)};
    const Subnet& from = *world.subnet(instance.subnet);
    if (auto out = acl_obstacle(world, from, Side::Client, server.address, gateway)) return out;
    if (!groups_allow(world, instance.groups, &SecurityGroup::egress, server) &&
        in_force("reach.egress-outside")) {
        return group_obstacle(Obstacle::Kind::GroupEgress, gateway, instance.groups, server);
    }
    return std::nullopt;
}

}  // namespace kakehashi::cloud

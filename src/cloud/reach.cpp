#include "cloud/reach.h"

#include <algorithm>
#include <array>

namespace kakehashi::cloud {
namespace {

constexpr std::uint16_t kHttps = 443;
// Where an answer arrives; Linux's own range lies inside (VPC User Guide, "Ephemeral ports").
constexpr std::uint16_t kEphemeralFirst = 1024, kEphemeralLast = 65535;
constexpr int kTcp = 6;
// RFC 5737 documentation addresses stand for the internet's.
constexpr std::string_view kOutsideAddress = "203.0.113.10";

bool is_tcp(std::string_view protocol) {
    return protocol == "-1" || protocol == "tcp" || protocol == "6";
}

// One direction of a security group's rules, for TCP 443 to or from `address`, whose own groups
// are `others`.
bool rules_allow(
    const std::vector<GroupRule>& rules,
    Ipv4 address,
    const std::vector<std::string>& others
) {
    return std::any_of(rules.begin(), rules.end(), [&](const GroupRule& rule) {
        if (!is_tcp(rule.protocol)) return false;
        if (rule.protocol != "-1" && (rule.first_port > kHttps || rule.last_port < kHttps)) {
            return false;
        }
        if (rule.block && rule.block->contains(address)) return true;
        return !rule.group.empty() &&
               std::find(others.begin(), others.end(), rule.group) != others.end();
    });
}

// Without a group of its own, an interface is in the VPC's default one: its members reach each
// other and may send anywhere.
bool groups_allow(
    const World& world,
    const std::vector<std::string>& groups,
    std::vector<GroupRule> SecurityGroup::*direction,
    Ipv4 address,
    const std::vector<std::string>& others
) {
    if (groups.empty()) return direction == &SecurityGroup::egress || others.empty();
    return std::any_of(groups.begin(), groups.end(), [&](const std::string& id) {
        const SecurityGroup* group = world.security_group(id);
        return group && rules_allow(group->*direction, address, others);
    });
}

// Entries by number, the first that matches decides; the default ACL lets everything pass. Every
// port of the range has to pass: an answer may arrive at any of them.
bool acl_allows(
    const World& world,
    const Subnet& subnet,
    NetworkAclEntry probe  // direction, ports and (as `block`) the other side's address
) {
    const NetworkAcl* acl = world.network_acl(subnet.network_acl);
    if (!acl) return true;
    for (const NetworkAclEntry& entry : acl->entries) {
        if (entry.egress != probe.egress) continue;
        if (entry.protocol != -1 && entry.protocol != kTcp) continue;
        if (!entry.block.contains(probe.block.first)) continue;
        const bool all_ports = entry.protocol == -1;
        if (!all_ports &&
            (entry.last_port < probe.first_port || entry.first_port > probe.last_port)) {
            continue;
        }
        if (!entry.allow) return false;
        if (all_ports || entry.last_port >= probe.last_port) return true;
        probe.first_port = static_cast<std::uint16_t>(entry.last_port + 1);
    }
    return false;
}

NetworkAclEntry probe(bool egress, std::uint16_t first, std::uint16_t last, Ipv4 other) {
    NetworkAclEntry out;
    out.egress = egress;
    out.first_port = first;
    out.last_port = last;
    out.block = Ipv4Network{other, 32};
    return out;
}

// The request and its answer, through the ACLs of both subnets. Nullptr: they pass.
const NetworkAcl* closed_acl(
    const World& world,
    const Subnet& from,
    Ipv4 client,
    const Subnet& to,
    Ipv4 server
) {
    if (from.id == to.id) return nullptr;  // inside one subnet no ACL stands between
    const bool source =
        acl_allows(world, from, probe(true, kHttps, kHttps, server)) &&
        acl_allows(world, from, probe(false, kEphemeralFirst, kEphemeralLast, server));
    if (!source) return world.network_acl(from.network_acl);
    const bool target = acl_allows(world, to, probe(false, kHttps, kHttps, client)) &&
                        acl_allows(world, to, probe(true, kEphemeralFirst, kEphemeralLast, client));
    return target ? nullptr : world.network_acl(to.network_acl);
}

Reach silence(std::string_view finding, const Location& where) {
    Reach out;
    out.finding = finding;
    out.where = where;
    return out;
}

// The public name resolves to a public address: only a way to the internet leads there.
Reach over_the_internet(const World& world, const Instance& instance, Reach otherwise) {
    const Subnet* subnet = world.subnet(instance.subnet);
    const RouteTable* table = subnet ? world.route_table(subnet->route_table) : nullptr;
    if (!table) return otherwise;
    const bool out =
        std::any_of(table->routes.begin(), table->routes.end(), [&](const Route& route) {
            if (route.destination.prefix != 0) return false;
            if (route.target == Route::Target::Nat) return true;
            return route.target == Route::Target::InternetGateway && instance.public_address;
        });
    const Ipv4 anywhere = *parse_ipv4(kOutsideAddress);
    if (!out || !groups_allow(world, instance.groups, &SecurityGroup::egress, anywhere, {})) {
        return otherwise;
    }
    Reach reached;
    reached.outcome = Reach::Outcome::Internet;
    reached.source_address = kOutsideAddress;
    return reached;
}

// Clients take the addresses that DNS gives in any order; the one in the client's own zone is the
// one that AWS's resolver prefers.
const NetworkInterface* chosen_interface(
    const World& world,
    const Endpoint& endpoint,
    const Subnet& from
) {
    for (const NetworkInterface& each : endpoint.interfaces) {
        const Subnet* subnet = world.subnet(each.subnet);
        if (subnet && subnet->zone == from.zone) return &each;
    }
    return endpoint.interfaces.empty() ? nullptr : &endpoint.interfaces.front();
}

Reach through_endpoint(const World& world, const Instance& instance, const Endpoint& endpoint) {
    const Subnet* from = world.subnet(instance.subnet);
    const NetworkInterface* target = chosen_interface(world, endpoint, *from);
    if (!target) return silence("endpoint-not-in-az", endpoint.where);
    const Subnet* to = world.subnet(target->subnet);
    if (const NetworkAcl* acl = closed_acl(world, *from, instance.address, *to, target->address)) {
        return silence("nacl-closed", acl->where);
    }
    if (!groups_allow(
            world, instance.groups, &SecurityGroup::egress, target->address, endpoint.groups
        )) {
        const auto* group =
            instance.groups.empty() ? nullptr : world.security_group(instance.groups.front());
        return silence("security-group-closed", group ? group->where : instance.where);
    }
    if (!groups_allow(
            world, endpoint.groups, &SecurityGroup::ingress, instance.address, instance.groups
        )) {
        const auto* group =
            endpoint.groups.empty() ? nullptr : world.security_group(endpoint.groups.front());
        return silence("security-group-closed", group ? group->where : endpoint.where);
    }
    Reach reached;
    reached.outcome = Reach::Outcome::Endpoint;
    reached.endpoint = &endpoint;
    reached.vpc = instance.vpc;
    reached.source_address = ipv4_text(instance.address);
    return reached;
}

std::string missing_endpoint(std::string_view service) {
    if (service == "sts") return "no-sts-endpoint";
    return service == "bedrock-runtime" ? "no-bedrock-endpoint" : "";  // no part of the crossing
}

}  // namespace

Expected<Place, Message> find_place(const World& world, std::string_view text) {
    if (text == "outside") return Place{};
    const auto slash = text.find('/');
    const Account* account = world.account_named(text.substr(0, slash));
    if (!account) {
        std::string known = "outside";
        for (const Account& each : world.accounts()) {
            known += ", " + each.name;
        }
        return Failure{
            Message{"cloud.place.unknown"_msg, {{"place", std::string(text)}, {"known", known}}}};
    }
    for (const Instance* instance : world.instances_of(account->id)) {
        const bool named = slash == text.npos || instance->logical_id == text.substr(slash + 1);
        if (named) return Place{account->id, instance};
    }
    return Failure{Message{"cloud.place.no_instance"_msg, {{"place", std::string(text)}}}};
}

Reach reach(const World& world, const Place& place, std::string_view service) {
    if (!place.instance) {
        Reach outside;
        outside.outcome = Reach::Outcome::Internet;
        outside.source_address = kOutsideAddress;
        return outside;
    }
    const Instance& instance = *place.instance;
    const Vpc* vpc = world.vpc(instance.vpc);
    if (vpc && !vpc->dns_support) {
        Reach no_name = silence("vpc-dns-off", vpc->where);
        no_name.outcome = Reach::Outcome::NoName;
        return no_name;
    }
    Reach missing = silence(missing_endpoint(service), vpc ? vpc->where : instance.where);
    for (const Endpoint* endpoint : world.endpoints_in(instance.vpc)) {
        const bool here = endpoint->service == service && endpoint->region == world.region() &&
                          endpoint->kind == Endpoint::Kind::Interface;
        if (!here) continue;
        if (endpoint->private_dns && vpc && vpc->dns_hostnames) {
            return through_endpoint(world, instance, *endpoint);
        }
        missing = endpoint->private_dns ? silence("vpc-dns-off", vpc ? vpc->where : instance.where)
                                        : silence("private-dns-off", endpoint->where);
    }
    return over_the_internet(world, instance, std::move(missing));
}

}  // namespace kakehashi::cloud

#include "cloud/reach.h"

#include "aws/regions.h"
#include "cloud/detail/way.h"

#include <algorithm>
#include <array>

namespace kakehashi::cloud {
namespace {

constexpr std::uint16_t kHttps = 443;
// Where an answer arrives; Linux's own range lies inside (VPC User Guide, "Ephemeral ports").
constexpr std::uint16_t kEphemeralFirst = 1024, kEphemeralLast = 65535;
constexpr unsigned kPortsEnd = 65536;
constexpr int kTcp = 6;
// Of a client there; RFC 5737 documentation addresses stand for the internet's.
constexpr std::string_view kOutsideAddress = "203.0.113.10";

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
    const Endpoint& endpoint,
    const std::vector<std::string>& groups,
    const Other& other
) {
    Obstacle out;
    out.kind = kind;
    out.endpoint = &endpoint;
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
    if (!acl) return std::nullopt;
    const bool client = side == Side::Client;
    for (const NetworkAclEntry& needed :
         {probe(client, kHttps, kHttps, other),
          probe(!client, kEphemeralFirst, kEphemeralLast, other)}) {
        const AclAnswer answer = ask(*acl, needed);
        if (answer.passes) continue;
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

// Of a service without which there is no crossing.
std::string missing_endpoint(std::string_view service) {
    if (service == "sts") return "no-sts-endpoint";
    return service == "bedrock-runtime" ? "no-bedrock-endpoint" : "";
}

std::string finding_of(const Obstacle& obstacle, std::string_view service) {
    using Kind = Obstacle::Kind;
    switch (obstacle.kind) {
        case Kind::NoEndpoint:
        case Kind::InterfaceForGateway:
        case Kind::GatewayForInterface:
        case Kind::RouteTableNotAssociated:
            return missing_endpoint(service);
        case Kind::DnsSupportOff:
        case Kind::DnsHostnamesOff:
            return "vpc-dns-off";
        case Kind::PrivateDnsOff:
            return "private-dns-off";
        case Kind::NoInterface:
            return "endpoint-not-in-az";
        case Kind::NetworkAcl:
            return "nacl-closed";
        case Kind::GroupEgress:
        case Kind::GroupIngress:
            return "security-group-closed";
    }
    return "";
}

// What a person would edit.
Location where_of(const World& world, const Instance& instance, const Obstacle& obstacle) {
    using Kind = Obstacle::Kind;
    const Location& vpc = obstacle.vpc ? obstacle.vpc->where : instance.where;
    switch (obstacle.kind) {
        case Kind::NoEndpoint:
        case Kind::DnsSupportOff:
        case Kind::DnsHostnamesOff:
            return vpc;
        case Kind::NetworkAcl:
            return obstacle.acl->where;
        case Kind::GroupEgress:
        case Kind::GroupIngress:
            if (!obstacle.groups->empty()) {
                const auto* group = world.security_group(obstacle.groups->front());
                if (group) return group->where;
            }
            return obstacle.kind == Kind::GroupEgress ? instance.where : obstacle.endpoint->where;
        case Kind::InterfaceForGateway:
        case Kind::GatewayForInterface:
        case Kind::PrivateDnsOff:
        case Kind::NoInterface:
        case Kind::RouteTableNotAssociated:
            return obstacle.endpoint->where;
    }
    return vpc;
}

Reach silence(
    const World& world,
    const Instance& instance,
    Obstacle obstacle,
    std::string_view service
) {
    Reach out;
    if (obstacle.kind == Obstacle::Kind::DnsSupportOff) out.outcome = Reach::Outcome::NoName;
    obstacle.vpc = world.vpc(instance.vpc);
    out.finding = finding_of(obstacle, service);
    out.where = where_of(world, instance, obstacle);
    out.obstacle = obstacle;
    return out;
}

Reach through(const Endpoint& endpoint, const Instance& instance) {
    Reach out;
    out.outcome = Reach::Outcome::Endpoint;
    out.endpoint = &endpoint;
    out.vpc = instance.vpc;
    out.source_address = ipv4_text(instance.address);
    return out;
}

bool is_s3(std::string_view service) {
    return service == "s3";
}

// A rule that names AWS's list of S3's addresses. Where we do not know its id, no rule does.
std::string_view prefix_list(const World& world, std::string_view service) {
    return is_s3(service) ? aws::s3_prefix_list(world.region()) : "";
}

// The VPC's main table cannot be named by the template that makes the VPC; of a VPC that is there
// already it is the one that no template declares.
bool routes_for(const World& world, const Endpoint& gateway, const Subnet& subnet) {
    return std::any_of(
        gateway.route_tables.begin(),
        gateway.route_tables.end(),
        [&](const std::string& table) {
            return subnet.route_table.empty() ? !world.route_table(table)
                                              : table == subnet.route_table;
        }
    );
}

bool is_default_route_out(const Route& route, const Instance& instance) {
    if (route.destination.prefix != 0) return false;
    if (route.target == Route::Target::Nat) return true;
    return route.target == Route::Target::InternetGateway && instance.public_address;
}

// The endpoint that the service's names lead to, or the obstacle that is nearest to one.
struct Found {
    const Endpoint* endpoint = nullptr;
    Obstacle missing = {};
};

Found find_interface(const World& world, const Instance& instance, std::string_view service) {
    using Kind = Obstacle::Kind;
    const Vpc* vpc = world.vpc(instance.vpc);
    Found out;
    for (const Endpoint* endpoint : world.endpoints_in(instance.vpc)) {
        if (endpoint->service != service || endpoint->region != world.region()) continue;
        if (endpoint->kind == Endpoint::Kind::Gateway) {
            if (out.missing.endpoint) continue;
            out.missing.kind = Kind::GatewayForInterface;
        } else {
            if (gives_private_names(vpc, *endpoint)) return {endpoint, {}};
            out.missing.kind = endpoint->private_dns ? Kind::DnsHostnamesOff : Kind::PrivateDnsOff;
        }
        out.missing.endpoint = endpoint;
    }
    return out;
}

Found find_gateway(const World& world, const Instance& instance, std::string_view service) {
    using Kind = Obstacle::Kind;
    const Subnet* subnet = world.subnet(instance.subnet);
    Found out;
    for (const Endpoint* endpoint : world.endpoints_in(instance.vpc)) {
        if (endpoint->service != service || endpoint->region != world.region()) continue;
        if (endpoint->kind == Endpoint::Kind::Interface) {
            if (out.missing.endpoint) continue;
            out.missing.kind = Kind::InterfaceForGateway;
        } else {
            if (routes_for(world, *endpoint, *subnet)) return {endpoint, {}};
            out.missing.kind = Kind::RouteTableNotAssociated;
            out.missing.subnet = subnet;
            out.missing.route_table = world.route_table(subnet->route_table);
        }
        out.missing.endpoint = endpoint;
    }
    return out;
}

Reach through_gateway(const World& world, const Instance& instance, const Endpoint& endpoint) {
    const Ipv4 address = public_address(endpoint.service);
    const Subnet* from = world.subnet(instance.subnet);
    if (auto acl = acl_obstacle(world, *from, Side::Client, address, &endpoint)) {
        return silence(world, instance, *acl, endpoint.service);
    }
    const Other server{address, nullptr, prefix_list(world, endpoint.service)};
    if (!groups_allow(world, instance.groups, &SecurityGroup::egress, server)) {
        const Obstacle closed =
            group_obstacle(Obstacle::Kind::GroupEgress, endpoint, instance.groups, server);
        return silence(world, instance, closed, endpoint.service);
    }
    return through(endpoint, instance);
}

// The public name resolves to a public address: only a way to the internet leads there.
std::optional<Reach> over_the_internet(
    const World& world,
    const Instance& instance,
    std::string_view service
) {
    const Subnet* subnet = world.subnet(instance.subnet);
    const RouteTable* table = subnet ? world.route_table(subnet->route_table) : nullptr;
    if (!table) return std::nullopt;
    const bool out =
        std::any_of(table->routes.begin(), table->routes.end(), [&](const Route& route) {
            return is_default_route_out(route, instance);
        });
    const Other server{public_address(service), nullptr, prefix_list(world, service)};
    if (!out || !groups_allow(world, instance.groups, &SecurityGroup::egress, server)) {
        return std::nullopt;
    }
    if (acl_obstacle(world, *subnet, Side::Client, server.address, nullptr)) return std::nullopt;
    return from_outside();
}

}  // namespace

bool gives_private_names(const Vpc* vpc, const Endpoint& endpoint) {
    return endpoint.kind == Endpoint::Kind::Interface && endpoint.private_dns && vpc &&
           vpc->dns_support && vpc->dns_hostnames;
}

std::vector<const NetworkInterface*> interfaces_from(
    const World& world,
    const Endpoint& endpoint,
    std::string_view zone
) {
    std::vector<const NetworkInterface*> out;
    for (const NetworkInterface& each : endpoint.interfaces) {
        out.push_back(&each);
    }
    std::stable_partition(out.begin(), out.end(), [&](const NetworkInterface* each) {
        const Subnet* subnet = world.subnet(each->subnet);
        return subnet && subnet->zone == zone;
    });
    return out;
}

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
    if (!groups_allow(world, instance.groups, &SecurityGroup::egress, server)) {
        return group_obstacle(Obstacle::Kind::GroupEgress, endpoint, instance.groups, server);
    }
    const Other client{instance.address, &instance.groups};
    if (!groups_allow(world, endpoint.groups, &SecurityGroup::ingress, client)) {
        return group_obstacle(Obstacle::Kind::GroupIngress, endpoint, endpoint.groups, client);
    }
    return std::nullopt;
}

Reach through_interfaces(const World& world, const Instance& instance, const Endpoint& endpoint) {
    const Subnet* from = world.subnet(instance.subnet);
    std::optional<Obstacle> first;
    for (const NetworkInterface* each : interfaces_from(world, endpoint, from->zone)) {
        auto obstacle = obstacle_before(world, instance, endpoint, *each);
        if (!obstacle) return through(endpoint, instance);
        if (!first) first = obstacle;
    }
    if (!first) {
        first.emplace();
        first->kind = Obstacle::Kind::NoInterface;
        first->endpoint = &endpoint;
    }
    return silence(world, instance, *first, endpoint.service);
}

Reach from_outside() {
    Reach out;
    out.outcome = Reach::Outcome::Internet;
    out.source_address = kOutsideAddress;
    return out;
}

std::optional<Reach> to_public_address(
    const World& world,
    const Instance& instance,
    std::string_view service
) {
    if (is_s3(service)) {
        const Found found = find_gateway(world, instance, service);
        if (found.endpoint) {
            Reach out = through_gateway(world, instance, *found.endpoint);
            return out.reachable() ? std::optional(std::move(out)) : std::nullopt;
        }
    }
    return over_the_internet(world, instance, service);
}

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
    if (!place.instance) return from_outside();
    const Instance& instance = *place.instance;
    const Vpc* vpc = world.vpc(instance.vpc);
    if (vpc && !vpc->dns_support) {
        Obstacle off;
        off.kind = Obstacle::Kind::DnsSupportOff;
        return silence(world, instance, off, service);
    }
    const bool gateway = is_s3(service);
    const Found found =
        gateway ? find_gateway(world, instance, service) : find_interface(world, instance, service);
    if (found.endpoint) {
        return gateway ? through_gateway(world, instance, *found.endpoint)
                       : through_interfaces(world, instance, *found.endpoint);
    }
    if (auto out = over_the_internet(world, instance, service)) return *std::move(out);
    return silence(world, instance, found.missing, service);
}

}  // namespace kakehashi::cloud

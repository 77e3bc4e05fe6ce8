#include "cloud/reach.h"

#include "base/fence.h"
#include "cloud/detail/obstacle.h"
#include "cloud/detail/way.h"

#include <algorithm>

namespace kakehashi::cloud {
namespace {

// Of a client on the internet: RFC 5737 documentation addresses stand for its own.
constexpr std::string_view kOutsideAddress = "203.0.113.10";
constexpr std::size_t kPlacesNamedMax = 20;

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

// The VPC's main table cannot be named by the template that makes the VPC; of a VPC that is there
// already it is the one that no template declares.
bool routes_for(const World& world, const Endpoint& gateway, const Subnet& subnet) {
    return std::any_of(
        gateway.route_tables.begin(),
        gateway.route_tables.end(),
        [&](const std::string& table) {
            if (!in_force("reach.route-table")) return true;
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

Obstacle::Kind without_names(const Endpoint& endpoint, bool named) {
    using Kind = Obstacle::Kind;
    if (named) return Kind::NoInterface;
    return endpoint.private_dns ? Kind::DnsHostnamesOff : Kind::PrivateDnsOff;
}

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
            const bool named = gives_private_names(vpc, *endpoint);
            if (named && !endpoint->interfaces.empty()) return {endpoint, {}};
            out.missing.kind = without_names(*endpoint, named);
        }
        out.missing.endpoint = endpoint;
    }
    return out;
}

Found find_gateway(const World& world, const Instance& instance, std::string_view service) {
    using Kind = Obstacle::Kind;
    const Subnet* subnet = world.subnet(instance.subnet);
    Found out;
    out.missing.subnet = subnet;
    out.missing.route_table = world.route_table(subnet->route_table);
    for (const Endpoint* endpoint : world.endpoints_in(instance.vpc)) {
        if (endpoint->service != service || endpoint->region != world.region()) continue;
        if (endpoint->kind == Endpoint::Kind::Interface) {
            if (out.missing.endpoint) continue;
            out.missing.kind = Kind::InterfaceForGateway;
        } else {
            if (routes_for(world, *endpoint, *subnet)) return {endpoint, {}};
            out.missing.kind = Kind::RouteTableNotAssociated;
        }
        out.missing.endpoint = endpoint;
    }
    return out;
}

Reach through_gateway(const World& world, const Instance& instance, const Endpoint& endpoint) {
    if (auto obstacle = obstacle_outside(world, instance, endpoint.service, &endpoint)) {
        return silence(world, instance, *obstacle, endpoint.service);
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
    if (!out || obstacle_outside(world, instance, service, nullptr)) return std::nullopt;
    return from_outside();
}

// Of 1,741 municipalities nobody reads the list.
std::string some_places(const World& world) {
    std::string out = "outside";
    std::size_t named = 0;
    for (const Account& each : world.accounts()) {
        if (++named > kPlacesNamedMax) return out + ", …";
        out += ", " + each.name;
    }
    return out;
}

}  // namespace

bool gives_private_names(const Vpc* vpc, const Endpoint& endpoint) {
    return endpoint.kind == Endpoint::Kind::Interface && vpc &&
           (endpoint.private_dns || !in_force("reach.private-dns")) &&
           (vpc->dns_support || !in_force("reach.dns-support")) &&
           (vpc->dns_hostnames || !in_force("reach.dns-hostnames"));
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
        return Failure{Message{
            "cloud.place.unknown"_msg,
            {{"place", std::string(text)}, {"known", some_places(world)}}}};
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
    if (vpc && !vpc->dns_support && in_force("reach.dns-support")) {
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

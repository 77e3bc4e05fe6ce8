#include "cloud/names.h"

#include "base/hash.h"
#include "base/text.h"
#include "cloud/detail/obstacle.h"
#include "cloud/detail/way.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

// Sources: aws-facts §7, that is "AWS services that integrate with AWS PrivateLink" (private
// names); Amazon S3 User Guide, "AWS PrivateLink for Amazon S3"; CodeArtifact User Guide, "Use
// CodeArtifact from a VPC"; Amazon VPC User Guide, "DNS attributes for your VPC"; RFC 1035, RFC
// 6761.
namespace kakehashi::cloud {
namespace {

constexpr std::size_t kNameBytesMax = 253, kLabelBytesMax = 63;
// RFC 5737. The services that the twin plays have one address each, so that a listener can be put
// there; all other names share the other block, where nobody answers.
constexpr std::string_view kServicesBlock = "198.51.100.0", kOthersBlock = "192.0.2.0";
constexpr Ipv4 kFirstService = 10, kOthersCount = 254;

// In a name @ stands for the Region; a `*` in front for labels, at least one.
struct ServiceNames {
    std::string_view service;
    std::array<std::string_view, 2> regional;   // what private DNS of an interface endpoint serves
    std::array<std::string_view, 3> more = {};  // on the internet alone
};
constexpr std::array kPlayed = {
    ServiceNames{
        "sts",
        {"sts.@.amazonaws.com"},
        {"sts.amazonaws.com", "sts-fips.@.amazonaws.com", "sts.@.api.aws"}},
    ServiceNames{
        "bedrock-runtime",
        {"bedrock-runtime.@.amazonaws.com"},
        {"bedrock-runtime-fips.@.amazonaws.com", "bedrock-runtime.@.api.aws"}},
    ServiceNames{
        "bedrock",
        {"bedrock.@.amazonaws.com"},
        {"bedrock-fips.@.amazonaws.com", "bedrock.@.api.aws"}},
    ServiceNames{"codeartifact.api", {"codeartifact.@.amazonaws.com"}},
    ServiceNames{"codeartifact.repositories", {"*.d.codeartifact.@.amazonaws.com"}},
    ServiceNames{
        "s3",
        {"s3.@.amazonaws.com", "*.s3.@.amazonaws.com"},
        {"s3.dualstack.@.amazonaws.com", "*.s3.dualstack.@.amazonaws.com"}},
};
// Others whose name is not SERVICE.REGION.amazonaws.com.
constexpr std::array kOthers = {
    ServiceNames{"ecr.api", {"api.ecr.@.amazonaws.com"}},
    ServiceNames{"ecr.dkr", {"*.dkr.ecr.@.amazonaws.com"}},
};

// RFC 6761 and RFC 9476, and what ICANN keeps for private use. No address is under arpa.
constexpr std::array<std::string_view, 9> kNowhere =
    {"invalid", "test", "example", "localhost", "local", "onion", "alt", "internal", "arpa"};

std::string in_region(std::string_view pattern, std::string_view region) {
    return replaced(std::string(pattern), "@", std::string(region));
}

bool matches(std::string_view pattern, std::string_view region, std::string_view name) {
    const std::string whole = in_region(pattern, region);
    if (!whole.starts_with('*')) return !whole.empty() && name == whole;
    const std::string_view tail = std::string_view(whole).substr(1);  // ".s3.…"
    return name.size() > tail.size() && name.ends_with(tail);
}

const ServiceNames* names_of(std::string_view service) {
    const auto named = [&](const ServiceNames& row) { return row.service == service; };
    const auto played = std::find_if(kPlayed.begin(), kPlayed.end(), named);
    if (played != kPlayed.end()) return &*played;
    const auto other = std::find_if(kOthers.begin(), kOthers.end(), named);
    return other == kOthers.end() ? nullptr : &*other;
}

bool is_private_name(const Endpoint& endpoint, std::string_view name) {
    const ServiceNames* row = names_of(endpoint.service);
    if (!row) return name == endpoint.service + "." + endpoint.region + ".amazonaws.com";
    return std::any_of(row->regional.begin(), row->regional.end(), [&](std::string_view pattern) {
        return matches(pattern, endpoint.region, name);
    });
}

// Whether the internet may have it; who has bought what we cannot know.
bool may_exist(std::string_view name) {
    if (name.empty() || name.size() > kNameBytesMax) return false;
    const auto labels = split(name, '.');
    if (labels.size() < 2) return false;
    for (const std::string_view label : labels) {
        if (label.empty() || label.size() > kLabelBytesMax) return false;
    }
    const std::string_view last = labels.back();
    if (std::find(kNowhere.begin(), kNowhere.end(), last) != kNowhere.end()) return false;
    return last.find_first_not_of("0123456789") != last.npos;
}

NameAnswer no_such_name() {
    return {};
}

NameAnswer one(Ipv4 address) {
    return {NameAnswer::Status::Addresses, {address}};
}

// --- what private DNS and PrivateLink say ---

std::string_view zone_of(const World& world, const Place& place) {
    const Subnet* subnet = place.instance ? world.subnet(place.instance->subnet) : nullptr;
    return subnet ? std::string_view(subnet->zone) : std::string_view();
}

NameAnswer interfaces(const World& world, const Endpoint& endpoint, std::string_view zone) {
    NameAnswer out;
    for (const NetworkInterface* each : interfaces_from(world, endpoint, zone)) {
        out.addresses.push_back(each->address);
    }
    if (!out.addresses.empty()) out.status = NameAnswer::Status::Addresses;
    return out;
}

// The name of one zone: "vpce-ID-RANDOM-ap-northeast-1a.sts.…".
std::string zonal_name(const Endpoint& endpoint, std::string_view zone) {
    std::string out = endpoint.dns_name;
    return out.insert(std::min(out.find('.'), out.size()), "-" + std::string(zone));
}

NameAnswer one_zone(const World& world, const Endpoint& endpoint, std::string_view name) {
    NameAnswer out;
    for (const NetworkInterface& each : endpoint.interfaces) {
        const Subnet* subnet = world.subnet(each.subnet);
        if (subnet && name == zonal_name(endpoint, subnet->zone)) {
            out.addresses.push_back(each.address);
            out.status = NameAnswer::Status::Addresses;
        }
    }
    return out;
}

// Names of endpoints are public, whoever asks, with private addresses. "bucket." and the like may
// stand in front of S3's. nullopt: not such a name.
std::optional<NameAnswer> endpoint_name(
    const World& world,
    std::string_view zone,
    std::string_view name
) {
    constexpr std::string_view kPrefix = "vpce-";
    if (!name.ends_with(".vpce.amazonaws.com")) return std::nullopt;
    const std::size_t inside = name.find(".vpce-");
    const bool in_front = !name.starts_with(kPrefix) && inside != name.npos;
    if (in_front) name.remove_prefix(inside + 1);
    const Endpoint* endpoint = world.endpoint(name.substr(0, name.find('-', kPrefix.size())));
    if (!endpoint || endpoint->dns_name.empty()) return no_such_name();
    if (in_front && endpoint->service != "s3") return no_such_name();
    if (name == endpoint->dns_name) return interfaces(world, *endpoint, zone);
    return one_zone(world, *endpoint, name);
}

// Of an interface endpoint in the place's VPC. Without an interface the zone is empty, and the
// public answer is taken to come through (U).
std::optional<NameAnswer> private_name(
    const World& world,
    const Place& place,
    std::string_view name
) {
    const Vpc* vpc = world.vpc(place.instance->vpc);
    for (const Endpoint* endpoint : world.endpoints_in(place.instance->vpc)) {
        if (!gives_private_names(vpc, *endpoint) || endpoint->interfaces.empty()) continue;
        if (!is_private_name(*endpoint, name)) continue;
        return interfaces(world, *endpoint, zone_of(world, place));
    }
    return std::nullopt;
}

// "ip-10-0-0-5.ap-northeast-1.compute.internal": every address of the VPC has such a name.
std::optional<NameAnswer> host_name(const World& world, const Place& place, std::string_view name) {
    const std::string tail = "." + world.region() + ".compute.internal";
    if (!name.starts_with("ip-") || !name.ends_with(tail)) return std::nullopt;
    const std::string_view digits = name.substr(3, name.size() - 3 - tail.size());
    const auto address = parse_ipv4(replaced(std::string(digits), "-", "."));
    const Vpc* vpc = world.vpc(place.instance->vpc);
    if (!address || digits.find('.') != digits.npos) return no_such_name();
    const bool ours =
        *address == place.instance->address ||
        (vpc && std::any_of(vpc->blocks.begin(), vpc->blocks.end(), [&](const Ipv4Network& block) {
             return block.contains(*address);
         }));
    return ours ? one(*address) : no_such_name();
}

// --- the internet's ---

std::optional<Ipv4> played_address(const World& world, std::string_view name) {
    for (const ServiceNames& row : kPlayed) {
        const auto is_name = [&](std::string_view pattern) {
            return matches(pattern, world.region(), name);
        };
        if (std::any_of(row.regional.begin(), row.regional.end(), is_name) ||
            std::any_of(row.more.begin(), row.more.end(), is_name)) {
            return public_address(row.service);
        }
    }
    return std::nullopt;
}

Ipv4 other_address(std::string_view name) {
    const Sha256Digest digest = sha256(name);
    return *parse_ipv4(kOthersBlock) + 1 + digest[0] % kOthersCount;
}

// --- doors ---

void add_names(std::vector<std::string>& out, const World& world, const auto& patterns) {
    for (const std::string_view pattern : patterns) {
        if (!pattern.empty()) out.push_back(in_region(pattern, world.region()));
    }
}

// An endpoint's interfaces answer also those who know their names when private DNS is off.
std::optional<Door> interface_door(
    const World& world,
    const Instance& instance,
    const ServiceNames& row,
    const Endpoint& endpoint
) {
    Door out{std::string(row.service), through_interfaces(world, instance, endpoint), {}, {}};
    if (!out.reach.reachable()) return std::nullopt;
    const Subnet* from = world.subnet(instance.subnet);
    for (const NetworkInterface* each : interfaces_from(world, endpoint, from->zone)) {
        if (obstacle_before(world, instance, endpoint, *each)) continue;
        out.addresses.push_back(each->address);
    }
    if (gives_private_names(world.vpc(instance.vpc), endpoint)) {
        add_names(out.names, world, row.regional);
    }
    if (endpoint.dns_name.empty()) return out;
    out.names.push_back("*" + endpoint.dns_name.substr(endpoint.dns_name.find('.')));
    if (endpoint.service == "s3") out.names.push_back("*." + endpoint.dns_name);
    return out;
}

std::optional<Door> public_door(const World& world, const Place& place, const ServiceNames& row) {
    auto way = place.instance ? to_public_address(world, *place.instance, row.service)
                              : std::optional(from_outside());
    if (!way) return std::nullopt;
    Door out{std::string(row.service), *std::move(way), {public_address(row.service)}, {}};
    add_names(out.names, world, row.regional);
    add_names(out.names, world, row.more);
    return out;
}

}  // namespace

Ipv4 public_address(std::string_view service) {
    const auto* const row = std::find_if(kPlayed.begin(), kPlayed.end(), [&](const auto& each) {
        return each.service == service;
    });
    if (row == kPlayed.end()) return other_address(service);
    return *parse_ipv4(kServicesBlock) + kFirstService +
           static_cast<Ipv4>(std::distance(kPlayed.begin(), row));
}

NameAnswer resolve(const World& world, const Place& place, std::string_view name) {
    if (place.instance) {
        const Vpc* vpc = world.vpc(place.instance->vpc);
        if (vpc && !vpc->dns_support) return {NameAnswer::Status::NoResolver};
        if (auto out = private_name(world, place, name)) return *std::move(out);
        if (auto out = host_name(world, place, name)) return *std::move(out);
    }
    if (!may_exist(name)) return no_such_name();
    if (auto out = endpoint_name(world, zone_of(world, place), name)) return *std::move(out);
    if (const auto played = played_address(world, name)) return one(*played);
    return one(other_address(name));
}

std::vector<Door> doors(const World& world, const Place& place) {
    std::vector<Door> out;
    for (const ServiceNames& row : kPlayed) {
        if (place.instance) {
            for (const Endpoint* endpoint : world.endpoints_in(place.instance->vpc)) {
                if (endpoint->service != row.service || endpoint->region != world.region() ||
                    endpoint->kind != Endpoint::Kind::Interface) {
                    continue;
                }
                if (auto door = interface_door(world, *place.instance, row, *endpoint)) {
                    out.push_back(*std::move(door));
                }
            }
        }
        if (auto door = public_door(world, place, row)) out.push_back(*std::move(door));
    }
    return out;
}

}  // namespace kakehashi::cloud

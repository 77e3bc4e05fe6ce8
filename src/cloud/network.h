#pragma once

#include "base/ipv4.h"
#include "base/problem.h"
#include "iam/policy.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// The networks that templates declare, by their physical ids. Values, made by `build_world` and
// then constant. IPv4 alone: interface endpoints of these services have IPv4 addresses.
namespace kakehashi::cloud {

struct Vpc {
    std::string id, account;
    std::vector<Ipv4Network> blocks = {};
    bool dns_support = true;  // AWS::EC2::VPC's defaults
    bool dns_hostnames = false;
    bool internet_gateway = false;
    Location where = {};
    bool assumed = false;  // no template makes it: kakehashi.toml says that it is there
};

struct Route {
    enum class Target {
        InternetGateway,
        Nat,
        TransitGateway,
        Peering,
        VpnGateway,
        Instance,
        Other
    };
    Ipv4Network destination;
    Target target = Target::Other;
    Location where = {};
};

struct RouteTable {
    std::string id, vpc;
    std::vector<Route> routes = {};  // besides the local one
    Location where = {};
};

struct NetworkAclEntry {
    unsigned number = 0;
    bool egress = false, allow = false;
    int protocol = -1;  // IANA number; -1: all
    std::uint16_t first_port = 0, last_port = 65535;
    Ipv4Network block = {};
    Location where = {};
};

struct NetworkAcl {
    std::string id, vpc;
    std::vector<NetworkAclEntry> entries = {};  // by number; what none of them allows is refused
    Location where = {};
};

struct Subnet {
    std::string id, vpc, zone;
    Ipv4Network block = {};
    std::string route_table = {};  // "": the VPC's main one, which has the local route alone
    std::string network_acl = {};  // "": the default one, which lets everything pass
    bool public_addresses = false;
    Location where = {};
};

struct GroupRule {
    std::string protocol = "-1";  // "tcp", "6", "-1"
    std::uint16_t first_port = 0, last_port = 65535;
    std::optional<Ipv4Network> block = {};
    std::string group = {};        // the other side is a member of this security group
    std::string prefix_list = {};  // of AWS's own: the addresses of a gateway endpoint's service
};

struct SecurityGroup {
    std::string id, vpc;
    std::vector<GroupRule> ingress = {}, egress = {};
    Location where = {};
};

struct NetworkInterface {
    std::string subnet;
    Ipv4 address = 0;
};

struct Endpoint {
    enum class Kind { Interface, Gateway };
    std::string id, account, vpc;
    std::string service = {};  // "sts", "bedrock-runtime": com.amazonaws.<region>.<service>
    std::string region = {};
    Kind kind = Kind::Interface;
    std::optional<iam::Policy> policy = {};  // absent: the default, full access
    bool private_dns = false;                // for those who ask in the VPC
    std::string dns_name = {};  // of an interface endpoint: "vpce-….sts.REGION.vpce.amazonaws.com"
    std::vector<NetworkInterface> interfaces = {};  // one a subnet
    std::vector<std::string> groups = {};
    std::vector<std::string> route_tables = {};  // of a gateway
    Location where = {};
};

struct MetadataOptions {  // AWS::EC2::Instance MetadataOptions, with the API's defaults
    bool endpoint_enabled = true;
    bool tokens_required = false;
    unsigned hop_limit = 1;
    bool tags_in_metadata = false;
};

// Where a workload stands: an EC2 instance, or what has a network interface and a role like one.
struct Instance {
    enum class Kind { Ec2, Ecs, Lambda };
    std::string logical_id, id, account;
    std::string vpc = {}, subnet = {};
    Ipv4 address = 0;
    std::vector<std::string> groups = {};
    std::string instance_profile = {};  // its name; "": none
    MetadataOptions metadata = {};
    std::string type = "t3.micro", image = {};
    bool public_address = false;
    std::map<std::string, std::string> tags = {};
    Location where = {};
    Kind kind = Kind::Ec2;
    std::string role = {};  // its name; "": that of the instance profile
    bool assumed = false;   // no template makes it: kakehashi.toml says that it is there
};

}  // namespace kakehashi::cloud

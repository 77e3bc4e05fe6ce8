#include "base/text.h"
#include "cloud/detail/builder.h"

#include <algorithm>

// VPCs and what is in them. Source: CloudFormation User Guide, the AWS::EC2 types.
namespace kakehashi::cloud {
namespace {

// AWS keeps the first four; ours begin a little further on, where there is room.
constexpr Ipv4 kFirstAddress = 10, kFirstAddressOfSmall = 4;
constexpr std::size_t kSmallPrefix = 27;
constexpr std::int64_t kPortMax = 65535, kProtocolMax = 255;
constexpr std::int64_t kAclRuleMax = 32766;  // VPC User Guide, "Network ACL rules"
constexpr std::int64_t kHopsMax = 64;        // EC2 API Reference, InstanceMetadataOptionsRequest

std::string joined(std::string_view above, std::string_view key) {
    return std::string(above) + (above.empty() ? "" : ".") + std::string(key);
}

// "tcp", or the number of a protocol; EC2 takes these words in any case.
bool is_protocol(std::string_view lower) {
    const auto number = parse_count(lower);
    return lower == "-1" || lower == "tcp" || lower == "udp" || lower == "icmp" ||
           lower == "icmpv6" || (number && *number <= static_cast<std::size_t>(kProtocolMax));
}
bool has_ports(std::string_view lower) {
    return lower == "tcp" || lower == "6" || lower == "udp" || lower == "17";
}

Route::Target target_of(const Properties& route) {
    const std::string gateway = route.text_or("GatewayId", "");
    if (gateway.starts_with("igw-")) return Route::Target::InternetGateway;
    if (gateway.starts_with("vgw-")) return Route::Target::VpnGateway;
    if (route.find("NatGatewayId")) return Route::Target::Nat;
    if (route.find("TransitGatewayId")) return Route::Target::TransitGateway;
    if (route.find("VpcPeeringConnectionId")) return Route::Target::Peering;
    if (route.find("InstanceId") || route.find("NetworkInterfaceId"))
        return Route::Target::Instance;
    return Route::Target::Other;
}

// The ports of a rule; -1 and an absent port mean all of them.
void read_ports(
    const Properties& rule,
    std::string_view from_key,
    std::string_view to_key,
    std::uint16_t& first,
    std::uint16_t& last
) {
    const auto from = rule.number(from_key).value_or(-1);
    const auto to = rule.number(to_key).value_or(-1);
    if (from < 0 || to < 0) return;
    first = static_cast<std::uint16_t>(std::min<std::int64_t>(from, 65535));
    last = static_cast<std::uint16_t>(std::min<std::int64_t>(to, 65535));
}

// An interface endpoint of S3 leaves the VPC's names to the gateway unless it is told otherwise:
// what EC2's API takes when nothing is said, as people report who have no gateway.
bool gives_private_dns(const Properties& endpoint, std::string_view service) {
    if (!endpoint.flag("PrivateDnsEnabled", false)) return false;
    if (service != "s3") return true;
    const auto options = endpoint.nested("DnsOptions");
    return options &&
           options->text_or("PrivateDnsOnlyForInboundResolverEndpoint", "") == "AllResolvers";
}

// The first of its DnsEntries, which are "ZONE:NAME".
std::string own_name(const Declared& declared) {
    const auto entries = declared.stack->attribute(declared.resource.logical_id, "DnsEntries");
    const auto* list = entries ? entries->if_array() : nullptr;
    if (!list || list->empty()) return "";
    const std::string first = text_of(list->front()).value_or("");
    return first.substr(first.find(':') + 1);
}

}  // namespace

void WorldBuilder::declare_vpc(const Declared& declared) {
    Vpc vpc{declared.resource.physical_id, declared.account};
    if (const auto block = parse_ipv4_network(declared.properties.text_or("CidrBlock", ""))) {
        vpc.blocks.push_back(*block);
    } else {
        problem("cloud.network.bad_cidr"_msg, declared.where("CidrBlock"));
    }
    vpc.dns_support = declared.properties.flag("EnableDnsSupport", true);
    vpc.dns_hostnames = declared.properties.flag("EnableDnsHostnames", false);
    vpc.where = declared.where();
    world_.vpcs_.add(std::move(vpc), {declared.resource.physical_id});
}

void WorldBuilder::attach_vpc_block(const Declared& declared) {
    Vpc* vpc = world_.vpcs_.find(declared.properties.text_or("VpcId", ""));
    const auto block = parse_ipv4_network(declared.properties.text_or("CidrBlock", ""));
    if (declared.properties.find("CidrBlock") && !block)
        problem("cloud.network.bad_cidr"_msg, declared.where("CidrBlock"));
    if (vpc && block) vpc->blocks.push_back(*block);  // an IPv6 block says nothing here
}

void WorldBuilder::declare_prefix_list(const Declared& declared) {
    prefix_lists_.insert(declared.resource.physical_id);
}

void WorldBuilder::declare_dhcp_options(const Declared& declared) {
    const auto servers = declared.properties.texts("DomainNameServers");
    amazon_dns_[declared.resource.physical_id] =
        std::all_of(servers.begin(), servers.end(), [](const std::string& server) {
            return server == "AmazonProvidedDNS";
        });
}

// With name servers of one's own the endpoints' private names may mean anything.
void WorldBuilder::attach_dhcp_options(const Declared& declared) {
    const std::string id = declared.properties.text_or("DhcpOptionsId", "");
    if (id == "default") return;
    const auto found = amazon_dns_.find(id);
    if (found == amazon_dns_.end()) return unknown_reference(declared, "DhcpOptionsId", id);
    if (!found->second) problem("cloud.network.foreign_dns"_msg, declared.where("DhcpOptionsId"));
}

// A zone or a record that answers for AWS's own names takes their place inside a VPC.
void WorldBuilder::refuse_aws_names(const Declared& declared) {
    std::string name = lower_ascii(declared.properties.text_or("Name", ""));
    if (name.ends_with('.')) name.pop_back();
    const bool covers = name.empty() || name == "com" || name == "aws" || name == "amazonaws.com" ||
                        name.ends_with(".amazonaws.com") || name.ends_with(".aws");
    if (covers) problem("cloud.network.aws_name"_msg, declared.where("Name"), {{"name", name}});
}

void WorldBuilder::declare_subnet(const Declared& declared) {
    Subnet subnet{
        declared.resource.physical_id,
        declared.properties.text_or("VpcId", ""),
        declared.properties.text_or("AvailabilityZone", world_.region() + "a")};
    if (const auto block = parse_ipv4_network(declared.properties.text_or("CidrBlock", ""))) {
        subnet.block = *block;
    } else {
        problem("cloud.network.bad_cidr"_msg, declared.where("CidrBlock"));
    }
    subnet.public_addresses = declared.properties.flag("MapPublicIpOnLaunch", false);
    subnet.where = declared.where();
    std::string vpc = subnet.vpc;
    world_.subnets_.add(std::move(subnet), {declared.resource.physical_id}, {std::move(vpc)});
}

void WorldBuilder::declare_route_table(const Declared& declared) {
    RouteTable table{declared.resource.physical_id, declared.properties.text_or("VpcId", "")};
    table.where = declared.where();
    world_.route_tables_.add(std::move(table), {declared.resource.physical_id});
}

void WorldBuilder::declare_network_acl(const Declared& declared) {
    NetworkAcl acl{declared.resource.physical_id, declared.properties.text_or("VpcId", "")};
    acl.where = declared.where();
    world_.network_acls_.add(std::move(acl), {declared.resource.physical_id});
}

void WorldBuilder::declare_security_group(const Declared& declared) {
    SecurityGroup group{declared.resource.physical_id, declared.properties.text_or("VpcId", "")};
    group.where = declared.where();
    const auto ingress = declared.properties.items("SecurityGroupIngress");
    for (std::size_t i = 0; i < ingress.size(); ++i) {
        group.ingress.push_back(
            group_rule(declared, ingress[i], "SecurityGroupIngress[" + std::to_string(i) + "]")
        );
    }
    const auto egress = declared.properties.items("SecurityGroupEgress");
    for (std::size_t i = 0; i < egress.size(); ++i) {
        group.egress.push_back(
            group_rule(declared, egress[i], "SecurityGroupEgress[" + std::to_string(i) + "]")
        );
    }
    if (egress.empty()) {  // EC2's own rule, until a template names one
        GroupRule everything;
        everything.block = Ipv4Network{0, 0};
        group.egress.push_back(everything);
    }
    std::string vpc = group.vpc;
    world_.security_groups_.add(
        std::move(group), {declared.resource.physical_id}, {std::move(vpc)}
    );
}

// Both ports and in their order: with half of them a rule would be wider than it looks.
void WorldBuilder::check_ports(
    const Declared& declared,
    const Properties& rule,
    std::string_view below,
    std::string_view from_key,
    std::string_view to_key
) {
    const auto from = rule.number(from_key), to = rule.number(to_key);
    if (from && to && *from >= 0 && *from <= *to && *to <= kPortMax) return;
    const std::string at =
        from || to ? joined(below, from ? from_key : to_key) : std::string(below);
    problem("cloud.network.ports"_msg, declared.where(at));
}

GroupRule WorldBuilder::group_rule(
    const Declared& declared,
    const Properties& rule,
    std::string_view below
) {
    GroupRule out;
    out.protocol = lower_ascii(rule.text_or("IpProtocol", "-1"));
    if (!is_protocol(out.protocol)) {
        problem(
            "cloud.network.protocol"_msg,
            declared.where(joined(below, "IpProtocol")),
            {{"protocol", out.protocol}}
        );
    }
    if (has_ports(out.protocol)) check_ports(declared, rule, below, "FromPort", "ToPort");
    read_ports(rule, "FromPort", "ToPort", out.first_port, out.last_port);
    if (const auto block = rule.text("CidrIp")) {
        out.block = parse_ipv4_network(*block);
        if (!out.block)
            problem("cloud.network.bad_cidr"_msg, declared.where(joined(below, "CidrIp")));
    }
    out.group =
        rule.text_or("SourceSecurityGroupId", rule.text_or("DestinationSecurityGroupId", ""));
    out.prefix_list =
        rule.text_or("DestinationPrefixListId", rule.text_or("SourcePrefixListId", ""));
    if (prefix_lists_.contains(out.prefix_list)) {
        problem("cloud.network.prefix_list"_msg, declared.where(below));
    }
    const bool somebody = out.block || !out.group.empty() || !out.prefix_list.empty();
    if (!somebody && !rule.find("CidrIpv6") && !rule.find("CidrIp")) {
        problem("cloud.network.rule_for_nobody"_msg, declared.where(below));
    }
    return out;
}

void WorldBuilder::attach_ingress(const Declared& declared) {
    auto* group = world_.security_groups_.find(declared.properties.text_or("GroupId", ""));
    if (!group) {
        return unknown_reference(declared, "GroupId", declared.properties.text_or("GroupId", ""));
    }
    group->ingress.push_back(group_rule(declared, declared.properties, ""));
}

// The first rule of one's own takes the place of EC2's "everything".
void WorldBuilder::attach_egress(const Declared& declared) {
    auto* group = world_.security_groups_.find(declared.properties.text_or("GroupId", ""));
    if (!group) {
        return unknown_reference(declared, "GroupId", declared.properties.text_or("GroupId", ""));
    }
    const bool only_default = group->egress.size() == 1 && group->egress[0].protocol == "-1" &&
                              group->egress[0].block && group->egress[0].block->prefix == 0;
    if (only_default) group->egress.clear();
    group->egress.push_back(group_rule(declared, declared.properties, ""));
}

void WorldBuilder::attach_route(const Declared& declared) {
    const std::string id = declared.properties.text_or("RouteTableId", "");
    auto* table = world_.route_tables_.find(id);
    if (!table) return unknown_reference(declared, "RouteTableId", id);
    for (const char* other : {"DestinationIpv6CidrBlock", "DestinationPrefixListId"}) {
        if (!declared.properties.find(other)) continue;
        return problem("cloud.network.route_not_ipv4"_msg, declared.where(other));
    }
    const auto block = parse_ipv4_network(declared.properties.text_or("DestinationCidrBlock", ""));
    if (!block) {
        return problem("cloud.network.bad_cidr"_msg, declared.where("DestinationCidrBlock"));
    }
    table->routes.push_back({*block, target_of(declared.properties), declared.where()});
}

// VPC User Guide, "Middlebox routing": a route may be narrower than the local one, and then traffic
// to the endpoints goes through somebody's appliance.
void WorldBuilder::check_route(const Declared& declared) {
    const auto block = parse_ipv4_network(declared.properties.text_or("DestinationCidrBlock", ""));
    const auto* table = world_.route_table(declared.properties.text_or("RouteTableId", ""));
    const Vpc* vpc = table ? world_.vpc(table->vpc) : nullptr;
    if (!vpc || !block) return;
    const bool inside =
        std::any_of(vpc->blocks.begin(), vpc->blocks.end(), [&](const Ipv4Network& own) {
            return own.prefix <= block->prefix && own.contains(block->first);
        });
    if (!inside) return;
    problem("cloud.network.route_inside_vpc"_msg, declared.where("DestinationCidrBlock"));
}

void WorldBuilder::attach_route_table(const Declared& declared) {
    auto* subnet = world_.subnets_.find(declared.properties.text_or("SubnetId", ""));
    if (!subnet) return;
    subnet->route_table = declared.properties.text_or("RouteTableId", "");
    if (!world_.route_table(subnet->route_table)) {
        unknown_reference(declared, "RouteTableId", subnet->route_table);
    }
}

void WorldBuilder::attach_network_acl(const Declared& declared) {
    auto* subnet = world_.subnets_.find(declared.properties.text_or("SubnetId", ""));
    if (!subnet) return;
    subnet->network_acl = declared.properties.text_or("NetworkAclId", "");
    if (!world_.network_acl(subnet->network_acl)) {
        unknown_reference(declared, "NetworkAclId", subnet->network_acl);
    }
}

void WorldBuilder::attach_network_acl_entry(const Declared& declared) {
    const std::string id = declared.properties.text_or("NetworkAclId", "");
    auto* acl = world_.network_acls_.find(id);
    if (!acl) return unknown_reference(declared, "NetworkAclId", id);  // also a VPC's default one
    if (declared.properties.find("Ipv6CidrBlock")) return;             // carries none of this
    const auto block = parse_ipv4_network(declared.properties.text_or("CidrBlock", ""));
    if (!block) return problem("cloud.network.bad_cidr"_msg, declared.where("CidrBlock"));
    check_range(declared, "RuleNumber", 1, kAclRuleMax);
    check_range(declared, "Protocol", -1, kProtocolMax);
    check_word(declared, "RuleAction", {"allow", "deny"});
    if (has_ports(declared.properties.text_or("Protocol", ""))) {
        const json::object none;
        const auto range = declared.properties.nested("PortRange").value_or(Properties(none));
        check_ports(declared, range, "PortRange", "From", "To");
    }
    NetworkAclEntry entry;
    entry.number = static_cast<unsigned>(declared.properties.number("RuleNumber").value_or(0));
    entry.egress = declared.properties.flag("Egress", false);
    entry.allow = equal_ignoring_case(declared.properties.text_or("RuleAction", ""), "allow");
    entry.protocol = static_cast<int>(declared.properties.number("Protocol").value_or(-1));
    if (const auto range = declared.properties.nested("PortRange")) {
        read_ports(*range, "From", "To", entry.first_port, entry.last_port);
    }
    entry.block = *block;
    entry.where = declared.where();
    const auto place = std::upper_bound(
        acl->entries.begin(),
        acl->entries.end(),
        entry.number,
        [](unsigned number, const NetworkAclEntry& other) { return number < other.number; }
    );
    acl->entries.insert(place, std::move(entry));
}

void WorldBuilder::attach_internet_gateway(const Declared& declared) {
    Vpc* vpc = world_.vpcs_.find(declared.properties.text_or("VpcId", ""));
    if (vpc && declared.properties.find("InternetGatewayId")) vpc->internet_gateway = true;
}

void WorldBuilder::attach_endpoint(const Declared& declared) {
    Endpoint endpoint{
        declared.resource.physical_id, declared.account, declared.properties.text_or("VpcId", "")};
    const std::string service = declared.properties.text_or("ServiceName", "");
    endpoint.region = declared.properties.text_or("ServiceRegion", world_.region());
    const std::string prefix = "com.amazonaws." + endpoint.region + ".";
    if (!service.starts_with(prefix)) {
        problem(
            "cloud.endpoint.unknown_service"_msg,
            declared.where("ServiceName"),
            {{"service", service}, {"region", endpoint.region}}
        );
        return;
    }
    check_word(declared, "VpcEndpointType", {"Gateway", "Interface"});
    endpoint.service = service.substr(prefix.size());
    const bool gateway = declared.properties.text_or("VpcEndpointType", "Gateway") == "Gateway";
    endpoint.kind = gateway ? Endpoint::Kind::Gateway : Endpoint::Kind::Interface;
    endpoint.private_dns = gives_private_dns(declared.properties, endpoint.service);
    if (!gateway) endpoint.dns_name = own_name(declared);
    endpoint.groups = declared.properties.texts("SecurityGroupIds");
    endpoint.route_tables = declared.properties.texts("RouteTableIds");
    endpoint.policy = read_document(
        declared, "PolicyDocument", declared.resource.logical_id, iam::PolicyType::Endpoint
    );
    if (equal_ignoring_case(declared.properties.text_or("IpAddressType", ""), "ipv6")) {
        problem("cloud.endpoint.ipv6"_msg, declared.where("IpAddressType"));
    }
    const Vpc* vpc = world_.vpc(endpoint.vpc);
    const bool vpc_is_known = vpc != nullptr;
    for (const std::string& id : declared.properties.texts("SubnetIds")) {
        if (const Subnet* subnet = world_.subnet(id)) {
            endpoint.interfaces.push_back({id, next_address(*subnet)});
        } else if (vpc_is_known) {
            unknown_reference(declared, "SubnetIds", id);
        }
    }
    for (const std::string& id : endpoint.groups) {
        if (vpc_is_known && !world_.security_group(id)) {
            unknown_reference(declared, "SecurityGroupIds", id);
        }
    }
    for (const std::string& id : endpoint.route_tables) {
        if (vpc && !vpc->assumed && !world_.route_table(id)) {
            unknown_reference(declared, "RouteTableIds", id);
        }
    }
    endpoint.where = declared.where();
    std::string group = endpoint.vpc;
    world_.endpoints_.add(
        std::move(endpoint), {declared.resource.physical_id}, {declared.account, std::move(group)}
    );
}

void WorldBuilder::attach_instance(const Declared& declared) {
    const Properties& properties = declared.properties;
    if (properties.find("LaunchTemplate")) {
        return problem("cloud.instance.launch_template"_msg, declared.where("LaunchTemplate"));
    }
    if (properties.find("SecurityGroups")) {  // by name, in the account's default VPC
        return unknown_reference(declared, "SecurityGroups", "SecurityGroups");
    }
    const auto interfaces = properties.items("NetworkInterfaces");
    if (interfaces.size() > 1 ||
        (interfaces.size() == 1 && interfaces.front().find("NetworkInterfaceId"))) {
        return problem("cloud.instance.interfaces"_msg, declared.where("NetworkInterfaces"));
    }
    for (const Properties& each : interfaces) {
        refuse_unknown_keys(
            declared,
            "NetworkInterfaces[0]",
            each,
            {"AssociateCarrierIpAddress",
             "AssociatePublicIpAddress",
             "DeleteOnTermination",
             "Description",
             "DeviceIndex",
             "EnaSrdSpecification",
             "GroupSet",
             "Ipv6AddressCount",
             "Ipv6Addresses",
             "PrivateIpAddress",
             "PrivateIpAddresses",
             "SecondaryPrivateIpAddressCount",
             "SubnetId"}
        );
    }
    Instance instance{
        declared.resource.logical_id, declared.resource.physical_id, declared.account};
    const Properties first = interfaces.empty() ? properties : interfaces.front();
    instance.subnet = first.text_or("SubnetId", properties.text_or("SubnetId", ""));
    instance.groups = first.texts(interfaces.empty() ? "SecurityGroupIds" : "GroupSet");
    const Subnet* subnet = world_.subnet(instance.subnet);
    if (!subnet) return problem("cloud.instance.no_subnet"_msg, declared.where());
    for (const std::string& id : instance.groups) {
        if (!world_.security_group(id)) unknown_reference(declared, "SecurityGroupIds", id);
    }
    instance.vpc = subnet->vpc;
    instance.public_address = first.flag("AssociatePublicIpAddress", subnet->public_addresses);
    const auto given = parse_ipv4(first.text_or("PrivateIpAddress", ""));
    instance.address = given ? *given : next_address(*subnet);
    instance.instance_profile = properties.text_or("IamInstanceProfile", "");
    instance.type = properties.text_or("InstanceType", instance.type);
    instance.image = properties.text_or("ImageId", "");
    read_metadata_options(declared, instance.metadata);
    instance.tags = properties.tags();
    instance.where = declared.where();
    instances_.push_back(std::move(instance));
}

void WorldBuilder::read_metadata_options(const Declared& declared, MetadataOptions& out) {
    // Unsaid, the image decides; Amazon Linux 2023's asks for IMDSv2 and two hops.
    out.tokens_required = true;
    out.hop_limit = 2;
    const auto options = declared.properties.nested("MetadataOptions");
    if (!options) return;
    const auto choice = [&](const char* key, const char* off, const char* on, bool fallback) {
        const std::string word = options->text_or(key, fallback ? on : off);
        if (word != off && word != on) {
            problem(
                "cloud.property.word"_msg,
                declared.where(std::string("MetadataOptions.") + key),
                {{"word", word}, {"known", std::string(off) + ", " + on}}
            );
        }
        return word == on;
    };
    out.endpoint_enabled = choice("HttpEndpoint", "disabled", "enabled", true);
    out.tokens_required = choice("HttpTokens", "optional", "required", true);
    out.tags_in_metadata = choice("InstanceMetadataTags", "disabled", "enabled", false);
    const auto hops = options->number("HttpPutResponseHopLimit");
    if (hops && (*hops < 1 || *hops > kHopsMax)) {
        problem(
            "cloud.property.range"_msg,
            declared.where("MetadataOptions.HttpPutResponseHopLimit"),
            {{"least", "1"}, {"most", std::to_string(kHopsMax)}}
        );
    }
    out.hop_limit = static_cast<unsigned>(options->number("HttpPutResponseHopLimit").value_or(2));
}

// An Elastic IP makes an instance reachable, and lets it out, whatever its subnet says.
void WorldBuilder::attach_address(const Declared& declared) {
    addressed_.insert(declared.properties.text_or("InstanceId", ""));
}

Ipv4 WorldBuilder::next_address(const Subnet& subnet) {
    const Ipv4 first = subnet.block.prefix < kSmallPrefix ? kFirstAddress : kFirstAddressOfSmall;
    return subnet.block.first + first + addresses_given_[subnet.id]++;
}

}  // namespace kakehashi::cloud

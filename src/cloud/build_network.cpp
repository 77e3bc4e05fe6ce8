#include "base/text.h"
#include "cloud/detail/builder.h"

#include <algorithm>

// VPCs and what is in them. Source: CloudFormation User Guide, the AWS::EC2 types.
namespace kakehashi::cloud {
namespace {

constexpr Ipv4 kFirstAddress = 10;  // AWS keeps the first four; ours begin a little further on

template <class Item>
Item* by_id(std::vector<Item>& items, std::string_view id) {
    const auto found =
        std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.id == id; });
    return found == items.end() ? nullptr : &*found;
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

}  // namespace

void WorldBuilder::declare_vpc(const Declared& declared) {
    Vpc vpc{declared.resource.physical_id, declared.account};
    if (const auto block = parse_cidr(declared.properties.text_or("CidrBlock", ""))) {
        vpc.blocks.push_back(*block);
    } else {
        problem("cloud.network.bad_cidr"_msg, declared.where("CidrBlock"));
    }
    vpc.dns_support = declared.properties.flag("EnableDnsSupport", true);
    vpc.dns_hostnames = declared.properties.flag("EnableDnsHostnames", false);
    vpc.where = declared.where();
    world_.vpcs_.push_back(std::move(vpc));
}

void WorldBuilder::attach_vpc_block(const Declared& declared) {
    Vpc* vpc = by_id(world_.vpcs_, declared.properties.text_or("VpcId", ""));
    const auto block = parse_cidr(declared.properties.text_or("CidrBlock", ""));
    if (vpc && block) vpc->blocks.push_back(*block);  // an IPv6 block says nothing here
}

void WorldBuilder::declare_subnet(const Declared& declared) {
    Subnet subnet{
        declared.resource.physical_id,
        declared.properties.text_or("VpcId", ""),
        declared.properties.text_or("AvailabilityZone", world_.region() + "a")};
    if (const auto block = parse_cidr(declared.properties.text_or("CidrBlock", ""))) {
        subnet.block = *block;
    } else {
        problem("cloud.network.bad_cidr"_msg, declared.where("CidrBlock"));
    }
    subnet.public_addresses = declared.properties.flag("MapPublicIpOnLaunch", false);
    subnet.where = declared.where();
    world_.subnets_.push_back(std::move(subnet));
}

void WorldBuilder::declare_route_table(const Declared& declared) {
    RouteTable table{declared.resource.physical_id, declared.properties.text_or("VpcId", "")};
    table.where = declared.where();
    world_.route_tables_.push_back(std::move(table));
}

void WorldBuilder::declare_network_acl(const Declared& declared) {
    NetworkAcl acl{declared.resource.physical_id, declared.properties.text_or("VpcId", "")};
    acl.where = declared.where();
    world_.network_acls_.push_back(std::move(acl));
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
        everything.block = Cidr{0, 0};
        group.egress.push_back(everything);
    }
    world_.security_groups_.push_back(std::move(group));
}

GroupRule WorldBuilder::group_rule(
    const Declared& declared,
    const Properties& rule,
    std::string_view below
) {
    GroupRule out;
    out.protocol = rule.text_or("IpProtocol", "-1");
    read_ports(rule, "FromPort", "ToPort", out.first_port, out.last_port);
    if (const auto block = rule.text("CidrIp")) {
        out.block = parse_cidr(*block);
        if (!out.block) problem("cloud.network.bad_cidr"_msg, declared.where(below));
    }
    out.group =
        rule.text_or("SourceSecurityGroupId", rule.text_or("DestinationSecurityGroupId", ""));
    out.prefix_list =
        rule.text_or("DestinationPrefixListId", rule.text_or("SourcePrefixListId", ""));
    return out;
}

void WorldBuilder::attach_ingress(const Declared& declared) {
    auto* group = by_id(world_.security_groups_, declared.properties.text_or("GroupId", ""));
    if (group) group->ingress.push_back(group_rule(declared, declared.properties, "CidrIp"));
}

// The first rule of one's own takes the place of EC2's "everything".
void WorldBuilder::attach_egress(const Declared& declared) {
    auto* group = by_id(world_.security_groups_, declared.properties.text_or("GroupId", ""));
    if (!group) return;
    const bool only_default = group->egress.size() == 1 && group->egress[0].protocol == "-1" &&
                              group->egress[0].block && group->egress[0].block->prefix == 0;
    if (only_default) group->egress.clear();
    group->egress.push_back(group_rule(declared, declared.properties, "CidrIp"));
}

void WorldBuilder::attach_route(const Declared& declared) {
    auto* table = by_id(world_.route_tables_, declared.properties.text_or("RouteTableId", ""));
    const auto block = parse_cidr(declared.properties.text_or("DestinationCidrBlock", ""));
    if (!table || !block) return;  // an IPv6 or prefix-list route carries none of this traffic
    table->routes.push_back({*block, target_of(declared.properties), declared.where()});
}

void WorldBuilder::attach_route_table(const Declared& declared) {
    auto* subnet = by_id(world_.subnets_, declared.properties.text_or("SubnetId", ""));
    if (subnet) subnet->route_table = declared.properties.text_or("RouteTableId", "");
}

void WorldBuilder::attach_network_acl(const Declared& declared) {
    auto* subnet = by_id(world_.subnets_, declared.properties.text_or("SubnetId", ""));
    if (subnet) subnet->network_acl = declared.properties.text_or("NetworkAclId", "");
}

void WorldBuilder::attach_network_acl_entry(const Declared& declared) {
    auto* acl = by_id(world_.network_acls_, declared.properties.text_or("NetworkAclId", ""));
    const auto block = parse_cidr(declared.properties.text_or("CidrBlock", ""));
    if (!acl || !block) return;
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
    Vpc* vpc = by_id(world_.vpcs_, declared.properties.text_or("VpcId", ""));
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
    endpoint.service = service.substr(prefix.size());
    const bool gateway = declared.properties.text_or("VpcEndpointType", "Gateway") == "Gateway";
    endpoint.kind = gateway ? Endpoint::Kind::Gateway : Endpoint::Kind::Interface;
    endpoint.private_dns = declared.properties.flag("PrivateDnsEnabled", false);
    endpoint.groups = declared.properties.texts("SecurityGroupIds");
    endpoint.route_tables = declared.properties.texts("RouteTableIds");
    endpoint.policy = read_document(
        declared, "PolicyDocument", declared.resource.logical_id, iam::PolicyType::Endpoint
    );
    for (const std::string& id : declared.properties.texts("SubnetIds")) {
        if (const Subnet* subnet = world_.subnet(id)) {
            endpoint.interfaces.push_back({id, next_address(*subnet)});
        }
    }
    endpoint.where = declared.where();
    world_.endpoints_.push_back(std::move(endpoint));
}

void WorldBuilder::attach_instance(const Declared& declared) {
    if (declared.properties.find("LaunchTemplate")) return refuse_launch_template(declared);
    Instance instance{
        declared.resource.logical_id, declared.resource.physical_id, declared.account};
    const auto interfaces = declared.properties.items("NetworkInterfaces");
    const Properties first = interfaces.empty() ? declared.properties : interfaces.front();
    instance.subnet = first.text_or("SubnetId", declared.properties.text_or("SubnetId", ""));
    instance.groups = first.texts(interfaces.empty() ? "SecurityGroupIds" : "GroupSet");
    const Subnet* subnet = world_.subnet(instance.subnet);
    if (!subnet) return problem("cloud.instance.no_subnet"_msg, declared.where());
    instance.vpc = subnet->vpc;
    instance.public_address = first.flag("AssociatePublicIpAddress", subnet->public_addresses);
    const auto given = parse_ipv4(first.text_or("PrivateIpAddress", ""));
    instance.address = given ? *given : next_address(*subnet);
    instance.instance_profile = declared.properties.text_or("IamInstanceProfile", "");
    instance.type = declared.properties.text_or("InstanceType", instance.type);
    instance.image = declared.properties.text_or("ImageId", "");
    // Unsaid, the image decides; Amazon Linux 2023's asks for IMDSv2 and two hops.
    instance.metadata.tokens_required = true;
    instance.metadata.hop_limit = 2;
    if (const auto options = declared.properties.nested("MetadataOptions")) {
        instance.metadata.endpoint_enabled = options->text_or("HttpEndpoint", "") != "disabled";
        instance.metadata.tokens_required = options->text_or("HttpTokens", "") != "optional";
        instance.metadata.hop_limit =
            static_cast<unsigned>(options->number("HttpPutResponseHopLimit").value_or(2));
        instance.metadata.tags_in_metadata =
            options->text_or("InstanceMetadataTags", "") == "enabled";
    }
    for (const Properties& tag : declared.properties.items("Tags")) {
        instance.tags[tag.text_or("Key", "")] = tag.text_or("Value", "");
    }
    instance.where = declared.where();
    world_.instances_.push_back(std::move(instance));
}

void WorldBuilder::refuse_launch_template(const Declared& declared) {
    problem("cloud.instance.launch_template"_msg, declared.where("LaunchTemplate"));
}

Ipv4 WorldBuilder::next_address(const Subnet& subnet) {
    return subnet.block.first + kFirstAddress + addresses_given_[subnet.id]++;
}

}  // namespace kakehashi::cloud

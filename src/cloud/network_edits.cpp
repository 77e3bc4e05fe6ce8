#include "base/ipv4.h"
#include "base/text.h"
#include "cfn/template.h"
#include "cloud/detail/mending.h"

#include <algorithm>
#include <cctype>
#include <utility>

// What opens a way that is shut, and gives an instance its credentials: changes of templates, tried
// by reaching again in the world that is built with them.
namespace kakehashi::cloud {
namespace {

using Kind = Obstacle::Kind;
using Operation = Change::Operation;

constexpr int kRoundsMax = 6;
constexpr std::int64_t kHttps = 443;
constexpr unsigned kAclRuleFirst = 50;

std::string text_of(const Ipv4Network& block) {
    return ipv4_text(block.first) + "/" + std::to_string(block.prefix);
}

std::string logical_id(const Location& where) {
    const std::string_view path = where.path;
    return path.starts_with("Resources.") ? std::string(path.substr(10)) : "";
}

// "bedrock-runtime" → "BedrockRuntime"
std::string camel_case(std::string_view service) {
    std::string out;
    bool upper = true;
    for (const char c : service) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte)) out += upper ? static_cast<char>(std::toupper(byte)) : c;
        upper = !std::isalnum(byte);
    }
    return out;
}

bool same(const std::optional<Obstacle>& a, const std::optional<Obstacle>& b) {
    const auto id = [](const auto* thing) { return thing ? thing->id : std::string(); };
    return a && b && a->kind == b->kind && id(a->endpoint) == id(b->endpoint) &&
           id(a->acl) == id(b->acl) && a->needed.egress == b->needed.egress &&
           a->needed.first_port == b->needed.first_port && id(a->subnet) == id(b->subnet);
}

const Instance* find_instance(const World& world, const Instance& like) {
    const auto all = world.instances_of(like.account);
    const auto found = std::find_if(all.begin(), all.end(), [&](const Instance* each) {
        return each->id == like.id;
    });
    return found == all.end() ? nullptr : *found;
}

// The templates of a world, as the sources that changes are made on.
class Sources {
public:
    explicit Sources(const World& world) : world_(world) {}

    // What stands at a resource; nullptr: no template has it.
    const json::object* properties(const Location& where) {
        const auto& all = document(where.file);
        const json::object* resources = json::find_object(all, "Resources");
        const json::object* resource =
            resources ? json::find_object(*resources, logical_id(where)) : nullptr;
        return resource ? json::find_object(*resource, "Properties") : nullptr;
    }

    bool has(const std::string& file, const std::string& id) {
        const json::object* resources = json::find_object(document(file), "Resources");
        return resources && resources->contains(id);
    }

    std::string free_id(const std::string& file, std::string id) {
        const std::string first = id;
        for (int n = 2; has(file, id); ++n) {
            id = first + std::to_string(n);
        }
        return id;
    }

private:
    const json::value& document(const std::string& file) {
        const auto found = documents_.find(file);
        if (found != documents_.end()) return found->second;
        json::value made;
        for (const Account& account : world_.accounts()) {
            for (const auto& stack : account.stacks) {
                if (stack->file != file) continue;
                const auto read = cfn::read_template(*stack->source, file);
                if (read) made = cfn::document(*read);
            }
        }
        return documents_.emplace(file, std::move(made)).first->second;
    }

    const World& world_;  // outlives this
    std::map<std::string, json::value> documents_;
};

// How another resource of `file` is named from there.
json::value reference(const std::string& file, const Location& where, const std::string& id) {
    const std::string logical = logical_id(where);
    if (where.file != file || logical.empty()) return json::value(id);
    return json::object{{"Ref", logical}};
}
json::value group_reference(const std::string& file, const Location& where, const std::string& id) {
    const std::string logical = logical_id(where);
    if (where.file != file || logical.empty()) return json::value(id);
    return json::object{{"Fn::GetAtt", json::array{logical, "GroupId"}}};
}

class WayEdits {
public:
    WayEdits(const World& world, const Place& place, std::string_view service)
        : world_(world), instance_(*place.instance), service_(service), sources_(world) {}

    std::vector<Edit> run(const Obstacle& obstacle) {
        switch (obstacle.kind) {
            case Kind::NoEndpoint:
            case Kind::InterfaceForGateway:
                add_endpoint(obstacle);
                break;
            case Kind::GatewayForInterface:
                set(obstacle.endpoint->where,
                    "VpcEndpointType",
                    "Interface",
                    {"cloud.edit.endpoint_type"_msg, {{"type", "Interface"}}});
                break;
            case Kind::DnsSupportOff:
                vpc_dns(*obstacle.vpc, "EnableDnsSupport", "dns_support");
                break;
            case Kind::DnsHostnamesOff:
                vpc_dns(*obstacle.vpc, "EnableDnsHostnames", "dns_hostnames");
                break;
            case Kind::PrivateDnsOff:
                set(obstacle.endpoint->where,
                    "PrivateDnsEnabled",
                    true,
                    {"cloud.edit.private_dns"_msg});
                break;
            case Kind::NoInterface:
                add_subnet(*obstacle.endpoint);
                break;
            case Kind::RouteTableNotAssociated:
                associate(obstacle);
                break;
            case Kind::NetworkAcl:
                open_acl(obstacle);
                break;
            case Kind::GroupEgress:
            case Kind::GroupIngress:
                open_group(obstacle);
                break;
        }
        return std::move(out_);
    }

private:
    static Change change(
        Operation operation,
        const Location& where,
        const std::string& path,
        json::value value
    ) {
        return {Change::Of::File, operation, where.file, path, std::move(value)};
    }

    void add(Message what, Location where, std::vector<Change> changes) {
        out_.push_back({std::move(what), std::move(where), std::move(changes)});
    }

    void set(const Location& where, const std::string& property, json::value value, Message what) {
        const std::string path = where.path + ".Properties." + property;
        add(std::move(what),
            {where.file, where.line, path},
            {change(Operation::Set, where, path, std::move(value))});
    }

    void append(
        const Location& where,
        const std::string& property,
        json::value value,
        Message what
    ) {
        const std::string path = where.path + ".Properties." + property;
        add(std::move(what),
            {where.file, where.line, path},
            {change(Operation::Append, where, path, std::move(value))});
    }

    void add_resource(
        const std::string& file,
        const std::string& id,
        json::object resource,
        Message what
    ) {
        const std::string path = "Resources." + sources_.free_id(file, id);
        const Location where{file, 0, path};
        add(std::move(what), where, {change(Operation::Set, where, path, std::move(resource))});
    }

    // A VPC of a template, or one that kakehashi.toml vouches for.
    void vpc_dns(const Vpc& vpc, const std::string& attribute, const std::string& key) {
        Message what{"cloud.edit.vpc_dns"_msg, {{"attribute", attribute}}};
        if (!logical_id(vpc.where).empty()) return set(vpc.where, attribute, true, std::move(what));
        const auto& configuration = world_.configuration();
        for (std::size_t i = 0; i < configuration.municipalities.size(); ++i) {
            if (configuration.municipalities[i].account != vpc.account) continue;
            const std::string path = "municipality[" + std::to_string(i) + "].vpc." + key;
            const Location where{configuration.file, vpc.where.line, path};
            add(std::move(what), where, {change(Operation::Set, where, path, true)});
            return;
        }
    }

    // --- endpoints ---

    const Endpoint* sibling() const {
        for (const Endpoint* each : world_.endpoints_in(instance_.vpc)) {
            if (each->kind == Endpoint::Kind::Interface && !logical_id(each->where).empty())
                return each;
        }
        return nullptr;
    }

    json::object endpoint_properties(const char* type) const {
        return {
            {"VpcEndpointType", type},
            {"ServiceName", json::object{{"Fn::Sub", "com.amazonaws.${AWS::Region}." + service_}}}};
    }

    void add_endpoint(const Obstacle& obstacle) {
        if (service_ == "s3") return add_gateway(obstacle);
        const Endpoint* beside = sibling();
        if (!beside) return add_first_endpoint(obstacle);
        const json::object* copied = sources_.properties(beside->where);
        if (!copied) return;
        json::object properties = endpoint_properties("Interface");
        for (const char* key : {"VpcId", "SubnetIds", "SecurityGroupIds"}) {
            if (const json::value* value = copied->if_contains(key)) properties[key] = *value;
        }
        properties["PrivateDnsEnabled"] = true;
        narrow(properties);
        add_resource(
            beside->where.file,
            camel_case(service_) + "Endpoint",
            {{"Type", "AWS::EC2::VPCEndpoint"}, {"Properties", std::move(properties)}},
            {"cloud.edit.add_endpoint"_msg,
             {{"service", service_}, {"sibling", logical_id(beside->where)}}}
        );
    }

    // Without a policy the endpoint would let anyone's credentials through.
    void narrow(json::object& properties) const {
        json::array actions;
        if (service_ == "sts") actions = {"sts:AssumeRole", "sts:GetCallerIdentity"};
        if (service_ == "bedrock-runtime") {
            actions = {"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"};
        }
        if (actions.empty()) return;
        json::array accounts = {instance_.account};
        const std::string& owner = world_.configuration().operator_account.account;
        if (owner != instance_.account) accounts.emplace_back(owner);
        json::object statement{
            {"Effect", "Allow"},
            {"Principal", "*"},
            {"Action", std::move(actions)},
            {"Resource", "*"},
            {"Condition",
             json::object{
                 {"StringEquals", json::object{{"aws:PrincipalAccount", std::move(accounts)}}}}}};
        properties["PolicyDocument"] = json::object{
            {"Version", "2012-10-17"}, {"Statement", json::array{std::move(statement)}}};
    }

    // In the instance's subnet, behind a group of its own.
    void add_first_endpoint(const Obstacle& obstacle) {
        const Subnet* subnet = world_.subnet(instance_.subnet);
        if (!subnet || logical_id(subnet->where).empty()) return;
        const std::string& file = subnet->where.file;
        const Location vpc_where = obstacle.vpc ? obstacle.vpc->where : Location{};
        const json::value vpc = reference(file, vpc_where, subnet->vpc);
        const std::string id = sources_.free_id(file, camel_case(service_) + "Endpoint");
        const std::string group = sources_.free_id(file, id + "Group");
        json::object ingress{
            {"IpProtocol", "tcp"},
            {"FromPort", kHttps},
            {"ToPort", kHttps},
            {"CidrIp", text_of(subnet->block)}};
        json::object group_properties{
            {"GroupDescription", "HTTPS from the workload"},
            {"VpcId", vpc},
            {"SecurityGroupIngress", json::array{std::move(ingress)}}};
        json::object properties = endpoint_properties("Interface");
        properties["VpcId"] = vpc;
        properties["SubnetIds"] = json::array{reference(file, subnet->where, subnet->id)};
        properties["SecurityGroupIds"] =
            json::array{json::object{{"Fn::GetAtt", json::array{group, "GroupId"}}}};
        properties["PrivateDnsEnabled"] = true;
        narrow(properties);
        const Location where{file, 0, "Resources." + id};
        add({"cloud.edit.add_endpoint"_msg,
             {{"service", service_}, {"sibling", logical_id(subnet->where)}}},
            where,
            {change(
                 Operation::Set,
                 where,
                 "Resources." + group,
                 json::object{
                     {"Type", "AWS::EC2::SecurityGroup"},
                     {"Properties", std::move(group_properties)}}
             ),
             change(
                 Operation::Set,
                 where,
                 where.path,
                 json::object{
                     {"Type", "AWS::EC2::VPCEndpoint"}, {"Properties", std::move(properties)}}
             )});
    }

    void add_gateway(const Obstacle& obstacle) {
        const Subnet* subnet = world_.subnet(instance_.subnet);
        const RouteTable* table = subnet ? world_.route_table(subnet->route_table) : nullptr;
        if (!table || logical_id(table->where).empty()) return;
        const std::string& file = table->where.file;
        json::object properties = endpoint_properties("Gateway");
        const Location vpc_where = obstacle.vpc ? obstacle.vpc->where : Location{};
        properties["VpcId"] = reference(file, vpc_where, subnet->vpc);
        properties["RouteTableIds"] = json::array{reference(file, table->where, table->id)};
        add_resource(
            file,
            camel_case(service_) + "Endpoint",
            {{"Type", "AWS::EC2::VPCEndpoint"}, {"Properties", std::move(properties)}},
            {"cloud.edit.add_endpoint"_msg,
             {{"service", service_}, {"sibling", logical_id(table->where)}}}
        );
    }

    void add_subnet(const Endpoint& endpoint) {
        const Subnet* subnet = world_.subnet(instance_.subnet);
        if (!subnet) return;
        append(
            endpoint.where,
            "SubnetIds",
            reference(endpoint.where.file, subnet->where, subnet->id),
            {"cloud.edit.endpoint_subnet"_msg}
        );
    }

    void associate(const Obstacle& obstacle) {
        const RouteTable* table = obstacle.route_table;
        if (!table) return;
        const Location& where = obstacle.endpoint->where;
        append(
            where,
            "RouteTableIds",
            reference(where.file, table->where, table->id),
            {"cloud.edit.associate_route_table"_msg}
        );
    }

    // --- network ACLs ---

    void open_acl(const Obstacle& obstacle) {
        if (obstacle.entry) {
            const Location& where = obstacle.entry->where;
            add({"cloud.edit.acl_remove"_msg},
                where,
                {change(Operation::Remove, where, where.path, nullptr)});
        }
        const NetworkAcl& acl = *obstacle.acl;
        const NetworkAclEntry& needed = obstacle.needed;
        const bool one = needed.first_port == needed.last_port;
        const std::string ports =
            std::to_string(needed.first_port) + (one ? "" : "-" + std::to_string(needed.last_port));
        Ipv4Network block = needed.block;
        for (const Ipv4Network& whole :
             obstacle.vpc ? obstacle.vpc->blocks : std::vector<Ipv4Network>{}) {
            if (whole.contains(block.first)) block = whole;
        }
        json::object properties{
            {"NetworkAclId", reference(acl.where.file, acl.where, acl.id)},
            {"RuleNumber", free_number(acl, needed.egress)},
            {"Protocol", 6},
            {"RuleAction", "allow"},
            {"Egress", needed.egress},
            {"CidrBlock", text_of(block)},
            {"PortRange", json::object{{"From", needed.first_port}, {"To", needed.last_port}}}};
        add_resource(
            acl.where.file,
            needed.egress ? "CrossingOut" : "CrossingIn",
            {{"Type", "AWS::EC2::NetworkAclEntry"}, {"Properties", std::move(properties)}},
            {"cloud.edit.acl_add"_msg,
             {{"ports", ports}, {"direction", needed.egress ? "egress" : "ingress"}}}
        );
    }

    // Before every entry of the direction, so that no Deny comes first.
    static std::int64_t free_number(const NetworkAcl& acl, bool egress) {  // NOLINT
        unsigned number = kAclRuleFirst;
        for (const NetworkAclEntry& each : acl.entries) {
            if (each.egress == egress && each.number <= number) number = each.number - 1;
        }
        return number;
    }

    // --- security groups ---

    // A rule in the group's own list; where the two groups would name each other, or the group is
    // not here, a resource of its own.
    void open_group(const Obstacle& obstacle) {
        const bool egress = obstacle.kind == Kind::GroupEgress;
        if (!obstacle.groups || obstacle.groups->empty()) return;
        const std::string& id = obstacle.groups->front();
        const SecurityGroup* group = world_.security_group(id);
        const Location where = group ? group->where : instance_.where;
        const Message what{
            "cloud.edit.group_rule"_msg, {{"direction", egress ? "egress" : "ingress"}}};
        json::object rule = rule_for(obstacle, where.file);
        if (group && !logical_id(where).empty()) {
            append(where, egress ? "SecurityGroupEgress" : "SecurityGroupIngress", rule, what);
        }
        rule["GroupId"] = group_reference(where.file, where, id);
        add_resource(
            where.file,
            egress ? "CrossingEgress" : "CrossingIngress",
            {{"Type", egress ? "AWS::EC2::SecurityGroupEgress" : "AWS::EC2::SecurityGroupIngress"},
             {"Properties", std::move(rule)}},
            what
        );
    }

    json::object rule_for(const Obstacle& obstacle, const std::string& file) const {
        const bool egress = obstacle.kind == Kind::GroupEgress;
        json::object rule{{"IpProtocol", "tcp"}, {"FromPort", kHttps}, {"ToPort", kHttps}};
        if (!obstacle.prefix_list.empty()) {
            rule["DestinationPrefixListId"] = obstacle.prefix_list;
        } else if (obstacle.other_groups && !obstacle.other_groups->empty()) {
            const std::string& id = obstacle.other_groups->front();
            const SecurityGroup* group = world_.security_group(id);
            const char* key = egress ? "DestinationSecurityGroupId" : "SourceSecurityGroupId";
            rule[key] = group ? group_reference(file, group->where, id) : json::value(id);
        } else {
            rule["CidrIp"] = ipv4_text(obstacle.other_side) + "/32";
        }
        return rule;
    }

    const World& world_;        // outlives this
    const Instance& instance_;  // of the world
    const std::string service_;
    Sources sources_;
    std::vector<Edit> out_;
};

// Where a place stands in a world that was built again.
struct Stand {
    const World* world = nullptr;
    Place place;
    std::shared_ptr<const World> kept = nullptr;
};

std::optional<Stand> with_edit(const Stand& from, const Edit& edit) {
    auto world = with_changes(*from.world, edit.changes);
    if (!world) return std::nullopt;
    Stand out = from;
    out.kept = *std::move(world);
    out.world = out.kept.get();
    out.place.instance = find_instance(*out.world, *from.place.instance);
    if (!out.place.instance) return std::nullopt;
    return out;
}

MessageId words_of(Kind kind) {
    switch (kind) {
        case Kind::NoEndpoint:
            return "cloud.silence.no_endpoint"_msg;
        case Kind::InterfaceForGateway:
            return "cloud.silence.interface_for_gateway"_msg;
        case Kind::GatewayForInterface:
            return "cloud.silence.gateway_for_interface"_msg;
        case Kind::DnsSupportOff:
            return "cloud.silence.dns_support_off"_msg;
        case Kind::DnsHostnamesOff:
            return "cloud.silence.dns_hostnames_off"_msg;
        case Kind::PrivateDnsOff:
            return "cloud.silence.private_dns_off"_msg;
        case Kind::NoInterface:
            return "cloud.silence.no_interface"_msg;
        case Kind::RouteTableNotAssociated:
            return "cloud.silence.route_table"_msg;
        case Kind::NetworkAcl:
            return "cloud.silence.network_acl"_msg;
        case Kind::GroupEgress:
            return "cloud.silence.group_egress"_msg;
        case Kind::GroupIngress:
            break;
    }
    return "cloud.silence.group_ingress"_msg;
}

// The first edit that opens the way, else the first that leaves another obstacle.
struct WayStep {
    Edit edit;
    Stand after;
    Reach reached;
};
std::optional<WayStep> best_step(const Stand& stand, const Reach& now, std::string_view service) {
    std::optional<WayStep> best;
    for (Edit& edit : WayEdits(*stand.world, stand.place, service).run(*now.obstacle)) {
        auto after = with_edit(stand, edit);
        if (!after) continue;
        Reach reached = reach(*after->world, after->place, service);
        const bool open = reached.reachable();
        if (!open && (best || same(now.obstacle, reached.obstacle))) continue;
        best = WayStep{std::move(edit), *std::move(after), std::move(reached)};
        if (open) break;
    }
    return best;
}

}  // namespace

Explanation explain_silence(const World& world, const Place& place, std::string_view service) {
    Explanation out;
    Stand stand{&world, place};
    Reach now = reach(world, place, service);
    out.finding = now.finding;
    if (now.obstacle) {
        out.missing.push_back({words_of(now.obstacle->kind), {{"service", std::string(service)}}});
    }
    for (int round = 0; round < kRoundsMax && !now.reachable() && now.obstacle; ++round) {
        auto step = best_step(stand, now, service);
        if (!step) break;
        point_into(world, step->edit);
        out.edits.push_back(std::move(step->edit));
        stand = std::move(step->after);
        now = std::move(step->reached);
    }
    out.proven = now.reachable();
    return out;
}

namespace {

const char* service_of(Instance::Kind kind) {
    switch (kind) {
        case Instance::Kind::Ec2:
            return "ec2.amazonaws.com";
        case Instance::Kind::Ecs:
            return "ecs-tasks.amazonaws.com";
        case Instance::Kind::Lambda:
            break;
    }
    return "lambda.amazonaws.com";
}

Edit file_edit(
    Message what,
    const Location& where,
    Operation operation,
    const std::string& below,
    json::value value
) {
    const std::string path = where.path + ".Properties." + below;
    Change change{Change::Of::File, operation, where.file, path, std::move(value)};
    return {std::move(what), {where.file, where.line, path}, {std::move(change)}};
}

// A profile of the account for the instance; a role that lets the service assume it.
std::vector<Edit> credential_edits(const World& world, const Instance& instance) {
    std::vector<Edit> out;
    const auto* own = world.instance_profile(instance.account, instance.instance_profile);
    const auto trust = [&](const Role& role) {
        json::object statement{
            {"Effect", "Allow"},
            {"Principal", json::object{{"Service", service_of(instance.kind)}}},
            {"Action", "sts:AssumeRole"}};
        out.push_back(file_edit(
            {"cloud.edit.trust_service"_msg, {{"service", service_of(instance.kind)}}},
            role.where,
            Operation::Append,
            "AssumeRolePolicyDocument.Statement",
            std::move(statement)
        ));
    };
    const std::string name = instance.role.empty() && own ? own->role : instance.role;
    if (const Role* role = world.role(instance.account, name)) trust(*role);
    if (instance.kind != Instance::Kind::Ec2) return out;
    for (const InstanceProfile& profile : world.instance_profiles()) {
        if (profile.account != instance.account) continue;
        out.push_back(file_edit(
            {"cloud.edit.instance_profile"_msg, {{"profile", profile.name}}},
            instance.where,
            Operation::Set,
            "IamInstanceProfile",
            reference(instance.where.file, profile.where, profile.name)
        ));
    }
    for (const Role* role : world.roles_of(instance.account)) {  // a new profile for it
        const std::string& file = instance.where.file;
        const std::string id = Sources(world).free_id(file, "WorkloadInstanceProfile");
        json::object properties{{"Roles", json::array{reference(file, role->where, role->name)}}};
        Edit edit = file_edit(
            {"cloud.edit.instance_profile"_msg, {{"profile", id}}},
            instance.where,
            Operation::Set,
            "IamInstanceProfile",
            json::object{{"Ref", id}}
        );
        Change made{
            Change::Of::File,
            Operation::Set,
            file,
            "Resources." + id,
            json::object{
                {"Type", "AWS::IAM::InstanceProfile"}, {"Properties", std::move(properties)}}};
        edit.changes.insert(edit.changes.begin(), std::move(made));
        out.push_back(std::move(edit));
    }
    return out;
}

std::vector<Edit> metadata_edits(const World& world, const Place& place, std::string_view finding) {
    const Instance& instance = *place.instance;
    if (finding == "no-instance-profile") return credential_edits(world, instance);
    const bool hops = finding == "imds-hop-limit";
    const char* option = hops ? "HttpPutResponseHopLimit" : "HttpEndpoint";
    const json::value value = hops ? json::value(std::int64_t{place.hops}) : json::value("enabled");
    const std::string shown = hops ? std::to_string(place.hops) : "enabled";
    return {file_edit(
        {"cloud.edit.metadata_option"_msg, {{"option", option}, {"value", shown}}},
        instance.where,
        Operation::Set,
        std::string("MetadataOptions.") + option,
        value
    )};
}

bool has_credentials(const Stand& stand, std::string_view finding) {
    const Instance& instance = *stand.place.instance;
    if (finding == "imds-hop-limit") return instance.metadata.hop_limit >= stand.place.hops;
    if (finding == "imds-unreachable") return instance.metadata.endpoint_enabled;
    return instance_session(*stand.world, instance, {}).has_value();
}

}  // namespace

Explanation explain_metadata(const World& world, const Place& place, std::string_view finding) {
    Explanation out;
    out.finding = finding;
    const Stand stand{&world, place};
    for (Edit& edit : metadata_edits(world, place, finding)) {
        const auto after = with_edit(stand, edit);
        if (!after || !has_credentials(*after, finding)) continue;
        out.edits = {std::move(edit)};
        out.proven = true;
        break;
    }
    return out;
}

}  // namespace kakehashi::cloud

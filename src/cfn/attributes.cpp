#include "cfn/detail/attributes.h"

#include "base/hash.h"
#include "base/text.h"

#include <algorithm>

// Source of names, ARNs and attributes: CloudFormation Template Reference, "Return values" of each
// type; Service Authorization Reference, "Resource types". What a template cannot say stands
// nowhere here.
//
// In a pattern: {base} stack and logical id as CloudFormation joins them, {name} the property of
// kNames or what stands in for it, {path} the Path of IAM or "/", {.P} the property P, {service} of
// a VPC endpoint as its DNS names have it, {account} {region} {partition}; {x17} {a12} {A12}: so
// many stable hexadecimal digits, small or capital letters and digits, all from the logical id;
// {x17/s} others, by the salt s. A pattern in [ ] gives a list; [P: …] one item for each of the
// list property P, {i} its index.
namespace kakehashi::cfn {
namespace {

struct NameRow {
    std::string_view type, property, generated;
};
constexpr NameRow kNames[] = {
    {"AWS::Bedrock::Guardrail", "", "{a12}"},
    {"AWS::CloudTrail::Trail", "TrailName", "{base}-{A12}"},
    {"AWS::CloudWatch::Alarm", "AlarmName", "{base}-{A12}"},
    {"AWS::CodeArtifact::Domain", "DomainName", ""},
    {"AWS::CodeArtifact::Repository", "RepositoryName", ""},
    {"AWS::EC2::SecurityGroup", "GroupName", "{base}-{A12}"},
    {"AWS::ECS::Cluster", "ClusterName", "{base}-{A12}"},
    {"AWS::ECS::Service", "ServiceName", "{base}-{A12}"},
    {"AWS::ECS::TaskDefinition", "Family", "{base}-{A12}"},
    {"AWS::Events::Rule", "Name", "{base}-{A12}"},
    {"AWS::IAM::Group", "GroupName", "{base}-{A12}"},
    {"AWS::IAM::InstanceProfile", "InstanceProfileName", "{base}-{A12}"},
    {"AWS::IAM::ManagedPolicy", "ManagedPolicyName", "{base}-{A12}"},
    {"AWS::IAM::Role", "RoleName", "{base}-{A12}"},
    {"AWS::IAM::User", "UserName", "{base}-{A12}"},
    {"AWS::KMS::Key", "", "{uuid}"},
    {"AWS::Lambda::Function", "FunctionName", "{base}-{A12}"},
    {"AWS::Logs::LogGroup", "LogGroupName", "{base}-{A12}"},
    {"AWS::S3::Bucket", "BucketName", "{lower}-{a12}"},
    {"AWS::SNS::Topic", "TopicName", "{base}-{A12}"},
    {"AWS::SSM::Document", "Name", "{base}-{A12}"},
    {"AWS::SSM::Parameter", "Name", "{base}-{A12}"},
};

struct AttributeRow {
    std::string_view type, attribute, pattern;  // attribute "": Ref; pattern "": AWS alone can say
};
constexpr std::string_view kProfile =
    "arn:{partition}:bedrock:{region}:{account}:application-inference-profile/{a12}";
constexpr std::string_view kGuardrail =
    "arn:{partition}:bedrock:{region}:{account}:guardrail/{name}";
constexpr std::string_view kRouter =
    "arn:{partition}:bedrock:{region}:{account}:prompt-router/{a12}";
constexpr std::string_view kDomain =
    "arn:{partition}:codeartifact:{region}:{account}:domain/{name}";
constexpr std::string_view kRepository =
    "arn:{partition}:codeartifact:{region}:{account}:repository/{.DomainName}/{name}";
constexpr std::string_view kPolicy = "arn:{partition}:iam::{account}:policy{path}{name}";
constexpr std::string_view kTask =
    "arn:{partition}:ecs:{region}:{account}:task-definition/{name}:1";
constexpr std::string_view kTopic = "arn:{partition}:sns:{region}:{account}:{name}";
constexpr AttributeRow kAttributes[] = {
    {"AWS::Bedrock::ApplicationInferenceProfile", "", kProfile},
    {"AWS::Bedrock::ApplicationInferenceProfile", "InferenceProfileArn", kProfile},
    {"AWS::Bedrock::ApplicationInferenceProfile", "InferenceProfileId", "{a12}"},
    {"AWS::Bedrock::ApplicationInferenceProfile", "InferenceProfileIdentifier", kProfile},
    {"AWS::Bedrock::ApplicationInferenceProfile", "Status", "ACTIVE"},
    {"AWS::Bedrock::ApplicationInferenceProfile", "Type", "APPLICATION"},
    {"AWS::Bedrock::EnforcedGuardrailConfiguration", "", "{a12}"},
    {"AWS::Bedrock::EnforcedGuardrailConfiguration", "ConfigId", "{a12}"},
    {"AWS::Bedrock::Guardrail", "", kGuardrail},
    {"AWS::Bedrock::Guardrail", "GuardrailArn", kGuardrail},
    {"AWS::Bedrock::Guardrail", "GuardrailId", "{name}"},
    {"AWS::Bedrock::Guardrail", "Version", "DRAFT"},
    {"AWS::Bedrock::GuardrailVersion", "", ""},
    {"AWS::Bedrock::IntelligentPromptRouter", "", kRouter},
    {"AWS::Bedrock::IntelligentPromptRouter", "PromptRouterArn", kRouter},
    {"AWS::Bedrock::ResourcePolicy", "", "{.ResourceArn}"},
    {"AWS::CloudFormation::WaitConditionHandle", "", ""},
    {"AWS::CloudTrail::Trail", "", "{name}"},
    {"AWS::CloudTrail::Trail", "Arn", "arn:{partition}:cloudtrail:{region}:{account}:trail/{name}"},
    {"AWS::CloudWatch::Alarm", "", "{name}"},
    {"AWS::CloudWatch::Alarm", "Arn", "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"},
    {"AWS::CodeArtifact::Domain", "", kDomain},
    {"AWS::CodeArtifact::Domain", "Arn", kDomain},
    {"AWS::CodeArtifact::Domain", "Name", "{name}"},
    {"AWS::CodeArtifact::Domain", "Owner", "{account}"},
    {"AWS::CodeArtifact::Repository", "", kRepository},
    {"AWS::CodeArtifact::Repository", "Arn", kRepository},
    {"AWS::CodeArtifact::Repository", "DomainName", "{.DomainName}"},
    {"AWS::CodeArtifact::Repository", "DomainOwner", "{.DomainOwner}"},
    {"AWS::CodeArtifact::Repository", "Name", "{name}"},
    {"AWS::EC2::DHCPOptions", "", "dopt-{x17}"},
    {"AWS::EC2::DHCPOptions", "DhcpOptionsId", "dopt-{x17}"},
    {"AWS::EC2::EIP", "", ""},
    {"AWS::EC2::EIP", "AllocationId", "eipalloc-{x17}"},
    {"AWS::EC2::EIPAssociation", "", "eipassoc-{x17}"},
    {"AWS::EC2::EIPAssociation", "Id", "eipassoc-{x17}"},
    {"AWS::EC2::EgressOnlyInternetGateway", "", "eigw-{x17}"},
    {"AWS::EC2::EgressOnlyInternetGateway", "Id", "eigw-{x17}"},
    {"AWS::EC2::FlowLog", "", "fl-{x17}"},
    {"AWS::EC2::FlowLog", "Id", "fl-{x17}"},
    {"AWS::EC2::Instance", "", "i-{x17}"},
    {"AWS::EC2::Instance", "AvailabilityZone", "{.AvailabilityZone}"},
    {"AWS::EC2::Instance", "InstanceId", "i-{x17}"},
    {"AWS::EC2::Instance", "PrivateIp", "{.PrivateIpAddress}"},
    {"AWS::EC2::InternetGateway", "", "igw-{x17}"},
    {"AWS::EC2::InternetGateway", "InternetGatewayId", "igw-{x17}"},
    {"AWS::EC2::LaunchTemplate", "", "lt-{x17}"},
    {"AWS::EC2::LaunchTemplate", "DefaultVersionNumber", "1"},
    {"AWS::EC2::LaunchTemplate", "LatestVersionNumber", "1"},
    {"AWS::EC2::LaunchTemplate", "LaunchTemplateId", "lt-{x17}"},
    {"AWS::EC2::NatGateway", "", "nat-{x17}"},
    {"AWS::EC2::NatGateway", "NatGatewayId", "nat-{x17}"},
    {"AWS::EC2::NetworkAcl", "", "acl-{x17}"},
    {"AWS::EC2::NetworkAcl", "Id", "acl-{x17}"},
    {"AWS::EC2::NetworkAclEntry", "", "nae-{x17}"},
    {"AWS::EC2::NetworkAclEntry", "Id", "nae-{x17}"},
    {"AWS::EC2::NetworkInterface", "", "eni-{x17}"},
    {"AWS::EC2::NetworkInterface", "Id", "eni-{x17}"},
    {"AWS::EC2::NetworkInterface", "PrimaryPrivateIpAddress", "{.PrivateIpAddress}"},
    {"AWS::EC2::PrefixList", "", "pl-{x17}"},
    {"AWS::EC2::PrefixList", "Arn", "arn:{partition}:ec2:{region}:{account}:prefix-list/pl-{x17}"},
    {"AWS::EC2::PrefixList", "OwnerId", "{account}"},
    {"AWS::EC2::PrefixList", "PrefixListId", "pl-{x17}"},
    {"AWS::EC2::PrefixList", "Version", "1"},
    {"AWS::EC2::Route", "", "{.RouteTableId}|{.DestinationCidrBlock}"},
    {"AWS::EC2::Route", "CidrBlock", "{.DestinationCidrBlock}"},
    {"AWS::EC2::RouteTable", "", "rtb-{x17}"},
    {"AWS::EC2::RouteTable", "RouteTableId", "rtb-{x17}"},
    {"AWS::EC2::SecurityGroup", "", "sg-{x17}"},
    {"AWS::EC2::SecurityGroup", "GroupId", "sg-{x17}"},
    {"AWS::EC2::SecurityGroup", "GroupName", "{name}"},
    {"AWS::EC2::SecurityGroup", "Id", "sg-{x17}"},
    {"AWS::EC2::SecurityGroup", "VpcId", "{.VpcId}"},
    {"AWS::EC2::SecurityGroupEgress", "", "sgr-{x17}"},
    {"AWS::EC2::SecurityGroupEgress", "Id", "sgr-{x17}"},
    {"AWS::EC2::SecurityGroupIngress", "", "sgr-{x17}"},
    {"AWS::EC2::SecurityGroupIngress", "Id", "sgr-{x17}"},
    {"AWS::EC2::Subnet", "", "subnet-{x17}"},
    {"AWS::EC2::Subnet", "AvailabilityZone", "{.AvailabilityZone}"},
    {"AWS::EC2::Subnet", "CidrBlock", "{.CidrBlock}"},
    {"AWS::EC2::Subnet", "SubnetId", "subnet-{x17}"},
    {"AWS::EC2::Subnet", "VpcId", "{.VpcId}"},
    {"AWS::EC2::SubnetNetworkAclAssociation", "", "aclassoc-{x17}"},
    {"AWS::EC2::SubnetNetworkAclAssociation", "AssociationId", "aclassoc-{x17}"},
    {"AWS::EC2::SubnetRouteTableAssociation", "", "rtbassoc-{x17}"},
    {"AWS::EC2::SubnetRouteTableAssociation", "Id", "rtbassoc-{x17}"},
    {"AWS::EC2::TransitGatewayAttachment", "", "tgw-attach-{x17}"},
    {"AWS::EC2::TransitGatewayAttachment", "Id", "tgw-attach-{x17}"},
    {"AWS::EC2::TransitGatewayVpcAttachment", "", "tgw-attach-{x17}"},
    {"AWS::EC2::TransitGatewayVpcAttachment", "Id", "tgw-attach-{x17}"},
    {"AWS::EC2::VPC", "", "vpc-{x17}"},
    {"AWS::EC2::VPC", "CidrBlock", "{.CidrBlock}"},
    {"AWS::EC2::VPC", "DefaultNetworkAcl", "acl-{x17/default}"},
    {"AWS::EC2::VPC", "DefaultSecurityGroup", "sg-{x17/default}"},
    {"AWS::EC2::VPC", "VpcId", "vpc-{x17}"},
    {"AWS::EC2::VPCCidrBlock", "", "vpc-cidr-assoc-{x17}"},
    {"AWS::EC2::VPCCidrBlock", "Id", "vpc-cidr-assoc-{x17}"},
    {"AWS::EC2::VPCDHCPOptionsAssociation", "", "{.DhcpOptionsId}|{.VpcId}"},
    {"AWS::EC2::VPCEndpoint", "", "vpce-{x17}"},
    {"AWS::EC2::VPCEndpoint",
     "DnsEntries",
     "[Z{A13}:vpce-{x17}-{a8}.{service}.{region}.vpce.amazonaws.com]"},
    {"AWS::EC2::VPCEndpoint", "Id", "vpce-{x17}"},
    {"AWS::EC2::VPCEndpoint", "NetworkInterfaceIds", "[SubnetIds: eni-{x17/i}]"},
    {"AWS::EC2::VPCGatewayAttachment", "", "IGW|{.VpcId}"},
    {"AWS::EC2::VPCPeeringConnection", "", "pcx-{x17}"},
    {"AWS::EC2::VPCPeeringConnection", "Id", "pcx-{x17}"},
    {"AWS::EC2::VPNConnection", "", "vpn-{x17}"},
    {"AWS::EC2::VPNConnection", "VpnConnectionId", "vpn-{x17}"},
    {"AWS::EC2::VPNGateway", "", "vgw-{x17}"},
    {"AWS::EC2::VPNGateway", "VPNGatewayId", "vgw-{x17}"},
    {"AWS::ECS::Cluster", "", "{name}"},
    {"AWS::ECS::Cluster", "Arn", "arn:{partition}:ecs:{region}:{account}:cluster/{name}"},
    {"AWS::ECS::Service", "", ""},
    {"AWS::ECS::Service", "Name", "{name}"},
    {"AWS::ECS::TaskDefinition", "", kTask},
    {"AWS::ECS::TaskDefinition", "TaskDefinitionArn", kTask},
    {"AWS::Events::Rule", "", "{name}"},
    {"AWS::Events::Rule", "Arn", "arn:{partition}:events:{region}:{account}:rule/{name}"},
    {"AWS::IAM::AccessKey", "", "AKIA{A16}"},
    {"AWS::IAM::AccessKey", "SecretAccessKey", ""},
    {"AWS::IAM::Group", "", "{name}"},
    {"AWS::IAM::Group", "Arn", "arn:{partition}:iam::{account}:group{path}{name}"},
    {"AWS::IAM::InstanceProfile", "", "{name}"},
    {"AWS::IAM::InstanceProfile",
     "Arn",
     "arn:{partition}:iam::{account}:instance-profile{path}{name}"},
    {"AWS::IAM::ManagedPolicy", "", kPolicy},
    {"AWS::IAM::ManagedPolicy", "PolicyArn", kPolicy},
    {"AWS::IAM::ManagedPolicy", "PolicyId", "ANPA{A17}"},
    {"AWS::IAM::Policy", "", "{base}-{A12}"},
    {"AWS::IAM::Policy", "Id", "{base}-{A12}"},
    {"AWS::IAM::Role", "", "{name}"},
    {"AWS::IAM::Role", "Arn", "arn:{partition}:iam::{account}:role{path}{name}"},
    {"AWS::IAM::Role", "RoleId", "AROA{A17}"},
    {"AWS::IAM::RolePolicy", "", "{.PolicyName}|{.RoleName}"},
    {"AWS::IAM::User", "", "{name}"},
    {"AWS::IAM::User", "Arn", "arn:{partition}:iam::{account}:user{path}{name}"},
    {"AWS::IAM::UserPolicy", "", "{.PolicyName}|{.UserName}"},
    {"AWS::KMS::Alias", "", "{.AliasName}"},
    {"AWS::KMS::Key", "", "{name}"},
    {"AWS::KMS::Key", "Arn", "arn:{partition}:kms:{region}:{account}:key/{name}"},
    {"AWS::KMS::Key", "KeyId", "{name}"},
    {"AWS::Lambda::Function", "", "{name}"},
    {"AWS::Lambda::Function", "Arn", "arn:{partition}:lambda:{region}:{account}:function:{name}"},
    {"AWS::Logs::LogGroup", "", "{name}"},
    {"AWS::Logs::LogGroup", "Arn", "arn:{partition}:logs:{region}:{account}:log-group:{name}:*"},
    {"AWS::Organizations::Account", "", ""},
    {"AWS::Organizations::Organization", "", "o-{a10}"},
    {"AWS::Organizations::Organization", "Id", "o-{a10}"},
    {"AWS::Organizations::Organization", "ManagementAccountId", "{account}"},
    {"AWS::Organizations::Organization", "RootId", "r-{a4}"},
    {"AWS::Organizations::OrganizationalUnit", "", "ou-{a4}-{a8}"},
    {"AWS::Organizations::OrganizationalUnit", "Id", "ou-{a4}-{a8}"},
    {"AWS::Organizations::Policy", "", "p-{a8}"},
    {"AWS::Organizations::Policy", "Id", "p-{a8}"},
    {"AWS::Route53::HostedZone", "", "Z{A20}"},
    {"AWS::Route53::HostedZone", "Id", "Z{A20}"},
    {"AWS::Route53::RecordSet", "", "{.Name}"},
    {"AWS::Route53Resolver::ResolverEndpoint", "", "rslvr-{x17}"},
    {"AWS::Route53Resolver::ResolverEndpoint", "ResolverEndpointId", "rslvr-{x17}"},
    {"AWS::S3::Bucket", "", "{name}"},
    {"AWS::S3::Bucket", "Arn", "arn:{partition}:s3:::{name}"},
    {"AWS::S3::Bucket", "DomainName", "{name}.s3.amazonaws.com"},
    {"AWS::S3::Bucket", "DualStackDomainName", "{name}.s3.dualstack.{region}.amazonaws.com"},
    {"AWS::S3::Bucket", "RegionalDomainName", "{name}.s3.{region}.amazonaws.com"},
    {"AWS::S3::BucketPolicy", "", "{.Bucket}"},
    {"AWS::SNS::Topic", "", kTopic},
    {"AWS::SNS::Topic", "TopicArn", kTopic},
    {"AWS::SNS::Topic", "TopicName", "{name}"},
    {"AWS::SSM::Document", "", "{name}"},
    {"AWS::SSM::Parameter", "", "{name}"},
};

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kSmall = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kCapital = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t kBaseBytes = 50;  // leaves room for a suffix in the 63 and 64 of S3 and IAM

const AttributeRow* find_row(std::string_view type, std::string_view attribute) {
    const auto* const row =
        std::find_if(std::begin(kAttributes), std::end(kAttributes), [&](const auto& one) {
            return one.type == type && one.attribute == attribute;
        });
    return row == std::end(kAttributes) ? nullptr : row;
}

const NameRow* find_name(std::string_view type) {
    const auto* const row = std::find_if(
        std::begin(kNames), std::end(kNames), [&](const auto& one) { return one.type == type; }
    );
    return row == std::end(kNames) ? nullptr : row;
}

std::optional<std::string> property(const Identity& identity, std::string_view name) {
    const auto* found = identity.properties.if_contains({name.data(), name.size()});
    const auto* text = found ? found->if_string() : nullptr;
    if (!text) return std::nullopt;
    return std::string(json::view(*text));
}

// "com.amazonaws.ap-northeast-1.bedrock-runtime": what follows the Region. CodeArtifact's two have
// another order in names. Source: CodeArtifact User Guide, "Use CodeArtifact from a VPC".
std::optional<std::string> endpoint_service(const Identity& identity) {
    const auto name = property(identity, "ServiceName");
    const std::string prefix = "com.amazonaws." + identity.settings.region + ".";
    if (!name || !name->starts_with(prefix)) return std::nullopt;
    std::string service = name->substr(prefix.size());
    if (service == "codeartifact.api") return "api.codeartifact";
    if (service == "codeartifact.repositories") return "d.codeartifact";
    return service;
}

// Fills a pattern. nullopt: a property that it needs is not there.
class Expansion {
public:
    Expansion(const Identity& identity, std::string_view index)
        : identity_(identity), index_(index) {}

    std::optional<std::string> operator()(std::string_view pattern) const {
        std::string out;
        for (std::size_t open = pattern.find('{'); open != pattern.npos; open = pattern.find('{')) {
            const std::size_t close = pattern.find('}', open);
            const auto word = this->word(pattern.substr(open + 1, close - open - 1));
            if (!word) return std::nullopt;
            out.append(pattern.substr(0, open)).append(*word);
            pattern.remove_prefix(close + 1);
        }
        return out.append(pattern);
    }

private:
    std::optional<std::string> word(std::string_view word) const {
        const StackSettings& settings = identity_.settings;
        if (word[0] == '.') return property(identity_, word.substr(1));
        if (word == "account") return settings.account;
        if (word == "region") return settings.region;
        if (word == "partition") return settings.partition;
        if (word == "path") return property(identity_, "Path").value_or("/");
        if (word == "service") return endpoint_service(identity_);
        if (word == "base") return base();
        if (word == "lower") return lower_ascii(base());
        if (word == "name") return name();
        if (word == "uuid") return (*this)("{x8}-{x4/1}-4{x3/2}-a{x3/3}-{x12/4}");
        return stable(word);
    }

    std::string base() const {
        return (identity_.settings.name + "-" + std::string(identity_.logical_id))
            .substr(0, kBaseBytes);
    }

    std::optional<std::string> name() const {
        const NameRow* row = find_name(identity_.type);
        if (!row) return (*this)("{base}-{A12}");
        if (auto given = property(identity_, row->property)) return given;
        if (row->generated.empty()) return std::nullopt;
        return (*this)(row->generated);
    }

    // "x17" or "x17/salt".
    std::string stable(std::string_view word) const {
        const StackSettings& settings = identity_.settings;
        const std::size_t slash = std::min(word.find('/'), word.size());
        const std::string_view salt = word.substr(slash) == "/i" ? index_ : word.substr(slash);
        const std::string_view alphabet = word[0] == 'x'   ? kHex
                                          : word[0] == 'a' ? kSmall
                                                           : kCapital;
        const std::string seed = settings.account + "|" + settings.region + "|" + settings.name +
                                 "|" + std::string(identity_.logical_id) + "|" + std::string(salt);
        return stable_id(seed, alphabet, parse_count(word.substr(1, slash - 1)).value_or(0));
    }

    const Identity& identity_;  // outlives this
    std::string_view index_;
};

// "[pattern]" or "[Property: pattern]".
std::optional<json::value> list(const Identity& identity, std::string_view pattern) {
    pattern = pattern.substr(1, pattern.size() - 2);
    const std::size_t colon = pattern.find(": ");
    json::array out;
    std::size_t count = 1;
    if (colon != pattern.npos) {
        const auto* items = identity.properties.if_contains({pattern.data(), colon});
        const auto* array = items ? items->if_array() : nullptr;
        count = array ? array->size() : 0;
        pattern.remove_prefix(colon + 2);
    }
    for (std::size_t i = 0; i < count; ++i) {
        const std::string index = std::to_string(i);
        const auto text = Expansion(identity, index)(pattern);
        if (!text) return std::nullopt;
        out.emplace_back(*text);
    }
    return out;
}

}  // namespace

std::optional<std::string> reference(const Identity& identity) {
    const AttributeRow* row = find_row(identity.type, "");
    if (!row) return Expansion(identity, "")("{base}-{A12}");
    if (row->pattern.empty()) return std::nullopt;
    return Expansion(identity, "")(row->pattern);
}

std::optional<std::string> physical_id(
    const StackSettings& settings,
    std::string_view type,
    std::string_view logical_id
) {
    const json::object none;
    return find_name(type) ? std::nullopt : reference({type, logical_id, none, settings});
}

std::optional<json::value> attribute(const Identity& identity, std::string_view name) {
    const AttributeRow* row = name.empty() ? nullptr : find_row(identity.type, name);
    if (!row) return std::nullopt;
    if (row->pattern[0] == '[') return list(identity, row->pattern);
    const auto text = Expansion(identity, "")(row->pattern);
    if (!text) return std::nullopt;
    return json::value(*text);
}

std::vector<std::string_view> attribute_names(std::string_view type) {
    std::vector<std::string_view> names;
    for (const AttributeRow& row : kAttributes) {
        if (row.type == type && !row.attribute.empty()) names.push_back(row.attribute);
    }
    return names;
}

std::vector<std::string_view> naming_properties(std::string_view type) {
    std::vector<std::string_view> names;
    if (const NameRow* row = find_name(type); row && !row->property.empty())
        names.push_back(row->property);
    for (const AttributeRow& row : kAttributes) {
        const std::size_t dot = row.pattern.find("{.");
        if (row.type != type || dot == row.pattern.npos) continue;
        names.push_back(row.pattern.substr(dot + 2, row.pattern.find('}', dot) - dot - 2));
    }
    return names;
}

std::string stack_id(const StackSettings& settings) {
    static const json::object kNone;
    const Identity stack{"", "", kNone, settings};
    const std::string prefix = "arn:" + settings.partition + ":cloudformation:" + settings.region +
                               ":" + settings.account + ":stack/" + settings.name + "/";
    return prefix + Expansion(stack, "")("{uuid}").value_or("");
}

}  // namespace kakehashi::cfn

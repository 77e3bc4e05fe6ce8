#include "base/arn.h"
#include "base/ipv4.h"
#include "base/text.h"
#include "check/detail/pair.h"
#include "check/detail/patch.h"
#include "check/detail/request.h"
#include "check/judgement.h"

#include <algorithm>
#include <array>
#include <span>

// Ways out of the closed network (check.md §2, "perimeter").
namespace kakehashi::check {
namespace {

using Sink = std::vector<Found>;
using cloud::Endpoint;

std::string logical_id(const Location& where) {
    const auto parts = split(where.path, '.');
    return parts.size() > 1 ? std::string(parts[1]) : where.path;
}

// --- endpoint policies ---

// An endpoint without a policy has AWS's default one.
const iam::Policy& default_policy() {
    static const iam::Policy kDefault = *iam::parse_policy(
        R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]})",
        "default endpoint policy",
        iam::PolicyType::Endpoint
    );
    return kDefault;
}

std::string action_of(const Endpoint& endpoint) {
    if (endpoint.service == "bedrock-runtime") return "bedrock:InvokeModel";
    if (endpoint.service == "sts") return "sts:AssumeRole";
    return std::string(split(endpoint.service, '.').front()) + ":Anything";
}

// What somebody might ask of the endpoint's service.
std::vector<std::string> actions_tried(const StatementText& statement, const Endpoint& endpoint) {
    std::vector<std::string> out;
    if (!statement.all_but_actions) {
        for (const std::string& pattern : statement.actions) {
            out.push_back(pattern == "*" ? action_of(endpoint) : example_of(pattern));
        }
    } else {
        out.push_back(action_of(endpoint));
    }
    return out;
}

std::vector<std::string> resources_tried(const StatementText& statement) {
    if (statement.all_but_resources) return {"*"};
    std::vector<std::string> out;
    for (const std::string& pattern : statement.resources) {
        out.push_back(pattern == "*" ? pattern : example_of(pattern));
    }
    return out;
}

// Somebody of another account, by whatever name the statement would take.
std::vector<Stranger> strangers(const Pair& pair, const StatementText& statement) {
    std::vector<Stranger> out = {{pair.strangers_account(), "stranger"}};
    const auto add = [&](const std::string& text, bool from_condition) {
        const auto parts = split(text, ':');  // an ARN with wildcards is no ARN for parse_arn
        const bool arn = parts.size() == 6;
        std::string account(arn ? parts[4] : std::string_view(text));
        if (has_wildcard(account) && from_condition) account = pair.strangers_account();
        if (account.size() != 12 || pair.has_account(account)) return;
        const std::string name(arn ? split(parts[5], '/').back() : "stranger");
        out.push_back({std::move(account), example_of(name)});
    };
    for (const std::string& principal : statement.aws_principals) {
        add(principal, false);
    }
    for (const ConditionText& condition : statement.conditions) {
        if (condition.negated) continue;
        const bool who = condition.is("aws:PrincipalArn") || condition.is("aws:PrincipalAccount");
        if (!who) continue;
        for (const std::string& value : condition.values) {
            add(value, true);
        }
    }
    return out;
}

std::optional<Admission> stranger_admitted(
    const Pair& pair,
    const Endpoint& endpoint,
    const StatementText& statement
) {
    const iam::Policy& policy = endpoint.policy ? *endpoint.policy : default_policy();
    for (const Stranger& stranger : strangers(pair, statement)) {
        for (const std::string& action : actions_tried(statement, endpoint)) {
            for (const std::string& resource : resources_tried(statement)) {
                auto admission = admits(pair, policy, statement, stranger, action, resource);
                if (!admission) continue;
                admission->witness.endpoint = endpoint.id;
                return admission;
            }
        }
    }
    return std::nullopt;
}

bool names_all(const std::vector<std::string>& patterns, const std::string& service) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
        return pattern == "*" || equal_ignoring_case(pattern, service + ":*");
    });
}

// Everybody, everything: what AWS writes where nobody writes a policy.
bool is_full_access(const StatementText& statement, const Endpoint& endpoint) {
    const std::string service = endpoint.service.starts_with("bedrock")
                                    ? "bedrock"
                                    : std::string(split(endpoint.service, '.').front());
    return statement.allows() && statement.everyone && !statement.all_but_principals &&
           !statement.all_but_actions && !statement.all_but_resources &&
           statement.conditions.empty() && names_all(statement.actions, service) &&
           names_all(statement.resources, "*");
}

Found endpoint_finding(
    const Endpoint& endpoint,
    Location where,
    std::string_view id,
    MessageId what,
    const std::string& principal
) {
    return found(
        id,
        std::move(where),
        std::move(what),
        {{"endpoint", logical_id(endpoint.where)},
         {"service", endpoint.service},
         {"principal", principal}}
    );
}

void endpoint_full_access(const Pair& pair, Sink& out) {
    for (const Endpoint& endpoint : pair.world().endpoints()) {
        if (endpoint.kind != Endpoint::Kind::Interface) continue;
        const iam::Policy& policy = endpoint.policy ? *endpoint.policy : default_policy();
        for (const StatementText& statement : pair.statements(policy)) {
            if (!is_full_access(statement, endpoint)) continue;
            // A deny beside it may bind it after all.
            auto admission = stranger_admitted(pair, endpoint, statement);
            if (!admission) continue;
            out.push_back(endpoint_finding(
                endpoint,
                endpoint.policy ? pair.where(statement) : endpoint.where,
                "endpoint-full-access",
                endpoint.policy ? "check.endpoint-full-access.what"_msg
                                : "check.endpoint-full-access.default"_msg,
                admission->witness.principal
            ));
            out.back().witness = std::move(admission->witness);
        }
    }
}

// At a gateway a bucket's name binds too: s3-gateway-open speaks of the rest.
void endpoint_foreign_principal(const Pair& pair, Sink& out) {
    for (const Endpoint& endpoint : pair.world().endpoints()) {
        if (!endpoint.policy || endpoint.kind != Endpoint::Kind::Interface) continue;
        for (const StatementText& statement : pair.statements(*endpoint.policy)) {
            if (!statement.allows() || is_full_access(statement, endpoint)) continue;
            auto admission = stranger_admitted(pair, endpoint, statement);
            if (!admission) continue;
            out.push_back(endpoint_finding(
                endpoint,
                pair.where(statement),
                "endpoint-foreign-principal",
                "check.endpoint-foreign-principal.what"_msg,
                admission->witness.principal
            ));
            out.back().witness = std::move(admission->witness);
        }
    }
}

// A bucket that nobody named: with it anything can be carried to any account.
void s3_gateway_open(const Pair& pair, Sink& out) {
    static const std::string kSomeBucket = "arn:aws:s3:::kakehashi-bucket-of-a-stranger/object";
    for (const Endpoint& endpoint : pair.world().endpoints()) {
        if (endpoint.service != "s3" || endpoint.kind != Endpoint::Kind::Gateway) continue;
        if (!endpoint.policy) {
            out.push_back(endpoint_finding(
                endpoint, endpoint.where, "s3-gateway-open", "check.s3-gateway-open.default"_msg, ""
            ));
            continue;
        }
        for (const StatementText& statement : pair.statements(*endpoint.policy)) {
            for (const char* action : {"s3:GetObject", "s3:PutObject"}) {
                const auto admission = admits(
                    pair,
                    *endpoint.policy,
                    statement,
                    {pair.strangers_account(), "stranger"},
                    action,
                    kSomeBucket
                );
                if (!admission) continue;
                out.push_back(endpoint_finding(
                    endpoint,
                    pair.where(statement),
                    "s3-gateway-open",
                    "check.s3-gateway-open.what"_msg,
                    statement.name()
                ));
                break;
            }
        }
    }
}

// --- resources of the municipalities' networks ---

constexpr std::array<std::string_view, 1> one(std::string_view type) {
    return {type};
}

// Every resource of the municipalities' templates of one of the types.
template <class Look>
void for_each_of(const Pair& pair, std::span<const std::string_view> types, const Look& look) {
    for (const DeclaredResource& declared : pair.resources()) {
        if (!pair.is_municipality(declared.account->id)) continue;
        if (std::find(types.begin(), types.end(), declared.resource->type) == types.end()) continue;
        look(declared);
    }
}

Found resource_finding(
    const DeclaredResource& declared,
    std::string_view below,
    std::string_view id,
    MessageId what
) {
    return found(
        id,
        declared.where(below),
        std::move(what),
        {{"resource", declared.resource->logical_id}, {"type", declared.resource->type}}
    );
}

void internet_gateway(const Pair& pair, Sink& out) {
    static constexpr std::array<std::string_view, 2> kTypes = {
        "AWS::EC2::VPCGatewayAttachment", "AWS::EC2::EgressOnlyInternetGateway"};
    for_each_of(pair, kTypes, [&](const DeclaredResource& declared) {
        const bool attachment = declared.resource->type == "AWS::EC2::VPCGatewayAttachment";
        if (attachment && !declared.find("InternetGatewayId")) return;  // a VPN gateway
        out.push_back(resource_finding(
            declared,
            attachment ? "InternetGatewayId" : "",
            "internet-gateway",
            "check.internet-gateway.what"_msg
        ));
    });
}

void nat(const Pair& pair, Sink& out) {
    for_each_of(pair, one("AWS::EC2::NatGateway"), [&](const DeclaredResource& declared) {
        if (equal_ignoring_case(declared.text("ConnectivityType"), "private")) return;
        out.push_back(resource_finding(declared, "", "nat", "check.nat.what"_msg));
    });
    for_each_of(pair, one("AWS::EC2::Route"), [&](const DeclaredResource& declared) {
        const auto block = parse_ipv4_network(declared.text("DestinationCidrBlock"));
        const bool forwards = declared.find("InstanceId") || declared.find("NetworkInterfaceId");
        if (!block || block->prefix != 0 || !forwards) return;
        out.push_back(resource_finding(declared, "", "nat", "check.nat.instance"_msg));
    });
}

void public_address(const Pair& pair, Sink& out) {
    const auto add = [&](const DeclaredResource& declared, std::string_view below) {
        out.push_back(
            resource_finding(declared, below, "public-address", "check.public-address.what"_msg)
        );
    };
    for_each_of(pair, one("AWS::EC2::Subnet"), [&](const DeclaredResource& declared) {
        if (!declared.flag("MapPublicIpOnLaunch")) return;
        add(declared, "MapPublicIpOnLaunch");
        out.back().patch = set_property(declared, "", "MapPublicIpOnLaunch", "false");
    });
    for_each_of(pair, one("AWS::EC2::Instance"), [&](const DeclaredResource& declared) {
        const json::array* interfaces =
            json::find_array(declared.resource->properties, "NetworkInterfaces");
        for (std::size_t i = 0; interfaces && i < interfaces->size(); ++i) {
            const auto wanted = texts_of(json::find((*interfaces)[i], "AssociatePublicIpAddress"));
            if (wanted.empty() || wanted.front() != "true") continue;
            const std::string at =
                "NetworkInterfaces[" + std::to_string(i) + "].AssociatePublicIpAddress";
            add(declared, at);
        }
    });
    for_each_of(pair, one("AWS::ECS::Service"), [&](const DeclaredResource& declared) {
        static const std::string kBelow = "NetworkConfiguration.AwsvpcConfiguration";
        const json::value* network = declared.find("NetworkConfiguration");
        const json::value* vpc = network ? json::find(*network, "AwsvpcConfiguration") : nullptr;
        const auto wanted = texts_of(vpc ? json::find(*vpc, "AssignPublicIp") : nullptr);
        if (wanted.empty() || wanted.front() != "ENABLED") return;
        add(declared, kBelow + ".AssignPublicIp");
        out.back().patch = set_property(declared, kBelow, "AssignPublicIp", "DISABLED");
    });
    static constexpr std::array<std::string_view, 2> kAddresses = {
        "AWS::EC2::EIP", "AWS::EC2::EIPAssociation"};
    for_each_of(pair, kAddresses, [&](const DeclaredResource& declared) { add(declared, ""); });
}

// Groups that stand at endpoints alone: those open no connections.
std::set<std::string> groups_of_endpoints_alone(const Pair& pair) {
    std::set<std::string> out;
    for (const Endpoint& endpoint : pair.world().endpoints()) {
        out.insert(endpoint.groups.begin(), endpoint.groups.end());
    }
    for (const cloud::Instance& instance : pair.world().instances()) {
        for (const std::string& group : instance.groups) {
            out.erase(group);
        }
    }
    return out;
}

constexpr std::size_t kAnywherePrefixMax = 7;  // 0.0.0.0/0, and halves and quarters of it

bool goes_anywhere(const json::value& rule) {
    const auto v4 = texts_of(json::find(rule, "CidrIp"));
    const auto v6 = texts_of(json::find(rule, "CidrIpv6"));
    if (!v6.empty() && v6.front() == "::/0") return true;
    const auto block = v4.empty() ? std::nullopt : parse_ipv4_network(v4.front());
    return block && block->prefix <= kAnywherePrefixMax && block->first >> 24U != 127;
}

void egress_open(const Pair& pair, Sink& out) {
    const auto of_endpoints = groups_of_endpoints_alone(pair);
    std::set<std::string> ruled;  // groups to which a rule of its own resource belongs
    for_each_of(pair, one("AWS::EC2::SecurityGroupEgress"), [&](const DeclaredResource& declared) {
        ruled.insert(declared.text("GroupId"));
        if (of_endpoints.contains(declared.text("GroupId"))) return;
        if (!goes_anywhere(declared.resource->properties)) return;
        out.push_back(resource_finding(declared, "", "egress-open", "check.egress-open.what"_msg));
    });
    for_each_of(pair, one("AWS::EC2::SecurityGroup"), [&](const DeclaredResource& declared) {
        if (of_endpoints.contains(declared.resource->physical_id)) return;
        const json::array* rules =
            json::find_array(declared.resource->properties, "SecurityGroupEgress");
        if ((!rules || rules->empty()) && !ruled.contains(declared.resource->physical_id)) {
            out.push_back(
                resource_finding(declared, "", "egress-open", "check.egress-open.default"_msg)
            );
        }
        for (std::size_t i = 0; rules && i < rules->size(); ++i) {
            if (!goes_anywhere((*rules)[i])) continue;
            const std::string at = "SecurityGroupEgress[" + std::to_string(i) + "]";
            out.push_back(
                resource_finding(declared, at, "egress-open", "check.egress-open.what"_msg)
            );
        }
    });
}

// The metadata options of an instance, or of a launch template's.
struct Metadata {
    const json::object* options = nullptr;
    std::string below;
};
Metadata metadata_of(const DeclaredResource& declared) {
    const json::object* holder = &declared.resource->properties;
    std::string below;
    if (declared.resource->type == "AWS::EC2::LaunchTemplate") {
        holder = json::find_object(*holder, "LaunchTemplateData");
        below = "LaunchTemplateData.";
    }
    const json::object* options = holder ? json::find_object(*holder, "MetadataOptions") : nullptr;
    return {options, below + "MetadataOptions"};
}

constexpr std::array<std::string_view, 2> kHasMetadata = {
    "AWS::EC2::Instance",
    "AWS::EC2::LaunchTemplate"};

void imdsv1(const Pair& pair, Sink& out) {
    for_each_of(pair, kHasMetadata, [&](const DeclaredResource& declared) {
        const Metadata metadata = metadata_of(declared);
        if (!metadata.options) return;  // the image decides, and today's ask for tokens
        const auto tokens = texts_of(json::find(*metadata.options, "HttpTokens"));
        if (tokens.empty() || tokens.front() != "optional") return;
        out.push_back(resource_finding(
            declared, metadata.below + ".HttpTokens", "imdsv1", "check.imdsv1.what"_msg
        ));
        out.back().patch = set_property(declared, metadata.below, "HttpTokens", "required");
    });
}

void hop_limit(const Pair& pair, Sink& out) {
    for_each_of(pair, kHasMetadata, [&](const DeclaredResource& declared) {
        const Metadata metadata = metadata_of(declared);
        if (!metadata.options) return;
        const auto limit = texts_of(json::find(*metadata.options, "HttpPutResponseHopLimit"));
        if (limit.empty() || limit.front() == "1") return;
        out.push_back(resource_finding(
            declared,
            metadata.below + ".HttpPutResponseHopLimit",
            "hop-limit",
            "check.hop-limit.what"_msg
        ));
        out.back().what.fields.emplace_back("limit", limit.front());
        out.back().patch = set_property(declared, metadata.below, "HttpPutResponseHopLimit", "1");
    });
}

// --- neighbours ---

bool vouched_for(const Pair& pair, const std::string& account, std::string_view destination) {
    const auto block = parse_ipv4_network(destination);
    if (!block) return false;
    for (const auto& municipality : pair.world().configuration().municipalities) {
        if (municipality.account != account) continue;
        for (const std::string& text : municipality.trusted_networks) {
            const auto trusted = parse_ipv4_network(text);
            if (trusted && trusted->prefix <= block->prefix && trusted->contains(block->first)) {
                return true;
            }
        }
    }
    return false;
}

bool vouches_for_something(const Pair& pair, const std::string& account) {
    const auto& all = pair.world().configuration().municipalities;
    return std::any_of(all.begin(), all.end(), [&](const config::Municipality& municipality) {
        return municipality.account == account && !municipality.trusted_networks.empty();
    });
}

void peering(const Pair& pair, Sink& out) {
    const auto add = [&](const DeclaredResource& declared, std::string_view below) {
        out.push_back(resource_finding(declared, below, "peering", "check.peering.what"_msg));
    };
    static constexpr std::array<std::string_view, 4> kLinks = {
        "AWS::EC2::VPCPeeringConnection",
        "AWS::EC2::TransitGatewayAttachment",
        "AWS::EC2::TransitGatewayVpcAttachment",
        "AWS::EC2::VPNConnection"};
    for_each_of(pair, kLinks, [&](const DeclaredResource& declared) {
        // What lies behind is a matter of routes; these are judged one by one.
        if (!vouches_for_something(pair, declared.account->id)) add(declared, "");
    });
    for_each_of(pair, one("AWS::EC2::VPCGatewayAttachment"), [&](const DeclaredResource& declared) {
        const bool vpn = declared.find("VpnGatewayId") != nullptr;
        if (vpn && !vouches_for_something(pair, declared.account->id))
            add(declared, "VpnGatewayId");
    });
    for_each_of(pair, one("AWS::EC2::Route"), [&](const DeclaredResource& declared) {
        const bool leads_there = declared.find("TransitGatewayId") ||
                                 declared.find("VpcPeeringConnectionId") ||
                                 declared.text("GatewayId").starts_with("vgw-");
        if (!leads_there) return;
        const std::string destination = declared.text("DestinationCidrBlock");
        if (!vouched_for(pair, declared.account->id, destination))
            add(declared, "DestinationCidrBlock");
    });
}

struct Row {
    std::string_view id;
    void (*look)(const Pair&, Sink&);
};
constexpr std::array kRows = {
    Row{"endpoint-full-access", endpoint_full_access},
    Row{"endpoint-foreign-principal", endpoint_foreign_principal},
    Row{"internet-gateway", internet_gateway},
    Row{"nat", nat},
    Row{"public-address", public_address},
    Row{"egress-open", egress_open},
    Row{"s3-gateway-open", s3_gateway_open},
    Row{"imdsv1", imdsv1},
    Row{"peering", peering},
    Row{"hop-limit", hop_limit},
};

}  // namespace

std::vector<Found> perimeter_findings(const cloud::World& world) {
    const Pair pair(world);
    Sink out;
    for (const Row& row : kRows) {
        row.look(pair, out);
    }
    return out;
}

}  // namespace kakehashi::check

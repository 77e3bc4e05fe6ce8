#include "base/arn.h"
#include "base/ipv4.h"
#include "check/detail/models.h"
#include "check/detail/pair.h"
#include "check/detail/patch.h"
#include "check/judgement.h"

#include <algorithm>
#include <array>
#include <map>

// What stops the crossing (check.md §2, "crossing"). Broken links are the proof's to find; here
// they get their mending, and what can be seen without a request is added.
namespace kakehashi::check {
namespace {

using Sink = std::vector<Found>;

// --- edits for broken links ---

// The policies of a resource: a role's, an endpoint's.
std::vector<iam::Policy> policies_of(const Pair& pair, const Location& where) {
    const DeclaredResource* declared = pair.resource(where);
    if (!declared) return {};
    const Location here = declared->where();
    const auto is_here = [&](const Location& other) {
        return other.path == here.path && other.file == here.file;
    };
    std::vector<iam::Policy> out;
    for (const cloud::Role& role : pair.world().roles()) {
        if (is_here(role.where)) out = role.identity;
    }
    for (const cloud::Endpoint& endpoint : pair.world().endpoints()) {
        if (is_here(endpoint.where) && endpoint.policy) out = {*endpoint.policy};
    }
    return out;
}

// The other action beside InvokeModel, wherever the resource's policies allow that one by name.
Patch add_streaming(const Pair& pair, const Location& where) {
    Patch out;
    for (const iam::Policy& policy : policies_of(pair, where)) {
        if (!pair.world().is_own(policy)) continue;
        for (const StatementText& statement : pair.statements(policy)) {
            if (!statement.allows() || statement.covers(kInvokeActions[1])) continue;
            for (std::size_t i = 0; i < statement.actions.size(); ++i) {
                if (statement.actions[i] != kInvokeActions[0]) continue;
                const Patch one = copy_item(
                    pair,
                    statement,
                    statement.item_path("Action", i),
                    "InvokeModel",
                    "InvokeModelWithResponseStream"
                );
                out.insert(out.end(), one.begin(), one.end());
            }
        }
    }
    return out;
}

// The model in the missing Region beside the same model in another.
Patch add_destination(const Pair& pair, const Location& where, const std::string& region) {
    Patch out;
    for (const iam::Policy& policy : policies_of(pair, where)) {
        for (const StatementText& statement : pair.statements(policy)) {
            if (!statement.allows() || statement.all_but_resources) continue;
            const auto& all = statement.resources;
            const bool there = std::any_of(all.begin(), all.end(), [&](const std::string& text) {
                return text.find(region + "::foundation-model/") != std::string::npos;
            });
            for (std::size_t i = 0; i < all.size() && !there; ++i) {
                const auto arn = parse_arn(all[i]);
                if (!arn || !arn->resource.starts_with("foundation-model/")) continue;
                const Patch one = copy_item(
                    pair,
                    statement,
                    statement.item_path("Resource", i),
                    arn->region + "::foundation-model/",
                    region + "::foundation-model/"
                );
                out.insert(out.end(), one.begin(), one.end());
                break;
            }
        }
    }
    return out;
}

Patch turn_on(const Pair& pair, const Location& where, std::initializer_list<const char*> keys) {
    const DeclaredResource* declared = pair.resource(where);
    Patch out;
    if (!declared) return out;
    for (const char* key : keys) {
        if (declared->flag(key)) continue;
        if (std::string_view(key) == "EnableDnsSupport" && !declared->find(key)) continue;  // on
        const Patch one = set_property(*declared, "", key, "true");
        if (one.empty()) return {};
        out.insert(out.end(), one.begin(), one.end());
    }
    return out;
}

// The operator's role that the municipality uses: where a missing right is to be added.
Location role_of(const Pair& pair, const BrokenLink& link) {
    for (const OperatorRole& each : pair.operator_roles()) {
        if (each.municipalities.contains(link.municipality)) return each.role->where;
    }
    return link.cause.where;
}

Location holder_of_right(const Pair& pair, const BrokenLink& link) {
    const auto policies = policies_of(pair, link.cause.where);
    return policies.empty() ? role_of(pair, link) : link.cause.where;
}

Patch patch_for(const Pair& pair, const BrokenLink& link) {
    const std::string& id = link.cause.id;
    const Location& where = link.cause.where;
    if (id == "private-dns-off") return turn_on(pair, where, {"PrivateDnsEnabled"});
    if (id == "vpc-dns-off") {
        return turn_on(pair, where, {"EnableDnsSupport", "EnableDnsHostnames"});
    }
    if (id == "streaming-denied") return add_streaming(pair, holder_of_right(pair, link));
    if (id == "destination-missing" && !link.destination.empty()) {
        return add_destination(pair, holder_of_right(pair, link), link.destination);
    }
    return {};
}

// Many models and municipalities can meet the same cause.
void add_broken_links(const Pair& pair, const CrossingProof& proof, Sink& out) {
    std::set<std::string> told;
    for (const BrokenLink& link : proof.broken) {
        if (!told.insert(link.cause.id + " " + text(link.cause.where)).second) continue;
        out.push_back(link.cause);
        if (out.back().patch.empty()) out.back().patch = patch_for(pair, link);
    }
}

// --- what can be seen without a request ---

constexpr std::chrono::seconds kChainedMax{3600};

void chained_duration(const Pair& pair, Sink& out) {
    for (const OperatorRole& each : pair.operator_roles()) {
        if (each.role->session_max <= kChainedMax) continue;
        const DeclaredResource* declared = pair.resource(each.role->where);
        if (!declared) continue;
        out.push_back(found(
            "chained-duration",
            declared->where("MaxSessionDuration"),
            "check.chained-duration.what"_msg,
            {{"role", each.role->name}, {"seconds", std::to_string(each.role->session_max.count())}}
        ));
        out.back().patch = set_property(*declared, "", "MaxSessionDuration", "3600");
    }
}

void deploy_order(const Pair& pair, Sink& out) {
    for (const OperatorRole& each : pair.operator_roles()) {
        for (const StatementText& statement : pair.statements(each.role->trust)) {
            for (const std::string& principal : statement.aws_principals) {
                const auto arn = parse_arn(principal);
                if (!arn || !pair.is_municipality(arn->account)) continue;
                if (!arn->resource.starts_with("role/")) continue;
                out.push_back(found(
                    "deploy-order",
                    pair.where(statement, "Principal"),
                    "check.deploy-order.what"_msg,
                    {{"role", each.role->name}, {"principal", principal}}
                ));
            }
        }
    }
}

void wrong_source_region(const Pair& pair, Sink& out) {
    const auto& bedrock = pair.world().configuration().bedrock;
    for (const std::string& id : bedrock.profiles) {
        const auto* profile = pair.world().catalog().profile(id);
        if (!profile || profile->sources.contains(pair.world().region())) continue;
        out.push_back(found(
            "wrong-source-region",
            bedrock.where.of("profiles"),
            "check.wrong-source-region.what"_msg,
            {{"profile", id}, {"region", pair.world().region()}}
        ));
    }
}

// --- what AWS refuses to make ---

bool overlap(const Ipv4Network& a, const Ipv4Network& b) {
    return a.prefix <= b.prefix ? a.contains(b.first) : b.contains(a.first);
}

std::string block_text(const Ipv4Network& block) {
    return ipv4_text(block.first) + "/" + std::to_string(block.prefix);
}

void subnet_outside(const Pair& pair, const cloud::Subnet& subnet, Location where, Sink& out) {
    const cloud::Vpc* vpc = pair.world().vpc(subnet.vpc);
    if (!vpc || vpc->blocks.empty()) return;  // another's, or AWS gives it its addresses
    const bool inside = std::ranges::any_of(vpc->blocks, [&](const Ipv4Network& block) {
        return block.prefix <= subnet.block.prefix && block.contains(subnet.block.first);
    });
    if (inside) return;
    std::vector<std::string> blocks;
    for (const Ipv4Network& block : vpc->blocks)
        blocks.push_back(block_text(block));
    out.push_back(found(
        "not-deployable",
        std::move(where),
        "check.not-deployable.outside"_msg,
        {{"block", block_text(subnet.block)}, {"blocks", listed(blocks)}}
    ));
}

// Of two that overlap the one that comes later is told of.
void subnets_not_deployable(const Pair& pair, Sink& out) {
    std::map<std::string, std::vector<const cloud::Subnet*>> by_vpc;
    for (const cloud::Subnet& subnet : pair.world().subnets()) {
        const DeclaredResource* declared = pair.resource(subnet.where);
        auto& others = by_vpc[subnet.vpc];
        if (declared) {
            const Location where = declared->where("CidrBlock");
            subnet_outside(pair, subnet, where, out);
            const auto other = std::ranges::find_if(others, [&](const cloud::Subnet* each) {
                return overlap(each->block, subnet.block);
            });
            if (other != others.end()) {
                out.push_back(found(
                    "not-deployable",
                    where,
                    "check.not-deployable.overlap"_msg,
                    {{"block", block_text(subnet.block)},
                     {"other", block_text((*other)->block)},
                     {"subnet", text((*other)->where)}}
                ));
            }
        }
        others.push_back(&subnet);
    }
}

// AWS PrivateLink Guide, "Gateway endpoints": Amazon S3 and DynamoDB alone.
void gateways_not_deployable(const Pair& pair, Sink& out) {
    static constexpr std::array<std::string_view, 3> kHaveOne = {"dynamodb", "s3", "s3express"};
    for (const cloud::Endpoint& endpoint : pair.world().endpoints()) {
        if (endpoint.kind != cloud::Endpoint::Kind::Gateway) continue;
        if (std::ranges::find(kHaveOne, endpoint.service) != kHaveOne.end()) continue;
        const DeclaredResource* declared = pair.resource(endpoint.where);
        const bool written = declared && declared->find("VpcEndpointType");
        out.push_back(found(
            "not-deployable",
            written ? declared->where("VpcEndpointType") : endpoint.where,
            "check.not-deployable.gateway"_msg,
            {{"service", endpoint.service}}
        ));
    }
}

void not_deployable(const Pair& pair, Sink& out) {
    subnets_not_deployable(pair, out);
    gateways_not_deployable(pair, out);
}

struct Row {
    std::string_view id;
    void (*look)(const Pair&, Sink&);
};
constexpr std::array kRows = {
    Row{"chained-duration", chained_duration},
    Row{"deploy-order", deploy_order},
    Row{"not-deployable", not_deployable},
    Row{"wrong-source-region", wrong_source_region},
};

}  // namespace

std::vector<Found> crossing_findings(const cloud::World& world, const CrossingProof& proof) {
    const Pair pair(world);
    Sink out;
    add_broken_links(pair, proof, out);
    for (const Row& row : kRows) {
        row.look(pair, out);
    }
    return out;
}

}  // namespace kakehashi::check

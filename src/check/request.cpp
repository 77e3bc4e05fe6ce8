#include "check/detail/request.h"

#include "base/arn.h"
#include "base/text.h"

#include <algorithm>
#include <array>

namespace kakehashi::check {
namespace {

constexpr std::string_view kSessionName = "witness";

// Keys that say who asks, of whom, or where a request runs: a request has them by itself.
constexpr std::array<std::string_view, 9> kOwnKeys = {
    "aws:principal",
    "aws:userid",
    "aws:username",
    "aws:requestedregion",
    "aws:resource",
    "aws:sourceidentity",
    "aws:currenttime",
    "aws:epochtime",
    "aws:securetransport"};

bool is_own_key(std::string_view key) {
    const std::string folded = lower_ascii(key);
    return std::any_of(kOwnKeys.begin(), kOwnKeys.end(), [&](std::string_view own) {
        return folded.starts_with(own);
    });
}

struct ContextValue {
    std::string key;
    std::vector<std::string> values;
    bool many = false;
};

bool holds_without_key(const ConditionText& condition) {
    return condition.if_exists || condition.set == ConditionText::Set::AllValues;
}

// What a request must carry for the statement's conditions to hold, as far as that can be read off.
std::vector<ContextValue> values_wanted(const StatementText& statement) {
    std::vector<ContextValue> out;
    for (const ConditionText& condition : statement.conditions) {
        if (condition.negated || condition.values.empty() || is_own_key(condition.key)) continue;
        if (holds_without_key(condition)) continue;
        std::string value = example_of(condition.values.front());
        if (condition.comparison == "null") {
            if (value == "true") continue;
            value = "x";
        }
        out.push_back({condition.key, {value}, condition.set != ConditionText::Set::None});
    }
    return out;
}

void add_values_wanted(const StatementText& statement, cloud::Leg& leg) {
    for (ContextValue& wanted : values_wanted(statement)) {
        if (wanted.many) leg.lists.emplace_back(wanted.key, wanted.values);
        if (!wanted.many) leg.keys.emplace_back(wanted.key, wanted.values.front());
    }
}

std::string region_of(std::string_view resource, const std::string& otherwise) {
    const auto arn = parse_arn(resource);
    if (!arn || arn->service != "bedrock") return otherwise;
    return arn->region.empty() ? "unspecified" : arn->region;
}

cloud::LegDecision decided(const Pair& pair, const cloud::Role& role, cloud::Leg leg) {
    const cloud::World& world = pair.world();
    const TimePoint now = world.configuration().twin.clock.value_or(TimePoint{});
    const std::string session = "arn:aws:sts::" + role.account + ":assumed-role/" + role.name +
                                "/" + std::string(kSessionName);
    cloud::RequestFacts facts{cloud::reach(world, cloud::Place{}, "bedrock-runtime"), now};
    auto authorization = cloud::authorize(
        world, cloud::declared_session(world, session, now), facts, {std::move(leg)}
    );
    return std::move(authorization.legs.front());
}

bool let_through_by(const iam::Decision& decision, const StatementText& statement) {
    return std::any_of(
        decision.statements.begin(),
        decision.statements.end(),
        [&](const iam::StatementMatch& match) {
            return match.statement == statement.index &&
                   &match.policy.compiled() == &statement.policy.compiled();
        }
    );
}

const iam::Policy& everything() {
    static const iam::Policy kEverything = *iam::parse_policy(
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
        "everything",
        iam::PolicyType::Identity
    );
    return kEverything;
}

}  // namespace

Witness witness_of(const iam::Request& request) {
    Witness out{request.principal, request.action, request.resource, request.resource_account};
    for (const auto& entry : request.context.entries()) {
        out.context.emplace_back(entry->key, entry->values);
    }
    std::sort(out.context.begin(), out.context.end());
    return out;
}

std::string example_of(std::string_view pattern) {
    return replaced(replaced(std::string(pattern), "*", "x"), "?", "x");
}

cloud::Leg model_leg(std::string_view action, const std::string& region, const std::string& model) {
    cloud::Leg leg{std::string(action), aws::foundation_model_arn(region, model)};
    leg.keys.emplace_back("aws:RequestedRegion", region.empty() ? "unspecified" : region);
    return leg;
}

std::optional<Witness> allowed_request(const Pair& pair, const cloud::Role& role, cloud::Leg leg) {
    const cloud::LegDecision answer = decided(pair, role, std::move(leg));
    if (!answer.decision.allowed()) return std::nullopt;
    return witness_of(answer.request);
}

std::optional<Witness> request_through(
    const Pair& pair,
    const cloud::Role& role,
    const StatementText& statement,
    std::string_view action,
    const std::vector<std::string>& resources
) {
    if (!statement.allows() || !statement.covers(action)) return std::nullopt;
    std::vector<std::string> all = resources;
    if (!statement.all_but_resources) {
        for (const std::string& pattern : statement.resources) {
            all.push_back(pattern == "*" ? pattern : example_of(pattern));
        }
    }
    for (const std::string& resource : all) {
        cloud::Leg leg{std::string(action), resource};
        leg.keys.emplace_back("aws:RequestedRegion", region_of(resource, pair.world().region()));
        add_values_wanted(statement, leg);
        const cloud::LegDecision answer = decided(pair, role, std::move(leg));
        if (answer.decision.allowed() && let_through_by(answer.decision, statement)) {
            return witness_of(answer.request);
        }
    }
    return std::nullopt;
}

iam::Decision decision_with_everything_allowed(
    const Pair& pair,
    const cloud::Role& role,
    cloud::Leg leg
) {
    cloud::LegDecision answer = decided(pair, role, std::move(leg));
    answer.policies.identity.push_back(everything());
    return cloud::decide(pair.world(), answer);
}

std::optional<Admission> admits(
    const Pair& pair,
    const iam::Policy& policy,
    const StatementText& statement,
    const Stranger& stranger,
    std::string_view action,
    const std::string& resource
) {
    if (!statement.allows() || !statement.covers(action)) return std::nullopt;
    iam::Request request;
    request.action = action;
    request.principal =
        "arn:aws:sts::" + stranger.account + ":assumed-role/" + stranger.role + "/session";
    request.resource = resource;
    request.context.set(
        "aws:PrincipalArn", "arn:aws:iam::" + stranger.account + ":role/" + stranger.role
    );
    request.context.set("aws:PrincipalAccount", stranger.account);
    request.context.set("aws:RequestedRegion", region_of(resource, pair.world().region()));
    request.context.set("aws:SecureTransport", "true");
    for (ContextValue& wanted : values_wanted(statement)) {
        if (wanted.many) request.context.set_many(wanted.key, wanted.values);
        if (!wanted.many) request.context.set(wanted.key, wanted.values.front());
    }
    iam::PolicySet policies;
    policies.identity = {everything()};
    if (policy.type() == iam::PolicyType::Trust) {
        policies.resource = policy;
        if (const auto arn = parse_arn(resource)) request.resource_account = arn->account;
    } else {
        policies.endpoint = {policy};
    }
    const iam::Decision decision = iam::decide(request, policies);
    if (!decision.allowed() || !let_through_by(decision, statement)) return std::nullopt;
    return Admission{&statement, witness_of(request)};
}

}  // namespace kakehashi::check

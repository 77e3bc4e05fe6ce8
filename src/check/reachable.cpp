#include "check/reachable.h"

#include "base/arn.h"
#include "base/text.h"
#include "check/iam_actions.h"
#include "check/key_shapes.h"
#include "check/passage.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <variant>

namespace kakehashi::check {
namespace {

constexpr std::size_t kStepsMax = 4'000'000;

struct Parts {  // of an ARN, or of a pattern of one
    std::string service, region, account, rest;
};

// `*` is every ARN of the action's own service.
std::optional<Parts> parts_of(const std::string& pattern, const std::string& action) {
    if (pattern == "*") return Parts{action.substr(0, action.find(':')), "*", "*", "*"};
    std::array<std::string, 5> parts;
    std::string_view left = pattern;
    for (std::string& part : parts) {
        const auto colon = left.find(':');
        if (colon == left.npos) return std::nullopt;
        part = left.substr(0, colon);
        left.remove_prefix(colon + 1);
    }
    if (parts[0] != "arn" || left.empty()) return std::nullopt;
    return Parts{parts[2], parts[3], parts[4], std::string(left)};
}

bool is_pattern(std::string_view text) {
    return text.find_first_of("*?") != text.npos;
}

// Where the resource may be, by the Region in its ARN.
std::vector<Where> places_of(const std::string& region) {
    if (region.empty()) return {{Where::Kind::Anywhere}};
    if (region == "*") return {{Where::Kind::Unknown}, {Where::Kind::Anywhere}};
    if (is_pattern(region)) return {{Where::Kind::Unknown}};
    return {{Where::Kind::Region, region}};
}

// Whether the resource's ARN has an account, and which.
std::vector<std::string> accounts_of(const Parts& parts, const Caller& caller) {
    if (parts.rest.starts_with("foundation-model/")) return {""};
    if (parts.account == "*") return {caller.session.account, ""};
    return {parts.account};
}

std::optional<Caller> caller_of(const cloud::World& world, const std::string& principal) {
    if (const auto* user = world.user(principal)) return declared_caller(world, *user);
    if (const auto* role = world.role(principal)) return declared_caller(world, *role);
    std::string name = principal, account;
    if (const auto arn = parse_arn(principal)) {  // of a session
        const auto parts = split(arn->resource, '/');
        if (parts.size() != 3 || parts[0] != "assumed-role") return std::nullopt;
        name = parts[1];
        account = arn->account;
    }
    const cloud::Role* found = nullptr;
    for (const cloud::Role& role : world.roles()) {
        if (role.name != name || (!account.empty() && role.account != account)) continue;
        if (found) return std::nullopt;  // both accounts have one
        found = &role;
    }
    if (!found) return std::nullopt;
    return declared_caller(world, *found);
}

Message doubt(const Satisfied& found) {
    if (!found.constructs.empty()) return found.constructs.front().what;
    return {"check.reach.replay"_msg};
}

Message gave_up(const Asking& asking, const std::string& action) {
    return {
        "check.reach.gave_up"_msg,
        {{"principal", asking.caller().session.principal_arn}, {"action", action}}};
}

constexpr std::array kWays = {Way::Internet, Way::Endpoint, Way::Forwarded};

// Of a service whose table is held; of others nobody here knows the actions.
std::optional<Message> unknown_action(const std::string& action) {
    for (const ModelAction& known : model_actions()) {
        if (equal_ignoring_case(known.action, action)) return std::nullopt;
    }
    const auto colon = action.find(':');
    const IamService* service = iam_service(action.substr(0, colon));
    const std::string nearest = nearest_action(action);
    if (service && !matching_actions(*service, action.substr(colon + 1)).empty())
        return std::nullopt;
    if (nearest.empty() && !service) return std::nullopt;
    if (nearest.empty()) return Message{"check.reach.unknown_action"_msg, {{"action", action}}};
    return Message{"check.reach.misspelt_action"_msg, {{"action", action}, {"nearest", nearest}}};
}

// --- can ---

class CanQuestion {
public:
    CanQuestion(const cloud::World& world, const Caller& caller, std::string action, Parts parts)
        : world_(world), facts_(world), caller_(caller), parts_(std::move(parts)) {
        action_.action = std::move(action);
        resource_.name =
            parts_.rest.starts_with("foundation-model/") ? "foundation-model" : "asked";
        resource_.service = parts_.service;
        resource_.rest = parts_.rest;
    }

    Reachable answer() {
        for (const Way way : kWays) {
            ask(Asking(facts_, caller_, way, nullptr), answer_.by_policies);
            if (answer_.by_policies.can == Can::Yes) break;
        }
        if (answer_.by_policies.can != Can::No) ask_from_inside();
        return std::move(answer_);
    }

private:
    using Can = Reachable::Can;

    // As the proof does: what a route or an endpoint lets through, from any municipality's VPC.
    void ask_from_inside() {
        Reachable::Part& inside = answer_.from_inside;
        for (const MunicipalRoute& way : municipal_routes(world_)) {
            if (is_way_out(*way.route)) {
                ask(Asking(facts_, caller_, Way::Internet, nullptr), inside);
            } else if (!is_vouched_for(way) && inside.can == Can::No) {
                inside = {Can::Unknown, {}, beyond(way)};
            }
            if (inside.can == Can::Yes) return;
        }
        for (const cloud::Endpoint& endpoint : world_.endpoints()) {
            if (!is_municipality(world_, endpoint.account) || !carries(endpoint)) continue;
            ask(Asking(facts_, caller_, Way::Endpoint, &endpoint), inside);
            if (inside.can == Can::Yes) return;
        }
    }

    // Of a service with several endpoints it is known for the actions that make a model run which
    // one carries them.
    bool carries(const cloud::Endpoint& endpoint) const {
        const std::string_view carried = carried_service(endpoint.service);
        for (const ModelAction& known : model_actions()) {
            if (equal_ignoring_case(known.action, action_.action)) return known.endpoint == carried;
        }
        const std::string_view service =
            std::string_view(action_.action).substr(0, action_.action.find(':'));
        if (!carried.starts_with(service)) return false;
        const auto rest = carried.substr(service.size());
        return rest.empty() || rest.front() == '.' || rest.front() == '-';
    }

    // Stops at the first request that is allowed.
    void ask(const Asking& asking, Reachable::Part& out) {
        for (const std::string& account : accounts_of(parts_, caller_)) {
            for (const Where& where : places_of(parts_.region)) {
                if (ask(asking, account, where, out)) return;
            }
        }
    }

    Question question(const Asking& asking, const std::string& account, const Where& where) {
        resource_.has_account = !account.empty();
        Question out = asking.question(action_, resource_, where);
        out.resource->at(3) = account;
        if (!account.empty()) {
            out.resource_account = account;
            out.known.set("aws:ResourceAccount", account);
        }
        if (parts_.service != "bedrock" && where.kind == Where::Kind::Anywhere) {
            out.known.set("aws:RequestedRegion", world_.region());  // a global resource
        }
        if (parts_.service == "iam" && action_.action.starts_with("sts:")) {
            // What the caller sends with AssumeRole is its own choice.
            out.free = [others = std::move(out.free)](std::string_view key) {
                const bool own = lower_ascii(key).starts_with("sts:");
                return own ? std::optional(domain_of_key(lower_ascii(key))) : others(key);
            };
        }
        if (is_pattern(parts_.region) && where.kind == Where::Kind::Unknown) {
            const Variable region = std::get<Variable>(out.resource->at(2));
            out.parts[region].one.push_back({Language({wildcards(parts_.region)})});
        }
        return out;
    }

    // True: it is decided that it can.
    bool ask(
        const Asking& asking,
        const std::string& account,
        const Where& where,
        Reachable::Part& out
    ) {
        const Question asked = question(asking, account, where);
        const iam::PolicySet policies = asking.policies(asked);
        KeyUses uses;
        uses.add(policies, anatomies_);
        Symbolic symbolic(asked, anatomies_, uses);
        const Formula allowed = allowed_in(world_, symbolic, policies);
        Budget budget(kStepsMax);
        const auto result = search(allowed, symbolic.domains(), budget, answer_.size);
        if (std::holds_alternative<GaveUp>(result))
            out = {Can::Unknown, {}, gave_up(asking, action_.action)};
        const auto* found = std::get_if<Satisfied>(&result);
        if (!found) return false;
        auto replayed = asking.replay(symbolic, found->values, policies);
        if (!replayed.allowed) {
            out = {Can::Unknown, {}, doubt(*found)};
            return false;
        }
        out = {Can::Yes, std::move(replayed.witness)};
        return true;
    }

    const cloud::World& world_;
    ProofFacts facts_;
    const Caller& caller_;
    Parts parts_;
    ModelAction action_;
    ModelResource resource_;
    Anatomies anatomies_;
    Reachable answer_;
};

}  // namespace

Expected<Reachable, Message> can(
    const cloud::World& world,
    const std::string& principal,
    const std::string& action,
    const std::string& resource
) {
    const auto caller = caller_of(world, principal);
    if (!caller) {
        return Failure{Message{"check.reach.principal"_msg, {{"principal", principal}}}};
    }
    const auto colon = action.find(':');
    if (colon == 0 || colon == action.npos || colon + 1 == action.size() || is_pattern(action)) {
        return Failure{Message{"check.reach.action"_msg, {{"action", action}}}};
    }
    auto parts = parts_of(resource, action);
    if (!parts) return Failure{Message{"check.reach.resource"_msg, {{"resource", resource}}}};
    if (auto unknown = unknown_action(action)) return Failure{*std::move(unknown)};
    return CanQuestion(world, *caller, action, *std::move(parts)).answer();
}

}  // namespace kakehashi::check

#include "check/reachable.h"

#include "base/arn.h"
#include "base/text.h"
#include "check/asking.h"
#include "check/key_shapes.h"

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
            const Asking asking(facts_, caller_, way, nullptr);
            for (const std::string& account : accounts_of(parts_, caller_)) {
                for (const Where& where : places_of(parts_.region)) {
                    if (ask(asking, account, where)) return std::move(answer_);
                }
            }
        }
        return std::move(answer_);
    }

private:
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
    bool ask(const Asking& asking, const std::string& account, const Where& where) {
        const Question asked = question(asking, account, where);
        const iam::PolicySet policies = asking.policies(asked);
        KeyUses uses;
        uses.add(policies, anatomies_);
        Symbolic symbolic(asked, anatomies_, uses);
        const Formula allowed = symbolic.allowed(policies);
        Budget budget(kStepsMax);
        const auto result = search(allowed, symbolic.domains(), budget, answer_.size);
        if (std::holds_alternative<GaveUp>(result)) {
            answer_.can = Reachable::Can::Unknown;
            answer_.why = gave_up(asking, action_.action);
        }
        const auto* found = std::get_if<Satisfied>(&result);
        if (!found) return false;
        auto replayed = asking.replay(symbolic, found->values, policies);
        if (!replayed.allowed) {
            answer_.can = Reachable::Can::Unknown;
            answer_.why = doubt(*found);
            return false;
        }
        answer_.can = Reachable::Can::Yes;
        answer_.witness = std::move(replayed.witness);
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

// --- difference ---

// One principal in two worlds: what `more` lets it do and `less` does not.
class Comparison {
public:
    Comparison(
        const cloud::World& more,
        Caller caller,
        const cloud::World& less,
        std::optional<Caller> other
    )
        : more_(more), less_(less), caller_(std::move(caller)), other_(std::move(other)) {}

    void run(std::vector<Witness>& into, std::vector<Message>& unknown) {
        for (const ModelAction& action : model_actions()) {
            if (auto witness = first_of(action, unknown)) into.push_back(*std::move(witness));
        }
    }

private:
    std::optional<Witness> first_of(const ModelAction& action, std::vector<Message>& unknown) {
        std::optional<Message> open;
        for (const Way way : kWays) {
            const Asking asking(more_, caller_, way, nullptr);
            std::optional<Asking> other;
            if (other_) other.emplace(less_, *other_, way, nullptr);
            for (const ModelResource* resource : action.resources) {
                // What leaves Japan tells most.
                for (const auto kind :
                     {Where::Kind::Anywhere, Where::Kind::Foreign, Where::Kind::Unknown}) {
                    auto witness = ask(asking, other, action, *resource, {kind}, open);
                    if (witness) return witness;
                }
            }
        }
        if (open) unknown.push_back(*std::move(open));
        return std::nullopt;
    }

    std::optional<Witness> ask(
        const Asking& asking,
        const std::optional<Asking>& other,
        const ModelAction& action,
        const ModelResource& resource,
        const Where& where,
        std::optional<Message>& open
    ) {
        const Question question = asking.question(action, resource, where);
        const iam::PolicySet more = asking.policies(question);
        iam::PolicySet less;
        KeyUses uses;
        uses.add(more, anatomies_);
        if (other) {
            less = other->policies(other->question(action, resource, where));
            uses.add(less, anatomies_);
        }
        Symbolic symbolic(question, anatomies_, uses);
        Formula all = symbolic.allowed(more);
        if (all.kind() == Formula::Kind::False) return std::nullopt;
        if (other) all = Formula::all({all, symbolic.allowed(less).negated()});
        Budget budget(kStepsMax);
        SearchSize size;
        const auto result = search(all, symbolic.domains(), budget, size);
        if (std::holds_alternative<GaveUp>(result)) open = gave_up(asking, action.action);
        const auto* found = std::get_if<Satisfied>(&result);
        if (!found) return std::nullopt;
        auto replayed = asking.replay(symbolic, found->values, more);
        const bool fits =
            replayed.allowed && (!other || !other->replay(symbolic, found->values, less).allowed);
        if (fits) return std::move(replayed.witness);
        open = doubt(*found);
        return std::nullopt;
    }

    ProofFacts more_, less_;
    Caller caller_;
    std::optional<Caller> other_;
    Anatomies anatomies_;
};

void compare(
    const cloud::World& more,
    const cloud::World& less,
    std::vector<Witness>& into,
    std::vector<Message>& unknown
) {
    for (const cloud::Role& role : more.roles()) {
        std::optional<Caller> other;
        if (const auto* same = less.role(role.arn)) other = declared_caller(less, *same);
        Comparison(more, declared_caller(more, role), less, std::move(other)).run(into, unknown);
    }
    for (const cloud::User& user : more.users()) {
        std::optional<Caller> other;
        if (const auto* same = less.user(user.arn)) other = declared_caller(less, *same);
        Comparison(more, declared_caller(more, user), less, std::move(other)).run(into, unknown);
    }
}

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
    return CanQuestion(world, *caller, action, *std::move(parts)).answer();
}

Difference difference(const cloud::World& before, const cloud::World& after) {
    Difference out;
    compare(after, before, out.gained, out.unknown);
    compare(before, after, out.lost, out.unknown);
    return out;
}

}  // namespace kakehashi::check

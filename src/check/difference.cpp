#include "check/difference.h"

#include "check/passage.h"
#include "check/search.h"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>

namespace kakehashi::check {
namespace {

constexpr std::size_t kStepsMax = 4'000'000;         // of one principal, or one endpoint
constexpr std::size_t kSharedStepsMax = 40'000'000;  // of one direction
constexpr std::size_t kOrdinarySteps = 100'000;  // that each principal and endpoint has in any case

constexpr std::array kWays = {Way::Internet, Way::Endpoint, Way::Forwarded};

// What leaves Japan tells most; then whatever is new inside.
const std::vector<Asked>& questions() {
    static const std::vector<Asked> kAll = [] {
        std::vector<Asked> out = all_questions();
        for (const ModelAction& action : model_actions()) {
            for (const ModelResource* resource : action.resources) {
                if (resource->place == ModelResource::Place::Region)
                    out.push_back({&action, resource, {Where::Kind::Unknown}});
            }
        }
        return out;
    }();
    return kAll;
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

// What `more` lets pass and `less` does not.
class Comparison {
public:
    Comparison(const cloud::World& more, const cloud::World& less)
        : more_(more),
          less_(less),
          more_facts_(more),
          less_facts_(less),
          less_routes_(municipal_routes(less)),
          any_account_(unmentioned_account({&more, &less})) {}

    std::vector<OnlyThere> run(std::vector<Message>& unknown) {
        unknown_ = &unknown;
        for (const cloud::Role& role : more_.roles())
            by_policies(role, less_.role(role.arn));
        for (const cloud::User& user : more_.users())
            by_policies(user, less_.user(user.arn));
        for (const MunicipalRoute& route : municipal_routes(more_))
            by_route(route);
        for (const cloud::Endpoint& endpoint : more_.endpoints()) {
            const bool here = is_municipality(more_, endpoint.account) &&
                              endpoint.kind == cloud::Endpoint::Kind::Interface;
            if (here) by_endpoint(endpoint);
        }
        return std::move(out_);
    }

private:
    enum class Scope { Everything, EndpointAlone };
    using Others = std::vector<std::unique_ptr<Asking>>;  // in `less`; if one allows it, it is old

    template <class Principal>
    void by_policies(const Principal& principal, const Principal* other) {
        open_budget();
        const Caller caller = declared_caller(more_, principal);
        std::optional<Caller> before;
        if (other) before = declared_caller(less_, *other);
        for (const ModelAction& action : model_actions()) {
            auto witness = first_of(action, caller, before);
            if (!witness) continue;
            out_.push_back({OnlyThere::By::Policies, *std::move(witness), principal.where});
        }
    }

    std::optional<Witness> first_of(
        const ModelAction& action,
        const Caller& caller,
        const std::optional<Caller>& before
    ) {
        std::optional<Message> open;
        for (const Way way : kWays) {
            const Asking asking(more_facts_, caller, way, nullptr);
            Others others;
            if (before) {
                others.push_back(std::make_unique<Asking>(less_facts_, *before, way, nullptr));
            }
            for (const Asked& asked : questions()) {
                if (asked.action != &action) continue;
                auto witness = ask(asking, others, asked, Scope::Everything, open);
                if (witness) return witness;
            }
        }
        if (open) unknown_->push_back(*std::move(open));
        return std::nullopt;
    }

    void by_route(const MunicipalRoute& way) {
        const bool known = std::ranges::any_of(less_routes_, [&](const MunicipalRoute& other) {
            const bool covers = other.route->destination.prefix <= way.route->destination.prefix &&
                                other.route->destination.contains(way.route->destination.first);
            if (!covers || !shares_an_account(other.owners, way.owners)) return false;
            return is_way_out(*other.route) || (!is_way_out(*way.route) && !is_vouched_for(other));
        });
        if (known) return;
        if (!is_way_out(*way.route)) {
            if (!is_vouched_for(way)) unknown_->push_back(beyond(way));
            return;
        }
        open_budget();
        std::optional<Message> open;
        const Asking asking(more_facts_, anybody(more_, any_account_), Way::Internet, nullptr);
        auto witness = ask(asking, {}, all_questions().front(), Scope::Everything, open);
        if (witness) {
            out_.push_back({OnlyThere::By::Network, *std::move(witness), way.route->where});
        }
    }

    static bool shares_an_account(const Owners& some, const Owners& others) {
        return std::ranges::any_of(some, [&](const config::Municipality* one) {
            return std::ranges::any_of(others, [&](const config::Municipality* other) {
                return one->account == other->account;
            });
        });
    }

    // A way out lets everything pass already.
    bool was_open(const std::string& account) const {
        return std::ranges::any_of(less_routes_, [&](const MunicipalRoute& way) {
            return is_way_out(*way.route) && way.owners.front()->account == account;
        });
    }

    std::vector<const cloud::Endpoint*> like(const cloud::Endpoint& endpoint) const {
        std::vector<const cloud::Endpoint*> out;
        for (const cloud::Endpoint& each : less_.endpoints()) {
            const bool alike = each.account == endpoint.account && each.kind == endpoint.kind &&
                               carried_service(each.service) == carried_service(endpoint.service);
            if (alike) out.push_back(&each);
        }
        return out;
    }

    bool unchanged(
        const cloud::Endpoint& endpoint,
        const std::vector<const cloud::Endpoint*>& others
    ) const {
        return more_.configuration().twin.switches.endpoint_policy_profile_key ==
                   less_.configuration().twin.switches.endpoint_policy_profile_key &&
               std::ranges::any_of(others, [&](const cloud::Endpoint* other) {
                   if (!other->policy || !endpoint.policy) return !other->policy;
                   return other->id == endpoint.id && other->vpc == endpoint.vpc &&
                          other->policy->document() == endpoint.policy->document();
               });
    }

    void by_endpoint(const cloud::Endpoint& endpoint) {
        const auto others = like(endpoint);
        if (unchanged(endpoint, others) || was_open(endpoint.account)) return;
        std::vector<const Asked*> carried;
        for (const Asked& asked : questions()) {
            if (asked.action->endpoint == carried_service(endpoint.service))
                carried.push_back(&asked);
        }
        if (carried.empty()) return;
        const auto& switches = more_.configuration().twin.switches;
        if (others.empty() && switches.cris_leg_endpoint == config::Presence::Absent) {
            unknown_->push_back({"check.proof.far_legs"_msg, {{"endpoint", endpoint.id}}});
        }
        open_budget();
        NamedCallers named = callers_named_by(more_, endpoint, anatomies_);
        for (const cloud::Endpoint* other : others)
            named.merge(callers_named_by(less_, *other, anatomies_));
        named.accounts.insert(any_account_);
        std::map<const ModelAction*, Message> open;
        std::set<const ModelAction*> told;
        for (const Caller& caller : classes_of(more_, named))
            by_class(endpoint, others, caller, carried, told, open);
        tell_open(endpoint, named, told, open);
    }

    void tell_open(
        const cloud::Endpoint& endpoint,
        const NamedCallers& named,
        const std::set<const ModelAction*>& told,
        const std::map<const ModelAction*, Message>& open
    ) {
        for (const auto& [action, why] : open) {
            if (!told.contains(action)) unknown_->push_back(why);
        }
        if (named.federated) {
            unknown_->push_back({"check.proof.federated"_msg, {{"endpoint", endpoint.id}}});
        }
        if (named.accounts_are_patterns) {
            unknown_->push_back({"check.proof.account_patterns"_msg, {{"endpoint", endpoint.id}}});
        }
    }

    void by_class(
        const cloud::Endpoint& endpoint,
        const std::vector<const cloud::Endpoint*>& others,
        const Caller& caller,
        const std::vector<const Asked*>& carried,
        std::set<const ModelAction*>& told,
        std::map<const ModelAction*, Message>& open
    ) {
        const Asking asking(more_facts_, caller, Way::Endpoint, &endpoint);
        Others before;
        for (const cloud::Endpoint* other : others) {
            before.push_back(std::make_unique<Asking>(less_facts_, caller, Way::Endpoint, other));
        }
        for (const Asked* asked : carried) {
            if (told.contains(asked->action)) continue;
            std::optional<Message> why;
            auto witness = ask(asking, before, *asked, Scope::EndpointAlone, why);
            if (why) open.emplace(asked->action, *std::move(why));
            if (!witness) continue;
            told.insert(asked->action);
            out_.push_back({OnlyThere::By::Network, *std::move(witness), endpoint.where});
        }
    }

    iam::PolicySet policies(const Asking& asking, const Asked& asked, Scope scope) const {
        iam::PolicySet all =
            asking.policies(asking.question(*asked.action, *asked.resource, asked.where));
        return scope == Scope::EndpointAlone ? endpoint_alone(std::move(all)) : all;
    }

    static Asking::Replayed replay(
        const Asking& asking,
        const Symbolic& symbolic,
        const std::vector<Value>& values,
        const iam::PolicySet& policies,
        Scope scope
    ) {
        return scope == Scope::EndpointAlone ? asking.replay_endpoint(symbolic, values, policies)
                                             : asking.replay(symbolic, values, policies);
    }

    // `open`: why it is not decided.
    std::optional<Witness> ask(
        const Asking& asking,
        const Others& others,
        const Asked& asked,
        Scope scope,
        std::optional<Message>& open
    ) {
        if (budget_.exhausted()) {
            open = gave_up(asking, asked.action->action);
            return std::nullopt;
        }
        const Question question = asking.question(*asked.action, *asked.resource, asked.where);
        const iam::PolicySet more = policies(asking, asked, scope);
        std::vector<iam::PolicySet> before;
        KeyUses uses;
        uses.add(more, anatomies_);
        for (const auto& other : others) {
            before.push_back(policies(*other, asked, scope));
            uses.add(before.back(), anatomies_);
        }
        Symbolic symbolic(question, anatomies_, uses);
        std::vector<Formula> all = {allowed_in(more_, symbolic, more)};
        if (all.front().kind() == Formula::Kind::False) return std::nullopt;
        for (const iam::PolicySet& each : before)
            all.push_back(allowed_in(less_, symbolic, each).negated());
        SearchSize size;
        const auto result = search(Formula::all(all), symbolic.domains(), budget_, size);
        if (std::holds_alternative<GaveUp>(result)) open = gave_up(asking, asked.action->action);
        const auto* found = std::get_if<Satisfied>(&result);
        if (!found) return std::nullopt;
        auto replayed = replay(asking, symbolic, found->values, more, scope);
        bool fits = replayed.allowed;
        for (std::size_t i = 0; fits && i < others.size(); ++i)
            fits = !replay(*others[i], symbolic, found->values, before[i], scope).allowed;
        if (fits) return std::move(replayed.witness);
        open = doubt(*found);
        return std::nullopt;
    }

    void open_budget() {
        shared_.spend(budget_.spent());
        budget_ = Budget(std::clamp(shared_.left(), kOrdinarySteps, kStepsMax));
    }

    const cloud::World& more_;
    const cloud::World& less_;
    ProofFacts more_facts_, less_facts_;
    std::vector<MunicipalRoute> less_routes_;
    Anatomies anatomies_;
    std::string any_account_;
    Budget shared_{kSharedStepsMax}, budget_{kStepsMax};
    std::vector<OnlyThere> out_;
    std::vector<Message>* unknown_ = nullptr;  // of `run`
};

}  // namespace

Difference difference(const cloud::World& before, const cloud::World& after) {
    Difference out;
    out.gained = Comparison(after, before).run(out.unknown);
    out.lost = Comparison(before, after).run(out.unknown);
    return out;
}

}  // namespace kakehashi::check

#include "base/arn.h"
#include "base/text.h"
#include "check/judgement.h"
#include "check/passage.h"
#include "config/configuration.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

// "Nothing leaves Japan": every caller, every action that makes a model run, every resource, every
// context (docs/proof.md).
namespace kakehashi::check {
namespace {

constexpr std::size_t kStepsMax = 8'000'000;  // of all questions about one caller or endpoint
// Of all callers and endpoints together: what is intricate about many of them has to share, and
// each has enough for what is ordinary.
constexpr std::size_t kSharedStepsMax = 40'000'000;
constexpr std::size_t kOrdinarySteps = 100'000;
constexpr std::size_t kDoubtsMax = 20;   // of one part; nobody reads more
constexpr std::size_t kCallersMax = 64;  // that one endpoint lets through, one by one

bool acts_on_models(const iam::Policy& policy, std::size_t statement) {
    const auto& actions = model_actions();
    return std::any_of(actions.begin(), actions.end(), [&](const ModelAction& action) {
        return iam::acts_on(policy, statement, action.action);
    });
}

std::set<const ModelAction*> allowed_actions(const std::vector<iam::Policy>& identity) {
    std::set<const ModelAction*> out;
    for (const ModelAction& action : model_actions()) {
        const bool allowed = std::any_of(identity.begin(), identity.end(), [&](const auto& policy) {
            return some_allow(policy, [&](std::size_t statement) {
                return iam::acts_on(policy, statement, action.action);
            });
        });
        if (allowed) out.insert(&action);
    }
    return out;
}

Doubt unknown(Location where, Message why) {
    return {Verdict::Unknown, {}, std::move(where), std::move(why)};
}

bool refuted(const std::optional<Doubt>& doubt) {
    return doubt && doubt->verdict == Verdict::Refuted;
}

// The first of the worst.
void keep(std::optional<Doubt>& worst, Doubt doubt) {
    if (refuted(worst)) return;
    if (worst && doubt.verdict != Verdict::Refuted) return;
    worst = std::move(doubt);
}

enum class Scope { Everything, EndpointAlone };

class Prover {
public:
    explicit Prover(const cloud::World& world)
        : world_(world), facts_(world), any_account_(unmentioned_account({&world})) {
        for (const cloud::Role& role : world.roles())
            declared_.emplace(role.arn, Declared{&role});
        for (const cloud::User& user : world.users())
            declared_.emplace(user.arn, Declared{nullptr, &user});
    }

    ResidencyProof prove() {
        for (const cloud::Role& role : world_.roles())
            prove_caller(declared_caller(world_, role), role.identity);
        for (const cloud::User& user : world_.users())
            prove_caller(declared_caller(world_, user), user.identity);
        for (const MunicipalRoute& route : municipal_routes(world_))
            prove_route(route);
        for (const cloud::Endpoint& endpoint : world_.endpoints()) {
            const bool here = is_municipality(world_, endpoint.account) &&
                              endpoint.kind == cloud::Endpoint::Kind::Interface;
            if (here) prove_endpoint(endpoint);
        }
        for (auto* part : {&proof_.iam, &proof_.network, &proof_.both})
            sort(part->doubts);
        return std::move(proof_);
    }

private:
    struct Declared {
        const cloud::Role* role = nullptr;
        const cloud::User* user = nullptr;
        Verdict by_iam = Verdict::Proven;
    };

    // A budget for the next caller or endpoint.
    void open_budget() {
        shared_.spend(budget_.spent());
        budget_ = Budget(std::clamp(shared_.left(), kOrdinarySteps, kStepsMax));
    }

    static void sort(std::vector<Doubt>& doubts) {
        std::stable_sort(doubts.begin(), doubts.end(), [](const Doubt& a, const Doubt& b) {
            return a.verdict == Verdict::Refuted && b.verdict != Verdict::Refuted;
        });
    }
    static void add(ResidencyProof::Part& part, Doubt doubt) {
        part.verdict = worse(part.verdict, doubt.verdict);
        if (part.doubts.size() < kDoubtsMax) part.doubts.push_back(std::move(doubt));
    }

    // --- one question ---

    // nullopt: no request that fits is allowed.
    std::optional<Doubt> ask(const Asking& asking, const Asked& asked, Scope scope);
    std::optional<Doubt> ask_exactly(const Asking& asking, const Asked& asked, Scope scope);
    Doubt doubt_of(
        const Asking& asking,
        const Asked& asked,
        const Symbolic& symbolic,
        const Satisfied& found,
        const iam::PolicySet& policies,
        Scope scope
    ) const;
    Doubt gave_up(const Asking& asking, const Asked& asked) const;
    bool through_a_wrong_profile(const Asked& asked, const Doubt& doubt) const;
    std::vector<std::string> foreign_regions() const;

    // --- the parts ---

    using Actions = std::set<const ModelAction*>;
    using Policies = std::vector<iam::Policy>;
    void prove_caller(const Caller& caller, const Policies& identity);
    void ask_caller(
        const Asking& asking,
        const Actions& actions,
        const Policies& identity,
        std::optional<Doubt>& worst
    );
    bool may_be_allowed(const Asking& asking, const Asked& asked, const Policies& identity);
    std::vector<Way> ways_of(const Caller& caller);
    static Location where_of(const Caller& caller) {
        if (caller.session.role) return caller.session.role->where;
        return caller.session.user ? caller.session.user->where : Location{};
    }
    void prove_route(const MunicipalRoute& out);
    void prove_endpoint(const cloud::Endpoint& endpoint);
    std::vector<const Asked*> questions_through(const cloud::Endpoint& endpoint);
    struct EndpointCase;
    void ask_everybody(EndpointCase& one);
    void ask_class(EndpointCase& one, Caller caller);
    void ask_undeclared(EndpointCase& one, Caller& caller, const Asked& asked);
    std::optional<Doubt> ask_through(
        const cloud::Endpoint& endpoint,
        const Caller& caller,
        const Asked& asked,
        Scope scope
    );
    void ask_declared(EndpointCase& one, const std::string& arn);
    void conclude(const EndpointCase& one);

    const cloud::World& world_;
    ProofFacts facts_;
    Anatomies anatomies_;
    std::map<std::string, Declared> declared_;  // by ARN
    std::string any_account_;                   // that nobody speaks of
    Budget shared_{kSharedStepsMax};            // by all callers and endpoints
    Budget budget_{kStepsMax};                  // of the one that is asked about
    ResidencyProof proof_;
};

// --- one question ---

std::vector<std::string> Prover::foreign_regions() const {
    const auto& allowed = world_.configuration().bedrock.allowed_regions;
    std::vector<std::string> out;
    for (const aws::Region& region : aws::commercial_regions()) {
        const bool stays = std::find(allowed.begin(), allowed.end(), region.id) != allowed.end();
        if (!stays) out.push_back(region.id);
    }
    return out;
}

// Any Region at once finds that there is none. If there is one, the profile that leads there has to
// be one that does, and that takes a Region.
std::optional<Doubt> Prover::ask(const Asking& asking, const Asked& asked, Scope scope) {
    auto doubt = ask_exactly(asking, asked, scope);
    if (!doubt || !through_a_wrong_profile(asked, *doubt)) return doubt;
    std::optional<Doubt> unknown;
    Asked each = asked;
    std::vector<Where> places;
    for (const std::string& region : foreign_regions())
        places.push_back({Where::Kind::Region, region});
    places.push_back({Where::Kind::Elsewhere});
    for (Where& place : places) {
        each.where = std::move(place);
        auto one = ask_exactly(asking, each, scope);
        if (!one) continue;
        if (one->verdict == Verdict::Refuted) return one;
        unknown = std::move(one);
    }
    return unknown;
}

bool Prover::through_a_wrong_profile(const Asked& asked, const Doubt& doubt) const {
    if (asked.where.kind != Where::Kind::Foreign || !doubt.witness) return false;
    const auto model = parse_arn(doubt.witness->resource);
    for (const auto& [key, values] : doubt.witness->context) {
        if (!equal_ignoring_case(key, "bedrock:InferenceProfileArn") || values.empty()) continue;
        const auto* destinations = facts_.destinations_of(values.front());
        if (destinations && model && !destinations->contains(model->region)) return true;
    }
    return false;
}

std::optional<Doubt> Prover::ask_exactly(const Asking& asking, const Asked& asked, Scope scope) {
    if (budget_.exhausted()) return gave_up(asking, asked);
    const Question question = asking.question(*asked.action, *asked.resource, asked.where);
    iam::PolicySet policies = asking.policies(question);
    if (scope == Scope::EndpointAlone) {
        policies = endpoint_alone(std::move(policies));
    }
    KeyUses uses;
    uses.add(policies, anatomies_);
    Symbolic symbolic(question, anatomies_, uses);
    ++proof_.searched;
    const Formula all = allowed_in(world_, symbolic, policies);
    if (all.kind() == Formula::Kind::False) return std::nullopt;
    const SearchResult result = search(all, symbolic.domains(), budget_, proof_.size);
    if (std::holds_alternative<Unsatisfiable>(result)) return std::nullopt;
    if (const auto* found = std::get_if<Satisfied>(&result)) {
        return doubt_of(asking, asked, symbolic, *found, policies, scope);
    }
    return gave_up(asking, asked);
}

Doubt Prover::gave_up(const Asking& asking, const Asked& asked) const {
    return unknown(
        {},
        {"check.proof.gave_up"_msg,
         {{"principal", asking.caller().session.principal_arn},
          {"action", asked.action->action},
          {"steps", std::to_string(budget_.spent())}}}
    );
}

Doubt Prover::doubt_of(
    const Asking& asking,
    const Asked& asked,
    const Symbolic& symbolic,
    const Satisfied& found,
    const iam::PolicySet& policies,
    Scope scope
) const {
    const auto replayed = scope == Scope::Everything
                              ? asking.replay(symbolic, found.values, policies)
                              : asking.replay_endpoint(symbolic, found.values, policies);
    std::vector<std::pair<std::string, std::string>> fields = {
        {"principal", replayed.witness.principal},
        {"action", asked.action->action},
        {"resource", replayed.witness.resource}};
    if (replayed.allowed) {
        Doubt out{Verdict::Refuted, replayed.witness, {}, {"check.proof.opens"_msg, fields}};
        // Where it is opened: by the endpoint for anybody, by its own statement for the declared.
        const auto opens =
            asking.caller().unlimited ? iam::PolicyType::Endpoint : iam::PolicyType::Identity;
        for (const iam::StatementMatch& match : replayed.statements) {
            const bool allows = match.policy.effect(match.statement) == iam::Effect::Allow;
            if (!allows || match.type != opens || !out.where.file.empty()) continue;
            out.where = world_.where(match);
        }
        return out;
    }
    if (!found.constructs.empty()) {
        const Problem& construct = found.constructs.front();
        return {Verdict::Unknown, {}, construct.where, construct.what};
    }
    return {Verdict::Unknown, {}, {}, {"check.proof.replay"_msg, fields}};
}

// --- by IAM ---

std::vector<Way> Prover::ways_of(const Caller& caller) {
    const Asking any(facts_, caller, Way::Internet, nullptr);
    const Asked& first = all_questions().front();
    KeyUses uses;
    const Question question = any.question(*first.action, *first.resource, first.where);
    uses.add(any.policies(question), anatomies_, acts_on_models);
    if (!asks_about_network(uses)) return {Way::Internet};
    return {Way::Endpoint, Way::Internet, Way::Forwarded};
}

// Most resources are in no Allow: that is seen without a search.
bool Prover::may_be_allowed(const Asking& asking, const Asked& asked, const Policies& identity) {
    const Question question = asking.question(*asked.action, *asked.resource, asked.where);
    const KeyUses none;
    Symbolic glance(question, anatomies_, none);
    return std::any_of(identity.begin(), identity.end(), [&](const iam::Policy& policy) {
        return some_allow(policy, [&](std::size_t i) { return glance.may_bear(policy, i); });
    });
}

void Prover::ask_caller(
    const Asking& asking,
    const Actions& actions,
    const Policies& identity,
    std::optional<Doubt>& worst
) {
    for (const Asked& asked : all_questions()) {
        if (!actions.contains(asked.action) || !may_be_allowed(asking, asked, identity)) continue;
        auto doubt = ask(asking, asked, Scope::Everything);
        if (!doubt) continue;
        keep(worst, *std::move(doubt));
        if (refuted(worst) || budget_.exhausted()) return;
    }
}

void Prover::prove_caller(const Caller& caller, const Policies& identity) {
    proof_.questions += all_questions().size();
    const Actions actions = allowed_actions(identity);
    if (actions.empty()) return;
    open_budget();
    std::optional<Doubt> worst;
    for (const Way way : ways_of(caller)) {
        ask_caller(Asking(facts_, caller, way, nullptr), actions, identity, worst);
        // Without a doubt, what is left unasked would pass for proven.
        if (worst && (budget_.exhausted() || refuted(worst))) break;
    }
    if (!worst) return;
    declared_.at(caller.session.principal_arn).by_iam = worst->verdict;
    if (worst->where.file.empty()) worst->where = where_of(caller);
    add(proof_.iam, *std::move(worst));
}

// --- by the network ---

void Prover::prove_route(const MunicipalRoute& out) {
    if (is_way_out(*out.route)) {
        const Asking asking(facts_, anybody(world_, any_account_), Way::Internet, nullptr);
        auto doubt = ask(asking, all_questions().front(), Scope::Everything);
        if (!doubt) return;
        doubt->where = out.route->where;
        doubt->why = {"check.proof.route"_msg, {{"municipality", out.owners.front()->name}}};
        add(proof_.network, *doubt);
        add(proof_.both, *std::move(doubt));
        return;
    }
    if (is_vouched_for(out)) return;
    const Doubt doubt = unknown(out.route->where, beyond(out));
    add(proof_.network, doubt);
    add(proof_.both, doubt);
}

struct Prover::EndpointCase {
    const cloud::Endpoint* endpoint;
    std::vector<const Asked*> questions;  // that its policy does not rule out by the resource alone
    std::optional<Doubt> network, both;   // the worst of each
    std::set<std::string> candidates;     // declared principals that it lets through

    void keep_in_both(const Doubt& doubt) {
        keep(network, doubt);
        keep(both, doubt);
    }
    bool settled() const { return refuted(network) && refuted(both); }
};

std::optional<Doubt> Prover::ask_through(
    const cloud::Endpoint& endpoint,
    const Caller& caller,
    const Asked& asked,
    Scope scope
) {
    const Asking asking(facts_, caller, Way::Endpoint, &endpoint);
    return ask(asking, asked, scope);
}

void Prover::ask_class(EndpointCase& one, Caller caller) {
    for (const Asked* asked : one.questions) {
        if (one.settled()) return;
        auto opened = ask_through(*one.endpoint, caller, *asked, Scope::EndpointAlone);
        if (!opened) continue;
        keep(one.network, *std::move(opened));
        ask_undeclared(one, caller, *asked);
    }
}

namespace {

std::string principal_arn_of(const Doubt& doubt, const Caller& caller) {
    std::string out = caller.session.principal_arn;
    if (!doubt.witness) return out;
    for (const auto& [key, values] : doubt.witness->context) {
        if (key == "aws:PrincipalArn") out = values.front();
    }
    return out;
}

}  // namespace

// The declared principals among those whom a class stands for are taken out one by one: they have
// but their own rights.
void Prover::ask_undeclared(EndpointCase& one, Caller& caller, const Asked& asked) {
    for (std::size_t round = 0; !refuted(one.both); ++round) {
        auto doubt = ask_through(*one.endpoint, caller, asked, Scope::Everything);
        if (!doubt) return;
        const std::string arn = principal_arn_of(*doubt, caller);
        if (!declared_.contains(arn)) return keep(one.both, *std::move(doubt));
        one.candidates.insert(caller.session_name.empty() ? arn : caller.session.arn);
        if (!caller.any_of) return;
        if (round == kCallersMax) {
            const Message why{"check.proof.many_callers"_msg, {{"endpoint", one.endpoint->id}}};
            return keep(one.both, unknown(one.endpoint->where, why));
        }
        caller.any_of->one.push_back({Language::exactly(arn), false});
    }
}

void Prover::ask_declared(EndpointCase& one, const std::string& arn) {
    Caller caller;
    const auto found = declared_.find(arn);
    if (found == declared_.end()) {  // a session of a declared role
        caller.session = cloud::declared_session(world_, arn, TimePoint{});
        const cloud::Role& role = *caller.session.role;
        const auto session = caller.session;
        caller = declared_caller(world_, role);
        caller.session = session;
        caller.session_name = session.arn.substr(session.arn.rfind('/') + 1);
    } else if (found->second.role) {
        caller = declared_caller(world_, *found->second.role);
    } else {
        caller = declared_caller(world_, *found->second.user);
    }
    if (declared_.at(caller.session.principal_arn).by_iam == Verdict::Proven) return;
    const Asking asking(facts_, caller, Way::Endpoint, one.endpoint);
    for (const Asked* asked : one.questions) {
        if (refuted(one.both)) return;
        if (auto doubt = ask(asking, *asked, Scope::Everything)) keep(one.both, *std::move(doubt));
    }
}

std::vector<const Asked*> Prover::questions_through(const cloud::Endpoint& endpoint) {
    const Asking asking(facts_, anybody(world_, any_account_), Way::Endpoint, &endpoint);
    std::vector<const Asked*> out;
    for (const Asked& asked : all_questions()) {
        if (asked.action->endpoint != carried_service(endpoint.service)) continue;
        ++proof_.questions;
        const bool may =
            !endpoint.policy || may_let_through(*endpoint.policy, asking, asked, anatomies_);
        if (may) out.push_back(&asked);
    }
    return out;
}

void Prover::prove_endpoint(const cloud::Endpoint& endpoint) {
    open_budget();
    EndpointCase one{&endpoint, questions_through(endpoint), {}, {}, {}};
    // Then the legs of other Regions do not pass here, and the policy says nothing of them.
    if (world_.configuration().twin.switches.cris_leg_endpoint == config::Presence::Absent) {
        const Doubt doubt =
            unknown(endpoint.where, {"check.proof.far_legs"_msg, {{"endpoint", endpoint.id}}});
        add(proof_.network, doubt);
        return add(proof_.both, doubt);
    }
    if (one.questions.empty()) return;
    ask_everybody(one);
    conclude(one);
}

void Prover::ask_everybody(EndpointCase& one) {
    const cloud::Endpoint& endpoint = *one.endpoint;
    NamedCallers named = callers_named_by(world_, endpoint, anatomies_);
    named.accounts.insert(any_account_);
    if (named.federated) {
        one.keep_in_both(unknown(
            world_.where(*endpoint.policy),
            {"check.proof.federated"_msg, {{"endpoint", endpoint.id}}}
        ));
    }
    for (Caller& caller : classes_of(world_, named)) {
        if (one.settled()) break;
        ask_class(one, std::move(caller));
    }
    for (const std::string& arn : one.candidates)
        ask_declared(one, arn);
    if (named.accounts_are_patterns) {
        one.keep_in_both(unknown(
            endpoint.where, {"check.proof.account_patterns"_msg, {{"endpoint", endpoint.id}}}
        ));
    }
}

void Prover::conclude(const EndpointCase& one) {
    const auto conclude_part = [&](ResidencyProof::Part& part, std::optional<Doubt> doubt) {
        if (!doubt) return;
        const bool nowhere = doubt->where.file.empty() || !one.endpoint->policy;
        if (nowhere) doubt->where = one.endpoint->where;
        add(part, *std::move(doubt));
    };
    conclude_part(proof_.network, one.network);
    conclude_part(proof_.both, one.both);
}

}  // namespace

ResidencyProof prove_residency(const cloud::World& world) {
    return Prover(world).prove();
}

}  // namespace kakehashi::check

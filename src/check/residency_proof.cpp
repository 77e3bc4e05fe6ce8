#include "base/arn.h"
#include "base/json.h"
#include "base/text.h"
#include "check/asking.h"
#include "check/judgement.h"
#include "check/key_shapes.h"
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
constexpr std::size_t kDoubtsMax = 20;        // of one part; nobody reads more
constexpr std::size_t kCallersMax = 64;       // that one endpoint lets through, one by one
constexpr std::size_t kAccountDigits = 12;

const iam::Policy& everything() {
    static const iam::Policy kEverything = *iam::parse_policy(
        R"({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
        "everything",
        iam::PolicyType::Identity
    );
    return kEverything;
}

// A FIPS endpoint carries what its service does.
std::string_view carried_service(std::string_view endpoint_service) {
    constexpr std::string_view kFips = "-fips";
    if (endpoint_service.ends_with(kFips)) endpoint_service.remove_suffix(kFips.size());
    return endpoint_service;
}

// Every run of twelve digits: an account is written in many ways, in ARNs and alone.
std::set<std::string> account_ids_in(std::string_view text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    std::set<std::string> out;
    for (auto at = text.begin(); at != text.end();) {
        const auto first = std::find_if(at, text.end(), digit);
        const auto last = std::find_if_not(first, text.end(), digit);
        if (last - first == static_cast<std::ptrdiff_t>(kAccountDigits)) out.emplace(first, last);
        at = last;
    }
    return out;
}

std::string written(const iam::Policy& policy) {
    return json::serialize(policy.document());
}

// An account that nothing here speaks of, to stand for all those.
std::string unmentioned_account(const cloud::World& world) {
    std::set<std::string> mentioned;
    for (const cloud::Account& account : world.accounts())
        mentioned.insert(account.id);
    if (const auto& organization = world.organization()) {
        mentioned.insert(organization->management_account);
        for (const auto& [account, membership] : organization->members)
            mentioned.insert(account);
    }
    for (const cloud::Endpoint& endpoint : world.endpoints()) {
        if (endpoint.policy) mentioned.merge(account_ids_in(written(*endpoint.policy)));
    }
    std::uint64_t id = 999'999'999'999;
    while (mentioned.contains(std::to_string(id)))
        --id;
    return std::to_string(id);
}

struct Asked {
    const ModelAction* action;
    const ModelResource* resource;
    Where where;
};

// The most telling first: a counterexample with `global.` needs nothing but a wrong model id.
const std::vector<Asked>& all_questions() {
    static const std::vector<Asked> kAll = [] {
        using Kind = Where::Kind;
        std::vector<Asked> out;
        const auto add = [&](Kind kind, const auto& fits) {
            for (const ModelAction& action : model_actions()) {
                for (const ModelResource* resource : action.resources) {
                    if (fits(*resource)) out.push_back({&action, resource, {kind}});
                }
            }
        };
        const auto has_region = [](const ModelResource& resource) {
            return resource.place == ModelResource::Place::Region;
        };
        add(Kind::Anywhere,
            [](const auto& resource) { return resource.name == "foundation-model"; });
        add(Kind::Foreign, has_region);
        add(Kind::Unknown, [&](const auto& resource) { return !has_region(resource); });
        return out;
    }();
    return kAll;
}

bool acts_on_models(const iam::Policy& policy, std::size_t statement) {
    const auto& actions = model_actions();
    return std::any_of(actions.begin(), actions.end(), [&](const ModelAction& action) {
        return iam::acts_on(policy, statement, action.action);
    });
}

enum class Scope { Everything, EndpointAlone };

class Prover {
public:
    explicit Prover(const cloud::World& world)
        : world_(world), facts_(world), any_account_(unmentioned_account(world)) {
        for (const cloud::Role& role : world.roles())
            declared_.emplace(role.arn, Declared{&role});
        for (const cloud::User& user : world.users())
            declared_.emplace(user.arn, Declared{nullptr, &user});
        for (const auto& municipality : world.configuration().municipalities)
            municipalities_[municipality.account].push_back(&municipality);
    }

    ResidencyProof prove() {
        for (const cloud::Role& role : world_.roles())
            prove_caller(declared_caller(world_, role), role.identity);
        for (const cloud::User& user : world_.users())
            prove_caller(declared_caller(world_, user), user.identity);
        prove_routes();
        for (const cloud::Endpoint& endpoint : world_.endpoints()) {
            const bool here = municipalities_.contains(endpoint.account) &&
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
    Formula formula(Symbolic& symbolic, const iam::PolicySet& policies) const;
    Doubt doubt_of(
        const Asking& asking,
        const Asked& asked,
        const Symbolic& symbolic,
        const Satisfied& found,
        const iam::PolicySet& policies,
        Scope scope
    ) const;
    bool through_a_wrong_profile(const Asked& asked, const Doubt& doubt) const;
    std::vector<std::string> foreign_regions() const;

    // --- the parts ---

    void prove_caller(const Caller& caller, const std::vector<iam::Policy>& identity);
    std::vector<Way> ways_of(const Caller& caller);
    static Location where_of(const Caller& caller) {
        if (caller.session.role) return caller.session.role->where;
        return caller.session.user ? caller.session.user->where : Location{};
    }
    void prove_routes();
    using Owners = std::vector<const config::Municipality*>;  // of one account, or of one VPC
    void prove_route(const cloud::Route& route, const Owners& owners);
    Caller anybody() const {
        return unlimited_caller(world_, "arn:aws:iam::" + any_account_ + ":role/anybody");
    }
    void prove_endpoint(const cloud::Endpoint& endpoint);
    struct EndpointCase;
    void ask_class(EndpointCase& one, Caller caller);
    void ask_declared(EndpointCase& one, const std::string& arn);
    std::vector<Caller> classes_of(const cloud::Endpoint& endpoint, bool& accounts_are_patterns);

    const cloud::World& world_;
    ProofFacts facts_;
    Anatomies anatomies_;
    std::map<std::string, Declared> declared_;      // by ARN
    std::map<std::string, Owners> municipalities_;  // by account
    std::string any_account_;                       // that nobody speaks of
    Budget budget_{kStepsMax};                      // what is left of it
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
        const auto arn = parse_arn(values.front());
        const std::string id = arn ? arn->resource.substr(arn->resource.find('/') + 1) : "";
        const auto* profile = world_.catalog().profile(id);
        if (profile && model && !profile->destinations.contains(model->region)) return true;
    }
    return false;
}

// What the twin's switches say of endpoint policies is said here too.
Formula Prover::formula(Symbolic& symbolic, const iam::PolicySet& policies) const {
    const bool without_profile =
        policies.endpoint && world_.configuration().twin.switches.endpoint_policy_profile_key ==
                                 config::Presence::Absent;
    if (!without_profile) return symbolic.allowed(policies);
    iam::PolicySet others = policies;
    others.endpoint.reset();
    iam::PolicySet endpoint;
    endpoint.identity = {everything()};
    endpoint.endpoint = policies.endpoint;
    const Formula rest = symbolic.allowed(others);
    symbolic.hide("bedrock:inferenceprofilearn");
    const Formula through = symbolic.allowed(endpoint);
    symbolic.hide("");
    return Formula::all({rest, through});
}

std::optional<Doubt> Prover::ask_exactly(const Asking& asking, const Asked& asked, Scope scope) {
    const Question question = asking.question(*asked.action, *asked.resource, asked.where);
    iam::PolicySet policies = asking.policies(question);
    if (scope == Scope::EndpointAlone) {
        iam::PolicySet alone;
        alone.identity = {everything()};
        alone.endpoint = std::move(policies.endpoint);
        policies = std::move(alone);
    }
    KeyUses uses;
    uses.add(policies, anatomies_);
    Symbolic symbolic(question, anatomies_, uses);
    ++proof_.searched;
    const Formula all = formula(symbolic, policies);
    if (all.kind() == Formula::Kind::False) return std::nullopt;
    const SearchResult result = search(all, symbolic.domains(), budget_, proof_.size);
    if (std::holds_alternative<Unsatisfiable>(result)) return std::nullopt;
    if (const auto* found = std::get_if<Satisfied>(&result)) {
        return doubt_of(asking, asked, symbolic, *found, policies, scope);
    }
    return Doubt{
        Verdict::Unknown,
        {},
        {},
        {"check.proof.gave_up"_msg,
         {{"principal", asking.caller().session.principal_arn},
          {"action", asked.action->action},
          {"steps", std::to_string(kStepsMax)}}}};
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

void Prover::prove_caller(const Caller& caller, const std::vector<iam::Policy>& identity) {
    proof_.questions += all_questions().size();
    std::set<const ModelAction*> allowed;
    for (const ModelAction& action : model_actions()) {
        for (const iam::Policy& policy : identity) {
            for (std::size_t i = 0; i < policy.statement_count(); ++i) {
                const bool allows = policy.effect(i) == iam::Effect::Allow;
                if (allows && iam::acts_on(policy, i, action.action)) allowed.insert(&action);
            }
        }
    }
    if (allowed.empty()) return;
    budget_ = Budget(kStepsMax);
    std::optional<Doubt> worst;
    for (const Way way : ways_of(caller)) {
        const Asking asking(facts_, caller, way, nullptr);
        for (const Asked& asked : all_questions()) {
            if (!allowed.contains(asked.action)) continue;
            // Most resources are in no Allow: that is seen without a search.
            const Question question = asking.question(*asked.action, *asked.resource, asked.where);
            const KeyUses none;
            Symbolic glance(question, anatomies_, none);
            const bool may = std::any_of(identity.begin(), identity.end(), [&](const auto& policy) {
                for (std::size_t i = 0; i < policy.statement_count(); ++i) {
                    const bool allows = policy.effect(i) == iam::Effect::Allow;
                    if (allows && glance.may_bear(policy, i)) return true;
                }
                return false;
            });
            if (!may) continue;
            auto doubt = ask(asking, asked, Scope::Everything);
            if (!doubt) continue;
            const bool refuted = doubt->verdict == Verdict::Refuted;
            if (refuted || !worst) worst = std::move(doubt);
            if (refuted || budget_.exhausted()) break;
        }
        // Without a doubt, what is left unasked would pass for proven.
        if (worst && (budget_.exhausted() || worst->verdict == Verdict::Refuted)) break;
    }
    if (!worst) return;
    declared_.at(caller.session.principal_arn).by_iam = worst->verdict;
    if (worst->where.file.empty()) worst->where = where_of(caller);
    add(proof_.iam, *std::move(worst));
}

// --- by the network ---

void Prover::prove_routes() {
    std::map<std::string, const cloud::Vpc*> vpcs;
    for (const cloud::Vpc& vpc : world_.vpcs())
        vpcs.emplace(vpc.id, &vpc);
    std::map<std::string, Owners> existing;
    for (const config::Municipality& municipality : world_.configuration().municipalities) {
        const auto* vpc = std::get_if<config::ExistingVpc>(&municipality.vpc);
        if (vpc) existing[vpc->id].push_back(&municipality);
    }
    for (const cloud::RouteTable& table : world_.route_tables()) {
        const auto vpc = vpcs.find(table.vpc);
        const Owners* owners = nullptr;
        if (const auto found = existing.find(table.vpc); found != existing.end()) {
            owners = &found->second;
        } else if (vpc != vpcs.end()) {
            const auto account = municipalities_.find(vpc->second->account);
            if (account != municipalities_.end()) owners = &account->second;
        }
        if (!owners) continue;
        for (const cloud::Route& route : table.routes)
            prove_route(route, *owners);
    }
}

// A way out lets anybody's credentials reach any Region; what lies behind a gateway of another kind
// is for the configuration to vouch for: in an account that several municipalities share, by each.
void Prover::prove_route(const cloud::Route& route, const Owners& owners) {
    using Target = cloud::Route::Target;
    const std::string& name = owners.front()->name;
    if (route.target == Target::InternetGateway || route.target == Target::Nat) {
        const Asking asking(facts_, anybody(), Way::Internet, nullptr);
        auto doubt = ask(asking, all_questions().front(), Scope::Everything);
        if (!doubt) return;
        doubt->where = route.where;
        doubt->why = {"check.proof.route"_msg, {{"municipality", name}}};
        add(proof_.network, *doubt);
        add(proof_.both, *std::move(doubt));
        return;
    }
    const auto inside = [&](const std::string& text) {
        const auto network = parse_ipv4_network(text);
        return network && network->prefix <= route.destination.prefix &&
               network->contains(route.destination.first);
    };
    const auto vouches = [&](const config::Municipality* owner) {
        const auto& trusted = owner->trusted_networks;
        return std::any_of(trusted.begin(), trusted.end(), inside);
    };
    if (std::all_of(owners.begin(), owners.end(), vouches)) return;
    const Doubt doubt{
        Verdict::Unknown,
        {},
        route.where,
        {"check.proof.beyond"_msg,
         {{"municipality", name},
          {"network",
           ipv4_text(route.destination.first) + "/" + std::to_string(route.destination.prefix)}}}};
    add(proof_.network, doubt);
    add(proof_.both, doubt);
}

struct Prover::EndpointCase {
    const cloud::Endpoint* endpoint;
    std::vector<const Asked*> questions;  // that its policy does not rule out by the resource alone
    std::optional<Doubt> network, both;   // the worst of each
    std::set<std::string> candidates;     // declared principals that it lets through

    static void keep(std::optional<Doubt>& worst, Doubt doubt) {
        if (worst && worst->verdict == Verdict::Refuted) return;
        if (worst && doubt.verdict != Verdict::Refuted) return;
        worst = std::move(doubt);
    }
    static bool refuted(const std::optional<Doubt>& doubt) {
        return doubt && doubt->verdict == Verdict::Refuted;
    }
};

namespace {

std::string account_in(std::string_view text) {
    for (std::size_t at = 0; at + kAccountDigits <= text.size(); ++at) {
        const auto digits = text.substr(at, kAccountDigits);
        const bool all =
            std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (all) return std::string(digits);
    }
    return "";
}

std::string joined(const iam::PatternPieces& pieces) {
    std::string out;
    for (const iam::PatternPiece& piece : pieces)
        out += piece.kind == iam::PatternPiece::Kind::Text ? piece.text : "*";
    return out;
}

// Accounts that a condition names, and whether it names some by a part of their id.
void read_accounts(const iam::OperandPieces& operand, std::set<std::string>& out, bool& by_part) {
    std::string text;
    if (const auto* pieces = std::get_if<iam::PatternPieces>(&operand)) text = joined(*pieces);
    if (const auto* arn = std::get_if<iam::ArnPieces>(&operand)) {
        text = "arn";
        for (const iam::PatternPieces& part : *arn)
            text += ":" + joined(part);
    }
    const auto parts = split(text, ':');
    const std::string_view account = parts.size() > 4 ? parts[4] : std::string_view(text);
    if (const std::string id = account_in(account); !id.empty()) out.insert(id);
    const bool whole = parts.size() == 1 || parts.size() > 4;
    by_part = by_part || (whole && account.size() > 1 && account.find('*') != account.npos);
}

}  // namespace

// Whom an endpoint's policy can tell apart: those whom it names, the sessions, users and root of
// each account that it names or that belongs to the crossing, and those of any other.
std::vector<Caller> Prover::classes_of(
    const cloud::Endpoint& endpoint,
    bool& accounts_are_patterns
) {
    std::set<std::string> accounts = {
        endpoint.account, world_.configuration().operator_account.account};
    std::set<std::string> named;
    if (endpoint.policy) {
        // Also those of resources, which are their caller's own.
        accounts.merge(account_ids_in(written(*endpoint.policy)));
        for (std::size_t i = 0; i < endpoint.policy->statement_count(); ++i) {
            const auto principals = iam::principals_of(*endpoint.policy, i);
            if (principals) {
                accounts.insert(principals->accounts.begin(), principals->accounts.end());
                named.insert(principals->arns.begin(), principals->arns.end());
            }
            const iam::StatementAnatomy& from = anatomies_.of(*endpoint.policy)[i];
            for (const iam::ArnPieces& resource :
                 from.resources.value_or(std::vector<iam::ArnPieces>{}))
                read_accounts(resource, accounts, accounts_are_patterns);
            for (const auto& condition : from.conditions) {
                const std::string key = lower_ascii(condition.key);
                if (key != "aws:principalaccount" && key != "aws:principalarn" &&
                    key != "aws:resourceaccount")
                    continue;
                for (const iam::OperandPieces& operand : condition.operands)
                    read_accounts(operand, accounts, accounts_are_patterns);
            }
        }
    }
    for (const std::string& arn : named)
        accounts.insert(account_in(arn));
    accounts.erase("");
    accounts.insert(any_account_);
    std::vector<Caller> out;
    for (const std::string& arn : named) {
        Caller& one = out.emplace_back(unlimited_caller(world_, arn));
        const auto parts = split(arn, '/');
        if (arn.find(":assumed-role/") != arn.npos && parts.size() == 3) {
            one.session_name = parts[2];
        }
    }
    for (const std::string& account : accounts) {
        const std::string prefix = "arn:aws:iam::" + account + ":";
        for (const char* kind : {"role/", "user/"}) {
            Caller& one = out.emplace_back(unlimited_caller(world_, prefix + kind + "anybody"));
            SymbolPattern form = literal(prefix + kind);
            form.push_back({Symbol::Kind::AnyCharacterButColon});
            form.push_back({Symbol::Kind::AnyTextButColon});
            std::vector<SymbolPattern> others;
            for (const std::string& arn : named)
                others.push_back(literal(arn));
            Domain& any = one.any_of.emplace();
            any.may_be_missing = false;
            any.one = {{Language({std::move(form)})}, {Language(std::move(others)), false}};
            any.preferred = {prefix + kind + "anybody"};
        }
        out.push_back(unlimited_caller(world_, prefix + "root"));
    }
    return out;
}

// The declared principals among those whom a class stands for are taken out one by one: they have
// but their own rights.
void Prover::ask_class(EndpointCase& one, Caller caller) {
    for (const Asked* asked : one.questions) {
        if (EndpointCase::refuted(one.network) && EndpointCase::refuted(one.both)) return;
        std::optional<Doubt> opened;
        {
            const Asking asking(facts_, caller, Way::Endpoint, one.endpoint);
            opened = ask(asking, *asked, Scope::EndpointAlone);
        }
        if (!opened) continue;
        EndpointCase::keep(one.network, *std::move(opened));
        for (std::size_t round = 0; !EndpointCase::refuted(one.both); ++round) {
            const Asking asking(facts_, caller, Way::Endpoint, one.endpoint);
            auto doubt = ask(asking, *asked, Scope::Everything);
            if (!doubt) break;
            std::string arn = caller.session.principal_arn;
            if (doubt->witness) {
                for (const auto& [key, values] : doubt->witness->context) {
                    if (key == "aws:PrincipalArn") arn = values.front();
                }
            }
            if (!declared_.contains(arn)) {
                EndpointCase::keep(one.both, *std::move(doubt));
                break;
            }
            one.candidates.insert(caller.session_name.empty() ? arn : caller.session.arn);
            if (!caller.any_of) break;
            if (round == kCallersMax) {
                EndpointCase::keep(
                    one.both,
                    {Verdict::Unknown,
                     {},
                     one.endpoint->where,
                     {"check.proof.many_callers"_msg, {{"endpoint", one.endpoint->id}}}}
                );
                break;
            }
            caller.any_of->one.push_back({Language::exactly(arn), false});
        }
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
        if (EndpointCase::refuted(one.both)) return;
        if (auto doubt = ask(asking, *asked, Scope::Everything))
            EndpointCase::keep(one.both, *std::move(doubt));
    }
}

void Prover::prove_endpoint(const cloud::Endpoint& endpoint) {
    budget_ = Budget(kStepsMax);
    EndpointCase one{&endpoint, {}, {}, {}, {}};
    const Asking asking(facts_, anybody(), Way::Endpoint, &endpoint);
    for (const Asked& asked : all_questions()) {
        if (asked.action->endpoint != carried_service(endpoint.service)) continue;
        ++proof_.questions;
        Question question = asking.question(*asked.action, *asked.resource, asked.where);
        bool may = !endpoint.policy;
        if (endpoint.policy) {
            // The resource's account is the caller's, whoever that is.
            if (question.resource && asked.resource->has_account) {
                question.resource->at(3) = static_cast<Variable>(question.parts.size());
                question.parts.emplace_back();
            }
            // Nor is anything else known of the caller.
            question.known = {};
            question.free = [](std::string_view key) { return std::optional(domain_of_key(key)); };
            const KeyUses none;
            Symbolic glance(question, anatomies_, none);
            for (std::size_t i = 0; i < endpoint.policy->statement_count(); ++i) {
                const bool allows = endpoint.policy->effect(i) == iam::Effect::Allow;
                may = may || (allows && glance.may_bear(*endpoint.policy, i));
            }
        }
        if (may) one.questions.push_back(&asked);
    }
    // Then the legs of other Regions do not pass here, and the policy says nothing of them.
    if (world_.configuration().twin.switches.cris_leg_endpoint == config::Presence::Absent) {
        const Doubt doubt{
            Verdict::Unknown,
            {},
            endpoint.where,
            {"check.proof.far_legs"_msg, {{"endpoint", endpoint.id}}}};
        add(proof_.network, doubt);
        return add(proof_.both, doubt);
    }
    if (one.questions.empty()) return;
    // Sessions of federated users are no class of callers here.
    if (endpoint.policy &&
        lower_ascii(written(*endpoint.policy)).find("federated") != std::string::npos) {
        const Doubt doubt{
            Verdict::Unknown,
            {},
            world_.where(*endpoint.policy),
            {"check.proof.federated"_msg, {{"endpoint", endpoint.id}}}};
        EndpointCase::keep(one.network, doubt);
        EndpointCase::keep(one.both, doubt);
    }
    bool accounts_are_patterns = false;
    for (Caller& caller : classes_of(endpoint, accounts_are_patterns)) {
        if (EndpointCase::refuted(one.network) && EndpointCase::refuted(one.both)) break;
        ask_class(one, std::move(caller));
    }
    for (const std::string& arn : one.candidates)
        ask_declared(one, arn);
    if (accounts_are_patterns) {
        const Doubt doubt{
            Verdict::Unknown,
            {},
            endpoint.where,
            {"check.proof.account_patterns"_msg, {{"endpoint", endpoint.id}}}};
        EndpointCase::keep(one.network, doubt);
        EndpointCase::keep(one.both, doubt);
    }
    for (auto* doubt : {&one.network, &one.both}) {
        if (!*doubt) continue;
        const bool nowhere = (*doubt)->where.file.empty() || !endpoint.policy;
        if (nowhere) (*doubt)->where = endpoint.where;
        add(doubt == &one.network ? proof_.network : proof_.both, **doubt);
    }
}

}  // namespace

ResidencyProof prove_residency(const cloud::World& world) {
    return Prover(world).prove();
}

}  // namespace kakehashi::check

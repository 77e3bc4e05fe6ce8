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

template <class Fits>
bool some_allow(const iam::Policy& policy, const Fits& fits) {
    for (std::size_t i = 0; i < policy.statement_count(); ++i) {
        if (policy.effect(i) == iam::Effect::Allow && fits(i)) return true;
    }
    return false;
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

// Whom an endpoint's policy names.
struct NamedCallers {
    std::set<std::string> accounts, arns;
    bool accounts_are_patterns = false;  // some are named by a part of their id
};

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
    void prove_routes();
    using Owners = std::vector<const config::Municipality*>;  // of one account, or of one VPC
    void prove_route(const cloud::Route& route, const Owners& owners);
    Caller anybody() const {
        return unlimited_caller(world_, "arn:aws:iam::" + any_account_ + ":role/anybody");
    }
    void prove_endpoint(const cloud::Endpoint& endpoint);
    std::vector<const Asked*> questions_through(const cloud::Endpoint& endpoint);
    bool may_let_through(const iam::Policy& policy, const Asking& asking, const Asked& asked);
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
    NamedCallers callers_named_by(const cloud::Endpoint& endpoint);
    std::vector<Caller> classes_of(const NamedCallers& named) const;

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
    budget_ = Budget(kStepsMax);
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

    void keep_in_both(const Doubt& doubt) {
        keep(network, doubt);
        keep(both, doubt);
    }
    bool settled() const { return refuted(network) && refuted(both); }
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
void read_accounts(const iam::OperandPieces& operand, NamedCallers& out) {
    std::string text;
    if (const auto* pieces = std::get_if<iam::PatternPieces>(&operand)) text = joined(*pieces);
    if (const auto* arn = std::get_if<iam::ArnPieces>(&operand)) {
        text = "arn";
        for (const iam::PatternPieces& part : *arn)
            text += ":" + joined(part);
    }
    const auto parts = split(text, ':');
    const std::string_view account = parts.size() > 4 ? parts[4] : std::string_view(text);
    if (const std::string id = account_in(account); !id.empty()) out.accounts.insert(id);
    const bool whole = parts.size() == 1 || parts.size() > 4;
    if (whole && account.size() > 1 && account.find('*') != account.npos)
        out.accounts_are_patterns = true;
}

bool names_an_account(const iam::ConditionAnatomy& condition) {
    const std::string key = lower_ascii(condition.key);
    return key == "aws:principalaccount" || key == "aws:principalarn" ||
           key == "aws:resourceaccount";
}

void read_accounts(const iam::StatementAnatomy& from, NamedCallers& out) {
    for (const iam::ArnPieces& resource : from.resources.value_or(std::vector<iam::ArnPieces>{}))
        read_accounts(resource, out);
    for (const iam::ConditionAnatomy& condition : from.conditions) {
        if (!names_an_account(condition)) continue;
        for (const iam::OperandPieces& operand : condition.operands)
            read_accounts(operand, out);
    }
}

void read_principals(const iam::Policy& policy, std::size_t statement, NamedCallers& out) {
    const auto principals = iam::principals_of(policy, statement);
    if (!principals) return;
    out.accounts.insert(principals->accounts.begin(), principals->accounts.end());
    out.arns.insert(principals->arns.begin(), principals->arns.end());
}

Caller named_caller(const cloud::World& world, const std::string& arn) {
    Caller out = unlimited_caller(world, arn);
    const auto parts = split(arn, '/');
    const bool session = arn.find(":assumed-role/") != arn.npos && parts.size() == 3;
    if (session) out.session_name = parts[2];
    return out;
}

// `beginning`: of the ARNs of all roles, or all users, of one account.
Caller anybody_but(
    const std::set<std::string>& named,
    const cloud::World& world,
    const std::string& beginning
) {
    Caller out = unlimited_caller(world, beginning + "anybody");
    SymbolPattern form = literal(beginning);
    form.push_back({Symbol::Kind::AnyCharacterButColon});
    form.push_back({Symbol::Kind::AnyTextButColon});
    std::vector<SymbolPattern> others;
    others.reserve(named.size());
    for (const std::string& arn : named)
        others.push_back(literal(arn));
    Domain& any = out.any_of.emplace();
    any.may_be_missing = false;
    any.one = {{Language({std::move(form)})}, {Language(std::move(others)), false}};
    any.preferred = {beginning + "anybody"};
    return out;
}

}  // namespace

NamedCallers Prover::callers_named_by(const cloud::Endpoint& endpoint) {
    NamedCallers out;
    out.accounts = {endpoint.account, world_.configuration().operator_account.account};
    if (endpoint.policy) {
        // Also those of resources, which are their caller's own.
        out.accounts.merge(account_ids_in(written(*endpoint.policy)));
        for (std::size_t i = 0; i < endpoint.policy->statement_count(); ++i) {
            read_principals(*endpoint.policy, i, out);
            read_accounts(anatomies_.of(*endpoint.policy)[i], out);
        }
    }
    for (const std::string& arn : out.arns)
        out.accounts.insert(account_in(arn));
    out.accounts.erase("");
    out.accounts.insert(any_account_);
    return out;
}

// Whom an endpoint's policy can tell apart: those whom it names, the sessions, users and root of
// each account that it names or that belongs to the crossing, and those of any other.
std::vector<Caller> Prover::classes_of(const NamedCallers& named) const {
    constexpr std::size_t kClassesOfAccount = 3;
    std::vector<Caller> out;
    out.reserve(named.arns.size() + kClassesOfAccount * named.accounts.size());
    for (const std::string& arn : named.arns)
        out.push_back(named_caller(world_, arn));
    for (const std::string& account : named.accounts) {
        const std::string prefix = "arn:aws:iam::" + account + ":";
        out.push_back(anybody_but(named.arns, world_, prefix + "role/"));
        out.push_back(anybody_but(named.arns, world_, prefix + "user/"));
        out.push_back(unlimited_caller(world_, prefix + "root"));
    }
    return out;
}

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

// By the resource alone.
bool Prover::may_let_through(const iam::Policy& policy, const Asking& asking, const Asked& asked) {
    Question question = asking.question(*asked.action, *asked.resource, asked.where);
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
    return some_allow(policy, [&](std::size_t i) { return glance.may_bear(policy, i); });
}

std::vector<const Asked*> Prover::questions_through(const cloud::Endpoint& endpoint) {
    const Asking asking(facts_, anybody(), Way::Endpoint, &endpoint);
    std::vector<const Asked*> out;
    for (const Asked& asked : all_questions()) {
        if (asked.action->endpoint != carried_service(endpoint.service)) continue;
        ++proof_.questions;
        const bool may = !endpoint.policy || may_let_through(*endpoint.policy, asking, asked);
        if (may) out.push_back(&asked);
    }
    return out;
}

void Prover::prove_endpoint(const cloud::Endpoint& endpoint) {
    budget_ = Budget(kStepsMax);
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
    // Sessions of federated users are no class of callers here.
    if (endpoint.policy &&
        lower_ascii(written(*endpoint.policy)).find("federated") != std::string::npos) {
        one.keep_in_both(unknown(
            world_.where(*endpoint.policy),
            {"check.proof.federated"_msg, {{"endpoint", endpoint.id}}}
        ));
    }
    const NamedCallers named = callers_named_by(endpoint);
    for (Caller& caller : classes_of(named)) {
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

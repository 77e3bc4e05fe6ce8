#include "check/passage.h"

#include "base/arn.h"
#include "base/json.h"
#include "base/text.h"
#include "check/key_shapes.h"

#include <map>
#include <utility>

namespace kakehashi::check {
namespace {

constexpr std::size_t kAccountDigits = 12;

const iam::Policy& everything() {
    static const iam::Policy kEverything = *iam::parse_policy(
        R"({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
        "everything",
        iam::PolicyType::Identity
    );
    return kEverything;
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

void note_accounts(const cloud::World& world, std::set<std::string>& mentioned) {
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
}

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

// --- routes ---

std::vector<MunicipalRoute> municipal_routes(const cloud::World& world) {
    std::map<std::string, Owners> by_account, by_vpc;
    for (const config::Municipality& municipality : world.configuration().municipalities) {
        by_account[municipality.account].push_back(&municipality);
        const auto* existing = std::get_if<config::ExistingVpc>(&municipality.vpc);
        if (existing) by_vpc[existing->id].push_back(&municipality);
    }
    for (const cloud::Vpc& vpc : world.vpcs()) {
        const auto owners = by_account.find(vpc.account);
        if (owners != by_account.end()) by_vpc.emplace(vpc.id, owners->second);
    }
    std::vector<MunicipalRoute> out;
    for (const cloud::RouteTable& table : world.route_tables()) {
        const auto owners = by_vpc.find(table.vpc);
        if (owners == by_vpc.end()) continue;
        for (const cloud::Route& route : table.routes)
            out.push_back({&route, owners->second});
    }
    return out;
}

bool is_way_out(const cloud::Route& route) {
    using Target = cloud::Route::Target;
    return route.target == Target::InternetGateway || route.target == Target::Nat;
}

bool is_vouched_for(const MunicipalRoute& out) {
    const Ipv4Network& destination = out.route->destination;
    const auto inside = [&](const std::string& text) {
        const auto network = parse_ipv4_network(text);
        return network && network->prefix <= destination.prefix &&
               network->contains(destination.first);
    };
    return std::ranges::all_of(out.owners, [&](const config::Municipality* owner) {
        return std::ranges::any_of(owner->trusted_networks, inside);
    });
}

Message beyond(const MunicipalRoute& out) {
    const Ipv4Network& network = out.route->destination;
    return {
        "check.proof.beyond"_msg,
        {{"municipality", out.owners.front()->name},
         {"network", ipv4_text(network.first) + "/" + std::to_string(network.prefix)}}};
}

// --- endpoints ---

std::string_view carried_service(std::string_view endpoint_service) {
    constexpr std::string_view kFips = "-fips";
    if (endpoint_service.ends_with(kFips)) endpoint_service.remove_suffix(kFips.size());
    return endpoint_service;
}

bool is_municipality(const cloud::World& world, std::string_view account) {
    return std::ranges::any_of(
        world.configuration().municipalities,
        [&](const config::Municipality& each) { return each.account == account; }
    );
}

iam::PolicySet endpoint_alone(iam::PolicySet policies) {
    iam::PolicySet out;
    out.identity = {everything()};
    out.endpoint = std::move(policies.endpoint);
    return out;
}

Formula allowed_in(const cloud::World& world, Symbolic& symbolic, const iam::PolicySet& policies) {
    const bool without_profile =
        policies.endpoint &&
        world.configuration().twin.switches.endpoint_policy_profile_key == config::Presence::Absent;
    if (!without_profile) return symbolic.allowed(policies);
    iam::PolicySet others = policies;
    others.endpoint.reset();
    const Formula rest = symbolic.allowed(others);
    symbolic.hide("bedrock:inferenceprofilearn");
    const Formula through = symbolic.allowed(endpoint_alone(policies));
    symbolic.hide("");
    return Formula::all({rest, through});
}

bool may_let_through(
    const iam::Policy& policy,
    const Asking& asking,
    const Asked& asked,
    Anatomies& anatomies
) {
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
    Symbolic glance(question, anatomies, none);
    return some_allow(policy, [&](std::size_t i) { return glance.may_bear(policy, i); });
}

// --- callers ---

void NamedCallers::merge(NamedCallers other) {
    accounts.merge(other.accounts);
    arns.merge(other.arns);
    accounts_are_patterns |= other.accounts_are_patterns;
    federated |= other.federated;
}

std::string unmentioned_account(const std::vector<const cloud::World*>& worlds) {
    std::set<std::string> mentioned;
    for (const cloud::World* world : worlds)
        note_accounts(*world, mentioned);
    std::uint64_t id = 999'999'999'999;
    while (mentioned.contains(std::to_string(id)))
        --id;
    return std::to_string(id);
}

Caller anybody(const cloud::World& world, const std::string& account) {
    return unlimited_caller(world, "arn:aws:iam::" + account + ":role/anybody");
}

NamedCallers callers_named_by(
    const cloud::World& world,
    const cloud::Endpoint& endpoint,
    Anatomies& anatomies
) {
    NamedCallers out;
    out.accounts = {endpoint.account, world.configuration().operator_account.account};
    if (endpoint.policy) {
        // Also those of resources, which are their caller's own.
        const std::string text = written(*endpoint.policy);
        out.accounts.merge(account_ids_in(text));
        out.federated = lower_ascii(text).find("federated") != std::string::npos;
        for (std::size_t i = 0; i < endpoint.policy->statement_count(); ++i) {
            read_principals(*endpoint.policy, i, out);
            read_accounts(anatomies.of(*endpoint.policy)[i], out);
        }
    }
    for (const std::string& arn : out.arns)
        out.accounts.insert(account_in(arn));
    out.accounts.erase("");
    return out;
}

std::vector<Caller> classes_of(const cloud::World& world, const NamedCallers& named) {
    constexpr std::size_t kClassesOfAccount = 3;
    std::vector<Caller> out;
    out.reserve(named.arns.size() + kClassesOfAccount * named.accounts.size());
    for (const std::string& arn : named.arns)
        out.push_back(named_caller(world, arn));
    for (const std::string& account : named.accounts) {
        const std::string prefix = "arn:aws:iam::" + account + ":";
        out.push_back(anybody_but(named.arns, world, prefix + "role/"));
        out.push_back(anybody_but(named.arns, world, prefix + "user/"));
        out.push_back(unlimited_caller(world, prefix + "root"));
    }
    return out;
}

}  // namespace kakehashi::check

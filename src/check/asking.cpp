#include "check/asking.h"

#include "aws/catalog.h"
#include "base/arn.h"
#include "base/text.h"
#include "check/key_shapes.h"
#include "cloud/model_access.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace kakehashi::check {
namespace {

constexpr std::string_view kProfileKey = "bedrock:inferenceprofilearn";
constexpr std::string_view kRegionKey = "aws:requestedregion";
constexpr std::string_view kRegionForm = "?*-?*-?*";  // us-east-1; that of every Region so far
constexpr std::string_view kDateForm = "*-*-*T*Z";
constexpr std::string_view kAnyName = "any";

// Noon of some day: the clock's keys are free, and these stand in for what no policy reads.
constexpr TimePoint kNow{std::chrono::seconds(1'795'500'000)};

constexpr std::array<std::string_view, 8> kNetworkKeys = {
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:vpcsourceip",
};
constexpr std::array<std::string_view, 4> kViaKeys = {
    "aws:calledvia",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:viaawsservice",
};

// Of what `cloud::request_context` sets, that which is another in another request.
constexpr std::array<std::string_view, 7> kFreeKeys = {
    "aws:currenttime",
    "aws:epochtime",
    "aws:multifactorauthpresent",
    "aws:sourceip",
    "aws:tokenissuetime",
    "aws:userid",
    "aws:vpcsourceip",
};

template <class Keys>
bool lists(const Keys& keys, std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

const iam::Policy& everything(iam::PolicyType type) {
    static const iam::Policy kIdentity = *iam::parse_policy(
        R"({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
        "everything",
        iam::PolicyType::Identity
    );
    static const iam::Policy kTrust = *iam::parse_policy(
        R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]})",
        "everything",
        iam::PolicyType::Trust
    );
    return type == iam::PolicyType::Trust ? kTrust : kIdentity;
}

bool allows_action(const iam::Policy& policy, std::string_view action) {
    for (std::size_t i = 0; i < policy.statement_count(); ++i) {
        const bool allows = policy.effect(i) == iam::Effect::Allow;
        if (allows && iam::acts_on(policy, i, action)) return true;
    }
    return false;
}

SymbolPattern any_case(std::string_view text) {
    SymbolPattern out = literal(lower_ascii(text));
    for (Symbol& symbol : out)
        symbol.kind = Symbol::Kind::CharacterAnyCase;
    return out;
}

Side on(std::string_view pattern) {
    return {Language({wildcards(pattern)})};
}

Domain one_text(std::vector<Side> sides) {
    Domain out;
    out.may_be_missing = false;
    out.one = std::move(sides);
    return out;
}

Domain present(std::string_view key) {
    Domain out = domain_of_key(key);
    out.may_be_missing = false;
    return out;
}

SymbolPattern region_form() {
    SymbolPattern out = wildcards(kRegionForm);
    for (Symbol& symbol : out) {
        if (symbol.kind == Symbol::Kind::AnyText) symbol.kind = Symbol::Kind::AnyTextButColon;
        if (symbol.kind == Symbol::Kind::AnyCharacter)
            symbol.kind = Symbol::Kind::AnyCharacterButColon;
    }
    return out;
}

// No Region is called `ap-northeast-*`, though policies compare with such texts.
Side no_wildcards() {
    std::vector<SymbolPattern> patterns;
    for (const char wildcard : {'*', '?', '$'}) {
        SymbolPattern& pattern = patterns.emplace_back(wildcards("*"));
        pattern.push_back({Symbol::Kind::Character, static_cast<char32_t>(wildcard)});
        pattern.push_back({Symbol::Kind::AnyText});
    }
    return {Language(std::move(patterns)), false};
}

Language these(const std::vector<std::string>& texts) {
    std::vector<SymbolPattern> patterns;
    patterns.reserve(texts.size());
    for (const std::string& text : texts)
        patterns.push_back(literal(text));
    return Language(std::move(patterns));
}

std::vector<std::string> known_regions() {
    std::vector<std::string> out;
    for (const aws::Region& region : aws::commercial_regions())
        out.push_back(region.id);
    return out;
}

bool has_wildcard(std::string_view text) {
    return text.find_first_of("*?") != text.npos;
}

// A free part of the question's resource.
Variable add_part(Question& question, const Domain& domain) {
    question.parts.push_back(domain);
    return static_cast<Variable>(question.parts.size() - 1);
}

}  // namespace

bool asks_about_network(const KeyUses& uses) {
    const auto used = [&](std::string_view key) { return uses.find(std::string(key)) != nullptr; };
    return std::any_of(kNetworkKeys.begin(), kNetworkKeys.end(), used) ||
           std::any_of(kViaKeys.begin(), kViaKeys.end(), used);
}

// --- callers ---

Caller declared_caller(const cloud::World& world, const cloud::Role& role) {
    Caller out{cloud::declared_session(world, role.arn, kNow)};
    out.free_tags = allows_action(role.trust, "sts:TagSession");
    out.free_source_identity = allows_action(role.trust, "sts:SetSourceIdentity");
    return out;
}

Caller declared_caller(const cloud::World& world, const cloud::User& user) {
    Caller out{cloud::declared_session(world, user.arn, kNow)};
    // Such a session carries the tags that the user passes.
    out.free_tags =
        std::any_of(user.identity.begin(), user.identity.end(), [](const iam::Policy& policy) {
            return allows_action(policy, "sts:GetFederationToken");
        });
    return out;
}

Caller unlimited_caller(const cloud::World& world, const std::string& arn) {
    Caller out{cloud::declared_session(world, arn, kNow)};
    cloud::Session& session = out.session;
    const auto parsed = parse_arn(arn);
    if (parsed && parsed->service == "iam" && parsed->resource.starts_with("role/")) {
        const std::string name = parsed->resource.substr(parsed->resource.rfind('/') + 1);
        session.arn = "arn:aws:sts::" + parsed->account + ":assumed-role/" + name + "/" +
                      std::string(kAnyName);
        session.principal_arn = arn;
        session.user_id = "AROAEXAMPLE:" + std::string(kAnyName);
    }
    session.role = nullptr;
    session.user = nullptr;
    out.unlimited = cloud::Role{
        session.account,
        std::string(kAnyName),
        "/",
        session.principal_arn,
        "AROAEXAMPLE",
        everything(iam::PolicyType::Trust)};
    out.unlimited->identity = {everything(iam::PolicyType::Identity)};
    out.free_tags = true;
    out.free_source_identity = true;
    const auto& organization = world.organization();
    out.other_account =
        !world.account(session.account) && !(organization && organization->find(session.account));
    return out;
}

// --- facts ---

ProofFacts::ProofFacts(const cloud::World& world)
    : world_(world), allowed_(world.configuration().bedrock.allowed_regions) {
    const auto regions = known_regions();
    const Domain form = one_text({{Language({region_form()})}, no_wildcards()});
    // Regions are written in small letters; a spelling of an allowed one is not another Region.
    std::vector<SymbolPattern> spellings;
    for (const std::string& id : allowed_.ids())
        spellings.push_back(any_case(id));
    const Side not_allowed{Language(std::move(spellings)), false};
    foreign_ = form;
    foreign_.one.push_back(not_allowed);
    foreign_.preferred = {"us-east-1"};
    foreign_.preferred.insert(foreign_.preferred.end(), regions.begin(), regions.end());
    elsewhere_ = form;
    elsewhere_.one.push_back(not_allowed);
    elsewhere_.one.push_back({these(regions), false});
    any_region_ = form;
    any_region_.preferred = {world.region()};
    for (const cloud::Account& account : world.accounts()) {
        for (const auto& [arn, from] : account.application_profiles)
            add_application_profile(arn, from);
    }
    for (const auto& [arn, from] : world.configuration().bedrock.application_profiles)
        add_application_profile(arn, from);
}

// A model without a profile runs in the Region that is called. What is told twice, differently,
// may be either.
void ProofFacts::add_application_profile(const std::string& arn, const std::string& copies_from) {
    const auto own = parse_arn(arn);
    const auto source = aws::resolve_model_id(world_.catalog(), copies_from);
    if (!own || !source) return;
    aws::RegionSet& places = application_profiles_[arn];
    places.insert(own->region);
    if (const auto* profile = world_.catalog().profile(source->id)) {
        places = places.joined(profile->destinations);
    } else if (source->kind == aws::ModelKind::FoundationModelArn) {
        places.insert(source->region);
    } else if (source->kind != aws::ModelKind::FoundationModel) {
        application_profiles_.erase(arn);
    }
}

const aws::RegionSet* ProofFacts::destinations_of(const std::string& profile_arn) const {
    const auto application = application_profiles_.find(profile_arn);
    if (application != application_profiles_.end()) return &application->second;
    const auto arn = parse_arn(profile_arn);
    if (!arn) return nullptr;
    const auto* own = world_.catalog().profile(arn->resource.substr(arn->resource.find('/') + 1));
    return own ? &own->destinations : nullptr;
}

const Domain& ProofFacts::region(Where::Kind kind) const {
    switch (kind) {
        case Where::Kind::Foreign:
            return foreign_;
        case Where::Kind::Elsewhere:
            return elsewhere_;
        case Where::Kind::Anywhere:
        case Where::Kind::Region:
        case Where::Kind::Unknown:
            break;
    }
    return any_region_;
}

const Domain& ProofFacts::rest(const ModelResource& resource) {
    const auto [found, fresh] = rests_.try_emplace(resource.name);
    Domain& out = found->second;
    if (!fresh) return out;
    out = one_text({on(resource.rest)});
    if (resource.name == "foundation-model") {
        // The models of our own profiles make the most telling requests.
        for (const std::string& id : world_.configuration().bedrock.profiles) {
            const auto* known = world_.catalog().profile(id);
            if (known) out.preferred.push_back("foundation-model/" + known->model);
        }
        for (const aws::FoundationModel& model : world_.catalog().models())
            out.preferred.push_back("foundation-model/" + model.id);
    }
    if (resource.name != "application-inference-profile") return out;
    // Of those that are declared it is known what they copy from: their models are asked about.
    std::vector<std::string> declared;
    const auto add = [&](const std::string& text) {
        if (const auto arn = parse_arn(text)) declared.push_back(arn->resource);
    };
    for (const cloud::Account& account : world_.accounts()) {
        for (const auto& [arn, from] : account.application_profiles)
            add(arn);
    }
    for (const auto& [arn, from] : world_.configuration().bedrock.application_profiles)
        add(arn);
    out.one.push_back({these(declared), false});
    return out;
}

bool ProofFacts::reaches(const aws::RegionSet& destinations, const Where& where) const {
    switch (where.kind) {
        case Where::Kind::Anywhere:
        case Where::Kind::Elsewhere:
            return destinations.unbounded();
        case Where::Kind::Region:
            return destinations.contains(where.region);
        case Where::Kind::Foreign:
        case Where::Kind::Unknown:
            break;
    }
    return !destinations.within(allowed_);
}

const Side& ProofFacts::profiles_that_reach(const Where& where) {
    const std::string key = std::to_string(static_cast<int>(where.kind)) + where.region;
    const auto [found, fresh] = profiles_.try_emplace(key);
    if (!fresh) return found->second;
    std::vector<SymbolPattern> others;
    for (const aws::InferenceProfile& profile : world_.catalog().profiles()) {
        if (reaches(profile.destinations, where)) continue;
        others.push_back(wildcards("arn:aws:bedrock:*:*:inference-profile/" + profile.id));
    }
    for (const auto& [arn, destinations] : application_profiles_) {
        if (!reaches(destinations, where)) others.push_back(literal(arn));
    }
    found->second = {Language(std::move(others)), false};
    return found->second;
}

std::vector<std::string> ProofFacts::preferred_profiles(
    const Where& where,
    const std::string& account
) const {
    std::vector<std::string> out;
    for (const aws::InferenceProfile& profile : world_.catalog().profiles()) {
        const bool here = profile.sources.contains(world_.region());
        if (!here || !reaches(profile.destinations, where)) continue;
        out.push_back(aws::inference_profile_arn(world_.region(), account, profile.id));
    }
    return out;
}

// --- questions ---

Asking::Asking(ProofFacts& facts, const Caller& caller, Way way, const cloud::Endpoint* endpoint)
    : proof_facts_(facts), world_(facts.world()), caller_(caller), way_(way) {
    any_endpoint_.id = "vpce-00000000000000000";
    any_endpoint_.vpc = "vpc-00000000000000000";
    any_endpoint_.account = caller_.session.account;
    any_endpoint_.service = "bedrock-runtime";
    facts_.now = kNow;
    cloud::Reach& reach = facts_.reach;
    reach.outcome = cloud::Reach::Outcome::Internet;
    reach.source_address = "203.0.113.10";
    if (way == Way::Endpoint) {
        reach.outcome = cloud::Reach::Outcome::Endpoint;
        reach.endpoint = endpoint ? endpoint : &any_endpoint_;
        reach.vpc = reach.endpoint->vpc;
        reach.source_address = "10.0.0.10";
    }
    if (caller_.unlimited) caller_.session.role = &*caller_.unlimited;
    context_ = cloud::request_context(world_, caller_.session, facts_);
    if (way == Way::Forwarded) cloud::remove_network_keys(context_);
    known_ = context_;
    forget_what_is_free(known_);
}

std::optional<Domain> Asking::free_network_key(std::string_view lower) const {
    if (way_ == Way::Forwarded) return std::nullopt;
    const bool address = lower == "aws:sourceip" || lower == "aws:vpcsourceip";
    const bool through = way_ == Way::Endpoint;
    if ((lower == "aws:sourceip") == through) return std::nullopt;
    // Our own endpoints have ids and owners; only where in the VPC the client stands is open.
    const bool known_endpoint = through && facts_.reach.endpoint != &any_endpoint_;
    if (known_endpoint && !address) return std::nullopt;
    Domain out = domain_of_key(lower);
    const bool always = address || lower == "aws:sourcevpc" || lower == "aws:sourcevpce";
    out.may_be_missing = !always;
    if (address) {
        out.one = {{Language({wildcards("*.*"), wildcards("*:*")})}};
        out.preferred = {facts_.reach.source_address};
    }
    return out;
}

// Stands for the users of an account, whatever they are called.
bool Asking::is_any_user() const {
    return caller_.any_of && caller_.session.kind == cloud::Session::Kind::User;
}

std::optional<Domain> Asking::free_principal_tag(std::string_view lower) const {
    if (!caller_.free_tags) return std::nullopt;
    Domain out = domain_of_key(lower);
    out.may_be_missing = !context_.find(lower);
    return out;
}

std::optional<Domain> Asking::free_user_id() const {
    if (is_any_user()) return one_text({on("?*")});
    if (caller_.session.kind != cloud::Session::Kind::Role) return std::nullopt;
    const std::string name = caller_.session_name.empty() ? "?*" : caller_.session_name;
    Domain out = one_text({on("?*:" + name)});
    out.preferred = {caller_.session.user_id};
    return out;
}

std::optional<Domain> Asking::free_principal_key(std::string_view lower) const {
    const bool role = caller_.session.kind == cloud::Session::Kind::Role;
    if (lower == "aws:principalarn" && caller_.any_of) return caller_.any_of;
    if (lower.starts_with("aws:principaltag/")) return free_principal_tag(lower);
    if (lower == "aws:sourceidentity") {
        return caller_.free_source_identity ? std::optional(domain_of_key(lower)) : std::nullopt;
    }
    if (lower == "aws:userid") return free_user_id();
    // Accounts of which nobody said that they are in no organisation may be in any.
    const bool open = caller_.other_account || !world_.organization();
    if (lower == "aws:principalorgid" || lower == "aws:principalorgpaths") {
        return open ? std::optional(domain_of_key(lower)) : std::nullopt;
    }
    if (lower == "aws:tokenissuetime") {
        return role ? std::optional(one_text({on(kDateForm)})) : std::nullopt;
    }
    if (lower == "aws:multifactorauthpresent") {
        Domain out = domain_of_key(lower);
        out.may_be_missing = !role;
        out.one = {{these({"true", "false"})}};
        return out;
    }
    return domain_of_key(lower);
}

std::optional<Domain> Asking::free_key(std::string_view key) const {
    const std::string lower = lower_ascii(key);
    if (lists(kNetworkKeys, lower)) return free_network_key(lower);
    if (lists(kViaKeys, lower)) {
        if (way_ != Way::Forwarded) return std::nullopt;
        Domain out = domain_of_key(lower);
        if (lower == "aws:viaawsservice") {  // always there
            out.may_be_missing = false;
            out.one = {{these({"true", "false"})}};
        }
        return out;
    }
    if (lower == "aws:currenttime") return one_text({on(kDateForm)});
    if (lower == "aws:epochtime") return present(lower);
    // STS's own keys come with its own calls alone, and aws:PrincipalService… with services.
    if (lower.starts_with("sts:") || lower.starts_with("aws:principalservice")) return std::nullopt;
    // Of a foundation model, whose account is AWS's: as the switch says.
    if (lower == "aws:resourceaccount") return std::nullopt;
    if (lower == "aws:username") {
        return is_any_user() ? std::optional(one_text({on("?*")})) : std::nullopt;
    }
    return free_principal_key(lower);
}

Domain Asking::profile_key(const Where& where) const {
    Domain out = domain_of_key(kProfileKey);
    out.preferred = proof_facts_.preferred_profiles(where, caller_.session.account);
    if (where.kind != Where::Kind::Unknown) out.one = {proof_facts_.profiles_that_reach(where)};
    return out;
}

// What is free comes from `free_key` and must not be known.
void Asking::forget_what_is_free(iam::Context& known) const {
    const bool any_endpoint = facts_.reach.endpoint == &any_endpoint_;
    for (const auto& entry : context_.entries()) {
        const std::string lower = lower_ascii(entry->key);
        const bool network = any_endpoint && lists(kNetworkKeys, lower);
        const bool via = way_ == Way::Forwarded && lists(kViaKeys, lower);
        const bool tag = caller_.free_tags && lower.starts_with("aws:principaltag/");
        const bool arn = caller_.any_of && lower == "aws:principalarn";
        const bool user = is_any_user() && lower == "aws:username";
        if ((lists(kFreeKeys, lower) && free_key(lower)) || network || via || tag || arn || user) {
            known.erase(entry->key);
        }
    }
}

void Asking::ask_about_region(Question& question, const Where& where) const {
    Question::Part& region = question.resource->at(2);
    const bool anywhere = where.kind == Where::Kind::Anywhere;
    if (anywhere || where.kind == Where::Kind::Region) {
        region = where.region;
        question.known.set("aws:RequestedRegion", anywhere ? "unspecified" : where.region);
        return;
    }
    const Variable variable = add_part(question, proof_facts_.region(where.kind));
    region = variable;
    question.same.emplace(kRegionKey, variable);
}

void Asking::ask_about_resource(
    Question& question,
    const ModelResource& resource,
    const Where& where
) const {
    std::array<Question::Part, 5>& parts = question.resource.emplace();
    parts[0] = std::string("aws");
    parts[1] = resource.service;
    ask_about_region(question, where);
    parts[3] = resource.has_account ? caller_.session.account : std::string();
    if (has_wildcard(resource.rest)) {
        parts[4] = add_part(question, proof_facts_.rest(resource));
    } else {
        parts[4] = resource.rest;
    }
}

void Asking::tell_resource_account(Question& question, const ModelResource& resource) const {
    const auto model_account = world_.configuration().twin.switches.foundation_model_account;
    const bool callers = resource.name == "foundation-model" &&
                         model_account == config::FoundationModelAccount::Caller;
    if (resource.has_account) question.resource_account = caller_.session.account;
    if (resource.has_account || callers) {
        question.known.set("aws:ResourceAccount", caller_.session.account);
    }
}

Question Asking::question(
    const ModelAction& action,
    const ModelResource& resource,
    const Where& where
) const {
    Question out;
    out.action = action.action;
    out.principal = caller_.session.arn;
    out.known = known_;
    const bool no_resource = resource.name == "none";
    if (!no_resource) ask_about_resource(out, resource, where);
    tell_resource_account(out, resource);
    out.free = [this, where, no_resource](std::string_view key) -> std::optional<Domain> {
        const std::string lower = lower_ascii(key);
        if (lower == kProfileKey) return profile_key(where);
        if (lower != kRegionKey) return free_key(key);
        return no_resource ? std::optional(proof_facts_.region(where.kind)) : std::nullopt;
    };
    out.where = [this](const iam::Policy& policy, std::size_t statement) {
        return world_.where(iam::StatementMatch{policy.type(), policy, statement});
    };
    return out;
}

namespace {

// "*" where a part is free: which policies bear on it does not depend on what that part is.
std::string known_resource(const Question& question) {
    if (!question.resource) return "*";
    std::string out = "arn";
    for (const Question::Part& part : *question.resource) {
        const auto* text = std::get_if<std::string>(&part);
        if (!text) return "*";
        out.append(":").append(*text);
    }
    return out;
}

}  // namespace

iam::PolicySet Asking::policies(const Question& question) const {
    iam::Request request;
    request.action = question.action;
    request.resource = known_resource(question);
    request.resource_account = question.resource_account;
    return authorized(request).policies;
}

// --- replay ---

cloud::LegDecision Asking::authorized(const iam::Request& request) const {
    cloud::Leg leg;
    leg.action = request.action;
    leg.resource = request.resource;
    leg.resource_account = request.resource_account;
    leg.forwarded = way_ == Way::Forwarded;
    if (request.action.starts_with("sts:")) {  // a trust policy bears on it
        leg.needs_target = true;
        leg.target = world_.role(request.resource);
    }
    for (const auto& entry : request.context.entries()) {
        if (entry->many) {
            leg.lists.emplace_back(entry->key, entry->values);
        } else if (!entry->values.empty()) {
            leg.keys.emplace_back(entry->key, entry->values.front());
        }
    }
    cloud::Session session = caller_.session;
    if (!request.principal.empty()) session.arn = request.principal;
    auto all = cloud::authorize(world_, session, facts_, {std::move(leg)});
    return std::move(all.legs.front());
}

// What no policy reads is as the twin has it.
iam::Request Asking::completed(const Symbolic& symbolic, const std::vector<Value>& values) const {
    iam::Request out = symbolic.request(values);
    for (const auto& entry : context_.entries()) {
        if (out.context.find(entry->key) || symbolic.varies(entry->key)) continue;
        if (entry->many) {
            out.context.set_many(entry->key, entry->values);
        } else {
            out.context.set(entry->key, entry->values.front());
        }
    }
    // A session's ARN tells its role and its name.
    const auto* arn = out.context.find("aws:PrincipalArn");
    const auto* id = out.context.find("aws:userid");
    if (caller_.session.kind == cloud::Session::Kind::Role && arn && id) {
        const std::string& role = arn->values.front();
        const std::string& user_id = id->values.front();
        out.principal = "arn:aws:sts::" + caller_.session.account + ":assumed-role/" +
                        role.substr(role.rfind('/') + 1) + "/" +
                        user_id.substr(user_id.find(':') + 1);
    } else if (arn && caller_.session.kind == cloud::Session::Kind::User) {
        out.principal = arn->values.front();
    }
    return out;
}

namespace {

bool same(const iam::Context& a, const iam::Context& b) {
    const auto all = a.entries();
    if (all.size() != b.entries().size()) return false;
    return std::all_of(all.begin(), all.end(), [&](const auto* entry) {
        const auto* other = b.find(entry->key);
        return other && other->many == entry->many && other->values == entry->values;
    });
}

}  // namespace

Asking::Replayed Asking::replay(
    const Symbolic& symbolic,
    const std::vector<Value>& values,
    const iam::PolicySet& policies
) const {
    const iam::Request request = completed(symbolic, values);
    const cloud::LegDecision leg = authorized(request);
    cloud::LegDecision own{leg.leg, request, policies, {}};
    Replayed out;
    out.allowed = leg.decision.allowed() && same(leg.request.context, request.context) &&
                  cloud::decide(world_, own).allowed();
    out.statements = leg.decision.statements;
    out.witness = witness_of(request);
    return out;
}

Asking::Replayed Asking::replay_endpoint(
    const Symbolic& symbolic,
    const std::vector<Value>& values,
    const iam::PolicySet& policies
) const {
    cloud::LegDecision leg;
    leg.request = completed(symbolic, values);
    leg.policies = policies;
    const iam::Decision decision = cloud::decide(world_, leg);
    return {decision.allowed(), witness_of(leg.request), decision.statements};
}

std::string Asking::model_id_of(const iam::Request& request) const {
    const auto arn = parse_arn(request.resource);
    constexpr std::string_view kModel = "foundation-model/";
    if (!arn || !arn->resource.starts_with(kModel)) return "";
    const std::string model = arn->resource.substr(kModel.size());
    for (const aws::InferenceProfile& profile : world_.catalog().profiles()) {
        const bool reaches = arn->region.empty() ? profile.destinations.unbounded()
                                                 : profile.destinations.contains(arn->region);
        if (profile.model != model || !reaches || !profile.sources.contains(world_.region()))
            continue;
        if (may_invoke(request.action, profile.id, arn->region)) return profile.id;
    }
    return "";
}

// The profile's own leg too: one leg alone is no request that a client could make.
bool Asking::may_invoke(
    const std::string& action,
    const std::string& model_id,
    const std::string& region
) const {
    const auto invocation = cloud::resolve_invocation(world_, caller_.session.account, model_id);
    if (!invocation) return false;
    for (const auto kind : {cloud::InvocationKind::Unary, cloud::InvocationKind::Streaming}) {
        if (action != cloud::invoke_action(kind)) continue;
        const std::string& routed = region.empty() ? invocation->destinations.front() : region;
        auto legs = cloud::invocation_legs(world_, caller_.session, *invocation, {kind, routed});
        return cloud::authorize(world_, caller_.session, facts_, std::move(legs)).allowed();
    }
    return false;
}

Witness Asking::witness_of(const iam::Request& request) const {
    Witness out{request.principal, request.action, request.resource, request.resource_account};
    for (const auto& entry : request.context.entries())
        out.context.emplace_back(entry->key, entry->values);
    std::sort(out.context.begin(), out.context.end());
    // Ids of an endpoint that nobody has, where no policy asks for them, tell nothing.
    if (facts_.reach.endpoint == &any_endpoint_) {
        std::erase_if(out.context, [&](const auto& entry) {
            return entry.second == std::vector{any_endpoint_.id} ||
                   entry.second == std::vector{any_endpoint_.vpc};
        });
    }
    out.model_id = model_id_of(request);
    if (facts_.reach.endpoint && facts_.reach.endpoint != &any_endpoint_)
        out.endpoint = facts_.reach.endpoint->id;
    return out;
}

}  // namespace kakehashi::check

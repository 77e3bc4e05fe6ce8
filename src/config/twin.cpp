#include "config/detail/twin.h"

#include "base/text.h"
#include "config/detail/syntax.h"

#include <algorithm>
#include <set>

namespace kakehashi::config::detail {
namespace {

constexpr Choices<UseCaseForm, 3> kForms = {
    {{"missing", UseCaseForm::Missing},
     {"pending", UseCaseForm::Pending},
     {"approved", UseCaseForm::Approved}}};
constexpr Choices<OrganizationPolicyType, 2> kPolicyTypes = {
    {{"SCP", OrganizationPolicyType::Scp}, {"RCP", OrganizationPolicyType::Rcp}}};

constexpr Choices<CrisLegs, 2> kCrisLegs = {{{"all", CrisLegs::All}, {"routed", CrisLegs::Routed}}};
constexpr Choices<Obedience, 2> kObediences = {
    {{"obeys", Obedience::Obeys}, {"ignores", Obedience::Ignores}}};
constexpr Choices<ValidationOrder, 2> kValidationOrders = {
    {{"after-authorization", ValidationOrder::AfterAuthorization},
     {"before-authorization", ValidationOrder::BeforeAuthorization}}};
constexpr Choices<GateOrder, 2> kGateOrders = {
    {{"form-first", GateOrder::FormFirst}, {"marketplace-first", GateOrder::MarketplaceFirst}}};
constexpr Choices<Presence, 2> kPresences = {
    {{"present", Presence::Present}, {"absent", Presence::Absent}}};
constexpr Choices<ForeignProfileArn, 3> kForeignProfileArns = {
    {{"access-denied", ForeignProfileArn::AccessDenied},
     {"validation", ForeignProfileArn::Validation},
     {"not-found", ForeignProfileArn::NotFound}}};
constexpr Choices<CodeArtifactErrorBody, 2> kErrorBodies = {
    {{"json", CodeArtifactErrorBody::Json}, {"empty", CodeArtifactErrorBody::Empty}}};
constexpr Choices<FoundationModelAccount, 2> kModelAccounts = {
    {{"absent", FoundationModelAccount::Absent}, {"caller", FoundationModelAccount::Caller}}};
constexpr Choices<ApplicationProfileKey, 2> kProfileKeys = {
    {{"application", ApplicationProfileKey::Application},
     {"source", ApplicationProfileKey::Source}}};
constexpr Choices<UnknownPrincipal, 2> kUnknownPrincipals = {
    {{"accepted", UnknownPrincipal::Accepted}, {"refused", UnknownPrincipal::Refused}}};
constexpr Choices<VpceKeys, 3> kVpceKeys = {
    {{"documented", VpceKeys::Documented}, {"all", VpceKeys::All}, {"none", VpceKeys::None}}};
constexpr Choices<LegNamed, 2> kLegsNamed = {
    {{"explicit-first", LegNamed::ExplicitFirst}, {"first-leg", LegNamed::FirstLeg}}};
constexpr Choices<PolicyNamed, 2> kPoliciesNamed = {
    {{"scp-first", PolicyNamed::ScpFirst}, {"identity-first", PolicyNamed::IdentityFirst}}};
constexpr Choices<SessionArnGrant, 2> kSessionArnGrants = {
    {{"unlimited", SessionArnGrant::Unlimited}, {"limited", SessionArnGrant::Limited}}};
constexpr Choices<BedrockRcp, 2> kBedrockRcps = {
    {{"ignored", BedrockRcp::Ignored}, {"applied", BedrockRcp::Applied}}};

void read_status(
    TableReader& reader,
    std::string_view key,
    std::uint32_t& into,
    std::initializer_list<std::uint32_t> allowed
) {
    reader.read(key, into);
    if (std::find(allowed.begin(), allowed.end(), into) != allowed.end()) return;
    std::string all;
    for (std::uint32_t status : allowed) {
        all += (all.empty() ? "" : ", ") + std::to_string(status);
    }
    reader.report(
        "config.choice.unknown"_msg, key, {{"value", std::to_string(into)}, {"choices", all}}
    );
}

void read_switches(TableReader& reader, TwinSwitches& out) {
    reader.read("scp_cris", out.scp_cris, kCrisLegs);
    reader.read("identity_cris", out.identity_cris, kCrisLegs);
    auto window = static_cast<std::uint32_t>(out.bedrock_signature_window.count());
    reader.read("bedrock_signature_window", window);
    out.bedrock_signature_window = std::chrono::seconds(window);
    read_status(reader, "invalid_signature_status", out.invalid_signature_status, {403, 400});
    read_status(reader, "imds_no_profile_status", out.imds_no_profile_status, {404, 200, 500});
    reader.read(
        "caller_identity_endpoint_policy", out.caller_identity_endpoint_policy, kObediences
    );
    reader.read("validation_order", out.validation_order, kValidationOrders);
    reader.read("gate_order", out.gate_order, kGateOrders);
    reader.read("marketplace_called_via", out.marketplace_called_via, kPresences);
    reader.read("policy_named", out.policy_named, kPoliciesNamed);
    reader.read("leg_named", out.leg_named, kLegsNamed);
    reader.read("foreign_profile_arn", out.foreign_profile_arn, kForeignProfileArns);
    reader.read("codeartifact_error_body", out.codeartifact_error_body, kErrorBodies);
    reader.read("foundation_model_account", out.foundation_model_account, kModelAccounts);
    reader.read("cris_leg_endpoint", out.cris_leg_endpoint, kPresences);
    reader.read("endpoint_policy_profile_key", out.endpoint_policy_profile_key, kPresences);
    reader.read("application_profile_key", out.application_profile_key, kProfileKeys);
    reader.read(
        "endpoint_policy_unknown_principal",
        out.endpoint_policy_unknown_principal,
        kUnknownPrincipals
    );
    reader.read("vpce_keys", out.vpce_keys, kVpceKeys);
    reader.read("session_arn_grant", out.session_arn_grant, kSessionArnGrants);
    reader.read("bedrock_rcp", out.bedrock_rcp, kBedrockRcps);
}

bool is_country(std::string_view text) {  // ISO 3166-1 alpha-2
    return text.size() == 2 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

void read_account(TableReader& reader, TwinAccount& out) {
    out.where = reader.location();
    reader.read("use_case_form", out.use_case_form, kForms);
    reader.read("subscriptions", out.subscriptions);
    reader.read("country", out.country);
    if (!is_country(out.country)) {
        reader.report("config.country.form"_msg, "country", {{"value", out.country}});
    }
    reader.read("requests_per_minute", out.requests_per_minute);
    reader.read("tokens_per_minute", out.tokens_per_minute);
    reader.refuse_the_rest();
}

void read_municipality_accounts(TableReader& twin, Configuration& configuration) {
    std::vector<std::string_view> names;
    for (const Municipality& municipality : configuration.municipalities) {
        names.push_back(municipality.name);
    }
    for (auto& [name, reader] : twin.named_tables("municipality")) {
        const auto account = configuration.twin.municipality_accounts.find(std::string(name));
        if (account != configuration.twin.municipality_accounts.end()) {
            read_account(reader, account->second);
            continue;
        }
        const auto near = nearest(name, names);
        twin.report(
            near ? "config.twin.municipality_near"_msg : "config.twin.municipality"_msg,
            "municipality",
            {{"name", std::string(name)}, {"near", std::string(near.value_or(""))}}
        );
    }
}

// --- folders ---

void read_packages(TableReader& twin, Twin& out) {
    if (auto reader = twin.table("codeartifact")) {
        reader->read("packages", out.codeartifact.packages);
        reader->refuse_the_rest();
    }
    if (auto reader = twin.table("s3")) {
        reader->read("al2023", out.s3.al2023);
        reader->refuse_the_rest();
    }
}

// --- the organisation ---

// The id of an account that is written as its id, a municipality's name or "operator".
std::optional<std::string> account_of(const std::string& word, const Configuration& configuration) {
    if (is_account(word)) return word;
    if (word == "operator") return configuration.operator_account.account;
    const Municipality* municipality = configuration.find_municipality(word);
    if (!municipality) return std::nullopt;
    return municipality->account;
}

void read_unit(TableReader& reader, const Configuration& configuration, OrganizationUnit& out) {
    out.where = reader.location();
    reader.require("name", out.name);
    if (!out.name.empty() && (!is_name(out.name) || out.name == "root")) {
        reader.report("config.unit.name"_msg, "name", {{"value", out.name}});
    }
    reader.read("accounts", out.accounts);
    for (std::string& word : out.accounts) {
        if (auto account = account_of(word, configuration)) {
            word = std::move(*account);
        } else {
            reader.report("config.account.unknown"_msg, "accounts", {{"value", word}});
        }
    }
    reader.read("parent", out.parent);
    if (out.parent == "root") out.parent.reset();
    reader.refuse_the_rest();
}

// Whether going up from `unit` ends at the root.
bool reaches_root(
    const OrganizationUnit& unit,
    const std::map<std::string, const OrganizationUnit*>& units
) {
    std::set<std::string> seen{unit.name};
    for (auto parent = unit.parent; parent;) {
        const auto found = units.find(*parent);
        if (found == units.end() || !seen.insert(*parent).second) return false;
        parent = found->second->parent;
    }
    return true;
}

void read_units(TableReader& reader, const Configuration& configuration, Organization& out) {
    auto readers = reader.tables("unit");
    out.units.resize(readers.size());
    std::map<std::string, const OrganizationUnit*> by_name;
    for (std::size_t i = 0; i < readers.size(); ++i) {
        read_unit(readers[i], configuration, out.units[i]);
        if (by_name.emplace(out.units[i].name, &out.units[i]).second || out.units[i].name.empty())
            continue;
        readers[i].report("config.unit.twice"_msg, "name", {{"value", out.units[i].name}});
    }
    for (std::size_t i = 0; i < readers.size(); ++i) {
        if (!reaches_root(out.units[i], by_name))
            readers[i].report("config.unit.parent"_msg, "parent");
    }
}

void read_policies(TableReader& reader, const Configuration& configuration, Organization& out) {
    std::set<std::string> known{"root"};
    for (const OrganizationUnit& unit : out.units) {
        known.insert(unit.name);
    }
    for (TableReader& policy : reader.tables("policy")) {
        OrganizationPolicy& read = out.policies.emplace_back();
        read.where = policy.location();
        policy.read("type", read.type, kPolicyTypes);
        policy.require("file", read.file);
        policy.require("targets", read.targets);
        for (std::string& word : read.targets) {
            if (known.contains(word)) continue;
            if (auto account = account_of(word, configuration)) {
                word = std::move(*account);
            } else {
                policy.report("config.target.unknown"_msg, "targets", {{"value", word}});
            }
        }
        policy.refuse_the_rest();
    }
}

bool is_organization_id(std::string_view text
) {  // documented as o- and 10 to 32 characters; ours may be short
    return text.starts_with("o-") && is_name(text);
}

void read_organization(TableReader& twin, Configuration& configuration) {
    auto reader = twin.table("organization");
    if (!reader) return;
    Organization& out = configuration.twin.organization.emplace();
    out.where = reader->location();
    reader->read("id", out.id);
    if (!is_organization_id(out.id)) {
        reader->report("config.organization.id"_msg, "id", {{"value", out.id}});
    }
    reader->read("management_account", out.management_account);
    if (!is_account(out.management_account)) {
        reader->report(
            "config.account.form"_msg, "management_account", {{"value", out.management_account}}
        );
    }
    reader->read("full_access", out.full_access);
    read_units(*reader, configuration, out);
    read_policies(*reader, configuration, out);
    reader->refuse_the_rest();
}

// --- what tests script ---

Credential read_credential(TableReader& reader) {
    Credential out;
    out.where = reader.location();
    reader.require("access_key_id", out.access_key_id);
    reader.require("secret_access_key", out.secret_access_key);
    reader.read("session_token", out.session_token);
    reader.read("expires", out.expires);
    reader.require("principal", out.principal);
    if (!out.principal.empty() && !is_arn(out.principal)) {
        reader.report("config.principal.form"_msg, "principal", {{"value", out.principal}});
    }
    reader.refuse_the_rest();
    return out;
}

void read_credentials(TableReader& twin, std::vector<Credential>& out) {
    std::set<std::string> ids;
    for (TableReader& reader : twin.tables("credential")) {
        out.push_back(read_credential(reader));
        const std::string& id = out.back().access_key_id;
        if (!id.empty() && !ids.insert(id).second) {
            reader.report("config.credential.twice"_msg, "access_key_id");
        }
    }
}

void read_match(TableReader& reply, ReplyMatch& out) {
    auto reader = reply.table("match");
    if (!reader) return;
    reader->read("model", out.model);
    reader->read("prompt", out.prompt);
    reader->read("system", out.system);
    reader->read("turn", out.turn);
    reader->refuse_the_rest();
}

void read_tool_use(TableReader& reply, std::optional<ToolUse>& out) {
    auto reader = reply.table("tool_use");
    if (!reader) return;
    out.emplace();
    out->input = json::object();
    reader->require("name", out->name);
    reader->read_json("input", out->input);
    reader->refuse_the_rest();
}

Reply read_reply(TableReader& reader) {
    Reply out;
    out.where = reader.location();
    read_match(reader, out.match);
    reader.read("text", out.text);
    read_tool_use(reader, out.tool_use);
    reader.read("reasoning", out.reasoning);
    reader.read("stop_reason", out.stop_reason);
    std::uint32_t delay = 0;
    reader.read("delay_ms", delay);
    out.delay = std::chrono::milliseconds(delay);
    reader.read("error", out.error);
    reader.read("error_at_event", out.error_at_event);
    if (out.error_at_event && !reader.has("error")) {
        reader.report("config.reply.error_missing"_msg, "error_at_event");
    }
    reader.read("cut_at_byte", out.cut_at_byte);
    reader.refuse_the_rest();
    return out;
}

}  // namespace

void default_twin(Configuration& configuration) {
    configuration.twin.operator_account = TwinAccount();
    for (const Municipality& municipality : configuration.municipalities) {
        // In Government Cloud a municipality may not use third-party models itself (article).
        TwinAccount account;
        account.use_case_form = UseCaseForm::Missing;
        account.subscriptions.emplace();
        configuration.twin.municipality_accounts.emplace(municipality.name, std::move(account));
    }
}

void read_twin(TableReader reader, Configuration& configuration) {
    Twin& out = configuration.twin;
    out.where = reader.location();
    reader.read("clock", out.clock);
    reader.read("clock_runs", out.clock_runs);
    reader.read("seed", out.seed);
    std::optional<std::chrono::sys_days> bundle;
    reader.read("managed_policies", bundle);
    if (bundle) out.managed_policies = to_iso8601(*bundle).substr(0, 10);
    read_switches(reader, out.switches);
    if (auto account = reader.table("operator")) read_account(*account, out.operator_account);
    read_municipality_accounts(reader, configuration);
    read_packages(reader, out);
    read_organization(reader, configuration);
    read_credentials(reader, out.credentials);
    for (TableReader& reply : reader.tables("reply")) {
        out.replies.push_back(read_reply(reply));
    }
    reader.refuse_the_rest();
}

}  // namespace kakehashi::config::detail

#include "base/arn.h"
#include "base/text.h"
#include "check/detail/models.h"
#include "check/detail/pair.h"
#include "check/detail/patch.h"
#include "check/detail/request.h"
#include "check/judgement.h"
#include "cloud/model_access.h"

#include <algorithm>
#include <array>

// Where models run, and what is said about it (check.md §2, "residency").
namespace kakehashi::check {
namespace {

using Sink = std::vector<Found>;

bool is_allowed_region(const Pair& pair, std::string_view region) {
    const auto& allowed = pair.world().configuration().bedrock.allowed_regions;
    return std::find(allowed.begin(), allowed.end(), region) != allowed.end();
}

// A profile of the configuration, as the catalog knows it, with what it routes to.
std::vector<const aws::InferenceProfile*> known_profiles(const Pair& pair) {
    std::vector<const aws::InferenceProfile*> out;
    for (const std::string& id : pair.world().configuration().bedrock.profiles) {
        if (const auto* profile = pair.world().catalog().profile(id)) out.push_back(profile);
    }
    return out;
}

std::string model_of(const Pair& pair) {
    const auto profiles = known_profiles(pair);
    return profiles.empty() ? pair.world().catalog().models().front().id : profiles.front()->model;
}

std::vector<std::pair<std::string, std::string>> fields_of(
    const cloud::Role& role,
    const StatementText& statement
) {
    return {
        {"role", role.name}, {"policy", statement.policy.name()}, {"statement", statement.name()}};
}

// --- what the proof says ---

std::vector<std::pair<std::string, std::string>> fields_of(const Witness& witness) {
    return {
        {"principal", witness.principal},
        {"action", witness.action},
        {"resource", witness.resource}};
}

// What both parts found is told once; the network's own verdict is not part of the answer.
std::vector<const Doubt*> doubts_of(const ResidencyProof& proof, Verdict verdict) {
    std::vector<const Doubt*> out;
    for (const auto* part : {&proof.iam, &proof.both}) {
        for (const Doubt& doubt : part->doubts) {
            const bool told = std::any_of(out.begin(), out.end(), [&](const Doubt* other) {
                return text(other->where) == text(doubt.where) &&
                       (verdict == Verdict::Refuted || other->why.id == doubt.why.id);
            });
            if (doubt.verdict == verdict && !told) out.push_back(&doubt);
        }
    }
    return out;
}

void add_doubts(const ResidencyProof& proof, Sink& out) {
    for (const Doubt* doubt : doubts_of(proof, Verdict::Refuted)) {
        Message what = doubt->witness
                           ? Message{"check.model-outside.what"_msg, fields_of(*doubt->witness)}
                           : doubt->why;
        out.push_back({"model-outside", doubt->where, std::move(what)});
        out.back().witness = doubt->witness;
    }
    for (const Doubt* doubt : doubts_of(proof, Verdict::Unknown)) {
        out.push_back({"proof-unknown", doubt->where, doubt->why});
    }
}

// --- what opens more than the profiles that are meant ---

// Models that nobody asked for: the same behind `global.`, in another country, another one at home.
std::vector<cloud::Leg> legs_not_meant(const Pair& pair) {
    const std::string model = model_of(pair);
    std::vector<cloud::Leg> out;
    for (const std::string_view action : kInvokeActions) {
        out.push_back(model_leg(action, "", model));
        out.push_back(model_leg(action, "us-east-1", model));
        for (const aws::FoundationModel& other : pair.world().catalog().models()) {
            const auto profiles = known_profiles(pair);
            const bool meant = std::any_of(profiles.begin(), profiles.end(), [&](const auto* each) {
                return each->model == other.id;
            });
            if (meant || !other.regions.contains(pair.world().region())) continue;
            out.push_back(model_leg(action, pair.world().region(), other.id));
            break;
        }
    }
    return out;
}

// The profile by which a client would ask for the model of a leg, if the role may use it whole.
std::string model_id_for(const Pair& pair, const cloud::Role& role, const Witness& witness) {
    const auto arn = parse_arn(witness.resource);
    if (!arn || !arn->region.empty()) return {};
    const std::string model = arn->resource.substr(arn->resource.find('/') + 1);
    for (const auto* profile : pair.world().catalog().profiles_from(pair.world().region())) {
        if (profile->model != model || !profile->destinations.unbounded()) continue;
        const std::string profile_arn =
            aws::inference_profile_arn(pair.world().region(), role.account, profile->id);
        cloud::Leg leg{witness.action, profile_arn, role.account};
        leg.keys.emplace_back("aws:RequestedRegion", pair.world().region());
        if (allowed_request(pair, role, std::move(leg))) return profile->id;
    }
    return {};
}

std::optional<Witness> first_through(
    const Pair& pair,
    const cloud::Role& role,
    const StatementText& statement,
    const std::vector<cloud::Leg>& legs
) {
    for (const cloud::Leg& leg : legs) {
        auto witness = request_through(pair, role, statement, leg.action, {leg.resource});
        if (witness) return witness;
    }
    return std::nullopt;
}

Found opened_by_managed_policy(
    const Pair& pair,
    const cloud::Role& role,
    const StatementText& statement,
    const iam::Policy& policy,
    Witness witness
) {
    auto fields = fields_of(role, statement);
    fields.emplace_back("action", witness.action);
    fields.emplace_back("resource", witness.resource);
    Found out = found(
        "managed-policy-opens-models",
        pair.attachment(role, policy),
        "check.managed-policy-opens-models.what"_msg,
        std::move(fields)
    );
    witness.model_id = model_id_for(pair, role, witness);
    out.witness = std::move(witness);
    out.patch = detach_managed_policy(pair, role, policy);
    return out;
}

// One statement is enough: what is mended is the attachment.
std::optional<Found> opens_models(
    const Pair& pair,
    const cloud::Role& role,
    const iam::Policy& policy,
    const std::vector<cloud::Leg>& legs
) {
    for (const StatementText& statement : pair.statements(policy)) {
        auto witness = first_through(pair, role, statement, legs);
        if (!witness) continue;
        return opened_by_managed_policy(pair, role, statement, policy, *std::move(witness));
    }
    return std::nullopt;
}

void managed_policy_opens_models(const Pair& pair, Sink& out) {
    const auto legs = legs_not_meant(pair);
    for (const cloud::Role& role : pair.world().roles()) {
        for (const iam::Policy& policy : role.identity) {
            if (pair.world().is_own(policy)) continue;
            if (auto opened = opens_models(pair, role, policy, legs)) {
                out.push_back(*std::move(opened));
            }
        }
    }
}

template <class Look>  // void(const StatementText&)
void for_each_statement(const Pair& pair, const cloud::Role& role, const Look& look) {
    for (const iam::Policy& policy : role.identity) {
        for (const StatementText& statement : pair.statements(policy)) {
            look(statement);
        }
    }
}

// With the ARN that the condition wants.
std::optional<Message> ask_for_profile(const Pair& pair, const cloud::Role& role) {
    const auto profiles = known_profiles(pair);
    if (profiles.empty()) return std::nullopt;
    const std::string arn =
        aws::inference_profile_arn(pair.world().region(), role.account, profiles.front()->id);
    return Message{"check.foundation-model-direct.fix"_msg, {{"profile", arn}}};
}

// …IfExists, ForAllValues: and what is negated hold without the key as well.
bool asks_for_profile(const StatementText& statement) {
    const auto& all = statement.conditions;
    return std::any_of(all.begin(), all.end(), [](const ConditionText& condition) {
        const bool wanted = condition.comparison != "null" ||
                            (!condition.values.empty() && condition.values.front() == "false");
        return condition.is("bedrock:InferenceProfileArn") && wanted && !condition.negated &&
               !condition.if_exists && condition.set != ConditionText::Set::AllValues;
    });
}

// The models behind the configuration's profiles, in every Region that these route to.
std::vector<std::string> models_behind_profiles(const Pair& pair) {
    std::vector<std::string> out;
    for (const auto* profile : known_profiles(pair)) {
        for (const std::string& region : profile->destinations.ids()) {
            out.push_back(aws::foundation_model_arn(region, profile->model));
        }
    }
    return out;
}

std::optional<Witness> direct_invocation(
    const Pair& pair,
    const cloud::Role& role,
    const StatementText& statement,
    const std::vector<std::string>& models
) {
    for (const std::string_view action : kInvokeActions) {
        auto tried = request_through(pair, role, statement, action, models);
        const bool model =
            tried && tried->resource.find("::foundation-model/") != std::string::npos;
        if (model) return tried;
    }
    return std::nullopt;
}

// A statement that lets the model's own leg pass without bedrock:InferenceProfileArn.
void add_direct_model(
    const Pair& pair,
    const cloud::Role& role,
    const StatementText& statement,
    const std::vector<std::string>& models,
    Sink& out
) {
    if (asks_for_profile(statement)) return;
    auto witness = direct_invocation(pair, role, statement, models);
    if (!witness) return;
    auto fields = fields_of(role, statement);
    fields.emplace_back("resource", witness->resource);
    out.push_back(found(
        "foundation-model-direct",
        pair.where(role, statement),
        "check.foundation-model-direct.what"_msg,
        std::move(fields)
    ));
    out.back().witness = std::move(witness);
    out.back().fix = ask_for_profile(pair, role);
}

void foundation_model_direct(const Pair& pair, Sink& out) {
    const auto models = models_behind_profiles(pair);
    for (const cloud::Role& role : pair.world().roles()) {
        if (!pair.is_operator(role.account)) continue;
        for_each_statement(pair, role, [&](const StatementText& statement) {
            add_direct_model(pair, role, statement, models, out);
        });
    }
}

// --- profiles ---

void configured_profiles_unknown(const Pair& pair, Sink& out) {
    const auto& bedrock = pair.world().configuration().bedrock;
    for (const std::string& id : bedrock.profiles) {
        if (auto leaves = leaves_the_allowed(pair.world(), id)) {
            out.push_back({"profile-unknown", bedrock.where.of("profiles"), *std::move(leaves)});
            continue;
        }
        const auto reference = aws::resolve_model_id(pair.world().catalog(), id);
        const bool application =
            reference && reference->kind == aws::ModelKind::ApplicationInferenceProfileArn;
        if (reference && (!application || bedrock.application_profiles.contains(id))) continue;
        out.push_back(found(
            "profile-unknown",
            bedrock.where.of("profiles"),
            "check.profile-unknown.configured"_msg,
            {{"profile", id}, {"date", pair.world().catalog().date()}}
        ));
    }
}

// Whether an ARN without wildcards names a profile whose destinations nobody knows.
bool is_unknown_profile(const Pair& pair, const std::string& resource) {
    if (has_wildcard(resource)) return false;
    const auto arn = parse_arn(resource);
    if (!arn || arn->service != "bedrock") return false;
    const auto slash = arn->resource.find('/');
    const std::string kind = arn->resource.substr(0, slash);
    if (slash == std::string::npos) return false;
    if (kind == "inference-profile") {
        return !pair.world().catalog().profile(arn->resource.substr(slash + 1));
    }
    if (kind != "application-inference-profile") return false;
    const cloud::Account* account = pair.world().account(arn->account);
    return !pair.world().configuration().bedrock.application_profiles.contains(resource) &&
           !(account && account->application_profiles.contains(resource));
}

// An invocation of that very resource; where the first that passes is of another, none.
std::optional<Witness> invocation_of(
    const Pair& pair,
    const cloud::Role& role,
    const StatementText& statement,
    const std::string& resource
) {
    for (const std::string_view action : kInvokeActions) {
        auto witness = request_through(pair, role, statement, action, {resource});
        if (!witness) continue;
        return witness->resource == resource ? std::move(witness) : std::nullopt;
    }
    return std::nullopt;
}

void add_unknown_profiles(
    const Pair& pair,
    const cloud::Role& role,
    const StatementText& statement,
    Sink& out
) {
    if (statement.all_but_resources) return;
    for (std::size_t i = 0; i < statement.resources.size(); ++i) {
        const std::string& resource = statement.resources[i];
        if (!is_unknown_profile(pair, resource)) continue;
        auto witness = invocation_of(pair, role, statement, resource);
        if (!witness) continue;
        auto fields = fields_of(role, statement);
        fields.emplace_back("resource", resource);
        out.push_back(found(
            "profile-unknown",
            pair.where(statement, statement.item_path("Resource", i)),
            "check.profile-unknown.what"_msg,
            std::move(fields)
        ));
        out.back().witness = std::move(witness);
    }
}

void profile_unknown(const Pair& pair, Sink& out) {
    configured_profiles_unknown(pair, out);
    for (const cloud::Role& role : pair.world().roles()) {
        for_each_statement(pair, role, [&](const StatementText& statement) {
            add_unknown_profiles(pair, role, statement, out);
        });
    }
}

// --- denies by Region ---

// The policies that can deny a role something, each once.
std::vector<iam::Policy> denying_policies(const Pair& pair, const cloud::Role& role) {
    std::vector<iam::Policy> out = role.identity;
    if (role.boundary) out.insert(out.end(), role.boundary->begin(), role.boundary->end());
    const auto& organization = pair.world().organization();
    const auto* member = organization ? organization->find(role.account) : nullptr;
    if (!member || organization->management_account == role.account) return out;
    for (const iam::Level& level : member->scp) {
        out.insert(out.end(), level.policies.begin(), level.policies.end());
    }
    return out;
}

bool explicitly_denied(const Pair& pair, const cloud::Role& role, cloud::Leg leg) {
    return decision_with_everything_allowed(pair, role, std::move(leg)).result ==
           iam::Result::ExplicitlyDenied;
}

// `${aws:UserAgent}` and the like: the caller says what stands there. Who a caller is, is not its
// own to say.
std::optional<std::string> free_variable(std::string_view value) {
    if (!value.starts_with("${") || !value.ends_with("}")) return std::nullopt;
    std::string key(value.substr(2, value.size() - 3));
    static constexpr std::array<std::string_view, 2> kFree = {"aws:UserAgent", "aws:referer"};
    const bool free = std::any_of(kFree.begin(), kFree.end(), [&](std::string_view each) {
        return equal_ignoring_case(each, key);
    });
    return free ? std::optional(std::move(key)) : std::nullopt;
}

// Regions, and "unspecified", that a value of the list lets through though they are not allowed.
std::vector<std::string> foreign_regions(const Pair& pair, const std::string& value) {
    std::vector<std::string> known = {"unspecified"};
    for (const aws::Region& region : aws::commercial_regions()) {
        known.push_back(region.id);
    }
    std::vector<std::string> out;
    for (const std::string& region : known) {
        const bool fits = free_variable(value) || matches_ignoring_case(value, region);
        if (!is_allowed_region(pair, region) && fits) {
            out.push_back(region);
        }
    }
    return out;
}

struct RegionList {
    const StatementText* statement = nullptr;
    const ConditionText* condition = nullptr;
};
// The Denies of Bedrock that leave out a list of Regions.
std::vector<RegionList> region_lists(const Pair& pair, const iam::Policy& policy) {
    std::vector<RegionList> out;
    for (const StatementText& statement : pair.statements(policy)) {
        if (statement.allows() || !statement.covers("bedrock:InvokeModel")) continue;
        for (const ConditionText& condition : statement.conditions) {
            if (condition.negated && condition.is("aws:RequestedRegion")) {
                out.push_back({&statement, &condition});
            }
        }
    }
    return out;
}

std::string value_path(const RegionList& list, std::size_t item) {
    std::string path = "Condition." + list.condition->written + "." + list.condition->key;
    const json::value* values = json::find(
        *json::find(*json::find(*list.statement->body, "Condition"), list.condition->written),
        list.condition->key
    );
    if (values && values->is_array()) path += "[" + std::to_string(item) + "]";
    return path;
}

// The Region beside another of the statement's list.
Patch allow_region(const Pair& pair, const StatementText& statement, const std::string& region) {
    for (const ConditionText& condition : statement.conditions) {
        if (!condition.negated || !condition.is("aws:RequestedRegion")) continue;
        const RegionList list{&statement, &condition};
        const std::size_t last = condition.values.size() - 1;
        return copy_item(pair, statement, value_path(list, last), condition.values[last], region);
    }
    return {};
}

// A list that no other Deny closes. With a request as its witness, where some Allow reaches there.
void add_foreign_region(
    const Pair& pair,
    const cloud::Role& role,
    const RegionList& list,
    std::size_t item,
    Sink& out
) {
    const std::string model = model_of(pair);
    for (const std::string& region : foreign_regions(pair, list.condition->values[item])) {
        const std::string of_arn = region == "unspecified" ? "" : region;
        cloud::Leg leg = model_leg(kInvokeActions.front(), of_arn, model);
        if (auto key = free_variable(list.condition->values[item])) {
            leg.keys.emplace_back(*std::move(key), region);
        }
        if (explicitly_denied(pair, role, leg)) continue;
        auto fields = fields_of(role, *list.statement);
        fields.emplace_back("region", region);
        const std::string below = value_path(list, item);
        out.push_back(found(
            "region-deny-foreign",
            pair.where(*list.statement, below),
            "check.region-deny-foreign.what"_msg,
            fields
        ));
        out.back().fix = Message{"check.region-deny-foreign.fix"_msg, {{"region", region}}};
        out.back().witness = allowed_request(pair, role, std::move(leg));
        if (!has_wildcard(list.condition->values[item])) {
            out.back().patch = remove_item(pair, *list.statement, below);
        }
        return;
    }
}

void region_deny_foreign(const Pair& pair, Sink& out) {
    std::set<std::pair<const void*, std::string>> told;  // an SCP binds many roles
    for (const OperatorRole& each : pair.operator_roles()) {
        for (const iam::Policy& policy : denying_policies(pair, *each.role)) {
            for (const RegionList& list : region_lists(pair, policy)) {
                for (std::size_t i = 0; i < list.condition->values.size(); ++i) {
                    const std::string key = value_path(list, i) + list.statement->name();
                    if (told.contains({&policy.compiled(), key})) continue;
                    const std::size_t before = out.size();
                    add_foreign_region(pair, *each.role, list, i, out);
                    if (out.size() != before) told.insert({&policy.compiled(), key});
                }
            }
        }
    }
}

// Nothing denies the model anywhere abroad. A list with one hole is region-deny-foreign's.
void region_deny_missing(const Pair& pair, Sink& out) {
    const std::string model = model_of(pair);
    for (const OperatorRole& each : pair.operator_roles()) {
        const auto& regions = aws::commercial_regions();
        const bool some =
            std::any_of(regions.begin(), regions.end(), [&](const aws::Region& region) {
                if (is_allowed_region(pair, region.id)) return false;
                return explicitly_denied(
                    pair, *each.role, model_leg(kInvokeActions.front(), region.id, model)
                );
            });
        if (some) continue;
        out.push_back(found(
            "region-deny-missing",
            each.role->where,
            "check.region-deny-missing.what"_msg,
            {{"role", each.role->name}}
        ));
    }
}

// Of what a role is denied at a destination, the statements that ask for the Region.
std::vector<const StatementText*> denies_by_region(
    const Pair& pair,
    const cloud::Role& role,
    const aws::InferenceProfile& profile,
    const std::string& region
) {
    cloud::Leg leg = model_leg(kInvokeActions.front(), region, profile.model);
    leg.keys.emplace_back(
        "bedrock:InferenceProfileArn",
        aws::inference_profile_arn(pair.world().region(), role.account, profile.id)
    );
    std::vector<const StatementText*> out;
    const auto decision = decision_with_everything_allowed(pair, role, std::move(leg));
    for (const iam::StatementMatch& match : decision.statements) {
        const StatementText& statement = pair.statements(match.policy).at(match.statement);
        const bool by_region =
            !statement.allows() && statement.has_condition("aws:RequestedRegion");
        if (by_region) out.push_back(&statement);
    }
    return out;
}

void region_deny_blocks_destination(const Pair& pair, Sink& out) {
    std::set<std::pair<const void*, std::string>> told;  // an SCP binds many roles
    for (const OperatorRole& each : pair.operator_roles()) {
        for (const auto* profile : known_profiles(pair)) {
            for (const std::string& region : profile->destinations.ids()) {
                if (!is_allowed_region(pair, region)) continue;
                for (const auto* statement : denies_by_region(pair, *each.role, *profile, region)) {
                    const std::string key = std::to_string(statement->index) + region;
                    if (!told.insert({&statement->policy.compiled(), key}).second) continue;
                    auto fields = fields_of(*each.role, *statement);
                    fields.emplace_back("region", region);
                    fields.emplace_back("profile", profile->id);
                    out.push_back(found(
                        "region-deny-blocks-destination",
                        pair.where(*statement),
                        "check.region-deny-blocks-destination.what"_msg,
                        std::move(fields)
                    ));
                    out.back().patch = allow_region(pair, *statement, region);
                }
            }
        }
    }
}

void default_region_foreign(const Pair& pair, Sink& out) {
    const std::string& region = pair.world().region();
    if (is_allowed_region(pair, region)) return;
    out.push_back(found(
        "default-region-foreign",
        pair.world().configuration().bedrock.where.of("source_region"),
        "check.default-region-foreign.what"_msg,
        {{"region", region}}
    ));
}

// --- other ways to run or to tell ---

// Every role's statements that let one of the actions through, each policy once.
template <std::size_t N>
void roles_may(
    const Pair& pair,
    std::string_view id,
    const MessageId& what,
    const std::array<std::string_view, N>& actions,
    Sink& out
) {
    for (const cloud::Role& role : pair.world().roles()) {
        for (const iam::Policy& policy : role.identity) {
            for (const StatementText& statement : pair.statements(policy)) {
                std::optional<Witness> witness;
                for (const std::string_view action : actions) {
                    if (!witness) witness = request_through(pair, role, statement, action, {});
                }
                if (!witness) continue;
                auto fields = fields_of(role, statement);
                fields.emplace_back("action", witness->action);
                out.push_back(found(id, pair.where(role, statement), what, std::move(fields)));
                out.back().witness = std::move(witness);
                out.back().patch = detach_managed_policy(pair, role, policy);
                break;
            }
        }
    }
}

void websearch_allowed(const Pair& pair, Sink& out) {
    static constexpr std::array<std::string_view, 2> kActions = {
        "bedrock-websearch:InvokeSearch", "bedrock-websearch:InvokeFetch"};
    roles_may(pair, "websearch-allowed", "check.websearch-allowed.what"_msg, kActions, out);
}

void mantle_allowed(const Pair& pair, Sink& out) {
    static constexpr std::array<std::string_view, 1> kActions = {"bedrock-mantle:CreateInference"};
    roles_may(pair, "mantle-allowed", "check.mantle-allowed.what"_msg, kActions, out);
    for (const cloud::Endpoint& endpoint : pair.world().endpoints()) {
        if (endpoint.service != "bedrock-mantle") continue;
        out.push_back(found(
            "mantle-allowed",
            endpoint.where,
            "check.mantle-allowed.endpoint"_msg,
            {{"service", endpoint.service}}
        ));
    }
}

// Which Regions a guardrail profile reaches nobody tells but its prefix; AWS documents none for
// Japan. Source: Bedrock User Guide, "Supported Regions for cross-Region guardrail inference".
void guardrail_leaves_japan(const Pair& pair, Sink& out) {
    for (const DeclaredResource& declared : pair.resources()) {
        if (declared.resource->type != "AWS::Bedrock::Guardrail") continue;
        const json::value* config = declared.find("CrossRegionConfig");
        if (!config) continue;
        const auto arns = texts_of(json::find(*config, "GuardrailProfileArn"));
        const std::string profile = arns.empty() ? "" : arns.front();
        const std::string id = profile.substr(profile.rfind('/') + 1);
        if (id.starts_with("jp.")) continue;
        out.push_back(found(
            "guardrail-leaves-japan",
            declared.where("CrossRegionConfig"),
            "check.guardrail-leaves-japan.what"_msg,
            {{"resource", declared.resource->logical_id}, {"profile", id}}
        ));
        const auto guardrail = cloud::guardrail_of(
            pair.world(), declared.account->id, declared.resource->physical_id, "DRAFT"
        );
        for (const OperatorRole& each : pair.operator_roles()) {
            cloud::Leg leg{"bedrock:ApplyGuardrail", guardrail.arn, declared.account->id};
            leg.keys.emplace_back("aws:RequestedRegion", pair.world().region());
            if (!out.back().witness) {
                out.back().witness = allowed_request(pair, *each.role, std::move(leg));
            }
        }
    }
}

struct Row {
    std::string_view id;
    void (*look)(const Pair&, Sink&);
};
constexpr std::array kRows = {
    Row{"managed-policy-opens-models", managed_policy_opens_models},
    Row{"profile-unknown", profile_unknown},
    Row{"foundation-model-direct", foundation_model_direct},
    Row{"region-deny-foreign", region_deny_foreign},
    Row{"region-deny-missing", region_deny_missing},
    Row{"region-deny-blocks-destination", region_deny_blocks_destination},
    Row{"guardrail-leaves-japan", guardrail_leaves_japan},
    Row{"websearch-allowed", websearch_allowed},
    Row{"mantle-allowed", mantle_allowed},
    Row{"default-region-foreign", default_region_foreign},
};

}  // namespace

std::vector<Found> residency_findings(const cloud::World& world, const ResidencyProof& proof) {
    const Pair pair(world);
    Sink out;
    add_doubts(proof, out);
    for (const Row& row : kRows) {
        row.look(pair, out);
    }
    return out;
}

}  // namespace kakehashi::check

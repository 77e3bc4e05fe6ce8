#include "iam/simulation.h"

#include "base/json.h"
#include "base/problem.h"
#include "base/text.h"
#include "iam/decide.h"
#include "iam/detail/pattern.h"

#include <algorithm>

namespace kakehashi::iam {
namespace {

constexpr std::size_t kProblemsMax = 50;       // nobody reads more
constexpr std::size_t kContextKeysMax = 1000;  // a request of AWS has some fifty

// The resource policy of these is a role's trust policy, which names no Resource.
// Source: Service Authorization Reference, AWS STS.
bool asks_trust(std::string_view action) {
    const std::string lower = lower_ascii(action);
    return lower.starts_with("sts:assumerole") || lower == "sts:tagsession" ||
           lower == "sts:setsourceidentity" || lower == "sts:setcontext";
}

// One line, with all that is wrong in it.
class Reader {
public:
    void line(json::value& value) {
        if (!value.is_object())
            return problem("iam.simulation.not_a"_msg, "", {{"kind", "an object"}});
        if (const auto given = json::find_string(value, "name")) name = *given;
        if (json::object* simulation = object(value.get_object(), "simulation", "")) {
            read_simulation(*simulation);
        }
    }

    std::string name;
    Request request;
    PolicySet policies;
    Problems problems;

private:
    using Fields = std::vector<std::pair<std::string, std::string>>;

    void problem(MessageId id, const std::string& path, Fields fields) {
        if (problems.size() >= kProblemsMax) return;
        fields.emplace_back("key", path);
        problems.push_back({{std::move(id), std::move(fields)}, {"", 0, path}});
    }
    void wrong_kind(const std::string& path, const char* kind) {
        problem("iam.simulation.not_a"_msg, path, {{"kind", kind}});
    }
    static std::string below(const std::string& path, std::string_view key) {
        return path.empty() ? std::string(key) : path + "." + std::string(key);
    }

    // nullptr: absent or null, which is noted when it was required, or of another kind.
    enum class Need { Required, Optional };
    json::value* member(
        json::object& from,
        std::string_view key,
        const std::string& path,
        Need need
    ) {
        json::value* value = from.if_contains({key.data(), key.size()});
        if (value != nullptr && !value->is_null()) return value;
        if (need == Need::Required) problem("iam.simulation.missing"_msg, below(path, key), {});
        return nullptr;
    }
    json::object* object(
        json::object& from,
        std::string_view key,
        const std::string& path,
        Need need = Need::Required
    ) {
        json::value* value = member(from, key, path, need);
        if (value != nullptr && !value->is_object()) wrong_kind(below(path, key), "an object");
        return value != nullptr ? value->if_object() : nullptr;
    }
    json::array* array(
        json::object& from,
        std::string_view key,
        const std::string& path,
        Need need = Need::Optional
    ) {
        json::value* value = member(from, key, path, need);
        if (value != nullptr && !value->is_array()) wrong_kind(below(path, key), "an array");
        return value != nullptr ? value->if_array() : nullptr;
    }
    std::string text(
        json::object& from,
        std::string_view key,
        const std::string& path,
        Need need = Need::Required
    ) {
        json::value* value = member(from, key, path, need);
        if (value == nullptr) return "";
        if (value->is_string()) return std::string(json::view(value->get_string()));
        wrong_kind(below(path, key), "a text");
        return "";
    }
    void only(
        json::object& from,
        const std::string& path,
        const std::vector<std::string_view>& known
    ) {
        for (const auto& one : from) {
            const std::string_view key(one.key().data(), one.key().size());
            if (std::find(known.begin(), known.end(), key) != known.end()) continue;
            problem("iam.simulation.unknown"_msg, below(path, key), {});
        }
    }

    void read_simulation(json::object& simulation) {
        const std::string path = "simulation";
        only(
            simulation,
            path,
            {"request",
             "identityPolicies",
             "sessionPolicy",
             "permissionBoundaryPolicies",
             "resourcePolicy",
             "serviceControlPolicies",
             "resourceControlPolicies",
             "vpcEndpointPolicies"}
        );
        if (json::object* asked = object(simulation, "request", path)) read_request(*asked);
        named(simulation, "identityPolicies", path, PolicyType::Identity, policies.identity);
        optional_named(
            simulation, "permissionBoundaryPolicies", PolicyType::Boundary, policies.boundary
        );
        optional_named(simulation, "vpcEndpointPolicies", PolicyType::Endpoint, policies.endpoint);
        levels(simulation, "serviceControlPolicies", PolicyType::Scp, policies.scp);
        levels(simulation, "resourceControlPolicies", PolicyType::Rcp, policies.rcp);
        if (json::value* session = member(simulation, "sessionPolicy", path, Need::Optional)) {
            policies.session.emplace();
            policy(
                *session,
                "sessionPolicy",
                below(path, "sessionPolicy"),
                PolicyType::Session,
                *policies.session
            );
        }
        if (json::value* own = member(simulation, "resourcePolicy", path, Need::Optional)) {
            std::vector<Policy> one;
            policy(
                *own,
                "resourcePolicy",
                below(path, "resourcePolicy"),
                asks_trust(request.action) ? PolicyType::Trust : PolicyType::Resource,
                one
            );
            if (!one.empty()) policies.resource = std::move(one.front());
        }
    }

    void read_request(json::object& asked) {
        const std::string path = "simulation.request";
        only(asked, path, {"action", "principal", "resource", "contextVariables"});
        request.action = text(asked, "action", path);
        request.principal = text(asked, "principal", path);
        if (json::object* resource = object(asked, "resource", path)) {
            const std::string where = below(path, "resource");
            only(*resource, where, {"resource", "accountId"});
            request.resource = text(*resource, "resource", where);
            request.resource_account = text(*resource, "accountId", where, Need::Optional);
        }
        if (request.resource_account.empty()) {
            const auto parts = detail::arn_parts(request.resource);
            if (parts) request.resource_account = (*parts)[4];
        }
        if (json::object* keys = object(asked, "contextVariables", path, Need::Optional)) {
            if (keys->size() > kContextKeysMax) {
                const std::string most = std::to_string(kContextKeysMax);
                return problem(
                    "iam.simulation.too_many"_msg,
                    below(path, "contextVariables"),
                    {{"count", most}}
                );
            }
            for (auto& one : *keys) {
                const std::string_view key(one.key().data(), one.key().size());
                context(key, one.value(), below(path, "contextVariables"));
            }
        }
    }

    void context(std::string_view key, json::value& value, const std::string& path) {
        if (value.is_string()) {
            request.context.set(key, std::string(json::view(value.get_string())));
            return;
        }
        if (!value.is_array()) return wrong_kind(below(path, key), "a text or an array of texts");
        std::vector<std::string> values;
        for (json::value& one : value.get_array()) {
            if (!one.is_string()) return wrong_kind(below(path, key), "an array of texts");
            values.emplace_back(json::view(one.get_string()));
        }
        request.context.set_many(key, std::move(values));
    }

    // Takes the document out of the line: it may be large.
    void policy(
        json::value& document,
        std::string known_as,
        const std::string& path,
        PolicyType type,
        std::vector<Policy>& out
    ) {
        auto read = read_policy(std::move(document), std::move(known_as), type);
        if (read) return out.push_back(*std::move(read));
        for (Problem& one : read.error()) {
            if (problems.size() >= kProblemsMax) return;
            one.where.path = one.where.path.empty() ? path : path + "." + one.where.path;
            problems.push_back(std::move(one));
        }
    }
    void named(
        json::object& from,
        std::string_view key,
        const std::string& path,
        PolicyType type,
        std::vector<Policy>& out,
        Need need = Need::Optional
    ) {
        json::array* list = array(from, key, path, need);
        if (list == nullptr) return;
        for (std::size_t i = 0; i < list->size(); ++i) {
            const std::string where = below(path, key) + "[" + std::to_string(i) + "]";
            json::object* one = (*list)[i].if_object();
            if (one == nullptr) {
                wrong_kind(where, "an object");
                continue;
            }
            only(*one, where, {"name", "policy"});
            const std::string known_as = text(*one, "name", where, Need::Optional);
            json::value* document = member(*one, "policy", where, Need::Required);
            if (document != nullptr) policy(*document, known_as, below(where, "policy"), type, out);
        }
    }
    // An empty list is what iam-simulate is given when there is no boundary or no endpoint.
    void optional_named(
        json::object& from,
        std::string_view key,
        PolicyType type,
        std::optional<std::vector<Policy>>& out
    ) {
        std::vector<Policy> list;
        named(from, key, "simulation", type, list);
        if (!list.empty()) out = std::move(list);
    }
    void levels(
        json::object& from,
        std::string_view key,
        PolicyType type,
        std::vector<Level>& out
    ) {
        json::array* list = array(from, key, "simulation");
        if (list == nullptr) return;
        for (std::size_t i = 0; i < list->size(); ++i) {
            const std::string where = below("simulation", key) + "[" + std::to_string(i) + "]";
            json::object* one = (*list)[i].if_object();
            if (one == nullptr) {
                wrong_kind(where, "an object");
                continue;
            }
            only(*one, where, {"orgIdentifier", "policies"});
            Level level;
            level.target = text(*one, "orgIdentifier", where, Need::Optional);
            named(*one, "policies", where, type, level.policies, Need::Required);
            out.push_back(std::move(level));
        }
    }
};

const char* word(Result result) {
    switch (result) {
        case Result::Allowed:
            return "Allowed";
        case Result::ImplicitlyDenied:
            return "ImplicitlyDenied";
        case Result::ExplicitlyDenied:
            return "ExplicitlyDenied";
    }
    return "";
}

// A trust policy is the resource policy of its role; the shape has no other word for it.
const char* reported_name(PolicyType type) {
    return name(type == PolicyType::Trust ? PolicyType::Resource : type);
}

json::value described(const StatementMatch& match) {
    const Effect effect = match.policy.effect(match.statement);
    return json::object{
        {"policyType", reported_name(match.type)},
        {"policy", match.policy.name()},
        {"statement", match.statement},
        {"sid", match.policy.sid(match.statement)},
        {"effect", effect == Effect::Allow ? "Allow" : "Deny"}};
}

std::string answer(
    const std::string& name_of_case,
    const Request& request,
    const Decision& decision
) {
    json::array blocked;
    for (PolicyType type : decision.blocked_by)
        blocked.emplace_back(reported_name(type));
    json::array statements;
    for (const StatementMatch& match : decision.statements)
        statements.push_back(described(match));
    json::array missing;
    for (const std::string& key : decision.missing_keys)
        missing.emplace_back(key);
    json::object out;
    out["name"] = name_of_case;
    out["decision"] = word(decision.result);
    out["blockedBy"] = std::move(blocked);
    out["statements"] = std::move(statements);
    out["missingKeys"] = std::move(missing);
    out["reason"] = reason_clause(decision, request.action);
    return json::serialize(out);
}

Evaluated refused(const std::string& name_of_case, const std::string& error) {
    json::object out;
    out["name"] = name_of_case;
    out["error"] = error;
    return {json::serialize(out), true};
}

// STS API Reference, GetCallerIdentity: "No permissions are required to perform this operation",
// and a policy that denies it changes nothing.
bool needs_no_permission(const Request& request) {
    return equal_ignoring_case(request.action, "sts:GetCallerIdentity");
}

}  // namespace

Evaluated evaluate_line(std::string_view line, Language language) {
    auto value = json::parse(line, kSimulationBytesMax);
    if (!value) return refused("", text(json::describe(value.error()), language));
    Reader reader;
    reader.line(*value);
    if (reader.problems.empty()) {
        const Decision decision = needs_no_permission(reader.request)
                                      ? Decision{Result::Allowed, {}, {}, {}}
                                      : decide(reader.request, reader.policies);
        return {answer(reader.name, reader.request, decision), false};
    }
    std::string all;
    for (const Problem& one : reader.problems) {
        if (!all.empty()) all += "; ";
        all += text(one, language);
    }
    return refused(reader.name, all);
}

}  // namespace kakehashi::iam

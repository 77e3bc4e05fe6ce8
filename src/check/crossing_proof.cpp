#include "aws/residency.h"
#include "base/text.h"
#include "check/detail/models.h"
#include "check/judgement.h"
#include "cloud/explanation.h"
#include "cloud/model_access.h"
#include "cloud/operator_role.h"

#include <algorithm>
#include <map>
#include <set>

// "It works": the crossing of each workload, hop by hop, by the twin's own authorisation and its
// model of the network.
namespace kakehashi::check {
namespace {

constexpr TimePoint kNow{std::chrono::seconds(1'795'500'000)};  // policies may ask; no answer does

// Municipalities for which a role is looked for one by one; a rendered configuration names it.
constexpr std::size_t kWithoutRoleMax = 20;

std::string session_name_of(const config::Municipality& municipality) {
    const std::string name = replaced(municipality.session_name, "{host}", "host");
    return replaced(name, "{user}", "user");
}

Witness witness_of(const cloud::LegDecision& leg) {
    const iam::Request& request = leg.request;
    Witness out{request.principal, request.action, request.resource, request.resource_account};
    for (const auto& entry : request.context.entries())
        out.context.emplace_back(entry->key, entry->values);
    std::sort(out.context.begin(), out.context.end());
    return out;
}

class CrossingProver {
public:
    explicit CrossingProver(const cloud::World& world) : world_(world) {
        for (const cloud::Instance& instance : world.instances())
            workloads_[instance.account].push_back(&instance);
    }

    CrossingProof prove() {
        for (const auto& municipality : world_.configuration().municipalities) {
            municipality_ = &municipality;
            const auto workloads = workloads_.find(municipality.account);
            if (workloads == workloads_.end()) {  // nothing stands there that could cross
                proof_.verdict = worse(proof_.verdict, Verdict::Unknown);
                continue;
            }
            for (const cloud::Instance* workload : workloads->second)
                cross(*workload);
        }
        return std::move(proof_);
    }

private:
    // One link of each municipality and model is enough: the first.
    void broken(std::string link, Found cause) {
        broken(std::move(link), "", "", std::move(cause));
    }
    void broken(std::string link, std::string model, std::string destination, Found cause) {
        proof_.verdict = Verdict::Refuted;
        const auto key = municipality_->name + "\n" + model;
        if (!reported_.insert(key).second) return;
        proof_.broken.push_back(
            {municipality_->name,
             std::move(link),
             std::move(model),
             std::move(destination),
             std::move(cause)}
        );
    }

    Found found(std::string id, Location where, MessageId what) const {
        return {
            std::move(id), std::move(where), {std::move(what), {{"name", municipality_->name}}}};
    }

    // Silence: an endpoint, a group or a name is missing. nullopt: it answers.
    std::optional<Found> silence(const cloud::Reach& reach, const char* service) const {
        if (reach.reachable()) return std::nullopt;
        Found out{reach.finding, reach.where, {"check.crossing.silent"_msg, {}}};
        out.what.fields = {{"name", municipality_->name}, {"service", service}};
        return out;
    }

    Found refused(const cloud::Session& session, const cloud::Authorization& decided) const {
        const cloud::Explanation why = cloud::explain(world_, session, decided);
        const cloud::LegDecision& leg = decided.legs[decided.named->leg];
        Found out{why.finding, {}, {"check.crossing.refused"_msg, {}}};
        if (out.id.empty()) out.id = "profile-unknown";  // it would leave the allowed Regions
        out.what.fields = {
            {"name", municipality_->name},
            {"principal", session.principal_arn},
            {"action", leg.request.action},
            {"resource", leg.request.resource}};
        if (!why.missing.empty()) out.what = why.missing.front();
        if (!why.edits.empty()) {
            out.where = why.edits.front().where;
            out.fix = why.edits.front().what;
        }
        if (out.where.file.empty()) out.where = municipality_->where.table;
        out.witness = witness_of(leg);
        return out;
    }

    // No role trusts the caller: then the one is meant that it may ask for, and that role's trust
    // policy says why it does not.
    Expected<std::string, Message> role_that_it_may_name(
        const cloud::Session& caller,
        const cloud::RequestFacts& facts,
        const Message& otherwise
    ) {
        if (++without_role_ > kWithoutRoleMax) return Failure{otherwise};
        for (const cloud::Role& role : world_.roles()) {
            if (role.account != world_.configuration().operator_account.account) continue;
            aws::AssumeRoleRequest request;
            request.role_arn = role.arn;
            request.role_session_name = session_name_of(*municipality_);
            const auto decided = cloud::authorize(
                world_, caller, facts, cloud::assume_role_legs(world_, caller, request)
            );
            const auto& blocked = decided.legs.front().decision.blocked_by;
            if (blocked == std::vector{iam::PolicyType::Trust}) return role.arn;
        }
        return Failure{otherwise};
    }

    void cross(const cloud::Instance& workload) {
        const cloud::Place place{workload.account, &workload};
        const cloud::RequestFacts sts{cloud::reach(world_, place, "sts"), kNow};
        if (auto cause = silence(sts.reach, "sts"))
            return broken("sts-endpoint", *std::move(cause));
        const auto caller = cloud::instance_session(world_, workload, kNow);
        if (!caller) {
            return broken(
                "assume-role",
                found("caller-may-not-assume", workload.where, "check.crossing.no_role"_msg)
            );
        }
        auto target = cloud::operator_role_of(world_, *municipality_);
        if (!target) target = role_that_it_may_name(*caller, sts, target.error());
        if (!target) {
            Found cause{"trust-does-not-name-caller", municipality_->where.table, target.error()};
            return broken("assume-role", std::move(cause));
        }
        aws::AssumeRoleRequest request;
        request.role_arn = *target;
        request.role_session_name = session_name_of(*municipality_);
        request.external_id = municipality_->external_id;
        const auto assumed = cloud::authorize(
            world_, *caller, sts, cloud::assume_role_legs(world_, *caller, request)
        );
        ++proof_.requests;
        if (!assumed.allowed()) return broken("assume-role", refused(*caller, assumed));
        // An allowed AssumeRole has a role that some template declares.
        const cloud::Role& role = *world_.role(*target);
        invoke(place, cloud::assumed_session(role, *caller, request, {}, kNow));
    }

    void invoke(const cloud::Place& place, const cloud::Session& session) {
        const cloud::RequestFacts facts{cloud::reach(world_, place, "bedrock-runtime"), kNow};
        if (auto cause = silence(facts.reach, "bedrock-runtime")) {
            return broken("bedrock-endpoint", *std::move(cause));
        }
        const Location profiles = world_.configuration().bedrock.where.of("profiles");
        for (const std::string& model : world_.configuration().bedrock.profiles) {
            if (auto leaves = leaves_the_allowed(world_, model)) {  // `converse` never sends it
                broken("converse", model, "", {"profile-unknown", profiles, *std::move(leaves)});
                continue;
            }
            const auto invocation = cloud::resolve_invocation(world_, session.account, model);
            if (!invocation) {
                Found cause =
                    found(invocation.error().finding, profiles, "check.crossing.model_unknown"_msg);
                cause.what.fields.emplace_back("model", model);
                broken("converse", model, "", std::move(cause));
                continue;
            }
            invoke_model(facts, session, model, *invocation);
        }
    }

    void invoke_model(
        const cloud::RequestFacts& facts,
        const cloud::Session& session,
        const std::string& model,
        const cloud::Invocation& invocation
    ) {
        for (const auto kind : {cloud::InvocationKind::Unary, cloud::InvocationKind::Streaming}) {
            for (const std::string& destination : invocation.destinations) {
                const auto decided = cloud::authorize(
                    world_,
                    session,
                    facts,
                    cloud::invocation_legs(world_, session, invocation, {kind, destination})
                );
                ++proof_.requests;
                if (decided.allowed()) continue;
                const bool streaming = kind == cloud::InvocationKind::Streaming;
                Found cause = refused(session, decided);
                if (cause.witness) cause.witness->model_id = model;
                return broken(
                    streaming ? "converse-stream" : "converse", model, destination, std::move(cause)
                );
            }
        }
    }

    const cloud::World& world_;
    std::map<std::string, std::vector<const cloud::Instance*>> workloads_;  // by account
    const config::Municipality* municipality_ = nullptr;
    std::set<std::string> reported_;
    std::size_t without_role_ = 0;
    CrossingProof proof_;
};

}  // namespace

std::optional<Message> leaves_the_allowed(const cloud::World& world, const std::string& profile) {
    const auto& bedrock = world.configuration().bedrock;
    aws::ResidencyRules rules{aws::RegionSet(bedrock.allowed_regions), bedrock.source_region};
    rules.application_profiles.insert(
        bedrock.application_profiles.begin(), bedrock.application_profiles.end()
    );
    const aws::ResidencyGuard guard(world.catalog(), std::move(rules));
    const auto judged = guard.judge(profile, bedrock.source_region);
    const bool leaves =
        !judged && judged.error().kind == aws::ResidencyRefusal::Kind::OutsideAllowed;
    if (!leaves) return std::nullopt;
    const aws::ResidencyRefusal& refusal = judged.error();
    const std::string allowed = aws::to_string(refusal.allowed);
    if (refusal.places.unbounded()) {
        return Message{
            "check.profile-unknown.anywhere"_msg, {{"profile", profile}, {"allowed", allowed}}};
    }
    return Message{
        "check.profile-unknown.leaves"_msg,
        {{"profile", profile},
         {"regions", aws::to_string(refusal.places.without(refusal.allowed))},
         {"allowed", allowed}}};
}

CrossingProof prove_crossing(const cloud::World& world) {
    return CrossingProver(world).prove();
}

}  // namespace kakehashi::check

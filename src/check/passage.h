#pragma once

#include "check/asking.h"
#include "check/model_actions.h"
#include "cloud/world.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// What is asked of models, who may ask it, and which ways there are out of a municipality's VPC:
// what the residency proof and the questions of `--can` and `--diff` have in common. Pure; safe
// from every thread. Pointers are into the world.
namespace kakehashi::check {

struct Asked {
    const ModelAction* action = nullptr;
    const ModelResource* resource = nullptr;
    Where where;
};
// The most telling first: a counterexample with `global.` needs nothing but a wrong model id.
const std::vector<Asked>& all_questions();

template <class Fits>  // bool(std::size_t statement)
bool some_allow(const iam::Policy& policy, const Fits& fits) {
    for (std::size_t i = 0; i < policy.statement_count(); ++i) {
        if (policy.effect(i) == iam::Effect::Allow && fits(i)) return true;
    }
    return false;
}

// --- routes ---

using Owners = std::vector<const config::Municipality*>;  // of one account, or of one VPC
struct MunicipalRoute {
    const cloud::Route* route;
    Owners owners;
};
// Each route besides the local ones of the VPCs in which municipalities stand.
std::vector<MunicipalRoute> municipal_routes(const cloud::World& world);
bool is_way_out(const cloud::Route& route);  // lets anybody's credentials reach any Region
// What lies behind a gateway of another kind is for the configuration to vouch for: in an account
// that several municipalities share, by each.
bool is_vouched_for(const MunicipalRoute& out);
Message beyond(const MunicipalRoute& out);  // why a route that is not leaves it unknown

// --- endpoints ---

bool is_municipality(const cloud::World& world, std::string_view account);
std::string_view carried_service(std::string_view endpoint_service);  // "sts" of "sts-fips"
// The endpoint's policy beside what allows everything.
iam::PolicySet endpoint_alone(iam::PolicySet policies);
// When the policies allow it, with what the twin's switches say of endpoint policies.
Formula allowed_in(const cloud::World& world, Symbolic& symbolic, const iam::PolicySet& policies);
// Whether an endpoint's policy lets it through as far as the resource alone tells.
bool may_let_through(
    const iam::Policy& policy,
    const Asking& asking,
    const Asked& asked,
    Anatomies& anatomies
);

// --- callers ---

// Whom an endpoint's policy names.
struct NamedCallers {
    std::set<std::string> accounts, arns;
    bool accounts_are_patterns = false;  // some are named by a part of their id
    bool federated = false;              // it speaks of federated users, who are no class here
    void merge(NamedCallers other);
};
// An account that nothing in the worlds speaks of, to stand for all those.
std::string unmentioned_account(const std::vector<const cloud::World*>& worlds);
// Somebody of that account.
Caller anybody(const cloud::World& world, const std::string& account);
NamedCallers callers_named_by(
    const cloud::World& world,
    const cloud::Endpoint& endpoint,
    Anatomies& anatomies
);
// Whom an endpoint's policy can tell apart: those whom it names, the sessions, users and root of
// each account that it names or that belongs to the crossing.
std::vector<Caller> classes_of(const cloud::World& world, const NamedCallers& named);

}  // namespace kakehashi::check

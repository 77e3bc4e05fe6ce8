#pragma once

#include "check/found.h"
#include "check/model_actions.h"
#include "check/symbolic.h"
#include "cloud/authorization.h"
#include "cloud/session.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// One caller of the residency proof, and the questions about it: what of a request is known, what
// is free, and the request that comes out, replayed (docs/proof.md).
namespace kakehashi::check {

// How a call arrives at the service, which says what network keys it has.
enum class Way {
    Endpoint,  // through one VPC endpoint
    Internet,
    Forwarded,  // a service calls for somebody, from its own network
};

// Who asks. A value; borrows from the world.
struct Caller {
    cloud::Session session;
    // Whoever is none of the pair's declared principals may do what it likes. Absent: its own
    // policies count.
    std::optional<cloud::Role> unlimited = {};
    // Which sessions it stands for: what aws:PrincipalArn may be. Absent: the session's own.
    std::optional<Domain> any_of = {};
    std::string session_name = {};  // of a role's session; "": any
    bool free_tags = false, free_source_identity = false;
    bool other_account = false;  // not one that the world knows: its organisation is open
};
// Of a declared role or user.
Caller declared_caller(const cloud::World& world, const cloud::Role& role);
Caller declared_caller(const cloud::World& world, const cloud::User& user);
// Of anybody in an account: with a name that `any_of` leaves open, or the one of `arn`, a role's,
// user's, session's or root's.
Caller unlimited_caller(const cloud::World& world, const std::string& arn);

// Where the model runs that a question asks about.
struct Where {
    enum class Kind {
        Anywhere,   // the leg of `global.`: no Region in its ARN
        Foreign,    // any Region that is not allowed
        Region,     // this one
        Elsewhere,  // a Region that nobody knows yet
        Unknown,    // the resource does not tell: any Region
    } kind = Kind::Foreign;
    std::string region = {};
};

// What all questions of one world have in common, made once. Thread rule: one strand.
class ProofFacts {
public:
    explicit ProofFacts(const cloud::World& world);

    const cloud::World& world() const { return world_; }
    const Domain& region(Where::Kind kind) const;
    const Domain& rest(const ModelResource& resource);
    // AWS decides where a profile of its own may run the model, and an application profile runs
    // where the one that it copies from does: one that does not reach the Region is never the way
    // to it.
    const Side& profiles_that_reach(const Where& where);
    std::vector<std::string> preferred_profiles(const Where& where, const std::string& account)
        const;
    // Of a profile of AWS's own, or of an application profile of which the pair tells what it
    // copies from. nullptr: any other.
    const aws::RegionSet* destinations_of(const std::string& profile_arn) const;

private:
    void add_application_profile(const std::string& arn, const std::string& copies_from);
    bool reaches(const aws::RegionSet& destinations, const Where& where) const;

    const cloud::World& world_;  // outlives this
    aws::RegionSet allowed_;
    Domain foreign_, elsewhere_, any_region_;
    std::map<std::string, aws::RegionSet> application_profiles_;  // where they run, by ARN
    std::map<std::string, Domain> rests_;                         // by the resource's name
    std::map<std::string, Side> profiles_;                        // by Region and kind
};

// One caller by one way. Thread rule: one strand. Borrows the facts and the endpoint.
class Asking {
public:
    // `endpoint`: of Way::Endpoint; nullptr: any, whose policy lets everything pass.
    Asking(ProofFacts& facts, const Caller& caller, Way way, const cloud::Endpoint* endpoint);
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;

    Question question(const ModelAction& action, const ModelResource& resource, const Where& where)
        const;
    // The policies that bear on it, as the twin puts them together.
    iam::PolicySet policies(const Question& question) const;

    struct Replayed {
        bool allowed = false;
        Witness witness;
        std::vector<iam::StatementMatch> statements;  // that matched
    };
    // The request of a solution, asked of iam::decide and of cloud::authorize.
    Replayed replay(
        const Symbolic& symbolic,
        const std::vector<Value>& values,
        const iam::PolicySet& policies
    ) const;
    // The same of the endpoint's policy alone, as if everything else allowed everything.
    Replayed replay_endpoint(
        const Symbolic& symbolic,
        const std::vector<Value>& values,
        const iam::PolicySet& policies
    ) const;

    const Caller& caller() const { return caller_; }

private:
    std::optional<Domain> free_key(std::string_view key) const;
    std::optional<Domain> free_network_key(std::string_view lower) const;
    bool is_any_user() const;
    std::optional<Domain> free_principal_key(std::string_view lower) const;
    std::optional<Domain> free_principal_tag(std::string_view lower) const;
    std::optional<Domain> free_user_id() const;
    Domain profile_key(const Where& where) const;
    // The parts of `question`: what of them is known, and variables for what is not.
    void ask_about_resource(Question& question, const ModelResource& resource, const Where& where)
        const;
    void ask_about_region(Question& question, const Where& where) const;
    void tell_resource_account(Question& question, const ModelResource& resource) const;
    void forget_what_is_free(iam::Context& known) const;
    iam::Request completed(const Symbolic& symbolic, const std::vector<Value>& values) const;
    cloud::LegDecision authorized(const iam::Request& request) const;
    Witness witness_of(const iam::Request& request) const;
    // "": no client could ask for it by a profile of this Region.
    std::string model_id_of(const iam::Request& request) const;
    bool may_invoke(
        const std::string& action,
        const std::string& model_id,
        const std::string& region
    ) const;

    ProofFacts& proof_facts_;
    const cloud::World& world_;
    Caller caller_;
    Way way_;
    cloud::Endpoint any_endpoint_;
    cloud::RequestFacts facts_;
    iam::Context context_;  // of the session by this way, as the twin makes it
    iam::Context known_;    // the same without what is free
};

// Whether some policy asks about the caller's network, or about services that call for somebody.
bool asks_about_network(const KeyUses& uses);

}  // namespace kakehashi::check

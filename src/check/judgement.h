#pragma once

#include "check/found.h"
#include "check/search.h"
#include "cloud/world.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

// Everything that `check` says of one pair, before it is printed (check.md).
namespace kakehashi::check {

enum class Verdict { Proven, Refuted, Unknown };
const char* name(Verdict verdict);    // "proven", …
Verdict worse(Verdict a, Verdict b);  // Refuted before Unknown before Proven

struct BrokenLink {
    std::string municipality, link;  // "sts-endpoint", "assume-role", "converse", "converse-stream"
    std::string model_id, destination;  // "" before Bedrock
    Found cause;
};
struct CrossingProof {  // "it works"
    Verdict verdict = Verdict::Proven;
    std::vector<BrokenLink> broken = {};  // the first of each municipality and model
    std::size_t requests = 0;             // that were replayed
};

// Why a verdict is not `proven`.
struct Doubt {
    Verdict verdict = Verdict::Unknown;
    std::optional<Witness> witness = {};  // of Refuted
    Location where = {};                  // the statement, endpoint or route that opens it
    Message why;                          // one sentence
};
struct ResidencyProof {  // "nothing leaves Japan"
    struct Part {
        Verdict verdict = Verdict::Proven;
        std::vector<Doubt> doubts = {};  // the worst first; a few of each kind
    };
    Part iam, network, both;
    SearchSize size = {};
    // (caller or endpoint, action, kind of resource, place) that were asked, and how many of these
    // a glance at the resources of the Allow statements did not answer.
    std::size_t questions = 0, searched = 0;

    Verdict verdict() const { return worse(iam.verdict, both.verdict); }
};

struct Suppressed {
    Found found;
    std::string reason;
    std::chrono::sys_days until;
};

struct Judgement {
    std::vector<Found> findings = {};  // the worst first; then by file and line
    std::vector<Suppressed> suppressed = {};
    CrossingProof works = {};
    ResidencyProof stays_in_japan = {};
    std::vector<Message> assumptions = {};  // what the proofs lean on
    std::vector<cfn::PassedOver> passed_over = {};

    bool has_error() const;
};

// `today` decides which suppressions still hold. Never throws. Safe from every thread.
Judgement judge(const cloud::World& world, std::chrono::sys_days today);

// Each asks the world one kind of question. `judge` runs them all.
CrossingProof prove_crossing(const cloud::World& world);
ResidencyProof prove_residency(const cloud::World& world);
std::vector<Found> residency_findings(const cloud::World& world, const ResidencyProof& proof);
std::vector<Found> crossing_findings(const cloud::World& world, const CrossingProof& proof);
std::vector<Found> privilege_findings(const cloud::World& world);
std::vector<Found> perimeter_findings(const cloud::World& world);
std::vector<Found> policy_findings(const cloud::World& world);
std::vector<Found> drift_findings(const cloud::World& world);  // since the oldest bundle we hold

}  // namespace kakehashi::check

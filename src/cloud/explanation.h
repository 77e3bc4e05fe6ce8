#pragma once

#include "base/message.h"
#include "cloud/authorization.h"
#include "cloud/change.h"

#include <string>
#include <vector>

// Why a request was refused and what would turn that round, each edit proven by deciding again.
namespace kakehashi::cloud {

// A statement, its policy's type and where it stands.
struct StatementView {
    std::string action, resource;  // of the leg
    iam::PolicyType type = iam::PolicyType::Identity;
    iam::Effect effect = iam::Effect::Allow;
    std::string policy, sid;
    Location where;
};

struct Edit {
    Message what;
    Location where;
    std::vector<Change> changes;  // made in this order
};

struct Explanation {
    std::string
        finding;  // an id of check.md; "" if `outside`, and where no step of the crossing is shut
    // The models of the request that would run outside bedrock.allowed_regions. Its refusal is what
    // the accounts are for, so there is no finding, and nobody is told how to turn it round: the
    // one edit is of the request, to a profile that stays inside.
    std::vector<std::string> outside;
    std::vector<StatementView> matched;  // every statement that matched, the deciding ones first
    std::vector<Message> missing;        // "no identity policy allows A on R", a line for each
    // The smallest edits that were found, in the order in which they are to be made: each turns one
    // obstacle round, all of them together let the request pass. One entry is enough by itself.
    std::vector<Edit> edits;
    bool proven = false;  // the request passes in the world built again with them
};

// Requires: !authorization.allowed(). Pure; safe from every thread.
Explanation explain(const World& world, const Session& session, const Authorization& authorization);

// A request that something else than IAM refused.
struct GateRefusal {
    const Session* session = nullptr;  // null: not authenticated
    std::string finding, code, message;
    std::string event = {};        // "Converse"
    json::object parameters = {};  // as CloudTrail has them: modelId, roleArn
    iam::Context context = {};     // the keys of the session and of its way here
};
// The account's state, the model that was asked for, or the request itself. No edits: nothing that
// is known of the request tells which. Pure; safe from every thread.
Explanation explain_gate(const World& world, const GateRefusal& refusal);

// A service that does not answer at a place. Pure; safe from every thread.
Explanation explain_silence(const World& world, const Place& place, std::string_view service);
// An instance without credentials, or without a metadata service. Requires: place.instance.
Explanation explain_metadata(const World& world, const Place& place, std::string_view finding);

}  // namespace kakehashi::cloud

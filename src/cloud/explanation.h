#pragma once

#include "base/message.h"
#include "cloud/authorization.h"

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
};

struct Explanation {
    std::string finding;  // an id of check.md; "" if `outside`
    // The models of the request that would run outside bedrock.allowed_regions. Its refusal is what
    // the accounts are for, so there is no finding, and nobody is told how to turn it round.
    std::vector<std::string> outside;
    std::vector<StatementView> matched;  // every statement that matched, the deciding ones first
    std::vector<Message> missing;        // "no identity policy allows A on R", a line for each
    // Each turns one obstacle round; all of them together let the request pass. One entry is the
    // single edit that is enough.
    std::vector<Edit> edits;
    std::vector<LegDecision> mended;  // the refused legs with the edits made, decided again
    bool proven = false;              // all of them are allowed
};

// Requires: !authorization.allowed(). Pure; safe from every thread.
Explanation explain(const World& world, const Session& session, const Authorization& authorization);

}  // namespace kakehashi::cloud

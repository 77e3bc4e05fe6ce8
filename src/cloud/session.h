#pragma once

#include "aws/sts_messages.h"
#include "cloud/reach.h"
#include "cloud/world.h"
#include "iam/context.h"

#include <optional>
#include <string>
#include <vector>

// Who signs a request, as IAM sees it.
namespace kakehashi::cloud {

// A role's session or a user. Borrows from the world.
struct Session {
    std::string account;
    std::string arn;             // arn:aws:sts::…:assumed-role/ROLE/SESSION, or the user's
    std::string principal_arn;   // aws:PrincipalArn: the role's with its path, or the user's
    std::string user_id;         // "AROA…:SESSION", or "AIDA…"
    const Role* role = nullptr;  // null: a user, or a principal that no template declares
    const User* user = nullptr;
    std::optional<std::vector<iam::Policy>> session_policies = {};
    Tags tags = {};  // passed with AssumeRole; they come before the role's own
    std::vector<std::string> transitive_tag_keys = {};
    std::string source_identity = {};
    const Instance* instance = nullptr;  // whose instance profile gave the credentials
    TimePoint issued = {};
};

// Of an instance's own role. nullopt: no profile, no such role, or its trust policy does not let
// ec2.amazonaws.com assume it.
std::optional<Session> instance_session(
    const World& world,
    const Instance& instance,
    TimePoint now
);

// Of a principal that the configuration names ([[twin.credential]]): a session, role or user ARN.
Session declared_session(const World& world, std::string_view principal, TimePoint now);

// Of a role that was assumed. Requires: `request` was authorised.
Session assumed_session(
    const Role& role,
    const Session& caller,
    const aws::AssumeRoleRequest& request,
    std::vector<iam::Policy> passed_policies,
    TimePoint now
);

// What the request itself adds, besides its principal.
struct RequestFacts {
    Reach reach;
    TimePoint now;
    std::string user_agent = {};
};

// The global condition keys of one request. Source: IAM User Guide, "AWS global condition context
// keys". aws:RequestedRegion and the service's own keys are each leg's.
iam::Context request_context(const World& world, const Session& session, const RequestFacts& facts);

}  // namespace kakehashi::cloud

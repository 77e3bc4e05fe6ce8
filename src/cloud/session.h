#pragma once

#include "aws/sts_messages.h"
#include "cloud/reach.h"
#include "cloud/world.h"
#include "iam/context.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

// Who signs a request, as IAM sees it.
namespace kakehashi::cloud {

// A role's session or a user. Borrows from the world.
struct Session {
    enum class Kind { Role, User, Root, Anonymous };
    Kind kind = Kind::Role;
    std::string account;
    std::string arn;  // arn:aws:sts::…:assumed-role/ROLE/SESSION, or the user's; "anonymous"
    std::string principal_arn;   // aws:PrincipalArn: the role's with its path, or the user's
    std::string user_id;         // "AROA…:SESSION", or "AIDA…"
    const Role* role = nullptr;  // null also for a role that no template declares: it may nothing
    const User* user = nullptr;  // null also for such a user
    std::optional<std::vector<iam::Policy>> session_policies = {};
    Tags tags = {};  // passed with AssumeRole; they come before the role's own
    std::vector<std::string> transitive_tag_keys = {};
    std::string source_identity = {};
    const Instance* instance = nullptr;  // whose instance profile gave the credentials
    TimePoint issued = {};
};

// Of the role of an instance, a task or a function. nullopt: no profile, no such role, or its trust
// policy does not let the service of that kind assume it (ec2, ecs-tasks, lambda).
std::optional<Session> instance_session(
    const World& world,
    const Instance& instance,
    TimePoint now
);

// Of a principal that the configuration names ([[twin.credential]]): a session, role or user ARN.
Session declared_session(const World& world, std::string_view principal, TimePoint now);

// Of a request that nobody signed.
Session anonymous_session();

// The tags that a role session gets: those that the calling session hands on, and the request's.
// Requires: the request gives none of the former another value.
Tags passed_tags(const Session& caller, const aws::AssumeRoleRequest& request);

// Of a role that was assumed. Requires: `request` was authorised.
Session assumed_session(
    const Role& role,
    const Session& caller,
    const aws::AssumeRoleRequest& request,
    std::vector<iam::Policy> passed_policies,
    TimePoint now
);

// The same session in a world that differs in what its files say.
Session in_world(const World& world, Session session);

// The global condition keys that every request of a session has that takes the same way: who asks,
// and from where. Source: IAM User Guide, "AWS global condition context keys".
std::shared_ptr<const iam::Context> standing_context(
    const World& world,
    const Session& session,
    const Reach& reach
);

// What the request itself adds, besides its principal.
struct RequestFacts {
    Reach reach;
    TimePoint now;
    std::string user_agent = {};
    // Of this session and reach; absent: it is made for this one request.
    std::shared_ptr<const iam::Context> standing = {};
};

// The global condition keys of one request. aws:RequestedRegion and the service's own keys are each
// leg's.
iam::Context request_context(const World& world, const Session& session, const RequestFacts& facts);

// Takes out what tells of the caller's network: a service that calls for somebody stands in its
// own.
void remove_network_keys(iam::Context& context);

}  // namespace kakehashi::cloud

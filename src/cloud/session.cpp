#include "cloud/session.h"

#include "base/arn.h"
#include "base/text.h"
#include "iam/decide.h"

#include <algorithm>

namespace kakehashi::cloud {
namespace {

std::string session_arn(const Role& role, std::string_view session) {
    return "arn:aws:sts::" + role.account + ":assumed-role/" + role.name + "/" +
           std::string(session);
}

Session role_session(const Role& role, std::string_view session, TimePoint now) {
    Session out;
    out.account = role.account;
    out.arn = session_arn(role, session);
    out.principal_arn = role.arn;
    out.user_id = role.unique_id + ":" + std::string(session);
    out.role = &role;
    out.issued = now;
    return out;
}

const char* service_of(Instance::Kind kind) {
    switch (kind) {
        case Instance::Kind::Ec2:
            return "ec2.amazonaws.com";
        case Instance::Kind::Ecs:
            return "ecs-tasks.amazonaws.com";
        case Instance::Kind::Lambda:
            return "lambda.amazonaws.com";
    }
    return "";
}

bool trusts(const Role& role, const char* service) {
    iam::Request request;
    request.action = "sts:AssumeRole";
    request.principal = service;
    request.resource = role.arn;
    request.resource_account = role.account;
    iam::PolicySet policies;
    policies.resource = role.trust;
    return iam::decide(request, policies).allowed();
}

const char* principal_type(Session::Kind kind) {
    switch (kind) {
        case Session::Kind::Role:
            return "AssumedRole";
        case Session::Kind::User:
            return "User";
        case Session::Kind::Root:
            return "Account";
        case Session::Kind::Anonymous:
            return "Anonymous";
    }
    return "";
}

void set_tags(const Tags& tags, iam::Context& context) {
    for (const auto& [key, value] : tags) {
        context.set("aws:PrincipalTag/" + key, value);
    }
}

void set_principal(const World& world, const Session& session, iam::Context& context) {
    context.set("aws:PrincipalType", principal_type(session.kind));
    context.set("aws:userid", session.user_id);
    if (session.kind == Session::Kind::Anonymous) return;
    context.set("aws:PrincipalArn", session.principal_arn);
    context.set("aws:PrincipalAccount", session.account);
    if (session.user) context.set("aws:username", session.user->name);
    context.set("aws:PrincipalIsAWSService", "false");
    if (session.kind == Session::Kind::Role) {  // temporary credentials, and no MFA device
        context.set("aws:TokenIssueTime", to_iso8601(session.issued));
        context.set("aws:MultiFactorAuthPresent", "false");
    }
    if (!session.source_identity.empty()) {
        context.set("aws:SourceIdentity", session.source_identity);
    }
    // Keys of tags match in any case, and the session's own come before the role's: set last.
    if (session.role) set_tags(session.role->tags, context);
    if (session.user) set_tags(session.user->tags, context);
    set_tags(session.tags, context);
    const auto& organization = world.organization();
    const auto* member = organization ? organization->find(session.account) : nullptr;
    if (member) {
        context.set("aws:PrincipalOrgID", organization->id);
        context.set_many("aws:PrincipalOrgPaths", {member->path});
    }
    const Instance* instance = session.instance;
    if (instance && instance->kind == Instance::Kind::Ec2) {
        context.set(
            "ec2:SourceInstanceArn",
            "arn:aws:ec2:" + world.region() + ":" + instance->account + ":instance/" + instance->id
        );
        context.set("ec2:RoleDelivery", "2.0");
        context.set("aws:Ec2InstanceSourceVpc", instance->vpc);
        context.set("aws:Ec2InstanceSourcePrivateIPv4", ipv4_text(instance->address));
    }
}

// aws:VpceAccount, aws:VpceOrgID, aws:VpceOrgPaths and aws:SourceVpcArn are set by some services
// only, and neither STS nor Bedrock is in AWS's lists (unverified: the switch vpce_keys).
void set_endpoint_owner(const World& world, const Endpoint& endpoint, iam::Context& context) {
    if (world.configuration().twin.switches.vpce_keys != config::VpceKeys::All) return;
    context.set("aws:VpceAccount", endpoint.account);
    context.set(
        "aws:SourceVpcArn",
        "arn:aws:ec2:" + world.region() + ":" + endpoint.account + ":vpc/" + endpoint.vpc
    );
    const auto& organization = world.organization();
    if (const auto* member = organization ? organization->find(endpoint.account) : nullptr) {
        context.set("aws:VpceOrgID", organization->id);
        context.set_many("aws:VpceOrgPaths", {member->path});
    }
}

void set_network(const World& world, const Reach& reach, iam::Context& context) {
    if (!reach.endpoint) {
        context.set("aws:SourceIp", reach.source_address);
        return;
    }
    context.set("aws:SourceVpc", reach.vpc);
    context.set("aws:SourceVpce", reach.endpoint->id);
    context.set("aws:VpcSourceIp", reach.source_address);
    set_endpoint_owner(world, *reach.endpoint, context);
}

}  // namespace

std::optional<Session> instance_session(
    const World& world,
    const Instance& instance,
    TimePoint now
) {
    const auto* profile = world.instance_profile(instance.account, instance.instance_profile);
    const std::string name = instance.role.empty() && profile ? profile->role : instance.role;
    const Role* role = world.role(instance.account, name);
    if (!role || !trusts(*role, service_of(instance.kind))) return std::nullopt;
    Session session = role_session(*role, instance.id, now);
    session.instance = &instance;
    return session;
}

Session declared_session(const World& world, std::string_view principal, TimePoint now) {
    Session out;
    out.arn = principal;
    out.principal_arn = principal;
    out.user_id = "AIDAEXAMPLE";
    out.issued = now;
    const auto arn = parse_arn(principal);
    if (!arn) return out;
    out.account = arn->account;
    const auto parts = split(arn->resource, '/');
    const bool session = parts.size() == 3 && parts[0] == "assumed-role";
    const Role* role = session ? world.role(arn->account, parts[1]) : world.role(principal);
    if (role) return role_session(*role, session ? parts[2] : "session", now);
    if (session) {
        out.principal_arn = "arn:aws:iam::" + arn->account + ":role/" + std::string(parts[1]);
        out.user_id = "AROAEXAMPLE:" + std::string(parts[2]);
    } else if (parts[0] == "user") {
        out.kind = Session::Kind::User;
        out.user = world.user(principal);
        if (out.user) out.user_id = out.user->unique_id;
    } else if (arn->resource == "root") {
        out.kind = Session::Kind::Root;
        out.user_id = arn->account;
    }
    return out;
}

Session in_world(const World& world, Session session) {
    if (session.role) session.role = world.role(session.role->arn);
    if (session.user) session.user = world.user(session.user->arn);
    if (!session.instance) return session;
    const auto all = world.instances_of(session.instance->account);
    const auto same = std::find_if(all.begin(), all.end(), [&](const Instance* each) {
        return each->id == session.instance->id;
    });
    session.instance = same == all.end() ? nullptr : *same;
    return session;
}

Session anonymous_session() {
    Session out;
    out.kind = Session::Kind::Anonymous;
    out.arn = "anonymous";
    out.user_id = "anonymous";
    return out;
}

Tags passed_tags(const Session& caller, const aws::AssumeRoleRequest& request) {
    Tags tags;
    for (const std::string& key : caller.transitive_tag_keys) {
        if (const auto tag = caller.tags.find(key); tag != caller.tags.end()) tags.insert(*tag);
    }
    for (const auto& [key, value] : request.tags) {
        tags.emplace(key, value);
    }
    return tags;
}

Session assumed_session(
    const Role& role,
    const Session& caller,
    const aws::AssumeRoleRequest& request,
    std::vector<iam::Policy> passed_policies,
    TimePoint now
) {
    Session out = role_session(role, request.role_session_name, now);
    if (!passed_policies.empty()) out.session_policies = std::move(passed_policies);
    out.tags = passed_tags(caller, request);
    out.transitive_tag_keys = caller.transitive_tag_keys;
    out.transitive_tag_keys.insert(
        out.transitive_tag_keys.end(),
        request.transitive_tag_keys.begin(),
        request.transitive_tag_keys.end()
    );
    out.source_identity = request.source_identity.value_or(caller.source_identity);
    return out;
}

std::shared_ptr<const iam::Context> standing_context(
    const World& world,
    const Session& session,
    const Reach& reach
) {
    auto context = std::make_shared<iam::Context>();
    set_principal(world, session, *context);
    set_network(world, reach, *context);
    context->set("aws:SecureTransport", "true");
    context->set("aws:ViaAWSService", "false");
    return context;
}

iam::Context request_context(
    const World& world,
    const Session& session,
    const RequestFacts& facts
) {
    iam::Context context(
        facts.standing ? facts.standing : standing_context(world, session, facts.reach)
    );
    context.set("aws:CurrentTime", to_iso8601(facts.now));
    context.set(
        "aws:EpochTime",
        std::to_string(
            std::chrono::duration_cast<std::chrono::seconds>(facts.now.time_since_epoch()).count()
        )
    );
    if (!facts.user_agent.empty()) context.set("aws:UserAgent", facts.user_agent);
    return context;
}

void remove_network_keys(iam::Context& context) {
    for (const char* key :
         {"aws:SourceIp",
          "aws:SourceVpc",
          "aws:SourceVpce",
          "aws:VpcSourceIp",
          "aws:SourceVpcArn",
          "aws:VpceAccount",
          "aws:VpceOrgID",
          "aws:VpceOrgPaths"}) {
        context.erase(key);
    }
}

}  // namespace kakehashi::cloud

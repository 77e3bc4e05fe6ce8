#include "cloud/explanation.h"

#include "cloud/example_world.h"
#include "cloud/model_access.h"

#include <gtest/gtest.h>

namespace kakehashi::cloud {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint kNow{1'795'509'217s};
constexpr const char* kOperatorRole =
    "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city";
constexpr const char* kJp = "jp.anthropic.claude-haiku-4-5-20251001-v1:0";
constexpr const char* kOrganization = R"(
[twin.organization]
id = "o-gov"
[[twin.organization.policy]]
type = "SCP"
file = "policy.json"
targets = ["root", "operator"]

[twin.operator])";

// The questions of a crossing in one world: which of them are refused, each with its explanation.
struct Refused {
    Session session;
    Authorization authorization;
};

enum class WithGuardrail { Yes, No };
std::vector<Refused> refusals(
    const World& world,
    const aws::AssumeRoleRequest& request,
    WithGuardrail with_guardrail = WithGuardrail::Yes
) {
    std::vector<Refused> out;
    const Place place = *find_place(world, "sample-city");
    const Session caller = *instance_session(world, *place.instance, kNow);
    const auto keep = [&](const Session& session, Authorization decided) {
        if (!decided.allowed()) out.push_back({session, std::move(decided)});
    };
    const RequestFacts sts{reach(world, place, "sts"), kNow};
    keep(caller, authorize(world, caller, sts, assume_role_legs(world, caller, request)));
    keep(caller, authorize_caller_identity(world, caller, sts));
    const Role* role = world.role(kOperatorRole);
    if (!role) return out;
    const Session session = assumed_session(*role, caller, request, {}, kNow);
    const RequestFacts bedrock{reach(world, place, "bedrock-runtime"), kNow};
    const auto invocation = resolve_invocation(world, session.account, kJp);
    for (const char* region : {"ap-northeast-1", "ap-northeast-3"}) {
        for (InvocationKind kind : {InvocationKind::Unary, InvocationKind::Streaming}) {
            InvocationRequest asked{kind, region};
            if (with_guardrail == WithGuardrail::Yes) {
                asked.guardrail = guardrail_of(world, session.account, "gr1", "2");
            }
            keep(
                session,
                authorize(
                    world, session, bedrock, invocation_legs(world, session, *invocation, asked)
                )
            );
        }
    }
    return out;
}

aws::AssumeRoleRequest crossing_request() {
    aws::AssumeRoleRequest request;
    request.role_arn = kOperatorRole;
    request.role_session_name = "kakehashi-host";
    request.external_id = "f3b60f3a1c7e4c0d9a52d8e17b4496ce";
    return request;
}

// What a program does that knows nothing of IAM: it makes the changes, all of them in their order,
// and asks again.
bool passes_with(const World& world, const Refused& refused, const Explanation& why) {
    std::vector<Change> all;
    Authorization before = refused.authorization;
    for (const Edit& edit : why.edits) {
        all.insert(all.end(), edit.changes.begin(), edit.changes.end());
    }
    auto again = with_changes(world, all);
    if (!again) return false;
    Session session = in_world(**again, refused.session);
    for (const Change& change : all) {
        if (change.of == Change::Of::File) continue;
        const std::string value(change.value.is_string() ? change.value.as_string().c_str() : "");
        if (change.path == "Policy") session.session_policies.reset();
        for (LegDecision& leg : before.legs) {
            if (change.path == "RoleArn") leg.leg.resource = leg.request.resource = value;
            if (change.path.ends_with("ExternalId") || change.path.ends_with("SessionName")) {
                leg.request.context.set("sts:" + change.path, value);
            }
        }
    }
    return decide_again(**again, session, before.legs).allowed();
}

void expect_proven(const World& world, const Refused& refused, const std::string& of) {
    const Explanation why = explain(world, refused.session, refused.authorization);
    EXPECT_TRUE(why.proven) << of;
    EXPECT_FALSE(why.edits.empty()) << of;
    EXPECT_FALSE(why.finding.empty()) << of;
    EXPECT_TRUE(passes_with(world, refused, why)) << of;
    for (const Edit& edit : why.edits) {
        EXPECT_FALSE(edit.changes.empty()) << of;
        for (Language language : {Language::English, Language::Japanese}) {
            EXPECT_EQ(text(edit.what, language).find("cloud.edit"), std::string::npos) << of;
            EXPECT_EQ(text(edit.what, language).find('{'), std::string::npos) << of;
        }
    }
}

// "set operator.yaml Resources.X…" of each change, a line for each.
std::string shown(const Explanation& why) {
    std::string out;
    for (const Edit& edit : why.edits) {
        for (const Change& change : edit.changes) {
            out += std::string(name(change.operation)) + " " + name(change.of) + " " + change.path +
                   " = " + json::serialize(change.value) + "\n";
        }
    }
    return out;
}

struct Fault {
    TextEdit edit;
    std::size_t of;  // which refusal of the crossing, in the order of `refusals`
    const char *finding, *changes;
};

// One edit of a file → the finding → the one change that turns it round.
TEST(Explanation, ProposesTheSmallestChange) {
    const Fault rows[] = {
        {{"operator.yaml", "role/kakehashi-caller", "role/somebody-else"},
         0,
         "trust-does-not-name-caller",
         "set file Resources.OperatorRole.Properties.AssumeRolePolicyDocument.Statement[0]."
         "Principal.AWS = \"arn:aws:iam::111111111111:role/kakehashi-caller\"\n"},
        {{"operator.yaml", "RoleName: kakehashi-operator-sample-city", "RoleName: another"},
         0,
         "trust-does-not-name-caller",
         "set file Resources.OperatorRole.Properties.RoleName = "
         "\"kakehashi-operator-sample-city\"\n"},
        {{"operator.yaml", "sts:ExternalId: !Ref ExternalId", "sts:ExternalId: other-id"},
         0,
         "external-id-differs",
         "set file municipality[0].external_id = \"other-id\"\n"
         "set request ExternalId = \"other-id\"\n"},
        {{"operator.yaml", "sts:RoleSessionName: kakehashi-*", "sts:RoleSessionName: other-*"},
         0,
         "session-name-refused",
         "set file municipality[0].session_name = \"other-{host}\"\n"
         "set request RoleSessionName = \"other-x\"\n"},
        {{"operator.yaml",
          "sts:RoleSessionName: kakehashi-*",
          "sts:RoleSessionName: kakehashi-*\n                aws:SourceVpce: vpce-other"},
         0,
         "trust-does-not-name-caller",
         nullptr},
        {{"operator.yaml", "- bedrock:InvokeModelWithResponseStream", "- bedrock:CountTokens"},
         0,
         "streaming-denied",
         nullptr},
        {{"operator.yaml", "- ap-northeast-3\n", "- ap-northeast-2\n"},
         0,
         "region-deny-blocks-destination",
         "append file Resources.OperatorRole.Properties.Policies[0].PolicyDocument.Statement[2]."
         "Condition.StringNotEquals.aws:RequestedRegion = \"ap-northeast-3\"\n"},
        {{"operator.yaml",
          "      MaxSessionDuration: 3600\n",
          "      MaxSessionDuration: 3600\n      PermissionsBoundary: "
          "arn:aws:iam::aws:policy/AWSMarketplaceRead-only\n"},
         0,
         "operator-may-not-invoke",
         "remove file Resources.OperatorRole.Properties.PermissionsBoundary = null\n"},
        {{"municipality.yaml",
          "Action: sts:AssumeRole\n                Resource",
          "Action: "
          "sts:TagSession\n                Resource"},
         0,
         "caller-may-not-assume",
         "append file Resources.CallerRole.Properties.Policies[0].PolicyDocument.Statement[0]."
         "Action = \"sts:AssumeRole\"\n"},
        {{"municipality.yaml", "- bedrock:InvokeModel\n", "- bedrock:CountTokens\n"},
         0,
         "endpoint-policy-blocks",
         "append file Resources.BedrockRuntimeEndpoint.Properties.PolicyDocument.Statement[0]."
         "Action = \"bedrock:InvokeModel\"\n"},
        {{"municipality.yaml", "sts:GetCallerIdentity", "sts:GetFederationToken"},
         0,
         "endpoint-policy-blocks",
         "append file Resources.StsEndpoint.Properties.PolicyDocument.Statement[1].Action = "
         "\"sts:GetCallerIdentity\"\n"},
    };
    for (const Fault& row : rows) {
        auto world = example_world("fenced", {row.edit});
        ASSERT_TRUE(world) << row.edit.to << "\n" << all_texts(world.error());
        const auto found = refusals(**world, crossing_request(), WithGuardrail::No);
        ASSERT_LT(row.of, found.size()) << row.edit.to;
        const Refused& refused = found[row.of];
        expect_proven(**world, refused, row.edit.to);
        const Explanation why = explain(**world, refused.session, refused.authorization);
        EXPECT_EQ(why.finding, row.finding) << row.edit.to;
        EXPECT_EQ(why.edits.size(), 1U) << row.edit.to << "\n" << shown(why);
        if (!row.changes) continue;
        EXPECT_EQ(shown(why), row.changes) << row.edit.to;
    }
}

// Whatever single thing is wrong in the pair: what an explanation proposes makes the request pass.
TEST(Explanation, ProposesEditsThatAreEnough) {
    const TextEdit rows[] = {
        {"operator.yaml", "role/kakehashi-caller", "role/somebody-else"},
        {"operator.yaml", "RoleName: kakehashi-operator-sample-city", "RoleName: another"},
        {"operator.yaml", "sts:ExternalId: !Ref ExternalId", "sts:ExternalId: other-id"},
        {"operator.yaml", "sts:RoleSessionName: kakehashi-*", "sts:RoleSessionName: other-*"},
        {"operator.yaml",
         "sts:RoleSessionName: kakehashi-*",
         "sts:RoleSessionName: other-*\n              Null: {aws:SourceVpce: true}"},
        {"operator.yaml", "Effect: Allow", "Effect: Deny"},
        {"operator.yaml", "- bedrock:InvokeModelWithResponseStream", "- bedrock:CountTokens"},
        {"operator.yaml", "- ap-northeast-3\n", "- ap-northeast-2\n"},
        {"operator.yaml", "foundation-model/", "foundation-model/no-"},
        {"operator.yaml", "inference-profile/", "inference-profile/no-"},
        {"operator.yaml",
         "      MaxSessionDuration: 3600\n",
         "      MaxSessionDuration: 3600\n      PermissionsBoundary: "
         "arn:aws:iam::aws:policy/AWSMarketplaceRead-only\n"},
        {"municipality.yaml", "Effect: Allow", "Effect: Deny"},
        {"municipality.yaml", "Action: sts:AssumeRole", "Action: sts:TagSession"},
        {"municipality.yaml", "- bedrock:InvokeModel\n", "- bedrock:CountTokens\n"},
        {"municipality.yaml", "sts:GetCallerIdentity", "sts:GetFederationToken"},
    };
    for (const TextEdit& edit : rows) {
        auto world = example_world("fenced", {edit});
        ASSERT_TRUE(world) << edit.to << "\n" << all_texts(world.error());
        const Place place = *find_place(**world, "sample-city");
        if (!instance_session(**world, *place.instance, kNow)) continue;  // it denies EC2 too
        const auto found = refusals(**world, crossing_request());
        EXPECT_FALSE(found.empty()) << edit.to;
        for (const Refused& each : found) {
            expect_proven(**world, each, edit.to);
        }
    }
}

TEST(Explanation, ProposesEnoughForWhatTheRequestBrings) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world);
    auto tagged = crossing_request();
    tagged.tags = {{"department", "jumin"}};
    auto named = crossing_request();
    named.source_identity = "hanako";
    auto ghost = crossing_request();
    ghost.role_arn = "arn:aws:iam::222222222222:role/ghost";
    auto both = crossing_request();
    both.external_id = "wrong";
    both.role_session_name = "wrong";
    for (const auto& request : {tagged, named, ghost, both}) {
        const auto found = refusals(**world, request);
        ASSERT_FALSE(found.empty());
        for (const Refused& each : found) {
            expect_proven(**world, each, request.role_arn);
        }
    }
    // Two settings of the caller are wrong: nobody has to weaken a trust policy.
    const auto found = refusals(**world, both);
    const Explanation why = explain(**world, found[0].session, found[0].authorization);
    EXPECT_EQ(
        shown(why),
        "set request ExternalId = \"f3b60f3a1c7e4c0d9a52d8e17b4496ce\"\n"
        "set request RoleSessionName = \"kakehashi-x\"\n"
    );
}

TEST(Explanation, NamesEveryDenyOfOnePolicy) {
    const std::string denies = R"({"Version":"2012-10-17","Statement":[
        {"Sid":"First","Effect":"Deny","Action":"bedrock:*","Resource":"*"},
        {"Effect":"Deny","Action":"*","Resource":"*"}]})";
    auto world = example_world(
        "fenced",
        {{"kakehashi.toml", "\n[twin.operator]", kOrganization}},
        {{"policy.json", denies}}
    );
    ASSERT_TRUE(world) << all_texts(world.error());
    const auto found = refusals(**world, crossing_request());
    ASSERT_FALSE(found.empty());
    for (const Refused& each : found) {
        expect_proven(**world, each, "two denies");
    }
    const Explanation why = explain(**world, found.back().session, found.back().authorization);
    std::string all;
    for (const Edit& edit : why.edits) {
        all += text(edit.what, Language::English) + text(edit.where) + "\n";
    }
    EXPECT_NE(all.find("`First`"), std::string::npos) << all;
    EXPECT_NE(all.find("`Statement[1]`"), std::string::npos) << all;
    EXPECT_NE(all.find("policy.json"), std::string::npos) << all;
}

// A refusal that keeps a request in Japan is not a fault: nobody is told how to open the fence.
TEST(Explanation, ProposesNothingThatLetsARequestLeaveJapan) {
    auto world = example_world("fenced");
    ASSERT_TRUE(world);
    const Place place = *find_place(**world, "sample-city");
    const Session caller = *instance_session(**world, *place.instance, kNow);
    const Session session =
        assumed_session(*(*world)->role(kOperatorRole), caller, crossing_request(), {}, kNow);
    const RequestFacts facts{reach(**world, place, "bedrock-runtime"), kNow};
    struct Row {
        const char* model;
        bool leaves;
    };
    for (const auto& [model, leaves] :
         {Row{"global.anthropic.claude-haiku-4-5-20251001-v1:0", true},
          Row{"jp.anthropic.claude-sonnet-4-5-20250929-v1:0", false}}) {
        const auto invocation = resolve_invocation(**world, session.account, model);
        ASSERT_TRUE(invocation) << model;
        const InvocationRequest asked{InvocationKind::Unary, "ap-northeast-1"};
        const auto decided = authorize(
            **world, session, facts, invocation_legs(**world, session, *invocation, asked)
        );
        ASSERT_FALSE(decided.allowed()) << model;
        const Explanation why = explain(**world, session, decided);
        EXPECT_EQ(!why.outside.empty(), leaves) << model;
        EXPECT_EQ(why.finding.empty(), leaves) << model;
        EXPECT_TRUE(why.proven) << model;
        const std::string inside =
            "set request modelId = \"jp.anthropic.claude-haiku-4-5-20251001-v1:0\"\n";
        EXPECT_EQ(shown(why) == inside, leaves) << shown(why);
        EXPECT_FALSE(why.missing.empty()) << model;
    }
}

TEST(Explanation, PutsResourcesOfOneStatementTogether) {
    auto world = example_world(
        "fenced",
        {{"operator.yaml", "- bedrock:InvokeModelWithResponseStream", "- bedrock:CountTokens"}}
    );
    ASSERT_TRUE(world);
    for (const Refused& each : refusals(**world, crossing_request())) {
        const Explanation why = explain(**world, each.session, each.authorization);
        std::size_t streaming = 0;
        for (const Edit& edit : why.edits) {
            const std::string line = text(edit.what, Language::English);
            if (line.find("WithResponseStream") != std::string::npos) ++streaming;
        }
        EXPECT_LE(streaming, 1U);
    }
}

}  // namespace
}  // namespace kakehashi::cloud

#include "cloud/authorization.h"

#include "cloud/example_world.h"
#include "cloud/explanation.h"
#include "cloud/model_access.h"

#include <gtest/gtest.h>

namespace kakehashi::cloud {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint kNow{1'795'509'217s};
constexpr const char* kOperatorRole =
    "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city";
constexpr const char* kExternalId = "f3b60f3a1c7e4c0d9a52d8e17b4496ce";
constexpr const char* kJp = "jp.anthropic.claude-haiku-4-5-20251001-v1:0";

// A world, a caller in it and the questions that a crossing asks.
struct Crossing {
    std::shared_ptr<const World> world;
    Place place;

    explicit Crossing(std::shared_ptr<const World> built)
        : world(std::move(built)), place(*find_place(*world, "sample-city")) {}

    RequestFacts facts(const char* service) const { return {reach(*world, place, service), kNow}; }
    Session caller() const { return *instance_session(*world, *place.instance, kNow); }

    static aws::AssumeRoleRequest request() {
        aws::AssumeRoleRequest out;
        out.role_arn = kOperatorRole;
        out.role_session_name = "kakehashi-host";
        out.external_id = kExternalId;
        return out;
    }
    Authorization assume(const aws::AssumeRoleRequest& request) const {
        return authorize(
            *world, caller(), facts("sts"), assume_role_legs(*world, caller(), request)
        );
    }
    Session operator_session() const {
        return assumed_session(*world->role(kOperatorRole), caller(), request(), {}, kNow);
    }
    Authorization invoke(const char* model, const InvocationRequest& request) const {
        const Session session = operator_session();
        auto invocation = resolve_invocation(*world, session.account, model);
        EXPECT_TRUE(invocation) << model;
        return authorize(
            *world,
            session,
            facts("bedrock-runtime"),
            invocation_legs(*world, session, *invocation, request)
        );
    }
};

Crossing fenced(const std::vector<TextEdit>& edits = {}) {
    auto world = example_world("fenced", edits);
    EXPECT_TRUE(world) << (world ? "" : all_texts(world.error()));
    return Crossing(*std::move(world));
}

TEST(Authorization, LetsTheFencedCrossingPass) {
    const Crossing crossing = fenced();
    EXPECT_TRUE(crossing.assume(Crossing::request()).allowed());
    for (const char* region : {"ap-northeast-1", "ap-northeast-3"}) {
        EXPECT_TRUE(crossing.invoke(kJp, {InvocationKind::Unary, region}).allowed()) << region;
        EXPECT_TRUE(crossing.invoke(kJp, {InvocationKind::Streaming, region}).allowed()) << region;
    }
}

TEST(Authorization, GivesNoReasonBetweenStrangers) {
    const Crossing crossing = fenced();
    auto request = Crossing::request();
    request.external_id = "wrong";
    const auto wrong_id = crossing.assume(request);
    ASSERT_FALSE(wrong_id.allowed());
    const std::string session = crossing.caller().arn;
    EXPECT_EQ(
        refusal_text(*crossing.world, crossing.caller(), wrong_id),
        "User: " + session +
            " is not authorized to perform: sts:AssumeRole on resource: " + kOperatorRole
    );
    request.role_arn = "arn:aws:iam::222222222222:role/no-such-role";
    const auto no_role = crossing.assume(request);
    ASSERT_FALSE(no_role.allowed());
    EXPECT_EQ(
        refusal_text(*crossing.world, crossing.caller(), no_role),
        "User: " + session +
            " is not authorized to perform: sts:AssumeRole on resource: " + request.role_arn
    );
}

TEST(Authorization, NamesTheFindingAndTheEditThatMendsIt) {
    struct Row {
        TextEdit edit;
        const char* finding = "";
        bool assume = false;
    };
    const Row rows[] = {
        {{"operator.yaml", "role/kakehashi-caller", "role/somebody-else"},
         "trust-does-not-name-caller",
         true},
        {{"operator.yaml",
          "Default: f3b60f3a1c7e4c0d9a52d8e17b4496ce",
          "Default: 00000000000000000000000000000000"},
         "external-id-differs",
         true},
        {{"operator.yaml", "sts:RoleSessionName: kakehashi-*", "sts:RoleSessionName: other-*"},
         "session-name-refused",
         true},
        {{"municipality.yaml",
          "Resource: !Sub "
          "arn:${AWS::Partition}:iam::${OperatorAccount}:role/kakehashi-operator-sample-city\n     "
          " Tags",
          "Resource: !Sub arn:${AWS::Partition}:iam::${OperatorAccount}:role/other\n      Tags"},
         "caller-may-not-assume",
         true},
        {{"municipality.yaml",
          "            Action: sts:AssumeRole\n            Resource",
          "            Action: sts:GetCallerIdentity\n            Resource"},
         "endpoint-policy-blocks",
         true},
        {{"operator.yaml",
          "                  - !Sub arn:${AWS::Partition}:bedrock:ap-northeast-3::",
          "                  - !Sub arn:${AWS::Partition}:bedrock:ap-northeast-2::"},
         "destination-missing",
         false},
    };
    for (const auto& [edit, finding, assume] : rows) {
        const std::string text = read_example("fenced/" + edit.file);
        if (text.find(edit.from) == std::string::npos) {
            ADD_FAILURE() << "the example has changed: " << edit.from;
            continue;
        }
        std::vector<TextEdit> edits = {edit};
        if (edit.from.starts_with("Default: f3b6")) {
            edits = {
                {"kakehashi.toml",
                 "ExternalId = \"f3b60f3a1c7e4c0d9a52d8e17b4496ce\"",
                 "ExternalId = \"00000000000000000000000000000000\""}};
        }
        const Crossing crossing = fenced(edits);
        const auto decided = assume
                                 ? crossing.assume(Crossing::request())
                                 : crossing.invoke(kJp, {InvocationKind::Unary, "ap-northeast-3"});
        ASSERT_FALSE(decided.allowed()) << finding;
        const Session session = assume ? crossing.caller() : crossing.operator_session();
        const Explanation why = explain(*crossing.world, session, decided);
        EXPECT_EQ(why.finding, finding);
        EXPECT_EQ(why.edits.size(), 1U) << finding;
    }
}

TEST(Authorization, RefusesTheWorldByTheFencesOwnDeny) {
    const Crossing crossing = fenced();
    const char* global = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
    const auto decided = crossing.invoke(global, {InvocationKind::Unary, "us-east-1"});
    ASSERT_FALSE(decided.allowed());
    EXPECT_EQ(
        refusal_text(*crossing.world, crossing.operator_session(), decided),
        "User: "
        "arn:aws:sts::222222222222:assumed-role/kakehashi-operator-sample-city/kakehashi-host "
        "is not authorized to perform: bedrock:InvokeModel on resource: "
        "arn:aws:bedrock:::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0 with an "
        "explicit deny in an identity-based policy"
    );
    // What else would have stopped it is told too: the profile, the endpoint's policy.
    EXPECT_GE(explain(*crossing.world, crossing.operator_session(), decided).missing.size(), 3U);
}

TEST(Authorization, OpensTheWorldInTheArticle) {
    auto built = example_world("article");
    ASSERT_TRUE(built) << all_texts(built.error());
    const World& world = **built;
    const auto place = find_place(world, "sample-city");
    ASSERT_TRUE(place);
    const auto caller = instance_session(world, *place->instance, kNow);
    ASSERT_TRUE(caller);
    const Role* role = nullptr;
    for (const Role& each : world.roles()) {
        if (each.account == "222222222222") role = &each;
    }
    ASSERT_NE(role, nullptr);
    aws::AssumeRoleRequest request;
    request.role_arn = role->arn;
    request.role_session_name = "assume_role_session";
    const RequestFacts sts{reach(world, *place, "sts"), kNow};
    EXPECT_TRUE(authorize(world, *caller, sts, assume_role_legs(world, *caller, request)).allowed()
    );
    const Session session = assumed_session(*role, *caller, request, {}, kNow);
    const auto invocation = resolve_invocation(
        world, session.account, "global.anthropic.claude-haiku-4-5-20251001-v1:0"
    );
    ASSERT_TRUE(invocation);
    const RequestFacts bedrock{reach(world, *place, "bedrock-runtime"), kNow};
    EXPECT_TRUE(
        authorize(
            world,
            session,
            bedrock,
            invocation_legs(world, session, *invocation, {InvocationKind::Unary, "us-east-1"})
        )
            .allowed()
    );
}

TEST(Authorization, NeedsTagSessionForTags) {
    const Crossing crossing = fenced();
    auto request = Crossing::request();
    request.tags = {{"department", "jumin"}};
    const auto decided = crossing.assume(request);
    ASSERT_FALSE(decided.allowed());
    ASSERT_EQ(decided.legs.size(), 2U);
    EXPECT_TRUE(decided.legs[0].decision.allowed());
    EXPECT_EQ(decided.legs[1].request.action, "sts:TagSession");
}

TEST(Authorization, LetsAnybodyAskWhoTheyAre) {
    const Crossing crossing = fenced();
    EXPECT_TRUE(authorize_caller_identity(*crossing.world, crossing.caller(), crossing.facts("sts"))
                    .allowed());
    const Crossing closed =
        fenced({{"municipality.yaml", "sts:GetCallerIdentity", "sts:GetFederationToken"}});
    EXPECT_FALSE(
        authorize_caller_identity(*closed.world, closed.caller(), closed.facts("sts")).allowed()
    );
}

}  // namespace
}  // namespace kakehashi::cloud

#include "cloud/authorization.h"
#include "cloud/example_world.h"
#include "cloud/model_access.h"

#include <gtest/gtest.h>

// Each key of [twin] that stands for what nobody could verify on AWS changes a decision, or is
// refused; and the policies of an organisation bind whom they should.
namespace kakehashi::cloud {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint kNow{1'795'509'217s};
constexpr const char* kOperatorRole =
    "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city";
constexpr const char* kJp = "jp.anthropic.claude-haiku-4-5-20251001-v1:0";
constexpr const char* kGlobal = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
constexpr const char* kDenyOsaka =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"bedrock:*","Resource":"*",)"
    R"("Condition":{"StringEquals":{"aws:RequestedRegion":"ap-northeast-3"}}}]})";

struct Organized {
    std::string management = "999999999999";
    std::string type = "SCP";
    std::string targets = R"("root")";
    std::string policy;
};

TextEdit setting(const std::string& line) {
    return {"kakehashi.toml", "seed = 1", "seed = 1\n" + line};
}

std::shared_ptr<const World> world_of(
    std::vector<TextEdit> edits,
    const std::optional<Organized>& organized = {}
) {
    std::map<std::string, std::string> files;
    if (organized) {
        edits.push_back(
            {"kakehashi.toml",
             "\n[twin.operator]",
             "\n[twin.organization]\nid = \"o-gov\"\nmanagement_account = \"" +
                 organized->management +
                 "\"\n[[twin.organization.unit]]\nname = \"vendors\"\naccounts = [\"operator\"]\n"
                 "[[twin.organization.policy]]\ntype = \"" +
                 organized->type + "\"\nfile = \"policy.json\"\ntargets = [" + organized->targets +
                 "]\n\n[twin.operator]"}
        );
        files["policy.json"] = organized->policy;
    }
    auto world = example_world("fenced", edits, files);
    EXPECT_TRUE(world) << (world ? "" : all_texts(world.error()));
    return world ? *world : nullptr;
}

Session caller_of(const World& world) {
    return *instance_session(world, *find_place(world, "sample-city")->instance, kNow);
}
RequestFacts facts_of(const World& world, const char* service) {
    return {reach(world, *find_place(world, "sample-city"), service), kNow};
}
aws::AssumeRoleRequest crossing_request() {
    aws::AssumeRoleRequest request;
    request.role_arn = kOperatorRole;
    request.role_session_name = "kakehashi-host";
    request.external_id = "f3b60f3a1c7e4c0d9a52d8e17b4496ce";
    return request;
}
Authorization assume(
    const World& world,
    const Session& caller,
    const aws::AssumeRoleRequest& request
) {
    return authorize(
        world, caller, facts_of(world, "sts"), assume_role_legs(world, caller, request)
    );
}
Authorization invoke(
    const World& world,
    const char* region,
    std::vector<iam::Policy> session_policies = {},
    const char* model = kJp
) {
    const Session session = assumed_session(
        *world.role(kOperatorRole),
        caller_of(world),
        crossing_request(),
        std::move(session_policies),
        kNow
    );
    const auto invocation = resolve_invocation(world, session.account, model);
    return authorize(
        world,
        session,
        facts_of(world, "bedrock-runtime"),
        invocation_legs(world, session, *invocation, {InvocationKind::Unary, region})
    );
}
std::string named(const Authorization& decided) {
    if (decided.allowed()) return "allowed";
    return iam::name(decided.named->type);
}

TEST(Organization, BindsByItsScpsAsTheSwitchesSay) {
    struct Row {
        const char* switches;
        const char* region;  // where the router goes
        std::string management, targets;
        const char* want;
    };
    const std::string other = "999999999999";
    const Row rows[] = {
        {"scp_cris = \"all\"", "ap-northeast-1", other, "\"root\"", "scp"},
        {"scp_cris = \"all\"", "ap-northeast-3", other, "\"root\"", "scp"},
        {"scp_cris = \"routed\"", "ap-northeast-1", other, "\"root\"", "allowed"},
        {"scp_cris = \"routed\"", "ap-northeast-3", other, "\"root\"", "scp"},
        {"scp_cris = \"routed\"\nidentity_cris = \"all\"",
         "ap-northeast-1",
         other,
         "\"root\"",
         "allowed"},
        {"", "ap-northeast-1", other, "\"vendors\"", "scp"},
        {"", "ap-northeast-1", other, "\"operator\"", "scp"},
        {"", "ap-northeast-1", other, "\"sample-city\"", "allowed"},  // binds the caller's account
        {"", "ap-northeast-1", "222222222222", "\"root\"", "allowed"},  // the management account
    };
    for (const auto& [switches, region, management, targets, want] : rows) {
        const auto world =
            world_of({setting(switches)}, Organized{management, "SCP", targets, kDenyOsaka});
        ASSERT_TRUE(world);
        EXPECT_EQ(named(invoke(*world, region)), want) << switches << " " << targets << region;
    }
}

TEST(Organization, BindsByItsRcpsOnStsAndOnBedrockOnlyWhereASwitchSaysSo) {
    const std::string deny =
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",)"
        R"("Action":["sts:AssumeRole","bedrock:InvokeModel"],"Resource":"*"}]})";
    for (const auto& [line, bedrock] :
         {std::pair("", "allowed"),
          std::pair("bedrock_rcp = \"ignored\"", "allowed"),
          std::pair("bedrock_rcp = \"applied\"", "rcp")}) {
        const auto world =
            world_of({setting(line)}, Organized{"999999999999", "RCP", "\"operator\"", deny});
        ASSERT_TRUE(world);
        EXPECT_EQ(named(assume(*world, caller_of(*world), crossing_request())), "rcp");
        EXPECT_EQ(named(invoke(*world, "ap-northeast-1")), bedrock) << line;
    }
}

TEST(Organization, GivesAReasonInsideOneAndNoneBetweenStrangers) {
    auto request = crossing_request();
    request.external_id = "wrong";
    const std::string plain = " is not authorized to perform: sts:AssumeRole";
    const std::string allows = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                               R"("Action":"*","Resource":"*"}]})";
    const auto inside = world_of({}, Organized{"999999999999", "SCP", "\"root\"", allows});
    const auto apart = world_of({});
    const std::string who = "User: " + caller_of(*apart).arn;
    EXPECT_EQ(
        refusal_text(*inside, caller_of(*inside), assume(*inside, caller_of(*inside), request)),
        who + plain + " because no role trust policy allows the sts:AssumeRole action"
    );
    EXPECT_EQ(
        refusal_text(*apart, caller_of(*apart), assume(*apart, caller_of(*apart), request)),
        who + plain + " on resource: " + kOperatorRole
    );
}

TEST(Switches, DecideAboutEndpointPolicies) {
    const std::string only_through_profile =
        "            Condition:\n              ArnEquals:\n                aws:PrincipalArn: !Sub "
        "arn:${AWS::Partition}:iam::${OperatorAccount}:role/kakehashi-operator-sample-city\n      "
        "Tags:\n        - { Key: Name, Value: kakehashi-bedrock-runtime }";
    const std::string with_key =
        "            Condition:\n              \"Null\":\n                "
        "bedrock:InferenceProfileArn: false\n      Tags:\n        - { Key: Name, Value: "
        "kakehashi-bedrock-runtime }";
    struct Row {
        const char* line;
        const char* want;
    };
    // The profile's own leg never has the key: it is the model's that this tells apart.
    const auto model_leg = [](const World& world) {
        return invoke(world, "ap-northeast-1").legs[1].decision.allowed();
    };
    for (const auto& [line, want] :
         {Row{"", "yes"},
          Row{"endpoint_policy_profile_key = \"present\"", "yes"},
          Row{"endpoint_policy_profile_key = \"absent\"", "no"}}) {
        const auto world =
            world_of({setting(line), {"municipality.yaml", only_through_profile, with_key}});
        ASSERT_TRUE(world);
        EXPECT_EQ(model_leg(*world) ? "yes" : "no", std::string(want)) << line;
    }
    // The far leg through no endpoint: no policy of it, and no key of it.
    const TextEdit no_osaka{
        "municipality.yaml", "bedrock:ap-northeast-3::", "bedrock:ap-northeast-2::"};
    EXPECT_EQ(named(invoke(*world_of({no_osaka}), "ap-northeast-3")), "vpce");
    const auto far = world_of({setting("cris_leg_endpoint = \"absent\""), no_osaka});
    const auto decided = invoke(*far, "ap-northeast-3");
    EXPECT_EQ(named(decided), "allowed");
    for (const LegDecision& leg : decided.legs) {
        const bool osaka = leg.request.resource.find("ap-northeast-3") != std::string::npos;
        EXPECT_EQ(leg.request.context.find("aws:SourceVpce") == nullptr, osaka);
    }
    const auto global = invoke(*far, "us-east-1", {}, kGlobal);
    EXPECT_EQ(global.legs.back().request.context.find("aws:SourceVpce"), nullptr);
}

TEST(Switches, AreRefusedWhereTheyCannotBeMet) {
    const TextEdit names_role{
        "municipality.yaml",
        "            Principal: \"*\"\n            Action: sts:AssumeRole",
        "            Principal: {AWS: \"arn:aws:iam::222222222222:role/later\"}\n            "
        "Action: sts:AssumeRole"};
    EXPECT_TRUE(example_world("fenced", {names_role}));
    const auto refused = example_world(
        "fenced", {names_role, setting("endpoint_policy_unknown_principal = \"refused\"")}
    );
    ASSERT_FALSE(refused);
    EXPECT_NE(all_texts(refused.error()).find("role/later"), std::string::npos);
}

TEST(Switches, SetTheKeysOfTheEndpointsOwner) {
    for (const auto& [line, there] :
         {std::pair("", false),
          std::pair("vpce_keys = \"none\"", false),
          std::pair("vpce_keys = \"all\"", true)}) {
        const auto world = world_of({setting(line)});
        const auto context = request_context(*world, caller_of(*world), facts_of(*world, "sts"));
        EXPECT_EQ(context.find("aws:VpceAccount") != nullptr, there) << line;
        EXPECT_EQ(context.find("aws:SourceVpcArn") != nullptr, there) << line;
    }
}

TEST(Switches, NameOneRefusalOfMany) {
    // The profile's leg lacks an endpoint's allow, the model's leg an identity policy's, and both
    // are denied by the organisation.
    const TextEdit no_endpoint{"municipality.yaml", "- bedrock:InvokeModel\n", "- bedrock:Count\n"};
    const TextEdit no_identity{"operator.yaml", "inference-profile/", "inference-profile/no-"};
    for (const auto& [line, want] :
         {std::pair("", "vpce"), std::pair("policy_named = \"identity-first\"", "identity")}) {
        const auto world = world_of({setting(line), no_endpoint, no_identity});
        EXPECT_EQ(named(invoke(*world, "ap-northeast-1")), want) << line;
    }
    const TextEdit deny_osaka{"operator.yaml", "- ap-northeast-3\n", "- us-east-1\n"};
    for (const auto& [line, leg] :
         {std::pair("", true),  // the explicit deny, on a later leg
          std::pair("leg_named = \"first-leg\"", false)}) {
        const auto world = world_of({setting(line), deny_osaka, no_endpoint});
        const auto decided = invoke(*world, "ap-northeast-3");
        ASSERT_FALSE(decided.allowed());
        EXPECT_EQ(decided.named->explicit_deny, leg) << line;
        EXPECT_EQ(decided.named->leg == 0, !leg) << line;
    }
}

TEST(Switches, SetTheKeysOfALeg) {
    const auto leg_key = [](const World& world, const char* key) {
        const auto decided = invoke(world, "ap-northeast-1");
        const auto* entry = decided.legs[1].request.context.find(key);
        return entry ? entry->values[0] : std::string();
    };
    EXPECT_EQ(leg_key(*world_of({}), "aws:ResourceAccount"), "");
    const auto callers = world_of({setting("foundation_model_account = \"caller\"")});
    EXPECT_EQ(leg_key(*callers, "aws:ResourceAccount"), "222222222222");

    const std::string arn =
        "arn:aws:bedrock:ap-northeast-1:222222222222:application-inference-profile/a";
    const TextEdit application{
        "kakehashi.toml",
        "[bedrock]\n",
        "[bedrock]\napplication_profiles = { \"" + arn + "\" = \"" + kJp + "\" }\n"};
    const auto own = resolve_invocation(*world_of({application}), "222222222222", arn);
    ASSERT_TRUE(own);
    EXPECT_EQ(own->profile_key, arn);
    const auto source = resolve_invocation(
        *world_of({application, setting("application_profile_key = \"source\"")}),
        "222222222222",
        arn
    );
    ASSERT_TRUE(source);
    EXPECT_NE(source->profile_key.find(kJp), std::string::npos);

    const auto model = "anthropic.claude-haiku-4-5-20251001-v1:0";
    for (const auto& [line, via] :
         {std::pair("", true), std::pair("marketplace_called_via = \"absent\"", false)}) {
        const auto world = world_of({setting(line)});
        bool found = false;
        for (const Leg& leg : marketplace_legs(*world, *world->catalog().model(model))) {
            for (const auto& [key, values] : leg.lists) {
                found = found || key == "aws:CalledVia";
            }
        }
        EXPECT_EQ(found, via) << line;
    }
}

TEST(Switches, LimitWhatASessionArnGrants) {
    const std::string trust = "Service: ec2.amazonaws.com";
    const TextEdit self{
        "municipality.yaml",
        trust,
        trust +
            "\n              AWS: arn:aws:sts::111111111111:assumed-role/kakehashi-caller/host"};
    const TextEdit open{"municipality.yaml", "role/kakehashi-operator-sample-city", "role/*"};
    for (const auto& [line, want] :
         {std::pair("", "allowed"), std::pair("session_arn_grant = \"limited\"", "session")}) {
        const auto world = world_of({setting(line), self});
        ASSERT_TRUE(world);
        Session session = caller_of(*world);
        session.arn = "arn:aws:sts::111111111111:assumed-role/kakehashi-caller/host";
        session.session_policies = {*iam::parse_policy(
            R"({"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})",
            "session",
            iam::PolicyType::Session
        )};
        aws::AssumeRoleRequest request;
        request.role_arn = "arn:aws:iam::111111111111:role/kakehashi-caller";
        request.role_session_name = "again";
        RequestFacts outside{reach(*world, Place{}, "sts"), kNow};
        const auto decided =
            authorize(*world, session, outside, assume_role_legs(*world, session, request));
        EXPECT_EQ(named(decided), want) << line;
    }
}

TEST(SessionPolicy, NarrowsAndNeverWidens) {
    const auto policy = [](const char* text) {
        return *iam::parse_policy(text, "session", iam::PolicyType::Session);
    };
    const auto world = world_of({});
    const auto all = policy(R"({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})");
    const auto s3 = policy(R"({"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})");
    EXPECT_EQ(named(invoke(*world, "ap-northeast-1", {s3})), "session");
    EXPECT_EQ(named(invoke(*world, "ap-northeast-1", {s3, all})), "allowed");  // their union
    EXPECT_EQ(named(invoke(*world, "us-east-1", {all}, kGlobal)), "identity");
}

TEST(Trust, MatchesNobodyWhoseRoleDoesNotExist) {
    const auto world = world_of({{"operator.yaml", "role/kakehashi-caller", "role/ghost"}});
    ASSERT_TRUE(world);
    for (const char* principal :
         {"arn:aws:sts::111111111111:assumed-role/ghost/x",
          "arn:aws:iam::111111111111:role/ghost"}) {
        const Session ghost = declared_session(*world, principal, kNow);
        const auto decided = assume(*world, ghost, crossing_request());
        ASSERT_FALSE(decided.allowed());
        const auto& blocked = decided.legs[0].decision.blocked_by;
        EXPECT_NE(std::find(blocked.begin(), blocked.end(), iam::PolicyType::Trust), blocked.end());
    }
    // A stranger's account, of which no template speaks, keeps its name.
    const auto far = world_of(
        {{"operator.yaml", "${MunicipalityAccount}:role/kakehashi-caller", "333333333333:role/far"}}
    );
    ASSERT_TRUE(far);
    const Session stranger =
        declared_session(*far, "arn:aws:sts::333333333333:assumed-role/far/x", kNow);
    const auto decided = assume(*far, stranger, crossing_request());
    const auto& blocked = decided.legs[0].decision.blocked_by;
    EXPECT_EQ(std::find(blocked.begin(), blocked.end(), iam::PolicyType::Trust), blocked.end());
}

TEST(Trust, NeedsTheIdentityPolicyOnlyWhereItNamesTheAccount) {
    const std::string statement = R"(
          - Sid: More
            Effect: Allow
            Principal: {AWS: @}
            Action: sts:AssumeRole
      Policies:
        - PolicyName: assume-operator-role)";
    for (const auto& [principal, want] :
         {std::pair("\"arn:aws:iam::111111111111:role/kakehashi-caller\"", "allowed"),
          std::pair("\"arn:aws:iam::111111111111:root\"", "identity")}) {
        const auto world = world_of(
            {{"municipality.yaml",
              "\n      Policies:\n        - PolicyName: assume-operator-role",
              replaced(statement, "@", principal)}}
        );
        ASSERT_TRUE(world);
        const Session caller = caller_of(*world);
        aws::AssumeRoleRequest request;
        request.role_arn = "arn:aws:iam::111111111111:role/kakehashi-caller";
        request.role_session_name = "again";
        const RequestFacts outside{reach(*world, Place{}, "sts"), kNow};
        EXPECT_EQ(
            named(authorize(*world, caller, outside, assume_role_legs(*world, caller, request))),
            want
        ) << principal;
    }
}

TEST(Trust, KnowsARoleByItsPath) {
    const auto world = world_of(
        {{"operator.yaml",
          "RoleName: kakehashi-operator-sample-city",
          "RoleName: kakehashi-operator-sample-city\n      Path: /gov/"}}
    );
    ASSERT_TRUE(world);
    const char* arn = "arn:aws:iam::222222222222:role/gov/kakehashi-operator-sample-city";
    ASSERT_NE(world->role(arn), nullptr);
    EXPECT_EQ(world->role(kOperatorRole), nullptr);
    const Session session =
        assumed_session(*world->role(arn), caller_of(*world), crossing_request(), {}, kNow);
    EXPECT_EQ(
        session.arn,
        "arn:aws:sts::222222222222:assumed-role/kakehashi-operator-sample-city/kakehashi-host"
    );
    EXPECT_EQ(session.principal_arn, arn);
}

TEST(Session, CarriesTagsAndIdentityThroughAChain) {
    const auto world = world_of({});
    Session caller = caller_of(*world);
    caller.tags = {{"department", "jumin"}, {"own", "1"}};
    caller.transitive_tag_keys = {"department"};
    caller.source_identity = "hanako";
    auto request = crossing_request();
    request.tags = {{"new", "2"}};
    const auto legs = assume_role_legs(*world, caller, request);
    ASSERT_EQ(legs.size(), 3U);
    EXPECT_EQ(legs[1].action, "sts:TagSession");
    EXPECT_EQ(legs[2].action, "sts:SetSourceIdentity");
    const Session next = assumed_session(*world->role(kOperatorRole), caller, request, {}, kNow);
    EXPECT_EQ(next.tags, (Tags{{"department", "jumin"}, {"new", "2"}}));
    EXPECT_EQ(next.source_identity, "hanako");
    request.tags.clear();
    EXPECT_EQ(assume_role_legs(*world, caller, request).size(), 3U);  // what is handed on counts
}

TEST(Session, PutsItsOwnTagsBeforeTheRolesInAnyCase) {
    const auto world = world_of({});
    Session session = caller_of(*world);
    session.tags = {{"PROJECT", "mine"}};  // the role says Project: kakehashi
    const auto context = request_context(*world, session, facts_of(*world, "sts"));
    const auto* tag = context.find("aws:PrincipalTag/Project");
    ASSERT_NE(tag, nullptr);
    EXPECT_EQ(tag->values, std::vector<std::string>{"mine"});
}

TEST(Session, IsOfTheKindThatItsArnSays) {
    const auto world = world_of({});
    struct Row {
        const char* principal;
        const char* type;
        bool token;
    };
    for (const auto& [principal, type, token] :
         {Row{"arn:aws:iam::111111111111:user/none", "User", false},
          Row{"arn:aws:iam::111111111111:root", "Account", false},
          Row{"arn:aws:sts::111111111111:assumed-role/kakehashi-caller/i-1",
              "AssumedRole",
              true}}) {
        const Session session = declared_session(*world, principal, kNow);
        const auto context = request_context(*world, session, facts_of(*world, "sts"));
        EXPECT_EQ(context.find("aws:PrincipalType")->values[0], type);
        EXPECT_EQ(context.find("aws:MultiFactorAuthPresent") != nullptr, token) << principal;
    }
}

TEST(CallerIdentity, IsJudgedByTheEndpointWithAllKeysOfThePrincipal) {
    const std::string condition =
        "            Condition:\n              StringEquals: {aws:PrincipalTag/Project: kakehashi}"
        "\n      Tags:\n        - { Key: Name, Value: kakehashi-sts }";
    const std::string now =
        "            Condition:\n              ArnEquals:\n                aws:PrincipalArn:\n"
        "                  - !Sub "
        "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/kakehashi-caller"
        "\n                  - !Sub "
        "arn:${AWS::Partition}:iam::${OperatorAccount}:role/kakehashi-operator-sample-city\n      "
        "Tags:\n        - { Key: Name, Value: kakehashi-sts }";
    const auto world = world_of({{"municipality.yaml", now, condition}});
    ASSERT_TRUE(world);
    EXPECT_TRUE(
        authorize_caller_identity(*world, caller_of(*world), facts_of(*world, "sts")).allowed()
    );
}

TEST(Marketplace, KnowsTheProductThatIsSubscribed) {
    const auto world = world_of({});
    const auto* role = world->role("222222222222", "kakehashi-activation-sample-city");
    ASSERT_NE(role, nullptr);
    const Session administrator = declared_session(*world, role->arn, kNow);
    const auto* model = world->catalog().model("anthropic.claude-haiku-4-5-20251001-v1:0");
    const RequestFacts outside{reach(*world, Place{}, "bedrock-runtime"), kNow};
    EXPECT_TRUE(
        authorize(*world, administrator, outside, marketplace_legs(*world, *model)).allowed()
    );
}

}  // namespace
}  // namespace kakehashi::cloud

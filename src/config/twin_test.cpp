#include "config/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kakehashi::config {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

// Lines 1 to 6; what is tested begins on line 7, in the twin's own table.
const std::string kBefore = R"([operator]
account = "222222222222"
[[municipality]]
name = "sample-city"
account = "111111111111"
[twin]
)";

Twin read(const std::string& text) {
    auto read = read_configuration(kBefore + text, "k.toml");
    if (read) return std::move(read->twin);
    for (const Problem& problem : read.error()) {
        ADD_FAILURE() << kakehashi::text(problem, Language::English);
    }
    return {};
}

std::vector<std::string> problems(const std::string& text) {
    std::vector<std::string> out;
    const auto read = read_configuration(kBefore + text, "k.toml");
    if (read) return out;
    for (const Problem& problem : read.error()) {
        EXPECT_TRUE(has_text(problem.what.id)) << problem.what.id.name();
        out.push_back(
            problem.what.id.name() + " " + std::to_string(problem.where.line) + " " +
            problem.where.path
        );
    }
    return out;
}

TEST(Twin, ReadsTheClockInBothForms) {
    const TimePoint start = *parse_iso8601("2026-11-23T10:45:23Z");
    EXPECT_EQ(read("clock = \"2026-11-23T10:45:23Z\"").clock, start);
    EXPECT_EQ(read("clock = 2026-11-23T19:45:23+09:00").clock, start);
    const Twin twin = read("clock_runs = false\nseed = 7\nmanaged_policies = 2025-10-26\n");
    EXPECT_FALSE(twin.clock_runs);
    EXPECT_EQ(twin.seed, 7U);
    EXPECT_EQ(twin.managed_policies, "2025-10-26");
    EXPECT_EQ(read("managed_policies = \"2025-10-26\"").managed_policies, "2025-10-26");
}

TEST(Twin, ReadsTheAccounts) {
    const Twin twin = read(R"([twin.operator]
use_case_form = "pending"
subscriptions = ["anthropic.claude-haiku-4-5-20251001-v1:0"]
requests_per_minute = 10
[twin.municipality.sample-city]
country = "US"
tokens_per_minute = 1000
)");
    EXPECT_EQ(twin.operator_account.use_case_form, UseCaseForm::Pending);
    EXPECT_THAT(
        *twin.operator_account.subscriptions,
        ElementsAre("anthropic.claude-haiku-4-5-20251001-v1:0")
    );
    EXPECT_EQ(twin.operator_account.requests_per_minute, 10U);
    EXPECT_EQ(twin.operator_account.tokens_per_minute, std::nullopt);
    const TwinAccount& city = twin.municipality_accounts.at("sample-city");
    EXPECT_EQ(city.country, "US");
    EXPECT_EQ(city.tokens_per_minute, 1000U);
    EXPECT_TRUE(city.subscriptions->empty());
}

TEST(Twin, ReadsTheSwitches) {
    const TwinSwitches defaults = read("").switches;
    EXPECT_EQ(defaults.scp_cris, CrisLegs::All);
    EXPECT_EQ(defaults.identity_cris, CrisLegs::Routed);
    EXPECT_EQ(defaults.bedrock_signature_window, 300s);
    const TwinSwitches switches = read(R"(scp_cris = "routed"
identity_cris = "all"
bedrock_signature_window = 900
invalid_signature_status = 400
imds_no_profile_status = 500
caller_identity_endpoint_policy = "ignores"
validation_order = "before-authorization"
gate_order = "marketplace-first"
marketplace_called_via = "absent"
policy_named = "identity-first"
leg_named = "first-leg"
foreign_profile_arn = "validation"
codeartifact_error_body = "empty"
foundation_model_account = "caller"
cris_leg_endpoint = "absent"
endpoint_policy_profile_key = "absent"
application_profile_key = "source"
endpoint_policy_unknown_principal = "refused"
vpce_keys = "none"
session_arn_grant = "limited"
bedrock_rcp = "applied"
)")
                                      .switches;
    EXPECT_EQ(switches.scp_cris, CrisLegs::Routed);
    EXPECT_EQ(switches.identity_cris, CrisLegs::All);
    EXPECT_EQ(switches.bedrock_signature_window, 900s);
    EXPECT_EQ(switches.invalid_signature_status, 400U);
    EXPECT_EQ(switches.imds_no_profile_status, 500U);
    EXPECT_EQ(switches.caller_identity_endpoint_policy, Obedience::Ignores);
    EXPECT_EQ(switches.validation_order, ValidationOrder::BeforeAuthorization);
    EXPECT_EQ(switches.gate_order, GateOrder::MarketplaceFirst);
    EXPECT_EQ(switches.marketplace_called_via, Presence::Absent);
    EXPECT_EQ(switches.policy_named, PolicyNamed::IdentityFirst);
    EXPECT_EQ(switches.leg_named, LegNamed::FirstLeg);
    EXPECT_EQ(switches.foreign_profile_arn, ForeignProfileArn::Validation);
    EXPECT_EQ(switches.codeartifact_error_body, CodeArtifactErrorBody::Empty);
    EXPECT_EQ(switches.foundation_model_account, FoundationModelAccount::Caller);
    EXPECT_EQ(switches.cris_leg_endpoint, Presence::Absent);
    EXPECT_EQ(switches.endpoint_policy_profile_key, Presence::Absent);
    EXPECT_EQ(switches.application_profile_key, ApplicationProfileKey::Source);
    EXPECT_EQ(switches.endpoint_policy_unknown_principal, UnknownPrincipal::Refused);
    EXPECT_EQ(switches.vpce_keys, VpceKeys::None);
    EXPECT_EQ(switches.session_arn_grant, SessionArnGrant::Limited);
    EXPECT_EQ(switches.bedrock_rcp, BedrockRcp::Applied);
}

TEST(Twin, ReadsTheFolders) {
    const Twin defaults = read("");
    EXPECT_EQ(defaults.codeartifact.packages, std::nullopt);
    EXPECT_EQ(defaults.s3.al2023, std::nullopt);
    const Twin twin = read(R"([twin.codeartifact]
packages = "wheels"
[twin.s3]
al2023 = "mirror"
)");
    EXPECT_EQ(twin.codeartifact.packages, "wheels");
    EXPECT_EQ(twin.s3.al2023, "mirror");
    EXPECT_THAT(
        problems("[twin.codeartifact]\npackage = \"wheels\"\n[twin.s3]\nal2023 = true\n"),
        ElementsAre(
            "config.key.unknown_near 8 twin.codeartifact.package",
            "config.type.text 10 twin.s3.al2023"
        )
    );
}

TEST(Twin, ReadsTheOrganizationAndLooksAccountsUp) {
    const Twin twin = read(R"([twin.organization]
id = "o-abc"
full_access = false
[[twin.organization.unit]]
name = "gov"
accounts = ["sample-city", "operator", "333333333333"]
[[twin.organization.unit]]
name = "inner"
parent = "gov"
[[twin.organization.policy]]
file = "scp.json"
targets = ["gov", "operator", "root"]
[[twin.organization.policy]]
type = "RCP"
file = "rcp.json"
targets = ["sample-city"]
)");
    ASSERT_TRUE(twin.organization);
    const Organization& organization = *twin.organization;
    EXPECT_EQ(organization.id, "o-abc");
    EXPECT_EQ(organization.management_account, "999999999999");
    EXPECT_FALSE(organization.full_access);
    ASSERT_EQ(organization.units.size(), 2U);
    EXPECT_THAT(
        organization.units[0].accounts, ElementsAre("111111111111", "222222222222", "333333333333")
    );
    EXPECT_EQ(organization.units[1].parent, "gov");
    ASSERT_EQ(organization.policies.size(), 2U);
    EXPECT_EQ(organization.policies[0].type, OrganizationPolicyType::Scp);
    EXPECT_THAT(organization.policies[0].targets, ElementsAre("gov", "222222222222", "root"));
    EXPECT_EQ(organization.policies[1].type, OrganizationPolicyType::Rcp);
}

TEST(Twin, ReadsCredentials) {
    const Twin twin = read(R"([[twin.credential]]
access_key_id = "AKIAEXAMPLE"
secret_access_key = "hidden"
session_token = "token"
expires = 2026-11-23T11:45:23Z
principal = "arn:aws:sts::111111111111:assumed-role/caller/i-0abc"
)");
    ASSERT_EQ(twin.credentials.size(), 1U);
    EXPECT_EQ(twin.credentials[0].secret_access_key.reveal(), "hidden");
    EXPECT_EQ(twin.credentials[0].session_token->reveal(), "token");
    EXPECT_EQ(twin.credentials[0].expires, parse_iso8601("2026-11-23T11:45:23Z"));
}

TEST(Twin, ReadsReplies) {
    const Twin twin = read(R"([[twin.reply]]
match = { model = "jp.*", prompt = "こんにちは", turn = 2 }
text = "はい"
delay_ms = 5
[[twin.reply]]
tool_use = { name = "weather", input = { city = "Osaka", days = [1, 2.5, true] } }
stop_reason = "tool_use"
[[twin.reply]]
error = "ThrottlingException"
error_at_event = 3
cut_at_byte = 100
)");
    ASSERT_EQ(twin.replies.size(), 3U);
    EXPECT_EQ(twin.replies[0].match.prompt, "こんにちは");
    EXPECT_EQ(twin.replies[0].match.turn, 2U);
    EXPECT_EQ(twin.replies[0].delay, 5ms);
    EXPECT_EQ(
        json::serialize(twin.replies[1].tool_use->input),
        R"({"city":"Osaka","days":[1,2.5E0,true]})"
    );
    EXPECT_EQ(twin.replies[2].error_at_event, 3U);
    EXPECT_EQ(twin.replies[2].cut_at_byte, 100U);
}

TEST(Twin, RefusesEachWrongThing) {
    struct Row {
        const char* text;
        const char* problem;
    };
    const Row rows[] = {
        {"clock = \"2026-11-23\"", "config.type.time 7 twin.clock"},
        {"clock = 2026-11-23T10:45:23", "config.type.time 7 twin.clock"},  // no zone
        {"clock = 9999-11-23T10:45:23Z", "config.type.time 7 twin.clock"},
        {"clock_runs = \"yes\"", "config.type.boolean 7 twin.clock_runs"},
        {"seed = -1", "config.type.count 7 twin.seed"},
        {"seed = 1.5", "config.type.count 7 twin.seed"},
        {"scp_cris = \"some\"", "config.choice.unknown 7 twin.scp_cris"},
        {"scp_criss = \"all\"", "config.key.unknown_near 7 twin.scp_criss"},
        {"bedrock_signature_window = 4294967296",
         "config.type.count 7 twin.bedrock_signature_window"},
        {"invalid_signature_status = 401", "config.choice.unknown 7 twin.invalid_signature_status"},
        {"[twin.operator]\ncountry = \"jp\"", "config.country.form 8 twin.operator.country"},
        {"[twin.operator]\nuse_case_form = \"yes\"",
         "config.choice.unknown 8 twin.operator.use_case_form"},
        {"[twin.municipality.sample-citi]", "config.twin.municipality_near 7 twin.municipality"},
        {"[twin.municipality.x-far-away-name]", "config.twin.municipality 7 twin.municipality"},
        {"[twin.organization]\nid = \"x\"", "config.organization.id 8 twin.organization.id"},
        {"[twin.organization]\nmanagement_account = \"1\"",
         "config.account.form 8 twin.organization.management_account"},
        {"[[twin.organization.unit]]\nname = \"root\"",
         "config.unit.name 8 twin.organization.unit[0].name"},
        {"[[twin.organization.unit]]\nname = \"a\"\naccounts = [\"x\"]",
         "config.account.unknown 9 twin.organization.unit[0].accounts"},
        {"[[twin.organization.unit]]\nname = \"a\"\nparent = \"b\"",
         "config.unit.parent 9 twin.organization.unit[0].parent"},
        {"[[twin.organization.unit]]\nname = \"a\"\nparent = \"a\"",
         "config.unit.parent 9 twin.organization.unit[0].parent"},
        {"[[twin.organization.unit]]\nname = \"a\"\n[[twin.organization.unit]]\nname = \"a\"",
         "config.unit.twice 10 twin.organization.unit[1].name"},
        {"[[twin.organization.policy]]\nfile = \"f\"\ntargets = [\"x\"]",
         "config.target.unknown 9 twin.organization.policy[0].targets"},
        {"[[twin.organization.policy]]\ntype = \"scp\"\nfile = \"f\"\ntargets = [\"root\"]",
         "config.choice.unknown 8 twin.organization.policy[0].type"},
        {"[[twin.organization.policy]]\ntargets = [\"root\"]",
         "config.key.missing 7 twin.organization.policy[0].file"},
        {"[[twin.credential]]\naccess_key_id = \"A\"\nsecret_access_key = \"s\"\nprincipal = \"p\"",
         "config.principal.form 10 twin.credential[0].principal"},
        {"[[twin.credential]]\naccess_key_id = \"A\"\nprincipal = "
         "\"arn:aws:iam::111111111111:user/u\"",
         "config.key.missing 7 twin.credential[0].secret_access_key"},
        {"[[twin.reply]]\nerror_at_event = 1",
         "config.reply.error_missing 8 twin.reply[0].error_at_event"},
        {"[[twin.reply]]\nmatch = { modell = \"x\" }",
         "config.key.unknown_near 8 twin.reply[0].match.modell"},
        {"[[twin.reply]]\ntool_use = { name = \"x\", input = { a = nan } }",
         "config.type.json 8 twin.reply[0].tool_use.input"},
    };
    for (const auto& [text, problem] : rows) {
        EXPECT_THAT(problems(std::string(text) + "\n"), ElementsAre(problem)) << text;
    }
}

TEST(Twin, RefusesUnitsThatMakeACircle) {
    EXPECT_THAT(
        problems(R"([[twin.organization.unit]]
name = "a"
parent = "b"
[[twin.organization.unit]]
name = "b"
parent = "a"
)"),
        ElementsAre(
            "config.unit.parent 9 twin.organization.unit[0].parent",
            "config.unit.parent 12 twin.organization.unit[1].parent"
        )
    );
}

TEST(Twin, NeverShowsASecret) {
    const auto read = read_configuration(
        kBefore + "[[twin.credential]]\naccess_key_id = \"A\"\nsecret_access_key = [\"canary\"]\n",
        "k.toml"
    );
    ASSERT_FALSE(read);
    for (const Problem& problem : read.error()) {
        EXPECT_EQ(text(problem, Language::English).find("canary"), std::string::npos);
    }
}

}  // namespace
}  // namespace kakehashi::config

#pragma once

#include "base/expected.h"
#include "base/json.h"
#include "base/problem.h"
#include "base/secret.h"
#include "base/time.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// kakehashi.toml: two accounts and one crossing, as one file.
//
// Each struct is one table of the file and its members are the keys, under the names that they have
// there; docs/configuration.md is the reference for people. The initialisers below are the only
// place where defaults stand. File names stay as they were written, relative to the configuration;
// `cli` resolves them. Everything here is a value: it owns its text and is safe from every thread.
namespace kakehashi::config {

inline constexpr std::size_t kConfigurationBytesMax = 1U << 20U;
inline constexpr std::size_t kProblemsMax = 100;  // more of them help nobody

// Where a table begins and each key of it stands.
struct TableLocation {
    Location table;
    std::map<std::string, std::size_t, std::less<>> lines = {};

    Location of(std::string_view key) const;  // the table's own, if the key is absent
};

using Parameters =
    std::map<std::string, std::string>;  // of a template, as CloudFormation takes them

// --- the two accounts ---

struct OperatorOptions {  // what `render` adds to the operator's template
    bool invocation_logging = false;
    bool activation_role = true;
    bool count_tokens = false;
    bool list_profiles = false;
    bool organization_scp = false;
    bool source_vpce = false;
};

struct Operator {
    TableLocation where;
    std::string account;                 // required
    std::vector<std::string> templates;  // key `template`: a file or several; none: it is rendered
    Parameters parameters;
    OperatorOptions options;
};

struct NewVpc {
    std::string cidr = "10.20.0.0/16";
    std::vector<std::string> zones = {"a", "c"};  // the letters after the Region's name
};

struct ExistingVpc {  // facts that a person vouches for; `check` prints them as assumptions
    std::string id;
    std::vector<std::string> subnets = {}, endpoint_subnets = {};
    std::optional<bool> dns_support = {}, dns_hostnames = {};
    std::optional<std::string> cidr = {};
    std::vector<std::string> route_tables = {};  // of the subnets, for bootstrap.python
};

enum class CallerKind { Ec2, Ecs, Lambda };

struct Caller {
    std::string role = "kakehashi-caller";
    CallerKind kind = CallerKind::Ec2;
    bool instance = false;  // makes an Amazon Linux 2023 instance
};

struct Bootstrap {
    bool python = false;
    bool session_manager = false;
};

struct Municipality {
    TableLocation where;
    std::string name;     // required, and no other municipality has it
    std::string account;  // required
    std::vector<std::string> templates;
    Parameters parameters;
    std::optional<std::string> role_arn;     // absent: the role whose trust names this caller
    std::optional<std::string> external_id;  // absent: the caller sends none
    std::string session_name = "kakehashi-{host}";  // {host} and {user} are still in it
    std::variant<NewVpc, ExistingVpc> vpc;
    Caller caller;
    Bootstrap bootstrap;
    std::vector<std::string> trusted_networks;  // IPv4 CIDRs
};

// --- Bedrock, check, templates ---

struct Bedrock {
    TableLocation where;
    std::string source_region = "ap-northeast-1";
    std::vector<std::string> allowed_regions = {"ap-northeast-1", "ap-northeast-3"};
    std::vector<std::string> profiles = {"jp.anthropic.claude-haiku-4-5-20251001-v1:0"};
    std::map<std::string, std::string> application_profiles = {};  // ARN → what it copies from
};

struct Suppression {
    TableLocation location;
    std::string id;                    // of a finding; whether there is such a one, `check` says
    std::optional<std::string> where;  // "operator.yaml#Resources.X"; absent: everywhere
    std::string reason;
    std::chrono::sys_days until;  // the last day on which it holds
};

struct Templates {
    TableLocation where;
    std::vector<std::string> inert;               // resource types; a trailing `*` is a wildcard
    std::optional<std::string> managed_policies;  // a folder of NAME.json, as IAM gives them
};

// --- the twin: what templates cannot say ---

enum class UseCaseForm { Missing, Pending, Approved };

struct TwinAccount {
    TableLocation where;
    UseCaseForm use_case_form = UseCaseForm::Approved;
    std::optional<std::vector<std::string>>
        subscriptions;  // absent: to whatever [bedrock] profiles need
    std::string country = "JP";
    std::optional<std::uint32_t> requests_per_minute,
        tokens_per_minute;  // a model; absent: no limit
};

struct OrganizationUnit {
    TableLocation where;
    std::string name;
    std::vector<std::string> accounts;  // account ids; the names in the file are already looked up
    std::optional<std::string> parent;  // a unit; absent: the root
};

enum class OrganizationPolicyType { Scp, Rcp };

struct OrganizationPolicy {
    TableLocation where;
    OrganizationPolicyType type = OrganizationPolicyType::Scp;
    std::string file;
    std::vector<std::string> targets;  // unit names, account ids, "root"
};

struct Organization {
    TableLocation where;
    std::string id = "o-example";
    std::string management_account = "999999999999";
    bool full_access = true;
    std::vector<OrganizationUnit> units;  // key `unit`; parents exist and make no circle
    std::vector<OrganizationPolicy> policies;
};

struct Credential {
    TableLocation where;
    std::string access_key_id;
    SecretString secret_access_key;
    std::optional<SecretString> session_token;
    std::optional<TimePoint> expires;
    std::string principal;  // an ARN
};

struct ReplyMatch {  // absent: everything matches. Patterns with `*` and `?`
    std::optional<std::string> model, prompt, system;
    std::optional<std::uint32_t> turn;  // 1 is the first message of the user
};

struct ToolUse {
    std::string name;
    json::value input;
};

struct Reply {
    TableLocation where;
    ReplyMatch match;
    std::optional<std::string> text;
    std::optional<ToolUse> tool_use;
    std::optional<std::string> reasoning, stop_reason;
    std::chrono::milliseconds delay{0};           // key `delay_ms`: before each token
    std::optional<std::string> error;             // "ThrottlingException"
    std::optional<std::uint32_t> error_at_event;  // absent: before the first byte
    std::optional<std::uint64_t> cut_at_byte;
};

// Which answer the twin gives where nobody could verify AWS's (twin.md §8). The first value of each
// is the default but where an initialiser says otherwise.
enum class CrisLegs { All, Routed };  // which destinations a policy must allow
enum class Obedience { Obeys, Ignores };
enum class ValidationOrder { AfterAuthorization, BeforeAuthorization };
enum class GateOrder { FormFirst, MarketplaceFirst };
enum class Presence { Present, Absent };
enum class ForeignProfileArn { AccessDenied, Validation, NotFound };
enum class CodeArtifactErrorBody { Json, Empty };
enum class FoundationModelAccount { Absent, Caller };  // aws:ResourceAccount
enum class ApplicationProfileKey {
    Application,
    Source
};                                                   // which ARN is bedrock:InferenceProfileArn
enum class UnknownPrincipal { Accepted, Refused };   // in an endpoint policy, of another account
enum class VpceKeys { Documented, All, None };       // services that set aws:VpceAccount, …
enum class LegNamed { ExplicitFirst, FirstLeg };     // when several legs refuse
enum class PolicyNamed { ScpFirst, IdentityFirst };  // when two policy types deny
enum class SessionArnGrant { Unlimited, Limited };   // against a session policy's implicit deny
enum class BedrockRcp { Ignored, Applied };

struct TwinSwitches {
    CrisLegs scp_cris = CrisLegs::All;
    CrisLegs identity_cris = CrisLegs::Routed;
    std::chrono::seconds bedrock_signature_window{300};  // in the file a number of seconds
    std::uint32_t invalid_signature_status = 403;        // of bedrock-runtime; 400 or 403
    std::uint32_t imds_no_profile_status = 404;  // of the credentials' path without a profile
    Obedience caller_identity_endpoint_policy = Obedience::Obeys;
    ValidationOrder validation_order = ValidationOrder::AfterAuthorization;
    GateOrder gate_order = GateOrder::FormFirst;
    Presence marketplace_called_via = Presence::Present;
    PolicyNamed policy_named = PolicyNamed::ScpFirst;
    LegNamed leg_named = LegNamed::ExplicitFirst;
    ForeignProfileArn foreign_profile_arn = ForeignProfileArn::AccessDenied;
    CodeArtifactErrorBody codeartifact_error_body = CodeArtifactErrorBody::Json;
    FoundationModelAccount foundation_model_account = FoundationModelAccount::Absent;
    Presence cris_leg_endpoint =
        Presence::Present;  // source endpoint and its policy at the far leg
    Presence endpoint_policy_profile_key = Presence::Present;  // bedrock:InferenceProfileArn
    ApplicationProfileKey application_profile_key = ApplicationProfileKey::Application;
    UnknownPrincipal endpoint_policy_unknown_principal = UnknownPrincipal::Accepted;
    VpceKeys vpce_keys = VpceKeys::Documented;
    SessionArnGrant session_arn_grant = SessionArnGrant::Unlimited;
    BedrockRcp bedrock_rcp = BedrockRcp::Ignored;
};

struct TwinCodeArtifact {
    std::optional<std::string> packages;  // a folder of wheels; absent: PyPI is empty
};

struct TwinS3 {
    std::optional<std::string> al2023;  // a folder with the bucket's files; absent: a built-in one
};

struct Twin {
    TableLocation where;
    std::optional<TimePoint> clock;  // absent: the machine's
    bool clock_runs = true;
    std::uint64_t seed = 1;
    std::optional<std::string> managed_policies;  // "2025-10-26"; absent: the newest
    TwinSwitches switches;                        // keys of [twin] itself
    TwinAccount operator_account;                 // key `operator`
    std::map<std::string, TwinAccount>
        municipality_accounts;  // key `municipality`; one for each name
    TwinCodeArtifact codeartifact;
    TwinS3 s3;
    std::optional<Organization> organization;
    std::vector<Credential> credentials;  // key `credential`
    std::vector<Reply> replies;           // key `reply`; the first that matches wins
};

struct Configuration {
    std::string file;
    Operator operator_account;                 // key `operator`
    std::vector<Municipality> municipalities;  // key `municipality`; at least one
    Bedrock bedrock;
    std::vector<Suppression> suppressions;  // key `check.suppress`
    Templates templates;
    Twin twin;
    std::shared_ptr<const std::string> source;  // what it was read from; null: made by a program

    const Municipality* find_municipality(std::string_view name) const;  // borrowed; nullptr: none
};

// The configuration in `text`; `file` is what problems call it. Errors: all that is wrong, in the
// order of the lines, up to kProblemsMax. Never throws on any input. Safe from every thread.
Expected<Configuration, Problems> read_configuration(std::string_view text, std::string file);

// One edit of the file: `path` as in base/document_path.h. Set makes the tables on its way, Append
// makes the list, or one of what stands there.
struct KeyChange {
    enum class Operation { Set, Append, Remove };
    Operation operation = Operation::Set;
    std::string path;
    json::value value = nullptr;
};

// The configuration read again with the changes made, in their order. What `render` has filled in
// (templates, their parameters, roles) stays. Errors: no source, no such place, or what would be
// wrong with the file then.
Expected<Configuration, Problems> with_changes(
    const Configuration& configuration,
    const std::vector<KeyChange>& changes
);

}  // namespace kakehashi::config

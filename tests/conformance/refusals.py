"""Each wrong step of the crossing, and how AWS refuses it. Data: test_refusals.py runs it.

Wording and status: the service models (botocore), AWS's documentation, and messages seen in public issues. Rows
marked U say what nobody could verify on AWS; they follow the twin's defaults (docs, "what nobody could verify").

In a message {caller} and {operator} stand for the two sessions' ARNs, {when} for a signing time, {n} for a number,
{policy} for the policy's ARN that AWS appends since 2026, or nothing, {any} for text that is not promised."""

import json
from dataclasses import dataclass

from clients import Call
from twin import Append, Replace, Scenario

OPERATOR_ROLE = "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city"
ARTICLE_ROLE = "arn:aws:iam::222222222222:role/bedrock-operator"
EXTERNAL_ID = "f3b60f3a1c7e4c0d9a52d8e17b4496ce"
SESSION = "kakehashi-conformance"

MODEL = "anthropic.claude-haiku-4-5-20251001-v1:0"
JP = f"jp.{MODEL}"
GLOBAL = f"global.{MODEL}"
ON_DEMAND = "anthropic.claude-3-haiku-20240307-v1:0"  # may be called by its own id in Tokyo
LEGACY = "anthropic.claude-3-5-sonnet-20240620-v1:0"
JP_ARN = f"arn:aws:bedrock:ap-northeast-1:222222222222:inference-profile/{JP}"


def model_arn(region, model=MODEL):
    return f"arn:aws:bedrock:{region}::foundation-model/{model}"


# --- calls ---

PLACEHOLDERS = {  # name: (pattern, an example)
    "caller": (r"arn:aws:sts::111111111111:assumed-role/kakehashi-caller/i-[0-9a-z]+",
               "arn:aws:sts::111111111111:assumed-role/kakehashi-caller/i-0123456789abcdef0"),
    "operator": (rf"arn:aws:sts::222222222222:assumed-role/kakehashi-operator-sample-city/{SESSION}",
                 f"arn:aws:sts::222222222222:assumed-role/kakehashi-operator-sample-city/{SESSION}"),
    "article": (rf"arn:aws:sts::222222222222:assumed-role/bedrock-operator/{SESSION}",
                f"arn:aws:sts::222222222222:assumed-role/bedrock-operator/{SESSION}"),
    "when": (r"\d{8}T\d{6}Z", "20261123T104523Z"),
    "n": (r"\d+", "64000"),
    "policy": (r"(: arn:aws:organizations::\S+)?", ""),
    "any": (r".+", "something"),
}


def conversation(text, **more):
    return {"messages": [{"role": "user", "content": [{"text": text}]}], **more}


def converse(text="こんにちは", model=JP, operation="Converse", **more):
    return Call("bedrock-runtime", operation, {"modelId": model, **conversation(text)}, **more)


def converse_stream(text="こんにちは", model=JP):
    return converse(text, model, "ConverseStream")


def assume(**changes):
    """AssumeRole as it should be, but for what the row changes; None takes a parameter away."""
    right = {"RoleArn": OPERATOR_ROLE, "RoleSessionName": SESSION, "ExternalId": EXTERNAL_ID}
    return {name: value for name, value in (right | changes).items() if value is not None}


def assume_role(offset_minutes=0, region="ap-northeast-1", connect_seconds=20, **changes):
    return Call("sts", "AssumeRole", assume(**changes), offset_minutes, region, connect_seconds)


# --- scenarios ---

# The model's script, in every twin: prompts that no row uses are answered as usual.
SCRIPTED = {  # prompt: exception of the service model
    "throttle": "ThrottlingException",
    "not ready": "ModelNotReadyException",
    "fail": "ModelErrorException",
    "time out": "ModelTimeoutException",
    "break down": "InternalServerException",
    "be unavailable": "ServiceUnavailableException",
}
SCRIPT = Append("kakehashi.toml", "".join(
    f'\n[[twin.reply]]\nmatch = {{ prompt = "{prompt}" }}\nerror = "{error}"\n' for prompt, error in SCRIPTED.items()
) + """
[[twin.reply]]
match = { prompt = "throttle in the middle" }
text  = "one two three four five six seven eight nine ten"
error = "ThrottlingException"
error_at_event = 3

[[twin.reply]]
match = { prompt = "be cut off" }
text  = "one two three four five six seven eight nine ten"
cut_at_byte = 400

[[twin.reply]]
match = { prompt = "こんにちは" }
text  = "こんにちは、橋の向こうから。"
""")

# Beside the right caller role: whom a trust policy may name instead.
ANOTHER_ROLE = Replace("municipality.yaml", "  CallerInstanceProfile:\n", """  AnotherRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: another
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{ Effect: Allow, Principal: { Service: ec2.amazonaws.com }, Action: "sts:AssumeRole" }]

  CallerInstanceProfile:
""")
TRUSTS_ANOTHER = Replace("operator.yaml", "${MunicipalityAccount}:role/kakehashi-caller",
                         "${MunicipalityAccount}:role/another")
NAMES_THE_ROLE = Replace("kakehashi.toml", "external_id  =", f'role_arn     = "{OPERATOR_ROLE}"\nexternal_id  =')
MAY_NOT_ASSUME = Replace("municipality.yaml", "\n                Action: sts:AssumeRole",
                         "\n                Action: sts:SetSourceIdentity")
STS_ENDPOINT_CLOSED = Replace(
    "municipality.yaml", "            Action: sts:AssumeRole\n            Resource:",
    "            Action: sts:SetSourceIdentity\n            Resource:")

ORGANIZATION = """
[twin.organization]
id = "o-example"

[[twin.organization.unit]]
name = "gov"
accounts = ["sample-city"]

[[twin.organization.unit]]
name = "vendors"
accounts = ["operator"]
"""


def organization(kind=None, target=None, **statement):
    """Both accounts in one organisation, with one Deny at one of them."""
    if kind is None:
        return (Append("kakehashi.toml", ORGANIZATION),)
    principal = {"Principal": "*"} if kind == "RCP" else {}
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Resource": "*", **principal, **statement}]}
    return (
        Append("kakehashi.toml", ORGANIZATION + "\n[[twin.organization.policy]]\n"
               f'type = "{kind}"\nfile = "deny.json"\ntargets = ["{target}"]\n'),
        Append("deny.json", json.dumps(policy)),
    )


def fenced(*edits, **more):
    return Scenario("fenced", (SCRIPT, *edits), **more)


def article(*edits, **more):
    return Scenario("article", (SCRIPT, *edits), **more)


def twin_table(old, new):
    return Replace("kakehashi.toml", old, new)


# --- messages ---

NOT_AUTHORIZED = "User: {who} is not authorized to perform: {action} on resource: {resource}"
BAD_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
BAD_TOKEN = "The security token included in the request is invalid."
EXPIRED = "The security token included in the request is expired"
THROTTLED = "Too many requests, please wait before trying again."
FORM = (
    "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form "
    "before using the model. If you have already filled out the form, try again in 15 minutes."
)
MARKETPLACE = (
    "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace "
    "actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model. Refer to "
    "the Amazon Bedrock documentation for further details. Your AWS Marketplace subscription for this model cannot be "
    "completed at this time. If you recently fixed this issue, try again after {n} minutes."
)
ON_DEMAND_REFUSED = (
    "Invocation of model ID {id} with on-demand throughput isn\u2019t supported. Retry your request with the ID or "
    "ARN of an inference profile that contains this model."
)
LEGACY_REFUSED = (
    "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the "
    "last {n} days. Please upgrade to an active model on Amazon Bedrock"
)
TIMED_OUT = {  # no answer at all: each client says so in its own words
    "boto3": ("ConnectTimeoutError", None, None, "Connect timeout on endpoint URL: {any}"),
    "aws": (None, None, None, "{any}onnect timeout on endpoint URL: {any}"),
    "js": ("Error", "TimeoutError", None, "{any}"),
}


def denied(who, action, resource, clause=""):
    text = NOT_AUTHORIZED.replace("{who}", who).replace("{action}", action).replace("{resource}", resource)
    return f"{text} {clause}".rstrip()


def assume_denied(clause="", action="sts:AssumeRole", role=OPERATOR_ROLE):
    return denied("{caller}", action, role, clause)


def invoke_denied(resource, clause, action="bedrock:InvokeModel", who="{operator}"):
    return denied(who, action, resource, clause)


def none_allows(policy, action="bedrock:InvokeModel"):
    return f"because no {policy} policy allows the {action} action"


# --- the table ---


@dataclass(frozen=True)
class Refusal:
    id: str
    call: Call
    exception: str  # boto3's class; the AWS SDK for JavaScript has the same, or the service's base for "ClientError"
    code: str
    status: int
    message: object  # a str, or a tuple of those that are right
    scenario: Scenario = fenced()
    who: str = "operator"  # whose credentials: "caller", "operator" (crosses first) or "nobody" (unsigned)
    spoil: str = ""  # what is wrong with them: "secret", "key", "token"
    crossing: object = None  # the AssumeRole that gives the operator's credentials
    advance: str = ""  # account time that passes between getting the credentials and the call
    routed: bool = False  # only some requests are refused; the others must succeed
    clients: tuple = ("boto3", "js")
    instead: object = None  # client: (exception, code, status, message), where clients differ


ALL = ("boto3", "aws", "js")


def sts(id, call, code, status, message, exception="ClientError", **more):
    return Refusal(id, call, exception, code, status, message, **({"who": "caller"} | more))


def bedrock(id, call, code, status, message, exception=None, **more):
    return Refusal(id, call, exception or code, code, status, message, **more)


def authentication():
    yield sts("sts-bad-signature", assume_role(), "SignatureDoesNotMatch", 403, BAD_SIGNATURE, spoil="secret", clients=ALL)
    yield sts("sts-signed-too-early", assume_role(offset_minutes=-20), "SignatureDoesNotMatch", 403,
              "Signature expired: {when} is now earlier than {when} ({when} - 15 min.)")
    yield sts("sts-signed-in-the-future", assume_role(offset_minutes=20), "SignatureDoesNotMatch", 403,
              "Signature not yet current: {when} is still later than {when} ({when} + 15 min.)")  # U: wording
    yield sts("sts-unknown-key", assume_role(), "InvalidClientTokenId", 403, BAD_TOKEN, spoil="key", clients=ALL)
    yield sts("sts-token-of-another-session", assume_role(), "InvalidClientTokenId", 403, BAD_TOKEN, spoil="token")
    yield sts("sts-expired", assume_role(), "ExpiredToken", 403, EXPIRED, advance="24h",
              scenario=fenced(alone="sts-expired"), clients=ALL)
    yield sts("sts-unsigned", assume_role(), "MissingAuthenticationToken", 403,
              "Request is missing Authentication Token", who="nobody", clients=("boto3",))  # U: wording
    yield sts("sts-signed-for-another-region", assume_role(region="us-east-1"), "SignatureDoesNotMatch", 403,
              "Credential should be scoped to a valid region{any}")  # U: wording
    yield bedrock("bedrock-bad-signature", converse(), "InvalidSignatureException", 403, BAD_SIGNATURE, "ClientError",
                  spoil="secret", clients=ALL)  # U: status
    yield bedrock("bedrock-signed-too-early", converse(offset_minutes=-20), "InvalidSignatureException", 403,
                  "Signature expired: {when} is now earlier than {when} ({when} - 5 min.)", "ClientError")  # U: window
    yield bedrock("bedrock-signed-in-the-future", converse(offset_minutes=20), "InvalidSignatureException", 403,
                  "Signature not yet current: {when} is still later than {when} ({when} + 5 min.)", "ClientError")  # U
    yield bedrock("bedrock-unknown-key", converse(), "UnrecognizedClientException", 403, BAD_TOKEN, "ClientError",
                  spoil="key")
    yield bedrock("bedrock-token-of-another-session", converse(), "UnrecognizedClientException", 403, BAD_TOKEN,
                  "ClientError", spoil="token")
    yield bedrock("bedrock-expired", converse(), "ExpiredTokenException", 403, EXPIRED, "ClientError", advance="61m",
                  scenario=fenced(alone="bedrock-expired"), clients=ALL)
    yield bedrock("bedrock-unsigned", converse(), "MissingAuthenticationTokenException", 403,
                  "Missing Authentication Token", "ClientError", who="nobody", clients=("boto3",))  # U: wording


def assuming():
    # One sentence for all of them: it must not tell whether the role exists.
    yield sts("external-id-wrong", assume_role(ExternalId="not-the-one"), "AccessDenied", 403, assume_denied(), clients=ALL)
    yield sts("external-id-missing", assume_role(ExternalId=None), "AccessDenied", 403, assume_denied())
    yield sts("session-name-refused", assume_role(RoleSessionName="somebody"), "AccessDenied", 403, assume_denied(), clients=ALL)
    yield sts("trust-names-another", assume_role(), "AccessDenied", 403, assume_denied(), clients=ALL,
              scenario=fenced(ANOTHER_ROLE, TRUSTS_ANOTHER, NAMES_THE_ROLE))
    yield sts("caller-may-not-assume", assume_role(), "AccessDenied", 403, assume_denied(), clients=ALL,
              scenario=fenced(MAY_NOT_ASSUME))
    yield sts("sts-endpoint-policy", assume_role(), "AccessDenied", 403, assume_denied(), clients=ALL,
              scenario=fenced(STS_ENDPOINT_CLOSED))
    yield sts("no-such-role", assume_role(RoleArn="arn:aws:iam::222222222222:role/nobody"), "AccessDenied", 403,
              assume_denied(role="arn:aws:iam::222222222222:role/nobody"))
    yield sts("tags-not-allowed", assume_role(Tags=[{"Key": "Section", "Value": "tax"}]), "AccessDenied", 403,
              assume_denied(action="sts:TagSession"))
    # Inside one organisation AWS gives the reason.
    yield sts("trust-names-another-in-organization", assume_role(), "AccessDenied", 403,
              "User: {caller} is not authorized to perform: sts:AssumeRole "
              "because no role trust policy allows the sts:AssumeRole action",
              scenario=fenced(ANOTHER_ROLE, TRUSTS_ANOTHER, NAMES_THE_ROLE, *organization()))
    yield sts("caller-may-not-assume-in-organization", assume_role(), "AccessDenied", 403,
              assume_denied(none_allows("identity-based", "sts:AssumeRole")), scenario=fenced(MAY_NOT_ASSUME, *organization()))
    yield sts("sts-endpoint-policy-in-organization", assume_role(), "AccessDenied", 403,
              assume_denied(none_allows("VPC endpoint", "sts:AssumeRole")), scenario=fenced(STS_ENDPOINT_CLOSED, *organization()))
    yield sts("scp-denies-assume-role", assume_role(), "AccessDenied", 403,
              assume_denied("with an explicit deny in a service control policy{policy}"), clients=ALL,
              scenario=fenced(*organization("SCP", "gov", Action="sts:AssumeRole")))
    yield sts("rcp-denies-assume-role", assume_role(), "AccessDenied", 403,
              assume_denied("with an explicit deny in a resource control policy{policy}"),
              scenario=fenced(*organization("RCP", "vendors", Action="sts:AssumeRole")))
    # Parameters.
    yield sts("session-name-bad", assume_role(RoleSessionName="2/x"), "ValidationError", 400,
              "1 validation error detected: Value '2/x' at 'roleSessionName' failed to satisfy constraint: "
              "Member must satisfy regular expression pattern: [\\w+=,.@-]*", clients=ALL)
    yield sts("session-policy-bad", assume_role(Policy="{"), "MalformedPolicyDocument", 400, "{any}",
              "MalformedPolicyDocumentException", instead={  # the wire has the short code; this SDK shows its class's name
                  "js": ("MalformedPolicyDocumentException", "MalformedPolicyDocumentException", 400, "{any}")})
    yield sts("duration-over-a-day", assume_role(DurationSeconds=50_000), "ValidationError", 400,
              "1 validation error detected: Value '50000' at 'durationSeconds' failed to satisfy constraint: "
              "Member must have value less than or equal to 43200")  # U: wording
    yield sts("duration-over-the-role's", assume_role(DurationSeconds=7200), "ValidationError", 400,
              ("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
               "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."))
    yield sts("duration-by-chaining", assume_role(DurationSeconds=7200), "ValidationError", 400,  # U: from an instance
              "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.", clients=ALL,
              scenario=fenced(Replace("operator.yaml", "one hour at most.\n      MaxSessionDuration: 3600",
                                      "one hour at most.\n      MaxSessionDuration: 43200")))


def invoking():
    streaming = "bedrock:InvokeModelWithResponseStream"
    yield bedrock("bedrock-endpoint-policy", converse_stream(), "AccessDeniedException", 403,
                  invoke_denied(JP_ARN, none_allows("VPC endpoint", streaming), streaming),
                  scenario=fenced(Replace("municipality.yaml", f"              - {streaming}\n            Resource:",
                                          "            Resource:")))
    yield bedrock("scp-denies-osaka", converse(), "AccessDeniedException", 403,
                  invoke_denied(model_arn("ap-northeast-3"), "with an explicit deny in a service control policy{policy}"),
                  clients=ALL,
                  scenario=fenced(*organization("SCP", "vendors", Action="bedrock:*", Condition={
                      "StringNotEquals": {"aws:RequestedRegion": "ap-northeast-1"}})))
    yield bedrock("boundary", converse(), "AccessDeniedException", 403,
                  invoke_denied(JP_ARN, "because no permissions boundary allows the bedrock:InvokeModel action"),
                  clients=ALL,
                  scenario=fenced(Replace(
                      "operator.yaml", "      RoleName: kakehashi-operator-sample-city\n",
                      "      RoleName: kakehashi-operator-sample-city\n"
                      "      PermissionsBoundary: arn:aws:iam::aws:policy/AWSCodeArtifactReadOnlyAccess\n")))
    yield bedrock("session-policy", converse(), "AccessDeniedException", 403,
                  invoke_denied(JP_ARN, none_allows("session")), clients=ALL,
                  crossing=assume(Policy=json.dumps({"Version": "2012-10-17", "Statement": [
                      {"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}]})))
    yield bedrock("operator-lacks-the-profile", converse(), "AccessDeniedException", 403,
                  invoke_denied(JP_ARN, none_allows("identity-based")),
                  scenario=fenced(Replace(
                      "operator.yaml",
                      f"- {streaming}\n                Resource: !Sub arn:${{AWS::Partition}}:bedrock:ap-northeast-1:"
                      f"${{AWS::AccountId}}:inference-profile/{JP}",
                      f"- {streaming}\n                Resource: !Sub arn:${{AWS::Partition}}:bedrock:ap-northeast-1:"
                      "${AWS::AccountId}:inference-profile/jp.anthropic.claude-sonnet-4-6")))
    tokyo = f"                  - !Sub arn:${{AWS::Partition}}:bedrock:ap-northeast-1::foundation-model/{MODEL}\n"
    osaka = tokyo.replace("ap-northeast-1", "ap-northeast-3")
    yield bedrock("osaka-missing", converse(), "AccessDeniedException", 403,
                  invoke_denied(model_arn("ap-northeast-3"), none_allows("identity-based")), routed=True,
                  scenario=fenced(Replace("operator.yaml", f"- {streaming}\n                Resource:\n{tokyo}{osaka}",
                                          f"- {streaming}\n                Resource:\n{tokyo}")))
    yield bedrock("caller-by-itself", converse(), "AccessDeniedException", 403,  # U: which of two policies is named
                  tuple(invoke_denied(JP_ARN.replace("222222222222", "111111111111"), none_allows(policy), who="{caller}")
                        for policy in ("VPC endpoint", "identity-based")), who="caller")
    yield bedrock("model-by-its-own-id", converse(model=ON_DEMAND), "AccessDeniedException", 403,  # U: as above
                  tuple(invoke_denied(model_arn("ap-northeast-1", ON_DEMAND), none_allows(policy))
                        for policy in ("VPC endpoint", "identity-based")))
    yield bedrock("global-profile", converse(model=GLOBAL), "AccessDeniedException", 403,
                  invoke_denied(model_arn(""), "with an explicit deny in an identity-based policy"), clients=ALL)
    yield bedrock("article-streaming", converse_stream(), "AccessDeniedException", 403,
                  invoke_denied(JP_ARN, none_allows("identity-based", streaming), streaming, "{article}"),
                  scenario=article(Replace("operator.yaml", "        - arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess\n", "")))


def model_access():
    yield bedrock("form-missing", converse(), "ResourceNotFoundException", 404, FORM, clients=ALL,
                  scenario=fenced(twin_table('use_case_form = "approved"', 'use_case_form = "missing"')))
    yield bedrock("marketplace-missing", converse(), "AccessDeniedException", 403, MARKETPLACE, clients=ALL,
                  scenario=fenced(twin_table(f'subscriptions = ["{MODEL}"]', "subscriptions = []")))
    yield bedrock("country-refused", converse(), "ValidationException", 400,
                  "Access to Anthropic models is not allowed from unsupported countries, regions, or territories.",
                  scenario=fenced(twin_table('country       = "JP"', 'country       = "KP"')))
    yield bedrock("model-legacy", converse(model=LEGACY), "ResourceNotFoundException", 404, LEGACY_REFUSED,
                  scenario=article(twin_table(f'subscriptions = ["{MODEL}"]', f'subscriptions = ["{MODEL}", "{LEGACY}"]')))
    yield bedrock("model-id-bare", converse(model=MODEL), "ValidationException", 400,
                  ON_DEMAND_REFUSED.replace("{id}", MODEL), clients=ALL)
    yield bedrock("profile-unknown", converse(model="jp.anthropic.claude-nobody-v1:0"), "ValidationException", 400,
                  "The provided model identifier is invalid.", clients=ALL)
    yield bedrock("profile-of-another-region", converse(model=f"us.{MODEL}"), "ValidationException", 400,
                  "The provided model identifier is invalid.")
    yield bedrock("model-id-malformed", converse(model="こんにちは"), "ValidationException", 400,
                  "1 validation error detected: Value 'こんにちは' at 'modelId' failed to satisfy constraint: "
                  "Member must satisfy regular expression pattern: {any}")


def answering():
    yield bedrock("throttled", converse("throttle"), "ThrottlingException", 429, THROTTLED, clients=ALL)
    yield bedrock("throttled-before-a-stream", converse_stream("throttle"), "ThrottlingException", 429, THROTTLED)
    yield bedrock("quota", converse(), "ThrottlingException", 429, THROTTLED, routed=True,
                  scenario=fenced(twin_table('country       = "JP"', 'country       = "JP"\nrequests_per_minute = 1'), alone="quota"))
    yield bedrock("model-not-ready", converse("not ready"), "ModelNotReadyException", 429, "{any}")
    yield bedrock("model-error", converse("fail"), "ModelErrorException", 424, "{any}", clients=ALL)
    yield bedrock("model-timeout", converse("time out"), "ModelTimeoutException", 408, "{any}")
    yield bedrock("internal", converse("break down"), "InternalServerException", 500,
                  "The system encountered an unexpected error during processing. Try your request again.")
    yield bedrock("unavailable", converse("be unavailable"), "ServiceUnavailableException", 503, "{any}")
    yield bedrock("too-many-tokens-asked", Call("bedrock-runtime", "Converse", {
        "modelId": JP, **conversation("こんにちは", inferenceConfig={"maxTokens": 10_000_000})}), "ValidationException", 400,
        "The maximum tokens you requested exceeds the model limit of {n}. "
        "Try again with a maximum tokens value that is lower than {n}.")
    # The status was 200 long ago. boto3 has a class of its own for it and gives the code as it stands in the stream.
    yield bedrock("throttled-inside-a-stream", converse_stream("throttle in the middle"), "ThrottlingException", None, THROTTLED,
                  instead={"boto3": ("EventStreamError", "throttlingException", None, THROTTLED)})


def silence():
    """What cannot be reached does not answer; every client runs into its own connect time-out."""
    yield Refusal("no-bedrock-endpoint", Call("bedrock", "ListInferenceProfiles", connect_seconds=2),
                  "", "", 0, "", who="caller", clients=ALL, instead=TIMED_OUT)
    yield Refusal("sts-private-dns-off", assume_role(connect_seconds=2), "", "", 0, "", who="caller", clients=("boto3",), instead=TIMED_OUT,
                  scenario=fenced(Replace("municipality.yaml",
                                          "PrivateDnsEnabled: true\n      # Without a policy",
                                          "PrivateDnsEnabled: false\n      # Without a policy")))


REFUSALS = [*authentication(), *assuming(), *invoking(), *model_access(), *answering(), *silence()]

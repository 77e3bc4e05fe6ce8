"""Each wrong request whose refusal is the protocol's alone, and how AWS words it. Data: test_refusals.py runs it.

What is wrong in a pair, with its cause and its mend, stands in tests/faults/table. Wording and status: the service
models (botocore), AWS's documentation, and messages seen in public issues. Rows marked U say what nobody could verify
on AWS; they follow the twin's defaults (docs, "what nobody could verify")."""

from dataclasses import dataclass

from attempt import Attempt
from clients import Call
from crossing import JP, OPERATOR_ROLE, assume_role, conversation, converse, converse_stream, fenced, organization
from twin import Replace, Scenario
from wording import BAD_TOKEN, THROTTLED, assume_denied, none_allows

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


# --- the table ---


@dataclass(frozen=True, kw_only=True)
class Refusal(Attempt):
    id: str
    exception: str  # boto3's class; the AWS SDK for JavaScript has the same, or the service's base for "ClientError"
    code: str
    status: int
    message: str
    scenario: Scenario = fenced()
    clients: tuple = ("boto3", "js")
    instead: object = None  # client: (exception, code, status, message), where clients differ


ALL = ("boto3", "aws", "js")


def sts(id, call, code, status, message, exception="ClientError", **more):
    return Refusal(id=id, call=call, exception=exception, code=code, status=status, message=message, **({"who": "caller"} | more))


def bedrock(id, call, code, status, message, exception=None, **more):
    return Refusal(id=id, call=call, exception=exception or code, code=code, status=status, message=message, **more)


def authentication():
    yield sts("sts-unknown-key", assume_role(), "InvalidClientTokenId", 403, BAD_TOKEN, spoil="key", clients=ALL)
    yield sts("sts-unsigned", assume_role(), "MissingAuthenticationToken", 403,
              "Request is missing Authentication Token", who="nobody", clients=("boto3",))  # U: wording
    yield bedrock("bedrock-unknown-key", converse(), "UnrecognizedClientException", 403, BAD_TOKEN, "ClientError",
                  spoil="key")
    yield bedrock("bedrock-unsigned", converse(), "MissingAuthenticationTokenException", 403,
                  "Missing Authentication Token", "ClientError", who="nobody", clients=("boto3",))  # U: wording


def assuming():
    # It must not tell whether the role exists.
    yield sts("no-such-role", assume_role(RoleArn="arn:aws:iam::222222222222:role/nobody"), "AccessDenied", 403,
              assume_denied(role="arn:aws:iam::222222222222:role/nobody"))
    # Inside one organisation AWS gives the reason.
    yield sts("trust-names-another-in-organization", assume_role(), "AccessDenied", 403,
              "User: {caller} is not authorized to perform: sts:AssumeRole "
              "because no role trust policy allows the sts:AssumeRole action",
              scenario=fenced(ANOTHER_ROLE, TRUSTS_ANOTHER, NAMES_THE_ROLE, *organization()))
    yield sts("caller-may-not-assume-in-organization", assume_role(), "AccessDenied", 403,
              assume_denied(none_allows("identity-based", "sts:AssumeRole")), scenario=fenced(MAY_NOT_ASSUME, *organization()))
    yield sts("sts-endpoint-policy-in-organization", assume_role(), "AccessDenied", 403,
              assume_denied(none_allows("VPC endpoint", "sts:AssumeRole")), scenario=fenced(STS_ENDPOINT_CLOSED, *organization()))
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


def answering():
    yield bedrock("model-id-malformed", converse(model="こんにちは"), "ValidationException", 400,
                  "1 validation error detected: Value 'こんにちは' at 'modelId' failed to satisfy constraint: "
                  "Member must satisfy regular expression pattern: {any}")
    yield bedrock("throttled-before-a-stream", converse_stream("throttle"), "ThrottlingException", 429, THROTTLED)
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


REFUSALS = [*authentication(), *assuming(), *answering()]

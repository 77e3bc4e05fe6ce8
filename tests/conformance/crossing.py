"""The crossing that examples/ describe: its names, its calls as they should be, the model's script of every twin."""

import json

from clients import Call
from twin import Append, Scenario

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


def assume_role(offset_minutes=0, region="ap-northeast-1", connect_seconds=20, tampered=False, **changes):
    return Call("sts", "AssumeRole", assume(**changes), offset_minutes, region, connect_seconds, tampered)


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

"""The crossing as people make it, by clients as they come: every way in, every operation, unary and streaming."""

import json

import boto3
import pytest

import crossing
from clients import Call, caller_credentials, only
from crossing import ARTICLE_ROLE, EXTERNAL_ID, GLOBAL, JP, OPERATOR_ROLE, SESSION, article, converse, converse_stream, fenced
from twin import Append

ANSWER = "こんにちは、橋の向こうから。"
KINDS = ("boto3", "aws", "js", "js-other")
STREAMING_KINDS = ("boto3", "js", "js-other")  # the AWS CLI has no streaming operations
PROFILE = f"""[default]
role_arn = {OPERATOR_ROLE}
credential_source = Ec2InstanceMetadata
external_id = {EXTERNAL_ID}
role_session_name = {SESSION}
region = ap-northeast-1
"""
ANTHROPIC = json.dumps({
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": [{"type": "text", "text": "こんにちは"}]}],
})

# Fixed credentials of the operator's own instance, used from a place that is in no VPC.
KEY, SECRET, TOKEN = "ASIAEXAMPLEEXAMPLE12", "not-a-secret-but-as-long-as-one-is-here0", "token-of-the-conformance-run"
OUTSIDE = article(Append("kakehashi.toml", f"""
[[twin.credential]]
access_key_id     = "{KEY}"
secret_access_key = "{SECRET}"
session_token     = "{TOKEN}"
principal         = "arn:aws:sts::222222222222:assumed-role/bedrock-operator/i-0123456789abcdef0"
"""), place="outside")
OUTSIDE_KEYS = {"AccessKeyId": KEY, "SecretAccessKey": SECRET, "SessionToken": TOKEN}


@pytest.fixture
def closed(twins):
    """fenced/, with nothing in the client's profile."""
    return twins.of(fenced())


@pytest.fixture
def by_profile(twins):
    twin = twins.of(fenced(alone="profile"))
    twin.write_profile(PROFILE)
    return twin


def cross(twin, client, kind="boto3", **changes):
    outcome = client(kind, twin)(Call("sts", "AssumeRole", crossing.assume(**changes)), caller_credentials(twin))
    assert outcome.output, outcome
    return outcome.output


def check_answer(output):
    assert output["output"]["message"] == {"role": "assistant", "content": [{"text": ANSWER}]}
    assert output["stopReason"] == "end_turn"
    usage = output["usage"]
    assert usage["inputTokens"] > 0 and usage["outputTokens"] > 0
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    assert output["metrics"]["latencyMs"] >= 0


def check_stream(events):
    names = [next(iter(event)) for event in events]
    assert names[0] == "messageStart" and names[-2:] == ["messageStop", "metadata"]
    assert events[0]["messageStart"]["role"] == "assistant"
    deltas = [event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event]
    assert len(deltas) > 1 and "".join(deltas) == ANSWER
    assert names.count("contentBlockStop") == 1
    assert events[-2]["messageStop"]["stopReason"] == "end_turn"
    assert events[-1]["metadata"]["usage"]["totalTokens"] > 0


# --- ways in ---


@pytest.mark.parametrize("kind", KINDS)
def test_crosses_by_hand(kind, closed, client):
    """As the article's code does it: credentials of the instance, AssumeRole, a client with what that gives."""
    crossed = cross(closed, client, kind)
    assert crossed["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::222222222222:assumed-role/kakehashi-operator-sample-city/{SESSION}"
    assert crossed["AssumedRoleUser"]["AssumedRoleId"].startswith("AROA")
    assert crossed["AssumedRoleUser"]["AssumedRoleId"].endswith(f":{SESSION}")
    assert crossed["Credentials"]["AccessKeyId"].startswith("ASIA")
    outcome = client(kind, closed)(converse(), crossed["Credentials"])
    assert outcome.output, outcome
    check_answer(outcome.output)


@pytest.mark.parametrize("kind", KINDS)
def test_crosses_by_profile(kind, by_profile, client):
    """role_arn, external_id and credential_source = Ec2InstanceMetadata: no code at all, and refreshed for ever."""
    outcome = client(kind, by_profile)(converse(), None)
    assert outcome.output, outcome
    check_answer(outcome.output)


def test_the_instance_gives_the_first_credentials(closed, client):
    """boto3's own chain finds them at the metadata service (version 1 is switched off in its environment)."""
    with only(closed.environment()):
        found = boto3.session.Session().get_credentials()
        assert found.method == "iam-role"
    outcome = client("boto3", closed)(Call("sts", "GetCallerIdentity"), None)
    assert outcome.output, outcome
    assert outcome.output["Account"] == "111111111111"
    assert outcome.output["Arn"].startswith("arn:aws:sts::111111111111:assumed-role/kakehashi-caller/i-")


@pytest.mark.parametrize("kind", KINDS)
def test_the_operator_role_knows_itself(kind, closed, client):
    outcome = client(kind, closed)(Call("sts", "GetCallerIdentity"), cross(closed, client)["Credentials"])
    assert outcome.output, outcome
    assert outcome.output["Arn"] == f"arn:aws:sts::222222222222:assumed-role/kakehashi-operator-sample-city/{SESSION}"


# --- operations ---


@pytest.mark.parametrize("kind", STREAMING_KINDS)
def test_streams(kind, closed, client):
    outcome = client(kind, closed)(converse_stream(), cross(closed, client)["Credentials"])
    assert outcome.output, outcome
    check_stream(outcome.events)


@pytest.mark.parametrize("kind", STREAMING_KINDS)
def test_invokes_the_model_in_its_own_words(kind, closed, client):
    call = Call("bedrock-runtime", "InvokeModel", {
        "modelId": JP, "body": ANTHROPIC, "contentType": "application/json", "accept": "application/json"})
    outcome = client(kind, closed)(call, cross(closed, client)["Credentials"])
    assert outcome.output, outcome
    assert outcome.output["contentType"] == "application/json"
    body = json.loads(outcome.output["body"])
    assert body["role"] == "assistant" and body["stop_reason"] == "end_turn"
    assert "".join(block["text"] for block in body["content"]) == ANSWER


@pytest.mark.parametrize("kind", STREAMING_KINDS)
def test_invokes_the_model_as_a_stream(kind, closed, client):
    call = Call("bedrock-runtime", "InvokeModelWithResponseStream", {
        "modelId": JP, "body": ANTHROPIC, "contentType": "application/json"})
    outcome = client(kind, closed)(call, cross(closed, client)["Credentials"])
    assert outcome.output, outcome
    chunks = [json.loads(event["chunk"]["bytes"]) for event in outcome.events]
    assert chunks[0]["type"] == "message_start" and chunks[-1]["type"] == "message_stop"
    assert "".join(chunk["delta"].get("text", "") for chunk in chunks if chunk["type"] == "content_block_delta") == ANSWER


@pytest.mark.parametrize("kind", STREAMING_KINDS)
def test_a_stream_that_is_cut_off_never_ends_well(kind, closed, client):
    """AWS ends a stream with messageStop. boto3 may end in silence; the AWS SDK for JavaScript must throw."""
    outcome = client(kind, closed)(converse_stream("be cut off"), cross(closed, client)["Credentials"])
    assert not any("messageStop" in event for event in outcome.events or ())
    if kind != "boto3":
        assert outcome.output is None and outcome.message


@pytest.mark.parametrize("kind", KINDS)
def test_tells_where_a_profile_runs(kind, twins, client):
    """From outside: there is no endpoint for Bedrock's control plane in either VPC."""
    twin = twins.of(OUTSIDE)
    listed = client(kind, twin)(Call("bedrock", "ListInferenceProfiles"), OUTSIDE_KEYS)
    assert listed.output, listed
    profiles = {profile["inferenceProfileId"]: profile for profile in listed.output["inferenceProfileSummaries"]}
    assert {JP, GLOBAL} <= profiles.keys()
    assert not any(id.startswith("us.") for id in profiles)  # of another source Region
    got = client(kind, twin)(Call("bedrock", "GetInferenceProfile", {"inferenceProfileIdentifier": JP}), OUTSIDE_KEYS)
    assert got.output, got
    for profile in (profiles[JP], got.output):
        assert profile["inferenceProfileArn"] == crossing.JP_ARN
        assert (profile["type"], profile["status"]) == ("SYSTEM_DEFINED", "ACTIVE")
        assert {model["modelArn"] for model in profile["models"]} == {
            crossing.model_arn("ap-northeast-1"), crossing.model_arn("ap-northeast-3")}


# --- the article ---


@pytest.mark.parametrize("model", (JP, GLOBAL))
@pytest.mark.parametrize("kind", KINDS)
def test_the_articles_role_reaches_every_region(kind, model, twins, client):
    """What fenced/ refuses succeeds here: AmazonBedrockLimitedAccess allows bedrock:InvokeModel on *."""
    twin = twins.of(article())
    crossed = client("boto3", twin)(
        Call("sts", "AssumeRole", {"RoleArn": ARTICLE_ROLE, "RoleSessionName": "assume_role_session"}), caller_credentials(twin))
    assert crossed.output, crossed
    outcome = client(kind, twin)(converse(model=model), crossed.output["Credentials"])
    assert outcome.output, outcome
    check_answer(outcome.output)

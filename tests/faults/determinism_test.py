"""The same seed, a standing clock and the same requests give the same bytes of `twin events`, and the same answers."""

import datetime
import json
import subprocess
from unittest import mock

import boto3
import botocore.exceptions

from changes import put
from clients import REGION, keys_of, only
from crossing import JP, assume, conversation
from twin import READY_SECONDS_MAX, Scenario, Twin

NOW = datetime.datetime(2026, 11, 23, 10, 45, 23)
CALLER = {"AccessKeyId": "ASIAEXAMPLEEXAMPLE12", "SecretAccessKey": "not-a-secret-but-as-long-as-one-is-here0", "SessionToken": "token"}
STANDING = (
    put("kakehashi.toml", "twin.clock", f"{NOW.isoformat()}Z"),
    put("kakehashi.toml", "twin.clock_runs", False),
    put("kakehashi.toml", "twin.credential", [{
        "access_key_id": CALLER["AccessKeyId"], "secret_access_key": CALLER["SecretAccessKey"], "session_token": CALLER["SessionToken"],
        "principal": "arn:aws:sts::111111111111:assumed-role/kakehashi-caller/i-0123456789abcdef0"}]),
)
QUESTIONS = ("一つめ", "二つめ", "三つめ")


def ask(service, credentials):
    return boto3.session.Session().client(service, region_name=REGION, **keys_of(credentials))


def conversation_with(twin):
    """A few requests of each kind, refusals among them; what they answer, but for when and how long."""
    said = []
    with only(twin.environment()), mock.patch("botocore.auth.get_current_datetime", lambda remove_tzinfo=True: NOW):
        sts = ask("sts", CALLER)
        given = sts.assume_role(**assume())["Credentials"]
        said.append(given)
        for wrong in ({"ExternalId": "wrong"}, {"RoleSessionName": "wrong"}):
            try:
                sts.assume_role(**assume(**wrong))
            except botocore.exceptions.ClientError as refused:
                said.append(refused.response)
        runtime = ask("bedrock-runtime", given)
        for question in QUESTIONS:
            said.append(runtime.converse(modelId=JP, **conversation(question)))
            said.append(list(runtime.converse_stream(modelId=JP, **conversation(question))["stream"]))
    return json.dumps(said, default=str, ensure_ascii=False)


def run(binary, directory, seed):
    twin = Twin(binary, Scenario("fenced", (*STANDING, put("kakehashi.toml", "twin.seed", seed))), directory)
    try:
        said = conversation_with(twin)
        events = subprocess.run([binary, "twin", "events", *twin.where()], env=twin.own_environment(), check=True,
                                capture_output=True, timeout=READY_SECONDS_MAX).stdout
        return said, events
    finally:
        assert twin.stop() is None


def test_same_seed_same_bytes(binary, tmp_path):
    once, again = (run(binary, tmp_path / name, 7) for name in ("once", "again"))
    assert len(once[1].splitlines()) == 3 + 2 * len(QUESTIONS)
    assert once == again


def test_another_seed_gives_other_names(binary, tmp_path):
    """Else the test above would also pass of a twin that ignores its seed."""
    assert run(binary, tmp_path / "one", 7)[1] != run(binary, tmp_path / "other", 8)[1]

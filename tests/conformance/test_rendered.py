"""Thirty configurations by chance, every one proven, and crossed by boto3 with the profile that `render` writes."""

import json
import random
import re
import subprocess

import boto3
import pytest

from clients import only
from rendered import RENDER_SECONDS_MAX, Rendered
from twin import Twin

COUNT, SEED = 30, 43
PROFILES = ("jp.anthropic.claude-haiku-4-5-20251001-v1:0", "jp.anthropic.claude-sonnet-4-5-20250929-v1:0", "jp.amazon.nova-2-lite-v1:0")
SWITCHES = ("invocation_logging", "activation_role", "count_tokens", "list_profiles", "organization_scp",
            "source_vpce")


def configuration(number):
    """Kinds, VPCs and numbers of municipalities take turns; switches and profiles are chance."""
    chance = random.Random(SEED * 1000 + number)
    flag = lambda: chance.choice(("true", "false"))  # noqa: E731
    text = '[operator]\naccount = "222222222222"\n[operator.options]\n' + "".join(f"{name} = {flag()}\n" for name in SWITCHES)
    for index in range(1 + number % 3):
        kind = ("ec2", "ecs", "lambda")[(number // 3 + index) % 3]
        ec2 = kind == "ec2"
        vpc = (f'{{ id = "vpc-{index}", cidr = "10.30.0.0/20", subnets = ["subnet-{index}a"], '
               f'endpoint_subnets = ["subnet-{index}b"], route_tables = ["rtb-{index}"] }}' if (number + index) % 4 == 3 else
               f'{{ cidr = "10.2{index}.0.0/16", zones = ["a", "c"] }}')
        text += f"""[[municipality]]
name = "town-{index}"
account = "11111111111{index}"
external_id = "{chance.getrandbits(128):032x}"
vpc = {vpc}
caller = {{ role = "caller-{index}", kind = "{kind}", instance = {flag() if ec2 else "false"} }}
bootstrap = {{ python = {flag()}, session_manager = {flag() if ec2 else "false"} }}
"""
    return text + f"[bedrock]\nprofiles = {json.dumps(chance.sample(PROFILES, 1 + number % 3))}\n"


def check_proven(binary, directory):
    done = subprocess.run([binary, "check", "--output", "json"], cwd=directory, capture_output=True, timeout=RENDER_SECONDS_MAX)
    judged = json.loads(done.stdout)
    assert (done.returncode, judged["proofs"]["works"]["verdict"], judged["proofs"]["stays_in_japan"]["verdict"]) == (
        0, "proven", "proven"), done.stdout
    assert {found["severity"] for found in judged["findings"]} <= {"note"}, judged["findings"]


@pytest.mark.parametrize("number", range(COUNT))
def test_a_rendered_pair_is_proven_and_works(number, twins, tmp_path):
    toml = configuration(number)
    town = number % (1 + number % 3)
    twin = Twin(twins.binary, Rendered(twins.binary, toml, place=f"town-{town}"), tmp_path)
    try:
        check_proven(twins.binary, twin.files)
        profile = (twin.files / "aws-config").read_text()
        twin.write_profile(profile)
        names = re.findall(r"\[profile (\S+)\]", profile)
        with only(twin.environment() | twin.caller_environment()):
            client = boto3.session.Session(profile_name=names[town]).client("bedrock-runtime")
            for model in re.findall(r'"(jp\.[^"]+)"', toml):
                messages = [{"role": "user", "content": [{"text": "hello"}]}]
                assert client.converse(modelId=model, messages=messages)["stopReason"] == "end_turn"
                events = list(client.converse_stream(modelId=model, messages=messages)["stream"])
                assert any("messageStop" in event for event in events)
            client.close()
    finally:
        assert twin.stop() is None

"""A counter-example that check prints is a request that the twin answers, signed by boto3; on the pair without the hole it
is refused. The holes stand in tests/holes/holes.json, where a unit test finds each by id and line."""

import json
import subprocess

import pytest

from clients import Boto3
from crossing import converse
from rendered import RENDER_SECONDS_MAX, Rendered
from twin import ROOT, Append, Replace, Scenario, Twin

TABLE = json.loads((ROOT / "tests/holes/holes.json").read_text(encoding="utf-8"))
REFUTED = [hole for hole in TABLE["holes"] if hole.get("refutes")]
# Rows whose witness no client can sign, and why; the unit test of the holes replays each. Every other row is signed.
STRANGER = "nobody whom the pair declares asks"
UNTOLD = "an application profile that no template has, and so no twin"
ONE_LEG = "the leg on the model alone: the policies do not allow the profile that leads to it"
UNSIGNED = {
    "any resource": UNTOLD,
    "every action of Bedrock": UNTOLD,
    "all actions but S3's": UNTOLD,
    "all resources but the profile": UNTOLD,
    "a managed policy more": UNTOLD,
    "the Deny become an Allow": ONE_LEG,
    "no Deny, and every Region": ONE_LEG,
    "a route to a NAT gateway": STRANGER,
    "a route to an internet gateway": STRANGER,
    "no endpoint policy": STRANGER,
    "an endpoint for everybody and everything": STRANGER,
}


def why_unsigned(witness):
    if not witness["declared"]:
        return STRANGER
    if ":application-inference-profile/" in witness["resource"]:
        return UNTOLD
    return None if witness.get("model_id") else ONE_LEG
KEYS = {"AccessKeyId": "ASIAEXAMPLEEXAMPLE12", "SecretAccessKey": "not-a-secret-but-as-long-as-one-is-here0", "SessionToken": "token"}


def counterexample(binary, directory, scenario):
    scenario.write(directory)
    done = subprocess.run([binary, "check", "--output", "json"], cwd=directory, capture_output=True, timeout=RENDER_SECONDS_MAX)
    proof = json.loads(done.stdout)["proofs"]["stays_in_japan"]
    assert (done.returncode, proof["verdict"]) == (1, "refuted"), done.stdout
    assert proof["counterexample"]
    return proof["counterexample"] | {"declared": proof["by"]["iam"] == "refuted"}


def credential(principal):
    return Append("kakehashi.toml", f"""
[[twin.credential]]
access_key_id     = "{KEYS['AccessKeyId']}"
secret_access_key = "{KEYS['SecretAccessKey']}"
session_token     = "{KEYS['SessionToken']}"
principal         = "{principal}"

[twin.municipality.sample-city]
use_case_form = "approved"
subscriptions = ["anthropic.claude-haiku-4-5-20251001-v1:0"]
""")


def asked(binary, scenario, directory, model):
    """What the twin answers from a place that is in no VPC."""
    twin = Twin(binary, scenario, directory)
    try:
        return Boto3(twin)(converse(model=model), KEYS)
    finally:
        assert twin.stop() is None


def check_refused(outcome):
    assert (outcome.output, outcome.code, outcome.status) == (None, "AccessDeniedException", 403), outcome


@pytest.mark.parametrize("hole", REFUTED, ids=lambda hole: hole["name"])
def test_a_counterexample_is_answered_and_without_the_hole_refused(hole, twins, tmp_path):
    edit = Replace(hole["edit"]["file"], hole["edit"]["from"], hole["edit"]["to"])
    broken = Rendered(twins.binary, TABLE["toml"], (edit,), named=True)
    witness = counterexample(twins.binary, tmp_path / "checked", broken)
    assert why_unsigned(witness) == UNSIGNED.get(hole["name"]), witness
    if hole["name"] in UNSIGNED:
        return
    who = credential(witness["principal"])
    outcome = asked(twins.binary, Rendered(twins.binary, TABLE["toml"], (edit, who), "outside", True), tmp_path / "hole",
                    witness["model_id"])
    assert outcome.output and outcome.output["stopReason"] == "end_turn", outcome
    check_refused(asked(twins.binary, Rendered(twins.binary, TABLE["toml"], (who,), "outside", True), tmp_path / "closed",
                        witness["model_id"]))


def test_the_rows_that_cannot_be_signed_are_rows():
    assert set(UNSIGNED) < {hole["name"] for hole in REFUTED}


def test_the_articles_counterexample_is_answered(twins, tmp_path):
    witness = counterexample(twins.binary, tmp_path / "checked", Scenario("article"))
    assert witness["model_id"].startswith("global.")
    outcome = asked(twins.binary, Scenario("article", (credential(witness["principal"]),), "outside"), tmp_path / "twin",
                    witness["model_id"])
    assert outcome.output and outcome.output["stopReason"] == "end_turn", outcome

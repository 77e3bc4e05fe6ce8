"""One Converse from a cold process, the whole crossing (IMDS, AssumeRole, Converse): ours and AWS's own clients."""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from measure import BINARY, PROGRAMS, ROOT, TOOLS, Row, spread

sys.path.insert(0, str(ROOT / "tests/conformance"))
from twin import Replace, Scenario, Twin  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
MODEL = "jp.anthropic.claude-haiku-4-5-20251001-v1:0"
ROLE = "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city"
PROFILE = f"""[profile crossing]
role_arn = {ROLE}
credential_source = Ec2InstanceMetadata
external_id = f3b60f3a1c7e4c0d9a52d8e17b4496ce
role_session_name = kakehashi-bench
region = ap-northeast-1
"""
# Ours is told the role as the peers are; without it, it would read both templates to find it.
TOLD = Scenario("fenced", (Replace("kakehashi.toml", "session_name =", f'role_arn     = "{ROLE}"\nsession_name ='),))
MESSAGES = json.dumps([{"role": "user", "content": [{"text": "こんにちは"}]}], ensure_ascii=False)


def clients(twin):
    python = TOOLS / "venv/bin/python"
    return {
        "ours": [BINARY, "converse", "--config", twin.config, "--no-stream", "こんにちは"],
        "boto3": [python, HERE / "cold_boto3.py", MODEL],
        "AWS CLI": [TOOLS / "venv/bin/aws", "bedrock-runtime", "converse", "--profile", "crossing", "--model-id", MODEL, "--messages", MESSAGES],
        "AWS SDK for JavaScript": [TOOLS / "bin/node", HERE / "cold.mjs", MODEL],
    }


def cost(command, environment):
    said = subprocess.run([PROGRAMS / "process_cost", *map(str, command)], env=environment, capture_output=True, text=True)
    figures = json.loads(said.stdout)
    if figures["exit"] != 0:
        raise SystemExit(f"{command}\n{said.stderr}")
    return figures


def run(rounds):
    with tempfile.TemporaryDirectory() as folder:
        twin = Twin(BINARY, TOLD, pathlib.Path(folder))
        try:
            twin.write_profile(PROFILE)
            environment = {**twin.environment(), "PYTHONDONTWRITEBYTECODE": "0", "PYTHONWARNINGS": "ignore"}
            all_of = clients(twin)
            for command in all_of.values():
                cost(command, environment)  # byte code and page cache
            found = {name: [] for name in all_of}
            for _ in range(rounds):
                for name, command in all_of.items():
                    found[name].append(cost(command, environment))
        finally:
            twin.stop()
    rows = []
    for name in list(all_of)[1:]:
        for what, key, unit, scale, target in (("wall time", "seconds", " ms", 1000, 30), ("peak memory", "kilobytes", " MB", 1 / 1024, 5)):
            ours, theirs = ([each[key] * scale for each in found[who]] for who in ("ours", name))
            rows.append(Row(f"one Converse, cold: {what}", spread(ours, unit, 3), f"{name} {spread(theirs, unit, 3)}",
                            [b / a for a, b in zip(ours, theirs)], target if name == "boto3" else None))
    return rows

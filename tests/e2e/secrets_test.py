"""P20: no secret where it should not be. Canaries in keys, tokens and prompts; then everything that is written is searched."""
import json
import os
import pathlib
import subprocess

from twin import Append

SECONDS_MAX = 60
SECRET, TOKEN, PROMPT = "CANARYsecretCANARYsecretCANARYsecret0001", "CANARYtoken/CANARYtoken/CANARYtoken/0002", "合言葉はカナリア三号"
FIXED = f"""
[[twin.credential]]
access_key_id = "ASIACANARYCANARY0001"
secret_access_key = "{SECRET}"
session_token = "{TOKEN}"
principal = "arn:aws:sts::111111111111:assumed-role/kakehashi-caller/i-0abc"
"""


def converse(binary, twin, *arguments, env):
    return subprocess.run([binary, "converse", "--config", str(twin.config), *arguments], env=twin.environment() | env,
                          cwd=twin.home, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_MAX, check=False)


def issued_by_metadata(twin):
    """The instance's real credentials, as curl would fetch them."""
    import urllib.request

    base = twin.ready["endpoints"]["imds"]
    put = urllib.request.Request(base + "/latest/api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    token = urllib.request.urlopen(put, timeout=SECONDS_MAX).read().decode()
    path = base + "/latest/meta-data/iam/security-credentials/"
    get = lambda url: urllib.request.urlopen(  # noqa: E731
        urllib.request.Request(url, headers={"X-aws-ec2-metadata-token": token}), timeout=SECONDS_MAX).read().decode()
    return token, json.loads(get(path + get(path)))


def test_P20_nothing_written_holds_a_secret(binary, raise_twin):
    twin = raise_twin("fenced", Append("kakehashi.toml", FIXED))
    good = {"AWS_ACCESS_KEY_ID": "ASIACANARYCANARY0001", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN}
    bad = [
        good,
        good | {"AWS_ACCESS_KEY_ID": "ASIAUNKNOWNUNKNOWN00"},
        good | {"AWS_SESSION_TOKEN": TOKEN + "x"},
        good | {"AWS_SECRET_ACCESS_KEY": SECRET + "x"},
        good | {"AWS_CA_BUNDLE": "/nonexistent"},
        good | {"AWS_ENDPOINT_URL_STS": "https://127.0.0.1:1"},
        good | {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": twin.ready["endpoints"]["sts"]},
    ]
    written = b""
    for env in bad:
        for output in ("text", "json"):
            for language in ("ja", "en"):
                done = converse(binary, twin, "--debug", "--output", output, "--lang", language, PROMPT, env=env)
                written += done.stderr
                if done.returncode != 0:
                    written += done.stdout
    metadata_token, issued = issued_by_metadata(twin)
    for command in ("events", "explain", "status", "env"):
        done = subprocess.run([binary, "twin", command, *twin.where()], env=twin.own_environment(), capture_output=True, check=False)
        written += done.stdout + done.stderr
    written += twin.said().encode()
    assert b"AssumeRole" in written  # the search is of something
    for canary in (SECRET, TOKEN, PROMPT, issued["SecretAccessKey"], issued["Token"], metadata_token):
        assert canary.encode() not in written, canary


def test_P20_neither_core_nor_command_line_nor_another_user_can_read_it(binary, raise_twin):
    twin = raise_twin("fenced", Append("kakehashi.toml", FIXED))
    process = pathlib.Path("/proc") / str(twin.process.pid)
    assert SECRET.encode() not in (process / "cmdline").read_bytes()
    limits = [line for line in (process / "limits").read_text().splitlines() if line.startswith("Max core file size")]
    assert limits[0].split()[4:6] == ["0", "0"]
    # An undumpable process's files in /proc are root's, and no debugger of its user may attach.
    assert (process / "environ").stat().st_uid == 0
    folder = pathlib.Path(twin.ready["ca"]).parent
    assert folder.stat().st_mode & 0o077 == 0
    for file in folder.iterdir():
        assert file.stat().st_mode & 0o077 == 0 or os.fspath(file).endswith(".ca.pem")

"""twin exec: the closed VPC from inside. Where user namespaces are forbidden these fail, with the setting to change."""
import hashlib
import json
import os
import pty
import re
import subprocess
import sys

import pytest

from twin import ROOT, Scenario

SECONDS_MAX = 60  # against hanging
NOT_FOUND, KILLED, TIMED_OUT = 127, 128 + 9, 28  # shells' and curl's own
PYTHON = sys.executable
JP = "jp.anthropic.claude-haiku-4-5-20251001-v1:0"


@pytest.fixture
def closed(binary, tmp_path):
    """closed("fenced", edit…)(command…, place=…): the command inside, without a twin beside it."""

    def of(example, *edits):
        files = tmp_path / "files"
        Scenario(example, tuple(edits)).write(files)

        def inside(*command, place=None, options=(), **more):
            where = ["--as", place] if place else []
            return subprocess.run(
                [binary, "twin", "exec", "--config", str(files / "kakehashi.toml"), *where, *options, "--", *command],
                env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"} | more.pop("env", {}),
                cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS_MAX, check=False, **more)

        return inside

    return of


def python(code):
    return [PYTHON, "-c", code]


def test_exit_codes_and_streams_are_the_commands(closed):
    inside = closed("fenced")
    done = inside("sh", "-c", "cat; echo told >&2; exit 7", input="given")
    assert (done.returncode, done.stdout, done.stderr) == (7, "given", "told\n")
    assert inside("sh", "-c", "kill -9 $$").returncode == KILLED
    missing = inside("no-such-program")
    assert missing.returncode == NOT_FOUND and "no-such-program" in missing.stderr


def test_the_person_stays_the_person_and_can_open_nothing(closed):
    done = closed("fenced")("sh", "-c", "id -u; id -g; grep -E 'Cap(Eff|Bnd)|NoNewPrivs' /proc/self/status")
    lines = done.stdout.split()
    assert lines[:2] == [str(os.getuid()), str(os.getgid())]
    assert re.findall(r"Cap\w+:\s+0{16}\n", done.stdout) and "NoNewPrivs:\t1" in done.stdout


def test_names_resolve_as_the_vpcs_resolver_says(closed):
    code = """
import socket
for name in ("sts.ap-northeast-1.amazonaws.com", "bedrock-runtime.ap-northeast-1.amazonaws.com", "pypi.org"):
    print(name, sorted({found[4][0] for found in socket.getaddrinfo(name, 443, socket.AF_INET)}))
try:
    socket.getaddrinfo("nowhere.invalid", 443)
except socket.gaierror as error:
    print(error.errno == socket.EAI_NONAME)
"""
    lines = closed("fenced")(*python(code)).stdout.splitlines()
    assert all(re.search(r"\['10\.", line) for line in lines[:2])  # the endpoints' private addresses
    assert lines[2:] and "['192.0.2." in lines[2] and lines[3] == "True"


def test_what_has_no_endpoint_is_silent(closed):
    inside = closed("fenced")
    for address in ("https://sts.amazonaws.com/", "https://pypi.org/", "http://10.20.255.1/", "http://192.0.2.1/"):
        assert inside("curl", "--silent", "--max-time", "1", address).returncode == TIMED_OUT, address


def test_the_crossing_passes_from_the_metadata_service_on(closed):
    """As an application would: no keys, no endpoint, no certificate is named."""
    code = f"""
import boto3
role = boto3.client("sts", region_name="ap-northeast-1").assume_role(
    RoleArn="arn:aws:iam::222222222222:role/kakehashi-operator-sample-city", RoleSessionName="kakehashi-x",
    ExternalId="f3b60f3a1c7e4c0d9a52d8e17b4496ce")["Credentials"]
bedrock = boto3.client("bedrock-runtime", region_name="ap-northeast-1", aws_access_key_id=role["AccessKeyId"],
                       aws_secret_access_key=role["SecretAccessKey"], aws_session_token=role["SessionToken"])
print(bedrock.converse(modelId="{JP}", messages=[{{"role": "user", "content": [{{"text": "x"}}]}}])["stopReason"])
"""
    done = closed("fenced")(*python(code), env={"AWS_ACCESS_KEY_ID": "AKIAOUTSIDEOUTSIDE00", "AWS_SECRET_ACCESS_KEY": "x",
                                                "HTTPS_PROXY": "http://127.0.0.1:9"})
    assert (done.returncode, done.stdout) == (0, "end_turn\n"), done.stderr


def test_every_program_trusts_the_twins_authority(closed):
    node = os.environ.get("NODE", "node")
    code = "fetch('https://sts.ap-northeast-1.amazonaws.com/').then((a) => console.log(a.status), (e) => console.log(e.cause.code))"
    inside = closed("fenced")
    assert inside("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}",
                  "https://sts.ap-northeast-1.amazonaws.com/").stdout == "403"
    assert inside(node, "-e", code).stdout == "403\n"
    clean = ("env", "-u", "SSL_CERT_FILE", "-u", "CURL_CA_BUNDLE")  # by the machine's own bundle, too
    assert inside(*clean, "curl", "--silent", "--output", "/dev/null", "https://sts.ap-northeast-1.amazonaws.com/").returncode == 0


def test_a_container_behind_the_hop_limit_gets_no_token(closed):
    ask = ("curl", "--silent", "--max-time", "1", "-X", "PUT", "-H", "X-aws-ec2-metadata-token-ttl-seconds: 60",
           "http://169.254.169.254/latest/api/token")
    inside = closed("fenced")
    assert len(inside(*ask).stdout) > 20
    assert inside(*ask, options=["--in-container"]).returncode == TIMED_OUT


def test_a_terminal_stays_one(binary, tmp_path):
    """Interactive programs see it, and Ctrl-C reaches them and leaves us."""
    files = tmp_path / "files"
    Scenario("fenced").write(files)
    main, other = pty.openpty()
    process = subprocess.Popen(
        [binary, "twin", "exec", "--config", str(files / "kakehashi.toml"), "--", PYTHON, "-c",
         "import sys\nprint(sys.stdin.isatty(), flush=True)\n"
         "try:\n    sys.stdin.readline()\nexcept KeyboardInterrupt:\n    print('interrupted', flush=True)\n    sys.exit(5)"],
        stdin=other, stdout=other, stderr=other, cwd=tmp_path, start_new_session=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "dumb"},
        preexec_fn=lambda: __import__("fcntl").ioctl(other, __import__("termios").TIOCSCTTY, 0))
    os.close(other)
    said = b""
    while b"True" not in said:
        said += os.read(main, 1024)
    os.write(main, b"\x03")
    assert process.wait(SECONDS_MAX) == 5
    os.close(main)


def test_a_running_twin_is_joined_from_every_place(binary, raise_twin):
    """Account state goes on, and what was refused inside is explained outside."""
    twin = raise_twin("article")

    def inside(place, *command):
        return subprocess.run([binary, "twin", "exec", "--config", str(twin.config), "--as", place, "--", *command],
                              env=twin.own_environment(), cwd=twin.home, capture_output=True, text=True,
                              timeout=SECONDS_MAX, check=False)

    who = python("import boto3; print(boto3.client('sts', region_name='ap-northeast-1').get_caller_identity()['Account'])")
    assert inside("sample-city", *who).stdout == "111111111111\n"
    call = f"""
import boto3
print(boto3.client('bedrock-runtime', region_name='ap-northeast-1').converse(
    modelId='{JP}', messages=[{{'role': 'user', 'content': [{{'text': 'x'}}]}}])['stopReason'])"""
    assert inside("operator", *python(call)).stdout == "end_turn\n"
    events = subprocess.run([binary, "twin", "events", "--config", str(twin.config)], env=twin.own_environment(),
                            cwd=twin.home, capture_output=True, text=True, timeout=SECONDS_MAX, check=True).stdout
    seen = {(event["eventName"], event.get("vpcEndpointId", "")[:5]) for event in map(json.loads, events.splitlines())}
    assert ("GetCallerIdentity", "vpce-") in seen and ("Converse", "vpce-") in seen


def test_none_of_a_hundred_crosses_with_anothers_role(binary, tmp_path):
    """One operator, a hundred municipalities: --as any of them; its own role alone lets it in."""
    home = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    external_id = lambda i: hashlib.md5(b"%d" % i).hexdigest()  # noqa: E731
    blocks = "".join(
        f'\n[[municipality]]\nname = "town-{i}"\naccount = "{300000000000 + i}"\nexternal_id = "{external_id(i)}"\n'
        'caller = { role = "kakehashi-caller", kind = "ec2", instance = true }\n' for i in range(100))
    config = tmp_path / "kakehashi.toml"
    config.write_text('[operator]\naccount = "222222222222"\n' + blocks, encoding="utf-8")

    def inside(place, code):
        return subprocess.run([binary, "twin", "exec", "--config", str(config), "--as", place, "--", PYTHON, "-c", code],
                              env=home, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)

    attempt = """
import boto3, botocore, hashlib
sts = boto3.client("sts", region_name="ap-northeast-1")
def crosses(role, external):
    try:
        sts.assume_role(RoleArn="arn:aws:iam::222222222222:role/kakehashi-operator-town-%d" % role,
                        RoleSessionName="kakehashi-x", ExternalId=hashlib.md5(b"%d" % external).hexdigest())
        return True
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
        return False
print([other for other in range(100) if crosses(other, other)], crosses(ME, ME + 1), crosses(ME + 1, ME))
"""
    for me in (0, 57, 98):
        done = inside(f"town-{me}", attempt.replace("ME", str(me)))
        assert done.stdout == f"[{me}] False False\n", done.stdout + done.stderr


def test_wheels_of_this_machine_are_enough_for_the_whole_article(binary, tmp_path):
    """examples/article/run.sh, with the boto3 that is installed here for the tests."""
    wheels = tmp_path / "wheels"
    wanted = subprocess.run([PYTHON, "-m", "pip", "freeze"], capture_output=True, text=True, check=True, timeout=SECONDS_MAX)
    pinned = [line for line in wanted.stdout.splitlines() if line.split("==")[0] in ("boto3", "botocore")]
    subprocess.run([PYTHON, "-m", "pip", "download", "--quiet", "--dest", str(wheels), *pinned], check=True, timeout=300)
    done = subprocess.run([str(ROOT / "examples" / "article" / "run.sh")], cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={**os.environ, "KAKEHASHI": binary, "KAKEHASHI_WHEELS": str(wheels), "HOME": str(tmp_path)}, timeout=600)
    assert done.returncode == 0 and done.stdout.endswith("OK\n"), done.stdout + done.stderr
    assert done.stdout.count("[kakehashi twin] こんにちは") == 2

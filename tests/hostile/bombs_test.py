"""P17: nothing amplifies. What a program takes to read a text is at most 20 times the text, and the error has a place.

The measure is the largest resident set that the system saw, less that of the same command with nothing to read. Texts
whose size is limited to a megabyte may take what a whole megabyte may: a limit that is reached early is a good one."""
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest

import bombs
from signing import Crossed
from wire import SECONDS_MAX, Service

TIMES_MAX = 20
FLOOR = 1_048_576  # what every text is granted: the largest configuration, the largest template
DONE, PROBLEM, ENVIRONMENT = 0, 1, 253

# A child inherits what its parent was at its largest; this one is small. Its answer: exit code and KiB.
MEASURE = """
import os, sys
child = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
os.write(int(sys.argv[1]), b"%d %d" % (os.waitstatus_to_exitcode(status), used.ru_maxrss))
"""


@dataclass(frozen=True)
class Ran:
    code: int
    resident: int  # bytes
    out: str
    err: str


def run(command, home, given=b"", **environment):
    """A command to its end, measured."""
    reader, writer = os.pipe()
    (home / "given").write_bytes(given)
    with open(reader, "rb") as told, open(home / "given", "rb") as stdin:
        done = subprocess.run([sys.executable, "-I", "-S", "-c", MEASURE, str(writer), *command], stdin=stdin, capture_output=True,
                              pass_fds=[writer], timeout=SECONDS_MAX, check=False, cwd=home,
                              env={"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "LANG": "C"} | environment)
        os.close(writer)
        code, kibibytes = map(int, told.read().split())
    return Ran(code, kibibytes * 1024, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def check(idle, ran, size, code, says):
    grown = (ran.resident - idle.resident) / max(size, FLOOR)
    print(f"{grown:.1f} times")
    assert grown <= TIMES_MAX
    assert ran.code == code, ran.err[:2000]
    assert says in ran.out + ran.err, (ran.out + ran.err)[:2000]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from twin import ROOT
    made = tmp_path_factory.mktemp("bombs")
    shutil.copytree(ROOT / "examples" / "fenced", made / "fenced")
    return made


@pytest.fixture(scope="module")
def idle_evaluate(binary, folder):
    return run([binary, "iam", "evaluate"], folder, b"{}\n")


@pytest.mark.parametrize("name", bombs.json_bombs(100))
def test_P17_a_line_of_evaluate(binary, folder, idle_evaluate, name):
    text, says = bombs.json_bombs()[name]
    ran = run([binary, "iam", "evaluate"], folder, text + b"\n")
    check(idle_evaluate, ran, len(text), PROBLEM, says or "error")
    assert "error" in json.loads(ran.out)


def test_P17_a_line_of_evaluate_that_does_not_end(binary, folder, idle_evaluate):
    """Far more than is read of one line; the next one is judged as if nothing had been."""
    whole = b" " * (64 << 20) + b"\n" + b'{"name":"next"}\n'
    ran = run([binary, "iam", "evaluate"], folder, whole)
    assert ran.resident - idle_evaluate.resident <= len(whole)
    too_large, after = ran.out.splitlines()
    assert "larger" in json.loads(too_large)["error"] and json.loads(after)["name"] == "next"


def policy(statements):
    return {"Version": "2012-10-17", "Statement": statements}


POLICIES = {  # ten thousand statements, and the largest of everything else that one policy has
    "statements": policy([{"Effect": "Allow", "Action": f"bedrock:Invoke{i}*", "Resource": "*"} for i in range(10_000)]),
    "actions": policy([{"Effect": "Deny", "Action": [f"s3:Get{i}*" for i in range(100_000)], "Resource": "*"}]),
    "resources": policy([{"Effect": "Deny", "Action": "*", "Resource": [f"arn:aws:s3:::b{i}/*" for i in range(50_000)]}]),
    "stars": policy([{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::" + "*a" * 20_000 + "*b"}]),
    "questions": policy([{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::" + "?*" * 20_000 + "b"}]),
    "variables": policy([{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::" + "${aws:username}" * 20_000}]),
    "conditions": policy([{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
        "StringLike": {f"aws:RequestTag/{i}": ["*a*a*a*b"] * 10 for i in range(5_000)}}}]),
}


@pytest.mark.parametrize("name", POLICIES)
def test_P17_a_policy_of_evaluate(binary, folder, idle_evaluate, name):
    """Judged, all the same, or refused for its size; `aaa…` is what the stars would like to try again and again."""
    line = {"name": name, "simulation": {
        "request": {"action": "s3:GetObject", "principal": "arn:aws:iam::111111111111:user/a",
                    "resource": {"resource": "arn:aws:s3:::" + "a" * 20_000, "accountId": "111111111111"},
                    "contextVariables": {f"aws:RequestTag/{i}": "a" * 200 for i in range(100)}},
        "identityPolicies": [{"name": "bomb", "policy": POLICIES[name]}]}}
    text = json.dumps(line).encode()
    ran = run([binary, "iam", "evaluate"], folder, text + b"\n")
    check(idle_evaluate, ran, len(text), ran.code, name)
    assert ran.code in (DONE, PROBLEM) and json.loads(ran.out)["name"] == name


def up(binary, folder, file, text):
    whole = folder / "project"
    shutil.rmtree(whole, ignore_errors=True)
    shutil.copytree(folder / "fenced", whole)
    (whole / file).write_bytes(text)
    return run([binary, "twin", "up", "--config", str(whole / "kakehashi.toml")], folder)


@pytest.fixture(scope="module")
def idle_up(binary, folder):
    return up(binary, folder, "operator.yaml", b"Resources: [\n")


@pytest.mark.parametrize("name", bombs.TEMPLATES)
def test_P17_a_template(binary, folder, idle_up, name):
    text, says = bombs.TEMPLATES[name]
    check(idle_up, up(binary, folder, "operator.yaml", text), len(text), ENVIRONMENT, says)


@pytest.mark.parametrize("name", bombs.CONFIGURATIONS)
def test_P17_a_configuration(binary, folder, idle_up, name):
    text, says = bombs.CONFIGURATIONS[name]
    check(idle_up, up(binary, folder, "kakehashi.toml", text), len(text), ENVIRONMENT, says)


def converse(binary, folder, shared):
    (folder / ".aws").mkdir(exist_ok=True)
    (folder / ".aws" / "config").write_bytes(shared)
    return run([binary, "converse", "--config", str(folder / "fenced" / "kakehashi.toml"), "x"], folder,
               AWS_PROFILE="a", AWS_EC2_METADATA_DISABLED="true", AWS_ENDPOINT_URL_STS="http://127.0.0.1:9")


@pytest.fixture(scope="module")
def idle_converse(binary, folder):
    return converse(binary, folder, b"[profile b]\n")


@pytest.mark.parametrize("name", bombs.SHARED)
def test_P17_a_shared_configuration_file(binary, folder, idle_converse, name):
    text, says = bombs.SHARED[name]
    check(idle_converse, converse(binary, folder, text), len(text), ENVIRONMENT, says)


@pytest.mark.parametrize("name", bombs.PROCESSES)
def test_P17_the_output_of_a_credential_process(binary, folder, idle_converse, name):
    command, says = bombs.PROCESSES[name]
    quoted = command.replace("\\", "\\\\").replace('"', '\\"')
    ran = converse(binary, folder, f'[profile a]\ncredential_process = sh -c "{quoted}"\n'.encode())
    check(idle_converse, ran, FLOOR, ENVIRONMENT, says)


# --- the twin ---

BODIES_MAX = 25 * 1_048_576  # the server refuses more before it is read


def largest(twin):
    with open(f"/proc/{twin.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def prompts(size):
    """Bodies of Converse: what wraps a bomb where the service looks for texts, and where it does not."""
    bombs_of = bombs.json_bombs(size)
    for name in ("arrays without end", "objects without end", "a million keys", "digits", "empty arrays", "escapes", "one long text"):
        bomb = bombs_of[name][0]
        yield name, bomb
        yield f"{name}, as additional fields", b'{"messages":[{"role":"user","content":[{"text":"x"}]}],"additionalModelRequestFields":' + bomb + b"}"
    yield "messages", b'{"messages":[' + bombs.times(b'{"role":"user","content":[{"text":"x"}]},', size) + b'{"role":"user","content":[{"text":"x"}]}]}'
    yield "blocks", b'{"messages":[{"role":"user","content":[' + bombs.times(b'{"text":"x"},', size) + b'{"text":"x"}]}]}'
    yield "a long prompt", b'{"messages":[{"role":"user","content":[{"text":"' + bombs.times("あ".encode(), size) + b'"}]}]}'
    yield "stop sequences", b'{"messages":[{"role":"user","content":[{"text":"x"}]}],"inferenceConfig":{"stopSequences":[' + bombs.times(b'"a",', size) + b'"b"]}}'


def test_P17_bodies_of_converse(raise_twin):
    """Signed as they must be, so that the model's own reader gets them. Each to a twin that has not read any before."""
    size, wrong = 4 * bombs.SIZE, []
    for name, body in prompts(size):
        twin = raise_twin()
        crossed = Crossed(twin)
        assert crossed.post("converse", b'{"messages":[{"role":"user","content":[{"text":"x"}]}]}').status == 200
        before = largest(twin)
        answer = crossed.post("converse", body)
        grown = (largest(twin) - before) / len(body)
        print(f"{name}: {grown:.1f} times, {answer.status} {answer.body[:80]}")
        if grown > TIMES_MAX or answer.status not in (200, 400):
            wrong.append(f"{name}: {grown:.1f} times, {answer.status}")
    assert not wrong


def test_P17_unsigned_bodies_and_floods_of_headers(twin):
    """Whoever has no credentials makes the twin read nothing."""
    service, refused = Service(twin, "sts"), []
    body = b"Action=GetCallerIdentity&Version=2011-06-15" + b"&a=%41" * 500_000
    floods = {
        "headers": b"".join(b"X-%d: 1\r\n" % number for number in range(200)),
        "a long header": b"X: " + b"a" * 60_000 + b"\r\n",
        "escapes": b"X-Amz-Date: " + b"%41" * 20_000 + b"\r\n",
        "signed headers": b"Authorization: AWS4-HMAC-SHA256 Credential=" + b"/" * 30_000 + b", SignedHeaders=" + b";" * 30_000 + b", Signature=0\r\n"}
    before = largest(twin)
    for name, fields in floods.items():
        with service.connect() as connection:
            head = b"POST /%s HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n" % (b"?a=%41" * 50)
            connection.send([head + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body])
            answer = connection.read_one()
            refused.append((name, answer.status))
    assert all(status in (400, 403, 413) for _, status in refused), refused
    assert largest(twin) - before <= TIMES_MAX * len(body)

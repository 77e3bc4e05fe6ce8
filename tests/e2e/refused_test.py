"""What the twin does not know, through the program: it refuses to start, and `check` says what it could not judge."""
import json
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFUSED = ROOT / "tests" / "refused"
DONE, PROBLEM, ENVIRONMENT = 0, 1, 253
SECONDS_MAX = 120  # against hanging
ROWS = {row["name"]: row for row in json.loads((REFUSED / "refused.json").read_text(encoding="utf-8"))}
SOME = (  # of each kind; tests/refused has them all, in process
    "a template of another version", "a key twice, in JSON", "an alias", "a parameter's constraint that there is not",
    "a type that there is not", "a property of a rule that there is not", "a function that there is not",
    "an import that nobody exports", "an operator that there is not", "conditions in the plural",
    "a rule of no protocol", "a secret inside a text",
)
UNSUPPORTED = ("a type that is not judged", "a custom resource", "a nested stack")  # types: `check` sets such a resource aside


@pytest.fixture
def refused(binary, tmp_path):
    """refused(name, "twin", "up") → what the program says of the pair with this one thing in it, and the row."""

    def run(name, *arguments):
        row = ROWS[name]
        for file in REFUSED.glob("*.*"):
            shutil.copy(file, tmp_path)
        path = tmp_path / row["file"]
        text = path.read_text(encoding="utf-8")
        assert text.count(row["from"]) == 1
        path.write_text(text.replace(row["from"], row["to"]), encoding="utf-8")
        done = subprocess.run([binary, *arguments, "--config", str(tmp_path / "kakehashi.toml"), "--output", "json"],
                              env={"HOME": str(tmp_path), "LANG": "C.UTF-8"}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS_MAX, check=False)
        return done, row

    return run


def told(done):
    return [(each["file"], each["line"], each["path"]) for each in json.loads(done.stderr)["problems"]]


@pytest.mark.parametrize("name", SOME + UNSUPPORTED)
def test_the_twin_does_not_start(refused, name):
    done, row = refused(name, "twin", "up")
    assert (done.returncode, done.stdout) == (ENVIRONMENT, b""), done.stderr
    assert told(done)[0] == (row["file"], row["line"], row["path"])


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_check_gives_its_findings_and_no_verdict(refused, name):
    done, row = refused(name, "check")
    assert done.returncode == PROBLEM, done.stderr
    judgement = json.loads(done.stdout)
    assert {proof["verdict"] for proof in judgement["proofs"].values()} <= {"unknown", "refuted"}
    assert (row["file"], row["line"], row["path"]) in [
        (found["file"], found["line"], found["path"]) for found in judgement["findings"] if found["id"] == "proof-unknown"]


@pytest.mark.parametrize("name", SOME[:3])
def test_check_cannot_read_the_rest(refused, name):
    done, row = refused(name, "check")
    assert done.returncode == ENVIRONMENT and told(done)[0] == (row["file"], row["line"], row["path"])


def test_the_binary_knows_no_fence(binary):
    """base/fence.h: the switches that take a rule out of force are in builds for tests alone."""
    shipped = pathlib.Path(binary).read_bytes()
    assert b"KAKEHASHI_FENCE_OFF" not in shipped and b"in_force" not in shipped
    listed = json.loads((ROOT / "tests/fences/fences.json").read_text(encoding="utf-8"))
    named = [rule for rule in listed if b"\0" + rule.encode() + b"\0" in shipped]
    assert not named

"""Where a fault is met, and the two ways in: endpoint URLs (a twin on this machine) and `twin exec` (the closed VPC).

The cheap way is the first: one client of each kind serves all twins. What needs names, routes or 169.254.169.254 goes
by the second; KAKEHASHI_FULL=1 sends every fault there."""

import concurrent.futures
import dataclasses
import itertools
import json
import os
import pathlib
import subprocess
import sys
import threading

import fault_proxy
from attempt import make
from clients import AwsServer, Boto3, JavaScript, Outcome
from twin import READY_SECONDS_MAX, Twin, where

HERE = pathlib.Path(__file__).resolve().parent
INSIDE_SECONDS_MAX = 120  # a bound against hanging, not a measure
AT_ONCE = 3
BROKEN = fault_proxy.Fault("crc", 300)  # inside the second frame or so: something has arrived before
SERVICES = {"codeartifact": "codeartifact.api"}  # as `twin explain` calls them


def advance(binary, at, environment, by):
    subprocess.run([binary, "twin", "clock", *at, "--advance", by], env=environment, check=True, capture_output=True,
                   timeout=READY_SECONDS_MAX)


def explain(binary, at, environment, asked):
    """What `twin explain` says of a request, or of a service that is silent."""
    ran = subprocess.run([binary, "twin", "explain", *at, "--output", "json", *([asked] if asked else [])], env=environment,
                         capture_output=True, text=True, timeout=READY_SECONDS_MAX)
    said = json.loads(ran.stdout or ran.stderr)
    assert ran.returncode == 0 or said["code"] == "nothing-to-explain", said
    return {"finding": "", "cause": said["message"]} if ran.returncode else said


def asked_of(attempt, outcomes):
    """A refusal has an id, where a client shows it; a silence has a service."""
    ids = [outcome.request_id for outcome in outcomes.values() if outcome.request_id]
    if ids:
        return ids[0]
    answered = any(outcome.status for outcome in outcomes.values())
    if attempt.who == "found" and not answered:
        return "imds"  # where they looked for credentials
    return None if answered else SERVICES.get(attempt.call.service, attempt.call.service)


@dataclasses.dataclass
class Met:
    outcomes: dict
    explanation: dict | None = None


def meet(attempt, place, kinds, explained):
    met = Met(make(attempt, place, kinds))
    if explained:
        asked = asked_of(attempt, met.outcomes)
        met.explanation = place.explain(asked)
        if asked == "imds" and not met.explanation["finding"]:  # it answers: with a refusal
            met.explanation = place.explain(None)
    return met


# --- by endpoint URLs ---


class Clients:
    """One of each for the whole run."""

    def __init__(self):
        self.node, self.aws = None, None

    def of(self, kind, twin):
        if kind == "boto3":
            return Boto3(twin)
        if kind == "aws":
            self.aws = self.aws or AwsServer()
            return self.aws.of(twin)
        assert kind == "js", f"{kind} needs `twin exec`"
        self.node = self.node or JavaScript(twin)
        self.node.endpoints, self.node.ca = twin.ready["endpoints"], twin.ready["ca"]
        return self.node

    def close(self):
        for one in (self.node, self.aws):
            if one:
                one.close()


class OnThisMachine:
    def __init__(self, twin, clients):
        self.twin, self.clients = twin, clients

    def environment(self):
        return self.twin.environment()

    def advance(self, by):
        self.twin.advance(by)

    def client(self, kind):
        return self.clients.of(kind, self.twin)

    def explain(self, asked):
        return explain(self.twin.binary, self.twin.where(), self.twin.own_environment(), asked)


class BehindProxy(OnThisMachine):
    """The same, but what Bedrock answers passes through a proxy that changes it. It speaks HTTP/1.1 alone."""

    def __init__(self, twin, clients, directory):
        super().__init__(twin, clients)
        self.directory = directory

    def __enter__(self):
        authority = fault_proxy.make_authority(self.directory)
        self.proxy = fault_proxy.FaultProxy(("127.0.0.1", int(self.twin.ready["endpoints"]["bedrock-runtime"].rsplit(":", 1)[1])), authority, self.twin.ready["ca"])
        self.proxy.faults = (BROKEN,)
        self.proxy.__enter__()
        self.ca = self.directory / "both.pem"
        self.ca.write_bytes(pathlib.Path(self.twin.ready["ca"]).read_bytes() + pathlib.Path(authority[0]).read_bytes())
        return self

    def __exit__(self, *ended):
        self.proxy.__exit__(*ended)

    def environment(self):
        return self.twin.environment() | {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": self.proxy.url, "AWS_CA_BUNDLE": str(self.ca),
                                          "NODE_EXTRA_CA_CERTS": str(self.ca)}

    def client(self, kind):
        return JavaScript(self, "other") if kind == "js" else Boto3(self)


class ByEndpoints:
    """meet(attempt, scenario, kinds) → Met. Rows with the same scenario share one twin, until another one comes."""

    def __init__(self, binary, directory):
        self.binary, self.directory = binary, directory
        self.clients = Clients()
        self.count, self.base, self.last = 0, {}, None
        self.wrong = []

    def raised(self, scenario):
        self.count += 1
        return Twin(self.binary, scenario, self.directory / f"{self.count:03}")

    def twin_of(self, scenario):
        """A pair without an edit is met again and again; others come once."""
        if not scenario.alone and len(scenario.edits) == 1:
            if scenario not in self.base:
                self.base[scenario] = self.raised(scenario)
            return self.base[scenario]
        if self.last is None or self.last.scenario != scenario:
            self.end(self.last)
            self.last = self.raised(scenario)
        return self.last

    def end(self, twin):
        wrong = twin and twin.stop()
        if wrong:
            self.wrong.append((twin.scenario, wrong))

    def meet(self, attempt, scenario, kinds, explained=True):
        twin = self.twin_of(scenario)
        if not attempt.corrupted:
            return meet(attempt, OnThisMachine(twin, self.clients), kinds, explained)
        with BehindProxy(twin, self.clients, self.directory) as place:
            return meet(attempt, place, kinds, explained)

    def close(self):
        for twin in (*self.base.values(), self.last):
            self.end(twin)
        self.clients.close()
        assert not self.wrong, self.wrong


# --- inside the closed VPC ---


class Inside:
    """Each meeting is a `twin exec` of its own: inside.py makes the calls in there and writes down what came of them.
    Most of its time is waiting for silence, so meetings may be begun ahead, a few at once."""

    def __init__(self, binary, directory):
        self.binary, self.directory, self.count = binary, directory, itertools.count()
        self.home = directory / "home"
        self.home.mkdir(parents=True)
        self.pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        self.begun = {}

    def begin(self, attempt, scenario, kinds):
        self.begun[attempt.id, kinds] = self.pool.submit(self.meet_now, attempt, scenario, kinds, True)

    def meet(self, attempt, scenario, kinds, explained=True):
        begun = self.begun.pop((attempt.id, kinds), None)
        return begun.result() if begun else self.meet_now(attempt, scenario, kinds, explained)

    def environment(self):
        """Of the person who types the command: nothing of AWS but a Region and how patient the clients are."""
        return {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", "NODE": os.environ.get("NODE", "node"),
            "PYTHONDONTWRITEBYTECODE": "1", "AWS_REGION": "ap-northeast-1", "AWS_DEFAULT_REGION": "ap-northeast-1",
            "AWS_MAX_ATTEMPTS": "1", "RES_OPTIONS": "timeout:1 attempts:1",
        }

    def meet_now(self, attempt, scenario, kinds, explained):
        number = next(self.count)
        files = self.directory / f"{number:03}"
        scenario.write(files)
        at = where(files / "kakehashi.toml", scenario.place)
        more = ["--in-container"] if attempt.in_container else []
        job = {"id": attempt.id, "changes": [one.as_json() for one in attempt.changes], "kinds": kinds, "explained": explained}
        command = [self.binary, "twin", "exec", *at, *more, "--", sys.executable, "-B", str(HERE / "inside.py")]
        with open(files / "said", "w+", encoding="utf-8") as said, subprocess.Popen(
                command, env=self.environment(), cwd=files, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True) as process:
            guard = threading.Timer(INSIDE_SECONDS_MAX, process.kill)
            guard.start()
            met = self.serve(process, json.dumps(job), at)
            guard.cancel()
            process.stdin.close()
            code = process.wait()
            said.seek(0)
            assert met and code == 0, f"exit {code}: {said.read()}"
        return Met({kind: Outcome(**outcome) for kind, outcome in met["outcomes"].items()}, met["explanation"])

    def serve(self, process, line, at):
        """Hands the job in and does what inside.py wishes, until it says what came of it."""
        while line:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            wish = json.loads(process.stdout.readline() or '{"met": null}')
            if "met" in wish:
                return wish["met"]
            if "advance" in wish:
                advance(self.binary, at, self.environment(), wish["advance"])
                line = "null"
            else:
                line = json.dumps(explain(self.binary, at, self.environment(), wish["explain"]))

    def close(self):
        self.pool.shutdown(cancel_futures=True)


def check(binary, scenario, directory, home):
    """The ids that `check` reports about the pair."""
    scenario.write(directory)
    ran = subprocess.run([binary, "check", "--config", str(directory / "kakehashi.toml"), "--output", "json"], capture_output=True, text=True,
                         env={"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}, timeout=READY_SECONDS_MAX)
    assert ran.returncode in (0, 1), ran.stderr
    return {finding["id"] for finding in json.loads(ran.stdout)["findings"]}

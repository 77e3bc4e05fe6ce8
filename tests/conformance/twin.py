"""A scenario (one of examples/ and an edit) and the twin that runs it.

Nothing here knows AWS: it writes files, starts the binary, reads its ready line and says which environment a
client needs. Each twin has a directory, a HOME and a CA of its own, and is ended by its process id."""

import json
import os
import pathlib
import select
import shlex
import shutil
import signal
import subprocess
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_SECONDS_MAX = 20  # a bound against hanging, not a measure
STOP_SECONDS_MAX = 10

ENDPOINT_VARIABLES = {  # as the SDKs call them; a place outside every VPC has no metadata service
    "sts": "AWS_ENDPOINT_URL_STS",
    "bedrock-runtime": "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    "bedrock": "AWS_ENDPOINT_URL_BEDROCK",
    "imds": "AWS_EC2_METADATA_SERVICE_ENDPOINT",
}
CALLER_VARIABLES = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@dataclass(frozen=True)
class Replace:
    """Text that stands exactly once in the file, and what stands there instead."""

    file: str
    old: str
    new: str

    def apply(self, directory):
        path = directory / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file}: {text.count(self.old)} times, not once: {self.old!r}")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True)
class Append:
    """Text for the end of the file, which is made if there is none."""

    file: str
    text: str

    def apply(self, directory):
        path = directory / self.file
        path.parent.mkdir(exist_ok=True)
        with open(path, "a", encoding="utf-8") as out:
            out.write(self.text)


@dataclass(frozen=True)
class Scenario:
    example: str  # "fenced" or "article"
    edits: tuple = ()
    place: str | None = None  # where the client stands; None: the first municipality
    alone: str = ""  # rows that change the twin (its clock, its quota) name themselves, and share it with nobody

    def write(self, directory):
        shutil.copytree(ROOT / "examples" / self.example, directory)
        for edit in self.edits:
            edit.apply(directory)


def where(config, place=None):
    """As the command line takes it."""
    return ["--config", str(config), *(["--as", place] if place else [])]


class Twin:
    def __init__(self, binary, scenario, directory):
        self.binary = binary
        self.scenario = scenario
        self.files = directory / "scenario"
        self.home = directory / "home"
        self.config = self.files / "kakehashi.toml"
        self.home.mkdir(parents=True)
        scenario.write(self.files)
        self.log = open(directory / "twin.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [binary, "twin", "up", *self.where(), "--output", "json"],
            stdout=subprocess.PIPE,
            stderr=self.log,
            cwd=self.home,
            env=self.own_environment(),
        )
        try:
            self.ready = self.read_ready()
        except BaseException:
            self.stop()
            raise

    def where(self):
        return where(self.config, self.scenario.place)

    def own_environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8"}

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def read_ready(self):
        readable, _, _ = select.select([self.process.stdout], [], [], READY_SECONDS_MAX)
        line = self.process.stdout.readline() if readable else b""
        if not line:
            raise RuntimeError(f"the twin of {self.scenario} did not get ready:\n{self.said()}")
        ready = json.loads(line)
        if ready.get("event") != "ready":
            raise RuntimeError(f"not a ready line: {line!r}")
        return ready

    def environment(self):
        """What a client needs, and nothing of the machine's: no proxy, no profile, no credentials."""
        named = {ENDPOINT_VARIABLES[name]: url for name, url in self.ready["endpoints"].items() if name in ENDPOINT_VARIABLES}
        return self.own_environment() | named | {
            "AWS_EC2_METADATA_V1_DISABLED": "true",
            "AWS_CA_BUNDLE": self.ready["ca"],
            "NODE_EXTRA_CA_CERTS": self.ready["ca"],
            "AWS_REGION": "ap-northeast-1",
            "AWS_DEFAULT_REGION": "ap-northeast-1",  # boto3 and the AWS CLI read this one
            "AWS_CONFIG_FILE": str(self.home / ".aws" / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.home / ".aws" / "credentials"),
            "AWS_MAX_ATTEMPTS": "1",  # each refusal is looked at as it comes
        }

    def caller_environment(self):
        """Where a workload of its kind finds its first credentials, as `twin env` prints it: a task's, a function's."""
        said = subprocess.run([self.binary, "twin", "env", *self.where()], env=self.own_environment(), cwd=self.home, check=True,
                              capture_output=True, text=True, timeout=READY_SECONDS_MAX).stdout
        exports = dict(shlex.split(line)[1].split("=", 1) for line in said.splitlines() if line.startswith("export "))
        return {name: value for name, value in exports.items() if name in CALLER_VARIABLES}

    def write_profile(self, text):
        (self.home / ".aws").mkdir(exist_ok=True)
        (self.home / ".aws" / "config").write_text(text, encoding="utf-8")

    def advance(self, by):
        """Moves account time, so that credentials expire, and leaves signing time alone."""
        subprocess.run(
            [self.binary, "twin", "clock", *self.where(), "--advance", by],
            env=self.own_environment(), cwd=self.home, check=True, capture_output=True, timeout=READY_SECONDS_MAX,
        )

    def stop(self):
        """None, or what was wrong with how it ended: it must live until it is asked to go, and then go."""
        wrong = None
        if self.process.poll() is not None:
            wrong = f"ended by itself, exit {self.process.returncode}:\n{self.said()}"
        else:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                wrong = f"still there {STOP_SECONDS_MAX} s after SIGTERM"
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.log.close()
        return wrong


class Twins:
    """One twin for each scenario, for as long as the run lasts."""

    def __init__(self, binary, directory):
        self.binary = binary
        self.directory = directory
        self.running = {}

    def of(self, scenario):
        if scenario not in self.running:
            self.running[scenario] = Twin(self.binary, scenario, self.directory / f"{len(self.running):03}")
        return self.running[scenario]

    def stop(self):
        """What went wrong, by scenario."""
        ended = {twin.scenario: twin.stop() for twin in self.running.values()}
        return {scenario: wrong for scenario, wrong in ended.items() if wrong}

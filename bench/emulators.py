"""How many of the faults in tests/faults/table an emulator reports rightly: the same pair deployed through its
CloudFormation API, the same call by boto3, and the exception class, code and status that AWS gives.

A fault counts only where the emulator also answers the right request on the right pair: who refuses everything reports
nothing. Emulators that install from PyPI or npm and run without Docker, licence or internet: moto, as it comes and with its
IAM switched on once the pair is deployed, and aws-local-run. Tried on 2026-11-24 and left out: localstack-core 2026.3.0
(installs, does not start without its container image), fakecloud 0.51.0 (a client for a server that is not on PyPI),
local-web-services 0.24.0 (runs CDK applications; no Bedrock). npm has emulators of single services alone.

What they do instead: moto and aws-local-run let every AssumeRole pass, and have no Converse; moto with its IAM on answers
the right AssumeRole of another account with status 500."""
import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

from measure import BINARY, ROOT, TOOLS, free_port, stop, wait_for

sys.path[:0] = [str(ROOT / "tests/faults"), str(ROOT / "tests/conformance")]
import boto3  # noqa: E402
import botocore.config  # noqa: E402
import botocore.exceptions  # noqa: E402
import botocore.parsers  # noqa: E402
from attempt import make  # noqa: E402
from changes import read  # noqa: E402
from clients import REGION, Boto3, Fetch, only  # noqa: E402
from crossing import ARTICLE_ROLE, assume_role, converse, converse_stream  # noqa: E402
from places import ByEndpoints, Inside  # noqa: E402
from table import FAULTS  # noqa: E402

MUNICIPALITY, OPERATOR = "111111111111", "222222222222"
CALLER_ROLES = {"fenced": "kakehashi-caller", "article": "bedrock-caller"}
PATIENCE = botocore.config.Config(connect_timeout=5, read_timeout=120, retries={"total_max_attempts": 1})


@dataclasses.dataclass
class Emulator:
    name: str
    command: tuple  # {port} is put in
    reset_path: str | None = None  # forgets everything
    judge_path: str | None = None  # switches IAM on

    @contextlib.contextmanager
    def running(self):
        port = free_port()
        command = [part.format(port=port) for part in self.command]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            stop([process])


MOTO = (str(TOOLS / "venv/bin/moto_server"), "-H", "127.0.0.1", "-p", "{port}")
EMULATORS = (
    Emulator("moto", MOTO, "/moto-api/reset"),
    Emulator("moto with IAM on", MOTO, "/moto-api/reset", "/moto-api/reset-auth"),
    Emulator("aws-local-run", (str(TOOLS / "venv/bin/aws-local-run"), "start", "--port", "{port}"), "/_localrun/reset"),
)


def deployable(template):
    """What moto cannot deploy and no fault is about: a disk of the image's own size."""
    template.get("Resources", {}).get("Workload", {}).get("Properties", {}).pop("BlockDeviceMappings", None)
    return json.dumps(template)


def post(url, body=b""):
    with urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "text/plain"}, method="POST"), timeout=20) as answer:
        answer.read()


class Place:
    """What attempt.make asks of a place. An emulator has no clock to move and no metadata service: the caller's
    credentials are those of the role that the pair declares."""

    def __init__(self, emulator, url):
        self.emulator, self.url, self.keys, self.deployed = emulator, url, {}, 0

    def environment(self):
        return {"AWS_ENDPOINT_URL": self.url, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_MAX_ATTEMPTS": "1",
                "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent", "PATH": os.environ["PATH"]} | self.keys

    def client(self, kind):
        assert kind == "boto3"
        return Boto3(self)

    def advance(self, by):
        pass

    def of(self, service, account):
        """A client of the account's administrator: emulators tell accounts apart by who assumed a role there."""
        first = boto3.client("sts", endpoint_url=self.url, region_name=REGION, aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="x",
                             config=PATIENCE)
        given = first.assume_role(RoleArn=f"arn:aws:iam::{account}:role/administrator", RoleSessionName="deploy")["Credentials"]
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, aws_access_key_id=given["AccessKeyId"],
                            aws_secret_access_key=given["SecretAccessKey"], aws_session_token=given["SessionToken"], config=PATIENCE)

    def deploy(self, scenario, directory):
        scenario.write(directory)
        if self.emulator.reset_path:
            post(self.url + self.emulator.reset_path)
        if self.emulator.judge_path:
            post(self.url + self.emulator.judge_path, b"inf")
        self.keys, self.deployed = {}, self.deployed + 1
        with only(self.environment()):
            for name, account in (("municipality", MUNICIPALITY), ("operator", OPERATOR)):
                parameters = read(directory / "kakehashi.toml")["operator"].get("parameters", {}) if name == "operator" else {}
                self.of("cloudformation", account).create_stack(
                    StackName=f"{name}-{self.deployed}", TemplateBody=deployable(read(directory / f"{name}.yaml")), Capabilities=["CAPABILITY_NAMED_IAM"],
                    Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()])
            given = self.of("sts", MUNICIPALITY).assume_role(
                RoleArn=f"arn:aws:iam::{MUNICIPALITY}:role/{CALLER_ROLES[scenario.example]}", RoleSessionName="i-0123456789abcdef0")["Credentials"]
        self.keys = {"AWS_ACCESS_KEY_ID": given["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
                     "AWS_SESSION_TOKEN": given["SessionToken"]}
        if self.emulator.judge_path:
            post(self.url + self.emulator.judge_path, b"0")


def right_request(row):
    """The call as it should be, of the row's operation."""
    right = {"AssumeRole": assume_role(), "Converse": converse(), "ConverseStream": converse_stream()}.get(row.call.operation)
    if row.example == "article" and right and right.operation == "AssumeRole":
        right = assume_role(RoleArn=ARTICLE_ROLE, ExternalId=None)
    return right and dataclasses.replace(row, call=right, spoil="", crossing=None, advance="", routed=False)


def outcome_of(place, row, scenario, directory):
    """None: the emulator could not even be brought there."""
    try:
        place.deploy(scenario, directory)
        return make(row, place, ("boto3",))["boto3"]
    except (AssertionError, OSError, RuntimeError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError,
            botocore.parsers.ResponseParserError):
        return None


def is_right(row, outcome):
    exception, code, status, _ = row.sees.by("boto3", row.call.service)
    return outcome is not None and outcome.output is None and (outcome.exception, outcome.code, outcome.status) == (exception, code, status)


def reported_by(emulator, folder):
    right, passes = set(), {}
    with emulator.running() as url:
        place = Place(emulator, url)
        for number, row in enumerate(FAULTS):
            if isinstance(row.call, Fetch) or "boto3" not in row.clients or row.who == "found":
                continue  # it has no such service
            base = dataclasses.replace(row.scenario, edits=row.scenario.edits[:len(row.scenario.edits) - len(row.edit)])
            asked = right_request(row)
            key = base, row.call.operation
            if key not in passes:
                outcome = asked and outcome_of(place, asked, base, folder / f"{number}-right")
                passes[key] = bool(outcome and outcome.output is not None)
            if passes[key] and is_right(row, outcome_of(place, row, row.scenario, folder / f"{number}")):
                right.add(row.id)
    return right


def reported_by_us(folder):
    """By boto3 where it is one of the row's clients, as the test does it."""
    ways = {True: Inside(str(BINARY), folder / "inside"), False: ByEndpoints(str(BINARY), folder / "endpoints")}
    right = set()
    for row in FAULTS:
        kind = row.clients[0]
        met = ways[row.inside].meet(row, row.scenario, (kind,), explained=False).outcomes[kind]
        exception, code, status, _ = row.sees.by(kind, row.call.service)
        if met.output is None and (met.exception, met.code, met.status) == (exception, code, status):
            right.add(row.id)
    for way in ways.values():
        way.close()
    return right


@dataclasses.dataclass
class Reported:
    """A row of the table: of how many faults both told the truth."""

    name: str
    ours: set
    theirs: set

    def cells(self):
        return [f"faults reported rightly, of {len(FAULTS)}", str(len(self.ours)), f"{self.name} {len(self.theirs)}",
                f"{len(self.ours) / len(self.theirs):.3g}" if self.theirs else "", "", ""]


def run(rounds):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        ours = reported_by_us(folder / "ours")
        for emulator in EMULATORS:
            theirs = reported_by(emulator, folder / emulator.name)
            print(f"{emulator.name}: {', '.join(sorted(theirs)) or 'none'}", flush=True)
            yield Reported(emulator.name, ours, theirs)

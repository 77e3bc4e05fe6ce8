"""One call, made by three clients that know nothing of the twin, and what each of them made of the answer."""

import base64
import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from unittest import mock

import boto3
import botocore
import botocore.config
import botocore.eventstream
import botocore.exceptions
import botocore.httpsession
import botocore.loaders
import botocore.session
import urllib3
from botocore import xform_name

HERE = pathlib.Path(__file__).resolve().parent
REGION = "ap-northeast-1"
CLIENT_SECONDS_MAX = 60  # a bound against hanging, not a measure


@dataclass(frozen=True)
class Call:
    service: str
    operation: str  # as the service model names it: "ConverseStream"
    input: dict = field(default_factory=dict)
    offset_minutes: int = 0  # of the client's clock
    region: str = REGION  # that the client signs for
    connect_seconds: float = 20
    tampered: bool = False  # somebody on the way changes the body after it was signed


@dataclass(frozen=True)
class Fetch:
    """A plain HTTP request, as a package manager or a curious program makes it."""

    url: str
    method: str = "GET"
    headers: dict = field(default_factory=dict)
    service: str = ""  # as `twin explain` takes it
    connect_seconds: float = 5
    token: bool = False  # with CodeArtifact's, as pip sends it


@dataclass
class Outcome:
    output: dict | None = None
    exception: str | None = None  # the class
    code: str | None = None
    status: int | None = None
    message: str | None = None
    # What a stream gave before it ended or failed.
    events: list | None = None
    request_id: str | None = None  # of a refusal, where the client shows it


@contextlib.contextmanager
def only(environment):
    """botocore reads os.environ and nothing else: for as long as this lasts, that is the twin's."""
    with mock.patch.dict(os.environ, environment, clear=True):
        yield


def keys_of(credentials):
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials.get("SessionToken"),
    }


def moved_clock(minutes):
    now = lambda remove_tzinfo=True: (  # noqa: E731
        datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    ).replace(**({"tzinfo": None} if remove_tzinfo else {}))
    return mock.patch("botocore.auth.get_current_datetime", now)


@contextlib.contextmanager
def tampering(call):
    """Whatever botocore sends has another body than the one that was signed, of the same length."""
    send = botocore.httpsession.URLLib3Session.send

    def send_another(session, request):
        if request.body:
            request.body = other_body(request.body)
        return send(session, request)

    with mock.patch.object(botocore.httpsession.URLLib3Session, "send", send_another) if call.tampered else contextlib.nullcontext():
        yield


def other_body(body):
    text = body if isinstance(body, str) else body.decode()
    changed = text.replace("kakehashi-", "kakehasHi-", 1) if "kakehashi-" in text else text.replace('"user"', '"uSer"', 1)
    assert changed != text
    return changed if isinstance(body, str) else changed.encode()


MODELS = botocore.loaders.create_loader()  # read once, whatever the number of twins


def new_session():
    session = botocore.session.Session()
    session.register_component("data_loader", MODELS)
    return boto3.session.Session(botocore_session=session)


class Boto3:
    """credentials, here and below: of AssumeRole's shape; None: what the client finds by itself, as in an application."""

    def __init__(self, twin):
        self.environment = twin.environment()
        with only(self.environment):
            self.session = new_session()

    def __call__(self, call, credentials, unsigned=False):
        with only(self.environment), moved_clock(call.offset_minutes), tampering(call):
            config = botocore.config.Config(
                region_name=call.region,
                connect_timeout=call.connect_seconds,
                **({"signature_version": botocore.UNSIGNED} if unsigned else {}),
            )
            if credentials is None:  # a fresh session looks for them again
                client = new_session().client(call.service, config=config)
            else:
                client = self.session.client(call.service, config=config, **keys_of(credentials))
            events, request_id = [], None
            try:
                output = getattr(client, xform_name(call.operation))(**call.input)
                request_id = output.pop("ResponseMetadata", {}).get("RequestId")
                if call.operation.endswith("Stream"):
                    for event in output.pop("stream", None) or output.pop("body"):
                        events.append(event)
                    output["events"] = events
                elif "body" in output:
                    output["body"] = output["body"].read()
                return Outcome(output=output, events=events)
            except botocore.exceptions.ClientError as error:
                answer = error.response
                return Outcome(
                    exception=type(error).__name__,
                    code=answer["Error"].get("Code"),
                    message=answer["Error"].get("Message"),
                    status=answer.get("ResponseMetadata", {}).get("HTTPStatusCode"),
                    events=events,
                    request_id=answer.get("ResponseMetadata", {}).get("RequestId", request_id),  # the latter: inside a stream
                )
            except (botocore.exceptions.BotoCoreError, botocore.eventstream.ParserError, urllib3.exceptions.HTTPError) as error:
                return Outcome(exception=type(error).__name__, message=str(error), events=events, request_id=request_id)
            finally:
                client.close()


def cli_arguments(call):
    arguments = [call.service, xform_name(call.operation, "-"), "--cli-input-json", json.dumps(call.input),
                 "--region", call.region, "--output", "json", "--cli-connect-timeout", str(int(call.connect_seconds))]
    return [*arguments, "/dev/null"] if (call.service, call.operation) == ("s3", "GetObject") else arguments


def cli_keys(credentials):
    return {} if credentials is None else {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials.get("SessionToken", ""),
    }


def cli_outcome(code, out, said):
    if code == 0:
        return Outcome(output=json.loads(out))
    said = said.strip()
    known = re.search(r"An error occurred \((\w+)\) when calling the (\w+) operation(?: \([^)]*\))?: (.*)", said, re.DOTALL)
    return Outcome(code=known[1], message=known[3]) if known else Outcome(message=said)


class AwsCli:
    """It shows neither class nor status: code and message are what there is to compare."""

    def __init__(self, twin):
        self.environment = twin.environment()
        self.program = shutil.which("aws", path=str(pathlib.Path(sys.executable).parent)) or shutil.which("aws")

    def __call__(self, call, credentials):
        ran = subprocess.run(
            [self.program, *cli_arguments(call)], env=self.environment | cli_keys(credentials), capture_output=True, text=True,
            timeout=CLIENT_SECONDS_MAX,
        )
        return cli_outcome(ran.returncode, ran.stdout, ran.stderr)


class AwsServer:
    """The AWS CLI for many twins: aws_server.py."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "-B", str(HERE / "aws_server.py")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def of(self, twin):
        environment = twin.environment()
        return lambda call, credentials: self.run(call, environment | cli_keys(credentials))

    def run(self, call, environment):
        self.process.stdin.write(json.dumps({"call": dataclasses.asdict(call), "environment": environment}) + "\n")
        self.process.stdin.flush()
        ran = json.loads(self.process.stdout.readline())
        return cli_outcome(ran["code"], ran["out"], ran["err"])

    def close(self):
        self.process.stdin.close()
        self.process.wait(CLIENT_SECONDS_MAX)
        self.process.stdout.close()


class JavaScript:
    """http: "default" as the SDK comes (HTTP/2 for bedrock-runtime), or "other" for the version that it would not choose."""

    own = "profile"  # where it looks for credentials itself: the profile, or "found" by the whole chain

    def __init__(self, twin, http="default"):
        self.http = http
        self.endpoints, self.ca = {}, None  # service: URL, and the CA's file, where the environment does not say it
        self.node = subprocess.Popen(
            [os.environ.get("NODE", "node"), str(HERE / "client.mjs")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            env=twin.environment() | {"AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true"},
        )

    def __call__(self, call, credentials):
        keys = self.own if credentials is None else {
            "accessKeyId": credentials["AccessKeyId"],
            "secretAccessKey": credentials["SecretAccessKey"],
            "sessionToken": credentials.get("SessionToken"),
        }
        return self.ask(json.dumps({
            "service": call.service, "operation": call.operation, "input": call.input, "credentials": keys,
            "offset_ms": call.offset_minutes * 60_000, "region": call.region, "connect_ms": call.connect_seconds * 1000,
            "http": self.http, "endpoint": self.endpoints.get(call.service), "tampered": call.tampered,
            "ca": self.ca,
        }))

    def fetch(self, fetch, headers):
        return self.ask(json.dumps({"url": fetch.url, "method": fetch.method, "headers": fetch.headers | (headers or {}),
                                    "connect_ms": fetch.connect_seconds * 1000}))

    def ask(self, line):
        self.node.stdin.write(line + "\n")
        self.node.stdin.flush()
        answer = json.loads(self.node.stdout.readline())
        if "output" in answer:
            return Outcome(output=answer["output"], events=answer["output"].get("events"), status=answer.get("status"))
        error = answer["error"]
        return Outcome(
            exception=error["constructor"], code=error["name"], status=error["status"], message=error["message"],
            request_id=error["request_id"],
        )

    def close(self):
        self.node.stdin.close()
        self.node.wait(CLIENT_SECONDS_MAX)
        self.node.stdout.close()


class Urllib:
    """Python's own HTTP client, as pip and curl are one: it knows the system's certificates and no more of AWS than a token."""

    def __init__(self, place):
        self.environment = place.environment()

    def __call__(self, fetch, headers):
        context = ssl.create_default_context(cafile=self.environment.get("AWS_CA_BUNDLE"))
        request = urllib.request.Request(fetch.url, method=fetch.method, headers=fetch.headers | (headers or {}))
        try:
            with urllib.request.urlopen(request, timeout=fetch.connect_seconds, context=context) as answer:
                return Outcome(output={"body": answer.read().decode(errors="replace")}, status=answer.status)
        except urllib.error.HTTPError as error:
            return Outcome(status=error.code, message=error.read().decode(errors="replace") or error.reason)
        except (urllib.error.URLError, TimeoutError) as error:
            return Outcome(exception=type(error).__name__, message=str(error))


def basic(token):
    return {"Authorization": "Basic " + base64.b64encode(f"aws:{token}".encode()).decode()}


def caller_credentials(twin):
    """What the instance metadata service gives to the workload, in the shape of AssumeRole's answer."""
    with only(twin.environment()):
        found = new_session().get_credentials()
        if found is None:
            raise RuntimeError("no credentials from the instance metadata service")
        frozen = found.get_frozen_credentials()
    return {"AccessKeyId": frozen.access_key, "SecretAccessKey": frozen.secret_key, "SessionToken": frozen.token}

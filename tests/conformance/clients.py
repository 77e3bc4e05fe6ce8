"""One call, made by three clients that know nothing of the twin, and what each of them made of the answer."""

import contextlib
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from unittest import mock

import boto3
import botocore
import botocore.config
import botocore.exceptions
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


@dataclass
class Outcome:
    output: dict | None = None
    exception: str | None = None  # the class
    code: str | None = None
    status: int | None = None
    message: str | None = None
    # What a stream gave before it ended or failed.
    events: list | None = None


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


class Boto3:
    """credentials, here and below: of AssumeRole's shape; None: what the client finds by itself, as in an application."""

    def __init__(self, twin):
        self.environment = twin.environment()
        with only(self.environment):
            self.session = boto3.session.Session()  # kept: it reads the service models once

    def __call__(self, call, credentials, unsigned=False):
        with only(self.environment), moved_clock(call.offset_minutes):
            config = botocore.config.Config(
                region_name=call.region,
                connect_timeout=call.connect_seconds,
                **({"signature_version": botocore.UNSIGNED} if unsigned else {}),
            )
            if credentials is None:  # a fresh session looks for them again
                client = boto3.session.Session().client(call.service, config=config)
            else:
                client = self.session.client(call.service, config=config, **keys_of(credentials))
            events = []
            try:
                output = getattr(client, xform_name(call.operation))(**call.input)
                output.pop("ResponseMetadata", None)
                if call.operation.endswith("Stream"):
                    for event in output.get("stream") or output["body"]:
                        events.append(event)
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
                )
            except (botocore.exceptions.BotoCoreError, urllib3.exceptions.HTTPError) as error:
                return Outcome(exception=type(error).__name__, message=str(error), events=events)
            finally:
                client.close()


class AwsCli:
    """It shows neither class nor status: code and message are what there is to compare."""

    def __init__(self, twin):
        self.environment = twin.environment()
        self.program = shutil.which("aws", path=str(pathlib.Path(sys.executable).parent)) or shutil.which("aws")

    def __call__(self, call, credentials):
        keys = {} if credentials is None else {
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials.get("SessionToken", ""),
        }
        ran = subprocess.run(
            [self.program, call.service, xform_name(call.operation, "-"), "--cli-input-json", json.dumps(call.input),
             "--region", call.region, "--output", "json", "--cli-connect-timeout", str(int(call.connect_seconds))],
            env=self.environment | keys, capture_output=True, text=True, timeout=CLIENT_SECONDS_MAX,
        )
        if ran.returncode == 0:
            return Outcome(output=json.loads(ran.stdout))
        said = ran.stderr.strip()
        known = re.search(r"An error occurred \((\w+)\) when calling the (\w+) operation(?: \([^)]*\))?: (.*)", said, re.DOTALL)
        return Outcome(code=known[1], message=known[3]) if known else Outcome(message=said)


class JavaScript:
    """http: "default" as the SDK comes (HTTP/2 for bedrock-runtime), or "other" for the version that it would not choose."""

    def __init__(self, twin, http="default"):
        self.http = http
        self.node = subprocess.Popen(
            [os.environ.get("NODE", "node"), str(HERE / "client.mjs")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            env=twin.environment() | {"AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true"},
        )

    def __call__(self, call, credentials):
        keys = "profile" if credentials is None else {
            "accessKeyId": credentials["AccessKeyId"],
            "secretAccessKey": credentials["SecretAccessKey"],
            "sessionToken": credentials.get("SessionToken"),
        }
        self.node.stdin.write(json.dumps({
            "service": call.service, "operation": call.operation, "input": call.input, "credentials": keys,
            "offset_ms": call.offset_minutes * 60_000, "region": call.region, "connect_ms": call.connect_seconds * 1000,
            "http": self.http,
        }) + "\n")
        self.node.stdin.flush()
        answer = json.loads(self.node.stdout.readline())
        if "output" in answer:
            return Outcome(output=answer["output"], events=answer["output"].get("events"))
        error = answer["error"]
        return Outcome(
            exception=error["constructor"], code=error["name"], status=error["status"], message=error["message"]
        )

    def close(self):
        self.node.stdin.close()
        self.node.wait(CLIENT_SECONDS_MAX)
        self.node.stdout.close()


def caller_credentials(twin):
    """What the instance metadata service gives to the workload, in the shape of AssumeRole's answer."""
    with only(twin.environment()):
        found = boto3.session.Session().get_credentials()
        if found is None:
            raise RuntimeError("no credentials from the instance metadata service")
        frozen = found.get_frozen_credentials()
    return {"AccessKeyId": frozen.access_key, "SecretAccessKey": frozen.secret_key, "SessionToken": frozen.token}

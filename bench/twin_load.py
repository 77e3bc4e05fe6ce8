"""The twin under load on one core: signed and authorised Converse, AssumeRole beside moto, its start and its memory."""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.credentials

from measure import BINARY, MEASURED, ROOT, TOOLS, Figure, Row, free_port, resident_kilobytes, spread, start, stop, wait_for, wrk

sys.path.insert(0, str(ROOT / "tests/conformance"))
from cold import MODEL, ROLE  # noqa: E402
from twin import Scenario, Twin  # noqa: E402

CONNECTIONS = 16
CONVERSE = json.dumps({"messages": [{"role": "user", "content": [{"text": "こんにちは"}]}]}, ensure_ascii=False)
ASSUME = ("Action=AssumeRole&Version=2011-06-15&RoleSessionName=kakehashi-bench&RoleArn="
          + ROLE.replace(":", "%3A").replace("/", "%2F") + "&ExternalId=f3b60f3a1c7e4c0d9a52d8e17b4496ce")


def lua(folder, name, url, headers, body):
    """A wrk script that sends this one request again and again; SigV4 holds for five minutes."""
    file = pathlib.Path(folder) / f"{name}.lua"
    lines = [f"wrk.headers[{json.dumps(key)}] = {json.dumps(value)}" for key, value in headers.items()]
    path = url[url.index("/", len("https://")):]
    file.write_text("\n".join([f'wrk.method = "POST"', f"wrk.path = {json.dumps(path)}",
                               f"wrk.body = {json.dumps(body, ensure_ascii=False)}", *lines]), encoding="utf-8")
    return file


def signed(folder, name, url, service, content_type, body, credentials):
    request = botocore.awsrequest.AWSRequest("POST", url, headers={"Content-Type": content_type}, data=body.encode())
    botocore.auth.SigV4Auth(credentials, service, "ap-northeast-1").add_auth(request)
    return lua(folder, name, url, dict(request.headers.items()), body)


def crossing(twin):
    """The caller's and the operator's credentials, taken as a workload takes them."""
    held = {key: os.environ.get(key) for key in twin.environment()}
    os.environ.update(twin.environment())
    try:
        caller = boto3.Session().get_credentials().get_frozen_credentials()
        got = boto3.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="kakehashi-bench",
                                              ExternalId="f3b60f3a1c7e4c0d9a52d8e17b4496ce")["Credentials"]
    finally:
        for key, value in held.items():
            os.environ.pop(key) if value is None else os.environ.update({key: value})
    return caller, botocore.credentials.Credentials(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])


def starts(folder, count):
    """Milliseconds from exec to the ready line."""
    took = []
    for index in range(count):
        began = time.monotonic()
        twin = Twin(BINARY, Scenario("fenced"), pathlib.Path(folder) / f"start{index}")
        took.append((time.monotonic() - began) * 1000)
        twin.stop()
    return took


def moto(folder):
    port = free_port()
    process = start(MEASURED, TOOLS / "venv/bin/moto_server", "-H", "127.0.0.1", "-p", port,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port)
    url = f"http://127.0.0.1:{port}/"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
               "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261124/ap-northeast-1/sts/aws4_request, "
                                "SignedHeaders=host, Signature=0"}
    return process, url, lua(folder, "moto", url, headers, ASSUME)


def run(rounds, seconds=3, million=True):
    with tempfile.TemporaryDirectory() as folder:
        ready = starts(folder, 9)
        twin = Twin(BINARY, Scenario("fenced"), pathlib.Path(folder) / "load")
        subprocess.run(["taskset", "-p", "-c", str(MEASURED), str(twin.process.pid)], check=True, capture_output=True)
        process, moto_url, moto_script = moto(folder)
        try:
            first = resident_kilobytes(twin.process)
            sts, runtime = (twin.ready["endpoints"][name] for name in ("sts", "bedrock-runtime"))
            target = f"{runtime}/model/{MODEL.replace(':', '%3A')}/converse"
            converse, assumed, theirs, total = [], [], [], 0
            for _ in range(rounds):
                caller, operator = crossing(twin)
                script = signed(folder, "converse", target, "bedrock", "application/json", CONVERSE, operator)
                converse.append(wrk(twin.process, target, seconds, CONNECTIONS, script))
                script = signed(folder, "assume", sts + "/", "sts", "application/x-www-form-urlencoded; charset=utf-8", ASSUME, caller)
                assumed.append(wrk(twin.process, sts + "/", seconds, CONNECTIONS, script))
                theirs.append(wrk(process, moto_url, seconds, CONNECTIONS, moto_script))
            total = sum(load.requests for load in converse + assumed)
            warm = resident_kilobytes(twin.process)
            while million and total < 1_000_000:
                _, operator = crossing(twin)
                script = signed(folder, "converse", target, "bedrock", "application/json", CONVERSE, operator)
                total += wrk(twin.process, target, 20, CONNECTIONS, script).requests
            last = resident_kilobytes(twin.process)
        finally:
            stop([process])
            twin.stop()
    rates = [load.per_second for load in converse]
    costs = [load.cpu_microseconds for load in converse]
    return [
        Figure("twin: signed and authorised Converse", statistics.median(rates), "a second on one core", 20_000),
        Figure("the same, CPU each", statistics.median(costs), "µs"),
        Row("twin: AssumeRole a second", spread([load.per_second for load in assumed]), f"moto {spread([load.per_second for load in theirs])}",
            [a.per_second / b.per_second for a, b in zip(assumed, theirs)], 50),
        Figure("twin: ready after exec", statistics.median(ready), "ms", 50, at_most=True),
        Figure("twin: resident after start", first / 1024, "MB", 30, at_most=True),
        Figure("twin: resident when warm", warm / 1024, "MB", 30, at_most=True),
        Figure(f"twin: resident after {total:,} requests", last / 1024, "MB", 30, at_most=True),
    ]

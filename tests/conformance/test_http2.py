"""The crossing over HTTP/2, by a client that is none of AWS's."""

import json
import re

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.eventstream import EventStreamBuffer

import crossing
from clients import REGION, caller_credentials
from http2 import Client, connect
from crossing import JP, fenced

ANSWER = "こんにちは、橋の向こうから。"
KEYS = ("AccessKeyId", "SecretAccessKey", "SessionToken")
FORM = "Action=AssumeRole&Version=2011-06-15&RoleArn={RoleArn}&RoleSessionName={RoleSessionName}&ExternalId={ExternalId}"


@pytest.fixture
def twin(twins):
    return twins.of(fenced())


def signed(client, service, credentials, path, body, content_type):
    """The head of a POST, and its body."""
    request = AWSRequest("POST", f"https://{client.authority}{path}", {"Content-Type": content_type}, body)
    keys = Credentials(*(credentials[name] for name in KEYS))
    SigV4Auth(keys, service, REGION).add_auth(request)
    return "POST", path, list(request.headers.items()), body


def cross(twin):
    client = Client(twin, "sts")
    form = FORM.format(**crossing.assume()).replace(":", "%3A").replace("/", "%2F").encode()
    answer = client.ask(*signed(client, "sts", caller_credentials(twin), "/", form, "application/x-www-form-urlencoded"))
    assert answer.status == 200, answer
    client.close()
    return {name: re.search(f"<{name}>(.*)</{name}>", answer.body.decode())[1] for name in KEYS}


def converse(client, credentials, operation="converse"):
    body = json.dumps(crossing.conversation("こんにちは")).encode()
    return signed(client, "bedrock", credentials, f"/model/{JP.replace(':', '%3A')}/{operation}", body, "application/json")


def test_crosses_and_converses_many_times_at_once(twin):
    credentials = cross(twin)
    client = Client(twin, "bedrock-runtime")
    streams = [client.send(*converse(client, credentials)) for _ in range(20)]
    for stream in reversed(streams):
        answer = client.answer(stream)
        assert answer.status == 200, answer
        assert json.loads(answer.body)["output"]["message"]["content"] == [{"text": ANSWER}]
        assert not answer.headers.keys() & {"connection", "keep-alive", "transfer-encoding"}
    client.close()


def test_streams(twin):
    credentials = cross(twin)
    client = Client(twin, "bedrock-runtime")
    answer = client.ask(*converse(client, credentials, "converse-stream"))
    assert (answer.status, answer.reset) == (200, None)
    events = EventStreamBuffer()
    events.add_data(answer.body)
    assert [event.headers[":event-type"] for event in events][-2:] == ["messageStop", "metadata"]
    client.close()


@pytest.mark.parametrize("asked, chosen", [
    (("h2", "http/1.1"), "h2"), (("http/1.1", "h2"), "h2"), (("http/1.1",), "http/1.1"), ((), None)])
def test_alpn(asked, chosen, twin):
    connection, _ = connect(twin, "sts", asked)
    assert connection.selected_alpn_protocol() == chosen
    connection.close()

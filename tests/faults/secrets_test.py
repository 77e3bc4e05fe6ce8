"""P20 under faults: whatever breaks between the program and AWS, no secret, token or prompt is written anywhere."""
import itertools
import subprocess

import pytest

from conftest import all_of
from fault_proxy import INSIDE, Fault
from twin import Append

SECONDS_MAX = 120  # against hanging
SECRET, TOKEN, PROMPT = "CANARYsecretCANARYsecretCANARYsecret0001", "CANARYtoken/CANARYtoken/CANARYtoken/0002", "合言葉はカナリア三号"
FIXED = f"""
[[twin.credential]]
access_key_id = "ASIACANARYCANARY0001"
secret_access_key = "{SECRET}"
session_token = "{TOKEN}"
principal = "arn:aws:sts::111111111111:assumed-role/kakehashi-caller/i-0abc"

[[twin.reply]]
text = "ok"
"""
KEYS = {"AWS_ACCESS_KEY_ID": "ASIACANARYCANARY0001", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN}
# Where the break is: in the handshake, in the head, in the body of either service's answer.
BELOW_OFFSETS, INSIDE_OFFSETS = (0, 700, 2000), (0, 40, 400)
WAITS = ("stall", "drop")  # on STS three seconds; on Bedrock minutes, and nothing is said meanwhile


@pytest.fixture(scope="module")
def twin(raise_twin):
    return raise_twin("fenced", Append("kakehashi.toml", FIXED))


def places():
    """(service, inside, fault) of every break that ends by itself."""
    below = [(False, Fault(kind, at)) for kind in ("reset", "half-close", "corrupt") for at in BELOW_OFFSETS]
    inside = [(True, Fault(kind, at)) for kind in INSIDE if kind not in WAITS for at in INSIDE_OFFSETS]
    for service, (is_inside, fault) in itertools.product(("sts", "bedrock-runtime"), below + inside):
        if service == "bedrock-runtime" or fault.kind not in ("crc", "oversize", "short-chunk", "chunk-length"):
            yield service, is_inside, fault
    yield "sts", False, Fault("drop")
    yield "sts", True, Fault("stall", 400)


def test_P20_no_fault_brings_a_secret_out(twin, behind_proxy):
    proxies = {key: behind_proxy(twin, *key) for key in itertools.product(("sts", "bedrock-runtime"), (True, False))}
    failed = set()
    for service, inside, fault in places():
        proxy, environment = proxies[service, inside]
        if not inside:  # the twin's own certificate passes through
            environment = environment | {"AWS_CA_BUNDLE": twin.ready["ca"]}
        proxy.faults = (fault,)

        def run(how, environment=environment):
            language, output = how
            return subprocess.run([twin.binary, "converse", "--config", str(twin.config), "--debug", "--output", output,
                                   "--lang", language, PROMPT], env=twin.environment() | KEYS | environment, cwd=twin.home,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_MAX, check=False)

        for (language, output), done in all_of(run, [("ja", "text"), ("en", "json")]):
            where = (service, inside, fault, language, output)
            assert done.returncode >= 0, where  # no signal: no core
            for canary in (SECRET, TOKEN, PROMPT):
                assert canary.encode() not in done.stdout + done.stderr, (where, canary)
            assert b"X-Amz-Security-Token: ***" in done.stderr, where  # the search is of something
            if done.returncode != 0:
                failed.add((service, inside, fault.kind))
    assert len(failed) > 15  # the faults were felt
    assert not {canary for canary in (SECRET, TOKEN, PROMPT) if canary in twin.said()}

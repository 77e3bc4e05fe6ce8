"""The pure parts on one core: IAM decisions beside iam-simulate, signatures and event streams beside botocore."""
import json
import statistics
import subprocess
import time

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import botocore.eventstream

from measure import MEASURED, PROGRAMS, ROOT, TOOLS, Figure, Row, spread

BODY = b"b" * 300
SECONDS = 0.3


def pinned(*command, **options):
    return subprocess.run(["taskset", "-c", str(MEASURED), *map(str, command)], check=True, capture_output=True,
                          text=True, cwd=ROOT, **options).stdout


def rate(once):
    """How often a CPU second does `once`, which says how many things it did."""
    began, done = time.process_time(), 0
    while time.process_time() - began < SECONDS:
        done += once()
    return done / (time.process_time() - began)


def decisions(rounds):
    cases = pinned(PROGRAMS / "decisions", "--cases")
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(json.loads(pinned(PROGRAMS / "decisions", "1"))["decide"])
        theirs.append(float(pinned(TOOLS / "bin/node", "bench/iam_simulate.mjs", input=cases)))
    count = cases.count("\n")
    return [Row(f"IAM decisions a CPU second ({count} questions of the examples)", spread(ours), f"iam-simulate {spread(theirs)}",
                [a / b for a, b in zip(ours, theirs)], 400),
            Figure("IAM decisions", statistics.median(ours), "a CPU second", 500_000)]


def sign_with_botocore():
    request = botocore.awsrequest.AWSRequest(
        "POST", "https://bedrock-runtime.ap-northeast-1.amazonaws.com/model/jp.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse",
        headers={"content-type": "application/json"}, data=BODY)
    keys = botocore.credentials.Credentials("ASIAOPERATOR00000000", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    botocore.auth.SigV4Auth(keys, "bedrock", "ap-northeast-1").add_auth(request)
    return 1


def frames(count):
    """The stream that codec.cpp decodes."""
    import binascii
    import struct
    headers = b"".join(
        bytes([len(name)]) + name + b"\x07" + struct.pack(">H", len(value)) + value
        for name, value in ((b":event-type", b"contentBlockDelta"), (b":content-type", b"application/json"), (b":message-type", b"event")))
    payload = '{"contentBlockIndex":0,"delta":{"text":"こんにちは"},"p":"abcdefghijkl"}'.encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    head = prelude + struct.pack(">I", binascii.crc32(prelude)) + headers + payload
    return (head + struct.pack(">I", binascii.crc32(head))) * count


def decode_with_botocore(stream, count):
    def once():
        buffer, found = botocore.eventstream.EventStreamBuffer(), 0
        for at in range(0, len(stream), 16384):
            buffer.add_data(stream[at:at + 16384])
            found += sum(1 for _ in buffer)
        if found != count:
            raise SystemExit(f"botocore found {found} frames of {count}")
        return found
    return once


def codecs(rounds):
    stream = frames(2000)
    rows = []
    for _ in range(rounds):
        ours = json.loads(pinned(PROGRAMS / "codec", "1"))
        rows.append((ours, rate(sign_with_botocore), rate(decode_with_botocore(stream, 2000))))
    sign, token, large, decode = ([ours[key] for ours, _, _ in rows] for key in ("sign_300", "sign_300_token", "sign_32k", "decode"))
    return [
        Row("SigV4 signatures a CPU second, 300-byte body", spread(sign), f"botocore {spread([r[1] for r in rows])}",
            [r[0]["sign_300"] / r[1] for r in rows]),
        Figure("the same, key of the day at hand", statistics.median(sign), "a CPU second", 400_000),
        Figure("the same with an 800-byte session token", statistics.median(token), "a CPU second"),
        Figure("the same, 32 KB body", statistics.median(large), "a CPU second"),
        Row("event-stream frames decoded a CPU second", spread(decode), f"botocore {spread([r[2] for r in rows])}",
            [r[0]["decode"] / r[2] for r in rows]),
        Figure("event-stream frames decoded", statistics.median(decode), "a CPU second", 2_000_000),
    ]


def run(rounds):
    return decisions(rounds) + codecs(rounds)

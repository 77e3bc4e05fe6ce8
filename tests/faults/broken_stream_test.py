"""P11: a stream that breaks is an error, never a short answer: the released program behind a proxy that breaks it anywhere."""
import json
import random
import subprocess

import pytest

from conftest import FULL, all_of, count_of
from fault_proxy import Fault, chunked, frames, play, split_answer
from twin import Append

SECONDS_MAX = 300  # against hanging
TEXT = "この答えは長く、いくつもの断片に分かれて届きます。どこで途切れても、途切れたと分かります。"
REPLY = f'\n[[twin.reply]]\ntext = "{TEXT}"\n'
OFFSETS = count_of(200, 24)
ENVIRONMENT, SERVICE = 253, 254
BREAKS = {"reset": "stream-truncated", "fin": "stream-truncated", "close-notify": "stream-truncated",
          "short-chunk": "stream-truncated", "chunk-length": "stream-truncated",
          "crc": "stream-corrupt", "oversize": "stream-corrupt"}


@pytest.fixture(scope="module")
def twin(raise_twin):
    return raise_twin("fenced", Append("kakehashi.toml", REPLY))


@pytest.fixture(scope="module")
def proxy(twin, behind_proxy):
    return behind_proxy(twin, "bedrock-runtime", inside=True)


def converse(twin, environment, *more):
    return subprocess.run([twin.binary, "converse", "--config", str(twin.config), *more, "x"],
                          env=twin.environment() | environment, cwd=twin.home, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=SECONDS_MAX, check=False)


def text_of(body):
    """What the whole frames at the beginning of an event stream say."""
    said = ""
    for start, end in frames(body):
        payload = body[start:end][12 + int.from_bytes(body[start + 4:start + 8], "big"):-4]
        said += json.loads(payload).get("delta", {}).get("text", "") if payload else ""
    return said


@pytest.fixture(scope="module")
def whole(twin, proxy):
    """The whole answer as it passes, and its offsets: a fixed choice of them, the first and the last among it."""
    proxy[0].faults, proxy[0].played = (), []
    done = converse(twin, proxy[1])
    assert (done.returncode, done.stdout.decode()) == (0, TEXT + "\n"), done.stderr
    [answer] = proxy[0].played
    head, body = split_answer(answer)
    assert text_of(body) == TEXT and len(frames(body)) > 10
    inner = random.Random(11).sample(range(1, len(answer) - 1), OFFSETS - 4)
    return answer, sorted({0, len(head) - 1, len(head), len(answer) - 1, *inner})


@pytest.mark.parametrize("kind", BREAKS)
def test_P11_every_break_is_a_typed_error_and_what_arrived_stays(twin, proxy, whole, kind):
    answer, offsets = whole
    head, _ = split_answer(answer)
    in_body = kind in ("crc", "oversize", "short-chunk", "chunk-length")  # these count from the first byte of the body
    for at in offsets:
        proxy[0].faults, proxy[0].played = (Fault(kind, at),), []
        done = converse(twin, proxy[1], "--output", "json")
        error = json.loads(done.stderr)
        begun = in_body or at >= len(head)
        assert done.stdout == b"", (kind, at)
        assert done.returncode == (SERVICE if begun else ENVIRONMENT), (kind, at, error)
        assert error["code"] == (BREAKS[kind] if begun else "unreachable"), (kind, at)
        if not begun:
            continue
        shown = converse(twin, proxy[1]).stdout.decode().rstrip("\n")
        wanted = arrived(proxy[0].played[-1], kind, at)
        # A reset may overtake what was sent before it.
        assert wanted.startswith(shown) if kind == "reset" else shown == wanted, (kind, at)


def arrived(answer, kind, at):
    """The text that a careful reader may show."""
    head, body = split_answer(answer)
    if kind == "short-chunk":  # the lie is behind the last byte
        return text_of(body)
    if kind == "chunk-length":
        return text_of(body[:at % len(body)])
    if kind in ("crc", "oversize"):
        at %= len(body)
        return text_of(body[:max(start for start, end in frames(body) if start <= at)])
    sent = play(answer, Fault(kind, at))[0][1]
    whole_chunks = sent[len(head):]
    out = b""
    while b"\r\n" in whole_chunks:
        size, _, rest = whole_chunks.partition(b"\r\n")
        out, whole_chunks = out + rest[:int(size, 16)], rest[int(size, 16) + 2:]
    return text_of(out)


def test_P11_a_drip_arrives_whole(twin, proxy, whole):
    answer, _ = whole
    proxy[0].faults, proxy[0].played = (Fault("drip", len(answer) - 300),), []
    done = converse(twin, proxy[1])
    assert (done.returncode, done.stdout.decode()) == (0, TEXT + "\n")


@pytest.mark.skipif(not FULL, reason="the program's idle limit is two minutes; net's own tests shorten it (pool_test.cpp)")
def test_P11_a_stall_ends_at_the_idle_limit(twin, proxy, whole):
    answer, offsets = whole
    head, _ = split_answer(answer)
    rows = [at for at in offsets if at > len(head)][::len(offsets) // 16]

    def run(at):
        return converse(twin, proxy[1], "--output", "json")

    first = proxy[0].accepted
    proxy[0].faults = tuple(Fault("stall", at, (first + i,)) for i, at in enumerate(rows))
    for at, done in all_of(run, rows, at_once=len(rows)):
        assert done.returncode == SERVICE and json.loads(done.stderr)["code"] == "stream-truncated", at

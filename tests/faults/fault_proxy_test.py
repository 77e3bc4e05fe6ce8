"""What the fault proxy makes of an answer, as data: a test that rests on it is worth no more than this."""
import struct
import zlib

import pytest

from fault_proxy import Fault, broken_frame, chunked, frames, play, split_answer


def frame(payload):
    prelude = struct.pack(">II", 16 + len(payload), 0)
    prelude += struct.pack(">I", zlib.crc32(prelude))
    return prelude + payload + struct.pack(">I", zlib.crc32(prelude + payload))


HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BODY = frame(b"one") + frame(b"two, longer")
ANSWER = chunked(HEAD, BODY)


def test_an_answer_is_taken_apart_and_put_together():
    assert split_answer(ANSWER) == (HEAD, BODY)
    assert [BODY[a:b] for a, b in frames(BODY)] == [frame(b"one"), frame(b"two, longer")]
    assert play(ANSWER, None) == [("send", ANSWER)]


@pytest.mark.parametrize("kind", ["reset", "fin", "close-notify", "stall"])
def test_a_break_is_at_its_byte(kind):
    assert play(ANSWER, Fault(kind, 50)) == [("send", ANSWER[:50]), (kind, b"")]
    assert play(ANSWER, Fault(kind, 10**6))[0] == ("send", ANSWER[:-1]), "never the whole answer"


def test_a_drip_is_everything_byte_by_byte():
    steps = play(ANSWER, Fault("drip", 60))
    assert b"".join(data for _, data in steps) == ANSWER and len(steps) == 1 + len(ANSWER) - 60


@pytest.mark.parametrize("at", range(len(BODY)))
def test_a_turned_bit_leaves_no_sum_right(at):
    broken = broken_frame(BODY, "crc", at)
    assert len(broken) == len(BODY) and sum(a != b for a, b in zip(broken, BODY)) == 1


def test_an_oversize_frame_has_a_right_sum_over_its_prelude():
    broken = broken_frame(BODY, "oversize", len(BODY) - 1)
    second = frames(BODY)[1][0]
    assert struct.unpack(">I", broken[second + 8:second + 12])[0] == zlib.crc32(broken[second:second + 8])
    assert struct.unpack(">I", broken[second:second + 4])[0] > 16 << 20
    assert broken[:second] == BODY[:second]


@pytest.mark.parametrize("kind", ["short-chunk", "chunk-length"])
def test_broken_chunks_carry_the_beginning_rightly(kind):
    [(_, sent)] = play(ANSWER, Fault(kind, 30))
    assert sent.startswith(chunked(HEAD, BODY[:30])[:-5]) and sent != ANSWER

"""What strangers say in HTTP/2 to a running twin, frame by frame. After each of it the twin answers a healthy client,
and what cost one stream alone has left its connection as it was. Codes: RFC 9113 §7."""

import pytest
from http2 import Client, Frames, connect, literal
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
FRAME_SIZE_ERROR, CANCEL, COMPRESSION_ERROR, CALM = 6, 8, 9, 11
BROKEN = ("reset", PROTOCOL_ERROR)
MALFORMED = (400, BROKEN)  # either is a refusal of this stream alone
UNSIGNED = 403  # what the service itself says to GET /


@pytest.fixture(autouse=True)
def healthy_afterwards(twin):
    yield
    client = Client(twin, "sts")
    assert client.ask("GET", "/").status == UNSIGNED
    client.close()


@pytest.fixture
def peer(twin):
    peer = Frames(twin, "sts")
    yield peer
    peer.close()


def alive(peer, stream=101):
    peer.send(peer.head(stream))
    return peer.outcome(stream) == UNSIGNED


# --- what costs its stream ---

BASE = ((":method", "GET"), (":scheme", "https"), (":path", "/"))


def test_a_right_request_reaches_the_service(peer):
    assert alive(peer, 1) and alive(peer, 3)


@pytest.mark.parametrize("name, value", [
    ("X-Upper", "1"), ("x y", "1"), ("x:y", "1"), ("", "1"), (b"x\0y", "1"), (b"x\r\ny", "1"), (b"\xff", "1"),
    ("x", b"1\r\ny: 2"), ("x", b"1\n"), ("x", b"\r"), ("x", b"a\0b"), ("x", " 1"), ("x", "1 "), ("x", b"\x7f"),
    ("connection", "close"), ("connection", "x"), ("keep-alive", "1"), ("proxy-connection", "close"), ("upgrade", "h2c"),
    ("transfer-encoding", "chunked"), ("te", "gzip"), ("te", "trailers, gzip"),
    (":path", "/"), (":unknown", "1"), (":status", "200"), (":authority", "b.test"),
    ("content-length", "5"), ("content-length", "-1"), ("content-length", "0x0"), ("content-length", "1e1"),
    ("host", "b.test"), ("host", ""), ("host", "127.0.0.1"),
])
def test_a_field_that_no_request_has(name, value, peer):
    peer.send(peer.head(1, [(name, value)]))
    assert peer.outcome(1) in MALFORMED
    assert alive(peer)


@pytest.mark.parametrize("fields", [
    (), BASE[1:], BASE[:1] + BASE[2:], BASE[:2], BASE, (("x", "1"), *BASE), (*BASE, ("x", "1"), (":authority", "a.test")),
    (*BASE, (":method", "GET"), (":authority", "a.test")),
    (*BASE, (":authority", "")), (*BASE, (":authority", "u@a.test")), (*BASE, (":authority", "a.test, b.test")),
    (*BASE, (":authority", "a.test"), ("host", "b.test")), (*BASE, ("host", "a.test"), ("host", "a.test")),
    ((":method", "CONNECT"), (":authority", "a.test:443")),
    ((":method", "CONNECT"), (":protocol", "websocket"), *BASE[1:], (":authority", "a.test")),
    ((":method", "G T"), *BASE[1:], (":authority", "a.test")),
    ((":method", "GET"), (":scheme", "ftp"), (":path", "/"), (":authority", "a.test")),
    *(((":method", "GET"), (":scheme", "https"), (":path", path), (":authority", "a.test"))
      for path in ("", "*", "x", "http://a.test/", "/a b", "/\r\nx: 1", "/%4", "/#x", "/\xe9", "//\0")),
])
def test_a_head_that_two_readers_could_read_differently(fields, peer):
    block = b"".join(literal(*one) for one in fields)
    peer.send(HeadersFrame(1, data=block, flags=["END_HEADERS", "END_STREAM"]))
    assert peer.outcome(1) in MALFORMED
    assert alive(peer)


def test_one_host_may_be_said_twice(peer):
    peer.send(peer.head(1, [("host", peer.authority)]))
    assert peer.outcome(1) == UNSIGNED


@pytest.mark.parametrize("length, said", [(3, b"ab"), (3, b"abcd"), (0, b"a"), (1, b"")])
def test_a_length_that_differs_from_the_bytes(length, said, peer):
    peer.send(peer.head(1, [("content-length", str(length))], ["END_HEADERS"]), DataFrame(1, said, flags=["END_STREAM"]))
    assert peer.outcome(1) == BROKEN
    assert alive(peer)


@pytest.mark.parametrize("name", ["host", "content-length", "authorization", ":path", "transfer-encoding", "Upper"])
def test_a_trailer_that_frames_or_routes(name, peer):
    trailers = HeadersFrame(1, data=literal(name, "1"), flags=["END_HEADERS", "END_STREAM"])
    peer.send(peer.head(1, flags=["END_HEADERS"]), DataFrame(1, b"x"), trailers)
    assert peer.outcome(1) in MALFORMED
    assert alive(peer)


def test_too_many_fields(peer):
    peer.send(peer.head(1, [("x", "1")] * 300))
    assert peer.outcome(1) == 431
    assert alive(peer)


def test_a_hundred_thousand_fields_from_a_table(peer):
    """Each is one byte long and 4,000 bytes large (an "HPACK bomb")."""
    block = b"\x40" + literal("bomb", "x" * 4000)[1:]
    peer.send(peer.head(1, flags=["END_STREAM"]), ContinuationFrame(1, block))
    for i in range(7):
        peer.send(ContinuationFrame(1, b"\xbe" * 14000, flags=["END_HEADERS"] if i == 6 else []))
    assert peer.outcome(1) == 431
    assert alive(peer)


def test_a_body_that_is_announced_too_large(peer):
    peer.send(peer.head(1, [("content-length", str(30 << 20))], ["END_HEADERS"]))
    assert peer.outcome(1) == 413
    assert peer.until(lambda: peer.answers[1].reset == NO_ERROR)
    assert alive(peer)


# --- what costs the connection ---


def big(stream):
    return DataFrame(stream, b"x" * 16385)


@pytest.mark.parametrize("code, frames", [
    (PROTOCOL_ERROR, lambda peer: [peer.head(2)]),
    (PROTOCOL_ERROR, lambda peer: [b"\0\0\0\x01\x05\0\0\0\0"]),
    (PROTOCOL_ERROR, lambda peer: [DataFrame(1, b"x")]),
    (PROTOCOL_ERROR, lambda peer: [peer.head(1, flags=["END_STREAM"]), peer.head(3)]),
    (PROTOCOL_ERROR, lambda peer: [ContinuationFrame(1, b"", flags=["END_HEADERS"])]),
    (PROTOCOL_ERROR, lambda peer: [PushPromiseFrame(1, 2, b"", flags=["END_HEADERS"])]),
    (PROTOCOL_ERROR, lambda peer: [RstStreamFrame(1)]),
    (PROTOCOL_ERROR, lambda peer: [WindowUpdateFrame(0, 1).serialize()[:9] + bytes(4)]),
    (PROTOCOL_ERROR, lambda peer: [SettingsFrame(0, {SettingsFrame.ENABLE_PUSH: 2})]),
    (FLOW_CONTROL_ERROR, lambda peer: [WindowUpdateFrame(0, 2**31 - 1)]),
    (FLOW_CONTROL_ERROR, lambda peer: [SettingsFrame(0, {SettingsFrame.INITIAL_WINDOW_SIZE: 2**31})]),
    (FRAME_SIZE_ERROR, lambda peer: [peer.head(1, flags=["END_HEADERS"]), big(1)]),
    (FRAME_SIZE_ERROR, lambda peer: [b"\0\0\x05\x06\0\0\0\0\0short"]),
    (FRAME_SIZE_ERROR, lambda peer: [b"\0\0\x01\x04\x01\0\0\0\0x"]),
    (COMPRESSION_ERROR, lambda peer: [HeadersFrame(1, data=b"\xff" * 20, flags=["END_HEADERS", "END_STREAM"])]),
    (COMPRESSION_ERROR, lambda peer: [HeadersFrame(1, data=b"\xfe", flags=["END_HEADERS", "END_STREAM"])]),
    (COMPRESSION_ERROR, lambda peer: [HeadersFrame(1, data=b"\x3f\xff\xff\x7f", flags=["END_HEADERS", "END_STREAM"])]),
])
def test_a_frame_that_breaks_the_protocol(code, frames, peer):
    peer.send(*frames(peer))
    peer.until(lambda: False)
    assert peer.goaway == code


@pytest.mark.parametrize("window", [2**31 - 1])
def test_a_streams_window_that_overflows(window, peer):
    peer.send(peer.head(1, flags=["END_HEADERS"]), WindowUpdateFrame(1, window))
    assert peer.outcome(1) == ("reset", FLOW_CONTROL_ERROR)
    assert alive(peer)


def test_more_data_than_the_window_holds(peer):
    peer.send(peer.head(1, flags=["END_HEADERS"]))
    for _ in range(400):  # 6 MB; the server opens its windows as it reads, so only a lie about sizes overflows
        peer.send(DataFrame(1, b"x" * 16384))
    peer.send(DataFrame(1, b"", flags=["END_STREAM"]))
    assert peer.outcome(1) in (UNSIGNED, 413, ("goaway", FLOW_CONTROL_ERROR), ("reset", FLOW_CONTROL_ERROR))


@pytest.mark.parametrize("preface", [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", b"\0" * 64])
def test_what_is_no_preface(preface, twin):
    connection, _ = connect(twin, "sts")
    connection.sendall(preface)
    said = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"HTTP/1.1" not in said
    connection.close()


# --- floods: each ends its connection, and is told to calm down ---


def flood(peer, frame_of, count, batch=50):
    for at in range(0, count, batch):
        peer.send(*(frame_of(2 * i + 1) for i in range(at, min(at + batch, count))))
        if peer.closed:
            break
    peer.until(lambda: False)
    return peer.goaway


@pytest.mark.parametrize("name", ["reset", "refused", "ping", "settings", "priority", "window", "empty data", "unknown"])
def test_floods(name, peer):
    peer.send(peer.head(1, flags=["END_HEADERS"]))
    frames = {
        "reset": lambda stream: peer.head(stream + 2).serialize() + RstStreamFrame(stream + 2, CANCEL).serialize(),
        "refused": lambda stream: peer.head(stream + 2, [("X", "1")]),
        "ping": lambda stream: PingFrame(0, b"12345678"),
        "settings": lambda stream: SettingsFrame(0),
        "priority": lambda stream: PriorityFrame(stream, depends_on=0, stream_weight=1),
        "window": lambda stream: WindowUpdateFrame(0, 1),
        "empty data": lambda stream: DataFrame(1, b""),
        "unknown": lambda stream: b"\0\0\0\xba\0\0\0\0\0",
    }
    # None: cut off while we still sent. A refused stream is open until its refusal is written, so one read may bring
    # more of them than are offered, which RFC 9113 5.1.2 ends by itself.
    ends = (CALM, None, PROTOCOL_ERROR) if name == "refused" else (CALM, None)
    assert flood(peer, frames[name], 20000) in ends


@pytest.mark.parametrize("block", [b"", literal("x", "1"), literal("x", "x" * 15000)])
def test_a_head_without_an_end(block, peer):
    peer.send(peer.head(1, flags=["END_STREAM"]))
    assert flood(peer, lambda stream: ContinuationFrame(1, block), 1000) in (CALM, None)


def test_more_streams_than_are_offered(twin):
    peer = Frames(twin, "sts")
    peer.send(*(peer.head(2 * i + 1, flags=["END_HEADERS"]) for i in range(200)))
    peer.until(lambda: False)
    assert peer.goaway == PROTOCOL_ERROR
    peer.close()


def test_a_window_that_stays_shut_costs_nobody_else(twin):
    holders = [Frames(twin, "sts", {SettingsFrame.INITIAL_WINDOW_SIZE: 0}) for _ in range(20)]
    for holder in holders:
        holder.send(*(holder.head(2 * i + 1) for i in range(100)))
        assert holder.until(lambda holder=holder: holder.answers.get(199) and holder.answers[199].status == UNSIGNED)
        assert not holder.answers[199].body
    other = Frames(twin, "sts")
    assert alive(other)
    holders[0].send(WindowUpdateFrame(199, 60000))
    assert holders[0].outcome(199) == UNSIGNED and holders[0].answers[199].body
    for one in (other, *holders):
        one.close()


def test_a_client_that_only_half_speaks(twin):
    """Cut inside each frame of a request; the end of the connection is the end of it."""
    right = Frames(twin, "sts")
    said = right.head(1, flags=["END_HEADERS"]).serialize() + DataFrame(1, b"body", flags=["END_STREAM"]).serialize()
    for size in range(1, len(said), 7):
        peer = Frames(twin, "sts")
        peer.send(said[:size])
        peer.close()
    right.send(said)
    assert right.outcome(1) == UNSIGNED
    right.close()


def test_a_goaway_is_a_goodbye(peer):
    peer.send(GoAwayFrame(0, last_stream_id=0, error_code=NO_ERROR))
    assert not peer.until(lambda: False)

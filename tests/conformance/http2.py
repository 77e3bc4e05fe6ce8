"""HTTP/2 to the twin by Python's h2: a client that does right, and one that writes frames as it is told."""

import socket
import ssl
import urllib.parse
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.events
import hpack
import hyperframe.frame

SECONDS_MAX = 20  # a bound against hanging, not a measure
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def connect(twin, service, protocols=("h2",)):
    url = urllib.parse.urlsplit(twin.ready["endpoints"][service])
    context = ssl.create_default_context(cafile=twin.ready["ca"])
    context.set_alpn_protocols(list(protocols))
    plain = socket.create_connection((url.hostname, url.port), SECONDS_MAX)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname=url.hostname), url.netloc


@dataclass
class Answer:
    status: int = 0
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    ended: bool = False
    reset: int | None = None


class Client:
    """Many requests at once over one connection."""

    def __init__(self, twin, service):
        self.socket, self.authority = connect(twin, service)
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.answers = {}
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def send(self, method, path, headers=(), body=b""):
        stream = self.h2.get_next_available_stream_id()
        self.answers[stream] = Answer()
        head = [(":method", method), (":scheme", "https"), (":authority", self.authority), (":path", path)]
        self.h2.send_headers(stream, head + [(name.lower(), value) for name, value in headers], end_stream=not body)
        left = memoryview(body)
        while left:
            size = min(len(left), self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if size == 0:
                self.take()
                continue
            self.h2.send_data(stream, bytes(left[:size]), end_stream=size == len(left))
            left = left[size:]
            self.flush()
        self.flush()
        return stream

    def take(self):
        received = self.socket.recv(65536)
        if not received:
            raise EOFError("the server closed the connection")
        for event in self.h2.receive_data(received):
            answer = self.answers.get(getattr(event, "stream_id", None))
            if isinstance(event, h2.events.ResponseReceived):
                answer.headers = dict(event.headers)
                answer.status = int(answer.headers.pop(":status"))
            elif isinstance(event, h2.events.DataReceived):
                answer.body += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                answer.ended = True
            elif isinstance(event, h2.events.StreamReset):
                answer.reset = event.error_code
            elif isinstance(event, h2.events.ConnectionTerminated):
                raise EOFError(f"GOAWAY {event.error_code}")
        self.flush()

    def answer(self, stream):
        answer = self.answers[stream]
        while not answer.ended and answer.reset is None:
            self.take()
        return answer

    def ask(self, *request):
        return self.answer(self.send(*request))

    def close(self):
        self.socket.close()


class Frames:
    """Says exactly what the test wants, and collects what the server says to it."""

    def __init__(self, twin, service, settings=()):
        self.socket, self.authority = connect(twin, service)
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.received = b""
        self.answers = {}
        self.goaway = None
        self.closed = False
        self.pings = 0
        self.send(PREFACE, hyperframe.frame.SettingsFrame(0, settings=dict(settings)))
        self.send(hyperframe.frame.SettingsFrame(0, flags=["ACK"]))

    def send(self, *frames):
        """Once the server has hung up, the rest goes nowhere."""
        try:
            self.socket.sendall(b"".join(one if isinstance(one, bytes) else one.serialize() for one in frames))
        except OSError:
            self.closed = True

    def head(self, stream, more=(), flags=("END_HEADERS", "END_STREAM"), fields=None):
        """`fields` instead of those of a right request; `more` behind them. Written as they are: h2 would mend them."""
        fields = fields or [(":method", "GET"), (":scheme", "https"), (":authority", self.authority), (":path", "/")]
        block = b"".join(literal(name, value) for name, value in [*fields, *more])
        return hyperframe.frame.HeadersFrame(stream, data=block, flags=list(flags))

    def take(self):
        """False once the server has hung up."""
        try:
            received = self.socket.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            received = b""
        self.closed = self.closed or not received
        self.received += received
        while len(self.received) >= 9:
            frame, length = hyperframe.frame.Frame.parse_frame_header(memoryview(self.received[:9]))
            if len(self.received) < 9 + length:
                break
            frame.parse_body(memoryview(self.received[9:9 + length]))
            self.received = self.received[9 + length:]
            self.note(frame)
        return bool(received)

    def note(self, frame):
        answer = self.answers.setdefault(frame.stream_id, Answer())
        if isinstance(frame, hyperframe.frame.GoAwayFrame):
            self.goaway = frame.error_code
        elif isinstance(frame, hyperframe.frame.RstStreamFrame):
            answer.reset = frame.error_code
        elif isinstance(frame, hyperframe.frame.HeadersFrame):
            answer.headers = dict(self.decoder.decode(frame.data))
            answer.status = int(answer.headers[":status"])
        elif isinstance(frame, hyperframe.frame.DataFrame):
            answer.body += frame.data
        elif isinstance(frame, hyperframe.frame.PingFrame) and "ACK" in frame.flags:
            self.pings += 1
        answer.ended = answer.ended or "END_STREAM" in getattr(frame, "flags", ())

    def until(self, holds):
        """True, or False if the connection ended first."""
        while not holds():
            if not self.take():
                return holds()
        return True

    def outcome(self, stream):
        """How a stream ended: its status, ("reset", code) or ("goaway", code)."""
        answer = self.answers.setdefault(stream, Answer())
        self.until(lambda: answer.ended or answer.reset is not None or self.goaway is not None)
        if answer.status:
            return answer.status
        return ("reset", answer.reset) if answer.reset is not None else ("goaway", self.goaway)

    def close(self):
        self.socket.close()


def literal(name, value):
    """RFC 7541 §6.2.2, without Huffman codes: any bytes that one likes."""
    out = b"\0"
    for text in (name, value):
        text = text.encode("latin-1") if isinstance(text, str) else text
        left = len(text)
        if left < 127:
            out += bytes([left])
        else:
            out += b"\x7f"
            left -= 127
            while left >= 128:
                out += bytes([left % 128 + 128])
                left //= 128
            out += bytes([left])
        out += text
    return out

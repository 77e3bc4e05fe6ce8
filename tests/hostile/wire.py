"""One connection to a service of the twin, and a strict reading of what it says: an answer ends where its own
framing says, and whatever stands behind the last one is an error."""

import re
import socket
import ssl
import urllib.parse
from dataclasses import dataclass

SECONDS_MAX = 60  # against hanging, not a measure
HEAD = re.compile(rb"HTTP/1\.1 ([1-5]\d\d) [^\r\n]*\r\n((?:[!-9;-~]+: ?[^\r\n]*\r\n)*)\r\n")


class NotFramed(Exception):
    pass


@dataclass(frozen=True)
class Answer:
    status: int
    fields: dict
    body: bytes

    @property
    def by_service(self):
        """Whether a request reached the service; the strict layer in front signs nothing."""
        return "x-amzn-requestid" in self.fields or self.fields.get("server") == "EC2ws"

    @property
    def ends(self):
        return self.fields.get("connection") == "close"


def read_fields(lines):
    fields = {}
    for line in lines.split(b"\r\n")[:-1]:
        name, value = line.decode("latin-1").split(":", 1)
        if name.lower() in fields:
            raise NotFramed(f"{name} twice")
        fields[name.lower()] = value.strip()
    return fields


def read_chunks(said, at):
    pieces = []
    while True:
        line_end = said.index(b"\r\n", at)
        start, size = line_end + 2, int(said[at:line_end], 16)
        at = start + size + 2
        if said[at - 2:at] != b"\r\n":
            raise NotFramed("chunk")
        if size == 0:
            return b"".join(pieces), at
        pieces.append(said[start:start + size])


def read_answer(said, to_head=False):
    """The first answer and what is left behind it; None while it is not whole."""
    if b"\r\n\r\n" not in said:
        return None
    head = HEAD.match(said)
    if not head:
        raise NotFramed(said[:200])
    status, fields, start = int(head[1]), read_fields(head[2]), head.end()
    if fields.get("transfer-encoding") == "chunked":
        if not said.endswith(b"0\r\n\r\n"):
            return None
        body, end = read_chunks(said, start)
    else:
        end = start + (0 if to_head or status < 200 else int(fields["content-length"]))
        body = said[start:end]
    return (Answer(status, fields, body), said[end:]) if len(said) >= end else None


def read_answers(said, to_head=False):
    """All of them but interim ones. `to_head`: the first answers a HEAD. Raises NotFramed."""
    answers = []
    while said:
        found = read_answer(said, to_head and not answers)
        if found is None:
            raise NotFramed(f"cut: {said[:200]!r}")
        answer, said = found
        if answer.status >= 200:
            answers.append(answer)
    return answers


class Service:
    """Where a service listens; opens connections to it."""

    def __init__(self, twin, name):
        url = urllib.parse.urlsplit(twin.ready["endpoints"][name])
        self.name, self.address = name, (url.hostname, url.port)
        self.trust = ssl.create_default_context(cafile=twin.ready["ca"]) if url.scheme == "https" else None

    def connect(self):
        return Connection(self.connect_tcp(), self.trust)

    def connect_tcp(self):
        plain = socket.create_connection(self.address, SECONDS_MAX)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return plain


class Connection:
    def __init__(self, plain, trust):
        self.socket = trust.wrap_socket(plain, server_hostname="localhost") if trust else plain

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, pieces):
        """Each by itself. The other side may have refused the rest: what it says is read anyhow."""
        try:
            for piece in pieces:
                self.socket.sendall(piece)
        except OSError:
            pass

    def read_to_end(self):
        said = b""
        while piece := self.socket.recv(65536):
            said += piece
        return said

    def read_one(self, to_head=False):
        """One answer; what came behind it must be nothing."""
        said = bytearray()
        while True:
            found = read_answer(said, to_head)
            if found and found[0].status < 200:
                said = found[1]
                continue
            if found:
                if found[1]:
                    raise NotFramed(f"more than one answer: {found[1]!r}")
                return found[0]
            piece = self.socket.recv(65536)
            if not piece:
                raise NotFramed(f"ended inside an answer: {said[:200]!r}")
            said += piece

    def end_sending(self):
        """An orderly end from our side, under TLS too; reading goes on."""
        if isinstance(self.socket, ssl.SSLSocket):
            self.socket = self.socket.unwrap()
        else:
            self.socket.shutdown(socket.SHUT_WR)

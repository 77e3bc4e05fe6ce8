"""A proxy on loopback that breaks what passes through it, at the byte that it is told.

Below TLS it passes bytes on as they come. Inside TLS it ends TLS with an authority of its own, reads each answer whole and
plays it: what is sent is a pure function of the answer and the fault, so an offset is the same byte in every run. Faults are
data, one for each connection or one for all; nothing here is random."""

import asyncio
import dataclasses
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import threading
import zlib

BELOW = ("drop", "stall", "reset", "half-close", "corrupt", "drip", "delay")
INSIDE = ("reset", "fin", "close-notify", "stall", "drip", "crc", "oversize", "short-chunk", "chunk-length")
DELAY_SECONDS = 0.05
LINGER_NOT = struct.pack("ii", 1, 0)  # close() sends RST


@dataclasses.dataclass(frozen=True)
class Fault:
    kind: str
    at: int = 0                    # byte of the answer; "drop" takes nothing at all
    connections: tuple = ()        # which of the accepted ones, from 0; (): every one


def make_authority(directory):
    """(certificate, key) of one for 127.0.0.1 that is its own authority."""
    certificate, key = pathlib.Path(directory) / "proxy.pem", pathlib.Path(directory) / "proxy.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=Kakehashi fault proxy", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


# --- what is sent: pure ---

def frames(stream):
    """(start, end) of each whole frame of an event stream."""
    start, found = 0, []
    while start + 16 <= len(stream):
        end = start + struct.unpack(">I", stream[start:start + 4])[0]
        if end > len(stream):
            break
        found.append((start, end))
        start = end
    return found


def split_answer(answer):
    """(head with its empty line, body without its chunks)."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" not in head.lower():
        return head + b"\r\n\r\n", rest
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        body, rest = body + rest[:length], rest[length + 2:]
    return head + b"\r\n\r\n", body


def chunked(head, body):
    """The answer with one chunk for each frame, so that every fault has a boundary near."""
    cuts = [0, *(end for _, end in frames(body)), len(body)]
    pieces = [body[a:b] for a, b in zip(cuts, cuts[1:]) if a < b]
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def broken_frame(body, kind, at):
    """The body with a bit of byte `at` turned, or with an impossible length where its frame begins, rightly summed."""
    at %= len(body)
    if kind == "crc":
        return body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
    start = max((start for start, _ in frames(body) if start <= at), default=0)
    prelude = struct.pack(">I", 0x7FFFFFF0) + body[start + 4:start + 8]
    return body[:start] + prelude + struct.pack(">I", zlib.crc32(prelude)) + body[start + 12:]


def play(answer, fault):
    """What to do for this answer: [("send", bytes), …], the last of which may end the connection."""
    if fault is None:
        return [("send", answer)]
    if fault.kind in ("crc", "oversize"):
        head, body = split_answer(answer)
        return [("send", chunked(head, broken_frame(body, fault.kind, fault.at)))]
    if fault.kind == "chunk-length":
        head, body = split_answer(answer)
        at = fault.at % len(body)
        return [("send", chunked(head, body[:at])[:-5] + b"x1\r\n" + body[at:] + b"\r\n0\r\n\r\n")]
    if fault.kind == "short-chunk":  # says more than comes before the next one
        head, body = split_answer(answer)
        at = fault.at % len(body)
        return [("send", chunked(head, body[:at])[:-5] + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body) - at + 1, body[at:]))]
    at = min(fault.at, len(answer) - 1)
    if fault.kind == "drip":
        return [("send", answer[:at]), *(("drip", answer[i:i + 1]) for i in range(at, len(answer)))]
    return [("send", answer[:at]), (fault.kind, b"")]


# --- the proxy ---

async def read_message(reader):
    """One request or answer with its body; b"" when the other side has ended."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
        return b""
    low = head.lower()
    if b"transfer-encoding: chunked" in low:
        body = b""
        while not body.endswith(b"0\r\n\r\n") or (len(body) > 5 and not body.endswith(b"\r\n0\r\n\r\n")):
            size = await reader.readuntil(b"\r\n")
            body += size + await reader.readexactly(int(size, 16) + 2)
        return head + body
    length = next((int(line.split(b":")[1]) for line in low.split(b"\r\n") if line.startswith(b"content-length:")), 0)
    return head + await reader.readexactly(length)


class FaultProxy:
    """`target` and the listener are (host, port). `authority` (and `target_ca`): inside TLS. Use as a context."""

    def __init__(self, target, authority=None, target_ca=None):
        self.target, self.inside = target, authority is not None
        self.faults, self.accepted, self.played = (), 0, []
        self.server_tls = self.client_tls = None
        if self.inside:
            self.server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.server_tls.load_cert_chain(*authority)
            self.client_tls = ssl.create_default_context(cafile=os.fspath(target_ca))

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        self.tasks, ready = set(), threading.Event()

        async def listen():
            server = await asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.server_tls)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            return server

        def run():
            asyncio.set_event_loop(self.loop)
            self.server = self.loop.run_until_complete(listen())
            self.loop.run_forever()

        self.thread = threading.Thread(target=run)
        self.thread.start()
        ready.wait()
        return self

    def __exit__(self, *_):
        async def end():
            self.server.close()
            for task in self.tasks:
                task.cancel()
            await asyncio.gather(*self.tasks, return_exceptions=True)
            self.loop.stop()

        asyncio.run_coroutine_threadsafe(end(), self.loop)
        self.thread.join()
        self.loop.close()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def fault_of(self, connection):
        return next((f for f in self.faults if not f.connections or connection in f.connections), None)

    async def serve(self, reader, writer):
        number, self.accepted = self.accepted, self.accepted + 1
        task = asyncio.current_task()
        self.tasks.add(task)
        try:
            await (self.serve_inside if self.inside else self.serve_below)(reader, writer, self.fault_of(number))
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass  # the client has had enough
        finally:
            self.tasks.discard(task)
            writer.transport.abort()

    async def serve_inside(self, reader, writer, fault):
        up_reader, up_writer = await asyncio.open_connection(*self.target, ssl=self.client_tls, server_hostname="127.0.0.1")
        try:
            while request := await read_message(reader):
                up_writer.write(request)
                answer = await read_message(up_reader)
                self.played.append(answer)
                for step, data in play(answer, fault):
                    if not await self.act(step, data, reader, writer):
                        return
        finally:
            up_writer.transport.abort()

    async def serve_below(self, reader, writer, fault):
        if fault and fault.kind == "drop":
            await self.act("stall", b"", reader, writer)
            return
        up_reader, up_writer = await asyncio.open_connection(*self.target)
        pumps = [asyncio.create_task(self.pump(reader, up_writer)),
                 asyncio.create_task(self.pump_answer(up_reader, reader, writer, fault))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            up_writer.transport.abort()

    async def pump(self, reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()

    async def pump_answer(self, up_reader, reader, writer, fault):
        sent = 0
        while data := await up_reader.read(65536):
            hit = fault is not None and sent <= fault.at < sent + len(data)
            if hit:
                before, after = data[:fault.at - sent], data[fault.at - sent:]
                writer.write(before)
                await writer.drain()
                kind = fault.kind
                if kind == "corrupt":
                    writer.write(bytes([after[0] ^ 1]) + after[1:])
                elif kind == "delay":
                    await asyncio.sleep(DELAY_SECONDS)
                    writer.write(after)
                elif kind == "drip":
                    for index in range(len(after)):
                        await self.act("drip", after[index:index + 1], reader, writer)
                elif not await self.act({"half-close": "fin"}.get(kind, kind), b"", None, writer):
                    await asyncio.Event().wait()  # the other pump notices when the client leaves
            else:
                writer.write(data)
            await writer.drain()
            sent += len(data)

    async def act(self, step, data, reader, writer):
        """Whether the connection goes on. `reader` None: somebody else reads until the client leaves."""
        wire = writer.get_extra_info("socket")
        if step in ("send", "drip"):
            writer.write(data)
            await writer.drain()
            if step == "drip":
                await asyncio.sleep(0)  # the next one is a packet of its own; how long it waits decides nothing
            return True
        if step == "reset":
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            writer.transport.abort()
            return False
        if step == "fin":
            wire.shutdown(socket.SHUT_WR)
        elif step == "close-notify":
            writer.close()
            await writer.wait_closed()
            return False
        while reader is not None and await reader.read(65536):  # "stall" too: until the client leaves
            pass
        return False

"""Many connections that want nothing good: the twin's memory stays bounded and a healthy client gets its answers.

Memory is the resident set of the twin's process, connections are counted, and no clock decides: a healthy client
makes whole crossings with our own binary while the flood stands, and each must succeed."""
import contextlib
import os
import resource
import select
import socket
import ssl
import subprocess

import pytest

from signing import Crossed
from twin import Append
from wire import SECONDS_MAX, Service

KIB = 1024
ANSWER = "[kakehashi twin] 元気ですか\n"
DESCRIPTORS_KEPT = 500  # for everything but the flood
# What one of each may cost the twin, in bytes of resident memory.
IDLE_TCP_MAX = 8 * KIB
IDLE_TLS_MAX = 48 * KIB
HALF_TLS_MAX = 48 * KIB
SLOW_MAX = 16 * KIB
BODIES_MAX = 2 * 256 * KIB * KIB  # of all connections together: a string that grows may double
SLACK = 8 * KIB * KIB  # what an allocator keeps, whatever was asked of it


@pytest.fixture(scope="module", autouse=True)
def descriptors():
    """This process may open what the system allows; the twin it starts gets the small soft limit of a shell."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def fresh(raise_twin):
    return raise_twin()


def resident(twin):
    with open(f"/proc/{twin.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * KIB for line in status if line.startswith("VmRSS"))


def settle(twin):
    """Until the twin has taken in what came before: a patient client gets its answer behind all that."""
    for name in ("imds", "sts", "bedrock-runtime"):
        with Service(twin, name).connect() as patient:
            patient.send([b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
            assert patient.read_one().by_service


def crosses(twin, times=1):
    """A healthy client: it asks for credentials, assumes the role and speaks to the model, each time anew. Its own
    limits are seconds, so that a slow machine must have digested a flood's arrival and its leaving first."""
    settle(twin)
    for _ in range(times):
        done = subprocess.run([twin.binary, "converse", "--config", str(twin.config), "元気ですか"], env=twin.environment(),
                              cwd=twin.home, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_MAX, check=False)
        assert (done.returncode, done.stdout.decode(), done.stderr) == (0, ANSWER, b"")


def counted(full, short, long, descriptors=10 ** 9):
    return min(long if full else short, descriptors - DESCRIPTORS_KEPT)


@contextlib.contextmanager
def flood(open_one, count):
    opened = []
    try:
        for _ in range(count):
            opened.append(open_one())
        yield opened
    finally:
        for one in opened:
            one.close()


def is_ended(one):
    """Whether the twin has closed it; what it said before is thrown away."""
    try:
        while one.recv(65536):
            pass
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def says(service, first):
    """A connection without TLS whose first bytes are these, and that never waits for anything."""
    def open_one():
        one = service.connect_tcp()
        with contextlib.suppress(OSError):
            one.sendall(first)
        one.setblocking(False)
        return one
    return open_one


def hello_of(service):
    """The first flight of a TLS client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = service.trust.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def drip(connections, byte):
    """One byte more on each that is still there."""
    for one in connections:
        with contextlib.suppress(OSError):
            one.send(byte)


def test_idle_connections_cost_little(fresh, full, descriptors):
    count = counted(full, 2_000, 10_000, descriptors)
    crosses(fresh)
    before = resident(fresh)
    with flood(says(Service(fresh, "imds"), b""), count):
        crosses(fresh, 5)
        each = (resident(fresh) - before) / count
        print(f"{each:.0f} bytes each")
        assert each <= IDLE_TCP_MAX + SLACK / count
    crosses(fresh)


def test_idle_tls_connections_cost_little(fresh, full):
    count = counted(full, 300, 1_000)
    service = Service(fresh, "sts")
    crosses(fresh)
    before = resident(fresh)
    with flood(lambda: service.connect().socket, count):
        crosses(fresh, 5)
        each = (resident(fresh) - before) / count
        print(f"{each:.0f} bytes each")
        assert each <= IDLE_TLS_MAX + SLACK / count
    crosses(fresh)


OPENINGS = {  # what each connection says at first, and what it may cost
    "a head that never ends": ("imds", b"GET / HTTP/1.1\r\nHost: a\r\nX-1: ", SLOW_MAX),
    "a body that never ends": ("imds", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", SLOW_MAX),
    "a chunk that never ends": ("imds", b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFF\r\n", SLOW_MAX),
    "a chunk size that never ends": ("imds", b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", SLOW_MAX),
    "no TLS hello at all": ("sts", b"", IDLE_TCP_MAX),
    "half a TLS hello": ("sts", 50, HALF_TLS_MAX),
    "a TLS hello, and no more": ("sts", None, HALF_TLS_MAX),
}


@pytest.mark.parametrize("opening", OPENINGS)
def test_slow_clients_cost_little(fresh, full, opening):
    name, first, bytes_max = OPENINGS[opening]
    service, count = Service(fresh, name), counted(full, 200, 2_000)
    if not isinstance(first, bytes):
        first = hello_of(service)[:first]
    crosses(fresh)
    before = resident(fresh)
    with flood(says(service, first), count) as connections:
        for _ in range(5):
            if first:
                drip(connections, b"0")
            crosses(fresh)
        each = (resident(fresh) - before) / count
        print(f"{each:.0f} bytes each")
        assert each <= bytes_max + SLACK / count


def test_garbage_instead_of_tls_is_ended_at_once(fresh, full):
    service = Service(fresh, "sts")
    garbage = (b"\0" * 64, b"\xff" * 64, b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\1" * 64,
               b"\x16\x03\x01\x00\x05\x01\xff\xff\xff\xff", b"\x80\x2e\x01\x03\x01" + b"\0" * 64, b"SSH-2.0-x\r\n", b"\x15\x03\x03\x00\x02\x02\x28")
    for number in range(counted(full, 80, 2_000)):
        with service.connect_tcp() as one:
            with contextlib.suppress(OSError):
                one.sendall(garbage[number % len(garbage)])
                one.shutdown(socket.SHUT_WR)
                while one.recv(65536):
                    pass
    crosses(fresh)


def test_large_bodies_are_bounded_together(fresh, full):
    """Each is within the limit and lacks its last byte; all together they are more than the twin will hold."""
    size, count = 25 * KIB * KIB, counted(full, 8, 40)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size
    crosses(fresh)
    before = resident(fresh)
    piece = b"x" * (KIB * KIB)

    def open_one():
        one = Service(fresh, "imds").connect_tcp()
        with contextlib.suppress(OSError):
            one.sendall(head)
            for _ in range(size // len(piece) - 1):
                one.sendall(piece)
            one.sendall(piece[1:])
        return one

    with flood(open_one, count):
        crosses(fresh, 3)
        grown = resident(fresh) - before
        print(f"{grown} bytes together")
        assert grown <= BODIES_MAX
    crosses(fresh)


def test_pipelined_requests_of_one_who_does_not_read(fresh, full):
    service, count = Service(fresh, "imds"), counted(full, 20, 200)
    many = b"GET /latest/meta-data/instance-id HTTP/1.1\r\nHost: a\r\n\r\n" * 1_000
    crosses(fresh)
    before = resident(fresh)
    with flood(says(service, b""), count) as connections:
        for one in connections:
            with contextlib.suppress(OSError):
                for _ in range(1_000):  # until no buffer takes any more
                    one.send(many)
        crosses(fresh, 5)
        each = (resident(fresh) - before) / count
        print(f"{each:.0f} bytes each")
        assert each <= 256 * KIB + SLACK / count


# --- readers that stop ---

LONG = "ゆっくり読む人のための長い答え。" * 1_000
STREAM_MAX = 8 * KIB * KIB  # the whole answer, framed


def test_readers_that_stop_hold_no_more_than_their_answer(raise_twin, full):
    twin = raise_twin(Append("kakehashi.toml", f'\n[[twin.reply]]\nmatch = {{ prompt = "long" }}\ntext = "{LONG}"\n'))
    crossed, count = Crossed(twin), counted(full, 10, 50)
    service = crossed.service
    asked = crossed.request("converse-stream", b'{"messages":[{"role":"user","content":[{"text":"long"}]}]}')
    with service.connect() as whole:  # one who reads gets everything
        whole.send([asked])
        assert whole.read_one().status == 200
    crosses(twin)
    before = resident(twin)

    def open_one():
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * KIB)
        plain.connect(service.address)
        one = service.trust.wrap_socket(plain, server_hostname="localhost")
        one.sendall(asked)
        one.recv(1)  # the answer has begun
        return one

    with flood(open_one, count):
        crosses(twin, 5)
        each = (resident(twin) - before) / count
        print(f"{each:.0f} bytes each")
        assert each <= STREAM_MAX + SLACK / count
    crosses(twin)


# --- descriptors ---

def limit_of(twin):
    return resource.prlimit(twin.process.pid, resource.RLIMIT_NOFILE)


def test_a_twin_takes_every_descriptor_it_may(raise_twin):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        twin = raise_twin()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert limit_of(twin) == (before[1], before[1])


def ticks(twin):
    """Processor time that the twin has used."""
    with open(f"/proc/{twin.process.pid}/stat", encoding="ascii") as stat:
        values = stat.read().rsplit(")", 1)[1].split()
    return int(values[11]) + int(values[12])


def test_without_descriptors_it_waits_and_recovers(fresh):
    """It must neither spin nor die, and serve again when the first have left."""
    crosses(fresh)
    open_now = len(os.listdir(f"/proc/{fresh.process.pid}/fd"))
    resource.prlimit(fresh.process.pid, resource.RLIMIT_NOFILE, (open_now + 20, open_now + 20))
    with flood(says(Service(fresh, "imds"), b""), 200):
        used, second = ticks(fresh), os.sysconf("SC_CLK_TCK")
        select.select([], [], [], 1)  # a second in which nothing can happen
        assert ticks(fresh) - used < second / 2
    crosses(fresh, 3)

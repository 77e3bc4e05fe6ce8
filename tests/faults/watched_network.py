"""A network namespace of one's own in which every packet to anywhere goes to loopback, and is seen.

Run under `unshare -rn`. Nothing leaves the machine: what is not loopback's is dropped by the kernel, but a SYN or a DNS
question on its way is in the record. Marks are packets too, so the record says during what each was sent."""

import ctypes
import errno
import fcntl
import socket
import struct
import threading

SIOCSIFFLAGS, SIOCADDRT = 0x8914, 0x890B
UP_RUNNING, ROUTE_UP = 0x41, 1
ETH_P_ALL, ETH_P_IP, ETH_P_IPV6, TCP, UDP, ICMPV6, OUTGOING = 3, 0x0800, 0x86DD, 6, 17, 58, 4
UNREACHABLE = 1
SOL_PACKET, PACKET_STATISTICS = 263, 6
SYN, ACK, DNS_PORT, MARK_PORT = 2, 16, 53, 9


class Address(ctypes.Structure):
    _fields_ = [("family", ctypes.c_ushort), ("data", ctypes.c_ubyte * 14)]


class Route(ctypes.Structure):  # struct rtentry, linux/route.h
    _fields_ = [("pad1", ctypes.c_ulong), ("destination", Address), ("gateway", Address), ("mask", Address),
                ("flags", ctypes.c_ushort), ("pad2", ctypes.c_short), ("pad3", ctypes.c_ulong), ("pad4", ctypes.c_void_p),
                ("metric", ctypes.c_short), ("device", ctypes.c_char_p), ("mtu", ctypes.c_ulong),
                ("window", ctypes.c_ulong), ("irtt", ctypes.c_ushort)]


def open_every_way():
    """Loopback up, and every address of both families behind it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", UP_RUNNING))
        route = Route(flags=ROUTE_UP, device=b"lo")
        for part in (route.destination, route.gateway, route.mask):
            part.family = socket.AF_INET
        fcntl.ioctl(control, SIOCADDRT, route)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
        # struct in6_rtmsg: destination, source, gateway, type, lengths, metric, info, flags, interface
        message = struct.pack("48xIHHILIi", 0, 0, 0, 1, 0, ROUTE_UP, socket.if_nametoindex("lo"))
        fcntl.ioctl(control, SIOCADDRT, message)


def question_name(message):
    """The name that a DNS message asks for."""
    labels, at = [], 12
    while at < len(message) and message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin-1"))
        at += 1 + message[at]
    return ".".join(labels)


def read_packet(protocol, packet):
    """("syn", address, port), ("dns", name, address), ("udp", address, port), ("mark", text, 0), or None."""
    if protocol == ETH_P_IP:
        kind, to, rest = packet[9], socket.inet_ntop(socket.AF_INET, packet[16:20]), packet[(packet[0] & 15) * 4:]
    elif protocol == ETH_P_IPV6:
        kind, to, rest = packet[6], socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet[40:]
    else:
        return None
    if kind == ICMPV6 and rest[0] == UNREACHABLE:  # Linux makes a default route to loopback one that refuses, and quotes
        return read_packet(ETH_P_IPV6, rest[8:])
    if kind == TCP and rest[13] & (SYN | ACK) == SYN:
        return "syn", to, struct.unpack(">H", rest[2:4])[0]
    if kind == UDP:
        port = struct.unpack(">H", rest[2:4])[0]
        if port == MARK_PORT:
            return "mark", rest[8:].decode(), 0
        return ("dns", question_name(rest[8:]), to) if port == DNS_PORT else ("udp", to, port)
    return None


class Watch:
    """The record of what was sent since it began."""

    def __init__(self):
        self.record, self.wanted, self.reached = [], None, threading.Event()
        self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.marker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            packet, (_, protocol, direction, *_) = self.wire.recvfrom(65536)
            found = read_packet(protocol, packet) if direction == OUTGOING else None
            if found:
                self.record.append(found)
                if found[:2] == ("mark", self.wanted):
                    self.reached.set()

    def mark(self, text):
        self.marker.sendto(text.encode(), ("127.0.0.1", MARK_PORT))

    def finish(self, text="the end"):
        """Everything sent before this call is in the record when it returns."""
        self.wanted = text
        self.reached.clear()
        self.mark(text)
        if not self.reached.wait(30):
            raise RuntimeError("the record has no end")
        _, dropped = struct.unpack("II", self.wire.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        if dropped:
            raise RuntimeError(f"{dropped} packets were missed")


def knock(address, port):
    """One SYN."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as door:
        door.setblocking(False)
        if door.connect_ex((address, port)) not in (0, errno.EINPROGRESS):
            raise RuntimeError(f"no way to {address}")

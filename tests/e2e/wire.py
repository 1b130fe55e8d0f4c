# SPDX-License-Identifier: GPL-2.0-only
"""Frames of the lab: record them with the kernel's time stamps, read them, build and send them.

Depends on lab.py and a network namespace (anything usable in `with`). Knows the wire
format by itself, on purpose: a mistake in the program's own encoder must not hide here. Never
judges: what a frame means for a test is the test's business.
"""

import ctypes
import functools
import ipaddress
import select
import socket
import struct
import threading
import time

from lab import HELD_UP_S

ETH_P_ALL = 3
PACKET_OUTGOING = 4
SO_TIMESTAMPNS = 35
SO_ATTACH_FILTER = 26
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23

GROUP4, GROUP6 = "224.0.0.18", "ff02::12"
GROUP4_MAC, GROUP6_MAC = "01:00:5e:00:00:12", "33:33:00:00:00:12"
STRANGER_MAC = "02:00:00:00:00:63"  # whose frames are built here, where nothing else is said


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_text(raw):
    return ":".join(f"{b:02x}" for b in raw)


def checksum(data):
    """The Internet checksum: 0 over a message that carries a good one."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Advert:
    """The VRRP message of one frame; fields that its length does not hold raise at construction."""

    def __init__(self, payload, family):
        first, self.vrid, self.priority, self.count = payload[:4]
        self.version, self.type = first >> 4, first & 15
        if self.version == 2:
            self.auth_type, seconds = payload[4:6]
            self.interval_cs = seconds * 100
        else:
            self.auth_type = 0
            self.interval_cs = struct.unpack("!H", payload[4:6])[0] & 0x0FFF
        size = 16 if family == 6 else 4
        end = 8 + size * self.count
        self.addresses = [
            str(ipaddress.ip_address(payload[at : at + size])) for at in range(8, end, size)
        ]
        self.auth = payload[end : end + 8] if self.version == 2 else b""


class Frame:
    """One recorded frame: t in ns (realtime, the kernel's stamp), the switch port, out: towards the host."""

    def __init__(self, t, port, out, raw):
        self.t, self.port, self.out, self.raw = t, port, out, raw

    @functools.cached_property
    def eth_type(self):
        return struct.unpack("!H", self.raw[12:14])[0]

    @property
    def eth_src(self):
        return mac_text(self.raw[6:12])

    @property
    def eth_dst(self):
        return mac_text(self.raw[0:6])

    @functools.cached_property
    def ip(self):
        """(family, protocol, source, destination, ttl, tos, payload), or None."""
        raw = self.raw[14:]
        if self.eth_type == 0x0800 and len(raw) >= 20:
            head = (raw[0] & 15) * 4
            total = struct.unpack("!H", raw[2:4])[0]
            src, dst = (str(ipaddress.ip_address(raw[at : at + 4])) for at in (12, 16))
            return 4, raw[9], src, dst, raw[8], raw[1], raw[head:total]
        if self.eth_type == 0x86DD and len(raw) >= 40:
            word, length, proto, ttl = struct.unpack("!IHBB", raw[:8])
            src, dst = (str(ipaddress.ip_address(raw[at : at + 16])) for at in (8, 24))
            return 6, proto, src, dst, ttl, word >> 20 & 0xFF, raw[40 : 40 + length]
        return None

    @functools.cached_property
    def advert(self):
        if not self.ip or self.ip[1] != 112:
            return None
        try:
            return Advert(self.ip[6], self.ip[0])
        except (ValueError, IndexError, struct.error):
            return None

    @functools.cached_property
    def announces(self):
        """The address that a gratuitous ARP or an unsolicited NA announces, or None."""
        if self.eth_type == 0x0806 and len(self.raw) >= 42:
            sender, target = self.raw[28:32], self.raw[38:42]
            return str(ipaddress.ip_address(sender)) if sender == target else None
        ip = self.ip
        if ip and ip[1] == 58 and len(ip[6]) >= 24 and ip[6][0] == 136 and ip[3] == "ff02::1":
            return str(ipaddress.ip_address(ip[6][8:24]))
        return None

    @property
    def echo_reply(self):
        """The address that answers a ping in this frame, or None."""
        ip = self.ip
        if ip and ip[6] and (ip[0], ip[1], ip[6][0]) in ((4, 1, 0), (6, 58, 129)):
            return ip[2]
        return None

    def __repr__(self):
        what = f"frame of type {self.eth_type:04x}: {self.raw[14:74].hex()}"
        if self.advert:
            what = f"advert vrid {self.advert.vrid} prio {self.advert.priority} {self.ip[2]}"
        elif self.announces:
            what = f"announce {self.announces} is at {self.eth_src}"
        elif self.echo_reply:
            what = f"echo reply {self.echo_reply}"
        arrow = "->" if self.out else "<-"
        return f"<{self.t / 1e9:.6f} {self.port} {arrow} {what}>"


def deafen(s, mac):
    """The packet socket hears nothing more from this MAC: a flood of it costs its reader nothing."""
    high, low = struct.unpack("!HI", mac_bytes(mac))
    program = [
        (0x28, 0, 0, 6), (0x15, 0, 2, high), (0x20, 0, 0, 8), (0x15, 1, 0, low),  # ldh, jeq, ld, jeq
        (0x06, 0, 0, 0x40000), (0x06, 0, 0, 0),  # ret all, ret nothing
    ]  # fmt: skip
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in program))
    s.setsockopt(
        socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(program), ctypes.addressof(code))
    )


class Recorder:
    """Everything that passes the given ports, in both directions, stamped by the kernel on the way.

    A thread only moves frames from the sockets to a list; a late thread loses no time, as the stamp
    is the kernel's, and the receive buffers are large enough for the rates of the tests. deaf_to: a
    MAC whose frames are not recorded. pulled: there is no thread, and pull() moves the frames. Whoever
    sends one then wakes no reader, which is on the sender's own time where all is on one host. room: of
    each port's buffer, in octets of the kernel's memory, which is up to 4 KB a frame.
    """

    def __init__(self, ns, ports, keep=None, deaf_to=None, pulled=False, room=32 << 20):
        self._frames, self._keep = [], keep or (lambda frame: True)
        self._changed = threading.Condition()
        self._sockets = {}
        with ns:
            for port in ports:
                # Without a protocol: until it is bound it would hear every interface.
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
                s.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_RCVBUFFORCE", 33), room)
                if deaf_to:
                    deafen(s, deaf_to)
                s.bind((port, ETH_P_ALL))
                s.setblocking(False)
                self._sockets[s] = port
        self._wake, self._stop = socket.socketpair()
        self._asking, self._caught_up = threading.Lock(), threading.Event()
        self._thread = None if pulled else threading.Thread(target=self._read, daemon=True)
        if self._thread:
            self._thread.start()

    def _read(self):
        while True:
            ready, _, _ = select.select([*self._sockets, self._wake], [], [])
            asked = self._wake in ready and self._wake.recv(1)
            if asked == b"x":
                return
            if asked:
                self._move(self._sockets)
                self._caught_up.set()
            else:
                self._move(ready, 256)

    def _move(self, ready, most=1 << 30):
        got, now = [], time.time_ns()
        for s in ready:
            for _ in range(most):
                try:
                    raw, control, _, address = s.recvmsg(65536, 64)
                except OSError:  # nothing left, or the port has gone
                    break
                seconds, ns = struct.unpack("qq", control[0][2][:16])
                out = address[2] == PACKET_OUTGOING
                frame = Frame(seconds * 10**9 + ns, self._sockets[s], out, raw)
                if self._keep(frame):
                    got.append(frame)
                if frame.t > now:  # a flood has no end
                    break
        if got:
            with self._changed:
                self._frames += got
                self._changed.notify_all()

    def pull(self):
        """Move what has passed so far."""
        self._move(self._sockets)

    def frames(self, match=None, since=0, until=None):
        """What has passed so far, in order of time; of a pulled recorder, what was pulled."""
        self._catch_up()
        with self._changed:
            got = [f for f in self._frames if f.t >= since and (until is None or f.t < until)]
        got = [f for f in got if match is None or match(f)]
        return sorted(got, key=lambda f: f.t)

    def wait(self, match, timeout, since=0, what="frame"):
        """The first frame that matches, of those recorded already and those to come. timeout: as wait_until()."""
        end = time.monotonic() + timeout + HELD_UP_S
        with self._changed:
            seen = 0
            while True:
                hits = [f for f in self._frames[seen:] if f.t >= since and match(f)]
                if hits:
                    return min(hits, key=lambda f: f.t)
                seen = len(self._frames)
                left = end - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    hits = [f for f in self._frames[seen:] if f.t >= since and match(f)]
                    if hits:
                        return min(hits, key=lambda f: f.t)
                    raise AssertionError(f"no {what} within {timeout} s and {HELD_UP_S} s more")

    def _catch_up(self):
        """The thread may lag behind a test that has seen by other ways what a frame has done."""
        if not self._thread:
            return
        with self._asking:
            self._caught_up.clear()
            self._stop.send(b"?")
            assert self._caught_up.wait(5 + HELD_UP_S), "the recorder does not read"

    def forget(self, before):
        """What is that old. Not while another thread waits."""
        with self._changed:
            self._frames = [f for f in self._frames if f.t >= before]

    def close(self):
        if self._thread:
            self._stop.send(b"x")
            self._thread.join()
            self._thread = None
        for s in (*self._sockets, self._wake, self._stop):
            s.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# ---- what a test asks of a frame -------------------------------------------------------------------


def is_advert(port=None, vrid=None, priority=None, out=False):
    """Adverts that the host behind `port` sent (out: that it was sent)."""

    def match(f):
        return (
            f.out == out
            and (port is None or f.port == port)
            and f.advert is not None
            and (vrid is None or f.advert.vrid == vrid)
            and (priority is None or f.advert.priority == priority)
        )

    return match


def is_announce(port, address):
    """One a round: the ARP reply that goes beside each request does not count."""

    def match(f):
        return not f.out and f.port == port and f.announces == address and f.raw[20:22] != b"\0\2"

    return match


def is_reply(port, address):
    return lambda f: not f.out and f.port == port and f.echo_reply == address


def skew_ns(version, priority, interval_cs):
    unit = 10**9 if version == 2 else interval_cs * 10**7
    return (256 - priority) * unit // 256


def master_down_ns(version, priority, interval_cs):
    return 3 * interval_cs * 10**7 + skew_ns(version, priority, interval_cs)


# ---- building and sending ----------------------------------------------------------------------------


def build_advert(
    src="10.51.67.95",
    vrid=55,
    priority=200,
    addresses=("42.51.67.93",),
    version=3,
    interval_cs=10,
    dst=None,
    ttl=255,
    auth_type=0,
    auth=b"",
    pseudo=True,
    bad_checksum=False,
    vrrp_type=1,
    count=None,
    cut=0,
    flags=0,
    eth_src=STRANGER_MAC,
    eth_dst=None,
    proto=112,
    trailer=b"",
):
    """One advert as a frame. Every field can be told to lie; checksums are computed last, so that
    exactly the named lie is one. cut: octets taken off the message's end; flags: the IPv4 word of
    flags and fragment offset."""
    family = ipaddress.ip_address(src).version
    dst = dst or (GROUP6 if family == 6 else GROUP4)
    eth_dst = eth_dst or (GROUP6_MAC if family == 6 else GROUP4_MAC)
    packed = [ipaddress.ip_address(a).packed for a in addresses]
    count = len(packed) if count is None else count
    message = bytes([version << 4 | vrrp_type, vrid, priority, count])
    if version == 2:
        message += bytes([auth_type, interval_cs // 100])
    else:
        message += struct.pack("!H", interval_cs)
    message += b"\0\0" + b"".join(packed)
    if version == 2:
        message += auth.ljust(8, b"\0")
    message = message[: len(message) - cut]
    source, target = ipaddress.ip_address(src).packed, ipaddress.ip_address(dst).packed
    head = b""
    if family == 6:
        head = source + target + struct.pack("!I3xB", len(message), 112)
    elif version == 3 and pseudo:
        head = source + target + struct.pack("!BBH", 0, 112, len(message))
    total = checksum(head + message)
    if bad_checksum:
        total ^= 0x5555
    if len(message) >= 8:
        message = message[:6] + struct.pack("!H", total) + message[8:]
    message += trailer
    if family == 6:
        ip = struct.pack("!IHBB", 0x6C000000, len(message), proto, ttl) + source + target
        kind = 0x86DD
    else:
        ip = struct.pack("!BBHHHBBH", 0x45, 0xC0, 20 + len(message), 1, flags, ttl, proto, 0)
        ip += source + target
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        kind = 0x0800
    return mac_bytes(eth_dst) + mac_bytes(eth_src) + struct.pack("!H", kind) + ip + message


def icmp6(mac, source, target, message):
    """An ICMPv6 message in an Ethernet frame to a multicast group; its checksum is filled in."""
    source, target = ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed
    head = source + target + struct.pack("!I3xB", len(message), 58)
    message = message[:2] + struct.pack("!H", checksum(head + message)) + message[4:]
    ip = struct.pack("!IHBB", 0x60000000, len(message), 58, 255) + source + target
    return b"\x33\x33" + target[12:] + mac + b"\x86\xdd" + ip + message


def send_frames(ns, interface, frames):
    """Put frames on an interface's wire, as they are."""
    with ns:
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    with s:
        s.bind((interface, 0))
        for frame in frames:
            s.send(frame)


def read_pcap(path):
    """The packets of a classic pcap file, either byte order: (link type, list of octets)."""
    data = path.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    link = struct.unpack(order + "I", data[20:24])[0] & 0xFFFF
    packets, at = [], 24
    while at + 16 <= len(data):
        size = struct.unpack(order + "I", data[at + 8 : at + 12])[0]
        packets.append(data[at + 16 : at + 16 + size])
        at += 16 + size
    return link, packets

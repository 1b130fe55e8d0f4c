# SPDX-License-Identifier: GPL-2.0-only
"""Twenty-four attacks by a third host on the wires of a pair: what each of them sends, and what was
seen of the pair meanwhile.

Knows no daemon: test_attacks.py says what must hold for ours, tests/bench/attack-table tries the same
frames on keepalived. Depends on lab.py, wire.py, signed.py and claims.py.
"""

import contextlib
import dataclasses
import ipaddress
import itertools
import socket
import struct
import threading
import time
from collections.abc import Callable

from claims import Probes, claim, claims_on
from lab import PUBLIC_VIP, PUBLIC_VIP6, SHARED_MAC, Lab, wait_until
from signed import build_signed
from wire import (
    GROUP4_MAC,
    STRANGER_MAC,
    Recorder,
    build_advert,
    checksum,
    is_advert,
    mac_bytes,
    send_frames,
)

VRID, VRID6 = 55, 66
FIRST, SECOND = 150, 100  # priorities of s1 and s2
STRANGER, HIGHEST = "10.51.67.95", "10.51.67.254"
CAPTURED = 5  # of the master's adverts
PASSWORD = b"s3cret"
KEY = bytes(range(32))


# ---- what they are made of ---------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Scene:
    """What an attacker on the segment knows: who is there, what they run, and what was said so far."""

    lab: Lab
    version: int
    interval_cs: int
    captured: Callable  # the master's last adverts, as frames
    mac: str = SHARED_MAC  # what the shared address is at

    @property
    def master(self):
        return self.lab.s1.private

    @property
    def backup(self):
        return self.lab.s2.private

    def advert(self, **changes):
        """One that would be believed, were it not for the changes; by default it unseats the master."""
        base = {"src": STRANGER, "priority": 200, "version": self.version, "interval_cs": self.interval_cs}
        return build_advert(**{**base, **changes})

    def signed(self, key=KEY, **changes):
        base = {"src": STRANGER, "priority": 200, "interval_cs": self.interval_cs}
        return build_signed(key, **{**base, **changes})

    def to(self, server, frame):
        """The same for one host alone, by its MAC on the heartbeat wire."""
        return mac_bytes(server.ns.mac("eth1")) + frame[6:]


def by_stranger(frame):
    """Sent again by somebody else: the switch learns nothing wrong."""
    return frame[:6] + mac_bytes(STRANGER_MAC) + frame[12:]


def ip_header(frame, length, flags):
    """The frame's IPv4 header with another length and fragment word, and a checksum that is right."""
    head = frame[14:16] + struct.pack("!HHH", 20 + length, 7, flags) + frame[22:24] + b"\0\0" + frame[26:34]
    return frame[:14] + head[:10] + struct.pack("!H", checksum(head)) + head[12:]


def in_fragments(frame, first=8):
    """As two fragments, which a host's stack would put together again."""
    message = frame[34:]
    return [
        ip_header(frame, first, 0x2000) + message[:first],
        ip_header(frame, len(message) - first, first // 8) + message[first:],
    ]


def arp(operation, sender, target, mac=STRANGER_MAC, eth_dst="ff:ff:ff:ff:ff:ff"):
    pack = bytes(int(n) for n in sender.split(".")), bytes(int(n) for n in target.split("."))
    head = mac_bytes(eth_dst) + mac_bytes(mac) + b"\x08\x06"
    head += struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation)
    return head + mac_bytes(mac) + pack[0] + bytes(6) + pack[1]


def advertisement(target, source="fe80::66", mac=STRANGER_MAC):
    """An unsolicited neighbour advertisement to all nodes, with the override flag."""
    packed = [ipaddress.ip_address(a).packed for a in (source, "ff02::1", target)]
    message = struct.pack("!BBHI", 136, 0, 0, 0xA0000000) + packed[2] + b"\x02\x01" + mac_bytes(mac)
    total = checksum(packed[0] + packed[1] + struct.pack("!I3xB", len(message), 58) + message)
    message = message[:2] + struct.pack("!H", total) + message[4:]
    ip = struct.pack("!IHBB", 6 << 28, len(message), 58, 255) + packed[0] + packed[1]
    return mac_bytes("33:33:00:00:00:01") + mac_bytes(mac) + b"\x86\xdd" + ip + message


MANY = [f"203.0.113.{n}" for n in range(1, 256)]


def trailers(s):
    good = s.signed()
    return [
        s.signed(kind=2),
        s.signed(reserved=1),
        ip_header(good, len(good) - 35, 0) + good[34:-1],  # of 27 bytes
        s.advert(trailer=bytes(40)),
        s.advert(trailer=b"\x5a" * 28),
        s.signed(key_id=9),
        s.signed(spoil=1),
        s.signed(key=bytes(32)),
        s.signed(at=time.time() - 3600),
        s.signed(at=time.time() + 3600),
    ]


def sweep(s):
    """Every other VRID of both families, each from a source of its own."""
    others = [n for n in range(1, 256) if n not in (VRID, VRID6)]
    return [s.advert(vrid=n, priority=255, src=f"10.51.67.{n}") for n in others] + [
        build_advert(
            src=f"fe80::{n:x}", vrid=n, priority=255, addresses=(f"fe80::{n:x}",), interval_cs=s.interval_cs
        )
        for n in others
    ]


# ---- the table -----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Attack:
    name: str
    sent: str  # for the table of docs/security.md
    frames: Callable  # of a Scene
    pair: str = "plain"  # also "password" (version 2), "unicast"
    nic: str = "eth1"


ATTACKS = [
    Attack("priority 255", "one advert of priority 255 from an address of its own",
        lambda s: [s.advert(priority=255)]),
    Attack("goodbye", "priority 0 from the master's address",
        lambda s: [s.advert(src=s.master, priority=0)]),
    Attack("interval 0", "interval 0, from its own address and from the master's",
        lambda s: [s.advert(interval_cs=0), s.advert(src=s.master, priority=FIRST, interval_cs=0)]),
    Attack("interval 40.95 s", "priority 200 and the longest interval",
        lambda s: [s.advert(interval_cs=4095)]),
    Attack("replay", "the master's last adverts, again and again, also once it is dead",
        lambda s: [by_stranger(f) for f in s.captured(CAPTURED)]),
    Attack("reflection", "the master's own adverts, back to it",
        lambda s: [s.to(s.lab.s1, by_stranger(f)) for f in s.captured(CAPTURED)]),
    Attack("as the backup", "priority 200 from the backup's address",
        lambda s: [s.advert(src=s.backup)]),
    Attack("as the master", "priority 1 from the master's address",
        lambda s: [s.advert(src=s.master, priority=1)]),
    Attack("tie", "the master's priority from the highest address",
        lambda s: [s.advert(src=HIGHEST, priority=FIRST)]),
    Attack("VRID sweep", "priority 255 of all other VRIDs, IPv4 and IPv6, from 506 sources", sweep),
    Attack("fragments", "an advert of priority 200 in two fragments",
        lambda s: in_fragments(s.advert())),
    Attack("oversize", "priority 50 with 1,400 bytes behind it; priority 200, said to be 1,400 bytes long",
        lambda s: [
            s.advert(priority=50, trailer=bytes(1400)),
            ip_header(s.advert(), 1400, 0) + s.advert()[34:],
        ]),
    Attack("address count", "priority 200 with no address, and with one that says that there are 255",
        lambda s: [s.advert(addresses=()), s.advert(count=255)]),
    Attack("cut short", "priority 200, cut within the addresses, the header, and after two bytes",
        lambda s: [s.advert(cut=n) for n in (2, 6, 10)]),
    Attack("other addresses",
        "from the master's address with its priority, and 1 or 255 addresses not its own",
        lambda s: [s.advert(src=s.master, priority=FIRST, addresses=a) for a in (MANY[:1], MANY)]),
    Attack("TTL", "priority 200 with TTL 254, 1 and 0: from beyond a router",
        lambda s: [s.advert(ttl=n) for n in (254, 1, 0)]),
    Attack("version and type", "priority 200 of version 4, of version 2, and of type 2",
        lambda s: [s.advert(version=4), s.advert(version=2, interval_cs=100), s.advert(vrrp_type=2)]),
    Attack("checksum", "priority 200 and 0 with a wrong checksum",
        lambda s: [s.advert(priority=n, bad_checksum=True) for n in (200, 0)]),
    Attack("wrong destination", "priority 200 to each host's own address, to another group, to all",
        lambda s: [
            s.to(s.lab.s1, s.advert(dst=s.master)),
            s.to(s.lab.s2, s.advert(dst=s.backup)),
            s.advert(dst=s.backup, eth_dst=GROUP4_MAC),
            s.advert(dst="224.0.0.1"),
            s.advert(dst="255.255.255.255"),
        ]),
    Attack("not a peer", "to a pair with `peers`: priority 200 by unicast from a stranger, and to the group",
        lambda s: [
            s.to(s.lab.s1, s.advert(dst=s.master)),
            s.to(s.lab.s2, s.advert(dst=s.backup)),
            s.advert(ttl=255),
        ], pair="unicast"),
    Attack("password", "version 2: priority 200 with a wrong password, one with a tail, none, type 2",
        lambda s: [
            s.advert(auth_type=1, auth=b"wrong"),
            s.advert(auth_type=1, auth=PASSWORD + b"X"),
            s.advert(auth_type=0),
            s.advert(auth_type=2, auth=PASSWORD),
        ], pair="password"),
    Attack("trailer",
        "priority 200 with HMAC trailers that are malformed, of unknown and of wrong keys, stale",
        trailers),
    Attack("ARP and ND",
        "public wire: ARP request, ARP reply and neighbour advertisement of the shared addresses",
        lambda s: [
            arp(1, PUBLIC_VIP, PUBLIC_VIP),
            arp(2, PUBLIC_VIP, PUBLIC_VIP),
            advertisement(PUBLIC_VIP6),
        ],
        nic="eth0"),
    Attack("shared MAC", "public wire: frames from the shared MAC",
        lambda s: [arp(1, "192.168.1.66", "192.168.1.67", mac=s.mac)], nic="eth0"),
]  # fmt: skip


# ---- the attacker, and what is seen --------------------------------------------------------------------

BURST = 16  # frames a millisecond
PERIOD_NS = 10_000_000  # of the client's questions


class Flood:
    """A host's frames over and over, until stopped. `bursts`: (begin, end) of each, in ns of realtime; it is
    not on time where the machine is not."""

    def __init__(self, ns, nic, frames, burst):
        with ns:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.bind((nic, 0))
        self._bursts = [frames[at : at + burst] for at in range(0, len(frames), burst)]
        self.sent, self.bursts = 0, []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self):
        for burst in itertools.cycle(self._bursts):
            begin = time.time_ns()
            for frame in burst:
                with contextlib.suppress(OSError):  # a full queue
                    self._socket.send(frame)
                    self.sent += 1
            self.bursts.append((begin, time.time_ns()))
            if self._stop.wait(0.001):
                return

    def last(self, before):
        """When the last frame that was there before that moment was sent, at the earliest."""
        return max((begin for begin, end in self.bursts if end <= before), default=0)

    def pause_ns(self, since):
        """The longest time without a frame from then on until now: while it is held up, nobody is attacked."""
        begins = [begin for begin, _ in self.bursts[:] if begin > since]
        times = [since, *begins, time.time_ns()]
        return max(b - a for a, b in zip(times, times[1:]))

    def stop(self):
        if not self._stop.is_set():
            self._stop.set()
            self._thread.join(5)
            self._socket.close()


def worth_keeping(f):
    return f.advert is not None or not f.out and (claim(f) or f.announces)


class Stage:
    """A lab with an attacker, s3, and everything that the pair says. The attacker is not recorded."""

    def __init__(self, version=3, interval_cs=10, mac=SHARED_MAC):
        with contextlib.ExitStack() as stack:
            self.lab = stack.enter_context(Lab(servers=3))
            lab = self.lab
            ports = [s.port(nic) for s in lab.servers[:2] for nic in lab.nics]
            self.wire = Recorder(lab.switch, ports, worth_keeping, deaf_to=STRANGER_MAC)
            lab.on_close(self.wire.close)
            self.scene = Scene(lab, version, interval_cs, self._captured, mac)
            stack.pop_all()

    def _captured(self, count):
        said = is_advert("s1-eth1", VRID)

        def adverts():
            """To all: a master that yields says so to the one that it yields to."""
            return self.wire.frames(lambda f: said(f) and f.eth_dst == GROUP4_MAC)[-count:]

        wait_until(lambda: len(adverts()) == count, 5, "adverts to capture")
        return [f.raw for f in adverts()]

    def ask(self):
        """The client asks for the shared address from now on."""
        self.lab.ping(PUBLIC_VIP, interval=0.05)
        self.probes = Probes(self.lab, PERIOD_NS / 1e9)

    def send(self, attack):
        """Each frame once, right after the master has spoken: an attacker chooses his time. Returns when,
        in ns of realtime."""
        frames = attack.frames(self.scene)
        self.wire.wait(is_advert("s1-eth1", VRID), 3, time.time_ns(), "an advert of the master")
        since = time.time_ns()
        send_frames(self.lab.s3.ns, attack.nic, frames)
        return since

    def flood(self, attack):
        frames = attack.frames(self.scene)
        # The recorder reads what is forged with the shared MAC.
        burst = BURST if attack.nic == "eth1" else 2
        flood = Flood(self.lab.s3.ns, attack.nic, frames * (burst // len(frames) or 1), burst)
        self.lab.on_close(flood.stop)
        return flood

    def close(self):
        self.lab.close()


# An owner that says nothing for so long is none in between; the client asks more often than that.
SILENCE_NS = 80_000_000


def owners(wire, since):
    """Who answered for the shared address, and from when to when: [host, first, last], by first."""
    spans = {}
    for t, host, _ in claims_on(wire, since):
        mine = spans.setdefault(host, [])
        if mine and t - mine[-1][2] < SILENCE_NS:
            mine[-1][2] = t
        else:
            mine.append([host, t, t])
    return sorted((span for mine in spans.values() for span in mine), key=lambda span: span[1])


def two_owners_ns(spans):
    """For how long two hosts answered at a time."""
    total = 0
    for i, (host, first, last) in enumerate(spans):
        for other, begin, end in spans[i + 1 :]:
            if other != host and begin < last:
                total += min(last, end) - begin
    return total

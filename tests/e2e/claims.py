# SPDX-License-Identifier: GPL-2.0-only
"""Who speaks for the shared address on the public wire: a client that asks everybody, and what is an
answer. Depends on lab.py and wire.py; never decides who may.

Probes reach every host, always: they are addressed to the Ethernet broadcast, so that no switch's table
decides who may answer.
"""

import socket
import struct
import threading
import time

from lab import GATEWAY, PUBLIC_VIP
from wire import checksum, mac_bytes


def claim(f):
    """How the frame speaks for the shared address, or None."""
    if f.echo_reply == PUBLIC_VIP:
        return "echo reply"
    if f.eth_type == 0x0806 and f.raw[28:32] == socket.inet_aton(PUBLIC_VIP):
        return "ARP reply" if f.raw[20:22] == b"\0\2" else "ARP"
    return None


def worth_keeping(f):
    if f.port.endswith("-eth0"):
        return not f.out and claim(f) is not None
    return f.advert is not None


def claims_on(wire, since=0):
    frames = wire.frames(lambda f: f.port.endswith("-eth0") and not f.out and claim(f), since)
    return [(f.t, f.port.split("-")[0], claim(f)) for f in frames]


def ip_frame(client_mac, protocol, payload):
    source, target = socket.inet_aton(GATEWAY), socket.inet_aton(PUBLIC_VIP)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0)
    head = head[:10] + struct.pack("!H", checksum(head + source + target))
    return b"\xff" * 6 + client_mac + b"\x08\0" + head + source + target + payload


def arp_question(client_mac):
    head = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
    return (
        b"\xff" * 6 + client_mac + b"\x08\x06" + head + client_mac + socket.inet_aton(GATEWAY)
        + bytes(6) + socket.inet_aton(PUBLIC_VIP)
    )  # fmt: skip


def echo_request(client_mac):
    message = struct.pack("!BBHHH", 8, 0, 0, 0x5652, 1) + bytes(16)
    message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
    return ip_frame(client_mac, 1, message)


class Probes:
    """The client asks everybody at once, every `period` seconds, with each of the frames."""

    def __init__(self, lab, period, make=lambda mac: [arp_question(mac), echo_request(mac)]):
        frames = make(mac_bytes(lab.client.mac("eth0")))
        with lab.client:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.bind(("eth0", 0))
        self._stop, self.stamps = threading.Event(), []
        self._thread = threading.Thread(target=self._send, args=(frames, period), daemon=True)
        self._thread.start()
        lab.on_close(self.close)

    def _send(self, frames, period):
        at = time.monotonic()
        while not self._stop.wait(max(0, at - time.monotonic())):
            for frame in frames:
                self._socket.send(frame)
            self.stamps.append(time.time_ns())
            at = max(at + period, time.monotonic() - period)  # never a burst to catch up

    @property
    def sent(self):
        return len(self.stamps)

    def close(self):
        self._stop.set()
        self._thread.join(5)
        self._socket.close()

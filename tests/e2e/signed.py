# SPDX-License-Identifier: GPL-2.0-only
"""The authentication trailer, by hashlib: sign adverts, and judge those of the wire.

Written against the protocol alone, on purpose: a mistake of the program must not hide here. Depends on
wire.py and the standard library.
"""

import hashlib
import hmac
import ipaddress
import struct
import time

from wire import build_advert, checksum

LENGTH = 28


class Trailer:
    """Of one recorded frame; None of it is believed before verify()."""

    def __init__(self, frame):
        family, _, source, _, _, _, payload = frame.ip
        size = 16 if family == 6 else 4
        version, vrid, count = payload[0] >> 4, payload[1], payload[3]
        end = 8 + size * count + (8 if version == 2 else 0)
        self.raw = payload[end:]
        self.present = len(self.raw) == LENGTH
        if not self.present:
            return
        self.type, self.key_id, self.reserved = struct.unpack("!BBH", self.raw[:4])
        self.seconds, fraction, self.counter = struct.unpack("!IHH", self.raw[4:12])
        self.sequence = int.from_bytes(self.raw[4:12], "big")
        self.time = self.seconds + fraction / 65536
        self._input = signed_input(family, version, vrid, source, payload[:end], self.raw[:12])

    def verify(self, key):
        return self.present and hmac.compare_digest(digest(key, self._input), self.raw[12:])


def signed_input(family, version, vrid, source, message, stamp):
    packed = ipaddress.ip_address(source).packed.ljust(16, b"\0")
    return (
        bytes([family, version, vrid, 0]) + packed + message[:6] + b"\0\0" + message[8:] + stamp + bytes(16)
    )


def digest(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()[:16]


def build_signed(key, key_id=1, at=None, counter=0, kind=1, reserved=0, spoil=0, **advert):
    """One signed advert as a frame, of the time `at` (seconds since 1970; None: now)."""
    at = time.time() if at is None else at
    family = ipaddress.ip_address(advert.get("src", "10.51.67.95")).version
    head = 14 + (40 if family == 6 else 20)
    bare = build_advert(**advert)
    message = bare[head:]
    stamp = struct.pack(
        "!BBHIHH", kind, key_id, reserved, int(at) & 0xFFFFFFFF, int(at % 1 * 65536), counter
    )
    data = signed_input(
        family, message[0] >> 4, message[1], advert.get("src", "10.51.67.95"), message, stamp
    )
    mac = bytearray(digest(key, data))
    mac[-1] ^= spoil
    frame = build_advert(trailer=stamp + bytes(mac), **advert)
    if family == 6:  # as its kernel sums what keepalived sends: with the trailer
        payload = frame[head:]
        pseudo = frame[22:54] + struct.pack("!I3xB", len(payload), 112)
        total = checksum(pseudo + payload[:6] + b"\0\0" + payload[8:])
        frame = frame[: head + 6] + struct.pack("!H", total) + frame[head + 8 :]
    return frame

# SPDX-License-Identifier: GPL-2.0-only
"""Frames of a third host that must not count: refused, counted once each, and nothing changes."""

import struct

import pytest

from daemons import Agent, config
from lab import GATEWAY6, PUBLIC_VIP6, TOP, Lab, holds_for, wait_until
from wire import GROUP4_MAC, build_advert, mac_bytes, read_pcap, send_frames

VECTORS = TOP / "tests/vectors"
REJECTS = (
    "fragment truncated ttl destination peer version type own_source address_count auth_type password"
    " interval_zero interval_mismatch checksum ah carp ip_flags ip_checksum source link_local"
).split()

# VRIDs: 55 v3, 56 v2 with a password, 57 v2 without, 66 IPv6; both hosts run them. 80, 255, 2: one
# speaker's own, for captures. (name, vrid, keys)
ROUTERS = [
    ("web", 55, dict()),
    ("pass", 56, dict(version=2, interval="1s", auth="pass:s3cret")),
    ("plain", 57, dict(version=2, interval="1s")),
    ("six", 66, dict(address=f"{PUBLIC_VIP6}/64", gateway=GATEWAY6)),
    ("carp", 80, dict(version=2, interval="1s")),
    ("high", 255, dict()),
    ("two", 2, dict(version=2, interval="1s")),
]


def sections(server, priority):
    parts = []
    for name, vrid, keys in ROUTERS:
        keys = {
            "address": f"42.51.67.{vrid}/24" if vrid != 255 else "42.51.67.250/24",
            "gateway": None,
            "mac": None,
            "standby_address": None,
            "standby_gateway": None,
            "interval": "300ms",  # neither host is taken for dead when it is held up for a moment
            **keys,
        }
        parts.append(config(server, name=name, vrid=vrid, priority=priority, **keys))
    return "\n".join(parts)


@pytest.fixture(scope="module")
def pair():
    """s1 master and s2 backup of every router; s3 has no agent and sends what it likes."""
    with Lab(servers=3) as lab:
        agents = [
            Agent(lab, s, sections(s, p)) for s, p in zip(lab.servers, (150, 100))
        ]
        def ready():
            first, second = ([i["state"] for i in a.status()["instances"]] for a in agents)
            return set(first) == {"master"} and set(second) == {"backup"}

        wait_until(ready, 10, "s1 master, s2 backup of all")
        lab.agents = agents
        yield lab


def picture(agents):
    """What hostile frames may not change: states and transitions of every router."""
    return [
        [(i["name"], i["state"], i["transitions"]) for i in a.status()["instances"]] for a in agents
    ]


def refused(agent):
    return {
        (i["name"], verdict): i["verdicts"].get(verdict, 0)
        for i in agent.status()["instances"]
        for verdict in REJECTS
    }


def gained(before, after):
    return {key: after[key] - before[key] for key in after if after[key] != before[key]}


def v2(**changes):
    return build_advert(**{"version": 2, "interval_cs": 100, "vrid": 57, **changes})


def secret(**changes):
    return v2(**{"vrid": 56, "auth_type": 1, "auth": b"s3cret", **changes})


def six(**changes):
    base = dict(src="fe80::dead", vrid=66, addresses=("fe80::1", PUBLIC_VIP6))
    return build_advert(**{**base, **changes})


def damaged(**changes):
    """A bit of the source was turned on the wire, and so it is greater than any of ours."""
    frame = bytearray(build_advert(src="10.51.67.95", pseudo=False, **changes))
    frame[26] ^= 0x40
    return bytes(frame)


# description, frame, router that counts it, verdict. Priorities are 200 or 0: believed, each of them
# would unseat the master or promote the backup.
FRAMES = [
    ("interval 0", build_advert(interval_cs=0), "web", "interval_zero"),
    ("interval 0, IPv6", six(interval_cs=0), "six", "interval_zero"),
    ("bad checksum", build_advert(bad_checksum=True), "web", "checksum"),
    ("bad checksum, priority 0", build_advert(bad_checksum=True, priority=0), "web", "checksum"),
    ("bad checksum, IPv6", six(bad_checksum=True), "six", "checksum"),
    ("bad checksum, v2", v2(bad_checksum=True), "plain", "checksum"),
    ("TTL 254", build_advert(ttl=254), "web", "ttl"),
    ("TTL 1", build_advert(ttl=1), "web", "ttl"),
    ("hop limit 254", six(ttl=254), "six", "ttl"),
    ("no address", build_advert(addresses=()), "web", "address_count"),
    ("another type", build_advert(vrrp_type=2), "web", "type"),
    ("version 4", build_advert(version=4), "web", "version"),
    ("v2 for a v3 router", v2(vrid=55), "web", "version"),
    ("v3 for a v2 router", build_advert(vrid=57, interval_cs=100), "plain", "version"),
    ("cut within the addresses", build_advert(cut=2), "web", "truncated"),
    ("cut within the header", build_advert(addresses=(), cut=2), "web", "truncated"),
    ("more addresses promised than there are", build_advert(count=9), "web", "truncated"),
    ("v2 without its authentication data", v2(cut=8), "plain", "truncated"),
    ("first fragment", build_advert(flags=0x2000), "web", "fragment"),
    ("the reserved IP flag", build_advert(flags=0x8000), "web", "ip_flags"),
    ("a damaged source, equal priority", damaged(priority=150), "web", "ip_checksum"),
    ("from 0.0.0.0", build_advert(src="0.0.0.0"), "web", "source"),
    ("from loopback", build_advert(src="127.0.0.1"), "web", "source"),
    ("from the group", build_advert(src="224.0.0.18"), "web", "source"),
    ("from the broadcast address", build_advert(src="255.255.255.255"), "web", "source"),
    ("from ::", six(src="::"), "six", "source"),
    ("IPv6, no link-local address first", six(addresses=(PUBLIC_VIP6,)), "six", "link_local"),
    ("to another group", build_advert(dst="224.0.0.1"), "web", "destination"),
    ("to a broadcast address", build_advert(dst="255.255.255.255"), "web", "destination"),
    ("IPv6 to all nodes", six(dst="ff02::1"), "six", "destination"),
    ("v2 with another interval", v2(interval_cs=300), "plain", "interval_mismatch"),
    ("wrong password", secret(auth=b"wrong"), "pass", "password"),
    ("password with a tail", secret(auth=b"s3cretX"), "pass", "password"),
    ("no password", secret(auth_type=0, auth=b""), "pass", "auth_type"),
    ("password where none is", v2(auth_type=1, auth=b"s3cret"), "plain", "auth_type"),
    ("authentication type 2", secret(auth_type=2), "pass", "auth_type"),
]


@pytest.mark.parametrize("description,frame,router,verdict", FRAMES, ids=[r[0] for r in FRAMES])
def test_refused(pair, description, frame, router, verdict):
    """Both hosts see it, each counts it once under its name, nobody moves."""
    still = picture(pair.agents)
    before = [refused(a) for a in pair.agents]
    send_frames(pair.s3.ns, "eth1", [frame])
    for agent, was in zip(pair.agents, before):
        wanted = {(router, verdict): 1}
        wait_until(
            lambda: gained(was, refused(agent)) == wanted,
            2,
            lambda: f"{agent.server.name}: {wanted}, counted {gained(was, refused(agent))}",
        )
    holds_for(lambda: picture(pair.agents) == still, 0.1, "a state changed")
    assert [gained(b, refused(a)) for a, b in zip(pair.agents, before)] == [wanted, wanted]


@pytest.mark.check
def test_own_source(pair):
    """A forged copy of our own adverts: refused where it claims to come from, and answered by nothing."""
    still = picture(pair.agents)
    before = refused(pair.agents[0])
    forged = build_advert(src=pair.s1.private, priority=255)
    # To s1 alone: for s2 it would look like its master's.
    send_frames(pair.s3.ns, "eth1", [mac_bytes(pair.s1.ns.mac("eth1")) + forged[6:]])
    wanted = {("web", "own_source"): 1}
    wait_until(lambda: gained(before, refused(pair.agents[0])) == wanted, 2, "counted as own_source")
    holds_for(lambda: picture(pair.agents) == still, 0.3, "a state changed")


def ethernet(packet, link):
    """A capture's packet in a frame that a switch forwards. Frame relay (107) is taken off."""
    rest = packet[packet.index(b"\x08\x00") :] if link == 107 else packet[12:]
    return mac_bytes(GROUP4_MAC) + bytes.fromhex("020000000063") + rest[:1502]


HOSTILE_CAPTURES = [
    ("third-party/vrrp-vrrp_print-oobr.pcap", "two", 2),
    ("third-party/vrrp-vrrp_print-oobr-2.pcap", "high", 255),
    ("ucarp.pcap", "carp", 80),
]


@pytest.mark.parametrize("path,router,vrid", HOSTILE_CAPTURES, ids=[r[0] for r in HOSTILE_CAPTURES])
def test_hostile_capture(pair, path, router, vrid):
    """Captures that broke parsers, and CARP: none accepted, each frame counted once."""
    link, packets = read_pcap(VECTORS / path)
    frames = [ethernet(p, link) for p in packets]
    assert frames
    readable = 0
    for frame in frames:
        head = 14 + (frame[14] & 15) * 4
        ours = frame[12:14] == b"\x08\x00" and frame[14 + 9] == 112 and len(frame) > head + 1
        if ours and not struct.unpack("!H", frame[20:22])[0] & 0x1FFF and frame[head + 1] == vrid:
            readable += 1
    still = picture(pair.agents)
    before = [refused(a) for a in pair.agents]
    valid = [a.instance(router)["verdicts"]["valid"] for a in pair.agents]
    send_frames(pair.s3.ns, "eth1", frames)
    marker = build_advert(ttl=9, vrid=vrid)  # counted after all of them
    send_frames(pair.s3.ns, "eth1", [marker])
    for agent, was in zip(pair.agents, before):

        def count():
            return gained(was, refused(agent))

        wait_until(lambda: count().get((router, "ttl"), 0) > 0, 2, "the marker is counted")
        total = sum(count().values())
        assert total == readable + 1, f"{readable} frames and a marker: {count()}"
        assert {name for name, _ in count()} == {router}
    assert pair.agents[0].instance(router)["verdicts"]["valid"] == valid[0], "the master heard one"
    assert picture(pair.agents) == still


def test_verdict_of_carp(pair):
    """CARP's look-alike has a valid checksum: it is told by its length."""
    _, packets = read_pcap(VECTORS / "ucarp.pcap")
    before = refused(pair.agents[1])
    send_frames(pair.s3.ns, "eth1", packets[:1])
    wait_until(
        lambda: gained(before, refused(pair.agents[1])) == {("carp", "carp"): 1},
        2,
        lambda: f"{gained(before, refused(pair.agents[1]))}",
    )


def test_flood_of_bad_checksums(pair):
    """Thousands of bad adverts, as fast as Python sends: no state changes, no advert is missed."""
    still = picture(pair.agents)
    before = refused(pair.agents[1])
    send_frames(pair.s3.ns, "eth1", [build_advert(bad_checksum=True)] * 20000)
    wait_until(
        lambda: gained(before, refused(pair.agents[1])).get(("web", "checksum"), 0) > 10000,
        5,
        "counted",
    )
    assert picture(pair.agents) == still


def test_good_captures_count(lab):
    """tcpdump's own capture of three good routers is accepted: what is refused above is not refused for
    its strangeness. The later and higher of its two masters is followed."""
    link, packets = read_pcap(VECTORS / "third-party/vrrp.pcap")
    bare = dict(gateway=None, mac=None, standby_address=None, standby_gateway=None)
    rows = [
        ("a", dict(vrid=42, version=2, auth="pass:abcdefgh", address="42.51.67.101/24")),
        ("b", dict(vrid=43, version=2, address="42.51.67.102/24")),
        ("c", dict(vrid=44, address="42.51.67.103/24")),
    ]
    parts = [config(lab.s1, "10s", name=name, **keys, **bare) for name, keys in rows]
    agent = Agent(lab, lab.s1, "\n".join(parts))
    for name in "abc":
        agent.wait_state("backup", name=name)
    send_frames(lab.s2.ns, "eth1", packets)

    def masters():
        return {
            i["name"]: i["master"] and (i["master"]["address"], i["master"]["priority"])
            for i in agent.status()["instances"]
        }

    wanted = {name: ("10.0.0.97", 197) for name in "abc"}
    wait_until(lambda: masters() == wanted, 2, lambda: f"{agent.output()}\n{masters()}")
    # Of such a burst, several are on their way at once: no reason to take the program for deaf.
    assert not any(i["paths"][0]["xdp_unfit"] for i in agent.status()["instances"])

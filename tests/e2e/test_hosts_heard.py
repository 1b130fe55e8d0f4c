# SPDX-License-Identifier: GPL-2.0-only
"""Speakers that do not understand each other: they are named, everywhere and once, with what differs."""

import json
import struct
import time

import pytest

from daemons import BINARY, Agent, config
from lab import PUBLIC_VIP6, TOP, holds_for, stop_process, wait_until
from wire import (
    GROUP4_MAC, STRANGER_MAC, build_advert, checksum, mac_bytes, read_pcap, send_frames,
)  # fmt: skip

VECTORS = TOP / "tests/vectors"
BARE = dict(gateway=None, mac=None, standby_address=None, standby_gateway=None)
ROUTERS = [
    ("web", 55, dict()),
    ("pass", 56, dict(version=2, interval="1s", auth="pass:s3cret")),
    ("uni", 58, dict(peers="10.51.67.77", min_ttl=128)),
    ("six", 66, dict(address=f"{PUBLIC_VIP6}/64")),
    ("carp", 80, dict(version=2, interval="1s")),
]


def secret(**changes):
    base = dict(version=2, interval_cs=100, vrid=56, auth_type=1, auth=b"s3cret")
    return build_advert(**{**base, **changes})


def capture(name):
    """The first packet of a capture, in a frame of our wire."""
    return mac_bytes(GROUP4_MAC) + mac_bytes(STRANGER_MAC) + read_pcap(VECTORS / name)[1][0][12:]


def in_ah(frame):
    """The same advert, inside of AH."""
    ip, message = frame[14:34], frame[34:]
    ah = struct.pack("!BBHII", 112, 4, 0, 1, 1) + bytes(12)
    ip = ip[:2] + struct.pack("!H", len(frame) - 14 + len(ah)) + ip[4:9] + b"\x33\0\0" + ip[12:]
    total = sum(struct.unpack("!10H", ip))
    total = (total & 0xFFFF) + (total >> 16)
    return frame[:14] + ip[:10] + struct.pack("!H", ~total & 0xFFFF) + ip[12:] + ah + message


# Of each router, who sends what. The last member must be in the text.
def rows(own):
    return [
        ("web", "10.51.67.101", "version", "speaks version 2, and we speak version 3",
         lambda src: build_advert(src=src, version=2, interval_cs=100)),
        ("web", "10.51.67.102", "ttl", "TTL 64", lambda src: build_advert(src=src, ttl=64)),
        ("web", "10.51.67.103", "destination", "sends unicast, and we use multicast",
         lambda src: build_advert(src=src, dst=own)),
        ("web", "10.51.67.104", "checksum", "checksum is wrong",
         lambda src: build_advert(src=src, bad_checksum=True)),
        ("web", "10.51.67.105", "ah", "inside of AH",
         lambda src: in_ah(build_advert(src=src, version=2, interval_cs=100, auth_type=2))),
        ("pass", "10.51.67.106", "interval_mismatch", "every 3000 ms, and we every 1000 ms",
         lambda src: secret(src=src, interval_cs=300)),
        ("pass", "10.51.67.107", "auth_type", "uses no password",
         lambda src: secret(src=src, auth_type=0, auth=b"")),
        ("pass", "10.51.67.108", "password", "another password",
         lambda src: secret(src=src, auth=b"other")),
        ("uni", "10.51.67.109", "destination", "sends to the multicast group",
         lambda src: build_advert(src=src, vrid=58)),
        ("uni", "10.51.67.110", "peer", "not in our `peers`",
         lambda src: build_advert(src=src, vrid=58, dst=own)),
        ("six", "fe80::dead", "link_local", "first address that is not link-local",
         lambda src: build_advert(src=src, vrid=66, addresses=(PUBLIC_VIP6,))),
    ]  # fmt: skip


@pytest.mark.lab(servers=3)
def test_who_cannot_be_understood_is_named(lab):
    """Each by address and reason: in `status`, once in the log, by `doctor` and in the metrics."""
    text = "\n".join(
        config(
            lab.s1, name=name, vrid=vrid, priority=255 if name == "web" else 150,
            **{**BARE, "address": f"42.51.67.{vrid}/24", **keys},
        )
        for name, vrid, keys in ROUTERS
    )  # fmt: skip
    agent = Agent(lab, lab.s1, text).wait_state("master")
    wanted = rows(lab.s1.private)
    to_s1 = mac_bytes(lab.s1.ns.mac("eth1"))
    frames = [make(source) for _, source, _, _, make in wanted] + [capture("ucarp.pcap")]
    frames = [to_s1 + f[6:] if f[12:14] == b"\x08\x00" and f[30] != 224 else f for f in frames]

    def named():
        return {
            (i["name"], p["source"]): (p["verdict"], p["what"])
            for i in agent.status()["instances"]
            for p in i["refused_peers"]
        }

    # One after the other: of a burst only some are recorded, and a peer repeats its adverts.
    def all_named():
        send_frames(lab.s3.ns, "eth1", frames[len(named()) :][:1])
        return len(named()) == len(frames)

    wait_until(all_named, 4, lambda: named())
    for router, source, verdict, words, _ in wanted:
        assert named()[router, source][0] == verdict
        assert words in named()[router, source][1]
    carp = next(p for key, p in named().items() if key[0] == "carp")
    assert carp[0] == "carp" and "no VRRP" in carp[1]

    def logged(source):
        return agent.output().count(f"{source} on eth1 cannot be understood: ")

    wait_until(lambda: all(logged(source) for _, source, *_ in wanted), 4, agent.output)
    # Again, and then somebody new: when that one is told, the others were looked at again.
    send_frames(lab.s3.ns, "eth1", frames[:2])
    send_frames(lab.s3.ns, "eth1", [build_advert(src="10.51.67.111", ttl=9)])
    wait_until(lambda: logged("10.51.67.111"), 4, agent.output)
    assert [logged(source) for _, source, *_ in wanted] == [1] * len(wanted)

    metrics = agent.cli("metrics").stdout
    assert 'vrrp_xdp_router_refused_peers{name="web"} 6' in metrics
    for router, source, verdict, _, _ in wanted[5:]:  # of web, more than are named there
        of = f'name="{router}",interface="eth1",peer="{source}",verdict="{verdict}"'
        assert f"vrrp_xdp_router_refused_peer{{{of}}} 1" in metrics
    report = json.loads(agent.cli("doctor", "--json", check=False).stdout)
    told = [f for f in report["findings"] if f["check"] == "refused-peer"]
    assert len(told) == len(wanted) + 2 and {f["level"] for f in told} == {"fail"}
    assert all(f["advice"] for f in told)
    assert "silent, as a backup should be" not in str(report)
    full = agent.cli("status", "web").stdout
    assert "10.51.67.101 on eth1 cannot be understood: speaks version 2" in full


def test_two_masters_that_do_not_understand_each_other(lab):
    """Both know of the other, and the metric that alerts go by counts both."""
    low, high = (
        Agent(lab, s, config(s, priority=p, version=v, interval=t, start_hold="0s"))
        for s, p, v, t in ((lab.s1, 100, 2, "1s"), (lab.s2, 150, 3, "100ms"))
    )
    low.wait_state("master", 8)  # its master-down is 3.6 s
    high.wait_state("master")

    def masters(agent):
        return 'vrrp_xdp_masters{interface="eth1",vrid="55",family="4"} 2' in agent.cli("metrics").stdout

    for agent, other, ours in ((low, lab.s2, 2), (high, lab.s1, 3)):
        wait_until(lambda: masters(agent), 3, lambda: agent.cli("metrics").stdout)
        refused = agent.instance()["refused_peers"]
        assert len(refused) == 1, refused
        peer = refused[0]
        assert peer["source"] == other.private and peer["verdict"] == "version"
        assert peer["what"].endswith(f"we speak version {ours}")


@pytest.mark.lab(servers=3)
def test_both_forms_of_the_checksum_in_one_group(lab, wire):
    """A master that has heard both sends each advert in both; two backups follow that know one each."""
    s1, s2, s3 = lab.servers
    first = Agent(lab, s1, config(s1, priority=150)).wait_state("master")
    old = Agent(lab, s2, config(s2, priority=100, checksum="rfc5798")).wait_state("backup")
    wait_until(lambda: old.instance()["master"], 2, "s2 hears s1")
    # It hears nobody at first, becomes master, is heard by s1, and hears s1 then.
    new = Agent(lab, s3, config(s3, priority=90, checksum="rfc9568", start_hold="0s"))
    wait_until(lambda: new.state() == "backup" and new.instance()["master"], 4, "s3 hears s1")
    moves = [a.instance()["transitions"] for a in (first, old, new)]
    since = time.time_ns()
    holds_for(
        lambda: [a.instance()["transitions"] for a in (first, old, new)] == moves,
        1,
        lambda: "\n".join(a.server.name + "\n" + a.output() for a in (first, old, new)),
    )
    assert [a.state() for a in (first, old, new)] == ["master", "backup", "backup"]
    sent = wire.frames(
        lambda f: f.port == s1.port("eth1") and not f.out and f.advert and f.ip[2] == s1.private, since
    )
    alone = sum(checksum(f.ip[6]) == 0 for f in sent)  # the others have a pseudo-header
    assert len(sent) >= 10 and abs(2 * alone - len(sent)) <= 2
    # One that knows both counts one of the two; its packet socket beside XDP has both, and XDP is not deaf.
    assert old.stop() == 0
    knows_both = Agent(lab, s2, config(s2, priority=100)).wait_state("backup")
    wait_until(lambda: knows_both.instance()["paths"][0]["adverts"] > 20, 4, knows_both.output)
    assert knows_both.instance()["paths"][0]["xdp_unfit"] is None, knows_both.output()


@pytest.mark.lab(servers=3)
def test_other_protocols_are_named(lab):
    """CARP and VRRP inside of AH, of a VRID that runs nowhere here: `status` and `monitor` say what it is."""
    agent = Agent(lab, lab.s1, config(lab.s1)).wait_state("master")
    out = lab.s1.directory / "monitor.txt"
    with open(out, "wb") as sink:
        monitor = lab.s1.ns.popen(BINARY, "monitor", *agent.where, stdout=sink)
    lab.on_close(stop_process, monitor)
    frames = [capture("ucarp.pcap"), in_ah(build_advert(src="10.51.67.105", vrid=9, version=2))]

    def shown():
        send_frames(lab.s3.ns, "eth1", frames)
        text = out.read_text()
        return " CARP priority" in text and " v2 in AH priority" in text

    wait_until(shown, 4, out.read_text, every=0.1)
    protocols = {n["vrid"]: n["protocol"] for n in agent.status()["neighbors"]}
    assert protocols[80] == "carp" and protocols[9] == "ah"

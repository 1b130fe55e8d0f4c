# SPDX-License-Identifier: GPL-2.0-only
"""With keepalived 2.2.7 and FRR's vrrpd, as master and as backup."""

import json

import pytest

from daemons import Agent, Frr, Keepalived, config
from expect import Takeover
from lab import holds_for, wait_until
from wire import is_advert, is_announce, master_down_ns

VRID = 55
VIP = {4: "10.51.67.55", 6: "2001:db8:51::55"}

ROWS = [
    (peer, role, version, family)
    for peer in ("keepalived", "FRR")
    for version, family in ((2, 4), (3, 4), (3, 6))
    for role in ("master", "backup")
]


def name(row):
    return f"{row[0]} as {row[1]}, v{row[2]} IPv{row[3]}"


def start_peer(lab, kind, version, family, priority):
    """The other program on s2, with the shared address on the heartbeat NIC (FRR knows no other way)."""
    plen = 24 if family == 4 else 64
    vips = [f"{VIP[family]}/{plen}"]
    if kind == "FRR":
        text = Frr.config(version, family, priority, vips, interval_ms=300)
        return Frr(lab, lab.s2, text, family, VRID, vips[0])
    if family == 6:
        vips.insert(0, "fe80::5e:55/64")
    return Keepalived(lab, lab.s2, Keepalived.config(version, family, priority, vips, interval="0.3"))


def our_agent(lab, kind, version, family, priority):
    keys = dict(public="eth1", gateway=None, mac=None, standby_address=None, standby_gateway=None)
    if family == 6:
        # The list of addresses is compared by older routers: the same on both sides.
        keys["advertise"] = ["fe80::5e:55", VIP[6]]
        keys["first_address"] = "any" if kind == "FRR" else None
    text = config(
        lab.s1,
        vrid=VRID,
        version=version,
        interval="1s" if version == 2 else "300ms",
        priority=priority,
        address=f"{VIP[family]}/{24 if family == 4 else 64}",
        **keys,
    )
    return Agent(lab, lab.s1, text)


def frr_state(peer, family):
    out = peer.ns.run(
        *("vtysh", "--vty_socket", peer.directory, "-d", "vrrpd", "-c", "show vrrp json"), check=False
    ).stdout
    try:
        router = json.loads(out)[0]
    except (ValueError, IndexError):
        return None
    return router[f"v{family}"]["status"].lower()


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_interoperation(lab, wire, row):
    """They elect one master, the backup follows a crash and a goodbye, and preemption is obeyed. The others have no
    real-time priority: the interval allows for that."""
    kind, role, version, family = row
    cs = 100 if version == 2 else 30
    if role == "master":
        peer = start_peer(lab, kind, version, family, 200)
        wire.wait(is_advert("s2-eth1", VRID), 10, what=f"advert of {kind}")
        agent = our_agent(lab, kind, version, family, 100).wait_state("backup")
        heard = wait_until(lambda: agent.instance()["master"], 5, f"{kind}'s adverts count")
        assert heard["priority"] == 200
        down = master_down_ns(version, 100, cs) / 1e9
        holds_for(lambda: agent.state() == "backup", down + 0.3, f"{kind}'s adverts hold us back")
        assert not wire.frames(is_advert("s1-eth1", VRID))
        since = lab.block(lab.s2)
        peer.kill()
        vip = VIP[family]
        takeover = Takeover(wire, lab.s1, since, vip, VRID, reply=False, public="eth1")
        takeover.check(version, 100, cs)
        agent.wait_state("master")
        assert lab.s1.carries(VIP[family], "eth1")
    else:
        agent = our_agent(lab, kind, version, family, 200).wait_state("master", 8)
        peer = start_peer(lab, kind, version, family, 100)
        first = wire.wait(is_advert("s1-eth1", VRID), 2, what="our advert")
        seconds = master_down_ns(version, 100, cs) / 1e9 + 0.7
        holds_for(
            lambda: not wire.frames(is_advert("s2-eth1", VRID), since=first.t),
            seconds,
            f"{kind} does not accept our adverts",
        )
        if kind == "FRR":
            assert frr_state(peer, family) == "backup"
        assert agent.stop() == 0
        leave = wire.wait(is_advert("s1-eth1", VRID, 0), 3, what="our goodbye")
        over = wire.wait(is_advert("s2-eth1", VRID, 100), 5, leave.t, f"{kind} as master")
        waited = over.t - leave.t
        assert waited < master_down_ns(version, 100, cs), f"{kind} did not take our goodbye: {waited / 1e6} ms"
        assert not lab.s1.carries(VIP[family], "eth1")
        agent.start().wait_state("master", 8)
        back = wire.wait(is_advert("s1-eth1", VRID, 200), 8, over.t, "our return")
        wire.wait(is_announce("s1-eth1", VIP[family]), 3, over.t, "our announcement")
        two_intervals = back.t + 2 * cs * 10_000_000
        wire.wait(is_advert("s1-eth1", VRID, 200), 5, two_intervals, "our adverts go on")
        assert not wire.frames(is_advert("s2-eth1", VRID), since=two_intervals), f"{kind} goes on"

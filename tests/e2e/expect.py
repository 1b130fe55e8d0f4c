# SPDX-License-Identifier: GPL-2.0-only
"""What tests expect of a failover, written once: of the public NICs, and of the wire."""

import time

from lab import GATEWAY, PUBLIC_VIP, SHARED_MAC, wait_until
from wire import is_advert, is_announce, is_reply, master_down_ns

# A loaded machine may be late, never early: lateness has this bound, in ns. Half a second is what may hold a
# process up; less than a second is what a retry, DAD, or a timer of a second would add.
LATE_NS = 900_000_000


def nic(server):
    """What a public NIC carries: (addresses, MAC, default gateways)."""
    shown = server.ns.run("ip", "-batch", "-", input="addr show dev eth0\nroute show default\n").stdout
    lines = [line.split() for line in shown.splitlines()]
    addresses = [w[1] for w in lines if w[0] in ("inet", "inet6") and not w[1].startswith("fe80")]
    macs = [w[1] for w in lines if w[0] == "link/ether"]
    return sorted(addresses), macs[0], [w[2] for w in lines if w[:2] == ["default", "via"]]


def nic_master(server):
    return [f"{PUBLIC_VIP}/24"], SHARED_MAC, [GATEWAY]


def nic_standby(server):
    return [f"{server.public}/24"], server.own_mac, ["192.168.1.1"]


def wait_nic(server, wanted, timeout=3):
    """The public NIC comes to carry exactly this: wanted is nic_master or nic_standby."""
    wanted = wanted(server) if callable(wanted) else wanted
    wait_until(
        lambda: nic(server) == wanted,
        timeout,
        lambda: f"{server.name} eth0: {wanted}, carries {nic(server)}",
    )


class Takeover:
    """One takeover by `server` as seen on the wire after `since`."""

    def __init__(
        self, wire, server, since, vip=PUBLIC_VIP, vrid=55, timeout=6, reply=True, public="eth0"
    ):
        heartbeat, public = server.port("eth1"), server.port(public)
        self.advert = wire.wait(
            is_advert(heartbeat, vrid), timeout, since, f"advert of {server.name}"
        )
        self.announce = wire.wait(
            is_announce(public, vip), 3, since, f"announcement of {vip} by {server.name}"
        )
        self.reply = None
        if reply:
            self.reply = wire.wait(is_reply(public, vip), 5, since, f"answer of {server.name}")
        heard = is_advert(heartbeat, vrid, out=True)
        earlier = wire.frames(heard, until=self.advert.t)
        self.last = earlier[-1] if earlier else None

    def check(self, version=3, priority=100, interval_cs=10):
        """Never before the deadline, in the right order, and not absurdly late."""
        assert self.last, "no advert was heard before"
        waited = self.advert.t - self.last.t
        deadline = master_down_ns(version, priority, interval_cs)
        assert waited >= deadline, f"promoted {(deadline - waited) / 1e6:.3f} ms too early"
        assert waited <= deadline + LATE_NS, f"promoted {(waited - deadline) / 1e6:.1f} ms late"
        assert self.advert.t <= self.announce.t, "announced before the advert"
        return self


def longest_gap(wire, since, vip=PUBLIC_VIP):
    """For how long at a time the client's pings were answered by nobody, in ns; none of them by two. Not how long
    nothing was heard: the client may be held up as well."""
    until = time.time_ns()
    answers = lambda f: not f.out and f.echo_reply == vip  # noqa: E731
    # What is asked until then is recorded by then, with its answer.
    wire.wait(answers, 3, until + 50_000_000, "an answer at the end")
    asked = wire.frames(lambda f: f.port == "client-eth0" and asks_for(f, vip), since, until)
    heard = [f.ip[6][4:8] for f in wire.frames(answers, since)]
    assert 100 < len(asked) < 65536, "numbers of pings"
    assert len(heard) == len(set(heard)), "questions were answered by two"
    answered, left, gap = set(heard), None, 0
    for f in asked:
        left = None if f.ip[6][4:8] in answered else left or f.t
        gap = max(gap, f.t - (left or f.t))
    return gap


def asks_for(f, vip):
    """A ping of the client."""
    return not f.out and bool(f.ip) and f.ip[1] == 1 and f.ip[3] == vip and f.ip[6][0] == 8


def no_answer(wire, port, since, until=None):
    """This port's host answered none of the client's pings between these times."""
    late = [f.t for f in wire.frames(is_reply(port, PUBLIC_VIP), since, until)]
    assert not late, f"{len(late)} answers of {port} without a lease, {(late[0] - since) / 1e6:.2f} ms in"

# SPDX-License-Identifier: GPL-2.0-only
"""What tests expect of a failover, written once: of the public NICs, and of the wire."""

from lab import GATEWAY, PUBLIC_VIP, SHARED_MAC, wait_until
from wire import is_advert, is_announce, is_reply, master_down_ns

# A loaded machine may be late, never early: lateness has this bound, in ns.
LATE_NS = 500_000_000


def nic(server):
    """What a public NIC carries: (addresses, MAC, default gateways)."""
    addresses = [a for a in server.ns.addresses("eth0") if not a.startswith("fe80")]
    return sorted(addresses), server.ns.mac("eth0"), server.ns.default_routes()


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


def no_answer(wire, port, since, until=None):
    """This port's host answered none of the client's pings between these times."""
    late = [f.t for f in wire.frames(is_reply(port, PUBLIC_VIP), since, until)]
    assert not late, f"{len(late)} answers of {port} without a lease, {(late[0] - since) / 1e6:.2f} ms in"

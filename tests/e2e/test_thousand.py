# SPDX-License-Identifier: GPL-2.0-only
"""One router with 1,000 addresses. The kernel needs 20 ms and more to take them or to give them back, and 2,000
frames announce them: adverts wait for neither, and no address is forgotten."""

import time

from daemons import two_agents
from lab import PUBLIC_VIP, wait_until
from wire import is_advert, master_down_ns

INTERVAL_CS = 50
LEASE_NS = 3 * INTERVAL_CS * 10**7
MORE = [f"42.52.{n // 250}.{n % 250 + 1}" for n in range(999)]
ALL = {f"{PUBLIC_VIP}/24", *(f"{a}/32" for a in MORE)}
FORMS = {(form, a) for form in (1, 2) for a in (PUBLIC_VIP, *MORE)}  # request, reply
MOST_LINES = 16  # of changes of one kind, each with its own line


def carried(server):
    return {a for a in server.ns.addresses("eth0") if a.startswith("42.")}


def announced(wire, server, since):
    """When each form of ARP announced each address first."""
    port, found = server.port("eth0"), {}
    for f in wire.frames(lambda f: f.port == port and not f.out and f.announces, since):
        found.setdefault((f.raw[21], f.announces), f.t)
    return found


def test_thousand_addresses(lab, wire):
    """A crash, somebody who takes addresses away, and a stop."""
    addresses = [f"{PUBLIC_VIP}/24", *(f"{a}/32" for a in MORE)]
    first, second = two_agents(lab, interval=f"{INTERVAL_CS * 10}ms", address=addresses)
    wait_until(lambda: carried(lab.s1) == ALL, 5, "the master has all addresses")
    assert not carried(lab.s2)
    since = time.time_ns()
    assert wire.wait(is_advert("s1-eth1"), 2, since).advert.count == 255, "the first ones that fit"

    first.kill()
    silent = wire.frames(is_advert("s1-eth1"))[-1].t
    promoted = wire.wait(is_advert("s2-eth1"), 5, silent)
    assert promoted.t - silent >= master_down_ns(3, 100, INTERVAL_CS), "before its time"
    wait_until(lambda: carried(lab.s2) == ALL, 5, "the new master has all addresses")
    wait_until(lambda: announced(wire, lab.s2, silent).keys() >= FORMS, 5, "all are announced in both forms")
    assert min(announced(wire, lab.s2, silent).values()) >= promoted.t, "announced before the first advert"

    lab.s2.ns.batch("".join(f"addr del {a}/32 dev eth0\n" for a in MORE[100:200]))
    again = time.time_ns()
    wait_until(lambda: carried(lab.s2) == ALL, 5, "what was removed is there again")
    removed = {(1, a) for a in MORE[100:200]}
    wait_until(lambda: announced(wire, lab.s2, again).keys() >= removed, 5, "it is announced again")

    spoken = lambda: wire.frames(is_advert("s2-eth1"), silent)  # noqa: E731
    wait_until(lambda: len(spoken()) > 5, 5, "six adverts of the new master")
    adverts = spoken()
    gaps = [b.t - a.t for a, b in zip(adverts, adverts[1:])]
    assert max(gaps) < LEASE_NS, "a lease ended"
    assert "lease ran out" not in second.output(), second.output()
    assert second.stop() == 0
    assert not carried(lab.s2), "the addresses were given back"
    told = [line for line in second.output().splitlines() if "42.52." in line]
    assert len(told) <= 6 * MOST_LINES, told[:100]

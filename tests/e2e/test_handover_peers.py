# SPDX-License-Identifier: GPL-2.0-only
"""Make before break with three hosts, and with other programs as the heir: keepalived 2.2.7 and FRR's vrrpd.

s1 is ours, s2 is the heir, s3 a third router that preempts nobody. s2 and s3 have the address on the
heartbeat wire, because FRR knows no other way. So a second NIC of the client asks there.
Judged by what passes the switch.
"""

import copy
import re
import time

import pytest

from daemons import Agent, Frr, Keepalived, config
from lab import Pings
from test_hmac import keyed
from wire import Recorder, is_advert, is_announce

CS = 20
OURS, HEIR, THIRD = 254, 240, 2
PORT = "client-eth1"
AT_ONCE_NS = 50_000_000  # until an agent has read what the wire said


class Router:
    """One virtual router of a row: what it is called, its VRID and address, and how it speaks."""

    def __init__(self, name, vrid, version=3, family=4, unicast=False, signed=False, preempts=True):
        self.name, self.vrid, self.version, self.family = name, vrid, version, family
        self.unicast, self.signed, self.preempts = unicast, signed, preempts
        self.cs = 100 if version == 2 else CS
        self.vip = f"2001:db8:51::{vrid}" if family == 6 else f"10.51.67.{vrid}"
        self.local = f"fe80::5e:{vrid}"
        self.cidr = f"{self.vip}/{64 if family == 6 else 24}"

    def source(self, server):
        return f"fd00::{server.number}" if self.family == 6 else server.private

    def others(self, lab, server):
        return [self.source(s) for s in lab.servers if s is not server]


def ours(lab, server, priority, routers):
    texts = []
    for r in routers:
        own = dict(public="eth1", gateway=None, mac=None, standby_address=None, standby_gateway=None)
        own.update(vrid=r.vrid, version=r.version, interval=f"{r.cs * 10}ms", priority=priority)
        own.update(address=r.cidr, preempt=None if r.preempts or server is lab.s1 else "no")
        if r.family == 6:
            own.update(advertise=[r.local, r.vip], first_address="any")
        if r.unicast:
            own.update(min_ttl=64, source=r.source(server), peers=" ".join(r.others(lab, server)))
        if r.signed:
            own.update(keyed(server, 1))
        texts.append(config(server, name=r.name, **own))
    return Agent(lab, server, "".join(texts))


def keepalived(lab, server, priority, routers):
    instances = []
    for r in routers:
        vips = ([f"{r.local}/64"] if r.family == 6 else []) + [r.cidr]
        text = Keepalived.config(r.version, r.family, priority, vips, r.vrid, interval=r.cs / 100)
        head, body = text.split("vrrp_instance web {")
        more = f"    version {r.version}\n" + ("" if r.preempts else "    nopreempt\n")
        if r.unicast:
            more += f"    unicast_src_ip {r.source(server)}\n    unicast_peer {{\n"
            more += "".join(f"        {p}\n" for p in r.others(lab, server)) + "    }\n"
        instances.append(f"vrrp_instance {r.name} {{\n{more}{body}")
    return Keepalived(lab, server, head + "".join(instances))


def frr(lab, server, priority, routers):
    text = ""
    for r in routers:
        text += Frr.config(r.version, r.family, priority, [r.cidr], r.vrid, interval_ms=r.cs * 10)
        text += "" if r.preempts else f" no vrrp {r.vrid} preempt\n"
    for r in routers[1:]:
        Frr.add_device(server.ns, r.family, r.vrid, r.cidr)
    return Frr(lab, server, text, routers[0].family, routers[0].vrid, routers[0].cidr)


class Client:
    """Asks for each address on the heartbeat wire, every 10 ms."""

    def __init__(self, lab, routers):
        lab.switch.press(
            "ip", "link", "add", PORT, "type", "veth", "peer", "name", "eth1", "netns", lab.client.path
        )
        lab.switch.press("ip", "link", "set", PORT, "master", "brpriv", "up")
        lab.client.batch(
            "link set eth1 up\naddr add 10.51.67.9/24 dev eth1\naddr add 2001:db8:51::9/64 dev eth1 nodad\n"
        )
        self.wire = Recorder(lab.switch, [*lab.ports(), PORT])
        lab.on_close(self.wire.close)
        self.lab = lab
        for r in routers:
            lab.on_close(Pings(lab.client, r.vip, 0.01).close)

    def echoes(self, router, since):
        """What was asked for this address, and what was answered: lists of (number of the question, time)."""
        kinds, asked, answered = ((128, 129), [], []) if router.family == 6 else ((8, 0), [], [])
        for f in self.wire.frames(lambda f: not f.out and f.eth_type in (0x0800, 0x86DD), since):
            _, protocol, source, target, _, _, payload = f.ip
            if protocol not in (1, 58) or len(payload) < 8 or payload[0] not in kinds:
                continue
            if f.port == PORT and target == router.vip and payload[0] == kinds[0]:
                asked.append((payload[6:8], f.t))
            elif f.port != PORT and source == router.vip and payload[0] == kinds[1]:
                answered.append((payload[6:8], f.t))
        return asked, answered

    def wait_answer(self, router, servers, since=0):
        ports = [s.port("eth1") for s in servers]

        def match(f):
            return not f.out and f.port in ports and f.echo_reply == router.vip

        self.wire.wait(match, 3, since, f"answer for {router.name} on {ports}")

    def gaps(self, router, since, until=None):
        """The spans in which nobody answered. No question is answered twice."""
        asked, answered = self.echoes(router, since)
        numbers = [number for number, _ in answered]
        assert len(asked) > 50, f"{router.name}: {len(asked)} questions"
        assert len(numbers) == len(set(numbers)), f"{router.name}: answered by two"
        known, left, spans = set(numbers), None, [0]
        for number, t in asked[:-10]:
            if until and t > until:
                break
            left = None if number in known else left or t
            if left:
                spans.append(t - left)
        return spans

    def judge(self, router, since, heir_speaks):
        """We answer until the heir speaks. How long it then needs to carry the address is its own affair."""
        gap = max(self.gaps(router, since, heir_speaks - AT_ONCE_NS))
        assert gap < AT_ONCE_NS, f"{router.name}: nobody answered for {gap / 1e6:.1f} ms"


def check_waited(client, router, since, leave):
    """Before this goodbye, we have waited for an heir."""
    given = client.wire.frames(is_advert("s1-eth1", router.vrid, 1), since, leave.t)
    assert given and leave.t - given[0].t >= 4 * CS * 10_000_000, f"{router.name}: did not wait"


def check_handed_over(client, router, heir, since, may_be_late=True):
    """The heir has taken over, without a goodbye of ours. Nobody announces against it. FRR announces an interval
    before its first advert, which it sends while its macvlan is not up yet. Where it may be late: a busy host can
    hold other programs up for longer than we wait, and then it speaks after the goodbye. Returns whether it was."""
    wire, name, port = client.wire, router.name, heir.port("eth1")
    over = wire.wait(is_advert(port, router.vrid, HEIR), 6, since, f"advert of {heir.name} for {name}")
    leave = wire.frames(is_advert("s1-eth1", router.vrid, 0), since)
    if leave and may_be_late:
        assert leave[0].t < over.t, f"{name}: said goodbye to an heir that has spoken: {leave[0]} {over}"
        check_waited(client, router, since, leave[0])
        return True
    assert wire.frames(is_advert("s1-eth1", router.vrid, 1), since, over.t), f"{name}: was not handed over"
    assert not leave, f"{name}: said goodbye"
    taken = wire.wait(is_announce(port, router.vip), 2, since, f"announcement of {heir.name} for {name}")
    client.wait_answer(router, [heir], taken.t)
    wire.wait(is_advert(port, router.vrid, HEIR), 3, over.t + 1, f"{name}: {heir.name} remains")
    assert not wire.frames(is_announce("s1-eth1", router.vip), taken.t + AT_ONCE_NS), f"{name}: announced again"
    others = [is_advert(s.port("eth1"), router.vrid) for s in client.lab.servers[1:] if s is not heir]
    assert not any(wire.frames(match, since) for match in others), f"{name}: another one spoke"
    client.judge(router, since, min(over.t, taken.t))
    return False


START = {
    "ours": ours,
    "keepalived": keepalived,
    "FRR": frr,
}
STAYS = Router("stays", 64, preempts=False)
FOUR_SIX = [Router("four", 61), Router("six", 62, family=6), STAYS]
ROWS = [
    ("ours", "ours", [
        Router("signed", 61, signed=True), Router("six", 62, family=6, unicast=True, signed=True),
        Router("unicast", 63, unicast=True), STAYS,
    ]),
    ("keepalived", "FRR", FOUR_SIX),
    ("keepalived", "ours", [Router("unicast", 63, unicast=True), Router("six", 65, family=6, unicast=True)]),
    ("FRR", "ours", FOUR_SIX),
]  # fmt: skip


@pytest.mark.lab(servers=3)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}, beside {row[1]}")
def test_stop(lab, row):
    """We preempt s2, and hand all routers over to it when we stop. Who preempts nobody is waited for, and gets a
    goodbye. s3 preempts nobody, and never speaks."""
    heir_is, third_is, routers = row
    for s in lab.servers:
        s.ns.ip("addr", "add", f"fd00::{s.number}/64", "dev", "eth1", "nodad")
    client = Client(lab, routers)
    wire = client.wire
    START[heir_is](lab, lab.s2, HEIR, routers)
    for r in routers:
        wire.wait(is_advert("s2-eth1", r.vrid), 8, what=f"advert of s2 for {r.name}")
        client.wait_answer(r, [lab.s2])
    # One that preempts, too, would be the heir if a busy host holds up s2, or FRR's first advert is lost.
    stays = [copy.copy(r) for r in routers]
    for r in stays:
        r.preempts = False
    START[third_is](lab, lab.s3, THIRD, stays)
    agent = ours(lab, lab.s1, OURS, routers)
    for r in routers:
        agent.wait_state("master", name=r.name)
        client.wait_answer(r, [lab.s1])
    stop = time.time_ns()
    assert agent.stop() == 0
    for r in routers:
        if r.preempts:
            late = check_handed_over(client, r, lab.s2, stop, may_be_late=heir_is != "ours")
            assert late or re.search(f"{r.name}: .* handed over to .* .priority {HEIR}", agent.output()), agent.output()
            continue
        leave = wire.wait(is_advert("s1-eth1", r.vrid, 0), 1, stop, f"goodbye of {r.name}")
        check_waited(client, r, stop, leave)
        # On a busy host, s3 may be sooner than s2.
        client.wait_answer(r, lab.servers[1:], leave.t)
        agent.says(f"{r.name}: no other router has taken over within")


@pytest.mark.lab(servers=3)
def test_version_2(lab):
    """`resign` to a backup that never spoke. s2 is keepalived, and s3 is FRR, each of a router of its own. Ours is
    the owner, and so MASTER at once."""
    routers = [Router("two", 61, version=2), Router("three", 62, version=2)]
    client = Client(lab, routers)
    keepalived(lab, lab.s2, HEIR, routers[:1])
    frr(lab, lab.s3, HEIR, routers[1:])
    agent = ours(lab, lab.s1, 255, routers)
    for r in routers:
        agent.wait_state("master", name=r.name)
        client.wait_answer(r, [lab.s1])
    since = time.time_ns()
    for r in routers:
        agent.cli("resign", r.name, "--no-wait")
    for r, heir in zip(routers, lab.servers[1:]):
        check_handed_over(client, r, heir, since)

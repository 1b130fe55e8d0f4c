# SPDX-License-Identifier: GPL-2.0-only
"""Elections and failovers between agents, judged by what passes the switch."""

import time

import pytest

from daemons import Agent, config, two_agents
from expect import LATE_NS, Takeover, nic, nic_master, nic_standby, wait_nic
from lab import GATEWAY, GATEWAY6, PUBLIC_VIP, PUBLIC_VIP6, SHARED_MAC, holds_for, wait_until
from wire import is_advert, is_announce, is_reply, master_down_ns, skew_ns


@pytest.mark.check
@pytest.mark.one_cpu
def test_cold_start(lab, wire):
    """One master, after its master-down time; the public NICs follow; the client has an answer."""
    # Far apart in skew: nobody is started at the very same moment.
    both = zip(lab.servers, (254, 1))
    agents = [Agent(lab, s, config(s, interval="500ms", priority=p)) for s, p in both]
    high, low = agents[0].wait_state("master"), agents[1].wait_state("backup")
    first = wire.wait(is_advert("s1-eth1"), 1, what="advert of s1")
    assert first.advert.priority == 254
    assert first.ip[2:6] == (lab.s1.private, "224.0.0.18", 255, 0xC0)
    assert first.advert.addresses == [PUBLIC_VIP]
    announced = wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 1, what="announcement of s1")
    assert first.t <= announced.t
    assert announced.eth_src == SHARED_MAC
    wait_nic(lab.s1, nic_master)
    wait_nic(lab.s2, nic_standby)
    assert lab.answers(PUBLIC_VIP)
    assert lab.neighbor(PUBLIC_VIP) == SHARED_MAC
    assert not wire.frames(is_advert("s2-eth1")), "the backup has sent adverts"
    wait_until(lambda: low.instance()["master"], 3, "the backup has heard the master")
    status = low.instance()
    assert status["master"] == {"address": lab.s1.private, "priority": 254}
    assert status["interval_ms"] == 500 and status["vrid"] == 55 and status["family"] == 4
    assert status["paths"][0]["interface"] == "eth1"
    assert status["paths"][0]["adverts"] > 0
    assert high.instance()["master"]["priority"] == 254


CRASHES = [
    ("v3, 100 ms", dict(), 3, 10),
    ("v3, 40 ms", dict(interval="40ms"), 3, 4),
    ("v2, 1 s", dict(version=2, interval="1s"), 2, 100),
    ("v3, the peer's interval is learned", dict(interval="100ms", low_interval="1s"), 3, 10),
]


@pytest.mark.check
@pytest.mark.one_cpu
@pytest.mark.parametrize("description,keys,version,interval_cs", CRASHES, ids=[r[0] for r in CRASHES])
def test_crash(lab, wire, description, keys, version, interval_cs):
    """The master's ports go dead and it is killed: the backup waits for its deadline, no less."""
    keys = dict(keys)
    low_interval = keys.pop("low_interval", keys.get("interval", "100ms"))
    high = Agent(lab, lab.s1, config(lab.s1, priority=150, **keys)).wait_state("master", 8)
    low = Agent(lab, lab.s2, config(lab.s2, priority=100, **{**keys, "interval": low_interval}))
    low.wait_state("backup")
    wait_until(lambda: low.instance()["master"], 3, "the backup has heard the master")
    lab.ping(PUBLIC_VIP)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="answer of s1")
    since = lab.block(lab.s1)
    high.kill()
    takeover = Takeover(wire, lab.s2, since).check(version, 100, interval_cs)
    assert takeover.reply.eth_src == SHARED_MAC
    low.wait_state("master")
    wait_nic(lab.s2, nic_master)
    assert low.instance()["transitions"] >= 2


@pytest.mark.check
@pytest.mark.one_cpu
def test_graceful_stop_and_preemption_back(lab, wire):
    """SIGTERM: priority 0, skew, no more; the NIC is as found. Started again, it takes over again."""
    before = nic(lab.s1)
    high, low = two_agents(lab, interval="300ms")
    lab.ping(PUBLIC_VIP)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="answer of s1")
    assert high.stop() == 0, high.output()
    leave = wire.wait(is_advert("s1-eth1", priority=0), 2, what="advert of priority 0")
    takeover = Takeover(wire, lab.s2, leave.t)
    waited = takeover.advert.t - leave.t
    assert skew_ns(3, 100, 30) <= waited < master_down_ns(3, 100, 30), f"{waited / 1e6:.1f} ms"
    assert nic(lab.s1) == before
    wait_nic(lab.s2, nic_master)

    high.start().wait_state("master")
    low.wait_state("backup")
    wait_nic(lab.s1, nic_master)
    wait_nic(lab.s2, nic_standby)
    back = wire.wait(is_advert("s1-eth1", priority=150), 2, takeover.advert.t, "advert of s1")
    # Both may have sent at the same moment, once.
    later = wire.frames(is_advert("s2-eth1"), since=back.t)
    assert len(later) <= 1, f"the beaten master goes on: {later}"
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, back.t, "answer of s1 after its return")


def test_no_preemption(lab, wire):
    """preempt = no: a returning host of higher priority leaves the master alone."""
    high, low = two_agents(lab, preempt="no")
    high.stop()
    low.wait_state("master")
    high.start().wait_state("backup")
    holds_for(
        lambda: (high.state(), low.state()) == ("backup", "master"),
        1.5,
        "preempted although preempt = no",
    )
    assert nic(lab.s1) == nic_standby(lab.s1)


@pytest.mark.one_cpu
def test_preempt_delay(lab, wire):
    """preempt-delay: preemption comes, and not before."""
    high, low = two_agents(lab, preempt_delay="1500ms")
    high.stop()
    low.wait_state("master")
    started = time.time_ns()
    high.start().wait_state("backup").wait_state("master", 5)
    first = wire.wait(is_advert("s1-eth1", priority=150), 1, started, "advert of s1 after its return")
    assert first.t - started >= 1_500_000_000, "preempted before the delay was over"


def test_equal_priorities_started_together(lab, wire):
    """Both 100, both from cold: one master in the end, and it stays."""
    agents = [Agent(lab, s, config(s)) for s in lab.servers]

    def states():
        return sorted(str(a.state()) for a in agents)

    def settled():
        """For twice as long as one that has not heard the other waits."""
        return states() == ["backup", "master"] and all(a.instance()["since_ms"] > 800 for a in agents)

    wait_until(settled, 5, lambda: f"one master: {states()}")
    holds_for(lambda: states() == ["backup", "master"], 1, lambda: f"one master: {states()}")


@pytest.mark.one_cpu
def test_equal_priorities_partition(lab, wire):
    """A backup of equal priority and higher address waits; of two masters, the higher address wins and
    announces again, or the traffic would stay with the loser."""
    # Announcements of its promotion go on for ten seconds: tests/unit/test_router_nic has the rule alone.
    first = Agent(lab, lab.s1, config(lab.s1, garp_count=1)).wait_state("master")
    second = Agent(lab, lab.s2, config(lab.s2, garp_count=1)).wait_state("backup")
    holds_for(lambda: second.state() == "backup", 1, "the tie-break is for masters only")
    lab.block(lab.s2, "eth1")
    second.wait_state("master")
    lab.unblock(lab.s2, "eth1")
    healed = wire.wait(is_advert("s1-eth1", out=True), 2, what="advert that reaches s1")
    first.wait_state("backup")
    wait_nic(lab.s1, nic_standby)
    wire.wait(is_announce("s2-eth0", PUBLIC_VIP), 2, healed.t, "second announcement of the winner")
    holds_for(lambda: second.state() == "master", 0.5, "the winner stays master")
    assert lab.answers(PUBLIC_VIP)


LINKS = [
    ("heartbeat set down", "eth1", False),
    ("heartbeat loses its carrier", "eth1", True),
    ("public loses its carrier", "eth0", True),
]


@pytest.mark.parametrize("description,interface,carrier", LINKS, ids=[r[0] for r in LINKS])
def test_link_down_and_up(lab, wire, description, interface, carrier):
    """FAULT while a link is down, the other takes over; back when it is up again."""

    def link(up):
        if carrier:
            lab.carrier(lab.s1, interface, up)
        else:
            lab.s1.ns.ip("link", "set", interface, "up" if up else "down")

    high, low = two_agents(lab)
    link(False)
    high.wait_state("fault")
    low.wait_state("master")
    wait_nic(lab.s2, nic_master)
    wait_until(lambda: not lab.s1.carries(PUBLIC_VIP), 3, "s1 gives the address up")
    link(True)
    high.wait_state("master", 6)
    low.wait_state("backup")
    wait_nic(lab.s1, nic_master)
    wait_nic(lab.s2, nic_standby)


@pytest.mark.one_cpu
@pytest.mark.lab(servers=3)
def test_three_hosts(lab, wire):
    """The next in line takes over, and the third keeps still."""
    agents = [Agent(lab, s, config(s, priority=p)) for s, p in zip(lab.servers, (200, 150, 100))]
    agents[0].wait_state("master")
    for agent in agents[1:]:
        agent.wait_state("backup")
    blocked = lab.block(lab.s1)
    agents[0].kill()
    agents[1].wait_state("master")
    wait_nic(lab.s2, nic_master)
    # Where the second one was late itself, the third one may have spoken once.
    second = wire.wait(is_advert("s2-eth1"), 2, blocked, "the second host speaks").t
    third = wire.frames(is_advert("s3-eth1"), blocked)
    last = wire.frames(is_advert("s3-eth1", priority=200, out=True))[-1].t
    patience = last + master_down_ns(3, 100, 10)
    assert not third or patience <= min(third[0].t, second), "the third host has sent adverts"
    since = lab.block(lab.s2)
    agents[1].kill()
    Takeover(wire, lab.s3, since, reply=False).check(3, 100, 10)
    agents[2].wait_state("master")
    wait_nic(lab.s3, nic_master)
    assert lab.answers(PUBLIC_VIP)


@pytest.mark.one_cpu
def test_sixteen_routers(lab, wire):
    """16 virtual routers on the same NICs, half of them mastered by each; then all by one."""
    vips = {n: f"42.51.67.{100 + n}" for n in range(1, 17)}

    def text(server, favoured):
        sections = [
            config(
                server,
                name=f"r{n}",
                vrid=n,
                address=f"{vips[n]}/24",
                priority=150 if n % 2 == favoured else 100,
                gateway=None,
                mac=None,
                standby_address=None,
                standby_gateway=None,
            )
            for n in vips
        ]
        return "\n".join(sections)

    agents = [Agent(lab, s, text(s, n)) for n, s in enumerate(lab.servers)]

    def masters(agent):
        return {i["vrid"] for i in agent.status()["instances"] if i["state"] == "master"}

    even, odd = {n for n in vips if n % 2 == 0}, {n for n in vips if n % 2}
    for agent, mine in zip(agents, (even, odd)):
        wait_until(lambda: masters(agent) == mine, 6, lambda: f"{mine}, is {masters(agent)}")
    for n, vip in vips.items():
        wait_until(lambda: (lab.s1 if n in even else lab.s2).carries(vip), 1, f"somebody carries {vip}")
        assert lab.answers(vip)
    since = lab.block(lab.s1)
    agents[0].kill()
    wait_until(lambda: masters(agents[1]) == set(vips), 6, lambda: f"{masters(agents[1])}")
    for n in even:
        Takeover(wire, lab.s2, since, vips[n], vrid=n, reply=False).check()
    for vip in vips.values():
        assert lab.answers(vip)


@pytest.mark.one_cpu
def test_ipv6(lab, wire):
    """VRRP over IPv6: link-local source, hop limit 255, NA, and no waiting for DAD."""
    keys = dict(address=f"{PUBLIC_VIP6}/64", gateway=GATEWAY6, standby_address=None)
    high, low = two_agents(lab, **keys, standby_gateway=None)
    first = wire.wait(is_advert("s1-eth1"), 1, what="advert of s1")
    family, _, source, destination, ttl, tos, _ = first.ip
    assert (family, destination, ttl, tos) == (6, "ff02::12", 255, 0xC0)
    assert source.startswith("fe80:")
    assert first.advert.addresses[0].startswith("fe80:"), "RFC 9568: link-local first"
    assert PUBLIC_VIP6 in first.advert.addresses
    lab.ping(PUBLIC_VIP6)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP6), 3, what="answer of s1")
    since = lab.block(lab.s1)
    high.kill()
    takeover = Takeover(wire, lab.s2, since, PUBLIC_VIP6).check()
    flags = takeover.announce.raw[14 + 40 + 4]
    assert flags & 0xA0 == 0xA0, "NA without router and override flags"
    # DAD alone would take a second.
    assert takeover.reply.t - takeover.announce.t < LATE_NS
    low.wait_state("master")
    assert lab.s2.carries(PUBLIC_VIP6)
    assert lab.s2.ns.default_routes(6) == [GATEWAY6]


UNICAST = [
    ("IPv4", 4, lambda s: s.private),
    ("IPv6", 6, lambda s: f"2001:db8:51::{s.number}"),
]


@pytest.mark.parametrize("description,family,private", UNICAST, ids=[r[0] for r in UNICAST])
def test_unicast(lab, wire, description, family, private):
    """peers: adverts to them alone, and a failover as ever."""
    keys = {} if family == 4 else dict(address=f"{PUBLIC_VIP6}/64", gateway=GATEWAY6)
    if family == 6:
        keys.update(standby_address=None, standby_gateway=None)
        for s in lab.servers:
            s.ns.ip("addr", "add", f"{private(s)}/64", "dev", "eth1", "nodad")
    vip = PUBLIC_VIP if family == 4 else PUBLIC_VIP6
    agents = []
    for server, other, priority in ((lab.s1, lab.s2, 150), (lab.s2, lab.s1, 100)):
        text = config(server, peers=private(other), source=private(server), priority=priority, **keys)
        agents.append(Agent(lab, server, text))
    agents[0].wait_state("master")
    agents[1].wait_state("backup")
    wait_until(lambda: agents[1].instance()["master"], 3, "the peer was heard")
    assert agents[1].instance()["master"]["address"] == private(lab.s1)
    holds_for(lambda: agents[1].state() == "backup", 1, "unicast adverts hold the backup back")
    adverts = wire.frames(is_advert("s1-eth1"))
    assert {a.ip[3] for a in adverts} == {private(lab.s2)}
    lab.ping(vip)
    wire.wait(is_reply("s1-eth0", vip), 3, what="answer of s1")
    since = lab.block(lab.s1)
    agents[0].kill()
    Takeover(wire, lab.s2, since, vip).check()
    assert master_down_ns(3, 100, 10) == 360_937_500  # what check() waited for


@pytest.mark.lab(second_heartbeat=True)
def test_two_heartbeat_interfaces(lab, wire):
    """Any one of several heartbeat NICs keeps the peer alive; the loss of all does not."""
    high, low = two_agents(lab, heartbeat="eth1 eth2")
    assert {p["interface"] for p in low.instance()["paths"]} == {"eth1", "eth2"}
    lab.block(lab.s1, "eth1")
    holds_for(lambda: low.state() == "backup", 1.2, "one path is enough")
    lab.unblock(lab.s1, "eth1")
    lab.block(lab.s1, "eth2")
    holds_for(lambda: low.state() == "backup", 1.2, "the other path is enough, too")
    lab.block(lab.s1)
    high.kill()
    low.wait_state("master")


def test_mac_of_another_router(lab, wire):
    """Two masters of one NIC, one of which changes its MAC: the other one's address is announced anew."""
    both = config(lab.s1) + config(
        lab.s1, name="other", vrid=56, address="42.51.67.94/24", mac=None, gateway=None,
        standby_address=None, standby_gateway=None,
    )  # fmt: skip
    agent = Agent(lab, lab.s1, both).wait_state("master").wait_state("master", name="other")
    wait_nic(lab.s1, (["42.51.67.93/24", "42.51.67.94/24"], SHARED_MAC, [GATEWAY]))
    # The bursts of the two promotions are over.
    wait_until(lambda: agent.instance("other")["since_ms"] > 1500, 3, "since_ms")
    for words, mac in ((("resign", "--force"), lab.s1.own_mac), (("resume",), SHARED_MAC)):
        since = time.time_ns()
        agent.cli(*words, "web")
        wire.wait(
            lambda f: is_announce("s1-eth0", "42.51.67.94")(f) and f.eth_src == mac,
            3, since, f"announcement of 42.51.67.94 at {mac}\n{agent.output()}",
        )  # fmt: skip
        assert lab.answers("42.51.67.94") and lab.neighbor("42.51.67.94") == mac

# SPDX-License-Identifier: GPL-2.0-only
"""What the wire and the host do to a pair that is healthy: a peer gets another MAC, a NIC another
address, a switch port forwards late, a reload changes what is announced.
"""

import signal
import socket
import time

import pytest

from daemons import AGENT, Agent, config, two_agents
from lab import GATEWAY, PUBLIC_VIP, SHARED_MAC, holds_for, wait_until
from wire import is_advert, is_announce, mac_bytes

PEERS = "10.51.67.13 10.51.67.14"
NEW_MAC = "02:00:00:00:00:99"


# ---- unicast peers -----------------------------------------------------------------------------------


def is_advert_to(port, mac):
    return lambda f: is_advert(port)(f) and f.eth_dst == mac


def test_stale_peer_is_verified(lab, wire):
    """Adverts pass the kernel by, so it takes the peer's entry for unused. A machine that is not there any
    more is noticed: the entry is asked for, and given up."""
    lab.s1.ns.sysctl("net.ipv4.neigh.eth1.retrans_time_ms", 100)  # between the kernel's questions
    Agent(lab, lab.s1, config(lab.s1, peers=PEERS)).wait_state("master")
    lab.s1.ns.ip("neigh", "replace", lab.s2.private, "lladdr", NEW_MAC, "dev", "eth1", "nud", "stale")
    since = time.time_ns()
    wire.wait(is_advert_to("s1-eth1", NEW_MAC), 3, since, "advert to the MAC that is wrong")
    peer = lab.s2.ns.mac("eth1")
    wire.wait(is_advert_to("s1-eth1", peer), 4, since, "advert to the peer's MAC")


def test_replaced_peer_makes_itself_known(lab, wire):
    """The standby machine is replaced, at the address of the old one, while the master's entry for it is
    fresh: it is heard of at once, and does not become master beside a living one."""
    first, second = two_agents(lab, peers=PEERS)
    second.stop()
    lab.s2.ns.batch(f"link set eth1 down\nlink set eth1 address {NEW_MAC}\nlink set eth1 up\n")
    lab.s2.ns.ip("addr", "replace", f"{lab.s2.private}/24", "dev", "eth1")
    lab.s1.ns.ip(
        "neigh", "replace", lab.s2.private, "lladdr", "02:00:00:00:00:98", "dev", "eth1", "nud", "reachable"
    )
    since = time.time_ns()
    second.start()
    wire.wait(is_advert_to("s1-eth1", NEW_MAC), 4, since, "advert to the new MAC")
    second.wait_state("backup")
    assert not wire.frames(is_advert("s2-eth1"), since), "it became master beside a living one"


# ---- the source of adverts ---------------------------------------------------------------------------


@pytest.mark.parametrize("promote", [0, 1])
def test_source_follows_the_nic(lab, wire, promote):
    """One NIC for all. The own address goes and comes back behind the shared one, as with DHCP; it is replaced
    by another one, the new one first. The adverts follow, and no reload costs a failover."""

    def text(server, priority):
        keys = dict(heartbeat="eth0", address="192.168.1.50/24", gateway=None, mac=None)
        keys.update(standby_address=None, standby_gateway=None)
        return config(server, priority=priority, **keys)

    lab.s1.ns.sysctl("net.ipv4.conf.eth0.promote_secondaries", promote)
    agent = Agent(lab, lab.s1, text(lab.s1, 150)).wait_state("master")
    backup = Agent(lab, lab.s2, text(lab.s2, 100)).wait_state("backup")
    wait_until(lambda: lab.s1.carries("192.168.1.50"), 3, agent.output)

    def leaves_from(address):
        wire.wait(
            lambda f: is_advert("s1-eth0")(f) and f.ip[2] == address, 2, time.time_ns(), f"advert from {address}"
        )
        wait_until(lambda: backup.instance()["master"]["address"] == address, 2, f"{address} is heard")
        wait_until(lambda: agent.instance()["master"]["address"] == address, 2, f"{address} is told")

    def ip(*arguments):
        lab.s1.ns.ip("address", *arguments, "dev", "eth0")

    leaves_from("192.168.1.93")
    ip("del", "192.168.1.93/24")
    wait_until(lambda: lab.s1.carries("192.168.1.50"), 3, "the shared address is put back")
    agent.reload()
    leaves_from("192.168.1.93")  # the last one that is known: there is no other
    ip("add", "192.168.1.95/24")
    leaves_from("192.168.1.95")
    agent.reload()
    leaves_from("192.168.1.95")
    ip("add", "192.168.1.96/24")
    ip("del", "192.168.1.95/24")
    leaves_from("192.168.1.96")
    assert (agent.state(), backup.state()) == ("master", "backup")
    assert backup.instance()["transitions"] == 1, backup.output()


# ---- announcements -----------------------------------------------------------------------------------


def announces_vip(f):
    """In either form."""
    return not f.out and f.port == "s1-eth0" and f.announces == PUBLIC_VIP


def operations(frames):
    return [{1: "request", 2: "reply"}[f.raw[21]] for f in frames]


@pytest.mark.parametrize(
    "keys, expected", [({}, ["request", "reply"]), ({"garp": "request"}, ["request"]), ({"garp": "reply"}, ["reply"])]
)
def test_forms_of_an_announcement(lab, wire, keys, expected):
    """One of each in a round, or as configured; the announced MAC is the sender's and the target's."""
    Agent(lab, lab.s1, config(lab.s1, interval="50ms", garp_count=2, garp_interval="1s", **keys))
    first = wire.wait(announces_vip, 5, 0, "announcement")
    wire.wait(announces_vip, 3, first.t + 500_000_000, "a later round")
    sent = wire.frames(announces_vip, 0, first.t + 500_000_000)
    assert operations(sent)[: len(expected)] == expected
    assert set(operations(sent)) == set(expected)
    assert {(f.raw[22:28], f.raw[32:38]) for f in sent} == {(mac_bytes(SHARED_MAC), mac_bytes(SHARED_MAC))}


def test_witness_asks_from_no_shared_address(lab, wire):
    """A master has no other address in the gateway's network: it probes, and the gateway answers."""
    agent = Agent(lab, lab.s1, config(lab.s1, witness="gateway")).wait_state("master")
    since, gateway = time.time_ns(), socket.inet_aton(GATEWAY)

    def asks(f):
        return f.port == "s1-eth0" and not f.out and f.eth_type == 0x0806 and f.raw[38:42] == gateway

    wire.wait(asks, 2, since, "a question")
    holds_for(lambda: agent.instance()["priority"] == 100, 1, "the gateway is not heard")
    assert {f.raw[28:32] for f in wire.frames(asks, since)} == {bytes(4)}


# ---- reloads -----------------------------------------------------------------------------------------


def bursts(frames):
    """How many of them came within 50 ms of the one before."""
    return sum(b.t - a.t < 50_000_000 for a, b in zip(frames, frames[1:]))


def test_added_address_is_announced(lab, wire):
    """By a reload of a master that goes on, with a burst, as after a promotion. A reload that adds nothing
    begins none. The rounds that go on for ten seconds after a promotion are 200 ms apart and more."""
    # A reload that takes longer than the lease would end with a burst, too.
    keys = dict(interval="300ms", garp_count=5, garp_interval="5ms")
    agent = Agent(lab, lab.s1, config(lab.s1, **keys)).wait_state("master")

    def is_over():
        frames = wire.frames(is_announce("s1-eth0", PUBLIC_VIP))
        return bursts(frames) >= 4 and time.time_ns() - frames[-1].t > 150_000_000

    wait_until(is_over, 3, "the first burst, and its end")
    since = time.time_ns()
    agent.reload()
    agent.wait_state("master")
    wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 2, time.time_ns(), "a round after the reload")
    assert bursts(wire.frames(is_announce("s1-eth0", PUBLIC_VIP), since)) == 0
    more = config(lab.s1, address=[f"{PUBLIC_VIP}/24", "42.51.67.94/24"], advertise=PUBLIC_VIP, **keys)
    since = time.time_ns()
    agent.reload(AGENT + more)
    wait_until(
        lambda: bursts(wire.frames(is_announce("s1-eth0", "42.51.67.94"), since)) >= 4, 3, "a burst"
    )
    assert lab.s1.carries("42.51.67.94")
    assert agent.instance()["transitions"] == 2


def notify_log(lab):
    """A program that writes down its arguments, and what it has written."""
    program, log = lab.s1.directory / "notify", lab.s1.directory / "notify.log"
    program.write_text(f'#!/bin/sh\necho "$@" >> {log}\n')
    program.chmod(0o755)
    return program, lambda: log.read_text().split("\n") if log.exists() else []


def other(server, **keys):
    return config(
        server, name="other", vrid=77, address="42.51.67.99/24",
        gateway=None, mac=None, standby_address=None, standby_gateway=None, **keys,
    )  # fmt: skip


def plain(server, **keys):
    return config(server, gateway=None, mac=None, standby_address=None, standby_gateway=None, **keys)


@pytest.mark.parametrize("how", ["removed", "another VRID", "another heartbeat"])
def test_removed_router_says_goodbye(lab, wire, how):
    """By a reload. Its backup takes over at once, its programs are told, and the other router goes on."""
    program, told = notify_log(lab)
    text = plain(lab.s1, priority=150, interval="300ms", notify=program)
    agent = Agent(lab, lab.s1, text + other(lab.s1, interval="100ms")).wait_state("master", timeout=8)
    agent.wait_state("master", name="other")
    backup = Agent(lab, lab.s2, plain(lab.s2, interval="300ms")).wait_state("backup")
    wait_until(lambda: backup.instance()["master"], 3, "s2 hears s1")
    changes = agent.instance("other")["transitions"]
    changed = {
        "removed": "",
        "another VRID": text.replace("vrid = 55", "vrid = 56"),
        "another heartbeat": text.replace("heartbeat = eth1", "heartbeat = eth0"),
    }[how]
    since = time.time_ns()
    agent.reload(AGENT + changed + other(lab.s1, interval="100ms"))
    goodbye = wire.wait(is_advert("s1-eth1", 55, 0), 2, since, "priority 0")
    wire.wait(is_announce("s2-eth0", PUBLIC_VIP), 2, goodbye.t, "announcement of s2")
    wait_until(lambda: "STOP web" in told(), 3, lambda: f"told {told()}")
    assert agent.instance("other")["transitions"] == changes


# ---- the switch port that forwards late --------------------------------------------------------------


def forward(lab, interface, how):
    """Ports with their links up between which nothing is forwarded, as spanning tree has it for a while; or no
    longer. A blocked port would not stay blocked when its link comes up."""
    for server in lab.servers:
        lab.switch.press("bridge", "link", "set", "dev", server.port(interface), "isolated", "off" if how else "on")


def is_held(agent, why):
    return why in ((agent.instance() or {}).get("held_back") or "")


def test_port_that_forwards_late(lab, wire):
    """The cable is back, and nothing passes it: the backup does not take its deafness for the death of the
    master, also after a reload. It hears the master as soon as the port forwards."""
    first, second = two_agents(lab, preempt="no", link_delay="20s")
    lab.carrier(lab.s1, "eth1", False)
    first.wait_state("fault")
    second.wait_state("master")
    forward(lab, "eth1", False)
    since = time.time_ns()
    lab.carrier(lab.s1, "eth1", True)
    wait_until(lambda: is_held(first, "link-delay"), 3, first.output)
    first.reload()
    wait_until(lambda: is_held(first, "link-delay"), 3, first.output)
    forward(lab, "eth1", True)
    wait_until(lambda: first.instance()["master"], 3, "the master is heard")
    assert (first.state(), second.state()) == ("backup", "master")
    assert not wire.frames(is_advert("s1-eth1"), since), "it spoke beside a living master"


def test_start_delay(lab, wire):
    """Nobody is there, and it does not become master sooner; a reload does not shorten that, or begin it anew."""
    since = time.time_ns()
    agent = Agent(lab, lab.s1, config(lab.s1, start_delay="3s"))
    wait_until(lambda: is_held(agent, "start-delay"), 3, agent.output)
    wait_until(lambda: time.time_ns() - since > 1_000_000_000, 1, "a part of it is over")
    agent.reload()
    reloaded = time.time_ns()
    first = wire.wait(is_advert("s1-eth1"), 4, since, "the first advert")
    assert first.t - since >= 3_000_000_000
    assert first.t - reloaded < 3_000_000_000

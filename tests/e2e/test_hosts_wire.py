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
from wire import is_advert, mac_bytes

PEERS = "10.51.67.13 10.51.67.14"
NEW_MAC = "02:00:00:00:00:99"


def reload(agent, text=None):
    """SIGHUP, with another configuration or the same, and wait until the new program runs."""
    if text:
        agent.path.write_text(AGENT + text)
    started = agent.output().count("listening, ")
    agent.signal(signal.SIGHUP)
    wait_until(lambda: agent.output().count("listening, ") > started, 5, agent.output)


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
        assert agent.instance()["master"]["address"] == address

    def ip(*arguments):
        lab.s1.ns.ip("address", *arguments, "dev", "eth0")

    leaves_from("192.168.1.93")
    ip("del", "192.168.1.93/24")
    wait_until(lambda: lab.s1.carries("192.168.1.50"), 3, "the shared address is put back")
    reload(agent)
    leaves_from("192.168.1.93")  # the last one that is known: there is no other
    ip("add", "192.168.1.95/24")
    leaves_from("192.168.1.95")
    reload(agent)
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

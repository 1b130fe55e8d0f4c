# SPDX-License-Identifier: GPL-2.0-only
"""What the wire and the host do to a pair that is healthy: a peer gets another MAC, a NIC another
address, a switch port forwards late, a reload changes what is announced.
"""

import signal
import socket
import time

import pytest

from daemons import Agent, config, two_agents
from lab import GATEWAY, PUBLIC_VIP, holds_for, wait_until
from wire import is_advert, is_announce

PEERS = "10.51.67.13 10.51.67.14"
NEW_MAC = "02:00:00:00:00:99"


def reload(agent, text):
    """SIGHUP, and wait until the new configuration runs."""
    before = agent.output().count("restarting")
    agent.path.write_text(text if "[agent]" in text else agent_section() + text)
    agent.signal(signal.SIGHUP)
    wait_until(lambda: agent.output().count("restarting") > before, 3, agent.output)


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

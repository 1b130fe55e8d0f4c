# SPDX-License-Identifier: GPL-2.0-only
"""What may happen to a host around the agent: firewalls, kills, other hands on its NICs, full queues."""

import signal
import socket
import threading

import pytest

from daemons import Agent, config, two_agents
from expect import Takeover, nic, nic_master, nic_standby, wait_nic
from lab import PUBLIC_VIP, SHARED_MAC, Lab, holds_for, wait_until
from wire import is_advert, is_announce, master_down_ns

LEASE_S = 0.3  # three intervals of config()


def test_host_firewall(lab, wire):
    """A firewall that drops protocol 112 on input changes nothing: heartbeats still count."""
    for server in lab.servers:
        server.ns.run("nft", "add table inet strict")
        server.ns.run("nft", "add chain inet strict input { type filter hook input priority 0 ; }")
        server.ns.run("nft", "add rule inet strict input meta l4proto 112 counter drop")
    high, low = two_agents(lab)
    before = low.instance()["paths"][0]["adverts"]
    holds_for(lambda: low.state() == "backup", 1.2, "the firewall hides the master")
    assert low.instance()["paths"][0]["adverts"] >= before + 5
    dropped = lab.s2.ns.run("nft", "list", "ruleset").stdout
    assert "counter packets 0" not in dropped, "the firewall saw nothing: the test tests nothing"
    assert not wire.frames(is_advert("s2-eth1"))


KILLS = [
    ("as master", lambda wire, since: None),
    ("at its first advert", lambda wire, since: is_advert("s1-eth1", priority=254)),
    ("at its first announcement", lambda wire, since: is_announce("s1-eth0", PUBLIC_VIP)),
]


@pytest.mark.parametrize("description,trigger", KILLS, ids=[r[0] for r in KILLS])
def test_killed_and_restarted(lab, wire, description, trigger):
    """SIGKILL at a point of the takeover: the other takes over, the next start repairs the NIC, and a
    stop afterwards leaves what the host had on its first day."""
    original = nic(lab.s1)
    high = Agent(lab, lab.s1, config(lab.s1, priority=254, preempt="no"))
    wait_until(high.instance, 5, "s1 is up first: the other one would not be preempted")
    low = Agent(lab, lab.s2, config(lab.s2, priority=1, preempt="no"))
    match = trigger(wire, 0)
    if match:
        wire.wait(match, 5, what=description)
    else:
        high.wait_state("master")
    since = high.kill()
    # Within its lease it would go on as master. And where s1 was held up, s2 may have been master first, and
    # yields to the advert by which s1 is killed.
    threading.Event().wait(LEASE_S)
    low.wait_state("master")
    wait_nic(lab.s2, nic_master)
    wire.wait(is_advert("s2-eth1"), 2, since, "an advert of s2")
    high.start().wait_state("backup")
    wait_nic(lab.s1, nic_standby)
    holds_for(lambda: low.state() == "master", 0.5, "preempt = no")
    assert high.stop() == 0
    assert nic(lab.s1) == original
    assert low.stop() == 0
    assert nic(lab.s2) == nic_standby(lab.s2)


def test_backup_killed_and_restarted(lab, wire):
    """A backup that is killed is not missed, and is back within its master-down time."""
    high, low = two_agents(lab)
    low.kill()
    low.start().wait_state("backup")
    wait_until(lambda: (low.instance() or {}).get("master"), 2, "the restarted backup hears the master")
    holds_for(lambda: low.state() == "backup", 0.6, "no false promotion after a restart")
    assert high.instance()["transitions"] == 2, "the master noticed"
    wait_nic(lab.s2, nic_standby)


CHANGES = [
    ("master: shared address deleted", 0, "addr del 42.51.67.93/24 dev eth0"),
    ("master: MAC changed", 0, "link set eth0 address 02:00:00:00:00:07"),
    ("master: link set down", 0, "link set eth0 down"),
    ("master: default route deleted", 0, "route del default"),
    ("master: default route replaced", 0, "route replace default via 192.168.1.1 dev eth0 onlink"),
    ("master: standby address added", 0, "addr add 192.168.1.93/24 dev eth0"),
    ("backup: standby address deleted", 1, "addr del 192.168.1.94/24 dev eth0"),
    ("backup: shared address added", 1, "addr add 42.51.67.93/24 dev eth0"),
    ("backup: shared MAC set", 1, "link set eth0 address 00:9f:a4:4c:3b:37"),
    ("backup: default route deleted", 1, "route del default"),
]


@pytest.fixture(scope="module")
def standing():
    """A pair that stands, for changes that must not move it."""
    with Lab() as made:
        two_agents(made, interval="300ms")
        wait_nic(made.s1, nic_master)
        wait_nic(made.s2, nic_standby)
        yield made


@pytest.mark.parametrize("description,number,change", CHANGES, ids=[r[0] for r in CHANGES])
def test_foreign_changes(standing, description, number, change):
    """What others change on the public NIC is put right, and no role moves."""
    server = standing.servers[number]
    wanted = (nic_master, nic_standby)[number](server)
    assert nic(server) == wanted
    server.ns.ip(*change.split())
    wait_nic(server, wanted)
    holds_for(lambda: nic(server) == wanted, 0.3, lambda: f"it does not stay: {nic(server)}")
    wait_until(lambda: standing.answers(PUBLIC_VIP), 3, "the client has an answer")
    assert standing.neighbor(PUBLIC_VIP) == SHARED_MAC


def test_saturated_queue(lab, wire):
    """A full queue on the heartbeat NIC holds no heartbeat back."""
    high, low = two_agents(lab)
    tbf = "qdisc add dev eth1 root tbf rate 64kbit burst 1600 limit 200000"
    lab.s1.ns.run("tc", *tbf.split())
    stop = threading.Event()
    with lab.s1.ns:
        bulk = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bulk.setblocking(False)
    bulk.setsockopt(socket.SOL_SOCKET, 32, 1 << 22)  # SO_SNDBUFFORCE

    def flood():
        while not stop.wait(0.001):
            try:
                for _ in range(50):
                    bulk.sendto(b"x" * 1200, ("10.51.67.255", 9))
            except OSError:  # the queue is full: what we are here for
                continue

    bulk.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    thread = threading.Thread(target=flood, daemon=True)
    thread.start()

    def backlog():
        return " backlog 0b" not in lab.s1.ns.run("tc", "-s", "qdisc", "show", "dev", "eth1").stdout

    try:
        wait_until(backlog, 3, "the queue fills")
        start = wire.frames(is_advert("s1-eth1"))[-1].t
        holds_for(lambda: low.state() == "backup", 1.5, "heartbeats wait in the queue")
        assert backlog()
    finally:
        stop.set()
        thread.join(5)
        bulk.close()
    stamps = [f.t for f in wire.frames(is_advert("s1-eth1"), since=start)]
    assert len(stamps) >= 10, f"{len(stamps)} adverts in 1.5 s"
    assert max(b - a for a, b in zip(stamps, stamps[1:])) < master_down_ns(3, 100, 10)


def test_nic_vanishes(lab, wire):
    """The heartbeat NIC is gone, not down: FAULT, said in the log, and the agent lives."""
    high, low = two_agents(lab)
    lab.switch.ip("link", "del", "s1-eth1")
    high.wait_state("fault")
    low.wait_state("master")
    wait_nic(lab.s2, nic_master)
    wait_until(lambda: not lab.s1.carries(PUBLIC_VIP), 3, "s1 gives the address up")
    high.says("eth1")
    assert high.stop() == 0, high.output()
    assert nic(lab.s1) == nic_standby(lab.s1)


def test_public_nic_vanishes(lab, wire):
    """The public NIC is gone: FAULT, the other takes over, the agent lives and stops in order."""
    high, low = two_agents(lab)
    lab.switch.ip("link", "del", "s1-eth0")
    high.wait_state("fault")
    low.wait_state("master")
    wait_nic(lab.s2, nic_master)
    assert high.alive() and high.stop() in (0, 1), high.output()


def test_one_agent_per_run_dir(lab, wire):
    """A second agent on the same run directory refuses, names the reason, and disturbs nothing."""
    high, low = two_agents(lab)
    second = high.ns.run(
        *(high.child.args[0], "run", "-c", high.path, *high.where), check=False, timeout=5
    )
    assert second.returncode == 1
    assert str(high.server.run_dir) in second.stderr, second.stderr
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 0.5, "disturbed")
    assert high.alive()


def test_frozen_backup_does_not_fail_over(lab, wire):
    """A backup that is stopped for two seconds and goes on counts from the wire: no false failover."""
    high, low = two_agents(lab)
    low.signal(signal.SIGSTOP)
    start = wire.frames(is_advert("s1-eth1"))[-1].t
    wire.wait(is_advert("s1-eth1"), 5, start + 2_000_000_000, "two seconds of adverts")
    low.signal(signal.SIGCONT)
    holds_for(lambda: low.state() == "backup", 0.6, "promoted on stale knowledge")
    assert not wire.frames(is_advert("s2-eth1"))
    since = lab.block(lab.s1)
    high.kill()
    Takeover(wire, lab.s2, since, reply=False).check()

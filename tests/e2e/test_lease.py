# SPDX-License-Identifier: GPL-2.0-only
"""Never two owners: frozen, killed and starved masters, several heartbeat paths, restarts."""

import os
import signal
import subprocess
import sys
import time

import pytest

from daemons import AGENT, Agent, config, two_agents
from expect import LATE_NS, nic_master, nic_standby, no_answer, wait_nic
from lab import PUBLIC_VIP, SHARED_MAC, holds_for, stop_process, wait_until
from wire import is_advert, is_announce, is_reply, send_frames

INTERVAL_NS = 100_000_000
LEASE_NS = 3 * INTERVAL_NS


@pytest.mark.check
@pytest.mark.one_cpu
@pytest.mark.parametrize("seconds", [0.1, 0.5, 2.0])
def test_frozen_master(lab, wire, seconds):
    """SIGSTOP: the lease takes the master off the wire before its backup starts; thawed, it contends. Where it is
    to be thawed in time, the lease is long beside what may hold this test up."""
    high, low = two_agents(lab, interval="100ms" if seconds > 0.4 else "500ms")
    lab.ping(PUBLIC_VIP)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="answer of s1")
    frozen = time.time_ns()
    high.signal(signal.SIGSTOP)
    try:
        if seconds > 0.4:
            first = wire.wait(is_advert("s2-eth1"), 2, frozen, "advert of s2")
            wire.wait(is_reply("s2-eth0", PUBLIC_VIP), 3, frozen, "answer of s2")
            holds_for(lambda: not high.child.poll(), seconds - 0.4, "frozen")
            no_answer(wire, "s1-eth0", first.t)
        else:
            holds_for(lambda: not high.child.poll(), seconds, "frozen")
    finally:
        thawed = time.time_ns()
        high.signal(signal.SIGCONT)
    if seconds > 0.4:
        # It may speak again only after it took over by the rules: s2 has stepped down by then.
        back = wire.wait(is_advert("s1-eth1", priority=150), 5, thawed, "advert of s1, thawed")
        no_answer(wire, "s1-eth0", first.t, back.t)
        assert back.t - thawed >= LEASE_NS, "spoke on stale knowledge"
    else:
        assert not wire.frames(is_advert("s2-eth1"), since=frozen), "a false failover"
    high.wait_state("master")
    low.wait_state("backup")
    wait_nic(lab.s1, nic_master)
    wait_nic(lab.s2, nic_standby)


@pytest.mark.one_cpu
def test_agent_killed_alone(lab, wire):
    """SIGKILL: what the dead agent left on the NIC goes silent by itself, before the backup speaks."""
    high, low = two_agents(lab)
    lab.ping(PUBLIC_VIP)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="answer of s1")
    killed = high.kill()
    first = wire.wait(is_advert("s2-eth1"), 2, killed, "advert of s2")
    wire.wait(is_reply("s2-eth0", PUBLIC_VIP), 3, killed, "answer of s2")
    assert lab.s1.carries(PUBLIC_VIP), "nobody took the address off s1's NIC"
    holds_for(lambda: low.state() == "master", 1, "s2 is the master")
    no_answer(wire, "s1-eth0", first.t)
    assert lab.neighbor(PUBLIC_VIP) == SHARED_MAC
    assert lab.answers(PUBLIC_VIP)


@pytest.mark.check
@pytest.mark.one_cpu
def test_restart_within_the_lease(lab, wire):
    """Killed and started within the lease: still the master, and nobody noticed."""
    high, low = two_agents(lab, interval="1s")
    transitions = high.instance()["transitions"]
    killed = high.kill()
    high.start().wait_state("master", 2)
    assert high.instance()["transitions"] == transitions
    high.says("still the master", timeout=2)
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 2, "as before")
    assert not wire.frames(is_advert("s1-eth1", priority=0), since=killed)
    assert not wire.frames(is_advert("s2-eth1"), since=killed)


LEAVES_A_LOCK = (
    "import fcntl, os, sys, time\nfd = os.open(sys.argv[1], os.O_RDONLY)\nfcntl.flock(fd, fcntl.LOCK_EX)\n"
    "if os.fork() == 0: time.sleep(1)\n"
)


def test_lock_of_a_dead_agent(lab):
    """A child of the agent that was killed has not reached its program yet, and holds what the agent had open."""
    agent = Agent(lab, lab.s1, config(lab.s1)).wait_state("master")
    agent.kill()
    child = lab.s1.ns.popen(sys.executable, "-c", LEAVES_A_LOCK, lab.s1.bpffs)
    lab.on_close(stop_process, child)
    assert child.wait(10) == 0
    agent.start()
    agent.says("-> MASTER", timeout=5)


@pytest.mark.one_cpu
def test_reload(lab, wire):
    """SIGHUP: the same process, the new configuration, no advert missed, no failover."""
    interval_ns = 600_000_000
    high, low = two_agents(lab, interval="600ms")
    pid = high.child.pid
    reloaded = time.time_ns()
    high.path.write_text(high.text.replace("priority = 150", "priority = 151"))
    high.signal(signal.SIGHUP)
    wire.wait(is_advert("s1-eth1", priority=151), 3, reloaded, "advert with the new priority")
    wire.wait(is_advert("s1-eth1", priority=151), 3, time.time_ns() + interval_ns, "more of them")
    assert high.child.pid == pid and high.alive()
    sent = [f.t for f in wire.frames(is_advert("s1-eth1"), since=reloaded - 2 * interval_ns)]
    gaps = [b - a for a, b in zip(sent, sent[1:])]
    assert max(gaps) < 2 * interval_ns, f"missed an advert: {max(gaps) / 1e6:.1f} ms"
    assert low.state() == "backup"
    assert not wire.frames(is_advert("s2-eth1"))


@pytest.mark.one_cpu
def test_reload_of_a_bad_configuration(lab, wire):
    """Refused with its place, and everything goes on as before."""
    high, low = two_agents(lab)
    high.path.write_text(high.text + "vird = 7\n")
    high.signal(signal.SIGHUP)
    high.says("refused", f"{high.path}:", "vird")
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 1, "as before")
    assert high.stop() == 0


@pytest.mark.one_cpu
def test_resign_and_resume(lab, wire):
    high, low = two_agents(lab)
    at = time.time_ns()
    high.cli("resign", "web", "--force")
    wire.wait(is_advert("s1-eth1", priority=0), 1, at, "advert of priority 0")
    low.wait_state("master")
    high.wait_state("fault")
    wait_nic(lab.s1, nic_standby)
    high.cli("resume", "web")
    high.wait_state("master")
    low.wait_state("backup")
    assert high.cli("resign", "nobody", check=False).returncode == 1
    assert high.cli("resign", check=False).returncode == 2
    high.stop()
    assert high.cli("resume", "web", check=False).returncode == 1


@pytest.mark.lab(second_heartbeat=True)
def test_two_heartbeats(lab, wire):
    """Silence must be on all: one path dead is an alarm, both dead a failover."""
    high, low = two_agents(lab, heartbeat="eth1 eth2")
    wait_until(lambda: all(p["adverts"] for p in low.instance()["paths"]), 3, "heard on both paths")
    blocked = lab.block(lab.s1, "eth1")
    wait_until(lambda: low.instance()["paths"][0]["silent"], 3, "eth1 is reported silent")
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 1, "one path is enough")
    assert not low.instance()["paths"][1]["silent"]
    assert low.output().count("heartbeat eth1 is dead") == 1
    assert not wire.frames(is_advert("s2-eth1"), since=blocked)

    lab.unblock(lab.s1, "eth1")
    wait_until(lambda: not low.instance()["paths"][0]["silent"], 3, "eth1 is back")
    lab.block(lab.s1, "eth1")
    last = lab.block(lab.s1, "eth2")
    low.wait_state("master")
    first = wire.wait(is_advert("s2-eth1"), 2, last, "advert of s2")
    second = wire.wait(is_advert("s2-eth2"), 2, last, "advert of s2 on the other path")
    assert abs(first.t - second.t) < LATE_NS


@pytest.mark.lab(second_heartbeat=True)
def test_two_heartbeats_against_one(lab, wire):
    """A peer that speaks on one of our paths only is heard, and no alarm is raised."""
    high = Agent(lab, lab.s1, config(lab.s1, priority=150)).wait_state("master")
    low = Agent(lab, lab.s2, config(lab.s2, heartbeat="eth1 eth2")).wait_state("backup")
    wait_until(lambda: low.instance()["master"], 3, "s2 hears s1")
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 1, "one path is enough")
    assert not any(p["silent"] for p in low.instance()["paths"])
    at = lab.block(lab.s1)
    high.kill()
    low.wait_state("master")
    wire.wait(is_advert("s2-eth2"), 2, at, "advert on both paths")


def test_heartbeat_on_both_nics(lab, wire):
    """heartbeat = eth1 eth0: on the public NIC adverts leave from the standby address, also as MASTER."""
    high, low = two_agents(lab, heartbeat="eth1 eth0")
    wait_until(lambda: low.instance()["paths"][1]["adverts"], 3, "heard on eth0")
    wait_nic(lab.s1, nic_master)
    sources = {f.ip[2] for f in wire.frames(is_advert("s1-eth0"))}
    assert sources == {lab.s1.public}
    lab.block(lab.s1, "eth1")
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 1, "eth0 is enough")


def test_reload_to_other_heartbeats(lab, wire):
    """One more, another order, one less: the master goes on with its lease, and hears on those that it has now."""
    high, low = two_agents(lab, interval="300ms")
    transitions, since = high.instance()["transitions"], time.time_ns()
    keys = dict(interval="300ms")
    for heartbeat in ("eth1 eth0", "eth0 eth1", "eth0"):
        keys["heartbeat"] = heartbeat
        for agent, priority in ((high, 150), (low, 100)):
            agent.path.write_text(AGENT + config(agent.server, priority=priority, **keys))
            agent.signal(signal.SIGHUP)

        def heard():
            shown = [(agent.instance() or {"paths": []})["paths"] for agent in (high, low)]
            names = [[p["interface"] for p in paths] for paths in shown]
            return names == [heartbeat.split()] * 2 and all(p["adverts"] and p["up"] for p in shown[1])

        wait_until(heard, 5, lambda: f"heard on {heartbeat}: {low.instance()}\n{high.output()}")
    assert not wire.frames(is_advert("s2-eth1"), since) and not wire.frames(is_advert("s2-eth0"), since)
    for port in ("s1-eth1", "s1-eth0"):
        assert not wire.frames(is_advert(port, priority=0), since), "said goodbye"
    assert high.instance()["transitions"] == transitions and high.state() == "master"
    low.path.write_text(AGENT + config(low.server, priority=200, **keys))
    low.signal(signal.SIGHUP)
    low.wait_state("master")
    high.wait_state("backup")
    at = time.time_ns()
    wire.wait(is_advert("s2-eth0", priority=200), 3, at, "adverts of s2")
    assert not wire.frames(is_advert("s2-eth1"), since) and not wire.frames(is_advert("s1-eth1"), at)


@pytest.mark.one_cpu
@pytest.mark.alone
def test_starved_agent(lab, wire):
    """Hogs of FIFO 50 on every core for two seconds: no false failover."""
    high, low = two_agents(lab)
    code = "import time\nend = time.monotonic() + 2\nwhile time.monotonic() < end: pass"
    hogs = [
        subprocess.Popen(["chrt", "-f", "50", sys.executable, "-c", code]) for _ in range(os.cpu_count())
    ]
    for hog in hogs:
        lab.on_close(stop_process, hog)
    since = time.time_ns()
    for hog in hogs:
        hog.wait(30)
    assert not wire.frames(is_advert("s2-eth1"), since=since), "a false failover"
    assert (high.state(), low.state()) == ("master", "backup")


def test_winner_announces_after_a_partition(lab, wire):
    """Every path cut: two masters, which nothing can prevent; healed: one, who announces again."""
    high, low = two_agents(lab)
    lab.block(lab.s2, "eth1")
    low.wait_state("master")
    assert high.state() == "master"
    before = time.time_ns()
    lab.unblock(lab.s2, "eth1")
    healed = wire.wait(is_advert("s2-eth1", out=True), 2, before, "advert that reaches s2").t
    low.wait_state("backup")
    wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 2, healed, "announcement of the winner")
    assert lab.answers(PUBLIC_VIP) and lab.neighbor(PUBLIC_VIP) == SHARED_MAC


@pytest.mark.parametrize("what", ["MAC", "address"])
def test_rival(lab, wire, what):
    """Somebody on the public wire uses our MAC, or our address: reported, and announced against."""
    high = Agent(lab, lab.s1, config(lab.s1)).wait_state("master")
    wait_until(lambda: high.instance()["since_ms"] > 1100, 3, "a settled master")
    assert high.instance()["fence"]["rivals"] == 0
    since = time.time_ns()
    mac = SHARED_MAC if what == "MAC" else "02:00:00:00:66:66"
    address = PUBLIC_VIP if what == "address" else "192.168.1.66"
    arp = bytes.fromhex("ffffffffffff" + mac.replace(":", "") + "0806" + "0001080006040001")
    arp += bytes.fromhex(mac.replace(":", "")) + bytes(map(int, address.split(".")))
    arp += bytes(6) + bytes(map(int, "192.168.1.93".split(".")))
    send_frames(lab.client, "eth0", [arp])
    wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 3, since, "announcement against the rival")
    assert high.instance()["fence"]["rivals"] >= 1
    high.says("another host", timeout=2)
    assert high.state() == "master"


@pytest.mark.lab(second_heartbeat=True)
def test_reload_with_a_missing_interface(lab, wire):
    """It is down until it is there, and costs the master nothing."""
    high, low = two_agents(lab, heartbeat="eth1 eth2")
    lab.switch.ip("link", "del", lab.s1.port("eth2"))
    wait_until(lambda: not high.instance()["paths"][1]["up"], 3, high.output)
    high.signal(signal.SIGHUP)
    high.says("restarted, still the master")
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 1, "as before")

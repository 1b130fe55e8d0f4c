# SPDX-License-Identifier: GPL-2.0-only
"""One owner, whatever the intervals, the order of addresses and the goodbyes of others are: nobody
takes over beside a master that is well."""

import signal
import time

import pytest

from claims import Probes, claim, claims_on, worth_keeping
from daemons import WITNESSED, Agent, config, two_agents
from lab import PUBLIC_VIP, Lab, holds_for, wait_until
from wire import Recorder, build_advert, is_advert, master_down_ns, send_frames

MS = 1_000_000


def rewrite(agent, **keys):
    agent.path.write_text("[agent]\nmode = auto\n\n" + config(agent.server, **keys))
    agent.signal(signal.SIGHUP)


def recorder(lab):
    wire = Recorder(lab.switch, lab.ports(), worth_keeping)
    lab.on_close(wire.close)
    return wire


def adverts_pass(wire, port, count):
    """So many adverts of this port from now on."""
    since = time.time_ns()
    wait_until(lambda: len(wire.frames(is_advert(port, 55), since)) >= count, 15, "adverts go on")


def nobody_else(wire, since):
    speakers = {host for _, host, _ in claims_on(wire, since)}
    assert speakers <= {"s1"}, f"{speakers} answer for the address"
    assert not wire.frames(is_advert("s2-eth1", 55), since), "the backup has sent adverts"


@pytest.fixture
def crossed():
    """The second host has the lower address on the second heartbeat."""
    with Lab(second_heartbeat=True) as lab:
        lab.s2.ns.ip("addr", "flush", "dev", "eth2")
        lab.s2.ns.ip("addr", "add", "10.51.68.2/24", "dev", "eth2")
        yield lab


# ---- intervals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["fault", "start"])
def test_discarded_advert_teaches_nothing(lab, how):
    """A master has heard a worse one that speaks every 40.95 s, and discards that. When it listens again, it does
    not wait for such a master: two minutes, and 25 s after a goodbye."""
    high, low = two_agents(lab)
    send_frames(lab.s2.ns, "eth1", [build_advert(src="10.51.67.66", priority=50, interval_cs=4095)])
    wait_until(lambda: high.instance()["verdicts"]["valid"], 3, "it was heard")
    if how == "fault":
        lab.s1.ns.ip("link", "set", "eth1", "down")
        high.wait_state("fault")
    else:
        high.kill()
    low.wait_state("master")
    if how == "fault":
        lab.s1.ns.ip("link", "set", "eth1", "up")
    else:
        high.start()
    high.wait_state("master", 3)


@pytest.mark.parametrize("how", ["start", "reload", "killed"])
def test_shorter_interval_than_the_master(lab, how):
    """A backup that does not know yet how seldom its master speaks stays a backup."""
    wire = recorder(lab)
    Agent(lab, lab.s1, config(lab.s1, interval="1s", priority=150)).wait_state("master", timeout=12)
    lab.ping(PUBLIC_VIP)
    Probes(lab, 0.01)
    keys = dict(priority=100, interval="50ms", preempt="no" if how == "start" else "yes")
    if how == "start":
        adverts_pass(wire, "s1-eth1", 1)
        since = time.time_ns()
        backup = Agent(lab, lab.s2, config(lab.s2, **keys))
    else:
        backup = Agent(lab, lab.s2, config(lab.s2, priority=100, interval="1s"))
        backup.wait_state("backup", timeout=12)
        wait_until(lambda: backup.instance()["master"], 5, "the master is heard")
        adverts_pass(wire, "s1-eth1", 1)
        since = time.time_ns()
        if how == "killed":
            backup.kill()
            backup.path.write_text("[agent]\nmode = auto\n\n" + config(lab.s2, **keys))
            backup.start()
        else:
            rewrite(backup, **keys)
    adverts_pass(wire, "s1-eth1", 3)
    backup.wait_state("backup")
    nobody_else(wire, since)


def test_frozen_master_with_a_longer_interval(lab):
    """Its address answers until its lease ends. The starting host waits for that, and no longer than
    it has to."""
    wire = recorder(lab)
    master = Agent(lab, lab.s1, config(lab.s1, interval="500ms", priority=150))
    master.wait_state("master", timeout=12)
    lab.ping(PUBLIC_VIP)
    Probes(lab, 0.005)
    adverts_pass(wire, "s1-eth1", 1)
    since = time.time_ns()
    master.signal(signal.SIGSTOP)
    backup = Agent(lab, lab.s2, config(lab.s2, interval="50ms", priority=100))
    backup.wait_state("master", timeout=10)
    ours = wire.wait(lambda f: f.port == "s2-eth0" and claim(f), 5, since, "an answer of s2").t
    theirs = max((t for t, host, _ in claims_on(wire, since) if host == "s1"), default=since)
    assert theirs < ours, f"both answer for {(theirs - ours) / MS:.1f} ms"
    assert "still answers" in backup.output() or "answers, and no master" in backup.output()
    master.kill()


@pytest.mark.parametrize("old, new", [("300ms", "900ms"), ("900ms", "300ms")])
@pytest.mark.parametrize("first", ["master", "backup"])
def test_rollout_of_another_interval(lab, old, new, first):
    """Both are reloaded, one after the other. A reload asks the kernel for all NICs, and a lab that is torn down
    beside this one may keep it waiting; therefore no shorter interval."""
    wire = recorder(lab)
    high, low = two_agents(lab, interval=old)
    lab.ping(PUBLIC_VIP)
    adverts_pass(wire, "s1-eth1", 2)
    since = time.time_ns()
    hosts = [(high, 150), (low, 100)]
    for agent, priority in hosts if first == "master" else reversed(hosts):
        rewrite(agent, interval=new, priority=priority)
        adverts_pass(wire, "s1-eth1", 4)
    cs = int(new[:-2]) // 10
    wait_until(
        lambda: {f.advert.interval_cs for f in wire.frames(is_advert("s1-eth1", 55))[-3:]} == {cs},
        10,
        "adverts tell the new interval",
    )
    high.wait_state("master")
    low.wait_state("backup")
    assert not wire.frames(is_advert("s2-eth1", 55), since), "the backup has sent adverts"
    assert not wire.frames(is_advert("s1-eth1", priority=0), since), "the master has left"


# ---- who yields ---------------------------------------------------------------------------------


def test_crossed_heartbeats_decide_as_one(crossed):
    """Equal priorities; one host has the higher address on the first heartbeat, the other one on the
    second. After a partition one of them yields, and the other one stays."""
    keys = dict(heartbeat="eth1 eth2", interval="100ms", priority=100)
    high = Agent(crossed, crossed.s1, config(crossed.s1, **keys)).wait_state("master", timeout=8)
    low = Agent(crossed, crossed.s2, config(crossed.s2, **keys)).wait_state("backup", timeout=8)
    wait_until(lambda: low.instance()["master"], 5, "the master is heard")
    wire = recorder(crossed)
    for _ in range(4):
        crossed.block(crossed.s1, "eth1", "eth2")
        wait_until(lambda: {high.state(), low.state()} == {"master"}, 5, "two masters")
        since = time.time_ns()
        crossed.unblock(crossed.s1, "eth1", "eth2")
        wait_until(lambda: {high.state(), low.state()} == {"master", "backup"}, 5, "one master")
        winner = "s1" if high.state() == "master" else "s2"
        adverts_pass(wire, f"{winner}-eth1", 5)
        assert {high.state(), low.state()} == {"master", "backup"}
        times = [f.t for f in wire.frames(is_advert(f"{winner}-eth1", 55), since)]
        pauses = [b - a for a, b in zip(times, times[1:])]
        assert max(pauses) < master_down_ns(3, 100, 10), f"{winner} was silent for {max(pauses) / MS:.0f} ms: it yielded, too"


def test_goodbye_of_another_host(lab):
    """Who has a master believes in no other host's goodbye."""
    wire = recorder(lab)
    _, low = two_agents(lab, interval="200ms")
    adverts_pass(wire, "s1-eth1", 2)
    since = time.time_ns()
    frame = build_advert("10.51.67.99", priority=0, interval_cs=20)

    def says():
        send_frames(lab.switch, lab.s2.port("eth1"), [frame])
        return True

    holds_for(says, 1, "sent")
    assert low.state() == "backup"
    assert not wire.frames(is_advert("s2-eth1", 55), since), "the backup has sent adverts"


def test_priority_that_rises_again(lab):
    """A backup that may preempt ignores a master whose priority has fallen. When it has risen, the backup is
    told before its time is up."""
    wire = recorder(lab)
    load = lab.s1.directory / "load"
    load.write_text("0\n")
    keys = dict(interval="500ms", priority=150, track_file=f"{load} weight -1")
    high = Agent(lab, lab.s1, config(lab.s1, **keys)).wait_state("master", timeout=8)
    low = Agent(lab, lab.s2, config(lab.s2, interval="500ms")).wait_state("backup", timeout=8)
    wait_until(lambda: low.instance()["master"], 3, "s2 hears s1")
    adverts_pass(wire, "s1-eth1", 1)
    since = time.time_ns()
    load.write_text("100\n")
    wait_until(lambda: len(wire.frames(is_advert("s1-eth1", 55, priority=50), since)) >= 3, 5, "three of priority 50")
    load.write_text("0\n")
    adverts_pass(wire, "s1-eth1", 3)
    assert high.state() == "master"
    assert not wire.frames(is_advert("s2-eth1", 55), since), "the backup has sent adverts"


# ---- witness = owner, and a router that preempts --------------------------------------------------


def test_deaf_master_is_not_preempted(lab):
    """The old master does not hear the better one, and keeps the address: there is one owner."""
    wire = recorder(lab)
    keys = dict(witness="owner", interval=WITNESSED)
    low = Agent(lab, lab.s2, config(lab.s2, priority=100, **keys))
    low.wait_state("master", timeout=8)
    lab.ping(PUBLIC_VIP)
    lab.switch.run(
        "nft",
        "-f",
        "-",
        input="table netdev lossy { chain a { type filter hook ingress device s1-eth1 priority 0; "
        "policy drop; }\n}\n",
    )
    Probes(lab, 0.005)
    since = time.time_ns()
    high = Agent(lab, lab.s1, config(lab.s1, priority=150, **keys))
    high.says("lease", "MASTER -> BACKUP", timeout=10)
    high.wait_state("backup")
    adverts_pass(wire, "s2-eth1", 10)
    assert {host for _, host, _ in claims_on(wire, since)} == {"s2"}
    assert low.state() == "master"


def test_witnessed_preemption_waits_for_silence(lab):
    """The better router owns after the other one has yielded, and its programs run then."""
    wire = recorder(lab)
    low = Agent(lab, lab.s2, config(lab.s2, priority=100, witness="owner"))
    low.wait_state("master", timeout=8)
    lab.ping(PUBLIC_VIP)
    Probes(lab, 0.005)
    since = time.time_ns()
    high = Agent(lab, lab.s1, config(lab.s1, priority=150, witness="owner"))
    high.wait_state("master", timeout=8)
    low.wait_state("backup")
    first = wire.wait(lambda f: f.port == "s1-eth0" and claim(f), 5, since, "an answer of s1").t
    adverts_pass(wire, "s1-eth1", 5)
    last = max(t for t, host, _ in claims_on(wire, since) if host == "s2")
    assert last < first, f"both answer for {(last - first) / MS:.1f} ms"
    told = wire.frames(is_advert("s1-eth1", 55), since)[0].t
    assert first - told >= 90 * MS, "it did not listen"

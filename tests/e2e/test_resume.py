# SPDX-License-Identifier: GPL-2.0-only
"""A master that was held up for a little longer than its lease: it stays one, owns nothing until it
has listened, and stands down where another one is heard."""

import signal
import time

import pytest

from daemons import Agent, config, two_agents
from lab import PUBLIC_VIP, holds_for, wait_until
from wire import build_advert, is_advert, is_announce, is_reply, send_frames

INTERVAL_NS = 500_000_000
LEASE_NS = 3 * INTERVAL_NS
STANDS_DOWN = "MASTER -> BACKUP: lease ran out"


def master(lab, **keys):
    text = config(lab.s1, priority=150, interval="500ms", **keys)
    return Agent(lab, lab.s1, text).wait_state("master", 8)


class HeldUp:
    """`with HeldUp(...) as it:` from one of its adverts on until so many intervals later."""

    def __init__(self, lab, wire, agent, intervals):
        lab.ping(PUBLIC_VIP)
        wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="answer of s1")
        self.agent = agent
        self.last = wire.wait(is_advert("s1-eth1"), 3, time.time_ns(), "advert of s1").t
        self.thawed = self.last + int(intervals * INTERVAL_NS)

    def __enter__(self):
        self.agent.signal(signal.SIGSTOP)
        return self

    def __exit__(self, *error):
        try:
            time.sleep(max(self.thawed - time.time_ns(), 0) / 1e9)
        finally:
            self.agent.signal(signal.SIGCONT)


def no_answer(wire, since, until):
    late = [f.t for f in wire.frames(is_reply("s1-eth0", PUBLIC_VIP)) if since <= f.t < until]
    assert not late, f"{len(late)} answers without a lease, {(late[0] - since) / 1e6:.2f} ms in"


def speak(lab, priority=50):
    """An advert of somebody else."""
    frame = build_advert(src="10.51.67.95", priority=priority, interval_cs=50)
    send_frames(lab.switch, "s1-eth1", [frame])


def test_resume(lab, wire):
    """The backup's patience is not over: no failover; nobody owns the address until an interval of
    silence has passed, and then it is announced."""
    high, low = two_agents(lab, second=1, interval="500ms")
    with HeldUp(lab, wire, high, 3.4) as pause:
        pass
    at_once = wire.wait(is_advert("s1-eth1", priority=150), 2, pause.thawed, "advert of s1")
    assert at_once.t - pause.thawed < INTERVAL_NS / 4
    announce = wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 3, pause.thawed, "announcement")
    assert announce.t - at_once.t > INTERVAL_NS * 3 // 4, "has not listened"
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, announce.t, "answer of s1")
    no_answer(wire, pause.last + LEASE_NS + 5_000_000, announce.t - 5_000_000)
    wait_until(lambda: "nobody else was heard: stays MASTER" in high.output(), 2, high.output)
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 1, "as before")
    assert not wire.frames(is_advert("s2-eth1"), since=pause.last), "a failover"
    assert high.instance()["lease"]["held"] and STANDS_DOWN not in high.output()


@pytest.mark.parametrize("when", [2.9, 3.2])
def test_another_was_heard(lab, wire, when):
    """While it was held up, before its lease ended or after: it stands down, and contends."""
    agent = master(lab)
    with HeldUp(lab, wire, agent, 3.4) as pause:
        time.sleep((pause.last + when * INTERVAL_NS - time.time_ns()) / 1e9)
        speak(lab)
    wait_until(lambda: STANDS_DOWN in agent.output(), 2, agent.output)
    assert "stays MASTER" not in agent.output()
    again = wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 4, pause.thawed, "announcement")
    assert again.t - pause.thawed > LEASE_NS, "owns on stale knowledge"
    no_answer(wire, pause.last + LEASE_NS + 5_000_000, again.t - 5_000_000)


def test_held_up_for_too_long(lab, wire):
    """Any backup would have taken over by now."""
    agent = master(lab)
    with HeldUp(lab, wire, agent, 4.1):
        pass
    wait_until(lambda: STANDS_DOWN in agent.output(), 2, agent.output)
    assert "stays MASTER" not in agent.output()


def test_no_fence(lab, wire):
    """Nothing would keep it from owning the address while it listens."""
    agent = master(lab, fence="no")
    with HeldUp(lab, wire, agent, 3.4):
        pass
    wait_until(lambda: STANDS_DOWN in agent.output(), 2, agent.output)
    assert "stays MASTER" not in agent.output()


def test_another_goes_on(lab, wire):
    """A worse one, deaf to us, speaks while it listens: the address stays shut, and it stands down."""
    agent = master(lab)
    with HeldUp(lab, wire, agent, 3.4) as pause:
        pass
    wait_until(lambda: "stays MASTER" in agent.output(), 2, agent.output)

    def goes_on():
        speak(lab)
        return STANDS_DOWN in agent.output()

    wait_until(goes_on, 5, agent.output, every=0.2)
    no_answer(wire, pause.last + LEASE_NS + 5_000_000, time.time_ns())

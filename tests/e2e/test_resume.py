# SPDX-License-Identifier: GPL-2.0-only
"""A master that was held up for a little longer than its lease: it stays one, owns nothing until it
has listened, and stands down where another one is heard."""

import contextlib
import time

import pytest

from daemons import Agent, config, frozen, two_agents
from expect import no_answer
from lab import PUBLIC_VIP, holds_for, wait_until
from wire import build_advert, is_advert, is_announce, is_reply, send_frames

INTERVAL_NS = 500_000_000
LEASE_NS = 3 * INTERVAL_NS
EDGE_NS = 5_000_000  # of a lease: what was under way then
STANDS_DOWN = "MASTER -> BACKUP: lease ran out"


def master(lab, **keys):
    text = config(lab.s1, priority=150, interval="500ms", **keys)
    return Agent(lab, lab.s1, text).wait_state("master", 8)


def seconds_until(t):
    return (t - time.time_ns()) / 1e9


@contextlib.contextmanager
def held_up(lab, wire, agent, intervals):
    """From one of its adverts on until so many intervals later: yields when that was, and when it will go on."""
    lab.ping(PUBLIC_VIP)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="answer of s1")
    last = wire.wait(is_advert("s1-eth1"), 3, time.time_ns(), "advert of s1").t
    thawed = last + int(intervals * INTERVAL_NS)
    with frozen(agent, seconds_until(thawed)):
        yield last, thawed


def silent_without_a_lease(wire, last, until):
    no_answer(wire, "s1-eth0", last + LEASE_NS + EDGE_NS, until - EDGE_NS)


def speak(lab, priority=50):
    """An advert of somebody else."""
    frame = build_advert(src="10.51.67.95", priority=priority, interval_cs=50)
    send_frames(lab.switch, "s1-eth1", [frame])


@pytest.mark.one_cpu
def test_resume(lab, wire):
    """The backup's patience is not over: no failover; nobody owns the address until an interval of
    silence has passed, and then it is announced."""
    high, low = two_agents(lab, second=1, interval="500ms")
    with held_up(lab, wire, high, 3.4) as (last, thawed):
        pass
    at_once = wire.wait(is_advert("s1-eth1", priority=150), 2, thawed, "advert of s1")
    assert at_once.t - thawed < INTERVAL_NS / 2
    announce = wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 3, thawed, "announcement")
    assert announce.t - at_once.t > INTERVAL_NS * 3 // 4, "has not listened"
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, announce.t, "answer of s1")
    silent_without_a_lease(wire, last, announce.t)
    wait_until(lambda: "nobody else was heard: stays MASTER" in high.output(), 2, high.output)
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 1, "as before")
    assert not wire.frames(is_advert("s2-eth1"), since=last), "a failover"
    assert high.instance()["lease"]["held"] and STANDS_DOWN not in high.output()


@pytest.mark.parametrize("when", [2.9, 3.2])
def test_another_was_heard(lab, wire, when):
    """While it was held up, before its lease ended or after: it stands down, and contends."""
    agent = master(lab)
    with held_up(lab, wire, agent, 3.4) as (last, thawed):
        holds_for(agent.alive, seconds_until(last + when * INTERVAL_NS), "dead instead of frozen")
        speak(lab)
    wait_until(lambda: STANDS_DOWN in agent.output(), 2, agent.output)
    assert "stays MASTER" not in agent.output()
    again = wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 4, thawed, "announcement")
    assert again.t - thawed > LEASE_NS, "owns on stale knowledge"
    silent_without_a_lease(wire, last, again.t)


def test_held_up_for_too_long(lab, wire):
    """Any backup would have taken over by now."""
    agent = master(lab)
    with held_up(lab, wire, agent, 4.1):
        pass
    wait_until(lambda: STANDS_DOWN in agent.output(), 2, agent.output)
    assert "stays MASTER" not in agent.output()


def test_no_fence(lab, wire):
    """Nothing would keep it from owning the address while it listens."""
    agent = master(lab, fence="no")
    with held_up(lab, wire, agent, 3.4):
        pass
    wait_until(lambda: STANDS_DOWN in agent.output(), 2, agent.output)
    assert "stays MASTER" not in agent.output()


def test_another_goes_on(lab, wire):
    """A worse one, deaf to us, speaks while it listens: the address stays shut, and it stands down."""
    agent = master(lab)
    with held_up(lab, wire, agent, 3.4) as (last, thawed):
        pass
    wait_until(lambda: "stays MASTER" in agent.output(), 2, agent.output)

    def goes_on():
        speak(lab)
        return STANDS_DOWN in agent.output()

    wait_until(goes_on, 5, agent.output, every=0.2)
    no_answer(wire, "s1-eth0", last + LEASE_NS + EDGE_NS)

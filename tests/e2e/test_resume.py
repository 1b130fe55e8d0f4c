# SPDX-License-Identifier: GPL-2.0-only
"""A master that was held up for a little longer than its lease: it stays one, owns nothing until it
has listened, and stands down where another one is heard."""

import contextlib

import pytest

from daemons import Agent, Punctual, config, held_up, two_agents
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


@contextlib.contextmanager
def asked_while_held_up(lab, wire, agent, intervals):
    """As held_up(), with a client that asks for the address."""
    lab.ping(PUBLIC_VIP)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="answer of s1")
    with held_up(agent, wire, "s1-eth1", int(intervals * INTERVAL_NS)) as times:
        yield times


def silent_without_a_lease(wire, last, until):
    no_answer(wire, "s1-eth0", last + LEASE_NS + EDGE_NS, until - EDGE_NS)


# An advert of somebody else.
OTHER = build_advert(src="10.51.67.95", priority=50, interval_cs=50)


@pytest.mark.check
@pytest.mark.one_cpu
def test_resume(lab, wire):
    """The backup's patience is not over: no failover; nobody owns the address until an interval of
    silence has passed, and then it is announced."""
    high, low = two_agents(lab, second=1, interval="500ms")
    with asked_while_held_up(lab, wire, high, 3.4) as (last, thawed):
        pass
    at_once = wire.wait(is_advert("s1-eth1", priority=150), 2, thawed, "advert of s1")
    assert at_once.t - thawed < INTERVAL_NS / 2
    announce = wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 3, thawed, "announcement")
    assert announce.t - at_once.t > INTERVAL_NS * 3 // 4, "has not listened"
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, announce.t, "answer of s1")
    silent_without_a_lease(wire, last, announce.t)
    high.says("No other master was heard: the router stays MASTER", timeout=2)
    holds_for(lambda: (high.state(), low.state()) == ("master", "backup"), 1, "as before")
    assert not wire.frames(is_advert("s2-eth1"), since=last), "a failover"
    assert high.instance()["lease"]["held"] and STANDS_DOWN not in high.output()


@pytest.mark.parametrize("when", [2.9, 3.2])
def test_another_was_heard(lab, wire, when):
    """While it was held up, before its lease ended or after: it stands down, and contends."""
    agent = master(lab)
    speak = Punctual(lab, lab.switch, Punctual.SEND, "s1-eth1", OTHER.hex())
    with asked_while_held_up(lab, wire, agent, 3.4) as (last, thawed):
        speak.at(last + int(when * INTERVAL_NS))
        speak.wait()
    agent.says(STANDS_DOWN, timeout=2)
    assert "stays MASTER" not in agent.output()
    again = wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 4, thawed, "announcement")
    assert again.t - thawed > LEASE_NS, "owns on stale knowledge"
    silent_without_a_lease(wire, last, again.t)


def test_held_up_for_too_long(lab, wire):
    """Any backup would have taken over by now."""
    agent = master(lab)
    with asked_while_held_up(lab, wire, agent, 4.1):
        pass
    agent.says(STANDS_DOWN, timeout=2)
    assert "stays MASTER" not in agent.output()


def test_no_fence(lab, wire):
    """Nothing would keep it from owning the address while it listens."""
    agent = master(lab, fence="no")
    with asked_while_held_up(lab, wire, agent, 3.4):
        pass
    agent.says(STANDS_DOWN, timeout=2)
    assert "stays MASTER" not in agent.output()


def test_another_goes_on(lab, wire):
    """A worse one, deaf to us, speaks while it listens: the address stays shut, and it stands down."""
    agent = master(lab)
    with asked_while_held_up(lab, wire, agent, 3.4) as (last, thawed):
        pass
    agent.says("stays MASTER", timeout=2)

    def goes_on():
        send_frames(lab.switch, "s1-eth1", [OTHER])
        return STANDS_DOWN in agent.output()

    wait_until(goes_on, 5, agent.output, every=0.2)
    no_answer(wire, "s1-eth0", last + LEASE_NS + EDGE_NS)

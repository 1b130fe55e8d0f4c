# SPDX-License-Identifier: GPL-2.0-only
"""Frames that a fence has let pass and that are under way when its host stops owning the address: out of
a full transmit queue, and what the agent itself sends past the fence. The switch believes each of them.
"""

import re
import signal
import time

import pytest

from daemons import Agent, config, held_up, two_agents
from expect import LATE_NS
from full_line import LINE, fill, waiting
from lab import PUBLIC_VIP, SHARED_MAC, holds_for, wait_until
from test_owners import PASSING_NS
from wire import Recorder, is_advert, is_announce, is_reply, mac_bytes, send_frames

pytestmark = pytest.mark.xdp("the fence is the same, however adverts are heard")

MS = 1_000_000
SECOND = 1_000_000_000
VIRTUAL_MAC = "00:00:5e:00:01:37"


def public_wire(f):
    return f.advert is not None or f.port.endswith("eth0")


def discipline(server):
    return server.ns.run("tc", "qdisc", "show", "dev", "eth0", "root").stdout


def speaks_for_it(port, mac=SHARED_MAC):
    """Frames of this host that turn the switch, or a client, to it."""

    def match(f):
        return f.port == port and not f.out and (
            f.eth_src == mac or f.announces == PUBLIC_VIP or bool(f.ip) and f.ip[2] == PUBLIC_VIP
        )

    return match


def unanswered(wire, since, until):
    """The client's pings of that time that nobody answered."""

    def which(f):
        return f.ip[6][4:8]  # identifier and number

    asked = wire.frames(
        lambda f: f.port == "client-eth0" and not f.out and f.ip and f.ip[1] == 1 and f.ip[3] == PUBLIC_VIP,
        since, until,
    )  # fmt: skip
    heard = wire.frames(lambda f: f.port == "client-eth0" and f.out and f.echo_reply == PUBLIC_VIP, since)
    answered = {which(f) for f in heard}
    return [f for f in asked if which(f) not in answered]


@pytest.fixture
def full(lab):
    return full_line(lab)


def full_line(lab, **keys):
    """A pair, a client that asks, and a master whose public line is full."""
    wire = Recorder(lab.switch, lab.ports(), public_wire)
    lab.on_close(wire.close)
    high, low = two_agents(lab, **keys)
    lab.ping(PUBLIC_VIP, 0.01)
    fill(lab, lab.s1)
    return wire, high, low


# ---- a queue that nobody can take back ------------------------------------------------------------------


@pytest.mark.parametrize("how", ["frozen", "killed"])
def test_full_line_at_a_crash(lab, full, how):
    """The old master's queue goes on for a second after the new one has announced. It announces again, and
    the client is answered soon after the last stale frame; and so on for ten seconds, as the queue might
    have been a longer one."""
    wire, high, low = full
    since = time.time_ns()
    if how == "killed":
        high.kill()
    else:
        high.signal(signal.SIGSTOP)
    first = wire.wait(is_announce("s2-eth0", PUBLIC_VIP), 5, since, "announcement of s2")
    stale = speaks_for_it("s1-eth0")
    wait_until(lambda: waiting(lab.s1) == 0, 5, "the queue is empty")
    last = wire.frames(stale, first.t)[-1]
    assert last.t - first.t > SECOND // 2, "the queue was not full"
    again = wire.wait(is_announce("s2-eth0", PUBLIC_VIP), 3, last.t, "announcement after the last stale frame")
    assert again.t - last.t < 250 * MS + LATE_NS
    answer = wire.wait(is_reply("s2-eth0", PUBLIC_VIP), 3, again.t, "answer of s2")
    assert answer.t - again.t < LATE_NS
    end = first.t + 10 * SECOND
    wire.wait(is_announce("s2-eth0", PUBLIC_VIP), 14, end, "an announcement after ten seconds")
    assert not wire.frames(stale, last.t + 1), "s1 spoke again"
    times = [f.t for f in wire.frames(is_announce("s2-eth0", PUBLIC_VIP), first.t, end)]
    early = [b - a for a, b in zip(times, times[1:]) if a < first.t + 3 * SECOND]
    assert max(early) < 250 * MS + LATE_NS
    assert len(times) < 60, "that is a flood"


def test_full_line_of_the_new_owner(lab):
    """What the new owner's own queue would hold back for a second is announced past it, in each round."""
    wire = Recorder(lab.switch, lab.ports(), public_wire)
    lab.on_close(wire.close)
    high, low = two_agents(lab)
    fill(lab, lab.s2, lab.s2.public)
    first = wire.wait(is_advert("s2-eth1", priority=100), 5, high.kill(), "advert of s2")
    announced = wire.wait(is_announce("s2-eth0", PUBLIC_VIP), 5, first.t, "announcement of s2")
    assert announced.t - first.t < LATE_NS, "waited for the queue"
    third = first.t + 400 * MS
    wire.wait(is_announce("s2-eth0", PUBLIC_VIP), 1, third - 50 * MS, "its third announcement")
    assert low.state() == "master"


@pytest.mark.check
def test_stale_frames_are_seen(lab):
    """Frames of an old master that reach the new one's NIC are announced against at once, and not only
    once a second; but never more than ten times a second."""
    wire = Recorder(lab.switch, lab.ports(), public_wire)
    lab.on_close(wire.close)
    # By itself this one announces twice a second, seven seconds after its promotion.
    high, low = two_agents(lab, garp_count=1)
    first = wire.wait(is_announce("s2-eth0", PUBLIC_VIP), 5, high.kill(), "announcement of s2")
    wire.wait(is_announce("s2-eth0", PUBLIC_VIP), 10, first.t + 7 * SECOND, "a late one")
    arp = mac_bytes("ff:ff:ff:ff:ff:ff") + mac_bytes(SHARED_MAC) + bytes.fromhex("08060001080006040001")
    arp += mac_bytes(SHARED_MAC) + bytes([192, 168, 1, 66]) + bytes(6) + bytes([192, 168, 1, 1])
    begin = time.time_ns()

    def speaks():
        send_frames(lab.switch, "s2-eth0", [arp])
        return True

    holds_for(speaks, 1.5, "sent")
    end = time.time_ns()
    count = len(wire.frames(is_announce("s2-eth0", PUBLIC_VIP), begin, end))
    assert 6 <= count <= (end - begin) // (100 * MS) + 2, f"{count} announcements"
    assert low.state() == "master"


# ---- a queue that is emptied -----------------------------------------------------------------------------


def queue_length(server):
    return re.search(r"qlen (\d+)", server.ns.ip("-o", "link", "show", "dev", "eth0")).group(1)


@pytest.mark.parametrize("how", ["stop", "resign"])
def test_full_line_at_a_goodbye(lab, how):
    """Nothing that waited leaves after priority 0. The queue itself stays as it was. To empty it needs the
    kernel's lock of all NICs, for which a lab that is torn down beside this one may keep it waiting, and after
    the lease there is no goodbye: therefore no shorter interval."""
    wire, high, low = full_line(lab, interval="600ms")
    before = discipline(lab.s1), queue_length(lab.s1)
    since = time.time_ns()
    if how == "stop":
        assert high.stop() == 0
    else:
        high.cli("resign", "web", "--force")
    goodbye = wire.wait(is_advert("s1-eth1", priority=0), 5, since, "priority 0 of s1")
    taken = wire.wait(is_announce("s2-eth0", PUBLIC_VIP), 5, goodbye.t, "announcement of s2")
    wire.wait(is_reply("s2-eth0", PUBLIC_VIP), 3, taken.t, "answer of s2")
    low.says("-> MASTER: master left")  # it has heard the goodbye
    # As long as the queue would have taken.
    holds_for(lambda: not wire.frames(speaks_for_it("s1-eth0"), goodbye.t), 1.5, "a stale frame")
    assert taken.t - goodbye.t < SECOND, "waited for the queue"
    assert (discipline(lab.s1), queue_length(lab.s1)) == before
    # Nor did it wait before its goodbye: there were frames to take back.
    high.says("frames of given-up addresses")


def test_full_line_at_a_preemption(lab):
    """The queue is emptied as soon as a better router has ended the lease."""
    wire = Recorder(lab.switch, lab.ports(), public_wire)
    lab.on_close(wire.close)
    better, worse = two_agents(lab)
    better.cli("resign", "web", "--force")
    worse.wait_state("master")
    lab.ping(PUBLIC_VIP, 0.01)
    fill(lab, lab.s2)
    since = time.time_ns()
    better.cli("resume", "web")
    advert = wire.wait(is_advert("s1-eth1", priority=150), 5, since, "advert of s1")
    holds_for(lambda: not wire.frames(speaks_for_it("s2-eth0"), advert.t + LATE_NS), 1.5, "a stale frame")
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, advert.t, "answer of s1")


def test_short_queue_is_sent(lab):
    """What waits for a moment only is sent, not dropped: a line that is not full loses nothing."""
    wire = Recorder(lab.switch, lab.ports(), public_wire)
    lab.on_close(wire.close)
    high, low = two_agents(lab)
    lab.s1.ns.run("tc", "qdisc", "replace", "dev", "eth0", "root", *LINE)
    lab.ping(PUBLIC_VIP, 0.01)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, what="answer of s1")
    assert high.stop() == 0
    assert "frames that waited" not in high.output()
    assert waiting(lab.s1) == 0


# ---- what the agent sends past the fence -----------------------------------------------------------------


def one_nic(lab, server, priority, **keys):
    return Agent(lab, server, config(server, priority=priority, heartbeat="eth0", **keys))


@pytest.mark.parametrize(
    "version, mac, interval", [(3, "virtual", "100ms"), (3, SHARED_MAC, "100ms"), (2, "virtual", "1s")]
)
def test_preemption_on_one_nic(lab, wire, version, mac, interval):
    """The loser's last words do not leave from the shared MAC: the switch has just learned where that is."""
    keys = {"version": version, "mac": mac, "interval": interval}
    shared = VIRTUAL_MAC if mac == "virtual" else mac
    one_nic(lab, lab.s2, 100, **keys).wait_state("master", 12)
    lab.ping(PUBLIC_VIP)
    wire.wait(is_reply("s2-eth0", PUBLIC_VIP), 3, what="answer of s2")
    high = one_nic(lab, lab.s1, 150, **keys).wait_state("master", 12)
    first = wire.wait(is_advert("s1-eth0", 55), 1, what="advert of s1")
    concession = wire.wait(is_advert("s2-eth0", 55), 2, first.t, "the last advert of s2")
    assert concession.eth_dst == first.eth_src, "not to the winner alone"
    announced = wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 2, first.t, "announcement of s1")
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 2, announced.t, "answer of s1")
    assert announced.eth_src == shared
    assert concession.eth_src == lab.s2.own_mac
    holds_for(lambda: high.state() == "master", 0.5, "goes on")
    late = wire.frames(speaks_for_it("s2-eth0", shared), first.t + PASSING_NS)
    assert not late, f"{late[0]} from {late[0].eth_src}, {(late[0].t - first.t) / MS} ms after the winner's advert"
    # One may have reached the loser while it owned the address, and its answer the fence when it did not; and as
    # long as an agent is held up, before it yields or announces, more of them.
    done = max(concession.t, announced.t)
    lost = unanswered(wire, done, done + 300 * MS)
    assert len(lost) <= 1, f"lost: {[(f.t - done) / MS for f in lost]} ms after the announcement and the last words"


@pytest.mark.parametrize("mac", ["virtual", SHARED_MAC])
def test_goodbye_on_one_nic(lab, wire, mac):
    high = one_nic(lab, lab.s1, 150, mac=mac).wait_state("master", 8)
    one_nic(lab, lab.s2, 100, mac=mac).wait_state("backup", 8)
    regular = wire.wait(is_advert("s1-eth0", 55, 150), 2, time.time_ns(), "advert of s1")
    assert regular.eth_src == (VIRTUAL_MAC if mac == "virtual" else mac)
    assert high.stop() == 0
    goodbye = wire.wait(is_advert("s1-eth0", 55, 0), 1, regular.t, f"priority 0 of s1: {high.output()}")
    assert goodbye.eth_src == lab.s1.own_mac
    assert not wire.frames(speaks_for_it("s1-eth0", regular.eth_src), goodbye.t)


def test_held_up_on_one_nic(lab, wire):
    """A master that listens, because its lease ran out, speaks and asks from no shared MAC or address."""
    text = config(lab.s1, priority=150, interval="500ms", heartbeat="eth0", witness="gateway")
    high = Agent(lab, lab.s1, text).wait_state("master", 8)
    wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 3, what="announcement of s1")
    before = wire.wait(is_advert("s1-eth0", 55, 150), 3, time.time_ns(), "advert of s1")
    assert before.eth_src == SHARED_MAC
    with held_up(high, wire, "s1-eth0", 1700 * MS) as (last, thawed):
        pass
    at_once = wire.wait(is_advert("s1-eth0", 55, 150), 2, last + 1, "advert of s1")
    announced = wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 3, thawed, "announcement of s1")
    high.says("stays MASTER")
    assert at_once.eth_src == lab.s1.own_mac
    regular = wire.frames(is_advert("s1-eth0", 55, 150), at_once.t + 1, announced.t)[-1]
    assert regular.t > at_once.t
    ends = last + 1500 * MS
    bad = wire.frames(speaks_for_it("s1-eth0"), ends + 5 * MS, regular.t)
    assert not bad, f"{bad[0]} from {bad[0].eth_src}"
    again = wire.wait(is_advert("s1-eth0", 55, 150), 2, announced.t, "advert of s1")
    assert again.eth_src == SHARED_MAC

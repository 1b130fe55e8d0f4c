# SPDX-License-Identifier: GPL-2.0-only
"""Two owners because of time: wall clocks that are apart under signed adverts, a backup whose reception stands
still; and because of a clone, which can only be told.

What must hold is said by the public wire: who answers for the shared address, and for how long two do.
"""

import contextlib
import itertools
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from attacks import owners, two_owners_ns
from claims import Probes, worth_keeping
from clocks import ClockedAgent
from daemons import Agent, config, two_agents
from lab import holds_for, stop_process, wait_until
from signed import Trailer, build_signed
from wire import STRANGER_MAC, Recorder, build_advert, is_advert, master_down_ns, send_frames

MS = 1_000_000
INTERVAL_NS = 100 * MS
KEY = bytes(range(32))
WINDOW_S = 1  # so that nothing takes long
PRIORITY = {"s1": 150, "s2": 100}


def signed_config(server, **keys):
    # Nobody waits for a master that it refuses: what is asked here is whom each one believes.
    path = server.directory / "key"
    path.touch(mode=0o600)
    path.write_bytes(KEY)
    return config(
        server, priority=PRIORITY[server.name], hmac_key=f"1:{path}", hmac_window=f"{WINDOW_S}s",
        **{"start_hold": "0s", **keys},
    )


class Pair:
    """s1, the better one, and s2, each with a wall clock of its own; a client asks for the address."""

    def __init__(self, lab, first=0.0, second=0.0, **keys):
        self.lab = lab
        self.wire = Recorder(lab.switch, lab.ports(), worth_keeping)
        lab.on_close(self.wire.close)
        self.high = ClockedAgent(lab, lab.s1, signed_config(lab.s1, **keys), first)
        self.high.wait_state("master", timeout=8)
        Probes(lab, 0.005)
        self.low = ClockedAgent(lab, lab.s2, signed_config(lab.s2, **keys), second)
        self.agents = [self.high, self.low]

    def states(self):
        return [a.state() for a in self.agents]

    def rests(self, timeout=8):
        """s1 is master, s2 hears it, and both have been what they are for longer than the window."""

        def so():
            if self.states() != ["master", "backup"] or not self.low.instance()["master"]:
                return False
            return all(a.instance()["since_ms"] > 500 for a in self.agents)

        wait_until(so, timeout, lambda: f"{self.states()}\n" + "\n".join(a.output() for a in self.agents))

    def goes_on(self, seconds=2.5 * WINDOW_S):
        """Nothing moves, and nobody but the master answers."""

        def picture():
            shown = [a.instance() for a in self.agents]
            return [(i["state"], i["transitions"]) for i in shown]

        still, since = picture(), time.time_ns()
        assert [state for state, _ in still] == ["master", "backup"], still
        holds_for(
            lambda: picture() == still,
            seconds,
            lambda: f"{still}, is {picture()}\n" + "\n".join(a.output() for a in self.agents),
        )
        assert {host for host, _, _ in owners(self.wire, since)} == {"s1"}

    def both_ns(self, since):
        return two_owners_ns(owners(self.wire, since))


APART = [-300, -20, 20, 300]


@pytest.mark.parametrize("apart", APART)
@pytest.mark.parametrize("who", ["s1", "s2"])
def test_clock_is_set(lab, who, apart):
    """The clock of the master, or of the backup, is set while both run: that moves nobody, not for a
    moment. Then it is put right, which does not either."""
    pair = Pair(lab)
    pair.rests()
    agent = pair.high if who == "s1" else pair.low
    agent.set_off(apart)
    pair.goes_on()
    agent.set_off(0)
    pair.goes_on()


RESTARTS = {
    "reload": Agent.reload,
    "stop": lambda agent: (agent.stop(), agent.start()),
    "crash": lambda agent: (agent.kill(), agent.start()),
}


@pytest.mark.parametrize("apart", APART)
def test_started_apart(lab, apart):
    """The clocks are apart when the agents start, and whenever one of them is started again. A host that is
    ahead and has heard nobody by its clock refuses what is dated behind, as it must; it may speak up once,
    and is answered at once by what it believes."""
    since = time.time_ns()
    pair = Pair(lab, second=apart)
    pair.rests()
    for agent, restart in itertools.product(pair.agents, RESTARTS.values()):
        restart(agent)
        wait_until(agent.instance, 5, "it runs")
        pair.rests()
        pair.goes_on(1.5 * WINDOW_S)
    spans = owners(pair.wire, since)
    overlaps = [
        min(a[2], b[2]) - b[1] for a, b in itertools.combinations(spans, 2) if a[0] != b[0] and b[1] < a[2]
    ]
    assert all(ns <= INTERVAL_NS for ns in overlaps), overlaps


@pytest.mark.parametrize("paused", [20, 300])
def test_paused_guest(lab, paused):
    """A master is paused as a guest is: its wall clock stands still, and is behind for good. Its backup takes
    over. Back again, it believes the new master and is believed by it, at once."""
    pair = Pair(lab)
    pair.rests()
    pair.high.signal(signal.SIGSTOP)
    pair.low.wait_state("master")
    pair.high.set_off(-paused)
    since = time.time_ns()
    pair.high.signal(signal.SIGCONT)
    pair.rests()
    pair.goes_on()
    assert pair.both_ns(since) <= 20 * MS, owners(pair.wire, since)
    lead = pair.high.instance()["hmac"]["lead_us"] / 1e6
    assert abs(lead - paused) < WINDOW_S, lead
    assert "signs +" in pair.high.cli("status", "web").stdout
    # Signed by the time of the other one, not by its own clock.
    frames = pair.wire.frames(is_advert("s1-eth1"), since)
    assert abs(Trailer(frames[-1]).time - frames[-1].t / 1e9) < WINDOW_S
    pair.high.says("from our wall clock, which a peer", timeout=12)


@pytest.mark.lab(servers=3)
def test_old_ones_stay_refused(lab):
    """A backup whose clock is behind follows its master's time. Captures that are fresh by its own clock are
    stale, those that were heard are replays, and what somebody signs by that clock is refused; a crash of the
    master is noticed in time while all of them are sent again and again."""
    behind = 3
    pair = Pair(lab, second=-behind)
    pair.rests()
    wait_until(lambda: pair.wire.frames(is_advert("s1-eth1")), 3, "adverts")
    time_of = lambda frame: Trailer(frame).time  # noqa: E731
    begin = time.time()
    wait_until(lambda: time.time() > begin + behind + 2 * WINDOW_S, 10, "captures that are old enough")
    by_clock = [
        f for f in pair.wire.frames(is_advert("s1-eth1")) if abs(time_of(f) + behind - time.time()) < 0.5
    ]
    heard = pair.wire.frames(is_advert("s1-eth1"))[-3:]
    assert len(by_clock) >= 5
    before = pair.low.verdicts()
    send_frames(lab.s3.ns, "eth1", [f.raw for f in by_clock + heard])
    other = build_signed(KEY, src="10.51.67.95", priority=200, at=time.time() - behind)
    send_frames(lab.s3.ns, "eth1", [other])

    def gained(name):
        return pair.low.verdicts()[name] - before[name]

    wait_until(lambda: gained("hmac_replay") == 3, 3, pair.low.verdicts)
    assert gained("hmac_stale") == len(by_clock) + 1, pair.low.verdicts()
    assert pair.states() == ["master", "backup"]
    since = pair.high.kill()
    last = pair.wire.frames(is_advert("s1-eth1"), 0, since)[-1].t
    stop = time.monotonic() + 5
    while pair.low.state() != "master":
        assert time.monotonic() < stop, "held down by captures"
        send_frames(lab.s3.ns, "eth1", [f.raw for f in by_clock + heard])
    first = pair.wire.wait(is_advert("s2-eth1"), 2, since, "advert of s2")
    assert first.t - last >= master_down_ns(3, PRIORITY["s2"], 10)
    assert first.t - last < master_down_ns(3, PRIORITY["s2"], 10) + 1_000 * MS


def test_too_far_apart(lab):
    """Nobody drags the clock further than hmac-ahead: beyond it, each refuses the other, and says so."""
    pair = Pair(lab, second=20, hmac_ahead="10s")
    wait_until(lambda: pair.high.verdicts()["hmac_stale"] > 3, 5, "s1 refuses s2")
    wait_until(lambda: pair.low.verdicts()["hmac_stale"] > 3, 5, "s2 refuses s1")
    assert pair.high.instance()["hmac"]["lead_us"] == 0
    pair.high.says("refused as stale", timeout=12)


# ---- reception stands still ----------------------------------------------------------------------------

HOG = "import time\nend = time.monotonic() + {seconds}\nwhile time.monotonic() < end: pass"


def sees_kernel():
    with contextlib.suppress(OSError):
        return pathlib.Path("/proc/2/comm").read_text() == "kthreadd\n"
    return False


class HostAgent(Agent):
    """An agent that sees the kernel's threads. run-tests has process numbers of its own, and a /proc of them
    above the host's."""

    # In a mount namespace of its own: bpffs must be there before.
    PREFIX = ("unshare", "-m", "sh", "-c", 'umount /proc && exec "$0" "$@"')

    def _start(self, *command):
        if sees_kernel():
            return super()._start(*command)
        bpffs = self.server.bpffs
        if not bpffs.exists():
            bpffs.mkdir(mode=0o700)
            subprocess.run(["mount", "-t", "bpf", "-o", "mode=700", "bpf", bpffs], check=True)
        super()._start(*self.PREFIX, *command)


class Deaf:
    """A pair whose backup hears by a thread of the kernel of its own (threaded NAPI). Every CPU can be taken
    away from it, and from everything of ordinary priority, by programs of a lower real-time priority than the
    agents'."""

    def __init__(self, lab):
        self.lab = lab
        self.wire = Recorder(lab.switch, lab.ports(), worth_keeping)
        lab.on_close(self.wire.close)
        agents = [
            HostAgent(lab, s, f"[agent]\nlog-level = debug\n\n{config(s, priority=PRIORITY[s.name])}")
            for s in lab.servers
        ]
        self.high, self.low = agents
        self.high.wait_state("master", timeout=8)
        self.low.wait_state("backup", timeout=8)
        lab.s2.ns.run(
            "unshare", "-m", "sh", "-c",
            "mount -t sysfs none /sys && echo 1 > /sys/class/net/eth1/threaded",
        )  # fmt: skip
        # The agent looks for such threads once a second at most, when it wakes: it says so.
        wait_until(self._known, 8, self.low.output)

    def _known(self):
        return "the kernel's thread napi/eth1-" in self.low.output()

    def starve(self, seconds):
        """Returns when it began and when it is over, in ns of realtime."""
        since = time.time_ns()
        command = ["chrt", "-f", "40", sys.executable, "-S", "-c", HOG.format(seconds=seconds)]
        hogs = [
            subprocess.Popen(["taskset", "-c", str(cpu), *command]) for cpu in os.sched_getaffinity(0)
        ]
        for hog in hogs:
            self.lab.on_close(stop_process, hog)
            hog.wait(seconds + 10)
        return since, time.time_ns()

    def spoke(self, server, since):
        return self.wire.frames(is_advert(server.port("eth1")), since)


only_xdp = pytest.mark.xdp("a NIC of the lab has NAPI only with an XDP program")


@only_xdp
@pytest.mark.alone
def test_reception_is_starved(lab):
    """The kernel's thread that serves the backup's NIC gets no CPU for a while, while its agent runs and the
    master speaks. The backup does not take over, says why, and goes on when it hears again."""
    deaf = Deaf(lab)
    for _ in range(3):
        transitions = deaf.low.instance()["transitions"]
        since, until = deaf.starve(0.8)
        deaf.wire.wait(is_advert("s1-eth1"), 3, until, "the recorder has caught up")
        heard = [f.t for f in deaf.spoke(lab.s1, since) if f.t < until]
        gaps = [b - a for a, b in zip(heard, heard[1:])]
        assert heard and max(gaps) < 2.5 * INTERVAL_NS, "the master has not spoken all the time"
        wait_until(lambda: not deaf.low.instance()["held_back"], 3, deaf.low.output)
        assert deaf.low.instance()["transitions"] == transitions, deaf.low.output()
        assert not deaf.spoke(lab.s2, since), "the backup spoke up"
    deaf.low.says("does not take over yet: adverts may wait unheard")
    assert "waited" not in deaf.low.output()


@only_xdp
@pytest.mark.alone
def test_nothing_waits(lab):
    """A thread that waits for frames, and not for a CPU, holds nothing up, on a host that is as busy as
    before."""
    deaf = Deaf(lab)
    # A cut, and no crash: the leave messages of a dead agent's groups would wait, too.
    since = lab.block(lab.s1, "eth1")
    deaf.starve(1)
    # How soon is not asserted: whoever holds the kernel's lock of all NICs is starved, too.
    deaf.wire.wait(is_advert("s2-eth1"), 3, since, "s2 takes over")
    deaf.low.wait_state("master")
    assert "held back" not in deaf.low.output()


@only_xdp
@pytest.mark.alone
def test_cpu_stands_still(lab):
    """As where a hypervisor halts one CPU: adverts are heard on it, and the backup's agent runs on another one.
    It waits until that CPU answers. The master is there as well, since a NIC of the lab hears on the CPU of
    the sender; so it has said nothing when the CPU goes on, and what happens then is its own affair."""
    mine, other = sorted(os.sched_getaffinity(0))[:2]
    high, low = two_agents(lab)
    wire = Recorder(lab.switch, lab.ports(), worth_keeping)
    lab.on_close(wire.close)
    for agent, cpu in ((high, other), (low, mine)):
        subprocess.run(["taskset", "-p", "-c", str(cpu), str(agent.child.pid)], check=True)
    wire.wait(is_advert("s1-eth1"), 2, time.time_ns(), "an advert from there")
    began = time.time_ns()
    hog = subprocess.Popen(
        ["taskset", "-c", str(other), "chrt", "-f", "99", sys.executable, "-S", "-c", HOG.format(seconds=0.7)]
    )
    lab.on_close(stop_process, hog)
    hog.wait(10)
    wire.wait(is_advert("s1-eth1"), 3, time.time_ns(), "the master goes on")
    assert master_down_ns(3, 100, 10) < 500 * MS, "it would have taken over meanwhile"
    low.says("does not take over yet: adverts may wait unheard")
    assert not wire.frames(is_advert("s2-eth1"), began, began + 700 * MS), "the backup spoke up"


# ---- a clone -------------------------------------------------------------------------------------------

CLONED = "sends adverts on eth1 from our own address"


def test_clone(lab):
    """Another host has the master's address on the heartbeat. Neither hears the other, and both own the shared
    address: nothing can be done about it, and everything says so, with the other one's MAC."""
    lab.s2.ns.ip("addr", "del", f"{lab.s2.private}/24", "dev", "eth1")
    lab.s2.ns.ip("addr", "add", f"{lab.s1.private}/24", "dev", "eth1")
    agents = two_agents_alike(lab)
    for agent, other in zip(agents, reversed(lab.servers)):
        mac = other.ns.mac("eth1")
        wait_until(lambda: agent.instance()["clone_mac"] == mac, 5, agent.instance)
        agent.says(f"another host, {mac}, {CLONED} {lab.s1.private}")
        assert f"another host, {mac}, sends adverts from our own address" in agent.cli("status").stdout
        assert 'vrrp_xdp_router_cloned{name="web"} 1' in agent.cli("metrics").stdout
        told = agent.cli("doctor", check=False, timeout=30).stdout
        assert f"another host, {mac}, sends adverts from our own address" in told, told
    # Once a minute, whatever comes.
    wait_until(lambda: agents[0].verdicts()["own_source"] > 30, 10, "more of them")
    assert agents[0].output().count(CLONED) == 1


def two_agents_alike(lab):
    """Both are master: there is nobody whom they hear. Neither asks first whether the address answers: it
    would, by the other one, and whoever is second would hold back."""
    agents = [Agent(lab, s, config(s, priority=150, start_hold="0s")) for s in lab.servers]
    for agent in agents:
        agent.wait_state("master", timeout=8)
    return agents


@pytest.mark.lab(servers=3)
def test_reflection_is_no_clone(lab, wire):
    """What the network brings back of our own adverts is counted, and that is all; a single forged advert is
    named, by its MAC."""
    high, low = two_agents(lab)
    wait_until(lambda: len(wire.frames(is_advert("s1-eth1"))) > 5, 5, "adverts")
    own = [f.raw for f in wire.frames(is_advert("s1-eth1"))][-5:]
    send_frames(lab.s3.ns, "eth1", own)
    wait_until(lambda: high.verdicts()["own_source"] >= 5, 3, high.verdicts)
    holds_for(lambda: high.instance()["clone_mac"] is None, 0.5, high.output)
    assert CLONED not in high.output()
    forged = build_advert(src=lab.s1.private, priority=1)
    send_frames(lab.s3.ns, "eth1", [forged])
    wait_until(lambda: high.instance()["clone_mac"] == STRANGER_MAC, 3, high.output)
    assert low.instance()["clone_mac"] is None

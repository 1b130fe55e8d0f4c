# SPDX-License-Identifier: GPL-2.0-only
"""Tracked interfaces and scripts: FAULT or another priority, and a loop that never waits for them."""

import os
import pathlib
import time

import pytest

from daemons import BINARY, Agent, config, two_agents
from expect import nic_master, nic_standby, wait_nic
from lab import wait_until
from wire import is_advert, master_down_ns

pytestmark = pytest.mark.xdp("what is tracked is the same, however adverts are heard")


class Switch:
    """A script whose exit status is whether a file is there, and what it writes down."""

    def __init__(self, server, name="check", body=":"):
        self.path = server.directory / name
        self.bad = server.directory / f"{name}.bad"
        self.runs = server.directory / f"{name}.runs"
        self.path.write_text(
            f"#!/bin/sh\necho $$ >> {self.runs}\n[ -e {self.bad} ] && {{ {body}; exit 1; }}\nexit 0\n"
        )
        self.path.chmod(0o755)

    def fail(self):
        self.bad.touch()

    def heal(self):
        self.bad.unlink()

    def count(self):
        return len(self.pids())

    def pids(self):
        return self.runs.read_text().split() if self.runs.exists() else []

    def every(self, options="every 100ms timeout 5s"):
        return f"{self.path} {options}"


class Planned:
    """A script whose exit statuses are planned, run by run, however late the test looks; beyond them all is well."""

    def __init__(self, server):
        self.path, self._plan = server.directory / "planned", server.directory / "plan"
        self._plans = 0
        self.plan([])
        self.path.write_text(
            f"#!/bin/sh\nset -- $(cat {self._plan})\nused=$1\nshift\nn=$(wc -l <$used)\necho >>$used\n"
            "[ $# -gt $n ] || exit 0\nshift $n\nexit $1\n"
        )
        self.path.chmod(0o755)

    def plan(self, statuses):
        """From the next run on."""
        self._plans += 1
        self._used = self._plan.with_name(f"used-{self._plans}")
        self._used.touch()
        written = self._plan.with_name("plan.new")
        written.write_text(" ".join(map(str, [self._used, *statuses])))
        written.rename(self._plan)

    def count(self):
        """Runs of this plan that have begun."""
        return len(self._used.read_text().splitlines())


def priority_is(agent, priority, timeout=3):
    wait_until(
        lambda: agent.instance()["priority"] == priority,
        timeout,
        lambda: f"priority {priority}, is {agent.instance()['priority']}\n{agent.output()}",
    )


def two(lab, interval="100ms", **first):
    """s1 with priority 150 and what a test wants, s2 with 100."""
    high = Agent(lab, lab.s1, config(lab.s1, interval, priority=150, **first)).wait_state("master")
    return high, Agent(lab, lab.s2, config(lab.s2, interval, priority=100)).wait_state("backup")


@pytest.mark.check
@pytest.mark.one_cpu
def test_script_fails_and_heals(lab, wire):
    """No weight: FAULT, the other takes over within its skew; well again, it comes back."""
    script = Switch(lab.s1)
    high, low = two(lab, track_script=script.every())
    since = time.time_ns()
    script.fail()
    high.wait_state("fault")
    low.wait_state("master")
    wire.wait(is_advert("s1-eth1", priority=0), 1, since, "the leave of s1")
    wait_nic(lab.s1, nic_standby)
    wait_nic(lab.s2, nic_master)
    high.says("check failed")
    script.heal()
    high.wait_state("master")
    low.wait_state("backup")
    wait_nic(lab.s1, nic_master)
    assert script.count() > 5


def test_script_failed_from_the_start(lab):
    """What is broken before the start does not become master, not even for a moment."""
    script = Switch(lab.s1, body="sleep 2")
    script.fail()
    agent = Agent(lab, lab.s1, config(lab.s1, track_script=script.every()))
    agent.wait_state("backup", 2)
    # Its master-down time is over before the script's first result.
    wait_until(lambda: agent.instance()["held_back"], 2, "held back until the first result")
    assert "script" in agent.instance()["held_back"]
    agent.wait_state("fault")
    assert agent.instance()["held_back"] is None
    assert "MASTER" not in agent.output()


def test_rise_and_fall(lab):
    """fall 3: two failures are forgiven; rise 2: one success is not enough."""
    script = Planned(lab.s1)
    every = f"{script.path} every 100ms timeout 5s rise 2 fall 3"
    high = Agent(lab, lab.s1, config(lab.s1, track_script=every)).wait_state("master")
    script.plan([1, 1, 0, 0])
    wait_until(lambda: script.count() > 4, 3, "a run after these")
    assert "FAULT" not in high.output()
    script.plan([1, 1, 1] + [0, 1] * 200)
    high.wait_state("fault")
    wait_until(lambda: script.count() > 12, 3, "successes, one at a time")
    assert high.state() == "fault" and high.output().count("-> FAULT") == 1
    script.plan([])
    high.wait_state("master")


def test_command_with_arguments(lab):
    """No script of one's own is needed around a program: its arguments are split as a shell splits them."""
    bad = lab.s1.directory / "is it bad"
    command = f"\"/usr/bin/test ! -e '{bad}'\""
    high, low = two(lab, track_script=f"{command} every 100ms timeout 5s weight -60")
    bad.touch()
    priority_is(high, 90)
    low.wait_state("master")
    bad.unlink()
    priority_is(high, 150)


def test_check_names_missing_programs(lab):
    """As a warning: the file may be checked before its scripts are there. Also what env and a shell are to start."""
    data = lab.s1.directory / "data"
    data.write_text("")
    path = lab.s1.directory / "programs.conf"
    line = '[ $0 = x ] || /bin/true; exec /nonexistent/exec "$0" /nonexistent/word'.replace('"', '\\"')
    checks = "/nonexistent/check it", "/usr/bin/env no-such-program -0"
    path.write_text(
        config(
            lab.s1, notify="/nonexistent/tell", notify_master=f'"{data} up"',
            notify_backup=f'"/bin/sh -c \'{line}\'"',
            notify_fault='"/usr/bin/env A=b /bin/true"',
            track_script=[f'"{check}" every 1s timeout 1s' for check in checks],
        )
    )  # fmt: skip
    done = lab.s1.ns.run(BINARY, "check", "-c", path)
    assert done.stderr.splitlines() == [
        "vrrp-xdp: web: /nonexistent/tell: No such file or directory",
        f"vrrp-xdp: web: {data}: Permission denied: make it executable (chmod +x)",
        "vrrp-xdp: web: /nonexistent/check: No such file or directory",
        "vrrp-xdp: web: /nonexistent/exec: No such file or directory",
        "vrrp-xdp: web: no-such-program: no such program in PATH",
    ]


WEIGHTS = [
    ("negative: lowered while failed", "weight -60", 150, 90),
    ("positive: raised while well", "weight 60", 160, 100),
    ("without its word", "-253", 150, 1),
]


@pytest.mark.parametrize("description,weight,well,failed", WEIGHTS, ids=[r[0] for r in WEIGHTS])
def test_script_weight(lab, wire, description, weight, well, failed):
    """A weight changes the priority alone: the better one takes over, and gives back."""
    script = Switch(lab.s1)
    base = 100 if well == 160 else 150
    text = config(lab.s1, priority=base, track_script=script.every(f"every 100ms timeout 5s {weight}"))
    high = Agent(lab, lab.s1, text).wait_state("master")
    low = Agent(lab, lab.s2, config(lab.s2, priority=120)).wait_state("backup")
    priority_is(high, well)
    since = time.time_ns()
    script.fail()
    priority_is(high, failed)
    assert high.instance()["base_priority"] == base
    low.wait_state("master")
    high.wait_state("backup")
    wire.wait(is_advert("s1-eth1", priority=failed), 1, since, f"an advert of priority {failed}")
    wait_nic(lab.s2, nic_master)
    wait_nic(lab.s1, nic_standby)
    script.heal()
    high.wait_state("master")
    low.wait_state("backup")
    priority_is(high, well)
    assert "FAULT" not in high.output()


def gone(pid):
    """Not there, or a zombie that its parent has not reaped yet."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.one_cpu
def test_script_hangs(lab, wire):
    """Killed at its time limit with its children, counted as failed; no advert waits for it. Its limit is longer
    than a backup's patience, and that is longer than what may hold an agent up."""
    script = Switch(lab.s1, body=f"sleep 1000 & echo $! >> {lab.s1.directory}/child; wait")
    high, low = two(lab, "300ms", track_script=script.every("every 200ms timeout 1200ms weight -20"))
    priority_is(high, 150)
    since = time.time_ns()
    script.fail()
    priority_is(high, 130)
    child = lab.s1.directory / "child"
    runs = script.count()
    wait_until(lambda: script.count() >= runs + 2, 5, "it is run again after it was killed")
    first = child.read_text().split()[0]
    wait_until(lambda: gone(first), 2, "the script's child is killed, too")
    adverts = [f.t for f in wire.frames(is_advert("s1-eth1"), since=since)]
    gaps = [b - a for a, b in zip(adverts, adverts[1:])]
    assert len(gaps) >= 4
    assert max(gaps) < master_down_ns(3, 100, 30), f"the master was silent for {max(gaps) / 1e6:.0f} ms"
    assert low.state() == "backup" and high.state() == "master"
    high.says("not ended within its time limit")
    script.heal()
    priority_is(high, 150)
    script.fail()
    runs = script.count()
    wait_until(lambda: script.count() > runs, 3, "a script runs when the agent is stopped")
    last = script.pids()[-1]
    assert high.stop() == 0
    wait_until(lambda: gone(last), 2, "a script outlives the agent")


CANNOT = [
    ("missing", None, 0),
    ("not executable", "#!/bin/sh\nexit 0\n", 0o644),
    ("no such interpreter", "#!/nowhere/sh\n", 0o755),
    ("killed by a signal", "#!/bin/sh\nkill -9 $$\n", 0o755),
]


@pytest.mark.parametrize("description,text,mode", CANNOT, ids=[r[0] for r in CANNOT])
def test_script_cannot_run(lab, description, text, mode):
    """Counts as failed, and is tried again: it may be there the next time."""
    path = lab.s1.directory / "check"
    if text:
        path.write_text(text)
        path.chmod(mode)
    agent = Agent(lab, lab.s1, config(lab.s1, track_script=f"{path} every 100ms timeout 1s"))
    agent.wait_state("fault")
    agent.says("check")
    fresh = lab.s1.directory / "fresh"
    fresh.write_text("#!/bin/sh\nexit 0\n")
    fresh.chmod(0o755)
    os.rename(fresh, path)
    agent.wait_state("master")


def test_interface_weight(lab):
    """An interface with a weight changes the priority, one without is the router's failure."""
    for name in ("t0", "t1"):
        lab.s1.ns.ip("link", "add", name, "type", "veth", "peer", "name", f"{name}-peer")
        lab.s1.ns.ip("link", "set", f"{name}-peer", "up")
        lab.s1.ns.ip("link", "set", name, "up")
    high, low = two(lab, track_interface="t0 weight -60 t1")
    priority_is(high, 150)
    lab.s1.ns.ip("link", "set", "t0", "down")
    low.wait_state("master")
    high.wait_state("backup")
    priority_is(high, 90)
    lab.s1.ns.ip("link", "set", "t0", "up")
    high.wait_state("master")
    priority_is(high, 150)
    lab.s1.ns.ip("link", "set", "t1", "down")
    high.wait_state("fault")
    low.wait_state("master")
    lab.s1.ns.ip("link", "set", "t1", "up")
    high.wait_state("master")


@pytest.mark.one_cpu
def test_many_scripts(lab, wire):
    """16 routers with a script each, on a master: the loop is never late for an advert."""
    script = Switch(lab.s1)
    text = "\n".join(
        config(
            lab.s1, "300ms", name=f"r{n}", vrid=n, address=f"42.51.67.{100 + n}/24", gateway=None, mac=None,
            standby_address=None, standby_gateway=None, track_script=script.every("every 200ms timeout 1s"),
        )
        for n in range(1, 17)
    )  # fmt: skip
    agent = Agent(lab, lab.s1, text)
    for n in (1, 16):
        agent.wait_state("master", 6, f"r{n}")
    since, runs = time.time_ns(), script.count()
    wait_until(lambda: script.count() > runs + 16 * 5, 10, "each script runs five times")
    for n in (1, 16):
        adverts = [f.t for f in wire.frames(is_advert("s1-eth1", n), since=since)]
        gaps = [b - a for a, b in zip(adverts, adverts[1:])]
        assert len(gaps) > 1
        assert max(gaps) < master_down_ns(3, 100, 30), f"{max(gaps) / 1e6:.0f} ms between two adverts of r{n}"

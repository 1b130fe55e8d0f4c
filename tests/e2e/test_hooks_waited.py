# SPDX-License-Identifier: GPL-2.0-only
"""Hooks that are waited for: before-master and before-backup. Adverts go on while they run, and the address
answers exactly when it may."""

import pathlib
import re
import signal
import time

import pytest

from daemons import Agent, config, two_agents
from expect import nic_master, nic_standby, no_answer, wait_nic
from lab import PUBLIC_VIP, wait_until
from wire import is_advert, is_announce, is_reply

pytestmark = pytest.mark.xdp("hooks are the same, however adverts are heard")


class Hook:
    """A program that writes down its name, state and process, and ends when its gate is open."""

    def __init__(self, server, name, status=0, gated=True):
        self.gate, self.name = server.directory / f"{name}.gate", name
        self.ran, self.path = server.directory / "ran", server.directory / name
        wait = f"while [ ! -e {self.gate} ]; do sleep 0.02; done\n" if gated else ""
        self.path.write_text(
            f'#!/bin/sh\necho "{name} $VRRP_STATE $$ $#" >> {self.ran}\n{wait}'
            f"echo {name} ends >> {self.ran}\nexit {status}\n"
        )
        self.path.chmod(0o755)

    def lines(self):
        return self.ran.read_text().splitlines() if self.ran.exists() else []

    def names(self):
        return [line.split()[0] for line in self.lines() if not line.endswith("ends")]

    def told(self, state):
        return any(line.startswith(f"{self.name} {state} ") for line in self.lines())

    def wait_begin(self):
        found = wait_until(
            lambda: [line for line in self.lines() if line.startswith(f"{self.name} ") and "ends" not in line],
            5, f"{self.name} begins",
        )  # fmt: skip
        return found[-1].split()

    def open(self):
        at = time.time_ns()
        self.gate.touch()
        return at


def runs(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def waited(lab, before="timeout 20s", **keys):
    """s1 with before-master, which runs now, and with a script for each state."""
    hook = Hook(lab.s1, "before-master")
    notify = Hook(lab.s1, "notify", gated=False)
    text = config(lab.s1, before_master=f"{hook.path} {before}", notify=notify.path, **keys)
    agent = Agent(lab, lab.s1, text).wait_state("master")
    assert hook.wait_begin()[1::2] == ["MASTER", "0"], "no arguments but its own"
    return agent, hook


@pytest.mark.check
def test_before_master(lab, wire):
    """Adverts at once; address, MAC, announcement and answers when it has ended, then notify. Also by a reload."""
    lab.ping(PUBLIC_VIP)
    agent, hook = waited(lab)
    since = time.time_ns()
    for _ in range(4):
        since = wire.wait(is_advert("s1-eth1"), 2, since + 1, "adverts go on").t
    assert "before-master" in agent.instance()["held_back"]
    assert not agent.instance()["lease"]["held"]
    wait_nic(lab.s1, nic_standby)
    agent.signal(signal.SIGHUP)
    agent.says("restarting")
    assert "and then restarts" in agent.cli("resign", "web", check=False).stderr, "it would be forgotten"
    no_answer(wire, "s1-eth0", 0, since)
    assert not wire.frames(is_announce("s1-eth0", PUBLIC_VIP))
    since = hook.open()
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 3, since, "answers")
    wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 3, since, "announcement")
    wait_nic(lab.s1, nic_master)
    agent.says("restarted, still the master", timeout=5)
    assert agent.state() == "master" and agent.instance()["held_back"] is None
    wait_until(lambda: hook.names()[-2:] == ["before-master", "notify"], 3, hook.lines)
    assert hook.names().count("before-master") == 1


def test_superior_advert(lab):
    """A better router comes while it runs: the hook is ended with its children, and notify tells of BACKUP."""
    agent, hook = waited(lab)
    pid = hook.wait_begin()[2]
    Agent(lab, lab.s2, config(lab.s2, priority=150)).wait_state("master")
    agent.wait_state("backup")
    wait_until(lambda: not runs(pid), 3, "the hook is ended")
    wait_until(lambda: hook.lines()[-2].startswith("notify BACKUP"), 3, hook.lines)
    assert "before-master ends" not in hook.lines()
    agent.says("not waited for any more")
    wait_nic(lab.s1, nic_standby)


def test_stop_in_before_master(lab, wire):
    """Backups were held down by the adverts, so it says goodbye; nobody waits for the hook."""
    agent, hook = waited(lab)
    pid = hook.wait_begin()[2]
    since = time.time_ns()
    assert agent.stop() == 0
    wire.wait(is_advert("s1-eth1", priority=0), 1, since, "the goodbye")
    wait_until(lambda: not runs(pid), 3, "the hook is ended")


def test_time_limit(lab):
    """Out of time: told, and it takes over all the same. It ends a moment later, children and all."""
    agent, hook = waited(lab, "timeout 300ms")
    pid = hook.wait_begin()[2]
    wait_nic(lab.s1, nic_master)
    wait_until(lambda: not runs(pid), 3, "the hook is ended")
    trouble = agent.cli("status").stdout
    assert "not ended within its time limit" in trouble
    agent.says("not ended")


def test_strict(lab):
    """strict: it failed, so this router is in FAULT, and says why. The other one takes over again, and is left alone."""
    bad = Hook(lab.s1, "before-master", status=3, gated=False)
    low = Agent(lab, lab.s2, config(lab.s2)).wait_state("master")
    text = config(lab.s1, priority=150, before_master=f"{bad.path} timeout 5s strict")
    high = Agent(lab, lab.s1, text).wait_state("fault")
    assert "exit status 3" in high.cli("status").stdout
    low.wait_state("master")
    high.says("preempts nobody until before-master", timeout=5)
    high.wait_state("backup")
    assert low.state() == "master" and len(bad.names()) == 1


def test_before_backup(lab, wire):
    """resign waits for it, as the owner; a stop does, too, and a second signal does not."""
    lab.ping(PUBLIC_VIP)
    hook = Hook(lab.s1, "before-backup")
    notify = Hook(lab.s1, "notify-backup", gated=False)
    keys = {"before_backup": f"{hook.path} timeout 20s", "notify_backup": notify.path, "handover": "no"}
    agent = Agent(lab, lab.s1, config(lab.s1, priority=150, **keys)).wait_state("master")
    wait_nic(lab.s1, nic_master)
    agent.cli("resign", "--no-wait", "web")
    assert hook.wait_begin()[1::2] == ["BACKUP", "0"]
    assert re.search("leaves +before-backup runs", agent.cli("status", "web").stdout)
    refused = agent.cli("resume", "web", check=False)
    assert refused.returncode == 1 and "before-backup still runs" in refused.stderr
    agent.signal(signal.SIGHUP)
    agent.says("SIGHUP refused: web is about to resign")
    since = time.time_ns()
    wire.wait(is_advert("s1-eth1", priority=150), 2, since, "an advert, as before")
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 2, since, "an answer, as before")
    assert agent.state() == "master" and hook.names()[-1] == "before-backup"
    hook.open()
    agent.wait_state("fault")
    wait_until(lambda: hook.names()[-2:] == ["before-backup", "notify-backup"], 3, hook.lines)
    wait_nic(lab.s1, nic_standby)
    hook.gate.unlink()
    agent.cli("resume", "web")
    agent.wait_state("master")
    wait_nic(lab.s1, nic_master)
    agent.signal(signal.SIGTERM)
    wait_until(lambda: hook.names().count("before-backup") == 2, 3, hook.lines)
    assert agent.state() == "master"
    since = time.time_ns()
    agent.signal(signal.SIGTERM)
    wire.wait(is_advert("s1-eth1", priority=0), 2, since, "the goodbye")
    wait_until(lambda: not agent.alive(), 3, agent.output)
    wait_nic(lab.s1, nic_standby)


def test_before_backup_and_handover(lab):
    """resign waits for it, and then for the other router."""
    hook = Hook(lab.s1, "before-backup", gated=False)
    keys = {"before_backup": f"{hook.path} timeout 20s"}
    high, low = two_agents(lab, interval="300ms", handover_timeout="20s", **keys)
    assert "has taken over" in high.cli("resign", "web", timeout=25).stdout
    assert low.state() == "master" and hook.names() == ["before-backup"]
    wait_nic(lab.s2, nic_master)


def test_before_backup_in_vain(lab, wire):
    """Nobody takes over, so the router stays the master: what before-backup has ended begins again, while the
    address answers."""
    lab.ping(PUBLIC_VIP)
    hooks = {name: Hook(lab.s1, name.replace("_", "-"), gated=False) for name in ("before_master", "before_backup")}
    notify = Hook(lab.s1, "notify", gated=False)
    keys = {name: f"{hook.path} timeout 20s" for name, hook in hooks.items()}
    agent = Agent(lab, lab.s1, config(lab.s1, "300ms", notify=notify.path, **keys)).wait_state("master")
    wait_until(lambda: notify.told("MASTER"), 3, notify.lines)
    before, since = len(notify.names()), time.time_ns()
    assert "nobody has taken over" in agent.cli("resign", "web", check=False).stderr
    wait_until(
        lambda: notify.names()[before:] == ["before-backup", "before-master", "notify"], 3, notify.lines
    )  # fmt: skip
    assert notify.lines()[-2].split()[:2] == ["notify", "MASTER"], notify.lines()
    assert agent.state() == "master" and agent.instance()["lease"]["held"]
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 2, time.time_ns(), "an answer, as before")
    assert not wire.frames(is_advert("s1-eth1", priority=0), since), "said goodbye"


def test_crash_in_before_backup(lab):
    """The agent that is started within the lease is the master again: what before-backup has ended begins again."""
    before = {name: Hook(lab.s1, name, gated=name == "before-backup") for name in ("before-master", "before-backup")}
    notify = Hook(lab.s1, "notify", gated=False)
    keys = {name.replace("-", "_"): f"{hook.path} timeout 20s" for name, hook in before.items()}
    agent = Agent(lab, lab.s1, config(lab.s1, "3s", priority=255, notify=notify.path, **keys)).wait_state("master")
    wait_until(lambda: "notify ends" in notify.lines(), 3, notify.lines)
    agent.cli("resign", "--no-wait", "web")
    before["before-backup"].wait_begin()
    agent.kill()
    count = len(notify.names())
    agent.start()
    wait_until(lambda: notify.names()[count:] == ["before-master", "notify"], 5, notify.lines)
    agent.says("restarted, still the master")
    assert agent.instance()["lease"]["held"]
    before["before-backup"].open()

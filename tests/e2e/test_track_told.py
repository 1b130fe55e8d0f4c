# SPDX-License-Identifier: GPL-2.0-only
"""Tracked files and processes, of which the kernel tells."""

import shutil

import pytest
from daemons import Agent, config
from lab import stop_process, wait_until

pytestmark = pytest.mark.xdp("what is tracked is the same, however adverts are heard")


def priority_is(agent, priority):
    wait_until(lambda: agent.instance()["priority"] == priority, 5, agent.output)


def test_track_file(lab):
    """Without a weight any number but 0 is a fault; with one the number counts times that. No file is 0."""
    veto, load = lab.s1.directory / "told" / "veto", lab.s1.directory / "load"
    load.write_text("7\n")
    agent = Agent(lab, lab.s1, config(lab.s1, track_file=[veto, f"{load} weight -2"]))
    agent.wait_state("master")
    priority_is(agent, 86)
    veto.parent.mkdir()
    veto.write_text("1\n")
    agent.wait_state("fault")
    assert "veto says 1" in agent.cli("status").stdout
    (veto.parent / "next").write_text("0\n")
    (veto.parent / "next").rename(veto)
    agent.wait_state("master")
    veto.write_text("what?\n")
    agent.wait_state("fault")
    veto.unlink()
    agent.wait_state("master")
    load.write_text("-10\n")
    priority_is(agent, 120)
    load.unlink()
    priority_is(agent, 100)
    assert agent.status()["agent"]["idle_wakeups"] == 0


def test_track_process(lab):
    """Its end is told at once, also where another one of that name goes on; its beginning, too, or within a second."""
    program = lab.s1.directory / "tracked-by-test"
    shutil.copy("/bin/sleep", program)

    def start():
        child = lab.s1.ns.popen(program, "60")
        lab.on_close(stop_process, child)
        return child

    agent = Agent(lab, lab.s1, config(lab.s1, track_process=["tracked-by-test", "no-such-program weight -30"]))
    agent.wait_state("fault")
    assert "tracked process tracked-by-test does not run" in agent.cli("status").stdout
    priority_is(agent, 70)
    first, second = start(), start()
    agent.wait_state("master")
    stop_process(first)
    stop_process(second)
    agent.wait_state("fault")
    start()
    agent.wait_state("master")
    assert agent.output().count("tracked process tracked-by-test: not running") == 2

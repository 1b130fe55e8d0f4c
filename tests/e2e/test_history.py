# SPDX-License-Identifier: GPL-2.0-only
"""History: what happened and when, also after the agent, its maps and its disk are gone."""

import json
import os
import pathlib
import re
import signal
import time
import xml.etree.ElementTree

import pytest

from daemons import Agent, config, two_agents
from expect import LATE_NS, Takeover
from lab import wait_until

pytestmark = pytest.mark.xdp("the history is the same, however adverts are heard")

MS = 1_000_000


def transitions(agent, *arguments):
    """The newest first."""
    return json.loads(agent.cli("history", "--json", *arguments).stdout)["transitions"]


def changes(agent):
    return [(t["from"], t["to"], t["cause"]) for t in transitions(agent)]


def written(server):
    """The lines of the file, without its header."""
    path = server.run_dir / "history"
    return path.read_text().splitlines()[1:] if path.exists() else []


STARTED = ("init", "backup", "started")
DOWN = ("backup", "master", "master down")


@pytest.mark.check
def test_takeover(lab, wire):
    """Its moments by the wall clock, as the wire has them."""
    high, low = two_agents(lab)
    dead = lab.block(lab.s1)
    high.kill()
    takeover = Takeover(wire, lab.s2, dead, reply=False)
    low.wait_state("master")
    newest = transitions(low)[0]
    assert (newest["name"], newest["from"], newest["to"]) == ("web", "backup", "master")
    assert newest["peer"] == {"address": lab.s1.private, "priority": 150}
    moments = [newest[k] for k in ("wire", "deadline", "promoted", "announced")]
    assert moments == sorted(moments) and newest["time"] == newest["promoted"]
    assert 0.3 < newest["deadline"] - newest["wire"] < 0.4
    # The recorder stamps at the switch, the kernel at the NIC behind it, the agent once it has sent. Two
    # clocks are compared.
    assert -MS < newest["wire"] * 1e9 - takeover.last.t < LATE_NS
    assert -MS < newest["announced"] * 1e9 - takeover.announce.t < LATE_NS
    text = low.cli("history").stdout
    silent = re.search(rf"{lab.s1.private} silent (\d+)", text)
    assert silent and int(silent[1]) >= 360 and "announced +" in text, text
    assert low.cli("history", "-n", "1").stdout.count("->") == 1


def test_after_the_end(lab):
    """An orderly stop takes the maps along: the file tells, to the next agent's time and after."""
    agent = Agent(lab, lab.s1).wait_state("master")
    assert agent.stop() == 0
    first = changes(agent)
    assert first == [("master", "init", "stopped"), DOWN, STARTED]
    assert len(written(lab.s1)) == 3
    agent.cli("detach", "--all", check=False)
    agent.start().wait_state("master")
    wait_until(lambda: changes(agent) == [DOWN, STARTED, *first], 3, lambda: changes(agent))
    assert agent.stop() == 0
    assert changes(agent) == [("master", "init", "stopped"), DOWN, STARTED, *first]


def test_after_a_crash(lab):
    """SIGKILL: the keeper writes what it was told; maps and file together say everything once."""
    agent = Agent(lab, lab.s1).wait_state("master")
    agent.kill()
    wait_until(lambda: len(written(lab.s1)) == 2, 5, lambda: written(lab.s1))
    assert changes(agent) == [DOWN, STARTED]
    (lab.s1.run_dir / "history").unlink()
    assert changes(agent) == [DOWN, STARTED], "the maps are still there"
    agent.start()
    # What the one that is gone could not write, the next one does.
    wait_until(lambda: len(written(lab.s1)) >= 2, 5, lambda: written(lab.s1))
    assert changes(agent)[-2:] == [DOWN, STARTED]


def test_reload_says_nothing_twice(lab):
    """SIGHUP: another keeper is handed the same transitions."""
    # On a busy machine a reload takes longer than a lease of 300 ms.
    agent = Agent(lab, lab.s1, config(lab.s1, "500ms")).wait_state("master")
    wait_until(lambda: len(written(lab.s1)) == 2, 5, lambda: written(lab.s1))
    for _ in range(3):
        said = agent.output().count("still the master")
        agent.signal(signal.SIGHUP)
        wait_until(lambda: agent.output().count("still the master") > said, 5, agent.output)
    wait_until(lambda: agent.state() == "master", 5, "it is master again")
    wait_until(lambda: list(children(agent).values()) == ["vrrp-history"], 5, lambda: children(agent))
    assert changes(agent) == [DOWN, STARTED]
    assert agent.stop() == 0
    assert len(written(lab.s1)) == 3, written(lab.s1)


def test_reloads_while_a_keeper_is_slow(lab):
    """Each reload leaves its keeper to end by itself: whenever that is, nobody stays a zombie."""
    agent = Agent(lab, lab.s1).wait_state("master")
    for _ in range(3):
        os.kill(keeper_of(agent), signal.SIGSTOP)
        said = agent.output().count("still the master")
        agent.signal(signal.SIGHUP)
        wait_until(lambda: agent.output().count("still the master") > said, 5, agent.output)
        wait_until(lambda: list(children(agent).values())[-1:] == ["vrrp-history"], 5, lambda: children(agent))
    slow = list(children(agent))[:-1]
    assert len(slow) == 3, children(agent)
    for pid in slow:
        os.kill(pid, signal.SIGCONT)
    wait_until(lambda: list(children(agent).values()) == ["vrrp-history"], 5, lambda: children(agent))
    assert agent.stop() == 0


def children(agent):
    """{pid: name} of the agent's processes, those that nobody has reaped yet included."""
    pid = agent.child.pid
    found = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(c): pathlib.Path(f"/proc/{c}/comm").read_text().strip() for c in found}


def keeper_of(agent):
    return [pid for pid, name in children(agent).items() if name == "vrrp-history"][-1]


def ended(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_hanging_disk(lab):
    """A keeper that hangs keeps nobody: not the takeover, and the stop for a second at most."""
    high, low = two_agents(lab)
    keeper = keeper_of(low)
    os.kill(keeper, signal.SIGSTOP)
    try:
        high.stop()
        low.wait_state("master", timeout=2)
        wait_until(lambda: changes(low)[0] == ("backup", "master", "master left"), 2, "the map has it")
        begun = time.monotonic()
        assert low.stop() == 0
        assert time.monotonic() - begun < 4
    finally:
        os.kill(keeper, signal.SIGCONT)
    wait_until(lambda: len(written(lab.s2)) == 3, 5, lambda: written(lab.s2))
    wait_until(lambda: ended(keeper), 5, "the keeper ends, too")


def test_killed_keeper(lab):
    """It is said, once, and the agent goes on; the maps know what came since."""
    agent = Agent(lab, lab.s1).wait_state("master")
    wait_until(lambda: len(written(lab.s1)) == 2, 5, lambda: written(lab.s1))
    os.kill(keeper_of(agent), signal.SIGKILL)
    agent.cli("resign", "web", "--force")
    agent.wait_state("fault")
    agent.cli("resume", "web")
    agent.wait_state("master")
    wait_until(lambda: len(changes(agent)) == 5, 5, lambda: changes(agent))
    assert len(written(lab.s1)) == 2
    assert agent.output().count("has ended") == 1, agent.output()
    assert agent.stop() == 0


def test_no_place_to_write(lab):
    """That is said, and is no reason not to run."""
    state = lab.s1.directory / "state"
    state.write_text("a file, not a directory")
    agent = Agent(lab, lab.s1, start=False)
    agent.path.write_text(config(lab.s1, interval="300ms"))
    agent.start("-c", agent.path, "--state-dir", state).wait_state("master")
    agent.says("cannot write the history", timeout=5)
    assert changes(agent) == [DOWN, STARTED]
    assert agent.stop() == 0


def test_state_directory(lab):
    """--state-dir: made where it is missing, used by both, and a damaged file loses no more than that."""
    state = lab.s1.directory / "deep/state"
    agent = Agent(lab, lab.s1, start=False)
    agent.path.write_text(config(lab.s1, interval="300ms"))
    agent.start("-c", agent.path, "--state-dir", state).wait_state("master")
    assert agent.stop() == 0
    assert not (lab.s1.run_dir / "history").exists()
    assert transitions(agent) == []
    assert len(transitions(agent, "--state-dir", state)) == 3
    path = state / "history"
    path.write_bytes(path.read_bytes()[:-20] + b"\0\xff\n\nnonsense\n")
    assert len(transitions(agent, "--state-dir", state)) == 2
    agent.start("-c", agent.path, "--state-dir", state).wait_state("master")
    assert agent.stop() == 0
    assert len(path.read_text().splitlines()) == 1 + 2 + 3
    assert sorted(p.name for p in state.iterdir()) == ["history"]


def test_svg(lab, wire):
    """A picture that an XML parser reads: of the newest takeover, or of the one that is asked for."""
    agent = Agent(lab, lab.s1).wait_state("master")
    agent.stop()
    path = lab.s1.directory / "failover.svg"
    agent.cli("history", "web", "--svg", path)
    root = xml.etree.ElementTree.parse(path).getroot()
    texts = ["".join(e.itertext()) for e in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "web: backup → master" in texts and "address announced" in texts
    assert "init → backup" in agent.cli("history", "--svg", "-", "--number", "3").stdout
    for arguments in (["--number", "1"], ["--svg"], ["-n", "0"], ["-n", "257"], ["-n"], ["a", "b"],
                      ["--svg", "x", "--json"], ["--svg", "x", "--number", "x"]):  # fmt: skip
        assert agent.cli("history", *arguments, check=False).returncode == 2, arguments
    for arguments in (["--svg", "/nowhere/x.svg"], ["--svg", path, "--number", "200"]):
        refused = agent.cli("history", *arguments, check=False)
        assert refused.returncode == 1 and refused.stderr


def test_nothing_to_tell(lab):
    """No file, no maps: that is what it says. And a name that is not there has a nearest one."""
    agent = Agent(lab, lab.s1, start=False)
    assert "no transition" in agent.cli("history").stdout
    assert transitions(agent) == []
    assert agent.cli("history", "--svg", "x", check=False).returncode == 1
    agent.start().wait_state("master")
    for command in ("history", "status"):
        refused = agent.cli(command, "wbe", check=False)
        assert refused.returncode == 1 and refused.stderr.endswith("the nearest is web\n")
    assert agent.cli("history", "nobody", check=False).returncode == 1
    assert agent.cli("status", "nobody", check=False).returncode == 1
    assert "the nearest is: vrrp-xdp status" in agent.cli("staus", check=False).stderr

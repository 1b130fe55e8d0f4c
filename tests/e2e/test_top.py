# SPDX-License-Identifier: GPL-2.0-only
"""top in a terminal: what is on the screen, and keys."""

import re

import pytest
from daemons import SOCKET, Agent, config, two_agents
from lab import wait_until
from terminal import Terminal
from wire import build_advert, send_frames

pytestmark = pytest.mark.xdp("shows what status shows")


def test_screen(lab):
    """Routers, lease, gaps, peers and transitions of both sides; what is refused as it is refused."""
    high, low = two_agents(lab)
    master = Terminal(lab, high)
    screen = master.wait(r"^web +55 +master", r"this host", r"init -> backup", r"backup -> master")
    assert re.search(r"^web .* █+.* \d+ms +this host", screen, re.M), screen
    backup = Terminal(lab, low)
    how = "socket" if SOCKET else "native"
    screen = backup.wait(r"^web +55 +backup .* 10\.51\.67\.13 \(150\)", rf"^  eth1 {how} .*▃▃▃",
                         r"^eth1 +55  10\.51\.67\.13 +150 +100ms")  # fmt: skip
    assert "interval_zero" not in screen
    for line in screen.splitlines():
        assert len(line) <= 80

    def refused():
        send_frames(lab.s1.ns, "eth1", [build_advert(src="10.51.67.66", interval_cs=0)])
        return re.search(r"^web interval_zero +\d+\.\d +\d+$", backup.screen(), re.M)

    wait_until(refused, 5, lambda: f"a counter moves\n{backup.screen()}")
    high.stop()
    backup.wait(r"^web +55 +master", r"backup -> master +master left")
    for terminal in (master, backup):
        assert terminal.runs()
        terminal.tmux("send-keys", "q")
        terminal.wait_end()


def test_resize(lab):
    """Another size: all of it is used, nothing of the old page is left."""
    agent = Agent(lab, lab.s1).wait_state("master")
    terminal = Terminal(lab, agent)
    terminal.wait(r"^web +55 +master", r"^q quits$")
    terminal.tmux("resize-window", "-x", "200", "-y", "50")

    def last_line(rows):
        lines = terminal.screen().split("\n")
        return (len(lines) == rows + 1 and lines[rows - 1].startswith("q quits")
                and lines[2].startswith("web"))  # fmt: skip

    wait_until(lambda: last_line(50), 5, terminal.screen)
    assert len(terminal.screen().splitlines()[0]) == 200  # the clock is at its right end
    assert terminal.screen().count("q quits") == 1
    terminal.tmux("resize-window", "-x", "60", "-y", "12")
    wait_until(lambda: last_line(12), 5, terminal.screen)


def test_scroll(lab):
    """More routers than lines: keys move the list, to its ends and not beyond."""
    text = "".join(
        config(lab.s1, name=f"r{n}", vrid=n, address=f"10.9.0.{n}/32", mac=None, gateway=None,
               standby_address=None, standby_gateway=None) for n in range(1, 21)
    )  # fmt: skip
    agent = Agent(lab, lab.s1, text).wait_state("master", name="r20")
    terminal = Terminal(lab, agent)
    terminal.wait(r"^r1 ", r"line 1 of 40$")
    terminal.tmux("send-keys", "Down")
    assert not re.search(r"^r1 ", terminal.wait(r"line 2 of 40$"), re.M)
    terminal.tmux("send-keys", "End")
    terminal.wait(r"^r20 ")
    terminal.tmux("send-keys", "NPage", "NPage", "Down")
    terminal.wait(r"^r20 ")
    terminal.tmux("send-keys", "Home")
    terminal.wait(r"^r1 ", r"line 1 of 40$")


def colours(text):
    return set(re.findall(r"\x1b\[(?:\d+;)*(3[0-7])(?:;\d+)*m", text))


def test_colours(lab):
    """On a terminal that has them, and without NO_COLOR."""
    agent = Agent(lab, lab.s1).wait_state("master")
    coloured = Terminal(lab, agent)
    coloured.wait(r"^web +55 +master")
    assert "32" in colours(coloured.screen("-e")), coloured.screen("-e")
    coloured.tmux("send-keys", "q")
    coloured.wait_end()
    plain = Terminal(lab, agent, NO_COLOR="1")
    plain.wait(r"^web +55 +master")
    assert not colours(plain.screen("-e")), plain.screen("-e")


def test_maps_come_and_go(lab):
    """top outlives the agent, waits for the next one, and shows what happened between."""
    agent = Agent(lab, lab.s1, start=False)
    terminal = Terminal(lab, agent, LC_ALL="C")
    terminal.wait(r"no agent runs, nothing is attached")
    agent.start().wait_state("master")
    terminal.wait(r"^web +55 +master", r" ##")  # and letters, where there are no others
    agent.stop()
    terminal.wait(r"no agent runs", r"master -> init +stopped")


def test_without_a_terminal(lab):
    """A pipe is none: what to use instead."""
    agent = Agent(lab, lab.s1, start=False)
    refused = agent.cli("top", check=False)
    assert refused.returncode == 1 and "status" in refused.stderr
    for arguments in (["-d", "0"], ["-d", "x"], ["-d"], ["--json"], ["web"]):
        assert agent.cli("top", *arguments, check=False).returncode == 2

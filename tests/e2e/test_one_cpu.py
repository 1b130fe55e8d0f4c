# SPDX-License-Identifier: GPL-2.0-only
"""An agent that shares its only CPU with what it waits for: it never spins, and no script is cut in half.

Each agent here has one CPU for itself and its scripts, whatever the host has; `run-tests --e2e --one-cpu`
puts the whole lab on it."""

import contextlib
import os
import pathlib
import resource
import signal
import threading
import time

import pytest

from daemons import BINARY, Agent, config, frozen
from lab import PUBLIC_VIP, holds_for, wait_until
from test_seed import SCHEMES, executable
from wire import is_announce, is_reply

pytestmark = pytest.mark.one_cpu

TICKS = os.sysconf("SC_CLK_TCK")
# Of idle wake-ups: a spin makes thousands in a second, a race of the clock with itself one now and then.
FEW = 20


class OneCpu(Agent):
    """On the first CPU, with all that it starts."""

    def _start(self, program, *arguments):
        super()._start("taskset", "-c", min(os.sched_getaffinity(0)), program, *arguments)
        wait_until(lambda: self.is_program(), 5, "the agent runs")

    def is_program(self):
        return pathlib.Path(f"/proc/{self.child.pid}/comm").read_text().startswith(BINARY.name[:15])

    def cpu(self):
        """Seconds of CPU that the agent itself has used."""
        fields = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def in_no_hurry(agent, part=0.05):
    """A context: in it the agent uses less than this part of a CPU, and finds something to do at each wake-up."""

    @contextlib.contextmanager
    def look():
        idle, cpu, began = agent.status()["agent"]["idle_wakeups"], agent.cpu(), time.monotonic()
        yield
        spent, passed = agent.cpu() - cpu, time.monotonic() - began
        assert spent <= part * passed + 2 / TICKS, f"{spent:.2f} s of CPU in {passed:.2f} s\n{agent.output()}"
        told = agent.status()["agent"]
        assert told["idle_wakeups"] - idle < FEW, f"{told}\n{agent.output()}"
        assert not told["realtime_lost"]

    return look()


def slow(server, name, seconds, text="#!/bin/sh\n"):
    """A script that says when it begins and ends, and computes and sleeps in between."""
    story = server.directory / "story"
    return executable(
        server.directory / name,
        f"{text}echo {name} begins >>{story}\nsleep {seconds}\necho {name} ends >>{story}\n",
    )


def story(server):
    path = server.directory / "story"
    return path.read_text().splitlines() if path.exists() else []


@contextlib.contextmanager
def restless(server):
    """Interfaces come and go all the time: the monitor always has something to tell."""
    over = threading.Event()

    made = []

    def disturb():
        while not over.wait(0.02):
            server.ns.ip("link", "add", "busy0", "type", "veth", "peer", "name", "busy1")
            server.ns.ip("link", "del", "busy0")
            made.append(1)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert len(made) > 5, "it was quiet"


def test_stop_waits_for_the_users_script(lab, wire):
    """The users' own scheme, whose script takes 2 s: so does the stop, and both NICs are right."""
    _, master, backup, command, _, _ = SCHEMES[1]
    names = dict(n=lab.s1.number, mac=lab.s1.own_mac)
    up = executable(lab.s1.directory / "Master.sh", master.format(**names))
    down = executable(
        lab.s1.directory / "Backup.sh", backup.format(**names).replace("#!/bin/bash\n", "#!/bin/bash\nsleep 2\n")
    )
    agent = OneCpu(lab, lab.s1, start=False).start(*command.format(up=up, down=down).split())
    wait_until(lambda: lab.s1.carries(PUBLIC_VIP) and not lab.s1.carries(lab.s1.public), 12, agent.output)
    began = time.monotonic()
    agent.child.terminate()
    agent.says("stopping", timeout=2)
    with in_no_hurry(agent):
        holds_for(agent.alive, 1, lambda: f"it did not wait\n{agent.output()}")
    assert agent.ends() == 0
    assert 2 <= time.monotonic() - began < 5, agent.output()
    assert lab.s1.carries(lab.s1.public) and not lab.s1.carries(PUBLIC_VIP)
    assert lab.s1.ns.mac("eth0") == lab.s1.own_mac
    assert "killed" not in agent.output()


def test_second_signal(lab):
    """Who asks again does not wait: the script that runs is killed, and the log names it."""
    down = slow(lab.s1, "down", 60)
    agent = OneCpu(lab, lab.s1, start=False).start(
        *f"-i eth1 10.51.67.93/24 -v 55 -U /bin/true -D {down}".split()
    )
    wait_until(lambda: story(lab.s1) == ["down begins"], 8, agent.output)
    agent.child.terminate()
    agent.says("stopping", timeout=2)
    holds_for(agent.alive, 0.5, agent.output)
    assert agent.stop() == 0
    agent.says(f"{down}: killed, because the agent ends: what it changes may be half done")


def reload_begins(agent):
    agent.signal(signal.SIGHUP)
    agent.says("restarting", timeout=2)


def stop_begins(agent):
    agent.child.terminate()
    agent.says("stopping", timeout=2)


def nothing(agent):
    pass


# Everything that the agent waits for at some time, and all of it at once.
BUSY = dict(
    garp_refresh="1s", garp_count=20, garp_interval="100ms", witness="gateway", preempt_delay="1s", notify_timeout="20s"
)  # fmt: skip

PHASES = [("running", nothing), ("a reload waits", reload_begins), ("a stop waits", stop_begins)]


@pytest.mark.parametrize("state", ["master", "backup", "fault"])
@pytest.mark.parametrize("description,begin", PHASES, ids=[p[0] for p in PHASES])
def test_every_deadline_is_served(lab, description, begin, state):
    """Whatever the agent is: with scripts that run, a witness that is asked, announcements, and interfaces that
    come and go, it sleeps between two things to do."""
    script = slow(lab.s1, "hook", 10)  # longer than this test
    check = executable(lab.s1.directory / "check", "#!/bin/sh\nexec test ! -e $0.bad\n")
    text = config(lab.s1, priority=50, track_script=f"{check} every 200ms timeout 1s", notify=script, **BUSY)
    if state == "backup":
        Agent(lab, lab.s2, config(lab.s2, priority=200)).wait_state("master")
    if state == "fault":
        (lab.s1.directory / "check.bad").touch()
    agent = OneCpu(lab, lab.s1, text).wait_state(state)
    wait_until(lambda: story(lab.s1), 5, "the hook runs")
    begin(agent)
    # A look at all interfaces 50 times a second has its price; a spin has all of the CPU.
    with restless(lab.s1), in_no_hurry(agent, 0.3):
        holds_for(agent.alive, 1.5, agent.output)
    with in_no_hurry(agent):
        holds_for(agent.alive, 0.8, agent.output)
    agent.kill()


def test_held_up_with_announcements_to_come(lab, wire):
    """A master that listens after its lease ran out owns nothing, so it announces nothing, and waits for
    nothing of that either."""
    text = config(lab.s1, interval="1s", garp_refresh="1s")
    agent = OneCpu(lab, lab.s1, text).wait_state("master", 8)
    lab.ping(PUBLIC_VIP)
    wire.wait(is_reply("s1-eth0", PUBLIC_VIP), 5, what="answer")
    for _ in range(5):
        with frozen(agent, 3.3):
            pass
        with in_no_hurry(agent):
            holds_for(agent.alive, 0.5, agent.output)
        if "stays MASTER" in agent.output():
            break
        agent.wait_state("master", 8)
    else:
        raise AssertionError(agent.output())
    wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 5, agent.thawed, "announcement when it owns again")


def test_reload_to_normal_priority(lab):
    """A program that is executed in another one's place has its priority; `realtime = 0` says otherwise."""
    text = "[agent]\nrealtime = {priority}\n\n" + config(lab.s1)
    agent = OneCpu(lab, lab.s1, text.format(priority=60)).wait_state("master")
    for priority in (60, 0, 10):
        agent.reload(text.format(priority=priority)).wait_state("master")
        wanted = os.SCHED_FIFO if priority else os.SCHED_OTHER

        def scheduled():
            policy = os.sched_getscheduler(agent.child.pid) & ~os.SCHED_RESET_ON_FORK
            return policy, os.sched_getparam(agent.child.pid).sched_priority

        # It listens before it takes its priority.
        wait_until(lambda: scheduled() == (wanted, priority), 2, lambda: f"{priority}, and not {scheduled()}")
        wait_until(lambda: agent.status()["agent"]["realtime"] == priority, 2, "it is told")
        assert resource.prlimit(agent.child.pid, resource.RLIMIT_RTTIME)[0] <= 1_000_000


def ends(agent, server, wanted):
    """Stopped, it runs what ends the role."""
    assert agent.stop(15) == 0
    assert story(server)[-2:] == [f"{wanted} begins", f"{wanted} ends"], f"{story(server)}\n{agent.output()}"


def test_down_script_after_a_reload(lab):
    """An agent that adopts a master ends it as the one before would have."""
    down = slow(lab.s1, "down", 1)
    agent = OneCpu(lab, lab.s1, config(lab.s1, notify_backup=down)).wait_state("master")
    wait_until(lambda: story(lab.s1) == ["down begins", "down ends"], 5, "as a backup, at the start")
    agent.signal(signal.SIGHUP)
    agent.says("restarted, still the master", timeout=5)
    assert len(story(lab.s1)) == 2, "nobody is told of a reload"
    ends(agent, lab.s1, "down")
    assert len(story(lab.s1)) == 4


def test_down_script_after_a_crash(lab):
    """The same with vrrpd's command line, whose scripts move the address: killed, and started within the lease."""
    down = slow(lab.s1, "down", 1)
    agent = OneCpu(lab, lab.s1, start=False)
    arguments = f"-i eth1 10.51.67.93/24 -v 55 -U /bin/true -D {down}".split()
    agent.start(*arguments)
    agent.says("-> MASTER", timeout=8)
    agent.kill()
    agent.start(*arguments)
    agent.says("restarted, still the master")
    ends(agent, lab.s1, "down")


def test_a_stopping_agent_takes_no_orders(lab):
    script = slow(lab.s1, "hook", 2)
    agent = OneCpu(lab, lab.s1, config(lab.s1, notify_backup=script)).wait_state("master")
    stop_begins(agent)
    agent.says("waiting for running programs", timeout=2)
    said = agent.cli("resign", "web", check=False)
    assert said.returncode == 1 and "stopping" in said.stderr, said
    agent.signal(signal.SIGHUP)
    assert agent.ends() == 0
    assert "restarting" not in agent.output() and "MASTER -> INIT: stopped" in agent.output()
    assert "resigned" not in agent.output() and "does not run" not in agent.output()

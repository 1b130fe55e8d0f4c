# SPDX-License-Identifier: GPL-2.0-only
"""Starting, stopping and crashing over and over: nothing is left behind, and every NIC is repaired.

VRRP_XDP_CYCLES=10000 runs the full numbers (10,000 starts, 1,000 crashes); the suite runs a
hundredth of the first and a twentieth of the second. VRRP_XDP_SEED replays the random moments.
"""

import contextlib
import ctypes
import errno
import json
import os
import pathlib
import random
import subprocess
import threading
import time

import pytest

from daemons import BINARY, Agent, config
from expect import nic, nic_master, wait_nic
from lab import PUBLIC_VIP, wait_until
from wire import Recorder, is_advert, is_announce

FULL = int(os.environ.get("VRRP_XDP_CYCLES", 0))
STARTS = FULL or 100
CRASHES = FULL // 10 or 50
SEED = int(os.environ.get("VRRP_XDP_SEED", time.time_ns() % 1_000_000))

KINDS = {"map": "map_id", "prog": "prog_id", "link": "link_id", "btf": "btf_id"}


# ---- what a host carries -------------------------------------------------------------------------------


def names_in(directory):
    if not directory.exists():
        return []
    return sorted(str(p.relative_to(directory)) for p in directory.rglob("*"))


def mounts_below(directory):
    """With those that lie upon each other."""
    lines = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    return sorted(m for m in (line.split()[4] for line in lines) if m.startswith(f"{directory}/"))


def proc_net(ns, name):
    with ns:
        return pathlib.Path(f"/proc/thread-self/net/{name}").read_text().splitlines()[1:]


def without(value, *keys):
    """What iproute2 says, but for what changes by itself."""
    if isinstance(value, list):
        return [without(v, *keys) for v in value]
    if isinstance(value, dict):
        return {k: without(v, *keys) for k, v in value.items() if k not in keys}
    return value


def say(ns, *command):
    return json.loads(ns.run(*command).stdout or "[]")


def belongings(server):
    """Everything that an agent could leave on a host, by name, so that a difference has one."""
    ns = server.ns
    sockets = {name: len(proc_net(ns, name)) for name in ("packet", "raw", "raw6", "udp", "netlink")}
    sockets["unix"] = sorted(
        line.split()[7] for line in proc_net(ns, "unix") if str(server.directory) in line
    )
    return {
        "run directory": names_in(server.run_dir),
        "bpffs": names_in(server.bpffs),
        "mounts": mounts_below(server.directory),
        "sockets": sockets,
        "links": without(say(ns, "ip", "-j", "-d", "link"), "stats64"),
        "addresses": without(say(ns, "ip", "-j", "addr"), "valid_life_time", "preferred_life_time"),
        "multicast groups": say(ns, "ip", "-j", "maddr"),
        "routes": say(ns, "ip", "-j", "route", "show", "table", "all"),
        "routes6": say(ns, "ip", "-j", "-6", "route", "show", "table", "all"),
        "rules": say(ns, "ip", "-j", "rule"),
        "qdiscs": say(ns, "tc", "-j", "qdisc"),
        "filters": [
            ns.run("tc", "filter", "show", "dev", dev, hook, check=False).stdout
            for dev in ("eth0", "eth1")
            for hook in ("ingress", "egress")
        ],
    }


def difference(before, now):
    """In few words, also where both are long lists."""
    lines = []
    for what in before:
        old, new = before[what], now[what]
        if old == new:
            continue
        if isinstance(old, list):
            old, new = [o for o in old if o not in new], [n for n in new if n not in old]
        lines.append(f"{what}: {old} before, {new} now")
    return "\n".join(lines)


def settle(server, wanted, what):
    """What the kernel takes away after a grace period has a moment; a leak stays."""
    wait_until(
        lambda: belongings(server) == wanted,
        5,
        lambda: f"{what} (seed {SEED})\n{difference(wanted, belongings(server))}",
    )


@pytest.fixture
def server(lab):
    """s1. Its link-local address is never tentative, which would last longer than a cycle, and is the
    kernel's matter."""
    lab.s1.ns.sysctl("net.ipv6.conf.eth0.accept_dad", 0)
    wait_until(lambda: "tentative" not in lab.s1.ns.ip("-6", "addr"), 5, "addresses settle")
    return lab.s1


class Objects:
    """BPF objects that our agents held or pinned at any time, by the kernel's number, which it does not
    give again: others on this machine may come and go with theirs."""

    def __init__(self, server):
        self._server = server
        self._libbpf = ctypes.CDLL("libbpf.so.1", use_errno=True)
        self.seen = {kind: set() for kind in KINDS}

    def _read(self, info):
        for line in info.read_text().splitlines():
            name, _, value = line.partition(":")
            if name in KINDS.values():
                kind = next(k for k, field in KINDS.items() if field == name)
                self.seen[kind].add(int(value))

    def note(self, pid):
        for info in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
            with contextlib.suppress(FileNotFoundError):
                self._read(info)
        for pin in self._server.bpffs.iterdir():
            fd = self._libbpf.bpf_obj_get(str(pin).encode())
            if fd >= 0:
                self._read(pathlib.Path(f"/proc/self/fdinfo/{fd}"))
                os.close(fd)

    def _exists(self, kind, number):
        fd = getattr(self._libbpf, f"bpf_{kind}_get_fd_by_id")(number)
        if fd >= 0:
            os.close(fd)
            return True
        assert ctypes.get_errno() == errno.ENOENT, os.strerror(ctypes.get_errno())
        return False

    def _left(self):
        return [f"{k} {n}" for k, seen in self.seen.items() for n in sorted(seen) if self._exists(k, n)]

    def all_gone(self):
        for kind, seen in self.seen.items():
            assert seen, f"no {kind} was ever seen: the test tests nothing"
        wait_until(lambda: not self._left(), 10, lambda: f"still there: {self._left()}")
        self.seen = {kind: set() for kind in KINDS}


def heard(lab):
    """Adverts and announcements of s1 alone: a long run must not fill the memory."""
    wire = Recorder(lab.switch, ["s1-eth0", "s1-eth1"], lambda f: not f.out and (f.advert or f.announces))
    lab.on_close(wire.close)
    return wire


# ---- start and stop --------------------------------------------------------------------------------------


def test_start_stop(lab, server):
    """SIGTERM; each tenth cycle SIGKILL, a start upon what that left, SIGTERM."""
    objects = Objects(server)
    agent = Agent(lab, server, config(server, interval="10ms", priority=255), start=False)
    fresh = belongings(server)
    wire, clean = heard(lab), None

    def start():
        since = time.time_ns()
        agent.start()
        wire.wait(is_advert("s1-eth1", priority=255), 10, since, f"advert\n{agent.output()}")
        objects.note(agent.child.pid)

    for cycle in range(STARTS):
        if cycle % 500 == 499:
            wire.close()
            wire = heard(lab)
        start()
        if cycle % 10 == 9:
            wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 5, wire.frames()[-1].t - 10**9, "announcement")
            agent.kill()
            assert names_in(server.bpffs) != clean["bpffs"], "a killed agent tidied up"
            start()
        assert agent.stop() == 0, agent.output()
        if clean is None:
            # The first run leaves what the next one finds: the directories, the file of its lock, and
            # what there is to tell about it.
            # (The kernel itself puts two files into every bpffs.)
            clean = belongings(server)
            assert set(clean["bpffs"]) <= {"maps.debug", "progs.debug"}, clean["bpffs"]
            allowed = {"run directory": ["agent.lock", "history"], "mounts": [str(server.bpffs)]}
            expected = {**fresh, **allowed, "bpffs": clean["bpffs"]}
            settle(server, expected, "after the first cycle")
        settle(server, clean, f"after cycle {cycle}")
        agent.log.unlink()
        if cycle % 50 == 49 or cycle == STARTS - 1:
            objects.all_gone()


# ---- crash and recover -----------------------------------------------------------------------------------

# Into a system call or out of it: as often as a promotion does, and some more.
STEPS = 48

# What the agent has to bring back: the README's set-up, and one that is all the host's own.
HOSTS = [
    ("standby keys", {}),
    ("the host's own", {"standby_address": None, "standby_gateway": None, "mac": "virtual"}),
]


class Traced:
    """The agent under ptrace, for as long as it lives: so that it can die at a system call by number."""

    SEIZE, INTERRUPT, SYSCALL = 0x4206, 0x4207, 24
    SYSGOOD = 1

    def __init__(self, agent):
        self._pid = agent.child.pid
        self._ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        self._ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._ptrace.restype = ctypes.c_long
        self._ask(self.SEIZE, self.SYSGOOD)
        self._ask(self.INTERRUPT)
        self._asleep = False
        assert self._stopped(5) == 0, "it does not stop"

    def _ask(self, request, data=0):
        if self._ptrace(request, self._pid, None, data) < 0:
            raise OSError(ctypes.get_errno(), f"ptrace: {os.strerror(ctypes.get_errno())}")

    def _stopped(self, seconds):
        """The signal that stopped it; 0: a system call, or we; None: it sleeps all the time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pid, status = os.waitpid(self._pid, os.WNOHANG | 0x40000000)  # __WALL
            if pid:
                assert os.WIFSTOPPED(status), f"died by itself: {status:#x}"
                own = os.WSTOPSIG(status) & 0x80 or status >> 16
                return 0 if own else os.WSTOPSIG(status)
        return None

    def steps(self, count, patience=0.2):
        """So many times into a system call or out of it; fewer when it sleeps for `patience` seconds."""
        signal = 0
        while count > 0 and signal is not None:
            if not self._asleep:
                self._ask(self.SYSCALL, signal)
            signal = self._stopped(patience)
            self._asleep = signal is None
            count -= not signal


def crash(agent, dice, place):
    """resign, resume, resign, each up to 10 ms after the one before; SIGKILL while the last one is
    carried out. Every other time that is a promotion, whose requests the announcement parts, and the
    moment a system call: `place` of 0 to 1 goes through them all. Else it is what chance says."""
    pause, by_call = threading.Event(), place is not None
    words = ("resign", "resume")
    count = 2 * dice.randrange(1, 4) - (1 if by_call else dice.randrange(2))
    for number in range(count):
        agent.cli(words[number % 2], "web")
        pause.wait(dice.uniform(0, 0.010))
    traced = Traced(agent) if by_call else None
    if traced:
        traced.steps(1000, 0.05)  # what the last word still has to do, to its end
    last = agent.ns.popen(
        *(BINARY, words[count % 2], "web", *agent.where),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if traced:
        traced.steps(int(place * STEPS))
    else:
        pause.wait(dice.uniform(0.001, 0.006))
    agent.kill()
    last.wait(10)


@pytest.mark.parametrize("description,keys", HOSTS, ids=[r[0] for r in HOSTS])
def test_crash_and_recover(lab, server, description, keys):
    """SIGKILL at random points of takeovers, and of the repair after that; then the next start and a
    stop leave what the host had on its first day."""
    dice = random.Random(SEED)
    objects = Objects(server)
    server.ns.ip("route", "add", "203.0.113.0/24", "via", "192.168.1.7")
    agent = Agent(lab, server, config(server, interval="10ms", priority=255, **keys), start=False)
    original = nic(server)
    wire, clean, moments = heard(lab), None, {}
    crashes = CRASHES // len(HOSTS)
    for cycle in range(crashes):
        story = f"crash {cycle} of seed {SEED}"
        if cycle % 100 == 99:
            wire.close()
            wire = heard(lab)
        for kill in range(dice.choice((1, 1, 2, 3))):
            since = time.time_ns()
            agent.start()
            if kill == 0:
                wire.wait(is_advert("s1-eth1", priority=255), 10, since, f"advert, {story}")
                objects.note(agent.child.pid)
                place = (cycle + 2 * dice.random()) / crashes if cycle % 2 == 0 else None
                crash(agent, dice, place)
            else:
                # In the middle of what repairs the last one.
                threading.Event().wait(dice.uniform(0, 0.250))
                agent.kill()
            found = str(nic(server))
            moments[found] = moments.get(found, 0) + 1
        since = time.time_ns()
        agent.start()
        if cycle // 2 % 2:
            wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 10, since, f"announcement, {story}")
            if description == "standby keys":
                wait_nic(server, nic_master)
            else:
                wait_until(lambda: server.carries(PUBLIC_VIP), 3, f"{story}: {nic(server)}")
        else:
            wire.wait(is_advert("s1-eth1", priority=255), 10, since, f"advert, {story}")
        objects.note(agent.child.pid)
        assert agent.stop() == 0, f"{story}\n{agent.output()}"
        assert nic(server) == original, f"{story}\n{agent.output()}"
        clean = clean or belongings(server)
        settle(server, clean, story)
        for log in server.directory.glob("Agent-*.log"):
            log.unlink()
    assert len(moments) >= 3, f"no crash between two changes of the NIC: {moments}"
    objects.all_gone()

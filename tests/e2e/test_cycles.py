# SPDX-License-Identifier: GPL-2.0-only
"""Starting, stopping and crashing over and over: nothing is left behind, and every NIC is repaired.

Most of a cycle is waiting for the kernel's grace periods: several labs, each in a process of its own,
share the cycles. VRRP_XDP_CYCLES=10000 runs the full numbers (10,000 starts, 1,000 crashes), and =1000
ten times the same in pieces. VRRP_XDP_SEED replays the random moments: each cycle has dice of its own.
"""

import collections
import concurrent.futures
import contextlib
import ctypes
import errno
import json
import multiprocessing
import os
import pathlib
import random
import signal
import subprocess
import threading
import time

import pytest

from daemons import BINARY, Agent, config
from expect import nic, nic_master, wait_nic
from lab import PUBLIC_VIP, SELDOM, Lab, wait_until
from traced import Traced
from wire import Recorder, is_advert, is_announce

FULL = int(os.environ.get("VRRP_XDP_CYCLES", 0))
STARTS = FULL or 200
CRASHES = FULL // 10 or 160
LABS = 8
SEED = int(os.environ.get("VRRP_XDP_SEED", time.time_ns() % 1_000_000))

# BTF goes with the programs and maps that it describes: nobody holds it for itself.
KINDS = {"map": "map_id", "prog": "prog_id", "link": "link_id"}


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


def say(ns, command, lines):
    """What each of these commands says, of one process: hundreds of thousands would take hours."""
    text = ns.run(*command, "-batch", "-", input="\n".join(lines) + "\n").stdout
    answers, at = [], 0
    while at < len(text):
        answer, at = json.JSONDecoder().raw_decode(text, at)
        answers.append(answer)
        at += len(text[at:]) - len(text[at:].lstrip())
    assert len(answers) == len(lines), f"{lines}: {text}"
    return answers


def belongings(server):
    """Everything that an agent could leave on a host, by name, so that a difference has one."""
    ns = server.ns
    sockets = {name: len(proc_net(ns, name)) for name in ("packet", "raw", "raw6", "udp", "netlink")}
    sockets["unix"] = sorted(
        line.split()[7] for line in proc_net(ns, "unix") if str(server.directory) in line
    )
    links, addresses, groups, routes, rules = say(
        ns, ("ip", "-j", "-d"), ["link", "addr", "maddr", "route show table all", "rule"]
    )
    (routes6,) = say(ns, ("ip", "-j", "-6"), ["route show table all"])
    filters = [f"filter show dev {nic} {hook}" for nic in ("eth0", "eth1") for hook in ("ingress", "egress")]
    qdiscs, *filters = say(ns, ("tc", "-j"), ["qdisc", *filters])
    return {
        "run directory": names_in(server.run_dir),
        "bpffs": names_in(server.bpffs),
        "mounts": mounts_below(server.directory),
        "sockets": sockets,
        "links": without(links, "stats64"),
        "addresses": without(addresses, "valid_life_time", "preferred_life_time"),
        "multicast groups": groups,
        "routes": routes,
        "routes6": routes6,
        "rules": rules,
        "qdiscs": qdiscs,
        "filters": filters,
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
        every=SELDOM,
    )


@contextlib.contextmanager
def host():
    """A lab and its s1, whose link-local address is never tentative: that would last longer than a cycle,
    and is the kernel's matter."""
    with Lab() as lab:
        lab.s1.ns.sysctl("net.ipv6.conf.eth0.accept_dad", 0)
        wait_until(lambda: "tentative" not in lab.s1.ns.ip("-6", "addr"), 5, "addresses settle", every=0.2)
        yield lab, lab.s1


def share(cycles, function, *arguments):
    """function(range of cycles, *arguments) in LABS processes; their results."""
    at = [cycles * n // LABS for n in range(LABS + 1)]
    parts = [range(first, last) for first, last in zip(at, at[1:]) if first < last]
    fork = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(len(parts), fork) as pool:
        return [f.result() for f in [pool.submit(function, part, *arguments) for part in parts]]


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


def start_and_stop(cycles):
    with host() as (lab, server):
        objects = Objects(server)
        agent = Agent(lab, server, config(server, interval="10ms", priority=255), start=False)
        fresh = belongings(server)
        wire, clean = heard(lab), None

        def start():
            since = time.time_ns()
            agent.start()
            wire.wait(is_advert("s1-eth1", priority=255), 10, since, f"advert\n{agent.output()}")
            objects.note(agent.child.pid)

        for cycle in cycles:
            if cycle % 500 == 499:
                wire.close()
                wire = heard(lab)
            start()
            if cycle % 10 == 9:
                since = wire.frames()[-1].t - 10**9
                wire.wait(is_announce("s1-eth0", PUBLIC_VIP), 5, since, "announcement")
                agent.kill()
                assert names_in(server.bpffs) != clean["bpffs"], "a killed agent tidied up"
                start()
            assert agent.stop() == 0, agent.output()
            if clean is None:
                # The first run leaves what the next one finds: the directories, the file of its
                # lock, and what there is to tell about it. (The kernel itself puts two files into
                # every bpffs.)
                clean = belongings(server)
                assert set(clean["bpffs"]) <= {"maps.debug", "progs.debug"}, clean["bpffs"]
                allowed = {"run directory": ["agent.lock", "history"], "mounts": [str(server.bpffs)]}
                expected = {**fresh, **allowed, "bpffs": clean["bpffs"]}
                settle(server, expected, "after the first cycle")
            settle(server, clean, f"after cycle {cycle}")
            agent.log.unlink()
            if cycle % 50 == 49 or cycle == cycles[-1]:
                objects.all_gone()


def test_start_stop():
    """SIGTERM; each tenth cycle SIGKILL, a start upon what that left, SIGTERM."""
    share(STARTS, start_and_stop)


# ---- crash and recover -----------------------------------------------------------------------------------

# Into a system call or out of it: as often as a promotion does, and some more.
STEPS = 48

# What the agent has to bring back: the README's set-up, and one that is all the host's own.
HOSTS = [
    ("standby keys", {}),
    ("the host's own", {"standby_address": None, "standby_gateway": None, "mac": "virtual"}),
]


def crash(agent, dice, place):
    """resign, resume, resign, each up to 10 ms after the one before; SIGKILL while the last one is
    carried out. Every other time that is a promotion, whose requests the announcement parts, and the
    moment a system call: `place` of 0 to 1 goes through them all. Else it is what chance says."""
    pause, by_call = threading.Event(), place is not None
    words = (("resign", "--force"), ("resume",))
    count = 2 * dice.randrange(1, 4) - (1 if by_call else dice.randrange(2))
    for number in range(count):
        agent.cli(*words[number % 2], "web")
        pause.wait(dice.uniform(0, 0.010))
    traced = Traced(agent) if by_call else None
    if traced:
        traced.steps(1000, 0.05)  # what the last word still has to do, to its end
    last = agent.ns.popen(
        *(BINARY, *words[count % 2], "web", *agent.where),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    if traced:
        traced.steps(int(place * STEPS))
        traced.kill(agent.child)
    else:
        pause.wait(dice.uniform(0.001, 0.006))
        agent.kill()
    last.wait(10)


def wait_frame(wire, agent, match, since, what):
    """With what the agent said meanwhile."""
    try:
        wire.wait(match, 10, since, what)
    except AssertionError as late:
        raise AssertionError(f"{late}\n{agent.output()}") from None


def crash_and_recover(cycles, crashes, keys):
    """How often a crash left the NIC in which state."""
    moments = collections.Counter()
    with host() as (lab, server):
        objects = Objects(server)
        server.ns.ip("route", "add", "203.0.113.0/24", "via", "192.168.1.7")
        agent = Agent(lab, server, config(server, interval="10ms", priority=255, **keys), start=False)
        original = nic(server)
        wire, clean = heard(lab), None
        for cycle in cycles:
            story = f"crash {cycle} of seed {SEED}"
            dice = random.Random(story)
            if cycle % 100 == 99:
                wire.close()
                wire = heard(lab)
            for kill in range(dice.choice((1, 1, 2, 3))):
                since = time.time_ns()
                agent.start()
                if kill == 0:
                    wait_frame(wire, agent, is_advert("s1-eth1", priority=255), since, f"advert, {story}")
                    objects.note(agent.child.pid)
                    place = (cycle + 2 * dice.random()) / crashes if cycle % 2 == 0 else None
                    crash(agent, dice, place)
                else:
                    # In the middle of what repairs the last one.
                    threading.Event().wait(dice.uniform(0, 0.250))
                    agent.kill()
                moments[str(nic(server))] += 1
            since = time.time_ns()
            agent.start()
            if cycle // 2 % 2:
                wait_frame(wire, agent, is_announce("s1-eth0", PUBLIC_VIP), since, f"announcement, {story}")
                wait_until(lambda: server.carries(PUBLIC_VIP), 3, f"{story}: {nic(server)}")
                if not keys:
                    wait_nic(server, nic_master)
            else:
                wait_frame(wire, agent, is_advert("s1-eth1", priority=255), since, f"advert, {story}")
            objects.note(agent.child.pid)
            assert agent.stop() == 0, f"{story}\n{agent.output()}"
            assert nic(server) == original, f"{story}\n{agent.output()}"
            clean = clean or belongings(server)
            settle(server, clean, story)
            for log in server.directory.glob("Agent-*.log"):
                log.unlink()
        objects.all_gone()
    return moments


@pytest.mark.parametrize("description,keys", HOSTS, ids=[r[0] for r in HOSTS])
def test_crash_and_recover(description, keys):
    """SIGKILL at random points of takeovers, and of the repair after that; then the next start and a
    stop leave what the host had on its first day."""
    crashes = CRASHES // len(HOSTS)
    moments = sum(share(crashes, crash_and_recover, crashes, keys), collections.Counter())
    print(f"{sum(moments.values())} crashes, the NIC left as", *moments.items(), sep="\n    ")
    assert len(moments) >= 3, f"no crash between two changes of the NIC: {moments}"

# SPDX-License-Identifier: GPL-2.0-only
"""Crashes of many masters in labs of their own, so placed in time that none disturbs another.

    overshoot = first GARP on the public wire - last advert on the heartbeat wire - master-down

Both stamps are the kernel's, taken at the switch. A crash is made at the switch: nothing of the master
is forwarded any more, and no carrier changes. What changes NICs is a promotion and, once the master is
back, the giving back; both moments are known in advance from the adverts' rhythm, and kept GUARD_NS
apart over all labs. A crash does not count if the machine stood still at its deadline, by the witness of
the run, and is made up for by another one: the same rule for every contender. Depends on contenders.py, still.py.
"""

import dataclasses
import os
import socket
import struct
import threading
import time

from contenders import FRR, Setup, carries_any, last_words, pairs
from lab import PUBLIC_VIP
from wire import Recorder

GUARD_NS = 5_000_000
MARGIN_NS = 1_500_000  # before the next advert a crash would come too late
PATIENCE_NS = 8 * 10**9
HARNESS_PRIORITY = 55  # under the contenders' 60, over hogs of 50
FORWARDING, DISABLED = 3, 0
# A stand-still counts from before a contender is woken for its deadline until any of them has announced. The span is
# the same for all: one that went on to the announcement would excuse best whoever is slowest.
STILL_MS, BEFORE_NS, AFTER_NS = 0.2, 3_000_000, 1_000_000


def be_on_time():
    """This process decides in time, whatever load there is; its children are as any other."""
    for thread in threading.enumerate():
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(thread.native_id, policy, os.sched_param(HARNESS_PRIORITY))


class PortStates:
    """Bridge port states by rtnetlink, in one system call of some microseconds."""

    def __init__(self, ns, ports):
        with ns:
            self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
            self.indices = [socket.if_nametoindex(p) for p in ports]
        self.socket.settimeout(2)

    def set(self, state):
        messages = b""
        for index in self.indices:
            # ifinfomsg; IFLA_PROTINFO (nested) { IFLA_BRPORT_STATE }
            body = struct.pack("=BxHiII", socket.AF_BRIDGE, 0, index, 0, 0)
            body += struct.pack("=HHHHB3x", 12, 12 | 0x8000, 5, 1, state)
            messages += struct.pack("=IHHII", 16 + len(body), 19, 1 | 4, 0, 0) + body
        self.socket.send(messages)
        answers, got = b"", 0
        while got < len(self.indices):
            answers = self.socket.recv(65536)
            while answers:
                length, kind, _, _, _, error = struct.unpack("=IHHIIi", answers[:20])
                assert kind == 2 and error == 0, f"bridge port: {os.strerror(-error)}"
                answers, got = answers[(length + 3) & ~3 :], got + 1

    def close(self):
        self.socket.close()


class Moments:
    """When NICs are changed, past and promised."""

    def __init__(self):
        self.taken = []

    def free(self, at):
        return all(abs(at - t) >= GUARD_NS for t in self.taken)

    def take(self, at, now):
        self.taken = [t for t in self.taken if t > now - 10**9]
        self.taken.append(at)


class Stage:
    """One pair that is crashed again and again; step() is called at or after look_at. pulled: nobody reads
    what was recorded but step(), so that no sender's time goes into waking a reader."""

    def __init__(self, pair, runs, pulled=False):
        self.pair, self.name, self.setup = pair, pair.name, pair.setup
        self.still = None  # the witness, if there is one
        self.wants(runs)
        self.sent, self.heard, self.spoken, self.announced = [0], [0], [], []
        self.settling = 0  # since when
        self.may_crash = lambda now: True  # what else must be so before the next crash, asked when all else is
        self.public = "s2-eth1" if self.name == FRR else "s2-eth0"
        lab = pair.lab
        self.ports = PortStates(lab.switch, [lab.s1.port(n) for n in lab.nics])
        lab.on_close(self.ports.close)
        ports = {"s1-eth1", "s2-eth1", self.public}
        self.wire = Recorder(lab.switch, ports, keep=self._see, pulled=pulled)
        self.pull = self.wire.pull if pulled else lambda: None
        lab.on_close(self.wire.close)
        self._next = self._settle
        self.look_at = 0

    def _see(self, f):
        """While the recorder reads: only what is needed, as a stamp."""
        if not f.out and f.port == self.public and f.announces == PUBLIC_VIP:
            self.announced.append(f.t)
        elif f.advert and f.advert.vrid in self.setup.vrids:
            if f.port == "s1-eth1" and not f.out:
                self.sent.append(f.t)
            elif f.port == "s2-eth1":
                (self.heard if f.out else self.spoken).append(f.t)
        return False

    @property
    def done(self):
        return not self.left

    def wants(self, runs):
        """So many more. As many again can be set aside: a machine that stands still at every other deadline is what it is."""
        self.left, self.spare, self.crashes, self.overshoots = runs, runs, 0, []
        self.every = []  # the overshoots of those that were set aside as well
        self.crashed_at = []  # (when, the deadline) of each crash that counts
        self.pending = None  # (overshoot, when, the deadline) of the last one
        return self

    def step(self, moments):
        self.pull()
        now = time.time_ns()
        assert self.pair.alive(), f"{self.name} has ended\n{last_words(self.pair.backup)}"
        self.look_at = now + GUARD_NS
        self._next(now, moments)

    def _settle(self, now, _):
        """s1 is master, and s2 a backup that heard it three times since, and carries nothing."""
        quiet = max(self.spoken[-1:] + self.announced[-1:], default=0)
        since = [t for t in self.heard[-4:] if t > quiet]
        if len(since) >= 3 and (
            self.name == FRR or not carries_any(self.pair.lab.s2.ns, PUBLIC_VIP)
        ) and self.may_crash(now):
            self._next, self.settling = self._crash, 0
            self._judge()
            return
        self.settling = self.settling or now
        assert now - self.settling < PATIENCE_NS + 10 * self.setup.interval_ns, (
            f"{self.name}: s1 master, s2 backup\n{last_words(self.pair.backup)}"
        )
        self.look_at = now + max(GUARD_NS, self.setup.interval_ns // 4)

    def _crash(self, now, moments):
        if self.done:
            self.look_at = now + 10**9
            return
        last = self.heard[-1]
        self.due, after = last + self.setup.down_ns, last + self.setup.interval_ns
        if now > after - MARGIN_NS or not moments.free(self.due):
            self.look_at = max(after, now) + 500_000
            return
        self.ports.set(DISABLED)
        moments.take(self.due, now)
        self.crashed, self.look_at = now, self.due + GUARD_NS
        self._next = self._harvest

    def _harvest(self, now, moments):
        announce = next((t for t in self.announced if t > self.crashed), 0)
        if not announce:
            assert now < self.due + PATIENCE_NS, (
                f"{self.name}: no announcement\n{last_words(self.pair.backup)}"
            )
            return
        self.crashes += 1
        due = max(t for t in self.heard if t < announce) + self.setup.down_ns
        # An advert slipped in before the crash: it counts if that moment was nobody else's.
        if due - self.due < 1_000_000 or moments.free(due):
            self.pending = announce - due, self.crashed, due
        self._next = self._return

    def _judge(self):
        """Does the last crash count? The witness has long written what it saw of it."""
        if not self.pending:
            return
        (overshoot, crashed, due), self.pending = self.pending, None
        self.every.append(overshoot)
        if self.spare and self.still and self.still.between(due - BEFORE_NS, due + AFTER_NS):
            self.spare -= 1
            return
        self.overshoots.append(overshoot)
        self.crashed_at.append((crashed, due))
        self.left -= 1

    def _return(self, now, moments):
        """The backup gives back when it next hears the master, or is heard by it and answered."""
        gives = [self.sent[-1] + self.setup.interval_ns]
        gives += [t + self.setup.interval_ns for t in self.spoken[-1:]]
        if all(moments.free(t) for t in gives):
            self.ports.set(FORWARDING)
            for t in gives:
                moments.take(t, now)
            self._next = self._settle

    def adverts_after(self):
        """Of each crash that counts: how long after the deadline the backup first spoke."""
        return [next(t for t in self.spoken if t > crashed) - due for crashed, due in self.crashed_at]

    def spoke_up(self, since):
        """When the backup began to speak. The limit sends no adverts: its announcements count, one each."""
        stamps = [t for t in self.spoken or self.announced if t > since]
        gap = (3 if self.spoken else 1) * self.setup.interval_ns
        return [t for t, before in zip(stamps, [0] + stamps) if t - before > gap]

    def false_failovers(self, since):
        """Promotions that no crash explains."""
        return len(self.spoke_up(since)) - self.crashes


@dataclasses.dataclass
class Crashes:
    """What was found, by contender."""

    overshoots: dict  # those that count, in ns
    every: dict  # and those that were set aside
    false: dict  # false failovers: how many


def crash(stages, runs, seconds, still=None):
    """Crashes of all the stages. runs: {contender: so many that count}, split over its labs. Contenders with the same
    runs and labs get along side by side: the n-th overshoots are of about the same time."""
    moments, start = Moments(), time.time_ns()
    for name in {s.name for s in stages}:
        mine = [s for s in stages if s.name == name]
        for n, stage in enumerate(mine):
            stage.wants(runs[name] // len(mine) + (n < runs[name] % len(mine))).still = still
    be_on_time()
    while not all(s.done and s._next != s._return for s in stages):
        now = time.time_ns()
        assert now - start < seconds * 10**9, f"{runs} crashes: not within {seconds} s"
        for stage in stages:
            if stage.look_at <= now:
                stage.step(moments)
        soonest = min(s.look_at for s in stages) - time.time_ns()
        time.sleep(min(max(soonest, 200_000), 5_000_000) / 1e9)
    found = Crashes({}, {}, {})
    for stage in stages:
        stage.pull()
        name = stage.name
        found.overshoots[name] = found.overshoots.get(name, []) + stage.overshoots
        found.every[name] = found.every.get(name, []) + stage.every
        found.false[name] = found.false.get(name, 0) + stage.false_failovers(start)
    return found


class Stages:
    """`with Stages({contender: labs}, Setup) as stages:` all of them stand."""

    def __init__(self, labs, setup=Setup()):
        self._pairs = pairs(*((name, setup) for name, count in labs.items() for _ in range(count)))

    def __enter__(self):
        return [Stage(pair, 0, pulled=True) for pair in self._pairs.__enter__()]

    def __exit__(self, *error):
        return self._pairs.__exit__(*error)

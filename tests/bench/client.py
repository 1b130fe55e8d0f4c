# SPDX-License-Identifier: GPL-2.0-only
"""What a client sees of a crash, also where the old master's line is full. Depends on crash.py and echo.c."""

import contextlib
import signal
import time

from contenders import BINS, KEEPALIVED, OURS, Setup, carries_any, last_words, pairs
from crash import STILL_MS, Stages, crash
from full_line import LINE, QUEUE, fill
from lab import PUBLIC_VIP, holds_for, stop_process, wait_until
from plots import distribution
from report import Report, Samples, in_ms, ms, pick
from still import Still
from wire import Recorder

PORT, GAP_US, PERIOD_US, SECONDS = 4242, 10_000, 251, 1200
REST_NS = 200_000_000  # the client has asked where the address is, and is served by the master again
TURN = 10  # crashes of one contender, before it is the other one's turn
METHOD = f"""Adverts every 10 ms. A client asks a service on the shared address by UDP every quarter of a millisecond; a server
of it runs on both hosts (251 µs: not in step with the adverts). The gap is the time between the last answer before a
crash and the first one after it, by the client's kernel. The deadline is counted from the last advert before the crash: what the answers come
after it is what the failover costs beyond the protocol's own time, promotion, GARP, the client's neighbour
cache and up to a quarter of a millisecond of asking included. Times in ms.

The contenders take turns of {TURN} crashes, and only the client whose turn it is asks: several at once keep both cores of
this machine busy, and wait for each other. A crash at whose deadline the machine stood still is set aside, as above.

Before each crash the client forgets the neighbour, for every contender: it is the master that serves it then.

The master-down time is 36.09 ms here; a crash hits at any moment after an advert, so that the gap may be less."""


class Client:
    """Both servers' services and the client of one pair, which asks only in asks()."""

    def __init__(self, pair):
        lab, self.pair = pair.lab, pair
        self.services = [server.ns.popen(BINS / "echo", "serve", PORT, SECONDS) for server in lab.servers]
        for child in self.services:
            lab.on_close(stop_process, child)
        self.path = lab.directory / "gaps"
        with open(self.path, "wb") as out:
            self.child = lab.client.popen(
                BINS / "echo", "ask", PUBLIC_VIP, PORT, SECONDS, GAP_US, PERIOD_US, stdout=out
            )
        lab.on_close(stop_process, self.child)
        self.child.send_signal(signal.SIGSTOP)

    @contextlib.contextmanager
    def asks(self):
        self.child.send_signal(signal.SIGCONT)
        holds_for(self.pair.alive, 0.1, "a contender has ended")
        yield
        self.child.send_signal(signal.SIGSTOP)

    def lines(self):
        return [tuple(map(int, line.split())) for line in self.path.read_text().splitlines()]


class Crashed(Client):
    """The client of one stage."""

    def __init__(self, stage):
        super().__init__(stage.pair)
        self.stage, stage.may_crash = stage, self._served
        self.crashed_at, self.aside = [], 0
        self.crashes, self.since = -1, 0  # of the stage, when the client last forgot, and when that was

    def _served(self, now):
        """A master that was cut off does not know that it was replaced, and does not announce when it is back. So the
        client forgets whose the address was, and asks: else keepalived's would miss every answer until the next crash."""
        if self.crashes != self.stage.crashes:
            self.pair.lab.client.ip("neigh", "flush", "to", PUBLIC_VIP)
            self.crashes, self.since = self.stage.crashes, now
        return now - self.since >= REST_NS

    def turn(self, still):
        with self.asks():
            found = crash([self.stage], {self.stage.name: TURN}, 60, still)
        self.crashed_at += self.stage.crashed_at
        self.aside += len(found.every[self.stage.name]) - TURN

    def gaps(self):
        """For each crash: (gap, answers again after the deadline), in ns. A pause when the master comes
        back is none of them."""
        lines, found = [line[:2] for line in self.lines()], []
        for crashed, due in self.crashed_at:
            # The one in which the deadline lies.
            hits = [(a, b) for a, b in lines if a < due <= b and b > crashed]
            assert len(hits) == 1, f"{self.stage.name}: a crash without one gap: {hits}"
            found.append((hits[0][1] - hits[0][0], hits[0][1] - due))
        return found


def section(scale, say):
    turns = pick(scale, 2, 10, 15)
    with Stages(dict.fromkeys((OURS, KEEPALIVED), 1), Setup(1)) as stages, Still(SECONDS, STILL_MS) as still:
        clients = [Crashed(stage) for stage in stages]
        for _ in range(turns):
            for one in clients:
                one.turn(still)
        found = {one.pair.name: one.gaps() for one in clients}
    gaps = {name: [gap for gap, _ in of] for name, of in found.items()}
    after = {name: [late for _, late in of] for name, of in found.items()}
    aside = {one.pair.name: one.aside for one in clients}
    down = Setup(1).down_ns
    report = Report("The client's view of a crash", METHOD)
    rows = []
    for name in (OURS, KEEPALIVED):
        gap, late = Samples(gaps[name]), Samples(after[name])
        rows.append([name, len(gap), aside[name], *gap.cells(ms), *late.cells(ms)])
    report.table(
        ["contender", "crashes", "set aside", "gap", "p99", "worst", "answers after the deadline", "p99", "worst"], rows
    )
    distribution(
        report, "client", "First answer after a crash, 10 ms adverts: share of crashes within a time",
        "ms after the deadline", {n: [x / 1e6 for x in v] for n, v in after.items()},
    )  # fmt: skip
    gap, late = Samples(gaps[OURS]), Samples(after[OURS])
    report.median("client's gap, 10 ms: median", "≤ master-down + 0.5 ms", gap, down + 5e5, in_ms)
    report.median("client's first answer, 10 ms: median", "≤ the deadline + 0.5 ms", late, 5e5, lambda n: f"+ {in_ms(n)}")
    report.figures["crash"] = [in_ms(Samples(after[n]).median) for n in (OURS, KEEPALIVED)]
    return report


# ---- a full line -----------------------------------------------------------------------------------------

FULL_WATCH_S = 4
FULL_METHOD = f"""The same service and client, adverts every 10 ms. The master's public line is full: a process of its host sends
from the shared address faster than the line takes ({LINE[2]}, a queue of {QUEUE:,} full frames, which is more than a second). Then
the master's process is killed, and that process. Their host goes on, and so does the queue, which nobody can take back. A switch
believes each of these stale frames, and turns to the old host what is for the shared MAC; keepalived moves no MAC, so that its
old frames mislead no switch, but its old host keeps the address, and answers beside the new one. What counts is how soon the client is answered by the new master after the last stale frame.
Until then it is answered now and then, between an announcement and the next stale frame, 1.2 ms later at most: the longest
time without an answer, from the deadline until {FULL_WATCH_S} s after it, is in the table. In ms."""


class FullLine(Client):
    """A pair whose master is killed while its line is full."""

    def __init__(self, pair):
        super().__init__(pair)
        self.first, self.after, self.longest = [], [], []
        self.heard, self.stale = [0], 0
        self.wire = Recorder(pair.lab.switch, ["s2-eth1", "s1-eth0"], keep=self._see, pulled=True)
        pair.lab.on_close(self.wire.close)

    def _see(self, f):
        if f.port == "s2-eth1":
            if f.out and f.advert:
                self.heard.append(f.t)
        elif not f.out and len(f.raw) > 1000:  # of those that fill the line
            self.stale = f.t
        return False

    def _settled(self):
        self.wire.pull()
        s1, s2 = self.pair.lab.servers
        fresh = time.time_ns() - self.heard[-1] < 3 * self.pair.setup.interval_ns
        return fresh and carries_any(s1.ns, PUBLIC_VIP) and not carries_any(s2.ns, PUBLIC_VIP)

    def crash(self):
        lab, master = self.pair.lab, self.pair.master
        wait_until(self._settled, 15, lambda: f"{self.pair.name}: s1 master\n{last_words(master)}")
        with self.asks():
            filler = fill(lab, lab.s1)
            master.kill()
            stop_process(filler)
            end = time.time_ns() + self.pair.setup.down_ns + FULL_WATCH_S * 10**9
            wait_until(lambda: time.time_ns() > end, FULL_WATCH_S + 1, "time")
        self.wire.pull()
        self._judge(self.heard[-1] + self.pair.setup.down_ns, end)
        lab.s1.ns.run("tc", "qdisc", "del", "dev", "eth0", "root")
        master.start()

    def _judge(self, due, end):
        """A line is the end of one run of answers and the beginning of the next one."""
        lines, new = self.lines(), self.services[1].pid
        ends = [line[0] for line in lines[1:]] + [end]
        runs = [(line[1], to) for line, to in zip(lines, ends) if line[3] == new and line[1] > due]
        assert runs, f"{self.pair.name}: nobody answers\n{last_words(self.pair.backup)}"
        assert due < self.stale < end, f"{self.pair.name}: the line was not full"
        self.first.append(runs[0][0] - due)
        # One answer may still have been on its way when the stale frame came.
        settled = self.stale + 2000 * PERIOD_US
        self.after.append(next(max(0, at - self.stale) for at, to in runs if to >= settled))
        starts, stops = [at for at, _ in runs] + [end], [due] + [to for _, to in runs]
        self.longest.append(max(start - stop for start, stop in zip(starts, stops)))


def full(scale, say):
    report, rows, found = Report("The client's view of a crash behind a full line", FULL_METHOD), [], {}
    with pairs((OURS, Setup(1)), (KEEPALIVED, Setup(1))) as made:
        clients = [FullLine(pair) for pair in made]
        for _ in range(pick(scale, 2, 4, 10)):
            for one in clients:
                one.crash()
        for one in clients:
            found[one.pair.name] = after = Samples(one.after)
            cells = [*Samples(one.first).cells(ms), *after.cells(ms), *Samples(one.longest).cells(ms)]
            rows.append([one.pair.name, len(after), *cells])
    head = ["contender", "crashes"]
    for what in ("first answer after the deadline", "answered after the last stale frame", "longest time without"):
        head += [what, "p99", "worst"]
    report.table(head, rows)
    worst = found[OURS].worst
    report.target("a full line, 10 ms: answered after the last stale frame", "≤ 250 ms", in_ms(worst), worst <= 250e6)
    return report

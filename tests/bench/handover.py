# SPDX-License-Identifier: GPL-2.0-only
"""What a client sees of planned work: the master leaves and comes back. Depends on contenders.py and echo.c."""

import contextlib
import signal
import time

from contenders import BINS, KEEPALIVED, OURS, Pair, Setup, carries_any, last_words
from lab import PUBLIC_VIP, holds_for, stop_process, wait_until
from plots import distribution
from report import Report, Samples, in_ms, ms, pick

PORT, GAP_US, PERIOD_US, SECONDS = 4243, 10_000, 997, 900
REST_S = 0.5  # the last announcements are out
# Two contenders do not change over in the same moment, nor while a third one lets its programs and sockets go: the
# labs share one kernel, in which that takes some 100 ms, and keeps the others from changing their NICs (RTNL).
APART_S = 0.2  # and an interval
METHOD = """The master leaves, and comes back when the backup serves; it preempts. A client asks a service on the shared
address by UDP every millisecond (997 µs); an answer says which server it is from. The gap is the time from the last
answer of the one server to the first one of the other, by the client's kernel, in ms: a millisecond where no question
was lost. So it does not count where this machine, which runs both servers and the client, holds any of them up, as at
the start of an agent; the questions that were lost in all of that time are counted as well. The backup has been heard
by the master before, as after any preemption: without that, a stop does not wait."""


class Contender:
    """A pair with a client; its master is stopped and started, or resigns and resumes."""

    def __init__(self, what, pair, resigns=False):
        self.what, self.pair, self.resigns, self.seen = what, pair, resigns, 0
        self.out, self.back, self.lost, self.again = [], [], 0, 0
        lab = pair.lab
        for server in lab.servers:
            child = server.ns.popen(BINS / "echo", "serve", PORT, SECONDS)
            lab.on_close(stop_process, child)
        self.path = lab.directory / "answers"
        with open(self.path, "wb") as out:
            asks = lab.client.popen(BINS / "echo", "ask", PUBLIC_VIP, PORT, SECONDS, GAP_US, PERIOD_US, stdout=out)
        lab.on_close(stop_process, asks)

    def leave(self):
        if self.resigns:
            self.pair.master.cli("resign", "r0", "--no-wait")
        else:
            self.pair.master.signal(signal.SIGTERM)

    def come_back(self):
        if self.resigns:
            self.pair.master.cli("resume", "r0")
        else:
            self.pair.master.start()

    def served_by(self, server):
        assert self.pair.backup.alive(), f"{self.what}: the backup has ended\n{last_words(self.pair.backup)}"
        other = next(s for s in self.pair.lab.servers if s is not server)
        return carries_any(server.ns, PUBLIC_VIP) and not carries_any(other.ns, PUBLIC_VIP)

    def left(self):
        return self.served_by(self.pair.lab.s2) and (self.resigns or not self.pair.master.alive())

    def is_back(self):
        return self.served_by(self.pair.lab.s1)

    def changes(self):
        """Of the answers since the last call: the gaps at which another server began to answer; how many
        questions were lost, and answered again."""
        lines = [tuple(map(int, line.split())) for line in self.path.read_text().splitlines()]
        new, before = lines[self.seen :], lines[self.seen - 1][3] if self.seen else 0
        self.seen, gaps = len(lines), []
        for last, at, _, server, _ in new:
            if before and server != before:
                gaps.append(at - last)
            before = server
        return gaps, sum(line[2] for line in new), sum(line[4] for line in new)


def together(contenders, act, done, patience, apart):
    """All of them act, one after the other, and have come so far; returns what their clients have seen."""
    for one in contenders:
        act(one)
        time.sleep(apart)
    for one in contenders:
        wait_until(lambda: done(one), patience, lambda: f"{one.what}\n{last_words(one.pair.master)}")
    holds_for(lambda: all(done(one) for one in contenders), REST_S, "a server has changed its mind")
    return [one.changes() for one in contenders]


def rounds(contenders, cs, runs):
    patience = 8 * cs / 100 + 5
    for run in range(runs + 1):
        for kind, act, done in (
            ("out", Contender.leave, Contender.left),
            ("back", Contender.come_back, Contender.is_back),
        ):
            for one, (gaps, lost, again) in zip(
                contenders, together(contenders, act, done, patience, APART_S + cs / 100)
            ):
                if not run:  # the master has heard nobody yet
                    continue
                # More than one change: one server answered, then the other, then the first one again.
                assert gaps, f"{one.what}: {kind}: the same server answers"
                getattr(one, kind).append(gaps[0])
                one.lost += lost
                one.again += again + len(gaps) - 1


def section(scale, say):
    report, rows = Report("The client's view of planned work", METHOD), []
    for cs, runs in ((10, pick(scale, 4, 20)), (100, pick(scale, 1, 10))):
        wanted = (
            (f"{OURS}, stop, shared MAC", OURS, Setup(cs), False),
            (f"{OURS}, stop, own MACs", OURS, Setup(cs, moves_mac=False), False),
            (f"{OURS}, resign, shared MAC", OURS, Setup(cs), True),
            (f"{OURS}, resign, own MACs", OURS, Setup(cs, moves_mac=False), True),
            (f"{KEEPALIVED}, stop", KEEPALIVED, Setup(cs), False),
        )
        with contextlib.ExitStack() as stack:
            made = [Pair(name, setup) for _, name, setup, _ in wanted]
            for pair in made:
                stack.callback(pair.close)
            for pair in made:
                pair.complete()
            contenders = [Contender(one[0], pair, one[3]) for one, pair in zip(wanted, made)]
            rounds(contenders, cs, runs)
        for one in contenders:
            out, back = Samples(one.out), Samples(one.back)
            rows.append([f"{one.what}, {cs * 10} ms", len(out), *out.cells(ms), *back.cells(ms), one.lost, one.again])
        ours = [one for one in contenders if one.pair.name == OURS]
        theirs = next(one for one in contenders if one.pair.name == KEEPALIVED)
        out, back = Samples(sum((one.out for one in ours), [])), Samples(sum((one.back for one in ours), []))
        what = f"client's gap, adverts every {cs * 10} ms"
        report.median(f"{what}: leaving, median", "≤ 2 ms", out, 2e6, in_ms)
        report.target(f"{what}: leaving, worst", "≤ 5 ms", in_ms(out.worst), out.worst <= 5e6)
        report.median(f"{what}: coming back, median", "≤ 2 ms", back, 2e6, in_ms)
        report.ratio(f"{what}: leaving, median", out, Samples(theirs.out), 0.1)
        again = sum(one.again for one in ours)
        report.target(f"answered by two, adverts every {cs * 10} ms", "never", f"{again} times", not again)
    head = ["contender", "times", "gap of leaving", "p99", "worst", "of coming back", "p99", "worst", "lost", "by two"]
    report.table(head, rows)
    report.figures["planned"] = [in_ms(out.median), in_ms(Samples(theirs.out).median)]
    names = {f"{OURS}, leaves": out, f"{OURS}, comes back": back, f"{KEEPALIVED}, leaves": Samples(theirs.out)}
    distribution(
        report, "planned", "A client's longest time without an answer as the master leaves and comes back, adverts every second: share of runs within a time",
        "ms without an answer", {name: [x / 1e6 for x in samples.numbers] for name, samples in names.items()},
    )  # fmt: skip
    return report

# SPDX-License-Identifier: GPL-2.0-only
"""What a client sees of a crash. Depends on crash.py and echo.c."""

import contextlib
import signal

from contenders import BINS, KEEPALIVED, OURS, Setup
from crash import STILL_MS, Stages, crash
from lab import PUBLIC_VIP, holds_for, stop_process
from plots import distribution
from report import Report, Samples, in_ms, ms, pick
from still import Still

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


class Service:
    """Both servers' services and the client of one stage, which asks only in asks()."""

    def __init__(self, stage):
        lab = stage.pair.lab
        self.stage, stage.may_crash = stage, self._served
        self.crashed_at, self.aside = [], 0
        self.crashes, self.since = -1, 0  # of the stage, when the client last forgot, and when that was
        for server in lab.servers:
            child = server.ns.popen(BINS / "echo", "serve", PORT, SECONDS)
            lab.on_close(stop_process, child)
        self.path = lab.directory / "gaps"
        with open(self.path, "wb") as out:
            self.client = lab.client.popen(
                BINS / "echo", "ask", PUBLIC_VIP, PORT, SECONDS, GAP_US, PERIOD_US, stdout=out
            )
        lab.on_close(stop_process, self.client)
        self.client.send_signal(signal.SIGSTOP)

    def _served(self, now):
        """A master that was cut off does not know that it was replaced, and does not announce when it is back. So the
        client forgets whose the address was, and asks: else keepalived's would miss every answer until the next crash."""
        if self.crashes != self.stage.crashes:
            self.stage.pair.lab.client.ip("neigh", "flush", "to", PUBLIC_VIP)
            self.crashes, self.since = self.stage.crashes, now
        return now - self.since >= REST_NS

    @contextlib.contextmanager
    def asks(self):
        self.client.send_signal(signal.SIGCONT)
        holds_for(self.stage.pair.alive, 0.1, "a contender has ended")
        yield
        self.client.send_signal(signal.SIGSTOP)

    def turn(self, still):
        with self.asks():
            found = crash([self.stage], {self.stage.name: TURN}, 60, still)
        self.crashed_at += self.stage.crashed_at
        self.aside += len(found.every[self.stage.name]) - TURN

    def gaps(self):
        """For each crash: (gap, answers again after the deadline), in ns. A pause when the master comes
        back is none of them."""
        lines = [tuple(map(int, line.split()[:2])) for line in self.path.read_text().splitlines()]
        found = []
        for crashed, due in self.crashed_at:
            # The one in which the deadline lies.
            hits = [(a, b) for a, b in lines if a < due <= b and b > crashed]
            assert len(hits) == 1, f"{self.stage.name}: a crash without one gap: {hits}"
            found.append((hits[0][1] - hits[0][0], hits[0][1] - due))
        return found


def section(scale, say):
    turns = pick(scale, 2, 10, 20)
    with Stages(dict.fromkeys((OURS, KEEPALIVED), 1), Setup(1)) as stages, Still(SECONDS, STILL_MS) as still:
        services = [Service(stage) for stage in stages]
        for _ in range(turns):
            for service in services:
                service.turn(still)
        found = {service.stage.name: service.gaps() for service in services}
    gaps = {name: [gap for gap, _ in of] for name, of in found.items()}
    after = {name: [late for _, late in of] for name, of in found.items()}
    aside = {service.stage.name: service.aside for service in services}
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
    report.figures["crash"] = [in_ms(Samples(gaps[n]).median) for n in (OURS, KEEPALIVED)]
    return report

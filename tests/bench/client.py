# SPDX-License-Identifier: GPL-2.0-only
"""What a client sees of a crash. Depends on crash.py and echo.c."""

from contenders import BINS, KEEPALIVED, OURS, Setup
from crash import Stages, crash
from lab import PUBLIC_VIP, stop_process
from plots import distribution
from report import Report, Samples, in_ms, ms, pick

PORT, GAP_US, PERIOD_US, SECONDS = 4242, 10_000, 251, 180
REST_NS = 300_000_000  # the client is served by the master again
METHOD = """Adverts every 10 ms. A client asks a service on the shared address by UDP every quarter of a millisecond; a server
of it runs on both hosts (251 µs: not in step with the adverts). The gap is the time between the last answer before a
crash and the first one after it, by the client's kernel. The deadline is counted from the last advert before the crash: what the answers come
after it is what the failover costs beyond the protocol's own time, promotion, GARP, the client's neighbour
cache and up to a quarter of a millisecond of asking included. Times in ms.

The master-down time is 36.09 ms here; a crash hits at any moment after an advert, so that the gap may be less."""


class Service:
    """Both servers' services and the client of one stage."""

    def __init__(self, stage):
        lab = stage.pair.lab
        self.stage, stage.rest_ns = stage, REST_NS
        for server in lab.servers:
            child = server.ns.popen(BINS / "echo", "serve", PORT, SECONDS)
            lab.on_close(stop_process, child)
        self.path = lab.directory / "gaps"
        with open(self.path, "wb") as out:
            self.client = lab.client.popen(
                BINS / "echo", "ask", PUBLIC_VIP, PORT, SECONDS, GAP_US, PERIOD_US, stdout=out
            )
        lab.on_close(stop_process, self.client)

    def gaps(self):
        """For each crash: (gap, answers again after the deadline), in ns. A pause when the master comes
        back is none of them."""
        lines = [tuple(map(int, line.split()[:2])) for line in self.path.read_text().splitlines()]
        found = []
        for crashed, due in self.stage.crashed_at:
            # The one in which the deadline lies.
            hits = [(a, b) for a, b in lines if a < due <= b and b > crashed]
            assert len(hits) == 1, f"{self.stage.name}: a crash without one gap: {hits}"
            found.append((hits[0][1] - hits[0][0], hits[0][1] - due))
        return found


def section(scale, say):
    runs, labs = pick(scale, 20, 100), 2
    gaps, after = {}, {}
    with Stages(dict.fromkeys((OURS, KEEPALIVED), labs), Setup(1)) as stages:
        services = [Service(stage) for stage in stages]
        crash(stages, dict.fromkeys((OURS, KEEPALIVED), runs), SECONDS - 60)
        for service in services:
            for gap, late in service.gaps():
                gaps.setdefault(service.stage.name, []).append(gap)
                after.setdefault(service.stage.name, []).append(late)
    down = Setup(1).down_ns
    report = Report("The client's view of a crash", METHOD)
    rows = []
    for name in (OURS, KEEPALIVED):
        gap, late = Samples(gaps[name]), Samples(after[name])
        rows.append([name, len(gap), *gap.cells(ms), *late.cells(ms)])
    report.table(
        ["contender", "crashes", "gap", "p99", "worst", "answers after the deadline", "p99", "worst"], rows
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

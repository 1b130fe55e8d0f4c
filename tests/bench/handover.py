# SPDX-License-Identifier: GPL-2.0-only
"""What a client sees of a planned stop, and of the master's return. Depends on contenders.py and echo.c."""

import signal
import time

from contenders import BINS, KEEPALIVED, OURS, Setup, carries_any, pairs
from lab import PUBLIC_VIP, holds_for, stop_process, wait_until
from report import Report, Samples, ms, pick

PORT, GAP_US, SECONDS = 4243, 1_500, 900
REST_S = 0.5  # the last announcements are out
METHOD = """The master is stopped by SIGTERM, and started again when the backup serves; it preempts. A client asks a
service on the shared address by UDP every millisecond (997 µs). The longest time without an answer around each
of the two, by the client's kernel, in ms; where no two answers were more than 1.5 ms apart, it counts as that.
The backup has been heard by the master before, as after any preemption: without that, a stop does not wait."""


class Client:
    """The service on both servers of a pair, and who asks it."""

    def __init__(self, pair):
        lab = pair.lab
        for server in lab.servers:
            child = server.ns.popen(BINS / "echo", "serve", PORT, SECONDS)
            lab.on_close(stop_process, child)
        self.path = lab.directory / "handover-gaps"
        with open(self.path, "wb") as out:
            asks = lab.client.popen(BINS / "echo", "ask", PUBLIC_VIP, PORT, SECONDS, GAP_US, stdout=out)
        lab.on_close(stop_process, asks)

    def longest(self, begin, end):
        """In ns, of the gaps that reach into this span of realtime."""
        lines = [tuple(map(int, line.split())) for line in self.path.read_text().splitlines()]
        return max([b - a for a, b in lines if b > begin and a < end], default=GAP_US * 1000)


def serves(pair, server):
    other = next(s for s in pair.lab.servers if s is not server)
    return carries_any(server.ns, PUBLIC_VIP) and not carries_any(other.ns, PUBLIC_VIP)


def stop_and_return(pair, client):
    """The longest gaps of the stop and of the return."""
    s1, s2 = pair.lab.servers
    patience = 8 * pair.setup.interval_cs / 100 + 5
    begin = time.time_ns()
    pair.master.signal(signal.SIGTERM)
    wait_until(lambda: not pair.master.alive() and serves(pair, s2), patience, f"{pair.name}: s2 serves")
    holds_for(pair.backup.alive, REST_S, f"{pair.name} has ended")
    stopped = time.time_ns()
    pair.master.start()
    wait_until(lambda: serves(pair, s1), patience, f"{pair.name}: s1 serves again")
    holds_for(pair.alive, REST_S, f"{pair.name} has ended")
    return client.longest(begin, stopped), client.longest(stopped, time.time_ns())


def section(scale, say):
    report, rows = Report("The client's view of a planned stop", METHOD), []
    for cs, runs in ((10, pick(scale, 5, 12, 20)), (100, pick(scale, 1, 3, 10))):
        found = {}
        with pairs((OURS, Setup(cs)), (KEEPALIVED, Setup(cs))) as made:
            clients = [Client(pair) for pair in made]
            for run in range(runs + 1):
                for pair, client in zip(made, clients):
                    gaps = stop_and_return(pair, client)
                    if run:  # the first time, the master has heard nobody yet
                        found.setdefault(pair.name, []).append(gaps)
        for name in (OURS, KEEPALIVED):
            stop, back = (Samples([gaps[i] for gaps in found[name]]) for i in (0, 1))
            rows.append([f"{name}, {cs * 10} ms", len(stop), *stop.cells(ms), *back.cells(ms)])
            if name == OURS:
                what = f"client's gap, adverts every {cs * 10} ms: median of a"
                report.target(f"{what} stop", "≤ 2 ms", f"{ms(stop.median)} ms", stop.median <= 2e6)
                report.target(f"{what} return", "≤ 2 ms", f"{ms(back.median)} ms", back.median <= 2e6)
    head = ["contender", "stops", "gap of the stop", "p99", "worst", "of the return", "p99", "worst"]
    report.table(head, rows)
    return report

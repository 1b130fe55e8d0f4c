# SPDX-License-Identifier: GPL-2.0-only
"""What a router costs while nothing happens, and what a flood of junk does to it.

CPU time and context switches are the scheduler's own numbers, of every thread of every process of a
contender. Frames are checked and absorbed in the kernel on whatever CPU they arrive at: that part is
in the cost table, not here. Depends on contenders.py.
"""

import contextlib
import pathlib
import time

from contenders import BINS, Pair
from lab import holds_for
from wire import Recorder, is_advert

IDLE_SECONDS, FLOOD_SECONDS = 10, 6
INTERVAL_CS = 10


def used(pids):
    """(ns on a CPU, context switches) of processes so far."""
    ns = switches = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            ns += int((task / "schedstat").read_text().split()[0])
            for line in (task / "status").read_text().splitlines():
                if "ctxt_switches" in line:
                    switches += int(line.split()[1])
    return ns, switches


class Meter:
    """The use of one daemon between start() and stop()."""

    def __init__(self, pair, daemon):
        self.pids = pair.processes(daemon)
        self.began, self.before = time.monotonic(), used(self.pids)

    def stop(self):
        """(per cent of one CPU, context switches a second)."""
        seconds = time.monotonic() - self.began
        ns, switches = (b - a for a, b in zip(self.before, used(self.pids)))
        return 100 * ns / 1e9 / seconds, switches / seconds


def idle():
    """Rows: contender, routers, then backup and master: switches a second, per cent of a CPU."""
    rows = []
    with contextlib.ExitStack() as stack:
        pairs = []
        for routers in (1, 255):
            for name in ("vrrp-xdp", "keepalived"):
                pairs.append(Pair(name, INTERVAL_CS, routers))
                stack.callback(pairs[-1].close)
        alive = [d.alive for p in pairs for d in (p.master, p.backup)]
        holds_for(lambda: all(a() for a in alive), 2, "a contender has ended")
        meters = [(Meter(p, p.backup), Meter(p, p.master)) for p in pairs]
        holds_for(lambda: all(a() for a in alive), IDLE_SECONDS, "a contender has ended")
        for pair, (backup, master) in zip(pairs, meters):
            row = [pair.name, pair.routers]
            for meter in (backup, master):
                cpu, switches = meter.stop()
                row += [f"{switches:.1f}", f"{cpu:.3f}"]
            rows.append(row)
    return rows


def promotions(wire, since):
    """Series of adverts by the backup that begin after `since`."""
    spoken = wire.frames(is_advert("s1-eth1", out=True), since=since)
    gap = 3 * INTERVAL_CS * 10**7
    return sum(f.t - before > gap for before, f in zip([0] + [f.t for f in spoken], spoken))


def flood():
    """Rows: contender, junk adverts a second, false failovers, per cent of a CPU, switches a second."""
    rows = []
    for name in ("vrrp-xdp", "keepalived"):
        pair = Pair(name, INTERVAL_CS)
        try:
            lab = pair.lab
            wire = Recorder(lab.switch, ["s1-eth1"], keep=lambda f: f.advert is not None)
            lab.on_close(wire.close)
            holds_for(lambda: pair.backup.alive(), 1, f"{name} has ended")
            since = time.time_ns()
            meter = Meter(pair, pair.backup)
            done = lab.switch.run(
                BINS / "flood", "s2-eth1", lab.s2.ns.mac("eth1"), FLOOD_SECONDS,
                timeout=FLOOD_SECONDS + 20,
            )  # fmt: skip
            cpu, switches = meter.stop()
            sent = int(done.stdout)
            row = [name, f"{sent / FLOOD_SECONDS:,.0f}", promotions(wire, since), f"{cpu:.2f}"]
            row.append(f"{switches:.0f}")
            if name == "vrrp-xdp":
                dropped = pair.backup.verdicts("r0").get("checksum", 0)
                row.append(f"{dropped:,} of {sent:,} dropped at the NIC")
            else:
                row.append("")
            rows.append(row)
        finally:
            pair.close()
    return rows

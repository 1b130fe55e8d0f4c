# SPDX-License-Identifier: GPL-2.0-only
"""What routers cost while nothing happens: wake-ups, CPU, memory.

CPU time and context switches are the scheduler's own numbers, of every thread of every process of a
contender. Frames are checked and absorbed in the kernel on whatever CPU they arrive at: that part is
in the cost table, not here. Depends on contenders.py.
"""

import array
import contextlib
import os
import pathlib
import time

from contenders import FRR, KEEPALIVED, OURS, WIDE, Setup, pairs
from lab import holds_for
from report import Report, Samples, pick

INTERVAL_CS = 10
METHOD = """Adverts every 100 ms, all contenders at the same time, in windows of one second. Context switches
(voluntary and not) and the share of one CPU, of all processes of a contender. What the XDP program
itself uses is in the table of what a frame costs: 10 adverts a second for each router.

The least that a backup can do is one wake-up in each master-down time, 2.8 a second; the least of a
master, one in each interval, 10 a second."""


def used(pids):
    """(ns on a CPU, context switches) of processes so far; one that has ended since counts no more."""
    ns = switches = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                ns += int((task / "schedstat").read_text().split()[0])
                for line in (task / "status").read_text().splitlines():
                    if "ctxt_switches" in line:
                        switches += int(line.split()[1])
    return ns, switches


class Meter:
    """The use of one daemon in windows."""

    def __init__(self, pair, daemon):
        self.pids = pair.processes(daemon)
        self.cpu, self.switches = [], []
        self.start()

    def start(self):
        self.began, self.before = time.monotonic(), used(self.pids)

    def lap(self):
        """A window ends and the next one begins: per cent of one CPU, context switches a second."""
        seconds, before = time.monotonic() - self.began, self.before
        self.start()
        ns, switches = (b - a for a, b in zip(before, self.before))
        self.cpu.append(100 * ns / 1e9 / seconds)
        self.switches.append(switches / seconds)


def tenths(number):
    return f"{number:.1f}"


def thousandths(number):
    return f"{number:.3f}"


def idle(scale, say):
    counts = pick(scale, (1, 255), (1, 16, 64, 255))
    wanted = [(name, Setup(INTERVAL_CS, n)) for n in counts for name in (OURS, KEEPALIVED)]
    wanted.append((FRR, Setup(INTERVAL_CS)))
    wanted.append((OURS, Setup(INTERVAL_CS, WIDE, nics=16), True))
    found = {}
    with pairs(*wanted) as made:
        quiet = 2 if scale == "quick" else 4
        holds_for(lambda: all(p.alive() for p in made), quiet, "a contender has ended")
        meters = [(p, r, Meter(p, getattr(p, r))) for p in made for r in ("backup", "master")]
        for _ in range(pick(scale, 5, 15)):
            holds_for(lambda: all(p.alive() for p in made), 1, "a contender has ended")
            for _, _, meter in meters:
                meter.lap()
        for pair, role, meter in meters:
            found[role, pair.setup.routers, pair.name] = Samples(meter.switches), Samples(meter.cpu)
    del found["master", WIDE, OURS]  # it was played
    report = Report("Doing nothing", METHOD)
    head = ["", "routers", "contender", "switches/s", "p99", "worst", "CPU %", "p99", "worst"]
    report.table(
        head,
        [[*k, *w.cells(tenths), *c.cells(thousandths)] for k, (w, c) in sorted(found.items())],
    )
    plot_cost(report, found)
    for role, wakes, share in (("backup", 5, 0.1), ("master", 15, 0.25)):
        ours, theirs = found[role, 255, OURS], found[role, 255, KEEPALIVED]
        report.median(f"{role}, 255 routers: wake-ups", f"≤ {wakes}/s", ours[0], wakes, lambda n: f"{n:.1f}/s")
        report.ratio(f"{role}, 255 routers: CPU", ours[1], theirs[1], share, why=SENDING_WHY)
    report.figures["sleep"] = [tenths(found["backup", 255, n][0].median) for n in (OURS, KEEPALIVED)]
    few, many = found["backup", 255, OURS][0], found["backup", WIDE, OURS][0]
    report.ratio(f"backup, {WIDE} routers: wake-ups", many, few, 2, "those of 255")
    for key in (("backup", 1), ("backup", 255), ("master", 1), ("master", 255), ("backup", WIDE)):
        wakes, cpu = found[*key, OURS]
        report.constants[f"{key[0]} {key[1]}"] = wakes.median, cpu.median
    return report


def plot_cost(report, found):
    series, lines = {}, []
    for style, (name, role) in enumerate(
        ((OURS, "backup"), (KEEPALIVED, "backup"), (OURS, "master"), (KEEPALIVED, "master")), 1
    ):
        rows = [(n, w.median) for (r, n, who), (w, _) in sorted(found.items()) if (r, who) == (role, name)]
        series[f"s{style}"] = rows
        lines.append(f'$s{style} with linespoints ls {style} pt 7 ps 0.6 title "{name}, {role}"')
    commands = 'set logscale xy\nset xlabel "virtual routers on the host"\nset yrange [1:*]\n'
    commands += 'set ylabel "context switches a second"\n'
    report.plot(
        "cost",
        "Context switches a second with the number of virtual routers, adverts every 100 ms",
        commands + "plot " + ", ".join(lines) + "\n",
        **series,
    )


SENDING_WHY = """82 % of a master's time is the one call that sends its adverts, 62 % what receives them: bridge, veth and the
other host's XDP program, which here run on the sender's time; no function of the agent has more than 1.3 %
(perf, cpu-clock)"""
MEMORY_WHY = """of 14.5 MB at 4,080 routers, 3.9 are those of one router, 0.8 tables that grow with their number and free
memory between blocks, and 9.8 are 2.5 KB for each of them: 1.06 KB its state (0.66 of that what the protocol knows of
it), 0.63 KB its configuration (0.13 of that its address), 0.42 KB the takeover of its NIC (0.13 of that the record of
its address), 0.32 KB in pages of maps (instance, path and lease), 0.03 KB where it listens (malloc's chunks, sizeof,
smaps)"""
MEMORY_METHOD = """Resident memory of all processes of a contender, each page counted once, also where several of them map
it; and how much of it they have for themselves, that is, without what programs and libraries share with
others. In MB. For vrrp-xdp that includes the pages of the BPF maps that the agent maps; the kernel's own
memory for maps that nobody maps is counted for no process."""
PAGE, PRESENT, FILE = os.sysconf("SC_PAGESIZE"), 1 << 63, 1 << 61
FRAME = (1 << 55) - 1


def pages(pid):
    """{page frame: is it of a file, or shared memory?} of what a process has mapped and in memory."""
    found = {}
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/pagemap", "rb", buffering=0) as table:
        for line in maps:
            first, last = (int(a, 16) // PAGE for a in line.split()[0].split("-"))
            if first >= 1 << 47:  # vsyscall
                continue
            table.seek(first * 8)
            entries = array.array("Q", table.read((last - first) * 8))
            found.update({e & FRAME: bool(e & FILE) for e in entries if e & PRESENT})
    return found


def memory_mb(pids):
    """(resident, of these of no file)."""
    found = {}
    for pid in pids:
        found.update(pages(pid))
    return len(found) * PAGE / 2**20, sum(not of_file for of_file in found.values()) * PAGE / 2**20


def memory(scale, say):
    wanted = [(OURS, Setup(100)), (KEEPALIVED, Setup(100)), (FRR, Setup(100))]
    wanted += [(OURS, Setup(100, 255)), (KEEPALIVED, Setup(100, 255))]
    wanted.append((OURS, Setup(100, WIDE, nics=16), True))
    rows, found = [], {}
    with pairs(*wanted) as made:
        holds_for(lambda: all(p.alive() for p in made), 3, "a contender has ended")
        for pair in made:
            for role in ("backup", "master"):
                if role == "backup" or pair.setup.routers != WIDE:
                    got = memory_mb(pair.processes(getattr(pair, role)))
                    key = pair.setup.routers, pair.name
                    found[key] = max(found.get(key, 0), got[0])
                    rows.append([*key, role, *(f"{n:.2f}" for n in got)])
    report = Report("Memory", MEMORY_METHOD)
    report.table(["routers", "contender", "role", "resident", "its own"], sorted(rows))
    for n, bar in ((1, 4), (WIDE, 12)):
        got = found[n, OURS]
        name = f"resident memory, {n} router{'s' * (n > 1)}"
        report.target(name, f"≤ {bar} MB", f"{got:.2f} MB", got <= bar, MEMORY_WHY)
        report.constants[f"memory {n}"] = got
    return report

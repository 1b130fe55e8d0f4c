# SPDX-License-Identifier: GPL-2.0-only
"""Load: promotions on a machine that is busy, and failovers that should not happen on one that is worse
than busy. By stress-ng, always with an end of its own. Depends on overshoot.py, crash.py.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
import time

from contenders import BACKUP_PRIORITY, BINS, KEEPALIVED, LIMIT, OURS, TOP, Setup, pairs, udp_frame, write_frames
from crash import STILL_MS, Stage, Stages, be_on_time, crash
from lab import Namespace, holds_for, stop_process
from overshoot import HEAD, interval_text, judge, labs_of, rows_of, runs_at, runs_of
from plots import distribution
from report import Report, Samples, ms, pick
from still import Still

NAMES = [OURS, KEEPALIVED, LIMIT]
CPUS = str(os.cpu_count())
BUSY = ("--cpu", CPUS)
# Over threaded interrupts and everything ordinary, under the contenders; a seventh is left to others.
HOGS = ("--cpu", CPUS, "--cpu-load", "85", "--sched", "fifo", "--sched-prio", "50")
HOSTILE = (
    "--cpu", CPUS, "--vm", "1", "--vm-bytes", "128M", "--hdd", "1", "--hdd-bytes", "64M",
    "--iomix", "1", "--iomix-bytes", "64M", "--udp", "1", "--sock", "1", "--switch", "1",
)  # fmt: skip


@contextlib.contextmanager
def load(seconds, *arguments):
    """stress-ng, in a network namespace of its own, until the end, and at most so long."""
    # I/O is to load a disk: beside the build, not in the memory where labs live.
    with tempfile.TemporaryDirectory(prefix="stress-", dir=TOP / "build") as directory:
        ns = Namespace("stress")
        child = ns.popen(
            "stress-ng", *arguments, "--timeout", f"{seconds}s", "--temp-path", directory, "--quiet",
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield child
            assert child.poll() is None, f"stress-ng has ended: {child.returncode}"
        finally:
            child.send_signal(signal.SIGTERM)
            stop_process(child, grace=5)
            ns.close()


# ---- promotions on a busy machine ----------------------------------------------------------------------

BUSY_METHOD = """The same, in the same way, while `stress-ng` runs a busy loop on every core: as ordinary processes, and
with SCHED_FIFO priority 50, below the contenders' 60, for 85 % of the time. The recorder and what makes
the crashes run with priority 55, and the witness above all of them with 90: no load holds it up. Times in µs."""
LOADS = {"cores busy": BUSY, "FIFO-50 hogs": HOGS}


def busy(scale, say):
    report = Report("Promotion on a busy machine", BUSY_METHOD)
    rows, plotted, judged = [], {}, []
    seconds = pick(scale, 140, 140, 600)  # for the crashes of one row
    intervals_cs = pick(scale, (10,), (1, 10, 100))
    with Still(len(intervals_cs) * len(LOADS) * 2 * seconds, STILL_MS) as still:
        for interval_cs in intervals_cs:
            runs = runs_of(NAMES, runs_at(interval_cs, scale, 20), pick(scale, 20, 50, 100))
            with Stages(labs_of(interval_cs, runs), Setup(interval_cs)) as stages:
                for what, arguments in LOADS.items():
                    be_on_time()
                    with load(seconds + 10, *arguments):
                        found = crash(stages, runs, seconds, still)
                    label = f"{interval_text(interval_cs)}, {what}"
                    say(f"  {label}: {runs[OURS]} crashes")
                    rows += rows_of(label, found)
                    judged.append((label, found))
                    if interval_cs == 10:
                        plotted |= {f"{n}, {what}": [x / 1000 for x in v] for n, v in found.overshoots.items()}
    report.table(HEAD, rows)
    report.text(f"In the meantime, the machine by itself. {still.text()}")
    distribution(
        report, "busy", "Overshoot at 100 ms adverts while both cores are busy: share of runs within a time",
        "µs after the deadline", plotted,
    )  # fmt: skip
    for label, found in judged:
        judge(report, label, found)
    return report


# ---- failovers that should not be ------------------------------------------------------------------------

LATE_MS, EXCUSED_MS = 5, 20
RESUMED = "stays MASTER"
STARVED_WHY = f"""a CPU of this machine stood still for more than {EXCUSED_MS} ms (below the table) while the master should have
advertised. A master that is stopped for longer than its backup waits has been replaced, whichever it is; one that is
stopped for less resumes ("leases resumed": before, each of these was a failover)"""
STARVED_METHOD = f"""Adverts every 10 ms, no crash, while `stress-ng` loads every core, memory, disk, sockets and the
scheduler, and a flood of UDP frames runs into both backups' heartbeat NICs: both contenders at the same
time. A false failover is a backup that speaks up although its master never stopped. It is *excused* if, by the run's own
witness, a CPU stood still for more than {EXCUSED_MS} ms at some moment from the last advert that the backup heard until it
spoke up: no process could have prevented it. The gaps are those
between adverts on the backup's wire, in ms: what the master made of it; those above master-down cost a
failover. A lease ends after 30 ms: one that is resumed is of a master that was held up for longer, and had
not been replaced. While a CPU stands still for {LATE_MS} ms or more, whoever was to run on it cannot.
What the first half of the run lets expect for the second one is computed as `status` does it from an hour."""


def predict(pair, seconds):
    """(estimate, least, most) false failovers in so many seconds to come, by what the backup has counted so far."""
    path = pair.backup.instance("r0")["paths"][0]
    numbers = [BACKUP_PRIORITY, pair.setup.interval_cs, seconds, sum(path["late"]), path["counted_ms"], *path["late"]]
    done = subprocess.run(
        [BINS / "predict", *map(str, numbers)], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    return [float(word) for word in done.stdout.split()]


def starved(scale, say):
    seconds = pick(scale, 15, 90, 600)
    rows, found, excused = [], {}, {}
    setup = Setup(1)
    with pairs((OURS, setup), (KEEPALIVED, setup)) as made:
        stages = [Stage(pair, 0) for pair in made]
        holds_for(lambda: all(p.alive() for p in made), 1, "a contender has ended")
        floods = []
        since = max(s.heard[-1] for s in stages)
        with load(seconds + 60, *HOSTILE):
            for pair in made:
                path = write_frames(pair.lab.directory / "udp", [udp_frame(pair.lab.s2.ns.mac("eth1"))])
                floods.append(pair.lab.switch.popen(
                    BINS / "flood", "s2-eth1", seconds, 0, path, stdout=subprocess.PIPE, text=True
                ))  # fmt: skip
                pair.lab.on_close(stop_process, floods[-1])
            with Still(seconds + 60, LATE_MS) as still:
                holds_for(lambda: all(p.alive() for p in made), seconds / 2, "a contender has ended")
                expected, half = predict(made[0], seconds / 2), time.time_ns()
                holds_for(lambda: all(p.alive() for p in made), seconds / 2, "a contender has ended")
            rates = [int(f.communicate(timeout=60)[0]) / seconds for f in floods]
        for stage, rate in zip(stages, rates):
            heard = [t for t in stage.heard if t > since]
            pauses = [(a, b) for a, b in zip(heard, heard[1:]) if b - a > setup.down_ns]
            gaps = Samples([b - a for a, b in zip(heard, heard[1:])])
            # Each from the last advert that it heard before.
            spans = [(max(a for a in heard if a < t), t) for t in stage.spoke_up(heard[0])]
            found[stage.name] = len(spans)
            excused[stage.name] = sum(still.longest(*span) > EXCUSED_MS * 1e6 for span in spans)
            resumed = stage.pair.master.output().count(RESUMED) if stage.name == OURS else "-"
            stood_still = sum(still.longest(*pause) > 0 for pause in pauses)
            rows.append([
                stage.name, len(spans), excused[stage.name], resumed, f"{rate:,.0f}", len(gaps), *gaps.cells(ms),
                len(pauses), stood_still,
            ])  # fmt: skip
    report = Report("False failovers", STARVED_METHOD)
    report.table(
        ["contender", "false failovers", "excused", "leases resumed", "UDP frames/s", "adverts", "gap: median", "p99", "worst",
         "above master-down", "while a CPU stood still"],
        rows,
    )  # fmt: skip
    report.text(still.text())
    report.text(
        f"False failovers of {OURS} in the second half: {stages[0].false_failovers(half)}. By the lateness of the first "
        f"half {expected[0]:.2g} were to be expected, {expected[1]:.2g} to {expected[2]:.2g} with 95 % confidence."
    )
    got, theirs = f"{found[OURS]} in {seconds} s", found[KEEPALIVED]
    report.target("false failovers under load, 10 ms", f"≤ keepalived's ({theirs})", got, found[OURS] <= theirs, STARVED_WHY)
    unexcused = found[OURS] - excused[OURS]
    report.target(f"the same, where no CPU stood still for {EXCUSED_MS} ms", "0", f"{unexcused} in {seconds} s", not unexcused)
    return report

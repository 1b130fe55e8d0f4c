# SPDX-License-Identifier: GPL-2.0-only
"""How long after the protocol's own deadline does a backup announce the shared address? On a machine
that is idle, and on one that is not. Depends on crash.py.
"""

from contenders import FRR, KEEPALIVED, LIMIT, OURS, REHEARSED, Setup
from crash import AFTER_NS, BEFORE_NS, STILL_MS, Stages, crash
from plots import distribution
from report import Report, Samples, pick, us
from still import Still

NAMES = [OURS, KEEPALIVED, FRR, LIMIT, REHEARSED]
INTERVALS_CS = (1, 10, 100)
JUDGED = (OURS, KEEPALIVED)
LABS = {1: (4, 2), 10: (12, 6), 100: (24, 8)}  # of each that is judged, and of each other one, at one time
RUNS = 100
P99_RUNS = 400  # the p99 of less is one outlier or two
MORE_RUNS = 800  # where adverts come so often that it takes little time: the ends of its interval are the worst run or two
MEDIAN_WHY = """behind the deadline there is one advert and one GARP, from one call each: NIC, address and route are
prepared before. The limit, which changes them then, takes two and a half to three times as long in the same rows"""
P99_WHY = f"""of {P99_RUNS} runs that is the fifth worst. The limit, which does next to nothing, has such runs as well (see
the table). Runs at whose deadline the machine stood still for {STILL_MS} ms or more do not count; the witness, which wakes every
millisecond, misses some of the shorter times, and a frame may wait for the kernel's own thread (`ksoftirqd`)"""
METHOD = f"""How long after the protocol's own deadline does the backup announce the shared address?
`overshoot = first GARP on the public wire − last advert on the heartbeat wire − master-down`, where
master-down is `3 × interval + (256 − priority) × interval / 256` with the backup's priority, 100.

- Two servers and a switch in network namespaces (veth and bridges). Every contender has labs of its
  own, several at long intervals; all stand at the same time and are crashed in turns, so that whatever
  else the machine does, it does to all. The deadlines are known in advance: crashes are placed so that
  5 ms before and after a deadline no other lab changes a NIC.
- The crash: the switch stops forwarding for the master's ports. No carrier changes, no process ends.
- One recorder stamps both wires, at the switch, with the kernel's stamps: one clock for all. It sleeps in the
  meantime, and nothing that passes wakes it: here, to wake it would be on the sender's time.
- A ratio is of pairs: one crash of each contender at about the same time.
- A run is *set aside* if a CPU stood still for {STILL_MS} ms or more at any moment from {BEFORE_NS // 10**6} ms before the deadline to
  {AFTER_NS // 10**6} ms after it, by the run's own witness (below the table); a further one makes up for it. The rule and the span are the
  same for every contender. At most as many are set aside as count. The column *worst of all* has them in it.
- keepalived is run at its best: `keepalived -P -n -l -G` with real-time priority 60, locked
  memory, the address directly on the public NIC, no routes, no scripts. It changes one address;
  vrrp-xdp changes MAC, address, default route and standby address in the same time.
- FRR's vrrpd is given the same real-time priority. Its address waits on a macvlan of the heartbeat
  NIC, and is announced there: it changes no address at all before it announces. It counts its skew in
  whole centiseconds, rounded down, and so acts before the deadline of RFC 9568.
- *The limit* (`tests/bench/limit.c`) does nothing else: it is woken 200 µs before the deadline and
  spins, then one rtnetlink batch (MAC, address, route), one GARP. Rehearsed: woken 400 µs before, it
  does the same changes on the loopback of an empty network namespace while it waits, so that code and
  data are back in the caches at the deadline.

Times in µs."""


def interval_text(interval_cs):
    return f"{interval_cs / 100:g} s" if interval_cs >= 100 else f"{interval_cs * 10} ms"


HEAD = ["interval", "contender", "runs", "set aside", "least", "median", "p99", "worst", "worst of all", "false failovers"]


def rows_of(label, found):
    rows = []
    for name in NAMES:
        if name in found.overshoots:
            s, every = Samples(found.overshoots[name]), found.every[name]
            rows.append([label, name, len(s), len(every) - len(s), us(s.best), *s.cells(us), us(max(every)), found.false[name]])
    return rows


def runs_of(names, judged, others):
    return {name: judged if name in JUDGED else others for name in names}


def labs_of(interval_cs, runs):
    """A lab takes a second to stand: fewer for few runs."""
    return {name: min(LABS[interval_cs][name not in JUDGED], (count + 1) // 2) for name, count in runs.items()}


def runs_at(interval_cs, scale, few):
    """Of the judged contenders, in this section or under load."""
    return pick(scale, few, RUNS, MORE_RUNS if interval_cs < 100 else P99_RUNS)


def judge(report, label, found, limit_bar=None):
    overshoots = found.overshoots
    ours, theirs = Samples(overshoots[OURS]), Samples(overshoots[KEEPALIVED])
    report.ratio(f"overshoot, {label}: median", ours, theirs, 0.18, why=MEDIAN_WHY, paired=True)
    if len(ours) >= P99_RUNS:
        report.ratio(f"overshoot, {label}: p99", ours, theirs, 0.4, why=P99_WHY, p99=True, paired=True)
    if limit_bar:
        report.ratio(f"overshoot, {label}: median", ours, Samples(overshoots[LIMIT]), limit_bar, "the limit")
    every = found.every[OURS]
    early = sum(n < 0 for n in every)
    report.unsafe |= early > 0
    got = f"{early} of {len(every)} times" if early else f"never (least {us(min(every))} µs)"
    report.target(f"overshoot, {label}: before the deadline", "never", got, not early)


def section(scale, say):
    report = Report("Promotion after the deadline", METHOD)
    rows, found = [], {}
    seconds = pick(scale, 240, 240, 600)  # for the crashes of one interval
    with Still(len(INTERVALS_CS) * 2 * seconds, STILL_MS) as still:
        for interval_cs in INTERVALS_CS:
            label = interval_text(interval_cs)
            few = {1: 25, 10: 25, 100: 12}[interval_cs]
            runs = runs_of(NAMES, runs_at(interval_cs, scale, few), pick(scale, few, RUNS))
            with Stages(labs_of(interval_cs, runs), Setup(interval_cs)) as stages:
                found[interval_cs] = crash(stages, runs, seconds, still)
            say(f"  {label}: {runs[OURS]} crashes")
            rows += rows_of(label, found[interval_cs])
    report.table(HEAD, rows)
    report.text(f"In the meantime, the machine by itself. {still.text()}")
    at_100 = found[10].overshoots
    distribution(
        report, "overshoot", "Overshoot of a promotion at 100 ms adverts: share of runs within a time",
        "µs after the deadline", {n: [x / 1000 for x in at_100[n]] for n in NAMES},
    )  # fmt: skip
    report.figures["promotion"] = [f"{us(Samples(at_100[n]).median)} µs" for n in (OURS, KEEPALIVED)]
    report.constants["overshoot_us"] = Samples(at_100[OURS]).p99 / 1000
    for interval_cs in INTERVALS_CS:
        judge(report, interval_text(interval_cs), found[interval_cs], 1.5)
    return report

# SPDX-License-Identifier: GPL-2.0-only
"""Starting and reloading. Depends on contenders.py; times are those of the log's lines."""

import signal
import time

from contenders import BACKUP_SAYS, KEEPALIVED, OURS, Setup, last_words, pairs
from lab import holds_for, wait_until
from report import Report, Samples, in_ms, ms, pick
from wire import Recorder, is_advert

ADOPTED = "restarted, still the master"
MANY = 1000  # addresses of one router
START_WHY = """8 ms pass until the maps are there. Then one thread loads the fence's programs and attaches them,
which is two grace periods of the kernel, some 30 ms, under its lock of all NICs; another one has the XDP
program verified, 20 ms, and attaches it when the lock is free, 15 ms more. A restart adopts programs, maps
and links, and has none of this"""
RELOAD_WHY = """2.2 ms pass from execve() to main(), 0.6 of them for cpuid, which a virtual machine does not answer
by itself: a program of ten lines with the same libraries needs 1.3 here. 1 ms is the check of what comes
and the end of what was, and the rest some 250 calls of bpf(2), which find what is pinned and check it, and
as many of others, none of which takes more than a tenth of a millisecond (stamps in the program)"""
METHOD = """From the start of the process, and from a SIGHUP, to the line in its log that says that it is a backup, or
still the master; of all its routers, adverts every 100 ms. A reload is a new process image that adopts what
the old one left. The gap is the longest one between two adverts of the master in the second after its
SIGHUP, with adverts every 10 ms, and one address or 1,000; a master that is none any more after its reload
has failed over. In ms."""


def said(daemon, line, count, begin, seconds=10):
    """When the log says it for the count-th time. Polled with pauses: who starts needs the CPUs."""
    end = begin + seconds * 10**9
    while daemon.output().count(line) < count:
        assert daemon.alive(), f"it has ended\n{daemon.output()[-2000:]}"
        assert time.monotonic_ns() < end, f"'{line}' was not said\n{daemon.output()[-2000:]}"
        time.sleep(0.0002)
    return time.monotonic_ns() - begin


def start_again(pair):
    """Stop the backup and start it: how long until it is one, of all its routers."""
    pair.backup.signal(signal.SIGTERM)
    wait_until(lambda: not pair.backup.alive(), 20, f"{pair.name} stops")
    begin = time.monotonic_ns()
    pair.backup.start()
    return said(pair.backup, BACKUP_SAYS[pair.name], pair.setup.routers, begin)


def reload(daemon, line):
    before = daemon.output().count(line)
    begin = time.monotonic_ns()
    daemon.signal(signal.SIGHUP)
    return said(daemon, line, before + 1, begin)


def reload_seen(pair):
    """A reload of the master, seen from the wire: (the longest pause of its adverts, failovers)."""
    lab = pair.lab
    with Recorder(lab.switch, ["s1-eth1", "s2-eth1"], keep=lambda f: f.advert and not f.out) as wire:
        holds_for(pair.alive, 0.1, f"{pair.name} has ended")
        pair.master.signal(signal.SIGHUP)
        holds_for(pair.alive, 1, f"{pair.name} has ended")
        times = [f.t for f in wire.frames(is_advert("s1-eth1"))]
        assert len(times) > 1, f"{pair.name}: {len(times)} adverts in a second\n{last_words(pair.master)}"
        lost = bool(wire.frames(is_advert("s2-eth1")))
    return max(b - a for a, b in zip(times, times[1:])), lost


def with_many(addresses):
    return f", {addresses:,} addresses" if addresses > 1 else ""


def section(scale, say):
    runs, few = pick(scale, 5, 25), pick(scale, 2, 10)
    starts, reloads, gaps = {}, {"master": [], "backup": []}, {}
    lost = {1: {OURS: 0, KEEPALIVED: 0}, MANY: {OURS: 0}}
    # Two masters of 255 routers send 5,000 adverts a second, which is no place to measure a start of one.
    for routers, rounds in ((1, runs), (255, few)):
        with pairs(*((name, Setup(10, routers)) for name in (OURS, KEEPALIVED))) as made:
            ours = made[0]
            for _ in range(rounds):
                for pair in made:
                    starts.setdefault((routers, pair.name), []).append(start_again(pair))
                holds_for(ours.alive, 0.3, "the agent has ended")
                if routers > 1:
                    continue
                reloads["master"].append(reload(ours.master, ADOPTED))
                reloads["backup"].append(reload(ours.backup, BACKUP_SAYS[OURS]))
    for addresses in (1, MANY):
        with pairs(*((name, Setup(1, addresses=addresses)) for name in lost[addresses])) as made:
            for _ in range(few):
                for pair in made:
                    gap, failed = reload_seen(pair)
                    gaps.setdefault((addresses, pair.name), []).append(gap)
                    lost[addresses][pair.name] += failed
    report = Report("Start and reload", METHOD)
    rows = []
    for (routers, name), numbers in sorted(starts.items()):
        rows.append([f"start to BACKUP, {routers} router{'s' * (routers > 1)}", name, numbers])
    rows += [[f"reload as {role}", OURS, numbers] for role, numbers in reloads.items()]
    for (addresses, name), numbers in gaps.items():
        rows.append([f"gap between adverts over a reload{with_many(addresses)}", name, numbers])
    report.table(
        ["", "contender", "runs", "median", "p99", "worst"],
        [[what, name, len(n), *Samples(n).cells(ms)] for what, name, n in rows],
    )
    ours, theirs = (f"{lost[1][name]} of {few}" for name in (OURS, KEEPALIVED))
    report.text(f"Failovers by a reload at 10 ms: vrrp-xdp {ours}, keepalived {theirs}.")
    for addresses, failed in lost.items():
        what, got = f"failovers by a reload, 10 ms adverts{with_many(addresses)}", failed[OURS]
        report.target(what, "0", f"{got} of {few}", not got)
    for role, numbers in reloads.items():
        report.median(f"reload as {role}", "≤ 5 ms", Samples(numbers), 5e6, in_ms, RELOAD_WHY)
    report.median("start to BACKUP", "≤ 70 ms", Samples(starts[1, OURS]), 70e6, in_ms, START_WHY)
    report.figures["reload"] = [ours, theirs]
    return report
